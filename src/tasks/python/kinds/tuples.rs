//! Tuples, and lists of them.

use crate::tasks::python::arguments::{Argument, Domain, N, PAIRS, SOME_INTS, named};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

const A: Argument =
    named(Domain::Int(-20, 60), &[("a", "a"), ("first", "first"), ("left", "left")]);
const B: Argument =
    named(Domain::Int(-20, 60), &[("b", "b"), ("second", "second"), ("right", "right")]);

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "pair of mapped",
        slots: &[TemplateSlot::TwoIntMaps],
        names: &["$map_and_$mapb", "both_$map_and_$mapb"],
        docs: &[
            "Return the $a $by, and the $a $byb, as a pair.",
            "Return a pair of the $a $by and the $a $byb.",
        ],
        arguments: &[N],
        returns: "tuple[int, int]",
        bodies: &[
            "return $expr, $exprb($x)",
            "first = $expr\nsecond = $exprb($x)\nreturn first, second",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::pair(c.map(a.int(0)), c.second_map(a.int(0)))
        }),
    },
    FunctionKind {
        id: "pairs that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["pairs_$test", "keep_pairs_$test"],
        docs: &["Return the $a whose second part $is.", "Keep only the $a whose second part $is."],
        arguments: &[PAIRS],
        returns: "list[tuple[str, int]]",
        bodies: &[
            "return [(key, $x) for key, $x in $a if $cond]",
            "result = []\nfor key, $x in $a:\n\tif $cond:\n\t\tresult.append((key, $x))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.counts(0).into_iter().filter(|&(_, value)| c.test(value)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "first parts that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["names_of_$test", "first_parts_$test"],
        docs: &[
            "Return the first parts of the $a whose second part $is.",
            "List the first parts of the $a whose second part $is.",
        ],
        arguments: &[PAIRS],
        returns: "list[str]",
        bodies: &[
            "return [key for key, $x in $a if $cond]",
            "result = []\nfor key, $x in $a:\n\tif $cond:\n\t\tresult.append(key)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let kept = a.counts(0).into_iter().filter(|&(_, value)| c.test(value));
            kept.map(|(key, _)| key).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "sum of second parts",
        slots: &[TemplateSlot::TextTest],
        names: &["sum_of_$test", "total_$test"],
        docs: &["Return the sum of the second parts of the $a whose first part $is."],
        arguments: &[PAIRS],
        returns: "int",
        bodies: &[
            "total = 0\nfor key, $x in $a:\n\tif $cond(key):\n\t\ttotal += $x\nreturn total",
            "return sum($x for key, $x in $a if $cond(key))",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.counts(0)
                .into_iter()
                .filter(|(key, _)| c.text_test(key))
                .map(|(_, value)| value)
                .sum::<i64>()
                .into()
        }),
    },
    FunctionKind {
        id: "pairs mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["pairs_$map", "second_$map"],
        docs: &["Return the $a with each second part $by."],
        arguments: &[PAIRS],
        returns: "list[tuple[str, int]]",
        bodies: &[
            "return [(key, $expr) for key, $x in $a]",
            "result = []\nfor key, $x in $a:\n\tresult.append((key, $expr))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.counts(0)
                .into_iter()
                .map(|(key, value)| (key, c.map(value)))
                .collect::<Vec<_>>()
                .into()
        }),
    },
    FunctionKind {
        id: "pairs of value and map",
        slots: &[TemplateSlot::IntMap],
        names: &["with_$map", "pair_with_$map"],
        docs: &[
            "Return pairs of each of the $a and it $by.",
            "List each of the $a in a pair with it $by.",
        ],
        arguments: &[SOME_INTS],
        returns: "list[tuple[int, int]]",
        bodies: &[
            "return [($x, $expr) for $x in $a]",
            "result = []\nfor $x in $a:\n\tresult.append(($x, $expr))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().map(|value| (value, c.map(value))).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "swap if",
        slots: &[TemplateSlot::Comparison],
        names: &["swap_if_$cmpname", "change_places_if_$cmpname"],
        docs: &["Return $b and $a if $a is $than $b, and $a and $b otherwise."],
        arguments: &[A, B],
        returns: "tuple[int, int]",
        bodies: &[
            "if $a $cmp $b:\n\treturn $b, $a\nreturn $a, $b",
            "if $a $cmp $b:\n\t$a, $b = $b, $a\nreturn $a, $b",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let (first, second) = (a.int(0), a.int(1));
            if c.compare(first, second) {
                ExampleValue::pair(second, first)
            } else {
                ExampleValue::pair(first, second)
            }
        }),
    },
    FunctionKind {
        id: "parts counted and summed",
        slots: &[TemplateSlot::IntTest],
        names: &["count_and_sum_$test", "number_and_sum_of_$test"],
        docs: &[
            "Return how many of the $a $are, and their sum.",
            "Count and add up the $a that $are.",
        ],
        arguments: &[SOME_INTS],
        returns: "tuple[int, int]",
        bodies: &[
            "count, total = 0, 0\nfor $x in $a:\n\tif $cond:\n\t\tcount += 1\n\t\ttotal += $x\nreturn count, total",
            "kept = [$x for $x in $a if $cond]\nreturn len(kept), sum(kept)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let kept: Vec<i64> = a.ints(0).into_iter().filter(|&value| c.test(value)).collect();
            ExampleValue::pair(kept.len(), kept.iter().sum::<i64>())
        }),
    },
    FunctionKind {
        id: "sum and product",
        slots: &[],
        names: &["sum_and_product", "add_and_multiply"],
        docs: &["Return the sum and the product of $a and $b."],
        arguments: &[A, B],
        returns: "tuple[int, int]",
        bodies: &["return $a + $b, $a * $b"],
        answer: ExpectedAnswer::Function(|_, a| {
            ExampleValue::pair(a.int(0) + a.int(1), a.int(0) * a.int(1))
        }),
    },
    FunctionKind {
        id: "min and max",
        slots: &[],
        names: &["min_and_max", "smallest_and_largest"],
        docs: &[
            "Return the smallest and the largest of the $a.",
            "Find the smallest and the largest of the $a.",
        ],
        arguments: &[SOME_INTS],
        returns: "tuple[int, int]",
        bodies: &["return min($a), max($a)"],
        answer: ExpectedAnswer::Function(|_, a| {
            let values = a.ints(0);
            values.iter().copied().min().zip(values.iter().copied().max()).into()
        }),
    },
    FunctionKind {
        id: "first and last",
        slots: &[],
        names: &["first_and_last", "ends"],
        docs: &["Return the first and the last of the $a."],
        arguments: &[SOME_INTS],
        returns: "tuple[int, int]",
        bodies: &["return $a[0], $a[-1]"],
        answer: ExpectedAnswer::Function(|_, a| {
            let values = a.ints(0);
            values.first().copied().zip(values.last().copied()).into()
        }),
    },
    FunctionKind {
        id: "unzipped",
        slots: &[],
        names: &["unzip", "two_lists"],
        docs: &["Return the first parts and the second parts of the $a, as two lists."],
        arguments: &[PAIRS],
        returns: "tuple[list[str], list[int]]",
        bodies: &[
            "keys = [key for key, $x in $a]\nvalues = [$x for key, $x in $a]\nreturn keys, values",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let (keys, values): (Vec<&str>, Vec<i64>) = a.counts(0).into_iter().unzip();
            ExampleValue::pair(keys, values)
        }),
    },
    FunctionKind {
        id: "minutes and hours",
        slots: &[TemplateSlot::Number(3, 60)],
        names: &["split_by_$k", "groups_of_$k"],
        docs: &[
            "Return how many times $k fits into the $a, and what is left.",
            "Return how many groups of $k the $a makes, and what is left.",
        ],
        arguments: &[named(Domain::Int(0, 200), &[("number", "number"), ("total", "total")])],
        returns: "tuple[int, int]",
        bodies: &[
            "return $a // $k, $a % $k",
            "count = 0\nwhile $a >= $k:\n\t$a -= $k\n\tcount += 1\nreturn count, $a",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::pair(a.int(0) / c.k(), a.int(0) % c.k())
        }),
    },
];
