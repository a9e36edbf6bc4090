//! Where the engine's models come from.

use std::path::Path;

use super::ModelSet;
use crate::{Error, Result};

/// Loads models on the engine's thread.
pub trait ModelLoader: Send + 'static {
    /// The models as they were asked for last.
    ///
    /// # Errors
    /// When one cannot be loaded.
    fn load(&mut self) -> Result<ModelSet>;

    /// The model at `path`, or the bundled one, in the place of the first; from now on that is asked for.
    ///
    /// # Errors
    /// When it cannot be loaded; then what was asked for before counts on.
    fn open(&mut self, path: Option<&Path>) -> Result<ModelSet>;
}

/// A closure loads what it loads, and nothing else.
impl<Load: FnMut() -> Result<ModelSet> + Send + 'static> ModelLoader for Load {
    fn load(&mut self) -> Result<ModelSet> {
        self()
    }

    fn open(&mut self, _: Option<&Path>) -> Result<ModelSet> {
        Err(Error::invalid(
            "this engine has the one model that it began with; start remask with another",
        ))
    }
}
