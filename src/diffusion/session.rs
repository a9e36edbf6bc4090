//! A generation that advances when it is asked to: one network pass in, one [`Step`] out.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::canvas::{Canvas, Segment, TokenState};
use super::decide::decide;
use super::draw::{Drawing, Guess};
use super::guidance::{CFG_SCALE, guide};
use super::noise::{Noise, SEED};
use super::parts::schedule::STEPS;
use super::parts::{Decision, Look, Memory, Scope, Scored};
use super::recipe::{Recipe, Sampler};
use super::rng::{Purpose, Stream};
use super::scene::Scene;
use super::step::{Change, Fate, Step};
use super::watch;
use crate::cancel::Cancel;
use crate::knobs::{Knob, Settings, Value};
use crate::model::{Denoiser, Logits, Pass, Vocabulary};
use crate::{Error, Result};

/// What [`Session::step`] came to.
#[derive(Clone, Debug, PartialEq)]
pub enum StepOutcome {
    /// One pass was made.
    Stepped(Box<Step>),
    /// Everything is decided; no pass was made.
    Finished,
}

/// How a block began.
#[derive(Clone, Debug)]
pub(super) struct BlockBegin {
    pub span: Range<usize>,
    /// The step at which it became active.
    pub step: usize,
    /// Its positions that were noise then.
    pub open: usize,
}

/// Canvas, knobs and place in the schedule: all that a generation is between two passes.
///
/// Cloning one is cheap and keeps the moment: the clone can be continued later, with the same knobs
/// to the same text or with others to another.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) canvas: Canvas,
    noise: Noise,
    has_mask: bool,
    pub(super) seed: u64,
    pub(super) settings: Settings,
    /// In the place of the one that the settings name.
    sampler: Option<&'static Sampler>,
    /// The settings of the last step, to tell which knobs were turned since.
    used: Settings,
    pub(super) step: usize,
    /// Steps of the schedule that a text with little noise has behind it at the beginning.
    pub(super) skipped: usize,
    /// The block that is being written.
    pub(super) block: Option<BlockBegin>,
    pub(super) memory: Memory,
}

impl Session {
    /// Lays out `segments` for `vocabulary` within `context` tokens.
    ///
    /// # Errors
    /// When the canvas cannot be laid out (see [`Canvas::new`]), or the parts of the sampler make no
    /// sense together.
    pub fn new(
        segments: &[Segment],
        settings: Settings,
        vocabulary: &Vocabulary,
        context: usize,
    ) -> Result<Self> {
        Self::begin(None, segments, settings, vocabulary, context)
    }

    /// As [`Session::new`], with a sampler that the knobs need not know: one of your own.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub fn with_sampler(
        sampler: &'static Sampler,
        segments: &[Segment],
        settings: Settings,
        vocabulary: &Vocabulary,
        context: usize,
    ) -> Result<Self> {
        Self::begin(Some(sampler), segments, settings, vocabulary, context)
    }

    fn begin(
        sampler: Option<&'static Sampler>,
        segments: &[Segment],
        settings: Settings,
        vocabulary: &Vocabulary,
        context: usize,
    ) -> Result<Self> {
        let recipe = recipe(sampler, &settings);
        recipe.check(&settings)?;
        let noise = Noise::of(&settings);
        check_mask(&recipe, vocabulary.has_mask())?;
        let seed = settings.count(&SEED).unwrap_or(0) as u64;
        let hidden = recipe.correct.scope != Scope::Open;
        let canvas = Canvas::new(segments, noise, &settings, vocabulary, context, hidden)?;
        // A text of which a share is noise is that far from the end of the schedule.
        let steps = settings.count(&STEPS).unwrap_or(1);
        let skipped = ((1.0 - canvas.noised_share()) * steps as f64).round() as usize;
        Ok(Self {
            canvas,
            noise,
            has_mask: vocabulary.has_mask(),
            seed,
            used: settings.clone(),
            settings,
            sampler,
            step: 0,
            skipped: skipped.min(steps - 1),
            block: None,
            memory: Memory { changed: true, ..Memory::default() },
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

    /// The parts that decide now.
    pub(super) fn recipe(&self) -> Recipe {
        recipe(self.sampler, &self.settings)
    }

    /// Puts `canvas` in the place of its own, which it was once.
    pub(crate) fn restore(&mut self, canvas: Canvas) {
        self.canvas = canvas;
    }

    /// Bytes that a clone of it takes, about.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.canvas.bytes() + self.memory.bytes()
    }

    /// Steps taken so far.
    pub fn steps_taken(&self) -> usize {
        self.step
    }

    /// Turns a knob; the next step uses it.
    ///
    /// # Errors
    /// When the parts of the sampler would make no sense together; nothing is turned then.
    pub fn turn(&mut self, knob: &'static Knob, value: Value) -> Result<()> {
        let mut settings = self.settings.clone();
        settings.set(knob, value);
        self.turn_all(settings)
    }

    /// Turns every knob to what `settings` hold; the next step uses them.
    ///
    /// # Errors
    /// As [`Session::turn`].
    pub fn turn_all(&mut self, settings: Settings) -> Result<()> {
        let recipe = recipe(self.sampler, &settings);
        recipe.check(&settings)?;
        check_mask(&recipe, self.has_mask)?;
        self.settings = settings;
        Ok(())
    }

    /// Whether another step could change nothing.
    pub fn is_finished(&self) -> bool {
        if self.canvas.open().next().is_some() {
            return false;
        }
        let recipe = self.recipe();
        let progress = self.whole_progress();
        recipe.sampler.next_token
            || !(recipe.correct.pending)(&self.settings, &self.memory, progress)
    }

    /// Makes one network pass and decides what to write, and what to take back.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or the failure of the network. The session is
    /// then as it was before the call.
    pub fn step(&mut self, model: &mut dyn Denoiser, cancel: &Cancel) -> Result<StepOutcome> {
        if self.is_finished() {
            return Ok(StepOutcome::Finished);
        }
        let recipe = self.recipe();
        if recipe.sampler.next_token {
            return self.step_next_token(model, cancel);
        }
        let scene = self.scene(&recipe);
        let (logits, forward) = self.predict(model, &recipe, &scene, cancel)?;
        let start = Instant::now();
        let mut logits = logits.into_vec();
        let mut rows = self.rows(&mut logits, &recipe, &scene, model.vocabulary().size);
        if scene.began {
            self.memory.begin_block();
        }
        watch::notice(&mut self.memory, &recipe, &self.settings, &scene.watched, &rows);
        watch::give_credit(
            &mut self.memory,
            &recipe,
            &self.settings,
            model.vocabulary(),
            &scene.watched,
            &mut rows,
        );
        let (mut scored, vocabulary) = (Vec::new(), model.vocabulary());
        model.on_threads(&mut || {
            let rows = std::mem::take(&mut rows);
            scored = self.score(&recipe, rows, &scene, vocabulary);
        });
        let look = Look {
            settings: &self.settings,
            recipe: &recipe,
            scored: &scored,
            progress: scene.progress,
            span: scene.span.clone(),
            seed: self.seed,
            step: self.step,
            memory: &self.memory,
        };
        let decision = decide(&look);
        let mut memory = self.memory.clone();
        self.block = Some(scene.begin.clone());
        let before = self.canvas.open().filter(|at| scene.span.contains(at)).count();
        let open_in_span = before + decision.take_back.len()
            - decision.write.iter().filter(|(index, _)| !scored[*index].written()).count();
        memory.learn(&look, &decision, open_in_span);
        self.memory = memory;
        let changes = self.apply(scored, &decision, model.vocabulary());
        Ok(self.finish_step(changes, scene.span, &recipe, forward, start))
    }

    /// Counts the step and reports it.
    pub(super) fn finish_step(
        &mut self,
        changes: Vec<Change>,
        block: Range<usize>,
        recipe: &Recipe,
        forward: Duration,
        sampling_began: Instant,
    ) -> StepOutcome {
        let open = self.canvas.open().count();
        let turned = self.settings.changes_since(&self.used);
        self.used = self.settings.clone();
        self.step += 1;
        StepOutcome::Stepped(Box::new(Step {
            index: self.step - 1,
            noise_level: open as f64 / self.canvas.answer().count().max(1) as f64,
            open,
            block,
            changes,
            turned: turned.iter().map(|(knob, v)| (knob.name, *v)).collect(),
            planned: self.planned(open, recipe),
            forward,
            sampling: sampling_began.elapsed(),
        }))
    }

    /// Whether a second canvas is scored, without the prompt.
    fn guides(&self, recipe: &Recipe) -> Option<f64> {
        let scale = self.settings.real(&CFG_SCALE).unwrap_or(0.0);
        // Only a single canvas can throw a shadow.
        (scale > 0.0 && !recipe.correct.shadow).then_some(scale)
    }

    /// Logits of the watched positions and of their shadow, and how long the network took for them.
    fn predict(
        &self,
        model: &mut dyn Denoiser,
        recipe: &Recipe,
        scene: &Scene,
        cancel: &Cancel,
    ) -> Result<(Logits, Duration)> {
        let unconditional;
        let mut canvases = vec![self.canvas.ids()];
        if self.guides(recipe).is_some() {
            unconditional = self.canvas.unconditional(model.vocabulary().mask);
            canvases.push(&unconditional);
        }
        let start = Instant::now();
        let logits = model.predict(&Pass {
            canvases: &canvases,
            positions: &scene.watched,
            shadow: scene.shadow.clone(),
            finished: scene.finished(),
            cancel,
        })?;
        Ok((logits, start.elapsed()))
    }

    /// A row for each watched position and each shadow, guided where the knob asks for it.
    fn rows<'a>(
        &self,
        logits: &'a mut [f32],
        recipe: &Recipe,
        scene: &Scene,
        vocabulary: usize,
    ) -> Vec<&'a mut [f32]> {
        let count = scene.watched.len() + scene.shadow.len();
        let (conditional, unconditional) = logits.split_at_mut(count * vocabulary);
        let mut rows: Vec<&mut [f32]> = conditional.chunks_exact_mut(vocabulary).collect();
        if let Some(scale) = self.guides(recipe) {
            for (row, other) in rows.iter_mut().zip(unconditional.chunks_exact(vocabulary)) {
                guide(row, other, scale);
            }
        }
        rows
    }

    /// Draws a token for every position in scope, and reads the probability of what stands there.
    fn score(
        &self,
        recipe: &Recipe,
        mut rows: Vec<&mut [f32]>,
        scene: &Scene,
        vocabulary: &Vocabulary,
    ) -> Vec<Scored> {
        let drawing = Drawing::of(recipe.draw, &self.settings, scene.progress);
        let shadows = rows.split_off(scene.watched.len());
        let rows = scene.watched.iter().copied().zip(rows);
        let in_scope: Vec<(usize, &mut [f32])> =
            rows.filter(|(position, _)| scene.positions.binary_search(position).is_ok()).collect();
        let score = |(position, row): (usize, &mut [f32])| {
            let written = self.canvas.states()[position] == TokenState::Written;
            let token = self.canvas.ids()[position];
            let mut stream = Stream::new(self.seed, self.step, Purpose::Draw, position);
            let standing = written.then_some(token);
            let (guess, standing) = drawing.read(row, standing, vocabulary, &mut stream);
            let shadow = position.checked_sub(scene.shadow.start);
            let shadow = shadow.and_then(|index| shadows.get(index));
            Scored {
                position,
                last: drawing.ranks_last(vocabulary, guess.token),
                shadow: shadow.map(|row| drawing.probability(row, token)),
                standing,
                guess,
            }
        };
        // Every position has a stream of its own, so it does not matter who draws from it.
        if in_scope.len() * vocabulary.size < WORTH_SHARING {
            in_scope.into_iter().map(score).collect()
        } else {
            in_scope.into_par_iter().map(score).collect()
        }
    }

    fn apply(
        &mut self,
        scored: Vec<Scored>,
        decision: &Decision,
        vocabulary: &Vocabulary,
    ) -> Vec<Change> {
        let writes: BTreeMap<usize, u32> = decision.write.iter().copied().collect();
        let mut changes = Vec::with_capacity(scored.len());
        for (index, at) in scored.into_iter().enumerate() {
            let old = self.canvas.ids()[at.position];
            let written = at.written();
            let fate = match writes.get(&index) {
                Some(token) if written && *token == old => Fate::Kept,
                Some(_) if written => Fate::Overwritten,
                Some(_) => Fate::Written,
                None if decision.take_back.contains(&index) => Fate::TakenBack,
                None if written => Fate::Kept,
                None => Fate::Draft,
            };
            let new = match fate {
                Fate::Written | Fate::Overwritten => writes[&index],
                Fate::Kept => old,
                // Uniform noise is thrown anew wherever nothing was written (DiffusionGemma).
                Fate::Draft | Fate::TakenBack => {
                    let (seed, step) = (self.seed, self.step);
                    self.noise.token(vocabulary, seed, step, Purpose::Renoise, at.position)
                }
            };
            let open = matches!(fate, Fate::Draft | Fate::TakenBack);
            let state = if open { TokenState::Noise } else { TokenState::Written };
            self.canvas.write(at.position, new, state);
            // A token that stays, or falls, is judged by its own probability, a new one by its own.
            let shown = match fate {
                Fate::Kept | Fate::TakenBack => at.standing.unwrap_or(at.guess),
                _ => at.guess,
            };
            changes.push(Change::new(at.position, (old, new), fate, shown));
        }
        changes
    }
}

fn recipe(sampler: Option<&'static Sampler>, settings: &Settings) -> Recipe {
    sampler.map_or_else(|| Recipe::of(settings), |sampler| Recipe::with(sampler, settings))
}

/// Below this many logits a second thread costs more than it saves.
const WORTH_SHARING: usize = 1 << 15;

/// A model without a mask token cannot be denoised.
fn check_mask(recipe: &Recipe, has_mask: bool) -> Result<()> {
    if has_mask || recipe.sampler.next_token {
        return Ok(());
    }
    Err(Error::invalid(
        "this model has no mask token, so there is nothing to denoise from; it can only write from left \
         to right: choose sampler autoregressive",
    ))
}

impl Change {
    /// What happened to a position, and what the model says of the token that `shown` is about.
    pub(super) fn new(position: usize, (old, new): (u32, u32), fate: Fate, shown: Guess) -> Self {
        Self {
            position,
            old,
            new,
            fate,
            guess: shown.token,
            confidence: shown.confidence as f32,
            entropy: shown.entropy as f32,
            candidates: shown.candidates,
        }
    }
}
