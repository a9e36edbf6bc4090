//! `remask sweep` as scripts use it: the whole program, also when it is killed.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use assert_cmd::cargo::cargo_bin;

use crate::support::harness::wait_until;
use crate::support::program::text;

fn remask(args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("remask"));
    command.env("HOME", "/nonexistent").env_remove("XDG_CONFIG_HOME").env("LC_ALL", "C.UTF-8");
    command.args(args);
    command
}

fn sweep(out: &Path, args: &[&str]) -> Output {
    remask(&["sweep", "--out", out.to_str().unwrap()]).args(args).output().unwrap()
}

/// Standard output of a sweep that must work.
fn prints(out: &Path, args: &[&str]) -> String {
    let output = sweep(out, args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Standard error of a sweep that must be refused.
fn fails(out: &Path, args: &[&str]) -> String {
    let output = sweep(out, args);
    assert!(output.stdout.is_empty(), "{args:?} printed {}", text(&output.stdout));
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    text(&output.stderr)
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Rows that stand in `folder` by now.
fn rows(folder: &Path) -> usize {
    std::fs::read(folder.join("results.jsonl"))
        .map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count())
}

/// Texts as short as they make sense.
const SMALL: [&str; 7] = ["--canvas", "16", "--prompt", "One day", "--seeds", "1", "--no-timings"];

/// 2 samplers, 3 budgets, 2 temperatures, 2 prompts, 2 seeds.
const FORTY_EIGHT: [&str; 15] = [
    "--strategy",
    "p2,random",
    "--steps",
    "2,4,6",
    "--temperature",
    "0,0.7",
    "--canvas",
    "16",
    "--prompt",
    "One day",
    "--prompt",
    "Tom said, \"no",
    "--seeds",
    "2",
    "--no-timings",
];

/// A number below `below`, another one every time (a linear congruential generator).
fn rng(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

#[test]
fn a_sweep_that_is_killed_again_and_again_comes_to_the_same_files() {
    let place = tempfile::tempdir().unwrap();
    let (whole, killed) = (place.path().join("whole"), place.path().join("killed"));
    prints(&whole, &FORTY_EIGHT);
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let mut state = seed;
    let mut kills = 0;
    for _ in 0..5 {
        let mut command = remask(&["sweep", "--out", killed.to_str().unwrap()]);
        let command = command.args(FORTY_EIGHT).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // Some more rows, and then anywhere within a row; 0 rows: anywhere before the first.
        let enough = rows(&killed) + rng(&mut state, 14) as usize;
        wait_until("more rows", || rows(&killed) >= enough || child.try_wait().unwrap().is_some());
        // No waiting for anything: it is killed at a moment that nobody chose.
        std::thread::sleep(Duration::from_micros(rng(&mut state, 60_000)));
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(rows(&killed) <= 48);
    }
    assert!(kills > 0, "every run was done before it could be killed");
    prints(&killed, &FORTY_EIGHT);
    assert_eq!(rows(&killed), 48);
    for name in ["results.jsonl", "results.csv", "sweep.toml", "passes.svg", "best.toml"] {
        assert_eq!(read(&killed, name), read(&whole, name), "{name}");
    }
    let again = prints(&killed, &FORTY_EIGHT);
    assert!(again.contains("nats/new pair") && rows(&killed) == 48, "nothing is measured twice");
}

#[test]
fn a_model_of_a_task_is_swept_by_its_scores() {
    let place = tempfile::tempdir().unwrap();
    let (out, again) = (place.path().join("sweep"), place.path().join("again"));
    let swept =
        ["--model", "sudoku", "--sampler", "topk-margin", "--steps", "1,16", "--no-timings"];
    let args = [&swept[..], &["--temperature", "0", "--problems", "4"]].concat();
    let table = prints(&out, &args);
    let said = "4 texts a setting (4 problems, 1 seed); scored by the task sudoku";
    let rows: Vec<&str> = table.lines().map(str::trim).collect();
    let heads: Vec<&str> = rows[1].split_whitespace().collect();
    assert!(rows[0].contains(said), "{table}");
    assert_eq!(heads.join(" "), "solved passes (NFE) tokens/pass cells lawful setting", "{table}");
    assert!(rows[2].ends_with("*  steps 16"), "more passes solve more of them: {table}");
    let columns = "canvas_tokens,score_solved,score_cells,score_lawful,nats_per_token";
    assert!(read(&out, "results.csv").lines().next().unwrap().contains(columns));
    assert!(read(&out, "passes.svg").contains("% solved (higher is better)"));
    let best = read(&out, "best.toml");
    assert!(best.contains("% solved in 16.0 passes") && best.contains("the task sudoku judges"));
    let plan = read(&out, "sweep.toml");
    assert!(plan.contains("\nproblems = 4\n") && !plan.contains("prompts"), "{plan}");
    assert_eq!(prints(&out, &args), table, "nothing is measured twice");
    prints(&again, &[out.join("sweep.toml").to_str().unwrap()]);
    assert_eq!(read(&again, "results.csv"), read(&out, "results.csv"));
    // A text of one's own is no problem of which an answer is known.
    let own = place.path().join("own");
    let table = prints(&own, &[&swept[..], &["--prompt", ".1.2............"]].concat());
    assert!(table.contains("nats/new pair") && !table.contains("solved"), "{table}");
    let none = place.path().join("none");
    for (args, expected) in [
        (&["--steps", "1,2", "--problems", "3"][..], "no task, so there are no 3 problems"),
        (&["--steps", "1,2", "--problems", "3", "--prompt", "x"], "exclude each other"),
        (&["--steps", "1,2", "--problems", "0"], "--problems cannot be \"0\""),
    ] {
        let message = fails(&none, args);
        assert!(message.contains(expected) && message.lines().count() == 1, "{message}");
        assert!(!none.exists());
    }
}

#[test]
#[cfg(unix)]
fn a_sweep_that_is_called_off_says_what_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("sweep");
    let mut command = remask(&["sweep", "--out", out.to_str().unwrap()]);
    // More than it can be done with before the signal comes.
    let many = FORTY_EIGHT.map(|word| if word == "2" { "100000" } else { word });
    let child = command.args(many).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = child.spawn().unwrap();
    wait_until("two rows", || rows(&out) >= 2);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    let expected = format!("{} of 2400000 texts are kept in", rows(&out));
    assert!(message.contains(&expected) && message.contains("goes on"), "{message}");
}

#[test]
fn the_files_are_what_they_say() {
    let place = tempfile::tempdir().unwrap();
    let args = ["--steps", "2,4,8", "--canvas", "16", "--prompt", "One day", "--seeds", "2"];
    let printed = prints(place.path(), &args);
    assert!(printed.is_ascii() || printed.contains('└'), "{printed}");
    assert!(!printed.contains('\x1b'), "no colours into a pipe");
    assert!(printed.contains("* the best front") && printed.contains("steps 8"), "{printed}");
    let lines = read(place.path(), "results.jsonl");
    let json = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let table = read(place.path(), "results.csv");
    let mut table = table.lines();
    let names: Vec<&str> = table.next().unwrap().split(',').collect();
    assert_eq!(&names[..4], ["index", "steps", "seed", "prompt"]);
    assert_eq!(names[names.len() - 2..], ["seconds", "tokens_per_second"], "times come last");
    for (index, (row, line)) in json.zip(table).enumerate() {
        assert_eq!(row["index"], index);
        assert_eq!(row["passes"], [2, 4, 8][index / 2]);
        assert_eq!(row["seed"], index % 2);
        assert_eq!(row.as_object().unwrap().len(), names.len());
        let nats = row["nats"].as_f64().unwrap() / row["new_pairs"].as_f64().unwrap();
        assert!((row["nats_per_new_pair"].as_f64().unwrap() - nats).abs() < 1e-6);
        for (name, cell) in names.iter().zip(line.split(',')) {
            assert_eq!(row[name].to_string().trim_matches('"'), cell, "{name}");
        }
    }
    for name in ["passes.svg", "time.svg"] {
        let svg = read(place.path(), name);
        assert_eq!(svg.matches("<circle").count(), 3, "{name}");
    }
    let best = place.path().join("best.toml");
    let written = remask(&["generate", "One day", "--preset", best.to_str().unwrap()]).output();
    let written = written.unwrap();
    assert!(written.status.success(), "{}", text(&written.stderr));
    assert!(text(&written.stdout).starts_with("One day"));
}

#[test]
fn a_file_and_flags_ask_for_the_same() {
    let place = tempfile::tempdir().unwrap();
    let [flags, file, again, mixed] =
        ["flags", "file", "again", "mixed"].map(|n| place.path().join(n));
    let mut args = vec!["--steps", "2,4", "--sampler", "p2", "--temperature", "0,0.5"];
    args.extend(SMALL);
    prints(&flags, &args);
    let plan = place.path().join("plan.toml");
    let text = "prompts = ['One day']\nseeds = 1\ntimings = false\n[axes]\nsteps = [2, 4]\n\
                temperature = [0, 0.5]\n[knobs]\nsampler = 'p2'\ncanvas = 16\n";
    std::fs::write(&plan, text).unwrap();
    prints(&file, &[plan.to_str().unwrap()]);
    // What a sweep writes down is a plan too, whatever else is configured.
    let written = flags.join("sweep.toml");
    let mut command =
        remask(&["sweep", written.to_str().unwrap(), "--out", again.to_str().unwrap()]);
    assert!(command.env("REMASK_CFG_SCALE", "2").output().unwrap().status.success());
    for name in ["results.jsonl", "results.csv", "sweep.toml"] {
        assert_eq!(read(&file, name), read(&flags, name), "{name}");
        assert_eq!(read(&again, name), read(&flags, name), "{name}");
    }
    prints(&mixed, &[plan.to_str().unwrap(), "--steps", "3", "--temperature", "0,1"]);
    assert!(read(&mixed, "sweep.toml").contains("steps = 3\n"), "flags win over the file");
    assert!(read(&mixed, "results.csv").starts_with("index,temperature,seed"));
}

#[test]
fn lists_are_for_sweeps_and_the_place_of_a_flag_does_not_matter() {
    let place = tempfile::tempdir().unwrap();
    let [before, behind] = ["before", "behind"].map(|name| place.path().join(name));
    let mut args = vec!["--temperature", "0,0.7", "--json", "--steps", "3"];
    args.extend(SMALL);
    let rows = prints(&behind, &args);
    assert_eq!(rows, read(&behind, "results.jsonl"), "rows and nothing else");
    let mut command = remask(&["--steps", "3", "sweep", "--out", before.to_str().unwrap()]);
    let output = command.args(&args[..3]).args(SMALL).output().unwrap();
    assert_eq!(text(&output.stdout), rows);
    let output = remask(&["generate", "One day", "--steps", "8,16"]).output().unwrap();
    assert_eq!(
        text(&output.stderr),
        "remask: steps cannot be \"8,16\"; it takes 1 to 32768 passes\n"
    );
}

#[test]
fn another_plan_in_the_folder_is_refused_and_nothing_is_lost() {
    let place = tempfile::tempdir().unwrap();
    let with = |steps| [&["--steps", steps][..], &SMALL].concat();
    prints(place.path(), &with("2,4"));
    let before = read(place.path(), "results.jsonl");
    let error = fails(place.path(), &with("2,8"));
    assert!(error.contains("holds another sweep") && error.contains("another --out"), "{error}");
    assert_eq!(read(place.path(), "results.jsonl"), before);
}

#[test]
fn mistakes_are_named_with_the_remedy() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("never");
    for (args, expected) in [
        (&["--steps", "8,x"][..], "remask: steps cannot be \"x\"; it takes 1 to 32768 passes"),
        (&["--strategy", "p2,wimo"], "sampler cannot be \"wimo\"; did you mean wino?"),
        (&["--temperature", "all"], "temperature cannot be \"all\"; it takes 0 to 2"),
        (&["--seed", "1,2", "--steps", "2,4"], "--seeds says how many follow"),
        (&["--steps", "2", "--steps", "4"], "--steps"),
        (&["--step", "8,16"], "--steps"),
        (&["--canvas", "16"], "give at least one knob several values, as in --steps 8,16,32"),
        (&["--canvas", "9000,9001"], "no combination can be measured"),
        (&["--steps", "2,4", "--seeds", "0"], "--seeds"),
        (&["/nonexistent.toml"], "/nonexistent.toml"),
    ] {
        let output = sweep(&out, args);
        assert!(!output.status.success() && output.stdout.is_empty(), "{args:?}");
        let error = text(&output.stderr);
        assert!(error.contains(expected), "{args:?} says {error}");
    }
    assert!(!out.exists(), "nothing is made for a sweep that cannot be");
}

#[test]
fn the_help_says_that_knobs_take_lists() {
    let help = text(&remask(&["sweep", "--help"]).output().unwrap().stdout);
    assert!(
        help.contains("--steps <N,...>") && help.contains("a list with commas between"),
        "{help}"
    );
    assert!(help.contains("--strategy"), "{help}");
}

#[test]
fn what_does_not_go_together_is_left_out_with_a_note() {
    let place = tempfile::tempdir().unwrap();
    let mut args = vec!["--sampler", "low-confidence,ancestral", "--schedule", "auto,threshold"];
    args.extend(["--steps", "2"]);
    args.extend(SMALL);
    let output = sweep(place.path(), &args);
    let note = text(&output.stderr);
    assert!(
        note.contains("left out 1 of the combinations: select chance makes no sense"),
        "{note}"
    );
    assert_eq!(rows(place.path()), 3);
}

#[test]
fn a_cache_that_a_model_has_no_use_for_is_not_measured_as_one_more_setting() {
    let place = tempfile::tempdir().unwrap();
    let mut args = vec!["--cache", "off,prefix,dual", "--steps", "2"];
    args.extend(SMALL);
    let output = sweep(place.path(), &args);
    let note = text(&output.stderr);
    assert!(
        note.contains("left out 2 of the combinations: the cache of this model is exact"),
        "{note}"
    );
    assert_eq!(rows(place.path()), 1);
}
