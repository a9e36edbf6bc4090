//! What the signs and colours of the canvas mean.

use std::sync::Arc;

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::diffusion::noise::{NOISE, Noise};
use crate::tasks::ShownAs;
use crate::trace::{Cell, CellState};
use crate::tui::app::{App, Phase};
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
        let shown_as = app.model(app.lane()).map(|model| model.shown_as).unwrap_or_default();
        let given = match shown_as {
            ShownAs::Code(_) => theme.given_code(theme.written),
            _ => theme.prompt,
        };
        // A grid has no signs for noise, and what is given is half of it.
        let first = match shown_as {
            ShownAs::Grid => ("given".to_owned(), given.add_modifier(Modifier::BOLD), "  "),
            _ => (noise, shown(theme.noise), " noise  "),
        };
        let mut entries = vec![
            first,
            ("guess".to_owned(), shown(theme.draft), "  "),
            ("just written".to_owned(), shown(theme.fresh), "  "),
        ];
        let pinned = |cell: &Arc<Cell>| cell.state == CellState::Pinned;
        let pinned = app.frame().is_some_and(|moment| moment.cells.iter().any(pinned));
        // Where there is no room for both, what the person did goes before what the sampler may do.
        if width >= 80 || !(more || pinned) {
            let drafts = app.lane().drafter().is_some();
            entries.push(match drafts {
                true => ("draft refused".to_owned(), theme.refused(), " "),
                false => ("remasked".to_owned(), theme.remasked, " "),
            });
        }
        if pinned {
            entries.push((String::new(), theme.quiet, " "));
            entries.push(("pinned".to_owned(), theme.pinned, " "));
        }
        if width >= 80 && shown_as != ShownAs::Grid {
            entries.push((String::new(), theme.quiet, " "));
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
    } else if mode == ColorMode::Cache && cached(app).is_none() {
        spans.push(Span::styled("cache: none that is approximate ", theme.quiet));
    } else {
        let (low, high) = match mode {
            ColorMode::Confidence => ("unsure", "sure"),
            ColorMode::Entropy => ("torn", "sure"),
            ColorMode::Age => ("old", "new"),
            ColorMode::Cache => ("kept", "read"),
            _ => ("first", "last"),
        };
        spans.push(Span::styled(format!("{}: {low} ", mode.word()), theme.quiet));
        for step in 0..8 {
            let full = app.glyphs.bars[8];
            spans.push(Span::styled(full, theme.on_scale(step as f32 / 7.0)));
        }
        spans.push(Span::styled(format!(" {high} "), theme.quiet));
        if mode == ColorMode::Cache {
            spans.extend(cached(app).map(|words| Span::styled(words, theme.quiet)));
        }
    }
    if more {
        spans.push(Span::styled("pgdn more ", theme.key));
    }
    if app.phase == Phase::Running && !app.following {
        spans.push(Span::styled("(live goes on) ", theme.quiet));
    }
    Line::from(spans)
}

/// How much the last pass read, and how far the cached logits were from those of a whole pass when it was last measured.
fn cached(app: &App) -> Option<String> {
    let pass = app.frame()?.facts.cached.as_ref()?;
    let lane = app.lane();
    let divergence = |moment| lane.history.frame(moment)?.facts.cached.as_ref()?.divergence;
    let measured = (0..=lane.playhead).rev().find_map(divergence);
    let measured = measured.map(|nats| format!(", KL {nats:.1e} nats"));
    Some(format!("{} positions{} ", pass.read.len(), measured.unwrap_or_default()))
}
