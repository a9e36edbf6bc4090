//! Two ways of writing on the same beginnings, fairly: one after the other, undisturbed, warmed up,
//! several times, and with the quality of what was written beside every speed.

use std::sync::Arc;
use std::time::Duration;

use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::Segment;
use crate::knobs::Settings;
use crate::model::{Denoiser, Tokenizer};
use crate::quality::{Judge, Quality};
use crate::writing::write;

/// Beginnings that the bundled model can go on from; any other model finds them easy enough.
pub const BEGINNINGS: [&str; 20] = [
    "Once upon a time",
    "One day, a girl named Mia",
    "There was a little dog who",
    "Tom and his sister went to",
    "In the big forest, a bear",
    "The sun was shining and Lily",
    "A boy named Max had a",
    "Mommy gave Anna a new",
    "The cat sat under the",
    "It was a cold day, so",
    "Ben liked to play with his",
    "A small bird wanted to",
    "On the farm, the pig",
    "Sara saw a big, red",
    "The kids found a map",
    "Grandma told a story about",
    "At the beach, Sam",
    "Two friends built a",
    "The little fish was",
    "Every night, the moon",
];

/// One text, written once or several times.
#[derive(Clone, Debug)]
pub struct Heat {
    /// Network passes.
    pub passes: usize,
    /// Tokens before the first end token, which alone count.
    pub tokens: usize,
    /// Tokens on the whole canvas.
    pub canvas_tokens: usize,
    /// The median time of the repetitions, from the first pass to the last.
    pub time: Duration,
    /// What the judge says of the text.
    pub quality: Quality,
    /// The text, its beginning included.
    pub text: String,
}

/// All texts of one lane.
#[derive(Clone, Debug)]
pub struct Lane {
    /// What it is called.
    pub name: String,
    /// One a beginning.
    pub heats: Vec<Heat>,
}

/// `tokens` a second of `time`.
pub fn tokens_per_second(tokens: usize, time: Duration) -> f64 {
    tokens as f64 / time.as_secs_f64().max(f64::MIN_POSITIVE)
}

impl Heat {
    /// Tokens a second.
    pub fn tokens_per_second(&self) -> f64 {
        tokens_per_second(self.tokens, self.time)
    }
}

impl Lane {
    /// Sums, quality included.
    pub fn total(&self) -> Heat {
        let mut total = Heat {
            passes: 0,
            tokens: 0,
            canvas_tokens: 0,
            time: Duration::ZERO,
            quality: Quality::default(),
            text: String::new(),
        };
        for heat in &self.heats {
            total.passes += heat.passes;
            total.tokens += heat.tokens;
            total.canvas_tokens += heat.canvas_tokens;
            total.time += heat.time;
            total.quality.add(&heat.quality);
        }
        total
    }

    /// The value of the middle heat, and those a quarter from either end.
    pub fn quartiles(&self, of: impl Fn(&Heat) -> f64) -> [f64; 3] {
        let mut values: Vec<f64> = self.heats.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (share * values.len().saturating_sub(1) as f64).round() as usize;
            values.get(index).copied().unwrap_or(0.0)
        };
        [at(0.25), at(0.5), at(0.75)]
    }
}

/// A model, and what turns its ids into text.
pub struct Writer {
    /// The network.
    pub model: Box<dyn Denoiser>,
    /// Its tokenizer.
    pub tokenizer: Arc<Tokenizer>,
}

/// Writes what `segments` leave open as `settings` say, `repeats` times after one that warms up; the
/// same seed writes the same text every time.
///
/// # Errors
/// As [`write()`], or when `judge` cannot read the text.
pub fn heat(
    writer: &mut Writer,
    judge: &Judge,
    segments: &[Segment],
    settings: &Settings,
    repeats: usize,
) -> Result<Heat> {
    let written = write(writer.model.as_mut(), segments, settings)?;
    let times =
        (0..repeats.max(1)).map(|_| Ok(write(writer.model.as_mut(), segments, settings)?.time));
    let ids = written.canvas.ids();
    Ok(Heat {
        passes: written.passes,
        tokens: written.tokens.emitted,
        canvas_tokens: written.tokens.canvas,
        time: median(times.collect::<Result<_>>()?),
        quality: judge.read(&writer.tokenizer, ids, written.answer.clone(), &Cancel::never())?,
        text: writer.tokenizer.decode(&ids[..written.answer.end]),
    })
}

/// The middle one; of two middle ones the larger.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What a person can read out: the first lane against the second. The likelihood is that of the combined
/// reading, nats for each new pair of tokens.
pub fn verdict(first: &Lane, second: &Lane) -> String {
    let (a, b) = (first.total(), second.total());
    if let Some((lane, _)) = [(first, &a), (second, &b)].iter().find(|(_, total)| total.tokens == 0)
    {
        return format!("{} wrote nothing, so there is nothing to compare", lane.name);
    }
    let speed = a.tokens_per_second() / b.tokens_per_second();
    let per_token = |heat: &Heat| heat.passes as f64 / heat.tokens.max(1) as f64;
    let passes = per_token(&b) / per_token(&a);
    let quality = a.quality.nats_per_new_pair() / b.quality.nats_per_new_pair() - 1.0;
    let mut said = format!(
        "{} against {}: {}, {} a token",
        first.name,
        second.name,
        than(speed, ["faster", "slower", "as fast"]),
        than(passes, ["fewer passes", "more passes", "as many passes"]),
    );
    if a.quality.tokens > 0 && b.quality.tokens > 0 {
        let percent = (quality.abs() * 100.0).round();
        said.push_str(&match (percent, quality > 0.0) {
            (0.0, _) => ", likelihood the same".to_owned(),
            (_, true) => format!(", likelihood {percent}% worse"),
            (_, false) => format!(", likelihood {percent}% better"),
        });
        let nats = [a, b].map(|total| total.quality.nats_per_new_pair());
        said.push_str(&format!(" ({:.2} and {:.2} nats a new pair)", nats[0], nats[1]));
    }
    said
}

/// `ratio` as one says it: so many times more or less, or neither.
fn than(ratio: f64, [more, less, neither]: [&str; 3]) -> String {
    const SAME: f64 = 1.05;
    if (1.0 / SAME..SAME).contains(&ratio) {
        neither.to_owned()
    } else if ratio > 1.0 {
        format!("{ratio:.1}x {more}")
    } else {
        format!("{:.1}x {less}", 1.0 / ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(name: &str, passes: usize, millis: u64, nats: f64) -> Lane {
        let quality = Quality { tokens: 60, nats, pairs: 59, new_pairs: 50, ..Quality::default() };
        let heat = |extra: u64| Heat {
            passes,
            tokens: 60,
            canvas_tokens: 64,
            time: Duration::from_millis(millis + extra),
            quality,
            text: String::new(),
        };
        Lane { name: name.to_owned(), heats: (0..5).map(heat).collect() }
    }

    #[test]
    fn the_verdict_is_what_the_numbers_say() {
        let (fast, slow) = (lane("p2", 10, 100, 55.0), lane("autoregressive", 60, 250, 50.0));
        let said = verdict(&fast, &slow);
        let expected = "p2 against autoregressive: 2.5x faster, 6.0x fewer passes a token";
        assert!(said.starts_with(expected) && said.contains("likelihood 10% worse"), "{said}");
        assert!(verdict(&slow, &fast).contains("2.5x slower, 6.0x more passes"));
        let same = "x against y: as fast, as many passes a token, likelihood the same \
                    (1.00 and 1.00 nats a new pair)";
        assert_eq!(verdict(&lane("x", 10, 100, 50.0), &lane("y", 10, 101, 50.0)), same);
    }

    #[test]
    fn quartiles_are_those_of_the_heats() {
        let [low, middle, high] = lane("x", 1, 100, 1.0).quartiles(|heat| heat.time.as_secs_f64());
        assert_eq!((low, middle, high), (0.101, 0.102, 0.103));
    }
}
