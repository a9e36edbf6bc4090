//! A program as the evaluator walks it: names are resolved to slots, and what is outside of the
//! subset stands where it would be reached.

/// A name, as an index into [`ProgramTree::names`].
pub type NameId = u32;

/// A whole program.
#[derive(Debug, Default)]
pub struct ProgramTree {
    /// Every name that is written anywhere.
    pub names: Vec<Box<str>>,
    /// Every string literal.
    pub strings: Vec<Box<str>>,
    /// The names of the module's slots.
    pub globals: Vec<NameId>,
    /// All functions and lambdas.
    pub functions: Vec<FunctionTree>,
    /// All comprehensions and generator expressions.
    pub comprehensions: Vec<Comprehension>,
    /// All class statements.
    pub classes: Vec<ClassTree>,
    /// The statements of the module.
    pub body: Vec<Stmt>,
}

/// Where the value of a name is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A slot of the frame that runs.
    Local(u32),
    /// A slot of a frame around it, so many frames out.
    Enclosing { up: u32, slot: u32 },
    /// A slot of the module; builtins are behind it.
    Global(u32),
    /// A slot of a class body; where it is empty, the name means something outside of the class.
    ClassBody { slot: u32, outside: Box<Place> },
}

/// A function or lambda.
#[derive(Debug)]
pub struct FunctionTree {
    pub name: NameId,
    pub parameters: ParameterList,
    /// The names of the slots; those of the parameters come first.
    pub slots: Vec<NameId>,
    pub body: FunctionBody,
}

/// What a function does when it is called.
#[derive(Debug)]
pub enum FunctionBody {
    Statements(Vec<Stmt>),
    Lambda(Box<Expr>),
    /// Calling it is not supported.
    Unsupported(&'static str),
}

/// The parameters of a function. Slots: positional, keyword-only, `*args`, `**kwargs`.
#[derive(Debug, Default)]
pub struct ParameterList {
    /// How many may be given by position.
    pub positional: usize,
    /// How many of those may not be given by name.
    pub positional_only: usize,
    pub keyword_only: usize,
    pub var_positional: bool,
    pub var_keyword: bool,
}

/// What is evaluated where a function is defined.
#[derive(Debug)]
pub struct Definition {
    /// Index into [`ProgramTree::functions`].
    pub function: usize,
    /// Defaults of the last positional parameters.
    pub defaults: Vec<Expr>,
    /// A default for each keyword-only parameter that has one.
    pub keyword_defaults: Vec<Option<Expr>>,
    pub annotations: Vec<Expr>,
}

/// A comprehension, which is a function of its own with the first iterable as its argument.
#[derive(Debug)]
pub struct Comprehension {
    pub slots: Vec<NameId>,
    pub clauses: Vec<Clause>,
    /// What each round gives; of a dict comprehension the key.
    pub element: Expr,
    /// Of a dict comprehension the value.
    pub value: Option<Expr>,
}

/// `for target in iterable if ...`.
#[derive(Debug)]
pub struct Clause {
    pub target: Target,
    /// Nothing in the first clause, whose iterable belongs to the scope around.
    pub iterable: Option<Expr>,
    pub conditions: Vec<Expr>,
}

/// What a comprehension is collected into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collect {
    List,
    Set,
    Dict,
    Generator,
}

/// A class statement.
#[derive(Debug)]
pub struct ClassTree {
    pub name: NameId,
    pub bases: Vec<Expr>,
    pub slots: Vec<NameId>,
    pub body: Vec<Stmt>,
}

/// A statement and the line it begins on, counted from 1.
#[derive(Debug)]
pub struct Stmt {
    pub line: u32,
    pub kind: StmtKind,
}

/// The kinds of statements.
#[derive(Debug)]
pub enum StmtKind {
    Expr(Expr),
    Assign {
        targets: Vec<Target>,
        value: Expr,
    },
    Augment {
        target: Target,
        operator: Binary,
        value: Expr,
    },
    /// An annotation that is evaluated, and what is assigned before it is.
    Annotated {
        target: Option<Target>,
        value: Option<Expr>,
        annotation: Option<Expr>,
    },
    Return(Option<Expr>),
    If {
        branches: Vec<(Expr, Vec<Stmt>)>,
        otherwise: Vec<Stmt>,
    },
    While {
        test: Expr,
        body: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    For {
        target: Target,
        iterable: Expr,
        body: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    Raise {
        exception: Option<Expr>,
        cause: Option<Expr>,
    },
    Try {
        body: Vec<Stmt>,
        handlers: Vec<Handler>,
        otherwise: Vec<Stmt>,
        finally: Vec<Stmt>,
    },
    Assert {
        test: Expr,
        message: Option<Expr>,
        text: Box<str>,
    },
    Delete(Vec<Target>),
    FunctionTree {
        place: Place,
        definition: Definition,
        decorators: Vec<Expr>,
    },
    Class {
        place: Place,
        class: usize,
        decorators: Vec<Expr>,
    },
    Pass,
    Break,
    Continue,
    Unsupported(&'static str),
}

/// `except matches as name: body`.
#[derive(Debug)]
pub struct Handler {
    pub matches: Option<Expr>,
    pub name: Option<Place>,
    pub body: Vec<Stmt>,
}

/// What can be assigned to.
#[derive(Debug)]
pub enum Target {
    Place(Place),
    Attribute(Expr, NameId),
    Subscript(Expr, Expr),
    /// Several at once, of which one may take what is left over.
    Sequence {
        items: Vec<Target>,
        star: Option<usize>,
    },
}

/// An expression.
#[derive(Debug)]
pub enum Expr {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// An index into [`ProgramTree::strings`].
    Str(u32),
    Ellipsis,
    Place(Place),
    List(Vec<Item>),
    Tuple(Vec<Item>),
    Set(Vec<Item>),
    Dict(Vec<(Option<Expr>, Expr)>),
    Formatted(Vec<Piece>),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<(Expr, Expr)>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Compare(Box<Expr>, Vec<(CompareOp, Expr)>),
    Conditional(Box<(Expr, Expr, Expr)>),
    Call(Box<Call>),
    Attribute(Box<Expr>, NameId),
    Subscript(Box<(Expr, Expr)>),
    Slice(Box<[Option<Expr>; 3]>),
    Lambda(Box<Definition>),
    Comprehension {
        index: usize,
        collect: Collect,
        iterable: Box<Expr>,
    },
    Named(Place, Box<Expr>),
    Unsupported(&'static str),
}

/// One of the expressions of a display or of the arguments of a call.
#[derive(Debug)]
pub enum Item {
    One(Expr),
    /// `*expression`.
    Star(Expr),
}

/// A call; arguments by name stand behind all others.
#[derive(Debug)]
pub struct Call {
    pub callee: Expr,
    pub positional: Vec<Item>,
    /// Without a name: `**expression`.
    pub named: Vec<(Option<NameId>, Expr)>,
}

/// A part of an f-string.
#[derive(Debug)]
pub enum Piece {
    Text(Box<str>),
    PythonValue { value: Expr, conversion: Conversion, spec: Vec<Piece> },
}

/// `!r` or `!s` of an f-string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    None,
    Str,
    Repr,
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Not,
    Minus,
    Plus,
    Invert,
}

/// Operators with two operands that are always both evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    LeftShift,
    RightShift,
    BitOr,
    BitXor,
    BitAnd,
    MatMul,
}

/// Operators that compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Is,
    IsNot,
    In,
    NotIn,
}
