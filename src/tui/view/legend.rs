//! What the signs and colours of the canvas mean.

use std::sync::Arc;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::diffusion::noise::{NOISE, Noise};
use crate::trace::{Cell, CellState};
use crate::tui::app::{App, Model, Phase};
use crate::tui::display::{COLOR_MODE, ColorMode};

/// The line below the canvas, `width` columns at most; whether there is `more` text than fits is said as well.
pub(super) fn legend<'a>(app: &App, width: u16, more: bool) -> Line<'a> {
    let theme = &app.theme;
    let mode = app.display.get(&COLOR_MODE);
    let mut spans = vec![Span::raw(" ")];
    if mode == ColorMode::State {
        let uniform = app.lane().run_settings.get(&NOISE) == Noise::Uniform;
        let noise = if uniform { "random".to_owned() } else { app.glyphs.noise.concat() };
        let shown = |style: Style| theme.mix(style, style, 0.0);
        let mut entries = vec![
            (noise, shown(theme.noise), " noise  "),
            ("guess".to_owned(), shown(theme.draft), "  "),
            ("just written".to_owned(), shown(theme.fresh), "  "),
        ];
        let pinned = |cell: &Arc<Cell>| cell.state == CellState::Pinned;
        let pinned = app.frame().is_some_and(|moment| moment.cells.iter().any(pinned));
        // Where there is no room for both, what the person did goes before what the sampler may do.
        if width >= 80 || !(more || pinned) {
            entries.push(("remasked".to_owned(), theme.remasked, " "));
        }
        if pinned {
            entries.push((String::new(), theme.quiet, " "));
            entries.push(("pinned".to_owned(), theme.pinned, " "));
        }
        if width >= 80 {
            entries.push((String::new(), theme.quiet, " "));
            let is_code = app.model(app.lane()).is_some_and(Model::is_code);
            let given = if is_code { theme.given_code(theme.written) } else { theme.prompt };
            entries.push(("given".to_owned(), given, " "));
        }
        // What is further in sight goes before what the signs mean.
        let columns = |entries: &[(String, Style, &str)]| -> usize {
            entries.iter().map(|(text, _, gap)| text.width() + gap.width()).sum()
        };
        let room = usize::from(width).saturating_sub(if more { 14 } else { 4 });
        while columns(&entries) > room {
            entries.pop();
        }
        for (text, style, gap) in entries {
            spans.push(Span::styled(text, style));
            spans.push(Span::styled(gap, theme.quiet));
        }
    } else {
        let (low, high) = match mode {
            ColorMode::Confidence => ("unsure", "sure"),
            ColorMode::Entropy => ("torn", "sure"),
            ColorMode::Age => ("old", "new"),
            _ => ("first", "last"),
        };
        spans.push(Span::styled(format!("{}: {low} ", mode.word()), theme.quiet));
        for step in 0..8 {
            let full = app.glyphs.bars[8];
            spans.push(Span::styled(full, theme.on_scale(step as f32 / 7.0)));
        }
        spans.push(Span::styled(format!(" {high} "), theme.quiet));
    }
    if more {
        spans.push(Span::styled("pgdn more ", theme.key));
    }
    if app.phase == Phase::Running && !app.following {
        spans.push(Span::styled("(live goes on) ", theme.quiet));
    }
    Line::from(spans)
}
