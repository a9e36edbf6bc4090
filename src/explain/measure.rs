//! What a pass costs here: its time against the number of positions in it, measured.

use std::time::{Duration, Instant};

use crate::Result;
use crate::cancel::Cancel;
use crate::measurement::median;
use crate::model::{Backbone, ForwardBatch, WeightStats};
use crate::protocol::milliseconds;

/// Time for all repetitions together; a large model takes what one repetition takes.
const BUDGET: Duration = Duration::from_millis(1500);
/// Passes that take longer are measured at fewer sizes.
const SLOW: Duration = Duration::from_secs(1);
/// Passes that are shorter are made several at a time.
const QUICK: Duration = Duration::from_millis(50);
/// Passes of one size in a row: so many, and on until the row has taken so long, or has so many. In a
/// run, too, a pass follows one of its own kind, finds in the caches what that one left there, and threads
/// that are awake; most of a row have not met another kind's leavings.
const ROW: (usize, Duration, usize) = (3, Duration::from_millis(10), 32);

/// The time of one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PassTime {
    /// Positions that it reads, and predicts.
    pub positions: usize,
    /// The median of the repetitions.
    #[serde(rename = "time_ms", with = "milliseconds")]
    pub time: Duration,
}

/// An autoregressive pass: one token is read behind others that a cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NextToken {
    /// Tokens in the cache, about: half a canvas, as in front of the average token of a text.
    pub cached: usize,
    /// The median of the repetitions.
    #[serde(rename = "time_ms", with = "milliseconds")]
    pub time: Duration,
    /// How much of the network the pass goes through.
    pub weight_stats: WeightStats,
}

/// What the passes of both ways of writing cost on this machine.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PassCosts {
    /// Bidirectional passes over 1, 2, 4, 8, ... positions and over the whole canvas, ascending. Times
    /// are as they were measured, even where a longer pass was the faster one.
    pub whole: Vec<PassTime>,
    /// How much of the network a bidirectional pass goes through.
    pub weight_stats: WeightStats,
    /// The autoregressive pass, where there is one.
    pub next_token: Option<NextToken>,
}

impl PassCosts {
    /// Measures for about one and a half seconds, while nothing else should run: passes of `diffusion`
    /// that predict every position, as the first step of a text does, up to `canvas` positions, prompt
    /// included; and passes of `next_token`, which may share its weights. Of passes that take over a
    /// second there are fewer, but each is made once.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), or the failure of a network, a canvas beyond its
    /// context among it.
    pub fn measure(
        diffusion: &mut dyn Backbone,
        next_token: Option<&mut dyn Backbone>,
        canvas: usize,
        cancel: &Cancel,
    ) -> Result<Self> {
        Self::measure_within(BUDGET, diffusion, next_token, canvas.max(1), cancel)
    }

    fn measure_within(
        budget: Duration,
        diffusion: &mut dyn Backbone,
        next_token: Option<&mut dyn Backbone>,
        canvas: usize,
        cancel: &Cancel,
    ) -> Result<Self> {
        let warm_up = whole_pass(diffusion, canvas, cancel)?;
        let mut reader =
            next_token.map(|model| Reader::start(model, canvas, cancel)).transpose()?;
        let quick = warm_up < QUICK;
        let mut whole: Vec<(usize, Vec<Duration>)> =
            sizes(canvas, warm_up >= SLOW).into_iter().map(|size| (size, Vec::new())).collect();
        let mut next = Vec::new();
        let began = Instant::now();
        // Round by round, so that a machine that slows down does so for all sizes alike.
        loop {
            let round = Instant::now();
            for (size, times) in &mut whole {
                in_a_row(quick, times, || whole_pass(diffusion, *size, cancel))?;
            }
            if let Some(reader) = &mut reader {
                in_a_row(quick, &mut next, || reader.read_one(cancel))?;
            }
            if began.elapsed() + round.elapsed() > budget {
                break;
            }
        }
        let at = |(positions, times)| PassTime { positions, time: median(times) };
        Ok(Self {
            whole: whole.into_iter().map(at).collect(),
            weight_stats: diffusion.weight_stats(),
            next_token: reader.map(|reader| NextToken {
                cached: canvas / 2,
                time: median(next),
                weight_stats: reader.model.weight_stats(),
            }),
        })
    }

    /// The pass over the whole canvas.
    pub fn canvas(&self) -> PassTime {
        let nothing = PassTime { positions: 0, time: Duration::ZERO };
        self.whole.last().copied().unwrap_or(nothing)
    }

    /// A pass over `positions`: between two that were measured, and beyond the whole canvas (guidance reads two), in
    /// proportion.
    pub fn over(&self, positions: usize) -> PassTime {
        let Some(next) = self.whole.iter().position(|at| at.positions >= positions) else {
            let canvas = self.canvas();
            let times = positions as f64 / canvas.positions.max(1) as f64;
            return PassTime { positions, time: canvas.time.mul_f64(times) };
        };
        let [before, at] = [self.whole[next.saturating_sub(1)], self.whole[next]];
        let apart = (at.positions - before.positions).max(1);
        let share = positions.saturating_sub(before.positions) as f64 / apart as f64;
        let [from, to] = [before.time, at.time].map(|time| time.as_secs_f64());
        PassTime { positions, time: Duration::from_secs_f64(from + (to - from) * share) }
    }

    /// More tokens than this `pass` must write to be faster here than the autoregressive pass, which writes one.
    /// `None` where there is no such pass.
    pub fn break_even_tokens_per_pass(&self, pass: PassTime) -> Option<f64> {
        let next = self.next_token?.time.as_secs_f64();
        (next > 0.0).then(|| pass.time.as_secs_f64() / next)
    }
}

/// Makes passes of one kind, and adds what they took to `times`.
fn in_a_row(
    quick: bool,
    times: &mut Vec<Duration>,
    mut pass: impl FnMut() -> Result<Duration>,
) -> Result<()> {
    let (least, long, most) = ROW;
    let began = Instant::now();
    for made in 1.. {
        times.push(pass()?);
        if !quick || made >= most || (made >= least && began.elapsed() >= long) {
            break;
        }
    }
    Ok(())
}

/// 1, 2, 4, 8, ... and `canvas`; only every third of them where passes are slow.
fn sizes(canvas: usize, slow: bool) -> Vec<usize> {
    let factor = if slow { 8 } else { 2 };
    let powers = std::iter::successors(Some(1usize), |size| size.checked_mul(factor));
    powers.take_while(|size| *size < canvas).chain([canvas]).collect()
}

/// One pass over a canvas that is nothing but noise.
fn whole_pass(model: &mut dyn Backbone, size: usize, cancel: &Cancel) -> Result<Duration> {
    cancel.check()?;
    let vocabulary = model.vocabulary();
    let noise = if vocabulary.has_mask() { vocabulary.mask } else { 0 };
    let ids = vec![noise; size];
    let positions: Vec<usize> = (0..size).collect();
    let pass = ForwardBatch {
        canvases: &[&ids],
        positions: &positions,
        shadow: 0..0,
        finished: 0,
        reuse: None,
        cancel,
    };
    let start = Instant::now();
    model.predict(&pass)?;
    Ok(start.elapsed())
}

/// Reads a text token by token, around the middle of a canvas.
struct Reader<'a> {
    model: &'a mut dyn Backbone,
    ids: Vec<u32>,
    first: usize,
    last: usize,
}

impl<'a> Reader<'a> {
    fn start(model: &'a mut dyn Backbone, canvas: usize, cancel: &Cancel) -> Result<Self> {
        let first = (canvas / 2 - canvas / 8).max(1);
        let last = (canvas / 2 + canvas / 8).max(first + 1);
        model.reset_cache();
        let mut reader = Self { model, ids: Vec::new(), first, last };
        reader.go_back(cancel)?;
        Ok(reader)
    }

    /// Fills the cache, or goes back in it; what that takes is not counted.
    fn go_back(&mut self, cancel: &Cancel) -> Result<()> {
        self.ids.resize(self.first, 0);
        self.model.next_token_logits(&self.ids, cancel)?;
        Ok(())
    }

    /// One more token: the only one that was not read before.
    fn read_one(&mut self, cancel: &Cancel) -> Result<Duration> {
        cancel.check()?;
        if self.ids.len() >= self.last {
            self.go_back(cancel)?;
        }
        self.ids.push(0);
        let start = Instant::now();
        self.model.next_token_logits(&self.ids, cancel)?;
        Ok(start.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::cancel::Generations;
    use crate::model::{HostLogits, Logits, Vocabulary};

    /// Takes a fixed time, and some for each position or token that it has not read before.
    #[derive(Clone)]
    struct Timed {
        vocabulary: Vocabulary,
        fixed: Duration,
        each: Duration,
        read: usize,
        /// What was read in each call, and how long that took by its own clock.
        spent: Vec<(usize, Duration)>,
    }

    impl Timed {
        fn new(fixed_micros: u64, each_micros: u64) -> Self {
            let vocabulary = Vocabulary {
                size: 4,
                drawable: 3,
                mask: 3,
                eos: vec![0],
                turn_ends: Vec::new(),
                stops: Vec::new(),
                special: vec![0, 3],
            };
            let (fixed, each) =
                (Duration::from_micros(fixed_micros), Duration::from_micros(each_micros));
            Self { vocabulary, fixed, each, read: 0, spent: Vec::new() }
        }

        fn spend(&mut self, positions: usize) {
            let began = Instant::now();
            while began.elapsed() < self.fixed + self.each * positions as u32 {
                std::hint::spin_loop();
            }
            self.spent.push((positions, began.elapsed()));
        }

        /// The median time of a call that read `positions`, warming up apart.
        fn median(&self, positions: usize) -> Duration {
            let alike = self.spent[1..].iter().filter(|(read, _)| *read == positions);
            median(alike.map(|(_, time)| *time).collect())
        }
    }

    impl Backbone for Timed {
        fn vocabulary(&self) -> &Vocabulary {
            &self.vocabulary
        }

        fn context(&self) -> usize {
            64
        }

        fn clone_shared(&self) -> Box<dyn Backbone> {
            Box::new(self.clone())
        }

        fn reset_cache(&mut self) {
            self.read = 0;
        }

        fn predict(&mut self, pass: &ForwardBatch<'_>) -> Result<Box<dyn Logits>> {
            assert_eq!(pass.positions.len(), pass.canvases[0].len(), "all are predicted");
            self.spend(pass.positions.len());
            Ok(HostLogits::boxed(vec![0.0; 4 * pass.positions.len()], pass.positions.len(), 4))
        }

        fn next_token_logits(&mut self, ids: &[u32], _: &Cancel) -> Result<Box<dyn Logits>> {
            let kept = self.read.min(ids.len() - 1);
            self.read = ids.len();
            self.spend(ids.len() - kept);
            Ok(HostLogits::boxed(vec![0.0; 4], 1, 4))
        }
    }

    /// Measures models of known costs; whether what is reported is within 2 % of what they spent.
    fn reports_the_known_costs() -> bool {
        let budget = Duration::from_millis(200);
        let never = Cancel::never();
        let (mut diffusion, mut next) = (Timed::new(1000, 50), Timed::new(900, 100));
        let costs =
            PassCosts::measure_within(budget, &mut diffusion, Some(&mut next), 48, &never).unwrap();
        let sizes: Vec<usize> = costs.whole.iter().map(|at| at.positions).collect();
        assert_eq!(sizes, [1, 2, 4, 8, 16, 32, 48]);
        let reported = costs.next_token.unwrap();
        assert_eq!(reported.cached, 24);
        let close = |reported: f64, known: f64| (reported / known - 1.0).abs() < 0.02;
        let whole = costs.whole.iter().all(|at| {
            assert!(at.time >= diffusion.fixed + diffusion.each * at.positions as u32, "{at:?}");
            close(at.time.as_secs_f64(), diffusion.median(at.positions).as_secs_f64())
        });
        let between = costs.over(12).time.as_secs_f64();
        let [below, above] = [costs.over(8), costs.over(16)].map(|at| at.time.as_secs_f64());
        assert!((between - (below + above) / 2.0).abs() < 1e-9);
        assert_eq!(costs.over(48), costs.canvas());
        assert_eq!(costs.over(96).time, 2 * costs.canvas().time);
        let next = next.median(1).as_secs_f64();
        let needed = diffusion.median(48).as_secs_f64() / next;
        whole
            && close(reported.time.as_secs_f64(), next)
            && close(costs.break_even_tokens_per_pass(costs.canvas()).unwrap(), needed)
    }

    #[test]
    fn the_curve_is_that_of_the_known_costs() {
        // Other tests take the processor away now and then, between the two clocks rarely.
        assert!((0..10).any(|_| reports_the_known_costs()));
    }

    #[test]
    fn a_model_alone_has_nothing_to_win_against() {
        let mut model = Timed::new(10, 0);
        let costs = PassCosts::measure_within(
            Duration::from_millis(5),
            &mut model,
            None,
            1,
            &Cancel::never(),
        )
        .unwrap();
        assert_eq!(
            (costs.whole.len(), costs.break_even_tokens_per_pass(costs.canvas())),
            (1, None)
        );
    }

    #[test]
    fn slow_passes_are_made_once_and_at_fewer_sizes() {
        assert_eq!(sizes(96, true), [1, 8, 64, 96]);
        assert_eq!(sizes(8, false), [1, 2, 4, 8]);
        let (mut slow, mut next) = (Timed::new(60_000, 0), Timed::new(10, 0));
        let none = Duration::ZERO;
        PassCosts::measure_within(none, &mut slow, Some(&mut next), 4, &Cancel::never()).unwrap();
        assert_eq!(
            (slow.spent.len(), next.spent.len()),
            (1 + 3, 1 + 1),
            "warmed up, then each once"
        );
    }

    #[test]
    fn measuring_can_be_called_off() {
        let generations = Generations::default();
        let cancel = generations.watch(generations.advance());
        generations.advance();
        let mut model = Timed::new(10, 0);
        let error = PassCosts::measure(&mut model, None, 4, &cancel).unwrap_err();
        assert!(matches!(error, Error::Cancelled) && model.spent.is_empty());
    }
}
