//! Functions, lambdas and classes, lowered.

use ruff_python_ast::{self as ast, Expr as Parsed};
use ruff_text_size::Ranged;

use super::lower::{Lowering, NameScopeKind};
use super::scope::Bindings;
use super::tree::{ClassTree, Definition, FunctionBody, FunctionTree, ParameterList};

impl Lowering<'_> {
    /// A function statement, without its decorators.
    pub fn function(&mut self, function: &ast::StmtFunctionDef) -> Definition {
        let bindings = Bindings::of_function(&function.parameters, &function.body);
        let refused = if function.is_async {
            Some("an async function")
        } else if bindings.yields {
            Some("a generator function")
        } else if function.type_params.is_some() {
            Some("a function with type parameters")
        } else {
            None
        };
        let mut definition = self.definition(Some(&function.parameters));
        if let Some(returns) = &function.returns {
            definition.annotations.push(self.expr(returns));
        }
        let in_loop = std::mem::take(&mut self.in_loop);
        let blocks = std::mem::take(&mut self.blocks);
        let in_star_handler = std::mem::take(&mut self.in_star_handler);
        let is_async_generator = function.is_async && bindings.yields;
        let in_async_generator =
            std::mem::replace(&mut self.in_async_generator, is_async_generator);
        self.enter(NameScopeKind::FunctionTree { is_async: function.is_async }, bindings);
        let body = self.body(&function.body);
        let body = match refused {
            Some(what) => FunctionBody::Unsupported(what),
            None => FunctionBody::Statements(body),
        };
        self.in_loop = in_loop;
        self.blocks = blocks;
        self.in_star_handler = in_star_handler;
        self.in_async_generator = in_async_generator;
        let slots = self.leave();
        let name = self.name(&function.name);
        definition.function = self.keep(FunctionTree {
            name,
            parameters: layout(Some(&function.parameters)),
            slots,
            body,
        });
        definition
    }

    /// A lambda.
    pub fn lambda(&mut self, lambda: &ast::ExprLambda) -> Definition {
        let bindings = Bindings::of_lambda(lambda.parameters.as_deref(), &lambda.body);
        let yields = bindings.yields;
        let mut definition = self.definition(lambda.parameters.as_deref());
        self.enter(NameScopeKind::FunctionTree { is_async: false }, bindings);
        let body = self.expr(&lambda.body);
        let body = match yields {
            true => FunctionBody::Unsupported("a generator function"),
            false => FunctionBody::Lambda(Box::new(body)),
        };
        let slots = self.leave();
        let name = self.name("<lambda>");
        let parameters = layout(lambda.parameters.as_deref());
        definition.function = self.keep(FunctionTree { name, parameters, slots, body });
        definition
    }

    fn keep(&mut self, function: FunctionTree) -> usize {
        self.tree.functions.push(function);
        self.tree.functions.len() - 1
    }

    /// What is evaluated where a function with these parameters is defined.
    fn definition(&mut self, parameters: Option<&ast::Parameters>) -> Definition {
        let mut definition = Definition {
            function: 0,
            defaults: Vec::new(),
            keyword_defaults: Vec::new(),
            annotations: Vec::new(),
        };
        let Some(parameters) = parameters else {
            return definition;
        };
        let mut annotations: Vec<&Parsed> = Vec::new();
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            if let Some(default) = &parameter.default {
                definition.defaults.push(self.expr(default));
            }
            annotations.extend(parameter.parameter.annotation.as_deref());
        }
        // `*args: *types` is the one annotation that may be starred
        annotations.extend(
            parameters.vararg.iter().filter_map(|p| p.annotation.as_deref()).map(without_star),
        );
        for parameter in &parameters.kwonlyargs {
            let default = parameter.default.as_ref().map(|default| self.expr(default));
            definition.keyword_defaults.push(default);
            annotations.extend(parameter.parameter.annotation.as_deref());
        }
        annotations.extend(parameters.kwarg.iter().filter_map(|p| p.annotation.as_deref()));
        definition.annotations =
            annotations.into_iter().map(|annotation| self.expr(annotation)).collect();
        definition
    }

    /// A class statement, without its decorators; none where it is not supported.
    pub fn class(&mut self, class: &ast::StmtClassDef) -> Option<usize> {
        let mut bases = Vec::new();
        let mut is_plain = class.type_params.is_none();
        for base in class.arguments.iter().flat_map(|arguments| &arguments.args) {
            is_plain &= !matches!(base, Parsed::Starred(_));
            if matches!(base, Parsed::Generator(inner) if !inner.parenthesized) {
                self.refuse(base.range(), "invalid syntax");
            }
            let base = if let Parsed::Starred(starred) = base { &starred.value } else { base };
            bases.push(self.expr(base));
        }
        for keyword in class.arguments.iter().flat_map(|arguments| &arguments.keywords) {
            is_plain = false;
            self.expr(&keyword.value);
        }
        let in_loop = std::mem::take(&mut self.in_loop);
        let blocks = std::mem::take(&mut self.blocks);
        self.classes.push(class.name.to_string());
        self.enter(NameScopeKind::Class, Bindings::of_body(&class.body));
        let body = self.body(&class.body);
        let slots = self.leave();
        self.classes.pop();
        self.in_loop = in_loop;
        self.blocks = blocks;
        let name = self.name(&class.name);
        self.tree.classes.push(ClassTree { name, bases, slots, body });
        is_plain.then(|| self.tree.classes.len() - 1)
    }
}

/// What a star stands before.
fn without_star(expr: &Parsed) -> &Parsed {
    match expr {
        Parsed::Starred(starred) => &starred.value,
        _ => expr,
    }
}

fn layout(parameters: Option<&ast::Parameters>) -> ParameterList {
    let Some(parameters) = parameters else {
        return ParameterList::default();
    };
    ParameterList {
        positional: parameters.posonlyargs.len() + parameters.args.len(),
        positional_only: parameters.posonlyargs.len(),
        keyword_only: parameters.kwonlyargs.len(),
        var_positional: parameters.vararg.is_some(),
        var_keyword: parameters.kwarg.is_some(),
    }
}
