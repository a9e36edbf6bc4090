//! Indices and slices.

use super::exceptions::ExceptionType;
use super::iterate::range_len;
use super::machine::{PythonMachine, Run};
use super::numbers::as_int;
use super::value::{Object, PythonValue, Type};

/// Where a slice begins, its step, and how many elements it takes.
struct Cut {
    start: i64,
    step: i64,
    count: usize,
}

impl Cut {
    fn indices(&self) -> impl Iterator<Item = usize> {
        (0..self.count as i64).map(|index| (self.start + index * self.step) as usize)
    }
}

impl PythonMachine<'_> {
    /// `value[index]`.
    pub fn subscript(&mut self, value: PythonValue, index: PythonValue) -> Run<PythonValue> {
        if let PythonValue::Builtin(builtin) = value {
            return Err(self.not_supported(format!("a subscript of {}", builtin.name())));
        }
        if let PythonValue::Type(kind) = value {
            return match kind {
                Type::List | Type::Dict | Type::Tuple | Type::Set | Type::Class => {
                    self.object(Object::Alias, 0)
                }
                _ => Err(self.type_error(format!("type '{}' is not subscriptable", kind.name()))),
            };
        }
        match self.heap.object(value) {
            Some(Object::Dict(_)) => {
                let key = self.key(index)?;
                let Some(Object::Dict(dict)) = self.heap.object(value) else {
                    return Ok(PythonValue::None);
                };
                match dict.get(&key) {
                    Some(value) => Ok(value),
                    None => Err(self.key_error(index)),
                }
            }
            Some(Object::List(_) | Object::Tuple(_) | Object::Str(_) | Object::Range { .. }) => {
                match self.heap.object(index) {
                    Some(Object::Slice(parts)) => {
                        let parts = *parts;
                        self.slice(value, parts)
                    }
                    _ => self.item_at(value, index),
                }
            }
            Some(Object::Alias | Object::Union(_)) => {
                Err(self.not_supported("a subscript of such a type"))
            }
            _ => match self.call_own(value, "__getitem__", &[index])? {
                Some(value) => Ok(value),
                None => {
                    let kind = self.type_name(value);
                    Err(self.type_error(format!("'{kind}' object is not subscriptable")))
                }
            },
        }
    }

    /// An index that is inside, counted from the front.
    pub fn index(&mut self, index: PythonValue, len: usize) -> Run<usize> {
        let Some(index) = as_int(index) else {
            let kind = self.type_name(index);
            return Err(self.type_error(format!("indices must be integers or slices, not {kind}")));
        };
        let at = if index < 0 { index.checked_add(len as i64) } else { Some(index) };
        match at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < len) {
            Some(at) => Ok(at),
            None => Err(self.fail(ExceptionType::INDEX, "index out of range")),
        }
    }

    fn item_at(&mut self, value: PythonValue, index: PythonValue) -> Run<PythonValue> {
        let len = self.len(value)?;
        let at = self.index(index, len)?;
        match self.heap.object(value) {
            Some(Object::List(items) | Object::Tuple(items)) => Ok(items[at]),
            Some(Object::Range { start, step, .. }) => {
                Ok(PythonValue::Int(start + step * at as i64))
            }
            Some(Object::Str(text)) => {
                let char = match text.is_ascii() {
                    true => text.text.as_bytes().get(at).map(|byte| char::from(*byte)),
                    false => text.text.chars().nth(at),
                };
                if !text.is_ascii() {
                    let work = at / 16;
                    self.work(work)?;
                }
                self.char(char.unwrap_or_default())
            }
            _ => Ok(PythonValue::None),
        }
    }

    fn cut(&mut self, parts: [PythonValue; 3], len: usize) -> Run<Cut> {
        let mut numbers = [None; 3];
        for (number, part) in numbers.iter_mut().zip(parts) {
            if part == PythonValue::None {
                continue;
            }
            let Some(int) = as_int(part) else {
                return Err(self.type_error("slice indices must be integers or None"));
            };
            *number = Some(int);
        }
        let [start, stop, step] = numbers;
        let step = step.unwrap_or(1).max(-i64::MAX);
        if step == 0 {
            return Err(self.value_error("slice step cannot be zero"));
        }
        let len = len as i64;
        let (lowest, highest) = if step > 0 { (0, len) } else { (-1, len - 1) };
        let clamp = |index: i64| {
            let index = if index < 0 { index.saturating_add(len) } else { index };
            index.clamp(lowest, highest)
        };
        let (first, last) = if step > 0 { (0, len) } else { (len - 1, -1) };
        let start = start.map_or(first, clamp);
        let stop = stop.map_or(last, clamp);
        Ok(Cut { start, step, count: range_len(start, stop, step) as usize })
    }

    fn slice(&mut self, value: PythonValue, parts: [PythonValue; 3]) -> Run<PythonValue> {
        let len = self.len(value)?;
        let cut = self.cut(parts, len)?;
        self.check_room(cut.count / 8)?;
        self.work(cut.count / 8)?;
        match self.heap.object(value) {
            Some(Object::List(items)) => {
                let items = cut.indices().map(|at| items[at]).collect();
                self.list(items)
            }
            Some(Object::Tuple(items)) => {
                let items = cut.indices().map(|at| items[at]).collect();
                self.tuple(items)
            }
            Some(Object::Str(text)) if text.is_ascii() => {
                let bytes = text.text.as_bytes();
                let text: String = cut.indices().map(|at| char::from(bytes[at])).collect();
                self.string(text)
            }
            Some(Object::Str(text)) => {
                let chars: Vec<char> = text.text.chars().collect();
                self.work(chars.len() / 8)?;
                let text: String = cut.indices().map(|at| chars[at]).collect();
                self.string(text)
            }
            _ => Err(self.not_supported("slices of a range")),
        }
    }

    /// `value[index] = new`.
    pub fn set_subscript(
        &mut self,
        value: PythonValue,
        index: PythonValue,
        new: PythonValue,
    ) -> Run<()> {
        match (value, self.heap.object(value)) {
            (PythonValue::Object(handle), Some(Object::Dict(_))) => {
                let key = self.key(index)?;
                self.reserve(4)?;
                if let Some(dict) = self.heap.dict_mut(handle) {
                    dict.insert(key, index, new);
                }
                Ok(())
            }
            (PythonValue::Object(handle), Some(Object::List(items))) => {
                let len = items.len();
                if let Some(Object::Slice(parts)) = self.heap.object(index) {
                    let parts = *parts;
                    return self.set_slice(value, parts, new);
                }
                let at = self.index(index, len)?;
                if let Some(items) = self.heap.list_mut(handle) {
                    items[at] = new;
                }
                Ok(())
            }
            _ => match self.call_own(value, "__setitem__", &[index, new])? {
                Some(_) => Ok(()),
                None => {
                    let kind = self.type_name(value);
                    Err(self
                        .type_error(format!("'{kind}' object does not support item assignment")))
                }
            },
        }
    }

    fn set_slice(
        &mut self,
        value: PythonValue,
        parts: [PythonValue; 3],
        new: PythonValue,
    ) -> Run<()> {
        if self.heap.object(new).is_none() {
            return Err(self.type_error("can only assign an iterable"));
        }
        let new = self.collect(new)?;
        let len = self.len(value)?;
        let cut = self.cut(parts, len)?;
        self.work(len / 8)?;
        let PythonValue::Object(handle) = value else {
            return Ok(());
        };
        let is_extended = cut.step != 1;
        if is_extended && new.len() != cut.count {
            return Err(
                self.value_error("attempt to assign sequence to extended slice of another size")
            );
        }
        if let Some(items) = self.heap.list_mut(handle) {
            if is_extended {
                cut.indices().zip(new).for_each(|(at, new)| items[at] = new);
            } else {
                let start = cut.start as usize;
                items.splice(start..start + cut.count, new);
            }
        }
        Ok(())
    }

    /// `del value[index]`.
    pub fn delete_subscript(&mut self, value: PythonValue, index: PythonValue) -> Run<()> {
        match (value, self.heap.object(value)) {
            (PythonValue::Object(handle), Some(Object::Dict(_))) => {
                let key = self.key(index)?;
                match self.heap.dict_mut(handle).and_then(|dict| dict.remove(&key)) {
                    Some(_) => Ok(()),
                    None => Err(self.key_error(index)),
                }
            }
            (PythonValue::Object(handle), Some(Object::List(items))) => {
                let len = items.len();
                self.work(len / 16)?;
                let mut indices: Vec<usize> = match self.heap.object(index) {
                    Some(Object::Slice(parts)) => {
                        let parts = *parts;
                        self.cut(parts, len)?.indices().collect()
                    }
                    _ => vec![self.index(index, len)?],
                };
                indices.sort_unstable();
                if let Some(items) = self.heap.list_mut(handle) {
                    let mut at = 0;
                    items.retain(|_| {
                        at += 1;
                        indices.binary_search(&(at - 1)).is_err()
                    });
                }
                Ok(())
            }
            _ => match self.call_own(value, "__delitem__", &[index])? {
                Some(_) => Ok(()),
                None => {
                    let kind = self.type_name(value);
                    Err(self.type_error(format!("'{kind}' object doesn't support item deletion")))
                }
            },
        }
    }

    /// How many elements a builtin container has.
    pub fn len_of_builtin(&self, value: PythonValue) -> Option<usize> {
        match self.heap.object(value)? {
            Object::Str(text) => Some(text.chars),
            Object::List(items) | Object::Tuple(items) => Some(items.len()),
            Object::Dict(dict) | Object::Set(dict) => Some(dict.len()),
            Object::View { dict, .. } => self.heap.dict(*dict).map(|dict| dict.len()),
            Object::Range { start, stop, step } => {
                usize::try_from(range_len(*start, *stop, *step)).ok()
            }
            _ => None,
        }
    }

    /// `len(value)`.
    pub fn len(&mut self, value: PythonValue) -> Run<usize> {
        if let Some(len) = self.len_of_builtin(value) {
            return Ok(len);
        }
        match self.call_own(value, "__len__", &[])? {
            Some(len) => match as_int(len).map(usize::try_from) {
                Some(Ok(len)) => Ok(len),
                Some(Err(_)) => Err(self.value_error("__len__() should return >= 0")),
                None => Err(self.type_error("__len__() should return an integer")),
            },
            None => {
                let kind = self.type_name(value);
                Err(self.type_error(format!("object of type '{kind}' has no len()")))
            }
        }
    }
}
