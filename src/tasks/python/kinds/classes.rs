//! Small classes.

use crate::tasks::python::arguments::{Argument, Domain, INTS, N, STRINGS, WORD, named};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

const START: Argument =
    named(Domain::Int(0, 40), &[("start", "start"), ("value", "value"), ("total", "total")]);
const AMOUNT: Argument = named(Domain::Int(0, 40), &[("amount", "amount"), ("number", "number")]);

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "class: map",
        slots: &[TemplateSlot::IntMap],
        names: &["Number", "ExampleValue", "Cell"],
        docs: &[
            "A number whose change method returns it $by.",
            "Holds a number; change returns it $by.",
        ],
        arguments: &[N],
        returns: "",
        bodies: &[
            "def __init__(self, $a: int) -> None:\n\tself.$a = $a\n\ndef change(self) -> int:\n\treturn $expr(self.$a)",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a).change()", |c, a| c.map(a.int(0)).into())]),
    },
    FunctionKind {
        id: "class: test and map",
        slots: &[TemplateSlot::IntTest, TemplateSlot::IntMap],
        names: &["Number", "ExampleValue", "Cell"],
        docs: &[
            "A number; check tells whether it $is, change returns it $by.",
            "Holds a number; check tells whether it $is, and change returns it $by.",
        ],
        arguments: &[N],
        returns: "",
        bodies: &[
            "def __init__(self, $a: int) -> None:\n\tself.$a = $a\n\ndef check(self) -> bool:\n\treturn $cond(self.$a)\n\ndef change(self) -> int:\n\treturn $expr(self.$a)",
        ],
        answer: ExpectedAnswer::Methods(&[
            ("$name($a).check()", |c, a| c.test(a.int(0)).into()),
            ("$name($a).change()", |c, a| c.map(a.int(0)).into()),
        ]),
    },
    FunctionKind {
        id: "class: counter",
        slots: &[TemplateSlot::Number(1, 9), TemplateSlot::IntMap],
        names: &["Counter", "Tally"],
        docs: &[
            "A counter; up adds $k, change makes it $by, and both return the count.",
            "Counts; up adds $k and change makes the count $by, and both return it.",
        ],
        arguments: &[START],
        returns: "",
        bodies: &[
            "def __init__(self, $a: int) -> None:\n\tself.count = $a\n\ndef up(self) -> int:\n\tself.count += $k\n\treturn self.count\n\ndef change(self) -> int:\n\tself.count = $expr(self.count)\n\treturn self.count",
        ],
        answer: ExpectedAnswer::Methods(&[
            ("$name($a).up()", |c, a| (a.int(0) + c.k()).into()),
            ("$name($a).change()", |c, a| c.map(a.int(0)).into()),
        ]),
    },
    FunctionKind {
        id: "class: operation",
        slots: &[TemplateSlot::Operation],
        names: &["Pair", "Two", "Couple"],
        docs: &[
            "Two numbers whose result method returns their $opname.",
            "Holds two numbers; result returns their $opname.",
        ],
        arguments: &[
            named(Domain::Int(-9, 30), &[("a", "a"), ("first", "first")]),
            named(Domain::Int(-9, 30), &[("b", "b"), ("second", "second")]),
        ],
        returns: "",
        bodies: &[
            "def __init__(self, $a: int, $b: int) -> None:\n\tself.$a = $a\n\tself.$b = $b\n\ndef result(self) -> int:\n\treturn $op(self.$a, self.$b)",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a, $b).result()", |c, a| {
            c.operation(a.int(0), a.int(1)).into()
        })]),
    },
    FunctionKind {
        id: "class: compare",
        slots: &[TemplateSlot::Comparison, TemplateSlot::Operation],
        names: &["Pair", "Two", "Couple"],
        docs: &[
            "Two numbers; check tells whether the first is $than the second, result is their $opname.",
        ],
        arguments: &[
            named(Domain::Int(-9, 30), &[("a", "a"), ("first", "first")]),
            named(Domain::Int(-9, 30), &[("b", "b"), ("second", "second")]),
        ],
        returns: "",
        bodies: &[
            "def __init__(self, $a: int, $b: int) -> None:\n\tself.$a = $a\n\tself.$b = $b\n\ndef check(self) -> bool:\n\treturn self.$a $cmp self.$b\n\ndef result(self) -> int:\n\treturn $op(self.$a, self.$b)",
        ],
        answer: ExpectedAnswer::Methods(&[
            ("$name($a, $b).check()", |c, a| c.compare(a.int(0), a.int(1)).into()),
            ("$name($a, $b).result()", |c, a| c.operation(a.int(0), a.int(1)).into()),
        ]),
    },
    FunctionKind {
        id: "class: account",
        slots: &[TemplateSlot::Number(1, 9)],
        names: &["Account", "Wallet", "Purse"],
        docs: &["An account; deposit adds an amount less a fee of $k and returns the balance."],
        arguments: &[START, AMOUNT],
        returns: "",
        bodies: &[
            "def __init__(self, $a: int) -> None:\n\tself.balance = $a\n\ndef deposit(self, $b: int) -> int:\n\tself.balance += $b - $k\n\treturn self.balance",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a).deposit($b)", |c, a| {
            (a.int(0) + a.int(1) - c.k()).into()
        })]),
    },
    FunctionKind {
        id: "class: stock",
        slots: &[TemplateSlot::Number(5, 30)],
        names: &["Stock", "Store", "Tank"],
        docs: &[
            "Holds at most $k; add puts an amount in, as far as it fits, and returns what is held.",
            "A store of at most $k; add puts an amount in and returns what is held.",
        ],
        arguments: &[START, AMOUNT],
        returns: "",
        bodies: &[
            "def __init__(self, $a: int) -> None:\n\tself.held = min($a, $k)\n\ndef add(self, $b: int) -> int:\n\tself.held = min(self.held + $b, $k)\n\treturn self.held",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a).add($b)", |c, a| {
            (a.int(0).min(c.k()) + a.int(1)).min(c.k()).into()
        })]),
    },
    FunctionKind {
        id: "class: filter",
        slots: &[TemplateSlot::IntTest],
        names: &["Bag", "Box", "Collection"],
        docs: &[
            "Holds numbers; keep returns those that $are, count how many there are.",
            "Numbers; keep returns those that $are, and count how many of them there are.",
        ],
        arguments: &[INTS],
        returns: "",
        bodies: &[
            "def __init__(self, $a: list[int]) -> None:\n\tself.$a = $a\n\ndef keep(self) -> list[int]:\n\treturn [$x for $x in self.$a if $cond]\n\ndef count(self) -> int:\n\treturn len(self.keep())",
        ],
        answer: ExpectedAnswer::Methods(&[
            ("$name($a).keep()", |c, a| {
                a.ints(0).into_iter().filter(|&x| c.test(x)).collect::<Vec<_>>().into()
            }),
            ("$name($a).count()", |c, a| {
                a.ints(0).into_iter().filter(|&x| c.test(x)).count().into()
            }),
        ]),
    },
    FunctionKind {
        id: "class: list of mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["Bag", "Box", "Collection"],
        docs: &[
            "Holds numbers; all returns each $by, and sum adds those up.",
            "Numbers; all returns each of them $by, and sum adds those up.",
        ],
        arguments: &[INTS],
        returns: "",
        bodies: &[
            "def __init__(self, $a: list[int]) -> None:\n\tself.$a = $a\n\ndef all(self) -> list[int]:\n\treturn [$expr for $x in self.$a]\n\ndef sum(self) -> int:\n\treturn sum(self.all())",
        ],
        answer: ExpectedAnswer::Methods(&[
            ("$name($a).all()", |c, a| {
                a.ints(0).into_iter().map(|x| c.map(x)).collect::<Vec<_>>().into()
            }),
            ("$name($a).sum()", |c, a| a.ints(0).into_iter().map(|x| c.map(x)).sum::<i64>().into()),
        ]),
    },
    FunctionKind {
        id: "class: words",
        slots: &[TemplateSlot::TextTest],
        names: &["Words", "Shelf", "Names"],
        docs: &[
            "Holds words; keep returns those that $are, count how many there are.",
            "Words; keep returns those that $are, and count how many of them there are.",
        ],
        arguments: &[STRINGS],
        returns: "",
        bodies: &[
            "def __init__(self, $a: list[str]) -> None:\n\tself.$a = $a\n\ndef keep(self) -> list[str]:\n\treturn [$x for $x in self.$a if $cond]\n\ndef count(self) -> int:\n\treturn len(self.keep())",
        ],
        answer: ExpectedAnswer::Methods(&[
            ("$name($a).keep()", |c, a| {
                a.words(0).into_iter().filter(|x| c.text_test(x)).collect::<Vec<_>>().into()
            }),
            ("$name($a).count()", |c, a| {
                a.words(0).into_iter().filter(|x| c.text_test(x)).count().into()
            }),
        ]),
    },
    FunctionKind {
        id: "class: word mapped",
        slots: &[TemplateSlot::TextMap],
        names: &["Word", "Label", "Sign"],
        docs: &["A word whose show method returns it $by.", "Holds a word; show returns it $by."],
        arguments: &[WORD],
        returns: "",
        bodies: &[
            "def __init__(self, $a: str) -> None:\n\tself.$a = $a\n\ndef show(self) -> str:\n\treturn $expr(self.$a)",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a).show()", |c, a| {
            c.text_map(a.text(0)).into()
        })]),
    },
    FunctionKind {
        id: "class: greeter",
        slots: &[TemplateSlot::Greeting],
        names: &["Greeter", "Person", "Guest"],
        docs: &["A person whom greet greets with '$w', a comma, a space and the name."],
        arguments: &[named(Domain::Word, &[("name", "name")])],
        returns: "",
        bodies: &[
            "def __init__(self, name: str) -> None:\n\tself.name = name\n\ndef greet(self) -> str:\n\treturn f\"$w, {self.name}\"",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a).greet()", |c, a| {
            format!("{}, {}", c.word(0), a.text(0)).into()
        })]),
    },
    FunctionKind {
        id: "class: stack",
        slots: &[TemplateSlot::IntMap],
        names: &["Stack", "Pile"],
        docs: &[
            "A stack; push puts a number $by on top and returns all items.",
            "A stack whose push method puts a number $by on top and returns all items.",
        ],
        arguments: &[
            named(Domain::Ints(0, 3), &[("items", "item"), ("values", "value")]),
            named(Domain::Int(-9, 30), &[("number", "number"), ("n", "n")]),
        ],
        returns: "",
        bodies: &[
            "def __init__(self, $a: list[int]) -> None:\n\tself.$a = $a\n\ndef push(self, $b: int) -> list[int]:\n\tself.$a.append($expr($b))\n\treturn self.$a",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a).push($b)", |c, a| {
            let mut items = a.ints(0);
            items.push(c.map(a.int(1)));
            items.into()
        })]),
    },
    FunctionKind {
        id: "class: guarded stack",
        slots: &[TemplateSlot::IntTest],
        names: &["Stack", "Pile"],
        docs: &[
            "A list; add appends a number if it $is, and returns how many there are.",
            "Numbers; add appends one if it $is, and returns how many there are.",
        ],
        arguments: &[
            named(Domain::Ints(0, 3), &[("items", "item"), ("values", "value")]),
            named(Domain::Int(-9, 30), &[("number", "number"), ("n", "n")]),
        ],
        returns: "",
        bodies: &[
            "def __init__(self, $a: list[int]) -> None:\n\tself.$a = $a\n\ndef add(self, $b: int) -> int:\n\tif $cond($b):\n\t\tself.$a.append($b)\n\treturn len(self.$a)",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a).add($b)", |c, a| {
            (a.ints(0).len() + usize::from(c.test(a.int(1)))).into()
        })]),
    },
    FunctionKind {
        id: "class: limits",
        slots: &[TemplateSlot::Comparison],
        names: &["Limit", "Gate", "Bound"],
        docs: &["A limit; allows tells whether a number is $than it."],
        arguments: &[
            named(Domain::Int(-5, 20), &[("limit", "limit"), ("bound", "bound")]),
            named(Domain::Int(-9, 30), &[("number", "number"), ("n", "n")]),
        ],
        returns: "",
        bodies: &[
            "def __init__(self, $a: int) -> None:\n\tself.$a = $a\n\ndef allows(self, $b: int) -> bool:\n\treturn $b $cmp self.$a",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a).allows($b)", |c, a| {
            c.compare(a.int(1), a.int(0)).into()
        })]),
    },
    FunctionKind {
        id: "class: rectangle",
        slots: &[],
        names: &["Rectangle", "Field"],
        docs: &["A rectangle with methods for its area and its perimeter."],
        arguments: &[
            named(Domain::Int(1, 20), &[("width", "width")]),
            named(Domain::Int(1, 20), &[("height", "height")]),
        ],
        returns: "",
        bodies: &[
            "def __init__(self, $a: int, $b: int) -> None:\n\tself.$a = $a\n\tself.$b = $b\n\ndef area(self) -> int:\n\treturn self.$a * self.$b\n\ndef perimeter(self) -> int:\n\treturn 2 * (self.$a + self.$b)",
        ],
        answer: ExpectedAnswer::Methods(&[
            ("$name($a, $b).area()", |_, a| (a.int(0) * a.int(1)).into()),
            ("$name($a, $b).perimeter()", |_, a| (2 * (a.int(0) + a.int(1))).into()),
        ]),
    },
    FunctionKind {
        id: "class: point",
        slots: &[TemplateSlot::Number(1, 9), TemplateSlot::Number(1, 9)],
        names: &["Point", "Place"],
        docs: &["A point; moved returns x plus $k and y plus $j, as a pair."],
        arguments: &[
            named(Domain::Int(-9, 20), &[("x", "x")]),
            named(Domain::Int(-9, 20), &[("y", "y")]),
        ],
        returns: "",
        bodies: &[
            "def __init__(self, x: int, y: int) -> None:\n\tself.x = x\n\tself.y = y\n\ndef moved(self) -> tuple[int, int]:\n\treturn self.x + $k, self.y + $j",
        ],
        answer: ExpectedAnswer::Methods(&[("$name($a, $b).moved()", |c, a| {
            ExampleValue::pair(a.int(0) + c.k(), a.int(1) + c.j())
        })]),
    },
];
