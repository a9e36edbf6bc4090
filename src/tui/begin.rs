//! Beginning a run: from the prompt, or from a text that is to be repaired.

use super::app::{App, Model, Notice, Phase};
use super::lane::LaneView;
use crate::diffusion::Segment;
use crate::diffusion::canvas::CANVAS;
use crate::diffusion::parts::schedule::STEPS;
use crate::engine::LaneSpec;
use crate::knobs::Settings;
use crate::prompt::{Layout, PromptEntry};
use crate::{Error, Result};

impl App {
    /// Begins a run with a text of its own: to be gone on with, to be filled or to be repaired. Steps that a show
    /// has set, and nobody turned, are as many as the text wants again.
    pub fn start_with(&mut self, entry: PromptEntry) {
        if std::mem::take(&mut self.borrowed_steps) {
            self.lanes.iter_mut().for_each(|lane| lane.settings.unset(&STEPS));
        }
        self.show_text(entry);
    }

    /// As [`App::start_with`], with the steps as they are.
    pub(super) fn show_text(&mut self, entry: PromptEntry) {
        self.prompt = entry.text;
        self.prompt_kind = entry.kind;
        self.start();
    }

    /// Keeps a prompt for later, as far as that is wanted and possible.
    pub(super) fn remember(&mut self, entry: PromptEntry) {
        if let Err(error) = self.prompts.add(entry) {
            // It is said once.
            self.prompts.forget_file();
            self.notice =
                Some(Notice::bad(format!("prompts are not kept for the next time: {error}")));
        }
    }

    /// Begins a run with the prompt, and in every lane with its knobs of now.
    pub fn start(&mut self) {
        // Also where nothing can begin, the lanes are those that were asked for.
        self.mode = self.chosen_mode();
        if !self.can_begin() {
            return;
        }
        let segments = self.lanes.iter().map(|lane| self.segments_for(lane.model, &lane.settings));
        match segments.collect() {
            Ok(segments) => self.begin(segments),
            Err(error) => {
                self.engine.cancel();
                // No event of the old one counts any more.
                self.run = None;
                self.phase = Phase::Failed(error.to_string());
            }
        }
    }

    /// Whether there is an engine with a model to begin a run with.
    pub(super) fn can_begin(&self) -> bool {
        !self.models.is_empty() && !matches!(self.phase, Phase::Stopped(_))
    }

    /// Why `entry` cannot be denoised in every lane as it is; nothing where it can, or nobody knows yet.
    pub(super) fn objection_to(&self, entry: &PromptEntry) -> Option<String> {
        let lanes = self.lanes.iter().filter(|lane| lane.model < self.models.len());
        let laid_out = |lane: &LaneView| self.laid_out(entry, lane.model, &lane.settings);
        lanes.map(laid_out).find_map(|laid_out| laid_out.err().map(|error| error.to_string()))
    }

    /// The prompt as `model` reads it, and behind it what `settings` leave to be written.
    pub(super) fn segments_for(&self, model: usize, settings: &Settings) -> Result<Vec<Segment>> {
        if self.recorded {
            // It has its text already.
            return Ok(Vec::new());
        }
        let entry = PromptEntry { text: self.prompt.clone(), kind: self.prompt_kind };
        self.laid_out(&entry, model, settings)
    }

    /// `entry` as `model` reads it, and behind it what `settings` leave to be written.
    pub(super) fn laid_out(
        &self,
        entry: &PromptEntry,
        model: usize,
        settings: &Settings,
    ) -> Result<Vec<Segment>> {
        let Some(Model { about, .. }) = self.models.get(model) else {
            return Err(Error::invalid("the model of this lane is not loaded"));
        };
        entry.kind.prompt(entry.text.clone()).segments(Layout {
            tokenizer: &about.tokenizer,
            bos: about.bos,
            mask: about.vocabulary.mask,
            context: about.context,
            canvas: settings.get(&CANVAS),
            task: about.task(),
        })
    }

    /// Begins a run with a text for every lane.
    fn begin(&mut self, segments: Vec<Vec<Segment>>) {
        let entries = self.lanes.iter_mut().zip(segments).map(|(lane, segments)| {
            lane.run_settings = lane.settings.clone();
            lane.begun_with = lane.settings.clone();
            LaneSpec { model: lane.model, segments, settings: lane.settings.clone() }
        });
        let entries = entries.collect();
        self.mode = self.chosen_mode();
        self.run = Some(self.engine.start(entries, self.mode.scheduling(), false));
        self.begun = false;
        self.tally = None;
        self.why = None;
        self.phase = Phase::Waiting;
        self.token = None;
        self.scroll = 0;
    }

    /// Makes noise of some of the text as it stands, and denoises it again.
    pub(super) fn repair(&mut self) {
        if !self.can_begin() {
            return;
        }
        let lane = self.lane();
        let (Some(frame), Some(model)) = (lane.history.last(), self.model(lane)) else { return };
        let segments = frame.as_draft(&model.about.vocabulary);
        if self.lanes.iter().any(|other| other.model != lane.model) {
            self.notice = Some(Notice::bad("lanes of two models cannot repair one text"));
        } else if segments.iter().any(|segment| matches!(segment, Segment::Draft(_))) {
            self.begin(vec![segments; self.lanes.len()]);
        } else {
            self.notice = Some(Notice::bad("there is no text yet that could be repaired"));
        }
    }
}
