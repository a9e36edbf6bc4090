//! Texts of a task whose texts are code: their lines and colours, while half of them is noise.

use crossterm::event::KeyCode;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;
use remask::tasks::exam::EXAM_SEED;
use remask::tasks::python::Python;
use remask::tasks::{Split, Task};
use remask::tui::app::Phase;
use remask::tui::glyphs::ASCII;
use remask::tui::highlight::SyntaxClass;
use remask::tui::theme::{ColorDepth, ThemeFolder};

use crate::support::harness::{Options, Playground, text_of};
use crate::support::snapshots::snapshot;
use crate::support::{ScriptedModel, stories};

/// What is given.
const HEADER: &str = "def count_words(text: str, least: int = 3) -> dict[str, int]:\n    \
                      \"\"\"Count the words of the text that have at least so many letters.\"\"\"";

/// What the model has in mind behind it.
const BODY: &str = r#"
    counts = {}
    for word in text.lower().split():
        # Marks at its ends are no letters.
        word = word.strip(".,;!?")
        if len(word) >= least and word is not None:
            counts[word] = counts.get(word, 0) + 1
    return counts

assert count_words("A cat, a dog, one dog.") == {"cat": 1, "dog": 2, "one": 1}"#;

/// A playground whose model writes [`BODY`] behind [`HEADER`].
fn opened(size: (u16, u16), options: Options) -> Playground {
    written(HEADER, BODY, size, options)
}

/// A playground whose model writes `body` behind `header`.
fn written(header: &str, body: &str, size: (u16, u16), options: Options) -> Playground {
    let tokens = |text: &str| stories().tokenizer().encode(text).unwrap().len();
    let whole = format!("{header}{body}");
    let hole = tokens(&whole) - tokens(header);
    let prompt: &'static str = Box::leak(format!("{header}[[{hole}]]").into_boxed_str());
    let model = Box::new(ScriptedModel::of(&whole));
    let knobs = &[("sampler", "low-confidence"), ("steps", "24"), ("temperature", "0")];
    let options = Options { task: Some("python"), model, knobs, prompt, ..options };
    let mut playground = Playground::open(size, options);
    playground.until_done();
    playground
}

fn half_noise(playground: &mut Playground) -> Buffer {
    playground.app.lane_mut().ended_at = None;
    playground.app.go_to(9);
    playground.draw()
}

/// The cells of the first place where `text` stands.
fn cells<'a>(buffer: &'a Buffer, text: &str) -> &'a [Cell] {
    let width = usize::from(buffer.area.width);
    let rows = text_of(buffer);
    let found = rows.lines().enumerate().find_map(|(row, line)| {
        let at = line.find(text)?;
        Some(row * width + line[..at].chars().count())
    });
    let at = found.unwrap_or_else(|| panic!("{text:?} is not in\n{rows}"));
    &buffer.content[at..at + text.chars().count()]
}

#[test]
fn a_function_is_run_when_it_is_finished() {
    let problem = Python.problem(EXAM_SEED, Split::HeldOut, 7);
    let wrong = "\n    return None\n";
    for (header, body, expected) in [
        (
            problem.prompt.as_str(),
            problem.answer.as_str(),
            "passes the asserts that it was not shown; done in ",
        ),
        (&problem.prompt, wrong, "fails the asserts that it was not shown, is Python; done in "),
        // No right answer is known here.
        (HEADER, BODY, "is Python, and agrees with its asserts; done in "),
        (HEADER, "\n    counts = (\n", "is not Python: line "),
    ] {
        let mut playground = written(header, body, (120, 40), Options::default());
        let screen = playground.screen();
        assert!(screen.contains(expected), "{expected} is not in\n{screen}");
    }
}

#[test]
fn screens_of_code() {
    for size in [(80, 24), (120, 40), (160, 45)] {
        let name = |state: &str| format!("code-{state}-{}x{}", size.0, size.1);
        let mut playground = opened(size, Options::default());
        snapshot(&name("done"), &playground.draw());
        snapshot(&name("middle"), &half_noise(&mut playground));
    }
}

#[test]
fn screens_of_code_in_a_light_room_and_without_colours() {
    let mut playground = opened((120, 40), Options::default());
    playground.app.theme = ThemeFolder::none().load("light", ColorDepth::True).unwrap();
    snapshot("code-light-120x40", &half_noise(&mut playground));
    let mut playground =
        opened((80, 24), Options { depth: ColorDepth::None, ..Options::default() });
    let buffer = half_noise(&mut playground);
    let plain = |cell: &Cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset);
    assert!(buffer.content.iter().all(plain));
    snapshot("code-no-color-80x24", &buffer);
}

#[test]
fn lines_break_where_the_code_breaks_them_and_nowhere_else() {
    let mut playground = opened((160, 45), Options::default());
    let screen = playground.screen();
    let at = |line: &str| {
        let row = screen.lines().find(|row| row.contains(line));
        let row = row.unwrap_or_else(|| panic!("{line:?} is not in\n{screen}"));
        row[..row.find(line).unwrap()].chars().count()
    };
    let left = at("def count_words");
    for line in format!("{HEADER}{BODY}").lines().filter(|line| !line.is_empty()) {
        let text = line.trim_start();
        assert_eq!(at(text), left + line.len() - text.len(), "{line}");
    }
}

#[test]
fn a_long_line_goes_on_behind_a_sign() {
    for (glyphs, sign) in [(Options::default().glyphs, "↪ "), (&ASCII, "\\ ")] {
        let mut playground = opened((60, 30), Options { glyphs, ..Options::default() });
        let screen = playground.screen();
        assert!(screen.contains(sign), "{screen}");
        assert!(glyphs.ascii_only <= screen.is_ascii());
    }
}

#[test]
fn written_code_has_the_colours_of_its_syntax_and_other_modes_have_their_own() {
    let mut playground = opened((160, 45), Options::default());
    let buffer = playground.draw();
    let theme = &playground.app.theme;
    for (text, class) in [
        ("for", SyntaxClass::Keyword),
        ("# Marks", SyntaxClass::Comment),
        ("\".,;!?\"", SyntaxClass::String),
        ("len", SyntaxClass::Function),
    ] {
        let fg = theme.code(class).fg.unwrap();
        let all = cells(&buffer, text).iter().filter(|cell| cell.symbol() != " ");
        assert!(all.clone().all(|cell| cell.fg == fg), "{text}: {all:?}");
    }
    let one = cells(&buffer, "0) + 1").last().unwrap();
    assert_eq!(Some(one.fg), theme.code(SyntaxClass::Number).fg);
    playground.press(KeyCode::Char('c'));
    let scale = playground.app.theme.on_scale(1.0).fg.unwrap();
    let buffer = playground.draw();
    assert_ne!(
        cells(&buffer, "for")[0].fg,
        playground.app.theme.code(SyntaxClass::Keyword).fg.unwrap()
    );
    assert_eq!(cells(&buffer, "def")[0].fg, playground.app.theme.prompt.fg.unwrap(), "{scale}");
}

#[test]
fn slots_are_slots_and_tokens_can_be_clicked() {
    let mut playground = opened((160, 45), Options::default());
    let buffer = playground.draw();
    let before = text_of(&buffer);
    let row = before.lines().position(|row| row.contains("return counts")).unwrap();
    let line = before.lines().nth(row).unwrap();
    let column = line[..line.find("return").unwrap()].chars().count();
    playground.click(column as u16 + 1, row as u16);
    let token = playground.app.token.unwrap();
    assert!(playground.app.frame().unwrap().cells[token].written_at.is_some());
    playground.press(KeyCode::Esc);
    playground.press(KeyCode::Char('w'));
    assert!(!playground.screen().contains("return counts"), "{}", playground.screen());
}

#[test]
fn any_text_is_gone_on_with() {
    for text in ["\u{1b}[31m )))}} 日本 '''", "one\n\ttwo\n   \"\"\"", ""] {
        let mut playground = opened((80, 24), Options::default());
        playground.press(KeyCode::Char('p'));
        for _ in 0..40 {
            playground.press_ctrl('u');
            playground.press(KeyCode::Backspace);
        }
        playground.app.on_input(crossterm::event::Event::Paste(text.to_owned()));
        playground.press(KeyCode::Enter);
        playground.until(|app| app.phase == Phase::Running || app.phase == Phase::Finished);
        playground.until_done();
        playground.draw();
    }
}
