//! Operators on values.

use super::exceptions::ExceptionType;
use super::machine::{Machine, Run};
use super::tree::{Binary, Unary};
use super::value::{Object, Type, Value};

/// The largest integer up to which all are floats too.
const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

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

/// A value as an integer, if it is one; truth values are.
pub fn as_int(value: Value) -> Option<i64> {
    match value {
        Value::Int(int) => Some(int),
        Value::Bool(truth) => Some(i64::from(truth)),
        _ => None,
    }
}

/// A number as a float.
pub fn as_float(value: Value) -> Option<f64> {
    match value {
        Value::Float(float) => Some(float),
        _ => as_int(value).map(|int| int as f64),
    }
}

impl<'p> Machine<'p> {
    /// `-x`, `+x`, `~x`.
    pub fn unary(&mut self, operator: Unary, operand: Value) -> Run<Value> {
        let (sign, method) = match operator {
            Unary::Not => return Ok(Value::Bool(!self.truth(operand)?)),
            Unary::Minus => ("-", "__neg__"),
            Unary::Plus => ("+", "__pos__"),
            Unary::Invert => ("~", "__invert__"),
        };
        match (operator, operand) {
            (Unary::Minus, Value::Float(float)) => return Ok(Value::Float(-float)),
            (Unary::Plus, Value::Float(_)) => return Ok(operand),
            _ => {}
        }
        if let Some(int) = as_int(operand) {
            return match operator {
                Unary::Minus => self.int(int.checked_neg()),
                Unary::Invert => Ok(Value::Int(!int)),
                _ => Ok(Value::Int(int)),
            };
        }
        if let Some(value) = self.call_own(operand, method, &[])? {
            return Ok(value);
        }
        let kind = self.type_name(operand);
        Err(self.type_error(format!("bad operand type for unary {sign}: '{kind}'")))
    }

    /// `left operator right`.
    pub fn binary(&mut self, operator: Binary, left: Value, right: Value) -> Run<Value> {
        if let (Value::Bool(left), Value::Bool(right)) = (left, right) {
            match operator {
                Binary::BitOr => return Ok(Value::Bool(left | right)),
                Binary::BitXor => return Ok(Value::Bool(left ^ right)),
                Binary::BitAnd => return Ok(Value::Bool(left & right)),
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
            && value != Value::NotImplemented
        {
            return Ok(value);
        }
        let same = self.has_same_class(left, right);
        if !same
            && let Some(value) = self.call_own(right, reflected, &[left])?
            && value != Value::NotImplemented
        {
            return Ok(value);
        }
        let (left, right) = (self.type_name(left), self.type_name(right));
        Err(self
            .type_error(format!("unsupported operand type(s) for {sign}: '{left}' and '{right}'")))
    }

    /// `left operator= right`: what is bound to the name of `left` afterwards.
    pub fn augmented(&mut self, operator: Binary, left: Value, right: Value) -> Run<Value> {
        if let Value::Object(handle) = left {
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
                    if let Value::Object(other) = result {
                        let made = std::mem::replace(self.heap.get_mut(other), Object::Taken);
                        *self.heap.get_mut(handle) = made;
                    }
                    return Ok(left);
                }
                (_, Object::Instance(_)) => {
                    let (_, _, _, in_place) = operator.words();
                    if let Some(value) = self.call_own(left, in_place, &[right])?
                        && value != Value::NotImplemented
                    {
                        return Ok(value);
                    }
                }
                _ => {}
            }
        }
        self.binary(operator, left, right)
    }

    fn binary_of_ints(&mut self, operator: Binary, left: i64, right: i64) -> Run<Value> {
        match operator {
            Binary::Add => self.int(left.checked_add(right)),
            Binary::Sub => self.int(left.checked_sub(right)),
            Binary::Mul => self.int(left.checked_mul(right)),
            Binary::BitOr => Ok(Value::Int(left | right)),
            Binary::BitXor => Ok(Value::Int(left ^ right)),
            Binary::BitAnd => Ok(Value::Int(left & right)),
            Binary::Div | Binary::FloorDiv | Binary::Mod if right == 0 => {
                Err(self.fail(ExceptionType::ZERO_DIVISION, "division by zero"))
            }
            Binary::Div => match left.unsigned_abs() <= EXACT && right.unsigned_abs() <= EXACT {
                true => Ok(Value::Float(left as f64 / right as f64)),
                false => Err(self.not_supported("division of such large integers")),
            },
            Binary::FloorDiv => self.int(floor_div(left, right)),
            Binary::Mod => Ok(Value::Int(floor_mod(left, right))),
            Binary::Pow => self.int_pow(left, right),
            Binary::LeftShift | Binary::RightShift if right < 0 => {
                Err(self.value_error("negative shift count"))
            }
            Binary::LeftShift => {
                let shifted = (left as i128).checked_shl(right.min(64) as u32);
                match left {
                    0 => Ok(Value::Int(0)),
                    _ => self.int(shifted.and_then(|shifted| i64::try_from(shifted).ok())),
                }
            }
            Binary::RightShift => Ok(Value::Int(left >> right.min(63))),
            Binary::MatMul => {
                Err(self.type_error("unsupported operand type(s) for @: 'int' and 'int'"))
            }
        }
    }

    fn int_pow(&mut self, base: i64, exponent: i64) -> Run<Value> {
        if exponent < 0 {
            return match base {
                0 => Err(self.fail(
                    ExceptionType::ZERO_DIVISION,
                    "0.0 cannot be raised to a negative power",
                )),
                _ => self.float_pow(base as f64, exponent as f64),
            };
        }
        match base {
            0 | 1 => Ok(Value::Int(if exponent == 0 { 1 } else { base })),
            -1 => Ok(Value::Int(if exponent % 2 == 0 { 1 } else { -1 })),
            _ => self
                .int(u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent))),
        }
    }

    fn float_pow(&mut self, base: f64, exponent: f64) -> Run<Value> {
        if base == 0.0 && exponent < 0.0 {
            return Err(
                self.fail(ExceptionType::ZERO_DIVISION, "0.0 cannot be raised to a negative power")
            );
        }
        if base < 0.0 && base.is_finite() && exponent.is_finite() && exponent != exponent.trunc() {
            return Err(self.not_supported("complex numbers"));
        }
        let power = base.powf(exponent);
        if power.is_infinite() && base.is_finite() && exponent.is_finite() {
            return Err(self.fail(ExceptionType::OVERFLOW, "Numerical result out of range"));
        }
        self.float(power)
    }

    fn binary_of_floats(&mut self, operator: Binary, left: f64, right: f64) -> Run<Option<Value>> {
        let result = match operator {
            Binary::Add => left + right,
            Binary::Sub => left - right,
            Binary::Mul => left * right,
            Binary::Pow => return self.float_pow(left, right).map(Some),
            Binary::Div | Binary::FloorDiv | Binary::Mod if right == 0.0 => {
                return Err(self.fail(ExceptionType::ZERO_DIVISION, "float division by zero"));
            }
            Binary::Div => left / right,
            Binary::FloorDiv => float_divmod(left, right).0,
            Binary::Mod => float_divmod(left, right).1,
            _ => return Ok(None),
        };
        self.float(result).map(Some)
    }

    fn binary_of_containers(
        &mut self,
        operator: Binary,
        left: Value,
        right: Value,
    ) -> Run<Option<Value>> {
        if operator == Binary::Mul {
            return match (as_int(left), as_int(right)) {
                (None, Some(times)) => self.repeat(left, times),
                (Some(times), None) => self.repeat(right, times),
                _ => Ok(None),
            };
        }
        if operator == Binary::BitOr
            && self.is_type(left)
            && (self.is_type(right) || right == Value::None)
        {
            return self.union(left, right).map(Some);
        }
        if operator == Binary::BitOr
            && left == Value::None
            && self.is_type(right)
            && right != Value::None
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

    fn binary_of_sets(
        &mut self,
        operator: Binary,
        left: Value,
        right: Value,
    ) -> Run<Option<Value>> {
        let items = match operator {
            Binary::BitOr => [self.elements(left)?, self.elements(right)?].concat(),
            Binary::BitAnd => self.elements_where(left, right, true)?,
            Binary::Sub => self.elements_where(left, right, false)?,
            Binary::BitXor => {
                [self.elements_where(left, right, false)?, self.elements_where(right, left, false)?]
                    .concat()
            }
            _ => return Ok(None),
        };
        self.set(items).map(Some)
    }

    /// The elements of a set as they were inserted, for what does not hang on their order.
    pub fn elements(&mut self, set: Value) -> Run<Vec<Value>> {
        let items: Vec<Value> = match self.heap.object(set) {
            Some(Object::Set(set)) => set.keys().collect(),
            _ => Vec::new(),
        };
        self.work(items.len())?;
        Ok(items)
    }

    /// The elements of a set that another one has, or has not.
    pub fn elements_where(&mut self, set: Value, other: Value, has: bool) -> Run<Vec<Value>> {
        let mut kept = Vec::new();
        for item in self.elements(set)? {
            let key = self.key(item)?;
            let twin = match self.heap.object(other) {
                Some(Object::Set(other)) => other.key_as_inserted(&key),
                _ => None,
            };
            // which of the two Python keeps is its own affair
            if has && twin.is_some_and(|twin| self.type_of(twin) != self.type_of(item)) {
                return Err(self.not_supported("equal numbers of different types in sets"));
            }
            if twin.is_some() == has {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    fn repeat(&mut self, value: Value, times: i64) -> Run<Option<Value>> {
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

    fn union(&mut self, left: Value, right: Value) -> Run<Value> {
        let mut types: Vec<Value> = Vec::new();
        for side in [left, right] {
            let more = match (side, self.heap.object(side)) {
                (_, Some(Object::Union(inner))) => inner.clone(),
                (Value::None, _) => vec![Value::Type(Type::NoneType)],
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

/// Division that rounds down; none where the quotient does not fit, or there is none.
pub fn floor_div(left: i64, right: i64) -> Option<i64> {
    let quotient = left.checked_div(right)?;
    let is_below = left % right != 0 && (left < 0) != (right < 0);
    Some(quotient - i64::from(is_below))
}

/// What division that rounds down leaves; it has the sign of `right`.
pub fn floor_mod(left: i64, right: i64) -> i64 {
    let rest = left.checked_rem(right).unwrap_or(0);
    match rest != 0 && (rest < 0) != (right < 0) {
        true => rest + right,
        false => rest,
    }
}

/// Quotient rounded down and what is left, for floats; `right` is not zero.
pub fn float_divmod(left: f64, right: f64) -> (f64, f64) {
    let mut rest = left % right;
    let mut quotient = (left - rest) / right;
    if rest == 0.0 {
        rest = 0.0f64.copysign(right);
    } else if (right < 0.0) != (rest < 0.0) {
        rest += right;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0f64.copysign(left / right), rest);
    }
    let floor = quotient.floor();
    let floor = if quotient - floor > 0.5 { floor + 1.0 } else { floor };
    (floor, rest)
}
