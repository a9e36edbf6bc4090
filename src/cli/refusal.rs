//! What the command line says of arguments that cannot be: one line, with the nearest thing that can.

use std::io::Write;
use std::process::ExitCode;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::diffusion::knobs;
use crate::{Error, visible};

/// Exit code for input that can't be worked with; clap uses the same.
pub(super) const USAGE: u8 = 2;

/// Characters of a message that are shown.
const LONGEST: usize = 600;

/// Prints help and versions where they were asked for, else why the arguments of `command` cannot be. `path` is
/// the subcommand that they were for, as it is called: `remask generate`.
pub(super) fn refuse(error: &clap::Error, command: &Command, path: &str) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
        }
        _ => complain(&Refusal { error, path }.sentence(command)),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
}

/// Says `message` in one line on standard error, with nothing in it that a terminal would obey.
pub(super) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "remask: {}", visible::line(&shortened(message)));
}

/// `message` without its middle, where it is so long that it quotes a whole file.
fn shortened(message: &str) -> String {
    if message.chars().count() <= LONGEST {
        return message.to_owned();
    }
    let first: String = message.chars().take(LONGEST * 2 / 3).collect();
    let mut last: Vec<char> = message.chars().rev().take(LONGEST / 3).collect();
    last.reverse();
    format!("{first} ... {}", last.into_iter().collect::<String>())
}

/// The subcommand that `words` are for, as it is called: it stands before all flags.
pub(super) fn subcommand_path(command: &Command, words: impl Iterator<Item = String>) -> String {
    let (mut path, mut at) = (command.get_name().to_owned(), command);
    for word in words {
        let Some(next) = at.find_subcommand(&word) else { break };
        path = format!("{path} {}", next.get_name());
        at = next;
    }
    path
}

/// What clap found, to be told in our words.
struct Refusal<'a> {
    error: &'a clap::Error,
    path: &'a str,
}

impl Refusal<'_> {
    fn sentence(&self, command: &Command) -> String {
        match self.error.kind() {
            ErrorKind::ValueValidation => self.impossible_value(),
            ErrorKind::InvalidValue => self.no_such_value(),
            ErrorKind::InvalidSubcommand => self.unknown_subcommand(command),
            ErrorKind::UnknownArgument => self.unknown_argument(command),
            ErrorKind::MissingRequiredArgument => self.missing(),
            ErrorKind::ArgumentConflict => self.conflict(),
            ErrorKind::InvalidUtf8 => {
                "an argument is no text in UTF-8; only names of files may be something else"
                    .to_owned()
            }
            _ => self.in_claps_words(),
        }
    }

    fn missing(&self) -> String {
        let missing = self.all(ContextKind::InvalidArg);
        let are = if missing.len() == 1 { "is" } else { "are" };
        let named = |argument: &String| match argument.starts_with('-') {
            true => argument.clone(),
            false => bare(argument),
        };
        let missing: Vec<String> = missing.iter().map(named).collect();
        format!("{} {are} missing; {} -h says what it takes", missing.join(" and "), self.path)
    }

    /// A value that its own reader refuses. Our errors name the flag and the value; those of the standard library
    /// do not.
    fn impossible_value(&self) -> String {
        match std::error::Error::source(self.error) {
            Some(reason) if reason.is::<Error>() => reason.to_string(),
            Some(reason) => {
                let takes = if reason.is::<std::num::ParseIntError>() {
                    "it takes a whole number".to_owned()
                } else if reason.is::<std::num::ParseFloatError>() {
                    "it takes a number".to_owned()
                } else {
                    reason.to_string()
                };
                format!("{} cannot be {:?}; {takes}", self.argument(), self.value())
            }
            None => self.in_claps_words(),
        }
    }

    /// A value that is missing, or none of the words that there are.
    fn no_such_value(&self) -> String {
        let (argument, value) = (self.argument(), self.value());
        let words = self.all(ContextKind::ValidValue).join(", ");
        if value.is_empty() {
            let known = argument.strip_prefix("--").and_then(|name| knobs().find(name));
            return match known {
                Some(knob) => {
                    let example = knob.show(knob.default());
                    format!("{argument} needs a value, like {argument} {example}")
                }
                None if words.is_empty() => {
                    format!("{argument} needs a value: {}", self.text(ContextKind::InvalidArg))
                }
                None => format!("{argument} needs a value; it takes {words}"),
            };
        }
        let meant = match self.all(ContextKind::SuggestedValue).pop() {
            Some(nearest) => format!("did you mean {nearest}? "),
            None => String::new(),
        };
        format!("{argument} cannot be {value:?}; {meant}it takes {words}")
    }

    fn unknown_subcommand(&self, command: &Command) -> String {
        let word = self.text(ContextKind::InvalidSubcommand);
        let path = self.path;
        if let Some(nearest) = self.all(ContextKind::SuggestedSubcommand).pop() {
            return format!("there is no subcommand {word:?}; did you mean {path} {nearest}?");
        }
        let own = self.own(command);
        if own.get_name() == command.get_name() {
            return format!(
                "there is no subcommand {word:?}; to begin a text with it: remask --prompt {word:?}"
            );
        }
        let names: Vec<&str> = own.get_subcommands().map(Command::get_name).collect();
        format!("there is no subcommand {word:?}; {path} takes {}", names.join(", "))
    }

    /// A flag that there is not, or a word too many.
    fn unknown_argument(&self, command: &Command) -> String {
        let (argument, path) = (self.argument(), self.path);
        if !argument.starts_with('-') {
            let word = self.text(ContextKind::InvalidArg);
            return format!(
                "{word:?} is one argument too many for {path}; a text of several words goes into quotes"
            );
        }
        let others = takers(command, &argument);
        if !others.is_empty() {
            let others = others.join(" and ");
            return format!("{argument} is no flag of {path}, but of {others}; leave it out");
        }
        if let Some(nearest) = self.all(ContextKind::SuggestedArg).pop() {
            return format!("there is no flag {argument} for {path}; did you mean {nearest}?");
        }
        let mut positionals = self.own(command).get_positionals();
        let text = if positionals.any(|argument| argument.get_id().as_str().starts_with("prompt")) {
            ", and a text that begins with - goes behind --"
        } else {
            ""
        };
        format!("there is no flag {argument} for {path}; {path} --help lists those there are{text}")
    }

    /// The command that the arguments were for.
    fn own<'c>(&self, command: &'c Command) -> &'c Command {
        let names = self.path.split(' ').skip(1);
        names.fold(command, |at, name| at.find_subcommand(name).unwrap_or(at))
    }

    fn conflict(&self) -> String {
        let argument = self.argument();
        let others: Vec<String> =
            self.all(ContextKind::PriorArg).iter().map(|other| bare(other)).collect();
        if others.iter().all(|other| *other == argument) {
            return format!("{argument} is given twice; give it once");
        }
        format!("{argument} and {} exclude each other; leave one of them out", others.join(", "))
    }

    /// The first line of clap's own message.
    fn in_claps_words(&self) -> String {
        let text = self.error.render().to_string();
        let line = text.lines().next().unwrap_or_default();
        format!("{}; {} -h says more", line.strip_prefix("error: ").unwrap_or(line), self.path)
    }

    /// The argument that it is about, as it is typed.
    fn argument(&self) -> String {
        bare(&self.text(ContextKind::InvalidArg))
    }

    fn value(&self) -> String {
        self.text(ContextKind::InvalidValue)
    }

    fn text(&self, kind: ContextKind) -> String {
        self.error.get(kind).map(ToString::to_string).unwrap_or_default()
    }

    fn all(&self, kind: ContextKind) -> Vec<String> {
        match self.error.get(kind) {
            Some(ContextValue::String(one)) => vec![one.clone()],
            Some(ContextValue::Strings(all)) => all.clone(),
            _ => Vec::new(),
        }
    }
}

/// `--steps <N>` as `--steps`, `[PROMPT]` and `<FILE>...` as `PROMPT` and `FILE`.
fn bare(argument: &str) -> String {
    let shown = if argument.starts_with('-') {
        argument.split([' ', '=']).next().unwrap_or(argument)
    } else {
        argument.trim_end_matches("...").trim_matches(['<', '>', '[', ']'])
    };
    shown.to_owned()
}

/// The commands that have `flag`, as they are called.
fn takers(command: &Command, flag: &str) -> Vec<String> {
    let has = |command: &&Command| {
        let named = |arg: &clap::Arg| {
            let names = arg.get_long_and_visible_aliases().unwrap_or_default();
            names.iter().any(|name| flag.strip_prefix("--") == Some(name))
        };
        command.get_arguments().any(named)
    };
    let own = std::iter::once(command).filter(has).map(|own| own.get_name().to_owned());
    let name = |other: &Command| format!("{} {}", command.get_name(), other.get_name());
    own.chain(command.get_subcommands().filter(has).map(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_named_as_they_are_typed() {
        for (shown, typed) in [
            ("--steps <N>", "--steps"),
            ("--steps=<N>", "--steps"),
            ("[PROMPT]", "PROMPT"),
            ("<FILE>...", "FILE"),
            ("x y", "x y"),
        ] {
            assert_eq!(bare(shown), typed);
        }
    }

    #[test]
    fn a_long_message_keeps_both_ends() {
        let long = format!("begins {} ends", "x".repeat(10_000));
        let shown = shortened(&long);
        assert!(shown.starts_with("begins ") && shown.ends_with(" ends") && shown.len() < 700);
    }
}
