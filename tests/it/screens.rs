//! What the playground looks like: snapshots with styles, and rules that hold for every screen.

use crate::support::harness::{Options, Playground};
use crate::support::snapshots::{SIZES, snapshot};
use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use remask::train::evaluation::Figures;
use remask::train::{Losses, Report, Sample};
use remask::tui::glyphs::ASCII;
use remask::tui::theme::{ColorDepth, Theme, ThemeFolder};
use remask::tui::training::{TrainingProgress, TrainingView};

#[test]
fn screens_in_the_middle_of_a_run() {
    for size in SIZES {
        let mut playground = Playground::open(size, Options::default());
        playground.until_done();
        // Paused at a step, so that nothing moves: the slots of a run that goes on.
        playground.app.lane_mut().ended_at = None;
        playground.app.go_to(6);
        let buffer = playground.draw();
        snapshot(&format!("middle-{}x{}", size.0, size.1), &buffer);
    }
}

#[test]
fn screens_of_a_finished_run() {
    for size in SIZES {
        let mut playground = Playground::open(size, Options::default());
        playground.until_done();
        let buffer = playground.draw();
        snapshot(&format!("done-{}x{}", size.0, size.1), &buffer);
    }
}

#[test]
fn screens_of_help_prompt_and_token() {
    let mut playground = Playground::small();
    playground.until_done();
    playground.press(KeyCode::Char('?'));
    snapshot("help-80x24", &playground.draw());
    playground.press(KeyCode::Esc);
    playground.press(KeyCode::Char('p'));
    snapshot("prompt-80x24", &playground.draw());
    playground.press(KeyCode::Esc);
    playground.press(KeyCode::Tab);
    snapshot("token-80x24", &playground.draw());
}

#[test]
fn help_and_quit_are_in_sight_at_any_width_and_no_hint_is_cut() {
    let mut playground = Playground::small();
    playground.until_done();
    for lanes in [1, 2] {
        for width in (80..=300).step_by(3) {
            playground.terminal = Terminal::new(TestBackend::new(width, 30)).unwrap();
            let screen = playground.screen();
            let hints = screen.lines().last().unwrap();
            assert!(hints.contains(" ? help") && hints.trim_end().ends_with("q quit"), "{hints}");
            assert!(hints.contains(" again "), "{hints}");
        }
        if lanes == 1 {
            playground.press(KeyCode::Char('b'));
            playground.until(|app| app.lanes.len() == 2);
            playground.until_done();
        }
    }
}

#[test]
fn presets_and_sweep_are_named_on_a_hundred_columns() {
    for size in [(100, 30), (120, 40), (160, 45)] {
        let mut playground = Playground::open(size, Options::default());
        playground.until_done();
        let screen = playground.screen();
        let hints = screen.lines().last().unwrap();
        assert!(hints.contains(" o presets") && hints.contains(" g sweep"), "{hints}");
    }
}

#[test]
fn a_wall_shows_the_token_and_the_whole_order_of_writing_and_longer_lines() {
    let mut playground = Playground::open(
        (300, 90),
        Options { knobs: &[("canvas", "200"), ("steps", "8")], ..Options::default() },
    );
    playground.until_done();
    let screen = playground.screen();
    assert!(screen.contains(" token ") && screen.contains(" order of writing "), "{screen}");
    assert!(screen.contains("what else the model"), "{screen}");
    let cells = playground.app.frame().unwrap().cells.len();
    let in_map = playground.app.hits.iter().filter(|(area, hit)| {
        area.x > 236 && matches!(hit, remask::tui::hit_map::Hit::Token { .. })
    });
    assert!(in_map.count() + 2 > cells, "every token has a square");
    let longest = playground.app.hits.iter().filter(|(area, hit)| {
        area.x < 236 && matches!(hit, remask::tui::hit_map::Hit::Token { .. })
    });
    let spots: Vec<_> = longest.map(|(area, _)| area).collect();
    let left = spots.iter().map(|spot| spot.x).min().unwrap();
    let right = spots.iter().map(|spot| spot.right()).max().unwrap();
    assert!((85..=101).contains(&(right - left)), "{}", right - left);
}

#[test]
fn a_small_terminal_says_what_it_needs() {
    for size in [(39, 24), (80, 11), (20, 5), (1, 1)] {
        let mut playground = Playground::open(size, Options::default());
        let screen = playground.screen();
        assert!(size.0 < 20 || screen.replace('\n', " ").contains("needs 40"), "{screen}");
    }
}

#[test]
fn no_color_draws_no_colour_and_still_tells_states_apart() {
    let mut playground =
        Playground::open((80, 24), Options { depth: ColorDepth::None, ..Options::default() });
    playground.until_done();
    playground.app.lane_mut().ended_at = None;
    playground.app.go_to(6);
    // Once through all colour modes.
    for _ in 0..5 {
        let buffer = playground.draw();
        for cell in &buffer.content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{cell:?}");
        }
        playground.press(KeyCode::Char('c'));
    }
    snapshot("no-color-80x24", &playground.draw());
}

#[test]
fn ascii_draws_nothing_but_ascii() {
    let mut playground = Playground::open(
        (160, 45),
        Options { glyphs: &ASCII, prompt: "naïve 日本 🎈", ..Options::default() },
    );
    for key in ['x', '?', 'p'] {
        playground.until_done();
        let screen = playground.screen();
        assert!(screen.is_ascii(), "{screen}");
        playground.press(KeyCode::Char(key));
    }
}

/// A run of `steps` steps, measured twice where it got so far.
fn training(steps: usize) -> TrainingView {
    let mut view = TrainingView::default();
    view.begins("0.68 M parameters, vocabulary 1024; 3475 documents, 0.90 M tokens".into());
    for step in 1..=steps {
        let share = step as f64 / 600.0;
        let loss = |low: f32, fall: f32| low + fall * (-4.0 * share as f32).exp();
        let progress = TrainingProgress {
            step,
            tokens: step * 4000,
            tokens_per_second: 12_000.0,
            seconds_left: 6000.0 * (1.0 - share),
            spent: share,
        };
        let losses = Losses {
            next_token: Some(loss(2.0, 5.0)),
            noised: Some(loss(2.8, 4.0)),
            drafts: Some(loss(2.4, 4.6)),
        };
        view.step(progress, losses);
        if step.is_multiple_of(250) {
            let sample = |mode: &str, text: &str| Sample { mode: mode.into(), text: text.into() };
            let samples = vec![
                sample("autoregressive", "Once upon a time,\u{1b}[31m there was a little girl."),
                sample("whole canvas, 32 passes", "Tim saw a big tree.\nHe was happy."),
                sample("blocks of 8, 32 passes", "One day, Lily went to the park."),
            ];
            view.report(Report {
                tokens_seen: step * 4000,
                documents: 20,
                figures: figures(1.0 - share),
                samples,
                grades: Vec::new(),
            });
        }
    }
    view
}

fn figures(left: f64) -> Figures {
    Figures {
        next_token: 2.0 + left,
        blocks: [2.3 + left, 2.4 + left, 2.5 + left, 2.6 + left],
        elbo: 2.7 + left,
        uniform: [1.6, 3.0, 4.7],
        acceptance: Some([0.71, 0.65, 0.62, 0.6]),
        acceptance_of_masks: [0.33, 0.21, 0.17, 0.16],
        characters_per_token: 3.7,
    }
}

fn theme(name: &str, depth: ColorDepth) -> Theme {
    ThemeFolder::none().load(name, depth).unwrap()
}

fn drawn(view: &TrainingView, (width, height): (u16, u16), theme: &Theme, ascii: bool) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view.draw(frame, theme, ascii)).unwrap();
    terminal.backend().buffer().clone()
}

#[test]
fn screens_of_a_training_run() {
    let dark = theme("dark", ColorDepth::True);
    for size in [(80, 24), (140, 42)] {
        let name = |state: &str| format!("training-{state}-{}x{}", size.0, size.1);
        snapshot(&name("begins"), &drawn(&training(0), size, &dark, false));
        snapshot(&name("middle"), &drawn(&training(520), size, &dark, false));
    }
}

#[test]
fn it_draws_at_any_size_and_shows_nothing_that_a_terminal_would_obey() {
    let view = training(300);
    let mono = theme("mono", ColorDepth::None);
    for width in [1, 20, 39, 80, 103, 104, 300] {
        for height in [1, 3, 8, 24, 90] {
            let buffer = drawn(&view, (width, height), &mono, true);
            let shown = buffer.content.iter().map(ratatui::buffer::Cell::symbol);
            let shown: String = shown.collect();
            assert!(shown.is_ascii() && !shown.contains('\u{1b}'), "{shown}");
        }
    }
}

#[test]
fn a_long_run_keeps_a_bounded_number_of_points() {
    let mut view = training(0);
    for step in 1..50_000 {
        let progress = TrainingProgress { step, tokens: step, ..TrainingProgress::default() };
        view.step(progress, Losses { next_token: Some(2.0), noised: Some(3.0), drafts: None });
    }
    assert!((300..=1200).contains(&view.points()), "{}", view.points());
}
