//! What the footers name: keys, and in a word what they do, in the order in which they are needed.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::tui::action::Action;
use crate::tui::app::{App, Phase};
use crate::tui::display::SPEED;

/// Actions that one word tells of.
struct Hint(&'static [Action], &'static str);

/// Those of the main screen.
const MAIN: &[Hint] = &[
    Hint(&[Action::KnobPrevious, Action::KnobNext], "knob"),
    Hint(&[Action::KnobDown, Action::KnobUp], "turn"),
    Hint(&[Action::Restart], "again"),
    Hint(&[Action::EditPrompt], "prompt"),
    Hint(&[Action::Race], "race"),
    Hint(&[Action::Compare], "compare"),
    Hint(&[Action::TimeBack, Action::TimeForward], "time"),
    Hint(&[Action::Presets], "presets"),
    Hint(&[Action::Sweep], "sweep"),
    Hint(&[Action::Repair], "repair"),
    Hint(&[Action::ColorMode], "colours"),
    Hint(&[Action::LaneNext], "token"),
    Hint(&[Action::Layout], "layout"),
];
/// Those of lanes side by side.
const SIDE_BY_SIDE: &[Hint] = &[
    Hint(&[Action::LaneNext], "lane"),
    Hint(&[Action::KnobDown, Action::KnobUp], "turn"),
    Hint(&[Action::Restart], "again"),
    Hint(&[Action::Order], "order"),
    Hint(&[Action::Why], "why"),
    Hint(&[Action::LaneAdd], "more"),
    Hint(&[Action::LaneDrop], "less"),
    Hint(&[Action::LaneAlone], "alone"),
    Hint(&[Action::TimeBack, Action::TimeForward], "time"),
    Hint(&[Action::KnobPrevious, Action::KnobNext], "knob"),
    Hint(&[Action::EditPrompt], "prompt"),
    Hint(&[Action::Presets], "presets"),
];
/// Those that are always in sight, behind all others.
const ALWAYS: &[Hint] = &[Hint(&[Action::Help], "help"), Hint(&[Action::Quit], "quit")];

/// The line of the main screen.
pub(super) fn main_line<'a>(app: &App, width: u16) -> Line<'a> {
    let first: &[Hint] = match app.phase {
        Phase::Running => &[Hint(&[Action::Pause], "pause")],
        Phase::Paused => &[Hint(&[Action::Pause], "go on"), Hint(&[Action::StepOnce], "step")],
        _ => &[Hint(&[Action::NewSeed], "new seed")],
    };
    let speed = Hint(&[Action::Slower, Action::Faster], app.display.get(&SPEED).word());
    line(app, first.iter().chain(MAIN).chain([&speed]), ALWAYS.iter(), width)
}

/// The line below lanes that stand side by side.
pub(super) fn side_by_side_line<'a>(app: &App, width: u16) -> Line<'a> {
    let back = Hint(&[Action::Close], "back");
    line(app, SIDE_BY_SIDE.iter(), [&back].into_iter().chain(ALWAYS), width)
}

/// As many of `hints` as fit `width` columns beside the `last`, which are always there.
fn line<'a, 'h>(
    app: &App,
    hints: impl Iterator<Item = &'h Hint>,
    last: impl Iterator<Item = &'h Hint>,
    width: u16,
) -> Line<'a> {
    let columns = |hints: &[(String, &str)]| -> usize {
        hints.iter().map(|(key, what)| key.width() + what.width() + 2).sum()
    };
    let (mut shown, last) = (with_keys(app, hints), with_keys(app, last));
    let room = usize::from(width).saturating_sub(columns(&last));
    while columns(&shown) > room {
        shown.pop();
    }
    shown.extend(last);
    // A column more between them where there is one for each.
    let gap = usize::from(columns(&shown) + shown.len() <= usize::from(width));
    let mut spans: Vec<Span<'_>> = Vec::new();
    for (key, what) in shown {
        spans.push(Span::styled(format!(" {key}"), app.theme.key));
        spans.push(Span::styled(format!(" {what}"), app.theme.quiet));
        spans.push(Span::raw(" ".repeat(gap)));
    }
    Line::from(spans)
}

/// The keys as they are shown; what no key does is left out.
fn with_keys<'h>(app: &App, hints: impl Iterator<Item = &'h Hint>) -> Vec<(String, &'static str)> {
    let key = |action: &Action| signs(app, &app.keymap.key(*action));
    let hints = hints.map(|Hint(actions, word)| (actions.iter().map(key).collect(), *word));
    hints.filter(|(keys, _): &(String, _)| !keys.is_empty()).collect()
}

/// Arrow keys as arrows, where the terminal has them.
pub(in crate::tui) fn signs(app: &App, key: &str) -> String {
    if app.glyphs.ascii_only {
        return match key {
            "left" | "right" | "up" | "down" => format!("{key} "),
            key => key.to_owned(),
        };
    }
    match key {
        "left" => "←".into(),
        "right" => "→".into(),
        "up" => "↑".into(),
        "down" => "↓".into(),
        "pageup" => "pgup".into(),
        "pagedown" => "pgdn".into(),
        key => key.replace("-left", "-←").replace("-right", "-→"),
    }
}
