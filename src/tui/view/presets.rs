//! The named settings, and what the one under the cursor holds.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Wrap};

use super::help::centred;
use super::pane;
use crate::diffusion::knobs;
use crate::presets::Preset;
use crate::tui::app::App;
use crate::visible;

pub fn draw(frame: &mut Frame<'_>, app: &App, all: &[Preset], at: usize) {
    const ABOUT: u16 = 5;
    let whole = frame.area();
    let rows = (all.len() as u16 + ABOUT + 2).min(whole.height - 2);
    let area = centred(whole, (whole.width - 4).min(92), rows);
    frame.render_widget(Clear, area);
    let block = pane(app, "presets").style(app.theme.screen).title_bottom(Line::styled(
        " enter denoises with it, esc keeps the knobs as they are ",
        app.theme.quiet,
    ));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let [list, about] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(ABOUT)]).areas(inner);
    let width = all.iter().map(|preset| preset.name.len()).max().unwrap_or(0);
    let scroll = (at + 2).saturating_sub(list.height.into());
    let shown = all.iter().enumerate().skip(scroll).take(list.height.into());
    for (row, (index, preset)) in shown.enumerate() {
        let spot = Rect::new(list.x, list.y + row as u16, list.width, 1);
        let style = if index == at { app.theme.selected } else { app.theme.screen };
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
    let Some(preset) = all.get(at) else { return };
    let knobs = knobs().values(&preset.settings).filter(|(knob, _)| preset.settings.is_set(knob));
    let knobs: Vec<String> =
        knobs.map(|(knob, value)| format!("{} {}", knob.name, knob.show(value))).collect();
    let text = vec![
        Line::from(""),
        Line::styled(knobs.join(", "), app.theme.screen),
        Line::styled(visible::line(&preset.source), app.theme.quiet),
    ];
    let inside = Rect::new(about.x + 1, about.y, about.width.saturating_sub(2), about.height);
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), inside);
}
