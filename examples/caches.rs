//! What approximate caches save and what they cost, on models whose positions all see each other: passes, positions read,
//! time, and how far the logits are from those of passes over everything.
//!
//! `cargo run --release --example caches -- MODEL...`

use std::error::Error;
use std::path::Path;

use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, Step, StepOutcome};
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, Threads};
use remask::rng::{Purpose, Stream};

/// Tokens of the prompt, of the answer, and of a block.
const LENGTHS: (usize, usize, usize) = (32, 64, 16);
/// Prompts.
const TEXTS: usize = 8;

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "| model | cache | refreshed | passes | positions a pass | ms a pass | KL, nats | tokens as without |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for path in std::env::args().skip(1) {
        let mut model = LanguageModel::open(Path::new(&path), Threads::new(None)?)?;
        let name = Path::new(&path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let plain = all(&mut model, &[])?;
        println!("{}", row((&name, "off", ""), &plain, &plain, &plain));
        for cache in ["prefix", "dual", "dkv", "dllm"] {
            for refresh in ["1", "4", "auto"] {
                let knobs = [("cache", cache), ("cache-refresh", refresh)];
                let checked = [&knobs[..], &[("cache-check", "1")]].concat();
                let (timed, checked) = (all(&mut model, &knobs)?, all(&mut model, &checked)?);
                println!("{}", row((&name, cache, refresh), &timed, &checked, &plain));
            }
        }
    }
    Ok(())
}

type Texts = Vec<(Vec<u32>, Vec<Step>)>;

/// Every text, and the steps that it took.
fn all(model: &mut LanguageModel, knobs: &[(&str, &str)]) -> Result<Texts, Box<dyn Error>> {
    let (_, answer, block) = LENGTHS;
    let mut settings = Settings::default().with("temperature", "0")?;
    settings = settings.with("steps", &(answer / 2).to_string())?;
    settings = settings.with("block-length", &block.to_string())?;
    for (knob, value) in knobs {
        settings = settings.with(knob, value)?;
    }
    let mut texts = Vec::new();
    for text in 0..TEXTS {
        let segments = [Segment::Prompt(prompt(model, text)), Segment::Noise(answer)];
        let mut session =
            Session::new(&segments, settings.clone(), model.vocabulary(), model.context())?;
        model.reset_cache();
        let mut steps = Vec::new();
        while let StepOutcome::Stepped(step) = session.step(model, &Cancel::never())? {
            steps.push(*step);
        }
        texts.push((session.canvas().ids().to_vec(), steps));
    }
    Ok(texts)
}

/// Tokens drawn from the vocabulary: what a model makes of them is not looked at.
fn prompt(model: &LanguageModel, text: usize) -> Vec<u32> {
    let mut rng = Stream::new(0, text, Purpose::Task, 0);
    let drawable = model.vocabulary().drawable;
    let tokens = std::iter::repeat_with(|| rng.below(drawable) as u32);
    let plain = tokens.filter(|id| !model.vocabulary().special.contains(id));
    plain.take(LENGTHS.0).collect()
}

fn row(
    (name, cache, refresh): (&str, &str, &str),
    texts: &Texts,
    checked: &Texts,
    plain: &Texts,
) -> String {
    let steps = || texts.iter().flat_map(|(_, steps)| steps);
    let passes = steps().count();
    let read: usize = steps().map(|step| step.positions_read).sum();
    let measured: Vec<f64> = checked
        .iter()
        .flat_map(|(_, steps)| steps)
        .filter_map(|step| step.cached.as_ref()?.divergence)
        .collect();
    let nats = match measured.len() {
        0 => String::new(),
        count => format!("{:.1e}", measured.iter().sum::<f64>() / count as f64),
    };
    let time: f64 = steps().map(|step| step.forward.as_secs_f64()).sum();
    let pairs = texts
        .iter()
        .zip(plain)
        .flat_map(|((ours, _), (theirs, _))| ours.iter().zip(theirs).skip(LENGTHS.0));
    let (same, all) =
        pairs.fold((0, 0), |(same, all), (a, b)| (same + usize::from(a == b), all + 1));
    format!(
        "| {name} | {cache} | {refresh} | {:.1} | {:.1} | {:.3} | {nats} | {:.0} % |",
        passes as f64 / texts.len() as f64,
        read as f64 / passes as f64,
        time / passes as f64 * 1e3,
        100.0 * same as f64 / all as f64
    )
}
