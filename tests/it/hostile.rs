//! Files and arguments of a stranger: one clear line, no panic, and nothing that a terminal would handle.
#![cfg(unix)]

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;

use crate::support::fixture;
use crate::support::harness::PATIENCE;
use serde_json::{Value, json};

/// Runs remask with 4 GB of address space: what a file only claims must not be asked for.
fn remask(args: &[&str]) -> Output {
    let script = format!("ulimit -v 4000000; exec '{}' \"$@\"", env!("CARGO_BIN_EXE_remask"));
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh"]).args(args).env("HOME", "/nonexistent");
    command
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_STATE_HOME")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (id, (done, ended)) = (child.id().to_string(), channel());
    std::thread::spawn(move || done.send(child.wait_with_output()));
    let output = ended.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let _ = Command::new("kill").args(["-s", "KILL", &id]).status();
        panic!("{args:?} does not end")
    });
    output.unwrap()
}

/// The one line on standard error of a run that must fail.
fn refused(args: &[&str]) -> String {
    let output = remask(args);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(!message.trim_end().contains(char::is_control), "{message:?}");
    message
}

/// A copy of a tiny checkpoint, with some files changed.
struct Checkpoint(tempfile::TempDir);

impl Checkpoint {
    fn copy(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]
        {
            std::fs::copy(fixture(name).join(file), folder.path().join(file)).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(self, file: &str, bytes: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.path().join(file), bytes).unwrap();
        self
    }

    /// Changes a JSON file.
    fn change(self, file: &str, change: impl FnOnce(&mut Value)) -> Self {
        let mut json: Value =
            serde_json::from_slice(&std::fs::read(self.path().join(file)).unwrap()).unwrap();
        change(&mut json);
        self.write(file, json.to_string())
    }

    fn inspect_refused(&self) -> String {
        refused(&["models", "inspect", self.path().to_str().unwrap()])
    }

    fn logits(&self) -> Output {
        let out = self.path().join("logits.npy");
        let (folder, out) = (self.path().to_str().unwrap(), out.to_str().unwrap());
        remask(&["models", "logits", folder, "--ids", "5,6,7", "--out", out])
    }
}

#[test]
fn tokenizers_that_are_broken_are_refused() {
    let whole = std::fs::read(fixture("llada-tiny").join("tokenizer.json")).unwrap();
    for length in [0, 1, 100, 660, 700, 5000, whole.len() - 1] {
        let cut = Checkpoint::copy("llada-tiny").write("tokenizer.json", &whole[..length]);
        let message = cut.inspect_refused();
        assert!(message.contains("tokenizer.json"), "{message}");
    }
    for id in [100_000_000u32, 1_000_000_000, u32::MAX] {
        let sparse = Checkpoint::copy("llada-tiny").change("tokenizer.json", |json| {
            json["model"]["vocab"]["far"] = json!(id);
        });
        let message = sparse.inspect_refused();
        assert!(message.contains(&format!("have ids up to {id}")), "{message}");
    }
}

#[test]
fn what_a_tokenizer_says_of_padding_and_truncation_is_left_alone() {
    let padded = Checkpoint::copy("llada-tiny").change("tokenizer.json", |json| {
        json["padding"] = json!({"strategy": {"Fixed": 1_000_000_000u32}, "direction": "Right",
            "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "!"});
        json["truncation"] =
            json!({"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 2});
    });
    let folder = padded.path().to_str().unwrap();
    let args =
        ["generate", "one two three four", "--model", folder, "--canvas", "4", "--steps", "2"];
    let output = remask(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("one two three four"));
}

#[test]
fn a_context_that_is_only_claimed_costs_nothing() {
    for context in [20_000_000u64, 1 << 31] {
        let long = Checkpoint::copy("qwen3-tiny").change("config.json", |json| {
            json["max_position_embeddings"] = json!(context);
        });
        let output = long.logits();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_canvas_that_there_is_no_memory_for_is_refused_before_it_is_asked_for() {
    // Claims a vocabulary that makes the logits of a canvas larger than what there is.
    let folder = Checkpoint::copy("qwen3-tiny");
    let model = folder.path().to_str().unwrap();
    let args = ["generate", "x", "--model", model, "--canvas", "32768", "--steps", "1"];
    let message = refused(&args);
    assert!(message.contains("lower canvas to"), "{message}");
}

#[test]
fn escape_sequences_in_files_and_paths_are_shown() {
    let index = r#"{"weight_map": {"a": "\u001b]0;pwned\u0007\nremask: all is well.safetensors"}}"#;
    let named = Checkpoint::copy("llada-tiny").write("model.safetensors.index.json", index);
    std::fs::remove_file(named.path().join("model.safetensors")).unwrap();
    assert!(named.inspect_refused().contains("␛]0;pwned␇"));
    assert!(refused(&["generate", "x", "--model", "/\x1b[2Jnowhere"]).contains("␛[2J"));
    assert!(refused(&["generate", "x", "--preset", "\x1b]52;c;QUFB\x07"]).contains("52;c"));
    let output = remask(&["generate", "x", "--\x1b[2J"]);
    assert!(!output.stderr.contains(&0x1b) || !output.stderr.windows(4).any(|w| w == b"\x1b[2J"));
}

#[test]
fn gguf_files_that_lie_are_refused() {
    let string = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    let start = |tensors: u64, entries: u64| {
        let counts = [tensors.to_le_bytes(), entries.to_le_bytes()].concat();
        [b"GGUF".as_slice(), &3u32.to_le_bytes(), &counts].concat()
    };
    let entry = [string("general.alignment"), 4u32.to_le_bytes().to_vec()].concat();
    let alignment = [start(0, 1), entry, 0u32.to_le_bytes().to_vec()].concat();
    for bytes in [b"GGUF".to_vec(), start(u64::MAX, 0), start(0, u64::MAX), alignment] {
        let message = Checkpoint::copy("qwen3-tiny").write("model.gguf", bytes).inspect_refused();
        assert!(message.contains("cannot be read as GGUF"), "{message}");
    }
    let llada = Checkpoint::copy("llada-tiny").write("model.gguf", start(0, 0));
    assert!(llada.inspect_refused().contains("how wide its heads are"));
}

#[test]
fn readers_that_leave_are_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.txt");
    std::fs::write(&text, "One day, Lily went to the park.").unwrap();
    let text = text.to_str().unwrap();
    for args in [
        &["completions", "zsh"][..],
        &["completions", "fish"],
        &["presets"],
        &["presets", "fast"],
        &["--help"],
        &["generate", "x", "--canvas", "4"],
        &["generate", "x", "--canvas", "4", "--json"],
        &["evaluate", "--all", "--length", "16", text],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_remask"))
            .args(args)
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && message.is_empty(), "{args:?}: {message}");
    }
}

#[test]
fn mistakes_in_toml_are_one_line_however_long_theirs_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    std::fs::write(&file, format!("theme = 'dark'\nprompt = {}", "x".repeat(200_000))).unwrap();
    let message = refused(&["generate", "x", "--config", file.to_str().unwrap()]);
    assert!(message.contains("line 2, column 10") && message.len() < 400, "{}", message.len());
}

#[test]
fn values_are_quoted_no_longer_than_they_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    std::fs::write(&file, format!("[knobs]\nsampler = '{}'", "x".repeat(200_000))).unwrap();
    let message = refused(&["generate", "x", "--config", file.to_str().unwrap()]);
    assert!(message.contains("sampler cannot be") && message.len() < 1000, "{}", message.len());
}

#[test]
fn sizes_of_nothing_are_refused() {
    for key in ["hidden_size", "intermediate_size", "vocab_size", "max_position_embeddings"] {
        let empty = Checkpoint::copy("qwen3-tiny").change("config.json", |c| c[key] = json!(0));
        let message = empty.inspect_refused();
        assert!(message.contains(&format!("{key} is 0")), "{message}");
    }
}

#[test]
fn inspect_says_what_loading_would() {
    for (key, value, expected) in [
        ("num_hidden_layers", 99, "is missing"),
        ("intermediate_size", 8, "config.json asks for [8, "),
    ] {
        let other = Checkpoint::copy("qwen3-tiny").change("config.json", |c| c[key] = json!(value));
        let output = remask(&["models", "inspect", other.path().to_str().unwrap()]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{message}");
        assert!(
            String::from_utf8(output.stdout).unwrap().contains("family"),
            "it is described, too"
        );
        assert_eq!(other.logits().status.code(), Some(2));
    }
    let outside = Checkpoint::copy("llada-tiny")
        .write("model.safetensors.index.json", r#"{"weight_map": {"a": ".."}}"#);
    assert!(outside.inspect_refused().contains("no file of its folder"));
}

#[test]
fn what_is_no_regular_file_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("text.txt"), "One day.\n<|endoftext|>\nTwo days.\n").unwrap();
    let (text, pipe, out) = (path("text.txt"), path("pipe.toml"), path("out"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let socket = path("socket.toml");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (file, what) in [
        (pipe.as_str(), "a pipe"),
        (&socket, "a socket"),
        ("/dev/zero", "a device"),
        (folder.path().to_str().unwrap(), "a folder"),
    ] {
        for args in [
            &["generate", "x", "--config", file][..],
            &["generate", "x", "--preset", file],
            &["sweep", file],
            &["--theme", file],
            &["train", file, "--out", &out],
            &["train", &text, "--held-out", file, "--out", &out],
            &["train", &text, "--tokenizer", file, "--out", &out],
            &["evaluate", file],
        ] {
            let names_no_file = match args {
                ["--theme", ..] => !file.ends_with(".toml"),
                [_, _, "--preset", _] => what == "a folder",
                _ => false,
            };
            let message = refused(args);
            let expected = format!("{file}: it is {what}, no regular file; put a file there");
            assert!(message.contains(&expected) || names_no_file, "{args:?}: {message}");
        }
    }
    let piped = Checkpoint::copy("llada-tiny");
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::remove_file(piped.path().join(file)).unwrap();
        let pipe = piped.path().join(file);
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(piped.inspect_refused().contains("it is a pipe"));
        std::fs::remove_file(&pipe).unwrap();
        std::fs::copy(fixture("llada-tiny").join(file), &pipe).unwrap();
    }
}

#[test]
fn a_text_that_does_not_fit_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    File::create(path("huge.txt")).unwrap().set_len(1 << 43).unwrap();
    let message = refused(&["train", &path("huge.txt"), "--out", &path("o")]);
    assert!(message.contains("do not fit into memory"), "{message}");
}

#[test]
fn a_training_state_that_lies_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let text = fixture("tiny.txt").to_str().unwrap().to_owned();
    let run = ["train", &text, "--out", &path("run")];
    let small =
        ["--tokens", "1", "--hidden", "16", "--layers", "1", "--heads", "1", "--vocab", "258"];
    let output = remask(&[&run[..], &small].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let state = path("run/training.safetensors");
    let whole = std::fs::read(&state).unwrap();
    let huge = |bytes: &[u8]| {
        std::fs::write(&state, bytes).unwrap();
        File::options().append(true).open(&state).unwrap().set_len(1 << 43).unwrap();
    };
    let resume = [&run[..], &["--resume", "--tokens", "2"]].concat();
    let refused = || {
        let message = refused(&resume);
        assert!(message.contains("training.safetensors: not a training state ("), "{message}");
        assert!(message.contains("begin anew with --from"), "{message}");
        message
    };
    huge(b"");
    refused();
    huge(&whole);
    assert!(refused().contains("its header tells of"));
    let header = |all: u64| {
        format!(r#"{{"record":{{"dtype":"U8","shape":[{all}],"data_offsets":[0,{all}]}}}}"#)
    };
    let length = header(1 << 43).len() as u64;
    huge(&[&length.to_le_bytes()[..], header((1 << 43) - 8 - length).as_bytes()].concat());
    assert!(refused().contains("is no part of the model"));
    std::fs::write(&state, &whole[..whole.len() / 2]).unwrap();
    refused();
    std::fs::write(&state, &whole).unwrap();
    let output = remask(&resume);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
