//! Formats such as `>8.2f`, taken apart.

/// A format such as `*^+#08,.2f`, taken apart.
#[derive(Debug, PartialEq)]
pub struct Spec {
    pub fill: char,
    /// `<`, `>`, `^` or `=`.
    pub align: Option<char>,
    /// `+`, `-` or a space.
    pub sign: Option<char>,
    /// Whether zeros go between the sign and the digits of a number.
    pub has_zeros: bool,
    pub has_prefix: bool,
    pub width: usize,
    pub separator: Option<char>,
    pub precision: Option<usize>,
    /// The letter at the end, or a space.
    pub kind: char,
}

impl Spec {
    /// Nothing where Python would not take it either, or where it is out of all measure.
    pub fn parse(spec: &str) -> Option<Self> {
        let mut chars = spec.chars().peekable();
        let is_align = |char: &char| matches!(char, '<' | '>' | '^' | '=');
        let mut parsed = Self {
            fill: ' ',
            align: None,
            sign: None,
            has_zeros: false,
            has_prefix: false,
            width: 0,
            separator: None,
            precision: None,
            kind: ' ',
        };
        let has_fill = spec.chars().nth(1).as_ref().is_some_and(is_align);
        if has_fill {
            parsed.fill = chars.next()?;
            parsed.align = chars.next();
        } else {
            parsed.align = chars.next_if(is_align);
        }
        parsed.sign = chars.next_if(|char| matches!(char, '+' | '-' | ' '));
        parsed.has_prefix = chars.next_if_eq(&'#').is_some();
        if !has_fill && chars.next_if_eq(&'0').is_some() {
            parsed.fill = '0';
            parsed.has_zeros = parsed.align.is_none();
        }
        parsed.width = number(&mut chars)?.unwrap_or(0);
        parsed.separator = chars.next_if(|char| matches!(char, ',' | '_'));
        if chars.next_if_eq(&'.').is_some() {
            parsed.precision = Some(number(&mut chars)??);
        }
        parsed.kind = chars.next().unwrap_or(' ');
        chars.next().is_none().then_some(parsed)
    }

    /// Fills up to the width; `sign` stays in front of zeros.
    pub fn pad(&self, sign: &str, body: &str, default: char) -> String {
        let missing = self.width.saturating_sub(sign.chars().count() + body.chars().count());
        let fill = |count: usize| String::from(self.fill).repeat(count);
        match self.align.unwrap_or(default) {
            '<' => format!("{sign}{body}{}", fill(missing)),
            '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
            '=' => format!("{sign}{}{body}", fill(missing)),
            _ => format!("{}{sign}{body}", fill(missing)),
        }
    }

    pub fn align_of_numbers(&self) -> char {
        if self.has_zeros { '=' } else { '>' }
    }

    /// Whether zeros are put where groups of digits would go on.
    pub fn fills_with_zeros(&self) -> bool {
        self.fill == '0' && (self.has_zeros || self.align == Some('=')) && self.width > 0
    }

    pub fn sign(&self, is_negative: bool) -> &'static str {
        match (is_negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            (false, _) => "",
        }
    }
}

fn number(chars: &mut std::iter::Peekable<std::str::Chars>) -> Option<Option<usize>> {
    let mut number = None;
    while let Some(digit) = chars.peek().and_then(|char| char.to_digit(10)) {
        chars.next();
        number = Some(number.unwrap_or(0usize).checked_mul(10)?.checked_add(digit as usize)?);
    }
    Some(number)
}

/// Puts a separator between groups of digits.
pub fn grouped(digits: &str, separator: char, group: usize) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(group) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A float as Python writes it: the shortest digits that come back as the same float.
pub fn float_repr(float: f64) -> String {
    if float.is_infinite() {
        return if float > 0.0 { "inf".to_owned() } else { "-inf".to_owned() };
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{float}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
