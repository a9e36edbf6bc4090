//! One flag for every knob, made from its declaration.

use clap::builder::{StringValueParser, TypedValueParser};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::diffusion::block::BLOCK_LENGTH;
use crate::diffusion::canvas::CANVAS;
use crate::diffusion::draw::TEMPERATURE;
use crate::diffusion::knobs;
use crate::diffusion::noise::SEED;
use crate::diffusion::parts::schedule::STEPS;
use crate::diffusion::registry::registry;
use crate::diffusion::sampler::{PART_KNOBS, SAMPLER};
use crate::knobs::{Choice, Kind, Knob, Settings, Value};
use crate::sweep::axis::Axis;

/// The knobs that are turned most. `-h` names these alone, `--help` all of them.
static FIRST: [&Knob; 6] =
    [&SAMPLER.knob, &STEPS.knob, &CANVAS.knob, &BLOCK_LENGTH.knob, &TEMPERATURE.knob, &SEED.knob];

/// The knobs that were given on the command line.
#[derive(Default)]
pub struct KnobFlags(Vec<(&'static Knob, Value)>);

impl KnobFlags {
    /// Sets what was given, leaves the rest.
    pub fn apply(&self, settings: &mut Settings) {
        for (knob, value) in &self.0 {
            settings.set(knob, *value);
        }
    }
}

impl Args for KnobFlags {
    fn augment_args(command: Command) -> Command {
        knobs().iter().fold(command, |command, knob| command.arg(flag(knob)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for KnobFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for knob in knobs().iter() {
            if let Some(value) = matches.get_one::<Value>(knob.name) {
                self.0.push((knob, *value));
            }
        }
        Ok(())
    }
}

/// The knobs that a sweep was given, each with all of its values.
#[derive(Default)]
pub struct KnobLists(pub Vec<Axis>);

impl Args for KnobLists {
    fn augment_args(command: Command) -> Command {
        knobs().iter().fold(command, |command, knob| command.arg(list_flag(knob)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for KnobLists {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut lists = Self::default();
        lists.update_from_arg_matches(matches)?;
        Ok(lists)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for knob in knobs().iter() {
            if let Some(values) = matches.get_one::<Vec<Value>>(knob.name) {
                self.0.push(Axis { knob, values: values.clone() });
            }
        }
        Ok(())
    }
}

/// A flag that holds one value.
fn flag(knob: &'static Knob) -> Arg {
    let value_name = match &knob.kind {
        Kind::Choice { .. } => "NAME",
        Kind::Real { .. } => "X",
        Kind::Count { .. } => "N",
    };
    let arg = Arg::new(knob.name)
        .long(knob.name)
        .value_name(value_name)
        .help(help(knob))
        .long_help(long_help(knob))
        .help_heading(heading(knob))
        .hide_short_help(!is_first(knob))
        .allow_negative_numbers(true)
        .value_parser(StringValueParser::new().try_map(|text| knob.parse(&text)));
    // Some papers call it a strategy. Other names are those of earlier versions and other programs.
    if SAMPLER.is(knob) { arg.visible_alias("strategy") } else { arg.aliases(knob.aliases) }
}

/// The flag of a sweep: one value, or a list.
fn list_flag(knob: &'static Knob) -> Arg {
    let value_name = match &knob.kind {
        Kind::Choice { .. } => "NAME,...",
        Kind::Real { .. } => "X,...",
        Kind::Count { .. } => "N,...",
    };
    flag(knob).value_name(value_name).value_parser(
        StringValueParser::new()
            .try_map(move |text| Axis::parse(knob, &text).map(|axis| axis.values)),
    )
}

fn is_first(knob: &Knob) -> bool {
    FIRST.iter().any(|first| first.is(knob))
}

/// Under what the help lists it.
fn heading(knob: &Knob) -> &'static str {
    if is_first(knob) {
        "Knobs"
    } else if PART_KNOBS.iter().any(|part| part.is(knob)) {
        "Parts of the sampler, each of which can be exchanged"
    } else if registry().belongs_to_parts(knob) {
        "Knobs of some samplers and their parts"
    } else {
        "Finer knobs"
    }
}

/// What it does, and what it is without being given.
fn help(knob: &Knob) -> String {
    format!("{} [default: {}]", knob.help, knob.show(knob.default()))
}

/// The same with what it takes.
fn long_help(knob: &Knob) -> String {
    match &knob.kind {
        Kind::Choice { options, .. } => {
            let line = |option: &Choice| format!("\n  {:<16} {}", option.name, option.help);
            format!("{}{}", help(knob), options().iter().map(line).collect::<String>())
        }
        _ => {
            let default = knob.show(knob.default());
            format!("{} [{}; default: {default}]", knob.help, knob.range())
        }
    }
}
