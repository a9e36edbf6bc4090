//! The first text, alone on the screen: what is said below it, and how long it takes to be written.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use remask::diffusion::canvas::CANVAS;
use remask::engine::{Command, EngineClient, RunId};
use remask::knobs::Settings;
use remask::prompt::PromptHistory;
use remask::recent_models::RecentModels;
use remask::tasks::Task;
use remask::tasks::sudoku::Sudoku;
use remask::tui::app::{App, Setup};
use remask::tui::attract::Attract;
use remask::tui::display::SPEED;
use remask::tui::glyphs::UNICODE;
use remask::tui::keymap::Keymap;
use remask::tui::opening;
use remask::tui::theme::{ColorDepth, ThemeFolder};
use remask::tui::zen::ZenMode;

use crate::support::harness::{Options, Playground};

/// More than twelve rows of forty columns hold, together with what is written behind it.
const LONG: &str = "Once upon a time there was a little girl who had a red ball. She took it to the park and \
    threw it up as high as she could. A big bird saw the ball and took it away. The girl was sad and went home. \
    Her mom said that they would look for it in the morning, and so they did. One day";

const HOLES: &str = "Once upon a time [[12]] But then [[10]] They all went home.";

#[test]
fn a_text_that_is_cut_says_that_there_is_more() {
    let options = Options { prompt: LONG, ..Options::default() };
    let mut playground = Playground::open((40, 12), options);
    playground.until_done();
    playground.app.zen = ZenMode::On;
    let screen = playground.screen();
    assert!(screen.contains("pgdn more"), "{screen}");
    for _ in 0..20 {
        playground.press(KeyCode::PageDown);
    }
    let screen = playground.screen();
    assert!(!screen.contains("pgdn more") && screen.contains("quit"), "{screen}");
    let mut playground = Playground::open((160, 45), Options::default());
    playground.until_done();
    playground.app.zen = ZenMode::On;
    assert!(!playground.screen().contains("more"), "{}", playground.screen());
}

#[test]
fn tokens_in_holes_are_said_to_be_in_holes_and_the_canvas_to_have_no_say() {
    let options = Options { prompt: HOLES, ..Options::default() };
    let mut playground = Playground::open((160, 45), options);
    playground.until_done();
    playground.app.zen = ZenMode::On;
    let screen = playground.screen();
    assert!(screen.contains("22 tokens in 2 holes at once"), "{screen}");
    playground.app.zen = ZenMode::Off;
    let canvas = playground.app.knobs().iter().position(|knob| CANVAS.is(knob)).unwrap();
    playground.app.knob = canvas;
    let screen = playground.screen();
    assert!(screen.contains("the prompt says how many"), "{screen}");
    // Without holes it is as the knob says.
    let mut playground = Playground::open((160, 45), Options::default());
    playground.until_done();
    playground.app.knob = canvas;
    assert!(!playground.screen().contains("the prompt says"), "{}", playground.screen());
    playground.app.zen = ZenMode::On;
    assert!(playground.screen().contains("48 tokens at once"), "{}", playground.screen());
}

/// An engine that only notes at which pace it is to go.
#[derive(Clone, Default)]
struct PaceNotes(Arc<Mutex<Vec<Duration>>>);

impl PaceNotes {
    fn last(&self) -> Duration {
        *self.0.lock().unwrap().last().unwrap()
    }
}

impl EngineClient for PaceNotes {
    fn next_run(&self) -> RunId {
        0
    }

    fn send(&self, command: Command) {
        if let Command::Pace(pace) = command {
            self.0.lock().unwrap().push(pace);
        }
    }
}

fn opened(notes: &PaceNotes, settings: Settings, display: Settings) -> App {
    let setup = Setup {
        settings,
        display,
        prompt: String::new(),
        prompts: PromptHistory::in_memory(),
        theme: ThemeFolder::none().load("dark", ColorDepth::True).unwrap(),
        glyphs: &UNICODE,
        motion: false,
        zen: ZenMode::Opening,
        attract: Attract::default(),
        keymap: Keymap::new(&toml::Table::new()).unwrap(),
        price: None,
        hardware: Vec::new(),
        recent_models: RecentModels::default(),
        borrowed_steps: false,
        recorded: false,
        chosen: Settings::default(),
    };
    App::new(notes.clone(), setup)
}

#[test]
fn an_opening_of_few_looks_takes_long_enough_to_be_seen() {
    let notes = PaceNotes::default();
    let sudoku = opening::settings(&Settings::default(), Some(Sudoku.shown())).unwrap();
    let mut app = opened(&notes, sudoku.clone(), Settings::default());
    assert_eq!(notes.last(), Duration::from_millis(250), "12 looks in 3 seconds");
    let usual = Duration::from_millis(125);
    app.on_input(Input::Key(KeyEvent::new(KeyCode::Down, KeyModifiers::NONE)));
    assert_eq!(notes.last(), usual, "with the panels the knob says how fast");
    // A story has looks enough.
    let story = opening::settings(&Settings::default(), None).unwrap();
    opened(&notes, story, Settings::default());
    assert_eq!(notes.last(), usual);
    // Whoever chooses a speed has it.
    opened(&notes, sudoku, Settings::of(&SPEED, SPEED.parse("30").unwrap()));
    assert!(notes.last() < usual);
}
