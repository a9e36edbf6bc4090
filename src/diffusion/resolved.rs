//! From knobs to parts: what the chosen sampler is made of, and what was put in place of its parts.

use super::approximate_cache::{CACHE, CACHE_CHECK, CACHE_REFRESH, CACHE_SHARE, CacheKind};
use super::block::{BLOCK_LENGTH, BLOCK_OPENS, BLOCKS_IN_FLIGHT};
use super::draw::{Draw, TEMPERATURE};
use super::guidance::CFG_SCALE;
use super::noise::NOISE;
use super::parts::{Correct, Schedule, Scope, Score, Select, schedule, score};
use super::registry::registry;
use super::sampler::{
    AUTO, CORRECT, DRAW, Drafter, PART_KNOBS, SAMPLER, SCHEDULE, SCORE, SELECT, Sampler,
};
use super::speculative::DRAFT_LENGTH;
use crate::knobs::{FromValue, Knob, Settings, Typed, Word};
use crate::{Error, Result};

/// The parts that decide a step, and the knobs that they read. Made once a turn.
#[derive(Clone, Debug)]
pub struct ResolvedSampler {
    /// The sampler that was chosen.
    pub sampler: &'static Sampler,
    /// Its part, or the one that was put in its place; as the others.
    pub draw: &'static Draw,
    /// What ranks positions.
    pub score: &'static Score,
    /// How many are written.
    pub schedule: &'static Schedule,
    /// Which ones.
    pub select: &'static Select,
    /// What is remasked or written over.
    pub correct: &'static Correct,
    /// The knobs.
    pub settings: Settings,
}

impl ResolvedSampler {
    /// The parts that `settings` ask for.
    pub fn of(settings: &Settings) -> Self {
        Self::with(registry().sampler(settings.get(&SAMPLER).as_str()), settings)
    }

    /// The parts of `sampler`, but where `settings` put others in their place.
    pub fn with(sampler: &'static Sampler, settings: &Settings) -> Self {
        let settings = settings.clone();
        let word = |knob: &'static Typed<Word>| settings.get(knob).as_str();
        let Sampler { draw, score, schedule, select, correct, .. } = *sampler;
        let known = registry();
        let draw = known.draws.find(word(&DRAW)).unwrap_or(draw);
        if sampler.next_token.is_some() {
            return Self { sampler, draw, score, schedule, select, correct, settings };
        }
        let mut resolved = Self {
            sampler,
            draw,
            score: known.scores.find(word(&SCORE)).unwrap_or(score),
            schedule: known.schedules.find(word(&SCHEDULE)).unwrap_or(schedule),
            select: known.selects.find(word(&SELECT)).unwrap_or(select),
            correct: known.corrects.find(word(&CORRECT)).unwrap_or(correct),
            settings,
        };
        // A threshold that is turned on means what it says for samplers that would go by a budget.
        if resolved.settings.get(&schedule::TAU).is_some() && resolved.would_take_threshold() {
            resolved.schedule = &schedule::THRESHOLD;
        }
        resolved
    }

    /// What `knob` holds.
    pub fn get<T: FromValue>(&self, knob: &'static Typed<T>) -> T {
        self.settings.get(knob)
    }

    /// What `knob` holds; where it is off, what the parts take in its place ([`Schedule::defaults`]).
    pub fn or_default(&self, knob: &'static Typed<Option<f64>>) -> f64 {
        self.get(knob).or_else(|| self.default_of(knob)).unwrap_or_default()
    }

    /// What the parts take in the place of `knob` where it is off.
    pub fn default_of(&self, knob: &Knob) -> Option<f64> {
        let defaults = self.schedule.defaults.iter().chain(self.correct.defaults);
        defaults.copied().find(|(other, _)| other.is(knob)).map(|(_, default)| default)
    }

    /// Whether `threshold` can take the place of the sampler's own schedule.
    fn would_take_threshold(&self) -> bool {
        self.get(&SCHEDULE).as_str() == AUTO
            && self.schedule.levels.is_some()
            && !self.select.needs_levels
            && !self.correct.needs_levels
    }

    /// The name of the part that stands where `knob` holds `auto`; nothing for other knobs.
    pub fn part(&self, knob: &Knob) -> Option<&'static str> {
        let names = [
            self.draw.name,
            self.score.name,
            self.schedule.name,
            self.select.name,
            self.correct.name,
        ];
        PART_KNOBS.iter().zip(names).find(|(part, _)| part.is(knob)).map(|(_, name)| name)
    }

    /// Parts that were put in place of the sampler's own.
    pub fn replaced(&self) -> Vec<&'static str> {
        let words = PART_KNOBS.into_iter().map(|knob| self.get(knob).as_str());
        words.filter(|word| *word != AUTO).collect()
    }

    /// Refuses a mix that makes no sense.
    ///
    /// # Errors
    /// Says why.
    pub fn check(&self) -> Result<()> {
        let Self { sampler, schedule, select, correct, .. } = self;
        if sampler.next_token.is_some() {
            let parts = [&SCORE, &SCHEDULE, &SELECT, &CORRECT];
            return match parts.into_iter().find(|knob| self.get(knob).as_str() != AUTO) {
                Some(knob) => Err(Error::invalid(format!(
                    "{} {} makes no sense with sampler {}, which writes one token after the other; \
                     set it to auto",
                    knob.name,
                    self.get(knob).as_str(),
                    sampler.name
                ))),
                None => Ok(()),
            };
        }
        let needy = [
            (select.needs_levels, "select", select.name),
            (correct.needs_levels, "correct", correct.name),
        ];
        if schedule.levels.is_none()
            && let Some((_, kind, name)) = needy.into_iter().find(|(needs, _, _)| *needs)
        {
            return Err(Error::invalid(format!(
                "{kind} {name} makes no sense with schedule {}: it goes by noise levels, and that \
                 schedule has none; choose schedule linear, cosine or timesteps",
                schedule.name
            )));
        }
        Ok(())
    }

    /// Whether one of its parts uses `knob`.
    fn has(&self, knob: &Knob) -> bool {
        let parts = [self.draw.knobs, self.schedule.knobs, self.correct.knobs];
        parts.into_iter().flatten().any(|other| other.is(knob))
    }

    /// Whether the budget of steps counts.
    pub fn goes_by_budget(&self) -> bool {
        self.has(&schedule::STEPS) || self.correct.needs_levels
    }

    /// Passes for an answer of `tokens`: as many as `steps` says. Where nobody set it, no more than the sampler can
    /// use: one a token, and another where it looks at what it wrote again.
    pub fn steps_for(&self, tokens: usize) -> usize {
        let steps = self.get(&schedule::STEPS);
        if self.settings.is_set(&schedule::STEPS) {
            return steps;
        }
        let looks = if self.correct.scope == Scope::Open { 1 } else { 2 };
        steps.min(tokens.saturating_mul(looks)).max(1)
    }

    /// Whether several blocks may be in flight: nothing that is written is revised, and how much is written hangs on what
    /// the model says, not on a budget for each block.
    pub fn pipelines(&self) -> bool {
        self.correct.scope == Scope::Open && !self.goes_by_budget()
    }

    /// Whether passes may take anything from earlier ones: neither those that judge shadows do, nor those over a second
    /// canvas.
    fn caches(&self) -> bool {
        !self.correct.shadow && self.get(&CFG_SCALE) == 0.0
    }

    /// Whether turning `knob` changes anything while the others stand as they do.
    pub fn uses(&self, knob: &Knob) -> bool {
        let is = |other: &Knob| other.is(knob);
        if let Some(drafter) = self.sampler.next_token {
            if is(&DRAFT_LENGTH) {
                return matches!(drafter, Drafter::Masks | Drafter::Branches | Drafter::Text);
            }
            let others: [&Knob; 16] = [
                &CACHE,
                &CACHE_REFRESH,
                &CACHE_SHARE,
                &CACHE_CHECK,
                &schedule::TAU,
                &BLOCK_LENGTH,
                &BLOCKS_IN_FLIGHT,
                &BLOCK_OPENS,
                &score::ALG_TEMP,
                &schedule::STEPS,
                &CFG_SCALE,
                &NOISE,
                &SCORE,
                &SCHEDULE,
                &SELECT,
                &CORRECT,
            ];
            let part = registry().is_of_a_part(knob) && !self.draw.knobs.iter().any(|k| is(k));
            return !(part || others.into_iter().any(is));
        }
        if is(&DRAFT_LENGTH) {
            false
        } else if is(&BLOCK_LENGTH) {
            self.correct.scope != Scope::Answer
        } else if is(&BLOCKS_IN_FLIGHT) {
            self.pipelines() && self.get(&BLOCK_LENGTH).is_some()
        } else if is(&BLOCK_OPENS) {
            self.uses(&BLOCKS_IN_FLIGHT) && self.get(&BLOCKS_IN_FLIGHT) > 1
        } else if is(&score::ALG_TEMP) || is(&SCORE) {
            !self.select.needs_levels
        } else if is(&schedule::STEPS) {
            self.goes_by_budget()
        } else if is(&schedule::TAU) && self.would_take_threshold() {
            true
        } else if is(&CFG_SCALE) {
            !self.correct.shadow
        } else if is(&CACHE) {
            self.caches()
        } else if is(&CACHE_REFRESH) || is(&CACHE_CHECK) {
            self.caches() && self.get(&CACHE) != CacheKind::Off
        } else if is(&CACHE_SHARE) {
            self.caches() && self.get(&CACHE) == CacheKind::Features
        } else if is(&TEMPERATURE) {
            !self.draw.cools()
        } else if registry().is_of_a_part(knob) {
            self.has(knob)
        } else {
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(pairs: &[(&str, &str)]) -> ResolvedSampler {
        let start = Settings::default();
        let settings =
            pairs.iter().fold(start, |settings, (name, text)| settings.with(name, text).unwrap());
        ResolvedSampler::of(&settings)
    }

    #[test]
    fn every_sampler_makes_sense_by_itself() {
        for sampler in registry().samplers() {
            resolved(&[("sampler", sampler.name)]).check().unwrap();
        }
    }

    #[test]
    fn a_part_can_be_put_in_place_of_the_samplers_own() {
        let resolved = resolved(&[("sampler", "p2"), ("score", "margin"), ("schedule", "cosine")]);
        assert_eq!((resolved.score.name, resolved.schedule.name), ("margin", "cosine"));
        assert_eq!((resolved.select.name, resolved.correct.name), ("best", "plan"));
        resolved.check().unwrap();
    }

    #[test]
    fn mixes_without_sense_are_refused_with_the_reason() {
        for (pairs, expected) in [
            (
                &[("sampler", "ancestral"), ("schedule", "threshold")][..],
                "select chance makes no sense with schedule threshold",
            ),
            (
                &[("sampler", "threshold"), ("correct", "remdm-cap")],
                "correct remdm-cap makes no sense with schedule threshold",
            ),
            (
                &[("sampler", "autoregressive"), ("score", "random")],
                "score random makes no sense with sampler autoregressive",
            ),
        ] {
            let error = resolved(pairs).check().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_threshold_takes_the_place_of_a_budget() {
        let named = |pairs: &[(&str, &str)]| resolved(pairs).schedule.name;
        assert_eq!(named(&[]), "linear");
        assert_eq!(named(&[("threshold", "0.8")]), "threshold");
        assert_eq!(named(&[("threshold", "0.8"), ("schedule", "cosine")]), "cosine");
        assert_eq!(named(&[("threshold", "0.8"), ("sampler", "p2")]), "linear");
        assert_eq!(named(&[("threshold", "0.8"), ("sampler", "klass")]), "stable");
    }

    #[test]
    fn a_short_text_takes_no_more_steps_than_it_has_use_for() {
        let steps = |pairs: &[(&str, &str)], tokens| resolved(pairs).steps_for(tokens);
        assert_eq!(steps(&[], 11), 11);
        assert_eq!(steps(&[("sampler", "entropy")], 11), 11);
        assert_eq!(steps(&[("sampler", "p2")], 11), 22);
        for pairs in [&[][..], &[("sampler", "p2")]] {
            assert_eq!(steps(pairs, 96), 64, "what the knob says, where there is enough to write");
        }
        assert_eq!(steps(&[("sampler", "p2"), ("steps", "64")], 11), 64, "what somebody asked for");
        assert_eq!(steps(&[], 0), 1);
    }

    #[test]
    fn a_knob_that_is_off_holds_what_the_part_takes_in_its_place() {
        let tau = |sampler: &str| resolved(&[("sampler", sampler)]).or_default(&schedule::TAU);
        assert_eq!((tau("threshold"), tau("klass"), tau("wino")), (0.9, 0.9, 0.6));
        let set = resolved(&[("sampler", "wino"), ("threshold", "0.7")]);
        assert_eq!(set.or_default(&schedule::TAU), 0.7);
        assert_eq!(resolved(&[]).default_of(&schedule::TAU), None);
    }
}
