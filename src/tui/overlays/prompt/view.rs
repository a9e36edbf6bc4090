//! What the prompt editor looks like: where its parts stand, and what is said below the text.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use super::PromptEditor;
use super::wrapped_text::{Unit, UnitLook, WrappedText};
use crate::beginnings::BeginningKind;
use crate::diffusion::noise::STRENGTH;
use crate::prompt::PromptKind;
use crate::tasks::Task;
use crate::tui::app::App;
use crate::tui::view::KeyHint;

/// From so many rows of the screen on the texts to try are always in sight.
const TALL: u16 = 34;
/// Lines for what is said, at the least: what is in sight does not move for every sentence.
const MESSAGE: u16 = 2;
/// Lines of the text, at the least.
const TEXT: u16 = 4;
/// The list is not shown with fewer rows, unless the keys are its.
const LIST: u16 = 5;

/// What a person may type for a prompt of a model that was trained for no task.
const OF_A_STORY: &str =
    "what the text begins with. [[12]] is a hole of 12 tokens: Tom had a [[8]] and was happy.";

/// Where the parts of the editor stand, and which lines of the text are in sight.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EditorParts {
    pub screen: Size,
    pub text: Rect,
    pub list: Rect,
    /// Lines of the text above the window.
    pub top: usize,
}

impl PromptEditor {
    /// Columns and rows of the frame on such a screen.
    pub(super) fn frame_size(&self, app: &App, screen: Size) -> Size {
        let width =
            if screen.width < 64 { screen.width } else { (screen.width * 3 / 4).clamp(60, 96) };
        self.drawn.set(EditorParts { screen, ..self.drawn.get() });
        let inner = width.saturating_sub(4);
        let wrapped = self.wrapped(inner);
        let lines = self.text_rows(&wrapped);
        let message = self.message_rows(app, &wrapped, inner);
        let list = if self.lists() { self.list.height() as u16 + 1 } else { 0 };
        let most = if screen.height < 16 { screen.height } else { screen.height - 2 };
        Size::new(width, lines.saturating_add(message + list + 2).min(most))
    }

    /// Rows that the text would take; the same for all texts to try, so that the list stands still.
    fn text_rows(&self, wrapped: &WrappedText) -> u16 {
        let lines = if self.browses() { 0 } else { wrapped.lines.len() };
        u16::try_from(lines).unwrap_or(u16::MAX).max(TEXT)
    }

    fn message_rows(&self, app: &App, wrapped: &WrappedText, width: u16) -> u16 {
        rows_of(&self.message(app, wrapped).0, width.into()).max(MESSAGE)
    }

    /// Whether the texts to try are to be shown.
    fn lists(&self) -> bool {
        self.browses() || self.drawn.get().screen.height >= TALL
    }

    /// Text, message and list; the list has no rows where it is not shown.
    fn areas(&self, app: &App, inside: Rect) -> [Rect; 3] {
        let inside = inside.inner(Margin::new(1, 0));
        let wrapped = self.wrapped(inside.width);
        let height = inside.height;
        let message = self.message_rows(app, &wrapped, inside.width).min(height.saturating_sub(1));
        let rest = height - message;
        let list = match (self.browses(), self.lists()) {
            // Where there is no room for both, the list.
            (true, _) if rest < TEXT + 1 + LIST => rest,
            (true, _) => rest - TEXT - 1,
            (false, true) => rest.saturating_sub(self.text_rows(&wrapped).saturating_add(1)),
            (false, false) => 0,
        };
        let list = if list >= LIST || self.browses() { list } else { 0 };
        let gap = u16::from(list > 0 && list < rest);
        let parts = [
            Constraint::Fill(1),
            Constraint::Length(message),
            Constraint::Length(gap),
            Constraint::Length(list),
        ];
        let [text, message, _, list] = Layout::vertical(parts).areas(inside);
        [text, message, list]
    }

    pub(super) fn draw_parts(&self, frame: &mut Frame<'_>, app: &App, inside: Rect) {
        let [text, message, list] = self.areas(app, inside);
        let wrapped = self.wrapped(text.width);
        let top = self.scroll(&wrapped, text.height.into());
        self.drawn.set(EditorParts { text, list, top, ..self.drawn.get() });
        self.draw_text(frame, app, text, &wrapped);
        let (words, style) = self.message(app, &wrapped);
        frame.render_widget(Paragraph::new(words).style(style).wrap(Wrap { trim: true }), message);
        self.list.draw(frame, app, list);
    }

    /// Lines above the window: as before, but that the cursor is in sight.
    fn scroll(&self, wrapped: &WrappedText, height: usize) -> usize {
        let (line, _) = wrapped.cursor;
        let least = (line + 1).saturating_sub(height);
        let last = wrapped.lines.len().saturating_sub(height);
        self.drawn.get().top.clamp(least, line.max(least)).min(last)
    }

    fn draw_text(&self, frame: &mut Frame<'_>, app: &App, area: Rect, wrapped: &WrappedText) {
        let height = usize::from(area.height);
        let top = self.drawn.get().top;
        let shown = wrapped.lines.iter().enumerate().skip(top).take(height);
        for ((index, line), y) in shown.zip(area.y..) {
            let mut spans = Vec::new();
            let cursor = (index == wrapped.cursor.0 && !self.browses()).then_some(wrapped.cursor.1);
            let mut left = 0;
            for unit in &line.units {
                let span = Span::styled(unit.shown.as_str(), look(app, unit));
                let here = cursor == Some(left);
                left += span.width();
                spans.push(if here { span.patch_style(app.theme.cursor) } else { span });
            }
            if cursor.is_some_and(|cursor| cursor >= left) {
                spans.push(Span::styled(" ", app.theme.cursor));
            }
            if self.is_blank() && index == 0 && !self.browses() {
                spans.push(Span::styled(self.placeholder(app), app.theme.quiet));
            }
            frame.render_widget(Line::from(spans), Rect { y, height: 1, ..area });
        }
        let below = top + height < wrapped.lines.len();
        scroll_marks(frame, app, area, top > 0, below);
    }

    fn placeholder(&self, app: &App) -> &'static str {
        match (self.kind, app.task()) {
            (PromptKind::Text, None) => "type how the story begins",
            (PromptKind::Text, Some(_)) => "type or paste a prompt",
            (PromptKind::Draft, _) => "type or paste a text to repair",
        }
    }

    /// What is said below the text: what is wrong with it, or what will become of it.
    fn message(&self, app: &App, wrapped: &WrappedText) -> (String, Style) {
        let strength = app.lane().settings.get(&STRENGTH) * 100.0;
        let repair =
            format!("{strength:.0} % of it becomes noise and is written anew (knob strength)");
        if let Some(beginning) = self.list.beginning() {
            let what = match beginning.kind {
                BeginningKind::Continuation => "a beginning: the model goes on from it".to_owned(),
                BeginningKind::Infilling => "an infilling: the model fills the holes".to_owned(),
                BeginningKind::Repair => format!("a repair: {repair}"),
            };
            return (what, app.theme.quiet);
        }
        // Nothing was typed yet: it is said what may be.
        let begins = self.kind == PromptKind::Text && self.is_blank();
        if let Some(mistake) = self.mistake(app, wrapped).filter(|_| !begins) {
            return (mistake, app.theme.error);
        }
        let holes: Vec<usize> = wrapped.parts.holes().collect();
        let what = match (self.kind, &holes[..]) {
            (PromptKind::Draft, _) => format!("a text to repair: {repair}"),
            (_, []) => app.task().map_or(OF_A_STORY, Task::prompt_help).to_owned(),
            (_, [1]) => "1 token is written into the hole, nothing behind the text".to_owned(),
            (_, [hole]) => {
                format!("{hole} tokens are written into the hole, nothing behind the text")
            }
            (_, holes) => format!(
                "{} tokens are written into {} holes, nothing behind the text",
                holes.iter().sum::<usize>(),
                holes.len()
            ),
        };
        (what, app.theme.quiet)
    }

    /// The keys, the most needed ones first; how it is left stands last, and in any case.
    pub(super) fn keys(&self, app: &App) -> Vec<KeyHint> {
        let arrows = if app.glyphs.ascii_only { "up/down" } else { "↑↓" };
        let (verb, short, other, other_short) = match self.shown_kind() {
            PromptKind::Text => ("denoises it", "denoise", "repairs", "ctrl-t repair"),
            PromptKind::Draft => ("repairs it", "repair", "denoises", "ctrl-t denoise"),
        };
        let enter = KeyHint::key(KeyCode::Enter, verb).or(short);
        if self.browses() {
            return vec![
                enter,
                KeyHint::key(KeyCode::Tab, "edits it first").or("edit"),
                KeyHint::key(KeyCode::Esc, "goes back").or("back"),
            ];
        }
        vec![
            enter,
            KeyHint::key(KeyCode::Tab, "examples"),
            KeyHint::note(format!("{arrows} earlier ones")),
            KeyHint::note(format!("ctrl-t {other} instead")).or(other_short),
            KeyHint::note("alt-enter new line"),
            KeyHint::key(KeyCode::Esc, "keeps it for later").or("close"),
        ]
    }
}

/// Rows that `words` take where they are wrapped in `width` columns.
fn rows_of(words: &str, width: usize) -> u16 {
    let (mut rows, mut used) = (1, 0);
    for word in words.split(' ').map(UnicodeWidthStr::width) {
        if used > 0 && used + 1 + word > width {
            rows += 1;
            used = 0;
        }
        used += word + usize::from(used > 0);
    }
    rows
}

fn look(app: &App, unit: &Unit) -> Style {
    let theme = &app.theme;
    match unit.look {
        UnitLook::Plain => theme.screen,
        UnitLook::Hole => Style { fg: theme.accent.fg.or(theme.selected.fg), ..theme.selected },
        UnitLook::Mistake => theme.error,
        UnitLook::Escape => theme.quiet,
    }
}

/// Signs at the right edge for what is above and below a window.
pub(super) fn scroll_marks(frame: &mut Frame<'_>, app: &App, area: Rect, above: bool, below: bool) {
    let (up, down) = if app.glyphs.ascii_only { ("^", "v") } else { ("↑", "↓") };
    let Some(x) = area.right().checked_sub(1) else { return };
    let mark = |y: u16| Rect { x, y, width: 1, height: 1 };
    if above && area.height > 0 {
        frame.render_widget(Span::styled(up, app.theme.quiet), mark(area.y));
    }
    if below && area.height > 1 {
        frame.render_widget(Span::styled(down, app.theme.quiet), mark(area.bottom() - 1));
    }
}
