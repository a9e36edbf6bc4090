//! Iterators: what `for`, comprehensions and builtins go through.

use super::exceptions::ExceptionType;
use super::machine::{PythonMachine, Run};
use super::value::{Handle, Object, PythonValue, View};

/// In which order the elements of sets come. Python says nothing of it; what hangs on it is found by
/// running a program in several orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOrder {
    Inserted,
    Reversed,
    /// The second half, then the first.
    Rotated,
    /// Ascending, as Python often has small integers.
    Sorted,
}

/// Where an iterator stands.
#[derive(Debug)]
pub enum Iter {
    /// Over a list that may change meanwhile, or a tuple.
    Sequence {
        of: PythonValue,
        at: usize,
    },
    Backwards {
        of: PythonValue,
        left: usize,
    },
    /// Over a string, from this byte on.
    Str {
        of: PythonValue,
        at: usize,
    },
    Range {
        next: i64,
        step: i64,
        left: u64,
    },
    Dict {
        dict: Handle,
        view: View,
        at: usize,
        len: usize,
        is_backwards: bool,
    },
    /// Over what was in a set.
    Set {
        set: Handle,
        items: Vec<PythonValue>,
        at: usize,
        len: usize,
    },
    /// What is at hand already.
    Values {
        items: Vec<PythonValue>,
        at: usize,
    },
    Enumerate {
        inner: Handle,
        count: i64,
    },
    Zip {
        inners: Vec<Handle>,
        strict: bool,
    },
    Map {
        function: PythonValue,
        inners: Vec<Handle>,
    },
    Filter {
        function: PythonValue,
        inner: Handle,
    },
    Generator {
        index: usize,
        frame: Handle,
        iterators: Vec<Handle>,
        is_done: bool,
    },
    /// An object of the program with `__next__`.
    Own(PythonValue),
    Done,
}

/// How many values a range has.
pub fn range_len(start: i64, stop: i64, step: i64) -> u64 {
    let (low, high) = if step > 0 { (start, stop) } else { (stop, start) };
    if low >= high {
        return 0;
    }
    (high.abs_diff(low) - 1) / step.unsigned_abs() + 1
}

impl PythonMachine<'_> {
    /// An iterator over a value.
    pub fn iter(&mut self, value: PythonValue) -> Run<Handle> {
        let PythonValue::Object(handle) = value else {
            let kind = self.type_name(value);
            return Err(self.type_error(format!("'{kind}' object is not iterable")));
        };
        let state = match self.heap.get(handle) {
            Object::Iterator(_) | Object::Taken => return Ok(handle),
            Object::List(_) | Object::Tuple(_) => Iter::Sequence { of: value, at: 0 },
            Object::Str(_) => Iter::Str { of: value, at: 0 },
            Object::Range { start, stop, step } => {
                Iter::Range { next: *start, step: *step, left: range_len(*start, *stop, *step) }
            }
            Object::Dict(dict) => Iter::Dict {
                dict: handle,
                view: View::Keys,
                at: 0,
                len: dict.len(),
                is_backwards: false,
            },
            Object::View { dict, view } => {
                let len = self.heap.dict(*dict).map_or(0, |dict| dict.len());
                Iter::Dict { dict: *dict, view: *view, at: 0, len, is_backwards: false }
            }
            Object::Set(_) => {
                let items = self.set_items(handle)?;
                Iter::Set { set: handle, len: items.len(), items, at: 0 }
            }
            Object::Instance(_) => return self.own_iter(value),
            _ => {
                let kind = self.type_name(value);
                return Err(self.type_error(format!("'{kind}' object is not iterable")));
            }
        };
        self.new_iter(state)
    }

    /// Puts an iterator on the heap.
    pub fn new_iter(&mut self, state: Iter) -> Run<Handle> {
        self.reserve(4)?;
        Ok(self.heap.push(Object::Iterator(state)))
    }

    /// The elements of a set, in the order of this run.
    pub fn set_items(&mut self, set: Handle) -> Run<Vec<PythonValue>> {
        let mut items: Vec<PythonValue> =
            self.heap.dict(set).map(|set| set.keys().collect()).unwrap_or_default();
        self.reserve(items.len())?;
        self.work(items.len())?;
        self.order_was_asked |= items.len() > 1;
        match self.set_order {
            SetOrder::Inserted => {}
            SetOrder::Reversed => items.reverse(),
            SetOrder::Rotated => {
                let half = items.len() / 2;
                items.rotate_left(half);
            }
            SetOrder::Sorted => {
                let mut keyed = Vec::with_capacity(items.len());
                for item in items {
                    keyed.push((self.key(item)?, item));
                }
                keyed.sort_by(|one, other| one.0.cmp(&other.0));
                items = keyed.into_iter().map(|(_, item)| item).collect();
            }
        }
        Ok(items)
    }

    /// The next value of an iterator.
    pub fn next(&mut self, iterator: Handle) -> Run<Option<PythonValue>> {
        self.work(4)?;
        self.sink()?;
        let taken = std::mem::replace(self.heap.get_mut(iterator), Object::Taken);
        let Object::Iterator(mut state) = taken else {
            *self.heap.get_mut(iterator) = taken;
            self.rise();
            return Err(self.not_supported("an iterator that asks itself"));
        };
        let next = self.advance(&mut state);
        self.rise();
        if matches!(next, Ok(None)) && !matches!(state, Iter::Own(_)) {
            state = Iter::Done;
        }
        *self.heap.get_mut(iterator) = Object::Iterator(state);
        next
    }

    fn advance(&mut self, state: &mut Iter) -> Run<Option<PythonValue>> {
        match state {
            Iter::Done => Ok(None),
            Iter::Sequence { of, at } => {
                let value = self.heap.sequence(*of).and_then(|items| items.get(*at).copied());
                *at += 1;
                Ok(value)
            }
            Iter::Backwards { of, left } => {
                let Some(at) = left.checked_sub(1) else {
                    return Ok(None);
                };
                *left = at;
                Ok(self.heap.sequence(*of).and_then(|items| items.get(at).copied()))
            }
            Iter::Str { of, at } => {
                let rest = self.heap.text(*of).and_then(|text| text.text.get(*at..));
                let Some(char) = rest.and_then(|rest| rest.chars().next()) else {
                    return Ok(None);
                };
                *at += char.len_utf8();
                self.char(char).map(Some)
            }
            Iter::Range { next, step, left } => {
                if *left == 0 {
                    return Ok(None);
                }
                let value = *next;
                *left -= 1;
                *next = next.wrapping_add(*step);
                Ok(Some(PythonValue::Int(value)))
            }
            Iter::Dict { dict, view, at, len, is_backwards } => {
                self.next_of_dict(*dict, *view, at, *len, *is_backwards)
            }
            Iter::Set { set, items, at, len } => {
                if self.heap.dict(*set).is_some_and(|set| set.len() != *len) {
                    *len = usize::MAX;
                    return Err(
                        self.fail(ExceptionType::RUNTIME, "Set changed size during iteration")
                    );
                }
                *at += 1;
                Ok(items.get(*at - 1).copied())
            }
            Iter::Values { items, at } => {
                *at += 1;
                Ok(items.get(*at - 1).copied())
            }
            Iter::Enumerate { inner, count } => {
                let Some(value) = self.next(*inner)? else {
                    return Ok(None);
                };
                let number = PythonValue::Int(*count);
                *count = count
                    .checked_add(1)
                    .ok_or_else(|| self.not_supported("integers beyond 64 bits"))?;
                self.tuple(vec![number, value]).map(Some)
            }
            Iter::Zip { inners, strict } => self.next_of_zip(inners, *strict),
            Iter::Map { function, inners } => {
                let mut values = Vec::with_capacity(inners.len());
                for inner in inners {
                    match self.next(*inner)? {
                        Some(value) => values.push(value),
                        None => return Ok(None),
                    }
                }
                self.step()?;
                self.call_with(*function, &values).map(Some)
            }
            Iter::Filter { function, inner } => {
                while let Some(value) = self.next(*inner)? {
                    self.step()?;
                    let verdict = match *function {
                        PythonValue::None => value,
                        function => self.call_with(function, &[value])?,
                    };
                    if self.truth(verdict)? {
                        return Ok(Some(value));
                    }
                }
                Ok(None)
            }
            Iter::Generator { index, frame, iterators, is_done } => {
                if *is_done {
                    return Ok(None);
                }
                let round = self.next_round(*index, *frame, iterators);
                *is_done = !matches!(round, Ok(Some(_)));
                match round {
                    Err(stop) if self.is_raise_of(&stop, ExceptionType::STOP_ITERATION) => {
                        Err(self.fail(ExceptionType::RUNTIME, "generator raised StopIteration"))
                    }
                    round => Ok(round?.map(|(value, _)| value)),
                }
            }
            Iter::Own(value) => match self.call_own(*value, "__next__", &[]) {
                Err(stop) if self.is_raise_of(&stop, ExceptionType::STOP_ITERATION) => Ok(None),
                Ok(None) => Err(self.type_error("object is not an iterator")),
                next => next,
            },
        }
    }

    fn next_of_dict(
        &mut self,
        dict: Handle,
        view: View,
        at: &mut usize,
        len: usize,
        is_backwards: bool,
    ) -> Run<Option<PythonValue>> {
        let Some(entries) = self.heap.dict(dict) else {
            return Ok(None);
        };
        if entries.len() != len {
            return Err(
                self.fail(ExceptionType::RUNTIME, "dictionary changed size during iteration")
            );
        }
        let found = match is_backwards {
            true => entries.entries().rev().nth(*at).map(|entry| (*at + 1, entry)),
            false => entries.entry_from(*at),
        };
        let Some((next, (key, value))) = found else {
            return Ok(None);
        };
        self.work(if is_backwards { next / 4 } else { (next - *at) / 16 })?;
        *at = next;
        match view {
            View::Keys => Ok(Some(key)),
            View::Values => Ok(Some(value)),
            View::Items => self.tuple(vec![key, value]).map(Some),
        }
    }

    fn next_of_zip(&mut self, inners: &[Handle], strict: bool) -> Run<Option<PythonValue>> {
        let mut values = Vec::with_capacity(inners.len());
        for (index, inner) in inners.iter().enumerate() {
            match self.next(*inner)? {
                Some(value) => values.push(value),
                None if strict && index > 0 => {
                    return Err(self.value_error("zip() argument is shorter"));
                }
                None if strict => {
                    for other in &inners[1..] {
                        if self.next(*other)?.is_some() {
                            return Err(self.value_error("zip() argument is longer"));
                        }
                    }
                    return Ok(None);
                }
                None => return Ok(None),
            }
        }
        match values.is_empty() {
            true => Ok(None),
            false => self.tuple(values).map(Some),
        }
    }
}
