//! The plot in a terminal: a letter for each group, a line through the best front.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line};

use super::scale::Scale;
use super::{Point, Scatter};

/// What groups are drawn as; those on the front as capitals. More groups share the last.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789+";

/// Styles that tell groups apart; more groups share them.
pub const SERIES: usize = 6;

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlotStyle {
    /// With ASCII alone.
    pub ascii: bool,
    /// What is written beside it. Its background is that of all of the plot.
    pub text: Style,
    /// What is written above it.
    pub title: Style,
    /// The axes.
    pub axes: Style,
    /// The line through the best front.
    pub front: Style,
    /// The groups.
    pub series: [Style; SERIES],
}

impl PlotStyle {
    /// On the terminal's own ground: in its own colours, or in none.
    pub fn printed(ascii: bool, colours: bool) -> Self {
        const COLOURS: [Color; SERIES] =
            [Color::Cyan, Color::Yellow, Color::Magenta, Color::Green, Color::Red, Color::Blue];
        let plain = Style::new();
        Self {
            ascii,
            text: plain,
            title: plain.add_modifier(Modifier::BOLD),
            axes: plain,
            front: plain,
            series: COLOURS.map(|colour| if colours { plain.fg(colour) } else { plain }),
        }
    }

    fn of(self, group: usize) -> Style {
        self.series[group % SERIES]
    }
}

fn letter(group: usize, best: bool) -> char {
    let letter = char::from(LETTERS[group.min(LETTERS.len() - 1)]);
    if best { letter.to_ascii_uppercase() } else { letter }
}

/// Where things are drawn.
struct TextAxes {
    x: Scale,
    y: Scale,
    /// The axis at the left, and what is right of it.
    plot: Rect,
    look: PlotStyle,
}

impl TextAxes {
    /// What is not the axis at the left.
    fn inside(&self) -> Rect {
        Rect { x: self.plot.x + 1, width: self.plot.width - 1, ..self.plot }
    }

    /// The cell of a place.
    fn cell(&self, x: f64, y: f64) -> (u16, u16) {
        let plot = self.inside();
        let across = (self.x.share(x) * f64::from(plot.width - 1)).round() as u16;
        let down = ((1.0 - self.y.share(y)) * f64::from(plot.height - 1)).round() as u16;
        (plot.x + across, plot.y + down)
    }

    fn draw_line(&self, points: &[&Point], buffer: &mut Buffer) {
        let place = |point: &Point| (self.x.share(point.x), self.y.share(point.y));
        let color = self.look.front.fg.unwrap_or(Color::Reset);
        Canvas::default()
            .background_color(self.look.text.bg.unwrap_or(Color::Reset))
            .marker(if self.look.ascii { Marker::Custom('.') } else { Marker::Braille })
            .x_bounds([0.0, 1.0])
            .y_bounds([0.0, 1.0])
            .paint(|canvas| {
                for ends in points.windows(2) {
                    let ((x1, y1), (x2, y2)) = (place(ends[0]), place(ends[1]));
                    canvas.draw(&Line { x1, y1, x2, y2, color });
                }
            })
            .render(self.inside(), buffer);
    }

    fn draw_axes(&self, y_ticks: &[f64], buffer: &mut Buffer) {
        let (side, floor, corner) =
            if self.look.ascii { ("|", "-", "+") } else { ("│", "─", "└") };
        let (plot, bottom) = (self.plot, self.plot.bottom());
        let mut draw = |at, sign| {
            buffer[at].set_symbol(sign).set_style(self.look.axes);
        };
        (plot.y..bottom).for_each(|row| draw((plot.x, row), side));
        (plot.x..plot.right()).for_each(|column| draw((column, bottom), floor));
        draw((plot.x, bottom), corner);
        for tick in y_ticks {
            let (_, top) = self.cell(1.0, *tick);
            let text = tick.to_string();
            let left = plot.x.saturating_sub(text.len() as u16 + 1);
            buffer.set_string(left, top, &text, self.look.text);
        }
        let mut free = plot.x;
        for tick in self.x.ticks(usize::from(plot.width) / 8) {
            let (middle, _) = self.cell(tick, 0.0);
            let text = tick.to_string();
            let left = middle.saturating_sub(text.len() as u16 / 2);
            if left >= free && left + text.len() as u16 <= plot.right() {
                buffer.set_string(left, bottom + 1, &text, self.look.text);
                free = left + text.len() as u16 + 1;
            }
        }
    }
}

impl Scatter {
    /// Draws the plot into `area` of `buffer`; nothing where there is not enough room for it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, look: PlotStyle) {
        let area = area.intersection(buffer.area);
        let legend = self.legend(usize::from(area.width));
        let (x, y) = self.scales();
        let ticks = y.ticks(5);
        let margin = ticks.iter().map(|tick| tick.to_string().len()).max().unwrap_or(0) as u16 + 2;
        // Title above; axis, ticks, an empty line and legend below.
        let below = 3 + legend.len() as u16;
        if area.width < margin + 16 || area.height < below + 5 {
            return;
        }
        let plot = Rect {
            x: area.x + margin - 1,
            y: area.y + 1,
            width: area.width - margin + 1,
            height: area.height - 1 - below,
        };
        let title = format!("{} against {}", self.y_label, self.x_label);
        put(buffer, area, 0, 0, &title, look.title);
        let frame = TextAxes { x, y, plot, look };
        let front = self.front.iter().filter_map(|at| self.points.get(*at));
        frame.draw_line(&front.collect::<Vec<_>>(), buffer);
        frame.draw_axes(&ticks, buffer);
        let mut points: Vec<_> = self.drawn().collect();
        // The front on top of the others.
        points.sort_by_key(|(index, _, _)| self.front.contains(index));
        for (index, point, group) in points {
            let best = self.front.contains(&index);
            let style = look.of(group);
            let style = if best { style.add_modifier(Modifier::BOLD) } else { style };
            buffer[frame.cell(point.x, point.y)].set_char(letter(group, best)).set_style(style);
        }
        let first = area.height - legend.len() as u16;
        for (row, entries) in (first..).zip(&legend) {
            let mut left = 0;
            for (text, group) in entries {
                put(buffer, area, left, row, text, group.map_or(look.text, |at| look.of(at)));
                left += text.chars().count() as u16 + 2;
            }
        }
    }

    /// The groups with their letters, in lines of `width`.
    fn legend(&self, width: usize) -> Vec<Vec<(String, Option<usize>)>> {
        let groups = self.groups();
        let named = groups.iter().take(LETTERS.len() - 1).enumerate();
        let mut entries: Vec<_> =
            named.map(|(at, name)| (format!("{} {name}", letter(at, false)), Some(at))).collect();
        if groups.len() >= LETTERS.len() {
            entries.push(("+ the rest".to_owned(), None));
        }
        entries.push(("capitals, and the line: the best front".to_owned(), None));
        let mut lines: Vec<Vec<_>> = vec![Vec::new()];
        let mut used = 0;
        for (text, group) in entries {
            let length = text.chars().count();
            if used > 0 && used + length > width {
                lines.push(Vec::new());
                used = 0;
            }
            used += length + 2;
            if let Some(line) = lines.last_mut() {
                line.push((text, group));
            }
        }
        lines
    }
}

/// Writes `text` at a place counted from the corner of `area`, cut off at its right end.
fn put(buffer: &mut Buffer, area: Rect, left: u16, top: u16, text: &str, style: Style) {
    let room = usize::from(area.width.saturating_sub(left));
    if room > 0 {
        buffer.set_stringn(area.x + left, area.y + top, text, room, style);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::scatter;
    use super::*;

    fn drawn(width: u16, height: u16, ascii: bool) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        scatter().draw(area, &mut buffer, PlotStyle::printed(ascii, true));
        let row = |y| (0..width).map(move |x| (x, y));
        let line = |y| row(y).map(|at| buffer[at].symbol()).collect::<String>();
        (0..height).map(|y| line(y).trim_end().to_owned() + "\n").collect()
    }

    #[test]
    fn a_letter_is_a_group_and_a_capital_the_front() {
        let text = drawn(60, 16, true);
        assert!(text.is_ascii(), "{text}");
        assert!(text.starts_with("nats against passes\n"), "{text}");
        let (plot, legend) = text.split_at(text.find("a p2").unwrap());
        assert_eq!(plot.matches('A').count(), 3, "{text}");
        assert_eq!(legend, "a p2  b random  capitals, and the line: the best front\n");
        assert!(drawn(60, 16, false).contains('└'));
    }

    #[test]
    fn no_room_is_no_plot_and_no_panic() {
        for (width, height) in [(0, 0), (5, 40), (60, 6), (18, 12), (24, 12)] {
            drawn(width, height, false);
        }
        assert_eq!(drawn(10, 4, false).trim(), "");
    }
}
