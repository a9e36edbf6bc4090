//! One flag for every knob, made from its declaration.

use clap::builder::{StringValueParser, TypedValueParser};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::diffusion::knobs;
use crate::diffusion::sampler::SAMPLER;
use crate::knobs::{Kind, Knob, Settings, Value};
use crate::sweep::axis::Axis;

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
            if let Some(values) = matches.get_one::<Values>(knob.name) {
                self.0.extend(values.iter().map(|value| (knob, *value)));
            }
        }
        Ok(())
    }
}

/// The knobs that a sweep was given, each with all of its values. Its flags have the names of the global
/// ones, so that clap takes them in their place.
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
            if let Some(values) = matches.get_one::<Values>(knob.name) {
                self.0.push(Axis { knob, values: values.clone() });
            }
        }
        Ok(())
    }
}

/// What a flag holds: one value everywhere but in a sweep. One type for both, since clap hands what a
/// subcommand was given for a global flag up to the command above it.
type Values = Vec<Value>;

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
        .help_heading("Knobs")
        .global(true)
        .allow_negative_numbers(true)
        .value_parser(
            StringValueParser::new().try_map(|text| knob.parse(&text).map(|value| vec![value])),
        );
    // Some papers call it a strategy. Other names are those of earlier versions and other programs.
    if SAMPLER.is(knob) { arg.visible_alias("strategy") } else { arg.aliases(knob.aliases) }
}

/// The flag of a sweep.
fn list_flag(knob: &'static Knob) -> Arg {
    let value_name = match &knob.kind {
        Kind::Choice { .. } => "NAME,...",
        Kind::Real { .. } => "X,...",
        Kind::Count { .. } => "N,...",
    };
    flag(knob)
        .value_name(value_name)
        .help_heading(
            "Knobs, each with one value or a list with commas between (all: every name there is)",
        )
        .global(false)
        .value_parser(
            StringValueParser::new()
                .try_map(move |text| Axis::parse(knob, &text).map(|axis| axis.values)),
        )
}

fn help(knob: &Knob) -> String {
    let default = knob.show(knob.default());
    match &knob.kind {
        Kind::Choice { options, .. } => {
            let lines = options().iter().map(|o| format!("\n  {:<15} {}", o.name, o.help));
            format!("{} [default: {default}]{}", knob.help, lines.collect::<String>())
        }
        _ => {
            format!("{} [{}; default: {default}]", knob.help, knob.range())
        }
    }
}
