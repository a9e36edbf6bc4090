//! Dictionaries and sets as they are made, and what is asked of sets as a whole.

use super::machine::{PythonMachine, Run};
use super::numbers::{as_int, whole};
use super::tree::Binary;
use super::value::{Dict, Key, Object, PythonValue};

impl PythonMachine<'_> {
    /// What a value is looked up by in dictionaries and sets.
    pub fn key(&mut self, value: PythonValue) -> Run<Key> {
        self.work(2)?;
        match value {
            PythonValue::None | PythonValue::Unset => Ok(Key::None),
            PythonValue::Ellipsis | PythonValue::NotImplemented => Ok(Key::Ellipsis),
            PythonValue::Bool(_) | PythonValue::Int(_) => {
                Ok(Key::Int(as_int(value).unwrap_or_default()))
            }
            PythonValue::Float(float) => Ok(match whole(float) {
                Some(int) => Key::Int(int),
                None => Key::Float(float.to_bits()),
            }),
            PythonValue::Type(kind) => Ok(Key::Name(kind.name())),
            PythonValue::Builtin(builtin) => Ok(Key::Name(builtin.name())),
            PythonValue::Object(handle) => match self.heap.get(handle) {
                Object::Str(text) => {
                    let key = Key::Str(text.text.clone());
                    self.work(text.text.len() / 16)?;
                    Ok(key)
                }
                Object::Tuple(items) => {
                    let items = items.clone();
                    self.sink()?;
                    let keys = items.into_iter().map(|item| self.key(item)).collect::<Run<_>>();
                    self.rise();
                    keys.map(Key::Tuple)
                }
                Object::List(_) | Object::Dict(_) | Object::Set(_) => {
                    let kind = self.type_name(value);
                    Err(self.type_error(format!("unhashable type: '{kind}'")))
                }
                Object::Instance(_) if self.own_method(value, "__eq__").is_some() => {
                    Err(self.type_error("unhashable: a class with __eq__ and without __hash__"))
                }
                Object::Instance(_) | Object::Class(_) | Object::FunctionTree(_) => {
                    Ok(Key::Object(handle))
                }
                _ => Err(self.not_supported("such a value as a key")),
            },
        }
    }

    /// A dictionary of pairs, of which later ones count.
    pub fn dict(&mut self, pairs: Vec<(PythonValue, PythonValue)>) -> Run<PythonValue> {
        let mut dict = Dict::default();
        for (name, value) in pairs {
            let key = self.key(name)?;
            dict.insert(key, name, value);
        }
        let elements = dict.len() * 4;
        self.object(Object::Dict(dict), elements)
    }

    /// A set of values, of which earlier ones stay.
    pub fn set(&mut self, items: Vec<PythonValue>) -> Run<PythonValue> {
        let mut set = Dict::default();
        for item in items {
            let key = self.key(item)?;
            set.insert(key, item, PythonValue::None);
        }
        let elements = set.len() * 4;
        self.object(Object::Set(set), elements)
    }

    /// The elements of a set as they were inserted, for what does not hang on their order.
    pub fn elements(&mut self, set: PythonValue) -> Run<Vec<PythonValue>> {
        let items: Vec<PythonValue> = match self.heap.object(set) {
            Some(Object::Set(set)) => set.keys().collect(),
            _ => Vec::new(),
        };
        self.work(items.len())?;
        Ok(items)
    }

    /// The elements of a set that another one has, or has not.
    pub fn elements_where(
        &mut self,
        set: PythonValue,
        other: PythonValue,
        has: bool,
    ) -> Run<Vec<PythonValue>> {
        let mut kept = Vec::new();
        for item in self.elements(set)? {
            let key = self.key(item)?;
            let twin = match self.heap.object(other) {
                Some(Object::Set(other)) => other.key_as_inserted(&key),
                _ => None,
            };
            // which of the two Python keeps is its own affair
            if has && twin.is_some_and(|twin| self.type_of(twin) != self.type_of(item)) {
                return Err(self.not_supported("equal numbers of different types in sets"));
            }
            if twin.is_some() == has {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    pub fn binary_of_sets(
        &mut self,
        operator: Binary,
        left: PythonValue,
        right: PythonValue,
    ) -> Run<Option<PythonValue>> {
        let items = match operator {
            Binary::BitOr => [self.elements(left)?, self.elements(right)?].concat(),
            Binary::BitAnd => self.elements_where(left, right, true)?,
            Binary::Sub => self.elements_where(left, right, false)?,
            Binary::BitXor => {
                [self.elements_where(left, right, false)?, self.elements_where(right, left, false)?]
                    .concat()
            }
            _ => return Ok(None),
        };
        self.set(items).map(Some)
    }

    /// What a set is made of: where that is a set too, its order does not matter.
    pub fn distinct(&mut self, iterable: PythonValue) -> Run<Vec<PythonValue>> {
        match self.heap.object(iterable) {
            Some(Object::Set(_)) => self.elements(iterable),
            _ => self.collect(iterable),
        }
    }
}
