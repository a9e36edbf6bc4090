//! Token ids as text that is safe to show.
//!
//! A model writes whatever bytes it likes: halves of characters, escape sequences, marks that turn
//! the direction of writing. Every token becomes a piece of printable text here, and nothing else
//! of it ever reaches the terminal.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::glyphs::Glyphs;
use crate::model::{Tokenizer, Vocabulary};
use crate::visible::is_invisible;

/// Turns ids into printable pieces.
#[derive(Clone)]
pub struct TokenText {
    tokenizer: Arc<Tokenizer>,
    eos: Vec<u32>,
    mask: u32,
    glyphs: &'static Glyphs,
}

impl TokenText {
    /// For the tokens of one model.
    pub fn new(
        tokenizer: Arc<Tokenizer>,
        vocabulary: &Vocabulary,
        glyphs: &'static Glyphs,
    ) -> Self {
        Self { tokenizer, eos: vocabulary.eos.clone(), mask: vocabulary.mask, glyphs }
    }

    /// One piece a token. A character that is spread over several tokens stands in the piece where
    /// it begins, and the others hold what is left of theirs. Line breaks stay `\n`; everything else
    /// prints.
    pub fn pieces(&self, ids: &[u32]) -> Vec<String> {
        let mut pieces = vec![String::new(); ids.len()];
        // The bytes since the last control token, and the token that each of them came from.
        let mut bytes: Vec<u8> = Vec::new();
        let mut owners: Vec<usize> = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            if let Some(sign) = self.sign(*id) {
                self.place(&mut bytes, &mut owners, &mut pieces);
                pieces[index].push_str(sign);
            } else {
                let of_token = self.tokenizer.bytes(*id);
                bytes.extend_from_slice(of_token);
                owners.extend(of_token.iter().map(|_| index));
            }
        }
        self.place(&mut bytes, &mut owners, &mut pieces);
        pieces
    }

    /// The piece of one token by itself.
    pub fn piece(&self, id: u32) -> String {
        self.pieces(&[id]).pop().unwrap_or_default()
    }

    /// The piece on one line and with its edges visible: for lists of tokens.
    pub fn listed(&self, id: u32) -> String {
        let piece = self.piece(id).replace('\n', self.glyphs.line_break);
        match piece.strip_prefix(' ') {
            Some(rest) => format!("{}{rest}", self.glyphs.space),
            None => piece,
        }
    }

    /// What stands for a control token.
    fn sign(&self, id: u32) -> Option<&str> {
        if id == self.mask {
            Some(self.glyphs.mask)
        } else if self.eos.contains(&id) {
            Some(self.glyphs.end)
        } else if self.tokenizer.is_special(id) {
            Some(self.glyphs.control)
        } else {
            None
        }
    }

    /// Decodes `bytes` and hands every grapheme to the token in which it begins.
    fn place(&self, bytes: &mut Vec<u8>, owners: &mut Vec<usize>, pieces: &mut [String]) {
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            for (offset, grapheme) in chunk.valid().grapheme_indices(true) {
                push_safe(&mut pieces[owners[at + offset]], grapheme, self.glyphs);
            }
            at += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                pieces[owners[at]].push_str(self.glyphs.broken);
                at += chunk.invalid().len();
            }
        }
        bytes.clear();
        owners.clear();
    }
}

/// Appends `grapheme`, or a sign for what must not reach a terminal.
pub(super) fn push_safe(piece: &mut String, grapheme: &str, glyphs: &Glyphs) {
    if grapheme == "\n" || grapheme == "\r\n" {
        piece.push('\n');
    } else if glyphs.ascii_only && !grapheme.is_ascii() {
        piece.push_str(glyphs.broken);
    } else if grapheme == "\t" {
        piece.push_str(glyphs.tab);
    } else if grapheme.chars().any(|c| c.is_control() || is_invisible(c)) {
        for c in grapheme.chars() {
            push_char(piece, c, glyphs);
        }
    } else if grapheme.width() == 0 {
        // A combining mark with nothing to stand on.
        piece.push_str(glyphs.base);
        piece.push_str(grapheme);
    } else {
        piece.push_str(grapheme);
    }
}

fn push_char(piece: &mut String, c: char, glyphs: &Glyphs) {
    match c {
        // The joiner and the variation selectors are part of an emoji, and harmless within one.
        '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' if !piece.is_empty() => piece.push(c),
        '\0'..='\x1f' if !glyphs.ascii_only => {
            piece.extend(char::from_u32(0x2400 + c as u32));
        }
        '\x7f' if !glyphs.ascii_only => piece.push('\u{2421}'),
        c if c.is_control() || is_invisible(c) => piece.push_str(glyphs.control),
        c => piece.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::glyphs::{ASCII, UNICODE};

    fn token_text(glyphs: &'static Glyphs) -> (TokenText, Arc<Tokenizer>) {
        let json = crate::model::bundled::ALL[0].tokenizer;
        let tokenizer = Arc::new(Tokenizer::from_json("stories", json).unwrap());
        let vocabulary = Vocabulary {
            size: 2048,
            drawable: 2048,
            mask: 1,
            eos: vec![0],
            turn_ends: Vec::new(),
            stops: Vec::new(),
            special: vec![0, 1],
        };
        (TokenText::new(Arc::clone(&tokenizer), &vocabulary, glyphs), tokenizer)
    }

    fn shown(text: &str) -> String {
        let (token_text, tokenizer) = token_text(&UNICODE);
        token_text.pieces(&tokenizer.encode(text).unwrap()).concat()
    }

    #[test]
    fn ordinary_text_is_itself() {
        for text in ["Once upon a time.\n\nYes", "日本語", "e\u{301}te\u{301}", "🎈 naïve"] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn control_codes_never_come_through() {
        assert_eq!(shown("\x1b]0;x\x07"), "␛]0;x␇");
        assert_eq!(shown("\x1b[2J"), "␛[2J");
        assert_eq!(shown("a\tb\r\nc\rd\x7f"), "a→b\nc␍d␡");
        assert_eq!(shown("\u{9b}2J\u{202e}abc\u{200b}"), "¤2J¤abc¤");
        for byte in 0..=u8::MAX {
            let (token_text, tokenizer) = token_text(&UNICODE);
            let id = (0..2048).find(|id| tokenizer.bytes(*id) == [byte]).unwrap();
            let piece = token_text.piece(id);
            assert!(!piece.is_empty());
            assert!(byte == b'\n' || !piece.chars().any(char::is_control), "{byte}: {piece:?}");
        }
    }

    #[test]
    fn a_split_character_stands_where_it_begins() {
        let (token_text, tokenizer) = token_text(&UNICODE);
        let ids = tokenizer.encode("x🎈y").unwrap();
        assert!(ids.len() > 3, "the vocabulary knows no balloon");
        let pieces = token_text.pieces(&ids);
        assert_eq!(pieces.concat(), "x🎈y");
        assert!(pieces.iter().any(|piece| piece.contains('🎈')));
        let half = token_text.pieces(&ids[..3]);
        assert!(half.concat().starts_with("x\u{fffd}"), "{half:?}");
    }

    #[test]
    fn marks_get_something_to_stand_on_and_joined_emoji_stay_joined() {
        assert_eq!(shown("\u{301}"), "◌\u{301}");
        assert_eq!(shown("👩\u{200d}🚀"), "👩\u{200d}🚀");
    }

    #[test]
    fn ascii_is_ascii() {
        let (token_text, tokenizer) = token_text(&ASCII);
        let text = "\x1b é 日本 👩\u{200d}🚀 \u{301} \u{7f}\t";
        let shown = token_text.pieces(&tokenizer.encode(text).unwrap()).concat();
        assert!(shown.is_ascii(), "{shown:?}");
    }
}
