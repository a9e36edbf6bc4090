//! The machine that walks a program: its budgets, the frames of its names, its calls.

use std::collections::HashMap;

use super::calls::ActiveCall;
use super::iterate::SetOrder;
use super::tree::{NameId, ProgramTree};
use super::value::{Class, Handle, Heap, Object, PythonValue, Text};

/// Statements, calls and rounds of loops that a run may take.
const MAX_STEPS: usize = 100_000;

/// What a step costs, so that what takes less than one can be counted too.
const STEP: usize = 16;

/// Elements that a run may make: of lists, dictionaries and frames, and every eight bytes of a string.
const MAX_ELEMENTS: usize = 1_000_000;

/// Statements and expressions that may be evaluated in each other. [`super::STACK`] holds so many.
const MAX_DEPTH: usize = 12_000;

/// Why a run does not go on.
#[derive(Debug)]
pub enum Stop {
    /// An exception, which the program may catch.
    Raise(PythonValue),
    /// Something outside of the subset.
    NotSupported(Box<str>),
    /// Steps, memory or depth are spent.
    Budget,
}

/// What comes of evaluating.
pub type Run<T> = Result<T, Stop>;

/// How a block ends.
#[derive(Debug)]
pub enum StatementFlow {
    Next,
    Break,
    Continue,
    Return(PythonValue),
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub struct Args {
    pub positional: Vec<PythonValue>,
    pub named: Vec<(NameId, PythonValue)>,
}

/// A program that runs.
pub struct PythonMachine<'p> {
    pub tree: &'p ProgramTree,
    pub heap: Heap,
    /// The line of the statement that runs.
    pub line: u32,
    pub(super) frame: Handle,
    /// How many functions and comprehensions run in each other.
    pub(super) running: usize,
    pub(super) module: Handle,
    /// What the names of the module mean while they are not bound.
    pub(super) builtins: Vec<Option<PythonValue>>,
    strings: Vec<PythonValue>,
    /// Strings of one ASCII character, kept once they were made.
    chars: [Option<PythonValue>; 128],
    /// What the names are called, to find the few that the evaluator asks for itself.
    ids: HashMap<&'p str, NameId>,
    work_left: usize,
    elements_left: usize,
    pub(super) calls: Vec<ActiveCall>,
    depth: usize,
    /// The exceptions that are handled, the newest last.
    pub(super) handling: Vec<PythonValue>,
    /// How many `try` the statement that runs stands in, those of callers too.
    pub(super) tries: usize,
    /// Asserts of the module that held.
    pub(super) asserts: usize,
    pub(super) set_order: SetOrder,
    /// Whether the elements of a set were ever asked for one after the other.
    pub(super) order_was_asked: bool,
}

impl<'p> PythonMachine<'p> {
    pub fn new(tree: &'p ProgramTree, set_order: SetOrder) -> Self {
        let mut heap = Heap::default();
        let slots = vec![PythonValue::Unset; tree.globals.len()];
        let module = heap.push(Object::Frame { slots, parent: 0 });
        let name = |id: &NameId| tree.names[*id as usize].as_ref();
        let builtins = tree.globals.iter().map(|id| super::builtins::named(name(id))).collect();
        let mut string = |text: &str| {
            let chars = text.chars().count();
            PythonValue::Object(heap.push(Object::Str(Text { text: text.into(), chars })))
        };
        Self {
            strings: tree.strings.iter().map(|text| string(text)).collect(),
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
            tries: 0,
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

    /// Goes deeper into the program; [`PythonMachine::rise`] comes back.
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
    pub fn object(&mut self, object: Object, elements: usize) -> Run<PythonValue> {
        self.reserve(elements + 1)?;
        Ok(PythonValue::Object(self.heap.push(object)))
    }

    pub fn string(&mut self, text: impl Into<Box<str>>) -> Run<PythonValue> {
        let text = text.into();
        let chars = text.chars().count();
        self.work(text.len() / 16)?;
        let elements = text.len() / 8;
        self.object(Object::Str(Text { text, chars }), elements)
    }

    /// The string of one character, if it was made before.
    pub fn one_char(&self, char: char) -> Option<PythonValue> {
        self.chars.get(char as usize).copied().flatten()
    }

    /// Keeps the string of one character.
    pub fn keep_char(&mut self, char: char, value: PythonValue) {
        if let Some(place) = self.chars.get_mut(char as usize) {
            *place = Some(value);
        }
    }

    /// A string literal of the program.
    pub fn literal(&self, index: u32) -> PythonValue {
        self.strings[index as usize]
    }

    pub fn list(&mut self, items: Vec<PythonValue>) -> Run<PythonValue> {
        let elements = items.len();
        self.object(Object::List(items), elements)
    }

    pub fn tuple(&mut self, items: Vec<PythonValue>) -> Run<PythonValue> {
        let elements = items.len();
        self.object(Object::Tuple(items), elements)
    }

    /// A float that is a number; NaN compares like nothing else, and is not supported.
    pub fn float(&self, float: f64) -> Run<PythonValue> {
        match float.is_nan() {
            true => Err(self.not_supported("NaN")),
            false => Ok(PythonValue::Float(float)),
        }
    }

    /// An integer, if it fits.
    pub fn int(&self, int: Option<i64>) -> Run<PythonValue> {
        int.map(PythonValue::Int).ok_or_else(|| self.not_supported("integers beyond 64 bits"))
    }

    /// A size as an integer.
    pub fn size(&self, size: usize) -> Run<PythonValue> {
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

    /// Whether it is the module's own code that runs.
    pub fn is_in_module(&self) -> bool {
        self.running == 0
    }
}
