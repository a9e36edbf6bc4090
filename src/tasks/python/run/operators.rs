//! Operators on values.

use super::machine::{PythonMachine, Run};
use super::numbers::{as_float, as_int};
use super::tree::{Binary, Unary};
use super::value::{Object, PythonValue, Type};

impl Binary {
    /// How it is written, and the methods that an object of the program has for it.
    fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Add => ("+", "__add__", "__radd__", "__iadd__"),
            Self::Sub => ("-", "__sub__", "__rsub__", "__isub__"),
            Self::Mul => ("*", "__mul__", "__rmul__", "__imul__"),
            Self::Div => ("/", "__truediv__", "__rtruediv__", "__itruediv__"),
            Self::FloorDiv => ("//", "__floordiv__", "__rfloordiv__", "__ifloordiv__"),
            Self::Mod => ("%", "__mod__", "__rmod__", "__imod__"),
            Self::Pow => ("**", "__pow__", "__rpow__", "__ipow__"),
            Self::LeftShift => ("<<", "__lshift__", "__rlshift__", "__ilshift__"),
            Self::RightShift => (">>", "__rshift__", "__rrshift__", "__irshift__"),
            Self::BitOr => ("|", "__or__", "__ror__", "__ior__"),
            Self::BitXor => ("^", "__xor__", "__rxor__", "__ixor__"),
            Self::BitAnd => ("&", "__and__", "__rand__", "__iand__"),
            Self::MatMul => ("@", "__matmul__", "__rmatmul__", "__imatmul__"),
        }
    }
}

impl<'p> PythonMachine<'p> {
    /// `-x`, `+x`, `~x`.
    pub fn unary(&mut self, operator: Unary, operand: PythonValue) -> Run<PythonValue> {
        let (sign, method) = match operator {
            Unary::Not => return Ok(PythonValue::Bool(!self.truth(operand)?)),
            Unary::Minus => ("-", "__neg__"),
            Unary::Plus => ("+", "__pos__"),
            Unary::Invert => ("~", "__invert__"),
        };
        match (operator, operand) {
            (Unary::Minus, PythonValue::Float(float)) => return Ok(PythonValue::Float(-float)),
            (Unary::Plus, PythonValue::Float(_)) => return Ok(operand),
            _ => {}
        }
        if let Some(int) = as_int(operand) {
            return match operator {
                Unary::Minus => self.int(int.checked_neg()),
                Unary::Invert => Ok(PythonValue::Int(!int)),
                _ => Ok(PythonValue::Int(int)),
            };
        }
        if let Some(value) = self.call_own(operand, method, &[])? {
            return Ok(value);
        }
        let kind = self.type_name(operand);
        Err(self.type_error(format!("bad operand type for unary {sign}: '{kind}'")))
    }

    /// `left operator right`.
    pub fn binary(
        &mut self,
        operator: Binary,
        left: PythonValue,
        right: PythonValue,
    ) -> Run<PythonValue> {
        if let (PythonValue::Bool(left), PythonValue::Bool(right)) = (left, right) {
            match operator {
                Binary::BitOr => return Ok(PythonValue::Bool(left | right)),
                Binary::BitXor => return Ok(PythonValue::Bool(left ^ right)),
                Binary::BitAnd => return Ok(PythonValue::Bool(left & right)),
                _ => {}
            }
        }
        if let (Some(left), Some(right)) = (as_int(left), as_int(right)) {
            return self.binary_of_ints(operator, left, right);
        }
        if let (Some(left), Some(right)) = (as_float(left), as_float(right))
            && let Some(result) = self.binary_of_floats(operator, left, right)?
        {
            return Ok(result);
        }
        if let Some(result) = self.binary_of_containers(operator, left, right)? {
            return Ok(result);
        }
        let (sign, method, reflected, _) = operator.words();
        if let Some(value) = self.call_own(left, method, &[right])?
            && value != PythonValue::NotImplemented
        {
            return Ok(value);
        }
        let same = self.has_same_class(left, right);
        if !same
            && let Some(value) = self.call_own(right, reflected, &[left])?
            && value != PythonValue::NotImplemented
        {
            return Ok(value);
        }
        let (left, right) = (self.type_name(left), self.type_name(right));
        Err(self
            .type_error(format!("unsupported operand type(s) for {sign}: '{left}' and '{right}'")))
    }

    /// `left operator= right`: what is bound to the name of `left` afterwards.
    pub fn augmented(
        &mut self,
        operator: Binary,
        left: PythonValue,
        right: PythonValue,
    ) -> Run<PythonValue> {
        if let PythonValue::Object(handle) = left {
            match (operator, self.heap.get(handle)) {
                (Binary::Add, Object::List(_)) => {
                    let items = self.collect(right)?;
                    if let Some(list) = self.heap.list_mut(handle) {
                        list.extend(items);
                    }
                    return Ok(left);
                }
                (Binary::Mul, Object::List(_)) if as_int(right).is_some() => {
                    let product = self.binary(operator, left, right)?;
                    let items = self.heap.sequence(product).unwrap_or_default().to_vec();
                    if let Some(list) = self.heap.list_mut(handle) {
                        *list = items;
                    }
                    return Ok(left);
                }
                (Binary::BitOr | Binary::BitAnd | Binary::BitXor | Binary::Sub, Object::Set(_))
                | (Binary::BitOr, Object::Dict(_)) => {
                    let result = self.binary(operator, left, right)?;
                    if let PythonValue::Object(other) = result {
                        let made = std::mem::replace(self.heap.get_mut(other), Object::Taken);
                        *self.heap.get_mut(handle) = made;
                    }
                    return Ok(left);
                }
                (_, Object::Instance(_)) => {
                    let (_, _, _, in_place) = operator.words();
                    if let Some(value) = self.call_own(left, in_place, &[right])?
                        && value != PythonValue::NotImplemented
                    {
                        return Ok(value);
                    }
                }
                _ => {}
            }
        }
        self.binary(operator, left, right)
    }

    fn binary_of_containers(
        &mut self,
        operator: Binary,
        left: PythonValue,
        right: PythonValue,
    ) -> Run<Option<PythonValue>> {
        if operator == Binary::Mul {
            return match (as_int(left), as_int(right)) {
                (None, Some(times)) => self.repeat(left, times),
                (Some(times), None) => self.repeat(right, times),
                _ => Ok(None),
            };
        }
        let is_builtin = |value| matches!(value, PythonValue::Builtin(_));
        if operator == Binary::BitOr && (is_builtin(left) || is_builtin(right)) {
            return Err(self.not_supported("| of builtins"));
        }
        if operator == Binary::BitOr
            && self.is_type(left)
            && (self.is_type(right) || right == PythonValue::None)
        {
            return self.union(left, right).map(Some);
        }
        if operator == Binary::BitOr
            && left == PythonValue::None
            && self.is_type(right)
            && right != PythonValue::None
        {
            return self.union(left, right).map(Some);
        }
        let (Some(first), Some(second)) = (self.heap.object(left), self.heap.object(right)) else {
            let is_text = matches!(self.heap.object(left), Some(Object::Str(_)));
            return match operator == Binary::Mod && is_text {
                true => Err(self.not_supported("% of a string")),
                false => Ok(None),
            };
        };
        let result = match (operator, first, second) {
            (Binary::Mod, Object::Str(_), _) => return Err(self.not_supported("% of a string")),
            (Binary::Add, Object::Str(first), Object::Str(second)) => {
                let text = format!("{}{}", first.text, second.text);
                self.string(text)?
            }
            (Binary::Add, Object::List(first), Object::List(second)) => {
                let items = [first.as_slice(), second].concat();
                self.work(items.len() / 4)?;
                self.list(items)?
            }
            (Binary::Add, Object::Tuple(first), Object::Tuple(second)) => {
                let items = [first.as_slice(), second].concat();
                self.work(items.len() / 4)?;
                self.tuple(items)?
            }
            (Binary::BitOr, Object::Dict(first), Object::Dict(second)) => {
                let pairs = first.entries().chain(second.entries()).collect();
                self.dict(pairs)?
            }
            (operator, Object::Set(_), Object::Set(_)) => {
                return self.binary_of_sets(operator, left, right);
            }
            (_, Object::View { .. }, _) | (_, _, Object::View { .. }) => {
                return Err(self.not_supported("an operator on a view of a dictionary"));
            }
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    fn repeat(&mut self, value: PythonValue, times: i64) -> Run<Option<PythonValue>> {
        let times = usize::try_from(times).unwrap_or(0);
        let result = match self.heap.object(value) {
            Some(Object::Str(text)) => {
                let bytes = text.text.len().checked_mul(times).ok_or_else(too_large)?;
                self.check_room(bytes / 8)?;
                let text =
                    self.heap.text(value).map(|text| text.text.repeat(times)).unwrap_or_default();
                self.string(text)?
            }
            Some(Object::List(items) | Object::Tuple(items)) => {
                let is_list = matches!(self.heap.object(value), Some(Object::List(_)));
                let elements = items.len().checked_mul(times).ok_or_else(too_large)?;
                self.check_room(elements)?;
                self.work(elements / 4)?;
                let items = self.heap.sequence(value).unwrap_or_default().repeat(times);
                if is_list { self.list(items)? } else { self.tuple(items)? }
            }
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    fn union(&mut self, left: PythonValue, right: PythonValue) -> Run<PythonValue> {
        let mut types: Vec<PythonValue> = Vec::new();
        for side in [left, right] {
            let more = match (side, self.heap.object(side)) {
                (_, Some(Object::Union(inner))) => inner.clone(),
                (PythonValue::None, _) => vec![PythonValue::Type(Type::Nothing)],
                _ => vec![side],
            };
            self.work(more.len())?;
            for kind in more {
                if !types.contains(&kind) {
                    types.push(kind);
                }
            }
        }
        let elements = types.len();
        self.object(Object::Union(types), elements)
    }
}

fn too_large() -> super::machine::Stop {
    super::machine::Stop::Budget
}
