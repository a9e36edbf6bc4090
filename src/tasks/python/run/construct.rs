//! The builtin types, called and asked for.

use super::iterate::Iter;
use super::machine::{Args, PythonMachine, Run};
use super::numbers::as_int;
use super::tree::NameId;
use super::value::{Object, PythonValue, Type};

impl PythonMachine<'_> {
    /// Calls a builtin type.
    pub fn construct(&mut self, kind: Type, mut args: Args) -> Run<PythonValue> {
        self.step()?;
        if let Type::Exception(kind) = kind {
            let args = self.positional(kind.name(), args, 0, usize::MAX)?;
            return self.new_exception(kind, args);
        }
        if kind == Type::Dict {
            return self.new_dict(args);
        }
        if kind == Type::Int
            && let Some(base) = self.take_named(&mut args, "base")
        {
            args.positional.push(base);
        }
        let (least, most) = match kind {
            Type::Object => (0, 0),
            Type::Int => (0, 2),
            Type::Range | Type::Slice => (1, 3),
            Type::Class => (1, 1),
            Type::Str if args.positional.len() > 1 || !args.named.is_empty() => {
                return Err(self.not_supported("str() in this form"));
            }
            _ => (0, 1),
        };
        let args = self.positional(kind.name(), args, least, most)?;
        let first = args.first().copied();
        match (kind, first) {
            (Type::List, None) => self.list(Vec::new()),
            (Type::List, Some(first)) => {
                let items = self.collect(first)?;
                self.list(items)
            }
            (Type::Tuple, None) => self.tuple(Vec::new()),
            (Type::Tuple, Some(first)) => {
                if matches!(self.heap.object(first), Some(Object::Tuple(_))) {
                    return Ok(first);
                }
                let items = self.collect(first)?;
                self.tuple(items)
            }
            (Type::Set, None) => self.set(Vec::new()),
            (Type::Set, Some(first)) => {
                let items = self.distinct(first)?;
                self.set(items)
            }
            (Type::Str, None) => self.string(""),
            (Type::Str, Some(first)) => {
                if matches!(self.heap.object(first), Some(Object::Str(_))) {
                    return Ok(first);
                }
                let text = self.str(first)?;
                self.string(text)
            }
            (Type::Bool, first) => {
                Ok(PythonValue::Bool(self.truth(first.unwrap_or(PythonValue::Bool(false)))?))
            }
            (Type::Int, first) => {
                self.new_int(first.unwrap_or(PythonValue::Int(0)), args.get(1).copied())
            }
            (Type::Float, first) => self.new_float(first.unwrap_or(PythonValue::Int(0))),
            (Type::Range, _) => self.new_range(&args),
            (Type::Class, Some(first)) => Ok(match self.heap.object(first) {
                Some(Object::Instance(instance)) => instance.class,
                _ => PythonValue::Type(self.type_of(first)),
            }),
            _ => Err(self.not_supported(format!("{}() in this form", kind.name()))),
        }
    }

    fn new_range(&mut self, args: &[PythonValue]) -> Run<PythonValue> {
        let mut numbers = Vec::new();
        for arg in args {
            match as_int(*arg) {
                Some(int) => numbers.push(int),
                None => return Err(self.type_error("range() wants integers")),
            }
        }
        let (start, stop, step) = match numbers[..] {
            [stop] => (0, stop, 1),
            [start, stop] => (start, stop, 1),
            [start, stop, step, ..] => (start, stop, step),
            [] => (0, 0, 1),
        };
        if step == 0 {
            return Err(self.value_error("range() arg 3 must not be zero"));
        }
        self.object(Object::Range { start, stop, step }, 2)
    }

    fn new_dict(&mut self, args: Args) -> Run<PythonValue> {
        let named = args.named.clone();
        let args =
            self.positional("dict", Args { positional: args.positional, named: Vec::new() }, 0, 1)?;
        let mut pairs = match args.first() {
            Some(first) => self.pairs(*first)?,
            None => Vec::new(),
        };
        for (name, value) in named {
            pairs.push((self.named_key(name)?, value));
        }
        self.dict(pairs)
    }

    /// The name of an argument, as a key.
    pub fn named_key(&mut self, name: NameId) -> Run<PythonValue> {
        self.string(self.name(name))
    }

    /// Keys and values of a dictionary or of an iterable of pairs.
    pub fn pairs(&mut self, from: PythonValue) -> Run<Vec<(PythonValue, PythonValue)>> {
        if let Some(Object::Dict(dict)) = self.heap.object(from) {
            let pairs: Vec<_> = dict.entries().collect();
            self.reserve(pairs.len())?;
            self.work(pairs.len())?;
            return Ok(pairs);
        }
        if matches!(self.heap.object(from), Some(Object::Instance(_))) {
            return Err(self.not_supported("a dictionary of an object"));
        }
        let mut pairs = Vec::new();
        for item in self.collect(from)? {
            match self.collect(item)?[..] {
                [key, value] => pairs.push((key, value)),
                _ => {
                    return Err(
                        self.value_error("dictionary update sequence element has not length 2")
                    );
                }
            }
        }
        Ok(pairs)
    }

    /// Whether a value is an instance of a type, a class, or one of several.
    pub fn is_instance(&mut self, value: PythonValue, of: PythonValue) -> Run<bool> {
        self.work(4)?;
        let several = match self.heap.object(of) {
            Some(Object::Tuple(items) | Object::Union(items)) => Some(items.clone()),
            _ => None,
        };
        if let Some(several) = several {
            self.sink()?;
            let mut verdict = Ok(false);
            for of in several {
                verdict = self.is_instance(value, of);
                if !matches!(verdict, Ok(false)) {
                    break;
                }
            }
            self.rise();
            return verdict;
        }
        match of {
            PythonValue::Type(Type::Object) => Ok(true),
            PythonValue::Type(Type::Exception(kind)) => {
                Ok(self.exception_type(value).is_some_and(|own| own.is(kind)))
            }
            PythonValue::Type(Type::Int) => {
                Ok(matches!(value, PythonValue::Int(_) | PythonValue::Bool(_)))
            }
            PythonValue::Type(Type::Class) => Ok(matches!(self.type_of(value), Type::Class)),
            PythonValue::Type(kind) => Ok(self.type_of(value) == kind),
            PythonValue::Object(class) if self.class(class).is_some() => {
                Ok(self.is_instance_of_class(value, class))
            }
            PythonValue::Builtin(_) => Err(self.not_supported("isinstance() with such a type")),
            _ => {
                Err(self
                    .type_error("isinstance() arg 2 must be a type, a tuple of types, or a union"))
            }
        }
    }

    pub fn reversed(&mut self, value: PythonValue) -> Run<PythonValue> {
        let state = match (value, self.heap.object(value)) {
            (_, Some(Object::List(items) | Object::Tuple(items))) => {
                Iter::Backwards { of: value, left: items.len() }
            }
            (_, Some(Object::Str(text))) => {
                let chars: Vec<char> = text.text.chars().rev().collect();
                self.reserve(chars.len())?;
                let items = chars.into_iter().map(|char| self.char(char)).collect::<Run<_>>()?;
                Iter::Values { items, at: 0 }
            }
            (_, Some(Object::Range { start, stop, step })) => {
                let left = super::iterate::range_len(*start, *stop, *step);
                let last = i128::from(*start) + i128::from(*step) * (i128::from(left) - 1);
                let next = i64::try_from(last).unwrap_or(*start);
                Iter::Range { next, step: step.wrapping_neg(), left }
            }
            (PythonValue::Object(dict), Some(Object::Dict(entries))) => {
                let view = super::value::View::Keys;
                Iter::Dict { dict, view, at: 0, len: entries.len(), is_backwards: true }
            }
            (_, Some(Object::View { dict, view })) => {
                let len = self.heap.dict(*dict).map_or(0, |dict| dict.len());
                Iter::Dict { dict: *dict, view: *view, at: 0, len, is_backwards: true }
            }
            (_, Some(Object::Instance(_))) if self.own_method(value, "__getitem__").is_some() => {
                return Err(self.not_supported("reversed() of an object"));
            }
            _ => return Err(self.type_error("object is not reversible")),
        };
        self.iterator(state)
    }
}
