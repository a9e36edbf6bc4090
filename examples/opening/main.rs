//! What an opening scene shows, measured: in which order a text is written, how soon the whole page is words,
//! what the text is worth, and whether it ends with a sentence.
//!
//! `cargo run --release --example opening -- SEEDS "TEXT" knob=value .. [-- "TEXT" knob=value ..]`
//!
//! Columns: passes; order, the rank correlation (Spearman's, ties by their mean) of a token's place and the pass
//! that wrote it first, and of its place and the pass that wrote what stands there at last: 1 is typing, 0 is
//! everywhere; words, the share of the canvas that shows a word, written or guessed, after a quarter of the passes;
//! nats a new pair of what was written, as the next-token half of the model judges; the share of texts that end with a sentence.

use std::collections::{HashMap, HashSet};
use std::error::Error;

use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome, TokenOutcome, TokenState};
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, Threads};
use remask::prompt::{Layout, Prompt};
use remask::quality::Judge;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let seeds: u64 = arguments.next().ok_or("how many seeds?")?.parse()?;
    let arguments: Vec<String> = arguments.collect();
    let mut model = LanguageModel::bundled(Threads::new(None)?)?;
    let judge = Judge::new(model.share())?;
    println!("passes  first  last  words  nats/new pair  ends  setting");
    for setting in arguments.split(|argument| argument == "--") {
        let (text, knobs) = setting.split_first().ok_or("a setting begins with its text")?;
        let mut settings = Settings::default();
        for knob in knobs {
            let (name, value) = knob.split_once('=').ok_or("a knob is set as name=value")?;
            settings = settings.with(name, value)?;
        }
        let mut all = Vec::new();
        for seed in 0..seeds {
            let settings = settings.clone().with("seed", &seed.to_string())?;
            all.push(observe(&mut model, &judge, text, settings)?);
        }
        println!("{}  {text} {}", row(&all), knobs.join(" "));
        for scene in all.iter().take(std::env::var("TEXTS").map_or(Ok(0), |n| n.parse())?) {
            println!("    | {}", scene.text.replace('\n', "\n    | "));
        }
    }
    Ok(())
}

/// What was seen of one text.
struct Scene {
    passes: usize,
    first: f64,
    last: f64,
    words: f64,
    nats: f64,
    new_pairs: usize,
    ends: bool,
    text: String,
}

fn observe(
    model: &mut LanguageModel,
    judge: &Judge,
    text: &str,
    settings: Settings,
) -> Result<Scene, Box<dyn Error>> {
    let segments: Vec<Segment> =
        Prompt::Text(text.to_owned()).segments(Layout::of(model, &settings))?;
    let mut session = Session::new(&segments, settings, model.vocabulary(), model.context())?;
    model.reset_cache();
    let states = session.canvas().states().to_vec();
    let noise = |position: &usize| states[*position] == TokenState::Noise;
    let answer: Vec<usize> = (0..states.len()).filter(noise).collect();
    let (mut first, mut last) = (HashMap::new(), HashMap::new());
    let mut guessed = Vec::new();
    while let StepOutcome::Stepped(step) = session.step(model, &Cancel::never())? {
        for update in &step.updates {
            if matches!(update.outcome, TokenOutcome::Written | TokenOutcome::Overwritten) {
                first.entry(update.position).or_insert(step.index);
                last.insert(update.position, step.index);
            }
        }
        guessed.push(step.updates.len().max(guessed.last().copied().unwrap_or(0)));
    }
    let passes = guessed.len();
    let canvas = session.canvas();
    let end = canvas.text_end(model.vocabulary());
    // What was written alone is judged, hole by hole, each given all that stands before it.
    let (mut nats, mut pairs) = (0.0, HashSet::new());
    for hole in answer.chunk_by(|a, b| a + 1 == *b) {
        let (from, to) = (hole[0].min(end), (hole[hole.len() - 1] + 1).min(end));
        nats += judge.read(model.tokenizer(), canvas.ids(), from..to, &Cancel::never())?.nats;
        pairs.extend(canvas.ids()[from..to].windows(2).map(<[u32]>::to_vec));
    }
    let text = model.tokenizer().decode(&canvas.ids()[..end]);
    let written = text.trim_end().trim_end_matches('"');
    let order = |at: &HashMap<usize, usize>| {
        let places = answer.iter().filter(|place| **place < end);
        let pairs = places.filter_map(|place| Some((*place as f64, *at.get(place)? as f64)));
        rank_correlation(&pairs.collect::<Vec<_>>())
    };
    Ok(Scene {
        passes,
        first: order(&first),
        last: order(&last),
        words: guessed.get(passes / 4).copied().unwrap_or(0) as f64 / answer.len().max(1) as f64,
        nats,
        new_pairs: pairs.len(),
        ends: written.ends_with(['.', '!', '?']),
        text,
    })
}

fn row(scenes: &[Scene]) -> String {
    let count = scenes.len().max(1) as f64;
    let mean = |of: fn(&Scene) -> f64| scenes.iter().map(of).sum::<f64>() / count;
    let nats: f64 = scenes.iter().map(|scene| scene.nats).sum();
    let pairs: usize = scenes.iter().map(|scene| scene.new_pairs).sum();
    format!(
        "{:6.1}  {:5.2} {:5.2}  {:5.2}  {:13.2}  {:4.1}",
        mean(|scene| scene.passes as f64),
        mean(|scene| scene.first),
        mean(|scene| scene.last),
        mean(|scene| scene.words),
        nats / pairs.max(1) as f64,
        mean(|scene| f64::from(u8::from(scene.ends))),
    )
}

/// Spearman's rank correlation of `pairs`; 0 where one side does not vary.
fn rank_correlation(pairs: &[(f64, f64)]) -> f64 {
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (a, b) = (ranks(&a), ranks(&b));
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len().max(1) as f64;
    let (mean_a, mean_b) = (mean(&a), mean(&b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(&b).map(|(a, b)| f(a - mean_a, b - mean_b)).sum()
    };
    let spread = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    if spread == 0.0 { 0.0 } else { sum(&|a, b| a * b) / spread }
}

/// The rank of each value; equal ones share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        below as f64 + (equal as f64 + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}
