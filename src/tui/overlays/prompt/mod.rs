//! The prompt editor: text with holes, the prompts of before, and texts to try.

mod beginning_list;
mod enter;
mod pages;
mod view;
mod wrapped_text;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui_textarea::{CursorMove, TextArea};

use super::{Answer, Overlay};
use crate::beginnings;
use crate::prompt::{PromptEntry, PromptKind, PromptParts};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::glyphs::Glyphs;
use crate::tui::hit_map::HitMap;
use crate::tui::mouse::{Gesture, Mouse};
use crate::tui::view::KeyHint;
use beginning_list::BeginningList;
use enter::HeldEnter;
use pages::Pages;
use view::EditorParts;
use wrapped_text::{Place, Source, WrappedText};

/// The prompt as it is being edited.
pub struct PromptEditor {
    text: TextArea<'static>,
    kind: PromptKind,
    /// What stood there when it was opened.
    opened_with: PromptEntry,
    pages: Pages,
    list: BeginningList,
    enter: HeldEnter,
    /// Cells that the cursor has in front of it on its way up and down, also where a line is too short.
    goal: Option<usize>,
    glyphs: &'static Glyphs,
    /// For the mouse, and for what goes by lines.
    drawn: Cell<EditorParts>,
    /// Why the models cannot take the text that is told beside it: asked once a text, and not for every frame.
    objection: RefCell<Option<(PromptEntry, Option<String>)>>,
}

impl PromptEditor {
    fn new(app: &App) -> Self {
        let now = PromptEntry { kind: app.prompt_kind, text: app.prompt.clone() };
        let mut editor = Self {
            text: TextArea::default(),
            kind: now.kind,
            opened_with: now.clone(),
            pages: Pages::new(app.prompts.entries(), now.clone()),
            list: BeginningList { texts: beginnings::of(app.task()), chosen: None },
            enter: HeldEnter::new(app.now),
            goal: None,
            glyphs: app.glyphs,
            drawn: Cell::default(),
            objection: RefCell::default(),
        };
        editor.show(&now);
        editor
    }

    fn show(&mut self, entry: &PromptEntry) {
        self.text = TextArea::new(entry.text.split('\n').map(str::to_owned).collect());
        self.text.move_cursor(CursorMove::Bottom);
        self.text.move_cursor(CursorMove::End);
        self.kind = entry.kind;
        self.goal = None;
    }

    fn entry(&self) -> PromptEntry {
        PromptEntry { kind: self.kind, text: self.text.lines().join("\n") }
    }

    fn is_blank(&self) -> bool {
        self.text.lines().iter().all(String::is_empty)
    }

    /// Whether the keys are those of the list of texts to try.
    fn browses(&self) -> bool {
        self.list.chosen.is_some()
    }

    /// What becomes of the text that is shown.
    fn shown_kind(&self) -> PromptKind {
        self.list.beginning().map_or(self.kind, |beginning| beginning.kind.prompt_kind())
    }

    /// What is shown as the text, in lines of `width` columns.
    fn wrapped(&self, width: u16) -> WrappedText {
        let glyphs = self.glyphs;
        let width = usize::from(width);
        let holes = self.shown_kind() == PromptKind::Text;
        if let Some(beginning) = self.list.beginning() {
            let rows: Vec<String> = beginning.text.split('\n').map(str::to_owned).collect();
            return WrappedText::new(&Source { rows: &rows, cursor: None, holes, glyphs }, width);
        }
        let cursor = Some((self.text.cursor().0, self.text.cursor().1));
        WrappedText::new(&Source { rows: self.text.lines(), cursor, holes, glyphs }, width)
    }

    /// Why it cannot be denoised as it is.
    fn mistake(&self, app: &App, wrapped: &WrappedText) -> Option<String> {
        if self.kind == PromptKind::Draft && self.is_blank() {
            return Some("there is no text to repair; type or paste one".to_owned());
        }
        let mistake = wrapped.parts.mistake.as_ref().map(|mistake| mistake.message.clone());
        mistake.or_else(|| self.objection(app))
    }

    /// Why the models cannot take it.
    fn objection(&self, app: &App) -> Option<String> {
        let entry = self.entry();
        let mut known = self.objection.borrow_mut();
        match &*known {
            Some((of, why)) if *of == entry => why.clone(),
            _ => {
                let why = app.objection_to(&entry);
                *known = Some((entry, why.clone()));
                why
            }
        }
    }

    /// Begins a run with it; where something is wrong with it, goes there. A text that the models cannot take stays,
    /// and why is said below it.
    fn submit(&mut self) -> Answer {
        let entry = self.entry();
        let mistake = match entry.kind {
            PromptKind::Text => PromptParts::of(&entry.text).mistake,
            PromptKind::Draft if self.is_blank() => return Answer::Stay,
            PromptKind::Draft => None,
        };
        if let Some(mistake) = mistake {
            let before = &entry.text[..mistake.span.end];
            let row = before.matches('\n').count();
            let column = before.rsplit('\n').next().unwrap_or(before).chars().count();
            self.jump((row, column));
            return Answer::Stay;
        }
        Answer::close_then(|app| {
            if app.objection_to(&entry).is_some() {
                return app.edit_prompt();
            }
            app.kept_prompt = None;
            app.remember(entry.clone());
            app.start_with(entry);
        })
    }

    /// Begins a run with the text of the list that is under the cursor.
    fn submit_beginning(&mut self) -> Answer {
        let Some(beginning) = self.list.beginning() else { return Answer::Stay };
        let typed = Some(self.entry()).filter(|typed| *typed != self.opened_with);
        let entry = beginning.entry();
        Answer::close_then(|app| {
            app.kept_prompt = None;
            for entry in typed.into_iter().chain([entry.clone()]) {
                app.remember(entry);
            }
            app.start_with(entry);
        })
    }

    /// Puts a text of the list in the place of what is typed, which is then one up.
    fn take(&mut self, index: usize) {
        let Some(beginning) = self.list.texts.get(index) else { return };
        self.pages.open_new(self.entry());
        self.show(&beginning.entry());
        self.list.chosen = None;
    }

    fn jump(&mut self, (row, column): Place) {
        let narrow = |index: usize| u16::try_from(index).unwrap_or(u16::MAX);
        self.text.move_cursor(CursorMove::Jump(narrow(row), narrow(column)));
    }

    /// Goes down that many lines as they are shown, or up; whether there were any.
    fn go_lines(&mut self, lines: isize) -> bool {
        let wrapped = self.wrapped(self.drawn.get().text.width);
        let (line, cell) = wrapped.cursor;
        let to = line.saturating_add_signed(lines).min(wrapped.lines.len().saturating_sub(1));
        if to == line {
            return false;
        }
        let goal = *self.goal.get_or_insert(cell);
        self.jump(wrapped.place_at(to, goal));
        true
    }

    /// A line up (-1) or down (1); from the first and the last one to the prompts before and after.
    fn go(&mut self, direction: isize) {
        if self.go_lines(direction) {
            return;
        }
        let left = self.entry();
        if let Some(page) = self.pages.turn(left, direction).cloned() {
            self.show(&page);
            if direction < 0 {
                // From where the next one up is one key away.
                let line = self.wrapped(self.drawn.get().text.width).place_at(0, usize::MAX);
                self.jump(line);
            }
        }
    }

    /// Deletes back to the blank before the word, as a shell does.
    fn delete_word(&mut self) {
        let cursor = self.text.cursor();
        let before: Vec<char> = self.text.lines()[cursor.0].chars().take(cursor.1).collect();
        let word = before.iter().rposition(|c| !c.is_whitespace()).unwrap_or(0);
        let start = before[..word].iter().rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1);
        self.jump((cursor.0, start));
        self.text.delete_str(cursor.1 - start);
    }

    fn on_list_key(&mut self, key: KeyEvent) -> Answer {
        let page = isize::try_from(self.drawn.get().list.height / 2).unwrap_or(1).max(1);
        match (key.code, self.list.chosen) {
            (KeyCode::Enter, _) => return self.submit_beginning(),
            (KeyCode::Tab, Some(index)) => self.take(index),
            (KeyCode::Esc | KeyCode::BackTab, _) => self.list.chosen = None,
            (KeyCode::Up | KeyCode::Char('k' | 'p'), _) => self.list.go(-1),
            (KeyCode::Down | KeyCode::Char('j' | 'n'), _) => self.list.go(1),
            (KeyCode::PageUp, _) => self.list.go(-page),
            (KeyCode::PageDown, _) => self.list.go(page),
            (KeyCode::Home, _) => self.list.go(isize::MIN),
            (KeyCode::End, _) => self.list.go(isize::MAX),
            _ => {}
        }
        Answer::Stay
    }

    fn on_text_key(&mut self, key: KeyEvent) -> Answer {
        let control = key.modifiers == KeyModifiers::CONTROL;
        let plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        let vertical = matches!(key.code, KeyCode::Up | KeyCode::Down)
            || matches!(key.code, KeyCode::PageUp | KeyCode::PageDown);
        if !vertical {
            self.goal = None;
        }
        match key.code {
            KeyCode::Esc => return Answer::Close,
            KeyCode::Enter if key.modifiers.is_empty() => {
                return if self.enter.hold() { Answer::Stay } else { self.submit() };
            }
            KeyCode::Tab => self.list.chosen = Some(0),
            KeyCode::Up if plain => self.go(-1),
            KeyCode::Down if plain => self.go(1),
            KeyCode::PageUp | KeyCode::PageDown => {
                let page = isize::try_from(self.drawn.get().text.height).unwrap_or(1).max(1);
                self.go_lines(if key.code == KeyCode::PageUp { -page } else { page });
            }
            KeyCode::Char('p') if control => self.go(-1),
            KeyCode::Char('n') if control => self.go(1),
            KeyCode::Char('t') if control => {
                self.kind = match self.kind {
                    PromptKind::Text => PromptKind::Draft,
                    PromptKind::Draft => PromptKind::Text,
                };
            }
            // As in a shell; the editor's own meaning of it is undo, which few expect.
            KeyCode::Char('u') if control => {
                self.text.delete_line_by_head();
            }
            KeyCode::Char('w') if control && self.text.cursor().1 > 0 => self.delete_word(),
            // A line break that is pasted where the terminal does not mark pastes.
            KeyCode::Char('j') if control => self.text.insert_newline(),
            _ => {
                self.text.input(key);
            }
        }
        if matches!(key.code, KeyCode::Char(_)) {
            self.enter.typed();
        }
        Answer::Stay
    }
}

impl Overlay for PromptEditor {
    fn title(&self) -> String {
        match self.shown_kind() {
            PromptKind::Text => "prompt".to_owned(),
            PromptKind::Draft => "text to repair".to_owned(),
        }
    }

    fn hints(&self, app: &App) -> Vec<KeyHint> {
        self.keys(app)
    }

    fn size(&self, app: &App, screen: Size) -> Size {
        self.frame_size(app, screen)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, _: &mut HitMap) {
        self.draw_parts(frame, app, inside);
    }

    /// In the editor letters are letters; only keys with a modifier keep their meaning.
    fn on_key(&mut self, key: KeyEvent, _: Option<Action>) -> Answer {
        let control = key.modifiers == KeyModifiers::CONTROL;
        if control && matches!(key.code, KeyCode::Char('c' | 'z')) {
            return Answer::Pass;
        }
        if self.enter.was_pasted() {
            if !matches!(key.code, KeyCode::Char(_) | KeyCode::Enter | KeyCode::Tab) {
                return self.submit();
            }
            self.text.insert_newline();
            self.enter.typed();
        }
        if self.browses() { self.on_list_key(key) } else { self.on_text_key(key) }
    }

    fn on_paste(&mut self, text: &str) -> Answer {
        self.list.chosen = None;
        self.goal = None;
        // Terminals say "carriage return" for a line break that is pasted, as for one that is typed.
        self.text.insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
        Answer::Stay
    }

    fn on_mouse(&mut self, mouse: Mouse) -> Answer {
        let EditorParts { text, list, top, .. } = self.drawn.get();
        let here = mouse.at;
        let wheel = match mouse.gesture {
            Gesture::Wheel(direction) => -direction as isize,
            Gesture::Press => 0,
            Gesture::Drag => return Answer::Stay,
        };
        self.goal = None;
        if list.contains(here) {
            let row = usize::from(here.y - list.y);
            match self.list.at(row, list.height.into()) {
                Some(index) if wheel == 0 => self.take(index),
                _ if wheel != 0 => {
                    self.list.chosen.get_or_insert(0);
                    self.list.go(wheel);
                }
                _ => {}
            }
        } else if text.contains(here) && !self.browses() {
            if wheel == 0 {
                let line = top + usize::from(here.y - text.y);
                let place = self.wrapped(text.width);
                self.jump(place.place_at(line, usize::from(here.x - text.x)));
            } else {
                self.go_lines(wheel);
            }
        }
        Answer::Stay
    }

    fn on_time(&mut self, now: Duration) -> Answer {
        if self.enter.advance(now) { self.submit() } else { Answer::Stay }
    }

    fn awaits(&self) -> bool {
        self.enter.waits()
    }

    /// What was typed is there again the next time.
    fn leave(mut self: Box<Self>, app: &mut App) {
        if self.entry() != self.opened_with {
            self.list.chosen = None;
            app.kept_prompt = Some(self);
        }
    }
}

impl App {
    pub(in crate::tui) fn edit_prompt(&mut self) {
        match self.kept_prompt.take() {
            Some(mut kept) => {
                kept.enter = HeldEnter::new(self.now);
                kept.objection.take();
                self.open(*kept);
            }
            None => self.open(PromptEditor::new(self)),
        }
    }
}
