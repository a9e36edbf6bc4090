//! Drafts decide how many passes a text takes, and nothing else.

use crate::support::{stories, threads};
use remask::cancel::Cancel;
use remask::diffusion::{Segment, Session, StepOutcome, TokenOutcome};
use remask::knobs::Settings;
use remask::model::{Backbone, Checkpoint, Compute, LanguageModel, LoadWatch};
use remask::rng::{Purpose, Stream};
use remask::trace::{CellState, History};

const DRAFTERS: [&str; 4] = ["self-speculative", "tidar", "linear-speculative", "prompt-lookup"];

/// Settings of the `index`-th text: any temperature, any filter, any seed, and a text with room and holes.
struct Text {
    settings: Settings,
    segments: Vec<Segment>,
}

impl Text {
    fn random(index: usize, vocabulary: u32) -> Self {
        let mut rng = Stream::new(7, index, Purpose::Task, 0);
        let mut pick = |options: &[&str]| options[rng.below(options.len())].to_owned();
        let knobs = [
            ("temperature", pick(&["0", "0.3", "0.6", "1", "1.4"])),
            ("top-p", pick(&["1", "0.5", "0.9"])),
            ("top-k", pick(&["off", "off", "5", "40"])),
            ("draw", pick(&["auto", "categorical"])),
            ("draft-length", pick(&["1", "2", "3", "4", "7", "12"])),
            ("seed", index.to_string()),
        ];
        let settings = knobs.iter().fold(Settings::default(), |settings, (knob, value)| {
            settings.with(knob, value).unwrap()
        });
        let mut ids = |count: usize| -> Vec<u32> {
            (0..count).map(|_| 2 + rng.below(vocabulary as usize - 2) as u32).collect()
        };
        let mut segments = vec![Segment::Prompt([vec![0], ids(index % 24)].concat())];
        segments.push(Segment::Noise(4 + index % 21));
        if index.is_multiple_of(3) {
            segments.push(Segment::Fixed(ids(3)));
            segments.push(Segment::Noise(1 + index % 9));
        }
        Self { settings, segments }
    }

    fn session(&self, sampler: &str, model: &LanguageModel) -> Session {
        let settings = self.settings.clone().with("sampler", sampler).unwrap();
        Session::new(&self.segments, settings, model.vocabulary(), model.context()).unwrap()
    }
}

/// The text, and the passes that it took.
fn written(mut session: Session, model: &mut LanguageModel) -> (Vec<u32>, usize) {
    let mut passes = 0;
    while let StepOutcome::Stepped(_) = session.step(model, &Cancel::never()).unwrap() {
        passes += 1;
    }
    (session.canvas().ids().to_vec(), passes)
}

fn model(name: Option<&str>, compute: Compute) -> LanguageModel {
    let checkpoint = match name {
        Some(name) => Checkpoint::open(name.as_ref()),
        None => Checkpoint::bundled(),
    };
    LanguageModel::read(checkpoint.unwrap(), threads(2), compute, &LoadWatch::default()).unwrap()
}

#[test]
fn the_text_is_the_autoregressive_one_whoever_drafts() {
    let mut models = [
        model(None, Compute::F32),
        model(None, Compute::Q8_0),
        model(Some("sudoku"), Compute::F32),
    ];
    let mut saved = [0; DRAFTERS.len()];
    for index in 0..210 {
        let model = &mut models[index % 3];
        let text = Text::random(index, model.tokenizer().len() as u32);
        let (expected, all) = written(text.session("autoregressive", model), model);
        for (drafter, saved) in DRAFTERS.iter().zip(&mut saved) {
            model.reset_cache();
            let (ids, passes) = written(text.session(drafter, model), model);
            assert_eq!(ids, expected, "{drafter}, text {index}: {:?}", text.settings);
            *saved += all.saturating_sub(passes);
        }
        model.reset_cache();
    }
    assert!(saved.iter().all(|saved| *saved > 0), "{saved:?}");
}

#[test]
fn drafts_stand_ahead_and_fall_or_stay() {
    let mut model = stories();
    let mut prompt = vec![0];
    prompt.extend(model.tokenizer().encode("Once upon a time").unwrap());
    let segments = [Segment::Prompt(prompt), Segment::Noise(60)];
    let settings = Settings::default().with("sampler", "self-speculative").unwrap();
    let mut session =
        Session::new(&segments, settings, model.vocabulary(), model.context()).unwrap();
    let (mut several, mut refused) = (0, 0);
    let mut drafts: Vec<usize> = Vec::new();
    while let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() {
        let written = step.count(TokenOutcome::Written);
        several += usize::from(written > 1);
        refused += step.count(TokenOutcome::Refused);
        // Nothing is said of a position that was neither verified nor drafted.
        assert!(step.updates.windows(2).all(|pair| pair[0].position < pair[1].position));
        for update in &step.updates {
            let open = session.canvas().open().any(|position| position == update.position);
            assert_eq!(open, update.outcome != TokenOutcome::Written);
            if update.outcome == TokenOutcome::Refused {
                assert!(drafts.contains(&update.position));
            }
        }
        drafts = step
            .updates
            .iter()
            .filter(|update| update.outcome == TokenOutcome::Draft)
            .map(|update| update.position)
            .collect();
        assert!(drafts.len() <= 3);
    }
    assert!(several > 5 && refused > 0, "{several} passes wrote several, {refused} drafts fell");
}

#[test]
fn a_turned_knob_and_another_sampler_go_on_with_the_same_text() {
    let mut model = stories();
    let text = Text::random(30, 900);
    let mut plain = text.session("autoregressive", &model);
    let mut mixed = text.session("self-speculative", &model);
    let steps = |session: &mut Session, model: &mut LanguageModel, count| {
        (0..count).for_each(|_| drop(session.step(model, &Cancel::never()).unwrap()));
    };
    while !plain.is_finished() {
        steps(&mut plain, &mut model, 1);
    }
    for sampler in
        ["prompt-lookup", "tidar", "linear-speculative", "autoregressive", "self-speculative"]
    {
        steps(&mut mixed, &mut model, 2);
        let settings = mixed.settings().clone().with("sampler", sampler).unwrap();
        mixed.turn_all(settings).unwrap();
    }
    while !mixed.is_finished() {
        steps(&mut mixed, &mut model, 1);
    }
    assert_eq!(plain.canvas().ids(), mixed.canvas().ids());
}

#[test]
fn what_became_of_the_drafts_is_counted_by_depth() {
    let mut model = stories();
    let mut prompt = vec![0];
    prompt.extend(model.tokenizer().encode("Once upon a time").unwrap());
    let segments = [Segment::Prompt(prompt), Segment::Noise(60)];
    for sampler in ["self-speculative", "tidar", "linear-speculative"] {
        let settings = Settings::default().with("sampler", sampler).unwrap();
        let mut session =
            Session::new(&segments, settings, model.vocabulary(), model.context()).unwrap();
        let mut history = History::default();
        history.restart(session.canvas(), 60);
        let mut fallen = 0;
        while let StepOutcome::Stepped(step) = session.step(&mut model, &Cancel::never()).unwrap() {
            history.push(&step);
            let cells = &history.last().unwrap().cells;
            let refused = cells.iter().filter(|cell| cell.state == CellState::Refused).count();
            assert_eq!(refused, step.count(TokenOutcome::Refused));
            fallen += refused;
        }
        let depths = history.drafts();
        // Whoever is verified stands behind one that was kept.
        assert!(depths.windows(2).all(|pair| pair[1].1 <= pair[0].0), "{sampler}: {depths:?}");
        assert!(depths.iter().all(|(kept, verified)| kept <= verified), "{sampler}: {depths:?}");
        let kept: usize = depths.iter().map(|depth| depth.0).sum();
        let writing = history.facts().filter(|facts| facts.committed > 0).count();
        assert_eq!(kept + writing, 60, "{sampler}: {depths:?}");
        assert!(fallen > 0 || sampler == "tidar", "{sampler}");
        model.reset_cache();
    }
}

/// What the definition says of three tokens behind `prompt`: at temperature 1 the product of their probabilities, each
/// among the `MOST` likeliest.
fn joint(model: &mut LanguageModel, prompt: &[u32], tokens: usize) -> Vec<(Vec<u32>, f64)> {
    if tokens == 0 {
        return vec![(Vec::new(), 1.0)];
    }
    let logits = model.next_token_logits(prompt, &Cancel::never()).unwrap().into_vec().unwrap();
    let mut likeliest: Vec<usize> = (0..logits.len()).collect();
    likeliest.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    let weights: Vec<f64> = likeliest[..MOST]
        .iter()
        .map(|id| f64::from(logits[*id] - logits[likeliest[0]]).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    let mut all = Vec::new();
    for (id, weight) in likeliest.iter().zip(weights) {
        let longer = [prompt, &[*id as u32]].concat();
        for (rest, share) in joint(model, &longer, tokens - 1) {
            all.push(([vec![*id as u32], rest].concat(), share * weight / sum));
        }
    }
    all
}

/// Tokens that a draw may take.
const MOST: usize = 3;

/// Over many seeds, each a chance of its own, three tokens fall as their joint probabilities say: drafts that are accepted
/// and refused bend nothing (Leviathan et al. 2023, arXiv 2211.17192, theorem 1).
#[test]
fn three_tokens_fall_as_often_as_they_should() {
    const TEXTS: usize = 1_000;
    /// The 0.999 quantile of chi-square with 26 degrees of freedom.
    const LIMIT: f64 = 54.05;
    let mut model = stories();
    let mut prompt = vec![0];
    prompt.extend(model.tokenizer().encode("Once upon a time there was a").unwrap());
    let expected = joint(&mut model, &prompt, 3);
    assert_eq!(expected.len(), MOST.pow(3));
    for drafter in ["self-speculative", "tidar"] {
        let mut counts = vec![0.0; expected.len()];
        let mut drafted = 0;
        for seed in 0..TEXTS {
            let knobs = [("sampler", drafter), ("temperature", "1"), ("top-k", "3")];
            let settings = knobs.iter().fold(Settings::default(), |settings, (knob, value)| {
                settings.with(knob, value).unwrap()
            });
            let settings = settings.with("seed", &seed.to_string()).unwrap();
            let segments = [Segment::Prompt(prompt.clone()), Segment::Noise(3)];
            let session =
                Session::new(&segments, settings, model.vocabulary(), model.context()).unwrap();
            let (ids, passes) = written(session, &mut model);
            drafted += usize::from(passes < 3);
            let text = &ids[prompt.len()..];
            let place = expected.iter().position(|(tokens, _)| tokens == text);
            counts[place.expect("only the likeliest are drawn")] += 1.0;
        }
        // What is rare counts together.
        let (mut statistic, mut rare) = (0.0, (0.0, 0.0));
        for (count, (_, share)) in counts.iter().zip(&expected) {
            let mean = share * TEXTS as f64;
            if mean < 5.0 {
                rare = (rare.0 + count, rare.1 + mean);
            } else {
                statistic += (count - mean) * (count - mean) / mean;
            }
        }
        if rare.1 > 0.0 {
            statistic += (rare.0 - rare.1) * (rare.0 - rare.1) / rare.1;
        }
        assert!(statistic < LIMIT, "{drafter}: chi-square {statistic}");
        assert!(drafted > TEXTS / 10, "{drafter} wrote as it should where drafts were kept");
    }
}
