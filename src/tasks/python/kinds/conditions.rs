//! Functions that decide.

use crate::tasks::python::arguments::{Argument, Domain, N, NATURAL, WORD, named};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};

const A: Argument =
    named(Domain::Int(-20, 60), &[("a", "a"), ("first", "first"), ("left", "left")]);
const B: Argument =
    named(Domain::Int(-20, 60), &[("b", "b"), ("second", "second"), ("right", "right")]);

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "answer by test",
        slots: &[TemplateSlot::IntTest, TemplateSlot::Answers],
        names: &["$w_or_$u", "say_$w_or_$u"],
        docs: &[
            "Return '$w' if the $a $is, and '$u' otherwise.",
            "Say '$w' when the $a $is, and '$u' when it is not so.",
        ],
        arguments: &[N],
        returns: "str",
        bodies: &[
            "if $cond:\n\treturn \"$w\"\nreturn \"$u\"",
            "return \"$w\" if $cond else \"$u\"",
        ],
        answer: ExpectedAnswer::Function(|c, a| c.word(usize::from(!c.test(a.int(0)))).into()),
    },
    FunctionKind {
        id: "answer by test of word",
        slots: &[TemplateSlot::TextTest, TemplateSlot::Answers],
        names: &["$w_or_$u", "say_$w_or_$u"],
        docs: &["Return '$w' if the $a $is, and '$u' otherwise."],
        arguments: &[named(Domain::Word, &[("word", "word"), ("name", "name")])],
        returns: "str",
        bodies: &[
            "if $cond:\n\treturn \"$w\"\nreturn \"$u\"",
            "return \"$w\" if $cond else \"$u\"",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            c.word(usize::from(!c.text_test(a.text(0)))).into()
        }),
    },
    FunctionKind {
        id: "map by test",
        slots: &[TemplateSlot::IntTest, TemplateSlot::TwoIntMaps],
        names: &["$map_or_$mapb", "$map_if_$test"],
        docs: &[
            "Return the $a $by if it $is, and $byb otherwise.",
            "If the $a $is, return it $by, and otherwise $byb.",
        ],
        arguments: &[N],
        returns: "int",
        bodies: &[
            "if $cond:\n\treturn $expr\nreturn $exprb($x)",
            "if $cond:\n\tresult = $expr\nelse:\n\tresult = $exprb($x)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let number = a.int(0);
            if c.test(number) { c.map(number) } else { c.second_map(number) }.into()
        }),
    },
    FunctionKind {
        id: "map if",
        slots: &[TemplateSlot::IntTest, TemplateSlot::IntMap],
        names: &["$map_if_$test", "$map_when_$test"],
        docs: &[
            "Return the $a $by if it $is, and as it is otherwise.",
            "If the $a $is, return it $by, and otherwise unchanged.",
        ],
        arguments: &[N],
        returns: "int",
        bodies: &["if $cond:\n\treturn $expr\nreturn $a", "if $cond:\n\t$a = $expr\nreturn $a"],
        answer: ExpectedAnswer::Function(|c, a| {
            let number = a.int(0);
            if c.test(number) { c.map(number) } else { number }.into()
        }),
    },
    FunctionKind {
        id: "constant by test",
        slots: &[TemplateSlot::IntTest, TemplateSlot::Number(1, 9), TemplateSlot::Number(10, 30)],
        names: &["give_$k_or_$j", "price_$k_or_$j", "points_if_$test"],
        docs: &[
            "Return $k if the $a $is, and $j otherwise.",
            "Give $k when the $a $is, and $j when it is not so.",
        ],
        arguments: &[N],
        returns: "int",
        bodies: &["if $cond:\n\treturn $k\nreturn $j", "return $k if $cond else $j"],
        answer: ExpectedAnswer::Function(|c, a| {
            if c.test(a.int(0)) { c.k() } else { c.j() }.into()
        }),
    },
    FunctionKind {
        id: "clamp",
        slots: &[TemplateSlot::Number(-5, 5), TemplateSlot::Number(10, 30)],
        names: &["clamp", "limit"],
        docs: &[
            "Return the $a, but no less than $k and no more than $j.",
            "Keep the $a between $k and $j.",
        ],
        arguments: &[N],
        returns: "int",
        bodies: &[
            "if $a < $k:\n\treturn $k\nif $a > $j:\n\treturn $j\nreturn $a",
            "return max($k, min($a, $j))",
        ],
        answer: ExpectedAnswer::Function(|c, a| a.int(0).clamp(c.k(), c.j()).into()),
    },
    FunctionKind {
        id: "at most",
        slots: &[TemplateSlot::Number(1, 30)],
        names: &["at_most_$k", "limit_to_$k"],
        docs: &[
            "Return the $a, but no more than $k.",
            "Return the $a, or $k if the $a is greater.",
        ],
        arguments: &[N],
        returns: "int",
        bodies: &["return min($a, $k)", "if $a > $k:\n\treturn $k\nreturn $a"],
        answer: ExpectedAnswer::Function(|c, a| a.int(0).min(c.k()).into()),
    },
    FunctionKind {
        id: "at least",
        slots: &[TemplateSlot::Number(0, 30)],
        names: &["at_least_$k", "raise_to_$k"],
        docs: &["Return the $a, but no less than $k.", "Return the $a, or $k if the $a is less."],
        arguments: &[N],
        returns: "int",
        bodies: &["return max($a, $k)", "if $a < $k:\n\treturn $k\nreturn $a"],
        answer: ExpectedAnswer::Function(|c, a| a.int(0).max(c.k()).into()),
    },
    FunctionKind {
        id: "three levels",
        slots: &[TemplateSlot::Number(0, 9), TemplateSlot::Number(10, 40), TemplateSlot::Answers],
        names: &["level", "size_of", "grade"],
        docs: &[
            "Return '$w' if the $a is below $k, '$u' if it is above $j, and 'middle' otherwise.",
        ],
        arguments: &[N],
        returns: "str",
        bodies: &[
            "if $a < $k:\n\treturn \"$w\"\nif $a > $j:\n\treturn \"$u\"\nreturn \"middle\"",
            "if $a < $k:\n\treturn \"$w\"\nelif $a > $j:\n\treturn \"$u\"\nelse:\n\treturn \"middle\"",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            if a.int(0) < c.k() {
                c.word(0).into()
            } else if a.int(0) > c.j() {
                c.word(1).into()
            } else {
                "middle".into()
            }
        }),
    },
    FunctionKind {
        id: "fizz",
        slots: &[TemplateSlot::Number(2, 5), TemplateSlot::Number(6, 9), TemplateSlot::Answers],
        names: &["fizz", "$w_$u"],
        docs: &[
            "Return '$w' if the $a is divisible by $k, '$u' if by $j, and the $a as text otherwise.",
        ],
        arguments: &[N],
        returns: "str",
        bodies: &[
            "if $a % $k == 0:\n\treturn \"$w\"\nif $a % $j == 0:\n\treturn \"$u\"\nreturn str($a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            if a.int(0) % c.k() == 0 {
                c.word(0).into()
            } else if a.int(0) % c.j() == 0 {
                c.word(1).into()
            } else {
                a.int(0).to_string().into()
            }
        }),
    },
    FunctionKind {
        id: "compare with words",
        slots: &[TemplateSlot::Comparison, TemplateSlot::Answers],
        names: &["compare", "$w_or_$u"],
        docs: &["Return '$w' if $a is $than $b, and '$u' otherwise."],
        arguments: &[A, B],
        returns: "str",
        bodies: &[
            "if $a $cmp $b:\n\treturn \"$w\"\nreturn \"$u\"",
            "return \"$w\" if $a $cmp $b else \"$u\"",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            c.word(usize::from(!c.compare(a.int(0), a.int(1)))).into()
        }),
    },
    FunctionKind {
        id: "operation by comparison",
        slots: &[TemplateSlot::Comparison, TemplateSlot::Operation],
        names: &["$opname_if_$cmpname", "$opname_or_zero"],
        docs: &["Return the $opname of $a and $b if $a is $than $b, and 0 otherwise."],
        arguments: &[A, B],
        returns: "int",
        bodies: &["if $a $cmp $b:\n\treturn $op($a, $b)\nreturn 0"],
        answer: ExpectedAnswer::Function(|c, a| {
            let (first, second) = (a.int(0), a.int(1));
            if c.compare(first, second) { c.operation(first, second) } else { 0 }.into()
        }),
    },
    FunctionKind {
        id: "both pass",
        slots: &[TemplateSlot::IntTest],
        names: &["both_$test", "are_both_$test"],
        docs: &["Return whether both $a and $b $are.", "Tell whether $a and $b both $are."],
        arguments: &[A, B],
        returns: "bool",
        bodies: &["return $cond($a) and $cond($b)"],
        answer: ExpectedAnswer::Function(|c, a| (c.test(a.int(0)) && c.test(a.int(1))).into()),
    },
    FunctionKind {
        id: "one passes",
        slots: &[TemplateSlot::IntTest],
        names: &["either_$test", "one_is_$test"],
        docs: &["Return whether $a or $b $is.", "Tell whether at least one of $a and $b $is."],
        arguments: &[A, B],
        returns: "bool",
        bodies: &["return $cond($a) or $cond($b)"],
        answer: ExpectedAnswer::Function(|c, a| (c.test(a.int(0)) || c.test(a.int(1))).into()),
    },
    FunctionKind {
        id: "sign",
        slots: &[],
        names: &["sign", "sign_of"],
        docs: &["Return 1 if the $a is positive, -1 if it is negative, and 0 otherwise."],
        arguments: &[N],
        returns: "int",
        bodies: &["if $a > 0:\n\treturn 1\nif $a < 0:\n\treturn -1\nreturn 0"],
        answer: ExpectedAnswer::Function(|_, a| a.int(0).signum().into()),
    },
    FunctionKind {
        id: "absolute",
        slots: &[],
        names: &["absolute", "without_sign"],
        docs: &["Return the $a without its sign.", "Return the absolute value of the $a."],
        arguments: &[N],
        returns: "int",
        bodies: &["return abs($a)", "if $a < 0:\n\treturn -$a\nreturn $a"],
        answer: ExpectedAnswer::Function(|_, a| a.int(0).abs().into()),
    },
    FunctionKind {
        id: "leap year",
        slots: &[],
        names: &["is_leap_year", "leap_year"],
        docs: &["Return whether the $a is divisible by 4, but not by 100 unless by 400."],
        arguments: &[named(Domain::Int(1890, 2030), &[("year", "year")])],
        returns: "bool",
        bodies: &[
            "if $a % 400 == 0:\n\treturn True\nif $a % 100 == 0:\n\treturn False\nreturn $a % 4 == 0",
            "return $a % 4 == 0 and ($a % 100 != 0 or $a % 400 == 0)",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let year = a.int(0);
            (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)).into()
        }),
    },
    FunctionKind {
        id: "xor",
        slots: &[],
        names: &["exactly_one", "one_but_not_both"],
        docs: &[
            "Return whether exactly one of $a and $b is true.",
            "Tell whether one of $a and $b is true, but not both.",
        ],
        arguments: &[
            named(Domain::Bool, &[("a", "a"), ("first", "first")]),
            named(Domain::Bool, &[("b", "b"), ("second", "second")]),
        ],
        returns: "bool",
        bodies: &["return $a != $b"],
        answer: ExpectedAnswer::Function(|_, a| (a.bool(0) != a.bool(1)).into()),
    },
    FunctionKind {
        id: "plural",
        slots: &[],
        names: &["plural", "with_plural"],
        docs: &[
            "Return the $b, followed by 's' unless the $a is 1.",
            "Return the $b as it is if the $a is 1, and followed by 's' otherwise.",
        ],
        arguments: &[named(Domain::Int(0, 3), &[("count", "count"), ("number", "number")]), WORD],
        returns: "str",
        bodies: &["if $a == 1:\n\treturn $b\nreturn $b + \"s\""],
        answer: ExpectedAnswer::Function(|_, a| {
            format!("{}{}", a.text(1), if a.int(0) == 1 { "" } else { "s" }).into()
        }),
    },
    FunctionKind {
        id: "discount",
        slots: &[TemplateSlot::Number(5, 40), TemplateSlot::Number(1, 9)],
        names: &["with_discount", "reduced_price"],
        docs: &[
            "Return the $a, less $j if it is above $k.",
            "Take $j off the $a if it is above $k.",
        ],
        arguments: &[named(Domain::Int(0, 60), &[("price", "price"), ("total", "total")])],
        returns: "int",
        bodies: &["if $a > $k:\n\treturn $a - $j\nreturn $a", "if $a > $k:\n\t$a -= $j\nreturn $a"],
        answer: ExpectedAnswer::Function(|c, a| {
            if a.int(0) > c.k() { a.int(0) - c.j() } else { a.int(0) }.into()
        }),
    },
    FunctionKind {
        id: "hour of day",
        slots: &[TemplateSlot::Number(5, 9), TemplateSlot::Number(17, 22), TemplateSlot::Answers],
        names: &["time_of_day", "$w_or_$u"],
        docs: &["Return '$w' if the $a is from $k to $j, and '$u' otherwise."],
        arguments: &[named(Domain::Int(0, 23), &[("hour", "hour"), ("time", "time")])],
        returns: "str",
        bodies: &["if $k <= $a <= $j:\n\treturn \"$w\"\nreturn \"$u\""],
        answer: ExpectedAnswer::Function(|c, a| {
            c.word(usize::from(!(c.k()..=c.j()).contains(&a.int(0)))).into()
        }),
    },
    FunctionKind {
        id: "collatz step",
        slots: &[],
        names: &["collatz_step", "next_collatz"],
        docs: &["Return half the $a if it is even, and 3 times the $a plus 1 otherwise."],
        arguments: &[NATURAL],
        returns: "int",
        bodies: &["if $a % 2 == 0:\n\treturn $a // 2\nreturn 3 * $a + 1"],
        answer: ExpectedAnswer::Function(|_, a| {
            let number = a.int(0);
            if number % 2 == 0 { number / 2 } else { 3 * number + 1 }.into()
        }),
    },
];
