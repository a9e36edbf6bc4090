//! A sweep of one knob: a line a value, the best front marked, and the plot where there is room.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::help::centred;
use super::pane;
use crate::sweep::plot::PlotStyle;
use crate::tui::app::App;
use crate::tui::sweep::{SEEDS, SweepView};
use crate::tui::theme::ColorDepth;

/// Columns of the values, and of each number.
const VALUE: usize = 16;
const NUMBER: usize = 10;

pub fn draw(frame: &mut Frame<'_>, app: &App, sweep: &SweepView) {
    const PLOT: u16 = 17;
    let whole = frame.area();
    let rows = sweep.values.len() as u16 + 1;
    let scatter = sweep.plot();
    let plot = if scatter.is_some() { PLOT } else { 0 };
    let height = (rows + plot + 2).min(whole.height - 2);
    let area = centred(whole, (whole.width - 4).min(84), height);
    frame.render_widget(Clear, area);
    let (done, all) = sweep.progress();
    let title = if done < all {
        format!("sweep of {}: {done} of {all} texts", sweep.knob.name)
    } else {
        format!("sweep of {}: {SEEDS} texts a value", sweep.knob.name)
    };
    let block = pane(app, &title).style(app.theme.screen).title_bottom(Line::styled(
        " * nothing better takes fewer passes; enter takes the value, esc leaves it ",
        app.theme.quiet,
    ));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let table_rows = rows.min(inner.height);
    let [table, plot] =
        Layout::vertical([Constraint::Length(table_rows), Constraint::Fill(1)]).areas(inner);
    draw_table(frame, app, sweep, table);
    if let Some(scatter) = scatter {
        let colours = app.theme.depth() != ColorDepth::None;
        let look = PlotStyle { ascii: app.glyphs.ascii_only, colours };
        let inside = Rect {
            x: plot.x + 1,
            y: plot.y + 1,
            width: plot.width.saturating_sub(2),
            height: plot.height.saturating_sub(1),
        };
        scatter.draw(inside, frame.buffer_mut(), look);
    }
}

fn draw_table(frame: &mut Frame<'_>, app: &App, sweep: &SweepView, area: Rect) {
    let theme = &app.theme;
    let head = format!(
        "   {:<VALUE$}{:>NUMBER$}{:>NUMBER$}{:>NUMBER$}  nats/new pair, low is good",
        sweep.knob.name, "passes", "tokens/s", "repeats"
    );
    frame.render_widget(Line::styled(head, theme.quiet), Rect { height: 1, ..area });
    let rows = usize::from(area.height.saturating_sub(1));
    let scroll = (sweep.at + 1).saturating_sub(rows);
    let front = sweep.front();
    // One that is far off would make all the others look alike.
    const FAR_OFF: f64 = 3.0;
    let nats = sweep.measured.iter().map(|measured| measured.nats_per_new_pair());
    let nats = nats.filter(|nats| nats.is_finite());
    let (best, worst) =
        nats.fold((f64::INFINITY, 0.0f64), |(low, high), nats| (low.min(nats), high.max(nats)));
    let worst = worst.min(best * FAR_OFF);
    for (row, index) in (scroll..sweep.values.len()).take(rows).enumerate() {
        let spot = Rect::new(area.x, area.y + 1 + row as u16, area.width, 1);
        let selected = index == sweep.at;
        let base = if selected { theme.selected } else { Style::new() };
        frame.buffer_mut().set_style(spot, base);
        let line = row_line(app, sweep, (index, front.contains(&index)), (base, worst));
        frame.render_widget(line, spot);
    }
}

fn row_line<'a>(
    app: &App,
    sweep: &SweepView,
    (index, best): (usize, bool),
    (base, worst): (Style, f64),
) -> Line<'a> {
    const BAR: f64 = 16.0;
    let theme = &app.theme;
    let measured = &sweep.measured[index];
    let mark = if best { "*" } else { " " };
    let pointer = if index == sweep.at { app.glyphs.pointer } else { " " };
    let mut spans = vec![
        Span::styled(format!("{pointer}{mark} "), theme.key.patch(base)),
        Span::styled(
            format!("{:<VALUE$}", sweep.knob.show(sweep.values[index])),
            theme.accent.patch(base),
        ),
    ];
    if measured.texts == 0 {
        let text = if sweep.is_writing(index) { "is being written" } else { "" };
        spans.push(Span::styled(text, theme.quiet.patch(base)));
        return Line::from(spans);
    }
    let nats = measured.nats_per_new_pair();
    let share = if worst > 0.0 && nats.is_finite() { nats / worst } else { 0.0 };
    let filled = share.min(1.0) * BAR;
    spans.push(Span::styled(
        format!(
            "{:>NUMBER$.1}{:>NUMBER$.0}{:>NUMBER$}  ",
            measured.passes_per_text(),
            measured.tokens_per_second(),
            format!("{:.0} %", measured.quality.repetition() * 100.0)
        ),
        theme.screen.patch(base),
    ));
    let shown = if nats.is_finite() { format!("{nats:.2} ") } else { "-".to_owned() };
    spans.push(Span::styled(shown, theme.strong.patch(base)));
    let bar = app.glyphs.gauge[0].repeat(filled.round() as usize);
    let bar = if share > 1.0 { format!("{bar}{}", app.glyphs.cut) } else { bar };
    spans.push(Span::styled(bar, theme.gauge.patch(Style { bg: base.bg, ..Style::new() })));
    Line::from(spans)
}
