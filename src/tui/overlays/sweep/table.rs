//! The table of a sweep: a line a value, with what its texts took and what they are worth.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::SweepOverlay;
use crate::tui::app::App;
use crate::tui::hit_map::HitMap;

/// Columns of the values, and of each number.
const VALUE: usize = 16;
const NUMBER: usize = 10;

impl SweepOverlay {
    pub(super) fn draw_table(
        &self,
        frame: &mut Frame<'_>,
        app: &App,
        area: Rect,
        hits: &mut HitMap,
    ) {
        let theme = &app.theme;
        let quality = self.yardstick.column(area.width >= 77);
        let head = format!(
            "   {:<VALUE$}{:>NUMBER$}{:>NUMBER$}{:>NUMBER$}  {quality}",
            self.knob.name, "passes", "tokens/s", "repeats"
        );
        frame.render_widget(Line::styled(head, theme.quiet), Rect { height: 1, ..area });
        let head = 1.min(area.height);
        let rows = Rect { y: area.y + head, height: area.height - head, ..area };
        let front = self.front();
        let full = self.full_bar();
        self.list.draw(frame, app, (rows, self.values.len()), hits, |index, _, base| {
            self.row_line(app, (index, front.contains(&index)), (base, full))
        });
    }

    /// What the longest bar stands for.
    fn full_bar(&self) -> f64 {
        /// Nats of a value that is far off would make all the others look alike.
        const FAR_OFF: f64 = 3.0;
        if !self.yardstick.lower_is_better() {
            return 100.0;
        }
        let all = (0..self.values.len()).map(|index| self.quality(index));
        let (best, worst) = all
            .filter(|quality| quality.is_finite())
            .fold((f64::INFINITY, 0.0f64), |(low, high), one| (low.min(one), high.max(one)));
        worst.min(best * FAR_OFF)
    }

    fn row_line<'a>(
        &self,
        app: &App,
        (index, best): (usize, bool),
        (base, full): (Style, f64),
    ) -> Line<'a> {
        const BAR: f64 = 16.0;
        let theme = &app.theme;
        let measured = &self.measured[index];
        let mark = if best { "*" } else { " " };
        let pointer = if index == self.list.at { app.glyphs.pointer } else { " " };
        let mut spans = vec![
            Span::styled(format!("{pointer}{mark} "), theme.key.patch(base)),
            Span::styled(
                format!("{:<VALUE$}", self.knob.show(self.values[index])),
                theme.accent.patch(base),
            ),
        ];
        if measured.texts == 0 {
            let text = if self.is_writing(index) { "is being written" } else { "" };
            spans.push(Span::styled(text, theme.quiet.patch(base)));
            return Line::from(spans);
        }
        let quality = self.quality(index);
        let share = if full > 0.0 && quality.is_finite() { quality / full } else { 0.0 };
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
        let shown =
            if quality.is_finite() { self.yardstick.shown(quality) } else { "-".to_owned() };
        spans.push(Span::styled(shown, theme.strong.patch(base)));
        let bar = app.glyphs.gauge[0].repeat(filled.round() as usize);
        let bar = if share > 1.0 { format!("{bar}{}", app.glyphs.cut) } else { bar };
        spans.push(Span::styled(bar, theme.gauge.patch(Style { bg: base.bg, ..Style::new() })));
        Line::from(spans)
    }
}
