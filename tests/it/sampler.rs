//! What every run keeps to, whatever the knobs: checked on a fake model with random settings.

use crate::support::FakeModel;
use proptest::prelude::*;
use remask::cancel::Cancel;
use remask::diffusion::parts::Scope;
use remask::diffusion::resolved::ResolvedSampler;
use remask::diffusion::{Segment, Session, Step, StepOutcome, TokenOutcome, TokenState};
use remask::knobs::{Kind, Settings};
use remask::model::{Backbone, LanguageModel};

/// Any value of any knob; a mix of parts that makes no sense goes back to the sampler's own parts.
fn any_settings() -> impl Strategy<Value = Settings> {
    let knobs = remask::diffusion::knobs().iter().filter(|knob| knob.name != "canvas");
    let values: Vec<BoxedStrategy<(&'static str, String)>> = knobs
        .map(|knob| {
            let off = knob.off().unwrap_or("").to_owned();
            let on = match &knob.kind {
                Kind::Real { min, max, .. } => (*min..=*max).prop_map(|x| x.to_string()).boxed(),
                Kind::Count { min, max, .. } => {
                    (*min..=(*max).min(40)).prop_map(|n| n.to_string()).boxed()
                }
                Kind::Choice { options, .. } => {
                    (0..options().len()).prop_map(|i| options()[i].name.to_owned()).boxed()
                }
            };
            let value = if off.is_empty() { on } else { prop_oneof![on, Just(off)].boxed() };
            // Half of the runs are a sampler as it is.
            let value = if PARTS.contains(&knob.name) {
                prop_oneof![Just("auto".to_owned()), value].boxed()
            } else {
                value
            };
            value.prop_map(move |text| (knob.name, text)).boxed()
        })
        .collect();
    values.prop_map(|pairs| {
        let settings = pairs.into_iter().fold(Settings::default(), |settings, (name, text)| {
            settings.with(name, &text).unwrap()
        });
        if ResolvedSampler::of(&settings).check().is_ok() {
            return settings;
        }
        PARTS.iter().fold(settings, |settings, part| settings.with(part, "auto").unwrap())
    })
}

const PARTS: [&str; 5] = ["draw", "score", "schedule", "select", "correct"];

/// Given text, noise and a draft in any order, something to write always.
fn any_segments() -> impl Strategy<Value = Vec<Segment>> {
    let given = || prop::collection::vec(1u32..29, 0..6);
    (prop::collection::vec(1u32..29, 1..6), 1usize..12, given(), 0usize..12, given(), given())
        .prop_map(|(a, n, b, m, c, draft)| {
            vec![
                Segment::Prompt(a),
                Segment::Noise(n),
                Segment::Fixed(b),
                Segment::Noise(m),
                Segment::Draft(draft),
                Segment::Fixed(c),
            ]
        })
}

fn begin(segments: &[Segment], settings: &Settings) -> Session {
    let model = FakeModel::new();
    Session::new(segments, settings.clone(), model.vocabulary(), model.context()).unwrap()
}

fn step(session: &mut Session, model: &mut FakeModel) -> Option<Step> {
    match session.step(model, &Cancel::never()).unwrap() {
        StepOutcome::Stepped(step) => Some(*step),
        StepOutcome::Finished => None,
    }
}

/// The steps without their times.
fn run(segments: &[Segment], settings: &Settings) -> (Vec<Step>, Vec<u32>) {
    let mut model = FakeModel::new();
    let mut session = begin(segments, settings);
    let mut steps = Vec::new();
    while let Some(mut step) = step(&mut session, &mut model) {
        step.forward = Default::default();
        step.sampling = Default::default();
        steps.push(step);
        assert!(steps.len() < 1000, "it does not end");
    }
    (steps, session.canvas().ids().to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_run_ends_decided_and_touches_nothing_given(
        segments in any_segments(),
        settings in any_settings(),
    ) {
        let mut model = FakeModel::new();
        let mut session = begin(&segments, &settings);
        let before = session.canvas().clone();
        let corrects = ResolvedSampler::of(&settings).correct.scope != Scope::Open;
        let mut open = before.open().count();
        let (mut steps, mut promised) = (0, 0);
        while let Some(step) = step(&mut session, &mut model) {
            steps += 1;
            if steps == 1 {
                promised = step.planned;
            }
            prop_assert!(steps <= promised, "more than the {} passes that were promised", promised);
            let now = session.canvas().open().count();
            prop_assert_eq!(now, step.open);
            prop_assert_eq!(
                now + step.count(TokenOutcome::Written),
                open + step.count(TokenOutcome::Remasked)
            );
            prop_assert!(corrects || now <= open, "noise only falls");
            prop_assert!(step.planned >= steps);
            open = now;
        }
        let after = session.canvas();
        prop_assert!(session.is_finished());
        for position in 0..before.len() {
            let id = after.ids()[position];
            if before.states()[position].is_given() {
                prop_assert_eq!(id, before.ids()[position]);
                prop_assert_eq!(after.states()[position], before.states()[position]);
            } else {
                prop_assert_eq!(after.states()[position], TokenState::Written);
                prop_assert!(model.vocabulary.may_draw(id), "wrote {}", id);
                let suppressed = settings.get(&remask::diffusion::draw::EOS) == remask::diffusion::draw::Eos::Suppress;
                prop_assert!(!suppressed || !model.vocabulary.is_eos(id));
            }
        }
    }

    #[test]
    fn passes_keep_to_the_budget(segments in any_segments(), settings in any_settings()) {
        let resolved = ResolvedSampler::of(&settings);
        let by_budget = resolved.goes_by_budget() && resolved.sampler.next_token.is_none();
        let steps = settings.get(&remask::diffusion::parts::schedule::STEPS);
        let length = settings.get(&remask::diffusion::block::BLOCK_LENGTH).unwrap_or(64);
        // A block takes one pass at the least, and one that is edited some more.
        let blocks = 64usize.div_ceil(length);
        let most = steps.max(blocks) + blocks * resolved.correct.after;
        let (made, _) = run(&segments, &settings);
        prop_assert!(!by_budget || made.len() <= most, "{} passes", made.len());
    }

    #[test]
    fn the_same_seed_gives_the_same_steps(segments in any_segments(), settings in any_settings()) {
        prop_assert_eq!(run(&segments, &settings), run(&segments, &settings));
    }

    #[test]
    fn a_snapshot_goes_on_as_the_original_did(
        segments in any_segments(),
        settings in any_settings(),
        at in 0usize..10,
    ) {
        let mut model = FakeModel::new();
        let mut session = begin(&segments, &settings);
        for _ in 0..at {
            step(&mut session, &mut model);
        }
        let mut copy = session.clone();
        while step(&mut session, &mut model).is_some() {}
        while step(&mut copy, &mut model).is_some() {}
        prop_assert_eq!(session.canvas(), copy.canvas());
    }

    #[test]
    fn knobs_may_be_turned_at_any_step(
        segments in any_segments(),
        first in any_settings(),
        second in any_settings(),
        at in 0usize..10,
    ) {
        let mut model = FakeModel::new();
        let mut session = begin(&segments, &first);
        for _ in 0..at {
            step(&mut session, &mut model);
        }
        session.turn_all(second).unwrap();
        let mut more = 0;
        while step(&mut session, &mut model).is_some() {
            more += 1;
            prop_assert!(more < 1000, "it does not end");
        }
        prop_assert!(session.is_finished());
    }
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs
        .iter()
        .fold(Settings::default(), |settings, (name, text)| settings.with(name, text).unwrap())
}

fn committed(steps: &[Step]) -> Vec<usize> {
    steps.iter().map(|step| step.count(TokenOutcome::Written)).collect()
}

#[test]
fn commits_follow_the_schedule() {
    let segments = [Segment::Prompt(vec![3]), Segment::Noise(10)];
    let (steps, _) = run(&segments, &settings(&[("steps", "4")]));
    assert_eq!(committed(&steps), [3, 3, 2, 2]);
    let blocks = settings(&[("steps", "5"), ("block-length", "4")]);
    // 5 steps over blocks of 4, 4 and 2 tokens: 2, 2 and 1.
    assert_eq!(committed(&run(&segments, &blocks).0), [2, 2, 2, 2, 2]);
    let left = settings(&[("sampler", "left-to-right"), ("steps", "10")]);
    for (index, step) in run(&segments, &left).0.iter().enumerate() {
        let written = step.updates.iter().find(|c| c.outcome == TokenOutcome::Written);
        assert_eq!(written.unwrap().position, index + 1);
    }
}

#[test]
fn a_threshold_commits_what_is_sure_and_the_best_in_any_case() {
    let segments = [Segment::Noise(12)];
    let (steps, _) = run(&segments, &settings(&[("threshold", "0.1")]));
    for step in &steps {
        let written = step.updates.iter().filter(|c| c.outcome == TokenOutcome::Written);
        let least = written.map(|c| c.confidence).fold(1.0, f32::min);
        let drafts = step.updates.iter().filter(|c| c.outcome == TokenOutcome::Draft);
        let best_draft = drafts.map(|c| c.confidence).fold(0.0, f32::max);
        assert!(best_draft < 0.1 && (least >= 0.1 || step.count(TokenOutcome::Written) == 1));
    }
    assert!(committed(&steps)[0] > 1, "the fake model is sure of some: {:?}", committed(&steps));
}

#[test]
fn p2_takes_back_and_still_ends_on_time() {
    let segments = [Segment::Noise(24)];
    let (steps, _) =
        run(&segments, &settings(&[("sampler", "p2"), ("steps", "12"), ("temperature", "1")]));
    assert!(steps.iter().any(|step| step.count(TokenOutcome::Remasked) > 0));
    assert_eq!(steps.len(), 12);
}

#[test]
fn end_tokens_that_rank_last_are_written_last() {
    let mut found = 0;
    for seed in 0..20 {
        let seed = seed.to_string();
        let knobs = [("eos", "rank-last"), ("temperature", "2"), ("steps", "24"), ("seed", &seed)];
        let (steps, _) = run(&[Segment::Noise(24)], &settings(&knobs));
        for step in &steps {
            let ends = |c: &&remask::diffusion::PositionUpdate| c.prediction == 0;
            let wrote_end =
                step.updates.iter().filter(ends).any(|c| c.outcome == TokenOutcome::Written);
            let other_left =
                step.updates.iter().any(|c| c.outcome == TokenOutcome::Draft && c.prediction != 0);
            assert!(!(wrote_end && other_left));
            found += usize::from(wrote_end);
        }
    }
    assert!(found > 0, "no end token was ever drawn");
}

/// Gumbel-max at temperature T draws from softmax(l / T): chi-square over 20,000 draws.
#[test]
fn draws_follow_the_odds() {
    for (draw, temperature) in [("gumbel", 1.0f64), ("gumbel", 0.5), ("categorical", 0.7)] {
        let mut counts = [0f64; 33];
        const DRAWS: u32 = 20_000;
        for seed in 0..DRAWS {
            let knobs = [
                ("draw", draw.to_owned()),
                ("temperature", temperature.to_string()),
                ("seed", seed.to_string()),
            ];
            let settings = knobs
                .iter()
                .fold(Settings::default(), |s, (name, text)| s.with(name, text).unwrap());
            let (_, ids) = run(&[Segment::Noise(1)], &settings);
            counts[ids[0] as usize] += 1.0;
        }
        let drawable: Vec<usize> = (0..31).collect();
        let weight = |token: &usize| (f64::from(FakeModel::logit(0, *token)) / temperature).exp();
        let total: f64 = drawable.iter().map(weight).sum();
        assert_eq!(counts[31] + counts[32], 0.0, "mask and padding are never drawn");
        let statistic: f64 = drawable
            .iter()
            .map(|token| {
                let expected = f64::from(DRAWS) * weight(token) / total;
                (counts[*token] - expected).powi(2) / expected
            })
            .sum();
        // The 0.999 quantile of chi-square with 30 degrees of freedom.
        assert!(statistic < 59.7, "{draw} at {temperature}: chi-square {statistic}");
    }
}

#[test]
fn filters_keep_draws_inside_the_nucleus() {
    let likeliest =
        (0..31).max_by(|a, b| FakeModel::logit(0, *a).total_cmp(&FakeModel::logit(0, *b))).unwrap();
    for seed in 0..200 {
        for (knob, value) in [("top-k", "1"), ("top-p", "0.05")] {
            for draw in ["gumbel", "categorical"] {
                let seed = seed.to_string();
                let knobs =
                    [(knob, value), ("draw", draw), ("temperature", "1.5"), ("seed", &seed)];
                let (_, ids) = run(&[Segment::Noise(1)], &settings(&knobs));
                assert_eq!(ids[0] as usize, likeliest);
            }
        }
    }
}

#[test]
fn a_turned_knob_counts_from_the_next_step_on_and_is_recorded_there() {
    let segments = [Segment::Prompt(vec![5, 6]), Segment::Noise(20)];
    let mut model = FakeModel::new();
    let plain = run(&segments, &settings(&[("steps", "20")])).0;
    let mut session = begin(&segments, &settings(&[("steps", "20")]));
    let temperature = &remask::diffusion::draw::TEMPERATURE;
    let mut steps = Vec::new();
    for index in 0..20 {
        if index == 8 {
            session.turn(temperature, temperature.parse("1").unwrap()).unwrap();
        }
        steps.push(step(&mut session, &mut model).unwrap());
    }
    let changes = |steps: &[Step]| -> Vec<_> { steps.iter().map(|s| s.updates.clone()).collect() };
    assert_eq!(changes(&steps[..8]), changes(&plain[..8]));
    assert_ne!(changes(&steps[8..]), changes(&plain[8..]));
    for (index, step) in steps.iter().enumerate() {
        let recorded = step.turned.iter().any(|(name, _)| *name == "temperature");
        assert_eq!(recorded, index == 8);
    }
}

#[test]
fn a_session_that_nobody_observes_writes_the_same_text() {
    let segments = [Segment::Prompt(vec![5, 6]), Segment::Noise(20)];
    for sampler in remask::diffusion::registry::registry().samplers() {
        for temperature in ["0", "0.8"] {
            let knobs = [("sampler", sampler.name), ("temperature", temperature), ("top-p", "0.9")];
            let settings = settings(&knobs);
            let (steps, ids) = run(&segments, &settings);
            let mut session = begin(&segments, &settings).unobserved();
            let mut model = FakeModel::new();
            for observed in steps {
                let unobserved = step(&mut session, &mut model).unwrap();
                let moved = |step: &Step| -> Vec<(usize, u32)> {
                    step.updates.iter().map(|update| (update.position, update.new)).collect()
                };
                assert_eq!(moved(&unobserved), moved(&observed), "{}", sampler.name);
                let candidates = unobserved.updates.iter().map(|update| update.candidates.len());
                assert!(candidates.max().unwrap_or(0) <= 2, "{}", sampler.name);
            }
            assert_eq!(session.canvas().ids(), ids);
        }
    }
}

#[test]
fn guidance_scores_two_canvases_in_one_pass() {
    #[derive(Clone)]
    struct TwoSided(FakeModel);
    impl Backbone for TwoSided {
        fn clone_shared(&self) -> Box<dyn Backbone> {
            Box::new(self.clone())
        }

        fn vocabulary(&self) -> &remask::model::Vocabulary {
            &self.0.vocabulary
        }
        fn context(&self) -> usize {
            64
        }
        fn predict(
            &mut self,
            pass: &remask::model::ForwardBatch<'_>,
        ) -> remask::Result<Box<dyn remask::model::Logits>> {
            assert_eq!(pass.canvases.len(), 2);
            assert_eq!(pass.canvases[0][..2], [5, 6]);
            assert_eq!(pass.canvases[1][..2], [31, 31], "the prompt is masked");
            self.0.predict(pass)
        }
    }
    let mut model = TwoSided(FakeModel::new());
    let segments = [Segment::Prompt(vec![5, 6]), Segment::Noise(4)];
    let mut session = begin(&segments, &settings(&[("cfg-scale", "1.5")]));
    session.step(&mut model, &Cancel::never()).unwrap();
}

#[test]
fn a_cancelled_pass_leaves_the_session_as_it_was() {
    let generations = remask::cancel::Generations::default();
    let cancel = generations.watch(generations.advance());
    let mut model = FakeModel::new();
    model.pass = std::time::Duration::from_millis(5);
    let mut session = begin(&[Segment::Noise(4)], &Settings::default());
    let before = session.canvas().clone();
    generations.advance();
    let result = session.step(&mut model, &cancel);
    assert!(matches!(result, Err(remask::Error::Cancelled)));
    assert_eq!((session.canvas(), session.steps_taken()), (&before, 0));
}

#[test]
fn every_sampler_takes_the_same_steps_at_any_thread_count() {
    let [mut one, mut two, mut four] = [1, 2, 4].map(crate::support::stories_on);
    let run = |sampler: &str, model: &mut LanguageModel| {
        model.reset_cache();
        let knobs =
            [("sampler", sampler), ("steps", "6"), ("temperature", "0.8"), ("threshold", "0.4")];
        let segments = [Segment::Prompt(vec![0, 423, 432]), Segment::Noise(20)];
        let mut session =
            Session::new(&segments, settings(&knobs), model.vocabulary(), model.context()).unwrap();
        let mut states = Vec::new();
        while let StepOutcome::Stepped(step) = session.step(model, &Cancel::never()).unwrap() {
            states.push((session.canvas().ids().to_vec(), step.updates));
        }
        states
    };
    for sampler in remask::diffusion::samplers::ALL {
        let alone = run(sampler.name, &mut one);
        for (count, model) in [(2, &mut two), (4, &mut four)] {
            assert!(alone == run(sampler.name, model), "{} at {count} threads", sampler.name);
        }
    }
}

#[test]
fn entropy_exit_writes_the_easy_positions_and_no_others() {
    for (limit, budget) in [("0", 4), ("2.9", 4), ("2.9", 20), ("6", 20)] {
        let settings = [("sampler", "entropy-exit"), ("entropy-exit", limit)];
        let settings = settings.iter().fold(Settings::default(), |settings, (knob, value)| {
            settings.with(knob, value).unwrap()
        });
        let settings = settings.with("steps", &budget.to_string()).unwrap();
        let mut model = FakeModel::new();
        let segments = [Segment::Prompt(vec![1]), Segment::Noise(20)];
        let mut session = Session::new(&segments, settings, model.vocabulary(), 64).unwrap();
        let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() else {
            panic!("nothing to do")
        };
        let of = |outcome: TokenOutcome| {
            step.updates.iter().filter(move |change| change.outcome == outcome)
        };
        let easy = step.updates.iter().filter(|c| c.entropy < limit.parse().unwrap()).count();
        assert_eq!(of(TokenOutcome::Written).count(), easy.max((20 + budget / 2) / budget));
        let hardest = of(TokenOutcome::Written).map(|c| c.entropy).fold(0.0, f32::max);
        assert!(of(TokenOutcome::Draft).all(|draft| draft.entropy >= hardest), "{limit} {budget}");
    }
}

/// Settings of `threshold` in blocks of 4, with `pairs` on top.
fn in_blocks(pairs: &[(&str, &str)]) -> Settings {
    let blocks = [("sampler", "threshold"), ("block-length", "4")];
    let all = blocks.iter().chain(pairs);
    all.fold(Settings::default(), |settings, (name, text)| settings.with(name, text).unwrap())
}

#[test]
fn blocks_in_flight_are_written_early_only_where_they_are_sure() {
    let segments = [Segment::Prompt(vec![1, 2]), Segment::Noise(32)];
    let mut early = 0;
    for seed in 0..20 {
        let seed = seed.to_string();
        let settings = in_blocks(&[("in-flight", "3"), ("seed", &seed)]);
        let (steps, _) = run(&segments, &settings);
        let mut written = [false; 34];
        for step in &steps {
            let first = step.block.start;
            assert!((first - 2).is_multiple_of(4), "a block is finished before the window moves");
            assert!(written[2..first].iter().all(|written| *written));
            assert!(step.block.len() <= 12, "three blocks: {:?}", step.block);
            let share = |block: std::ops::Range<usize>| {
                written[block.clone()].iter().filter(|written| **written).count() as f64
                    / block.len() as f64
            };
            // Which blocks write what the sampler says.
            let active =
                |block: usize| (0..block).all(|b| share(first + 4 * b..first + 4 * b + 4) >= 0.5);
            let wrote: Vec<_> = step
                .updates
                .iter()
                .filter(|update| update.outcome == TokenOutcome::Written)
                .collect();
            for update in &wrote {
                let block = (update.position - first) / 4;
                early += usize::from(block > 0);
                assert!(active(block) || update.confidence >= 0.9, "{update:?}");
            }
            // One at least in every block that is fully active.
            for block in 0..step.block.len() / 4 {
                let span = first + 4 * block..first + 4 * block + 4;
                let wrote_here = wrote.iter().any(|update| span.contains(&update.position));
                assert!(!active(block) || wrote_here || share(span) == 1.0, "block {block}");
            }
            wrote.iter().for_each(|update| written[update.position] = true);
        }
    }
    assert!(early > 100, "{early} tokens ahead of their block");
}

#[test]
fn blocks_that_open_when_the_last_is_full_are_those_of_one_in_flight() {
    let segments = [Segment::Prompt(vec![1, 2]), Segment::Noise(30)];
    for seed in 0..10 {
        let seed = seed.to_string();
        let waiting = [("in-flight", "4"), ("block-opens", "1"), ("seed", &seed)];
        let (waited, text) = run(&segments, &in_blocks(&waiting));
        let (alone, expected) = run(&segments, &in_blocks(&[("seed", &seed)]));
        assert_eq!((waited.len(), text), (alone.len(), expected));
    }
}
