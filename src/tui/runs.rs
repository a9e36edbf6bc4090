//! Beginning a run: from the prompt, or from a text that is to be mended.

use super::app::{App, Notice, Phase};
use crate::diffusion::Segment;
use crate::diffusion::canvas::CANVAS;
use crate::prompt::{Layout, Prompt};

impl App {
    /// Begins a run with the prompt and the knobs of now.
    pub fn start(&mut self) {
        let Some(about) = &self.about else { return };
        if matches!(self.phase, Phase::Stopped(_)) {
            return;
        }
        let layout = Layout {
            tokenizer: &about.tokenizer,
            bos: about.bos,
            mask: about.vocabulary.mask,
            canvas: self.settings.count(&CANVAS).unwrap_or(1),
        };
        match Prompt::Text(self.prompt.clone()).segments(layout) {
            Ok(segments) => self.begin(segments),
            Err(error) => {
                self.engine.cancel();
                // Runs are counted from 1: no event of the old one counts any more.
                self.run = 0;
                self.phase = Phase::Failed(error.to_string());
            }
        }
    }

    fn begin(&mut self, segments: Vec<Segment>) {
        self.run_settings = self.settings.clone();
        self.run = self.engine.start(segments, self.settings.clone(), false);
        self.phase = Phase::Waiting;
        self.token = None;
        self.scroll = 0;
    }

    /// Makes noise of some of the text as it stands, and denoises it again.
    pub(super) fn mend(&mut self) {
        let (Some(frame), Some(about)) = (self.history.last(), &self.about) else { return };
        let segments = frame.as_draft(&about.vocabulary);
        if segments.iter().any(|segment| matches!(segment, Segment::Draft(_))) {
            self.begin(segments);
        } else {
            self.notice = Some(Notice::bad("there is no text yet that could be mended"));
        }
    }
}
