//! A hub on this machine, whose manners a test chooses.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use remask_base::cancel::Cancel;
use remask_hub::{Environment, Hub};
use sha2::{Digest, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What somebody asked for.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// The byte from which on.
    pub from: Option<usize>,
    pub authorization: Option<String>,
}

/// What is sent.
pub struct Reply {
    pub head: String,
    pub body: Vec<u8>,
    /// After so many bytes of the body nothing comes for so long, and then the connection is closed.
    pub breaks: Option<(usize, Duration)>,
}

impl Reply {
    pub fn ok(body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", body.len());
        Self { head, body: body.to_vec(), breaks: None }
    }

    /// The part of `body` that was asked for.
    pub fn part(body: &[u8], from: Option<usize>) -> Self {
        let Some(from) = from else { return Self::ok(body) };
        let (rest, all) = (&body[from..], body.len());
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {from}-{}/{all}\r\n",
            rest.len(),
            all - 1
        );
        Self { head, body: rest.to_vec(), breaks: None }
    }

    pub fn status(line: &str) -> Self {
        let head = format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n");
        Self { head, body: Vec::new(), breaks: None }
    }

    pub fn redirect(to: &str) -> Self {
        let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n");
        Self { head, body: Vec::new(), breaks: None }
    }

    pub fn broken_after(mut self, bytes: usize) -> Self {
        self.breaks = Some((bytes, Duration::ZERO));
        self
    }

    pub fn silent_after(mut self, bytes: usize, silence: Duration) -> Self {
        self.breaks = Some((bytes, silence));
        self
    }
}

/// A server that answers until the test is over.
pub struct Server {
    pub endpoint: String,
    pub asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                std::thread::spawn(move || serve(stream, &*answer, &log));
            }
        });
        Self { endpoint, asked }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    answer: &dyn Fn(&Request) -> Reply,
    log: &Mutex<Vec<Request>>,
) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut request = Request { path, from: None, authorization: None };
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                request.from = value.strip_prefix("bytes=")?.trim_end_matches('-').parse().ok()
            }
            "authorization" => request.authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    log.lock().unwrap().push(request.clone());
    let reply = answer(&request);
    let mut out = stream;
    out.write_all(format!("{}Connection: close\r\n\r\n", reply.head).as_bytes()).ok()?;
    match reply.breaks {
        Some((bytes, silence)) => {
            out.write_all(&reply.body[..bytes.min(reply.body.len())]).ok()?;
            out.flush().ok()?;
            std::thread::sleep(silence);
        }
        None => out.write_all(&reply.body).ok()?,
    }
    Some(())
}

/// Weights that no two bytes in a row of are alike.
pub fn weights(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 131 % 251) as u8).collect()
}

pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the hub says of a repository with `files`, each checked by SHA-256.
pub fn listing(files: &[(&str, &[u8])]) -> Vec<u8> {
    let siblings: Vec<_> = files
        .iter()
        .map(|(path, content)| {
            let sha256 = hex(Sha256::digest(content));
            serde_json::json!({ "rfilename": path, "lfs": { "sha256": sha256, "size": content.len() } })
        })
        .collect();
    serde_json::json!({ "sha": COMMIT, "siblings": siblings }).to_string().into_bytes()
}

/// A program that asks `endpoint` and keeps what comes below `cache`.
pub fn hub(endpoint: &str, cache: &Path, token: Option<&str>) -> Hub {
    let environment = Environment {
        cache: cache.to_owned(),
        endpoint: endpoint.to_owned(),
        token: token.map(str::to_owned),
        is_offline: false,
    };
    Hub::new(environment).with_patience(Duration::from_millis(300), Duration::from_millis(1))
}

pub fn pull(hub: &Hub, name: &str) -> remask_base::Result<PathBuf> {
    hub.pull(&name.parse().unwrap(), &Cancel::never(), &mut |_| {})
}
