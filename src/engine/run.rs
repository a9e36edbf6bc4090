//! A run: one text or several, and whose turn it is.

use std::time::Duration;

use tokio::time::Instant;

use super::moments::Moments;
use super::rounds::TimingRounds;
use super::{LaneScheduling, RunId};
use crate::Result;
use crate::cancel::Cancel;
use crate::diffusion::Session;
use crate::model::Backbone;
use crate::quality::Quality;
use crate::trace::NodeId;

/// A run in progress.
pub(super) struct Run {
    pub id: RunId,
    pub cancel: Cancel,
    pub lanes: Vec<Lane>,
    pub scheduling: LaneScheduling,
    pub state: State,
    /// The step that the lanes are at, where they go in step: a change by hand is none.
    pub row: Option<usize>,
    /// When the next row may begin.
    pub due: Instant,
}

/// One text.
pub(super) struct Lane {
    /// Its own, so that what is read for one text is not forgotten for another.
    pub model: Box<dyn Backbone>,
    /// Which of the loaded models that is.
    pub model_index: usize,
    pub session: Session,
    /// What it was at each of its moments.
    pub moments: Moments,
    /// Model time so far.
    pub spent: Duration,
    pub ended: bool,
    /// What the judge said, once the lane has ended.
    pub quality: Option<Quality>,
}

pub(super) enum State {
    Running,
    Paused,
    /// Everything is written; now it is written again, for the time that it takes.
    Measuring(Box<TimingRounds>),
    /// Everything is decided, or it was given up.
    Ended,
}

impl Lane {
    pub fn new(model: Box<dyn Backbone>, model_index: usize, session: Session) -> Self {
        Self {
            moments: Moments::new(&session),
            model,
            model_index,
            session,
            spent: Duration::ZERO,
            ended: false,
            quality: None,
        }
    }

    /// What it was at `node`, with the knobs of now, and the time until then; nothing where there is no such
    /// moment.
    ///
    /// # Errors
    /// As [`Session::step`]: passes may have to be made again to get there.
    pub fn moment(&mut self, node: NodeId, cancel: &Cancel) -> Result<Option<(Session, Duration)>> {
        let settings = self.session.settings().clone();
        let moment = self.moments.session(node, self.model.as_mut(), cancel)?;
        moment
            .map(|(mut session, spent)| Ok((session.turn_all(settings).map(|()| session)?, spent)))
            .transpose()
    }

    /// Makes it what [`Lane::moment`] said of `node`.
    pub fn go_to(&mut self, node: NodeId, moment: Option<(Session, Duration)>) {
        if let Some((session, spent)) = moment {
            self.ended = session.is_finished();
            self.session = session;
            self.spent = spent;
            self.quality = None;
            self.moments.go_to(node);
        }
    }
}

impl Run {
    /// The lane whose turn it is; none when all have ended.
    pub fn next_lane(&self) -> Option<usize> {
        let mut open = self.lanes.iter().enumerate().filter(|(_, lane)| !lane.ended);
        let lane = match self.scheduling {
            LaneScheduling::InStep => open.min_by_key(|(_, lane)| lane.session.steps_taken()),
            LaneScheduling::AtOnce => open.min_by_key(|(_, lane)| lane.spent),
            LaneScheduling::InTurn { .. } | LaneScheduling::Once => open.next(),
        };
        lane.map(|(index, _)| index)
    }

    /// Why its texts cannot be changed by hand; nothing where they can.
    pub fn refuses_hands(&self) -> Option<&'static str> {
        match self.scheduling {
            LaneScheduling::InStep => None,
            LaneScheduling::Once => {
                Some("a text of a sweep cannot be changed by hand; begin a run of its own first")
            }
            LaneScheduling::AtOnce | LaneScheduling::InTurn { .. } => {
                Some("a text that is raced cannot be changed by hand; let it stand alone first")
            }
        }
    }

    /// When the next pass may begin. Only lanes that go in step are slowed down for the eye.
    pub fn due(&self) -> Instant {
        let begins_row = self.next_lane().is_none_or(|next| {
            self.row.is_none_or(|row| self.lanes[next].session.steps_taken() > row)
        });
        match (self.scheduling, begins_row) {
            (LaneScheduling::InStep, true) => self.due,
            _ => Instant::now(),
        }
    }

    /// Notes that `lane` steps now, and that rows are at least `pace` apart.
    pub fn step_begins(&mut self, lane: usize, pace: Duration) {
        let step = self.lanes[lane].session.steps_taken();
        if self.row != Some(step) {
            self.row = Some(step);
            self.due = Instant::now() + pace;
        }
    }
}
