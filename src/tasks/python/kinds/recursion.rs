//! Functions that call themselves.

use crate::tasks::python::arguments::{Argument, Domain, INTS, N, TIMES, WORD, named};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};

const NUMBER: Argument = named(Domain::Int(0, 12), &[("n", "n"), ("number", "number")]);
const DIGITS: Argument = named(Domain::Int(0, 9999), &[("number", "number"), ("value", "value")]);

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "recursive count that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["count_$test", "how_many_$test"],
        docs: &[
            "Return how many of the $a $are, by recursion.",
            "Count the $a that $are, by recursion.",
        ],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "if not $a:\n\treturn 0\nrest = $name($a[1:])\nif $cond($a[0]):\n\treturn rest + 1\nreturn rest",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().filter(|&value| c.test(value)).count().into()
        }),
    },
    FunctionKind {
        id: "recursive sum that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["sum_$test", "add_$test"],
        docs: &[
            "Return the sum of the $a that $are, by recursion.",
            "Add up the $a that $are, by recursion.",
        ],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "if not $a:\n\treturn 0\nrest = $name($a[1:])\nif $cond($a[0]):\n\treturn rest + $a[0]\nreturn rest",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().filter(|&value| c.test(value)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "recursive list that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["keep_$test", "filter_$test"],
        docs: &[
            "Return the $a that $are, by recursion.",
            "Keep only the $a that $are, by recursion.",
        ],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "if not $a:\n\treturn []\nrest = $name($a[1:])\nif $cond($a[0]):\n\treturn [$a[0]] + rest\nreturn rest",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().filter(|&value| c.test(value)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "recursive all pass",
        slots: &[TemplateSlot::IntTest],
        names: &["all_$test", "are_all_$test"],
        docs: &["Return whether all of the $a $are, by recursion."],
        arguments: &[INTS],
        returns: "bool",
        bodies: &["if not $a:\n\treturn True\nreturn $cond($a[0]) and $name($a[1:])"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().all(|value| c.test(value)).into()
        }),
    },
    FunctionKind {
        id: "recursive any passes",
        slots: &[TemplateSlot::IntTest],
        names: &["any_$test", "has_$test"],
        docs: &["Return whether any of the $a $is, by recursion."],
        arguments: &[INTS],
        returns: "bool",
        bodies: &["if not $a:\n\treturn False\nreturn $cond($a[0]) or $name($a[1:])"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().any(|value| c.test(value)).into()
        }),
    },
    FunctionKind {
        id: "recursive mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["all_$map", "each_$map"],
        docs: &["Return the $a, each $by, by recursion."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &["if not $a:\n\treturn []\nfirst = $a[0]\nreturn [$expr(first)] + $name($a[1:])"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().map(|value| c.map(value)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "recursive sum of mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["sum_$map", "total_$map"],
        docs: &["Return the sum of the $a, each $by, by recursion."],
        arguments: &[INTS],
        returns: "int",
        bodies: &["if not $a:\n\treturn 0\nfirst = $expr($a[0])\nreturn first + $name($a[1:])"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().map(|value| c.map(value)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "recursive sum of mapped range",
        slots: &[TemplateSlot::IntMap],
        names: &["sum_$map_up_to", "sum_of_numbers_$map"],
        docs: &["Return the sum of the numbers from 1 to $a, each $by, by recursion."],
        arguments: &[TIMES],
        returns: "int",
        bodies: &["if $a == 0:\n\treturn 0\nlast = $expr($a)\nreturn last + $name($a - 1)"],
        answer: ExpectedAnswer::Function(|c, a| {
            (1..=a.int(0)).map(|i| c.map(i)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "recursive apply n times",
        slots: &[TemplateSlot::IntMap],
        names: &["repeat_$map", "$map_n_times"],
        docs: &["Return the $a $by, again and again, $b times, by recursion."],
        arguments: &[N, named(Domain::Int(0, 4), &[("times", "times"), ("count", "count")])],
        returns: "int",
        bodies: &["if $b == 0:\n\treturn $a\n$a = $expr($a)\nreturn $name($a, $b - 1)"],
        answer: ExpectedAnswer::Function(|c, a| {
            (0..a.int(1)).fold(a.int(0), |number, _| c.map(number)).into()
        }),
    },
    FunctionKind {
        id: "recursive steps down",
        slots: &[TemplateSlot::Number(2, 9)],
        names: &["count_down_by_$k", "sum_by_$k"],
        docs: &["Return the sum of $a, $a - $k and so on while above 0, by recursion."],
        arguments: &[NUMBER],
        returns: "int",
        bodies: &["if $a <= 0:\n\treturn 0\nreturn $a + $name($a - $k)"],
        answer: ExpectedAnswer::Function(|c, a| {
            let steps = std::iter::successors(Some(a.int(0)), |number| Some(number - c.k()));
            steps.take_while(|number| *number > 0).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "recursive sequence",
        slots: &[TemplateSlot::Number(0, 5), TemplateSlot::IntMap],
        names: &["sequence_$map", "nth_$map"],
        docs: &["Return number $a of the sequence that begins with $k, each next one being $by."],
        arguments: &[named(Domain::Int(0, 5), &[("n", "n"), ("place", "place")])],
        returns: "int",
        bodies: &["if $a == 0:\n\treturn $k\nlast = $name($a - 1)\nreturn $expr(last)"],
        answer: ExpectedAnswer::Function(|c, a| {
            (0..a.int(0)).fold(c.k(), |number, _| c.map(number)).into()
        }),
    },
    FunctionKind {
        id: "recursive letters",
        slots: &[TemplateSlot::CharTest],
        names: &["count_$test", "number_of_$test"],
        docs: &["Return how many letters of the $a $are, by recursion."],
        arguments: &[WORD],
        returns: "int",
        bodies: &[
            "if not $a:\n\treturn 0\nrest = $name($a[1:])\nif $cond($a[0]):\n\treturn rest + 1\nreturn rest",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.text(0).chars().filter(|&char| c.char_test(char)).count().into()
        }),
    },
    FunctionKind {
        id: "recursive factorial",
        slots: &[],
        names: &["factorial", "product_up_to"],
        docs: &["Return the product of the numbers from 1 to $a, by recursion."],
        arguments: &[TIMES],
        returns: "int",
        bodies: &["if $a == 0:\n\treturn 1\nreturn $a * $name($a - 1)"],
        answer: ExpectedAnswer::Function(|_, a| (1..=a.int(0)).product::<i64>().into()),
    },
    FunctionKind {
        id: "recursive fibonacci",
        slots: &[],
        names: &["fibonacci", "nth_fibonacci"],
        docs: &["Return the Fibonacci number at place $a, counted from 0, by recursion."],
        arguments: &[NUMBER],
        returns: "int",
        bodies: &["if $a < 2:\n\treturn $a\nreturn $name($a - 1) + $name($a - 2)"],
        answer: ExpectedAnswer::Function(|_, a| {
            (0..a.int(0)).fold((0_i64, 1), |(a, b), _| (b, a + b)).0.into()
        }),
    },
    FunctionKind {
        id: "recursive reversed",
        slots: &[],
        names: &["reverse", "turn_round"],
        docs: &["Return the $a reversed, by recursion."],
        arguments: &[WORD],
        returns: "str",
        bodies: &["if not $a:\n\treturn \"\"\nreturn $name($a[1:]) + $a[0]"],
        answer: ExpectedAnswer::Function(|_, a| a.text(0).chars().rev().collect::<String>().into()),
    },
    FunctionKind {
        id: "recursive digit sum",
        slots: &[],
        names: &["digit_sum", "sum_of_digits"],
        docs: &["Return the sum of the digits of the $a, by recursion."],
        arguments: &[DIGITS],
        returns: "int",
        bodies: &["if $a < 10:\n\treturn $a\nreturn $a % 10 + $name($a // 10)"],
        answer: ExpectedAnswer::Function(|_, a| {
            a.int(0).to_string().bytes().map(|digit| i64::from(digit - b'0')).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "recursive power",
        slots: &[],
        names: &["power", "raise_to"],
        docs: &["Return the $a to the power of $b, by recursion."],
        arguments: &[
            named(Domain::Int(-5, 9), &[("base", "base"), ("number", "number")]),
            named(Domain::Int(0, 4), &[("exponent", "exponent"), ("times", "times")]),
        ],
        returns: "int",
        bodies: &["if $b == 0:\n\treturn 1\nreturn $a * $name($a, $b - 1)"],
        answer: ExpectedAnswer::Function(|_, a| {
            a.int(0).pow(u32::try_from(a.int(1)).unwrap_or(0)).into()
        }),
    },
    FunctionKind {
        id: "recursive palindrome",
        slots: &[],
        names: &["is_palindrome", "same_backwards"],
        docs: &["Return whether the $a reads the same backwards, by recursion."],
        arguments: &[WORD],
        returns: "bool",
        bodies: &["if len($a) < 2:\n\treturn True\nreturn $a[0] == $a[-1] and $name($a[1:-1])"],
        answer: ExpectedAnswer::Function(|_, a| {
            a.text(0).chars().eq(a.text(0).chars().rev()).into()
        }),
    },
];
