//! A model from the hub into the cache, or from the cache alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use remask_base::cancel::Cancel;
use remask_base::{Error, Result};

use crate::cache::CachedRepository;
use crate::choice::{INDEX, WHOLE, chosen};
use crate::environment::Environment;
use crate::listing::{Listing, RemoteFile};
use crate::name::ModelName;
use crate::progress::PullProgress;
use crate::transfer::{Connection, Patience, Transfer};

/// The hub, and the cache of what came from it.
pub struct Hub {
    environment: Environment,
    patience: Patience,
}

/// What the hub says of a repository has no more bytes than this.
const LONGEST_LISTING: u64 = 64 << 20;

impl Hub {
    /// As `environment` says.
    pub fn new(environment: Environment) -> Self {
        let patience = Patience {
            silence: Duration::from_secs(30),
            wait: Duration::from_millis(500),
            fruitless: 6,
        };
        Self { environment, patience }
    }

    /// Waits as long at most for a server that is silent, and so long after a try that failed.
    pub fn with_patience(mut self, silence: Duration, wait: Duration) -> Self {
        self.patience = Patience { silence, wait, ..self.patience };
        self
    }

    /// Where in the cache models are whose newest commit holds weights, by name.
    pub fn all_cached(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.environment.cache).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| {
            let folder = entry.file_name().into_string().ok()?;
            let (owner, name) = folder.strip_prefix("models--")?.split_once("--")?;
            format!("{owner}/{name}").parse::<ModelName>().ok()
        });
        let mut names: Vec<ModelName> = names.collect();
        names.sort_by_key(ToString::to_string);
        names.iter().filter_map(|name| self.cached(name)).collect()
    }

    /// Where in the cache the model is: its folder, or its file where that says all; nothing where it is not there.
    pub fn cached(&self, name: &ModelName) -> Option<PathBuf> {
        let folder = CachedRepository::new(&self.environment.cache, name).newest_snapshot()?;
        if let Some(file) = &name.file {
            return Some(folder.join(file)).filter(|path| path.is_file() && is_gguf(path));
        }
        if holds_safetensors(&folder) {
            return Some(folder);
        }
        let entries = std::fs::read_dir(&folder).ok()?;
        entries.flatten().map(|entry| entry.path()).filter(|path| is_gguf(path)).min()
    }

    /// Brings the model `name` into the cache, as far as it is not there, and says where it is. `watch` hears how far it has
    /// come.
    ///
    /// # Errors
    /// When the hub has no such model or does not show it, it does not come, what comes is not what the hub says it is, or
    /// there is no room for it. What came stays, and the next call goes on with it.
    pub fn pull(
        &self,
        name: &ModelName,
        cancel: &Cancel,
        watch: &mut dyn FnMut(&PullProgress),
    ) -> Result<PathBuf> {
        let fail = |reason: String| Error::Model { name: name.to_string(), reason };
        if self.environment.is_offline {
            return self.cached(name).ok_or_else(|| {
                fail(
                    "it is not in the cache, and HF_HUB_OFFLINE forbids to ask for it; unset that"
                        .to_owned(),
                )
            });
        }
        self.environment.check().map_err(fail)?;
        let connection = Connection::new(self.environment.token.as_deref(), self.patience);
        let mut progress = PullProgress::default();
        watch(&progress);
        let listing = self.listing(name, &connection, &fail, cancel)?;
        let files = chosen(&listing, name).map_err(fail)?;
        progress.files.1 = files.len();
        progress.bytes.1 = files.iter().fold(0, |sum, file| file.size.saturating_add(sum));
        let repository = CachedRepository::new(&self.environment.cache, name);
        for file in &files {
            progress.file.clone_from(&file.path);
            let blob = repository.blob(&file.checksum);
            let (whole, received) = (progress.bytes.0, progress.received);
            if !is_there(&blob, file) {
                let _lock = repository.lock(&file.checksum, cancel)?;
                // Somebody else may have brought it meanwhile.
                if !is_there(&blob, file) {
                    let mut came = received;
                    connection.bring(Transfer {
                        url: self.url(name, &listing.commit, &file.path),
                        file,
                        blob: &blob,
                        fail: &fail,
                        cancel,
                        arrived: &mut |there, more| {
                            came += more;
                            progress.bytes.0 = whole + there;
                            progress.received = came;
                            progress.is_checking = there == file.size;
                            watch(&progress);
                        },
                    })?;
                }
            }
            repository.link(&blob, &listing.commit, &file.path)?;
            progress.is_checking = false;
            progress.bytes.0 = whole + file.size;
            progress.files.0 += 1;
            watch(&progress);
        }
        repository.refer_to(&listing.commit)?;
        let folder = repository.snapshot(&listing.commit);
        let gguf = files.iter().find(|file| is_gguf(Path::new(&file.path)));
        Ok(gguf.map_or_else(|| folder.clone(), |file| folder.join(&file.path)))
    }

    fn listing(
        &self,
        name: &ModelName,
        connection: &Connection,
        fail: &dyn Fn(String) -> Error,
        cancel: &Cancel,
    ) -> Result<Listing> {
        let revision = name.revision.replace('/', "%2F");
        let url = format!(
            "{}/api/models/{}/revision/{revision}?blobs=true",
            self.environment.endpoint, name.repository
        );
        let json = connection.text(&url, LONGEST_LISTING, fail, cancel)?;
        Listing::parse(&json).map_err(fail)
    }

    fn url(&self, name: &ModelName, commit: &str, path: &str) -> String {
        let endpoint = &self.environment.endpoint;
        format!("{endpoint}/{}/resolve/{commit}/{}", name.repository, percent_encoded(path))
    }
}

/// Whether `folder` holds the safetensors of a model, all that its index names.
fn holds_safetensors(folder: &Path) -> bool {
    let holds = |file: &str| folder.join(file).is_file();
    let Ok(index) = std::fs::read(folder.join(INDEX)) else { return holds(WHOLE) };
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap_or_default();
    let shards = index["weight_map"].as_object().map(|map| map.values());
    shards.is_some_and(|mut shards| shards.all(|shard| shard.as_str().is_some_and(holds)))
}

fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|own| own.eq_ignore_ascii_case("gguf"))
}

/// Whether the content is there, all of it.
fn is_there(blob: &Path, file: &RemoteFile) -> bool {
    std::fs::metadata(blob).is_ok_and(|about| about.len() == file.size)
}

/// `path` as a URL has it.
fn percent_encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    let encoded = path.bytes().map(|byte| match plain(byte) {
        true => (byte as char).to_string(),
        false => format!("%{byte:02X}"),
    });
    encoded.collect()
}
