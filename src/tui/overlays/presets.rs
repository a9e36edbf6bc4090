//! Choosing named settings: typing finds them by name and by their sentence.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

use super::finder::{Finder, Found, cell};
use super::{Answer, Overlay, fitted};
use crate::diffusion::parts::schedule::STEPS;
use crate::presets::{self, Preset};
use crate::tui::action::Action;
use crate::tui::app::{App, Notice};
use crate::tui::fuzzy::{FoundEntry, Texts};
use crate::tui::hit_map::HitMap;
use crate::tui::mouse::Mouse;
use crate::tui::view::KeyHint;
use crate::visible;

/// Rows below the list, for the one under the cursor.
const ABOUT: u16 = 5;

/// The named settings, and those that the query finds.
pub struct PresetList {
    all: Vec<Preset>,
    finder: Finder,
}

impl Overlay for PresetList {
    fn title(&self) -> String {
        "presets".to_owned()
    }

    fn hints(&self, _: &App) -> Vec<KeyHint> {
        vec![
            KeyHint::key(KeyCode::Enter, "writes with it").or("use"),
            KeyHint::control('s', "keeps yours").or("keep"),
            KeyHint::key(KeyCode::Esc, "leaves the knobs as they are").or("close"),
        ]
    }

    fn size(&self, _: &App, screen: Size) -> Size {
        /// Frame and query.
        const BESIDE: u16 = 4;
        fitted(screen, 92, self.all.len() as u16 + ABOUT + BESIDE)
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App, inside: Rect, hits: &mut HitMap) {
        let about = ABOUT.min(inside.height / 3);
        let [list, about] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(about)]).areas(inside);
        let longest = self.all.iter().map(|preset| preset.name.chars().count()).max().unwrap_or(0);
        let what = "type some letters of a name, or a word of what it does";
        self.finder.draw(frame, app, (list, what), hits, |found, width, base| {
            preset_line(app, (&self.all[found.index], found), (longest, width), base)
        });
        if let Some(preset) = self.under_cursor() {
            let inside =
                Rect::new(about.x + 1, about.y, about.width.saturating_sub(2), about.height);
            draw_about(frame, app, preset, inside);
        }
    }

    fn on_drawn(&mut self, hits: &HitMap) {
        self.finder.list.on_drawn(hits);
    }

    fn on_key(&mut self, key: KeyEvent, _: Option<Action>) -> Answer {
        if key.code == KeyCode::Char('s') && key.modifiers == KeyModifiers::CONTROL {
            return Answer::close_then(App::name_preset);
        }
        match self.finder.on_key(key) {
            Found::Taken => Answer::Stay,
            Found::Changed => self.search(),
            Found::Chosen(_) => self.chosen(),
            Found::Left => Answer::Close,
            Found::Passed => Answer::Pass,
        }
    }

    fn on_paste(&mut self, text: &str) -> Answer {
        self.finder.on_paste(text);
        self.search()
    }

    /// A click shows what a preset holds, a second one on it takes it.
    fn on_mouse(&mut self, mouse: Mouse) -> Answer {
        match self.finder.list.on_mouse(mouse, self.finder.found().len()) {
            true => self.chosen(),
            false => Answer::Stay,
        }
    }
}

impl PresetList {
    /// Finds anew.
    fn search(&mut self) -> Answer {
        self.finder.search(self.all.iter().map(texts));
        Answer::Stay
    }

    fn under_cursor(&self) -> Option<&Preset> {
        self.finder.under_cursor().and_then(|index| self.all.get(index))
    }

    fn chosen(&self) -> Answer {
        let Some(preset) = self.under_cursor().cloned() else { return Answer::Stay };
        Answer::close_then(move |app| app.apply_preset(&preset))
    }
}

/// What a preset is found by; all of them are of one kind.
fn texts(preset: &Preset) -> Texts<'_> {
    ["", &preset.name, &preset.help]
}

/// Name and sentence of `preset`, names in columns of the `longest`.
fn preset_line<'a>(
    app: &App,
    (preset, found): (&Preset, &FoundEntry),
    (longest, width): (usize, u16),
    base: Style,
) -> Line<'a> {
    let styled = |style: Style| Style { bg: None, ..style }.patch(base);
    let width = usize::from(width);
    let names = longest.min(width / 2);
    let sentence = width.saturating_sub(names + 4);
    let [_, name, help] = &found.letters;
    let mut spans = cell(app, " ", 1, &[], base);
    spans.extend(cell(app, &visible::line(&preset.name), names, name, styled(app.theme.accent)));
    spans.extend(cell(app, "", 2, &[], base));
    spans.extend(cell(app, &visible::line(&preset.help), sentence, help, styled(app.theme.screen)));
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
        let finder = Finder::new(all.iter().map(texts));
        self.open(PresetList { all, finder });
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
