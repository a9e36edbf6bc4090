//! What the texts of a task look like to a reader.

/// What a text is shown as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownAs {
    /// Words in lines that wrap.
    #[default]
    Prose,
    /// A Sudoku, in cells.
    Grid,
    /// Lines that keep their breaks and their indentation, in colours.
    Code(CodeLanguage),
}

/// A programming language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeLanguage {
    /// What its files end in, which is what a highlighter knows it by.
    pub extension: &'static str,
}

impl CodeLanguage {
    /// Python.
    pub const PYTHON: Self = Self { extension: "py" };
}
