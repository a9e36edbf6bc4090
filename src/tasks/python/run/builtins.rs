//! The builtin functions and types, as they are called.

use super::compare::whole;
use super::exceptions::ExceptionType;
use super::iterate::Iter;
use super::machine::{Args, Machine, Run};
use super::operators::{as_float, as_int, float_divmod, floor_div, floor_mod};
use super::tree::{Binary, NameId};
use super::value::{Object, Type, Value, Wrapper};

/// Makes the enum of builtin functions and the list of their names.
macro_rules! builtins {
    ($($variant:ident $name:literal,)*) => {
        /// A builtin function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Builtin { $($variant,)* }

        impl Builtin {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What it is called.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

builtins! {
    Abs "abs", All "all", Any "any", Bin "bin", Callable "callable", Chr "chr", Classmethod "classmethod",
    Divmod "divmod", Enumerate "enumerate", Filter "filter", Format "format", Hasattr "hasattr", Hex "hex",
    Isinstance "isinstance", Iter "iter", Len "len", Map "map", Max "max", Min "min", Next "next", Oct "oct",
    Ord "ord", Pow "pow", Print "print", Property "property", Repr "repr", Reversed "reversed", Round "round",
    Sorted "sorted", Staticmethod "staticmethod", Sum "sum", Super "super", Zip "zip",
}

/// Names that mean something in Python, and nothing here.
const OTHERS: &[&str] = &[
    "__annotations__",
    "__build_class__",
    "__debug__",
    "__doc__",
    "__file__",
    "__import__",
    "__loader__",
    "__name__",
    "__package__",
    "__spec__",
    "aiter",
    "anext",
    "ascii",
    "breakpoint",
    "bytearray",
    "bytes",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dir",
    "eval",
    "exec",
    "exit",
    "frozenset",
    "getattr",
    "globals",
    "hash",
    "help",
    "id",
    "input",
    "issubclass",
    "license",
    "locals",
    "memoryview",
    "open",
    "quit",
    "setattr",
    "vars",
    "__builtins__",
    "__cached__",
    "BaseExceptionGroup",
    "BlockingIOError",
    "BrokenPipeError",
    "BufferError",
    "BytesWarning",
    "ChildProcessError",
    "ConnectionAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "DeprecationWarning",
    "EncodingWarning",
    "EnvironmentError",
    "ExceptionGroup",
    "FileExistsError",
    "FileNotFoundError",
    "FutureWarning",
    "GeneratorExit",
    "IOError",
    "ImportError",
    "ImportWarning",
    "IndentationError",
    "InterruptedError",
    "IsADirectoryError",
    "ModuleNotFoundError",
    "NotADirectoryError",
    "OSError",
    "PendingDeprecationWarning",
    "PermissionError",
    "ProcessLookupError",
    "ReferenceError",
    "ResourceWarning",
    "RuntimeWarning",
    "StopAsyncIteration",
    "SyntaxError",
    "SyntaxWarning",
    "SystemError",
    "TabError",
    "TimeoutError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeError",
    "UnicodeTranslateError",
    "UnicodeWarning",
    "UserWarning",
    "Warning",
];

/// Whether Python knows a name that is not supported here.
pub fn is_known(name: &str) -> bool {
    OTHERS.contains(&name)
}

/// What a name means where the program does not bind it.
pub fn named(name: &str) -> Option<Value> {
    let kind = match name {
        "object" => Type::Object,
        "type" => Type::Type,
        "int" => Type::Int,
        "bool" => Type::Bool,
        "float" => Type::Float,
        "str" => Type::Str,
        "list" => Type::List,
        "tuple" => Type::Tuple,
        "dict" => Type::Dict,
        "set" => Type::Set,
        "range" => Type::Range,
        "slice" => Type::Slice,
        "NotImplemented" => return Some(Value::NotImplemented),
        "Ellipsis" => return Some(Value::Ellipsis),
        _ => match ExceptionType::named(name) {
            Some(kind) => Type::Exception(kind),
            None => {
                let mut all = Builtin::ALL.iter();
                return all
                    .find(|builtin| builtin.name() == name)
                    .map(|builtin| Value::Builtin(*builtin));
            }
        },
    };
    Some(Value::Type(kind))
}

impl Machine<'_> {
    /// Takes the arguments by position, if there are as many as fit and none by name.
    pub fn positional(
        &mut self,
        what: &str,
        args: Args,
        least: usize,
        most: usize,
    ) -> Run<Vec<Value>> {
        if !args.named.is_empty() {
            return Err(self.type_error(format!("{what}() takes no keyword arguments")));
        }
        if !(least..=most).contains(&args.positional.len()) {
            return Err(self.type_error(format!("{what}() takes {least} to {most} arguments")));
        }
        Ok(args.positional)
    }

    /// Takes the argument of a name out of the arguments.
    pub fn take_named(&self, args: &mut Args, name: &str) -> Option<Value> {
        let at = args.named.iter().position(|(id, _)| self.name(*id) == name)?;
        Some(args.named.remove(at).1)
    }

    /// Calls a builtin function.
    pub fn call_builtin(&mut self, builtin: Builtin, mut args: Args) -> Run<Value> {
        self.step()?;
        let name = builtin.name();
        match builtin {
            Builtin::Print => return Ok(Value::None),
            Builtin::Max | Builtin::Min => return self.extreme(builtin == Builtin::Max, args),
            Builtin::Sorted => return self.sorted(args),
            Builtin::Sum => return self.sum(args),
            Builtin::Enumerate => {
                let start = self.take_named(&mut args, "start");
                let args = self.positional(name, args, 1, 2)?;
                let count = args.get(1).copied().or(start).unwrap_or(Value::Int(0));
                let Some(count) = as_int(count) else {
                    return Err(self.type_error("enumerate() wants an integer to start with"));
                };
                let inner = self.iter(args[0])?;
                return self.iterator(Iter::Enumerate { inner, count });
            }
            Builtin::Zip => {
                let strict = self.take_named(&mut args, "strict").unwrap_or(Value::Bool(false));
                let strict = self.truth(strict)?;
                let args = self.positional(name, args, 0, usize::MAX)?;
                let inners = args.into_iter().map(|arg| self.iter(arg)).collect::<Run<_>>()?;
                return self.iterator(Iter::Zip { inners, strict });
            }
            Builtin::Round => {
                if let Some(digits) = self.take_named(&mut args, "ndigits") {
                    args.positional.push(digits);
                }
                let args = self.positional(name, args, 1, 2)?;
                return self.round(args[0], args.get(1).copied().unwrap_or(Value::None));
            }
            _ => {}
        }
        let (least, most) = match builtin {
            Builtin::Divmod | Builtin::Filter | Builtin::Hasattr | Builtin::Isinstance => (2, 2),
            Builtin::Map => (2, usize::MAX),
            Builtin::Next | Builtin::Format | Builtin::Iter => (1, 2),
            Builtin::Pow => (2, 3),
            Builtin::Super => (0, 2),
            _ => (1, 1),
        };
        let args = self.positional(name, args, least, most)?;
        self.call_plain(builtin, &args)
    }

    /// Calls a builtin function whose arguments all come by position.
    fn call_plain(&mut self, builtin: Builtin, args: &[Value]) -> Run<Value> {
        let first = args.first().copied().unwrap_or(Value::None);
        let second = args.get(1).copied();
        match builtin {
            Builtin::Abs => self.abs(first),
            Builtin::All | Builtin::Any => {
                let stop = builtin == Builtin::Any;
                let iterator = self.iter(first)?;
                while let Some(value) = self.next(iterator)? {
                    if self.truth(value)? == stop {
                        return Ok(Value::Bool(stop));
                    }
                }
                Ok(Value::Bool(!stop))
            }
            Builtin::Bin => self.in_base(first, "b"),
            Builtin::Oct => self.in_base(first, "o"),
            Builtin::Hex => self.in_base(first, "x"),
            Builtin::Callable => Ok(Value::Bool(match self.heap.object(first) {
                Some(Object::Instance(_)) => self.own_method(first, "__call__").is_some(),
                Some(object) => matches!(
                    object,
                    Object::Function(_)
                        | Object::Method { .. }
                        | Object::BuiltinMethod { .. }
                        | Object::UnboundMethod { .. }
                        | Object::Class(_)
                ),
                None => matches!(first, Value::Builtin(_) | Value::Type(_)),
            })),
            Builtin::Chr => self.chr(first),
            Builtin::Ord => self.ord(first),
            Builtin::Classmethod => self.wrapped(Wrapper::Class, first),
            Builtin::Staticmethod => self.wrapped(Wrapper::Static, first),
            Builtin::Property => self.wrapped(Wrapper::Property, first),
            Builtin::Divmod => self.divmod(first, second.unwrap_or(Value::None)),
            Builtin::Filter => {
                let inner = self.iter(second.unwrap_or(Value::None))?;
                self.iterator(Iter::Filter { function: first, inner })
            }
            Builtin::Map => {
                let inners = args[1..].iter().map(|arg| self.iter(*arg)).collect::<Run<_>>()?;
                self.iterator(Iter::Map { function: first, inners })
            }
            Builtin::Format => {
                let spec = match second {
                    None => String::new(),
                    Some(spec) => match self.heap.text(spec) {
                        Some(spec) => spec.text.to_string(),
                        None => return Err(self.type_error("format() wants a string")),
                    },
                };
                let text = self.format(first, &spec)?;
                self.string(text)
            }
            Builtin::Isinstance => {
                Ok(Value::Bool(self.is_instance(first, second.unwrap_or(Value::None))?))
            }
            Builtin::Iter if second.is_none() => self.iter(first).map(Value::Object),
            Builtin::Len => {
                let len = self.len(first)?;
                self.size(len)
            }
            Builtin::Next => self.next_or(first, second),
            Builtin::Pow => match args.get(2) {
                None | Some(Value::None) => {
                    self.binary(Binary::Pow, first, second.unwrap_or(Value::None))
                }
                Some(modulus) => self.pow_mod(first, second.unwrap_or(Value::None), *modulus),
            },
            Builtin::Repr => {
                let text = self.repr(first)?;
                self.string(text)
            }
            Builtin::Reversed => self.reversed(first),
            Builtin::Super if args.is_empty() => self.super_of_method(),
            _ => Err(self.not_supported(format!("{}() in this form", builtin.name()))),
        }
    }

    fn iterator(&mut self, state: Iter) -> Run<Value> {
        self.new_iter(state).map(Value::Object)
    }

    fn wrapped(&mut self, wrapper: Wrapper, function: Value) -> Run<Value> {
        self.object(Object::Wrapped { wrapper, function }, 1)
    }

    fn abs(&mut self, value: Value) -> Run<Value> {
        if let Value::Float(float) = value {
            return Ok(Value::Float(float.abs()));
        }
        if let Some(int) = as_int(value) {
            return self.int(int.checked_abs());
        }
        match self.call_own(value, "__abs__", &[])? {
            Some(value) => Ok(value),
            None => Err(self.type_error("bad operand type for abs()")),
        }
    }

    fn in_base(&mut self, value: Value, base: &str) -> Run<Value> {
        let Some(int) = as_int(value) else {
            return Err(self.type_error("an integer is wanted"));
        };
        let text = self.format(Value::Int(int), &format!("#{base}"))?;
        self.string(text)
    }

    fn chr(&mut self, value: Value) -> Run<Value> {
        let Some(code) = as_int(value) else {
            return Err(self.type_error("chr() wants an integer"));
        };
        match u32::try_from(code).ok().filter(|code| *code <= 0x10_ffff) {
            Some(code) => match char::from_u32(code) {
                Some(char) => self.char(char),
                None => Err(self.not_supported("surrogates in a string")),
            },
            None if i32::try_from(code).is_err() => {
                Err(self.fail(ExceptionType::OVERFLOW, "Python int too large to convert to C int"))
            }
            None => Err(self.value_error("chr() arg not in range(0x110000)")),
        }
    }

    fn ord(&mut self, value: Value) -> Run<Value> {
        match self.heap.text(value) {
            Some(text) if text.chars == 1 => Ok(Value::Int(
                text.text.chars().next().map_or(0, |char| i64::from(u32::from(char))),
            )),
            _ => Err(self.type_error("ord() expected a character")),
        }
    }

    fn divmod(&mut self, left: Value, right: Value) -> Run<Value> {
        let pair = match (as_int(left), as_int(right)) {
            (_, Some(0)) if as_float(left).is_some() => {
                return Err(
                    self.fail(ExceptionType::ZERO_DIVISION, "integer division or modulo by zero")
                );
            }
            (Some(left), Some(right)) => {
                [self.int(floor_div(left, right))?, Value::Int(floor_mod(left, right))]
            }
            _ => match (as_float(left), as_float(right)) {
                (Some(_), Some(0.0)) => {
                    return Err(self.fail(ExceptionType::ZERO_DIVISION, "float divmod()"));
                }
                (Some(left), Some(right)) => {
                    let (quotient, rest) = float_divmod(left, right);
                    [self.float(quotient)?, self.float(rest)?]
                }
                _ => return Err(self.type_error("unsupported operand type(s) for divmod()")),
            },
        };
        self.tuple(pair.to_vec())
    }

    fn pow_mod(&mut self, base: Value, exponent: Value, modulus: Value) -> Run<Value> {
        let (Some(base), Some(exponent), Some(modulus)) =
            (as_int(base), as_int(exponent), as_int(modulus))
        else {
            return Err(self.type_error("pow() with three arguments wants integers"));
        };
        if modulus == 0 {
            return Err(self.value_error("pow() 3rd argument cannot be 0"));
        }
        if exponent < 0 {
            return Err(self.not_supported("the inverse of a number under a modulus"));
        }
        let size = i128::from(modulus.unsigned_abs());
        let mut power = 1 % size;
        let mut factor = i128::from(base).rem_euclid(size);
        let mut left = exponent;
        while left > 0 {
            if left % 2 == 1 {
                power = power * factor % size;
            }
            factor = factor * factor % size;
            left /= 2;
        }
        if modulus < 0 && power != 0 {
            power -= size;
        }
        self.int(i64::try_from(power).ok())
    }

    /// Whether a value is an instance of a type, a class, or one of several.
    pub fn is_instance(&mut self, value: Value, of: Value) -> Run<bool> {
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
            Value::Type(Type::Object) => Ok(true),
            Value::Type(Type::Exception(kind)) => {
                Ok(self.exception_type(value).is_some_and(|own| own.is(kind)))
            }
            Value::Type(Type::Int) => Ok(matches!(value, Value::Int(_) | Value::Bool(_))),
            Value::Type(Type::Type) => Ok(matches!(self.type_of(value), Type::Type)),
            Value::Type(kind) => Ok(self.type_of(value) == kind),
            Value::Object(class) if self.class(class).is_some() => {
                Ok(self.is_instance_of_class(value, class))
            }
            Value::Builtin(_) => Err(self.not_supported("isinstance() with such a type")),
            _ => {
                Err(self
                    .type_error("isinstance() arg 2 must be a type, a tuple of types, or a union"))
            }
        }
    }

    fn reversed(&mut self, value: Value) -> Run<Value> {
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
            (Value::Object(dict), Some(Object::Dict(entries))) => {
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

    /// Calls a builtin type.
    pub fn construct(&mut self, kind: Type, mut args: Args) -> Run<Value> {
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
            Type::Type => (1, 1),
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
                Ok(Value::Bool(self.truth(first.unwrap_or(Value::Bool(false)))?))
            }
            (Type::Int, first) => {
                self.new_int(first.unwrap_or(Value::Int(0)), args.get(1).copied())
            }
            (Type::Float, first) => self.new_float(first.unwrap_or(Value::Int(0))),
            (Type::Range, _) => self.new_range(&args),
            (Type::Type, Some(first)) => Ok(match self.heap.object(first) {
                Some(Object::Instance(instance)) => instance.class,
                _ => Value::Type(self.type_of(first)),
            }),
            _ => Err(self.not_supported(format!("{}() in this form", kind.name()))),
        }
    }

    /// What a set is made of: where that is a set too, its order does not matter.
    pub fn distinct(&mut self, iterable: Value) -> Run<Vec<Value>> {
        match self.heap.object(iterable) {
            Some(Object::Set(_)) => self.elements(iterable),
            _ => self.collect(iterable),
        }
    }

    fn new_range(&mut self, args: &[Value]) -> Run<Value> {
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

    fn new_dict(&mut self, args: Args) -> Run<Value> {
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
    pub fn named_key(&mut self, name: NameId) -> Run<Value> {
        self.string(self.name(name))
    }

    /// Keys and values of a dictionary or of an iterable of pairs.
    pub fn pairs(&mut self, from: Value) -> Run<Vec<(Value, Value)>> {
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

    fn round(&mut self, value: Value, digits: Value) -> Run<Value> {
        let places = as_int(digits);
        if places.is_none() && digits != Value::None {
            return Err(self.type_error("round() wants an integer of digits"));
        }
        if let Some(int) = as_int(value) {
            return match places {
                Some(places) if places < 0 => self.round_int(int, places.unsigned_abs()),
                _ => Ok(Value::Int(int)),
            };
        }
        let Value::Float(float) = value else {
            return Err(self.type_error("round() wants a number"));
        };
        match places {
            None if float.is_infinite() => {
                Err(self.fail(ExceptionType::OVERFLOW, "cannot convert float infinity to integer"))
            }
            None => self.int(whole(float.round_ties_even())),
            Some(places) if places > 300 || float.is_infinite() => Ok(value),
            Some(places) if places >= 0 => {
                let text = format!("{float:.*}", places as usize);
                self.float(text.parse().unwrap_or(float))
            }
            Some(_) => Err(self.not_supported("round() of a float to tens")),
        }
    }

    fn round_int(&mut self, int: i64, places: u64) -> Run<Value> {
        if places > 18 {
            return Err(self.not_supported("round() to such large powers of ten"));
        }
        let unit = 10i128.pow(places as u32);
        let int = i128::from(int);
        let below = int.div_euclid(unit);
        let rest = int.rem_euclid(unit);
        let is_up = rest * 2 > unit || rest * 2 == unit && below % 2 != 0;
        self.int(i64::try_from((below + i128::from(is_up)) * unit).ok())
    }
}
