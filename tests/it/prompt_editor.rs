//! The prompt editor: keys, pastes and mouse in, the right text and the right run out.

use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use remask::beginnings::{BeginningKind, STORIES};
use remask::prompt::{PromptHistory, PromptKind};
use remask::tui::app::Phase;
use remask::tui::glyphs::ASCII;
use remask::tui::hit_map::HitMap;
use remask::tui::overlays::{Overlay, PromptEditor};
use remask::tui::theme::ColorDepth;

use crate::support::harness::{Options, Playground, text_of};
use crate::support::snapshots::snapshot;

fn editor() -> Playground {
    editor_at((80, 24))
}

/// The editor with nothing in it.
fn editor_at(size: (u16, u16)) -> Playground {
    let mut playground = Playground::open(size, Options::default());
    playground.until_done();
    playground.press(KeyCode::Char('p'));
    control(&mut playground, 'u');
    playground.draw();
    playground
}

fn control(playground: &mut Playground, c: char) {
    let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
    playground.app.on_input(Input::Key(key));
}

fn is_open(playground: &Playground) -> bool {
    playground.app.overlay::<PromptEditor>().is_some()
}

/// What enter begins a run with.
fn entered(playground: &mut Playground) -> &str {
    playground.press(KeyCode::Enter);
    assert!(!is_open(playground));
    &playground.app.prompt
}

#[test]
fn keys_do_what_they_do_in_a_shell() {
    let mut playground = editor();
    playground.type_text("one two-three  ");
    control(&mut playground, 'w');
    assert!(playground.screen().contains("│ one   "), "{}", playground.screen());
    playground.type_text("four");
    control(&mut playground, 'a');
    playground.type_text("zero ");
    control(&mut playground, 'e');
    playground.type_text(" five");
    for _ in 0..5 {
        playground.press(KeyCode::Left);
    }
    control(&mut playground, 'k');
    assert_eq!(entered(&mut playground), "zero one four");
}

#[test]
fn line_breaks_of_a_paste_are_kept_whatever_the_terminal_makes_of_them() {
    let mut playground = editor();
    playground.app.on_input(Input::Paste("a\r\nb\rc\nd".into()));
    assert_eq!(entered(&mut playground), "a\nb\nc\nd");
    playground.until_done();
    // Without marks a line break is an enter, or ctrl-j.
    playground.press(KeyCode::Char('p'));
    control(&mut playground, 'u');
    let before = playground.app.prompt.clone();
    for (key, modifiers) in [
        (KeyCode::Char('q'), KeyModifiers::NONE),
        (KeyCode::Enter, KeyModifiers::NONE),
        (KeyCode::Enter, KeyModifiers::NONE),
        (KeyCode::Char('n'), KeyModifiers::NONE),
        (KeyCode::Char('j'), KeyModifiers::CONTROL),
        (KeyCode::Char('r'), KeyModifiers::NONE),
        (KeyCode::Enter, KeyModifiers::NONE),
    ] {
        playground.app.advance(playground.app.now + Duration::from_millis(50));
        playground.app.on_input(Input::Key(KeyEvent::new(key, modifiers)));
        assert!(is_open(&playground) && playground.app.prompt == before, "{key:?} began a run");
    }
    assert!(playground.app.is_animated(), "the last enter waits for what comes");
    playground.app.advance(playground.app.now + Duration::from_millis(260));
    assert_eq!(playground.app.prompt, "a\nb\nc\nq\n\nn\nr");
}

#[test]
fn long_text_wraps_grows_and_scrolls() {
    let mut playground = editor();
    let frame_rows = |screen: &str| {
        let rows: Vec<&str> = screen.lines().collect();
        let top = rows.iter().position(|row| row.contains(" prompt ─")).unwrap();
        rows[top..].iter().position(|row| row.contains("enter denoise")).unwrap() + 1
    };
    let empty = frame_rows(&playground.screen());
    for word in 0..80 {
        playground.type_text(&format!("word{word} "));
    }
    let screen = playground.screen();
    assert!(frame_rows(&screen) > empty + 4, "{screen}");
    for word in [0, 30, 79] {
        assert!(screen.contains(&format!("word{word} ")), "{word} is not on\n{screen}");
    }
    for word in 80..400 {
        playground.type_text(&format!("word{word} "));
    }
    let screen = playground.screen();
    assert!(screen.contains("word399") && !screen.contains("word0 ") && screen.contains('↑'));
    assert!(frame_rows(&screen) >= 20, "{screen}");
    playground.press(KeyCode::PageUp);
    for _ in 0..10 {
        playground.press(KeyCode::PageUp);
        playground.draw();
    }
    let screen = playground.screen();
    assert!(screen.contains("word0 ") && !screen.contains("word399") && screen.contains('↓'));
}

#[test]
fn up_and_down_follow_the_lines_that_are_shown_then_the_prompts_of_before() {
    let mut playground = editor();
    playground.type_text("first");
    assert_eq!(entered(&mut playground), "first");
    playground.until_done();
    playground.press(KeyCode::Char('p'));
    control(&mut playground, 'u');
    playground.type_text("second");
    assert_eq!(entered(&mut playground), "second");
    playground.until_done();
    playground.press(KeyCode::Char('p'));
    control(&mut playground, 'u');
    playground.type_text(&"being typed ".repeat(8));
    playground.draw();
    playground.press(KeyCode::Up);
    assert!(playground.screen().contains("being typed"), "within the text first");
    for expected in ["second", "first", "first"] {
        playground.press(KeyCode::Up);
        let screen = playground.screen();
        assert!(screen.contains(&format!("│ {expected} ")), "{expected} is not on\n{screen}");
    }
    for _ in 0..2 {
        playground.press(KeyCode::Down);
    }
    assert!(playground.screen().contains("being typed"), "{}", playground.screen());
    for _ in 0..3 {
        playground.press(KeyCode::Up);
    }
    assert_eq!(entered(&mut playground), "first");
    let texts = playground.app.prompts.entries().iter().map(|entry| entry.text.as_str());
    assert_eq!(texts.collect::<Vec<_>>(), ["second", "first"]);
}

#[test]
fn prompts_are_known_in_the_next_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prompts.jsonl");
    let mut playground = editor();
    playground.app.prompts = PromptHistory::open(path.clone());
    playground.type_text("from before");
    entered(&mut playground);
    let mut later = Playground::small();
    later.app.prompts = PromptHistory::open(path);
    later.until_done();
    later.press(KeyCode::Char('p'));
    later.draw();
    later.press(KeyCode::Up);
    assert!(later.screen().contains("│ from before "), "{}", later.screen());
    // Where they cannot be kept it is said, and the run begins all the same.
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    later.app.prompts = PromptHistory::open(taken);
    later.type_text("!");
    assert_eq!(entered(&mut later), "from before!");
    assert!(later.app.notice.as_ref().unwrap().text.contains("prompts are not kept"));
}

#[test]
fn what_was_typed_is_there_again_after_esc() {
    let mut playground = editor();
    playground.type_text("not yet");
    playground.press(KeyCode::Esc);
    assert!(!is_open(&playground));
    assert_eq!(playground.app.prompt, "Once upon a time");
    playground.press(KeyCode::Char('e'));
    playground.type_text("!");
    assert!(playground.screen().contains("│ not yet! "), "{}", playground.screen());
    assert_eq!(entered(&mut playground), "not yet!");
    playground.press(KeyCode::Char('p'));
    assert!(playground.screen().contains("│ not yet! "), "it is the prompt now");
}

#[test]
fn holes_are_chips_and_mistakes_are_said_at_once() {
    let mut playground = editor();
    playground.type_text("Tom had a [[8");
    assert!(playground.screen().contains("[[8 has no end; write a whole hole, as in [[5]]"));
    playground.press(KeyCode::Enter);
    assert!(is_open(&playground), "it waits for the repair");
    playground.type_text("]] and was [[ 3 ]] happy.");
    let buffer = playground.draw();
    let screen = text_of(&buffer);
    assert!(screen.contains("Tom had a  8 tokens  and was  3 tokens  happy."), "{screen}");
    assert!(screen.contains("11 tokens are written into 2 holes"), "{screen}");
    snapshot("prompt-holes-80x24", &buffer);
    for (wrong, says) in [
        ("[[abc]]", "[[abc]] is no hole"),
        ("[[-3]]", "[[-3]] is no hole"),
        ("[[0]]", "can be [[1]] to [[32768]]"),
        ("[[ ]]", "does not say how long the hole is"),
        ("[[9999]]", "[[1023]] is the largest"),
    ] {
        control(&mut playground, 'u');
        playground.type_text(wrong);
        let screen = playground.screen();
        assert!(screen.contains(says), "{says} is not on\n{screen}");
    }
    // What does not fit is not begun, and stays to be put right.
    control(&mut playground, 'u');
    playground.type_text("Tom had [[9999]].");
    let run = playground.app.lane().history.last().unwrap().cells.clone();
    playground.press(KeyCode::Enter);
    assert!(is_open(&playground));
    let screen = playground.screen();
    assert!(screen.contains("is the largest") && screen.contains("9999"), "{screen}");
    assert_eq!(playground.app.phase, Phase::Finished);
    assert_eq!(playground.app.lane().history.last().unwrap().cells, run);
    control(&mut playground, 'u');
    playground.type_text(r"a list \[[1]] of");
    assert!(!playground.screen().contains("is no hole"));
    entered(&mut playground);
    playground.until_done();
    let screen = playground.screen();
    assert!(screen.contains("a list [[1]] of"), "{screen}");
}

#[test]
fn a_wrong_hole_is_refused_with_the_same_words_in_a_run() {
    let mut playground = Playground::small();
    playground.until_done();
    playground.app.prompt = "Tom [[abc]]".into();
    playground.press(KeyCode::Char('r'));
    let Phase::Failed(why) = &playground.app.phase else { panic!("{:?}", playground.app.phase) };
    assert!(why.contains("[[abc]] is no hole; write how many tokens"), "{why}");
}

#[test]
fn a_hole_takes_no_more_passes_than_it_has_use_for() {
    let knobs = &[("sampler", "p2"), ("schedule", "cosine")];
    let mut playground = Playground::open((80, 24), Options { knobs, ..Options::default() });
    playground.until_done();
    let whole = playground.app.lane().history.passes();
    assert!((60..=64).contains(&whole), "{whole}");
    playground.press(KeyCode::Char('p'));
    control(&mut playground, 'u');
    playground.type_text("Tom had a [[8]] and [[3]].");
    playground.press(KeyCode::Enter);
    playground.until(|app| app.phase != Phase::Waiting);
    playground.until_done();
    let hole = playground.app.lane().history.passes();
    assert!((11..=22).contains(&hole), "{hole}");
}

#[test]
fn texts_to_try_are_chosen_by_keys() {
    let mut playground = editor();
    playground.type_text("mine");
    playground.press(KeyCode::Tab);
    let screen = playground.screen();
    assert!(screen.contains("beginnings · continue") && screen.contains("▸ Once upon"), "{screen}");
    snapshot("prompt-list-80x24", &playground.draw());
    let infilling = STORIES.iter().position(|it| it.kind == BeginningKind::Infilling).unwrap();
    for _ in 0..infilling {
        playground.press(KeyCode::Down);
    }
    let screen = playground.screen();
    assert!(screen.contains("Tom had a  8 tokens  and was happy."), "it is shown whole\n{screen}");
    // Into the editor, and back to what was typed.
    playground.press(KeyCode::Tab);
    assert!(playground.screen().contains("8 tokens are written into the hole"));
    playground.press(KeyCode::Up);
    assert!(playground.screen().contains("│ mine "), "{}", playground.screen());
    playground.press(KeyCode::Tab);
    playground.press(KeyCode::Esc);
    assert!(playground.screen().contains("│ mine "), "{}", playground.screen());
    playground.press(KeyCode::Tab);
    playground.press(KeyCode::End);
    let screen = playground.screen();
    assert!(screen.contains("enter repairs it") && screen.contains(" text to repair "), "{screen}");
    let last = &STORIES[STORIES.len() - 1];
    assert_eq!(entered(&mut playground), last.text);
    playground.until(|app| app.phase != Phase::Waiting);
    playground.until_done();
    assert_eq!(playground.app.prompt_kind, PromptKind::Draft);
    let first = playground.app.lane().history.frame(0).unwrap();
    let (open, answer) = (first.open(), first.answer());
    assert_eq!(open, (0.3 * answer as f64).round() as usize, "the share that the knob says");
    // What was typed and left for it is not lost.
    let known = playground.app.prompts.entries().iter().map(|entry| entry.text.as_str());
    assert_eq!(known.collect::<Vec<_>>(), ["mine", &last.text]);
}

#[test]
fn a_text_of_ones_own_can_be_repaired() {
    let mut playground = editor();
    control(&mut playground, 't');
    let screen = playground.screen();
    assert!(screen.contains("there is no text to repair; type or paste one"), "{screen}");
    playground.press(KeyCode::Enter);
    assert!(is_open(&playground));
    playground.type_text("The cat [[sat]] on the mat and was happy.");
    let screen = playground.screen();
    assert!(screen.contains("30 % of it becomes noise and"), "{screen}");
    assert!(screen.contains("cat [[sat]] on"), "brackets are text there\n{screen}");
    entered(&mut playground);
    playground.until(|app| app.phase != Phase::Waiting);
    playground.until_done();
    let noised = playground.app.lane().history.frame(0).unwrap();
    assert_eq!(noised.answer(), noised.cells.len() - 1, "all but the sign in front may change");
    assert!(noised.open() > 0 && noised.open() < noised.answer() / 2);
    // The next prompt is one again.
    playground.press(KeyCode::Char('p'));
    control(&mut playground, 't');
    control(&mut playground, 'u');
    playground.type_text("One day");
    entered(&mut playground);
    assert_eq!(playground.app.prompt_kind, PromptKind::Text);
}

#[test]
fn the_mouse_puts_the_cursor_and_picks_a_text() {
    let mut playground = editor_at((120, 40));
    playground.type_text("one two");
    let screen = playground.screen();
    assert!(screen.contains("infillings · fill"), "in sight where there is room\n{screen}");
    let place = |screen: &str, text: &str| -> (u16, u16) {
        let rows = screen.lines().enumerate();
        let mut found = rows.filter_map(|(row, line)| {
            let column = line.find(text)?;
            Some((line[..column].chars().count() as u16, row as u16))
        });
        found.next().unwrap_or_else(|| panic!("{text} is not on\n{screen}"))
    };
    let (column, row) = place(&screen, "two");
    playground.click(column, row);
    playground.type_text("and ");
    assert!(playground.screen().contains("one and two"));
    let (column, row) = place(&screen, "Lily had a box");
    playground.mouse(MouseEventKind::ScrollDown, column, row);
    assert!(playground.screen().contains("▸ One day, a little"), "{}", playground.screen());
    let screen = playground.screen();
    let (column, row) = place(&screen, "Ben and his mom");
    playground.click(column, row);
    assert_eq!(entered(&mut playground), "Ben and his mom wanted to bake a big cake.");
}

/// As the editor draws itself where the screen below may need more.
#[test]
fn it_works_from_40_columns_on_in_every_look() {
    for (size, depth) in [((40, 12), ColorDepth::True), ((80, 24), ColorDepth::None)] {
        let mut playground = Playground::open(
            (80, 24),
            Options { glyphs: &ASCII, depth, prompt: "na\u{ef}ve [[8]] \t", ..Options::default() },
        );
        playground.until_done();
        playground.press(KeyCode::Char('p'));
        for browses in [false, true] {
            if browses {
                playground.press(KeyCode::Tab);
            }
            let app = &playground.app;
            let editor = app.overlay::<PromptEditor>().unwrap();
            let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
            let draw = |frame: &mut ratatui::Frame<'_>| {
                let size = editor.size(app, frame.area().as_size());
                assert!(size.width <= frame.area().width && size.height <= frame.area().height);
                editor.draw(
                    frame,
                    app,
                    Rect::new(1, 1, size.width - 2, size.height - 2),
                    &mut HitMap::default(),
                );
            };
            terminal.draw(draw).unwrap();
            let screen = text_of(terminal.backend().buffer());
            assert!(screen.is_ascii(), "{screen}");
            let expected = if browses { "> Once upon a time" } else { "na?ve  8 tokens  >" };
            assert!(screen.contains(expected), "{screen}");
        }
    }
}
