//! Pulling from a server that breaks, stalls, lies and redirects: what is taken over is what was promised, or nothing is.

mod support;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use remask_base::cancel::Generations;
use remask_hub::PullProgress;
use support::{COMMIT, Reply, Request, Server, hub, listing, pull, weights};

const LENGTH: usize = 200_000;

/// A repository of one GGUF file, whose transfers `answer` makes of its content and how often it was asked before.
fn one_file(answer: impl Fn(&Request, &[u8], usize) -> Reply + Send + Sync + 'static) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |request| {
        let content = weights(LENGTH);
        match request.path.starts_with("/api/") {
            true => Reply::ok(&listing(&[("q4.gguf", &content)])),
            false => answer(request, &content, asked.fetch_add(1, Ordering::Relaxed)),
        }
    })
}

#[test]
fn a_folder_comes_whole_and_lies_where_every_program_looks() {
    let files: [(&str, &[u8]); 4] = [
        ("config.json", b"{}"),
        ("tokenizer.json", b"[]"),
        ("model.safetensors", b"weights"),
        ("README.md", b"no"),
    ];
    let server = Server::start(move |request| match request.path.rsplit_once('/') {
        Some((_, name)) if !request.path.starts_with("/api/") => {
            let file = files.iter().find(|(path, _)| *path == name);
            file.map_or_else(|| Reply::status("404 Not Found"), |(_, content)| Reply::ok(content))
        }
        _ => Reply::ok(&listing(&files)),
    });
    let cache = tempfile::tempdir().unwrap();
    let hub = hub(&server.endpoint, cache.path(), None);
    let name = "owner/name".parse().unwrap();
    assert_eq!(hub.cached(&name), None);
    let mut seen = Vec::new();
    let pulled = hub.pull(&name, &remask_base::cancel::Cancel::never(), &mut |progress| {
        seen.push(progress.clone())
    });
    let folder = pulled.unwrap();
    assert_eq!(folder, cache.path().join(format!("models--owner--name/snapshots/{COMMIT}")));
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), b"weights");
    assert!(!folder.join("README.md").exists());
    assert_eq!(
        fs::read_to_string(cache.path().join("models--owner--name/refs/main")).unwrap(),
        COMMIT
    );
    assert_eq!(hub.cached(&name), Some(folder.clone()));
    let last = PullProgress {
        files: (3, 3),
        bytes: (11, 11),
        received: 11,
        ..seen.last().unwrap().clone()
    };
    assert_eq!(*seen.last().unwrap(), last);
    // What is there is not asked for again.
    let before = server.requests().len();
    assert_eq!(pull(&hub, "owner/name").unwrap(), folder);
    assert_eq!(server.requests().len(), before + 1);
}

#[test]
fn a_transfer_that_breaks_off_is_gone_on_with() {
    let server =
        one_file(|request, content, _| Reply::part(content, request.from).broken_after(30_000));
    let cache = tempfile::tempdir().unwrap();
    let path = pull(&hub(&server.endpoint, cache.path(), None), "a/b").unwrap();
    assert_eq!(fs::read(path).unwrap(), weights(LENGTH));
    let from: Vec<usize> = server.requests().iter().filter_map(|request| request.from).collect();
    assert_eq!(from.first(), Some(&30_000));
    assert!(from.windows(2).all(|pair| pair[0] < pair[1]), "{from:?}");
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    let server = one_file(|request, content, asked| {
        let reply = Reply::part(content, request.from);
        if asked == 0 { reply.silent_after(50_000, Duration::from_secs(5)) } else { reply }
    });
    let cache = tempfile::tempdir().unwrap();
    let path = pull(&hub(&server.endpoint, cache.path(), None), "a/b").unwrap();
    assert_eq!(fs::read(path).unwrap(), weights(LENGTH));
}

#[test]
fn a_server_that_knows_no_parts_or_sends_others_begins_anew() {
    for liar in [false, true] {
        let server = one_file(move |request, content, asked| match asked {
            0 => Reply::ok(content).broken_after(70_000),
            // Says that it sends another part, and does.
            1 if liar => Reply::part(content, Some(10)),
            _ => {
                assert!(liar || request.from.is_some());
                Reply::ok(content)
            }
        });
        let cache = tempfile::tempdir().unwrap();
        let path = pull(&hub(&server.endpoint, cache.path(), None), "a/b").unwrap();
        assert_eq!(fs::read(path).unwrap(), weights(LENGTH), "{liar}");
    }
}

#[test]
fn lengths_that_are_lies_do_no_harm() {
    for (said, sent) in [(LENGTH * 2, LENGTH), (LENGTH / 2, LENGTH), (LENGTH * 2, LENGTH * 2)] {
        let server = one_file(move |request, content, _| {
            let mut body = content.repeat(2);
            body.truncate(sent);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {said}\r\n");
            match request.from {
                Some(_) => Reply::part(content, request.from),
                None => Reply { head, body, breaks: None },
            }
        });
        let cache = tempfile::tempdir().unwrap();
        let path = pull(&hub(&server.endpoint, cache.path(), None), "a/b").unwrap();
        assert_eq!(fs::read(path).unwrap(), weights(LENGTH), "{said} said, {sent} sent");
    }
}

#[test]
fn what_is_not_what_was_promised_is_never_taken_over() {
    let wrong = |content: &[u8]| {
        let mut content = content.to_vec();
        content[LENGTH / 2] ^= 1;
        content
    };
    let server = one_file(move |request, content, _| Reply::part(&wrong(content), request.from));
    let cache = tempfile::tempdir().unwrap();
    let one = hub(&server.endpoint, cache.path(), None);
    let error = pull(&one, "a/b").unwrap_err().to_string();
    assert!(
        error.contains("a/b") && error.contains("q4.gguf is not what the hub says it is"),
        "{error}"
    );
    assert_eq!(one.cached(&"a/b".parse().unwrap()), None);
    // Once it may happen.
    let server = one_file(move |_, content, asked| match asked {
        0 => Reply::ok(&wrong(content)),
        _ => Reply::ok(content),
    });
    let path = pull(&hub(&server.endpoint, cache.path(), None), "a/b").unwrap();
    assert_eq!(fs::read(path).unwrap(), weights(LENGTH));
}

#[test]
fn a_pull_that_was_called_off_goes_on_where_it_was() {
    let server = one_file(|request, content, _| Reply::part(content, request.from));
    let cache = tempfile::tempdir().unwrap();
    let one = hub(&server.endpoint, cache.path(), None);
    let name = "a/b".parse().unwrap();
    let mut kept = 0;
    // As often as it takes: each time it is called off after some more bytes.
    let path = loop {
        let generations = Generations::default();
        let cancel = generations.watch_newest();
        let mut call_off = |progress: &PullProgress| {
            if progress.received > 45_000 {
                generations.advance();
            }
        };
        match one.pull(&name, &cancel, &mut call_off) {
            Ok(path) => break path,
            Err(error) => assert!(matches!(error, remask_base::Error::Cancelled), "{error}"),
        }
        kept += 1;
        assert!(one.cached(&name).is_none() && kept < 10);
    };
    assert!(kept >= 2, "{kept}");
    assert_eq!(fs::read(path).unwrap(), weights(LENGTH));
    let from: Vec<usize> = server.requests().iter().filter_map(|request| request.from).collect();
    assert!(from.len() >= 2 && from.iter().all(|from| *from > 40_000), "{from:?}");
}

#[test]
fn the_token_goes_to_the_hub_alone() {
    let elsewhere = Server::start(|request| Reply::part(&weights(LENGTH), request.from));
    let to = format!("{}/blob", elsewhere.endpoint).replace("127.0.0.1", "localhost");
    let server = Server::start(move |request| match &request.authorization {
        None => Reply::status("401 Unauthorized"),
        Some(token) if token != "Bearer secret" => Reply::status("403 Forbidden"),
        Some(_) if request.path.starts_with("/api/") => {
            Reply::ok(&listing(&[("q4.gguf", &weights(LENGTH))]))
        }
        Some(_) if request.path.contains("/moved/") => Reply::redirect(&to),
        // To another place of its own, as for a repository that has another name now.
        Some(_) => Reply::redirect("/moved/q4.gguf"),
    });
    let cache = tempfile::tempdir().unwrap();
    let with = |token| pull(&hub(&server.endpoint, cache.path(), token), "a/b");
    let anonymous = with(None).unwrap_err().to_string();
    assert!(
        anonymous.contains("gated or private") && anonymous.contains("HF_TOKEN"),
        "{anonymous}"
    );
    let stranger = with(Some("other-secret")).unwrap_err().to_string();
    assert!(
        stranger.contains("accept its terms") && !stranger.contains("other-secret"),
        "{stranger}"
    );
    let path = with(Some("secret")).unwrap();
    assert_eq!(fs::read(path).unwrap(), weights(LENGTH));
    assert!(!elsewhere.requests().is_empty());
    assert!(elsewhere.requests().iter().all(|request| request.authorization.is_none()));
}

#[test]
fn what_cannot_be_had_is_said() {
    let cache = tempfile::tempdir().unwrap();
    let error = |answer: fn(&Request) -> Reply| {
        let server = Server::start(answer);
        pull(&hub(&server.endpoint, cache.path(), None), "a/b").unwrap_err().to_string()
    };
    assert!(error(|_| Reply::status("404 Not Found")).contains("no such model, revision or file"));
    let busy = error(|_| Reply::status("503 Service Unavailable"));
    assert!(busy.contains("503") && busy.contains("6 times in a row"), "{busy}");
    assert!(error(|_| Reply::ok(b"<html>")).contains("cannot be read"));
    assert!(error(|_| Reply::redirect("/again")).contains("model a/b"));
    // Nobody listens there.
    let nobody =
        pull(&hub("http://127.0.0.1:9", cache.path(), None), "a/b").unwrap_err().to_string();
    assert!(nobody.contains("6 times in a row"), "{nobody}");
}

#[test]
fn nothing_is_asked_for_offline() {
    let server = one_file(|request, content, _| Reply::part(content, request.from));
    let cache = tempfile::tempdir().unwrap();
    let offline = |is_offline| {
        remask_hub::Hub::new(remask_hub::Environment {
            cache: cache.path().to_owned(),
            endpoint: server.endpoint.clone(),
            token: None,
            is_offline,
        })
    };
    let error = pull(&offline(true), "a/b").unwrap_err().to_string();
    assert!(error.contains("HF_HUB_OFFLINE") && server.requests().is_empty(), "{error}");
    let path = pull(&offline(false), "a/b").unwrap();
    assert_eq!(pull(&offline(true), "a/b").unwrap(), path);
    assert_eq!(pull(&offline(true), "a/b:q4.gguf").unwrap(), path);
    assert!(pull(&offline(true), "a/b:q8.gguf").is_err());
}

#[test]
fn what_is_there_stays_whole_while_it_is_pulled_again() {
    let server = one_file(|request, content, _| Reply::part(content, request.from));
    let cache = tempfile::tempdir().unwrap();
    let path = pull(&hub(&server.endpoint, cache.path(), None), "a/b").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let one = hub(&server.endpoint, cache.path(), None);
                for _ in 0..10 {
                    assert_eq!(pull(&one, "a/b").unwrap(), path);
                    assert_eq!(one.cached(&"a/b".parse().unwrap()).unwrap(), path);
                    assert_eq!(fs::metadata(&path).unwrap().len(), LENGTH as u64);
                }
            });
        }
    });
}

#[test]
fn a_server_that_gets_no_further_is_given_up() {
    // By turns a little more and a little less, from the beginning each time.
    let server =
        one_file(|_, content, asked| Reply::ok(content).broken_after(300 - asked % 2 * 100));
    let cache = tempfile::tempdir().unwrap();
    let error = pull(&hub(&server.endpoint, cache.path(), None), "a/b").unwrap_err().to_string();
    assert!(error.contains("6 times in a row"), "{error}");
    assert!(server.requests().len() < 20, "{} requests", server.requests().len());
}

#[test]
fn safetensors_of_which_some_are_missing_are_not_there() {
    let index = br#"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#;
    let files: [(&str, &[u8]); 3] = [
        ("model.safetensors.index.json", index),
        ("model-1.safetensors", b"one"),
        ("model-2.safetensors", b"two"),
    ];
    let server = Server::start(move |request| match request.path.rsplit_once('/') {
        Some((_, name)) if !request.path.starts_with("/api/") => {
            Reply::ok(files.iter().find(|(path, _)| *path == name).unwrap().1)
        }
        _ => Reply::ok(&listing(&files)),
    });
    let cache = tempfile::tempdir().unwrap();
    let one = hub(&server.endpoint, cache.path(), None);
    let folder = pull(&one, "a/b").unwrap();
    let name = "a/b".parse().unwrap();
    assert_eq!(one.cached(&name), Some(folder.clone()));
    fs::remove_file(folder.join("model-2.safetensors")).unwrap();
    assert_eq!(one.cached(&name), None);
}

#[test]
fn what_no_request_can_be_made_of_is_refused_before_any() {
    let cache = tempfile::tempdir().unwrap();
    let refused = |endpoint: &str, token| {
        pull(&hub(endpoint, cache.path(), token), "a/b").unwrap_err().to_string()
    };
    assert!(refused("nonsense", None).contains("HF_ENDPOINT is \"nonsense\""));
    let token = refused("http://127.0.0.1:9", Some("se\ncret"));
    assert!(token.contains("HF_TOKEN") && !token.contains("cret\""), "{token}");
}
