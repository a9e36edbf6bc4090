//! Statements, run.

use super::exceptions::ExceptionType;
use super::machine::{PythonMachine, Run, StatementFlow, Stop};
use super::tree::{CompareOp, Definition, Expr, Handler, Stmt, StmtKind, Target};
use super::value::{Closure, Object, PythonValue};

impl<'p> PythonMachine<'p> {
    /// Runs statements one after the other.
    pub fn block(&mut self, body: &'p [Stmt]) -> Run<StatementFlow> {
        for stmt in body {
            self.step()?;
            self.line = stmt.line;
            self.sink()?;
            let flow = self.stmt(stmt);
            self.rise();
            match flow? {
                StatementFlow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(StatementFlow::Next)
    }

    fn stmt(&mut self, stmt: &'p Stmt) -> Run<StatementFlow> {
        match &stmt.kind {
            StmtKind::Pass => {}
            StmtKind::Break => return Ok(StatementFlow::Break),
            StmtKind::Continue => return Ok(StatementFlow::Continue),
            StmtKind::Unsupported(what) => return Err(self.not_supported(what)),
            StmtKind::Expr(expr) => {
                self.eval(expr)?;
            }
            StmtKind::Return(None) => return Ok(StatementFlow::Return(PythonValue::None)),
            StmtKind::Return(Some(value)) => return Ok(StatementFlow::Return(self.eval(value)?)),
            StmtKind::Assign { targets, value } => {
                let value = self.eval(value)?;
                for target in targets {
                    self.assign(target, value)?;
                }
            }
            StmtKind::Augment { target, operator, value } => match target {
                Target::Place(place) => {
                    let old = self.load(place)?;
                    let value = self.eval(value)?;
                    let new = self.augmented(*operator, old, value)?;
                    self.store(place, new);
                }
                Target::Attribute(object, name) => {
                    let object = self.eval(object)?;
                    let old = self.attribute(object, *name)?;
                    let value = self.eval(value)?;
                    let new = self.augmented(*operator, old, value)?;
                    self.set_attribute(object, *name, new)?;
                }
                Target::Subscript(object, index) => {
                    let object = self.eval(object)?;
                    let index = self.eval(index)?;
                    let old = self.subscript(object, index)?;
                    let value = self.eval(value)?;
                    let new = self.augmented(*operator, old, value)?;
                    self.set_subscript(object, index, new)?;
                }
                Target::Sequence { .. } => {
                    return Err(self.not_supported("this augmented assignment"));
                }
            },
            StmtKind::Annotated { target, value, annotation } => {
                if let (Some(target), Some(value)) = (target, value) {
                    let value = self.eval(value)?;
                    self.assign(target, value)?;
                }
                if let Some(annotation) = annotation {
                    self.eval(annotation)?;
                }
            }
            StmtKind::If { branches, otherwise } => {
                for (test, body) in branches {
                    if self.eval_truth(test)? {
                        return self.block(body);
                    }
                }
                return self.block(otherwise);
            }
            StmtKind::While { test, body, otherwise } => {
                return self.while_loop(test, body, otherwise);
            }
            StmtKind::For { target, iterable, body, otherwise } => {
                let iterable = self.eval(iterable)?;
                return self.for_loop(target, iterable, body, otherwise);
            }
            StmtKind::Raise { exception, cause } => return Err(self.raise(exception, cause)?),
            StmtKind::Try { body, handlers, otherwise, finally } => {
                let flow = self.try_block(body, handlers, otherwise);
                if matches!(flow, Err(Stop::NotSupported(_) | Stop::Budget)) {
                    return flow;
                }
                return match self.block(finally)? {
                    StatementFlow::Next => flow,
                    instead => Ok(instead),
                };
            }
            StmtKind::Assert { test, message, text } => self.assert(test, message, text)?,
            StmtKind::Delete(targets) => {
                for target in targets {
                    self.delete(target)?;
                }
            }
            StmtKind::FunctionTree { place, definition, decorators } => {
                let decorators = self.eval_all(decorators)?;
                let mut value = self.define(definition)?;
                for decorator in decorators.into_iter().rev() {
                    value = self.call_with(decorator, &[value])?;
                }
                self.store(place, value);
            }
            StmtKind::Class { place, class, decorators } => {
                let decorators = self.eval_all(decorators)?;
                let mut value = self.define_class(*class)?;
                for decorator in decorators.into_iter().rev() {
                    value = self.call_with(decorator, &[value])?;
                }
                self.store(place, value);
            }
        }
        Ok(StatementFlow::Next)
    }

    fn while_loop(
        &mut self,
        test: &'p Expr,
        body: &'p [Stmt],
        otherwise: &'p [Stmt],
    ) -> Run<StatementFlow> {
        while self.eval_truth(test)? {
            self.step()?;
            match self.block(body)? {
                StatementFlow::Next | StatementFlow::Continue => {}
                StatementFlow::Break => return Ok(StatementFlow::Next),
                flow => return Ok(flow),
            }
        }
        self.block(otherwise)
    }

    fn for_loop(
        &mut self,
        target: &'p Target,
        iterable: PythonValue,
        body: &'p [Stmt],
        otherwise: &'p [Stmt],
    ) -> Run<StatementFlow> {
        let line = self.line;
        let iterator = self.iter(iterable)?;
        while let Some(value) = self.next(iterator)? {
            self.step()?;
            self.assign(target, value)?;
            match self.block(body)? {
                StatementFlow::Next | StatementFlow::Continue => self.line = line,
                StatementFlow::Break => return Ok(StatementFlow::Next),
                flow => return Ok(flow),
            }
        }
        self.block(otherwise)
    }

    /// What a raise statement stops the run with.
    fn raise(&mut self, exception: &'p Option<Expr>, cause: &'p Option<Expr>) -> Run<Stop> {
        let Some(exception) = exception else {
            return Ok(match self.handling.last() {
                Some(handled) => Stop::Raise(*handled),
                None => self.fail(ExceptionType::RUNTIME, "No active exception to reraise"),
            });
        };
        let exception = self.eval(exception)?;
        let cause = cause.as_ref().map(|cause| self.eval(cause)).transpose()?;
        let exception = self.raisable(exception)?;
        if let Some(cause) = cause.filter(|cause| *cause != PythonValue::None) {
            self.raisable(cause)?;
        }
        Ok(Stop::Raise(exception))
    }

    fn try_block(
        &mut self,
        body: &'p [Stmt],
        handlers: &'p [Handler],
        otherwise: &'p [Stmt],
    ) -> Run<StatementFlow> {
        self.tries += 1;
        let flow = self.block(body);
        self.tries -= 1;
        let exception = match flow {
            Err(Stop::Raise(exception)) => exception,
            Ok(StatementFlow::Next) => return self.block(otherwise),
            flow => return flow,
        };
        for handler in handlers {
            if let Some(matches) = &handler.matches {
                let matches = self.eval(matches)?;
                if !self.matches(exception, matches)? {
                    continue;
                }
            }
            if let Some(name) = &handler.name {
                self.store(name, exception);
            }
            self.handling.push(exception);
            let flow = self.block(&handler.body);
            self.handling.pop();
            if let Some(name) = &handler.name {
                self.store(name, PythonValue::Unset);
            }
            return flow;
        }
        Err(Stop::Raise(exception))
    }

    fn assert(&mut self, test: &'p Expr, message: &'p Option<Expr>, text: &'p str) -> Run<()> {
        let mut got = None;
        let holds = match test {
            Expr::Compare(left, rest) if rest.len() == 1 && rest[0].0 == CompareOp::Equal => {
                let left = self.eval(left)?;
                let right = self.eval(&rest[0].1)?;
                got = Some(left);
                self.compare(CompareOp::Equal, left, right).and_then(|result| self.truth(result))?
            }
            _ => self.eval_truth(test)?,
        };
        if holds {
            self.asserts += usize::from(self.is_in_module());
            return Ok(());
        }
        let given = message.as_ref().map(|message| self.eval(message)).transpose()?;
        let stop = self.assertion_failed(given);
        if given.is_none() {
            let got = got.and_then(|left| self.repr_to_tell(left));
            let words =
                got.map_or(text.to_owned(), |left| format!("{text}: the left side is {left}"));
            self.describe(&stop, words);
        }
        Err(stop)
    }

    /// Binds what is assigned.
    pub fn assign(&mut self, target: &'p Target, value: PythonValue) -> Run<()> {
        match target {
            Target::Place(place) => {
                self.store(place, value);
                Ok(())
            }
            Target::Attribute(object, name) => {
                let object = self.eval(object)?;
                self.set_attribute(object, *name, value)
            }
            Target::Subscript(object, index) => {
                let object = self.eval(object)?;
                let index = self.eval(index)?;
                self.set_subscript(object, index, value)
            }
            Target::Sequence { items, star } => self.unpack(items, *star, value),
        }
    }

    fn unpack(
        &mut self,
        targets: &'p [Target],
        star: Option<usize>,
        value: PythonValue,
    ) -> Run<()> {
        let iterator = self.iter(value)?;
        let mut values = Vec::new();
        while let Some(value) = self.next(iterator)? {
            values.push(value);
            if star.is_none() && values.len() > targets.len() {
                return Err(self.value_error("too many values to unpack"));
            }
        }
        let Some(star) = star else {
            if values.len() < targets.len() {
                return Err(self.value_error("not enough values to unpack"));
            }
            return targets
                .iter()
                .zip(values)
                .try_for_each(|(target, value)| self.assign(target, value));
        };
        let Some(taken) = (values.len() + 1).checked_sub(targets.len()) else {
            return Err(self.value_error("not enough values to unpack"));
        };
        let rest = self.list(values[star..star + taken].to_vec())?;
        values.splice(star..star + taken, [rest]);
        targets.iter().zip(values).try_for_each(|(target, value)| self.assign(target, value))
    }

    fn delete(&mut self, target: &'p Target) -> Run<()> {
        match target {
            Target::Place(place) => self.unbind(place),
            Target::Attribute(object, name) => {
                let object = self.eval(object)?;
                self.delete_attribute(object, *name)
            }
            Target::Subscript(object, index) => {
                let object = self.eval(object)?;
                let index = self.eval(index)?;
                self.delete_subscript(object, index)
            }
            Target::Sequence { items, .. } => {
                items.iter().try_for_each(|target| self.delete(target))
            }
        }
    }

    /// A function where it is defined.
    pub fn define(&mut self, definition: &'p Definition) -> Run<PythonValue> {
        let defaults = self.eval_all(&definition.defaults)?;
        let mut keyword_defaults = Vec::new();
        for default in &definition.keyword_defaults {
            keyword_defaults.push(default.as_ref().map(|default| self.eval(default)).transpose()?);
        }
        for annotation in &definition.annotations {
            self.eval(annotation)?;
        }
        let elements = defaults.len() + keyword_defaults.len() + 2;
        let closure = Closure {
            code: definition.function,
            frame: self.frame,
            defaults,
            keyword_defaults,
            class: None,
        };
        self.object(Object::FunctionTree(closure), elements)
    }
}
