//! Classes, instances and attributes, and whatever can be called.

use std::collections::BTreeMap;

use super::attributes::is_special;
use super::machine::{Args, PythonMachine, Run, Stop};
use super::value::{Class, Handle, Instance, Object, PythonValue, Raised, Type};

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

impl<'p> PythonMachine<'p> {
    /// The type of a value that is no instance of a class of the program.
    pub fn type_of(&self, value: PythonValue) -> Type {
        match value {
            PythonValue::None | PythonValue::Unset => Type::Nothing,
            PythonValue::Bool(_) => Type::Bool,
            PythonValue::Int(_) => Type::Int,
            PythonValue::Float(_) => Type::Float,
            PythonValue::Ellipsis => Type::Other("ellipsis"),
            PythonValue::NotImplemented => Type::Other("NotImplementedType"),
            PythonValue::Builtin(_) => Type::Other("builtin_function_or_method"),
            PythonValue::Type(_) => Type::Class,
            PythonValue::Object(handle) => match self.heap.get(handle) {
                Object::Str(_) => Type::Str,
                Object::List(_) => Type::List,
                Object::Tuple(_) => Type::Tuple,
                Object::Dict(_) => Type::Dict,
                Object::Set(_) => Type::Set,
                Object::Range { .. } => Type::Range,
                Object::Slice(_) => Type::Slice,
                Object::FunctionTree(_) => Type::FunctionTree,
                Object::Class(_) => Type::Class,
                Object::View { .. } => Type::Other("dict_view"),
                Object::Instance(Instance { class: PythonValue::Type(kind), .. }) => *kind,
                _ => Type::Other("object of a builtin type"),
            },
        }
    }

    /// What the type of a value is called.
    pub fn type_name(&self, value: PythonValue) -> &'p str {
        if let Some(Object::Instance(Instance { class: PythonValue::Object(class), .. })) =
            self.heap.object(value)
            && let Some(class) = self.class(*class)
        {
            return self.name(class.name);
        }
        self.type_of(value).name()
    }

    /// Whether two values are instances of the same class or type.
    pub fn has_same_class(&self, left: PythonValue, right: PythonValue) -> bool {
        let class = |value| match self.heap.object(value) {
            Some(Object::Instance(instance)) => instance.class,
            _ => PythonValue::Type(self.type_of(value)),
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

    /// Runs a class statement.
    pub fn define_class(&mut self, index: usize) -> Run<PythonValue> {
        let tree = self.tree;
        let code = &tree.classes[index];
        let bases = self.eval_all(&code.bases)?;
        let (base, exception) = match bases.as_slice() {
            [] | [PythonValue::Type(Type::Object)] => (None, None),
            [PythonValue::Type(Type::Exception(kind))] => (None, Some(*kind)),
            [PythonValue::Object(base)] => match self.class(*base) {
                Some(class) => (Some(*base), class.exception),
                None => return Err(self.not_supported("such a base of a class")),
            },
            _ => return Err(self.not_supported("such bases of a class")),
        };
        let slots = vec![PythonValue::Unset; code.slots.len()];
        let frame = self.new_frame(slots, self.frame)?;
        self.in_frame(frame, |machine| machine.block(&code.body))?;
        let values = self.slots(frame).to_vec();
        let mut attributes = BTreeMap::new();
        for (name, value) in code.slots.iter().zip(values) {
            let word = self.name(*name);
            if is_special(word) && !SPECIAL_METHODS.contains(&word) {
                return Err(self.not_supported(format!("{word} in a class")));
            }
            if value != PythonValue::Unset {
                attributes.insert(*name, value);
            }
        }
        let functions: Vec<PythonValue> = attributes.values().copied().collect();
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
    fn set_class_of(&mut self, function: PythonValue, class: PythonValue) {
        let function = match self.heap.object(function) {
            Some(Object::Wrapped { function, .. }) => *function,
            _ => function,
        };
        if let (PythonValue::Object(function), PythonValue::Object(class)) = (function, class)
            && let Object::FunctionTree(closure) = self.heap.get_mut(function)
        {
            closure.class.get_or_insert(class);
        }
    }

    pub fn instantiate(&mut self, class: Handle, mut args: Args) -> Run<PythonValue> {
        self.step()?;
        let line = self.line;
        let is_exception = self.class(class).is_some_and(|class| class.exception.is_some());
        let exception = is_exception.then(|| Raised {
            args: args.positional.clone(),
            message: None,
            line,
            by_assert: false,
        });
        let class_value = PythonValue::Object(class);
        let instance = Instance { class: class_value, attributes: BTreeMap::new(), exception };
        let value = self.object(Object::Instance(instance), 4)?;
        let has_args = !args.positional.is_empty() || !args.named.is_empty();
        match self.own_method(value, "__init__") {
            Some(init) => {
                args.positional.insert(0, value);
                if self.call(init, args)? != PythonValue::None {
                    return Err(self.type_error("__init__() should return None"));
                }
            }
            None if !is_exception && has_args => {
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
    pub fn init_of_base(&mut self, receiver: PythonValue, args: Args) -> Run<PythonValue> {
        if let PythonValue::Object(handle) = receiver
            && let Object::Instance(Instance { exception: Some(raised), .. }) =
                self.heap.get_mut(handle)
        {
            raised.args = args.positional;
            return Ok(PythonValue::None);
        }
        match args.positional.is_empty() && args.named.is_empty() {
            true => Ok(PythonValue::None),
            false => Err(self.type_error("object.__init__() takes exactly one argument")),
        }
    }

    /// `super()` in a method.
    pub fn super_of_method(&mut self) -> Run<PythonValue> {
        match self.method_that_runs() {
            Some((class, receiver)) => self.object(Object::Super { class, receiver }, 2),
            None => Err(self.not_supported("super() outside of a method")),
        }
    }

    /// Gives an exception words that are told when nobody catches it.
    pub fn describe(&mut self, stop: &Stop, words: String) {
        if let Stop::Raise(PythonValue::Object(handle)) = stop
            && let Object::Instance(Instance { exception: Some(raised), .. }) =
                self.heap.get_mut(*handle)
        {
            raised.message = Some(words.into());
        }
    }
}
