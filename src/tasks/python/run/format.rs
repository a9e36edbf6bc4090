//! `str`, `repr` and the formats of f-strings.

use super::format_spec::{Spec, float_repr, grouped};
use super::iterate::SetOrder;
use super::machine::{Args, PythonMachine, Run};
use super::numbers::{as_float, as_int};
use super::value::{Object, PythonValue, Type, View};

impl PythonMachine<'_> {
    /// `str(value)`.
    pub fn str(&mut self, value: PythonValue) -> Run<String> {
        if let Some(text) = self.heap.text(value) {
            let text = text.text.to_string();
            self.work(text.len() / 16)?;
            return Ok(text);
        }
        if let Some(made) = self.call_own(value, "__str__", &[])? {
            return self.made_text(made, "__str__");
        }
        let has_repr = self.own_method(value, "__repr__").is_some();
        match self.raised(value) {
            Some(_) if !has_repr => self.exception_text(value),
            Some(_) => Err(self.not_supported("an exception with __repr__")),
            None => self.repr(value),
        }
    }

    fn made_text(&mut self, made: PythonValue, method: &str) -> Run<String> {
        match self.heap.text(made) {
            Some(text) => Ok(text.text.to_string()),
            None => Err(self.type_error(format!("{method} returned non-string"))),
        }
    }

    /// `repr(value)`.
    pub fn repr(&mut self, value: PythonValue) -> Run<String> {
        self.work(4)?;
        let handle = match value {
            PythonValue::None | PythonValue::Unset => return Ok("None".to_owned()),
            PythonValue::Bool(true) => return Ok("True".to_owned()),
            PythonValue::Bool(false) => return Ok("False".to_owned()),
            PythonValue::Int(int) => return Ok(int.to_string()),
            PythonValue::Float(float) => return Ok(float_repr(float)),
            PythonValue::Ellipsis => return Ok("Ellipsis".to_owned()),
            PythonValue::NotImplemented => return Ok("NotImplemented".to_owned()),
            PythonValue::Type(kind) => return Ok(format!("<class '{}'>", kind.name())),
            PythonValue::Builtin(_) => return Err(self.not_supported("the text of a function")),
            PythonValue::Object(handle) => handle,
        };
        match self.heap.get(handle) {
            Object::Str(text) => {
                let text = text.text.to_string();
                self.work(text.len() / 8)?;
                self.quoted(&text)
            }
            Object::List(items) => {
                let items = items.clone();
                Ok(format!("[{}]", self.reprs(&items)?))
            }
            Object::Tuple(items) => {
                let items = items.clone();
                let comma = if items.len() == 1 { "," } else { "" };
                Ok(format!("({}{comma})", self.reprs(&items)?))
            }
            Object::Set(set) => {
                if set.is_empty() {
                    return Ok("set()".to_owned());
                }
                let items = self.set_items(handle)?;
                Ok(format!("{{{}}}", self.reprs(&items)?))
            }
            Object::Dict(dict) => {
                let entries: Vec<_> = dict.entries().collect();
                Ok(format!("{{{}}}", self.pair_reprs(&entries)?))
            }
            Object::View { dict, view } => {
                let view = *view;
                let entries: Vec<_> =
                    self.heap.dict(*dict).map(|dict| dict.entries().collect()).unwrap_or_default();
                self.view_repr(view, entries)
            }
            Object::Range { start, stop, step: 1 } => Ok(format!("range({start}, {stop})")),
            Object::Range { start, stop, step } => Ok(format!("range({start}, {stop}, {step})")),
            Object::Instance(instance) => {
                let is_exception = matches!(instance.class, PythonValue::Type(Type::Exception(_)));
                match self.call_own(value, "__repr__", &[])? {
                    Some(made) => self.made_text(made, "__repr__"),
                    None if is_exception => self.exception_repr(value),
                    None => Err(self.not_supported("the text of an object without __repr__")),
                }
            }
            _ => Err(self.not_supported("the text of such a value")),
        }
    }

    /// The text of a value for whoever reads what came of a run: the order of sets in it does not count.
    pub fn repr_to_tell(&mut self, value: PythonValue) -> Option<String> {
        let around = (self.set_order, self.order_was_asked);
        self.set_order = SetOrder::Sorted;
        let text = self.repr(value).ok();
        (self.set_order, self.order_was_asked) = around;
        text
    }

    fn exception_repr(&mut self, value: PythonValue) -> Run<String> {
        let Some(raised) = self.raised(value).filter(|raised| raised.message.is_none()) else {
            return Err(self.not_supported("the words of Python's own errors"));
        };
        let args = raised.args.clone();
        Ok(format!("{}({})", self.type_name(value), self.reprs(&args)?))
    }

    fn reprs(&mut self, items: &[PythonValue]) -> Run<String> {
        self.sink()?;
        let texts = items.iter().map(|item| self.repr(*item)).collect::<Run<Vec<_>>>();
        self.rise();
        self.joined(texts?)
    }

    fn pair_reprs(&mut self, entries: &[(PythonValue, PythonValue)]) -> Run<String> {
        self.sink()?;
        let pair = |(key, value): &(PythonValue, PythonValue)| {
            Ok(format!("{}: {}", self.repr(*key)?, self.repr(*value)?))
        };
        let texts = entries.iter().map(pair).collect::<Run<Vec<_>>>();
        self.rise();
        self.joined(texts?)
    }

    fn joined(&mut self, texts: Vec<String>) -> Run<String> {
        let text = texts.join(", ");
        self.check_room(text.len() / 8)?;
        self.work(text.len() / 16)?;
        Ok(text)
    }

    fn view_repr(&mut self, view: View, entries: Vec<(PythonValue, PythonValue)>) -> Run<String> {
        match view {
            View::Keys => {
                let keys: Vec<_> = entries.into_iter().map(|(key, _)| key).collect();
                Ok(format!("dict_keys([{}])", self.reprs(&keys)?))
            }
            View::Values => {
                let values: Vec<_> = entries.into_iter().map(|(_, value)| value).collect();
                Ok(format!("dict_values([{}])", self.reprs(&values)?))
            }
            View::Items => {
                let mut pairs = Vec::new();
                for (key, value) in entries {
                    pairs.push(self.tuple(vec![key, value])?);
                }
                Ok(format!("dict_items([{}])", self.reprs(&pairs)?))
            }
        }
    }

    /// A string in quotes, with what cannot be seen escaped.
    fn quoted(&mut self, text: &str) -> Run<String> {
        let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
        let mut quoted = String::from(quote);
        for char in text.chars() {
            match char {
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                '\t' => quoted.push_str("\\t"),
                '\\' => quoted.push_str("\\\\"),
                _ if char == quote => quoted.extend(['\\', char]),
                _ if u32::from(char) < 0x20 || char == '\x7f' => {
                    quoted.push_str(&format!("\\x{:02x}", u32::from(char)));
                }
                _ if char.is_ascii() || char.is_alphanumeric() => quoted.push(char),
                _ => return Err(self.not_supported("the text of such a character")),
            }
        }
        quoted.push(quote);
        Ok(quoted)
    }

    /// `template.format(...)`, with fields `{}`, `{0}` and `{name}` and plain formats behind them.
    pub fn format_fields(&mut self, template: &str, args: Args) -> Run<String> {
        let mut text = String::new();
        let mut rest = template;
        let mut automatic = 0;
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if rest.starts_with(brace) {
                text.push_str(brace);
                rest = &rest[1..];
                continue;
            }
            let end =
                rest.find(['{', '}']).filter(|end| brace == "{" && rest[*end..].starts_with('}'));
            let Some(end) = end else {
                return Err(self.not_supported("such a template"));
            };
            let (field, spec) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
            rest = &rest[end + 1..];
            let value = if field.is_empty() {
                automatic += 1;
                args.positional.get(automatic - 1).copied()
            } else if field.bytes().all(|byte| byte.is_ascii_digit()) && automatic == 0 {
                field.parse().ok().and_then(|index: usize| args.positional.get(index).copied())
            } else {
                let id = self.id(field);
                args.named.iter().find(|(name, _)| Some(*name) == id).map(|(_, value)| *value)
            };
            let Some(value) = value else {
                return Err(self.not_supported("such a field of a template"));
            };
            text.push_str(&self.format(value, spec)?);
            self.work(1 + text.len() / 16)?;
        }
        text.push_str(rest);
        Ok(text)
    }

    /// `format(value, spec)`.
    pub fn format(&mut self, value: PythonValue, spec: &str) -> Run<String> {
        if spec.is_empty() {
            return self.str(value);
        }
        let Some(spec) = Spec::parse(spec) else {
            return Err(self.not_supported(format!("the format '{spec}'")));
        };
        self.check_room(spec.width / 2)?;
        if let Some(text) = self.heap.text(value) {
            let text = text.text.to_string();
            return self.format_text(&text, &spec);
        }
        let is_float_kind = matches!(spec.kind, 'f' | 'F' | 'e' | 'E' | '%' | 'g' | 'G');
        match (as_int(value), as_float(value)) {
            (Some(int), _) if !is_float_kind && !matches!(value, PythonValue::Bool(_)) => {
                self.format_int(int, &spec)
            }
            (_, Some(float)) if !matches!(value, PythonValue::Bool(_)) => {
                self.format_float(float, &spec)
            }
            _ => Err(self.not_supported("a format of such a value")),
        }
    }

    fn format_text(&mut self, text: &str, spec: &Spec) -> Run<String> {
        let is_of_numbers = spec.separator.is_some() || spec.has_prefix || spec.sign.is_some();
        if !matches!(spec.kind, ' ' | 's') || is_of_numbers || spec.align == Some('=') {
            return Err(self.value_error("not allowed in string format specifier"));
        }
        let text: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
        Ok(spec.pad("", &text, '<'))
    }

    fn format_int(&mut self, int: i64, spec: &Spec) -> Run<String> {
        if spec.precision.is_some() {
            return Err(self.value_error("Precision not allowed in integer format specifier"));
        }
        let size = int.unsigned_abs();
        let (prefix, digits, group) = match spec.kind {
            ' ' | 'd' => ("", size.to_string(), 3),
            'b' => ("0b", format!("{size:b}"), 4),
            'o' => ("0o", format!("{size:o}"), 4),
            'x' => ("0x", format!("{size:x}"), 4),
            'X' => ("0X", format!("{size:X}"), 4),
            _ => return Err(self.not_supported("such a format of an integer")),
        };
        let digits = match spec.separator {
            Some(_) if spec.fills_with_zeros() => {
                return Err(self.not_supported("zeros in groups"));
            }
            Some(',') if group == 4 => {
                return Err(self.value_error("Cannot specify ',' with this format"));
            }
            Some(separator) => grouped(&digits, separator, group),
            None => digits,
        };
        let prefix = if spec.has_prefix { prefix } else { "" };
        Ok(spec.pad(&format!("{}{prefix}", spec.sign(int < 0)), &digits, spec.align_of_numbers()))
    }

    fn format_float(&mut self, float: f64, spec: &Spec) -> Run<String> {
        if spec.has_prefix
            || float.is_infinite()
            || spec.precision.is_some_and(|precision| precision > 300)
        {
            return Err(self.not_supported("such a format of a float"));
        }
        let size = float.abs();
        let precision = spec.precision.unwrap_or(6);
        let body = match spec.kind {
            'f' | 'F' => format!("{size:.precision$}"),
            '%' => format!("{:.precision$}%", size * 100.0),
            'e' => {
                let text = format!("{size:.precision$e}");
                let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                let exponent: i32 = exponent.parse().unwrap_or(0);
                let sign = if exponent < 0 { '-' } else { '+' };
                format!("{digits}e{sign}{:02}", exponent.abs())
            }
            ' ' if spec.precision.is_none() => float_repr(size),
            _ => return Err(self.not_supported("such a format of a float")),
        };
        let body = match spec.separator {
            Some(_) if spec.fills_with_zeros() => {
                return Err(self.not_supported("zeros in groups"));
            }
            Some(separator) => {
                let end = body.find(|char: char| !char.is_ascii_digit()).unwrap_or(body.len());
                format!("{}{}", grouped(&body[..end], separator, 3), &body[end..])
            }
            None => body,
        };
        Ok(spec.pad(spec.sign(float.is_sign_negative()), &body, spec.align_of_numbers()))
    }
}
