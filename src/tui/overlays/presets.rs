//! Choosing named settings.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

use super::finder::cell;
use super::list::ListCursor;
use super::{Answer, Overlay, fitted};
use crate::diffusion::parts::schedule::STEPS;
use crate::presets::{self, Preset};
use crate::tui::action::Action;
use crate::tui::app::{App, Notice};
use crate::tui::hit_map::HitMap;
use crate::tui::mouse::Mouse;
use crate::tui::view::KeyHint;
use crate::visible;

/// Rows below the list, for the one under the cursor.
const ABOUT: u16 = 5;

/// The named settings, and which one is under the cursor.
pub struct PresetList {
    all: Vec<Preset>,
    list: ListCursor,
}

impl Overlay for PresetList {
    fn title(&self) -> String {
        "presets".to_owned()
    }

    fn hints(&self, app: &App) -> Vec<KeyHint> {
        vec![
            KeyHint::key(KeyCode::Enter, "writes with it").or("use"),
            KeyHint::action(app, Action::SavePreset, "keeps yours").or("keep"),
            KeyHint::key(KeyCode::Esc, "leaves the knobs as they are").or("close"),
        ]
    }

    fn size(&self, _: &App, screen: Size) -> Size {
        fitted(screen, 92, self.all.len() as u16 + ABOUT + 2)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, hits: &mut HitMap) {
        let [list, about] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(ABOUT)]).areas(inside);
        let longest = self.all.iter().map(|preset| preset.name.chars().count()).max().unwrap_or(0);
        self.list.draw(frame, app, (list, self.all.len()), hits, |index, width, base| {
            preset_line(app, &self.all[index], (longest, width), base)
        });
        if let Some(preset) = self.all.get(self.list.at) {
            let inside =
                Rect::new(about.x + 1, about.y, about.width.saturating_sub(2), about.height);
            draw_about(frame, app, preset, inside);
        }
    }

    fn on_drawn(&mut self, hits: &HitMap) {
        self.list.on_drawn(hits);
    }

    fn on_key(&mut self, key: KeyEvent, action: Option<Action>) -> Answer {
        let count = self.all.len();
        match key.code {
            KeyCode::Char('k') => self.list.go_by(-1, count),
            KeyCode::Char('j') => self.list.go_by(1, count),
            KeyCode::Enter => return self.chosen(),
            KeyCode::Esc => return Answer::Close,
            _ if action == Some(Action::Presets) => return Answer::Close,
            _ if self.list.on_key(key, count) => {}
            _ if action.is_some() => return Answer::ClosePass,
            _ => {}
        }
        Answer::Stay
    }

    /// A click shows what a preset holds, a second one on it takes it.
    fn on_mouse(&mut self, mouse: Mouse) -> Answer {
        match self.list.on_mouse(mouse, self.all.len()) {
            true => self.chosen(),
            false => Answer::Stay,
        }
    }
}

impl PresetList {
    fn chosen(&self) -> Answer {
        let Some(preset) = self.all.get(self.list.at).cloned() else { return Answer::Close };
        Answer::close_then(move |app| app.apply_preset(&preset))
    }
}

/// Name and sentence of `preset`, names in columns of the `longest`.
fn preset_line<'a>(
    app: &App,
    preset: &Preset,
    (longest, width): (usize, u16),
    base: Style,
) -> Line<'a> {
    let styled = |style: Style| Style { bg: None, ..style }.patch(base);
    let width = usize::from(width);
    let names = longest.min(width / 2);
    let sentence = width.saturating_sub(names + 4);
    let mut spans = cell(app, " ", 1, &[], base);
    spans.extend(cell(app, &visible::line(&preset.name), names, &[], styled(app.theme.accent)));
    spans.extend(cell(app, "", 2, &[], base));
    spans.extend(cell(app, &visible::line(&preset.help), sentence, &[], styled(app.theme.screen)));
    Line::from(spans)
}

/// What `preset` holds, and where it comes from.
fn draw_about(frame: &mut Frame<'_>, app: &App, preset: &Preset, area: Rect) {
    let text = vec![
        Line::from(""),
        Line::styled(preset.knobs_in_words(), app.theme.screen),
        Line::styled(visible::line(&preset.source), app.theme.quiet),
    ];
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
}

impl App {
    /// Lists the named settings.
    pub(in crate::tui) fn open_presets(&mut self) {
        let (all, broken) = presets::all();
        self.notice = broken.first().map(|error| Notice::bad(error.to_string()));
        self.open(PresetList { all, list: ListCursor::default() });
    }

    /// Turns every knob to what `preset` holds, and denoises with them.
    pub(super) fn apply_preset(&mut self, preset: &Preset) {
        let applied = preset.applied_to(&self.lane().settings);
        self.lane_mut().settings = applied;
        self.borrowed_steps &= !preset.settings.is_set(&STEPS);
        self.knob = 0;
        self.start();
    }
}
