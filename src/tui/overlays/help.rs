//! Keys and mouse, by what they are about; what is not looked for can be filtered out.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::finder::cell;
use super::line_editor::{LineEditor, is_of_the_terminal};
use super::{Answer, Overlay, beside_its_own, fitted};
use crate::tui::action::{Action, ActionGroup};
use crate::tui::app::App;
use crate::tui::fuzzy::{FoundEntry, ranked};
use crate::tui::hit_map::{Hit, HitMap};
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::view::{KeyHint, draw_more, signs};

/// Actions that undo each other share a line.
const PAIRS: [(Action, Action, &str); 10] = [
    (Action::Slower, Action::Faster, "show it slower, faster"),
    (Action::TimeBack, Action::TimeForward, "one step back, forward"),
    (Action::TimeStart, Action::TimeEnd, "to the noise, to now"),
    (Action::BranchPrevious, Action::BranchNext, "to another branch"),
    (Action::KnobPrevious, Action::KnobNext, "the knob above, below"),
    (Action::KnobUp, Action::KnobDown, "turn it up, down"),
    (Action::KnobFineUp, Action::KnobFineDown, "turn it a little"),
    (Action::ScrollUp, Action::ScrollDown, "scroll the canvas"),
    (Action::Undo, Action::Redo, "undo, redo by hand"),
    (Action::TokenPrevious, Action::TokenNext, "look along the tokens"),
];

/// What the mouse does.
const MOUSE: [(&str, &str); 8] = [
    ("click", "a key in the last line"),
    ("click", "a knob; again: next word"),
    ("click, drag", "a gauge, the timeline"),
    ("click", "a token: what it could be"),
    ("click", "a lane, to turn its knobs"),
    ("click", "a row of a list"),
    ("click away", "closes what is open"),
    ("wheel", "turn, scroll, or step"),
];

/// Columns of the keys, and of what they do: on 80 columns there is room for two of both.
const KEYS: usize = 12;
const WORDS: usize = 25;
/// Columns of both, with a margin.
const COLUMN: u16 = (1 + KEYS + WORDS) as u16;

/// All keys at once, or those that the filter leaves.
#[derive(Default)]
pub struct Help {
    /// The first line that is shown, or more than there are.
    line: usize,
    /// What is looked for, once that was begun.
    filter: Option<LineEditor>,
    /// Whether letters go to the filter.
    typing: bool,
}

/// A line of the help.
enum HelpLine {
    Title(&'static str),
    Entry { keys: String, events: Vec<KeyEvent>, what: &'static str, found: FoundEntry },
}

impl Overlay for Help {
    fn title(&self) -> String {
        "keys and mouse".to_owned()
    }

    fn hints(&self, _: &App) -> Vec<KeyHint> {
        let esc = if self.filter.is_some() { "shows all" } else { "closes" };
        let mut hints = match self.typing {
            true => vec![KeyHint::key(KeyCode::Enter, "keeps the filter")],
            false => vec![
                KeyHint::key(KeyCode::Char('/'), "filters"),
                KeyHint::note("keys do what they say, if that keeps the text").or("keys do it"),
            ],
        };
        hints.push(KeyHint::key(KeyCode::Esc, esc));
        hints
    }

    /// The same with a filter as without, so that nothing jumps.
    fn size(&self, app: &App, screen: Size) -> Size {
        let columns = (screen.width.saturating_sub(3) / COLUMN).clamp(1, 3);
        let rows = rows(lines(app, "").len(), columns);
        let width = (columns * COLUMN + 3).min(screen.width);
        Size { width, ..fitted(screen, width, rows as u16 + 2) }
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, hits: &mut HitMap) {
        let filter_row = u16::from(self.filter.is_some()).min(inside.height);
        let [top, body] =
            Layout::vertical([Constraint::Length(filter_row), Constraint::Fill(1)]).areas(inside);
        if let Some(filter) = self.filter.as_ref().filter(|_| filter_row > 0) {
            frame.buffer_mut().set_stringn(top.x, top.y, " /", top.width.into(), app.theme.key);
            let place = Rect { x: top.x + 3, width: top.width.saturating_sub(4), ..top };
            filter.draw(frame, app, place.intersection(top), "type what you look for");
        }
        let lines = lines(app, self.query());
        if body.is_empty() {
            return;
        }
        if lines.is_empty() {
            let none = Line::styled(" nothing is called so", app.theme.quiet);
            return frame.render_widget(none, Rect { height: 1, ..body });
        }
        // The last column says that there is more.
        let columns = (body.width.saturating_sub(1) / COLUMN).clamp(1, 3);
        let rows = rows(lines.len(), columns);
        let hidden = rows.saturating_sub(body.height.into());
        hits.note(body, Hit::OverlayText { hidden });
        let from = self.line.min(hidden);
        for (index, line) in lines.iter().enumerate() {
            let (column, row) = ((index / rows) as u16, index % rows);
            let Some(row) = row.checked_sub(from).filter(|row| *row < body.height.into()) else {
                continue;
            };
            let spot = Rect::new(body.x + column * COLUMN, body.y + row as u16, COLUMN, 1);
            draw_help_line(frame, app, spot.intersection(body), line, hits);
        }
        draw_more(frame, app, body, from > 0, from < hidden);
    }

    fn on_drawn(&mut self, hits: &HitMap) {
        self.line = self.line.min(hits.hidden_lines());
    }

    /// What scrolls, scrolls it; a key that does something else closes it, and does that, as long as the text stays.
    fn on_key(&mut self, key: KeyEvent, action: Option<Action>) -> Answer {
        if self.typing {
            return self.on_filter_key(key);
        }
        const PAGE: usize = 10;
        match key.code {
            KeyCode::Char('/') => {
                self.typing = true;
                self.filter.get_or_insert_with(|| LineEditor::new(""));
            }
            KeyCode::Esc if self.filter.is_some() => self.filter = None,
            KeyCode::Up | KeyCode::Char('k') => self.line = self.line.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.line = self.line.saturating_add(1),
            KeyCode::PageUp => self.line = self.line.saturating_sub(PAGE),
            KeyCode::PageDown => self.line = self.line.saturating_add(PAGE),
            KeyCode::Home => self.line = 0,
            KeyCode::End => self.line = usize::MAX,
            _ if action == Some(Action::Help) => return Answer::Close,
            _ => return beside_its_own(key, action),
        }
        Answer::Stay
    }

    fn on_paste(&mut self, text: &str) -> Answer {
        if let Some(filter) = self.filter.as_mut().filter(|_| self.typing) {
            filter.insert(text);
        }
        Answer::Stay
    }

    fn on_mouse(&mut self, mouse: Mouse) -> Answer {
        if let Gesture::Wheel(direction) = mouse.gesture {
            self.line = self.line.saturating_add_signed(-3 * direction as isize);
        }
        Answer::Stay
    }
}

impl Help {
    fn query(&self) -> &str {
        self.filter.as_ref().map_or("", LineEditor::text)
    }

    /// Letters are letters while one types what is looked for.
    fn on_filter_key(&mut self, key: KeyEvent) -> Answer {
        match key.code {
            KeyCode::Esc => (self.filter, self.typing) = (None, false),
            KeyCode::Enter | KeyCode::Up | KeyCode::Down => self.typing = false,
            _ if is_of_the_terminal(key) => return Answer::Pass,
            _ => {
                if let Some(filter) = &mut self.filter {
                    filter.on_key(key);
                }
                self.line = 0;
            }
        }
        Answer::Stay
    }
}

/// Lines of each of so many columns.
fn rows(lines: usize, columns: u16) -> usize {
    lines.div_ceil(columns.into()).max(1)
}

/// The lines that hold `query`: groups with their titles, the mouse behind the keys.
fn lines(app: &App, query: &str) -> Vec<HelpLine> {
    let mut all = Vec::new();
    for group in ActionGroup::ALL {
        let entries = Action::ALL.iter().copied().filter(|action| action.group() == *group);
        let entries = entries.filter(|action| !(app.recorded && action.needs_model()));
        let entries = entries.filter(|action| PAIRS.iter().all(|(_, second, _)| second != action));
        let entries = entries.map(|action| entry(app, action)).collect();
        all.extend(found_in(group.title(), entries, query));
    }
    let mouse = MOUSE.map(|(keys, what)| (keys.to_owned(), Vec::new(), what));
    all.extend(found_in("the mouse", mouse.into(), query));
    all
}

type Keys = (String, Vec<KeyEvent>, &'static str);

/// Keys and words of `action`, and of its pair.
fn entry(app: &App, action: Action) -> Keys {
    let pair = PAIRS.iter().find(|(first, _, _)| *first == action);
    let (actions, what) = match pair {
        Some((first, second, what)) => (vec![*first, *second], *what),
        None => (vec![action], action.help()),
    };
    // Pairs with a key each, so that they fit.
    let most = if pair.is_some() { 1 } else { usize::MAX };
    let events = actions.iter().flat_map(|action| app.keymap.events(*action).take(most)).collect();
    let names = actions.iter().flat_map(|action| app.keymap.keys(*action).take(most));
    let mut names: Vec<String> = names.map(|key| signs(app, &key).trim_end().to_owned()).collect();
    // What is held with both is said once.
    if let [first, second] = names.as_mut_slice()
        && let Some((held, _)) = first.rsplit_once('-')
        && let Some(key) = second.strip_prefix(&format!("{held}-"))
        && !key.is_empty()
    {
        *second = key.to_owned();
    }
    (names.join(" "), events, what)
}

/// The entries of a group that hold `query`, in their order, below its title; all where the title holds it.
fn found_in(title: &'static str, entries: Vec<Keys>, query: &str) -> Vec<HelpLine> {
    let query = if title.contains(&query.trim().to_lowercase()) { "" } else { query };
    let texts = entries.iter().map(|(keys, _, what)| [keys.as_str(), "", *what]);
    let mut found = ranked(query, texts);
    found.sort_by_key(|found| found.index);
    if found.is_empty() {
        return Vec::new();
    }
    let lines = found.into_iter().map(|found| {
        let (keys, events, what) = entries[found.index].clone();
        HelpLine::Entry { keys, events, what, found }
    });
    std::iter::once(HelpLine::Title(title)).chain(lines).collect()
}

/// Draws a line; a click on a key presses it, one on the words the first.
fn draw_help_line(
    frame: &mut Frame<'_>,
    app: &App,
    area: Rect,
    line: &HelpLine,
    hits: &mut HitMap,
) {
    let theme = &app.theme;
    let (keys, events, what, found) = match line {
        HelpLine::Title(title) => {
            return frame.render_widget(Line::styled(format!(" {title}"), theme.title), area);
        }
        HelpLine::Entry { keys, events, what, found } => (keys, events, what, found),
    };
    let words = usize::from(area.width).saturating_sub(1 + KEYS);
    let mut spans = vec![Span::raw(" ")];
    spans.extend(cell(app, keys, KEYS - 1, &found.letters[0], theme.key));
    spans.push(Span::raw(" "));
    spans.extend(cell(app, what, words, &found.letters[2], theme.screen));
    frame.render_widget(Line::from(spans), area);
    let mut x = area.x + 1;
    if let Some(first) = events.first() {
        hits.note(area, Hit::Key(*first));
    }
    for (event, name) in events.iter().zip(keys.split(' ')) {
        let width = name.width() as u16;
        hits.note(Rect::new(x, area.y, width, 1).intersection(area), Hit::Key(*event));
        x = x.saturating_add(width + 1);
    }
}
