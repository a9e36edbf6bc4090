//! What a playground needs of an engine, wherever that is.

use super::{Command, KeptLane, LaneScheduling, LaneSpec, RunId};

/// The sending side of an engine. Its [`Event`](super::Event)s come by a channel.
pub trait EngineClient: Send {
    /// The number of the next run. The run before it is called off, in the middle of a pass if need be.
    fn next_run(&self) -> RunId;

    /// Sends a command. A dead engine is reported by [`Event::Stopped`](super::Event::Stopped), not here.
    fn send(&self, command: Command);

    /// Calls off the model that is being loaded, if one is: the one before it stays, or the bundled one is taken.
    fn call_off_loading(&self) {}

    /// Begins a run, which calls the one before it off, and returns its number.
    fn start(&self, specs: Vec<LaneSpec>, scheduling: LaneScheduling, paused: bool) -> RunId {
        let run = self.next_run();
        self.send(Command::Start { run, specs, scheduling, paused });
        run
    }

    /// Goes to moments of the lanes of `keep`, gives the other lanes up, and returns the number under which
    /// the run continues.
    fn rewind(&self, keep: Vec<KeptLane>, scheduling: LaneScheduling, paused: bool) -> RunId {
        let run = self.next_run();
        self.send(Command::Rewind { run, keep, scheduling, paused });
        run
    }

    /// Gives the run up.
    fn cancel(&self) {
        self.next_run();
        self.send(Command::Cancel);
    }
}
