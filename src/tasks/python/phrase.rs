//! How a part of a function is said in its name, in its docstring and in its body.

/// A condition on one thing.
pub trait TestPhrase {
    /// As part of a function's name: `divisible_by_3`.
    fn name(&self) -> String;
    /// Of one thing: "is divisible by 3".
    fn singular(&self) -> String;
    /// Of several: "are divisible by 3".
    fn plural(&self) -> String;
    /// As an expression on `x`.
    fn condition(&self, x: &str) -> String;
    /// The opposite, as an expression on `x`.
    fn negated(&self, x: &str) -> String;
    /// The same for all that mean the same, whether it is `so` or not so.
    fn meaning(&self, so: bool) -> String;
}

/// One thing made of another.
pub trait MapPhrase {
    /// As part of a function's name: `times_3`.
    fn name(&self) -> String;
    /// Behind what it is made of: "times 3".
    fn participle(&self) -> String;
    /// As an expression on `x`, a name.
    fn expression(&self, x: &str) -> String;
}
