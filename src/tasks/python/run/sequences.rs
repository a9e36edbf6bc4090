//! What goes through an iterable as a whole: sums, extremes, sorting; and numbers made of texts.

use super::compare::whole;
use super::exceptions::ExceptionType;
use super::machine::{Args, Machine, Run};
use super::operators::as_int;
use super::tree::Binary;
use super::value::{Object, Value};

impl Machine<'_> {
    /// `sum(iterable, start)`.
    pub fn sum(&mut self, mut args: Args) -> Run<Value> {
        let start = self.take_named(&mut args, "start");
        let args = self.positional("sum", args, 1, 2)?;
        let mut total = args.get(1).copied().or(start).unwrap_or(Value::Int(0));
        if matches!(self.heap.object(total), Some(Object::Str(_))) {
            return Err(self.type_error("sum() can't sum strings"));
        }
        let iterator = self.iter(args[0])?;
        while let Some(value) = self.next(iterator)? {
            self.work(4)?;
            total = self.binary(Binary::Add, total, value)?;
        }
        Ok(total)
    }

    /// `max` and `min`.
    pub fn extreme(&mut self, is_max: bool, mut args: Args) -> Run<Value> {
        let name = if is_max { "max" } else { "min" };
        let key = self.take_named(&mut args, "key").filter(|key| *key != Value::None);
        let default = self.take_named(&mut args, "default");
        let args = self.positional(name, args, 1, usize::MAX)?;
        let iterator = match args[..] {
            [iterable] => self.iter(iterable)?,
            _ if default.is_some() => {
                return Err(self.type_error("a default goes with a single iterable"));
            }
            _ => self.new_iter(super::iterate::Iter::Values { items: args, at: 0 })?,
        };
        let mut best: Option<(Value, Value)> = None;
        while let Some(value) = self.next(iterator)? {
            let rank = match key {
                Some(key) => self.call_with(key, &[value])?,
                None => value,
            };
            let is_better = match best {
                None => true,
                Some((_, known)) if is_max => self.less(known, rank)?,
                Some((_, known)) => self.less(rank, known)?,
            };
            if is_better {
                best = Some((value, rank));
            }
        }
        match best.map(|(value, _)| value).or(default) {
            Some(value) => Ok(value),
            None => Err(self.value_error(format!("{name}() arg is an empty sequence"))),
        }
    }

    /// `sorted(iterable, key=..., reverse=...)`.
    pub fn sorted(&mut self, mut args: Args) -> Run<Value> {
        let key = self.take_named(&mut args, "key");
        let reverse = self.take_named(&mut args, "reverse");
        let args = self.positional("sorted", args, 1, 1)?;
        let is_plain = key.is_none_or(|key| key == Value::None);
        let items = match self.heap.object(args[0]) {
            // values that are equal may still be told from each other, and then the order shows
            Some(Object::Set(_)) if is_plain => self.elements(args[0])?,
            _ => self.collect(args[0])?,
        };
        let items = self.sort(items, key, reverse)?;
        self.list(items)
    }

    /// Sorts values; those that are equal stay in their order.
    pub fn sort(
        &mut self,
        items: Vec<Value>,
        key: Option<Value>,
        reverse: Option<Value>,
    ) -> Run<Vec<Value>> {
        let is_reversed = match reverse {
            Some(reverse) if as_int(reverse).is_none() => {
                return Err(self.type_error("reverse wants a truth value"));
            }
            Some(reverse) => self.truth(reverse)?,
            None => false,
        };
        let mut ranked = Vec::with_capacity(items.len());
        for item in items {
            let rank = match key.filter(|key| *key != Value::None) {
                Some(key) => self.call_with(key, &[item])?,
                None => item,
            };
            ranked.push((rank, item));
        }
        let ranked = self.merge_sort(ranked, is_reversed)?;
        Ok(ranked.into_iter().map(|(_, item)| item).collect())
    }

    /// Merges ever longer runs: comparisons may fail, which the standard library's sort cannot.
    fn merge_sort(
        &mut self,
        mut items: Vec<(Value, Value)>,
        is_reversed: bool,
    ) -> Run<Vec<(Value, Value)>> {
        let mut width = 1;
        while width < items.len() {
            let mut merged = Vec::with_capacity(items.len());
            for pair in items.chunks(2 * width) {
                let (left, right) = pair.split_at(width.min(pair.len()));
                self.merge(left, right, is_reversed, &mut merged)?;
            }
            items = merged;
            width *= 2;
        }
        Ok(items)
    }

    fn merge<'v>(
        &mut self,
        mut left: &'v [(Value, Value)],
        mut right: &'v [(Value, Value)],
        is_reversed: bool,
        merged: &mut Vec<(Value, Value)>,
    ) -> Run<()> {
        while let (Some(one), Some(other)) = (left.first(), right.first()) {
            self.work(2)?;
            let is_right_first =
                if is_reversed { self.less(one.0, other.0)? } else { self.less(other.0, one.0)? };
            let taken = if is_right_first { &mut right } else { &mut left };
            merged.extend(taken.first());
            *taken = &taken[1..];
        }
        merged.extend(left.iter().chain(right));
        Ok(())
    }

    /// `int(value, base)`.
    pub fn new_int(&mut self, value: Value, base: Option<Value>) -> Run<Value> {
        let radix = match base.map(as_int) {
            None => 10,
            Some(Some(base @ (0 | 2..=36))) => base as u32,
            Some(Some(_)) => {
                return Err(self.value_error("int() base must be >= 2 and <= 36, or 0"));
            }
            Some(None) => return Err(self.type_error("int() wants an integer as base")),
        };
        if let Some(text) = self.heap.text(value) {
            let text = text.text.trim_matches(super::methods_str::is_space).to_owned();
            self.work(text.len() / 8)?;
            return match radix {
                0 => Err(self.not_supported("int() with base 0")),
                _ => self.parse_int(&text, radix),
            };
        }
        if base.is_some() {
            return Err(self.type_error("int() can't convert non-string with explicit base"));
        }
        match value {
            Value::Float(float) if float.is_infinite() => {
                Err(self.fail(ExceptionType::OVERFLOW, "cannot convert float infinity to integer"))
            }
            Value::Float(float) => self.int(whole(float.trunc())),
            _ => match as_int(value) {
                Some(int) => Ok(Value::Int(int)),
                None => Err(self.type_error("int() wants a string or a number")),
            },
        }
    }

    fn parse_int(&mut self, text: &str, base: u32) -> Run<Value> {
        if !text.is_ascii() {
            return Err(self.not_supported("digits beyond ASCII"));
        }
        let (is_negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let prefix = match base {
            2 => "0b",
            8 => "0o",
            16 => "0x",
            _ => "",
        };
        let has_prefix = !prefix.is_empty()
            && digits.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let digits = if has_prefix { &digits[2..] } else { digits };
        // an underscore may stand between digits, and behind a prefix
        let digits = if has_prefix { digits.strip_prefix('_').unwrap_or(digits) } else { digits };
        let is_number = !digits.is_empty()
            && digits
                .split('_')
                .all(|part| !part.is_empty() && part.chars().all(|char| char.is_digit(base)));
        if !is_number {
            return Err(self.value_error("invalid literal for int()"));
        }
        let mut number = Some(0i64);
        for digit in digits.chars().filter_map(|char| char.to_digit(base)) {
            number = number.and_then(|number| number.checked_mul(i64::from(base)));
            number = number.and_then(|number| number.checked_sub(i64::from(digit)));
        }
        self.int(if is_negative { number } else { number.and_then(i64::checked_neg) })
    }

    /// `float(value)`.
    pub fn new_float(&mut self, value: Value) -> Run<Value> {
        if let Some(text) = self.heap.text(value) {
            let text = text.text.trim_matches(super::methods_str::is_space).to_owned();
            self.work(text.len() / 8)?;
            if text.contains('_') || !text.is_ascii() {
                return Err(self.not_supported("such digits of a float"));
            }
            return match text.parse::<f64>() {
                Ok(float) => self.float(float),
                Err(_) => Err(self.value_error("could not convert string to float")),
            };
        }
        match super::operators::as_float(value) {
            Some(float) => Ok(Value::Float(float)),
            None => Err(self.type_error("float() wants a string or a number")),
        }
    }

    /// A string of one character.
    pub fn char(&mut self, char: char) -> Run<Value> {
        if let Some(known) = self.one_char(char) {
            return Ok(known);
        }
        let value = self.string(String::from(char))?;
        self.keep_char(char, value);
        Ok(value)
    }
}
