//! Which names a function, class body or module binds, as Python's compiler sees it.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, ExprContext, Identifier, Parameters, Pattern, Stmt};

/// The names that a block binds, and those it says belong elsewhere.
#[derive(Debug, Default)]
pub struct Bindings {
    /// In the order in which they are met, each once.
    pub bound: Vec<String>,
    /// Names of `global` statements.
    pub globals: Vec<String>,
    /// Names of `nonlocal` statements.
    pub nonlocals: Vec<String>,
    /// Whether the block yields, which makes its function a generator.
    pub yields: bool,
    /// What Python would not compile.
    pub mistake: Option<(u32, String)>,
    used: Vec<String>,
}

impl Bindings {
    /// What a block of statements binds.
    pub fn of_body(body: &[Stmt]) -> Self {
        let mut bindings = Self::default();
        bindings.visit_body(body);
        bindings
    }

    /// What the parameters and the body of a function bind, the parameters first, in the order in which
    /// [`super::tree::Parameters`] lays them out.
    pub fn of_function(parameters: &Parameters, body: &[Stmt]) -> Self {
        let mut bindings = Self::of_parameters(parameters);
        bindings.visit_body(body);
        let clash = bindings.globals.iter().chain(&bindings.nonlocals).find(|name| {
            let mut parameters = parameters.iter();
            parameters.any(|parameter| parameter.name().as_str() == name.as_str())
        });
        if let Some(name) = clash {
            let message = format!("name '{name}' is parameter and global or nonlocal");
            bindings.mistake.get_or_insert((parameters.range.start().to_u32(), message));
        }
        bindings
    }

    /// What the parameters and the body of a lambda bind.
    pub fn of_lambda(parameters: Option<&Parameters>, body: &Expr) -> Self {
        let mut bindings = parameters.map(Self::of_parameters).unwrap_or_default();
        bindings.visit_expr(body);
        bindings
    }

    fn of_parameters(parameters: &Parameters) -> Self {
        let mut bindings = Self::default();
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        for parameter in positional.chain(&parameters.kwonlyargs) {
            bindings.bind_parameter(&parameter.parameter.name);
        }
        for parameter in parameters.vararg.iter().chain(&parameters.kwarg) {
            bindings.bind_parameter(&parameter.name);
        }
        bindings
    }

    fn bind_parameter(&mut self, name: &Identifier) {
        if self.bound.iter().any(|bound| bound == name.as_str()) {
            let message = format!("duplicate argument '{name}' in function definition");
            self.mistake.get_or_insert((name.range.start().to_u32(), message));
        }
        self.bind(name);
    }

    /// Binds a name, if it is not bound yet.
    pub fn bind(&mut self, name: &str) {
        if name == "__debug__" {
            self.mistake.get_or_insert((0, "cannot assign to __debug__".to_owned()));
        }
        if !self.bound.iter().any(|bound| bound == name) {
            self.bound.push(name.to_owned());
        }
    }

    fn declare(&mut self, names: &[Identifier], global: bool) {
        for name in names {
            let taken = |list: &[String]| list.iter().any(|known| known == name.as_str());
            let other = if global { &self.nonlocals } else { &self.globals };
            if taken(&self.bound) || taken(&self.used) || taken(other) {
                let message =
                    format!("name '{name}' is used before its global or nonlocal declaration");
                self.mistake.get_or_insert((name.range.start().to_u32(), message));
            }
            let list = if global { &mut self.globals } else { &mut self.nonlocals };
            list.push(name.to_string());
        }
    }
}

impl<'a> Visitor<'a> for Bindings {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                for decorator in &function.decorator_list {
                    self.visit_decorator(decorator);
                }
                self.visit_parameters(&function.parameters);
                if let Some(returns) = &function.returns {
                    self.visit_annotation(returns);
                }
                self.bind(&function.name);
            }
            Stmt::ClassDef(class) => {
                for decorator in &class.decorator_list {
                    self.visit_decorator(decorator);
                }
                if let Some(arguments) = &class.arguments {
                    self.visit_arguments(arguments);
                }
                self.bind(&class.name);
            }
            Stmt::Global(global) => self.declare(&global.names, true),
            Stmt::Nonlocal(nonlocal) => self.declare(&nonlocal.names, false),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.bind(name.split('.').next().unwrap_or(name));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            Stmt::AnnAssign(annotated) => {
                if let (Expr::Name(name), true) = (annotated.target.as_ref(), annotated.simple) {
                    self.bind(&name.id);
                }
                visitor::walk_stmt(self, stmt);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(inner) => inner.name.as_ref(),
            Pattern::MatchStar(inner) => inner.name.as_ref(),
            Pattern::MatchMapping(inner) => inner.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name);
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Store | ExprContext::Del => self.bind(&name.id),
                _ => self.used.push(name.id.to_string()),
            },
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.visit_parameters(parameters);
                }
            }
            Expr::ListComp(inner) => self.visit_inside(&inner.generators, &[&inner.elt]),
            Expr::SetComp(inner) => self.visit_inside(&inner.generators, &[&inner.elt]),
            Expr::Generator(inner) => self.visit_inside(&inner.generators, &[&inner.elt]),
            Expr::DictComp(inner) => {
                self.visit_inside(&inner.generators, &[&inner.key, &inner.value])
            }
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.yields = true;
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

impl Bindings {
    /// A comprehension binds its targets in a scope of its own; only `:=` in it reaches this one.
    fn visit_inside<'a>(
        &mut self,
        generators: &'a [ruff_python_ast::Comprehension],
        elements: &[&'a Expr],
    ) {
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        let mut walruses = Walruses(self);
        for generator in generators {
            walruses.visit_expr(&generator.iter);
            generator.ifs.iter().for_each(|condition| walruses.visit_expr(condition));
        }
        elements.iter().for_each(|element| walruses.visit_expr(element));
    }
}

/// Finds the `:=` of a comprehension, and of those in it.
struct Walruses<'b>(&'b mut Bindings);

impl<'a> Visitor<'a> for Walruses<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_) => {}
            Expr::Named(named) => {
                if let Expr::Name(name) = named.target.as_ref() {
                    self.0.bind(&name.id);
                }
                self.visit_expr(&named.value);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

/// The names that the targets of a comprehension bind.
pub fn comprehension_targets(generators: &[ruff_python_ast::Comprehension]) -> Vec<String> {
    let mut bindings = Bindings::default();
    generators.iter().for_each(|generator| bindings.visit_expr(&generator.target));
    bindings.bound
}
