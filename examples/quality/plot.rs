//! The plot: passes to the right, logarithmic; nats for each new pair upwards; a line a sampler.

use crate::Measured;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 560.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 52.0;
/// Passes at the ends of the axis.
const PASSES: (f64, f64) = (4.0, 110.0);

/// `docs/samplers.svg`.
pub fn svg(results: &[Measured]) -> String {
    let values: Vec<f64> = results.iter().map(|m| m.quality.nats_per_new_pair()).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min) - 0.05;
    // The worst are cut off, or the others could not be told apart.
    let high = values.iter().copied().fold(0.0, f64::max).min(low + 5.0);
    let x = |passes: f64| {
        let share = (passes.clamp(PASSES.0, PASSES.1) / PASSES.0).ln() / (PASSES.1 / PASSES.0).ln();
        LEFT + share * (WIDTH - LEFT - RIGHT)
    };
    let y = |value: f64| {
        let share = (value.min(high) - low) / (high - low);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for passes in [6.0, 12.0, 24.0, 48.0, 96.0] {
        let at = x(passes);
        svg.push_str(&format!(
            "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{passes}</text>\n",
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 18.0
        ));
    }
    let mut value = (low * 2.0).ceil() / 2.0;
    while value < high {
        let at = y(value);
        svg.push_str(&format!(
            "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.1}</text>\n",
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0
        ));
        value += 0.5;
    }
    svg.push_str(&format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">network passes a text of 96 tokens</text>\n\
         <text x=\"16\" y=\"{:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {:.1})\">\
         nats for each new pair (lower is better)</text>\n",
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 14.0,
        HEIGHT / 2.0,
        HEIGHT / 2.0
    ));
    let mut names: Vec<&str> = Vec::new();
    for measured in results {
        if !names.contains(&measured.setting.name) {
            names.push(measured.setting.name);
        }
    }
    for (index, name) in names.iter().enumerate() {
        let group: Vec<&Measured> = results.iter().filter(|m| m.setting.name == *name).collect();
        let preset = group[0].setting.is_preset();
        let colour = if preset { "black".to_owned() } else { colour_of(index) };
        let points: Vec<(f64, f64)> =
            group.iter().map(|m| (x(m.passes), y(m.quality.nats_per_new_pair()))).collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        svg.push_str(&format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>\n",
            path.join(" ")
        ));
        for (x, y) in &points {
            let radius = if preset { 5.0 } else { 2.5 };
            svg.push_str(&format!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"/>\n"
            ));
        }
        let row = TOP + 8.0 + 16.0 * index as f64;
        svg.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{row:.1}\" fill=\"{colour}\">{}{name}</text>\n",
            WIDTH - RIGHT + 14.0,
            if preset { "preset " } else { "" }
        ));
    }
    svg.push_str("</svg>\n");
    svg
}

/// A colour of its own for every sampler: hues a golden angle apart, not all equally dark.
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
