//! From knobs to parts: what the chosen sampler is made of, and what was put in place of its parts.

use std::fmt;
use std::sync::LazyLock;

use super::block::BLOCK_LENGTH;
use super::draw::Draw;
use super::parts::{Correct, Schedule, Scope, Score, Select, schedule, score};
use super::samplers;
use crate::knobs::{Applies, Choice, Kind, Knob, Settings};
use crate::{Error, Result};

/// A named sampler: five parts.
pub struct Sampler {
    /// The field's own name for it.
    pub name: &'static str,
    /// One line: what it does.
    pub help: &'static str,
    /// The paper or code that it follows.
    pub source: &'static str,
    /// What token would stand here.
    pub draw: &'static Draw,
    /// How much a position deserves to be written.
    pub score: &'static Score,
    /// How many are written.
    pub schedule: &'static Schedule,
    /// Which ones.
    pub select: &'static Select,
    /// What is taken back or written over.
    pub correct: &'static Correct,
    /// Whether it writes the next token from those before it, and asks no other part than the draw.
    pub next_token: bool,
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sampler").field(&self.name).finish()
    }
}

/// The parts that decide a step.
pub struct Recipe {
    /// The sampler that was chosen.
    pub sampler: &'static Sampler,
    /// Its part, or the one that was put in its place; as the others.
    pub draw: &'static Draw,
    /// See [`Sampler`].
    pub score: &'static Score,
    /// See [`Sampler`].
    pub schedule: &'static Schedule,
    /// See [`Sampler`].
    pub select: &'static Select,
    /// See [`Sampler`].
    pub correct: &'static Correct,
}

/// What a part knob holds when the sampler's own part is used.
const AUTO: &str = "auto";

/// `settings` with the sampler called `name`, all of its parts its own.
///
/// # Errors
/// When there is no such sampler.
pub fn with_sampler(settings: &Settings, name: &str) -> Result<Settings> {
    let parts = [&DRAW, &SCORE, &SCHEDULE, &SELECT, &CORRECT];
    let own = |settings: Settings, knob: &&Knob| settings.with(knob.name, AUTO);
    parts.iter().try_fold(settings.clone().with(SAMPLER.name, name)?, own)
}

/// The parts of one kind that the samplers are made of, each once, in the samplers' order; and those that
/// no sampler has.
fn distinct<T>(
    of: fn(&'static Sampler) -> &'static T,
    name: fn(&T) -> &'static str,
) -> Vec<&'static T> {
    let mut parts: Vec<&'static T> = Vec::new();
    for part in samplers::ALL.into_iter().filter(|s| !s.next_token).map(of) {
        if parts.iter().all(|known| name(known) != name(part)) {
            parts.push(part);
        }
    }
    parts
}

/// Makes a knob for one kind of part, and the function that finds the part it holds.
macro_rules! part_knob {
    ($knob:ident, $find:ident, $part:ident, $field:ident, $name:literal, $help:literal) => {
        #[doc = concat!("Puts another part in the place of the sampler's `", $name, "`.")]
        pub static $knob: Knob = Knob {
            name: $name,
            kind: Kind::Choice {
                options: || {
                    static OPTIONS: LazyLock<Vec<Choice>> = LazyLock::new(|| {
                        let own = Choice { name: AUTO, help: "as the sampler has it" };
                        let parts = distinct(|sampler| sampler.$field, |part: &$part| part.name);
                        let parts =
                            parts.iter().map(|part| Choice { name: part.name, help: part.help });
                        std::iter::once(own).chain(parts).collect()
                    });
                    &OPTIONS
                },
                default: AUTO,
            },
            unit: "",
            help: $help,
            applies: Applies::NextStep,
        };

        /// The part that the knob holds; nothing where it holds `auto`.
        fn $find(settings: &Settings) -> Option<&'static $part> {
            let name = settings.choice(&$knob);
            distinct(|sampler| sampler.$field, |part: &$part| part.name)
                .into_iter()
                .find(|part| part.name == name)
        }
    };
}

part_knob!(
    DRAW,
    drawn,
    Draw,
    draw,
    "draw",
    "what temperature means, and which probabilities confidence is read from"
);
part_knob!(
    SCORE,
    scored,
    Score,
    score,
    "score",
    "what ranks the positions, in place of the sampler's own rule"
);
part_knob!(
    SCHEDULE,
    scheduled,
    Schedule,
    schedule,
    "schedule",
    "how many tokens a step writes, in place of the sampler's own rule"
);
part_knob!(
    SELECT,
    selected,
    Select,
    select,
    "select",
    "how positions are chosen, in place of the sampler's own rule"
);
part_knob!(
    CORRECT,
    corrected,
    Correct,
    correct,
    "correct",
    "what is taken back or written over, in place of the sampler's own rule"
);

/// The named samplers.
pub static SAMPLER: Knob = Knob {
    name: "sampler",
    kind: Kind::Choice {
        options: || {
            static OPTIONS: LazyLock<Vec<Choice>> = LazyLock::new(|| {
                let all = samplers::ALL.into_iter();
                all.map(|sampler| Choice { name: sampler.name, help: sampler.help }).collect()
            });
            &OPTIONS
        },
        default: "low-confidence",
    },
    unit: "",
    help: "which positions are written first, and whether they may be taken back",
    applies: Applies::NextStep,
};

impl Recipe {
    /// The parts that `settings` ask for.
    pub fn of(settings: &Settings) -> Self {
        let name = settings.choice(&SAMPLER);
        let found = samplers::ALL.into_iter().find(|sampler| sampler.name == name);
        Self::with(found.unwrap_or(samplers::ALL[0]), settings)
    }

    /// The parts of `sampler`, but where `settings` put others in their place.
    pub fn with(sampler: &'static Sampler, settings: &Settings) -> Self {
        let draw = drawn(settings).unwrap_or(sampler.draw);
        if sampler.next_token {
            let Sampler { score, schedule, select, correct, .. } = *sampler;
            return Self { sampler, draw, score, schedule, select, correct };
        }
        let mut recipe = Self {
            sampler,
            draw,
            score: scored(settings).unwrap_or(sampler.score),
            schedule: scheduled(settings).unwrap_or(sampler.schedule),
            select: selected(settings).unwrap_or(sampler.select),
            correct: corrected(settings).unwrap_or(sampler.correct),
        };
        // A threshold that is turned on means what it says for samplers that would go by a budget.
        let threshold = settings.real(&schedule::TAU).is_some();
        if threshold && recipe.takes_threshold() && scheduled(settings).is_none() {
            recipe.schedule = &schedule::THRESHOLD;
        }
        recipe
    }

    /// Whether `threshold` can take the place of its budget.
    fn takes_threshold(&self) -> bool {
        self.schedule.levels.is_some() && !self.select.needs_levels && !self.correct.needs_levels
    }

    /// The name of the part that stands where `knob` holds `auto`; nothing for other knobs.
    pub fn part(&self, knob: &Knob) -> Option<&'static str> {
        let parts = [
            (&DRAW, self.draw.name),
            (&SCORE, self.score.name),
            (&SCHEDULE, self.schedule.name),
            (&SELECT, self.select.name),
            (&CORRECT, self.correct.name),
        ];
        parts.into_iter().find(|(part, _)| part.name == knob.name).map(|(_, name)| name)
    }

    /// Parts that were put in place of the sampler's own.
    pub fn replaced(&self, settings: &Settings) -> Vec<&'static str> {
        let parts = [&DRAW, &SCORE, &SCHEDULE, &SELECT, &CORRECT].into_iter();
        parts.map(|knob| settings.choice(knob)).filter(|name| *name != AUTO).collect()
    }

    /// Refuses a mix that makes no sense.
    ///
    /// # Errors
    /// Says why.
    pub fn check(&self, settings: &Settings) -> Result<()> {
        let Self { sampler, schedule, select, correct, .. } = self;
        if sampler.next_token {
            let parts = [&SCORE, &SCHEDULE, &SELECT, &CORRECT];
            return match parts.iter().find(|knob| settings.choice(knob) != AUTO) {
                Some(knob) => Err(Error::invalid(format!(
                    "{} {} makes no sense with sampler {}, which writes one token after the other; \
                     set it to auto",
                    knob.name,
                    settings.choice(knob),
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
                "{kind} {name} makes no sense with schedule {}: it goes by noise levels, which that \
                 schedule has not; choose schedule linear, cosine or timesteps",
                schedule.name
            )));
        }
        Ok(())
    }

    /// The knobs that its parts use.
    fn knobs(&self) -> impl Iterator<Item = &'static Knob> {
        let parts = [self.draw.knobs, self.schedule.knobs, self.correct.knobs];
        parts.into_iter().flatten().copied()
    }

    /// Whether the budget of steps counts.
    pub fn goes_by_budget(&self) -> bool {
        self.knobs().any(|knob| knob.name == schedule::STEPS.name) || self.correct.needs_levels
    }
}

/// The knobs that belong to parts, in the order of the samplers, each once.
pub fn part_knobs() -> Vec<&'static Knob> {
    let mut knobs: Vec<&'static Knob> = Vec::new();
    for sampler in samplers::ALL {
        let parts = [sampler.draw.knobs, sampler.schedule.knobs, sampler.correct.knobs];
        for knob in parts.into_iter().flatten() {
            if knobs.iter().all(|known| known.name != knob.name) {
                knobs.push(knob);
            }
        }
    }
    knobs
}

/// Whether `knob` belongs to some parts and means nothing to the others.
pub fn belongs_to_parts(knob: &Knob) -> bool {
    let everyones = [&schedule::STEPS, &schedule::TAU];
    let is = |other: &&'static Knob| other.name == knob.name;
    part_knobs().iter().any(is) && !everyones.iter().any(is)
}

/// Whether turning `knob` changes anything while the others stand as in `settings`.
pub fn uses(settings: &Settings, knob: &Knob) -> bool {
    let recipe = Recipe::of(settings);
    let is = |other: &Knob| knob.name == other.name;
    let mixes = [&SCORE, &SCHEDULE, &SELECT, &CORRECT].into_iter().any(is);
    if recipe.sampler.next_token {
        let others = [&schedule::TAU, &BLOCK_LENGTH, &score::ALG_TEMP, &schedule::STEPS];
        let guided = is(&super::guidance::CFG_SCALE) || is(&super::noise::NOISE);
        let part = part_knobs().into_iter().any(is) && !recipe.draw.knobs.iter().any(|k| is(k));
        return !(mixes || guided || part || others.into_iter().any(is));
    }
    if is(&BLOCK_LENGTH) {
        recipe.correct.scope != Scope::Answer
    } else if is(&score::ALG_TEMP) || is(&SCORE) {
        !recipe.select.needs_levels
    } else if is(&schedule::STEPS) {
        recipe.goes_by_budget()
    } else if is(&schedule::TAU) && scheduled(settings).is_none() && recipe.takes_threshold() {
        true
    } else if is(&super::guidance::CFG_SCALE) {
        !recipe.correct.shadow
    } else if is(&super::draw::TEMPERATURE) {
        !recipe.draw.cools()
    } else if part_knobs().into_iter().any(is) {
        recipe.knobs().any(is)
    } else {
        true
    }
}

/// Every part and sampler by its kind, name and line of help, for reference pages.
pub fn catalogue() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all = Vec::new();
    all.extend(samplers::ALL.into_iter().map(|s| ("sampler", s.name, s.help)));
    all.extend(distinct(|s| s.draw, |p: &Draw| p.name).iter().map(|p| ("draw", p.name, p.help)));
    let scores = distinct(|s| s.score, |p: &Score| p.name);
    all.extend(scores.iter().map(|p| ("score", p.name, p.help)));
    let schedules = distinct(|s| s.schedule, |p: &Schedule| p.name);
    all.extend(schedules.iter().map(|p| ("schedule", p.name, p.help)));
    let selects = distinct(|s| s.select, |p: &Select| p.name);
    all.extend(selects.iter().map(|p| ("select", p.name, p.help)));
    let corrects = distinct(|s| s.correct, |p: &Correct| p.name);
    all.extend(corrects.iter().map(|p| ("correct", p.name, p.help)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let start = Settings::default();
        pairs.iter().fold(start, |settings, (name, text)| settings.with(name, text).unwrap())
    }

    #[test]
    fn names_are_unique_and_helped() {
        let all = catalogue();
        for (index, (kind, name, help)) in all.iter().enumerate() {
            assert!(!help.is_empty() && !help.ends_with('.'), "{kind} {name}");
            let again = all[..index].iter().any(|(k, n, _)| k == kind && n == name);
            assert!(!again, "{kind} {name} stands twice");
        }
        assert!(samplers::ALL.iter().all(|sampler| !sampler.source.is_empty()));
    }

    #[test]
    fn every_sampler_makes_sense_by_itself() {
        for sampler in samplers::ALL {
            let settings = settings(&[("sampler", sampler.name)]);
            Recipe::of(&settings).check(&settings).unwrap();
        }
    }

    #[test]
    fn a_part_can_be_put_in_place_of_the_samplers_own() {
        let settings = settings(&[("sampler", "p2"), ("score", "margin"), ("schedule", "cosine")]);
        let recipe = Recipe::of(&settings);
        assert_eq!((recipe.score.name, recipe.schedule.name), ("margin", "cosine"));
        assert_eq!((recipe.select.name, recipe.correct.name), ("best", "plan"));
        recipe.check(&settings).unwrap();
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
            let settings = settings(pairs);
            let error = Recipe::of(&settings).check(&settings).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_threshold_takes_the_place_of_a_budget() {
        let named = |pairs: &[(&str, &str)]| Recipe::of(&settings(pairs)).schedule.name;
        assert_eq!(named(&[]), "linear");
        assert_eq!(named(&[("threshold", "0.8")]), "threshold");
        assert_eq!(named(&[("threshold", "0.8"), ("schedule", "cosine")]), "cosine");
        assert_eq!(named(&[("threshold", "0.8"), ("sampler", "p2")]), "linear");
        assert_eq!(named(&[("threshold", "0.8"), ("sampler", "klass")]), "stable");
    }
}
