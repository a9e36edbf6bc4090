//! Attributes of objects, classes and builtin values.

use super::exceptions::ExceptionType;
use super::machine::{PythonMachine, Run, Stop};
use super::tree::NameId;
use super::value::{Class, Handle, Instance, Object, PythonValue, Raised, Type, Wrapper};

impl<'p> PythonMachine<'p> {
    /// What a class or one of its bases has under a name.
    fn class_attribute(&self, class: Handle, name: NameId) -> Option<PythonValue> {
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
    pub fn own_method(&self, value: PythonValue, method: &str) -> Option<PythonValue> {
        let Object::Instance(Instance { class: PythonValue::Object(class), .. }) =
            self.heap.object(value)?
        else {
            return None;
        };
        self.class_attribute(*class, self.id(method)?)
    }

    /// Calls the special method of an instance, where its class has one.
    pub fn call_own(
        &mut self,
        value: PythonValue,
        method: &str,
        args: &[PythonValue],
    ) -> Run<Option<PythonValue>> {
        let Some(function) = self.own_method(value, method) else {
            return Ok(None);
        };
        let function = self.bound(function, value)?;
        self.call_with(function, args).map(Some)
    }

    /// What is found in a class, as seen from an instance of it.
    fn bound(&mut self, found: PythonValue, receiver: PythonValue) -> Run<PythonValue> {
        match self.heap.object(found) {
            Some(Object::FunctionTree(_)) => {
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
    pub fn attribute(&mut self, value: PythonValue, name: NameId) -> Run<PythonValue> {
        let word = self.name(name);
        match self.heap.object(value) {
            Some(Object::Instance(_)) => return self.instance_attribute(value, name),
            Some(Object::Class(class)) => {
                let class_name = class.name;
                let PythonValue::Object(handle) = value else {
                    return Ok(PythonValue::None);
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
            Some(Object::FunctionTree(closure)) if word == "__name__" => {
                let name = self.tree.functions[closure.code].name;
                return self.string(self.name(name));
            }
            Some(Object::FunctionTree(_) | Object::Method { .. }) => {
                return Err(self.not_supported("attributes of functions"));
            }
            _ => {}
        }
        if let PythonValue::Type(kind) = value {
            if word == "__name__" {
                return self.string(kind.name());
            }
            if super::methods::has_method(kind, word) {
                return self.object(Object::UnboundMethod { of: kind, name }, 2);
            }
        } else if self.has_builtin_method(value, name) {
            return self.object(Object::BuiltinMethod { receiver: value, name }, 2);
        }
        Err(self.no_attribute(value, word))
    }

    fn no_attribute(&mut self, value: PythonValue, word: &str) -> Stop {
        let is_plain = matches!(
            self.type_of(value),
            Type::Nothing
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

    fn instance_attribute(&mut self, value: PythonValue, name: NameId) -> Run<PythonValue> {
        let Some(Object::Instance(instance)) = self.heap.object(value) else {
            return Ok(PythonValue::None);
        };
        let class = instance.class;
        let own = instance.attributes.get(&name).copied();
        let shared = match class {
            PythonValue::Object(class) => self.class_attribute(class, name),
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
    pub fn set_attribute(&mut self, value: PythonValue, name: NameId, new: PythonValue) -> Run<()> {
        let word = self.name(name);
        if is_special(word) {
            return Err(self.not_supported(format!("setting {word}")));
        }
        if let Some(Object::Instance(Instance { class, .. })) = self.heap.object(value) {
            let shared = match class {
                PythonValue::Object(class) => self.class_attribute(*class, name),
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
        if let PythonValue::Object(handle) = value {
            match self.heap.get_mut(handle) {
                Object::Instance(Instance { attributes, .. })
                | Object::Class(Class { attributes, .. }) => {
                    attributes.insert(name, new);
                    return Ok(());
                }
                Object::FunctionTree(_) => {
                    return Err(self.not_supported("attributes of functions"));
                }
                _ => {}
            }
        }
        let kind = self.type_name(value);
        match value {
            PythonValue::Type(_) => {
                Err(self.type_error(format!("cannot set '{word}' of a builtin type")))
            }
            _ => Err(self.fail(
                ExceptionType::ATTRIBUTE,
                format!("'{kind}' object has no attribute '{word}'"),
            )),
        }
    }

    /// `del value.name`.
    pub fn delete_attribute(&mut self, value: PythonValue, name: NameId) -> Run<()> {
        if let PythonValue::Object(handle) = value
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
}

pub fn is_special(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}
