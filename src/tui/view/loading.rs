//! What is said of a model that is being read, and how that is called off.

use super::seconds;
use crate::memory;
use crate::tui::action::Action;
use crate::tui::app::App;

/// How far it is, as much of it as fits `width` columns; nothing where none is being read for long.
pub(super) fn loading_words(app: &App, width: u16) -> Option<String> {
    let at = app.loading.as_ref()?;
    let bytes = format!("{} of {}", memory::shown(at.bytes), memory::shown(at.of_bytes));
    let tensors = format!(", {} of {} tensors", at.tensors, at.of_tensors);
    let left = at.seconds_left().map_or_else(String::new, |left| {
        // Nobody can tell more exactly.
        format!(", about {} left", seconds(left.ceil().max(1.0)).replace(".00", ""))
    });
    let key = app.keymap.key(Action::Cancel);
    let off = if key.is_empty() { String::new() } else { format!("; {key} calls it off") };
    let all = [
        format!("loading {}: {bytes}{tensors}{left}{off}", at.name),
        format!("loading {bytes}{left}{off}"),
        format!("{bytes}{off}"),
    ];
    let fits = |words: &&String| words.chars().count() < usize::from(width);
    all.iter().find(fits).or(all.last()).cloned()
}
