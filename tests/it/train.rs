//! Training: it learns, it goes on exactly where it stopped, and its gradients are right.

use std::io::{BufRead, BufReader};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{fixture, threads};
use candle_core::{DType, Device, Tensor};
use remask::model::ops::Precision;
use remask::model::transformer::Transformer;
use remask::model::weights::Weights;
use remask::model::{Backbone, Checkpoint, LanguageModel, ModelConfig, PassLayout, Tokenizer};
use remask::train::checkpoint::NumberFormat;
use remask::train::corpus::{self, Encoded, Marks};
use remask::train::evaluation::HeldOutEval;
use remask::train::objective::batch;
use remask::train::parameters::Parameters;
use remask::train::{Budget, Losses, Plan, PlanChanges, Trainer, Workers, losses};

const PLAN: Plan = Plan {
    seed: 5,
    batch_tokens: 2048,
    rate: 1.0,
    dropout: 0.1,
    weight_decay: 0.1,
    precision: Precision::F32,
    budget: Budget::Tokens(400_000),
    text: 0,
};

fn workers(count: usize) -> Workers {
    Workers::new(NonZeroUsize::new(count).unwrap()).unwrap()
}

struct Text {
    tokenizer: String,
    train: Encoded,
    held_out: Encoded,
    vocab: usize,
}

fn tiny() -> Text {
    let documents = corpus::read(&[fixture("tiny.txt")]).unwrap();
    let (train, held_out) = corpus::split(documents);
    let tokenizer = corpus::train_tokenizer(&train, 320).unwrap();
    let read = Tokenizer::from_json("tiny", tokenizer.as_bytes()).unwrap();
    Text {
        train: Encoded::new(&read, &train).unwrap(),
        held_out: Encoded::new(&read, &held_out).unwrap(),
        vocab: read.len(),
        tokenizer,
    }
}

fn trainer(text: &Text) -> Trainer {
    let config = ModelConfig::for_training(48, 2, 2, text.vocab).unwrap();
    let parameters = Parameters::fresh(&config, PLAN.seed).unwrap();
    Trainer::new(config, PLAN, parameters).unwrap()
}

fn steps(trainer: &mut Trainer, text: &Text, count: usize) -> Vec<Losses> {
    let workers = workers(2);
    (0..count).map(|_| trainer.step(&text.train, &workers).unwrap()).collect()
}

#[test]
fn it_learns_every_way_and_the_folder_opens() {
    let text = tiny();
    let mut trainer = trainer(&text);
    steps(&mut trainer, &text, 150);
    let known = text.train.unigram_entropy();
    let workers = workers(2);
    let (vocab, workers) = (text.vocab, &workers);
    let examination = HeldOutEval { text: &text.held_out, vocab, length: 128, workers, stop: None };
    let figures = examination.of(&trainer.averaged().unwrap()).unwrap();
    assert!(figures.next_token < 0.6 * known, "{figures:?} against {known}");
    assert!(figures.elbo < 0.9 * known, "{figures:?} against {known}");
    assert!(figures.blocks.iter().all(|nats| *nats < 0.8 * known), "{figures:?} against {known}");
    let (head, masks) = (figures.acceptance.unwrap(), figures.acceptance_of_masks);
    assert!(head[0] > 0.3 && head[0] > masks[0], "{figures:?}");
    let folder = tempfile::tempdir().unwrap();
    trainer.save(folder.path(), &text.tokenizer, NumberFormat::F32).unwrap();
    let model = LanguageModel::open(folder.path(), threads(1)).unwrap();
    assert_eq!(model.tokenizer().len(), text.vocab);
    // The saved file is the averaged model; its passes add up in another order than those of training.
    let ids = [0, 40, 50, 60];
    let hidden = trainer.averaged().unwrap();
    let input = Tensor::new(&[ids], &Device::Cpu).unwrap();
    let never = remask::cancel::Cancel::never();
    let layout = std::sync::Arc::new(PassLayout::causal(0, ids.len()));
    let hidden_states = hidden.hidden(&input, &layout, &never).unwrap();
    let logits = hidden.logits(&hidden_states, &[0, 1, 2, 3]).unwrap();
    let expected: Vec<f32> = logits.flatten_all().unwrap().to_vec1().unwrap();
    let ours = model.raw_logits(&ids, PassLayout::causal(0, 4)).unwrap().into_data();
    let apart = crate::support::max_difference(&ours, &expected);
    assert!(apart < 1e-5, "{apart}");
}

#[test]
fn saved_as_q8_0_it_opens_and_says_the_same() {
    let text = tiny();
    let config = ModelConfig::for_training(64, 2, 2, text.vocab).unwrap();
    let mut trainer =
        Trainer::new(config.clone(), PLAN, Parameters::fresh(&config, 1).unwrap()).unwrap();
    steps(&mut trainer, &text, 3);
    let ids = [0, 40, 50, 60, 70];
    let logits = |format| {
        let folder = tempfile::tempdir().unwrap();
        trainer.save(folder.path(), &text.tokenizer, format).unwrap();
        let size = |name| std::fs::metadata(folder.path().join(name)).map_or(0, |file| file.len());
        let model = LanguageModel::open(folder.path(), threads(1)).unwrap();
        assert!(model.can_draft());
        let logits = model.raw_logits(&ids, PassLayout::causal(0, ids.len())).unwrap().into_data();
        (logits, size("model.safetensors") + size("model.gguf"))
    };
    let ((exact, whole), (rounded, small)) =
        (logits(NumberFormat::F32), logits(NumberFormat::Q8_0));
    let apart = crate::support::max_difference(&exact, &rounded);
    assert!(apart > 0.0 && apart < 0.1, "{apart}");
    assert!(3 * small < whole, "{small} bytes against {whole}");
}

#[test]
fn a_model_that_grows_by_layers_says_at_first_what_it_said() {
    let text = tiny();
    let mut trainer = trainer(&text);
    steps(&mut trainer, &text, 20);
    let before = trainer.averaged().unwrap();
    let folder = tempfile::tempdir().unwrap();
    trainer.save(folder.path(), &text.tokenizer, NumberFormat::F32).unwrap();
    let from = trainer.config().clone();
    let grown = ModelConfig { layers: 5, ..from.clone() };
    let saved = Checkpoint::open(folder.path()).unwrap();
    let parameters = Parameters::continued(&from, &grown, &*saved.weights, 3).unwrap();
    assert!(parameters.count() > trainer.parameters());
    let after = Transformer::load(&grown, &parameters).unwrap();
    let ids = [0u32, 40, 50, 60, 70, 80];
    let logits = |model: &Transformer| -> Vec<f32> {
        let input = Tensor::new(&[ids], &Device::Cpu).unwrap();
        let layout = std::sync::Arc::new(PassLayout::causal(0, ids.len()));
        let hidden = model.hidden(&input, &layout, &remask::cancel::Cancel::never()).unwrap();
        model
            .logits(&hidden, &[0, 1, 2, 3, 4, 5])
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap()
    };
    assert!(crate::support::max_difference(&logits(&before), &logits(&after)) < 1e-5);
    // And it learns in all of its layers.
    let mut trainer = Trainer::new(grown, PLAN, parameters).unwrap();
    let first = steps(&mut trainer, &text, 1)[0].next_token.unwrap();
    let last = steps(&mut trainer, &text, 20)[19].next_token.unwrap();
    assert!(last < first, "{last} after {first}");
}

#[test]
fn a_resumed_run_goes_on_as_if_nothing_had_happened() {
    let text = tiny();
    let mut straight = trainer(&text);
    let expected = steps(&mut straight, &text, 8);
    let folder = tempfile::tempdir().unwrap();
    let mut first = trainer(&text);
    let mut losses = steps(&mut first, &text, 5);
    first.save(folder.path(), &text.tokenizer, NumberFormat::F16).unwrap();
    let config = ModelConfig::for_training(48, 2, 2, text.vocab).unwrap();
    let mut second = Trainer::resume(config, folder.path(), &PlanChanges::default()).unwrap();
    assert_eq!((second.steps(), second.tokens()), (first.steps(), first.tokens()));
    assert_eq!((second.plan(), second.seconds()), (&PLAN, first.seconds()));
    losses.extend(steps(&mut second, &text, 3));
    for (step, (a, b)) in losses.iter().zip(&expected).enumerate() {
        let all = |losses: &Losses| [losses.next_token, losses.noised, losses.drafts];
        assert_eq!(all(a), all(b), "step {step}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let text = tiny();
    for precision in [Precision::F32, Precision::fastest()] {
        let run = |count: usize| {
            let config = ModelConfig::for_training(48, 2, 2, text.vocab).unwrap();
            let parameters = Parameters::fresh(&config, PLAN.seed).unwrap();
            let mut trainer = Trainer::new(config, Plan { precision, ..PLAN }, parameters).unwrap();
            let workers = workers(count);
            (0..4).map(|_| trainer.step(&text.train, &workers).unwrap()).collect::<Vec<_>>()
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(4));
    }
}

/// Weights in f64, so that differences have digits to spare.
struct Precise;

impl Weights for Precise {
    fn tensor(&self, name: &str, shape: &[usize]) -> remask::Result<Tensor> {
        let salt: usize = name.bytes().map(usize::from).sum();
        let count: usize = shape.iter().product();
        let value = |i: usize| ((i * 7919 + salt * 31) % 997) as f64 / 997.0 - 0.5;
        let one = if shape.len() == 1 { 1.0 } else { 0.0 };
        let values: Vec<f64> = (0..count).map(|i| one + value(i)).collect();
        Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
    }

    fn device(&self) -> &Device {
        &Device::Cpu
    }
}

#[test]
fn the_gradient_of_the_whole_model_agrees_with_differences() {
    const STEP: f64 = 1e-5;
    let config = ModelConfig::for_training(8, 2, 2, 20).unwrap();
    let parameters = Parameters::from_weights(&config, &Precise).unwrap();
    let documents: Vec<Vec<u32>> = vec![(0..30).map(|i| 2 + (i * 5) % 18).collect()];
    let text = Encoded::of_ids(documents, Marks::none(20));
    let batch = batch(&text, 20, 6, 1, 0).unwrap();
    assert!(batch.tokens.iter().all(|tokens| *tokens > 0.0), "{:?}", batch.tokens);
    let loss = || {
        let model = Transformer::load(&config, &parameters).unwrap();
        let parts =
            batch.shards.iter().filter_map(|shard| losses(&model, shard, &batch, None).unwrap().1);
        parts.reduce(|sum, part| (sum + part).unwrap()).unwrap()
    };
    assert_eq!(loss().dtype(), DType::F64);
    let gradients = loss().backward().unwrap();
    for (name, variable) in parameters.iter() {
        let gradient = gradients.get(variable).unwrap().flatten_all().unwrap();
        let gradient: Vec<f64> = gradient.to_vec1().unwrap();
        let kept = variable.as_tensor().copy().unwrap();
        let values: Vec<f64> = kept.flatten_all().unwrap().to_vec1().unwrap();
        for index in [0, values.len() / 2, values.len() - 1] {
            let at = |shift: f64| {
                let mut values = values.clone();
                values[index] += shift;
                variable
                    .set(&Tensor::from_vec(values, kept.shape(), &Device::Cpu).unwrap())
                    .unwrap();
                loss().to_scalar::<f64>().unwrap()
            };
            let numeric = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            variable.set(&kept).unwrap();
            let error = (numeric - gradient[index]).abs() / (1.0 + numeric.abs());
            assert!(error < 1e-6, "{name}[{index}]: {}, not {numeric}", gradient[index]);
        }
    }
}

fn remask(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_remask"));
    command.current_dir(folder).arg("train");
    command
}

#[cfg(unix)]
#[test]
fn asked_to_stop_it_saves_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("tiny.txt"), folder.path().join("tiny.txt")).unwrap();
    let small = ["--hidden", "16", "--layers", "1", "--heads", "1", "--batch-tokens", "256"];
    let mut child = remask(folder.path())
        .args(["tiny.txt", "--json", "--minutes", "60"])
        .args(small)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        line
    });
    assert_eq!(lines.next().unwrap()["type"], "begins");
    assert_eq!(lines.nth(2).unwrap()["step"], 3);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let last = lines.last().unwrap();
    assert_eq!(last["type"], "interrupted");
    assert_eq!(last["command"], "remask train 'tiny.txt' --out 'remask-train' --resume");
    assert!(child.wait().unwrap().success());
    let mut child = remask(folder.path())
        .args(["tiny.txt", "--json", "--resume"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.nth(1).unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert!(first["step"].as_u64().unwrap() > 3, "it began anew: {first}");
    std::fs::write(folder.path().join("tiny.txt"), "one\n\ntwo\n\nthree").unwrap();
    let output = remask(folder.path()).args(["tiny.txt", "--resume"]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("was begun with another text"), "{message}");
}

/// SIGHUP; where these tests were started by something that has it ignored, as nohup does, so that remask
/// does not hear it either, SIGTERM.
#[cfg(unix)]
fn hang_up() -> &'static str {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    if ignored & 1 == 1 { "-TERM" } else { "-HUP" }
}

#[cfg(unix)]
#[test]
fn a_terminal_that_is_closed_or_a_reader_that_leaves_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("tiny.txt"), folder.path().join("tiny.txt")).unwrap();
    let small = ["--hidden", "16", "--layers", "1", "--heads", "1", "--batch-tokens", "256"];
    let run = |out: &str| {
        let mut command = remask(folder.path());
        command.args(["tiny.txt", "--json", "--minutes", "60", "--out", out]).args(small);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.nth(3).unwrap().unwrap().contains("\"step\":3"));
        (child, lines)
    };
    let steps = |out: &str| {
        let out = folder.path().join(out);
        let config = std::fs::read(out.join("config.json")).unwrap();
        let config = ModelConfig::from_json("m", &config).unwrap();
        Trainer::resume(config, &out, &PlanChanges::default()).unwrap().steps()
    };
    let (mut child, lines) = run("hung-up");
    // Nobody else may train there meanwhile.
    let second =
        remask(folder.path()).args(["tiny.txt", "--resume", "--out", "hung-up"]).output().unwrap();
    let message = String::from_utf8(second.stderr).unwrap();
    assert!(message.contains("another run is training there"), "{message}");
    let id = child.id().to_string();
    assert!(Command::new("kill").args([hang_up(), &id]).status().unwrap().success());
    lines.for_each(drop);
    child.wait().unwrap();
    assert!(steps("hung-up") >= 3);
    let (mut child, lines) = run("unread");
    drop(lines);
    child.wait().unwrap();
    assert!(steps("unread") >= 3);
}

/// A limit on the size of a file stands for a disk that fills up while the weights are written.
#[cfg(unix)]
#[test]
fn no_space_left_is_one_clear_line_and_nothing_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("tiny.txt"), folder.path().join("tiny.txt")).unwrap();
    let script = format!(
        "trap '' XFSZ; ulimit -f 300; exec '{}' train tiny.txt --minutes 5",
        env!("CARGO_BIN_EXE_remask")
    );
    let output =
        Command::new("sh").current_dir(folder.path()).args(["-c", &script]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("model.safetensors: cannot be written"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(output.stdout.is_empty(), "it found out before the first step");
    assert!(!folder.path().join("remask-train").exists(), "it left something behind");
}

#[cfg(unix)]
#[test]
fn killed_in_the_middle_of_a_save_the_last_good_one_is_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("tiny.txt"), folder.path().join("tiny.txt")).unwrap();
    let small = ["--hidden", "16", "--layers", "1", "--heads", "1", "--batch-tokens", "256"];
    let begin = |more: &[&str]| {
        remask(folder.path())
            .args(["tiny.txt", "--json", "--minutes", "60", "--save-every", "0.00001"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    // It saves after every step, so a kill at any moment is likely to meet a save.
    for round in 0..6 {
        let mut child = begin(if round == 0 { &small } else { &["--resume"] });
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines.take(3 + round) {
            assert!(line.is_ok());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let out = folder.path().join("remask-train");
        LanguageModel::open(&out, threads(1)).unwrap();
        let config = std::fs::read(out.join("config.json")).unwrap();
        let config = ModelConfig::from_json("m", &config).unwrap();
        Trainer::resume(config, &out, &PlanChanges::default()).unwrap();
    }
}

#[test]
fn what_cannot_be_learned_from_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    file("empty.txt", b"");
    file("binary.txt", b"\xff\xfe\x00\x01");
    file("line.txt", b"just one line");
    file("good.txt", b"one story\n<|endoftext|>\nanother story\n<|endoftext|>\n");
    file("mask.txt", b"one story\n<|endoftext|>\nanother <|mask|> story\n<|endoftext|>\n");
    std::fs::create_dir(folder.path().join("taken")).unwrap();
    file("taken/diary.txt", b"mine");
    std::fs::create_dir(folder.path().join("theirs")).unwrap();
    file("theirs/config.json", b"{}");
    let foreign = fixture("qwen3-tiny");
    for (args, expected) in [
        (&["empty.txt"][..], "empty.txt: there is no text in it"),
        (&["binary.txt"], "binary.txt: not a text in UTF-8"),
        (&["line.txt"], "line.txt: one line is too little"),
        (&["missing.txt"], "missing.txt"),
        (&["good.txt", "--out", "taken"], "taken holds something already"),
        // A model that no run of ours has begun.
        (&["good.txt", "--out", "theirs"], "theirs holds something already (config.json)"),
        (&["good.txt", "--out", "good.txt/x"], "good.txt/x"),
        (&["good.txt", "--vocab", "100"], "vocab cannot be 100"),
        (&["good.txt", "--hidden", "10", "--heads", "4"], "4 heads"),
        (&["good.txt", "--out", "nowhere", "--resume"], "nowhere"),
        (&["good.txt", "--minutes", "0"], "--minutes cannot be 0"),
        (&["good.txt", "--minutes", "1e307"], "--minutes cannot be"),
        (&["good.txt", "--save-every", "inf"], "--save-every cannot be inf"),
        (&["good.txt", "--hidden", "1000000"], "--hidden cannot be 1000000"),
        (&["good.txt", "--layers", "1000000000"], "--layers cannot be 1000000000"),
        (&["good.txt", "--vocab", "18446744073709551615"], "--vocab cannot be"),
        (&["good.txt", "--dropout", "1"], "--dropout cannot be 1"),
        (&["good.txt", "--tokenizer", "good.txt"], "good.txt"),
        (&["good.txt", "--held-out", "good.txt"], "holds every text that is to be learned from"),
        (&["mask.txt"], "spells the mask token"),
        (&["good.txt", "--hidden", "8192", "--layers", "256"], "of memory, and there are"),
        (&["good.txt", "--from", foreign.to_str().unwrap()], "only models made by remask train"),
    ] {
        let output = remask(folder.path()).args(args).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{args:?}");
        assert!(
            message.contains(expected) && message.lines().count() == 1,
            "{args:?} says {message}"
        );
        assert!(!folder.path().join("remask-train").exists(), "{args:?} left something behind");
    }
}

#[test]
fn what_weights_have_seen_is_counted_over_all_trainings() {
    let text = tiny();
    let mut first = trainer(&text);
    steps(&mut first, &text, 2);
    let folder = tempfile::tempdir().unwrap();
    let seen = |trainer: &Trainer| {
        trainer.save(folder.path(), &text.tokenizer, NumberFormat::F32).unwrap();
        Checkpoint::open(folder.path()).unwrap().config.tokens_seen.unwrap()
    };
    let before = seen(&first);
    assert_eq!(before, first.tokens() as u64);
    let saved = Checkpoint::open(folder.path()).unwrap();
    let parameters =
        Parameters::continued(&saved.config, &saved.config, &*saved.weights, 3).unwrap();
    let mut second = Trainer::new(saved.config, PLAN, parameters).unwrap();
    steps(&mut second, &text, 1);
    let both = seen(&second);
    assert_eq!(both, before + second.tokens() as u64);
    let config = Checkpoint::open(folder.path()).unwrap().config;
    let resumed = Trainer::resume(config, folder.path(), &PlanChanges::default()).unwrap();
    assert_eq!(seen(&resumed), both, "and once alone by one that goes on");
}
