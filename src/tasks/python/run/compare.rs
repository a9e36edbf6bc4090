//! Truth, equality, order, membership, identity.

use std::cmp::Ordering;

use super::machine::{PythonMachine, Run};
use super::numbers::{as_int, numbers};
use super::tree::CompareOp;
use super::value::{Object, PythonValue};

impl CompareOp {
    /// How it is written, the method of objects for it, and that for the operands swapped.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Less => ("<", "__lt__", "__gt__"),
            Self::LessEqual => ("<=", "__le__", "__ge__"),
            Self::Greater => (">", "__gt__", "__lt__"),
            Self::GreaterEqual => (">=", "__ge__", "__le__"),
            Self::NotEqual => ("!=", "__ne__", "__ne__"),
            _ => ("==", "__eq__", "__eq__"),
        }
    }

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterEqual => ordering.is_ge(),
            Self::NotEqual => ordering.is_ne(),
            _ => ordering.is_eq(),
        }
    }
}

impl PythonMachine<'_> {
    /// Whether a value counts as true.
    pub fn truth(&mut self, value: PythonValue) -> Run<bool> {
        let PythonValue::Object(handle) = value else {
            return match value {
                PythonValue::None | PythonValue::Unset => Ok(false),
                PythonValue::Bool(truth) => Ok(truth),
                PythonValue::Int(int) => Ok(int != 0),
                PythonValue::Float(float) => Ok(float != 0.0),
                PythonValue::NotImplemented => {
                    Err(self.not_supported("NotImplemented as a condition"))
                }
                _ => Ok(true),
            };
        };
        match self.heap.get(handle) {
            Object::Instance(_) => {
                if let Some(verdict) = self.call_own(value, "__bool__", &[])? {
                    return match verdict {
                        PythonValue::Bool(truth) => Ok(truth),
                        _ => Err(self.type_error("__bool__ should return bool")),
                    };
                }
                match self.own_method(value, "__len__") {
                    Some(_) => Ok(self.len(value)? != 0),
                    None => Ok(true),
                }
            }
            _ => Ok(self.len_of_builtin(value).is_none_or(|len| len != 0)),
        }
    }

    /// `left operator right`.
    pub fn compare(
        &mut self,
        operator: CompareOp,
        left: PythonValue,
        right: PythonValue,
    ) -> Run<PythonValue> {
        let verdict = match operator {
            CompareOp::Is => self.is_same(left, right)?,
            CompareOp::IsNot => !self.is_same(left, right)?,
            CompareOp::In => self.contains(right, left)?,
            CompareOp::NotIn => !self.contains(right, left)?,
            CompareOp::Equal | CompareOp::NotEqual => {
                return self.compare_equal(operator, left, right);
            }
            _ => return self.compare_order(operator, left, right),
        };
        Ok(PythonValue::Bool(verdict))
    }

    /// `==` and `!=`, whose methods may give anything.
    fn compare_equal(
        &mut self,
        operator: CompareOp,
        left: PythonValue,
        right: PythonValue,
    ) -> Run<PythonValue> {
        if operator == CompareOp::NotEqual {
            for (one, other) in [(left, right), (right, left)] {
                if let Some(value) = self.call_own(one, "__ne__", &[other])?
                    && value != PythonValue::NotImplemented
                {
                    return Ok(value);
                }
            }
            return Ok(PythonValue::Bool(!self.equal(left, right)?));
        }
        match self.own_equal(left, right)? {
            Some(value) => Ok(value),
            None => Ok(PythonValue::Bool(self.equal(left, right)?)),
        }
    }

    /// What `__eq__` of one of the two says; nothing where neither has an opinion.
    fn own_equal(&mut self, left: PythonValue, right: PythonValue) -> Run<Option<PythonValue>> {
        for (one, other) in [(left, right), (right, left)] {
            if let Some(value) = self.call_own(one, "__eq__", &[other])?
                && value != PythonValue::NotImplemented
            {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Whether two values are equal.
    pub fn equal(&mut self, left: PythonValue, right: PythonValue) -> Run<bool> {
        self.work(1)?;
        if let Some(ordering) = numbers(left, right) {
            return Ok(ordering.is_eq());
        }
        let (PythonValue::Object(first), PythonValue::Object(second)) = (left, right) else {
            let own = self.own_equal(left, right)?;
            return own.map_or(Ok(left == right), |value| self.truth(value));
        };
        if first == second && !matches!(self.heap.get(first), Object::Instance(_)) {
            return Ok(true);
        }
        match (self.heap.get(first), self.heap.get(second)) {
            (Object::Str(one), Object::Str(other)) => {
                let is_equal = one.text == other.text;
                self.work(one.text.len() / 16)?;
                Ok(is_equal)
            }
            (Object::List(_), Object::List(_)) | (Object::Tuple(_), Object::Tuple(_)) => {
                self.equal_sequences(left, right)
            }
            (Object::Dict(_), Object::Dict(_)) => self.equal_dicts(left, right),
            (Object::Set(one), Object::Set(other)) => {
                if one.len() != other.len() {
                    return Ok(false);
                }
                Ok(self.elements_where(left, right, true)?.len() == self.elements(left)?.len())
            }
            (Object::Range { .. }, Object::Range { .. }) | (Object::Slice(_), Object::Slice(_)) => {
                Err(self.not_supported("equality of ranges or slices"))
            }
            (Object::View { .. }, _) | (_, Object::View { .. }) => {
                Err(self.not_supported("equality of views of a dictionary"))
            }
            (Object::Union(_) | Object::Alias, Object::Union(_) | Object::Alias) => {
                Err(self.not_supported("equality of types"))
            }
            (
                Object::Method { .. } | Object::BuiltinMethod { .. } | Object::UnboundMethod { .. },
                _,
            ) => Err(self.not_supported("equality of methods")),
            _ => {
                let own = self.own_equal(left, right)?;
                own.map_or(Ok(first == second), |value| self.truth(value))
            }
        }
    }

    /// Whether one is the other, or equal to it: what containers ask of their elements.
    pub fn same_or_equal(&mut self, left: PythonValue, right: PythonValue) -> Run<bool> {
        match (left, right) {
            (PythonValue::Object(left), PythonValue::Object(right)) if left == right => Ok(true),
            _ => self.equal(left, right),
        }
    }

    fn item(&self, sequence: PythonValue, index: usize) -> Option<PythonValue> {
        self.heap.sequence(sequence)?.get(index).copied()
    }

    fn equal_sequences(&mut self, left: PythonValue, right: PythonValue) -> Run<bool> {
        let len = |value| self.heap.sequence(value).map_or(0, <[PythonValue]>::len);
        if len(left) != len(right) {
            return Ok(false);
        }
        self.sink()?;
        let mut index = 0;
        let mut verdict = Ok(true);
        while let (Some(one), Some(other), Ok(true)) =
            (self.item(left, index), self.item(right, index), &verdict)
        {
            verdict = self.same_or_equal(one, other);
            index += 1;
        }
        self.rise();
        verdict
    }

    fn equal_dicts(&mut self, left: PythonValue, right: PythonValue) -> Run<bool> {
        let entries = |value| match self.heap.object(value) {
            Some(Object::Dict(dict)) => dict.entries().collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let (first, second) = (entries(left), entries(right));
        if first.len() != second.len() {
            return Ok(false);
        }
        self.work(first.len())?;
        self.sink()?;
        let mut verdict = Ok(true);
        for (key, value) in first {
            let key = self.key(key)?;
            let other = match self.heap.object(right) {
                Some(Object::Dict(dict)) => dict.get(&key),
                _ => None,
            };
            verdict = match other {
                Some(other) => self.same_or_equal(value, other),
                None => Ok(false),
            };
            if !matches!(verdict, Ok(true)) {
                break;
            }
        }
        self.rise();
        verdict
    }

    fn compare_order(
        &mut self,
        operator: CompareOp,
        left: PythonValue,
        right: PythonValue,
    ) -> Run<PythonValue> {
        self.work(1)?;
        if let Some(ordering) = numbers(left, right) {
            return Ok(PythonValue::Bool(operator.holds(ordering)));
        }
        let (sign, method, swapped) = operator.words();
        match (self.heap.object(left), self.heap.object(right)) {
            (Some(Object::Str(one)), Some(Object::Str(other))) => {
                // the bytes of UTF-8 are in the order of the characters
                let ordering = one.text.cmp(&other.text);
                self.work(one.text.len() / 16)?;
                return Ok(PythonValue::Bool(operator.holds(ordering)));
            }
            (Some(Object::List(_)), Some(Object::List(_)))
            | (Some(Object::Tuple(_)), Some(Object::Tuple(_))) => {
                self.sink()?;
                let verdict = self.order_sequences(operator, left, right);
                self.rise();
                return verdict;
            }
            (Some(Object::Set(one)), Some(Object::Set(other))) => {
                let (small, large) = (one.len(), other.len());
                let (inner, outer, lens) = match operator {
                    CompareOp::Less | CompareOp::LessEqual => (left, right, small.cmp(&large)),
                    _ => (right, left, large.cmp(&small)),
                };
                let is_strict = matches!(operator, CompareOp::Less | CompareOp::Greater);
                let is_subset = self.elements_where(inner, outer, false)?.is_empty();
                return Ok(PythonValue::Bool(is_subset && (!is_strict || lens.is_lt())));
            }
            (Some(Object::View { .. }), _) | (_, Some(Object::View { .. })) => {
                return Err(self.not_supported("comparison of views of a dictionary"));
            }
            _ => {}
        }
        for (one, other, method) in [(left, right, method), (right, left, swapped)] {
            if let Some(value) = self.call_own(one, method, &[other])?
                && value != PythonValue::NotImplemented
            {
                return Ok(value);
            }
        }
        let (left, right) = (self.type_name(left), self.type_name(right));
        Err(self.type_error(format!("'{sign}' not supported between '{left}' and '{right}'")))
    }

    fn order_sequences(
        &mut self,
        operator: CompareOp,
        left: PythonValue,
        right: PythonValue,
    ) -> Run<PythonValue> {
        let mut index = 0;
        loop {
            match (self.item(left, index), self.item(right, index)) {
                (Some(one), Some(other)) => {
                    if !self.same_or_equal(one, other)? {
                        return self.compare_order(operator, one, other);
                    }
                    index += 1;
                }
                (one, other) => {
                    let ordering = one.is_some().cmp(&other.is_some());
                    return Ok(PythonValue::Bool(operator.holds(ordering)));
                }
            }
        }
    }

    /// Whether `left < right`, as sorting asks.
    pub fn less(&mut self, left: PythonValue, right: PythonValue) -> Run<bool> {
        let verdict = self.compare_order(CompareOp::Less, left, right)?;
        self.truth(verdict)
    }

    /// `item in container`.
    pub fn contains(&mut self, container: PythonValue, item: PythonValue) -> Run<bool> {
        match self.heap.object(container) {
            Some(Object::Str(text)) => {
                let Some(part) = self.heap.text(item) else {
                    return Err(self.type_error("'in <string>' requires string as left operand"));
                };
                let found = text.text.contains(part.text.as_ref());
                self.work(text.text.len() / 8)?;
                Ok(found)
            }
            Some(Object::Dict(_) | Object::Set(_)) => {
                if matches!(self.heap.object(item), Some(Object::Set(_))) {
                    return Err(self.not_supported("a set as an element of a set"));
                }
                let key = self.key(item)?;
                Ok(match self.heap.object(container) {
                    Some(Object::Dict(dict) | Object::Set(dict)) => dict.contains(&key),
                    _ => false,
                })
            }
            Some(Object::View { dict, view: super::value::View::Keys }) => {
                self.contains(PythonValue::Object(*dict), item)
            }
            Some(Object::Range { start, stop, step }) if as_int(item).is_some() => {
                let (start, stop, step) = (*start, *stop, *step);
                let item = as_int(item).unwrap_or_default();
                let is_inside = if step > 0 {
                    start <= item && item < stop
                } else {
                    stop < item && item <= start
                };
                Ok(is_inside && (i128::from(item) - i128::from(start)) % i128::from(step) == 0)
            }
            Some(Object::Instance(_)) if self.own_method(container, "__contains__").is_some() => {
                let verdict =
                    self.call_own(container, "__contains__", &[item])?.unwrap_or(PythonValue::None);
                self.truth(verdict)
            }
            _ => {
                let iterator = self.iter(container)?;
                while let Some(value) = self.next(iterator)? {
                    if self.same_or_equal(value, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// `left is right`, where it does not hang on what Python keeps only once.
    fn is_same(&mut self, left: PythonValue, right: PythonValue) -> Run<bool> {
        match (left, right) {
            (PythonValue::Object(left), PythonValue::Object(right)) => {
                let one = self.heap.get(left);
                let other = self.heap.get(right);
                match (one, other) {
                    (Object::Str(_), Object::Str(_)) | (Object::Tuple(_), Object::Tuple(_)) => {
                        Err(self.not_supported("'is' of strings or tuples"))
                    }
                    _ => Ok(left == right),
                }
            }
            (PythonValue::Int(_), PythonValue::Int(_))
            | (PythonValue::Float(_), PythonValue::Float(_)) => {
                Err(self.not_supported("'is' of numbers"))
            }
            _ => Ok(left == right),
        }
    }

    /// Whether a value is a type, a class, or several of them.
    pub fn is_type(&self, value: PythonValue) -> bool {
        match value {
            PythonValue::Type(_) => true,
            PythonValue::Object(handle) => {
                matches!(self.heap.get(handle), Object::Class(_) | Object::Union(_) | Object::Alias)
            }
            _ => false,
        }
    }
}
