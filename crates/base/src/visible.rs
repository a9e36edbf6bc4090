//! Text of unknown origin, made fit for a terminal: nothing in it is obeyed, and what it hides is seen.
//!
//! Models write any bytes, and files, paths and arguments come from anywhere. An escape sequence among
//! them would set a title, fill the clipboard or wipe the screen; a mark that turns the direction of
//! writing would show another text than there is.

use std::borrow::Cow;

/// `text`, with line breaks and tabs as they are.
pub fn text(text: &str) -> Cow<'_, str> {
    shown(text, &['\n', '\t'])
}

/// `text` in one line.
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, &[])
}

fn shown<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    let obeyed = |c: char| (c.is_control() || is_invisible(c)) && !kept.contains(&c);
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if obeyed(c) { picture(c) } else { c }).collect())
}

/// A line of JSON with nothing in it that a terminal would obey, by JSON's own escapes: it says the same.
pub fn json(line: &str) -> Cow<'_, str> {
    let obeyed = |c: char| c.is_control() || is_invisible(c);
    if !line.contains(obeyed) {
        return Cow::Borrowed(line);
    }
    let mut escaped = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if obeyed(c) {
            let units = c.encode_utf16(&mut [0; 2]).to_vec();
            escaped.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// What stands for a character that prints nothing: Unicode's own picture of it where there is one.
fn picture(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// Characters that print nothing and change how their neighbours print: direction marks, joiners,
/// tags, the soft hyphen and their like.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(text("a\tb\nc"), "a\tb\nc");
        assert_eq!(line("a\tb\nc"), "a␉b␊c");
        assert_eq!(text("\x1b]52;c;QUFB\x07\r"), "␛]52;c;QUFB␇␍");
        assert_eq!(text("\u{9b}2J \u{202e}abc \x7f"), "\u{fffd}2J \u{fffd}abc ␡");
        let escapes = serde_json::json!({ "text": "\u{9b}2J \u{202e}abc \u{e0001}\n" }).to_string();
        let shown = json(&escapes);
        assert!(!shown.contains(|c: char| c.is_control() || is_invisible(c)), "{shown}");
        let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        assert_eq!(read(&shown), read(&escapes));
        assert!(matches!(json("{}"), Cow::Borrowed(_)));
        assert!(matches!(text("日本 e\u{301} 🎈"), Cow::Borrowed(_)));
    }
}
