//! Which methods builtin values have, and the call of one.

use super::machine::{Args, PythonMachine, Run};
use super::tree::NameId;
use super::value::{Object, PythonValue, Type};

const STR: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "maketrans",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];
const LIST: &[&str] = &[
    "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse",
    "sort",
];
const TUPLE: &[&str] = &["count", "index"];
const DICT: &[&str] = &[
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
];
const SET: &[&str] = &[
    "add",
    "clear",
    "copy",
    "difference",
    "difference_update",
    "discard",
    "intersection",
    "intersection_update",
    "isdisjoint",
    "issubset",
    "issuperset",
    "pop",
    "remove",
    "symmetric_difference",
    "symmetric_difference_update",
    "union",
    "update",
];
const INT: &[&str] =
    &["as_integer_ratio", "bit_count", "bit_length", "conjugate", "from_bytes", "to_bytes"];
const FLOAT: &[&str] = &["as_integer_ratio", "conjugate", "fromhex", "hex", "is_integer"];
const RANGE: &[&str] = &["count", "index"];

/// Whether values of a builtin type have a method of this name in Python.
pub fn has_method(kind: Type, name: &str) -> bool {
    let methods = match kind {
        Type::Str => STR,
        Type::List => LIST,
        Type::Tuple => TUPLE,
        Type::Dict => DICT,
        Type::Set => SET,
        Type::Int | Type::Bool => INT,
        Type::Float => FLOAT,
        Type::Range => RANGE,
        _ => return false,
    };
    methods.contains(&name)
}

/// Whether a method is called on the type itself.
pub fn is_static(kind: Type, name: &str) -> bool {
    matches!(
        (kind, name),
        (Type::Dict, "fromkeys")
            | (Type::Str, "maketrans")
            | (Type::Int | Type::Bool, "from_bytes")
            | (Type::Float, "fromhex")
    )
}

impl PythonMachine<'_> {
    /// Whether a value of a builtin type has a method of this name.
    pub fn has_builtin_method(&self, value: PythonValue, name: NameId) -> bool {
        match self.heap.object(value) {
            Some(Object::Instance(_) | Object::Class(_)) => false,
            None if matches!(value, PythonValue::Type(_)) => false,
            _ => has_method(self.type_of(value), self.name(name)),
        }
    }

    /// Calls a method of a builtin value.
    pub fn call_builtin_method(
        &mut self,
        receiver: PythonValue,
        name: NameId,
        args: Args,
    ) -> Run<PythonValue> {
        self.step()?;
        let word = self.name(name);
        let PythonValue::Object(handle) = receiver else {
            return self.call_number_method(receiver, word, args);
        };
        match self.heap.get(handle) {
            Object::Str(_) => self.call_str_method(receiver, word, args),
            Object::List(_) => self.call_list_method(handle, word, args),
            Object::Tuple(_) => self.call_tuple_method(receiver, word, args),
            Object::Dict(_) if word == "fromkeys" => self.call_static(Type::Dict, name, args),
            Object::Dict(_) => self.call_dict_method(handle, word, args),
            Object::Set(_) => self.call_set_method(handle, word, args),
            Object::Instance(_) if word == "__init__" => self.init_of_base(receiver, args),
            _ => Err(self.not_supported(format!("the method {word}"))),
        }
    }

    fn call_number_method(
        &mut self,
        receiver: PythonValue,
        word: &str,
        args: Args,
    ) -> Run<PythonValue> {
        let args = self.positional(word, args, 0, 2)?;
        match (receiver, word) {
            (PythonValue::Float(float), "is_integer") if args.is_empty() => {
                Ok(PythonValue::Bool(float.is_finite() && float == float.trunc()))
            }
            (PythonValue::Int(int), "bit_length") if args.is_empty() => {
                Ok(PythonValue::Int(i64::from(u64::BITS - int.unsigned_abs().leading_zeros())))
            }
            (PythonValue::Int(int), "bit_count") if args.is_empty() => {
                Ok(PythonValue::Int(i64::from(int.unsigned_abs().count_ones())))
            }
            _ => Err(self.not_supported(format!("the method {word}"))),
        }
    }

    /// Calls a method of a type itself.
    pub fn call_static(&mut self, kind: Type, name: NameId, args: Args) -> Run<PythonValue> {
        let word = self.name(name);
        if kind != Type::Dict {
            return Err(self.not_supported(format!("the method {word}")));
        }
        let args = self.positional(word, args, 1, 2)?;
        let value = args.get(1).copied().unwrap_or(PythonValue::None);
        let keys = self.collect(args[0])?;
        self.dict(keys.into_iter().map(|key| (key, value)).collect())
    }
}
