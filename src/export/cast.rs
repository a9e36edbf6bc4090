//! asciicast v2 (<https://docs.asciinema.org/manual/asciicast/v2/>): a header, then what the terminal is told, and when.

use ratatui::style::Modifier;
use serde_json::json;

use super::film::Film;
use super::look::{CellLook, StyledRun, rows};
use crate::Result;

/// `film` as lines of JSON.
pub(super) fn cast(film: &Film) -> Result<String> {
    let (width, height) = film.size();
    let header = json!({
        "version": 2,
        "width": width,
        "height": height,
        "title": film.title,
        "env": { "TERM": "xterm-256color" },
    });
    let mut lines = vec![header.to_string()];
    let mut before: Vec<Vec<StyledRun>> = Vec::new();
    for (index, frame) in film.frames.iter().enumerate() {
        let now = rows(frame, |look| look);
        let at = film.pace.as_secs_f64() * index as f64;
        // The first frame begins with an empty screen, and without a cursor.
        let mut told = if index == 0 { "\x1b[?25l\x1b[2J".to_owned() } else { String::new() };
        for (row, runs) in
            now.iter().enumerate().filter(|(row, runs)| before.get(*row) != Some(runs))
        {
            told.push_str(&format!("\x1b[{};1H", row + 1));
            runs.iter().for_each(|run| told.push_str(&format!("{}{}", select(run.look), run.text)));
        }
        told.push_str("\x1b[0m");
        lines.push(json!([rounded(at), "o", told]).to_string());
        before = now;
    }
    let end = film.pace.as_secs_f64() * film.frames.len() as f64;
    lines.push(json!([rounded(end), "o", "\x1b[?25h"]).to_string());
    Ok(lines.join("\n") + "\n")
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

/// The sequence that selects a look (SGR, ECMA-48).
fn select(look: CellLook) -> String {
    const FONTS: [(Modifier, &str); 5] = [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::CROSSED_OUT, "9"),
    ];
    let mut codes = vec!["0".to_owned()];
    let fonts = FONTS.iter().filter(|(font, _)| look.font.contains(*font));
    codes.extend(fonts.map(|(_, code)| (*code).to_owned()));
    let color = |what, [r, g, b]: [u8; 3]| format!("{what};2;{r};{g};{b}");
    codes.extend(look.fore.map(|rgb| color(38, rgb)));
    codes.extend(look.back.map(|rgb| color(48, rgb)));
    format!("\x1b[{}m", codes.join(";"))
}
