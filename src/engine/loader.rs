//! Where the engine's models come from.

use std::path::Path;

use super::ModelSet;
use crate::model::LoadWatch;
use crate::{Error, Result};

/// Loads models on the engine's thread.
pub trait ModelLoader: Send + 'static {
    /// The models as they were asked for last; `watch` sees them being read.
    ///
    /// # Errors
    /// When one cannot be loaded, or [`Error::Cancelled`] where it was called off.
    fn load(&mut self, watch: &LoadWatch) -> Result<ModelSet>;

    /// The model at `path`, or the bundled one, in the place of the first; from now on that is asked for.
    ///
    /// # Errors
    /// When it cannot be loaded, or was called off; then what was asked for before counts on.
    fn open(&mut self, path: Option<&Path>, watch: &LoadWatch) -> Result<ModelSet>;
}

/// A closure loads what it loads, and nothing else.
impl<Load: FnMut() -> Result<ModelSet> + Send + 'static> ModelLoader for Load {
    fn load(&mut self, _: &LoadWatch) -> Result<ModelSet> {
        self()
    }

    fn open(&mut self, _: Option<&Path>, _: &LoadWatch) -> Result<ModelSet> {
        Err(Error::invalid(
            "this engine has the one model that it began with; start remask with another",
        ))
    }
}
