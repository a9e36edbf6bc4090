//! A checkpoint as it lies on the disk or in the binary: what it is called, its configuration, its tokenizer,
//! and its weights, of which nothing but the header is read yet.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::arranged::arranged;
use super::chat_template::ChatTemplate;
use super::config::ModelConfig;
use super::device::DEVICE;
use super::family::Family;
use super::gguf::{Described, Gguf};
use super::tensors;
use super::tokenizer::Tokenizer;
use super::vocabulary_files::{MERGES, VOCABULARY, VocabularyFiles};
use super::weights::{StoredWeights, WeightFiles, extension};
use remask_base::{Error, Result, files, visible};
use remask_bundled::{self as bundled, BundledCheckpoint};

/// What describes a network beside its weights.
const CONFIG: &str = "config.json";
/// What its tokens are.
pub const TOKENIZER: &str = "tokenizer.json";
/// Where the mask token may be named; not every model has it.
const TOKENIZER_SETTINGS: &str = "tokenizer_config.json";
/// Where newer folders have the chat template.
const CHAT_TEMPLATE: &str = "chat_template.jinja";

/// Everything of a model that is stored.
pub struct Checkpoint {
    /// The name of its folder or file, or that of the bundled model.
    pub name: String,
    /// What `config.json` says, and where it does not say it, the tensors that there are.
    pub config: ModelConfig,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// How it wants conversations to be written down, where it was trained on any.
    pub chat_template: Option<ChatTemplate>,
    /// Its weights, not read yet.
    pub weights: Box<dyn StoredWeights>,
    /// The files of the weights; none for the bundled model.
    pub files: Vec<PathBuf>,
}

/// What of a checkpoint a list says, told without its tokenizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointSummary {
    /// The name of its folder or file, or that of the bundled model.
    pub name: String,
    /// What its network is called.
    pub family: &'static str,
    /// Numbers in all of its tensors.
    pub parameters: usize,
    /// Bytes of its weights.
    pub bytes: u64,
    /// The task that it was trained for (`remask::tasks`); nothing where that was text.
    pub task: Option<String>,
    /// Whether its configuration names a mask token. Where it does not, its tokenizer may.
    pub names_mask: bool,
}

impl CheckpointSummary {
    fn new(name: String, config: &ModelConfig, weights: &dyn StoredWeights, bytes: u64) -> Self {
        Self {
            name,
            family: config.family.name(),
            parameters: parameters(weights),
            bytes,
            task: config.task.clone(),
            names_mask: config.mask_id.is_some(),
        }
    }

    /// The parameters as a person says their number.
    pub fn shown_parameters(&self) -> String {
        shown_count(self.parameters)
    }
}

/// Numbers in all tensors of `weights`.
pub fn parameters(weights: &dyn StoredWeights) -> usize {
    let count = |shape: &[usize]| shape.iter().fold(1usize, |count, n| count.saturating_mul(*n));
    let counts = weights.listing();
    counts.iter().fold(0, |sum, entry| sum.saturating_add(count(&entry.shape)))
}

/// A count of parameters as a person says it.
pub fn shown_count(count: usize) -> String {
    match count {
        0..1_000_000 => format!("{:.1} K", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.2} M", count as f64 / 1e6),
        _ => format!("{:.2} B", count as f64 / 1e9),
    }
}

impl Checkpoint {
    /// What [`Checkpoint::open`] would find at `path`, in short.
    ///
    /// # Errors
    /// When its configuration or the header of its weights cannot be read.
    pub fn summary(path: &Path) -> Result<CheckpointSummary> {
        if let Some(bundled) = bundled::named(path) {
            return Self::summary_of(bundled);
        }
        let folder = folder_of(path)?;
        let name = name_of(path, folder);
        let (config, weights, files): (_, Box<dyn StoredWeights>, _) = match described(path)? {
            (Some(Described { config, gguf, .. }), files) => {
                let weights = arranged(&config, Box::new(gguf));
                (config, weights, files?)
            }
            (None, files) => {
                let (config, _) = ModelConfig::stated(&name, &read(&name, folder, CONFIG)?)?;
                let files = files?;
                let weights = files.open(&config, &DEVICE)?;
                (config, weights, files)
            }
        };
        let size = |file: &PathBuf| std::fs::metadata(file).map(|about| about.len());
        let bytes = files.paths().iter().map(size).sum::<std::io::Result<u64>>();
        let bytes = bytes.map_err(Error::file(path))?;
        Ok(CheckpointSummary::new(name, &config, &*weights, bytes))
    }

    /// The model that is opened where none is named, in short.
    ///
    /// # Errors
    /// As [`Checkpoint::bundled`].
    pub fn bundled_summary() -> Result<CheckpointSummary> {
        Self::summary_of(&bundled::ALL[0])
    }

    fn summary_of(bundled: &'static BundledCheckpoint) -> Result<CheckpointSummary> {
        let Self { name, config, weights, .. } = Self::of_bundled(bundled)?;
        Ok(CheckpointSummary::new(name, &config, &*weights, bundled.weights().len() as u64))
    }

    /// What `path` names: a model inside the binary by its name ([`bundled::names`]), a Hugging Face folder with `config.json`, `tokenizer.json` and weights (safetensors, in
    /// one file or several, or `model.gguf`), a file of weights in such a folder, or a GGUF file that says all of its
    /// model, as llama.cpp's converter writes it. The mask token is the one that `config.json` or the file names, or the
    /// tokenizer.
    ///
    /// # Errors
    /// When a file is missing or does not say what it should.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(bundled) = bundled::named(path) {
            return Self::of_bundled(bundled);
        }
        let folder = folder_of(path)?;
        let name = name_of(path, folder);
        let (described, files) = described(path)?;
        if let Some(described) = described {
            return Self::of_described(name, folder, described, files?);
        }
        let (mut config, stated) = ModelConfig::stated(&name, &read(&name, folder, CONFIG)?)?;
        let settings = read(&name, folder, TOKENIZER_SETTINGS).unwrap_or_default();
        let tokenizer = tokenizer_of(&name, folder, &settings)?;
        let chat_template = chat_template(&name, folder, &settings);
        find_mask(&mut config, &tokenizer, &settings);
        let files = files?;
        let weights = files.open(&config, &DEVICE)?;
        stated.complete(&mut config, |tensor| weights.holds(tensor));
        let files = files.paths().to_vec();
        Ok(Self { name, config, tokenizer, chat_template, weights, files })
    }

    /// A file that says all of its model. Where its tokenizer is not read, the one beside it is.
    fn of_described(
        name: String,
        folder: &Path,
        described: Described,
        files: WeightFiles,
    ) -> Result<Self> {
        let Described { mut config, gguf } = described;
        let beside = folder.join(TOKENIZER).is_file();
        let tokenizer = match gguf.tokenizer(config.vocab_size, &name) {
            Err(_) if beside => Tokenizer::from_json(&name, &read(&name, folder, TOKENIZER)?)?,
            tokenizer => tokenizer?,
        };
        find_mask(&mut config, &tokenizer, &[]);
        let chat_template = gguf.chat_template();
        let weights = arranged(&config, Box::new(gguf));
        let files = files.paths().to_vec();
        Ok(Self { name, config, tokenizer, chat_template, weights, files })
    }

    /// The model that is opened where none is named.
    ///
    /// # Errors
    /// Only when the binary was built with broken assets.
    pub fn bundled() -> Result<Self> {
        Self::of_bundled(&bundled::ALL[0])
    }

    fn of_bundled(bundled: &'static BundledCheckpoint) -> Result<Self> {
        let name = bundled.title;
        let config = ModelConfig::from_json(name, bundled.config)?;
        let tokenizer = Tokenizer::from_json(name, bundled.tokenizer)?;
        let weights = Gguf::bundled(name, bundled.weights(), config.family, &DEVICE)?;
        let (name, weights) = (name.to_owned(), Box::new(weights));
        Ok(Self { name, config, tokenizer, chat_template: None, weights, files: Vec::new() })
    }

    /// Whether the weights hold what the network takes, and nothing that it would leave out; told from their
    /// header.
    ///
    /// # Errors
    /// Names the first tensor that is amiss.
    pub fn check(&self) -> Result<()> {
        tensors::check(&self.name, &self.config, &*self.weights)
    }
}

/// The tokenizer of `folder`: `tokenizer.json`, or the vocabulary that one is made of, with `settings`
/// (`tokenizer_config.json`).
fn tokenizer_of(name: &str, folder: &Path, settings: &[u8]) -> Result<Tokenizer> {
    let holds = |file: &str| folder.join(file).is_file();
    if holds(TOKENIZER) || !holds(VOCABULARY) || !holds(MERGES) {
        return Tokenizer::from_json(name, &read(name, folder, TOKENIZER)?);
    }
    let files = VocabularyFiles {
        vocabulary: read(name, folder, VOCABULARY)?,
        merges: read(name, folder, MERGES)?,
        settings: settings.to_vec(),
    };
    files.tokenizer(name)
}

/// The chat template of `folder`, whose `tokenizer_config.json` are `settings`.
fn chat_template(name: &str, folder: &Path, settings: &[u8]) -> Option<ChatTemplate> {
    let beside =
        read(name, folder, CHAT_TEMPLATE).ok().and_then(|text| String::from_utf8(text).ok());
    match beside {
        Some(source) => Some(ChatTemplate::with_tokens_of(source, settings)),
        None => ChatTemplate::from_settings(settings),
    }
}

/// What the file of weights at `path` says of its model, where it says what it is and no `config.json` of its folder does;
/// and the files. Where a folder has none, it may be of more use to hear first what else is missing.
fn described(path: &Path) -> Result<(Option<Described>, Result<WeightFiles>)> {
    let files = WeightFiles::find(path);
    // Of a file that was split the others are what is missing.
    let files = if extension(path).as_deref() == Some("gguf") { Ok(files?) } else { files };
    let described = match &files {
        Ok(WeightFiles::Gguf(files)) if !path.join(CONFIG).is_file() => {
            Gguf::described(files, &DEVICE)?
        }
        _ => None,
    };
    Ok((described, files))
}

/// Looks for the mask token where `config` names none: `settings` (`tokenizer_config.json`) may, or `tokenizer` spells it.
/// A LLaMA was not trained to denoise, whatever tokens it has.
fn find_mask(config: &mut ModelConfig, tokenizer: &Tokenizer, settings: &[u8]) {
    if config.mask_id.is_none() && config.family != Family::Llama {
        let has_row = |id: &u32| (*id as usize) < config.vocab_size;
        config.mask_id = tokenizer.mask_id(settings).filter(has_row);
        // A model that can be denoised was not trained on the next token, unless it says so.
        config.trained_on_next_token &= config.mask_id.is_none();
    }
}

/// The folder that `path` is, or that the file there is in.
///
/// # Errors
/// When there is nothing at `path`.
pub fn folder_of(path: &Path) -> Result<&Path> {
    if path.is_dir() {
        return Ok(path);
    }
    if path.exists() {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        return Ok(parent.unwrap_or(Path::new(".")));
    }
    let what = match extension(path).as_deref() {
        Some("gguf" | "safetensors") => "file",
        _ => "folder",
    };
    let bundled: Vec<&str> = bundled::names().collect();
    let shown = path.display();
    let hub = match is_hub_name(path) {
        true => format!(
            "; `remask models pull {shown}` brings the one of that name from the Hugging Face hub"
        ),
        false => String::new(),
    };
    Err(Error::invalid(format!(
        "there is no model {what} {shown}; it takes a folder with {CONFIG}, {TOKENIZER} and weights, the file of \
         weights in it, or the name of a bundled model: {}{hub}",
        bundled.join(", ")
    )))
}

/// What a model in the hub's cache is called, whose folder is called after its commit: `models--OWNER--NAME/snapshots/COMMIT`.
fn cached_name(folder: &Path) -> Option<String> {
    let snapshots = folder.parent()?;
    let repository = snapshots.parent()?.file_name()?.to_str()?.strip_prefix("models--")?;
    let is_snapshot = snapshots.file_name()? == "snapshots";
    Some(repository.split_once("--")?.1.to_owned()).filter(|_| is_snapshot)
}

/// Whether `path` could be the name of a model on the hub, OWNER/NAME.
fn is_hub_name(path: &Path) -> bool {
    use std::path::Component::Normal;
    let parts = || path.components();
    parts().count() == 2
        && parts().all(|part| matches!(part, Normal(_)))
        && extension(path).as_deref() != Some("gguf")
}

/// The name of `folder`, or of a file in it that is called otherwise than weights usually are.
fn name_of(path: &Path, folder: &Path) -> String {
    let own = path.file_stem().filter(|_| path != folder).map(|stem| stem.to_string_lossy());
    let name = match own {
        Some(own) if !own.starts_with("model") => own.into_owned(),
        _ => {
            let whole = folder.canonicalize().ok();
            let last = whole.and_then(|path| {
                let name = path.file_name()?.to_string_lossy().into_owned();
                Some(cached_name(&path).unwrap_or(name))
            });
            last.unwrap_or_else(|| folder.display().to_string())
        }
    };
    visible::line(&name).into_owned()
}

/// The bytes of `file` in the `folder` of the model `name`.
fn read(name: &str, folder: &Path, file: &str) -> Result<Vec<u8>> {
    let path = folder.join(file);
    let bytes = files::read(&path, files::DESCRIPTION);
    bytes.map_err(|error| match error {
        Error::File { source, .. } if source.kind() == ErrorKind::NotFound => Error::Model {
            name: name.to_owned(),
            reason: format!(
                "there is no {file} in {}; put the one of its Hugging Face folder beside the weights",
                folder.display()
            ),
        },
        error => error,
    })
}
