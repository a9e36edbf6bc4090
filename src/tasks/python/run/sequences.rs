//! What goes through an iterable as a whole: sums, extremes, sorting; and numbers made of texts.

use super::machine::{Args, PythonMachine, Run};
use super::numbers::as_int;
use super::tree::Binary;
use super::value::{Object, PythonValue};

impl PythonMachine<'_> {
    /// `sum(iterable, start)`.
    pub fn sum(&mut self, mut args: Args) -> Run<PythonValue> {
        let start = self.take_named(&mut args, "start");
        let args = self.positional("sum", args, 1, 2)?;
        let mut total = args.get(1).copied().or(start).unwrap_or(PythonValue::Int(0));
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
    pub fn extreme(&mut self, is_max: bool, mut args: Args) -> Run<PythonValue> {
        let name = if is_max { "max" } else { "min" };
        let key = self.take_named(&mut args, "key").filter(|key| *key != PythonValue::None);
        let default = self.take_named(&mut args, "default");
        let args = self.positional(name, args, 1, usize::MAX)?;
        let iterator = match args[..] {
            [iterable] => self.iter(iterable)?,
            _ if default.is_some() => {
                return Err(self.type_error("a default goes with a single iterable"));
            }
            _ => self.new_iter(super::iterate::Iter::Values { items: args, at: 0 })?,
        };
        let mut best: Option<(PythonValue, PythonValue)> = None;
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
    pub fn sorted(&mut self, mut args: Args) -> Run<PythonValue> {
        let key = self.take_named(&mut args, "key");
        let reverse = self.take_named(&mut args, "reverse");
        let args = self.positional("sorted", args, 1, 1)?;
        let is_plain = key.is_none_or(|key| key == PythonValue::None);
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
        items: Vec<PythonValue>,
        key: Option<PythonValue>,
        reverse: Option<PythonValue>,
    ) -> Run<Vec<PythonValue>> {
        let is_reversed = match reverse {
            Some(reverse) if as_int(reverse).is_none() => {
                return Err(self.type_error("reverse wants a truth value"));
            }
            Some(reverse) => self.truth(reverse)?,
            None => false,
        };
        let ranked = self.ranked(items, key)?;
        let ranked = self.merge_sort(ranked, is_reversed)?;
        Ok(ranked.into_iter().map(|(_, item)| item).collect())
    }

    /// Values with what they are sorted by.
    fn ranked(
        &mut self,
        items: Vec<PythonValue>,
        key: Option<PythonValue>,
    ) -> Run<Vec<(PythonValue, PythonValue)>> {
        let mut ranked = Vec::with_capacity(items.len());
        for item in items {
            let rank = match key.filter(|key| *key != PythonValue::None) {
                Some(key) => self.call_with(key, &[item])?,
                None => item,
            };
            ranked.push((rank, item));
        }
        Ok(ranked)
    }

    /// Merges ever longer runs: comparisons may fail, which the standard library's sort cannot.
    fn merge_sort(
        &mut self,
        mut items: Vec<(PythonValue, PythonValue)>,
        is_reversed: bool,
    ) -> Run<Vec<(PythonValue, PythonValue)>> {
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
        mut left: &'v [(PythonValue, PythonValue)],
        mut right: &'v [(PythonValue, PythonValue)],
        is_reversed: bool,
        merged: &mut Vec<(PythonValue, PythonValue)>,
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

    /// A string of one character.
    pub fn char(&mut self, char: char) -> Run<PythonValue> {
        if let Some(known) = self.one_char(char) {
            return Ok(known);
        }
        let value = self.string(String::from(char))?;
        self.keep_char(char, value);
        Ok(value)
    }
}
