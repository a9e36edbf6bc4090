//! Arithmetic: integers of 64 bits, floats as Python has them, and numbers out of texts.

use std::cmp::Ordering;

use super::exceptions::ExceptionType;
use super::machine::{PythonMachine, Run};
use super::tree::Binary;
use super::value::PythonValue;

/// The largest integer up to which all are floats too.
const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

impl PythonMachine<'_> {
    pub fn binary_of_ints(&mut self, operator: Binary, left: i64, right: i64) -> Run<PythonValue> {
        match operator {
            Binary::Add => self.int(left.checked_add(right)),
            Binary::Sub => self.int(left.checked_sub(right)),
            Binary::Mul => self.int(left.checked_mul(right)),
            Binary::BitOr => Ok(PythonValue::Int(left | right)),
            Binary::BitXor => Ok(PythonValue::Int(left ^ right)),
            Binary::BitAnd => Ok(PythonValue::Int(left & right)),
            Binary::Div | Binary::FloorDiv | Binary::Mod if right == 0 => {
                Err(self.fail(ExceptionType::ZERO_DIVISION, "division by zero"))
            }
            Binary::Div => match left.unsigned_abs() <= EXACT && right.unsigned_abs() <= EXACT {
                true => Ok(PythonValue::Float(left as f64 / right as f64)),
                false => Err(self.not_supported("division of such large integers")),
            },
            Binary::FloorDiv => self.int(floor_div(left, right)),
            Binary::Mod => Ok(PythonValue::Int(floor_mod(left, right))),
            Binary::Pow => self.int_pow(left, right),
            Binary::LeftShift | Binary::RightShift if right < 0 => {
                Err(self.value_error("negative shift count"))
            }
            Binary::LeftShift => {
                let shifted = (left as i128).checked_shl(right.min(64) as u32);
                match left {
                    0 => Ok(PythonValue::Int(0)),
                    _ => self.int(shifted.and_then(|shifted| i64::try_from(shifted).ok())),
                }
            }
            Binary::RightShift => Ok(PythonValue::Int(left >> right.min(63))),
            Binary::MatMul => {
                Err(self.type_error("unsupported operand type(s) for @: 'int' and 'int'"))
            }
        }
    }

    fn int_pow(&mut self, base: i64, exponent: i64) -> Run<PythonValue> {
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
            0 | 1 => Ok(PythonValue::Int(if exponent == 0 { 1 } else { base })),
            -1 => Ok(PythonValue::Int(if exponent % 2 == 0 { 1 } else { -1 })),
            _ => self
                .int(u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent))),
        }
    }

    fn float_pow(&mut self, base: f64, exponent: f64) -> Run<PythonValue> {
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

    pub fn binary_of_floats(
        &mut self,
        operator: Binary,
        left: f64,
        right: f64,
    ) -> Run<Option<PythonValue>> {
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

    pub fn abs(&mut self, value: PythonValue) -> Run<PythonValue> {
        if let PythonValue::Float(float) = value {
            return Ok(PythonValue::Float(float.abs()));
        }
        if let Some(int) = as_int(value) {
            return self.int(int.checked_abs());
        }
        match self.call_own(value, "__abs__", &[])? {
            Some(value) => Ok(value),
            None => Err(self.type_error("bad operand type for abs()")),
        }
    }

    pub fn in_base(&mut self, value: PythonValue, base: &str) -> Run<PythonValue> {
        let Some(int) = as_int(value) else {
            return Err(self.type_error("an integer is wanted"));
        };
        let text = self.format(PythonValue::Int(int), &format!("#{base}"))?;
        self.string(text)
    }

    pub fn divmod(&mut self, left: PythonValue, right: PythonValue) -> Run<PythonValue> {
        let pair = match (as_int(left), as_int(right)) {
            (_, Some(0)) if as_float(left).is_some() => {
                return Err(
                    self.fail(ExceptionType::ZERO_DIVISION, "integer division or modulo by zero")
                );
            }
            (Some(left), Some(right)) => {
                [self.int(floor_div(left, right))?, PythonValue::Int(floor_mod(left, right))]
            }
            _ => match (as_float(left), as_float(right)) {
                (Some(_), Some(0.0)) => {
                    return Err(self.fail(ExceptionType::ZERO_DIVISION, "float divmod()"));
                }
                (Some(left), Some(right)) => {
                    let (quotient, rest) = float_divmod(left, right);
                    [self.float(quotient)?, self.float(rest)?]
                }
                _ => return Err(self.type_error("unsupported operand type(s) for divmod()")),
            },
        };
        self.tuple(pair.to_vec())
    }

    pub fn pow_mod(
        &mut self,
        base: PythonValue,
        exponent: PythonValue,
        modulus: PythonValue,
    ) -> Run<PythonValue> {
        let (Some(base), Some(exponent), Some(modulus)) =
            (as_int(base), as_int(exponent), as_int(modulus))
        else {
            return Err(self.type_error("pow() with three arguments wants integers"));
        };
        if modulus == 0 {
            return Err(self.value_error("pow() 3rd argument cannot be 0"));
        }
        if exponent < 0 {
            return Err(self.not_supported("the inverse of a number under a modulus"));
        }
        let size = i128::from(modulus.unsigned_abs());
        let mut power = 1 % size;
        let mut factor = i128::from(base).rem_euclid(size);
        let mut left = exponent;
        while left > 0 {
            if left % 2 == 1 {
                power = power * factor % size;
            }
            factor = factor * factor % size;
            left /= 2;
        }
        if modulus < 0 && power != 0 {
            power -= size;
        }
        self.int(i64::try_from(power).ok())
    }

    pub fn round(&mut self, value: PythonValue, digits: PythonValue) -> Run<PythonValue> {
        let places = as_int(digits);
        if places.is_none() && digits != PythonValue::None {
            return Err(self.type_error("round() wants an integer of digits"));
        }
        if let Some(int) = as_int(value) {
            return match places {
                Some(places) if places < 0 => self.round_int(int, places.unsigned_abs()),
                _ => Ok(PythonValue::Int(int)),
            };
        }
        let PythonValue::Float(float) = value else {
            return Err(self.type_error("round() wants a number"));
        };
        match places {
            None if float.is_infinite() => {
                Err(self.fail(ExceptionType::OVERFLOW, "cannot convert float infinity to integer"))
            }
            None => self.int(whole(float.round_ties_even())),
            Some(places) if places > 300 || float.is_infinite() => Ok(value),
            Some(places) if places >= 0 => {
                let text = format!("{float:.*}", places as usize);
                self.float(text.parse().unwrap_or(float))
            }
            Some(_) => Err(self.not_supported("round() of a float to tens")),
        }
    }

    fn round_int(&mut self, int: i64, places: u64) -> Run<PythonValue> {
        if places > 18 {
            return Err(self.not_supported("round() to such large powers of ten"));
        }
        let unit = 10i128.pow(places as u32);
        let int = i128::from(int);
        let below = int.div_euclid(unit);
        let rest = int.rem_euclid(unit);
        let is_up = rest * 2 > unit || rest * 2 == unit && below % 2 != 0;
        self.int(i64::try_from((below + i128::from(is_up)) * unit).ok())
    }

    /// `int(value, base)`.
    pub fn new_int(&mut self, value: PythonValue, base: Option<PythonValue>) -> Run<PythonValue> {
        let radix = match base.map(as_int) {
            None => 10,
            Some(Some(base @ (0 | 2..=36))) => base as u32,
            Some(Some(_)) => {
                return Err(self.value_error("int() base must be >= 2 and <= 36, or 0"));
            }
            Some(None) => return Err(self.type_error("int() wants an integer as base")),
        };
        if let Some(text) = self.heap.text(value) {
            let text = text.text.trim_matches(super::methods_str::is_space).to_owned();
            self.work(text.len() / 8)?;
            return match radix {
                0 => Err(self.not_supported("int() with base 0")),
                _ => self.parse_int(&text, radix),
            };
        }
        if base.is_some() {
            return Err(self.type_error("int() can't convert non-string with explicit base"));
        }
        match value {
            PythonValue::Float(float) if float.is_infinite() => {
                Err(self.fail(ExceptionType::OVERFLOW, "cannot convert float infinity to integer"))
            }
            PythonValue::Float(float) => self.int(whole(float.trunc())),
            _ => match as_int(value) {
                Some(int) => Ok(PythonValue::Int(int)),
                None => Err(self.type_error("int() wants a string or a number")),
            },
        }
    }

    fn parse_int(&mut self, text: &str, base: u32) -> Run<PythonValue> {
        if !text.is_ascii() {
            return Err(self.not_supported("digits beyond ASCII"));
        }
        let (is_negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let prefix = match base {
            2 => "0b",
            8 => "0o",
            16 => "0x",
            _ => "",
        };
        let has_prefix = !prefix.is_empty()
            && digits.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let digits = if has_prefix { &digits[2..] } else { digits };
        // an underscore may stand between digits, and behind a prefix
        let digits = if has_prefix { digits.strip_prefix('_').unwrap_or(digits) } else { digits };
        let is_number = !digits.is_empty()
            && digits
                .split('_')
                .all(|part| !part.is_empty() && part.chars().all(|char| char.is_digit(base)));
        if !is_number {
            return Err(self.value_error("invalid literal for int()"));
        }
        let mut number = Some(0i64);
        for digit in digits.chars().filter_map(|char| char.to_digit(base)) {
            number = number.and_then(|number| number.checked_mul(i64::from(base)));
            number = number.and_then(|number| number.checked_sub(i64::from(digit)));
        }
        self.int(if is_negative { number } else { number.and_then(i64::checked_neg) })
    }

    /// `float(value)`.
    pub fn new_float(&mut self, value: PythonValue) -> Run<PythonValue> {
        if let Some(text) = self.heap.text(value) {
            let text = text.text.trim_matches(super::methods_str::is_space).to_owned();
            self.work(text.len() / 8)?;
            if text.contains('_') || !text.is_ascii() {
                return Err(self.not_supported("such digits of a float"));
            }
            return match text.parse::<f64>() {
                Ok(float) => self.float(float),
                Err(_) => Err(self.value_error("could not convert string to float")),
            };
        }
        match as_float(value) {
            Some(float) => Ok(PythonValue::Float(float)),
            None => Err(self.type_error("float() wants a string or a number")),
        }
    }
}

/// A value as an integer, if it is one; truth values are.
pub fn as_int(value: PythonValue) -> Option<i64> {
    match value {
        PythonValue::Int(int) => Some(int),
        PythonValue::Bool(truth) => Some(i64::from(truth)),
        _ => None,
    }
}

/// A number as a float.
pub fn as_float(value: PythonValue) -> Option<f64> {
    match value {
        PythonValue::Float(float) => Some(float),
        _ => as_int(value).map(|int| int as f64),
    }
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

/// How two numbers compare; none if one is no number.
pub fn numbers(left: PythonValue, right: PythonValue) -> Option<Ordering> {
    match (as_int(left), as_int(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (Some(left), None) => Some(int_to_float(left, as_float(right)?)),
        (None, Some(right)) => Some(int_to_float(right, as_float(left)?).reverse()),
        (None, None) => as_float(left)?.partial_cmp(&as_float(right)?),
    }
}

/// How an integer compares with a float that is a number, exactly.
fn int_to_float(int: i64, float: f64) -> Ordering {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float >= LIMIT {
        return Ordering::Less;
    }
    if float < -LIMIT {
        return Ordering::Greater;
    }
    let whole = float.trunc();
    int.cmp(&(whole as i64)).then_with(|| whole.partial_cmp(&float).unwrap_or(Ordering::Equal))
}

/// A float as an integer, where it is one and fits.
pub fn whole(float: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (float == float.trunc() && (-LIMIT..LIMIT).contains(&float)).then_some(float as i64)
}
