//! What the playground does: keys, mouse and engine events in, the right screen out.

use std::time::{Duration, Instant};

use crate::support::FakeModel;
use crate::support::harness::{Options, PATIENCE, Playground, text_of};
use crossterm::event::{Event as Input, KeyCode, MouseButton, MouseEventKind};
use ratatui::layout::Rect;
use remask::diffusion::parts::schedule::STEPS;
use remask::engine::Event;
use remask::prompt::{PromptEntry, PromptKind};
use remask::tui::app::{Phase, Request};
use remask::tui::display::{LAYOUT, LayoutMode};
use remask::tui::hit_map::Hit;

#[test]
fn hostile_text_is_shown_and_never_sent() {
    let mut playground = Playground::open(
        (160, 45),
        Options {
            prompt: "a\x1b]0;x\x07 b\x1b[2J c\u{202e}d\te\u{9b}f 日本 🎈 e\u{301} 👩\u{200d}🚀",
            ..Options::default()
        },
    );
    playground.until_done();
    let buffer = playground.draw();
    for cell in &buffer.content {
        let bad = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!cell.symbol().chars().any(bad), "{:?}", cell.symbol());
    }
    let screen = text_of(&buffer);
    for shown in ["a␛]0;x␇ b␛[2J", "日", "🎈", "e\u{301}", "👩\u{200d}🚀"] {
        assert!(screen.contains(shown), "{shown:?} is not on\n{screen}");
    }
}

#[test]
fn time_goes_back_and_forth_with_all_that_is_shown() {
    let mut playground = Playground::small();
    playground.until_done();
    let steps = playground.app.lane().history.steps();
    assert_eq!(steps, 12);
    let mut screens = vec![playground.screen()];
    for step in (0..steps).rev() {
        playground.press(KeyCode::Left);
        let screen = playground.screen();
        assert!(screen.contains(&format!("step {step}/12")), "{screen}");
        let decided = 48 - playground.app.frame().unwrap().open();
        assert!(screen.contains(&format!("{decided} of 48 decided")), "{screen}");
        screens.push(screen);
    }
    playground.press(KeyCode::Left);
    assert_eq!(playground.app.lane().playhead, 0);
    for step in 1..=steps {
        playground.press(KeyCode::Right);
        let later = playground.app.now + Duration::from_secs(10);
        playground.app.advance(later);
        assert_eq!(playground.screen(), screens[steps - step], "step {step}");
    }
    playground.press(KeyCode::Home);
    assert_eq!(playground.app.lane().playhead, 0);
    playground.press(KeyCode::End);
    assert!(playground.app.following);
}

#[test]
fn tokens_keep_their_place_while_they_resolve() {
    let mut playground = Playground::open((100, 30), Options::default());
    playground.until_done();
    playground.app.display.set(&LAYOUT, LayoutMode::Slots.value());
    let mut places = Vec::new();
    for step in 0..=12 {
        playground.app.go_to(step);
        playground.draw();
        let tokens = |(_, hit): &(_, Hit)| matches!(hit, Hit::Token { .. });
        places.push(playground.app.hits.iter().filter(tokens).collect::<Vec<_>>());
    }
    assert!(places.windows(2).all(|pair| pair[0] == pair[1]));
}

/// What is decided in a line stays in that line: it moves only along it.
#[test]
fn words_keep_their_lines_while_a_text_flows() {
    let mut playground = Playground::open((100, 30), Options::default());
    playground.until_done();
    let mut lines: Vec<Vec<u16>> = Vec::new();
    for step in 1..12 {
        playground.app.go_to(step);
        playground.draw();
        let line = |(area, hit): (Rect, Hit)| matches!(hit, Hit::Token { .. }).then_some(area.y);
        lines.push(playground.app.hits.iter().filter_map(line).collect());
    }
    let moved = |pair: &[Vec<u16>]| pair[0].iter().zip(&pair[1]).filter(|(a, b)| a != b).count();
    let most = lines.windows(2).map(moved).max().unwrap();
    assert!(most <= 2, "{most} words change their line in a pass");
}

#[test]
fn the_mouse_reaches_knobs_time_and_tokens() {
    let mut playground = Playground::open((120, 40), Options::default());
    playground.until_done();
    playground.draw();
    let row = playground.target(|hit| hit == Hit::Knob(3));
    playground.click(row.x, row.y);
    assert_eq!(playground.app.knob, 3);
    let temperature = &remask::diffusion::draw::TEMPERATURE;
    let gauge = playground.target(|hit| hit == Hit::Gauge(3));
    playground.click(gauge.right() - 1, gauge.y);
    assert_eq!(playground.app.lane().settings.get(temperature), 2.0);
    playground.mouse(MouseEventKind::ScrollDown, row.x, row.y);
    assert_eq!(playground.app.lane().settings.get(temperature), 1.9);
    let timeline = playground.target(|hit| matches!(hit, Hit::Timeline { .. }));
    playground.mouse(MouseEventKind::Down(MouseButton::Left), timeline.x, timeline.y);
    assert_eq!(playground.app.lane().playhead, 1);
    playground.mouse(MouseEventKind::Drag(MouseButton::Left), timeline.right(), 0);
    assert_eq!(playground.app.lane().playhead, 12);
    playground.mouse(MouseEventKind::Up(MouseButton::Left), 0, 0);
    let position = 20;
    let token = playground.target(|hit| hit == Hit::Token { lane: 0, position });
    playground.click(token.x, token.y);
    assert_eq!(playground.app.token, Some(position));
    assert!(playground.screen().contains(&format!("token {position}")));
}

#[test]
fn knobs_turned_by_key_reach_the_run() {
    let mut playground = Playground::open(
        (80, 24),
        Options { knobs: &[("canvas", "96"), ("steps", "96")], ..Options::default() },
    );
    playground.until(|app| app.lane().history.steps() >= 1);
    playground.press(KeyCode::Char(' '));
    playground.until(|app| app.phase == Phase::Paused);
    let at = playground.app.lane().history.steps();
    for _ in 0..3 {
        playground.press(KeyCode::Down);
    }
    assert_eq!(playground.app.selected_knob().name, "temperature");
    playground.press(KeyCode::Char('+'));
    playground.press(KeyCode::Char('.'));
    playground.until(|app| app.lane().history.steps() > at);
    let facts = playground.app.lane().history.last().unwrap().facts.clone();
    assert_eq!(facts.turned.len(), 1);
    assert_eq!(facts.turned[0].0, "temperature");
    assert!(playground.screen().contains("temperature is 0.1 from this step on"));
}

#[test]
fn what_only_the_next_run_uses_says_so() {
    let mut playground = Playground::small();
    playground.until_done();
    for _ in 0..2 {
        playground.press(KeyCode::Down);
    }
    playground.press(KeyCode::Char('+'));
    let screen = playground.screen();
    assert!(screen.contains("64 ↻") && screen.contains("r applies it"), "{screen}");
    playground.press(KeyCode::Char('r'));
    playground.until(|app| app.lane().history.steps() == 0);
    playground.until_done();
    assert!(playground.screen().contains("64 of 64 decided"));
}

#[test]
fn going_on_from_an_old_step_forgets_what_came_after() {
    let mut playground = Playground::small();
    playground.until_done();
    let before = playground.app.lane().history.last().unwrap().cells.clone();
    for _ in 0..5 {
        playground.press(KeyCode::Left);
    }
    playground.press(KeyCode::Enter);
    playground.until(|app| app.phase == Phase::Running || app.phase == Phase::Finished);
    playground.until_done();
    assert_eq!(playground.app.lane().history.steps(), 12);
    assert_eq!(
        playground.app.lane().history.last().unwrap().cells,
        before,
        "same knobs, same text"
    );
}

#[test]
fn another_prompt_is_typed_and_denoised() {
    let mut playground = Playground::small();
    playground.until_done();
    playground.press(KeyCode::Char('p'));
    for _ in 0.."time".len() {
        playground.press(KeyCode::Backspace);
    }
    playground.type_text("q?");
    playground.app.on_input(Input::Paste(" 日本\x1b[2J".into()));
    playground.screen();
    playground.press(KeyCode::Enter);
    assert_eq!(playground.app.prompt, "Once upon a q? 日本\x1b[2J");
    playground.until_done();
    assert!(playground.screen().contains("q? 日"));
}

#[test]
fn a_prompt_that_does_not_fit_is_explained_and_can_be_mended() {
    let mut playground = Playground::small();
    playground.until_done();
    playground.app.prompt = "word ".repeat(3000);
    playground.press(KeyCode::Char('r'));
    playground.until(|app| matches!(app.phase, Phase::Failed(_)));
    assert!(playground.screen().contains("shorten it"));
    playground.app.prompt = String::new();
    playground.press(KeyCode::Char('r'));
    playground.until_done();
}

#[test]
fn steps_of_a_show_that_nobody_turned_follow_the_next_prompt() {
    let knobs = &[("canvas", "48"), ("steps", "12")];
    let planned = |playground: &mut Playground| {
        playground.until_done();
        playground.app.lane().history.frame(1).unwrap().planned
    };
    let hole = || PromptEntry { kind: PromptKind::Text, text: "Tom had a [[20]] day.".to_owned() };
    let open = || {
        let mut playground = Playground::open((80, 24), Options { knobs, ..Options::default() });
        playground.app.borrowed_steps = true;
        playground.until_done();
        playground
    };
    let mut shown = open();
    shown.press(KeyCode::Char('n'));
    assert_eq!(planned(&mut shown), 12, "the same text once more");
    shown.app.start_with(hole());
    assert_eq!(planned(&mut shown), 20, "a pass a token, as nobody said otherwise");
    let mut turned = open();
    turned.app.turn(&STEPS, STEPS.parse("9").unwrap());
    turned.app.start_with(hole());
    assert_eq!(planned(&mut turned), 9);
}

#[test]
fn a_knob_that_the_sampler_does_not_heed_says_so() {
    let mut playground = Playground::open(
        (120, 40),
        Options { knobs: &[("canvas", "16"), ("sampler", "p2")], ..Options::default() },
    );
    playground.until_done();
    assert!(!playground.screen().contains("goes without it"));
    for _ in 0..5 {
        playground.press(KeyCode::Down);
    }
    assert_eq!(playground.app.selected_knob().name, "block-length");
    assert!(playground.screen().contains("p2 goes without it"));
}

#[test]
fn a_refused_prompt_ends_the_run_before_it() {
    let mut model = FakeModel::new();
    model.pass = Duration::from_millis(20);
    let mut playground = Playground::open(
        (80, 24),
        Options { model: Box::new(model), prompt: "", ..Options::default() },
    );
    playground.until(|app| app.lane().history.steps() >= 1);
    playground.app.prompt = "[[99999]]".into();
    playground.press(KeyCode::Char('r'));
    // The last that is heard of the run before.
    loop {
        let event = playground.events.blocking_recv().unwrap();
        let over = matches!(event, Event::Cancelled(_));
        playground.app.on_engine(event);
        if over {
            break;
        }
    }
    assert!(matches!(playground.app.phase, Phase::Failed(_)), "{:?}", playground.app.phase);
}

#[test]
fn a_run_that_was_given_up_can_be_gone_back_into() {
    let mut model = FakeModel::new();
    model.pass = Duration::from_millis(20);
    let mut playground = Playground::open(
        (80, 24),
        Options { model: Box::new(model), prompt: "", ..Options::default() },
    );
    playground.until(|app| app.lane().history.steps() >= 4);
    playground.press(KeyCode::Char('x'));
    playground.until(|app| app.phase == Phase::Cancelled);
    playground.press(KeyCode::Left);
    playground.press(KeyCode::Enter);
    playground.until(|app| app.phase == Phase::Finished);
    assert_eq!(playground.app.lane().history.steps(), 12);
}

#[test]
fn a_drag_stays_on_the_gauge_where_it_began() {
    let mut playground = Playground::open((120, 40), Options::default());
    playground.until_done();
    playground.draw();
    let gauge = playground.target(|hit| hit == Hit::Gauge(3));
    playground.mouse(MouseEventKind::Down(MouseButton::Left), gauge.x, gauge.y);
    playground.mouse(MouseEventKind::Drag(MouseButton::Left), gauge.right() + 3, gauge.y + 1);
    let temperature = &remask::diffusion::draw::TEMPERATURE;
    let top_p = &remask::diffusion::draw::TOP_P;
    assert_eq!(playground.app.lane().settings.get(temperature), 2.0);
    assert_eq!(playground.app.lane().settings.value(top_p), top_p.default());
}

#[test]
fn text_below_the_canvas_is_told_of_as_soon_as_it_is_there() {
    let mut playground = Playground::open(
        (80, 24),
        Options { knobs: &[("canvas", "400"), ("steps", "4")], ..Options::default() },
    );
    playground.until_done();
    let screen = playground.screen();
    assert!(screen.contains("pgdn more"), "not only in the next frame\n{screen}");
    playground.press(KeyCode::PageDown);
    assert!(playground.app.scroll > 0);
}

#[test]
fn an_engine_that_panics_leaves_a_screen_that_works() {
    let mut model = FakeModel::new();
    model.panic_at = Some(3);
    let mut playground = Playground::open(
        (80, 24),
        Options { model: Box::new(model), prompt: "", ..Options::default() },
    );
    playground.until(|app| matches!(app.phase, Phase::Stopped(_)));
    assert!(playground.screen().contains("told to panic"));
    playground.press(KeyCode::Left);
    assert_eq!(playground.app.lane().playhead, 2);
    assert_eq!(playground.press(KeyCode::Char('q')), Some(Request::Quit));
}

/// 1024 tokens, a model that is busy for a minute: the screen answers all the same.
#[test]
fn a_key_shows_at_once_while_the_model_is_busy() {
    let mut model = FakeModel::new();
    model.pass = PATIENCE;
    let mut playground = Playground::open(
        (160, 45),
        Options {
            model: Box::new(model),
            prompt: "",
            knobs: &[("canvas", "1024"), ("steps", "64")],
            ..Options::default()
        },
    );
    playground.until(|app| app.phase == Phase::Running);
    let mut times = Vec::new();
    for (key, shows) in [
        (KeyCode::Char('+'), "maskgit-plus"),
        (KeyCode::Char('-'), "low-confidence"),
        (KeyCode::Char('?'), "pause, and go on"),
        (KeyCode::Esc, "denoising"),
        (KeyCode::Char('c'), "confidence: unsure"),
        (KeyCode::Char('p'), "enter denoise"),
        (KeyCode::Esc, "denoising"),
    ] {
        let began = Instant::now();
        playground.press(key);
        let screen = playground.screen();
        times.push(began.elapsed());
        assert!(screen.contains(shows), "{shows} is not on\n{screen}");
    }
    // The fastest: the machine may be doing something else.
    let fastest = times.iter().min().unwrap();
    assert!(*fastest < Duration::from_millis(50), "a key takes {fastest:?} to show");
}

#[test]
fn the_sampler_can_be_changed_in_the_middle_and_the_text_stays() {
    let mut playground = Playground::small();
    playground.until(|app| app.lane().history.steps() > 0 || app.phase == Phase::Running);
    playground.press(KeyCode::Char(' '));
    playground.until(|app| app.phase == Phase::Paused || app.phase == Phase::Finished);
    playground.press(KeyCode::Char('r'));
    playground.until(|app| app.phase == Phase::Running || app.phase == Phase::Paused);
    playground.until(|app| app.lane().history.steps() >= 3);
    playground.press(KeyCode::Char(' '));
    playground.until(|app| matches!(app.phase, Phase::Paused | Phase::Finished));
    playground.app.go_to(3);
    playground.press(KeyCode::Enter);
    playground.until(|app| app.lane().history.steps() >= 4);
    let written = |playground: &Playground, step: usize| -> Vec<(usize, u32)> {
        let frame = playground.app.lane().history.frame(step).unwrap();
        let cells = frame.cells.iter().enumerate();
        cells
            .filter(|(_, cell)| cell.written_at.is_some())
            .map(|(at, cell)| (at, cell.id))
            .collect()
    };
    let before = written(&playground, 3);
    assert!(!before.is_empty());
    // Another sampler, which remasks nothing, finishes the text.
    playground.press(KeyCode::Char('+'));
    playground.until_done();
    assert!(playground.screen().contains("maskgit-plus"));
    let after = written(&playground, playground.app.lane().history.steps());
    assert!(before.iter().all(|token| after.contains(token)), "what stood has stayed");
}

#[test]
fn a_finished_text_is_noised_and_mended() {
    let mut playground = Playground::small();
    playground.until_done();
    let before = playground.app.lane().history.last().unwrap().cells.len();
    playground.press(KeyCode::Char('m'));
    playground.until(|app| app.phase != Phase::Waiting);
    let first = playground.app.lane().history.frame(0).unwrap();
    let (open, answer) = (first.open(), first.answer());
    assert!(first.cells.len() <= before);
    assert_eq!(open, (0.3 * answer as f64).round() as usize, "the share that the knob says");
    playground.until_done();
    assert!(playground.screen().contains("done in"));
}

#[test]
fn presets_are_chosen_from_a_list() {
    let mut playground = Playground::small();
    playground.until_done();
    playground.press(KeyCode::Char('o'));
    assert!(playground.screen().contains("llada-paper"));
    for _ in 0..9 {
        playground.press(KeyCode::Down);
    }
    assert!(playground.screen().contains("Fast-dLLM"), "{}", playground.screen());
    playground.press(KeyCode::Up);
    playground.press(KeyCode::Down);
    playground.press(KeyCode::Enter);
    playground.until_done();
    assert_eq!(
        playground.app.lane().settings.get(&remask::diffusion::sampler::SAMPLER).as_str(),
        "threshold"
    );
}

#[test]
fn a_knob_passes_over_what_makes_no_sense() {
    let mut playground = Playground::open(
        (120, 40),
        Options { knobs: &[("sampler", "ancestral"), ("steps", "6")], ..Options::default() },
    );
    playground.until_done();
    let schedule = &remask::diffusion::sampler::SCHEDULE;
    // From timesteps the next one would be threshold, which has no noise levels.
    for _ in 0..4 {
        playground.app.nudge(schedule, 1, false);
    }
    let notice = playground.app.notice.as_ref().unwrap();
    assert!(notice.text.contains("passed over: select chance makes no sense"), "{}", notice.text);
    assert!(playground.screen().contains("passed over"));
}
