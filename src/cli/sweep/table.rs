//! The table: a line for each combination, the best first.

use crate::sweep::plan::SweepPlan;
use crate::sweep::report::SweepReport;
use crate::sweep::setting_summary::SettingSummary;

/// Lines beside those of the best front.
const MOST: usize = 20;

/// Every combination of the best front and the best of the others, best first; and how many more there
/// are.
pub fn summary(plan: &SweepPlan, report: &SweepReport<'_>) -> String {
    let mut places: Vec<usize> = (0..report.summaries.len()).collect();
    let worth = |at: &usize| report.summaries[*at].measurement.nats_per_new_pair();
    // Nothing written is no number, and a number that is none sorts last.
    places.sort_by(|a, b| worth(a).total_cmp(&worth(b)));
    let all = places.len();
    let shown = places.into_iter().enumerate();
    let shown = shown.filter(|(rank, at)| *rank < MOST || report.front.contains(at));
    let lines: Vec<[String; 8]> = shown
        .map(|(_, at)| {
            let summary = &report.summaries[at];
            cells(plan, summary, report.front.contains(&at), report.label(summary))
        })
        .collect();
    let mut text = aligned(plan, &lines);
    if lines.len() < all {
        text.push_str(&format!("and {} more in the CSV file\n", all - lines.len()));
    }
    text.push_str("* the best front: no setting is better in as few passes\n");
    text
}

fn heads() -> [String; 8] {
    [
        "nats/new pair",
        "passes",
        "tokens/pass",
        "tokens/s",
        "nats/token",
        "repetition",
        "",
        "setting",
    ]
    .map(str::to_owned)
}

fn cells(plan: &SweepPlan, summary: &SettingSummary, best: bool, label: String) -> [String; 8] {
    let speed = match plan.timings {
        true => format!("{:.0}", summary.measurement.tokens_per_second()),
        false => "-".to_owned(),
    };
    let worth = summary.measurement.nats_per_new_pair();
    [
        if worth.is_nan() { "-".to_owned() } else { format!("{worth:.3}") },
        format!("{:.1}", summary.measurement.passes_per_text()),
        format!("{:.1}", summary.measurement.tokens_per_pass()),
        speed,
        format!("{:.3}", summary.measurement.quality.nats_per_token()),
        format!("{:.0} %", summary.measurement.quality.repetition() * 100.0),
        if best { "*" } else { "" }.to_owned(),
        label,
    ]
}

/// Numbers to the right, the setting to the left. Without times their column is not there.
fn aligned(plan: &SweepPlan, lines: &[[String; 8]]) -> String {
    let heads = heads();
    let width = |column: usize| {
        let cells = std::iter::once(&heads).chain(lines).map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let row = |line: &[String; 8]| {
        let numbers = (0..7).filter(|column| *column != 3 || plan.timings);
        let numbers = numbers.map(|at| format!("{:>1$}", line[at], widths[at]));
        format!("{}  {}\n", numbers.collect::<Vec<_>>().join("  "), line[7])
    };
    std::iter::once(&heads).chain(lines).map(row).collect()
}

/// One combination as soon as all of its texts are written.
pub fn line(plan: &SweepPlan, summary: &SettingSummary, label: String) -> String {
    let [worth, passes, _, speed, _, repetition, _, label] = cells(plan, summary, false, label);
    let speed = if plan.timings { format!(", {speed} tokens/s") } else { String::new() };
    format!("{worth:>7} nats/new pair, {passes:>5} passes{speed}, repetition {repetition}: {label}")
}
