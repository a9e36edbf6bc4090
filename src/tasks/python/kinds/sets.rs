//! Sets.

use crate::tasks::python::arguments::{Argument, Domain, INTS, STRINGS, WORD, named};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

const LEFT: Argument = named(Domain::Ints(1, 4), &[("left", "value"), ("first", "value")]);
const RIGHT: Argument = named(Domain::Ints(1, 4), &[("right", "other"), ("second", "other")]);

fn different(values: impl IntoIterator<Item = i64>) -> usize {
    let mut values: Vec<i64> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    values.len()
}

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "set that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["set_of_$test", "different_$test"],
        docs: &["Return the set of the $a that $are.", "Collect the $a that $are in a set."],
        arguments: &[INTS],
        returns: "set[int]",
        bodies: &[
            "return {$x for $x in $a if $cond}",
            "result = set()\nfor $x in $a:\n\tif $cond:\n\t\tresult.add($x)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::set(a.ints(0).into_iter().filter(|&value| c.test(value)))
        }),
    },
    FunctionKind {
        id: "set of mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["set_of_$map", "different_$map"],
        docs: &["Return the set of the $a, each $by.", "Collect the $a, each $by, in a set."],
        arguments: &[INTS],
        returns: "set[int]",
        bodies: &[
            "return {$expr for $x in $a}",
            "result = set()\nfor $x in $a:\n\tresult.add($expr)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::set(a.ints(0).into_iter().map(|value| c.map(value)))
        }),
    },
    FunctionKind {
        id: "set of mapped that pass",
        slots: &[TemplateSlot::IntTest, TemplateSlot::IntMap],
        names: &["set_of_$test_$map", "different_$test_$map"],
        docs: &[
            "Return the set of the $a that $are, each $by.",
            "Collect the $a that $are, each $by, in a set.",
        ],
        arguments: &[INTS],
        returns: "set[int]",
        bodies: &[
            "return {$expr for $x in $a if $cond}",
            "result = set()\nfor $x in $a:\n\tif $cond:\n\t\tresult.add($expr)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let kept = a.ints(0).into_iter().filter(|&value| c.test(value));
            ExampleValue::set(kept.map(|value| c.map(value)))
        }),
    },
    FunctionKind {
        id: "count different that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["count_different_$test", "how_many_different_$test"],
        docs: &[
            "Return how many different ones of the $a $are.",
            "Count the different $a that $are.",
        ],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "return len({$x for $x in $a if $cond})",
            "seen = set()\nfor $x in $a:\n\tif $cond:\n\t\tseen.add($x)\nreturn len(seen)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            different(a.ints(0).into_iter().filter(|&value| c.test(value))).into()
        }),
    },
    FunctionKind {
        id: "count different mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["count_different_$map", "how_many_different_$map"],
        docs: &[
            "Return how many different numbers the $a are when $by.",
            "Count the different numbers that the $a are when $by.",
        ],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "return len({$expr for $x in $a})",
            "seen = set()\nfor $x in $a:\n\tseen.add($expr)\nreturn len(seen)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            different(a.ints(0).into_iter().map(|value| c.map(value))).into()
        }),
    },
    FunctionKind {
        id: "words in set",
        slots: &[TemplateSlot::TextMap],
        names: &["set_of_$map", "different_$map"],
        docs: &["Return the set of the $a, each $by.", "Collect the $a, each $by, in a set."],
        arguments: &[STRINGS],
        returns: "set[str]",
        bodies: &[
            "return {$expr for $x in $a}",
            "result = set()\nfor $x in $a:\n\tresult.add($expr)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::set(a.words(0).into_iter().map(|word| c.text_map(word)))
        }),
    },
    FunctionKind {
        id: "in both that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["common_$test", "shared_$test"],
        docs: &[
            "Return the set of numbers in both $a and $b that $are.",
            "Collect in a set the numbers in both $a and $b that $are.",
        ],
        arguments: &[LEFT, RIGHT],
        returns: "set[int]",
        bodies: &["common = set($a) & set($b)\nreturn {$x for $x in common if $cond}"],
        answer: ExpectedAnswer::Function(|c, a| {
            let right = a.ints(1);
            ExampleValue::set(
                a.ints(0).into_iter().filter(|value| right.contains(value) && c.test(*value)),
            )
        }),
    },
    FunctionKind {
        id: "in one only that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["only_left_$test", "missing_$test"],
        docs: &[
            "Return the set of numbers in $a but not in $b that $are.",
            "Collect in a set the numbers in $a but not in $b that $are.",
        ],
        arguments: &[LEFT, RIGHT],
        returns: "set[int]",
        bodies: &["rest = set($a) - set($b)\nreturn {$x for $x in rest if $cond}"],
        answer: ExpectedAnswer::Function(|c, a| {
            let right = a.ints(1);
            ExampleValue::set(
                a.ints(0).into_iter().filter(|value| !right.contains(value) && c.test(*value)),
            )
        }),
    },
    FunctionKind {
        id: "missing up to",
        slots: &[TemplateSlot::Number(3, 9)],
        names: &["missing_to_$k", "not_there_to_$k"],
        docs: &[
            "Return the numbers from 1 to $k that are not among the $a.",
            "List the numbers from 1 to $k that the $a lack.",
        ],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &["seen = set($a)\nreturn [i for i in range(1, $next) if i not in seen]"],
        answer: ExpectedAnswer::Function(|c, a| {
            let values = a.ints(0);
            (1..=c.k()).filter(|i| !values.contains(i)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "union",
        slots: &[],
        names: &["union", "in_either"],
        docs: &["Return the set of all that is in $a or in $b."],
        arguments: &[LEFT, RIGHT],
        returns: "set[int]",
        bodies: &["return set($a) | set($b)"],
        answer: ExpectedAnswer::Function(|_, a| {
            ExampleValue::set(a.ints(0).into_iter().chain(a.ints(1)))
        }),
    },
    FunctionKind {
        id: "subset",
        slots: &[],
        names: &["contains_all", "is_subset"],
        docs: &["Return whether all that is in $b is in $a too."],
        arguments: &[LEFT, named(Domain::Ints(0, 2), &[("right", "other"), ("second", "other")])],
        returns: "bool",
        bodies: &[
            "return set($b) <= set($a)",
            "for $y in $b:\n\tif $y not in $a:\n\t\treturn False\nreturn True",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.ints(1).iter().all(|value| a.ints(0).contains(value)).into()
        }),
    },
    FunctionKind {
        id: "has repeats",
        slots: &[],
        names: &["has_repeats", "any_twice"],
        docs: &[
            "Return whether any of the $a comes twice.",
            "Tell whether there are repeats among the $a.",
        ],
        arguments: &[INTS],
        returns: "bool",
        bodies: &[
            "return len(set($a)) < len($a)",
            "seen = set()\nfor $x in $a:\n\tif $x in seen:\n\t\treturn True\n\tseen.add($x)\nreturn False",
        ],
        answer: ExpectedAnswer::Function(|_, a| (different(a.ints(0)) < a.ints(0).len()).into()),
    },
    FunctionKind {
        id: "different letters",
        slots: &[],
        names: &["count_different_letters", "different_letters"],
        docs: &[
            "Return how many different letters the $a has.",
            "Count the different letters of the $a.",
        ],
        arguments: &[WORD],
        returns: "int",
        bodies: &["return len(set($a))"],
        answer: ExpectedAnswer::Function(|_, a| different(a.text(0).bytes().map(i64::from)).into()),
    },
];
