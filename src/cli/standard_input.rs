//! A text that comes through a pipe.

use std::io::Read;

use crate::{Error, Result, files, memory};

/// What asks for standard input by name, where a text could stand.
pub const DASH: &str = "-";

/// The text that `input` holds, without the line break at its end, which most programs add; nothing where it is
/// empty.
///
/// # Errors
/// When it cannot be read, is no text, or has more than any model reads.
pub fn text(input: impl Read) -> Result<Option<String>> {
    const NAME: &str = "standard input";
    const MOST: u64 = files::SETTINGS;
    let mut bytes = Vec::new();
    input.take(MOST + 1).read_to_end(&mut bytes).map_err(Error::file(NAME))?;
    if bytes.len() as u64 > MOST {
        return Err(Error::invalid(format!(
            "{NAME}: it has more than {}, which no model reads at once; send less",
            memory::shown(MOST)
        )));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        Error::invalid(format!(
            "{NAME}: not a text in UTF-8, from byte {at} on; convert it, as with iconv"
        ))
    })?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_is_the_pipes_own() {
        let read = |bytes: &[u8]| text(bytes).unwrap();
        assert_eq!(read(b"hi\n").as_deref(), Some("hi"));
        assert_eq!(read(b"hi\r\n").as_deref(), Some("hi"));
        assert_eq!(read(b" hi\n\n").as_deref(), Some(" hi\n"));
        assert_eq!((read(b""), read(b"\n")), (None, None));
    }

    #[test]
    fn what_is_no_text_or_has_no_end_is_refused() {
        let refused = |result: Result<Option<String>>| result.unwrap_err().to_string();
        let message = refused(text(&b"ab\xff"[..]));
        assert!(message.contains("UTF-8, from byte 3 on"), "{message}");
        let message = refused(text(std::io::repeat(b'x')));
        assert!(message.contains("send less"), "{message}");
    }
}
