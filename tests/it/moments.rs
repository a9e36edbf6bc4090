//! The engine goes back to moments of a run, on from there, and on from what was changed by hand.

use crate::support::FakeModel;
use crate::support::bench::{Bench, changes, name};
use remask::diffusion::{Canvas, Edit, TokenState, knobs};
use remask::engine::{Command, EngineClient, Event, KeptLane, LaneScheduling};
use remask::knobs::{Settings, Value};
use remask::trace::NodeId;

#[test]
fn going_back_and_on_repeats_what_was() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(20, 20, false);
    let steps = bench.finish(run);
    let again =
        bench.engine.rewind(vec![KeptLane::new(0, NodeId(7))], LaneScheduling::InStep, false);
    match bench.next() {
        Event::Started { run, lanes, .. } => {
            assert_eq!((run, lanes[0].0), (again, NodeId(7)));
            assert_eq!(lanes[0].1.open().count(), 13);
        }
        other => panic!("{}", name(&other)),
    }
    assert_eq!(changes(&bench.finish(again)), changes(&steps[7..]));
}

/// The canvas at the beginning of the run that comes next.
fn started(bench: &mut Bench) -> Canvas {
    match bench.next() {
        Event::Started { mut lanes, goes_on, .. } => {
            assert!(goes_on);
            lanes.remove(0).1
        }
        other => panic!("{}", name(&other)),
    }
}

#[test]
fn what_nobody_saw_is_dropped_so_that_moments_have_one_number() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(20, 20, false);
    bench.finish(run);
    let kept = KeptLane { lane: 0, node: NodeId(5), known: 9 };
    let again = bench.engine.rewind(vec![kept], LaneScheduling::InStep, false);
    started(&mut bench);
    assert_eq!(bench.finish(again).len(), 15);
    bench.engine.rewind(vec![KeptLane::new(0, NodeId(9 + 14))], LaneScheduling::InStep, true);
    assert_eq!(started(&mut bench).open().count(), 0, "the last of nine known and fifteen made");
}

#[test]
fn another_way_does_not_destroy_the_first() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(20, 20, false);
    bench.finish(run);
    let end = NodeId(20);
    let again =
        bench.engine.rewind(vec![KeptLane::new(0, NodeId(5))], LaneScheduling::InStep, true);
    started(&mut bench);
    let warm = knobs().get("temperature").unwrap();
    bench.engine.send(Command::Turn(0, Settings::of(warm, Value::Real(2.0))));
    bench.engine.send(Command::Resume);
    assert_eq!(bench.finish(again).len(), 15);
    let first = bench.engine.rewind(vec![KeptLane::new(0, end)], LaneScheduling::InStep, false);
    let canvas = started(&mut bench);
    assert!(bench.finish(first).is_empty(), "its end has nothing to write");
    let other =
        bench.engine.rewind(vec![KeptLane::new(0, NodeId(35))], LaneScheduling::InStep, false);
    let second = started(&mut bench);
    bench.finish(other);
    assert_ne!(canvas, second);
    // The first is what it was without the second.
    let mut alone = Bench::new(FakeModel::new());
    let run = alone.start(20, 20, false);
    alone.finish(run);
    alone.engine.rewind(vec![KeptLane::new(0, end)], LaneScheduling::InStep, false);
    assert_eq!(started(&mut alone), canvas);
}

#[test]
fn a_text_is_changed_by_hand_and_gone_on_with() {
    let mut bench = Bench::new(FakeModel::new());
    let run = bench.start(12, 12, false);
    bench.finish(run);
    bench.engine.send(Command::Edit(0, Edit::Pin(vec![5])));
    let pinned = match bench.next() {
        Event::Edited { run: of, canvas, .. } => {
            assert_eq!((of, canvas.states()[5]), (run, TokenState::Pinned));
            canvas.ids()[5]
        }
        other => panic!("{}", name(&other)),
    };
    assert!(matches!(bench.next(), Event::LaneEnded { .. }), "there is still nothing to write");
    bench.engine.send(Command::Edit(0, Edit::Renoise(vec![4, 6, 7])));
    assert!(matches!(bench.next(), Event::Edited { .. }));
    assert!(matches!(bench.next(), Event::Paused(of) if of == run), "now there is");
    bench.engine.send(Command::Resume);
    let steps = bench.finish(run);
    assert_eq!(steps.len(), 3, "as many as three of twelve have");
    assert!(steps.iter().flat_map(|step| &step.updates).all(|update| update.position != 5));
    // The moments by hand can be gone to like any other: 12 passes, two edits, three passes.
    bench.engine.rewind(vec![KeptLane::new(0, NodeId(17))], LaneScheduling::InStep, true);
    assert_eq!(started(&mut bench).ids()[5], pinned);
    assert!(matches!(bench.next(), Event::LaneEnded { .. }));
    bench.engine.rewind(vec![KeptLane::new(0, NodeId(12))], LaneScheduling::InStep, true);
    assert_eq!(started(&mut bench).states()[5], TokenState::Written, "not pinned yet");
    assert!(matches!(bench.next(), Event::LaneEnded { .. }));
    bench.engine.send(Command::Edit(0, Edit::Pin(vec![0])));
    match bench.next() {
        Event::Refused(error) => assert!(error.to_string().contains("position 0 was given")),
        other => panic!("{}", name(&other)),
    }
}
