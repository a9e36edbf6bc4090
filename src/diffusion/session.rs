//! A generation that advances when it is asked to: one network pass in, one [`Step`] out.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::approximate_cache::{CacheState, CachedPass};
use super::canvas::{Canvas, Segment, TokenState};
use super::decide::decide;
use super::guidance::CFG_SCALE;
use super::noise::{NOISE, Noise, SEED};
use super::parts::{Decided, Decision, Observed, PartStates, Scope, Scored, StepContext};
use super::resolved::ResolvedSampler;
use super::sampler::Sampler;
use super::speculative::Drafts;
use super::step::{PositionUpdate, Step, TokenOutcome};
use super::step_scope::StepScope;
use super::text_end::is_of_answer;
use crate::cancel::Cancel;
use crate::knobs::{Knob, Settings, Value};
use crate::model::logits::{DrawRequest, DrawRule, is_worth_sharing};
use crate::model::{Backbone, ForwardBatch, Logits, Prediction, Statistics, Vocabulary};
use crate::rng::Purpose;
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

/// What a network pass took.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    pub time: Duration,
    pub positions_read: usize,
    pub cached: Option<CachedPass>,
}

/// Canvas, knobs and place in the schedule: all that a generation is between two passes.
///
/// Cloning one is cheap and keeps the moment: the clone can be continued later, with the same knobs
/// to the same text or with others to another.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) canvas: Canvas,
    pub(super) noise: Noise,
    has_mask: bool,
    pub(super) seed: u64,
    /// In the place of the one that the settings name.
    sampler: Option<&'static Sampler>,
    /// The parts that decide now, and the knobs.
    pub(super) resolved: ResolvedSampler,
    /// The settings of the last step, to tell which knobs were turned since.
    used: Settings,
    pub(super) step: usize,
    /// Steps of the schedule that a text with little noise has behind it at the beginning.
    pub(super) skipped: usize,
    /// Steps beyond the budget, for noise that was made by hand.
    pub(super) granted: usize,
    /// Positions of the blocks that its model's attention is cut into, where it is.
    pub(super) learned_block: Option<usize>,
    /// The block that is being written.
    pub(super) block: Option<BlockBegin>,
    /// What the parts kept from the steps before.
    pub(super) states: PartStates,
    /// Guesses at the next tokens that are to be verified.
    pub(super) drafts: Drafts,
    /// What its model holds of an earlier pass.
    pub(super) cache: CacheState,
    /// Whether somebody reads the figures of its steps.
    pub(super) observed: bool,
    /// Whether an answer is asked for: nothing is given behind the noise.
    pub(super) answers: bool,
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
        let resolved = resolve(sampler, &settings);
        resolved.check()?;
        check_mask(&resolved, vocabulary.has_mask())?;
        let noise = settings.get(&NOISE);
        let hidden = resolved.correct.scope != Scope::Open;
        let canvas = Canvas::new(segments, noise, &settings, vocabulary, context, hidden)?;
        // A text of which a share is noise is that far from the end of the schedule.
        let steps = resolved.steps_for(canvas.answer().count());
        let skipped = ((1.0 - canvas.noised_share()) * steps as f64).round() as usize;
        let mut states = PartStates::default();
        states.fit(&resolved);
        Ok(Self {
            canvas,
            noise,
            has_mask: vocabulary.has_mask(),
            seed: settings.get(&SEED),
            sampler,
            resolved,
            used: settings,
            step: 0,
            skipped: skipped.min(steps - 1),
            granted: 0,
            learned_block: None,
            block: None,
            states,
            drafts: Drafts::default(),
            cache: CacheState::default(),
            observed: true,
            answers: segments.iter().all(is_of_answer),
        })
    }

    /// The same session for those who want the text alone: its steps list no more candidates than a ranking needs,
    /// and an autoregressive step says nothing at all of its token, whose confidence and entropy are NaN.
    #[must_use]
    pub fn unobserved(self) -> Self {
        Self { observed: false, ..self }
    }

    /// The text as it stands.
    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// The knobs as they stand.
    pub fn settings(&self) -> &Settings {
        &self.resolved.settings
    }

    /// Puts `canvas` in the place of its own, which it was once.
    pub(crate) fn restore(&mut self, canvas: Canvas) {
        self.canvas = canvas;
    }

    /// Bytes that a clone of it takes, about.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.canvas.bytes() + self.states.bytes() + self.drafts.bytes()
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
        let mut settings = self.settings().clone();
        settings.set(knob, value);
        self.turn_all(settings)
    }

    /// Turns every knob to what `settings` hold; the next step uses them.
    ///
    /// # Errors
    /// As [`Session::turn`].
    pub fn turn_all(&mut self, settings: Settings) -> Result<()> {
        let resolved = resolve(self.sampler, &settings);
        resolved.check()?;
        check_mask(&resolved, self.has_mask)?;
        self.states.fit(&resolved);
        self.resolved = resolved;
        Ok(())
    }

    /// Whether another step could change nothing.
    pub fn is_finished(&self) -> bool {
        if self.canvas.open().next().is_some() {
            return false;
        }
        // Where everything is pinned there is nothing to correct.
        if self.canvas.free().next().is_none() {
            return true;
        }
        let pending = self.resolved.correct.pending;
        self.resolved.sampler.next_token.is_some() || !pending(&self.states, self.whole_progress())
    }

    /// Makes one network pass and decides what to write, and what to remask.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or the failure of the network; the session is then as it was before the call. Or
    /// that of reading its logits, which ends the run.
    pub fn step(&mut self, model: &mut dyn Backbone, cancel: &Cancel) -> Result<StepOutcome> {
        if self.is_finished() {
            return Ok(StepOutcome::Finished);
        }
        if let Some(drafter) = self.resolved.sampler.next_token {
            return self.step_next_token(drafter, model, cancel);
        }
        self.learned_block = model.block_length();
        let scope = self.step_scope(model.writes_blocks());
        let (mut logits, pass) = self.predict(model, &scope, cancel)?;
        let start = Instant::now();
        let mut scored = Ok(Vec::new());
        let vocabulary = model.vocabulary();
        let mut read = || scored = self.read(&mut *logits, &scope, vocabulary);
        // Of a few rows none is handed out, and calling the threads takes longer than reading them.
        if is_worth_sharing(scope.observed.len(), vocabulary.size) {
            model.on_threads(&mut read);
        } else {
            read();
        }
        let scored = scored?;
        let context = StepContext {
            resolved: &self.resolved,
            scored: &scored,
            progress: scope.progress,
            span: scope.span.clone(),
            seed: self.seed,
            step: self.step,
            states: &self.states,
        };
        let decision = decide(&context, &scope.blocks);
        self.block = Some(scope.begin.clone());
        self.update(&scope, &scored, &decision);
        let mut updates = self.apply(scored, &decision, model.vocabulary());
        updates.extend(self.end_behind(&scope, model.vocabulary()));
        Ok(self.finish_step(updates, scope.span, pass, start))
    }

    /// Shows the pass to what the parts keep, and draws a token for every position in scope.
    fn read(
        &mut self,
        logits: &mut dyn Logits,
        scope: &StepScope,
        vocabulary: &Vocabulary,
    ) -> Result<Vec<Scored>> {
        if let Some(scale) = self.guides() {
            logits.guide(scale)?;
        }
        self.end_at_stops(logits, vocabulary)?;
        if scope.began {
            self.states.begin_block();
        }
        let seen = Observed { resolved: &self.resolved, vocabulary, positions: &scope.observed };
        self.states.observe(&seen, logits)?;
        self.score(logits, scope, vocabulary)
    }

    /// Tells what the parts keep what was decided.
    fn update(&mut self, scope: &StepScope, scored: &[Scored], decision: &Decision) {
        let before = self.canvas.open().filter(|at| scope.span.contains(at)).count();
        let written = decision.write.iter().filter(|(index, _)| !scored[*index].written()).count();
        self.states.update(&Decided {
            scored,
            decision,
            progress: scope.progress,
            open_after: before + decision.remask.len() - written,
        });
    }

    /// Counts the step and reports it.
    pub(super) fn finish_step(
        &mut self,
        updates: Vec<PositionUpdate>,
        block: Range<usize>,
        pass: Pass,
        sampling_began: Instant,
    ) -> StepOutcome {
        let open = self.canvas.open().count();
        let turned = self.settings().changes_since(&self.used);
        if !turned.is_empty() {
            self.used = self.settings().clone();
        }
        self.step += 1;
        StepOutcome::Stepped(Box::new(Step {
            index: self.step - 1,
            noise_level: open as f64 / self.canvas.answer().count().max(1) as f64,
            open,
            block,
            updates,
            turned: turned.iter().map(|(knob, v)| (knob.name, *v)).collect(),
            planned: self.planned(open),
            positions_read: pass.positions_read,
            cached: pass.cached,
            forward: pass.time,
            sampling: sampling_began.elapsed(),
        }))
    }

    /// Whether a second canvas is scored, without the prompt.
    pub(super) fn guides(&self) -> Option<f64> {
        let scale = self.settings().get(&CFG_SCALE);
        // Only a single canvas can throw a shadow.
        (scale > 0.0 && !self.resolved.correct.shadow).then_some(scale)
    }

    /// Logits of the observed positions and of their shadow, and what the pass took.
    fn predict(
        &mut self,
        model: &mut dyn Backbone,
        scope: &StepScope,
        cancel: &Cancel,
    ) -> Result<(Box<dyn Logits>, Pass)> {
        let canvas = self.canvas.ids().to_vec();
        let unconditional =
            self.guides().map(|_| self.canvas.unconditional(model.vocabulary().mask));
        let all = std::iter::once(&canvas).chain(&unconditional);
        let canvases: Vec<&[u32]> = all.map(|ids| &ids[..scope.end]).collect();
        let start = Instant::now();
        let batch = ForwardBatch {
            canvases: &canvases,
            positions: &scope.observed,
            shadow: scope.shadow.clone(),
            finished: scope.finished(),
            reuse: None,
            cancel,
        };
        let (logits, cached, positions_read) = self.predict_cached(model, &batch, scope)?;
        Ok((logits, Pass { time: start.elapsed(), positions_read, cached }))
    }

    /// Draws a token for every position in scope, and reads the probability of what stands there.
    fn score(
        &self,
        logits: &mut dyn Logits,
        scope: &StepScope,
        vocabulary: &Vocabulary,
    ) -> Result<Vec<Scored>> {
        let mut shadows = self.shadow_probabilities(logits, scope)?;
        let in_scope =
            |(_, position): &(usize, &usize)| scope.positions.binary_search(*position).is_ok();
        let observed = scope.observed.iter().enumerate().filter(in_scope);
        let requests: Vec<DrawRequest> = observed
            .map(|(row, position)| {
                let written = self.canvas.states()[*position] == TokenState::Written;
                let current = written.then_some(self.canvas.ids()[*position]);
                DrawRequest { row, position: *position, current }
            })
            .collect();
        let statistics = if self.observed { Statistics::All } else { Statistics::Ranking };
        let params = self.resolved.sampling_params(scope.progress, statistics);
        let rule = DrawRule { params: &params, vocabulary, seed: self.seed, step: self.step };
        let drawn = logits.draw(&requests, &rule)?;
        let scored = requests.iter().zip(drawn).map(|(request, drawn)| Scored {
            position: request.position,
            last: self.resolved.ranks_last(vocabulary, drawn.prediction.token),
            shadow: shadows.remove(&request.position),
            current: drawn.current,
            prediction: drawn.prediction,
        });
        Ok(scored.collect())
    }

    /// For each position that throws a shadow, the probability that its shadow gives to what stands there.
    fn shadow_probabilities(
        &self,
        logits: &dyn Logits,
        scope: &StepScope,
    ) -> Result<BTreeMap<usize, f64>> {
        let rows = scope.observed.len()..;
        let of = scope.shadow.clone().zip(rows).map(|(at, row)| (row, self.canvas.ids()[at]));
        let logarithms = logits.log_probabilities(&of.collect::<Vec<_>>())?;
        let probabilities = logarithms.into_iter().map(f64::exp);
        Ok(scope.shadow.clone().zip(probabilities).collect())
    }

    fn apply(
        &mut self,
        scored: Vec<Scored>,
        decision: &Decision,
        vocabulary: &Vocabulary,
    ) -> Vec<PositionUpdate> {
        let writes: BTreeMap<usize, u32> = decision.write.iter().copied().collect();
        let mut updates = Vec::with_capacity(scored.len());
        for (index, at) in scored.into_iter().enumerate() {
            let old = self.canvas.ids()[at.position];
            let written = at.written();
            let outcome = match writes.get(&index) {
                Some(token) if written && *token == old => TokenOutcome::Kept,
                Some(_) if written => TokenOutcome::Overwritten,
                Some(_) => TokenOutcome::Written,
                None if decision.remask.contains(&index) => TokenOutcome::Remasked,
                None if written => TokenOutcome::Kept,
                None => TokenOutcome::Draft,
            };
            let new = match outcome {
                TokenOutcome::Written | TokenOutcome::Overwritten => writes[&index],
                TokenOutcome::Kept => old,
                // Uniform noise is thrown anew wherever nothing was written (DiffusionGemma).
                TokenOutcome::Draft | TokenOutcome::Remasked | TokenOutcome::Refused => {
                    let (seed, step) = (self.seed, self.step);
                    self.noise.token(vocabulary, seed, step, Purpose::Renoise, at.position)
                }
            };
            let open = matches!(outcome, TokenOutcome::Draft | TokenOutcome::Remasked);
            let state = if open { TokenState::Noise } else { TokenState::Written };
            self.canvas.write(at.position, new, state);
            // A token that stays, or falls, is judged by its own probability, a new one by its own.
            let shown = match outcome {
                TokenOutcome::Kept | TokenOutcome::Remasked => at.current.unwrap_or(at.prediction),
                _ => at.prediction,
            };
            updates.push(PositionUpdate::new(at.position, (old, new), outcome, shown));
        }
        updates
    }
}

fn resolve(sampler: Option<&'static Sampler>, settings: &Settings) -> ResolvedSampler {
    match sampler {
        Some(sampler) => ResolvedSampler::with(sampler, settings),
        None => ResolvedSampler::of(settings),
    }
}

/// A model without a mask token cannot be denoised.
fn check_mask(resolved: &ResolvedSampler, has_mask: bool) -> Result<()> {
    if has_mask || resolved.sampler.next_token.is_some() {
        return Ok(());
    }
    Err(Error::invalid(
        "this model has no mask token, so there is nothing to denoise from; it can only write from left \
         to right: choose sampler autoregressive",
    ))
}

impl PositionUpdate {
    /// What happened to a position, and what the model says of the token that `shown` is about.
    pub(super) fn new(
        position: usize,
        (old, new): (u32, u32),
        outcome: TokenOutcome,
        shown: Prediction,
    ) -> Self {
        Self {
            position,
            old,
            new,
            outcome,
            prediction: shown.token,
            confidence: shown.confidence as f32,
            entropy: shown.entropy as f32,
            candidates: shown.candidates,
        }
    }
}
