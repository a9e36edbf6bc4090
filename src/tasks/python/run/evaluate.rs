//! Expressions, evaluated.

use super::iterate::Iter;
use super::machine::{Args, PythonMachine, Run};
use super::tree::{Call, Collect, CompareOp, Conversion, Expr, Item, NameId, Piece, Unary};
use super::value::{Object, PythonValue};

impl<'p> PythonMachine<'p> {
    /// The value of an expression.
    pub fn eval(&mut self, expr: &'p Expr) -> Run<PythonValue> {
        match expr {
            Expr::None => Ok(PythonValue::None),
            Expr::Bool(value) => Ok(PythonValue::Bool(*value)),
            Expr::Int(value) => Ok(PythonValue::Int(*value)),
            Expr::Float(value) => Ok(PythonValue::Float(*value)),
            Expr::Str(index) => Ok(self.literal(*index)),
            Expr::Ellipsis => Ok(PythonValue::Ellipsis),
            Expr::Place(place) => self.load(place),
            Expr::Unsupported(what) => Err(self.not_supported(what)),
            _ => {
                self.work(4)?;
                self.sink()?;
                let value = self.eval_compound(expr);
                self.rise();
                value
            }
        }
    }

    fn eval_compound(&mut self, expr: &'p Expr) -> Run<PythonValue> {
        match expr {
            Expr::List(items) => {
                let items = self.eval_items(items)?;
                self.list(items)
            }
            Expr::Tuple(items) => {
                let items = self.eval_items(items)?;
                self.tuple(items)
            }
            Expr::Set(items) => {
                let items = self.eval_items(items)?;
                self.set(items)
            }
            Expr::Dict(pairs) => self.eval_dict(pairs),
            Expr::Formatted(pieces) => {
                let text = self.format_pieces(pieces)?;
                self.string(text)
            }
            Expr::Unary(Unary::Not, operand) => Ok(PythonValue::Bool(!self.eval_truth(operand)?)),
            Expr::Unary(operator, operand) => {
                let operand = self.eval(operand)?;
                self.unary(*operator, operand)
            }
            Expr::Binary(operator, operands) => {
                let left = self.eval(&operands.0)?;
                let right = self.eval(&operands.1)?;
                self.binary(*operator, left, right)
            }
            Expr::And(operands) => self.eval_until(operands, false),
            Expr::Or(operands) => self.eval_until(operands, true),
            Expr::Compare(left, rest) => self.eval_comparison(left, rest),
            Expr::Conditional(parts) => {
                let (test, body, otherwise) = parts.as_ref();
                if self.eval_truth(test)? { self.eval(body) } else { self.eval(otherwise) }
            }
            Expr::Call(call) => self.eval_call(call),
            Expr::Attribute(object, name) => {
                let object = self.eval(object)?;
                self.attribute(object, *name)
            }
            Expr::Subscript(parts) => {
                let object = self.eval(&parts.0)?;
                let index = self.eval(&parts.1)?;
                self.subscript(object, index)
            }
            Expr::Slice(parts) => {
                let mut values = [PythonValue::None; 3];
                for (value, part) in values.iter_mut().zip(parts.iter()) {
                    if let Some(part) = part {
                        *value = self.eval(part)?;
                    }
                }
                self.object(Object::Slice(values), 2)
            }
            Expr::Lambda(definition) => self.define(definition),
            Expr::Comprehension { index, collect, iterable } => {
                let iterable = self.eval(iterable)?;
                self.comprehension(*index, *collect, iterable)
            }
            Expr::Named(place, value) => {
                let value = self.eval(value)?;
                self.store(place, value);
                Ok(value)
            }
            _ => Err(self.not_supported("this expression")),
        }
    }

    /// Whether the value of an expression counts as true.
    pub fn eval_truth(&mut self, expr: &'p Expr) -> Run<bool> {
        let value = self.eval(expr)?;
        self.truth(value)
    }

    /// The values of several expressions.
    pub fn eval_all(&mut self, exprs: &'p [Expr]) -> Run<Vec<PythonValue>> {
        exprs.iter().map(|expr| self.eval(expr)).collect()
    }

    fn eval_items(&mut self, items: &'p [Item]) -> Run<Vec<PythonValue>> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::One(expr) => values.push(self.eval(expr)?),
                Item::Star(expr) => {
                    let iterable = self.eval(expr)?;
                    values.extend(self.collect(iterable)?);
                }
            }
        }
        Ok(values)
    }

    fn eval_dict(&mut self, pairs: &'p [(Option<Expr>, Expr)]) -> Run<PythonValue> {
        let mut values = Vec::new();
        for (key, value) in pairs {
            match key {
                Some(key) => {
                    let key = self.eval(key)?;
                    values.push((key, self.eval(value)?));
                }
                None => {
                    let other = self.eval(value)?;
                    let Some(Object::Dict(dict)) = self.heap.object(other) else {
                        return Err(self.type_error("what follows ** is not a mapping"));
                    };
                    values.extend(dict.entries());
                }
            }
        }
        self.dict(values)
    }

    /// The first operand that counts as `stop`, or the last.
    fn eval_until(&mut self, operands: &'p [Expr], stop: bool) -> Run<PythonValue> {
        let mut value = PythonValue::None;
        for (index, operand) in operands.iter().enumerate() {
            value = self.eval(operand)?;
            if index + 1 < operands.len() && self.truth(value)? == stop {
                break;
            }
        }
        Ok(value)
    }

    fn eval_comparison(
        &mut self,
        left: &'p Expr,
        rest: &'p [(CompareOp, Expr)],
    ) -> Run<PythonValue> {
        let mut left = self.eval(left)?;
        let mut result = PythonValue::Bool(true);
        for (index, (operator, right)) in rest.iter().enumerate() {
            let right = self.eval(right)?;
            result = self.compare(*operator, left, right)?;
            if index + 1 < rest.len() && !self.truth(result)? {
                break;
            }
            left = right;
        }
        Ok(result)
    }

    fn eval_call(&mut self, call: &'p Call) -> Run<PythonValue> {
        let (callee, method) = match &call.callee {
            Expr::Attribute(object, name) => (self.eval(object)?, Some(*name)),
            callee => (self.eval(callee)?, None),
        };
        // Python looks the method up before it evaluates the arguments
        let method = match method {
            Some(name) if self.has_builtin_method(callee, name) => Some(name),
            Some(name) => {
                let callee = self.attribute(callee, name)?;
                let args = self.eval_args(call)?;
                return self.call(callee, args);
            }
            None => None,
        };
        let args = self.eval_args(call)?;
        match method {
            Some(name) => self.call_builtin_method(callee, name, args),
            None => self.call(callee, args),
        }
    }

    fn eval_args(&mut self, call: &'p Call) -> Run<Args> {
        let positional = self.eval_items(&call.positional)?;
        let mut named = Vec::new();
        for (name, value) in &call.named {
            let value = self.eval(value)?;
            match name {
                Some(name) => named.push((*name, value)),
                None => self.unpack_named(value, &mut named)?,
            }
        }
        Ok(Args { positional, named })
    }

    /// The arguments that `**value` stands for.
    fn unpack_named(
        &mut self,
        value: PythonValue,
        named: &mut Vec<(NameId, PythonValue)>,
    ) -> Run<()> {
        let Some(Object::Dict(dict)) = self.heap.object(value) else {
            return Err(self.type_error("argument after ** must be a mapping"));
        };
        let entries: Vec<_> = dict.entries().collect();
        for (key, value) in entries {
            let Some(word) = self.heap.text(key) else {
                return Err(self.type_error("keywords must be strings"));
            };
            let Some(name) = self.id(&word.text) else {
                return Err(self.not_supported("** with names that the program does not write"));
            };
            if named.iter().any(|(known, _)| *known == name) {
                return Err(self.type_error("multiple values for a keyword argument"));
            }
            named.push((name, value));
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        index: usize,
        collect: Collect,
        iterable: PythonValue,
    ) -> Run<PythonValue> {
        let first = self.iter(iterable)?;
        let slots = vec![PythonValue::Unset; self.tree.comprehensions[index].slots.len()];
        let frame = self.new_frame(slots, self.frame)?;
        if collect == Collect::Generator {
            let state = Iter::Generator { index, frame, iterators: vec![first], is_done: false };
            return self.object(Object::Iterator(state), 4);
        }
        let line = self.line;
        let mut iterators = vec![first];
        let mut pairs = Vec::new();
        while let Some(pair) = self.next_round(index, frame, &mut iterators)? {
            self.reserve(1)?;
            pairs.push(pair);
        }
        self.line = line;
        match collect {
            Collect::Dict => self.dict(pairs),
            Collect::Set => self.set(pairs.into_iter().map(|(value, _)| value).collect()),
            Collect::List | Collect::Generator => {
                self.list(pairs.into_iter().map(|(value, _)| value).collect())
            }
        }
    }

    /// What the next round of a comprehension gives: element, or key and value.
    pub fn next_round(
        &mut self,
        index: usize,
        frame: u32,
        iterators: &mut Vec<u32>,
    ) -> Run<Option<(PythonValue, PythonValue)>> {
        let tree = self.tree;
        let comprehension = &tree.comprehensions[index];
        self.in_frame(frame, |machine| {
            while let Some(iterator) = iterators.last() {
                machine.step()?;
                let Some(value) = machine.next(*iterator)? else {
                    iterators.pop();
                    continue;
                };
                let clause = &comprehension.clauses[iterators.len() - 1];
                machine.assign(&clause.target, value)?;
                let mut holds = true;
                for condition in &clause.conditions {
                    holds = holds && machine.eval_truth(condition)?;
                }
                if !holds {
                    continue;
                }
                match comprehension
                    .clauses
                    .get(iterators.len())
                    .and_then(|next| next.iterable.as_ref())
                {
                    Some(iterable) => {
                        let iterable = machine.eval(iterable)?;
                        iterators.push(machine.iter(iterable)?);
                    }
                    None => {
                        let element = machine.eval(&comprehension.element)?;
                        let value = match &comprehension.value {
                            Some(value) => machine.eval(value)?,
                            None => PythonValue::None,
                        };
                        return Ok(Some((element, value)));
                    }
                }
            }
            Ok(None)
        })
    }

    /// The text of an f-string.
    fn format_pieces(&mut self, pieces: &'p [Piece]) -> Run<String> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::PythonValue { value, conversion, spec } => {
                    let mut value = self.eval(value)?;
                    if *conversion != Conversion::None {
                        let converted = match conversion {
                            Conversion::Repr => self.repr(value)?,
                            _ => self.str(value)?,
                        };
                        value = self.string(converted)?;
                    }
                    let spec = self.format_pieces(spec)?;
                    text.push_str(&self.format(value, &spec)?);
                }
            }
            self.work(text.len() / 16)?;
        }
        Ok(text)
    }
}
