//! Choosing another model while the playground is open, and the list of those that were opened before.

use std::path::Path;

use assert_cmd::Command;
use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use remask::diffusion::draw::TEMPERATURE;
use remask::engine::Event;
use remask::model::LoadProgress;
use remask::model::bundled;
use remask::recent_models::RecentModels;
use remask::tui::app::Phase;
use remask::tui::overlays::ModelPicker;
use remask::tui::zen::ZenMode;

use crate::support::fixture;
use crate::support::harness::{Options, Playground};

/// A playground whose list holds two models that can be opened, and one that vanished.
fn playground(folder: &Path) -> Playground {
    let recent = RecentModels::at(folder.join("recent.json"));
    let gone = folder.join("vanished-model");
    std::fs::create_dir(&gone).unwrap();
    for path in [&gone, &fixture("dream-tiny"), &fixture("llada-tiny")] {
        recent.remember(path);
    }
    std::fs::remove_dir(&gone).unwrap();
    let mut playground = Playground::open((120, 40), Options::default());
    playground.app.recent_models = recent;
    playground.until_done();
    playground
}

#[test]
fn another_model_is_chosen_and_prompt_and_knobs_stay() {
    let folder = tempfile::tempdir().unwrap();
    let mut playground = playground(folder.path());
    playground.app.turn(&TEMPERATURE, TEMPERATURE.parse("0.3").unwrap());
    playground.press_ctrl('o');
    let screen = playground.screen();
    for shown in ["stories-4.6M", "inside the program", "llada-tiny", "Dream", "gone", "vanished"] {
        assert!(screen.contains(shown), "{shown} is not on\n{screen}");
    }
    playground.type_text("llada");
    playground.press(KeyCode::Enter);
    assert!(playground.screen().contains("loading llada-tiny"));
    let name = |app: &remask::tui::app::App| app.models[0].about.name.clone();
    playground.until(|app| name(app) == "llada-tiny");
    playground.until_done();
    assert_eq!(playground.app.prompt, "Once upon a time");
    assert_eq!(playground.app.lane().settings.get(&TEMPERATURE), 0.3);
    assert!(playground.screen().contains("llada-tiny"));
    // And back, by the palette.
    playground.press(KeyCode::Char(':'));
    playground.type_text("model stories");
    playground.press(KeyCode::Enter);
    playground.until(|app| name(app) == "stories-4.6M");
    playground.until_done();
}

#[test]
fn what_cannot_be_opened_leaves_the_old_model_running_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut playground = playground(folder.path());
    let text = playground.app.lane().history.steps();
    playground.press_ctrl('o');
    playground.type_text("vanished");
    playground.press(KeyCode::Enter);
    let screen = playground.screen();
    assert!(screen.contains("vanished-model cannot be opened: gone"), "{screen}");
    // A folder that is none of a model, by its path.
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    playground.press_ctrl('o');
    playground.type_text(empty.to_str().unwrap());
    assert!(playground.screen().contains("open /"));
    playground.press(KeyCode::Enter);
    let refused = |app: &remask::tui::app::App| {
        app.notice.as_ref().is_some_and(|notice| notice.text.contains("there is no config.json"))
    };
    playground.until(refused);
    assert_eq!(playground.app.models[0].about.name, "stories-4.6M");
    assert_eq!(playground.app.lane().history.steps(), text);
    playground.press(KeyCode::Char('r'));
    playground.until(|app| app.phase == Phase::Finished);
    playground.press_ctrl('o');
    playground.type_text("/nonexistent/model");
    playground.press(KeyCode::Enter);
    assert!(playground.screen().contains("there is nothing at /nonexistent/model"));
}

#[test]
fn one_that_vanished_is_taken_off_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let mut playground = playground(folder.path());
    playground.press_ctrl('o');
    playground.type_text("vanished");
    playground.press(KeyCode::Delete);
    assert!(playground.app.overlay::<ModelPicker>().is_some());
    assert!(!playground.screen().contains("vanished"));
    assert_eq!(playground.app.recent_models.list().len(), 2);
}

#[test]
fn models_that_were_opened_are_listed_by_the_program() {
    let home = tempfile::tempdir().unwrap();
    let model = home.path().join("my-model");
    std::fs::create_dir(&model).unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(fixture("llada-tiny").join(file), model.join(file)).unwrap();
    }
    let remask = |args: &[&str]| {
        let mut command = Command::cargo_bin("remask").unwrap();
        command.env("HOME", home.path()).env_remove("XDG_CONFIG_HOME");
        command.env_remove("HF_HOME").env_remove("HF_HUB_CACHE").env_remove("XDG_CACHE_HOME");
        command.env_remove("XDG_STATE_HOME").args(args);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let path = model.to_str().unwrap();
    let bundled = bundled::names().count();
    let only = remask(&["models", "list"]);
    assert!(
        only.lines().count() == bundled && only.contains(" M ") && only.contains("bundled"),
        "{only}"
    );
    remask(&["generate", "One day", "--model", path, "--canvas", "4", "--steps", "2"]);
    let listed = remask(&["models", "list"]);
    let line = listed.lines().nth(bundled).unwrap();
    assert!(
        line.starts_with("my-model ")
            && line.contains(" LLaDA ")
            && line.contains(" KB ")
            && line.ends_with("my-model"),
        "{line}"
    );
    let json = remask(&["models", "list", "--json"]);
    let json: serde_json::Value = serde_json::from_str(json.lines().nth(bundled).unwrap()).unwrap();
    assert_eq!((&json["family"], &json["name"]), (&"LLaDA".into(), &"my-model".into()));
    std::fs::remove_dir_all(&model).unwrap();
    let listed = remask(&["models", "list"]);
    assert!(listed.lines().nth(bundled).unwrap().starts_with("gone "), "{listed}");
}

#[test]
fn a_model_that_takes_a_while_says_how_far_it_is_and_can_be_called_off() {
    let mut playground = Playground::open((80, 24), Options::default());
    playground.app.zen = ZenMode::Opening;
    let progress = LoadProgress {
        name: "llada-8b".to_owned(),
        bytes: 4_000_000_000,
        of_bytes: 16_000_000_000,
        tensors: 72,
        of_tensors: 291,
        seconds: 5.0,
    };
    playground.app.on_engine(Event::Loading(progress.clone()));
    let screen = playground.screen();
    let said = "loading llada-8b: 4.0 GB of 16.0 GB, 72 of 291 tensors, about 15 s left";
    assert!(screen.contains("4.0 GB of 16.0 GB, about 15 s left; x calls it off"), "{screen}");
    playground.app.zen = ZenMode::Off;
    playground.terminal = Terminal::new(TestBackend::new(160, 45)).unwrap();
    let screen = playground.screen();
    assert!(screen.contains(said) && screen.contains("x calls it off"), "{screen}");
    playground.terminal = Terminal::new(TestBackend::new(40, 12)).unwrap();
    let screen = playground.screen();
    assert!(screen.contains("4.0 GB of 16.0 GB; x calls it off"), "{screen}");
    playground.until_done();
    assert!(!playground.screen().contains("GB of"), "it is there");
    // Of one that was to take the place of another nothing is left when it is called off.
    playground.app.on_engine(Event::Loading(progress));
    playground.press(KeyCode::Char('x'));
    playground.app.on_engine(Event::Refused(remask::Error::Cancelled));
    assert!(playground.app.loading.is_none());
    assert_eq!(playground.app.phase, Phase::Finished);
    let said = playground.app.notice.as_ref().unwrap().text.clone();
    assert!(said.contains("called off; all stays as it was"), "{said}");
}
