//! Changes by hand: what is pinned stays, what is made noise is written again, whatever the sampler.

use proptest::prelude::*;
use remask::cancel::Cancel;
use remask::diffusion::registry::registry;
use remask::diffusion::{Edit, Segment, Session, StepOutcome, TokenState};
use remask::knobs::Settings;
use remask::model::Backbone;
use remask::trace::History;

use crate::support::FakeModel;

const PROMPT: usize = 2;
const CANVAS: usize = 24;

fn begin(model: &FakeModel, settings: Settings) -> Session {
    let segments = [Segment::Prompt(vec![3; PROMPT]), Segment::Noise(CANVAS)];
    Session::new(&segments, settings, model.vocabulary(), model.context()).unwrap()
}

/// Steps to the end; nothing where there is none within a bound.
fn finish(session: &mut Session, model: &mut FakeModel) -> Option<usize> {
    const MOST: usize = 400;
    (0..MOST).find(|_| session.step(model, &Cancel::never()).unwrap() == StepOutcome::Finished)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_pinned_never_changes(
        sampler in 0..registry().samplers().len(),
        before in 1usize..12,
        seed in 0u64..1000,
        warm in 0.0f64..1.5,
        hands in proptest::collection::vec((0usize..3, PROMPT..PROMPT + CANVAS, 2u32..28), 1..8),
    ) {
        let name = registry().samplers()[sampler].name;
        let settings = Settings::default()
            .with("sampler", name)
            .and_then(|s| s.with("steps", "12"))
            .and_then(|s| s.with("temperature", &warm.to_string()))
            .and_then(|s| s.with("seed", &seed.to_string()))
            .unwrap();
        let mut model = FakeModel::new();
        let mut session = begin(&model, settings);
        for _ in 0..before {
            session.step(&mut model, &Cancel::never()).unwrap();
        }
        for (kind, position, token) in hands {
            let edit = match kind {
                0 => Edit::Pin(vec![position]),
                1 => Edit::Renoise(vec![position]),
                _ => Edit::Set { position, token },
            };
            let (was, count) = (session.canvas().clone(), session.canvas().answer().count());
            if session.edit(&edit, model.vocabulary()).is_err() {
                prop_assert_eq!(session.canvas(), &was, "a refused edit changes nothing");
            }
            prop_assert_eq!(session.canvas().answer().count(), count);
            let pinned: Vec<(usize, u32)> = pinned(&session);
            session.step(&mut model, &Cancel::never()).unwrap();
            for (position, id) in pinned {
                prop_assert_eq!(session.canvas().ids()[position], id, "{} at {}", name, position);
                prop_assert_eq!(session.canvas().states()[position], TokenState::Pinned);
            }
        }
        let pinned = pinned(&session);
        prop_assert!(finish(&mut session, &mut model).is_some(), "{} comes to an end", name);
        prop_assert_eq!(session.canvas().open().count(), 0);
        for (position, id) in pinned {
            prop_assert_eq!(session.canvas().ids()[position], id);
        }
    }
}

fn pinned(session: &Session) -> Vec<(usize, u32)> {
    let states = session.canvas().states().iter().enumerate();
    let pinned = states.filter(|(_, state)| **state == TokenState::Pinned);
    pinned.map(|(position, _)| (position, session.canvas().ids()[position])).collect()
}

#[test]
fn noise_made_by_hand_gets_its_share_of_the_steps() {
    let mut model = FakeModel::new();
    let settings = Settings::default().with("steps", "12").unwrap();
    let mut session = begin(&model, settings);
    assert_eq!(finish(&mut session, &mut model), Some(12));
    let half: Vec<usize> = (PROMPT..PROMPT + CANVAS / 2).collect();
    session.edit(&Edit::Renoise(half), model.vocabulary()).unwrap();
    assert_eq!(finish(&mut session, &mut model), Some(6));
    // What was let go may be written over again, what was not is whole.
    session.edit(&Edit::Pin(vec![PROMPT]), model.vocabulary()).unwrap();
    session.edit(&Edit::Unpin(vec![PROMPT]), model.vocabulary()).unwrap();
    assert_eq!(session.canvas().states()[PROMPT], TokenState::Written);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let model = FakeModel::new();
    let mut session = begin(&model, Settings::default());
    let mask = model.vocabulary().mask;
    for (edit, expected) in [
        (Edit::Pin(vec![0]), "position 0 was given"),
        (Edit::Pin(vec![PROMPT]), "position 2 is noise, which cannot be pinned"),
        (Edit::Unpin(vec![PROMPT]), "not pinned"),
        (Edit::Renoise(vec![99]), "position 99 is not on the canvas"),
        (Edit::Set { position: 4, token: 999 }, "cannot hold token 999: the vocabulary has 33"),
        (Edit::Set { position: 4, token: mask }, "cannot hold the mask"),
    ] {
        let message = session.edit(&edit, model.vocabulary()).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_pin_leaves_the_schedule_as_it_is() {
    let settings = ["sampler=low-confidence", "schedule=cosine", "steps=16"].iter();
    let settings = settings.fold(Settings::default(), |settings, knob| {
        let (name, value) = knob.split_once('=').unwrap();
        settings.with(name, value).unwrap()
    });
    let mut model = FakeModel::new();
    let mut session = begin(&model, settings);
    for _ in 0..8 {
        session.step(&mut model, &Cancel::never()).unwrap();
    }
    let mut other = session.clone();
    let written =
        session.canvas().answer().find(|at| session.canvas().states()[*at] == TokenState::Written);
    let written = vec![written.unwrap()];
    other.edit(&Edit::Pin(written.clone()), model.vocabulary()).unwrap();
    other.edit(&Edit::Unpin(written), model.vocabulary()).unwrap();
    let ends = [&mut session, &mut other].map(|session| finish(session, &mut model));
    assert_eq!(ends[0], ends[1]);
    assert_eq!(session.canvas(), other.canvas());
}

#[test]
fn where_everything_is_pinned_there_is_nothing_to_correct() {
    let settings = Settings::default().with("sampler", "remdm-cap").unwrap();
    let mut model = FakeModel::new();
    let mut session = begin(&model, settings.with("steps", "12").unwrap());
    while session.canvas().open().next().is_some() {
        session.step(&mut model, &Cancel::never()).unwrap();
    }
    let all: Vec<usize> = (PROMPT..PROMPT + CANVAS).collect();
    session.edit(&Edit::Pin(all), model.vocabulary()).unwrap();
    let outcome = session.step(&mut model, &Cancel::never()).unwrap();
    assert_eq!(outcome, StepOutcome::Finished);
}

#[test]
fn a_hand_draws_other_noise_than_the_sampler() {
    let settings = Settings::default()
        .with("noise", "uniform")
        .and_then(|s| s.with("steps", "6"))
        .and_then(|s| s.with("sampler", "random"))
        .unwrap();
    let mut model = FakeModel::new();
    let mut session = begin(&model, settings);
    let mut history = History::default();
    history.restart(session.canvas(), 6);
    let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() else {
        panic!("there is something to write");
    };
    history.push(&step);
    let states = session.canvas().states();
    let written = states.iter().position(|state| *state == TokenState::Written).unwrap();
    let open = session.canvas().open().next().unwrap();
    let (before, was) = (session.clone(), session.canvas().ids()[open]);
    session.edit(&Edit::Renoise(vec![written]), model.vocabulary()).unwrap();
    assert_eq!(session.canvas().ids()[open], was, "only what was named becomes noise");
    history.push_edit(session.canvas());
    let shown = history.last().unwrap().cells.iter().map(|cell| cell.id);
    assert_eq!(shown.collect::<Vec<u32>>(), session.canvas().ids());
    // The same seed, step and position give the same token again.
    let mut again = before;
    again.edit(&Edit::Renoise(vec![written]), model.vocabulary()).unwrap();
    assert_eq!(again.canvas(), session.canvas());
}
