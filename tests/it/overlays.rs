//! What lies over the screen: how it is opened, left and clicked, and that help and palette hold everything.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use remask::diffusion::sampler::SAMPLER;
use remask::tui::action::{Action, ActionGroup};
use remask::tui::app::{Phase, Request};
use remask::tui::hit_map::Hit;
use remask::tui::overlays::{Help, Palette, PresetNameEditor, PromptEditor};

use crate::support::harness::{Options, Playground, text_of};
use crate::support::snapshots::snapshot;

/// The keys that open something, but for what is measured.
const OPENERS: [&str; 7] = ["?", ":", "o", "s", "p", "ctrl-o", "ctrl-p"];

fn open(playground: &mut Playground, key: &str) {
    match key.strip_prefix("ctrl-") {
        Some(key) => playground.press_ctrl(key.chars().next().unwrap()),
        None => playground.press(KeyCode::Char(key.chars().next().unwrap())),
    };
    playground.draw();
}

fn key(code: KeyCode) -> Hit {
    Hit::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn is_open(playground: &mut Playground) -> Option<Rect> {
    playground.draw();
    playground.app.hits.overlay()
}

#[test]
fn every_action_is_in_help_and_palette() {
    let mut playground = Playground::open((160, 45), Options::default());
    playground.until_done();
    open(&mut playground, "?");
    let help = playground.screen();
    for group in ActionGroup::ALL {
        assert!(help.contains(group.title()), "{} is not in\n{help}", group.title());
    }
    for action in Action::ALL {
        let targets =
            |event: KeyEvent| playground.app.hits.iter().any(|(_, hit)| hit == Hit::Key(event));
        let first = playground.app.keymap.events(*action).next().unwrap();
        assert!(targets(first), "{} is not in\n{help}", action.name());
    }
    for mouse in ["the mouse", "click away", "a gauge, the timeline"] {
        assert!(help.contains(mouse), "{mouse} is not in\n{help}");
    }
    playground.press(KeyCode::Esc);
    open(&mut playground, ":");
    for action in Action::ALL {
        playground.type_text(action.name());
        let screen = playground.screen();
        let line = screen.lines().find(|line| line.contains(action.help()));
        let line = line.unwrap_or_else(|| panic!("{} is not in\n{screen}", action.name()));
        assert!(line.contains(" do ") && line.contains(action.name()), "{line}");
        playground.press_ctrl('u');
    }
    let entries = playground.app.overlay::<Palette>().unwrap().entries();
    for (kind, name) in [
        ("preset", "fast"),
        ("preset", "llada-paper"),
        ("sampler", "klass"),
        ("colours", "entropy"),
        ("layout", "prose"),
        ("theme", "light"),
        ("model", "stories"),
        ("knob", "temperature"),
    ] {
        assert!(entries.iter().any(|e| (e.kind, e.name.as_str()) == (kind, name)), "{kind} {name}");
    }
    assert!(entries.iter().all(|e| !e.help.is_empty() && !e.help.ends_with('.')));
}

#[test]
fn esc_and_a_click_beside_it_close_whatever_is_open() {
    for size in [(80, 24), (160, 45)] {
        let mut playground = Playground::open(size, Options::default());
        playground.until_done();
        for opener in OPENERS.into_iter().chain(["y", "g"]) {
            let prompt = playground.app.prompt.clone();
            open(&mut playground, opener);
            assert!(is_open(&mut playground).is_some(), "{opener} opens nothing");
            let screen = playground.screen();
            let last = screen.lines().last().unwrap();
            assert!(!last.contains("again") && !last.contains("quit"), "{opener}: {last}");
            playground.press(KeyCode::Esc);
            assert_eq!(is_open(&mut playground), None, "esc leaves {opener} open");
            open(&mut playground, opener);
            let area = is_open(&mut playground).unwrap();
            playground.click(area.x + 2, area.y);
            assert!(is_open(&mut playground).is_some(), "a click on its frame closes {opener}");
            let steps = playground.app.lane().playhead;
            match area.x {
                0 => playground.click(0, area.bottom()),
                x => playground.click(x - 1, area.bottom() - 1),
            };
            assert_eq!(is_open(&mut playground), None, "a click beside it leaves {opener} open");
            assert_eq!(playground.app.lane().playhead, steps, "and does nothing else");
            assert_eq!(playground.app.prompt, prompt);
            playground.until(|app| app.phase == Phase::Finished);
        }
    }
}

#[test]
fn no_pieces_of_words_stand_beside_what_is_open() {
    let mut playground = Playground::open((100, 32), Options::default());
    playground.until_done();
    for opener in OPENERS {
        open(&mut playground, opener);
        let (area, buffer) = (is_open(&mut playground).unwrap(), playground.draw());
        for row in area.y..area.bottom() {
            for column in [area.x.checked_sub(1), Some(area.right())].into_iter().flatten() {
                let cell = buffer.cell((column, row));
                assert!(cell.is_none_or(|cell| cell.symbol() == " "), "{opener}: {cell:?}");
            }
        }
        playground.press(KeyCode::Esc);
    }
}

#[test]
fn keys_that_a_footer_names_can_be_clicked() {
    let mut playground = Playground::open((160, 45), Options::default());
    playground.until_done();
    playground.draw();
    playground.click_on(key(KeyCode::Char('?')));
    assert!(playground.app.overlay::<Help>().is_some());
    playground.draw();
    playground.click_on(key(KeyCode::Esc));
    assert!(playground.app.overlay::<Help>().is_none());
    playground.draw();
    // Of two keys each is itself.
    playground.click_on(key(KeyCode::Down));
    assert_eq!(playground.app.knob, 1);
    playground.draw();
    playground.click_on(key(KeyCode::Up));
    assert_eq!(playground.app.knob, 0);
    playground.draw();
    assert_eq!(playground.click_on(key(KeyCode::Char('q'))), Some(Request::Quit));
    playground.click_on(key(KeyCode::Char('n')));
    playground.until_done();
    assert_eq!(playground.app.lane().settings.get(&remask::diffusion::noise::SEED), 1);
    // In lanes, too.
    playground.press(KeyCode::Char('b'));
    playground.until_done();
    playground.draw();
    playground.click_on(key(KeyCode::Esc));
    assert_eq!(playground.app.lanes.len(), 1);
}

#[test]
fn help_scrolls_filters_and_lets_keys_do_what_they_say() {
    let mut playground = Playground::small();
    playground.until_done();
    open(&mut playground, "?");
    assert!(!playground.screen().contains("turn, scroll, or step"), "it does not fit");
    playground.press(KeyCode::End);
    let end = playground.screen();
    assert!(end.contains("turn, scroll, or step"), "{end}");
    let area = is_open(&mut playground).unwrap();
    playground.mouse(MouseEventKind::ScrollUp, area.x + 4, area.y + 4);
    assert_ne!(playground.screen(), end, "the wheel scrolls, also from the end");
    playground.press(KeyCode::Home);
    // A filter.
    playground.press(KeyCode::Char('/'));
    playground.type_text("branch");
    let screen = playground.screen();
    assert!(
        screen.contains("to another branch") && !screen.contains("pause, and go on"),
        "{screen}"
    );
    snapshot("help-filtered-80x24", &playground.draw());
    playground.press(KeyCode::Enter);
    playground.press(KeyCode::Esc);
    assert!(playground.screen().contains("pause, and go on"), "esc shows all again");
    // A key that does something does it.
    playground.press(KeyCode::Char('+'));
    assert_eq!(is_open(&mut playground), None);
    assert_eq!(playground.app.lane().settings.get(&SAMPLER).as_str(), "maskgit-plus");
    // Those that open and leave it close it, and nothing more.
    for code in [KeyCode::Char('?'), KeyCode::F(1), KeyCode::Char('q')] {
        open(&mut playground, "?");
        assert_eq!(playground.press(code), None);
        assert_eq!(is_open(&mut playground), None, "{code:?}");
    }
    open(&mut playground, "?");
    assert_eq!(playground.press_ctrl('c'), Some(Request::Quit));
    // A key in it can be clicked.
    playground.draw();
    playground.click_on(key(KeyCode::Char('p')));
    assert!(playground.app.overlay::<PromptEditor>().is_some());
}

#[test]
fn presets_are_clicked_and_a_list_says_that_it_goes_on() {
    let mut playground = Playground::small();
    playground.until_done();
    open(&mut playground, "o");
    assert!(playground.screen().contains('↓'));
    let area = is_open(&mut playground).unwrap();
    for _ in 0..40 {
        playground.mouse(MouseEventKind::ScrollDown, area.x + 4, area.y + 4);
    }
    let screen = playground.screen();
    assert!(screen.contains('↑') && screen.contains("repair"), "{screen}");
    playground.press(KeyCode::Home);
    for _ in 0..40 {
        playground.press(KeyCode::Up);
    }
    playground.draw();
    playground.click_on(Hit::Row(2));
    assert!(playground.screen().contains("presets"), "the first click shows it");
    playground.click_on(Hit::Row(2));
    assert_eq!(is_open(&mut playground), None);
    playground.until_done();
    // Its own keys are named below it, and can be clicked.
    open(&mut playground, "o");
    playground.click_on(Hit::Key(KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL)));
    assert!(playground.app.overlay::<PresetNameEditor>().is_some());
}

#[test]
fn presets_are_found_by_typing_and_no_letter_reaches_the_screen_below() {
    let mut playground = Playground::small();
    playground.until_done();
    let (prompt, passes) = (playground.app.prompt.clone(), playground.app.passes_shown());
    open(&mut playground, "o");
    // By a word of the sentence; each of these letters does something on the screen below.
    for letter in "repairnqxmjko".chars() {
        assert_eq!(playground.press(KeyCode::Char(letter)), None);
        assert!(is_open(&mut playground).is_some(), "{letter} closes it");
    }
    assert!(playground.screen().contains("nothing is called so"), "{}", playground.screen());
    playground.press_ctrl('u');
    playground.type_text("fast-d");
    let screen = playground.screen();
    assert!(screen.contains("fast-dllm") && !screen.contains("llada-paper"), "{screen}");
    playground.press_ctrl('u');
    playground.type_text("eighth");
    assert!(!playground.screen().contains("nothing is called so"), "{}", playground.screen());
    playground.press(KeyCode::Esc);
    let app = &playground.app;
    assert_eq!((app.phase.clone(), app.passes_shown()), (Phase::Finished, passes));
    assert_eq!(app.prompt, prompt);
    open(&mut playground, "o");
    playground.app.on_input(Input::Paste("fast-dllm".into()));
    playground.press(KeyCode::Enter);
    playground.until_done();
    assert_eq!(playground.app.lane().settings.get(&SAMPLER).as_str(), "threshold");
}

#[test]
fn a_preset_is_named_before_it_is_kept_and_letters_are_letters_there() {
    let mut playground = Playground::small();
    playground.until_done();
    let settings = playground.app.lane().settings.clone();
    open(&mut playground, "s");
    assert!(playground.screen().contains("mine-"), "{}", playground.screen());
    snapshot("preset-name-80x24", &playground.draw());
    playground.press_ctrl('u');
    playground.type_text("my d.x");
    let screen = playground.screen();
    assert!(screen.contains("it takes letters, digits"), "{screen}");
    playground.press(KeyCode::Enter);
    assert!(is_open(&mut playground).is_some(), "such a name is not taken");
    playground.press_ctrl('u');
    playground.app.on_input(Input::Paste("fast\n".into()));
    assert!(playground.screen().contains("there is a preset fast already"));
    playground.press(KeyCode::Enter);
    playground.press(KeyCode::Esc);
    assert_eq!(is_open(&mut playground), None);
    assert_eq!(playground.app.phase, Phase::Finished);
    let unchanged = &playground.app.lane().settings;
    let knobs = remask::diffusion::knobs();
    assert!(knobs.iter().all(|knob| unchanged.value(knob) == settings.value(knob)));
}

#[test]
fn help_and_palette_fit_every_size_and_ascii() {
    use remask::tui::glyphs::ASCII;
    let mut playground =
        Playground::open((80, 24), Options { glyphs: &ASCII, ..Options::default() });
    playground.until_done();
    for opener in ["?", ":", "ctrl-o", "o", "s"] {
        for (width, height) in [(80, 24), (81, 25), (119, 31), (160, 45), (300, 90)] {
            playground.terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            open(&mut playground, opener);
            let screen = text_of(&playground.draw());
            assert!(screen.is_ascii(), "{screen}");
            playground.press(KeyCode::Esc);
        }
    }
}

#[test]
fn a_key_that_is_none_of_an_overlays_own_leaves_the_text_as_it_is() {
    let mut playground = Playground::open((160, 45), Options::default());
    playground.until_done();
    let dangerous = Action::ALL.iter().filter(|action| action.gives_text_up());
    let dangerous = dangerous.chain([&Action::Quit, &Action::EditPrompt]);
    let keys = dangerous.flat_map(|action| playground.app.keymap.keys(*action));
    let letters: Vec<char> = keys.filter_map(|key| key.parse().ok()).collect();
    assert!(letters.contains(&'n') && letters.contains(&'q') && letters.len() > 12);
    for opener in ["?", ":", "o", "s", "t", "y", "g", "ctrl-o"] {
        for letter in &letters {
            open(&mut playground, opener);
            if is_open(&mut playground).is_none() {
                panic!("{opener} opens nothing after {letter}");
            }
            let steps = playground.app.lane().history.len();
            let text = playground.app.last_text();
            let lanes = playground.app.lanes.len();
            let asked = playground.press(KeyCode::Char(*letter));
            assert_eq!(asked, None, "{opener} {letter}");
            while is_open(&mut playground).is_some() {
                playground.press(KeyCode::Esc);
                playground.press(KeyCode::Esc);
            }
            playground.until(|app| app.phase == Phase::Finished);
            assert_eq!(playground.app.lane().history.len(), steps, "{opener} {letter}");
            assert_eq!(playground.app.last_text(), text, "{opener} {letter}");
            assert_eq!(playground.app.lanes.len(), lanes, "{opener} {letter}");
        }
    }
    // It is said how the key can be used.
    open(&mut playground, "t");
    playground.press(KeyCode::Char('n'));
    assert!(
        playground.screen().contains("n (again with a new seed) gives this text up"),
        "{}",
        playground.screen()
    );
}
