//! The builtin exceptions, and how one is raised and looked at.

use super::machine::{PythonMachine, Run, Stop};
use super::value::{Handle, Instance, Object, PythonValue, Raised, Type};

/// A builtin exception, as an index into the table of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExceptionType(u8);

/// Names and what each is a kind of; a base stands before what is derived from it.
const TABLE: &[(&str, u8)] = &[
    ("BaseException", 0),
    ("Exception", 0),
    ("ArithmeticError", 1),
    ("LookupError", 1),
    ("RuntimeError", 1),
    ("ZeroDivisionError", 2),
    ("OverflowError", 2),
    ("AssertionError", 1),
    ("AttributeError", 1),
    ("IndexError", 3),
    ("KeyError", 3),
    ("NameError", 1),
    ("UnboundLocalError", 11),
    ("NotImplementedError", 4),
    ("RecursionError", 4),
    ("StopIteration", 1),
    ("TypeError", 1),
    ("ValueError", 1),
    ("EOFError", 1),
    ("MemoryError", 1),
    ("FloatingPointError", 2),
    ("KeyboardInterrupt", 0),
    ("SystemExit", 0),
];

impl ExceptionType {
    pub const RUNTIME: Self = Self(4);
    pub const ZERO_DIVISION: Self = Self(5);
    pub const OVERFLOW: Self = Self(6);
    pub const ASSERTION: Self = Self(7);
    pub const ATTRIBUTE: Self = Self(8);
    pub const INDEX: Self = Self(9);
    pub const KEY: Self = Self(10);
    pub const NAME: Self = Self(11);
    pub const UNBOUND_LOCAL: Self = Self(12);
    pub const STOP_ITERATION: Self = Self(15);
    pub const TYPE: Self = Self(16);
    pub const VALUE: Self = Self(17);

    /// The exception of a name.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().position(|(known, _)| *known == name).map(|index| Self(index as u8))
    }

    pub fn name(self) -> &'static str {
        TABLE.get(usize::from(self.0)).map_or("BaseException", |(name, _)| name)
    }

    fn base(self) -> Self {
        Self(TABLE.get(usize::from(self.0)).map_or(0, |(_, base)| *base))
    }

    /// Whether it is `other`, or a kind of it.
    pub fn is(self, other: Self) -> bool {
        let mut kind = self;
        while kind != other && kind.0 != 0 {
            kind = kind.base();
        }
        kind == other
    }
}

impl PythonMachine<'_> {
    /// Raises a builtin exception.
    pub fn fail(&mut self, kind: ExceptionType, message: impl Into<String>) -> Stop {
        let exception = self.exception(kind, Vec::new(), Some(message.into().into()));
        exception.map_or_else(|stop| stop, Stop::Raise)
    }

    pub fn type_error(&mut self, message: impl Into<String>) -> Stop {
        self.fail(ExceptionType::TYPE, message)
    }

    pub fn value_error(&mut self, message: impl Into<String>) -> Stop {
        self.fail(ExceptionType::VALUE, message)
    }

    /// Raises `KeyError(key)`.
    pub fn key_error(&mut self, key: PythonValue) -> Stop {
        self.exception(ExceptionType::KEY, vec![key], None).map_or_else(|stop| stop, Stop::Raise)
    }

    fn exception(
        &mut self,
        kind: ExceptionType,
        args: Vec<PythonValue>,
        message: Option<Box<str>>,
    ) -> Run<PythonValue> {
        let raised = Raised { args, message, line: self.line, by_assert: false };
        let class = PythonValue::Type(Type::Exception(kind));
        let attributes = Default::default();
        self.object(Object::Instance(Instance { class, attributes, exception: Some(raised) }), 4)
    }

    /// An exception that the program makes.
    pub fn new_exception(
        &mut self,
        kind: ExceptionType,
        args: Vec<PythonValue>,
    ) -> Run<PythonValue> {
        self.exception(kind, args, None)
    }

    /// Raises what an assert statement raises.
    pub fn assertion_failed(&mut self, message: Option<PythonValue>) -> Stop {
        let made = self.exception(ExceptionType::ASSERTION, message.into_iter().collect(), None);
        let Ok(PythonValue::Object(handle)) = made else {
            return made.err().unwrap_or(Stop::Budget);
        };
        if let Object::Instance(Instance { exception: Some(raised), .. }) =
            self.heap.get_mut(handle)
        {
            raised.by_assert = true;
        }
        Stop::Raise(PythonValue::Object(handle))
    }

    /// Whether an exception was made by an assert statement.
    pub fn is_by_assert(&self, exception: PythonValue) -> bool {
        self.raised(exception).is_some_and(|raised| raised.by_assert)
    }

    /// What an exception has beside its attributes; nothing if the value is none.
    pub fn raised(&self, exception: PythonValue) -> Option<&Raised> {
        match self.heap.object(exception)? {
            Object::Instance(instance) => instance.exception.as_ref(),
            _ => None,
        }
    }

    /// The builtin exception that a value is an instance of.
    pub fn exception_type(&self, value: PythonValue) -> Option<ExceptionType> {
        let Object::Instance(instance) = self.heap.object(value)? else {
            return None;
        };
        match instance.class {
            PythonValue::Type(Type::Exception(kind)) => Some(kind),
            PythonValue::Object(class) => self.class(class)?.exception,
            _ => None,
        }
    }

    /// Whether a stop is an exception of this kind.
    pub fn is_raise_of(&self, stop: &Stop, kind: ExceptionType) -> bool {
        match stop {
            Stop::Raise(exception) => {
                self.exception_type(*exception).is_some_and(|raised| raised.is(kind))
            }
            _ => false,
        }
    }

    /// What `raise value` raises: an instance, or a new one of a class.
    pub fn raisable(&mut self, value: PythonValue) -> Run<PythonValue> {
        let made = match value {
            PythonValue::Type(Type::Exception(_)) => self.call_with(value, &[])?,
            PythonValue::Object(handle)
                if self.class(handle).is_some_and(|class| class.exception.is_some()) =>
            {
                self.call_with(value, &[])?
            }
            _ => value,
        };
        if self.raised(made).is_none() {
            return Err(self.type_error("exceptions must derive from BaseException"));
        }
        Ok(made)
    }

    /// Whether `except matches` takes an exception.
    pub fn matches(&mut self, exception: PythonValue, matches: PythonValue) -> Run<bool> {
        if let Some(Object::Tuple(items)) = self.heap.object(matches) {
            let items = items.clone();
            let mut is_match = false;
            for item in items {
                is_match |= self.matches_one(exception, item)?;
            }
            return Ok(is_match);
        }
        self.matches_one(exception, matches)
    }

    fn matches_one(&mut self, exception: PythonValue, matches: PythonValue) -> Run<bool> {
        match matches {
            PythonValue::Type(Type::Exception(kind)) => {
                Ok(self.exception_type(exception).is_some_and(|raised| raised.is(kind)))
            }
            PythonValue::Object(handle)
                if self.class(handle).is_some_and(|class| class.exception.is_some()) =>
            {
                Ok(self.is_instance_of_class(exception, handle))
            }
            _ => Err(self.type_error("catching classes that do not inherit from BaseException")),
        }
    }

    /// Whether a value is an instance of a class of the program, or of one derived from it.
    pub fn is_instance_of_class(&self, value: PythonValue, class: Handle) -> bool {
        let Some(Object::Instance(Instance { class: PythonValue::Object(own), .. })) =
            self.heap.object(value)
        else {
            return false;
        };
        self.is_subclass(*own, class)
    }

    /// What `str` says of an exception.
    pub fn exception_text(&mut self, exception: PythonValue) -> Run<String> {
        let Some(raised) = self.raised(exception) else {
            return Ok(String::new());
        };
        if raised.message.is_some() {
            return Err(self.not_supported("the words of Python's own errors"));
        }
        let args = raised.args.clone();
        let is_key = self.exception_type(exception).is_some_and(|kind| kind.is(ExceptionType::KEY));
        match args.as_slice() {
            [] => Ok(String::new()),
            [arg] if is_key => self.repr(*arg),
            [arg] => self.str(*arg),
            _ => {
                let tuple = self.tuple(args)?;
                self.repr(tuple)
            }
        }
    }

    /// What is told of an exception that nobody caught: line, kind and words.
    pub fn report(&mut self, exception: PythonValue) -> String {
        let (line, message) = match self.raised(exception) {
            Some(raised) => (raised.line, raised.message.clone()),
            None => (self.line, None),
        };
        let kind = self.type_name(exception);
        let words = match message {
            Some(message) => Some(message.into_string()),
            None => self.exception_text(exception).ok(),
        };
        match words.filter(|words| !words.is_empty()) {
            Some(words) if self.is_by_assert(exception) => format!("line {line}: {words}"),
            Some(words) => format!("line {line}: {kind}: {words}"),
            None => format!("line {line}: {kind}"),
        }
    }
}
