//! The table: a line for each combination, the best first.

use crate::sweep::plan::SweepPlan;
use crate::sweep::report::SweepReport;
use crate::sweep::setting_summary::SettingSummary;
use crate::sweep::yardstick::Yardstick;

/// Lines beside those of the best front.
const MOST: usize = 20;

/// A number of a combination: what it is called, and what it is.
type Column = (&'static str, String);

/// Every combination of the best front and the best of the others, best first; and how many more there
/// are.
pub fn summary(plan: &SweepPlan, report: &SweepReport<'_>) -> String {
    let yardstick = Yardstick::of(plan);
    let mut places: Vec<usize> = (0..report.summaries.len()).collect();
    let badness = |at: &usize| yardstick.badness(&report.summaries[*at]);
    // Nothing written is no number, and a number that is none sorts last.
    places.sort_by(|a, b| badness(a).total_cmp(&badness(b)));
    let all = places.len();
    let shown = places.into_iter().enumerate();
    let shown = shown.filter(|(rank, at)| *rank < MOST || report.front.contains(at));
    let lines: Vec<(Vec<Column>, String)> = shown
        .map(|(_, at)| {
            let summary = &report.summaries[at];
            let sign = if report.front.contains(&at) { "*" } else { "" };
            let mut columns = columns(plan, summary);
            columns.push(("", sign.to_owned()));
            (columns, report.label(summary))
        })
        .collect();
    let mut text = aligned(&lines);
    if lines.len() < all {
        text.push_str(&format!("and {} more in the CSV file\n", all - lines.len()));
    }
    text.push_str("* the best front: no setting is better in as few passes\n");
    text
}

/// The numbers of `summary`, its quality first. Without times there is no speed.
fn columns(plan: &SweepPlan, summary: &SettingSummary) -> Vec<Column> {
    let measurement = &summary.measurement;
    let scores = Yardstick::of(plan).scores(summary);
    let cost = |passes| {
        let mut columns = vec![
            (passes, format!("{:.1}", measurement.passes_per_text())),
            ("tokens/pass", format!("{:.1}", measurement.tokens_per_pass())),
        ];
        let speed = || ("tokens/s", format!("{:.0}", measurement.tokens_per_second()));
        columns.extend(plan.timings.then(speed));
        columns
    };
    // Python has a measure called passes, too.
    if let Some((first, others)) = scores.split_first() {
        return [std::slice::from_ref(first), &cost("passes (NFE)"), others].concat();
    }
    let worth = measurement.nats_per_new_pair();
    let worth = if worth.is_nan() { "-".to_owned() } else { format!("{worth:.3}") };
    let quality = [
        ("nats/token", format!("{:.3}", measurement.quality.nats_per_token())),
        ("repetition", format!("{:.0} %", measurement.quality.repetition() * 100.0)),
    ];
    [&[("nats/new pair", worth)][..], &cost("passes"), &quality].concat()
}

/// Numbers to the right, the setting to the left.
fn aligned(lines: &[(Vec<Column>, String)]) -> String {
    let Some((first, _)) = lines.first() else { return String::new() };
    let heads: Vec<&str> = first.iter().map(|(head, _)| *head).collect();
    let width = |column: usize| {
        let cells = lines.iter().map(|(columns, _)| columns[column].1.as_str());
        cells.chain([heads[column]]).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let row = |cells: Vec<&str>, label: &str| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>0$}", *width));
        format!("{}  {label}\n", cells.collect::<Vec<_>>().join("  "))
    };
    let numbers = lines.iter().map(|(columns, label)| {
        row(columns.iter().map(|(_, cell)| cell.as_str()).collect(), label)
    });
    std::iter::once(row(heads.clone(), "setting")).chain(numbers).collect()
}

/// One combination as soon as all of its texts are written.
pub fn line(plan: &SweepPlan, summary: &SettingSummary, label: String) -> String {
    let speed = match plan.timings {
        true => format!(", {:.0} tokens/s", summary.measurement.tokens_per_second()),
        false => String::new(),
    };
    let passes = summary.measurement.passes_per_text();
    match Yardstick::of(plan).scores(summary).first() {
        Some((name, score)) => {
            format!("{name} {score}, {passes:>5.1} passes (NFE){speed}: {label}")
        }
        None => {
            let worth = summary.measurement.nats_per_new_pair();
            let worth = if worth.is_nan() { "-".to_owned() } else { format!("{worth:.3}") };
            let repetition = summary.measurement.quality.repetition() * 100.0;
            format!(
                "{worth:>7} nats/new pair, {passes:>5.1} passes{speed}, repetition {repetition:.0} %: {label}"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::plan::tests::{examined, plan, sound};
    use crate::sweep::record::Row;
    use crate::sweep::record::tests::row;

    #[test]
    fn answers_are_listed_by_their_scores_and_texts_by_their_nats() {
        let texts = plan(&[("steps", "8,16")]);
        let answers = examined(&texts);
        for (plan, head, first) in [
            (
                &answers,
                "right  passes (NFE)  tokens/pass  tokens/s  near     setting",
                "75 % (30 to 95)          16.0          1.0      1000  50 %  *  steps 16",
            ),
            (
                &texts,
                "nats/new pair  passes  tokens/pass  tokens/s  nats/token  repetition     setting",
                "2.000     8.0          2.0      2000       1.750         8 %  *  steps 8",
            ),
        ] {
            let grid = plan.grid(sound).unwrap();
            let text = |job: crate::sweep::plan::Job| {
                let (passes, nats) = [(8, 28.0), (16, 56.0)][job.setting];
                let right = f64::from(u8::from(job.setting == 1 && !job.index.is_multiple_of(4)));
                let scores = if plan.exam.is_some() { vec![right, 0.5] } else { Vec::new() };
                Row { scores, ..row(job, passes, nats) }
            };
            let rows: Vec<Row> = plan.jobs(&grid).map(text).collect();
            let table = summary(plan, &SweepReport::new(plan, &grid, &rows));
            let lines: Vec<&str> = table.lines().map(str::trim).collect();
            assert_eq!(lines[..2], [head, first], "{table}");
        }
    }
}
