//! Models of the Hugging Face hub that are in the standard cache of this machine, under the names that they have there.

use std::path::{Path, PathBuf};

use remask_hub::{Environment, Hub, ModelName};

/// Where the model is that `path` names: where there is nothing at `path`, and the cache has a model of that name, its place
/// there.
pub fn located(path: PathBuf) -> PathBuf {
    if path.exists() { path } else { cached(&path).unwrap_or(path) }
}

fn cached(path: &Path) -> Option<PathBuf> {
    let name: ModelName = path.to_str()?.parse().ok()?;
    Hub::new(Environment::read()).cached(&name)
}

/// Where the cached models are that hold weights of a kind that is read, by name.
pub fn all_cached() -> Vec<PathBuf> {
    Hub::new(Environment::read()).all_cached()
}
