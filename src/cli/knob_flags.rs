//! One flag for every knob, made from its declaration.

use clap::builder::{StringValueParser, TypedValueParser};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::knobs::{self, Kind, Knob, Settings, Value};

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
        knobs::all().iter().copied().fold(command, |command, knob| command.arg(flag(knob)))
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
        for knob in knobs::all().iter().copied() {
            if let Some(value) = matches.get_one::<Value>(knob.name) {
                self.0.push((knob, *value));
            }
        }
        Ok(())
    }
}

fn flag(knob: &'static Knob) -> Arg {
    let value_name = match &knob.kind {
        Kind::Choice { .. } => "NAME",
        Kind::Real { .. } => "X",
        Kind::Count { .. } => "N",
    };
    Arg::new(knob.name)
        .long(knob.name)
        .value_name(value_name)
        .help(help(knob))
        .help_heading("Knobs")
        .global(true)
        .allow_negative_numbers(true)
        .value_parser(StringValueParser::new().try_map(|text| knob.parse(&text)))
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
