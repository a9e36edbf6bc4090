//! Values, and the heap they lie on: objects are reached by handles, so that values are small and
//! copied, and everything is freed at once when a run ends, circles and all.

use std::collections::{BTreeMap, HashMap};

use super::builtins::Builtin;
use super::exceptions::ExceptionType;
use super::iterate::Iter;
use super::tree::NameId;

/// Where an object lies on the heap.
pub type Handle = u32;

/// A value of the program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PythonValue {
    /// A name that is bound to nothing.
    Unset,
    None,
    Bool(bool),
    Int(i64),
    /// Never NaN.
    Float(f64),
    Ellipsis,
    NotImplemented,
    Builtin(Builtin),
    Type(Type),
    Object(Handle),
}

/// The builtin types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    Object,
    /// The type of types and classes.
    Class,
    /// The type of `None`.
    Nothing,
    Int,
    Bool,
    Float,
    Str,
    List,
    Tuple,
    Dict,
    Set,
    Range,
    Slice,
    FunctionTree,
    /// A type that values have, and that no program can name here.
    Other(&'static str),
    Exception(ExceptionType),
}

/// A string that knows how many characters it has.
#[derive(Debug)]
pub struct Text {
    pub text: Box<str>,
    pub chars: usize,
}

impl Text {
    /// Whether bytes are characters.
    pub fn is_ascii(&self) -> bool {
        self.chars == self.text.len()
    }
}

/// What a value is looked up by: equal for values that are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    None,
    Ellipsis,
    /// Integers, truth values, and floats that are whole.
    Int(i64),
    /// The bits of any other float.
    Float(u64),
    Str(Box<str>),
    Tuple(Vec<Key>),
    /// What is equal to itself alone.
    Object(Handle),
    Name(&'static str),
}

/// A dictionary, in the order of insertion; a set is one whose values are of no matter.
#[derive(Debug, Default)]
pub struct Dict {
    index: HashMap<Key, usize>,
    /// With holes where something was removed.
    entries: Vec<Option<(PythonValue, PythonValue)>>,
}

impl Dict {
    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    pub fn get(&self, key: &Key) -> Option<PythonValue> {
        self.entries[*self.index.get(key)?].map(|(_, value)| value)
    }

    pub fn contains(&self, key: &Key) -> bool {
        self.index.contains_key(key)
    }

    /// A key as it was inserted.
    pub fn key_as_inserted(&self, key: &Key) -> Option<PythonValue> {
        self.entries[*self.index.get(key)?].map(|(name, _)| name)
    }

    /// Sets the value of a key; a key that is there already stays as it is. Says whether it is new.
    pub fn insert(&mut self, key: Key, name: PythonValue, value: PythonValue) -> bool {
        if let Some(slot) = self.index.get(&key) {
            let kept = self.entries[*slot].map_or(name, |(kept, _)| kept);
            self.entries[*slot] = Some((kept, value));
            return false;
        }
        self.index.insert(key, self.entries.len());
        self.entries.push(Some((name, value)));
        true
    }

    pub fn remove(&mut self, key: &Key) -> Option<(PythonValue, PythonValue)> {
        let slot = self.index.remove(key)?;
        self.entries[slot].take()
    }

    pub fn clear(&mut self) {
        self.index.clear();
        self.entries.clear();
    }

    /// The entry at or behind `from`, and where the next may stand.
    pub fn entry_from(&self, from: usize) -> Option<(usize, (PythonValue, PythonValue))> {
        let rest = self.entries.get(from..)?;
        let (skipped, entry) =
            rest.iter().enumerate().find_map(|(at, entry)| Some((at, (*entry)?)))?;
        Some((from + skipped + 1, entry))
    }

    /// The entry that was inserted last.
    pub fn last(&self) -> Option<(PythonValue, PythonValue)> {
        self.entries.iter().rev().find_map(|entry| *entry)
    }

    /// All entries, in order.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (PythonValue, PythonValue)> {
        self.entries.iter().filter_map(|entry| *entry)
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = PythonValue> {
        self.entries().map(|(key, _)| key)
    }
}

/// A function, and the frame it was defined in.
#[derive(Clone, Debug)]
pub struct Closure {
    /// Index into the functions of the program.
    pub code: usize,
    pub frame: Handle,
    pub defaults: Vec<PythonValue>,
    pub keyword_defaults: Vec<Option<PythonValue>>,
    /// The class whose body it stands in.
    pub class: Option<Handle>,
}

/// A class of the program.
#[derive(Debug)]
pub struct Class {
    pub name: NameId,
    pub base: Option<Handle>,
    /// The builtin exception that it is a kind of.
    pub exception: Option<ExceptionType>,
    pub attributes: BTreeMap<NameId, PythonValue>,
}

/// An instance of a class of the program, or an exception.
#[derive(Debug)]
pub struct Instance {
    /// A class, or the type of a builtin exception.
    pub class: PythonValue,
    pub attributes: BTreeMap<NameId, PythonValue>,
    pub exception: Option<Raised>,
}

/// What an exception has beside its attributes.
#[derive(Debug)]
pub struct Raised {
    pub args: Vec<PythonValue>,
    /// What it says when the evaluator raised it; Python's own words, which are not always these.
    pub message: Option<Box<str>>,
    /// The line it was made on.
    pub line: u32,
    /// Whether an assert statement made it.
    pub by_assert: bool,
}

/// What is seen of a dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Keys,
    Values,
    Items,
}

/// What a decorator of methods makes of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    Static,
    Class,
    Property,
}

/// What lies on the heap.
#[derive(Debug)]
pub enum Object {
    Str(Text),
    List(Vec<PythonValue>),
    Tuple(Vec<PythonValue>),
    Dict(Dict),
    Set(Dict),
    Range {
        start: i64,
        stop: i64,
        step: i64,
    },
    Slice([PythonValue; 3]),
    FunctionTree(Closure),
    /// A function of the program with its first argument.
    Method {
        receiver: PythonValue,
        function: PythonValue,
    },
    /// A method of a builtin type, of one value or of none yet.
    BuiltinMethod {
        receiver: PythonValue,
        name: NameId,
    },
    UnboundMethod {
        of: Type,
        name: NameId,
    },
    Class(Class),
    Instance(Instance),
    Wrapped {
        wrapper: Wrapper,
        function: PythonValue,
    },
    Super {
        class: Handle,
        receiver: PythonValue,
    },
    View {
        dict: Handle,
        view: View,
    },
    Iterator(Iter),
    /// `int | None`: any of these types.
    Union(Vec<PythonValue>),
    /// `list[int]`: only ever an annotation.
    Alias,
    Frame {
        slots: Vec<PythonValue>,
        parent: Handle,
    },
    /// In the place of an iterator while it is asked for its next value.
    Taken,
}

/// All objects of a run.
#[derive(Debug, Default)]
pub struct Heap {
    objects: Vec<Object>,
}

impl Heap {
    /// Puts an object on the heap.
    pub fn push(&mut self, object: Object) -> Handle {
        self.objects.push(object);
        (self.objects.len() - 1) as Handle
    }

    pub fn get(&self, handle: Handle) -> &Object {
        &self.objects[handle as usize]
    }

    pub fn get_mut(&mut self, handle: Handle) -> &mut Object {
        &mut self.objects[handle as usize]
    }

    /// The object of a value that has one.
    pub fn object(&self, value: PythonValue) -> Option<&Object> {
        match value {
            PythonValue::Object(handle) => Some(self.get(handle)),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn text(&self, value: PythonValue) -> Option<&Text> {
        match self.object(value)? {
            Object::Str(text) => Some(text),
            _ => None,
        }
    }

    pub fn list_mut(&mut self, handle: Handle) -> Option<&mut Vec<PythonValue>> {
        match self.get_mut(handle) {
            Object::List(items) => Some(items),
            _ => None,
        }
    }

    /// The elements of a list or tuple.
    pub fn sequence(&self, value: PythonValue) -> Option<&[PythonValue]> {
        match self.object(value)? {
            Object::List(items) | Object::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dictionary or set.
    pub fn dict(&self, handle: Handle) -> Option<&Dict> {
        match self.get(handle) {
            Object::Dict(dict) | Object::Set(dict) => Some(dict),
            _ => None,
        }
    }

    pub fn dict_mut(&mut self, handle: Handle) -> Option<&mut Dict> {
        match self.get_mut(handle) {
            Object::Dict(dict) | Object::Set(dict) => Some(dict),
            _ => None,
        }
    }
}

impl Type {
    /// What the type is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Class => "type",
            Self::Nothing => "NoneType",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Float => "float",
            Self::Str => "str",
            Self::List => "list",
            Self::Tuple => "tuple",
            Self::Dict => "dict",
            Self::Set => "set",
            Self::Range => "range",
            Self::Slice => "slice",
            Self::FunctionTree => "function",
            Self::Other(name) => name,
            Self::Exception(kind) => kind.name(),
        }
    }
}
