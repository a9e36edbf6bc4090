//! The knobs of the panel in groups: the few that everybody turns, and the others, folded away until they are wanted.

use super::action::Action;
use super::app::App;
use super::display::{self, ESTIMATE_FOR, LANES, SPEED};
use super::hit_map::Hit;
use super::view::signs;
use crate::diffusion::canvas::CANVAS;
use crate::diffusion::draw::TEMPERATURE;
use crate::diffusion::knobs;
use crate::diffusion::parts::schedule::STEPS;
use crate::diffusion::registry::registry;
use crate::diffusion::resolved::ResolvedSampler;
use crate::diffusion::sampler::{PART_KNOBS, SAMPLER};
use crate::knobs::Knob;

/// What a knob is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnobGroup {
    /// What everybody turns.
    Main,
    /// The rest of what decides the text.
    Fine,
    /// What a sampler is made of.
    Parts,
    /// What is seen.
    Display,
}

impl KnobGroup {
    /// In the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Main, Self::Fine, Self::Parts, Self::Display];

    /// What its line in the panel says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Fine => "fine tuning",
            Self::Parts => "parts of the sampler",
            Self::Display => "display",
        }
    }

    /// The group of `knob`.
    pub fn of(knob: &Knob) -> Self {
        let main: [&Knob; 6] = [&SAMPLER, &STEPS, &TEMPERATURE, &CANVAS, &SPEED, &LANES];
        if main.iter().any(|other| other.is(knob)) {
            Self::Main
        } else if display::knobs().holds(knob) {
            Self::Display
        } else if PART_KNOBS.iter().any(|part| part.is(knob)) {
            Self::Parts
        } else {
            Self::Fine
        }
    }
}

/// A line of the panel.
#[derive(Clone, Copy, Debug)]
pub enum KnobRow {
    /// A knob, and its index in [`App::knobs`].
    Knob(usize, &'static Knob),
    /// A group, and how many knobs it has.
    Group(KnobGroup, usize),
}

/// Which groups are unfolded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unfolded([bool; KnobGroup::ALL.len()]);

impl Unfolded {
    /// All of them.
    pub const ALL: Self = Self([true; KnobGroup::ALL.len()]);

    /// Whether `group` is; the first one always.
    pub fn holds(self, group: KnobGroup) -> bool {
        group == KnobGroup::Main || self.0[group as usize]
    }
}

impl App {
    /// The knobs of all groups, folded or not, group by group. What belongs to parts that the sampler does not have is
    /// left out.
    pub(super) fn all_knobs(&self) -> Vec<&'static Knob> {
        let resolved = ResolvedSampler::of(&self.lane().settings);
        let here = |knob: &&'static Knob| !registry().belongs_to_parts(knob) || resolved.uses(knob);
        let of_lanes = |knob: &Knob| LANES.is(knob) || ESTIMATE_FOR.is(knob);
        let lanes = |knob: &&'static Knob| self.lanes.len() > 1 || !of_lanes(knob);
        let of_text = knobs().iter().filter(here);
        let mut all: Vec<&'static Knob> =
            of_text.chain(display::knobs().iter().filter(lanes)).collect();
        all.sort_by_key(|knob| KnobGroup::of(knob));
        all
    }

    /// The knobs that the cursor goes along: those of the groups that are unfolded.
    pub fn knobs(&self) -> Vec<&'static Knob> {
        let mut knobs = self.all_knobs();
        knobs.retain(|knob| self.unfolded.holds(KnobGroup::of(knob)));
        knobs
    }

    /// The lines of the panel.
    pub fn knob_rows(&self) -> Vec<KnobRow> {
        let mut rows = Vec::new();
        let mut index = 0;
        let all = self.all_knobs();
        for group in all.chunk_by(|a, b| KnobGroup::of(a) == KnobGroup::of(b)) {
            let name = KnobGroup::of(group[0]);
            if name != KnobGroup::Main {
                rows.push(KnobRow::Group(name, group.len()));
            }
            if self.unfolded.holds(name) {
                rows.extend((index..).zip(group).map(|(index, knob)| KnobRow::Knob(index, knob)));
                index += group.len();
            }
        }
        rows
    }

    /// Folds or unfolds `group`; the cursor stays on its knob, or goes to the last one above.
    pub(super) fn fold(&mut self, group: KnobGroup) {
        self.keep_knob(|app| {
            let unfolded = &mut app.unfolded.0[group as usize];
            *unfolded = !*unfolded;
        });
    }

    /// Puts the cursor on `knob`, whose group unfolds.
    pub(super) fn choose_knob(&mut self, knob: &Knob) {
        self.unfolded.0[KnobGroup::of(knob) as usize] = true;
        let place = self.knobs().iter().position(|other| other.is(knob));
        self.knob = place.unwrap_or(self.knob);
    }

    /// Says how many knobs the cursor goes along, where no panel shows it.
    pub(super) fn name_unfolded(&mut self) {
        if self.hits.iter().any(|(_, hit)| matches!(hit, Hit::Knob(_))) {
            return;
        }
        let which = if self.unfolded == Unfolded::ALL { "all" } else { "the main" };
        let keys = [Action::KnobPrevious, Action::KnobNext].map(|action| self.keymap.key(action));
        let [above, below] = keys.map(|key| signs(self, &key).trim_end().to_owned());
        let count = self.knobs().len();
        self.say(format!("{which} {count} knobs: {above} {below} go along them"));
    }

    /// Unfolds all groups, or folds all but the first.
    pub(super) fn fold_all(&mut self) {
        self.keep_knob(|app| {
            let all = app.unfolded == Unfolded::ALL;
            app.unfolded = if all { Unfolded::default() } else { Unfolded::ALL };
        });
    }

    /// Goes to the next knob; beyond the last one the next group unfolds.
    pub(super) fn next_knob(&mut self) {
        let last = self.knobs().len() - 1;
        if self.knob >= last {
            let folded = KnobGroup::ALL.into_iter().find(|group| !self.unfolded.holds(*group));
            if let Some(group) = folded {
                self.fold(group);
                let first = |knob: &&Knob| KnobGroup::of(knob) == group;
                self.knob = self.knobs().iter().position(first).unwrap_or(last);
                return;
            }
        }
        self.knob = (self.knob + 1).min(last);
    }

    fn keep_knob(&mut self, change: impl FnOnce(&mut Self)) {
        let selected = self.selected_knob();
        change(self);
        let knobs = self.knobs();
        let place = knobs.iter().position(|knob| knob.is(selected));
        self.knob = place.unwrap_or(self.knob.min(knobs.len() - 1));
    }
}
