//! The methods of strings. Positions count characters.

use super::exceptions::ExceptionType;
use super::machine::{Args, PythonMachine, Run};
use super::numbers::as_int;
use super::value::{Object, PythonValue};

/// What Python takes for white space.
pub fn is_space(char: char) -> bool {
    matches!(char, '\t'..='\r' | '\u{1c}'..='\u{1f}' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}')
        || matches!(
            char,
            '\u{2000}'
                ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
        )
}

/// The byte at which a character begins, or the end.
fn byte_at(text: &str, chars: usize) -> usize {
    match text.is_ascii() {
        true => chars.min(text.len()),
        false => text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at),
    }
}

impl PythonMachine<'_> {
    /// Calls a method of a string.
    pub fn call_str_method(
        &mut self,
        receiver: PythonValue,
        word: &str,
        args: Args,
    ) -> Run<PythonValue> {
        let Some(text) = self.heap.text(receiver).map(|text| text.text.to_string()) else {
            return Ok(PythonValue::None);
        };
        self.work(1 + text.len() / 4)?;
        match word {
            "upper" | "lower" | "title" | "capitalize" | "swapcase" | "casefold" => {
                self.positional(word, args, 0, 0)?;
                self.in_case(&text, word)
            }
            "strip" | "lstrip" | "rstrip" => self.strip(&text, word, args),
            "isdigit" | "isalpha" | "isalnum" | "isspace" | "isupper" | "islower" | "isdecimal"
            | "isnumeric" | "isascii" | "isidentifier" | "istitle" => {
                self.positional(word, args, 0, 0)?;
                self.is_all(&text, word)
            }
            "split" | "rsplit" => self.split(&text, word, args),
            "splitlines" => {
                if !args.positional.is_empty() || !args.named.is_empty() {
                    return Err(self.not_supported("splitlines(keepends)"));
                }
                self.split_lines(&text)
            }
            "join" => self.join(&text, args),
            "replace" => self.replace(&text, args),
            "find" | "rfind" | "index" | "rindex" | "count" => self.find(&text, word, args),
            "startswith" | "endswith" => self.starts_with(&text, word, args),
            "format" => {
                let text = self.format_fields(&text, args)?;
                self.string(text)
            }
            "center" | "ljust" | "rjust" | "zfill" => self.pad(&text, word, args),
            "partition" | "rpartition" => self.partition(receiver, &text, word, args),
            "removeprefix" | "removesuffix" => {
                let args = self.positional(word, args, 1, 1)?;
                let part = self.str_arg(word, args[0])?;
                let rest = match word {
                    "removeprefix" => text.strip_prefix(part.as_str()),
                    _ => text.strip_suffix(part.as_str()),
                };
                self.string(rest.unwrap_or(&text))
            }
            _ => Err(self.not_supported(format!("the method {word} of a string"))),
        }
    }

    fn str_arg(&mut self, word: &str, value: PythonValue) -> Run<String> {
        match self.heap.text(value) {
            Some(text) => Ok(text.text.to_string()),
            None => Err(self.type_error(format!("{word}() wants a string"))),
        }
    }

    fn int_arg(&mut self, word: &str, value: PythonValue) -> Run<i64> {
        match as_int(value) {
            Some(int) => Ok(int),
            None => Err(self.type_error(format!("{word}() wants an integer"))),
        }
    }

    fn in_case(&mut self, text: &str, word: &str) -> Run<PythonValue> {
        let changed = match word {
            "upper" => text.to_uppercase(),
            "lower" => text.to_lowercase(),
            _ if !text.is_ascii() => return Err(self.not_supported("case beyond ASCII")),
            "casefold" => text.to_ascii_lowercase(),
            "swapcase" => text.chars().map(swapped_case).collect(),
            _ => {
                let is_title = word == "title";
                let mut is_start = true;
                let mut changed = String::with_capacity(text.len());
                for char in text.chars() {
                    changed.push(if is_start {
                        char.to_ascii_uppercase()
                    } else {
                        char.to_ascii_lowercase()
                    });
                    is_start = is_title && !char.is_ascii_alphabetic();
                }
                changed
            }
        };
        self.string(changed)
    }

    fn is_all(&mut self, text: &str, word: &str) -> Run<PythonValue> {
        if word == "isascii" {
            return Ok(PythonValue::Bool(text.is_ascii()));
        }
        if word == "isspace" {
            return Ok(PythonValue::Bool(!text.is_empty() && text.chars().all(is_space)));
        }
        if !text.is_ascii() {
            return Err(self.not_supported("kinds of characters beyond ASCII"));
        }
        let bytes = text.as_bytes();
        let has_letters = bytes.iter().any(u8::is_ascii_alphabetic);
        let verdict = match word {
            "isupper" => has_letters && !bytes.iter().any(u8::is_ascii_lowercase),
            "islower" => has_letters && !bytes.iter().any(u8::is_ascii_uppercase),
            "isalpha" => !bytes.is_empty() && bytes.iter().all(u8::is_ascii_alphabetic),
            "isalnum" => !bytes.is_empty() && bytes.iter().all(u8::is_ascii_alphanumeric),
            "istitle" => {
                let mut is_start = true;
                let mut is_title = has_letters;
                for byte in bytes {
                    is_title &=
                        !byte.is_ascii_alphabetic() || byte.is_ascii_uppercase() == is_start;
                    is_start = !byte.is_ascii_alphabetic();
                }
                is_title
            }
            "isidentifier" => {
                !bytes.is_empty()
                    && !bytes[0].is_ascii_digit()
                    && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            }
            _ => !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit),
        };
        Ok(PythonValue::Bool(verdict))
    }

    fn strip(&mut self, text: &str, word: &str, args: Args) -> Run<PythonValue> {
        let args = self.positional(word, args, 0, 1)?;
        let chars = match args.first().copied().unwrap_or(PythonValue::None) {
            PythonValue::None => None,
            chars => Some(self.str_arg(word, chars)?),
        };
        if let Some(chars) = &chars {
            self.work(text.len().saturating_mul(chars.len()) / 16)?;
        }
        let is_stripped = |char: char| match &chars {
            Some(chars) => chars.contains(char),
            None => is_space(char),
        };
        let stripped = match word {
            "strip" => text.trim_matches(is_stripped),
            "lstrip" => text.trim_start_matches(is_stripped),
            _ => text.trim_end_matches(is_stripped),
        };
        self.string(stripped)
    }

    fn split(&mut self, text: &str, word: &str, mut args: Args) -> Run<PythonValue> {
        let named_sep = self.take_named(&mut args, "sep");
        let named_max = self.take_named(&mut args, "maxsplit");
        let args = self.positional(word, args, 0, 2)?;
        let sep = args.first().copied().or(named_sep).unwrap_or(PythonValue::None);
        let most = args.get(1).copied().or(named_max).unwrap_or(PythonValue::Int(-1));
        let most = usize::try_from(self.int_arg(word, most)?).unwrap_or(usize::MAX);
        let is_from_right = word == "rsplit";
        let parts: Vec<&str> = if sep == PythonValue::None {
            split_at_space(text, most, is_from_right)
        } else {
            let sep = self.str_arg(word, sep)?;
            if sep.is_empty() {
                return Err(self.value_error("empty separator"));
            }
            let most = most.saturating_add(1);
            if is_from_right {
                let mut parts: Vec<&str> = text.rsplitn(most, sep.as_str()).collect();
                parts.reverse();
                return self.strings(&parts);
            }
            return self.strings(&text.splitn(most, sep.as_str()).collect::<Vec<_>>());
        };
        self.strings(&parts)
    }

    fn strings(&mut self, parts: &[&str]) -> Run<PythonValue> {
        let strings = parts.iter().map(|part| self.string(*part)).collect::<Run<_>>()?;
        self.list(strings)
    }

    fn split_lines(&mut self, text: &str) -> Run<PythonValue> {
        let is_other_break = |char| {
            matches!(char, '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
        };
        if text.contains(is_other_break) {
            return Err(self.not_supported("unusual line breaks"));
        }
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut parts: Vec<&str> = lines.split('\n').collect();
        if parts.last().is_some_and(|last| last.is_empty()) {
            parts.pop();
        }
        self.strings(&parts)
    }

    fn join(&mut self, text: &str, args: Args) -> Run<PythonValue> {
        let args = self.positional("join", args, 1, 1)?;
        let mut joined = String::new();
        for (index, item) in self.collect(args[0])?.into_iter().enumerate() {
            let part = self.str_arg("join", item)?;
            if index > 0 {
                joined.push_str(text);
            }
            joined.push_str(&part);
            self.work(1 + (part.len() + text.len()) / 16)?;
            self.check_room(joined.len() / 8)?;
        }
        self.string(joined)
    }

    fn replace(&mut self, text: &str, args: Args) -> Run<PythonValue> {
        let args = self.positional("replace", args, 2, 3)?;
        let old = self.str_arg("replace", args[0])?;
        let new = self.str_arg("replace", args[1])?;
        let most = self.int_arg("replace", args.get(2).copied().unwrap_or(PythonValue::Int(-1)))?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let times = text.matches(old.as_str()).count().min(most);
        let grown = times.saturating_mul(new.len()).saturating_add(text.len());
        self.check_room(grown / 8)?;
        self.string(text.replacen(old.as_str(), &new, most))
    }

    /// The part of a string that optional positions cut out: where it begins, in characters, and its bytes.
    fn window<'t>(
        &mut self,
        text: &'t str,
        word: &str,
        bounds: &[PythonValue],
    ) -> Run<Option<(usize, &'t str)>> {
        let len = text.chars().count() as i64;
        let mut ends = [0, len];
        for (end, bound) in ends.iter_mut().zip(bounds) {
            if *bound != PythonValue::None {
                let at = self.int_arg(word, *bound)?;
                *end = if at < 0 { at.saturating_add(len).max(0) } else { at };
            }
        }
        let [start, stop] = ends;
        if start > len || start > stop.min(len) {
            return Ok(None);
        }
        let bytes = byte_at(text, start as usize)..byte_at(text, stop.min(len) as usize);
        Ok(Some((start as usize, &text[bytes])))
    }

    fn find(&mut self, text: &str, word: &str, args: Args) -> Run<PythonValue> {
        let args = self.positional(word, args, 1, 3)?;
        let part = self.str_arg(word, args[0])?;
        let window = self.window(text, word, &args[1..])?;
        if word == "count" {
            let count = window.map_or(0, |(_, window)| window.matches(part.as_str()).count());
            return self.size(count);
        }
        let found = window.and_then(|(start, window)| {
            let at = if word.starts_with('r') { window.rfind(&part) } else { window.find(&part) };
            at.map(|at| start + window[..at].chars().count())
        });
        match found {
            Some(at) => self.size(at),
            None if word.ends_with("find") => Ok(PythonValue::Int(-1)),
            None => Err(self.value_error("substring not found")),
        }
    }

    fn starts_with(&mut self, text: &str, word: &str, args: Args) -> Run<PythonValue> {
        let args = self.positional(word, args, 1, 3)?;
        let parts = match self.heap.object(args[0]) {
            Some(Object::Tuple(items)) => items.clone(),
            _ => vec![args[0]],
        };
        let window = self.window(text, word, &args[1..])?;
        for part in parts {
            let part = self.str_arg(word, part)?;
            let fits = |window: &str| match word {
                "startswith" => window.starts_with(part.as_str()),
                _ => window.ends_with(part.as_str()),
            };
            if window.is_some_and(|(_, window)| fits(window)) {
                return Ok(PythonValue::Bool(true));
            }
        }
        Ok(PythonValue::Bool(false))
    }

    fn pad(&mut self, text: &str, word: &str, args: Args) -> Run<PythonValue> {
        let args = self.positional(word, args, 1, 1 + usize::from(word != "zfill"))?;
        let width = usize::try_from(self.int_arg(word, args[0])?).unwrap_or(0);
        let fill = match args.get(1) {
            Some(fill) => self.str_arg(word, *fill)?,
            None => " ".to_owned(),
        };
        let mut chars = fill.chars();
        let (Some(fill), None) = (chars.next(), chars.next()) else {
            return Err(self.type_error("The fill character must be exactly one character long"));
        };
        let len = text.chars().count();
        let missing = width.saturating_sub(len);
        self.check_room(missing / 2)?;
        let fill = |count: usize| String::from(fill).repeat(count);
        let padded = match word {
            "ljust" => format!("{text}{}", fill(missing)),
            "rjust" => format!("{}{text}", fill(missing)),
            "center" => {
                // where the halves differ, the left one is larger only in an odd width
                let left = missing / 2 + (missing & width & 1);
                format!("{}{text}{}", fill(left), fill(missing - left))
            }
            _ => {
                let sign = text.chars().next().filter(|char| matches!(char, '+' | '-'));
                let (sign, digits) = text.split_at(sign.map_or(0, char::len_utf8));
                format!("{sign}{}{digits}", "0".repeat(missing))
            }
        };
        self.string(padded)
    }

    fn partition(
        &mut self,
        receiver: PythonValue,
        text: &str,
        word: &str,
        args: Args,
    ) -> Run<PythonValue> {
        let args = self.positional(word, args, 1, 1)?;
        let sep = self.str_arg(word, args[0])?;
        if sep.is_empty() {
            return Err(self.fail(ExceptionType::VALUE, "empty separator"));
        }
        let is_from_right = word == "rpartition";
        let split = if is_from_right { text.rsplit_once(&sep) } else { text.split_once(&sep) };
        let empty = self.string("")?;
        let parts = match split {
            Some((left, right)) => {
                let left = self.string(left)?;
                vec![left, args[0], self.string(right)?]
            }
            None if is_from_right => vec![empty, empty, receiver],
            None => vec![receiver, empty, empty],
        };
        self.tuple(parts)
    }
}

fn swapped_case(char: char) -> char {
    match char.is_ascii_lowercase() {
        true => char.to_ascii_uppercase(),
        false => char.to_ascii_lowercase(),
    }
}

/// Words between stretches of white space, at most so many cut off; what is left keeps its spaces inside.
fn split_at_space(text: &str, most: usize, is_from_right: bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_matches(is_space);
    if is_from_right {
        while !rest.is_empty() && parts.len() < most {
            let at = rest.char_indices().rev().find(|(_, char)| is_space(*char));
            let Some((at, space)) = at else {
                break;
            };
            parts.push(&rest[at + space.len_utf8()..]);
            rest = rest[..at].trim_end_matches(is_space);
        }
    } else {
        while !rest.is_empty() && parts.len() < most {
            let Some(at) = rest.find(is_space) else {
                break;
            };
            parts.push(&rest[..at]);
            rest = rest[at..].trim_start_matches(is_space);
        }
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    if is_from_right {
        parts.reverse();
    }
    parts
}
