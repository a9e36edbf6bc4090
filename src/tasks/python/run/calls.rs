//! Calls: of functions of the program, and of whatever else can be called.

use super::machine::{Args, PythonMachine, Run, StatementFlow, Stop};
use super::tree::{FunctionBody, FunctionTree, NameId};
use super::value::{Closure, Handle, Object, PythonValue, Type};

/// Functions of the program that may run in each other; Python's own limit is 1,000.
const MAX_CALLS: usize = 980;

impl<'p> PythonMachine<'p> {
    /// Runs something in another frame.
    pub fn in_frame<T>(&mut self, frame: Handle, body: impl FnOnce(&mut Self) -> Run<T>) -> Run<T> {
        if self.running >= MAX_CALLS {
            return Err(Stop::Budget);
        }
        let around = std::mem::replace(&mut self.frame, frame);
        self.running += 1;
        let result = body(self);
        self.running -= 1;
        self.frame = around;
        result
    }

    /// Calls a function of the program.
    pub fn call_function(&mut self, closure: &Closure, args: Args) -> Run<PythonValue> {
        self.step()?;
        let tree = self.tree;
        let function = &tree.functions[closure.code];
        let slots = self.bind(function, closure, args)?;
        let frame = self.new_frame(slots, closure.frame)?;
        let class = closure.class;
        let line = self.line;
        let result = self.in_frame(frame, |machine| {
            machine.calls.push(ActiveCall { class, frame });
            let result = match &function.body {
                FunctionBody::Unsupported(what) => Err(machine.not_supported(what)),
                FunctionBody::Lambda(body) => machine.eval(body),
                FunctionBody::Statements(body) => machine.block(body).map(|flow| match flow {
                    StatementFlow::Return(value) => value,
                    _ => PythonValue::None,
                }),
            };
            machine.calls.pop();
            result
        });
        if result.is_ok() {
            self.line = line;
        }
        result
    }

    /// The slots of a function that is called: arguments, defaults, and nothing in the others.
    fn bind(
        &mut self,
        function: &'p FunctionTree,
        closure: &Closure,
        args: Args,
    ) -> Run<Vec<PythonValue>> {
        let parameters = &function.parameters;
        let by_name = parameters.positional + parameters.keyword_only;
        let mut slots = vec![PythonValue::Unset; function.slots.len()];
        let given = args.positional.len().min(parameters.positional);
        slots[..given].copy_from_slice(&args.positional[..given]);
        let rest = args.positional[given..].to_vec();
        if parameters.var_positional {
            slots[by_name] = self.tuple(rest)?;
        } else if !rest.is_empty() {
            let name = self.name(function.name);
            return Err(self.type_error(format!("{name}() got too many arguments")));
        }
        let mut others = Vec::new();
        for (name, value) in args.named {
            let nameable = parameters.positional_only..by_name;
            match nameable.into_iter().find(|slot| function.slots[*slot] == name) {
                Some(slot) if slots[slot] == PythonValue::Unset => slots[slot] = value,
                None if parameters.var_keyword => others.push((name, value)),
                _ => {
                    let (name, argument) = (self.name(function.name), self.name(name));
                    return Err(
                        self.type_error(format!("{name}() cannot take the argument '{argument}'"))
                    );
                }
            }
        }
        if parameters.var_keyword {
            let slot = by_name + usize::from(parameters.var_positional);
            slots[slot] = self.dict_of_names(others)?;
        }
        let first_default = parameters.positional - closure.defaults.len();
        for (slot, place) in slots.iter_mut().enumerate().take(by_name) {
            if *place != PythonValue::Unset {
                continue;
            }
            let default = match slot.checked_sub(parameters.positional) {
                Some(keyword) => closure.keyword_defaults.get(keyword).copied().flatten(),
                None => {
                    slot.checked_sub(first_default).and_then(|at| closure.defaults.get(at).copied())
                }
            };
            let Some(default) = default else {
                let (name, argument) = (self.name(function.name), self.name(function.slots[slot]));
                return Err(self.type_error(format!("{name}() misses the argument '{argument}'")));
            };
            *place = default;
        }
        Ok(slots)
    }

    fn dict_of_names(&mut self, names: Vec<(NameId, PythonValue)>) -> Run<PythonValue> {
        let mut pairs = Vec::new();
        for (name, value) in names {
            pairs.push((self.string(self.name(name))?, value));
        }
        self.dict(pairs)
    }

    /// The class of the method that runs, and the method's first argument.
    pub fn method_that_runs(&self) -> Option<(Handle, PythonValue)> {
        let call = self.calls.last()?;
        Some((call.class?, self.slot(call.frame, 0)))
    }

    /// Calls a value with arguments by position alone.
    pub fn call_with(&mut self, callee: PythonValue, args: &[PythonValue]) -> Run<PythonValue> {
        self.call(callee, Args { positional: args.to_vec(), named: Vec::new() })
    }

    /// Calls a value.
    pub fn call(&mut self, callee: PythonValue, mut args: Args) -> Run<PythonValue> {
        self.sink()?;
        let result = match callee {
            PythonValue::Builtin(builtin) => self.call_builtin(builtin, args),
            PythonValue::Type(kind) => self.construct(kind, args),
            PythonValue::Object(handle) => match self.heap.get(handle) {
                Object::FunctionTree(closure) => {
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
                    let method = self.own_method(callee, "__call__").unwrap_or(PythonValue::None);
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

    fn not_callable(&mut self, value: PythonValue) -> Stop {
        let kind = self.type_name(value);
        self.type_error(format!("'{kind}' object is not callable"))
    }

    fn call_unbound(&mut self, of: Type, name: NameId, mut args: Args) -> Run<PythonValue> {
        if super::methods::is_static(of, self.name(name)) {
            return self.call_static(of, name, args);
        }
        if args.positional.is_empty() || self.type_of(args.positional[0]) != of {
            return Err(self.type_error("an unbound method wants an object of its type"));
        }
        let receiver = args.positional.remove(0);
        self.call_builtin_method(receiver, name, args)
    }
}

/// A call that runs.
pub struct ActiveCall {
    class: Option<Handle>,
    frame: Handle,
}
