//! Two ways of writing on the same beginnings, fairly: one after the other, undisturbed, warmed up,
//! several times, and with the quality of what was written beside every speed.

use std::time::{Duration, Instant};

use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::{Segment, Session, StepOutcome};
use crate::knobs::Settings;
use crate::model::{Denoiser, LanguageModel};
use crate::quality::Quality;
use crate::summary::Tokens;

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
    /// What the judge says of the text; the judge is the model itself.
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

impl Heat {
    /// Tokens a second.
    pub fn tokens_per_second(&self) -> f64 {
        self.tokens as f64 / self.time.as_secs_f64().max(f64::MIN_POSITIVE)
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

/// Writes behind `prompt` (token ids) as `settings` say, `repeats` times after one that warms up. The
/// same seed writes the same text every time.
///
/// # Errors
/// As [`Session::new`] and [`Session::step`].
pub fn heat(
    model: &mut LanguageModel,
    prompt: &[u32],
    settings: &Settings,
    repeats: usize,
) -> Result<Heat> {
    let canvas = settings.count(&crate::diffusion::canvas::CANVAS).unwrap_or(1);
    let segments = [Segment::Prompt(prompt.to_vec()), Segment::Noise(canvas)];
    let mut times = Vec::new();
    let run = |model: &mut LanguageModel| -> Result<(usize, Duration, Session)> {
        let settings = settings.clone();
        let mut session = Session::new(&segments, settings, model.vocabulary(), model.context())?;
        // What an earlier text left in a cache would be a head start.
        model.forget();
        let began = Instant::now();
        let mut passes = 0;
        while let StepOutcome::Stepped(_) = session.step(model, &Cancel::never())? {
            passes += 1;
        }
        Ok((passes, began.elapsed(), session))
    };
    let (passes, _, session) = run(model)?;
    for _ in 0..repeats.max(1) {
        times.push(run(model)?.1);
    }
    times.sort();
    let canvas = session.canvas();
    let end = canvas.text_end(model.vocabulary());
    let tokens = Tokens::of(canvas, model.vocabulary());
    Ok(Heat {
        passes,
        tokens: tokens.emitted,
        canvas_tokens: tokens.canvas,
        time: times[times.len() / 2],
        quality: Quality::of(model, canvas.ids(), prompt.len()..end)?,
        text: model.tokenizer().decode(&canvas.ids()[..end]),
    })
}

/// What a person can read out: the first lane against the second.
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
    let than = |ratio: f64, more: &str, less: &str| {
        if ratio >= 1.0 {
            format!("{ratio:.1}x {more}")
        } else {
            format!("{:.1}x {less}", 1.0 / ratio)
        }
    };
    format!(
        "{} against {}: {}, {} a token, likelihood {:.0}% {} (nats for each new pair of tokens)",
        first.name,
        second.name,
        than(speed, "faster", "slower"),
        than(passes, "fewer passes", "more passes"),
        quality.abs() * 100.0,
        if quality > 0.0 { "worse" } else { "better" }
    )
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
    }

    #[test]
    fn quartiles_are_those_of_the_heats() {
        let [low, middle, high] = lane("x", 1, 100, 1.0).quartiles(|heat| heat.time.as_secs_f64());
        assert_eq!((low, middle, high), (0.101, 0.102, 0.103));
    }
}
