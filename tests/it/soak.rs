//! Random hands on the playground: nothing panics, nothing is out of bounds, and memory does not grow.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};
use remask::rng::{Purpose, Stream};
use remask::trace::CellState;
use remask::tui::action::Action;
use remask::tui::app::App;
use remask::tui::overlays::{PresetNameEditor, PromptEditor};

use crate::support::harness::{Options, Playground};
use crate::support::stories;

/// Sizes of the terminal, one too small among them.
const SIZES: [(u16, u16); 6] = [(80, 24), (30, 9), (40, 12), (120, 40), (160, 45), (220, 60)];
/// Keys that end the program, leave it, or write into the person's folders.
const NOT_HERE: [Action; 3] = [Action::Quit, Action::Suspend, Action::SavePreset];

struct Hands {
    rng: Stream,
    keys: Vec<KeyCode>,
    size: (u16, u16),
    /// The keys that were pressed last.
    recent: VecDeque<KeyCode>,
}

impl Hands {
    fn new(seed: u64) -> Self {
        let spelled = Action::ALL
            .iter()
            .filter(|action| !NOT_HERE.contains(action))
            .flat_map(|action| action.default_keys())
            .filter_map(|name| key(name))
            .collect();
        Self {
            rng: Stream::new(seed, 0, Purpose::Training, 0),
            keys: spelled,
            size: SIZES[0],
            recent: VecDeque::new(),
        }
    }

    /// Does one thing, and takes in some of what the engine says.
    fn act(&mut self, playground: &mut Playground) {
        // What a key there, or a click on one, would write into the person's folders.
        if playground.app.overlay::<PresetNameEditor>().is_some() {
            playground.press(KeyCode::Esc);
        }
        match self.rng.below(20) {
            0 => {
                self.size = SIZES[self.rng.below(SIZES.len())];
                playground.terminal.backend_mut().resize(self.size.0, self.size.1);
            }
            1..=3 => {
                let button = MouseButton::Left;
                let kinds = [
                    MouseEventKind::Down(button),
                    MouseEventKind::Drag(button),
                    MouseEventKind::Up(button),
                    MouseEventKind::ScrollUp,
                    MouseEventKind::ScrollDown,
                ];
                let kind = kinds[self.rng.below(kinds.len())];
                let (column, row) = (self.below(self.size.0), self.below(self.size.1));
                playground.mouse(kind, column, row);
            }
            4 => {
                let later = Duration::from_millis(self.rng.below(3000) as u64);
                playground.app.advance(playground.app.now + later);
            }
            _ if playground.app.overlay::<PromptEditor>().is_some() => {
                let text = ["One day ", "[[3]]", "[", "日本", "\u{1b}", ""][self.rng.below(6)];
                playground.type_text(text);
                let end = [KeyCode::Enter, KeyCode::Esc, KeyCode::Backspace];
                playground.press(end[self.rng.below(end.len())]);
            }
            _ => {
                let key = self.keys[self.rng.below(self.keys.len())];
                self.recent.push_back(key);
                self.recent.drain(..self.recent.len().saturating_sub(40));
                playground.press(key);
            }
        }
        for _ in 0..self.rng.below(30) {
            if !playground.take_event() {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
    }

    fn below(&mut self, limit: u16) -> u16 {
        self.rng.below(usize::from(limit)) as u16
    }
}

/// A key without a modifier, as the defaults spell it.
fn key(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    match (characters.next(), characters.next(), name) {
        (Some(c), None, _) => Some(KeyCode::Char(c)),
        (.., "space") => Some(KeyCode::Char(' ')),
        (.., "enter") => Some(KeyCode::Enter),
        (.., "esc") => Some(KeyCode::Esc),
        (.., "tab") => Some(KeyCode::Tab),
        (.., "backspace") => Some(KeyCode::Backspace),
        (.., "left") => Some(KeyCode::Left),
        (.., "right") => Some(KeyCode::Right),
        (.., "up") => Some(KeyCode::Up),
        (.., "down") => Some(KeyCode::Down),
        (.., "home") => Some(KeyCode::Home),
        (.., "end") => Some(KeyCode::End),
        (.., "pageup") => Some(KeyCode::PageUp),
        (.., "pagedown") => Some(KeyCode::PageDown),
        _ => None,
    }
}

fn check(app: &App, hands: &Hands) {
    assert!((1..=4).contains(&app.lanes.len()) && app.focus < app.lanes.len());
    assert!(app.knob < app.knobs().len());
    for lane in &app.lanes {
        assert!(lane.playhead <= lane.history.steps());
        let cells = |step: usize| lane.history.frame(step).map(|frame| frame.cells.len());
        assert_eq!(cells(0), cells(lane.history.steps()));
        if let Some((first, last)) = lane.history.frame(0).zip(lane.history.last()) {
            let given = |state| matches!(state, CellState::Prompt | CellState::Fixed);
            let pairs = first.cells.iter().zip(&last.cells);
            let changed: Vec<_> = pairs
                .enumerate()
                .filter(|(_, (first, last))| given(first.state) && first.id != last.id)
                .collect();
            let (recent, phase, settings) = (&hands.recent, &app.phase, &lane.run_settings);
            assert!(changed.is_empty(), "{changed:?}\n{recent:?}\n{phase:?}\n{settings:?}");
        }
    }
}

/// Resident memory in bytes, where the system says.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[test]
fn a_thousand_random_actions() {
    let mut playground = Playground::small();
    let mut hands = Hands::new(7);
    for _ in 0..1000 {
        hands.act(&mut playground);
        check(&playground.app, &hands);
        playground.draw();
    }
}

/// `cargo test --test it half_an_hour -- --ignored --nocapture`, for as many minutes as `SOAK_MINUTES` says.
#[test]
#[ignore = "takes half an hour"]
fn half_an_hour_of_random_actions() {
    let minutes = std::env::var("SOAK_MINUTES").ok().and_then(|text| text.parse().ok());
    let whole = Duration::from_secs(60 * minutes.unwrap_or(30));
    let options = Options { model: Box::new(stories()), ..Options::default() };
    let mut playground = Playground::open(SIZES[0], options);
    let mut hands = Hands::new(11);
    let (began, mut said, mut actions, mut base) = (Instant::now(), 0, 0u64, None);
    while began.elapsed() < whole {
        hands.act(&mut playground);
        check(&playground.app, &hands);
        playground.draw();
        actions += 1;
        let minute = began.elapsed().as_secs() / 60;
        if minute > said {
            said = minute;
            let Some(bytes) = resident() else { continue };
            println!("{minute} min: {actions} actions, {} MB", bytes / 1_000_000);
            // The first minutes fill what is kept up to its bounds.
            let base = *base.get_or_insert(bytes);
            assert!(bytes < 2 * base + 300_000_000, "{bytes} bytes, {base} at first");
        }
    }
}
