//! Named settings, as TOML that people can share: those of the papers and our own, and those in the
//! `presets` folder beside the configuration.
//!
//! ```toml
//! help = "every token at 0.9 or more, in blocks of 32"
//! source = "Fast-dLLM (arXiv 2505.22618)"
//!
//! [knobs]
//! sampler = "threshold"
//! threshold = 0.9
//! block-length = 32
//! ```

use std::path::{Path, PathBuf};

use crate::config::{self, folder};
use crate::diffusion::canvas::CANVAS;
use crate::diffusion::knobs;
use crate::diffusion::noise::SEED;
use crate::diffusion::resolved::ResolvedSampler;
use crate::knobs::{Knob, Settings, Value};
use crate::nearest::nearest;
use crate::{Error, Result, files};

/// The bundled ones: name and TOML.
const BUNDLED: [(&str, &str); 16] = [
    ("fast", include_str!("../presets/fast.toml")),
    ("balanced", include_str!("../presets/balanced.toml")),
    ("best", include_str!("../presets/best.toml")),
    ("llada-paper", include_str!("../presets/llada-paper.toml")),
    ("llada-instruct", include_str!("../presets/llada-instruct.toml")),
    ("dream-code", include_str!("../presets/dream-code.toml")),
    ("dream-origin", include_str!("../presets/dream-origin.toml")),
    ("mdlm", include_str!("../presets/mdlm.toml")),
    ("remdm", include_str!("../presets/remdm.toml")),
    ("fast-dllm", include_str!("../presets/fast-dllm.toml")),
    ("klass", include_str!("../presets/klass.toml")),
    ("wino", include_str!("../presets/wino.toml")),
    ("llada21-quality", include_str!("../presets/llada21-quality.toml")),
    ("llada21-speedy", include_str!("../presets/llada21-speedy.toml")),
    ("diffusion-gemma", include_str!("../presets/diffusion-gemma.toml")),
    ("repair", include_str!("../presets/repair.toml")),
];

/// Settings with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// What it is called: the file's name.
    pub name: String,
    /// One line: what it is for.
    pub help: String,
    /// Where the values are from; empty where nobody says.
    pub source: String,
    /// The knobs that it sets.
    pub settings: Settings,
}

impl Preset {
    /// Reads TOML. `name` is what errors call it.
    ///
    /// # Errors
    /// Names what is unknown or cannot be, and mixes of parts that make no sense.
    pub fn from_toml(name: &str, text: &str) -> Result<Self> {
        let read = || -> Result<Self> {
            let mut preset = Self {
                name: name.to_owned(),
                help: String::new(),
                source: String::new(),
                settings: Settings::default(),
            };
            for (key, value) in config::table(text)? {
                match (key.as_str(), value) {
                    ("help", toml::Value::String(text)) => preset.help = text,
                    ("source", toml::Value::String(text)) => preset.source = text,
                    ("knobs", toml::Value::Table(values)) => {
                        preset.settings = config::knobs_of(preset.settings, &values)?;
                    }
                    ("help" | "source" | "knobs", _) => {
                        return Err(Error::invalid(format!(
                            "help and source must be texts, knobs a table: {key} is not"
                        )));
                    }
                    (key, _) => {
                        let meant = nearest(key, ["help", "source", "knobs"].into_iter());
                        return Err(Error::invalid(format!(
                            "unknown key {key:?}; did you mean {meant:?}?"
                        )));
                    }
                }
            }
            ResolvedSampler::of(&preset.settings).check()?;
            Ok(preset)
        };
        read().map_err(|e| Error::invalid(format!("preset {name}: {e}")))
    }

    /// As [`Preset::from_toml`] reads it.
    pub fn to_toml(&self) -> String {
        let mut text = format!("help = {}\n", toml::Value::from(self.help.as_str()));
        if !self.source.is_empty() {
            text.push_str(&format!("source = {}\n", toml::Value::from(self.source.as_str())));
        }
        text.push_str("\n[knobs]\n");
        let set = knobs().iter().filter(|knob| self.settings.is_set(knob));
        for knob in set {
            let value = self.settings.value(knob);
            text.push_str(&format!("{} = {}\n", knob.name, toml_value(knob, value)));
        }
        text
    }

    /// The preset called `name`, or in the file of that path.
    ///
    /// # Errors
    /// Names the nearest known one, or what is wrong with the file.
    pub fn find(name: &str) -> Result<Self> {
        let own = folder().map(|folder| folder.join("presets").join(format!("{name}.toml")));
        // A folder may be called as a bundled preset is; anything else of that name was meant.
        let is_meant = |path: &PathBuf| path.exists() && !path.is_dir();
        let own = own.filter(is_meant);
        let given = Some(PathBuf::from(name)).filter(is_meant);
        if let Some(path) = own.or(given) {
            let text = files::read_text(&path, files::SETTINGS)?;
            return Self::from_toml(&stem(&path), &text);
        }
        if let Some((_, text)) = BUNDLED.iter().find(|(known, _)| *known == name) {
            return Self::from_toml(name, text);
        }
        if Path::new(name).is_dir() {
            return Err(Error::invalid(format!(
                "preset {name}: it is a folder; name a preset, or a TOML file as `remask presets fast` prints one"
            )));
        }
        let all = all().0;
        let nearest = nearest(name, all.iter().map(|preset| preset.name.as_str()));
        Err(Error::invalid(format!(
            "there is no preset {name:?}; did you mean {nearest}? `remask presets` lists them all"
        )))
    }

    /// These settings in place of `settings`; what the preset does not name goes back to its default,
    /// but for seed and length, which belong to the text and not to the way of writing.
    pub fn applied_to(&self, settings: &Settings) -> Settings {
        let mut applied = self.settings.clone();
        let kept: [&'static Knob; 2] = [&CANVAS, &SEED];
        for knob in kept {
            if !applied.is_set(knob) {
                applied.set(knob, settings.value(knob));
            }
        }
        applied
    }

    /// What `settings` hold that differs from the defaults, as a preset.
    pub fn of(name: &str, settings: &Settings) -> Self {
        let mut kept = Settings::default();
        for knob in knobs().iter().filter(|knob| !SEED.is(knob)) {
            if settings.value(knob) != knob.default() {
                kept.set(knob, settings.value(knob));
            }
        }
        let preset = Self {
            name: name.to_owned(),
            help: String::new(),
            source: String::new(),
            settings: kept,
        };
        let knobs = preset.knobs_in_words();
        let knobs = if knobs.is_empty() { "every knob at its default".to_owned() } else { knobs };
        Self { help: format!("yours: {knobs}"), ..preset }
    }

    /// Its knobs and their values, in a line.
    pub fn knobs_in_words(&self) -> String {
        let set = knobs().iter().filter(|knob| self.settings.is_set(knob));
        let words =
            set.map(|knob| format!("{} {}", knob.name, knob.show(self.settings.value(knob))));
        words.collect::<Vec<_>>().join(", ")
    }

    /// Writes it into the `presets` folder beside the configuration, and returns where.
    ///
    /// # Errors
    /// When there is no such place, or a preset of that name is there already.
    pub fn save(&self) -> Result<PathBuf> {
        let folder = folder().ok_or_else(|| {
            Error::invalid("the system names no folder for configuration; set HOME")
        })?;
        check_name(&self.name)?;
        let folder = folder.join("presets");
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let path = folder.join(format!("{}.toml", self.name));
        let file = std::fs::File::options().write(true).create_new(true).open(&path);
        let mut file = file.map_err(Error::file(&path))?;
        std::io::Write::write_all(&mut file, self.to_toml().as_bytes())
            .map_err(Error::file(&path))?;
        Ok(path)
    }
}

/// Whether a preset can be called `name`, which is the name of its file.
///
/// # Errors
/// Says what a name takes.
pub fn check_name(name: &str) -> Result<()> {
    const LONGEST: usize = 60;
    let belongs = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() {
        return Err(Error::invalid("a preset needs a name; type one"));
    }
    match name.chars().find(|c| !belongs(*c)) {
        Some(c) => Err(Error::invalid(format!(
            "a preset's name cannot hold {c:?}; it takes letters, digits, - and _"
        ))),
        None if name.chars().count() > LONGEST => Err(Error::invalid(format!(
            "a preset's name has {LONGEST} letters at most; shorten it"
        ))),
        None => Ok(()),
    }
}

/// The bundled presets, and behind them the person's own, which take the place of bundled ones of their
/// name; and what is wrong with those that cannot be read.
pub fn all() -> (Vec<Preset>, Vec<Error>) {
    let mut all: Vec<Preset> = Vec::new();
    let mut broken = Vec::new();
    let mut keep = |preset: Result<Preset>| match preset {
        Ok(preset) => {
            all.retain(|other| other.name != preset.name);
            all.push(preset);
        }
        Err(error) => broken.push(error),
    };
    for (name, text) in BUNDLED {
        keep(Preset::from_toml(name, text));
    }
    let entries = folder().map(|folder| std::fs::read_dir(folder.join("presets")));
    let entries = entries.into_iter().flatten().flatten().flatten();
    let mut own: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    own.sort();
    for path in own {
        let text = files::read_text(&path, files::SETTINGS);
        keep(text.and_then(|text| Preset::from_toml(&stem(&path), &text)));
    }
    (all, broken)
}

/// A knob's value as a file has it.
pub(crate) fn toml_value(knob: &Knob, value: Value) -> toml::Value {
    match value {
        Value::Real(x) => toml::Value::from(x),
        Value::Count(n) if i64::try_from(n).is_ok() => toml::Value::from(n as i64),
        value => toml::Value::from(knob.show(value)),
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundled_presets_are_sound_and_survive_being_written() {
        for (name, text) in BUNDLED {
            let preset = Preset::from_toml(name, text).unwrap();
            assert!(!preset.help.is_empty() && !preset.help.ends_with('.'), "{name}");
            assert!(!preset.source.is_empty(), "{name}");
            assert_eq!(Preset::from_toml(name, &preset.to_toml()).unwrap(), preset);
        }
    }

    #[test]
    fn a_name_is_that_of_a_file_in_its_folder() {
        for name in ["mine-1", "Geschichte_2", "été"] {
            check_name(name).unwrap();
        }
        for (name, expected) in [
            ("", "type one"),
            ("a/b", "cannot hold '/'"),
            (".x", "cannot hold '.'"),
            (&"x".repeat(61), "shorten"),
        ] {
            let message = check_name(name).unwrap_err().to_string();
            assert!(message.contains(expected), "{name:?} says {message:?}");
        }
    }

    #[test]
    fn what_a_preset_does_not_name_goes_back() {
        let start = Settings::default();
        let settings = start.with("cfg-scale", "2").and_then(|s| s.with("seed", "7")).unwrap();
        let applied = Preset::find("fast-dllm").unwrap().applied_to(&settings);
        assert_eq!(applied.get(&crate::diffusion::guidance::CFG_SCALE), 0.0);
        assert_eq!(applied.get(&SEED), 7);
        assert_eq!(applied.get(&CANVAS), 128);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("hepl = 'x'", "did you mean \"help\"?"),
            ("[knobs]\nsampler = 'wiño'", "preset x: sampler cannot be"),
            ("knobs = 3", "knobs a table"),
            ("[knobs]\nsampler = 'mdlm'\n", "sampler cannot be"),
            ("[knobs]\nsampler = 'ancestral'\nschedule = 'factor'", "makes no sense"),
        ] {
            let message = Preset::from_toml("x", text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let message = Preset::find("fastdllm").unwrap_err().to_string();
        assert!(message.contains("did you mean fast-dllm?"), "{message}");
    }
}
