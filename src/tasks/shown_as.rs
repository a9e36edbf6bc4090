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
    /// Lines with something of everything: a highlighter that has read them is slow for no others.
    pub sample: &'static str,
}

impl CodeLanguage {
    /// Python.
    pub const PYTHON: Self = Self {
        extension: "py",
        sample: "class A(B):\n    \"\"\"C.\"\"\"\n    def f(self, x: dict[str, int] = None) -> list[int]:\n        \
                 # d\n        for y, _ in zip(x[1:], 'e'):\n            z = {y: not y or f\"{y}\" for y in (1, 2.5)}\n        \
                 return sorted(x.get(y, -1) % 2 == 0, key=lambda z: z)\n\nassert f('a\\n') is True",
    };
}
