//! The plot as a file that a browser shows.

use std::fmt::Write;

use super::scale::Scale;
use super::{Point, Scatter};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;
/// One line of the list of groups.
const ROW: f64 = 16.0;

/// Where things are drawn.
struct SvgAxes {
    x: Scale,
    y: Scale,
    height: f64,
}

impl SvgAxes {
    fn left(&self, point: &Point) -> f64 {
        LEFT + self.x.share(point.x) * (WIDTH - LEFT - RIGHT)
    }

    fn top(&self, point: &Point) -> f64 {
        self.bottom() - self.y.share(point.y) * (self.bottom() - TOP)
    }

    fn bottom(&self) -> f64 {
        self.height - BOTTOM
    }

    fn draw_line<'a>(
        &self,
        points: impl IntoIterator<Item = &'a Point>,
        colour: &str,
        width: f64,
        svg: &mut String,
    ) {
        let points = points.into_iter();
        let path: Vec<String> =
            points.map(|point| format!("{:.1},{:.1}", self.left(point), self.top(point))).collect();
        put(
            svg,
            format_args!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n",
                path.join(" ")
            ),
        );
    }
}

impl Scatter {
    /// The plot as SVG. Each point says what it is when it is pointed at.
    pub fn to_svg(&self) -> String {
        let (x, y) = self.scales();
        let listed = TOP + ROW * (self.groups().len() as f64 + 2.0);
        let frame = SvgAxes { x, y, height: listed.max(560.0) };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{}</text>\n",
            escaped(&self.title),
            height = frame.height
        );
        self.draw_grid(&frame, &mut svg);
        if self.joined {
            self.join_groups(&frame, &mut svg);
        }
        let front = self.front.iter().filter_map(|at| self.points.get(*at));
        frame.draw_line(front, "#222", 1.5, &mut svg);
        self.draw_points(&frame, &mut svg);
        self.list_groups(&mut svg);
        svg.push_str("</svg>\n");
        svg
    }

    fn draw_grid(&self, frame: &SvgAxes, svg: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, frame.bottom());
        for tick in frame.x.ticks(8) {
            let at = LEFT + frame.x.share(tick) * (right - LEFT);
            put(
                svg,
                format_args!(
                    "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>\n",
                    bottom + 18.0
                ),
            );
        }
        for tick in frame.y.ticks(8) {
            let at = bottom - frame.y.share(tick) * (bottom - TOP);
            put(
                svg,
                format_args!(
                    "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{right:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>\n",
                    LEFT - 8.0,
                    at + 4.0
                ),
            );
        }
        let middle = (TOP + bottom) / 2.0;
        put(
            svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text x=\"16\" y=\"{middle:.1}\" text-anchor=\"middle\" \
             transform=\"rotate(-90 16 {middle:.1})\">{}</text>\n",
                (LEFT + right) / 2.0,
                bottom + 38.0,
                escaped(&self.x_label),
                escaped(&self.y_label)
            ),
        );
    }

    fn join_groups(&self, frame: &SvgAxes, svg: &mut String) {
        for group in 0..self.groups().len() {
            let own = self.drawn().filter(|(_, _, at)| *at == group);
            let mut points: Vec<&Point> = own.map(|(_, point, _)| point).collect();
            points.sort_by(|a, b| a.x.total_cmp(&b.x));
            frame.draw_line(points, &colour_of(group), 1.0, svg);
        }
    }

    fn draw_points(&self, frame: &SvgAxes, svg: &mut String) {
        for (index, point, group) in self.drawn() {
            let best = self.front.contains(&index);
            put(
                svg,
                format_args!(
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{}\" fill=\"{}\"{}><title>{}</title></circle>\n",
                    frame.left(point),
                    frame.top(point),
                    if best { 5 } else { 3 },
                    colour_of(group),
                    if best { " stroke=\"#222\" stroke-width=\"1.5\"" } else { "" },
                    escaped(&point.label)
                ),
            );
        }
    }

    fn list_groups(&self, svg: &mut String) {
        let (left, mut top) = (WIDTH - RIGHT + 14.0, TOP + 8.0);
        put(svg, format_args!("<text x=\"{left}\" y=\"{top}\">\u{2014} the best front</text>\n"));
        for (index, group) in self.groups().into_iter().enumerate() {
            top += ROW;
            let (colour, name) = (colour_of(index), escaped(group));
            put(
                svg,
                format_args!("<text x=\"{left}\" y=\"{top}\" fill=\"{colour}\">{name}</text>\n"),
            );
        }
    }
}

/// Writing into a string cannot fail.
fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = svg.write_fmt(text);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A colour of its own for every group: hues a golden angle apart, not all equally dark.
fn colour_of(index: usize) -> String {
    let hue = (index * 137 % 360) as f64 / 60.0;
    let dark = [0.85, 0.6, 0.72][index % 3];
    let channel = |offset: f64| {
        let x = (hue + offset).rem_euclid(6.0);
        let share = (2.0 - (x - 3.0).abs()).clamp(0.0, 1.0);
        (255.0 * dark * (0.12 + 0.88 * share)).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", channel(3.0), channel(1.0), channel(5.0))
}

#[cfg(test)]
mod tests {
    use super::super::tests::scatter;
    use super::*;

    #[test]
    fn every_point_is_drawn_and_says_what_it_is() {
        let svg = scatter().to_svg();
        assert_eq!(svg.matches("<circle").count(), 5, "not the one that is no number");
        assert_eq!(svg.matches("r=\"5\"").count(), 3, "the front");
        assert!(svg.contains("quality &amp; passes") && svg.contains("p2 &lt;8&gt;"));
        assert!(!svg.contains("NaN"));
        assert_eq!(svg.matches("<polyline").count(), 3, "the front and both groups");
        assert_ne!(colour_of(0), colour_of(1));
    }

    #[test]
    fn nothing_measured_is_an_empty_plot() {
        let nothing = Scatter { points: Vec::new(), front: Vec::new(), ..scatter() };
        let svg = nothing.to_svg();
        assert!(!svg.contains("<circle") && !svg.contains("NaN") && svg.ends_with("</svg>\n"));
    }
}
