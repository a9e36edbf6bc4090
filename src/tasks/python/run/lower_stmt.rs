//! Statements, lowered.

use ruff_python_ast::{self as ast, ExceptHandler, Expr as Parsed, Stmt as ParsedStmt};

use super::lower::{Lowering, MAX_NESTING, NameScopeKind};
use super::tree::{Handler, Stmt, StmtKind, Target};
use ruff_text_size::{Ranged, TextRange};

impl Lowering<'_> {
    /// A statement.
    pub fn stmt(&mut self, stmt: &ParsedStmt) -> Stmt {
        let line = self.line(stmt.range());
        let kind = match self.nesting > MAX_NESTING {
            true => StmtKind::Unsupported("blocks that stand so deep in each other"),
            false => self.stmt_kind(stmt),
        };
        Stmt { line, kind }
    }

    fn stmt_kind(&mut self, stmt: &ParsedStmt) -> StmtKind {
        match stmt {
            // a docstring does nothing
            ParsedStmt::Expr(inner) if matches!(*inner.value, Parsed::StringLiteral(_)) => {
                StmtKind::Pass
            }
            ParsedStmt::Expr(inner) => StmtKind::Expr(self.expr(&inner.value)),
            ParsedStmt::Assign(assign) => StmtKind::Assign {
                value: self.expr(&assign.value),
                targets: assign.targets.iter().map(|target| self.target(target)).collect(),
            },
            ParsedStmt::AugAssign(inner) => StmtKind::Augment {
                target: self.target(&inner.target),
                operator: inner.op.into(),
                value: self.expr(&inner.value),
            },
            ParsedStmt::AnnAssign(inner) => self.annotated(inner),
            ParsedStmt::Return(inner) => {
                if !matches!(self.kind(), NameScopeKind::FunctionTree { .. })
                    || self.in_star_handler
                {
                    self.refuse(inner.range, "'return' outside function, or in 'except*'");
                }
                if inner.value.is_some() && self.in_async_generator {
                    self.refuse(inner.range, "'return' with value in async generator");
                }
                StmtKind::Return(inner.value.as_ref().map(|value| self.expr(value)))
            }
            ParsedStmt::If(inner) => self.conditional(inner),
            ParsedStmt::While(inner) => StmtKind::While {
                test: self.expr(&inner.test),
                body: self.loop_body(inner.range, &inner.body),
                otherwise: self.body(&inner.orelse),
            },
            ParsedStmt::For(inner) => self.for_loop(inner),
            ParsedStmt::Raise(inner) => StmtKind::Raise {
                exception: inner.exc.as_ref().map(|exception| self.expr(exception)),
                cause: inner.cause.as_ref().map(|cause| self.expr(cause)),
            },
            ParsedStmt::Try(inner) => self.try_stmt(inner),
            ParsedStmt::Assert(inner) => StmtKind::Assert {
                test: self.expr(&inner.test),
                message: inner.msg.as_ref().map(|message| self.expr(message)),
                text: self.source.get(inner.test.range().to_std_range()).unwrap_or_default().into(),
            },
            ParsedStmt::Delete(inner) => {
                StmtKind::Delete(inner.targets.iter().map(|target| self.target(target)).collect())
            }
            ParsedStmt::FunctionDef(inner) => {
                let decorators =
                    inner.decorator_list.iter().map(|d| self.expr(&d.expression)).collect();
                let definition = self.function(inner);
                StmtKind::FunctionTree { place: self.place(&inner.name), definition, decorators }
            }
            ParsedStmt::ClassDef(inner) => {
                let decorators =
                    inner.decorator_list.iter().map(|d| self.expr(&d.expression)).collect();
                match self.class(inner) {
                    Some(class) => {
                        StmtKind::Class { place: self.place(&inner.name), class, decorators }
                    }
                    None => StmtKind::Unsupported(
                        "a class with a metaclass, unpacked bases or type parameters",
                    ),
                }
            }
            // what they declare has been seen when the scope was entered
            ParsedStmt::Pass(_) | ParsedStmt::Global(_) => StmtKind::Pass,
            ParsedStmt::Nonlocal(inner) => {
                if self.kind() == NameScopeKind::Module {
                    self.refuse(inner.range, "nonlocal declaration not allowed at module level");
                }
                StmtKind::Pass
            }
            ParsedStmt::Break(inner) => {
                if !self.in_loop {
                    self.refuse(inner.range, "'break' outside loop");
                }
                StmtKind::Break
            }
            ParsedStmt::Continue(inner) => {
                if !self.in_loop {
                    self.refuse(inner.range, "'continue' not properly in loop");
                }
                StmtKind::Continue
            }
            _ => StmtKind::Unsupported(self.unsupported(stmt)),
        }
    }

    /// What is looked through for mistakes, and not run.
    fn unsupported(&mut self, stmt: &ParsedStmt) -> &'static str {
        match stmt {
            ParsedStmt::With(inner) => {
                if inner.is_async {
                    self.need_async(stmt, "'async with' outside async function");
                }
                for item in &inner.items {
                    self.expr(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.target(target);
                    }
                }
                self.counted_body(inner.range, &inner.body);
                "with"
            }
            ParsedStmt::Match(inner) => {
                self.expr(&inner.subject);
                for (range, message) in super::patterns::mistakes(&inner.cases) {
                    self.refuse(range, message);
                }
                for case in &inner.cases {
                    if let Some(guard) = &case.guard {
                        self.expr(guard);
                    }
                    self.body(&case.body);
                }
                "match"
            }
            ParsedStmt::Import(_) => "import",
            ParsedStmt::ImportFrom(inner) => {
                self.check_future(inner);
                let has_star = inner.names.iter().any(|alias| alias.name.as_str() == "*");
                if has_star && self.kind() != NameScopeKind::Module {
                    self.refuse(inner.range, "import * only allowed at module level");
                }
                "import"
            }
            _ => "this statement",
        }
    }

    /// What is imported from `__future__` must be there, and come first.
    fn check_future(&mut self, import: &ast::StmtImportFrom) {
        const FEATURES: &[&str] = &[
            "nested_scopes",
            "generators",
            "division",
            "absolute_import",
            "with_statement",
            "print_function",
            "unicode_literals",
            "barry_as_FLUFL",
            "generator_stop",
            "annotations",
        ];
        if import.level > 0
            || import.module.as_ref().is_none_or(|module| module.as_str() != "__future__")
        {
            return;
        }
        if import.names.iter().any(|alias| !FEATURES.contains(&alias.name.as_str())) {
            self.refuse(import.range, "such a future feature is not defined");
        }
        if self.kind() != NameScopeKind::Module || import.range.start() >= self.futures_end {
            self.refuse(
                import.range,
                "from __future__ imports must occur at the beginning of the file",
            );
        }
    }

    fn need_async(&mut self, stmt: &ParsedStmt, message: &str) {
        if self.kind() != (NameScopeKind::FunctionTree { is_async: true }) {
            self.refuse(stmt.range(), message);
        }
    }

    fn loop_body(&mut self, range: TextRange, body: &[ParsedStmt]) -> Vec<Stmt> {
        let around = std::mem::replace(&mut self.in_loop, true);
        let body = self.counted_body(range, body);
        self.in_loop = around;
        body
    }

    fn for_loop(&mut self, inner: &ast::StmtFor) -> StmtKind {
        if inner.is_async && self.kind() != (NameScopeKind::FunctionTree { is_async: true }) {
            self.refuse(inner.range, "'async for' outside async function");
        }
        let iterable = self.expr(&inner.iter);
        let target = self.target(&inner.target);
        let body = self.loop_body(inner.range, &inner.body);
        let otherwise = self.body(&inner.orelse);
        match inner.is_async {
            true => StmtKind::Unsupported("async for"),
            false => StmtKind::For { target, iterable, body, otherwise },
        }
    }

    fn conditional(&mut self, inner: &ast::StmtIf) -> StmtKind {
        let mut branches = vec![(self.expr(&inner.test), self.body(&inner.body))];
        let mut otherwise = Vec::new();
        for clause in &inner.elif_else_clauses {
            match &clause.test {
                Some(test) => {
                    let test = self.expr(test);
                    branches.push((test, self.body(&clause.body)));
                }
                None => otherwise = self.body(&clause.body),
            }
        }
        StmtKind::If { branches, otherwise }
    }

    fn annotated(&mut self, inner: &ast::StmtAnnAssign) -> StmtKind {
        let value = inner.value.as_ref().map(|value| self.expr(value));
        let annotation = self.expr(&inner.annotation);
        if let (Parsed::Name(name), true) = (inner.target.as_ref(), inner.simple)
            && self.is_declared_elsewhere(&name.id)
        {
            self.refuse(
                inner.range,
                format!("annotated name '{}' can't be global or nonlocal", name.id),
            );
        }
        let target = self.target(&inner.target);
        if value.is_none() && !inner.simple {
            return StmtKind::Unsupported("an annotation alone of something that is no plain name");
        }
        let is_evaluated = matches!(self.kind(), NameScopeKind::Module | NameScopeKind::Class);
        StmtKind::Annotated {
            target: value.is_some().then_some(target),
            value,
            annotation: is_evaluated.then_some(annotation),
        }
    }

    fn try_stmt(&mut self, inner: &ast::StmtTry) -> StmtKind {
        let body = self.counted_body(inner.range, &inner.body);
        let mut handlers = Vec::new();
        for (index, handler) in inner.handlers.iter().enumerate() {
            let ExceptHandler::ExceptHandler(handler) = handler;
            if handler.type_.is_none() && index + 1 < inner.handlers.len() {
                self.refuse(handler.range, "default 'except:' must be last");
            }
            let around = (self.in_loop, self.in_star_handler);
            if inner.is_star {
                (self.in_loop, self.in_star_handler) = (false, true);
            }
            handlers.push(Handler {
                matches: handler.type_.as_ref().map(|matches| self.expr(matches)),
                name: handler.name.as_ref().map(|name| self.place(name)),
                body: self.body(&handler.body),
            });
            (self.in_loop, self.in_star_handler) = around;
        }
        let otherwise = self.body(&inner.orelse);
        let finally = self.body(&inner.finalbody);
        match inner.is_star {
            true => StmtKind::Unsupported("except*"),
            false => StmtKind::Try { body, handlers, otherwise, finally },
        }
    }

    /// What is assigned to, or deleted.
    pub fn target(&mut self, target: &Parsed) -> Target {
        self.nesting += 1;
        let lowered = match target {
            Parsed::Name(name) => Target::Place(self.place(&name.id)),
            Parsed::Attribute(inner) => {
                let value = self.expr(&inner.value);
                Target::Attribute(value, self.name(&inner.attr))
            }
            Parsed::Subscript(inner) => {
                let value = self.expr(&inner.value);
                Target::Subscript(value, self.expr(&inner.slice))
            }
            Parsed::Tuple(ast::ExprTuple { elts, .. })
            | Parsed::List(ast::ExprList { elts, .. }) => self.targets(target, elts),
            _ => {
                self.refuse(target.range(), "cannot assign to this expression");
                Target::Sequence { items: Vec::new(), star: None }
            }
        };
        self.nesting -= 1;
        lowered
    }

    fn targets(&mut self, all: &Parsed, elements: &[Parsed]) -> Target {
        let mut star = None;
        let mut items = Vec::new();
        if self.nesting > MAX_NESTING {
            self.refuse(all.range(), "too many targets in each other");
            return Target::Sequence { items, star };
        }
        for (index, element) in elements.iter().enumerate() {
            items.push(match element {
                Parsed::Starred(starred) => {
                    if star.replace(index).is_some() {
                        self.refuse(all.range(), "multiple starred expressions in assignment");
                    }
                    self.target(&starred.value)
                }
                _ => self.target(element),
            });
        }
        Target::Sequence { items, star }
    }
}
