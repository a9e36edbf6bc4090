//! The screen of a training run: losses as curves, held-out figures, and what the model writes.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, Borders, Chart, Dataset, GraphType, Padding, Paragraph, Wrap};

use super::theme::Theme;
use crate::train::evaluation::{BLOCKS, Figures};
use crate::train::{Grade, Losses, Report};
use crate::visible;

/// How much of a curve's last value its next one keeps: steps of a few documents scatter.
const SMOOTHING: f64 = 0.97;
/// Points of a curve; where there are more every other one is left out.
const POINTS: usize = 1200;
/// From this width on figures stand beside the curves.
const WIDE: u16 = 104;

/// The curves, in the order of [`Losses`].
const CURVES: [&str; 3] = ["next token", "from noise", "drafts"];

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrainingProgress {
    /// Steps made.
    pub step: usize,
    /// Rows seen: tokens of documents, and of the noise behind them.
    pub tokens: usize,
    /// Rows a second.
    pub tokens_per_second: f64,
    /// Until the budget is used up.
    pub seconds_left: f64,
    /// The share of it that is, 0 to 1.
    pub spent: f64,
}

/// What a training run has shown of itself so far.
#[derive(Clone, Debug, Default)]
pub struct TrainingView {
    /// What is trained, on what.
    about: String,
    progress: TrainingProgress,
    /// Smoothed losses by millions of rows, one for each of [`CURVES`].
    curves: [Vec<(f64, f64)>; CURVES.len()],
    /// Steps between two points of the curves are two to the power of this.
    sparse: u32,
    smooth: [Option<f64>; CURVES.len()],
    reports: Vec<Report>,
    doing: Doing,
    /// Counts what was changed.
    version: usize,
}

/// What the run is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Doing {
    #[default]
    Learning,
    Measuring,
    Stopping,
}

impl TrainingView {
    /// `about` says what is trained, on what.
    pub fn begins(&mut self, about: String) {
        self.version += 1;
        self.about = about;
    }

    /// Another one after each change.
    pub fn version(&self) -> usize {
        self.version
    }

    /// Points of each curve.
    pub fn points(&self) -> usize {
        self.curves[0].len()
    }

    /// A step was made.
    pub fn step(&mut self, progress: TrainingProgress, losses: Losses) {
        self.version += 1;
        self.progress = progress;
        let now = [losses.next_token, losses.noised, losses.drafts];
        for (smooth, now) in self.smooth.iter_mut().zip(now) {
            // A batch without drafts says nothing about them.
            let Some(now) = now.map(f64::from) else { continue };
            *smooth = Some(smooth.map_or(now, |old| SMOOTHING * old + (1.0 - SMOOTHING) * now));
        }
        if !progress.step.is_multiple_of(1 << self.sparse) {
            return;
        }
        let millions = progress.tokens as f64 / 1e6;
        for (curve, value) in self.curves.iter_mut().zip(self.smooth) {
            curve.extend(value.map(|value| (millions, value)));
        }
        if self.points() > POINTS {
            self.sparse += 1;
            for curve in &mut self.curves {
                let mut index = 0;
                curve.retain(|_| {
                    index += 1;
                    index % 2 == 0
                });
            }
        }
    }

    /// The model was measured, and wrote.
    pub fn report(&mut self, report: Report) {
        self.version += 1;
        self.reports.push(report);
    }

    /// The model is being measured, or not any more.
    pub fn measures(&mut self, measures: bool) {
        if self.doing != Doing::Stopping {
            self.version += 1;
            self.doing = if measures { Doing::Measuring } else { Doing::Learning };
        }
    }

    /// It was asked to stop, and saves.
    pub fn stopping(&mut self) {
        self.version += 1;
        self.doing = Doing::Stopping;
    }

    /// Draws all of it.
    pub fn draw(&self, frame: &mut Frame<'_>, theme: &Theme, ascii: bool) {
        frame.render_widget(Block::new().style(theme.screen), frame.area());
        let [head, body, foot] =
            Layout::vertical([Constraint::Length(2), Constraint::Min(4), Constraint::Length(1)])
                .areas(frame.area());
        self.draw_head(frame, head, theme);
        let text = if body.height >= 30 { 13 } else { (body.height / 3).max(5) };
        if body.width >= WIDE {
            let [left, right] = Layout::horizontal([Constraint::Min(60), Constraint::Length(44)])
                .spacing(1)
                .areas(body);
            let [curves, samples] =
                Layout::vertical([Constraint::Min(6), Constraint::Length(text)]).areas(left);
            self.draw_curves(frame, curves, (theme, ascii));
            self.draw_samples(frame, samples, theme);
            self.draw_figures(frame, right, theme);
        } else {
            let figures = if body.height >= 18 { 4 } else { 0 };
            let [curves, short, samples] = Layout::vertical([
                Constraint::Min(6),
                Constraint::Length(figures),
                Constraint::Length(text),
            ])
            .areas(body);
            self.draw_curves(frame, curves, (theme, ascii));
            self.draw_short_figures(frame, short, theme);
            self.draw_samples(frame, samples, theme);
        }
        self.draw_foot(frame, foot, theme);
        if ascii {
            in_ascii(frame.buffer_mut());
        }
    }

    fn draw_head(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let title = Line::from(vec![
            Span::styled(" remask train ", theme.title),
            Span::styled(self.about.clone(), theme.quiet),
        ]);
        let TrainingProgress { step, tokens, tokens_per_second, seconds_left, spent } =
            self.progress;
        let state = if step == 0 {
            " warming up: the first step is being made".to_owned()
        } else {
            format!(
                " {:.0} %  step {step}  {:.2} M rows  {tokens_per_second:.0} rows/s  {} left",
                100.0 * spent,
                tokens as f64 / 1e6,
                time(seconds_left)
            )
        };
        frame.render_widget(Paragraph::new(vec![title, Line::from(state)]), area);
    }

    fn draw_curves(&self, frame: &mut Frame<'_>, area: Rect, (theme, ascii): (&Theme, bool)) {
        let block = titled("loss, nats a token (lower is better)", theme);
        let points = || self.curves.iter().flatten();
        let Some(right) = points().map(|(x, _)| *x).reduce(f64::max) else {
            let note = "curves begin with the first step";
            frame.render_widget(Paragraph::new(note).style(theme.quiet).block(block), area);
            return;
        };
        let left = points().map(|(x, _)| *x).fold(right, f64::min);
        let low = points().map(|(_, y)| *y).fold(f64::INFINITY, f64::min).floor();
        let high = points().map(|(_, y)| *y).fold(low + 1.0, f64::max).min(low + 6.0).ceil();
        let marker = if ascii { Marker::Custom('*') } else { Marker::Braille };
        let curves = self.curves.iter().zip(CURVES).enumerate().map(|(index, (curve, name))| {
            let last = curve.last().map_or(0.0, |(_, y)| *y);
            Dataset::default()
                .name(format!("{name} {last:.2}"))
                .marker(marker)
                .graph_type(GraphType::Line)
                .style(theme.series(index))
                .data(curve)
        });
        let label = |x: f64| Span::styled(format!("{x:.1}"), theme.quiet);
        // The first curve is drawn last, over the others.
        let chart = Chart::new(curves.rev().collect())
            .style(theme.screen)
            .x_axis(
                Axis::default()
                    .style(theme.border)
                    .bounds([left, right.max(left + 1e-6)])
                    .labels([label(left), Span::styled(format!("{right:.1} M rows"), theme.quiet)]),
            )
            .y_axis(Axis::default().style(theme.border).bounds([low, high]).labels([
                label(low),
                label((low + high) / 2.0),
                label(high),
            ]))
            .hidden_legend_constraints((Constraint::Percentage(90), Constraint::Percentage(90)));
        // The legend has its frame in the style of the corner, which is not to be that of a title.
        frame.render_widget(chart, block.inner(area));
        frame.render_widget(block, area);
    }

    /// Name, value and, where there is one, the value of the report before, of every figure.
    fn rows(&self) -> Vec<(String, f64, Option<f64>)> {
        let all = |figures: &Figures| -> Vec<(String, f64)> {
            let mut rows = vec![("next token".to_owned(), figures.next_token)];
            let blocks = BLOCKS.iter().zip(figures.blocks);
            rows.extend(blocks.map(|(length, nats)| (format!("blocks of {length}"), nats)));
            rows.push(("whole canvas".to_owned(), figures.elbo));
            let drafts = figures.acceptance.unwrap_or(figures.acceptance_of_masks);
            let depths = drafts.iter().enumerate();
            rows.extend(depths.map(|(i, share)| (format!("drafts kept, depth {}", i + 1), *share)));
            rows
        };
        let Some(last) = self.reports.last() else { return Vec::new() };
        let before = self.reports.iter().rev().nth(1).map(|report| all(&report.figures));
        let rows = all(&last.figures).into_iter().enumerate();
        rows.map(|(index, (name, value))| {
            let before = before.as_ref().and_then(|rows| rows.get(index)).map(|(_, value)| *value);
            (name, value, before)
        })
        .collect()
    }

    fn draw_figures(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let mut lines: Vec<Line<'_>> = Vec::new();
        for (name, value, before) in self.rows() {
            let mut spans = vec![Span::raw(format!("{name:<22}{value:>7.3}"))];
            if let Some(before) = before {
                let sign = if value < before { "-" } else { "+" };
                let change = format!("  {sign}{:.3}", (value - before).abs());
                spans.push(Span::styled(change, theme.quiet));
            }
            lines.push(Line::from(spans));
        }
        let note = match self.reports.last() {
            None => "measured at the first save, on text that is never learned from".to_owned(),
            Some(report) => format!(
                "nats a token, and the share of drafts that the next-token rows keep; at {:.1} M rows, on \
                 text that is never learned from",
                report.tokens_seen as f64 / 1e6
            ),
        };
        lines.push(Line::default());
        lines.push(Line::styled(note, theme.quiet));
        let block = titled("held out", theme);
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }).block(block), area);
    }

    /// The figures in a line or two, where there is no room for a table.
    fn draw_short_figures(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let figures: Vec<String> =
            self.rows().iter().map(|(name, value, _)| format!("{name} {value:.2}")).collect();
        let text = if figures.is_empty() {
            Line::styled("measured at the first save", theme.quiet)
        } else {
            Line::from(figures.join("  "))
        };
        let block = titled("held out, nats a token", theme);
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }).block(block), area);
    }

    /// What it writes; of a task, what that is worth.
    fn draw_samples(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let block = titled("what it writes", theme);
        let Some(Report { samples, grades, .. }) = self.reports.last() else {
            let note = "its first texts come with the first save";
            frame.render_widget(Paragraph::new(note).style(theme.quiet).block(block), area);
            return;
        };
        if !grades.is_empty() {
            let block =
                titled("score on held-out problems, from the first save to the last", theme);
            let inner = block.inner(area);
            let lines = self.grade_lines(grades, inner.height.into(), theme);
            frame.render_widget(Paragraph::new(lines).block(block), area);
            return;
        }
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let each = vec![Constraint::Fill(1); samples.len()];
        let areas = Layout::vertical(each).split(inner);
        for (sample, area) in samples.iter().zip(areas.iter()) {
            let line = Line::from(vec![
                Span::styled(format!("{}: ", sample.mode), theme.accent),
                Span::raw(visible::line(&sample.text.trim().replace('\n', " ")).into_owned()),
            ]);
            frame.render_widget(Paragraph::new(line).wrap(Wrap { trim: true }), *area);
        }
    }

    /// Every score of each way and kind of problem, as it was at the last saves; the first of them alone where there is
    /// no more room than `rows`.
    fn grade_lines(&self, grades: &[Grade], rows: usize, theme: &Theme) -> Vec<Line<'static>> {
        let all: usize = grades.iter().map(|grade| grade.scores.len()).sum();
        let each = if all <= rows { usize::MAX } else { 1 };
        let names: Vec<(usize, usize, String)> = grades
            .iter()
            .enumerate()
            .flat_map(|(index, grade)| {
                let scores = grade.scores.iter().take(each).enumerate();
                scores.map(move |(measure, (name, _))| {
                    (index, measure, format!("{name}, {}: {}", grade.group, grade.way))
                })
            })
            .collect();
        let width = names.iter().map(|(.., name)| name.chars().count()).max().unwrap_or(0);
        let line = |(index, measure, name): (usize, usize, String)| {
            Line::from(vec![
                Span::styled(format!("{name:<width$}  "), theme.accent),
                Span::raw(self.scores((index, measure))),
            ])
        };
        names.into_iter().map(line).collect()
    }

    /// The last scores of one way and kind of problem by one measure.
    fn scores(&self, (index, measure): (usize, usize)) -> String {
        const SHOWN: usize = 8;
        let grades = self.reports.iter().filter_map(|report| report.grades.get(index));
        let scores: Vec<String> = grades
            .filter_map(|grade| grade.scores.get(measure))
            .map(|(_, score)| format!("{:>3.0} %", score * 100.0))
            .collect();
        scores[scores.len().saturating_sub(SHOWN)..].join("  ")
    }

    fn draw_foot(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let text = match self.doing {
            Doing::Learning => " q save and stop; how to go on is said then",
            Doing::Measuring => " measuring on held-out text ...  q stop",
            Doing::Stopping => " saving what was learned ...  q again: stop without",
        };
        frame.render_widget(Paragraph::new(text).style(theme.quiet), area);
    }
}

/// The lines of boxes and axes in ASCII, and whatever else is not.
fn in_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            cell.set_symbol(match cell.symbol() {
                "│" => "|",
                "─" => "-",
                "┌" | "┐" | "└" | "┘" | "┬" | "┴" | "├" | "┤" | "┼" => "+",
                _ => "?",
            });
        }
    }
}

fn titled<'a>(title: &str, theme: &Theme) -> Block<'a> {
    let title = Line::styled(format!(" {title} "), theme.title);
    let block = Block::new().borders(Borders::TOP).border_style(theme.border).title(title);
    block.padding(Padding::horizontal(1))
}

/// Minutes, or hours and minutes.
fn time(seconds: f64) -> String {
    let minutes = (seconds / 60.0).ceil() as u64;
    if minutes < 60 {
        format!("{minutes} min")
    } else {
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    }
}
