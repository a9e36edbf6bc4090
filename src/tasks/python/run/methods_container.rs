//! The methods of lists, tuples, dictionaries and sets.

use super::exceptions::ExceptionType;
use super::machine::{Args, PythonMachine, Run, Stop};
use super::numbers::as_int;
use super::value::{Handle, Object, PythonValue, View};

impl PythonMachine<'_> {
    /// Calls a method of a list.
    pub fn call_list_method(
        &mut self,
        list: Handle,
        word: &str,
        mut args: Args,
    ) -> Run<PythonValue> {
        let receiver = PythonValue::Object(list);
        if word == "sort" {
            let key = self.take_named(&mut args, "key");
            let reverse = self.take_named(&mut args, "reverse");
            self.positional(word, args, 0, 0)?;
            // while it is sorted the list is seen empty, and must stay so
            let items = self.heap.list_mut(list).map(std::mem::take).unwrap_or_default();
            let sorted = match self.sort(items, key, reverse) {
                Err(Stop::Raise(_)) if self.tries > 0 => {
                    return Err(self.not_supported("a list whose sorting failed"));
                }
                sorted => sorted?,
            };
            if self.heap.list_mut(list).is_some_and(|items| !items.is_empty()) {
                return Err(self.value_error("list modified during sort"));
            }
            return Ok(self.put(list, sorted));
        }
        let (least, most) = match word {
            "append" | "count" | "extend" | "remove" => (1, 1),
            "insert" => (2, 2),
            "index" => (1, 3),
            "pop" => (0, 1),
            _ => (0, 0),
        };
        let args = self.positional(word, args, least, most)?;
        let first = args.first().copied().unwrap_or(PythonValue::None);
        let len = self.len(receiver)?;
        match word {
            "append" => {
                self.reserve(1)?;
                self.heap.list_mut(list).into_iter().for_each(|items| items.push(first));
                Ok(PythonValue::None)
            }
            "extend" => {
                let items = self.collect(first)?;
                self.heap
                    .list_mut(list)
                    .into_iter()
                    .for_each(|list| list.extend(items.iter().copied()));
                Ok(PythonValue::None)
            }
            "insert" => {
                let Some(at) = as_int(first) else {
                    return Err(self.type_error("insert() wants an integer"));
                };
                let at = if at < 0 { at.saturating_add(len as i64).max(0) } else { at };
                let at = usize::try_from(at).unwrap_or(len).min(len);
                self.reserve(1)?;
                self.work(len / 16)?;
                self.heap.list_mut(list).into_iter().for_each(|items| items.insert(at, args[1]));
                Ok(PythonValue::None)
            }
            "pop" => {
                if len == 0 {
                    return Err(self.fail(ExceptionType::INDEX, "pop from empty list"));
                }
                let at = self.index(args.first().copied().unwrap_or(PythonValue::Int(-1)), len)?;
                self.work((len - at) / 16)?;
                Ok(self.heap.list_mut(list).map_or(PythonValue::None, |items| items.remove(at)))
            }
            "remove" => {
                let Some(at) = self.position(receiver, first, 0, len)? else {
                    return Err(self.value_error("list.remove(x): x not in list"));
                };
                self.heap.list_mut(list).into_iter().for_each(|items| {
                    if at < items.len() {
                        items.remove(at);
                    }
                });
                Ok(PythonValue::None)
            }
            "clear" => Ok(self.put(list, Vec::new())),
            "copy" => {
                let items = self.collect(receiver)?;
                self.list(items)
            }
            "reverse" => {
                self.work(len / 16)?;
                self.heap.list_mut(list).into_iter().for_each(|items| items.reverse());
                Ok(PythonValue::None)
            }
            _ => self.search(receiver, word, &args),
        }
    }

    fn put(&mut self, list: Handle, items: Vec<PythonValue>) -> PythonValue {
        if let Some(place) = self.heap.list_mut(list) {
            *place = items;
        }
        PythonValue::None
    }

    /// Calls a method of a tuple.
    pub fn call_tuple_method(
        &mut self,
        receiver: PythonValue,
        word: &str,
        args: Args,
    ) -> Run<PythonValue> {
        let args = self.positional(word, args, 1, if word == "index" { 3 } else { 1 })?;
        self.search(receiver, word, &args)
    }

    /// `index` and `count` of a list or tuple.
    fn search(
        &mut self,
        receiver: PythonValue,
        word: &str,
        args: &[PythonValue],
    ) -> Run<PythonValue> {
        let len = self.len(receiver)?;
        if word == "index" {
            let mut bounds = [0, len];
            for (bound, arg) in bounds.iter_mut().zip(&args[1..]) {
                let Some(at) = as_int(*arg) else {
                    return Err(self.type_error("index() wants integers as bounds"));
                };
                let at = if at < 0 { at.saturating_add(len as i64).max(0) } else { at };
                *bound = usize::try_from(at).unwrap_or(len).min(len);
            }
            return match self.position(receiver, args[0], bounds[0], bounds[1])? {
                Some(at) => self.size(at),
                None => Err(self.value_error("the value is not in the list or tuple")),
            };
        }
        let mut count = 0;
        for item in self.heap.sequence(receiver).unwrap_or_default().to_vec() {
            count += usize::from(self.same_or_equal(item, args[0])?);
        }
        self.size(count)
    }

    fn position(
        &mut self,
        receiver: PythonValue,
        value: PythonValue,
        from: usize,
        to: usize,
    ) -> Run<Option<usize>> {
        for at in from..to {
            let Some(item) = self.heap.sequence(receiver).and_then(|items| items.get(at).copied())
            else {
                break;
            };
            if self.same_or_equal(item, value)? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Calls a method of a dictionary.
    pub fn call_dict_method(
        &mut self,
        dict: Handle,
        word: &str,
        mut args: Args,
    ) -> Run<PythonValue> {
        if word == "update" {
            let named = std::mem::take(&mut args.named);
            let args = self.positional(word, args, 0, 1)?;
            let mut pairs = match args.first() {
                Some(first) => self.pairs(*first)?,
                None => Vec::new(),
            };
            for (name, value) in named {
                pairs.push((self.named_key(name)?, value));
            }
            for (name, value) in pairs {
                self.insert(dict, name, value)?;
            }
            return Ok(PythonValue::None);
        }
        let (least, most) = match word {
            "get" | "pop" | "setdefault" => (1, 2),
            _ => (0, 0),
        };
        let args = self.positional(word, args, least, most)?;
        let first = args.first().copied().unwrap_or(PythonValue::None);
        let second = args.get(1).copied();
        match word {
            "keys" => self.object(Object::View { dict, view: View::Keys }, 1),
            "values" => self.object(Object::View { dict, view: View::Values }, 1),
            "items" => self.object(Object::View { dict, view: View::Items }, 1),
            "get" => Ok(self.lookup(dict, first)?.or(second).unwrap_or(PythonValue::None)),
            "setdefault" => match self.lookup(dict, first)? {
                Some(value) => Ok(value),
                None => {
                    let value = second.unwrap_or(PythonValue::None);
                    self.insert(dict, first, value)?;
                    Ok(value)
                }
            },
            "pop" => {
                let key = self.key(first)?;
                let removed = self.heap.dict_mut(dict).and_then(|dict| dict.remove(&key));
                match removed.map(|(_, value)| value).or(second) {
                    Some(value) => Ok(value),
                    None => Err(self.key_error(first)),
                }
            }
            "popitem" => {
                let Some((name, value)) = self.heap.dict(dict).and_then(|dict| dict.last()) else {
                    return Err(self.fail(ExceptionType::KEY, "popitem(): dictionary is empty"));
                };
                let key = self.key(name)?;
                self.heap.dict_mut(dict).and_then(|dict| dict.remove(&key));
                self.tuple(vec![name, value])
            }
            "copy" => {
                let pairs = self.pairs(PythonValue::Object(dict))?;
                self.dict(pairs)
            }
            _ => {
                self.heap.dict_mut(dict).into_iter().for_each(|dict| dict.clear());
                Ok(PythonValue::None)
            }
        }
    }

    fn lookup(&mut self, dict: Handle, name: PythonValue) -> Run<Option<PythonValue>> {
        let key = self.key(name)?;
        Ok(self.heap.dict(dict).and_then(|dict| dict.get(&key)))
    }

    fn insert(&mut self, dict: Handle, name: PythonValue, value: PythonValue) -> Run<()> {
        let key = self.key(name)?;
        self.reserve(4)?;
        if let Some(dict) = self.heap.dict_mut(dict) {
            dict.insert(key, name, value);
        }
        Ok(())
    }

    /// Calls a method of a set.
    pub fn call_set_method(&mut self, set: Handle, word: &str, args: Args) -> Run<PythonValue> {
        let (least, most) = match word {
            "add"
            | "discard"
            | "remove"
            | "isdisjoint"
            | "issubset"
            | "issuperset"
            | "symmetric_difference"
            | "symmetric_difference_update" => (1, 1),
            "pop" | "clear" | "copy" => (0, 0),
            _ => (0, usize::MAX),
        };
        let args = self.positional(word, args, least, most)?;
        let first = args.first().copied().unwrap_or(PythonValue::None);
        let receiver = PythonValue::Object(set);
        match word {
            "add" => self.insert(set, first, PythonValue::None).map(|()| PythonValue::None),
            "discard" | "remove" => {
                if matches!(self.heap.object(first), Some(Object::Set(_))) {
                    return Err(self.not_supported("a set as an element of a set"));
                }
                let key = self.key(first)?;
                let removed = self.heap.dict_mut(set).and_then(|set| set.remove(&key));
                match removed {
                    None if word == "remove" => Err(self.key_error(first)),
                    _ => Ok(PythonValue::None),
                }
            }
            "pop" => {
                let Some(item) = self.set_items(set)?.first().copied() else {
                    return Err(self.fail(ExceptionType::KEY, "pop from an empty set"));
                };
                let key = self.key(item)?;
                self.heap.dict_mut(set).and_then(|set| set.remove(&key));
                Ok(item)
            }
            "clear" => {
                self.heap.dict_mut(set).into_iter().for_each(|set| set.clear());
                Ok(PythonValue::None)
            }
            "copy" => {
                let items = self.elements(receiver)?;
                self.set(items)
            }
            "isdisjoint" | "issubset" | "issuperset" => {
                let other = self.made_set(first)?;
                let verdict = match word {
                    "isdisjoint" => self.elements_where(receiver, other, true)?.is_empty(),
                    "issubset" => self.elements_where(receiver, other, false)?.is_empty(),
                    _ => self.elements_where(other, receiver, false)?.is_empty(),
                };
                Ok(PythonValue::Bool(verdict))
            }
            _ => self.combine(set, word, &args),
        }
    }

    /// The methods of a set that make another of it, and those that change it so.
    fn combine(&mut self, set: Handle, word: &str, args: &[PythonValue]) -> Run<PythonValue> {
        let receiver = PythonValue::Object(set);
        let operation = word.strip_suffix("_update").unwrap_or(word);
        let mut items = self.elements(receiver)?;
        for arg in args {
            let current = self.set(items)?;
            let other = self.made_set(*arg)?;
            items = match operation {
                "union" | "update" => [self.elements(current)?, self.elements(other)?].concat(),
                "intersection" => self.elements_where(current, other, true)?,
                "difference" => self.elements_where(current, other, false)?,
                _ => {
                    let mut items = self.elements_where(current, other, false)?;
                    items.extend(self.elements_where(other, current, false)?);
                    items
                }
            };
        }
        let result = self.set(items)?;
        if word != "update" && operation == word {
            return Ok(result);
        }
        if let PythonValue::Object(result) = result {
            let made = std::mem::replace(self.heap.get_mut(result), Object::Taken);
            *self.heap.get_mut(set) = made;
        }
        Ok(PythonValue::None)
    }

    fn made_set(&mut self, value: PythonValue) -> Run<PythonValue> {
        if matches!(self.heap.object(value), Some(Object::Set(_))) {
            return Ok(value);
        }
        let items = self.collect(value)?;
        self.set(items)
    }
}
