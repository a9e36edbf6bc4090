//! Lists of ints: which of them pass a condition, and what is made of them.

use crate::tasks::python::arguments::{INTS, SOME_INTS};
use crate::tasks::python::choice::{DrawnChoice, TemplateSlot};
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

fn passing(c: &DrawnChoice, values: Vec<i64>) -> Vec<i64> {
    values.into_iter().filter(|&value| c.test(value)).collect()
}

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "count that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["count_$test", "how_many_$test", "number_of_$test"],
        docs: &[
            "Return how many of the $a $are.",
            "Count the $a that $are.",
            "Return the number of $a that $are.",
        ],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "count = 0\nfor $x in $a:\n\tif $cond:\n\t\tcount += 1\nreturn count",
            "return sum(1 for $x in $a if $cond)",
            "return len([$x for $x in $a if $cond])",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.ints(0)).len().into()),
    },
    FunctionKind {
        id: "sum that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["sum_$test", "add_$test", "total_of_$test"],
        docs: &["Return the sum of the $a that $are.", "Add up the $a that $are."],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "total = 0\nfor $x in $a:\n\tif $cond:\n\t\ttotal += $x\nreturn total",
            "return sum($x for $x in $a if $cond)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.ints(0)).into_iter().sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "list that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["keep_$test", "filter_$test", "only_$test"],
        docs: &["Return the $a that $are.", "Keep only the $a that $are."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $cond:\n\t\tresult.append($x)\nreturn result",
            "return [$x for $x in $a if $cond]",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.ints(0)).into()),
    },
    FunctionKind {
        id: "list that pass",
        slots: &[TemplateSlot::NotIntTest],
        names: &["remove_$test", "without_$test", "drop_$test"],
        docs: &["Return the $a without those that $are.", "Remove the $a that $are."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $not:\n\t\tresult.append($x)\nreturn result",
            "return [$x for $x in $a if $not]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().filter(|&value| !c.test(value)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "count that pass both",
        slots: &[TemplateSlot::TwoIntTests],
        names: &["count_$test_and_$testb", "how_many_$test_and_$testb"],
        docs: &["Return how many of the $a $are and $areb.", "Count the $a that $are and $areb."],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "count = 0\nfor $x in $a:\n\tif $cond and $condb:\n\t\tcount += 1\nreturn count",
            "return sum(1 for $x in $a if $cond and $condb)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.ints(0)).into_iter().filter(|&value| c.second_test(value)).count().into()
        }),
    },
    FunctionKind {
        id: "list that pass both",
        slots: &[TemplateSlot::TwoIntTests],
        names: &["keep_$test_and_$testb", "filter_$test_and_$testb"],
        docs: &["Return the $a that $are and $areb.", "Keep only the $a that $are and $areb."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $cond and $condb:\n\t\tresult.append($x)\nreturn result",
            "return [$x for $x in $a if $cond and $condb]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.ints(0))
                .into_iter()
                .filter(|&x| c.second_test(x))
                .collect::<Vec<_>>()
                .into()
        }),
    },
    FunctionKind {
        id: "sum that pass either",
        slots: &[TemplateSlot::TwoIntTests],
        names: &["sum_$test_or_$testb", "add_$test_or_$testb"],
        docs: &[
            "Return the sum of the $a that $are or $areb.",
            "Add up the $a that $are or $areb.",
        ],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "total = 0\nfor $x in $a:\n\tif $cond or $condb:\n\t\ttotal += $x\nreturn total",
            "return sum($x for $x in $a if $cond or $condb)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let values = a.ints(0).into_iter();
            values.filter(|&x| c.test(x) || c.second_test(x)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "first that passes",
        slots: &[TemplateSlot::IntTest],
        names: &["first_$test", "find_$test"],
        docs: &[
            "Return the first of the $a that $is, or None if there is none.",
            "Find the first of the $a that $is, or return None.",
        ],
        arguments: &[INTS],
        returns: "int | None",
        bodies: &["for $x in $a:\n\tif $cond:\n\t\treturn $x\nreturn None"],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.ints(0)).first().copied().into()),
    },
    FunctionKind {
        id: "last that passes",
        slots: &[TemplateSlot::IntTest],
        names: &["last_$test", "find_last_$test"],
        docs: &[
            "Return the last of the $a that $is, or None if there is none.",
            "Find the last of the $a that $is, or return None.",
        ],
        arguments: &[INTS],
        returns: "int | None",
        bodies: &[
            "for $x in reversed($a):\n\tif $cond:\n\t\treturn $x\nreturn None",
            "result = None\nfor $x in $a:\n\tif $cond:\n\t\tresult = $x\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.ints(0)).last().copied().into()),
    },
    FunctionKind {
        id: "first that passes or constant",
        slots: &[TemplateSlot::IntTest, TemplateSlot::Number(0, 9)],
        names: &["first_$test_or_$k", "find_$test_or_$k"],
        docs: &["Return the first of the $a that $is, or $k if there is none."],
        arguments: &[INTS],
        returns: "int",
        bodies: &["for $x in $a:\n\tif $cond:\n\t\treturn $x\nreturn $k"],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.ints(0)).first().copied().unwrap_or(c.k()).into()
        }),
    },
    FunctionKind {
        id: "any passes",
        slots: &[TemplateSlot::IntTest],
        names: &["any_$test", "has_$test", "contains_$test"],
        docs: &["Return whether any of the $a $is.", "Tell whether at least one of the $a $is."],
        arguments: &[INTS],
        returns: "bool",
        bodies: &[
            "for $x in $a:\n\tif $cond:\n\t\treturn True\nreturn False",
            "return any($cond for $x in $a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().any(|value| c.test(value)).into()
        }),
    },
    FunctionKind {
        id: "all pass",
        slots: &[TemplateSlot::IntTest],
        names: &["all_$test", "are_all_$test"],
        docs: &["Return whether all of the $a $are.", "Tell whether every one of the $a $is."],
        arguments: &[INTS],
        returns: "bool",
        bodies: &[
            "for $x in $a:\n\tif $not:\n\t\treturn False\nreturn True",
            "return all($cond for $x in $a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().all(|value| c.test(value)).into()
        }),
    },
    FunctionKind {
        id: "largest that passes",
        slots: &[TemplateSlot::IntTest],
        names: &["largest_$test", "max_$test"],
        docs: &[
            "Return the largest of the $a that $are, or None if there is none.",
            "Find the largest of those $a that $are, or return None.",
        ],
        arguments: &[INTS],
        returns: "int | None",
        bodies: &[
            "best = None\nfor $x in $a:\n\tif $cond:\n\t\tif best is None or $x > best:\n\t\t\tbest = $x\nreturn best",
            "kept = [$x for $x in $a if $cond]\nreturn max(kept) if kept else None",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.ints(0)).into_iter().max().into()),
    },
    FunctionKind {
        id: "smallest that passes",
        slots: &[TemplateSlot::IntTest],
        names: &["smallest_$test", "min_$test"],
        docs: &[
            "Return the smallest of the $a that $are, or None if there is none.",
            "Find the smallest of those $a that $are, or return None.",
        ],
        arguments: &[INTS],
        returns: "int | None",
        bodies: &[
            "best = None\nfor $x in $a:\n\tif $cond:\n\t\tif best is None or $x < best:\n\t\t\tbest = $x\nreturn best",
            "kept = [$x for $x in $a if $cond]\nreturn min(kept) if kept else None",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.ints(0)).into_iter().min().into()),
    },
    FunctionKind {
        id: "place of first that passes",
        slots: &[TemplateSlot::IntTest],
        names: &["index_of_$test", "find_index_of_$test"],
        docs: &["Return the index of the first of the $a that $is, or -1 if there is none."],
        arguments: &[INTS],
        returns: "int",
        bodies: &["for i, $x in enumerate($a):\n\tif $cond:\n\t\treturn i\nreturn -1"],
        answer: ExpectedAnswer::Function(|c, a| {
            let place = a.ints(0).into_iter().position(|value| c.test(value));
            place.map_or(ExampleValue::Int(-1), ExampleValue::from)
        }),
    },
    FunctionKind {
        id: "places that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["indices_of_$test", "positions_of_$test"],
        docs: &["Return the indices of the $a that $are.", "List the indices of all $a that $are."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "return [i for i, $x in enumerate($a) if $cond]",
            "result = []\nfor i, $x in enumerate($a):\n\tif $cond:\n\t\tresult.append(i)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let values = a.ints(0);
            (0..values.len()).filter(|&i| c.test(values[i])).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "parted by test",
        slots: &[TemplateSlot::IntTest],
        names: &["split_$test", "part_$test"],
        docs: &[
            "Return the $a that $are and the other ones, as two lists.",
            "Split the $a into those that $are and the other ones.",
        ],
        arguments: &[INTS],
        returns: "tuple[list[int], list[int]]",
        bodies: &[
            "yes, no = [], []\nfor $x in $a:\n\tif $cond:\n\t\tyes.append($x)\n\telse:\n\t\tno.append($x)\nreturn yes, no",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let (yes, no): (Vec<i64>, Vec<i64>) =
                a.ints(0).into_iter().partition(|&value| c.test(value));
            ExampleValue::pair(yes, no)
        }),
    },
    FunctionKind {
        id: "mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["all_$map", "each_$map", "list_$map"],
        docs: &["Return the $a, each $by.", "Return a list of the $a, each $by."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tresult.append($expr)\nreturn result",
            "return [$expr for $x in $a]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().map(|x| c.map(x)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "sum of mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["sum_$map", "total_$map", "sum_of_$map"],
        docs: &["Return the sum of the $a, each $by.", "Add up the $a, each $by."],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "total = 0\nfor $x in $a:\n\ttotal += $expr\nreturn total",
            "return sum($expr for $x in $a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().map(|x| c.map(x)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "largest of mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["largest_$map", "max_$map"],
        docs: &[
            "Return the largest of the $a after each is $by.",
            "Return the largest of all $a, each $by.",
        ],
        arguments: &[SOME_INTS],
        returns: "int",
        bodies: &["return max($expr for $x in $a)"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().map(|x| c.map(x)).max().into()
        }),
    },
    FunctionKind {
        id: "mapped that pass",
        slots: &[TemplateSlot::IntTest, TemplateSlot::IntMap],
        names: &["$map_$test", "$test_$map"],
        docs: &[
            "Return the $a that $are, each $by.",
            "Take the $a that $are, and return each $by.",
        ],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $cond:\n\t\tresult.append($expr)\nreturn result",
            "return [$expr for $x in $a if $cond]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.ints(0)).into_iter().map(|x| c.map(x)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "sum of mapped that pass",
        slots: &[TemplateSlot::IntTest, TemplateSlot::IntMap],
        names: &["sum_$test_$map", "total_$test_$map"],
        docs: &[
            "Return the sum of the $a that $are, each $by.",
            "Add up the $a that $are, each $by.",
        ],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "total = 0\nfor $x in $a:\n\tif $cond:\n\t\ttotal += $expr\nreturn total",
            "return sum($expr for $x in $a if $cond)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.ints(0)).into_iter().map(|x| c.map(x)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "mapped where passing",
        slots: &[TemplateSlot::IntTest, TemplateSlot::IntMap],
        names: &["$map_where_$test", "change_$test_$map"],
        docs: &[
            "Return the $a, with those that $are $by.",
            "Return all $a, but those that $are $by.",
        ],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $cond:\n\t\tresult.append($expr)\n\telse:\n\t\tresult.append($x)\nreturn result",
            "return [$expr if $cond else $x for $x in $a]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let changed = a.ints(0).into_iter().map(|x| if c.test(x) { c.map(x) } else { x });
            changed.collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "replaced where passing",
        slots: &[TemplateSlot::IntTest, TemplateSlot::Number(0, 9)],
        names: &["replace_$test_by_$k", "put_$k_for_$test"],
        docs: &["Return the $a, with $k for those that $are.", "Replace the $a that $are by $k."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "return [$k if $cond else $x for $x in $a]",
            "result = []\nfor $x in $a:\n\tif $cond:\n\t\t$x = $k\n\tresult.append($x)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let changed = a.ints(0).into_iter().map(|x| if c.test(x) { c.k() } else { x });
            changed.collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "taken while passing",
        slots: &[TemplateSlot::IntTest],
        names: &["take_while_$test", "leading_$test"],
        docs: &[
            "Return the $a from the start on, as long as each $is.",
            "Return the $a in front, as long as each $is.",
        ],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $not:\n\t\tbreak\n\tresult.append($x)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().take_while(|&x| c.test(x)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "sum until passing",
        slots: &[TemplateSlot::IntTest],
        names: &["sum_until_$test", "add_until_$test"],
        docs: &[
            "Return the sum of the $a before the first that $is.",
            "Add up the $a until one $is.",
        ],
        arguments: &[INTS],
        returns: "int",
        bodies: &["total = 0\nfor $x in $a:\n\tif $cond:\n\t\tbreak\n\ttotal += $x\nreturn total"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().take_while(|&x| !c.test(x)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "product that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["product_of_$test", "multiply_$test"],
        docs: &["Return the product of the $a that $are.", "Multiply the $a that $are."],
        arguments: &[INTS],
        returns: "int",
        bodies: &["result = 1\nfor $x in $a:\n\tif $cond:\n\t\tresult *= $x\nreturn result"],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.ints(0)).into_iter().product::<i64>().into()
        }),
    },
];
