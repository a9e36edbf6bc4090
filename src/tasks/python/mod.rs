//! Small Python functions, with asserts that they agree with.

pub mod run;
