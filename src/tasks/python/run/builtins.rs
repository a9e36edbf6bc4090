//! The builtin functions and types, as they are called.

use super::exceptions::ExceptionType;
use super::iterate::Iter;
use super::machine::{Args, PythonMachine, Run};
use super::numbers::as_int;
use super::tree::Binary;
use super::value::{Object, PythonValue, Type, Wrapper};

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
pub fn named(name: &str) -> Option<PythonValue> {
    let kind = match name {
        "object" => Type::Object,
        "type" => Type::Class,
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
        "NotImplemented" => return Some(PythonValue::NotImplemented),
        "Ellipsis" => return Some(PythonValue::Ellipsis),
        _ => match ExceptionType::named(name) {
            Some(kind) => Type::Exception(kind),
            None => {
                let mut all = Builtin::ALL.iter();
                return all
                    .find(|builtin| builtin.name() == name)
                    .map(|builtin| PythonValue::Builtin(*builtin));
            }
        },
    };
    Some(PythonValue::Type(kind))
}

impl PythonMachine<'_> {
    /// Takes the arguments by position, if there are as many as fit and none by name.
    pub fn positional(
        &mut self,
        what: &str,
        args: Args,
        least: usize,
        most: usize,
    ) -> Run<Vec<PythonValue>> {
        if !args.named.is_empty() {
            return Err(self.type_error(format!("{what}() takes no keyword arguments")));
        }
        if !(least..=most).contains(&args.positional.len()) {
            return Err(self.type_error(format!("{what}() takes {least} to {most} arguments")));
        }
        Ok(args.positional)
    }

    /// Takes the argument of a name out of the arguments.
    pub fn take_named(&self, args: &mut Args, name: &str) -> Option<PythonValue> {
        let at = args.named.iter().position(|(id, _)| self.name(*id) == name)?;
        Some(args.named.remove(at).1)
    }

    /// Calls a builtin function.
    pub fn call_builtin(&mut self, builtin: Builtin, mut args: Args) -> Run<PythonValue> {
        self.step()?;
        let name = builtin.name();
        match builtin {
            Builtin::Print => return Ok(PythonValue::None),
            Builtin::Max | Builtin::Min => return self.extreme(builtin == Builtin::Max, args),
            Builtin::Sorted => return self.sorted(args),
            Builtin::Sum => return self.sum(args),
            Builtin::Enumerate => {
                let start = self.take_named(&mut args, "start");
                let args = self.positional(name, args, 1, 2)?;
                let count = args.get(1).copied().or(start).unwrap_or(PythonValue::Int(0));
                let Some(count) = as_int(count) else {
                    return Err(self.type_error("enumerate() wants an integer to start with"));
                };
                let inner = self.iter(args[0])?;
                return self.iterator(Iter::Enumerate { inner, count });
            }
            Builtin::Zip => {
                let strict =
                    self.take_named(&mut args, "strict").unwrap_or(PythonValue::Bool(false));
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
                return self.round(args[0], args.get(1).copied().unwrap_or(PythonValue::None));
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
    fn call_plain(&mut self, builtin: Builtin, args: &[PythonValue]) -> Run<PythonValue> {
        let first = args.first().copied().unwrap_or(PythonValue::None);
        let second = args.get(1).copied();
        match builtin {
            Builtin::Abs => self.abs(first),
            Builtin::All | Builtin::Any => {
                let stop = builtin == Builtin::Any;
                let iterator = self.iter(first)?;
                while let Some(value) = self.next(iterator)? {
                    if self.truth(value)? == stop {
                        return Ok(PythonValue::Bool(stop));
                    }
                }
                Ok(PythonValue::Bool(!stop))
            }
            Builtin::Bin => self.in_base(first, "b"),
            Builtin::Oct => self.in_base(first, "o"),
            Builtin::Hex => self.in_base(first, "x"),
            Builtin::Callable => Ok(PythonValue::Bool(match self.heap.object(first) {
                Some(Object::Instance(_)) => self.own_method(first, "__call__").is_some(),
                Some(object) => matches!(
                    object,
                    Object::FunctionTree(_)
                        | Object::Method { .. }
                        | Object::BuiltinMethod { .. }
                        | Object::UnboundMethod { .. }
                        | Object::Class(_)
                ),
                None => matches!(first, PythonValue::Builtin(_) | PythonValue::Type(_)),
            })),
            Builtin::Chr => self.chr(first),
            Builtin::Ord => self.ord(first),
            Builtin::Classmethod => self.wrapped(Wrapper::Class, first),
            Builtin::Staticmethod => self.wrapped(Wrapper::Static, first),
            Builtin::Property => self.wrapped(Wrapper::Property, first),
            Builtin::Divmod => self.divmod(first, second.unwrap_or(PythonValue::None)),
            Builtin::Filter => {
                let inner = self.iter(second.unwrap_or(PythonValue::None))?;
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
                Ok(PythonValue::Bool(self.is_instance(first, second.unwrap_or(PythonValue::None))?))
            }
            Builtin::Iter if second.is_none() => self.iter(first).map(PythonValue::Object),
            Builtin::Len => {
                let len = self.len(first)?;
                self.size(len)
            }
            Builtin::Next => self.next_or(first, second),
            Builtin::Pow => match args.get(2) {
                None | Some(PythonValue::None) => {
                    self.binary(Binary::Pow, first, second.unwrap_or(PythonValue::None))
                }
                Some(modulus) => self.pow_mod(first, second.unwrap_or(PythonValue::None), *modulus),
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

    pub fn iterator(&mut self, state: Iter) -> Run<PythonValue> {
        self.new_iter(state).map(PythonValue::Object)
    }

    fn wrapped(&mut self, wrapper: Wrapper, function: PythonValue) -> Run<PythonValue> {
        self.object(Object::Wrapped { wrapper, function }, 1)
    }

    fn chr(&mut self, value: PythonValue) -> Run<PythonValue> {
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

    fn ord(&mut self, value: PythonValue) -> Run<PythonValue> {
        match self.heap.text(value) {
            Some(text) if text.chars == 1 => Ok(PythonValue::Int(
                text.text.chars().next().map_or(0, |char| i64::from(u32::from(char))),
            )),
            _ => Err(self.type_error("ord() expected a character")),
        }
    }
}
