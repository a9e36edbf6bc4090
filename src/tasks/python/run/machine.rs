//! The machine that walks a program: its budgets, the frames of its names, its calls.

use std::collections::HashMap;

use super::exceptions::ExceptionType;
use super::iterate::SetOrder;
use super::tree::{Function, FunctionBody, NameId, Place, Tree};
use super::value::{Class, Closure, Handle, Heap, Object, Text, Value};

/// Statements, calls and rounds of loops that a run may take.
const MAX_STEPS: usize = 100_000;

/// What a step costs, so that what takes less than one can be counted too.
const STEP: usize = 16;

/// Elements that a run may make: of lists, dictionaries and frames, and every eight bytes of a string.
const MAX_ELEMENTS: usize = 1_000_000;

/// Functions of the program that may run in each other; Python's own limit is 1,000.
const MAX_CALLS: usize = 980;

/// Statements and expressions that may be evaluated in each other. [`super::STACK`] holds so many.
const MAX_DEPTH: usize = 12_000;

/// Why a run does not go on.
#[derive(Debug)]
pub enum Stop {
    /// An exception, which the program may catch.
    Raise(Value),
    /// Something outside of the subset.
    NotSupported(Box<str>),
    /// Steps, memory or depth are spent.
    Budget,
}

/// What comes of evaluating.
pub type Run<T> = Result<T, Stop>;

/// How a block ends.
#[derive(Debug)]
pub enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub struct Args {
    pub positional: Vec<Value>,
    pub named: Vec<(NameId, Value)>,
}

/// A call that runs.
struct ActiveCall {
    class: Option<Handle>,
    frame: Handle,
}

/// A program that runs.
pub struct Machine<'p> {
    pub tree: &'p Tree,
    pub heap: Heap,
    /// The line of the statement that runs.
    pub line: u32,
    pub(super) frame: Handle,
    /// How many functions and comprehensions run in each other.
    pub(super) running: usize,
    module: Handle,
    /// What the names of the module mean while they are not bound.
    builtins: Vec<Option<Value>>,
    strings: Vec<Value>,
    /// Strings of one ASCII character, kept once they were made.
    chars: [Option<Value>; 128],
    /// What the names are called, to find the few that the evaluator asks for itself.
    ids: HashMap<&'p str, NameId>,
    work_left: usize,
    elements_left: usize,
    calls: Vec<ActiveCall>,
    depth: usize,
    /// The exceptions that are handled, the newest last.
    pub(super) handling: Vec<Value>,
    /// Asserts of the module that held.
    pub(super) asserts: usize,
    pub(super) set_order: SetOrder,
    /// Whether the elements of a set were ever asked for one after the other.
    pub(super) order_was_asked: bool,
}

impl<'p> Machine<'p> {
    pub fn new(tree: &'p Tree, set_order: SetOrder) -> Self {
        let mut heap = Heap::default();
        let slots = vec![Value::Unset; tree.globals.len()];
        let module = heap.push(Object::Frame { slots, parent: 0 });
        let name = |id: &NameId| tree.names[*id as usize].as_ref();
        let builtins = tree.globals.iter().map(|id| super::builtins::named(name(id))).collect();
        let string = |text: &Box<str>| {
            let chars = text.chars().count();
            Value::Object(heap.push(Object::Str(Text { text: text.clone(), chars })))
        };
        Self {
            strings: tree.strings.iter().map(string).collect(),
            tree,
            heap,
            line: 1,
            frame: module,
            running: 0,
            module,
            builtins,
            chars: [None; 128],
            ids: tree
                .names
                .iter()
                .enumerate()
                .map(|(id, name)| (name.as_ref(), id as NameId))
                .collect(),
            work_left: MAX_STEPS * STEP,
            elements_left: MAX_ELEMENTS,
            calls: Vec::new(),
            depth: 0,
            handling: Vec::new(),
            asserts: 0,
            set_order,
            order_was_asked: false,
        }
    }

    /// Counts a step.
    pub fn step(&mut self) -> Run<()> {
        self.work(STEP)
    }

    /// Counts work that is less than a step apiece.
    pub fn work(&mut self, amount: usize) -> Run<()> {
        match self.work_left.checked_sub(amount) {
            Some(left) => {
                self.work_left = left;
                Ok(())
            }
            None => Err(Stop::Budget),
        }
    }

    /// Counts elements that are about to be made.
    pub fn reserve(&mut self, elements: usize) -> Run<()> {
        match self.elements_left.checked_sub(elements) {
            Some(left) => {
                self.elements_left = left;
                Ok(())
            }
            None => Err(Stop::Budget),
        }
    }

    /// Stops the run where so many elements could not be made; they are not counted yet.
    pub fn check_room(&self, elements: usize) -> Run<()> {
        match elements <= self.elements_left {
            true => Ok(()),
            false => Err(Stop::Budget),
        }
    }

    /// Goes deeper into the program; [`Machine::rise`] comes back.
    pub fn sink(&mut self) -> Run<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.depth -= 1;
            return Err(Stop::Budget);
        }
        Ok(())
    }

    pub fn rise(&mut self) {
        self.depth -= 1;
    }

    pub fn not_supported(&self, what: impl AsRef<str>) -> Stop {
        Stop::NotSupported(format!("line {}: {}", self.line, what.as_ref()).into())
    }

    /// Puts an object of so many elements on the heap.
    pub fn object(&mut self, object: Object, elements: usize) -> Run<Value> {
        self.reserve(elements + 1)?;
        Ok(Value::Object(self.heap.push(object)))
    }

    pub fn string(&mut self, text: impl Into<Box<str>>) -> Run<Value> {
        let text = text.into();
        let chars = text.chars().count();
        self.work(text.len() / 16)?;
        let elements = text.len() / 8;
        self.object(Object::Str(Text { text, chars }), elements)
    }

    /// The string of one character, if it was made before.
    pub fn one_char(&self, char: char) -> Option<Value> {
        self.chars.get(char as usize).copied().flatten()
    }

    /// Keeps the string of one character.
    pub fn keep_char(&mut self, char: char, value: Value) {
        if let Some(place) = self.chars.get_mut(char as usize) {
            *place = Some(value);
        }
    }

    /// A string literal of the program.
    pub fn literal(&self, index: u32) -> Value {
        self.strings[index as usize]
    }

    pub fn list(&mut self, items: Vec<Value>) -> Run<Value> {
        let elements = items.len();
        self.object(Object::List(items), elements)
    }

    pub fn tuple(&mut self, items: Vec<Value>) -> Run<Value> {
        let elements = items.len();
        self.object(Object::Tuple(items), elements)
    }

    /// A float that is a number; NaN compares like nothing else, and is not supported.
    pub fn float(&self, float: f64) -> Run<Value> {
        match float.is_nan() {
            true => Err(self.not_supported("NaN")),
            false => Ok(Value::Float(float)),
        }
    }

    /// An integer, if it fits.
    pub fn int(&self, int: Option<i64>) -> Run<Value> {
        int.map(Value::Int).ok_or_else(|| self.not_supported("integers beyond 64 bits"))
    }

    /// A size as an integer.
    pub fn size(&self, size: usize) -> Run<Value> {
        self.int(i64::try_from(size).ok())
    }

    /// The id of a name, if the program writes it.
    pub fn id(&self, name: &str) -> Option<NameId> {
        self.ids.get(name).copied()
    }

    pub fn name(&self, id: NameId) -> &'p str {
        &self.tree.names[id as usize]
    }

    pub fn class(&self, handle: Handle) -> Option<&Class> {
        match self.heap.get(handle) {
            Object::Class(class) => Some(class),
            _ => None,
        }
    }

    /// The class of the method that runs, and the method's first argument.
    pub fn method_that_runs(&self) -> Option<(Handle, Value)> {
        let call = self.calls.last()?;
        Some((call.class?, self.slot(call.frame, 0)))
    }

    /// Whether it is the module's own code that runs.
    pub fn is_in_module(&self) -> bool {
        self.running == 0
    }

    fn slot(&self, frame: Handle, slot: u32) -> Value {
        match self.heap.get(frame) {
            Object::Frame { slots, .. } => {
                slots.get(slot as usize).copied().unwrap_or(Value::Unset)
            }
            _ => Value::Unset,
        }
    }

    fn set_slot(&mut self, frame: Handle, slot: u32, value: Value) {
        if let Object::Frame { slots, .. } = self.heap.get_mut(frame)
            && let Some(place) = slots.get_mut(slot as usize)
        {
            *place = value;
        }
    }

    fn frame_of(&self, place: &Place) -> (Handle, u32) {
        match place {
            Place::Local(slot) | Place::ClassBody { slot, .. } => (self.frame, *slot),
            Place::Global(slot) => (self.module, *slot),
            Place::Enclosing { up, slot } => {
                let mut frame = self.frame;
                for _ in 0..*up {
                    if let Object::Frame { parent, .. } = self.heap.get(frame) {
                        frame = *parent;
                    }
                }
                (frame, *slot)
            }
        }
    }

    /// The value of a name.
    pub fn load(&mut self, place: &'p Place) -> Run<Value> {
        let (frame, slot) = self.frame_of(place);
        let value = self.slot(frame, slot);
        if value != Value::Unset {
            return Ok(value);
        }
        match place {
            Place::ClassBody { outside, .. } => self.load(outside),
            Place::Local(_) => {
                Err(self.fail(ExceptionType::UNBOUND_LOCAL, "a local name has no value yet"))
            }
            Place::Enclosing { .. } => {
                Err(self.fail(ExceptionType::NAME, "a free name has no value yet"))
            }
            Place::Global(slot) => match self.builtins[*slot as usize] {
                Some(value) => Ok(value),
                None => {
                    let name = self.name(self.tree.globals[*slot as usize]);
                    if super::builtins::is_known(name) {
                        return Err(self.not_supported(name));
                    }
                    Err(self.fail(ExceptionType::NAME, format!("name '{name}' is not defined")))
                }
            },
        }
    }

    /// Binds a name.
    pub fn store(&mut self, place: &Place, value: Value) {
        let (frame, slot) = self.frame_of(place);
        self.set_slot(frame, slot, value);
    }

    /// Unbinds a name.
    pub fn unbind(&mut self, place: &Place) -> Run<()> {
        let (frame, slot) = self.frame_of(place);
        if self.slot(frame, slot) == Value::Unset {
            let kind = match place {
                Place::Local(_) => ExceptionType::UNBOUND_LOCAL,
                _ => ExceptionType::NAME,
            };
            return Err(self.fail(kind, "a name that is deleted has no value"));
        }
        self.set_slot(frame, slot, Value::Unset);
        Ok(())
    }

    /// A frame for a scope that is entered from the one that runs.
    pub fn new_frame(&mut self, slots: Vec<Value>, parent: Handle) -> Run<Handle> {
        self.reserve(slots.len() + 1)?;
        Ok(self.heap.push(Object::Frame { slots, parent }))
    }

    /// The values of a frame.
    pub fn slots(&self, frame: Handle) -> &[Value] {
        match self.heap.get(frame) {
            Object::Frame { slots, .. } => slots,
            _ => &[],
        }
    }

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
    pub fn call_function(&mut self, closure: &Closure, args: Args) -> Run<Value> {
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
                    Flow::Return(value) => value,
                    _ => Value::None,
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
    fn bind(&mut self, function: &'p Function, closure: &Closure, args: Args) -> Run<Vec<Value>> {
        let parameters = &function.parameters;
        let by_name = parameters.positional + parameters.keyword_only;
        let mut slots = vec![Value::Unset; function.slots.len()];
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
                Some(slot) if slots[slot] == Value::Unset => slots[slot] = value,
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
        for slot in 0..by_name {
            if slots[slot] != Value::Unset {
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
            slots[slot] = default;
        }
        Ok(slots)
    }

    fn dict_of_names(&mut self, names: Vec<(NameId, Value)>) -> Run<Value> {
        let mut pairs = Vec::new();
        for (name, value) in names {
            pairs.push((self.string(self.name(name))?, value));
        }
        self.dict(pairs)
    }
}
