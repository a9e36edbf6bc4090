//! Classes, instances and attributes, and whatever can be called.

use std::collections::BTreeMap;

use super::exceptions::ExceptionType;
use super::machine::{Args, Machine, Run, Stop};
use super::methods;
use super::tree::NameId;
use super::value::{Class, Handle, Instance, Object, Raised, Type, Value, Wrapper};

/// The special methods that a class may have; others would change what is not asked of them here.
const SPECIAL_METHODS: &[&str] = &[
    "__init__",
    "__str__",
    "__repr__",
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__len__",
    "__bool__",
    "__contains__",
    "__getitem__",
    "__setitem__",
    "__delitem__",
    "__iter__",
    "__next__",
    "__call__",
    "__neg__",
    "__pos__",
    "__invert__",
    "__abs__",
    "__add__",
    "__radd__",
    "__iadd__",
    "__sub__",
    "__rsub__",
    "__isub__",
    "__mul__",
    "__rmul__",
    "__imul__",
    "__truediv__",
    "__rtruediv__",
    "__floordiv__",
    "__rfloordiv__",
    "__mod__",
    "__rmod__",
    "__pow__",
    "__and__",
    "__or__",
    "__xor__",
];

fn is_special(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

impl<'p> Machine<'p> {
    /// The type of a value that is no instance of a class of the program.
    pub fn type_of(&self, value: Value) -> Type {
        match value {
            Value::None | Value::Unset => Type::NoneType,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Float(_) => Type::Float,
            Value::Ellipsis => Type::Other("ellipsis"),
            Value::NotImplemented => Type::Other("NotImplementedType"),
            Value::Builtin(_) => Type::Other("builtin_function_or_method"),
            Value::Type(_) => Type::Type,
            Value::Object(handle) => match self.heap.get(handle) {
                Object::Str(_) => Type::Str,
                Object::List(_) => Type::List,
                Object::Tuple(_) => Type::Tuple,
                Object::Dict(_) => Type::Dict,
                Object::Set(_) => Type::Set,
                Object::Range { .. } => Type::Range,
                Object::Slice(_) => Type::Slice,
                Object::Function(_) => Type::Function,
                Object::Class(_) => Type::Type,
                Object::View { .. } => Type::Other("dict_view"),
                Object::Instance(Instance { class: Value::Type(kind), .. }) => *kind,
                _ => Type::Other("object of a builtin type"),
            },
        }
    }

    /// What the type of a value is called.
    pub fn type_name(&self, value: Value) -> &'p str {
        if let Some(Object::Instance(Instance { class: Value::Object(class), .. })) =
            self.heap.object(value)
            && let Some(class) = self.class(*class)
        {
            return self.name(class.name);
        }
        self.type_of(value).name()
    }

    /// Whether two values are instances of the same class or type.
    pub fn has_same_class(&self, left: Value, right: Value) -> bool {
        let class = |value| match self.heap.object(value) {
            Some(Object::Instance(instance)) => instance.class,
            _ => Value::Type(self.type_of(value)),
        };
        class(left) == class(right)
    }

    /// Whether a class is another one, or derived from it.
    pub fn is_subclass(&self, class: Handle, other: Handle) -> bool {
        let mut next = Some(class);
        while let Some(class) = next {
            if class == other {
                return true;
            }
            next = self.class(class).and_then(|class| class.base);
        }
        false
    }

    /// What a class or one of its bases has under a name.
    fn class_attribute(&self, class: Handle, name: NameId) -> Option<Value> {
        let mut next = Some(class);
        while let Some(class) = next.and_then(|class| self.class(class)) {
            if let Some(value) = class.attributes.get(&name) {
                return Some(*value);
            }
            next = class.base;
        }
        None
    }

    /// The special method that the class of an instance has.
    pub fn own_method(&self, value: Value, method: &str) -> Option<Value> {
        let Object::Instance(Instance { class: Value::Object(class), .. }) =
            self.heap.object(value)?
        else {
            return None;
        };
        self.class_attribute(*class, self.id(method)?)
    }

    /// Calls the special method of an instance, where its class has one.
    pub fn call_own(&mut self, value: Value, method: &str, args: &[Value]) -> Run<Option<Value>> {
        let Some(function) = self.own_method(value, method) else {
            return Ok(None);
        };
        let function = self.bound(function, value)?;
        self.call_with(function, args).map(Some)
    }

    /// What is found in a class, as seen from an instance of it.
    fn bound(&mut self, found: Value, receiver: Value) -> Run<Value> {
        match self.heap.object(found) {
            Some(Object::Function(_)) => {
                self.object(Object::Method { receiver, function: found }, 2)
            }
            Some(Object::Wrapped { wrapper, function }) => match (*wrapper, *function) {
                (Wrapper::Static, function) => Ok(function),
                (Wrapper::Property, function) => self.call_with(function, &[receiver]),
                (Wrapper::Class, function) => {
                    let class = match self.heap.object(receiver) {
                        Some(Object::Instance(instance)) => instance.class,
                        _ => receiver,
                    };
                    self.object(Object::Method { receiver: class, function }, 2)
                }
            },
            Some(Object::BuiltinMethod { .. } | Object::UnboundMethod { .. }) | None => Ok(found),
            Some(_) => Ok(found),
        }
    }

    /// `value.name`.
    pub fn attribute(&mut self, value: Value, name: NameId) -> Run<Value> {
        let word = self.name(name);
        match self.heap.object(value) {
            Some(Object::Instance(_)) => return self.instance_attribute(value, name),
            Some(Object::Class(class)) => {
                let class_name = class.name;
                let Value::Object(handle) = value else {
                    return Ok(Value::None);
                };
                if let Some(found) = self.class_attribute(handle, name) {
                    return match self.heap.object(found) {
                        Some(Object::Wrapped { wrapper: Wrapper::Property, .. }) => {
                            Err(self.not_supported("a property of a class"))
                        }
                        Some(Object::Wrapped { .. }) => self.bound(found, value),
                        _ => Ok(found),
                    };
                }
                if word == "__name__" {
                    return self.string(self.name(class_name));
                }
            }
            Some(Object::Super { class, receiver }) => {
                let receiver = *receiver;
                let base = self.class(*class).and_then(|class| class.base);
                if let Some(found) = base.and_then(|base| self.class_attribute(base, name)) {
                    return self.bound(found, receiver);
                }
                if word == "__init__" {
                    return self.object(Object::BuiltinMethod { receiver, name }, 2);
                }
                return match is_special(word) {
                    true => Err(self.not_supported(format!("super().{word}"))),
                    false => Err(self.no_attribute(value, word)),
                };
            }
            Some(Object::Function(closure)) if word == "__name__" => {
                let name = self.tree.functions[closure.code].name;
                return self.string(self.name(name));
            }
            Some(Object::Function(_) | Object::Method { .. }) => {
                return Err(self.not_supported("attributes of functions"));
            }
            _ => {}
        }
        if let Value::Type(kind) = value {
            if word == "__name__" {
                return self.string(kind.name());
            }
            if methods::has_method(kind, word) {
                return self.object(Object::UnboundMethod { of: kind, name }, 2);
            }
        } else if self.has_builtin_method(value, name) {
            return self.object(Object::BuiltinMethod { receiver: value, name }, 2);
        }
        Err(self.no_attribute(value, word))
    }

    fn no_attribute(&mut self, value: Value, word: &str) -> Stop {
        let is_plain = matches!(
            self.type_of(value),
            Type::NoneType
                | Type::Bool
                | Type::Str
                | Type::List
                | Type::Tuple
                | Type::Dict
                | Type::Set
        );
        let is_number = matches!(self.type_of(value), Type::Int | Type::Float)
            && !matches!(word, "real" | "imag" | "numerator" | "denominator");
        let is_own = match self.heap.object(value) {
            Some(Object::Instance(instance)) => instance.exception.is_none(),
            Some(Object::Class(class)) => class.exception.is_none() && word != "mro",
            _ => false,
        };
        if is_special(word) || !(is_plain || is_number || is_own) {
            return self.not_supported(format!("the attribute {word}"));
        }
        let kind = self.type_name(value);
        self.fail(ExceptionType::ATTRIBUTE, format!("'{kind}' object has no attribute '{word}'"))
    }

    fn instance_attribute(&mut self, value: Value, name: NameId) -> Run<Value> {
        let Some(Object::Instance(instance)) = self.heap.object(value) else {
            return Ok(Value::None);
        };
        let class = instance.class;
        let own = instance.attributes.get(&name).copied();
        let shared = match class {
            Value::Object(class) => self.class_attribute(class, name),
            _ => None,
        };
        let is_property = shared.is_some_and(|shared| {
            matches!(
                self.heap.object(shared),
                Some(Object::Wrapped { wrapper: Wrapper::Property, .. })
            )
        });
        if let (Some(own), false) = (own, is_property) {
            return Ok(own);
        }
        if let Some(shared) = shared {
            return self.bound(shared, value);
        }
        match self.name(name) {
            "__class__" => Ok(class),
            "args" if self.raised(value).is_some() => match self.raised(value) {
                Some(Raised { message: None, args, .. }) => {
                    let args = args.clone();
                    self.tuple(args)
                }
                _ => Err(self.not_supported("the words of Python's own errors")),
            },
            word => Err(self.no_attribute(value, word)),
        }
    }

    /// `value.name = new`.
    pub fn set_attribute(&mut self, value: Value, name: NameId, new: Value) -> Run<()> {
        let word = self.name(name);
        if is_special(word) {
            return Err(self.not_supported(format!("setting {word}")));
        }
        if let Some(Object::Instance(Instance { class, .. })) = self.heap.object(value) {
            let shared = match class {
                Value::Object(class) => self.class_attribute(*class, name),
                _ => return Err(self.not_supported("setting attributes of builtin exceptions")),
            };
            let shared = shared.and_then(|shared| self.heap.object(shared));
            if let Some(Object::Wrapped { wrapper: Wrapper::Property, .. }) = shared {
                return Err(self.fail(ExceptionType::ATTRIBUTE, "a property has no setter"));
            }
            if word == "args" && self.raised(value).is_some() {
                return Err(self.not_supported("setting args"));
            }
        }
        self.reserve(4)?;
        if let Value::Object(handle) = value {
            match self.heap.get_mut(handle) {
                Object::Instance(Instance { attributes, .. })
                | Object::Class(Class { attributes, .. }) => {
                    attributes.insert(name, new);
                    return Ok(());
                }
                Object::Function(_) => return Err(self.not_supported("attributes of functions")),
                _ => {}
            }
        }
        let kind = self.type_name(value);
        match value {
            Value::Type(_) => {
                Err(self.type_error(format!("cannot set '{word}' of a builtin type")))
            }
            _ => Err(self.fail(
                ExceptionType::ATTRIBUTE,
                format!("'{kind}' object has no attribute '{word}'"),
            )),
        }
    }

    /// `del value.name`.
    pub fn delete_attribute(&mut self, value: Value, name: NameId) -> Run<()> {
        if let Value::Object(handle) = value
            && let Object::Instance(instance) = self.heap.get_mut(handle)
            && instance.attributes.remove(&name).is_some()
        {
            return Ok(());
        }
        let word = self.name(name);
        match self.heap.object(value) {
            Some(Object::Instance(_)) => Err(self.fail(
                ExceptionType::ATTRIBUTE,
                format!("there is no attribute '{word}' to delete"),
            )),
            _ => Err(self.not_supported("deleting this attribute")),
        }
    }

    /// Runs a class statement.
    pub fn define_class(&mut self, index: usize) -> Run<Value> {
        let tree = self.tree;
        let code = &tree.classes[index];
        let bases = self.eval_all(&code.bases)?;
        let (base, exception) = match bases.as_slice() {
            [] | [Value::Type(Type::Object)] => (None, None),
            [Value::Type(Type::Exception(kind))] => (None, Some(*kind)),
            [Value::Object(base)] => match self.class(*base) {
                Some(class) => (Some(*base), class.exception),
                None => return Err(self.not_supported("such a base of a class")),
            },
            _ => return Err(self.not_supported("such bases of a class")),
        };
        let slots = vec![Value::Unset; code.slots.len()];
        let frame = self.new_frame(slots, self.frame)?;
        self.in_frame(frame, |machine| machine.block(&code.body))?;
        let values = self.slots(frame).to_vec();
        let mut attributes = BTreeMap::new();
        for (name, value) in code.slots.iter().zip(values) {
            let word = self.name(*name);
            if is_special(word) && !SPECIAL_METHODS.contains(&word) {
                return Err(self.not_supported(format!("{word} in a class")));
            }
            if value != Value::Unset {
                attributes.insert(*name, value);
            }
        }
        let functions: Vec<Value> = attributes.values().copied().collect();
        let elements = 4 * functions.len();
        let class = self.object(
            Object::Class(Class { name: code.name, base, exception, attributes }),
            elements,
        )?;
        for function in functions {
            self.set_class_of(function, class);
        }
        Ok(class)
    }

    /// Tells a function of a class body which class that is.
    fn set_class_of(&mut self, function: Value, class: Value) {
        let function = match self.heap.object(function) {
            Some(Object::Wrapped { function, .. }) => *function,
            _ => function,
        };
        if let (Value::Object(function), Value::Object(class)) = (function, class)
            && let Object::Function(closure) = self.heap.get_mut(function)
        {
            closure.class.get_or_insert(class);
        }
    }

    /// Calls a value with arguments by position alone.
    pub fn call_with(&mut self, callee: Value, args: &[Value]) -> Run<Value> {
        self.call(callee, Args { positional: args.to_vec(), named: Vec::new() })
    }

    /// Calls a value.
    pub fn call(&mut self, callee: Value, mut args: Args) -> Run<Value> {
        self.sink()?;
        let result = match callee {
            Value::Builtin(builtin) => self.call_builtin(builtin, args),
            Value::Type(kind) => self.construct(kind, args),
            Value::Object(handle) => match self.heap.get(handle) {
                Object::Function(closure) => {
                    let closure = closure.clone();
                    self.call_function(&closure, args)
                }
                Object::Method { receiver, function } => {
                    let function = *function;
                    args.positional.insert(0, *receiver);
                    self.call(function, args)
                }
                Object::BuiltinMethod { receiver, name } => {
                    let (receiver, name) = (*receiver, *name);
                    self.call_builtin_method(receiver, name, args)
                }
                Object::UnboundMethod { of, name } => {
                    let (of, name) = (*of, *name);
                    self.call_unbound(of, name, args)
                }
                Object::Class(_) => self.instantiate(handle, args),
                Object::Instance(_) if self.own_method(callee, "__call__").is_some() => {
                    let method = self.own_method(callee, "__call__").unwrap_or(Value::None);
                    args.positional.insert(0, callee);
                    self.call(method, args)
                }
                Object::Alias | Object::Union(_) => {
                    Err(self.not_supported("a call of such a type"))
                }
                Object::Wrapped { .. } => Err(self.not_supported("a call of a wrapped function")),
                _ => Err(self.not_callable(callee)),
            },
            _ => Err(self.not_callable(callee)),
        };
        self.rise();
        result
    }

    fn not_callable(&mut self, value: Value) -> Stop {
        let kind = self.type_name(value);
        self.type_error(format!("'{kind}' object is not callable"))
    }

    fn call_unbound(&mut self, of: Type, name: NameId, mut args: Args) -> Run<Value> {
        if methods::is_static(of, self.name(name)) {
            return self.call_static(of, name, args);
        }
        if args.positional.is_empty() || self.type_of(args.positional[0]) != of {
            return Err(self.type_error("an unbound method wants an object of its type"));
        }
        let receiver = args.positional.remove(0);
        self.call_builtin_method(receiver, name, args)
    }

    fn instantiate(&mut self, class: Handle, mut args: Args) -> Run<Value> {
        self.step()?;
        let line = self.line;
        let is_exception = self.class(class).is_some_and(|class| class.exception.is_some());
        let exception = is_exception.then(|| Raised {
            args: args.positional.clone(),
            message: None,
            line,
            by_assert: false,
        });
        let class_value = Value::Object(class);
        let instance = Instance { class: class_value, attributes: BTreeMap::new(), exception };
        let value = self.object(Object::Instance(instance), 4)?;
        match self.own_method(value, "__init__") {
            Some(init) => {
                args.positional.insert(0, value);
                if self.call(init, args)? != Value::None {
                    return Err(self.type_error("__init__() should return None"));
                }
            }
            None if !is_exception && !(args.positional.is_empty() && args.named.is_empty()) => {
                return Err(
                    self.type_error(format!("{}() takes no arguments", self.type_name(value)))
                );
            }
            None if !args.named.is_empty() => {
                return Err(self.type_error("an exception takes no arguments by name"));
            }
            None => {}
        }
        Ok(value)
    }

    /// `super().__init__(...)` where the base is builtin.
    pub fn init_of_base(&mut self, receiver: Value, args: Args) -> Run<Value> {
        if let Value::Object(handle) = receiver
            && let Object::Instance(Instance { exception: Some(raised), .. }) =
                self.heap.get_mut(handle)
        {
            raised.args = args.positional;
            return Ok(Value::None);
        }
        match args.positional.is_empty() && args.named.is_empty() {
            true => Ok(Value::None),
            false => Err(self.type_error("object.__init__() takes exactly one argument")),
        }
    }

    /// `super()` in a method.
    pub fn super_of_method(&mut self) -> Run<Value> {
        match self.method_that_runs() {
            Some((class, receiver)) => self.object(Object::Super { class, receiver }, 2),
            None => Err(self.not_supported("super() outside of a method")),
        }
    }

    /// Gives an exception words that are told when nobody catches it.
    pub fn describe(&mut self, stop: &Stop, words: String) {
        if let Stop::Raise(Value::Object(handle)) = stop
            && let Object::Instance(Instance { exception: Some(raised), .. }) =
                self.heap.get_mut(*handle)
        {
            raised.message = Some(words.into());
        }
    }
}
