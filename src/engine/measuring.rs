//! What is done with a text once it is written: judging it, timing it, and explaining its time.

use super::rounds::TimingRounds;
use super::run::{Lane, State};
use super::worker::Worker;
use super::{Event, LaneScheduling};
use crate::cancel::Cancel;
use crate::explain::{Machine, PassCosts};
use crate::model::{Backbone, Threads};
use crate::quality::Quality;
use crate::summary::Tokens;
use crate::{Error, Result};

impl Worker<'_> {
    /// Has the text of a lane judged, where it is not yet, and reports it.
    pub(super) async fn end_lane(&mut self, index: usize) {
        let Some(run) = &self.run else { return };
        let lane = &run.lanes[index];
        let quality = match lane.quality {
            None => self.judge(lane, &run.cancel).transpose(),
            known => Ok(known),
        };
        let quality = match quality {
            Ok(quality) => quality,
            // Whoever called it off has sent the command that says what comes next.
            Err(Error::Cancelled) => return,
            Err(error) => {
                self.send(Event::Refused(error)).await;
                None
            }
        };
        let (id, canvas, vocabulary) = (run.id, lane.session.canvas(), lane.model.vocabulary());
        let tokens = Tokens::of(canvas, vocabulary);
        let answer = canvas.ids()[canvas.answer_until_end(vocabulary)].to_vec();
        if let Some(run) = &mut self.run {
            run.lanes[index].quality = quality;
        }
        self.send(Event::LaneEnded { run: id, lane: index, tokens, answer, quality }).await;
    }

    fn judge(&self, lane: &Lane, cancel: &Cancel) -> Option<Result<Quality>> {
        let judge = self.loaded.judge.as_ref()?;
        let tokenizer = &self.loaded.models.get(lane.model_index)?.1.tokenizer;
        let canvas = lane.session.canvas();
        let answer = canvas.answer_until_end(lane.model.vocabulary());
        Some(judge.read(tokenizer, canvas.ids(), answer, cancel))
    }

    pub(super) async fn end_if_all_ended(&mut self) {
        let Some(run) = &mut self.run else { return };
        if run.next_lane().is_some() || matches!(run.state, State::Ended) {
            return;
        }
        match run.scheduling {
            LaneScheduling::InTurn { repeats } if repeats > 0 => {
                run.state = State::Measuring(Box::new(TimingRounds::new(run.lanes.len(), repeats)));
                let run = run.id;
                self.send(Event::Measuring { run, round: 1, of: repeats }).await;
            }
            _ => {
                run.state = State::Ended;
                let id = run.id;
                self.send(Event::Finished(id)).await;
            }
        }
    }

    /// One pass that is made for its time alone.
    pub(super) async fn measure(&mut self) {
        let Some(run) = &mut self.run else { return };
        let id = run.id;
        let State::Measuring(rounds) = &mut run.state else { return };
        let before = rounds.round();
        match rounds.pass(&mut run.lanes, &run.cancel) {
            Ok(()) => {}
            // Whoever called it off has sent the command that says what comes next.
            Err(Error::Cancelled) => {
                run.state = State::Paused;
                return;
            }
            Err(error) => {
                self.run = None;
                return self.send(Event::Failed { run: id, error }).await;
            }
        }
        match rounds.round() {
            Some(round) if Some(round) != before => {
                let of = rounds.repeats();
                self.send(Event::Measuring { run: id, round, of }).await;
            }
            Some(_) => {}
            None => {
                let State::Measuring(rounds) = std::mem::replace(&mut run.state, State::Ended)
                else {
                    return;
                };
                for (lane, times) in rounds.middle().into_iter().enumerate() {
                    self.send(Event::Timed { run: id, lane, times }).await;
                }
                self.send(Event::Finished(id)).await;
            }
        }
    }

    pub(super) fn explain(
        &self,
        diffusion: usize,
        next_token: Option<usize>,
        positions: usize,
    ) -> Result<(PassCosts, Machine)> {
        let cancel = self.generations.watch_newest();
        let mut diffusion = self.another(diffusion)?;
        let mut next_token = next_token.map(|index| self.another(index)).transpose()?;
        let next_token = next_token.as_deref_mut().map(|model| model as &mut dyn Backbone);
        let costs = PassCosts::measure(diffusion.as_mut(), next_token, positions, &cancel)?;
        let threads = self.loaded.threads.clone().map_or_else(|| Threads::new(None), Ok)?;
        let machine = Machine::measure(&threads, costs.weight_stats.bytes, &cancel)?;
        Ok((costs, machine))
    }
}
