//! What is shared here, as a copy elsewhere.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub fn serialize<T: Serialize, S: Serializer>(shared: &Arc<T>, out: S) -> Result<S::Ok, S::Error> {
    shared.as_ref().serialize(out)
}

pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    input: D,
) -> Result<Arc<T>, D::Error> {
    T::deserialize(input).map(Arc::new)
}
