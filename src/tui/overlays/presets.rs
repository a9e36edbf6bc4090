//! Choosing named settings, and keeping those of now.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::{Answer, Overlay};
use crate::diffusion::knobs;
use crate::presets::{self, Preset};
use crate::tui::action::Action;
use crate::tui::app::{App, Notice};
use crate::visible;

/// Rows below the list, for the one under the cursor.
const ABOUT: u16 = 5;

/// The named settings, and which one is under the cursor.
pub struct PresetList {
    all: Vec<Preset>,
    at: usize,
}

impl Overlay for PresetList {
    fn title(&self) -> String {
        "presets".to_owned()
    }

    fn hints(&self, _: &App) -> String {
        " enter denoises with it, esc keeps the knobs as they are ".to_owned()
    }

    fn size(&self, _: &App, screen: Size) -> Size {
        let rows = (self.all.len() as u16 + ABOUT + 2).min(screen.height - 2);
        Size::new((screen.width - 4).min(92), rows)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect) {
        let [list, about] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(ABOUT)]).areas(inside);
        self.draw_list(frame, app, list);
        if let Some(preset) = self.all.get(self.at) {
            let inside =
                Rect::new(about.x + 1, about.y, about.width.saturating_sub(2), about.height);
            draw_about(frame, app, preset, inside);
        }
    }

    fn on_key(&mut self, key: KeyEvent, action: Option<Action>) -> Answer {
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.at = self.at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                self.at = (self.at + 1).min(self.all.len().saturating_sub(1));
            }
            KeyCode::Enter => {
                let Some(preset) = self.all.get(self.at).cloned() else { return Answer::Close };
                return Answer::close_then(move |app| app.apply_preset(&preset));
            }
            KeyCode::Esc => return Answer::Close,
            _ if action.is_some() => return Answer::ClosePass,
            _ => {}
        }
        Answer::Stay
    }
}

impl PresetList {
    fn draw_list(&self, frame: &mut Frame<'_>, app: &App, list: Rect) {
        let width = self.all.iter().map(|preset| preset.name.len()).max().unwrap_or(0);
        let scroll = (self.at + 2).saturating_sub(list.height.into());
        let shown = self.all.iter().enumerate().skip(scroll).take(list.height.into());
        for (row, (index, preset)) in shown.enumerate() {
            let spot = Rect::new(list.x, list.y + row as u16, list.width, 1);
            let style = if index == self.at { app.theme.selected } else { app.theme.screen };
            frame.buffer_mut().set_style(spot, style);
            let line = Line::from(vec![
                Span::styled(
                    format!(" {:<width$}  ", visible::line(&preset.name)),
                    app.theme.accent.patch(style),
                ),
                Span::styled(visible::line(&preset.help), style),
            ]);
            frame.render_widget(line, spot);
        }
    }
}

/// What `preset` holds, and where it comes from.
fn draw_about(frame: &mut Frame<'_>, app: &App, preset: &Preset, area: Rect) {
    let knobs = knobs().values(&preset.settings).filter(|(knob, _)| preset.settings.is_set(knob));
    let knobs: Vec<String> =
        knobs.map(|(knob, value)| format!("{} {}", knob.name, knob.show(value))).collect();
    let text = vec![
        Line::from(""),
        Line::styled(knobs.join(", "), app.theme.screen),
        Line::styled(visible::line(&preset.source), app.theme.quiet),
    ];
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
}

impl App {
    /// Lists the named settings.
    pub(in crate::tui) fn open_presets(&mut self) {
        let (all, broken) = presets::all();
        self.notice = broken.first().map(|error| Notice::bad(error.to_string()));
        self.open(PresetList { all, at: 0 });
    }

    /// Turns every knob to what `preset` holds, and denoises with them.
    fn apply_preset(&mut self, preset: &Preset) {
        let applied = preset.applied_to(&self.lane().settings);
        self.lane_mut().settings = applied;
        self.knob = 0;
        self.start();
    }

    /// Writes the knobs of now down under a name that is free.
    pub(in crate::tui) fn save_preset(&mut self) {
        const MOST: usize = 1000;
        let taken = presets::all().0;
        let free = |name: &String| taken.iter().all(|preset| preset.name != *name);
        let name = (1..MOST).map(|n| format!("mine-{n}")).find(free).unwrap_or_default();
        self.notice = Some(match Preset::of(&name, &self.lane().settings).save() {
            Ok(path) => {
                Notice { text: format!("saved as preset {name}: {}", path.display()), good: true }
            }
            Err(error) => Notice::bad(error.to_string()),
        });
    }
}
