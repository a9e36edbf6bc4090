//! Expressions, lowered.

use ruff_python_ast::{
    self as ast, Expr as Parsed, FStringPart, InterpolatedStringElement, StringFlags,
};
use ruff_text_size::Ranged;

use super::lower::{Lowering, MAX_NESTING, NameScopeKind};
use super::scope::comprehension_targets;
use super::tree::{
    Binary, Call, Clause, Collect, CompareOp, Comprehension, Conversion, Expr, Item, Piece, Unary,
};

impl Lowering<'_> {
    /// An expression.
    pub fn expr(&mut self, expr: &Parsed) -> Expr {
        if self.nesting > MAX_NESTING {
            return Expr::Unsupported("expressions that stand so deep in each other");
        }
        self.nesting += 1;
        let lowered = self.expr_kind(expr);
        self.nesting -= 1;
        lowered
    }

    fn boxed(&mut self, expr: &Parsed) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn expr_kind(&mut self, expr: &Parsed) -> Expr {
        match expr {
            Parsed::NoneLiteral(_) => Expr::None,
            Parsed::BooleanLiteral(inner) => Expr::Bool(inner.value),
            Parsed::EllipsisLiteral(_) => Expr::Ellipsis,
            Parsed::NumberLiteral(inner) => number(&inner.value),
            Parsed::StringLiteral(inner) => self.text(inner.value.to_str()),
            Parsed::FString(inner) => self.f_string(&inner.value),
            Parsed::Name(name) => Expr::Place(self.place(&name.id)),
            Parsed::List(inner) => Expr::List(self.items(&inner.elts)),
            Parsed::Tuple(inner) => Expr::Tuple(self.items(&inner.elts)),
            Parsed::Set(inner) => Expr::Set(self.items(&inner.elts)),
            Parsed::Dict(inner) => {
                let pair = |item: &ast::DictItem| {
                    let key = item.key.as_ref().map(|key| self.expr(key));
                    (key, self.expr(&item.value))
                };
                Expr::Dict(inner.items.iter().map(pair).collect())
            }
            Parsed::UnaryOp(inner) => Expr::Unary(inner.op.into(), self.boxed(&inner.operand)),
            Parsed::BinOp(inner) => {
                let left = self.expr(&inner.left);
                Expr::Binary(inner.op.into(), Box::new((left, self.expr(&inner.right))))
            }
            Parsed::BoolOp(inner) => match inner.op {
                ast::BoolOp::And => Expr::And(self.exprs(&inner.values)),
                ast::BoolOp::Or => Expr::Or(self.exprs(&inner.values)),
            },
            Parsed::Compare(inner) => {
                let left = self.boxed(&inner.left);
                let pairs = inner.ops.iter().zip(&inner.comparators);
                Expr::Compare(
                    left,
                    pairs.map(|(op, right)| ((*op).into(), self.expr(right))).collect(),
                )
            }
            Parsed::If(inner) => {
                let test = self.expr(&inner.test);
                let body = self.expr(&inner.body);
                Expr::Conditional(Box::new((test, body, self.expr(&inner.orelse))))
            }
            Parsed::Attribute(inner) => {
                let value = self.boxed(&inner.value);
                Expr::Attribute(value, self.name(&inner.attr))
            }
            Parsed::Subscript(inner) => {
                let value = self.expr(&inner.value);
                Expr::Subscript(Box::new((value, self.expr(&inner.slice))))
            }
            Parsed::Slice(inner) => {
                let mut part =
                    |part: &Option<Box<Parsed>>| part.as_ref().map(|part| self.expr(part));
                Expr::Slice(Box::new([part(&inner.lower), part(&inner.upper), part(&inner.step)]))
            }
            Parsed::Lambda(inner) => Expr::Lambda(Box::new(self.lambda(inner))),
            Parsed::Call(inner) => self.call(inner),
            Parsed::Named(inner) => self.named(inner),
            Parsed::ListComp(inner) => {
                self.comprehension(Collect::List, &inner.generators, &inner.elt, None)
            }
            Parsed::SetComp(inner) => {
                self.comprehension(Collect::Set, &inner.generators, &inner.elt, None)
            }
            Parsed::Generator(inner) => {
                self.comprehension(Collect::Generator, &inner.generators, &inner.elt, None)
            }
            Parsed::DictComp(inner) => {
                self.comprehension(Collect::Dict, &inner.generators, &inner.key, Some(&inner.value))
            }
            Parsed::Starred(inner) => {
                self.refuse(inner.range, "can't use starred expression here");
                self.expr(&inner.value)
            }
            Parsed::Yield(inner) => {
                self.check_yield(expr);
                if let Some(value) = &inner.value {
                    self.expr(value);
                }
                Expr::Unsupported("yield")
            }
            Parsed::YieldFrom(inner) => {
                self.check_yield(expr);
                if self.kind() == (NameScopeKind::FunctionTree { is_async: true }) {
                    self.refuse(inner.range, "'yield from' inside async function");
                }
                self.expr(&inner.value);
                Expr::Unsupported("yield from")
            }
            Parsed::Await(inner) => {
                if self.kind_around_comprehensions()
                    != (NameScopeKind::FunctionTree { is_async: true })
                {
                    self.refuse(inner.range, "'await' outside async function");
                }
                self.expr(&inner.value);
                Expr::Unsupported("await")
            }
            Parsed::BytesLiteral(_) => Expr::Unsupported("bytes"),
            Parsed::TString(_) | Parsed::IpyEscapeCommand(_) => {
                Expr::Unsupported("this expression")
            }
        }
    }

    fn text(&mut self, text: &str) -> Expr {
        // the parser puts this in the place of surrogates, which no Rust string can hold
        if text.contains(char::REPLACEMENT_CHARACTER) {
            return Expr::Unsupported("surrogates in a string");
        }
        self.tree.strings.push(text.into());
        Expr::Str((self.tree.strings.len() - 1) as u32)
    }

    fn check_yield(&mut self, expr: &Parsed) {
        match self.kind() {
            NameScopeKind::FunctionTree { .. } => {}
            NameScopeKind::Comprehension => {
                self.refuse(expr.range(), "'yield' inside comprehension")
            }
            NameScopeKind::Module | NameScopeKind::Class => {
                self.refuse(expr.range(), "'yield' outside function")
            }
        }
    }

    /// The elements of a display or the arguments of a call.
    fn items(&mut self, items: &[Parsed]) -> Vec<Item> {
        let item = |item: &Parsed| match item {
            Parsed::Starred(starred) => Item::Star(self.expr(&starred.value)),
            _ => Item::One(self.expr(item)),
        };
        items.iter().map(item).collect()
    }

    fn call(&mut self, call: &ast::ExprCall) -> Expr {
        let callee = self.expr(&call.func);
        let positional = self.items(&call.arguments.args);
        let mut named = Vec::new();
        for keyword in &call.arguments.keywords {
            if keyword.arg.as_ref().is_some_and(|name| name.as_str() == "__debug__") {
                self.refuse(keyword.range, "cannot assign to __debug__");
            }
            let name = keyword.arg.as_ref().map(|name| self.name(name));
            named.push((name, self.expr(&keyword.value)));
        }
        Expr::Call(Box::new(Call { callee, positional, named }))
    }

    fn named(&mut self, named: &ast::ExprNamed) -> Expr {
        let Parsed::Name(name) = named.target.as_ref() else {
            self.refuse(named.range, "cannot use assignment expressions with this");
            return Expr::None;
        };
        if self.is_target_of_comprehension(&name.id) {
            let message =
                format!("assignment expression cannot rebind comprehension variable '{}'", name.id);
            self.refuse(named.range, message);
        }
        if self.kind() == NameScopeKind::Comprehension
            && self.kind_around_comprehensions() == NameScopeKind::Class
        {
            self.refuse(
                named.range,
                "assignment expression within a comprehension in a class body",
            );
        }
        let place = self.place(&name.id);
        Expr::Named(place, self.boxed(&named.value))
    }

    fn comprehension(
        &mut self,
        collect: Collect,
        generators: &[ast::Comprehension],
        element: &Parsed,
        value: Option<&Parsed>,
    ) -> Expr {
        let Some(first) = generators.first() else {
            return Expr::Unsupported("a comprehension without a loop");
        };
        if generators.iter().any(|generator| has_walrus(&generator.iter)) {
            self.refuse(
                first.range,
                "assignment expression in a comprehension iterable expression",
            );
        }
        let is_async = generators.iter().any(|generator| generator.is_async);
        let must_be_async = is_async && collect != Collect::Generator;
        if must_be_async
            && self.kind_around_comprehensions() != (NameScopeKind::FunctionTree { is_async: true })
        {
            self.refuse(
                first.range,
                "asynchronous comprehension outside of an asynchronous function",
            );
        }
        let iterable = self.boxed(&first.iter);
        self.enter_comprehension(comprehension_targets(generators));
        let mut clauses = Vec::new();
        for (index, generator) in generators.iter().enumerate() {
            clauses.push(Clause {
                iterable: (index > 0).then(|| self.expr(&generator.iter)),
                target: self.target(&generator.target),
                conditions: self.exprs(&generator.ifs),
            });
        }
        let element = self.expr(element);
        let value = value.map(|value| self.expr(value));
        let slots = self.leave();
        if is_async {
            return Expr::Unsupported("an async comprehension");
        }
        self.tree.comprehensions.push(Comprehension { slots, clauses, element, value });
        Expr::Comprehension { index: self.tree.comprehensions.len() - 1, collect, iterable }
    }

    fn f_string(&mut self, value: &ast::FStringValue) -> Expr {
        let mut pieces = Vec::new();
        for part in value {
            match part {
                FStringPart::Literal(literal) => pieces.push(Piece::Text(literal.value.clone())),
                FStringPart::FString(inner) => match self.f_string_pieces(inner) {
                    Some(more) => pieces.extend(more),
                    None => return Expr::Unsupported("'=' or '!a' in an f-string"),
                },
            }
        }
        Expr::Formatted(pieces)
    }

    /// The parts of an f-string, with what Python 3.11 does not take in one.
    fn f_string_pieces(&mut self, inner: &ast::FString) -> Option<Vec<Piece>> {
        for element in inner.elements.interpolations() {
            let text = self.source.get(element.range.to_std_range()).unwrap_or_default();
            if !inner.flags.is_triple_quoted() && text.contains('\n') {
                self.refuse(element.range, "unterminated string literal");
            }
            let specs = element.format_spec.iter().flat_map(|spec| spec.elements.interpolations());
            if specs.into_iter().any(|nested| {
                nested
                    .format_spec
                    .iter()
                    .any(|spec| spec.elements.interpolations().next().is_some())
            }) {
                self.refuse(element.range, "f-string: expressions nested too deeply");
            }
        }
        self.pieces(&inner.elements)
    }

    /// The parts of an f-string or of a format in it; none if they ask for what is not supported.
    fn pieces(&mut self, elements: &ast::InterpolatedStringElements) -> Option<Vec<Piece>> {
        let mut pieces = Some(Vec::new());
        for element in elements {
            let piece = match element {
                InterpolatedStringElement::Literal(literal) => {
                    Some(Piece::Text(literal.value.clone()))
                }
                InterpolatedStringElement::Interpolation(inner) => self.interpolation(inner),
            };
            match (&mut pieces, piece) {
                (Some(pieces), Some(piece)) => pieces.push(piece),
                _ => pieces = None,
            }
        }
        pieces
    }

    fn interpolation(&mut self, inner: &ast::InterpolatedElement) -> Option<Piece> {
        let value = self.expr(&inner.expression);
        let spec = match &inner.format_spec {
            Some(spec) => self.pieces(&spec.elements)?,
            None => Vec::new(),
        };
        let conversion = match inner.conversion {
            ast::ConversionFlag::None => Conversion::None,
            ast::ConversionFlag::Str => Conversion::Str,
            ast::ConversionFlag::Repr => Conversion::Repr,
            ast::ConversionFlag::Ascii => return None,
        };
        inner.debug_text.is_none().then_some(Piece::PythonValue { value, conversion, spec })
    }
}

fn number(number: &ast::Number) -> Expr {
    match number {
        ast::Number::Int(int) => {
            int.as_i64().map_or(Expr::Unsupported("integers beyond 64 bits"), Expr::Int)
        }
        ast::Number::Float(float) if float.is_finite() => Expr::Float(*float),
        ast::Number::Float(_) => Expr::Unsupported("floats beyond the largest"),
        ast::Number::Complex { .. } => Expr::Unsupported("complex numbers"),
    }
}

fn has_walrus(expr: &Parsed) -> bool {
    ast::helpers::any_over_expr(expr, &|inner| matches!(inner, Parsed::Named(_)))
}

impl From<ast::Operator> for Binary {
    fn from(operator: ast::Operator) -> Self {
        match operator {
            ast::Operator::Add => Self::Add,
            ast::Operator::Sub => Self::Sub,
            ast::Operator::Mult => Self::Mul,
            ast::Operator::MatMult => Self::MatMul,
            ast::Operator::Div => Self::Div,
            ast::Operator::Mod => Self::Mod,
            ast::Operator::Pow => Self::Pow,
            ast::Operator::LShift => Self::LeftShift,
            ast::Operator::RShift => Self::RightShift,
            ast::Operator::BitOr => Self::BitOr,
            ast::Operator::BitXor => Self::BitXor,
            ast::Operator::BitAnd => Self::BitAnd,
            ast::Operator::FloorDiv => Self::FloorDiv,
        }
    }
}

impl From<ast::UnaryOp> for Unary {
    fn from(operator: ast::UnaryOp) -> Self {
        match operator {
            ast::UnaryOp::Invert => Self::Invert,
            ast::UnaryOp::Not => Self::Not,
            ast::UnaryOp::UAdd => Self::Plus,
            ast::UnaryOp::USub => Self::Minus,
        }
    }
}

impl From<ast::CmpOp> for CompareOp {
    fn from(operator: ast::CmpOp) -> Self {
        match operator {
            ast::CmpOp::Eq => Self::Equal,
            ast::CmpOp::NotEq => Self::NotEqual,
            ast::CmpOp::Lt => Self::Less,
            ast::CmpOp::LtE => Self::LessEqual,
            ast::CmpOp::Gt => Self::Greater,
            ast::CmpOp::GtE => Self::GreaterEqual,
            ast::CmpOp::Is => Self::Is,
            ast::CmpOp::IsNot => Self::IsNot,
            ast::CmpOp::In => Self::In,
            ast::CmpOp::NotIn => Self::NotIn,
        }
    }
}
