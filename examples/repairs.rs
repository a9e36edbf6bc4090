//! Which wrong cells samplers repair: every cell of held-out Sudokus is watched from step to step, and compared with
//! the one solution.
//!
//! `cargo run --release --example repairs -- PROBLEMS STEPS`; the table stands in `docs/tasks.md`.
//!
//! Columns: puzzles solved; cells that were wrong at some time, a puzzle; of these the share that was right in the end;
//! cells that had been right and were wrong in the end, a puzzle; passes (NFE).

use std::error::Error;
use std::path::Path;

use remask::cancel::Cancel;
use remask::diffusion::{Session, StepOutcome};
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, Threads};
use remask::tasks::exam::{self, EXAM_SEED};
use remask::tasks::sudoku::Sudoku;
use remask::tasks::{Problem, Split, Task};

/// Those that keep what they write, and those that remask or write over it.
const SAMPLERS: [&str; 12] = [
    "low-confidence",
    "random",
    "p2",
    "wino",
    "token-editing",
    "remdm-cap",
    "remdm-rescale",
    "remdm-conf",
    "remdm-loop",
    "forward-backward",
    "diffusion-gemma",
    "left-to-right",
];

/// What became of the cells of some puzzles.
#[derive(Default)]
struct Fates {
    solved: usize,
    ever_wrong: usize,
    repaired: usize,
    spoiled: usize,
    passes: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let problems: u64 = arguments.next().map_or(Ok(100), |count| count.parse())?;
    let steps = arguments.next().unwrap_or_else(|| "12".to_owned());
    let mut model = LanguageModel::open(Path::new("sudoku"), Threads::new(None)?)?;
    println!("| sampler | solved | wrong at some time | repaired | spoiled | passes (NFE) |");
    println!("|---|---|---|---|---|---|");
    let large = |index: &u64| Sudoku.problem(EXAM_SEED, Split::HeldOut, *index).group == "6x6";
    let indices: Vec<u64> = (0..).filter(large).take(problems as usize).collect();
    for sampler in SAMPLERS {
        let settings = Settings::default().with("temperature", "0")?.with("steps", &steps)?;
        let settings = settings.with("sampler", sampler)?;
        let mut fates = Fates::default();
        for index in &indices {
            let problem = Sudoku.problem(EXAM_SEED, Split::HeldOut, *index);
            watch(&mut model, &problem, settings.clone(), &mut fates)?;
        }
        let each = |count: usize| count as f64 / problems.max(1) as f64;
        println!(
            "| {sampler} | {:.1} % | {:.2} | {:.0} % | {:.2} | {:.1} |",
            100.0 * each(fates.solved),
            each(fates.ever_wrong),
            100.0 * fates.repaired as f64 / fates.ever_wrong.max(1) as f64,
            each(fates.spoiled),
            each(fates.passes),
        );
    }
    Ok(())
}

/// Has a puzzle solved, and adds up what became of its cells.
fn watch(
    model: &mut LanguageModel,
    problem: &Problem,
    settings: Settings,
    fates: &mut Fates,
) -> Result<(), Box<dyn Error>> {
    let answer = model.tokenizer().encode(&problem.answer)?;
    let segments = exam::segments(model, &Sudoku, problem)?;
    let first = segments[0].positions();
    let mut session = Session::new(&segments, settings, model.vocabulary(), model.context())?;
    model.reset_cache();
    let (mut ever_wrong, mut ever_right) = (vec![false; answer.len()], vec![false; answer.len()]);
    while let StepOutcome::Stepped(_) = session.step(model, &Cancel::never())? {
        fates.passes += 1;
        let mut written = vec![true; answer.len()];
        session.canvas().open().for_each(|position| written[position - first] = false);
        for (cell, right) in answer.iter().enumerate().filter(|(cell, _)| written[*cell]) {
            match session.canvas().ids()[first + cell] == *right {
                true => ever_right[cell] = true,
                false => ever_wrong[cell] = true,
            }
        }
    }
    let ids = &session.canvas().ids()[first..];
    let right: Vec<bool> = ids.iter().zip(&answer).map(|(id, right)| id == right).collect();
    fates.solved += usize::from(right.iter().all(|right| *right));
    for ((right, ever_wrong), ever_right) in right.iter().zip(ever_wrong).zip(ever_right) {
        fates.ever_wrong += usize::from(ever_wrong);
        fates.repaired += usize::from(ever_wrong && *right);
        fates.spoiled += usize::from(ever_right && !right);
    }
    Ok(())
}
