//! A scatter plot of cost to the right, on a logarithmic scale, and quality upwards, with the best front
//! drawn through it: as SVG, and in a terminal.

mod scale;
mod svg;
mod terminal;

pub use terminal::{PlotStyle, SERIES};

use scale::Scale;

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// What it says above.
    pub title: String,
    /// What is counted to the right, and in what.
    pub x_label: String,
    /// What is counted upwards, and in what.
    pub y_label: String,
    /// Whether less of that is better: then the worst, which lie far above all others, are cut off.
    pub lower_is_better: bool,
    /// In any order; those that are not numbers, or lie at 0 or left of it, are not drawn.
    pub points: Vec<Point>,
    /// The places in `points` of those on the best front, from left to right.
    pub front: Vec<usize>,
    /// Whether the file joins the points of each group, from left to right.
    pub joined: bool,
}

/// One thing that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What it cost.
    pub x: f64,
    /// What it is worth.
    pub y: f64,
    /// Points of one group share a colour.
    pub group: String,
    /// What it is.
    pub label: String,
}

impl Point {
    fn can_be_drawn(&self) -> bool {
        self.x.is_finite() && self.x > 0.0 && self.y.is_finite()
    }
}

impl Scatter {
    /// Each group once, in the order of the points.
    fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for point in &self.points {
            if !groups.contains(&point.group.as_str()) {
                groups.push(&point.group);
            }
        }
        groups
    }

    /// The points that can be drawn: place, point, and place of its group.
    fn drawn(&self) -> impl Iterator<Item = (usize, &Point, usize)> {
        let groups = self.groups();
        let drawn = self.points.iter().enumerate().filter(|(_, point)| point.can_be_drawn());
        drawn.map(move |(index, point)| {
            let group = groups.iter().position(|group| *group == point.group);
            (index, point, group.unwrap_or_default())
        })
    }

    fn scales(&self) -> (Scale, Scale) {
        let x: Vec<f64> = self.drawn().map(|(_, point, _)| point.x).collect();
        let y: Vec<f64> = self.drawn().map(|(_, point, _)| point.y).collect();
        let must_show = self.front.iter().filter_map(|at| self.points.get(*at));
        let must_show = match self.lower_is_better {
            true => must_show.map(|point| point.y).fold(f64::NEG_INFINITY, f64::max),
            // The best lie at the top.
            false => f64::INFINITY,
        };
        (Scale::logarithmic(&x), Scale::linear(&y, must_show))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Two groups, one of which is better everywhere, and a point that is no number.
    pub fn scatter() -> Scatter {
        let point = |x: f64, y: f64, group: &str| Point {
            x,
            y,
            group: group.to_owned(),
            label: format!("{group} <{x}>"),
        };
        Scatter {
            title: "quality & passes".to_owned(),
            x_label: "passes".to_owned(),
            y_label: "nats".to_owned(),
            lower_is_better: true,
            points: vec![
                point(8.0, 4.0, "p2"),
                point(16.0, 3.0, "p2"),
                point(32.0, 2.5, "p2"),
                point(8.0, 5.0, "random"),
                point(32.0, 3.5, "random"),
                point(32.0, f64::NAN, "random"),
            ],
            front: vec![0, 1, 2],
            joined: true,
        }
    }

    #[test]
    fn the_best_are_never_cut_off() {
        let mut scatter = scatter();
        scatter.points[0].y = 90.0;
        scatter.front = vec![2];
        let [cut, whole] = [true, false].map(|lower_is_better| {
            let (_, y) = Scatter { lower_is_better, ..scatter.clone() }.scales();
            y.share(90.0) - y.share(40.0)
        });
        assert_eq!(cut, 0.0, "both lie at the upper end");
        assert!(whole > 0.3);
    }
}
