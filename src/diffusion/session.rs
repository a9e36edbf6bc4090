//! A generation that advances when it is asked to: one network pass in, one [`Step`] out.

use std::time::Instant;

use super::block::ActiveBlock;
use super::canvas::{Canvas, Segment, TokenState};
use super::draw::Drawing;
use super::guidance::{CFG_SCALE, guide};
use super::noise::{Noise, SEED};
use super::rng::{Purpose, Stream};
use super::sampler::{Decision, Sampler, Scored, decide};
use super::schedule::{Progress, SCHEDULE, STEPS, THRESHOLD};
use super::step::{Change, Fate, Step};
use crate::Result;
use crate::cancel::Cancel;
use crate::knobs::{Knob, Settings, Value};
use crate::model::{Attention, Denoiser, Logits, Pass, Vocabulary};

/// What [`Session::step`] came to.
#[derive(Clone, Debug, PartialEq)]
pub enum StepOutcome {
    /// One pass was made.
    Stepped(Box<Step>),
    /// Everything is decided; no pass was made.
    Finished,
}

/// Canvas, knobs and place in the schedule: all that a generation is between two passes.
///
/// Cloning one is cheap and keeps the moment: the clone can be continued later, with the same knobs
/// to the same text or with others to another.
#[derive(Clone, Debug)]
pub struct Session {
    canvas: Canvas,
    noise: Noise,
    seed: u64,
    settings: Settings,
    /// The settings of the last step, to tell which knobs were turned since.
    used: Settings,
    step: usize,
    /// Where the block that is being written begins, and the step at which it became active.
    block_began: Option<(usize, usize)>,
}

impl Session {
    /// Lays out `segments` for `vocabulary` within `context` tokens.
    ///
    /// # Errors
    /// When the canvas cannot be laid out; see [`Canvas::new`].
    pub fn new(
        segments: &[Segment],
        settings: Settings,
        vocabulary: &Vocabulary,
        context: usize,
    ) -> Result<Self> {
        let noise = Noise::of(&settings);
        let seed = settings.count(&SEED).unwrap_or(0) as u64;
        Ok(Self {
            canvas: Canvas::new(segments, noise, vocabulary, context, seed)?,
            noise,
            seed,
            used: settings.clone(),
            settings,
            step: 0,
            block_began: None,
        })
    }

    /// The text as it stands.
    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// The knobs as they stand.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Steps taken so far.
    pub fn steps_taken(&self) -> usize {
        self.step
    }

    /// Turns a knob; the next step uses it.
    pub fn turn(&mut self, knob: &'static Knob, value: Value) {
        self.settings.set(knob, value);
    }

    /// Turns every knob to what `settings` hold; the next step uses them.
    pub fn turn_all(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Whether another step could change anything.
    pub fn is_finished(&self) -> bool {
        self.canvas.open().next().is_none()
    }

    /// Makes one network pass and decides what to write, and what to take back.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), or the failure of the network. The session is
    /// then as it was before the call.
    pub fn step(&mut self, model: &mut dyn Denoiser, cancel: &Cancel) -> Result<StepOutcome> {
        let Some(block) = ActiveBlock::find(&self.canvas, &self.settings) else {
            return Ok(StepOutcome::Finished);
        };
        let positions = self.scored_positions(&block);
        let start = Instant::now();
        let logits = self.predict(model, &positions, cancel)?;
        let forward = start.elapsed();
        let start = Instant::now();
        let scored = self.score(logits, &positions, model.vocabulary());
        let progress = self.progress(&block);
        let decision = decide(&self.settings, &scored, progress, self.seed, self.step);
        let changes = self.apply(scored, &decision, model.vocabulary());
        let open = self.canvas.open().count();
        let turned = self.settings.changes_since(&self.used);
        let step = Step {
            index: self.step,
            noise_level: open as f64 / self.canvas.answer().count().max(1) as f64,
            open,
            block: block.span.clone(),
            changes,
            turned: turned.iter().map(|(knob, v)| (knob.name, *v)).collect(),
            planned: self.planned(open, block.count),
            forward,
            sampling: start.elapsed(),
        };
        self.used = self.settings.clone();
        self.step += 1;
        Ok(StepOutcome::Stepped(Box::new(step)))
    }

    /// The open positions of the block; the whole answer where the sampler may take back.
    fn scored_positions(&self, block: &ActiveBlock) -> Vec<usize> {
        if Sampler::of(&self.settings).takes_back() {
            return self.canvas.answer().collect();
        }
        let inside = |position: &usize| block.span.contains(position);
        self.canvas.open().filter(inside).collect()
    }

    /// Logits of `positions`, guided where the knob asks for it.
    fn predict(
        &self,
        model: &mut dyn Denoiser,
        positions: &[usize],
        cancel: &Cancel,
    ) -> Result<Vec<Vec<f32>>> {
        let scale = self.settings.real(&CFG_SCALE).unwrap_or(0.0);
        let unconditional;
        let mut canvases = vec![self.canvas.ids()];
        if scale > 0.0 {
            unconditional = self.canvas.unconditional(model.vocabulary().mask);
            canvases.push(&unconditional);
        }
        let logits: Logits = model.predict(&Pass {
            canvases: &canvases,
            positions,
            attention: Attention::Bidirectional,
            cancel,
        })?;
        let rows = (0..positions.len()).map(|index| {
            let mut row = logits.row(0, index).to_vec();
            if canvases.len() > 1 {
                guide(&mut row, logits.row(1, index), scale);
            }
            row
        });
        Ok(rows.collect())
    }

    /// Draws a token for every open position; reads the standing token's odds for written ones.
    fn score(
        &self,
        logits: Vec<Vec<f32>>,
        positions: &[usize],
        vocabulary: &Vocabulary,
    ) -> Vec<Scored> {
        let drawing = Drawing::of(&self.settings);
        let pairs = positions.iter().copied().zip(logits);
        pairs
            .map(|(position, mut row)| {
                let written = self.canvas.states()[position] == TokenState::Written;
                let standing = self.canvas.ids()[position];
                let guess = if written {
                    drawing.standing(&mut row, standing, vocabulary)
                } else {
                    let mut stream = Stream::new(self.seed, self.step, Purpose::Draw, position);
                    drawing.guess(&mut row, vocabulary, &mut stream)
                };
                Scored {
                    position,
                    written,
                    last: drawing.ranks_last(vocabulary, guess.token),
                    guess,
                }
            })
            .collect()
    }

    /// Where the active block stands in its share of the steps.
    fn progress(&mut self, block: &ActiveBlock) -> Progress {
        let takes_back = Sampler::of(&self.settings).takes_back();
        let steps = self.settings.count(&STEPS).unwrap_or(1);
        let (began, budget) = if takes_back {
            (0, steps)
        } else {
            let (start, began) = self.block_began.unwrap_or((block.span.start, self.step));
            let began = if start == block.span.start { began } else { self.step };
            self.block_began = Some((block.span.start, began));
            (began, block.budget(steps))
        };
        let inside = |position: &usize| block.span.contains(position);
        Progress {
            done: self.step - began,
            budget,
            open: self.canvas.open().filter(inside).count(),
            total: self.canvas.answer().filter(inside).count(),
        }
    }

    fn apply(
        &mut self,
        scored: Vec<Scored>,
        decision: &Decision,
        vocabulary: &Vocabulary,
    ) -> Vec<Change> {
        let mut fates: Vec<Fate> =
            scored.iter().map(|at| if at.written { Fate::Kept } else { Fate::Draft }).collect();
        for index in &decision.commit {
            fates[*index] = Fate::Written;
        }
        for index in &decision.take_back {
            fates[*index] = Fate::TakenBack;
        }
        let settled = scored.into_iter().zip(fates);
        settled
            .map(|(at, fate)| {
                let old = self.canvas.ids()[at.position];
                let (new, state) = match fate {
                    Fate::Written => (at.guess.token, TokenState::Written),
                    Fate::Kept => (old, TokenState::Written),
                    // Uniform noise is thrown anew wherever nothing was written (DiffusionGemma).
                    Fate::Draft | Fate::TakenBack => (
                        self.noise.token(
                            vocabulary,
                            self.seed,
                            self.step,
                            Purpose::Renoise,
                            at.position,
                        ),
                        TokenState::Noise,
                    ),
                };
                self.canvas.write(at.position, new, state);
                Change {
                    position: at.position,
                    old,
                    new,
                    fate,
                    guess: at.guess.token,
                    confidence: at.guess.confidence as f32,
                    entropy: at.guess.entropy as f32,
                    candidates: at.guess.candidates,
                }
            })
            .collect()
    }

    /// Steps in all: the budget, or as many as have been made and still could be by threshold.
    fn planned(&self, open: usize, blocks: usize) -> usize {
        let taken = self.step + 1;
        if open == 0 {
            return taken;
        }
        let steps = self.settings.count(&STEPS).unwrap_or(1);
        if Sampler::of(&self.settings).takes_back() {
            return steps.max(taken + 1);
        }
        if self.settings.real(&THRESHOLD).is_some() {
            return taken + open;
        }
        // Every block takes a step at least, and every step but Dream's writes a token at least.
        let foreseen = steps.max(blocks).max(taken + 1);
        if self.settings.choice(&SCHEDULE) == "timesteps" {
            foreseen
        } else {
            foreseen.min(taken + open)
        }
    }
}
