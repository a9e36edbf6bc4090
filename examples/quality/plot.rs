//! The plot: passes against nats for each new pair, a line a sampler.

use crate::Measured;
use crate::plan::CANVAS;
use remask::sweep::pareto::pareto_front;
use remask::sweep::plot::{Point, Scatter};

/// `docs/samplers.svg`.
pub fn svg(results: &[Measured]) -> String {
    let worth: Vec<(f64, f64)> = results
        .iter()
        .map(|m| (m.measurement.passes_per_text(), m.measurement.nats_per_new_pair()))
        .collect();
    let point = |(measured, &(x, y)): (&Measured, &(f64, f64))| {
        let name = measured.setting.name;
        let group = match measured.setting.is_preset() {
            true => format!("preset {name}"),
            false => name.to_owned(),
        };
        let varied = measured.setting.varied.map(|(knob, value)| format!(", {knob} {value}"));
        Point { x, y, label: format!("{group}{}", varied.unwrap_or_default()), group }
    };
    let scatter = Scatter {
        title: "Steps against quality".to_owned(),
        x_label: format!("network passes a text of {CANVAS} tokens"),
        y_label: "nats for each new pair (lower is better)".to_owned(),
        lower_is_better: true,
        points: results.iter().zip(&worth).map(point).collect(),
        front: pareto_front(&worth),
        joined: true,
    };
    scatter.to_svg()
}
