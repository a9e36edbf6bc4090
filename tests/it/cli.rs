//! The command line as scripts use it.

use crate::support::program::{remask, text};
use crate::support::{fixture, ids, json};
use assert_cmd::Command;
use remask::diffusion::{Step, TokenOutcome};
use remask::protocol::RecordReader;
use serde_json::Value;

/// Standard output of a run that must work.
fn prints(args: &[&str]) -> String {
    let output = remask(args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// The one line on standard error of a run that must fail.
fn fails(args: &[&str]) -> (i32, String) {
    let output = remask(args);
    assert!(output.stdout.is_empty(), "{args:?} printed {}", text(&output.stdout));
    (output.status.code().unwrap(), text(&output.stderr))
}

const SMALL: [&str; 6] = ["generate", "One day", "--canvas", "24", "--steps", "6"];

/// JSON lines without what depends on the clock.
/// What `generate` prints as JSON, behind the header.
fn steps_and_summary(args: &[&str]) -> Vec<Value> {
    let mut lines = json_lines(args);
    let header = lines.remove(0);
    assert_eq!((&header["type"], &header["format"]), (&"header".into(), &1.into()));
    lines
}

fn json_lines(args: &[&str]) -> Vec<Value> {
    let lines = prints(args);
    let parse = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        let fields = value.as_object_mut().unwrap();
        for timing in
            ["forward_ms", "sampling_ms", "seconds", "passes_per_second", "tokens_per_second"]
        {
            fields.remove(timing);
        }
        value
    };
    lines.lines().map(parse).collect()
}

#[test]
fn a_piped_text_is_the_text_and_nothing_else() {
    let output = remask(&SMALL);
    let text = text(&output.stdout);
    assert!(text.starts_with("One day") && text.ends_with('\n'), "{text:?}");
    assert!(output.stderr.is_empty(), "no progress into a pipe");
}

#[test]
fn json_holds_every_step_and_a_summary() {
    let mut args = SMALL.to_vec();
    args.push("--json");
    let lines = steps_and_summary(&args);
    let (summary, steps) = lines.split_last().unwrap();
    assert_eq!(steps.len(), 6);
    let mut before: Option<Vec<u32>> = None;
    for (index, step) in steps.iter().enumerate() {
        assert_eq!(step["type"], "step");
        assert_eq!(step["step"], index + 1);
        let now = ids(&step["ids"]);
        assert_eq!(now.len(), 3 + 24, "the whole canvas");
        if let Some(before) = before {
            let changed: Vec<u32> =
                (0..now.len() as u32).filter(|i| before[*i as usize] != now[*i as usize]).collect();
            assert_eq!(ids(&step["changed"]), changed);
        }
        before = Some(now);
    }
    assert_eq!(summary["type"], "summary");
    let read = |step: &Value, key: &str| step[key].as_str().unwrap().to_owned();
    let noise = |step: &Value| read(step, "text").matches('░').count() as u64;
    for step in steps {
        assert!(read(step, "text").starts_with("One day"), "{step}");
        assert!(noise(step) <= step["open"].as_u64().unwrap(), "{step}");
        assert!(!read(step, "guess").contains('░'), "{step}");
    }
    assert!(noise(&steps[0]) > 0);
    let last = steps.last().unwrap();
    assert_eq!(read(last, "text"), read(last, "guess"));
    assert_eq!(read(last, "text"), summary["text"].as_str().unwrap());
    assert_eq!(summary["passes"], 6);
    assert_eq!(ids(&summary["ids"]), before.unwrap());
    assert!(summary["text"].as_str().unwrap().starts_with("One day"));
    assert_eq!(summary["knobs"]["steps"], 6);
    assert_eq!(summary["knobs"]["threshold"], Value::Null);
}

#[test]
fn json_is_a_stream_of_the_protocol() {
    let mut args = SMALL.to_vec();
    args.push("--json");
    let lines = prints(&args);
    let mut reader = RecordReader::new(lines.as_bytes()).unwrap();
    for (index, line) in steps_and_summary(&args)[..6].iter().enumerate() {
        let step: Step = reader.read().unwrap().unwrap();
        assert_eq!((step.index, step.planned), (index, 6));
        assert_eq!(step.count(TokenOutcome::Written), line["committed"]);
        assert!(step.updates.iter().all(|update| update.candidates.len() == 6));
        assert!(step.updates.iter().all(|update| !update.confidence.is_nan()));
    }
}

#[test]
fn a_run_can_be_checked_against_the_official_sampler() {
    let golden = json("qwen3-tiny/gen_llada.json");
    let model = fixture("qwen3-tiny");
    for case in golden["cases"].as_array().unwrap() {
        let prompt: Vec<String> = ids(&case["prompt_ids"][0]).iter().map(u32::to_string).collect();
        let value = |key: &str| case[key].to_string();
        let lines = steps_and_summary(&[
            "generate",
            "--json",
            "--model",
            model.to_str().unwrap(),
            "--prompt-ids",
            &prompt.join(","),
            "--canvas",
            &value("gen_length"),
            "--steps",
            &value("steps"),
            "--block-length",
            &value("block_length"),
            "--temperature",
            "0",
            "--sampler",
            "low-confidence",
        ]);
        let (_, steps) = lines.split_last().unwrap();
        for step in steps {
            let state = &case["states"][step["step"].as_u64().unwrap() as usize][0];
            assert_eq!(&step["ids"], state, "{} step {}", case["name"], step["step"]);
        }
    }
}

#[test]
fn the_same_seed_prints_the_same_bytes_at_any_thread_count() {
    for knobs in [
        &["--temperature", "0.9"][..],
        &["--sampler", "p2", "--temperature", "0.7", "--noise", "uniform"],
        &["--draw", "categorical", "--temperature", "0.8", "--top-p", "0.9", "--alg-temp", "0.5"],
    ] {
        let run = |threads: &str| {
            let args = ["--json", "--seed", "11", "--threads", threads];
            steps_and_summary(&[&SMALL, knobs, &args[..]].concat())
        };
        let first = run("1");
        for threads in ["1", "2", "4", "2", "4"] {
            assert_eq!(run(threads), first, "{knobs:?} with {threads} threads");
        }
        let other = steps_and_summary(&[&SMALL, knobs, &["--json", "--seed", "12"]].concat());
        assert_ne!(other, first, "{knobs:?}: another seed, another text");
    }
}

#[test]
fn holes_are_filled_and_the_rest_stays() {
    let text = prints(&["generate", "Tom had a [[4]] and he was happy.", "--steps", "4"]);
    assert!(text.starts_with("Tom had a"), "{text}");
    assert!(text.ends_with(" and he was happy.\n"), "{text}");
}

#[test]
fn an_end_token_in_a_hole_does_not_cut_what_was_given_behind_it() {
    for seed in ["4", "16", "21", "27"] {
        let prompt = "They were happy. The end. [[24]] Tim was happy.";
        let knobs = ["--steps", "8", "--temperature", "1.5", "--seed", seed];
        let text = prints(&[&["generate", prompt], &knobs[..]].concat());
        assert!(text.ends_with(" Tim was happy.\n"), "{text:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_environment_that_is_not_utf8_is_none_of_our_business() {
    use std::os::unix::ffi::OsStrExt;
    let mut command = Command::cargo_bin("remask").unwrap();
    command.env("SOMETHING", std::ffi::OsStr::from_bytes(b"\xff"));
    command.args(["generate", "x", "--canvas", "4", "--steps", "1"]).assert().success();
}

#[test]
fn prompts_of_all_kinds_come_back_as_they_were() {
    for prompt in ["", "日本語 🎈", "e\u{301}\ttab", "\x1b]0;x\x07\x1b[2J"] {
        let text = prints(&["generate", prompt, "--canvas", "8", "--steps", "2"]);
        assert!(text.starts_with(prompt), "{text:?}");
    }
}

#[test]
fn odd_numbers_work_as_documented() {
    // The last block is shorter.
    let lines = steps_and_summary(&[
        "generate",
        "x",
        "--json",
        "--canvas",
        "10",
        "--block-length",
        "4",
        "--steps",
        "5",
    ]);
    assert_eq!(lines.len(), 5 + 1);
    // A run ends early when nothing is left to write.
    let lines = steps_and_summary(&["generate", "x", "--json", "--canvas", "3", "--steps", "50"]);
    assert_eq!(lines.len(), 3 + 1);
}

#[test]
fn bad_input_is_one_clear_line_and_a_code() {
    let long = "word ".repeat(2000);
    for (args, expected) in [
        (&["generate", "x", "--steps", "0"][..], "steps cannot be \"0\"; it takes 1 to"),
        (
            &["generate", "x", "--temperature", "nan"],
            "temperature cannot be \"nan\"; it takes 0 to 2",
        ),
        (&["generate", "x", "--temperature", "-1"], "temperature cannot be \"-1\""),
        (&["generate", "x", "--sampler", "margin"], "did you mean topk-margin?"),
        (&["generate", "x", "--sampler", "origin", "--schedule", "factor"], "makes no sense"),
        (&["generate", "x", "--canvas", "2000"], "lower canvas to 1022"),
        (&["generate", &long], "shorten it"),
        (
            &["generate", "--prompt-ids", "5,99999"],
            "token id 99999 is outside the model's vocabulary of 2048",
        ),
        (&["generate", "x", "--model", "/nonexistent"], "there is no model folder /nonexistent"),
        (&["generate", "a [[99999999]]"], "[[1]] to [[32768]]"),
        (&["generate", "x", "--config", "/nonexistent.toml"], "/nonexistent.toml"),
        (&["generate", "x", "--threads", "0"], "--threads cannot be \"0\"; it takes 1 to 256"),
        (
            &["generate", "--prompt-ids", "5,x"],
            "--prompt-ids cannot be \"x\"; it takes a whole number",
        ),
        (&["generate", "x", "--threads", "5000"], "threads cannot be 5000; it takes 1 to 256"),
        (&["Once upon"], "remask --prompt \"Once upon\""),
        (&["--theme", "blue"], "theme cannot be \"blue\"; it takes dark, light"),
        (&["--speed", "9"], "speed cannot be \"9\""),
        (&[], "needs a terminal"),
        (&["--model", "/nope"], "there is no model folder /nope"),
        (&["evaluate", "nope.txt"], "nope.txt: No such file"),
        (
            &["evaluate"],
            "stories-4.6M was trained for no task; name the FILE of a text, or a model",
        ),
        (&["evaluate", "--problems", "3"], "no task, so --problems 3 has none to put to it"),
        (
            &["evaluate", "--problems", "0"],
            "--problems cannot be \"0\"; it takes a whole number, 1",
        ),
        (&["models", "inspect", "nope.gguf"], "there is no model file nope.gguf"),
        (&["models", "inspect", "Cargo.toml"], "there is no config.json in ."),
        (&["generate", "x", "--preset", "src"], "preset src: it is a folder; name a preset"),
        (&["train", "Cargo.toml", "--resume", "--out", "src"], "src: it holds no training run"),
        (&["train", "Cargo.toml", "--resume", "--out", "gone"], "gone: there is no such folder"),
        (&["race", "--repeats", "0"], "--repeats cannot be \"0\"; it takes a whole number, 1 to"),
        (&["train", "x", "--minutes", "ten"], "--minutes cannot be \"ten\"; it takes a number"),
    ] {
        let (code, message) = fails(args);
        assert_eq!((code, message.lines().count()), (2, 1), "{args:?} says {message}");
        assert!(message.contains(expected), "{args:?} says {message}");
        assert!(!message.contains("panicked"), "{message}");
    }
}

#[test]
fn what_cannot_be_parsed_is_one_line_with_the_nearest_that_can() {
    for (args, expected) in [
        (
            &["genrate", "x"][..],
            "there is no subcommand \"genrate\"; did you mean remask generate?",
        ),
        (
            &["models", "logit"],
            "there is no subcommand \"logit\"; did you mean remask models logits?",
        ),
        (
            &["generate", "--stps", "3"],
            "there is no flag --stps for remask generate; did you mean --steps?",
        ),
        (
            &["generate", "x", "--theme", "dark"],
            "--theme is no flag of remask generate, but of remask, remask replay, remask export; leave it out",
        ),
        (&["evaluate", "x", "--problems", "3"], "FILE and --problems exclude each other"),
        (&["evaluate", "--all"], "FILE is missing; remask evaluate -h says what it takes"),
        (&["evaluate", "x", "--top-p", "1"], "but of remask, remask generate, remask race"),
        (&["generate", "- x"], "a text that begins with - goes behind --"),
        (&["generate", "one", "two"], "\"two\" is one argument too many for remask generate"),
        (&["generate", "--steps"], "--steps needs a value, like --steps 64"),
        (&["generate", "--sampler"], "--sampler needs a value, like --sampler low-confidence"),
        (&["generate", "--model"], "--model needs a value: --model <DIR>"),
        (&["generate", "--steps", "2", "--steps", "3"], "--steps is given twice"),
        (&["generate", "x", "--prompt-ids", "5"], "PROMPT and --prompt-ids exclude each other"),
        (&["completions", "nosh"], "SHELL cannot be \"nosh\"; did you mean zsh? it takes bash, "),
        (&["completions"], "SHELL is missing; remask completions -h says what it takes"),
        (&["train"], "FILE is missing; remask train -h"),
        (&["models", "logits", "x"], "--ids <IDS> and --out <FILE.npy> are missing"),
        (
            &["--prompt", "generate", "--bogus"],
            "there is no flag --bogus for remask; remask --help",
        ),
    ] {
        let (code, message) = fails(args);
        assert_eq!((code, message.lines().count()), (2, 1), "{args:?} says {message}");
        assert!(message.starts_with("remask: ") && message.contains(expected), "{message}");
    }
}

/// Standard output of a run that gets `input` through a pipe.
fn piped(args: &[&str], input: &[u8]) -> std::process::Output {
    let mut command = Command::cargo_bin("remask").unwrap();
    command.env("HOME", "/nonexistent").env_remove("XDG_CONFIG_HOME");
    command.args(args).write_stdin(input).output().unwrap()
}

#[test]
fn a_text_comes_through_a_pipe() {
    let knobs = ["--canvas", "8", "--steps", "4"];
    let given = prints(&[&["generate", "One day, Lily"], &knobs[..]].concat());
    for prompt in [&["generate"][..], &["generate", "-"]] {
        let output = piped(&[prompt, &knobs].concat(), b"One day, Lily\n");
        assert_eq!(text(&output.stdout), given, "{prompt:?}");
    }
    let nothing = prints(&[&["generate", ""], &knobs[..]].concat());
    assert_eq!(text(&piped(&[&["generate"], &knobs[..]].concat(), b"").stdout), nothing);
    // A text that is given goes before one that comes.
    let output = piped(&[&["generate", "One day, Lily"], &knobs[..]].concat(), b"The cat");
    assert_eq!(text(&output.stdout), given);
    let repaired = piped(&["generate", "--repair", "--steps", "4"], b"One day, Lily went home.");
    assert!(repaired.status.success(), "{}", text(&repaired.stderr));
    for (input, expected) in [
        (b"a\xff".to_vec(), "standard input: not a text in UTF-8, from byte 2 on"),
        (vec![b'x'; 5 << 20], "standard input: it has more than"),
    ] {
        let output = piped(&["generate"], &input);
        let message = text(&output.stderr);
        assert_eq!((output.status.code(), message.lines().count()), (Some(2), 1), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn environment_file_and_flags_rise_in_this_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("remask.toml");
    std::fs::write(&file, "[knobs]\nsteps = 3\ncanvas = 12\nseed = 5\n").unwrap();
    let mut command = Command::cargo_bin("remask").unwrap();
    command.env("REMASK_CONFIG", &file).env("REMASK_STEPS", "4").env("REMASK_SEED", "6");
    command.args(["generate", "x", "--json", "--seed", "7"]);
    let output = command.output().unwrap();
    let last = text(&output.stdout);
    let summary: Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
    let knobs = &summary["knobs"];
    assert_eq!(
        (&knobs["canvas"], &knobs["steps"], &knobs["seed"]),
        (&12.into(), &4.into(), &7.into())
    );
    let mut command = Command::cargo_bin("remask").unwrap();
    let output = command.env("REMASK_STEP", "4").args(["generate", "x"]).output().unwrap();
    let message = text(&output.stderr);
    assert!(
        message.contains("REMASK_STEP") && message.contains("did you mean \"steps\"?"),
        "{message}"
    );
}

#[test]
fn a_folder_of_the_bundled_files_is_the_bundled_model() {
    let stories = &remask::model::bundled::ALL[0];
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("config.json", stories.config),
        ("tokenizer.json", stories.tokenizer),
        ("model.gguf", stories.weights()),
    ];
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let folder = folder.path().to_str().unwrap();
    assert_eq!(prints(&[&SMALL[..], &["--model", folder]].concat()), prints(&SMALL));
}

#[test]
fn completions_and_help_name_the_knobs_where_they_count() {
    let completions = prints(&["completions", "bash"]);
    let flags = remask::diffusion::knobs().iter().map(|knob| format!("--{} ", knob.name));
    let flags: Vec<String> = flags.collect();
    for command in [&[][..], &["generate"], &["race"], &["sweep"]] {
        let help = prints(&[command, &["--help"]].concat());
        for flag in &flags {
            assert!(completions.contains(flag) && help.contains(flag), "{command:?} {flag}");
        }
    }
    for command in [
        &["evaluate"][..],
        &["models"],
        &["models", "inspect"],
        &["models", "logits"],
        &["presets"],
        &["train"],
        &["completions"],
    ] {
        let help = prints(&[command, &["--help"]].concat());
        let listed = flags.iter().filter(|flag| help.contains(*flag)).collect::<Vec<_>>();
        let own: &[&str] = if command == ["train"] { &["--seed "] } else { &[] };
        assert_eq!(listed, own, "{command:?}");
        let first = flags[0].trim();
        let (code, message) = fails(&[command, &[first, "p2"]].concat());
        assert!(code == 2 && message.contains("is no flag of"), "{command:?}: {message}");
    }
}

#[test]
fn a_model_of_a_task_sits_an_exam_in_each_way_of_writing() {
    let exam = ["evaluate", "--model", "sudoku", "--problems", "3"];
    let table = prints(&exam);
    let rows: Vec<&str> = table.lines().filter(|line| line.contains("x")).collect();
    let head =
        "| way | problems | solved | cells | lawful | passes (NFE) | tokens/pass | s an answer |";
    assert!(table.contains(head) && table.contains("solved: every cell is right"), "{table}");
    for way in ["autoregressive", "margin, 12 passes", "random, 12 passes"] {
        for group in ["4x4", "6x6"] {
            let begin = format!("| {way} | {group} | ");
            assert_eq!(rows.iter().filter(|row| row.starts_with(&begin)).count(), 1, "{table}");
        }
    }
    let lines = prints(&[&exam[..], &["--json"]].concat());
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 6);
    let count = |line: &Value| line["problems"].as_u64().unwrap();
    assert_eq!(lines.iter().map(count).sum::<u64>(), 9, "three ways");
    let first = &lines[0];
    assert_eq!((&first["way"], &first["group"]), (&"autoregressive".into(), &"4x4".into()));
    assert_eq!(first["passes"], 16.0, "a token a pass");
    let solved = &first["scores"]["solved"];
    let mean = solved["mean"].as_f64().unwrap();
    let ends = [0, 1].map(|end: usize| solved["interval"][end].as_f64().unwrap());
    assert!((ends[0]..=ends[1]).contains(&mean) && ends[1] > ends[0], "{solved}");
    assert!(first["scores"]["cells"]["interval"].is_null(), "{first}");
}

#[test]
fn short_help_is_short() {
    for command in [
        &[][..],
        &["generate"],
        &["evaluate"],
        &["models"],
        &["race"],
        &["sweep"],
        &["presets"],
        &["completions"],
    ] {
        let help = prints(&[command, &["-h"]].concat());
        assert!(help.lines().count() <= 42, "{command:?}\n{help}");
    }
}

#[test]
fn whoever_closes_the_pipe_gets_no_complaint() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_remask"))
        .args(["generate", "x", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn a_text_with_wrong_words_is_repaired() {
    let text =
        "Once upon a time, there was a little girl named Lily. She loved to play in the park.";
    let args = ["generate", text, "--repair", "--preset", "repair", "--json"];
    let lines = steps_and_summary(&args);
    let summary = lines.last().unwrap();
    let length = summary["ids"].as_array().unwrap().len();
    let (first, last) = (&lines[0], &lines[lines.len() - 2]);
    assert_eq!(first["ids"].as_array().unwrap().len(), length);
    assert_eq!(last["open"], 0);
    let changed: usize =
        lines.iter().filter_map(|line| line["changed"].as_array()).map(Vec::len).sum();
    assert!(changed > 0, "no wrong word was found: {summary}");
    let error = remask(&["generate", "--repair"]);
    assert!(String::from_utf8_lossy(&error.stderr).contains("no text to repair"));
}

#[test]
fn presets_are_listed_printed_and_used() {
    let listed = prints(&["presets"]);
    for name in ["fast ", "llada-paper ", "diffusion-gemma "] {
        assert!(listed.contains(name), "{listed}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shared.toml");
    std::fs::write(&file, prints(&["presets", "fast-dllm"])).unwrap();
    let args = ["generate", "One day", "--canvas", "16", "--json", "--preset"];
    let named = steps_and_summary(&[&args[..], &["fast-dllm"]].concat());
    let shared = steps_and_summary(&[&args[..], &[file.to_str().unwrap()]].concat());
    let ids = |lines: &[serde_json::Value]| lines.last().unwrap()["ids"].clone();
    assert_eq!(ids(&named), ids(&shared));
    assert_eq!(named.last().unwrap()["knobs"]["sampler"], "threshold");
    assert_eq!(named.last().unwrap()["knobs"]["canvas"], 16, "flags win");
}

#[test]
fn checkpoints_are_described_and_their_logits_written() {
    let folder = fixture("dream-tiny");
    let path = folder.to_str().unwrap();
    let described = prints(&["models", "inspect", path]);
    for expected in ["Dream", "QKV bias yes", "510", "shifted logits yes", "by diffusion"] {
        assert!(described.contains(expected), "{expected} is missing from\n{described}");
    }
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("logits.npy");
    let file = file.to_str().unwrap();
    for (name, flags) in [("logits_causal_plain7", &["--causal"][..]), ("logits_plain7", &[])] {
        let folder = fixture("qwen3-tiny");
        let case = crate::support::json("qwen3-tiny/logits.json")["cases"]["plain7"].clone();
        let ids: Vec<String> =
            crate::support::ids(&case["input_ids"]).iter().map(u32::to_string).collect();
        let ids = ids.join(",");
        let model = folder.to_str().unwrap();
        let args = ["models", "logits", model, "--ids", &ids, "--out", file];
        prints(&[&args[..], flags].concat());
        let (shape, values) = crate::support::npy(file);
        let (expected_shape, expected) = crate::support::npy(&format!("qwen3-tiny/{name}.npy"));
        assert_eq!(shape, expected_shape);
        assert!(crate::support::max_difference(&values, &expected) < 1e-3);
    }
}

/// A folder whose weights are spread over two files, in half precision, as large checkpoints come.
#[test]
fn sharded_weights_of_any_float_type_load() {
    use candle_core::{DType, Device, safetensors};
    let whole = fixture("llada-tiny");
    let tensors = safetensors::load(whole.join("model.safetensors"), &Device::Cpu).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json"] {
        std::fs::copy(whole.join(file), folder.path().join(file)).unwrap();
    }
    let mut names: Vec<&String> = tensors.keys().collect();
    names.sort();
    let mut map = serde_json::Map::new();
    for (index, (half, dtype)) in
        names.chunks(names.len() / 2 + 1).zip([DType::BF16, DType::F16]).enumerate()
    {
        let file = format!("model-0000{}-of-00002.safetensors", index + 1);
        let part = half
            .iter()
            .map(|name| ((*name).clone(), tensors[*name].to_dtype(dtype).unwrap()))
            .collect();
        safetensors::save(&part, folder.path().join(&file)).unwrap();
        map.extend(half.iter().map(|name| ((*name).clone(), file.clone().into())));
    }
    let index = serde_json::json!({ "weight_map": map }).to_string();
    std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
    let path = folder.path().to_str().unwrap();
    let described = prints(&["models", "inspect", path]);
    assert!(described.contains("BF16, F16 in model-00001-of-00002.safetensors"), "{described}");
    let out = folder.path().join("logits.npy");
    prints(&["models", "logits", path, "--ids", "5,9,1", "--out", out.to_str().unwrap()]);
    std::fs::remove_file(folder.path().join("model-00002-of-00002.safetensors")).unwrap();
    let error = remask(&["models", "inspect", path]);
    let message = String::from_utf8_lossy(&error.stderr).into_owned();
    assert!(message.contains("model-00002-of-00002.safetensors"), "{message}");
    assert_eq!(message.lines().count(), 1);
}

#[test]
fn a_race_counts_passes_exactly_and_says_who_won() {
    let args = ["race", "One day", "The cat", "--canvas", "24", "--steps", "6", "--repeats", "1"];
    let lines = json_lines(&[&args[..], &["--json"]].concat());
    let of = |kind: &str, lane: &str| -> Vec<Value> {
        let matching = lines.iter().filter(|line| line["type"] == kind && line["lane"] == lane);
        matching.cloned().collect()
    };
    let diffusion = of("trial", "low-confidence");
    assert_eq!(diffusion.len(), 2);
    assert!(diffusion.iter().all(|trial| trial["passes"] == 6));
    for trial in of("trial", "autoregressive") {
        let (passes, tokens) =
            (trial["passes"].as_u64().unwrap(), trial["tokens"].as_u64().unwrap());
        // One pass a token, and one for the end token where there is one.
        assert!(passes == tokens || passes == tokens + 1, "{trial}");
    }
    assert_eq!(of("lane", "low-confidence")[0]["passes"], 12);
    let texts = |lane: &str| -> Vec<Value> {
        of("trial", lane).iter().map(|trial| trial["text"].clone()).collect()
    };
    assert_eq!(texts("self-speculative"), texts("autoregressive"), "drafts change no text");
    let stages: Vec<&Value> = lines.iter().filter(|line| line["type"] == "stage").collect();
    let names: Vec<&str> = stages.iter().map(|line| line["stage"].as_str().unwrap()).collect();
    assert_eq!(names[..3], ["passes", "this-machine", "other-machine"]);
    for stage in stages {
        assert!(stage["cost_per_token"]["self-speculative"].as_f64().unwrap() > 0.0, "{stage}");
        assert!(stage["text"].as_str().unwrap().contains(" than "), "{stage}");
    }
    assert_eq!(lines.last().unwrap()["type"], "verdict");
    let table = prints(&args);
    assert!(
        table.contains("| autoregressive |") && table.contains("fewer passes a token"),
        "{table}"
    );
    let (_, why) = table.split_once("## Why").unwrap();
    assert!(why.contains("diffusion must write more than ") && why.contains("\n| 1 | "), "{why}");
    let (code, message) = fails(&["race", "--sampler", "autoregressive"]);
    assert!(code == 2 && message.contains("against autoregression already"), "{message}");
}
