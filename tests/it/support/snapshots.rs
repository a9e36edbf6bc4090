//! Screens as text with their styles, to be compared with those that were looked at.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::support::harness::text_of;

/// The sizes at which every screen is looked at: columns and rows.
pub const SIZES: [(u16, u16); 3] = [(80, 24), (160, 45), (220, 60)];

/// The screen as text, and below it one letter a cell for its style, with a key.
fn with_styles(buffer: &Buffer) -> String {
    let mut styles: Vec<(Color, Color, Modifier)> = Vec::new();
    let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut map = String::new();
    for row in buffer.content.chunks(buffer.area.width.into()) {
        for cell in row {
            let style = (cell.fg, cell.bg, cell.modifier);
            let index = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            map.push(letters.chars().nth(index).unwrap_or('?'));
        }
        map.push('\n');
    }
    let key = styles
        .iter()
        .zip(letters.chars())
        .map(|((fg, bg, modifier), letter)| format!("{letter}: {fg} on {bg} {modifier:?}\n"));
    format!("{}\n\n{map}\n{}", text_of(buffer), key.collect::<String>())
}

/// Numbers that the clock makes are taken out.
pub fn snapshot(name: &str, buffer: &Buffer) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"of \d+\.\d ms", "of [time]");
    settings.add_filter(r"\d+ tokens/s", "[rate]");
    settings.add_filter(r"(?m) +$", "");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../../snapshots");
    settings.bind(|| insta::assert_snapshot!(name, with_styles(buffer)));
}
