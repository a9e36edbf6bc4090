//! Races between two models, and with another judge.

use std::process::Output;

use crate::support::harness::{Options, Playground};
use crate::support::{fixture, threads};
use assert_cmd::Command;
use crossterm::event::KeyCode;
use remask::model::LanguageModel;
use remask::tui::app::Phase;

fn race(args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("remask").unwrap();
    command
        .env("HOME", "/nonexistent")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_STATE_HOME")
        .arg("race")
        .args(args);
    command.args(["--canvas", "16", "--steps", "4", "--repeats", "1"]).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn another_model_takes_the_other_lane() {
    let llada = fixture("llada-tiny");
    let output = race(&["One day", "--against", llada.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    // It cannot write from left to right, so it denoises, too.
    for expected in ["| low-confidence, stories-4.6M | 16 |", "| low-confidence, llada-tiny |"] {
        assert!(printed.contains(expected), "{printed}");
    }
    // And the other way round: the bundled model is the one that can.
    let output = race(&["One day", "--model", llada.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("name a model for the other lane with --against"));
}

#[test]
fn not_every_model_can_judge_and_no_folder_is_none() {
    let llada = fixture("llada-tiny");
    for (args, expected) in [
        (["--judge", llada.to_str().unwrap()], "so it cannot judge"),
        (["--judge", "/nonexistent"], "there is no model folder /nonexistent"),
        (["--against", "/nonexistent"], "there is no model folder /nonexistent"),
    ] {
        let output = race(&args);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?} says {message}");
        assert!(message.contains(expected), "{args:?} says {message}");
    }
}

#[test]
fn two_models_stand_side_by_side_in_the_playground() {
    let other = LanguageModel::open(&fixture("llada-tiny"), threads(1)).unwrap();
    let options = Options { other: Some(other), ..Options::default() };
    let mut playground = Playground::open((160, 45), options);
    playground.until_done();
    let sampler = &remask::diffusion::sampler::SAMPLER;
    for (key, expected, said) in
        [('v', "low-confidence", " as many passes as "), ('b', "p2", " against ")]
    {
        playground.press(KeyCode::Char(key));
        playground.until(|app| app.phase == Phase::Finished);
        playground.press(KeyCode::End);
        let lanes = &playground.app.lanes;
        assert_eq!((lanes[0].model, lanes[1].model), (0, 1));
        assert_eq!(lanes[1].settings.get(sampler).as_str(), expected);
        assert!(lanes.iter().all(|lane| lane.quality.is_some()), "the judge reads both");
        let screen = playground.screen();
        assert!(screen.contains("llada-tiny") && screen.contains(said), "{screen}");
        assert!(!screen.contains("differ from A"), "two models have nothing to compare");
    }
    // Back to the first one alone.
    playground.press(KeyCode::Esc);
    playground.until(|app| app.phase == Phase::Finished);
    assert_eq!(playground.app.lane().model, 0);
}
