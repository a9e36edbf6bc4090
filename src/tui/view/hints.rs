//! What the footers name: keys of the panes in sight, and in a word what they do, in the order in which they are
//! needed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::panes::panes;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::keymap::key_name;
use crate::tui::panel_focus::Panel;

// Ranks, by tens: the run; the cursor; beginning another run; time; knobs and text; looks; speed.

/// From this rank on a hint is always in sight, behind all others.
pub(super) const ALWAYS: u8 = 100;

/// Actions that one word tells of.
pub(super) struct Hint {
    /// The lower, the sooner it is needed, and the longer it stays where room is scarce.
    rank: u8,
    actions: &'static [Action],
    word: &'static str,
    /// The same where not all has room.
    short: Option<&'static str>,
}

impl Hint {
    pub(super) fn new(rank: u8, actions: &'static [Action], word: &'static str) -> Self {
        Self { rank, actions, word, short: None }
    }

    /// The same, said with `word` where not all that is to be said has room.
    pub(super) fn or(self, word: &'static str) -> Self {
        Self { short: Some(word), ..self }
    }
}

/// What the arrow keys do in the panel that has the focus.
fn of_arrows(panel: Panel) -> [KeyHint; 2] {
    let [vertical, horizontal] = panel.arrows();
    let hint = |keys: [KeyCode; 2], what: &str| KeyHint {
        keys: keys.map(|code| KeyEvent::new(code, KeyModifiers::NONE)).to_vec(),
        ..KeyHint::note(what)
    };
    [
        hint([KeyCode::Up, KeyCode::Down], vertical),
        hint([KeyCode::Left, KeyCode::Right], horizontal),
    ]
}

/// Those that every footer has.
pub(super) fn of_every_footer() -> [Hint; 3] {
    [
        Hint::new(41, &[Action::Palette], "anything"),
        Hint::new(ALWAYS + 1, &[Action::Help], "help"),
        Hint::new(ALWAYS + 2, &[Action::Quit], "quit"),
    ]
}

/// A hint as it is drawn: keys, each of which can be clicked, and what they do.
pub struct KeyHint {
    /// Its keys; none for a word about what is shown.
    keys: Vec<KeyEvent>,
    /// What they do.
    what: String,
    /// The same where room is scarce.
    short: Option<&'static str>,
}

impl KeyHint {
    /// What a key does, whatever the keymap says.
    pub fn key(code: KeyCode, what: impl Into<String>) -> Self {
        Self { keys: vec![KeyEvent::new(code, KeyModifiers::NONE)], ..Self::note(what) }
    }

    /// What a letter does together with control, where letters are letters.
    pub fn control(letter: char, what: impl Into<String>) -> Self {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        Self { keys: vec![key], ..Self::note(what) }
    }

    /// A word about what is shown.
    pub fn note(what: impl Into<String>) -> Self {
        Self { keys: Vec::new(), what: what.into(), short: None }
    }

    /// The same, said with `word` where not all that is to be said has room.
    #[must_use]
    pub fn or(self, word: &'static str) -> Self {
        Self { short: Some(word), ..self }
    }

    fn names(&self, app: &App) -> Vec<(KeyEvent, String)> {
        self.keys.iter().map(|key| (*key, signs(app, &key_name(*key)))).collect()
    }

    fn columns(&self, app: &App) -> usize {
        let keys: usize = self.names(app).iter().map(|(_, name)| name.width()).sum();
        keys + self.what.width() + 1 + usize::from(!self.keys.is_empty())
    }
}

/// Draws the hints of all panes in sight, as many as fit; none while something is open, which names its own.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, area: Rect, hits: &mut HitMap) {
    if app.opened.get().is_some() {
        return;
    }
    let panes = panes(app, frame.area());
    let mut hints: Vec<Hint> = panes.iter().flat_map(|(pane, _)| pane.hints(app)).collect();
    let is_missing = |action: &Action| app.recorded && action.needs_model();
    hints.retain(|hint| !hint.actions.iter().any(is_missing));
    hints.sort_by_key(|hint| hint.rank);
    let (shown, last): (Vec<Hint>, Vec<Hint>) =
        hints.into_iter().partition(|hint| hint.rank < ALWAYS);
    let mut shown = with_keys(app, &shown);
    if let Some(panel) = app.panel() {
        // Only one of them can have the arrow keys.
        shown.retain(|hint| !hint.keys.iter().any(is_arrow));
        let run = shown.len().min(1);
        shown.splice(run..run, of_arrows(panel));
    }
    let last = with_keys(app, &last);
    let always = last.len();
    shown.extend(last);
    draw_line(frame, app, area, (shown, always), hits);
}

fn is_arrow(key: &KeyEvent) -> bool {
    key.modifiers == KeyModifiers::NONE
        && matches!(key.code, KeyCode::Up | KeyCode::Down | KeyCode::Left | KeyCode::Right)
}

/// Draws `hints` one behind the other, in short words where not all of them fit, and as many as fit: those in front of
/// the last `always` give way, from the right to the left.
pub(in crate::tui) fn draw_line(
    frame: &mut Frame<'_>,
    app: &App,
    area: Rect,
    (mut hints, always): (Vec<KeyHint>, usize),
    hits: &mut HitMap,
) {
    let room = usize::from(area.width);
    let columns = |hints: &[KeyHint]| -> usize { hints.iter().map(|hint| hint.columns(app)).sum() };
    if columns(&hints) > room {
        for hint in &mut hints {
            hint.what = hint.short.map_or(std::mem::take(&mut hint.what), str::to_owned);
        }
    }
    while columns(&hints) > room && hints.len() > always {
        hints.remove(hints.len() - always - 1);
    }
    // A column more between them where there is one for each.
    let gap = u16::from(columns(&hints) + hints.len() <= room);
    let mut x = area.x;
    let mut put = |text: &str, style: Style, key: Option<KeyEvent>| {
        let spot = Rect::new(x, area.y, text.width() as u16, 1).intersection(area);
        frame.buffer_mut().set_stringn(x, area.y, text, spot.width.into(), style);
        if let Some(key) = key.filter(|_| !spot.is_empty()) {
            hits.note(spot, Hit::Key(key));
        }
        x = x.saturating_add(text.width() as u16).min(area.right());
    };
    for hint in hints {
        put(" ", if hint.keys.is_empty() { app.theme.quiet } else { app.theme.key }, None);
        for (key, name) in hint.names(app) {
            put(&name, app.theme.key, Some(key));
        }
        let space = if hint.keys.is_empty() { "" } else { " " };
        // Of keys that undo each other the word stands for the last.
        put(&format!("{space}{}", hint.what), app.theme.quiet, hint.keys.last().copied());
        put(&" ".repeat(gap.into()), Style::new(), None);
    }
    if gap == 0 {
        // The last word does not touch a frame.
        put(" ", Style::new(), None);
    }
}

/// The hints as they are drawn; what no key does is left out.
fn with_keys(app: &App, hints: &[Hint]) -> Vec<KeyHint> {
    let key = |action: &Action| app.keymap.events(*action).next();
    let hints = hints.iter().map(|hint| KeyHint {
        keys: hint.actions.iter().filter_map(key).collect(),
        short: hint.short,
        ..KeyHint::note(hint.word)
    });
    hints.filter(|hint| !hint.keys.is_empty()).collect()
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
        key => [("left", "←"), ("right", "→"), ("up", "↑"), ("down", "↓")]
            .into_iter()
            .find_map(|(name, sign)| {
                Some(format!("{}-{sign}", key.strip_suffix(name)?.strip_suffix('-')?))
            })
            .unwrap_or_else(|| key.to_owned()),
    }
}
