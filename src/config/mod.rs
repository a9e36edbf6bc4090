//! The configuration: defaults, then the file, then the environment; flags come on top.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::diffusion::knobs;
use crate::knobs::Settings;
use crate::model::Compute;
use crate::nearest::nearest;
use crate::{Error, Result, files};

/// What every environment variable of ours begins with.
const PREFIX: &str = "REMASK_";
/// Names the configuration file.
const CONFIG_VARIABLE: &str = "REMASK_CONFIG";

/// Everything that can be configured.
#[derive(Debug, Default)]
pub struct Config {
    /// The knobs.
    pub settings: Settings,
    /// A folder in place of the bundled model.
    pub model: Option<PathBuf>,
    /// Threads for the network.
    pub threads: Option<NonZeroUsize>,
    /// What the network computes in.
    pub compute: Option<Compute>,
    /// A theme's name, or the path of its file.
    pub theme: Option<String>,
    /// What the playground starts with.
    pub prompt: Option<String>,
    /// Steps a second that the playground shows.
    pub speed: Option<String>,
    /// What the colours of the canvas mean.
    pub color_mode: Option<String>,
    /// Draw with ASCII alone.
    pub ascii: Option<bool>,
    /// Whether the playground may be animated.
    pub motion: Option<bool>,
    /// Whether the first text has the screen for itself.
    pub opening: Option<bool>,
    /// Whether texts follow one another while nobody does anything.
    pub attract: Option<bool>,
    /// Leave the last text in the terminal when the playground is closed.
    pub print_text: Option<bool>,
    /// Whether prompts are kept for the next time.
    pub history: Option<bool>,
    /// Keys that differ from the usual ones: action to keys.
    pub keys: toml::Table,
}

/// Asks every program for stillness when it is not empty, as `NO_COLOR` asks for no colours.
const NO_MOTION: &str = "NO_MOTION";

/// The keys outside of `[knobs]` and `[keys]`; the environment knows the same ones.
const TOP_LEVEL: [&str; 13] = [
    "model",
    "threads",
    "compute",
    "theme",
    "prompt",
    "speed",
    "color-mode",
    "ascii",
    "motion",
    "opening",
    "attract",
    "print-text",
    "history",
];

/// The table that the TOML `text` is.
///
/// # Errors
/// In one line, where it is none and why.
pub(crate) fn table(text: &str) -> Result<toml::Table> {
    text.parse().map_err(|error| toml_error(text, &error))
}

/// What is wrong with the TOML `text`, in one line.
pub(crate) fn toml_error(text: &str, error: &toml::de::Error) -> Error {
    let start = error.span().map_or(0, |span| span.start).min(text.len());
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let reason = error.message().trim_end().replace('\n', "; ");
    Error::invalid(format!("TOML parse error at line {line}, column {column}: {reason}"))
}

impl Config {
    /// Reads `file`, or the one that `REMASK_CONFIG` names, or the usual one where it exists; then
    /// the environment.
    ///
    /// # Errors
    /// When a file that was asked for cannot be read, or anything in it or in the environment is
    /// unknown or cannot be.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let mut config = Self::default();
        let asked = file.map(Path::to_owned);
        let asked = asked.or_else(|| std::env::var_os(CONFIG_VARIABLE).map(PathBuf::from));
        match (asked, usual_file()) {
            (Some(path), _) => config.read(&path)?,
            (None, Some(path)) if path.exists() => config.read(&path)?,
            _ => {}
        }
        // What names us, below, is more exact.
        if std::env::var_os(NO_MOTION).is_some_and(|value| !value.is_empty()) {
            config.motion = Some(false);
        }
        for (name, value) in std::env::vars_os() {
            if let Some(name) = name.to_str()
                && let Some(key) = name.strip_prefix(PREFIX)
                && name != CONFIG_VARIABLE
            {
                let value = value.to_string_lossy();
                let key = key.to_ascii_lowercase().replace('_', "-");
                config
                    .set(&key, &value)
                    .map_err(|e| Error::invalid(format!("environment variable {name}: {e}")))?;
            }
        }
        Ok(config)
    }

    fn read(&mut self, path: &Path) -> Result<()> {
        let text = files::read_text(path, files::SETTINGS)?;
        self.merge(&text).map_err(|e| Error::invalid(format!("{}: {e}", path.display())))
    }

    /// Takes over what the TOML `text` says.
    fn merge(&mut self, text: &str) -> Result<()> {
        for (key, value) in table(text)? {
            match (key.as_str(), value) {
                ("knobs", toml::Value::Table(values)) => {
                    self.settings = knobs_of(std::mem::take(&mut self.settings), &values)?;
                }
                ("keys", toml::Value::Table(keys)) => self.keys = keys,
                ("knobs" | "keys", _) => {
                    return Err(Error::invalid(format!(
                        "{key} must be a table; write [{key}] on a line of its own, and what is in it below"
                    )));
                }
                (key, value) if TOP_LEVEL.contains(&key) => self.set(key, &plain(key, &value)?)?,
                (key, _) => return Err(unknown(key, &["knobs", "keys"])),
            }
        }
        Ok(())
    }

    /// Sets a top-level key or a knob from text.
    fn set(&mut self, key: &str, text: &str) -> Result<()> {
        let refuse = |expected: &str| {
            Error::invalid(format!("{key} cannot be {text:?}; it takes {expected}"))
        };
        let switch = || match text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(refuse("true or false")),
        };
        match key {
            "model" => self.model = Some(text.into()),
            "threads" => {
                self.threads = Some(text.parse().map_err(|_| refuse("1 or more"))?);
            }
            "compute" => self.compute = Some(text.parse()?),
            "theme" => self.theme = Some(text.to_owned()),
            "prompt" => self.prompt = Some(text.to_owned()),
            "speed" => self.speed = Some(text.to_owned()),
            "color-mode" => self.color_mode = Some(text.to_owned()),
            "ascii" => self.ascii = Some(switch()?),
            "motion" => self.motion = Some(switch()?),
            "opening" => self.opening = Some(switch()?),
            "attract" => self.attract = Some(switch()?),
            "print-text" => self.print_text = Some(switch()?),
            "history" => self.history = Some(switch()?),
            knob if knobs().find(knob).is_some() => {
                self.settings = std::mem::take(&mut self.settings).with(knob, text)?;
            }
            _ => {
                let names: Vec<&str> = knobs().iter().map(|k| k.name).collect();
                return Err(unknown(key, &names));
            }
        }
        Ok(())
    }
}

/// `settings` with what a table of knobs says.
///
/// # Errors
/// Names the knob, the value and the range.
pub(crate) fn knobs_of(settings: Settings, values: &toml::Table) -> Result<Settings> {
    values
        .iter()
        .try_fold(settings, |settings, (name, value)| settings.with(name, &plain(name, value)?))
}

/// A TOML scalar as text.
pub(crate) fn plain(key: &str, value: &toml::Value) -> Result<String> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(n) => Ok(n.to_string()),
        toml::Value::Float(x) => Ok(x.to_string()),
        toml::Value::Boolean(b) => Ok(b.to_string()),
        value => Err(Error::invalid(format!(
            "{key} cannot be {value}; it takes a single value: a text, a number, true or false"
        ))),
    }
}

fn unknown(key: &str, others: &[&str]) -> Error {
    let nearest = nearest(key, TOP_LEVEL.iter().chain(others).copied());
    Error::invalid(format!("unknown key {key:?}; did you mean {nearest:?}?"))
}

/// Our folder in the system's place for configuration.
pub(crate) fn folder() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("remask"))
}

/// Our folder in the system's place for what a program remembers; for data where it has none for that. A home
/// that is not there, as that of a service, is not made.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok().filter(|all| all.home_dir().is_dir())?;
    let folder = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Some(folder.join("remask"))
}

/// `config.toml` in the folder for configuration.
fn usual_file() -> Option<PathBuf> {
    Some(folder()?.join("config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_sets_knobs_and_the_rest() {
        let mut config = Config::default();
        let text = "theme = 'light'\nascii = true\nmotion = false\nthreads = 3\n[knobs]\ntemperature = 0.5\n\
                    sampler = 'topk-margin'\n[keys]\npause = 'p'\n";
        config.merge(text).unwrap();
        assert_eq!(config.theme.as_deref(), Some("light"));
        assert_eq!((config.ascii, config.motion), (Some(true), Some(false)));
        assert_eq!(config.settings.get(&crate::diffusion::draw::TEMPERATURE), 0.5);
        assert_eq!(config.keys["pause"].as_str(), Some("p"));
        assert_eq!(config.threads, NonZeroUsize::new(3));
    }

    #[test]
    fn mistakes_are_named_with_the_remedy() {
        for (text, expected) in [
            ("them = 'x'", "did you mean \"theme\"?"),
            ("[knobs]\ntemprature = 1", "did you mean \"temperature\"?"),
            ("[knobs]\ntemperature = 9", "temperature cannot be \"9\"; it takes 0 to 2"),
            ("[knobs]\ntemperature = nan", "temperature cannot be \"NaN\""),
            ("[knobs]\nsampler = 'best'", "low-confidence, maskgit-plus"),
            ("knobs = 3", "knobs must be a table; write [knobs]"),
            ("threads = 0", "threads cannot be \"0\""),
            ("ascii = 'maybe'", "true or false"),
            ("motion = 'a little'", "motion cannot be \"a little\"; it takes true or false"),
            ("theme = [1]", "theme cannot be [1]; it takes a single value"),
            ("print-text = 2", "print-text cannot be \"2\"; it takes true or false"),
            ("[knobs]\nsteps = [8, 16]", "steps cannot be [8, 16]; it takes a single value"),
            ("history = 'maybe'", "history cannot be \"maybe\"; it takes true or false"),
            ("theme = ", "TOML parse error"),
        ] {
            let message = Config::default().merge(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text:?} says {message:?}");
        }
    }
}
