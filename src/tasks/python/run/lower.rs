//! From the parser's tree to the evaluator's: names become slots, and what Python's compiler refuses
//! after parsing is refused here.

use std::collections::HashMap;

use ruff_python_ast::{Expr as Parsed, Stmt as ParsedStmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::Mistake;
use super::scope::Bindings;
use super::tree::{Expr, NameId, Place, ProgramTree, Stmt};

/// How deep expressions and blocks may stand in each other: far deeper than anybody writes, and no
/// danger to the stack of whoever walks the tree.
pub const MAX_NESTING: usize = 100;

/// How many loops, `try` and `with` Python takes in each other.
const MAX_BLOCKS: usize = 20;

/// What a scope belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameScopeKind {
    Module,
    Class,
    FunctionTree { is_async: bool },
    Comprehension,
}

/// A scope while what stands in it is lowered.
pub struct NameScope {
    kind: NameScopeKind,
    /// Names that have a slot here, in the order of the slots.
    names: Vec<String>,
    globals: Vec<String>,
    nonlocals: Vec<String>,
}

impl NameScope {
    fn new(
        kind: NameScopeKind,
        bound: Vec<String>,
        globals: Vec<String>,
        nonlocals: Vec<String>,
    ) -> Self {
        let elsewhere = |name: &String| globals.contains(name) || nonlocals.contains(name);
        let names = bound.into_iter().filter(|name| !elsewhere(name)).collect();
        Self { kind, names, globals, nonlocals }
    }

    /// The scope of a comprehension that binds `names`.
    pub fn of_comprehension(names: Vec<String>) -> Self {
        Self {
            kind: NameScopeKind::Comprehension,
            names,
            globals: Vec::new(),
            nonlocals: Vec::new(),
        }
    }

    fn slot(&self, name: &str) -> Option<u32> {
        self.names.iter().position(|known| known == name).map(|slot| slot as u32)
    }

    fn is_function(&self) -> bool {
        matches!(self.kind, NameScopeKind::FunctionTree { .. } | NameScopeKind::Comprehension)
    }
}

/// Lowers one module.
pub struct Lowering<'s> {
    pub(super) source: &'s str,
    line_starts: Vec<usize>,
    pub(super) tree: ProgramTree,
    names: HashMap<String, NameId>,
    globals: HashMap<String, u32>,
    scopes: Vec<NameScope>,
    /// The classes around what is lowered; inside of them `__name` is private.
    pub(super) classes: Vec<String>,
    pub(super) in_loop: bool,
    /// Loops, `try` and `with` of the function that stand around what is lowered.
    pub(super) blocks: usize,
    pub(super) nesting: usize,
    /// Whether a handler of `except*` is lowered, which nothing may leave early.
    pub(super) in_star_handler: bool,
    /// Whether an async generator is lowered, which returns no value.
    pub(super) in_async_generator: bool,
    /// Where the statements end among which `from __future__ import` may stand.
    pub(super) futures_end: TextSize,
    mistake: Option<Mistake>,
}

/// The tree of a module, or the first thing that Python would not compile.
pub fn lower(source: &str, body: &[ParsedStmt]) -> Result<ProgramTree, Mistake> {
    let newlines = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    let mut lowering = Lowering {
        source,
        line_starts: std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect(),
        tree: ProgramTree::default(),
        names: HashMap::new(),
        globals: HashMap::new(),
        scopes: Vec::new(),
        classes: Vec::new(),
        in_loop: false,
        blocks: 0,
        nesting: 0,
        in_star_handler: false,
        in_async_generator: false,
        futures_end: futures_end(body),
        mistake: None,
    };
    lowering.enter(NameScopeKind::Module, Bindings::of_body(body));
    let body = lowering.body(body);
    lowering.tree.body = body;
    match lowering.mistake {
        Some(mistake) => Err(mistake),
        None => Ok(lowering.tree),
    }
}

impl Lowering<'_> {
    /// The line of a range, counted from 1.
    pub fn line(&self, range: TextRange) -> u32 {
        self.line_at(range.start().to_usize())
    }

    fn line_at(&self, offset: usize) -> u32 {
        self.line_starts.partition_point(|start| *start <= offset) as u32
    }

    /// Notes what Python would not compile; the first mistake stays.
    pub fn refuse(&mut self, range: TextRange, message: impl Into<String>) {
        let line = self.line(range);
        self.mistake.get_or_insert(Mistake { line, message: message.into() });
    }

    /// Enters a scope.
    pub fn enter(&mut self, kind: NameScopeKind, bindings: Bindings) {
        if let Some((offset, message)) = &bindings.mistake {
            let line = self.line_at(*offset as usize);
            self.mistake.get_or_insert(Mistake { line, message: message.clone() });
        }
        for name in &bindings.nonlocals {
            let mut around = self.scopes.iter().filter(|scope| scope.is_function());
            let found = around.any(|scope| scope.slot(&self.mangled(name)).is_some());
            if !found {
                let line = self.line_of_nonlocal(name);
                let message = format!("no binding for nonlocal '{name}' found");
                self.mistake.get_or_insert(Mistake { line, message });
            }
        }
        let mangled = |names: Vec<String>| names.iter().map(|name| self.mangled(name)).collect();
        let Bindings { bound, globals, nonlocals, .. } = bindings;
        let scope = NameScope::new(kind, mangled(bound), mangled(globals), mangled(nonlocals));
        self.scopes.push(scope);
    }

    fn line_of_nonlocal(&self, name: &str) -> u32 {
        let statement = format!("nonlocal {name}");
        self.source.find(&statement).map_or(1, |offset| self.line_at(offset))
    }

    /// Enters the scope of a comprehension.
    pub fn enter_comprehension(&mut self, names: Vec<String>) {
        let names = names.iter().map(|name| self.mangled(name)).collect();
        self.scopes.push(NameScope::of_comprehension(names));
    }

    /// Leaves a scope and gives the names of its slots.
    pub fn leave(&mut self) -> Vec<NameId> {
        let names = self.scopes.pop().map(|scope| scope.names).unwrap_or_default();
        names.iter().map(|name| self.name(name)).collect()
    }

    /// The kind of the scope that is lowered.
    pub fn kind(&self) -> NameScopeKind {
        self.scopes.last().map_or(NameScopeKind::Module, |scope| scope.kind)
    }

    /// Whether `name` is declared `global` or `nonlocal` in the scope that is lowered.
    pub fn is_declared_elsewhere(&self, name: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|known| known == name);
        self.scopes.last().is_some_and(|scope| is_in(&scope.globals) || is_in(&scope.nonlocals))
    }

    /// Whether a comprehension around has `name` as a target, up to the next function.
    pub fn is_target_of_comprehension(&self, name: &str) -> bool {
        let inner =
            self.scopes.iter().rev().take_while(|scope| scope.kind == NameScopeKind::Comprehension);
        inner.into_iter().any(|scope| scope.slot(name).is_some())
    }

    /// The kind of the next scope outwards that is no comprehension.
    pub fn kind_around_comprehensions(&self) -> NameScopeKind {
        let mut outwards = self.scopes.iter().rev().map(|scope| scope.kind);
        outwards.find(|kind| *kind != NameScopeKind::Comprehension).unwrap_or(NameScopeKind::Module)
    }

    /// A name as the program knows it: private ones of a class are told from others' by its name.
    pub fn name(&mut self, name: &str) -> NameId {
        let name = self.mangled(name);
        if let Some(id) = self.names.get(&name) {
            return *id;
        }
        let id = self.tree.names.len() as NameId;
        self.tree.names.push(name.clone().into_boxed_str());
        self.names.insert(name, id);
        id
    }

    fn mangled(&self, name: &str) -> String {
        let class =
            self.classes.last().map(|class| class.trim_start_matches('_')).unwrap_or_default();
        if class.is_empty() || !name.starts_with("__") || name.ends_with("__") {
            return name.to_owned();
        }
        format!("_{class}{name}")
    }

    /// Where the value of a name is kept, seen from the scope that is lowered.
    pub fn place(&mut self, name: &str) -> Place {
        let name = self.mangled(name);
        let name = name.as_str();
        for (up, scope) in self.scopes.iter().rev().enumerate() {
            let is_innermost = up == 0;
            if scope.kind == NameScopeKind::Module
                || is_innermost && scope.globals.iter().any(|n| n == name)
            {
                break;
            }
            if let Some(slot) = scope.slot(name) {
                match scope.kind {
                    NameScopeKind::Class if is_innermost => {
                        return Place::ClassBody { slot, outside: Box::new(self.global(name)) };
                    }
                    NameScopeKind::Class => {}
                    _ if is_innermost => return Place::Local(slot),
                    _ => return Place::Enclosing { up: up as u32, slot },
                }
            }
            if scope.is_function() && scope.globals.iter().any(|n| n == name) {
                break;
            }
        }
        self.global(name)
    }

    fn global(&mut self, name: &str) -> Place {
        let id = self.name(name);
        let name = self.tree.names[id as usize].to_string();
        let next = self.tree.globals.len() as u32;
        let slot = *self.globals.entry(name).or_insert(next);
        if slot == next {
            self.tree.globals.push(id);
        }
        Place::Global(slot)
    }

    /// The statements of a block.
    pub fn body(&mut self, body: &[ParsedStmt]) -> Vec<Stmt> {
        self.nesting += 1;
        let lowered = body.iter().map(|stmt| self.stmt(stmt)).collect();
        self.nesting -= 1;
        lowered
    }

    /// The statements of a block that Python counts, of which it takes so many in each other.
    pub fn counted_body(&mut self, range: TextRange, body: &[ParsedStmt]) -> Vec<Stmt> {
        self.blocks += 1;
        if self.blocks > MAX_BLOCKS {
            self.refuse(range, "too many statically nested blocks");
        }
        let body = self.body(body);
        self.blocks -= 1;
        body
    }

    /// Several expressions that are evaluated one after the other.
    pub fn exprs(&mut self, exprs: &[Parsed]) -> Vec<Expr> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }
}

/// Behind the docstring and the `from __future__` imports.
fn futures_end(body: &[ParsedStmt]) -> TextSize {
    let is_docstring = |stmt: &ParsedStmt| match stmt {
        ParsedStmt::Expr(inner) => matches!(*inner.value, Parsed::StringLiteral(_)),
        _ => false,
    };
    let is_future = |stmt: &ParsedStmt| match stmt {
        ParsedStmt::ImportFrom(inner) => {
            inner.module.as_ref().is_some_and(|module| module.as_str() == "__future__")
        }
        _ => false,
    };
    let skipped = usize::from(body.first().is_some_and(is_docstring));
    let futures = body.iter().skip(skipped).take_while(|stmt| is_future(stmt));
    futures.last().map_or(TextSize::new(0), |last| last.range().end())
}
