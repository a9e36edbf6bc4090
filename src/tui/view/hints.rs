//! What the footers name: keys of the panes in sight, and in a word what they do, in the order in which they are
//! needed.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::panes::panes;
use crate::tui::action::Action;
use crate::tui::app::App;

// Ranks, by tens: the run; the cursor; beginning another run; time; knobs and text; looks; speed.

/// From this rank on a hint is always in sight, behind all others.
pub(super) const ALWAYS: u8 = 100;

/// Actions that one word tells of.
pub(super) struct Hint {
    /// The lower, the sooner it is needed, and the longer it stays where room is scarce.
    rank: u8,
    actions: &'static [Action],
    word: &'static str,
}

impl Hint {
    pub(super) fn new(rank: u8, actions: &'static [Action], word: &'static str) -> Self {
        Self { rank, actions, word }
    }
}

/// Those that every footer has.
pub(super) fn of_every_footer() -> [Hint; 2] {
    [Hint::new(ALWAYS + 1, &[Action::Help], "help"), Hint::new(ALWAYS + 2, &[Action::Quit], "quit")]
}

/// The hints of all panes on a `screen`, as many as fit `width` columns.
pub(super) fn line<'a>(app: &App, screen: Rect, width: u16) -> Line<'a> {
    let panes = panes(app, screen);
    let mut hints: Vec<Hint> = panes.iter().flat_map(|(pane, _)| pane.hints(app)).collect();
    hints.sort_by_key(|hint| hint.rank);
    let (shown, last): (Vec<Hint>, Vec<Hint>) =
        hints.into_iter().partition(|hint| hint.rank < ALWAYS);
    let columns = |hints: &[(String, &str)]| -> usize {
        hints.iter().map(|(key, what)| key.width() + what.width() + 2).sum()
    };
    let (mut shown, last) = (with_keys(app, &shown), with_keys(app, &last));
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
fn with_keys(app: &App, hints: &[Hint]) -> Vec<(String, &'static str)> {
    let key = |action: &Action| signs(app, &app.keymap.key(*action));
    let hints = hints.iter().map(|hint| (hint.actions.iter().map(key).collect(), hint.word));
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
