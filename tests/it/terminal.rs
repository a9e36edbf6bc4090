//! Whatever ends the program, on a real pseudo-terminal: the terminal is usable afterwards.
#![cfg(unix)]

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use portable_pty::{CommandBuilder, ExitStatus, native_pty_system};

use crate::support::FakeModel;
use crate::support::harness::wait_until;
use crate::support::pty::{
    BROKEN_PART, CTRL_C, CTRL_Z, ENTER_ALTERNATE_SCREEN, REMASK, SIZE, Session, UNFINISHED_PASTE,
    command, window,
};
use remask::engine::{Engine, ModelInfo};
use remask::knobs::Settings;
use remask::model::{Backbone, ModelConfig};
use remask::prompt::PromptHistory;
use remask::recent_models::RecentModels;
use remask::train::{PlanChanges, Trainer};
use remask::tui;
use remask::tui::action::Action;
use remask::tui::app::Setup;
use remask::tui::attract::Attract;
use remask::tui::glyphs::UNICODE;
use remask::tui::keymap::Keymap;
use remask::tui::theme::{ColorDepth, Theme};
use remask::tui::zen::ZenMode;

/// Opens the playground, ends it with `end`, and returns how it went.
fn ended_by(end: impl FnOnce(&mut Session)) -> ExitStatus {
    let mut session = Session::remask(&[], SIZE);
    session.wait_for_playground("decided");
    end(&mut session);
    session.wait_for_end()
}

#[test]
fn q_gives_the_terminal_back() {
    assert!(ended_by(|session| session.press("q")).success());
}

#[test]
fn the_last_text_stays_in_the_terminal_unless_it_is_not_wanted() {
    let fast = ["--speed", "max", "--canvas", "16", "--steps", "4", "--prompt", "The cat sat"];
    for (quiet, stays) in [(&[][..], true), (&["--no-print-text"], false)] {
        let mut session = Session::remask(&[&fast[..], quiet].concat(), SIZE);
        session.wait_for_playground("done");
        session.press("q");
        assert!(session.wait_for_end().success());
        if stays {
            session.wait_for_text("The cat sat");
        }
        let contents = session.terminal().screen().contents();
        assert_eq!(contents.trim().is_empty(), !stays, "{contents}");
    }
}

#[test]
fn a_text_that_is_not_finished_leaves_nothing_behind() {
    let mut session = Session::remask(&["--speed", "1", "--prompt", "The cat sat"], SIZE);
    session.wait_for_playground("decided");
    session.press("q");
    assert!(session.wait_for_end().success());
    let contents = session.terminal().screen().contents();
    assert!(contents.trim().is_empty(), "{contents}");
}

#[test]
fn ctrl_c_gives_the_terminal_back() {
    assert!(ended_by(|session| session.press(CTRL_C)).success());
}

#[test]
fn ctrl_c_is_heard_within_an_escape_sequence_that_never_ends() {
    for unfinished in ["\x1b[<5", "\x1b[?1", UNFINISHED_PASTE] {
        let status = ended_by(|session| {
            session.press(unfinished);
            session.press("q");
            session.press(CTRL_C);
        });
        assert!(status.success(), "{unfinished:?}");
    }
}

#[test]
fn a_model_that_is_not_there_is_said_in_the_shell() {
    let mut session = Session::remask(&["--model", "/nonexistent"], SIZE);
    assert_eq!(session.wait_for_end().exit_code(), 2);
    assert!(session.received("there is no model folder /nonexistent"));
}

#[test]
fn termination_gives_the_terminal_back() {
    ended_by(|session| session.signal("TERM"));
}

#[test]
fn hanging_up_gives_the_terminal_back() {
    ended_by(|session| session.signal("HUP"));
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_again() {
    // Job control, but no line editing: the shell has no modes of its own that could hide ours.
    let script = r#"set -m; "$0"; for stop in 1 2; do jobs; read -r command; $command; done
        echo "left with $?""#;
    let mut session = Session::start(command("sh", &["-c", script, REMASK]), SIZE);
    session.wait_for_playground("decided");
    let stops: [fn(&mut Session); 2] =
        [|session| session.press(CTRL_Z), |session| session.signal("TSTP")];
    for (count, stop) in (1..).zip(stops) {
        stop(&mut session);
        session.wait_for_usable_terminal();
        session.wait_for("the shell to see it stopped", |screen| {
            screen.contents().matches("Stopped").count() == count
        });
        session.press("fg\n");
        session.wait_for_playground("decided");
        session.wait_for_text("quit");
    }
    session.press("q");
    session.wait_for_text("left with 0");
    assert!(session.wait_for_end().success());
}

#[test]
fn an_engine_that_panics_is_reported_and_the_playground_stays_usable() {
    let mut session = Session::host("engine");
    session.wait_for_playground("the inference thread stopped: it panicked");
    session.press("?");
    session.wait_for_text(Action::Pause.help());
    session.press("?q");
    let status = session.wait_for_end();
    assert!(!status.success() && status.signal().is_none(), "{status}");
    let reason = "the inference thread stopped: it panicked: the fake model was told to panic";
    session.wait_for_text(&format!("remask: {reason}"));
}

#[test]
fn a_drawing_that_panics_gives_the_terminal_back_before_it_reports() {
    let mut session = Session::host("drawing");
    let status = session.wait_for_end();
    assert!(!status.success() && status.signal().is_none(), "{status}");
    assert!(session.received(ENTER_ALTERNATE_SCREEN));
    // The last line of the test harness: whatever came after the report must not lie on top of it.
    session.wait_for_text("test result: FAILED");
    let contents = session.terminal().screen().contents();
    assert!(contents.contains("the drawing was told to panic"), "{contents}");
}

/// A training run in `folder` that would take an hour.
fn training(folder: &Path) -> CommandBuilder {
    std::fs::copy(crate::support::fixture("tiny.txt"), folder.join("tiny.txt")).unwrap();
    let small = ["--hidden", "16", "--layers", "1", "--heads", "1", "--batch-tokens", "256"];
    let run = ["train", "tiny.txt", "--minutes", "60", "--save-every", "60"];
    let mut command = command(REMASK, &[&run[..], &small].concat());
    command.cwd(folder);
    command
}

#[test]
fn training_asked_to_stop_gives_the_terminal_back_and_says_how_to_go_on() {
    for keys in ["q".to_owned(), format!("{UNFINISHED_PASTE}{CTRL_C}")] {
        let folder = tempfile::tempdir().unwrap();
        let mut session = Session::start(training(folder.path()), SIZE);
        session.wait_for_text("rows/s");
        session.press(&keys);
        assert!(session.wait_for_end().success());
        session.wait_for_text("--resume");
    }
}

#[test]
fn training_whose_terminal_is_closed_keeps_what_it_learned_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let pty = native_pty_system().openpty(window(100, 30)).unwrap();
    let (closing, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut output = pty.master.try_clone_reader().unwrap();
    let (close, begins) = (Arc::clone(&closing), Arc::clone(&begun));
    let reader = std::thread::spawn(move || {
        let mut terminal = vt100::Parser::new(30, 100, 0);
        let mut buffer = [0; 4096];
        while !close.load(Ordering::Relaxed) {
            let Ok(count @ 1..) = output.read(&mut buffer) else { return };
            terminal.process(&buffer[..count]);
            let learns = terminal.screen().contents().contains("rows/s");
            begins.fetch_or(learns, Ordering::Relaxed);
        }
    });
    let mut child = pty.slave.spawn_command(training(folder.path())).unwrap();
    wait_until("its beginning", || begun.load(Ordering::Relaxed));
    closing.store(true, Ordering::Relaxed);
    reader.join().unwrap();
    drop(pty);
    wait_until("its end", || child.try_wait().unwrap().is_some());
    let out = folder.path().join("remask-train");
    let config = std::fs::read(out.join("config.json")).unwrap();
    let config = ModelConfig::from_json("m", &config).unwrap();
    let kept = Trainer::resume(config, &out, &PlanChanges::default()).unwrap();
    assert!(kept.steps() > 0);
}

#[test]
fn escape_sequences_in_a_prompt_are_shown_and_never_obeyed() {
    let prompt = "\x1b]0;x\x07\x1b[2J \u{9b}2J\u{202e}emoji 🎈 日本 e\u{301}\t";
    let arguments = ["--prompt", prompt, "--canvas", "8", "--steps", "4", "--speed", "max"];
    let mut session = Session::remask(&[&arguments[..], &["--no-print-text"]].concat(), SIZE);
    session.wait_for_playground("␛]0;x␇␛[2J ¤2J¤emoji 🎈 日本 e\u{301}→");
    // The editor shows the text by other means than the canvas.
    session.press("p");
    session.wait_for_text("enter denoise");
    session.press(CTRL_C);
    assert!(session.wait_for_end().success());
    for forbidden in ["\x1b]0;x", "\u{9b}", "\u{202e}", "\t"] {
        assert!(!session.received(forbidden), "{forbidden:?} reached the terminal");
    }
    let terminal = session.terminal();
    let heard = terminal.callbacks();
    assert!(heard.titles.iter().all(|title| title == "remask"), "{:?}", heard.titles);
    assert_eq!(heard.bells, 0);
}

/// STKFLT, which not every shell knows by its name.
const STACK_FAULT: &str = "16";

#[test]
fn a_signal_that_nobody_expects_gives_the_terminal_back() {
    let mut names = vec!["QUIT", "USR1", "ABRT", "IO"];
    names.extend(cfg!(target_os = "linux").then_some(["PWR", STACK_FAULT]).into_iter().flatten());
    for name in names {
        assert!(!ended_by(|session| session.signal(name)).success(), "{name}");
    }
}

#[test]
fn lines_of_json_hold_nothing_that_a_terminal_obeys() {
    let prompt = "\u{9b}2J\u{202e}x";
    let arguments = ["generate", prompt, "--canvas", "2", "--steps", "1", "--json"];
    let mut session = Session::remask(&arguments, SIZE);
    session.wait_for_text("summary");
    assert!(session.wait_for_end().success());
    assert!(!session.received("\u{9b}") && !session.received("\u{202e}"));
    let mut session = Session::remask(&["--\x1b[2J"], SIZE);
    assert!(!session.wait_for_end().success());
    assert!(!session.received("\x1b[2J"), "a flag that is not known is quoted");
}

#[test]
fn escape_sequences_in_a_generated_text_are_shown_and_never_obeyed() {
    let prompt = "\x1b]52;c;QUFB\x07\x1b[2J\u{9b}2J\u{202e}x";
    let arguments = ["generate", prompt, "--canvas", "2", "--steps", "1"];
    let mut session = Session::remask(&arguments, SIZE);
    session.wait_for_text("␛]52;c;QUFB␇␛[2J");
    assert!(session.wait_for_end().success());
    for forbidden in ["\x1b]52", "\x1b[2J", "\u{9b}", "\u{202e}"] {
        assert!(!session.received(forbidden), "{forbidden:?} reached the terminal");
    }
}

#[test]
fn a_prompt_of_nothing_but_brackets_does_not_hold_the_playground_up() {
    let prompt = "[".repeat(100_000);
    let mut session = Session::remask(&["--prompt", &prompt], SIZE);
    session.wait_for_playground("has no end");
    session.press("q");
    assert!(session.wait_for_end().success());
}

#[test]
fn a_small_terminal_is_told_what_is_needed_until_it_has_grown() {
    let mut session = Session::remask(&[], (38, 10));
    session.wait_for_playground("remask needs 40 columns");
    session.resize(80, 24);
    session.wait_for_text("decided");
    session.wait_for("the canvas alone", |screen| {
        screen.contents().contains(" canvas ") && !screen.contents().contains("needs")
    });
    session.press("q");
    assert!(session.wait_for_end().success());
}

/// No test but the program under test, with a part that breaks: [`Session::host`] starts it.
#[test]
fn host() {
    let Ok(broken_part) = std::env::var(BROKEN_PART) else {
        return;
    };
    let breaks = |part| broken_part == part;
    let bundled = crate::support::stories();
    let about = ModelInfo::of(&bundled);
    let model = FakeModel {
        vocabulary: about.vocabulary.clone(),
        panic_at: breaks("engine").then_some(3),
        ..FakeModel::new()
    };
    let setup = Setup {
        settings: Settings::default(),
        display: Settings::default(),
        prompt: "Once upon a time".to_owned(),
        prompts: PromptHistory::in_memory(),
        theme: Theme::load("dark", ColorDepth::Indexed).expect("the theme is bundled"),
        glyphs: &UNICODE,
        motion: true,
        zen: ZenMode::Off,
        attract: Attract::default(),
        keymap: Keymap::new(&toml::Table::new()).expect("these are the usual keys"),
        price: None,
        hardware: Vec::new(),
        recent_models: RecentModels::default(),
        borrowed_steps: false,
        recorded: false,
        chosen: Settings::default(),
    };
    let out = BreakingOutput { writes: 0, panics_at: breaks("drawing").then_some(5000) };
    let mut loaded = Some((Box::new(model) as Box<dyn Backbone>, about).into());
    let load = move || loaded.take().ok_or(remask::Error::invalid("it is loaded once"));
    let (engine, events) = Engine::spawn(load).expect("there is no thread");
    // As the binary's main does.
    if let Err(error) = tui::run_on(out, engine, events, setup) {
        let _ = writeln!(io::stderr(), "remask: {error}");
        std::process::exit(1);
    }
}

/// Standard output, which panics once, in the middle of a frame.
struct BreakingOutput {
    writes: usize,
    panics_at: Option<usize>,
}

impl Write for BreakingOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        let panics = self.panics_at == Some(self.writes);
        assert!(!panics, "the drawing was told to panic");
        io::stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
