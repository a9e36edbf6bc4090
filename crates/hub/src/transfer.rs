//! One file over the network: resumed where it broke off, given up when nothing comes any more, and taken over only when it
//! is what the hub said.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use remask_base::cancel::Cancel;
use remask_base::{Error, Result};
use ureq::Agent;
use ureq::http::{Response, StatusCode};

use crate::listing::RemoteFile;

/// How long is waited, and how often begun anew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For a connection, and for the next bytes.
    pub silence: Duration,
    /// Before the first try after one that failed; twice as long before each that follows.
    pub wait: Duration,
    /// Tries in a row of which none brings anything.
    pub fruitless: u32,
}

/// Longer no try is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How often a content may come that is not what was promised.
const MOST_CORRUPT: u32 = 2;

/// Who asks, for what, and how long.
pub(crate) struct Connection {
    agent: Agent,
    /// Sent to the host that is asked, and to no other.
    authorization: Option<String>,
    patience: Patience,
}

/// Why a try came to nothing.
enum Failure {
    /// It may go better the next time.
    Passing(String),
    /// It will not.
    Final(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// What a try of a transfer is about.
pub(crate) struct Transfer<'a> {
    pub url: String,
    pub file: &'a RemoteFile,
    /// Where the content goes.
    pub blob: &'a Path,
    /// What errors say before the reason.
    pub fail: &'a dyn Fn(String) -> Error,
    pub cancel: &'a Cancel,
    /// Told of bytes that are there, and of bytes that came.
    pub arrived: &'a mut dyn FnMut(u64, u64),
}

impl Connection {
    pub fn new(token: Option<&str>, patience: Patience) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .redirect_auth_headers(ureq::config::RedirectAuthHeaders::SameHost)
            .user_agent(concat!("remask/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(patience.silence))
            .timeout_recv_response(Some(patience.silence))
            .timeout_per_read(Some(patience.silence))
            .build();
        let authorization = token.map(|token| format!("Bearer {token}"));
        Self { agent: config.into(), authorization, patience }
    }

    /// What is at `url`, of `most` bytes at most.
    ///
    /// # Errors
    /// What `fail` makes of the reason.
    pub fn text(
        &self,
        url: &str,
        most: u64,
        fail: &dyn Fn(String) -> Error,
        cancel: &Cancel,
    ) -> Result<Vec<u8>> {
        let mut tries = Tries::new(self.patience, "try again later");
        loop {
            let tried = self.ask(url, 0, fail).and_then(|response| {
                let read = response.into_body().into_with_config().limit(most).read_to_vec();
                read.map_err(|error| Failure::Passing(error.to_string()))
            });
            match tried {
                Ok(bytes) => return Ok(bytes),
                Err(failure) => tries.after(failure, false, fail, cancel)?,
            }
        }
    }

    /// Brings a file.
    ///
    /// # Errors
    /// When it does not come, or is not what was promised. What came stays, and is gone on with the next time.
    pub fn bring(&self, mut transfer: Transfer<'_>) -> Result<()> {
        let Transfer { file, blob, fail, cancel, .. } = transfer;
        let part = part_of(blob);
        crate::cache::make_folder_of(&part)?;
        let mut tries = Tries::new(self.patience, "what came is kept: run it again to go on");
        let (mut corrupt, mut longest) = (0, length(&part));
        loop {
            if let Err(failure) = self.go_on(&mut transfer, &part) {
                // What was there before, and had to come again, is no progress.
                let is_longer = length(&part) > longest;
                longest = longest.max(length(&part));
                tries.after(failure, is_longer, fail, cancel)?;
                continue;
            }
            let mut content = File::open(&part).map_err(Error::file(&part))?;
            let is_right = file.checksum.matches(&mut content, file.size, cancel)?;
            if is_right.map_err(Error::file(&part))? {
                return fs::rename(&part, blob).map_err(Error::file(blob));
            }
            fs::remove_file(&part).map_err(Error::file(&part))?;
            corrupt += 1;
            if corrupt >= MOST_CORRUPT {
                return Err(fail(format!(
                    "what comes as {} is not what the hub says it is (its hash is another); try again later",
                    file.path
                )));
            }
        }
    }

    /// Adds what is missing to `part`.
    fn go_on(&self, transfer: &mut Transfer<'_>, part: &Path) -> std::result::Result<(), Failure> {
        let Transfer { file, cancel, fail, .. } = *transfer;
        let mut out =
            File::options().create(true).append(true).open(part).map_err(Error::file(part))?;
        let mut there = length(part);
        let mut begin_anew = |there: &mut u64| -> Result<()> {
            *there = 0;
            out.set_len(0)
                .and_then(|()| out.seek(SeekFrom::Start(0)).map(|_| ()))
                .map_err(Error::file(part))
        };
        if there > file.size {
            begin_anew(&mut there)?;
        }
        (transfer.arrived)(there, 0);
        if there == file.size {
            return Ok(());
        }
        let response = self.ask(&transfer.url, there, fail)?;
        if there > 0 && begins_at(&response) != Some(there) {
            // All of it comes, or another part than was asked for.
            begin_anew(&mut there)?;
            if response.status() == StatusCode::PARTIAL_CONTENT {
                return Err(Failure::Passing(
                    "the server sends another part of it than was asked for".into(),
                ));
            }
        }
        let mut body = response.into_body().into_reader().take(file.size - there);
        let mut buffer = vec![0; 1 << 16];
        while there < file.size {
            cancel.check()?;
            let count = match body.read(&mut buffer) {
                Ok(0) => return Err(Failure::Passing("the connection broke off".into())),
                Ok(count) => count,
                Err(error) => return Err(Failure::Passing(error.to_string())),
            };
            out.write_all(&buffer[..count]).map_err(Error::file(part))?;
            there += count as u64;
            (transfer.arrived)(there, count as u64);
        }
        Ok(())
    }

    /// The answer to a request for what is at `url`, from the byte `from` on.
    fn ask(
        &self,
        url: &str,
        from: u64,
        fail: &dyn Fn(String) -> Error,
    ) -> std::result::Result<Response<ureq::Body>, Failure> {
        let mut request = self.agent.get(url);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let response = request.call().map_err(|error| match error {
            ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl | ureq::Error::Http(_) => {
                Failure::Final(fail(format!("{url} cannot be asked for: {error}")))
            }
            error => Failure::Passing(error.to_string()),
        })?;
        let (status, anonymous) = (response.status(), self.authorization.is_none());
        let said = |reason: &str| Failure::Final(fail(reason.to_owned()));
        match status.as_u16() {
            200 | 206 => Ok(response),
            401 | 403 if anonymous => Err(said(
                "the hub does not show it to everybody: there is no such model, or it is gated or private. If there is \
                 one, accept its terms on its page, and set HF_TOKEN to a token of yours",
            )),
            401 | 403 => Err(said(
                "the hub does not show it to the owner of this token: accept its terms on its page, or use another \
                 HF_TOKEN",
            )),
            404 => Err(said("the hub has no such model, revision or file")),
            408 | 416 | 425 | 429 | 500..=599 => {
                Err(Failure::Passing(format!("the server answers {status}")))
            }
            _ => Err(said(&format!("the server answers {status}"))),
        }
    }
}

/// Tries of which none has succeeded.
struct Tries {
    patience: Patience,
    fruitless: u32,
    /// What to do when they are over.
    remedy: &'static str,
}

impl Tries {
    fn new(patience: Patience, remedy: &'static str) -> Self {
        Self { patience, fruitless: 0, remedy }
    }

    /// Waits after a failure; `brought` says whether it brought anything.
    fn after(
        &mut self,
        failure: Failure,
        brought: bool,
        fail: &dyn Fn(String) -> Error,
        cancel: &Cancel,
    ) -> Result<()> {
        const LOOK: Duration = Duration::from_millis(50);
        let reason = match failure {
            Failure::Final(error) => return Err(error),
            Failure::Passing(reason) => reason,
        };
        self.fruitless = if brought { 1 } else { self.fruitless + 1 };
        if self.fruitless >= self.patience.fruitless {
            return Err(fail(format!(
                "{reason}, {} times in a row; {}",
                self.fruitless, self.remedy
            )));
        }
        let mut left = (self.patience.wait * (1 << (self.fruitless - 1).min(10))).min(LONGEST_WAIT);
        while !left.is_zero() {
            cancel.check()?;
            let nap = left.min(LOOK);
            std::thread::sleep(nap);
            left -= nap;
        }
        Ok(())
    }
}

/// Where what has come of a content stands, as the hub's own programs call it.
pub(crate) fn part_of(blob: &Path) -> PathBuf {
    blob.with_extension("incomplete")
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |about| about.len())
}

/// The byte that a part of a content begins with.
fn begins_at(response: &Response<ureq::Body>) -> Option<u64> {
    let range = response.headers().get("Content-Range")?.to_str().ok()?;
    (response.status() == StatusCode::PARTIAL_CONTENT)
        .then(|| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok())
        .flatten()
}
