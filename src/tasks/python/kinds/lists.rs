//! Lists of ints: order, places, neighbours and pairs.

use crate::tasks::python::arguments::{
    Argument, Domain, INTS, N, ROWS, SOME_INTS, TWO_INTS, named,
};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

const LEFT: Argument = named(Domain::Ints(1, 4), &[("left", "a"), ("first", "a")]);
const RIGHT: Argument = named(Domain::Ints(1, 4), &[("right", "b"), ("second", "b")]);
const LIMIT: Argument = named(Domain::Int(-5, 20), &[("limit", "limit"), ("bound", "bound")]);
const TARGET: Argument = named(Domain::Int(0, 9), &[("target", "target"), ("wanted", "wanted")]);
const DIGITS: Argument = named(Domain::Ints(0, 5), &[("values", "value"), ("numbers", "number")]);

fn unique(values: Vec<i64>) -> Vec<i64> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "compare to limit, list",
        slots: &[TemplateSlot::Comparison],
        names: &["keep_$cmpname", "filter_$cmpname"],
        docs: &["Return the $a that are $than the $b.", "Keep only the $a that are $than the $b."],
        arguments: &[INTS, LIMIT],
        returns: "list[int]",
        bodies: &[
            "return [$x for $x in $a if $x $cmp $b]",
            "result = []\nfor $x in $a:\n\tif $x $cmp $b:\n\t\tresult.append($x)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().filter(|&x| c.compare(x, a.int(1))).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "compare to limit, count",
        slots: &[TemplateSlot::Comparison],
        names: &["count_$cmpname", "how_many_$cmpname"],
        docs: &[
            "Return how many of the $a are $than the $b.",
            "Count the $a that are $than the $b.",
        ],
        arguments: &[INTS, LIMIT],
        returns: "int",
        bodies: &[
            "count = 0\nfor $x in $a:\n\tif $x $cmp $b:\n\t\tcount += 1\nreturn count",
            "return sum(1 for $x in $a if $x $cmp $b)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().filter(|&x| c.compare(x, a.int(1))).count().into()
        }),
    },
    FunctionKind {
        id: "operation of neighbours",
        slots: &[TemplateSlot::Operation],
        names: &["neighbor_$opname", "$opname_of_neighbors"],
        docs: &[
            "Return the $opname of each of the $a and the next one.",
            "List the $opname of each of the $a and the one behind it.",
        ],
        arguments: &[TWO_INTS],
        returns: "list[int]",
        bodies: &[
            "return [$op(a, b) for a, b in zip($a, $a[1:])]",
            "result = []\nfor a, b in zip($a, $a[1:]):\n\tresult.append($op(a, b))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).windows(2).map(|two| c.operation(two[0], two[1])).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "operation element by element",
        slots: &[TemplateSlot::Operation],
        names: &["$opname_of_lists", "pairwise_$opname"],
        docs: &[
            "Return the $opname of each pair from $a and $b.",
            "List the $opname of every two that stand at the same place in $a and $b.",
        ],
        arguments: &[LEFT, RIGHT],
        returns: "list[int]",
        bodies: &[
            "return [$op(a, b) for a, b in zip($a, $b)]",
            "result = []\nfor a, b in zip($a, $b):\n\tresult.append($op(a, b))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let pairs = a.ints(0).into_iter().zip(a.ints(1));
            pairs.map(|(left, right)| c.operation(left, right)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "sum of operations",
        slots: &[TemplateSlot::Operation],
        names: &["sum_of_$opname", "total_$opname"],
        docs: &[
            "Return the sum of the $opname of each pair from $a and $b.",
            "Add up the $opname of every two that stand at the same place in $a and $b.",
        ],
        arguments: &[LEFT, RIGHT],
        returns: "int",
        bodies: &[
            "total = 0\nfor a, b in zip($a, $b):\n\ttotal += $op(a, b)\nreturn total",
            "return sum($op(a, b) for a, b in zip($a, $b))",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let pairs = a.ints(0).into_iter().zip(a.ints(1));
            pairs.map(|(left, right)| c.operation(left, right)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "count places by comparison",
        slots: &[TemplateSlot::Comparison],
        names: &["count_pairs_$cmpname", "places_$cmpname"],
        docs: &[
            "Return at how many places $a is $than $b.",
            "Count the places where $a is $than $b.",
        ],
        arguments: &[LEFT, RIGHT],
        returns: "int",
        bodies: &[
            "count = 0\nfor a, b in zip($a, $b):\n\tif a $cmp b:\n\t\tcount += 1\nreturn count",
            "return sum(1 for a, b in zip($a, $b) if a $cmp b)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0)
                .into_iter()
                .zip(a.ints(1))
                .filter(|(left, right)| c.compare(left, right))
                .count()
                .into()
        }),
    },
    FunctionKind {
        id: "all neighbours compare",
        slots: &[TemplateSlot::Comparison],
        names: &["each_$cmpname_next", "all_$cmpname_next"],
        docs: &[
            "Return whether each of the $a is $than the next one.",
            "Tell whether each of the $a is $than the one behind it.",
        ],
        arguments: &[TWO_INTS],
        returns: "bool",
        bodies: &[
            "return all(a $cmp b for a, b in zip($a, $a[1:]))",
            "for a, b in zip($a, $a[1:]):\n\tif not a $cmp b:\n\t\treturn False\nreturn True",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).windows(2).all(|two| c.compare(two[0], two[1])).into()
        }),
    },
    FunctionKind {
        id: "running operation",
        slots: &[TemplateSlot::Operation],
        names: &["running_$opname", "$opname_so_far"],
        docs: &[
            "Return the $opname of all $a up to each place.",
            "List the $opname of the $a so far, at every place.",
        ],
        arguments: &[SOME_INTS],
        returns: "list[int]",
        bodies: &[
            "result = [$a[0]]\nfor $x in $a[1:]:\n\tresult.append($op(result[-1], $x))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut result: Vec<i64> = Vec::new();
            for value in a.ints(0) {
                result.push(result.last().map_or(value, |&last| c.operation(last, value)));
            }
            result.into()
        }),
    },
    FunctionKind {
        id: "sorted by map",
        slots: &[TemplateSlot::IntMap],
        names: &["sort_by_$map", "sorted_by_$map"],
        docs: &[
            "Return the $a sorted by what each is $by.",
            "Sort the $a by what each is when $by.",
        ],
        arguments: &[TWO_INTS],
        returns: "list[int]",
        bodies: &["return sorted($a, key=lambda $x: $expr)"],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut values = a.ints(0);
            values.sort_by_key(|&value| c.map(value));
            values.into()
        }),
    },
    FunctionKind {
        id: "every kth",
        slots: &[TemplateSlot::Number(2, 4)],
        names: &["every_$k", "take_every_$k"],
        docs: &["Return every $k-th of the $a, from the first on."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &["return $a[::$k]", "return [$x for i, $x in enumerate($a) if i % $k == 0]"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().step_by(c.count()).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "first k",
        slots: &[TemplateSlot::Number(1, 4)],
        names: &["first_$k", "take_$k"],
        docs: &["Return the first $k of the $a.", "Return the $a up to the first $k of them."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &["return $a[:$k]"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().take(c.count()).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "without first k",
        slots: &[TemplateSlot::Number(1, 4)],
        names: &["without_first_$k", "drop_$k"],
        docs: &["Return the $a without the first $k."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &["return $a[$k:]"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).into_iter().skip(c.count()).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "last k",
        slots: &[TemplateSlot::Number(1, 4)],
        names: &["last_$k", "take_last_$k"],
        docs: &["Return the last $k of the $a."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &["return $a[-$k:]"],
        answer: ExpectedAnswer::Function(|c, a| {
            let values = a.ints(0);
            values[values.len().saturating_sub(c.count())..].to_vec().into()
        }),
    },
    FunctionKind {
        id: "rotated by k",
        slots: &[TemplateSlot::Number(1, 3)],
        names: &["rotate_by_$k", "move_$k_to_end"],
        docs: &[
            "Return the $a with the first $k moved to the end.",
            "Move the first $k of the $a to the end.",
        ],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &["return $a[$k:] + $a[:$k]"],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut values = a.ints(0);
            let by = c.count().min(values.len());
            values.rotate_left(by);
            values.into()
        }),
    },
    FunctionKind {
        id: "chunks of k",
        slots: &[TemplateSlot::Number(2, 3)],
        names: &["chunks_of_$k", "split_by_$k"],
        docs: &[
            "Return the $a in lists of $k, the last of which may be shorter.",
            "Split the $a into lists of $k.",
        ],
        arguments: &[INTS],
        returns: "list[list[int]]",
        bodies: &[
            "return [$a[i:i + $k] for i in range(0, len($a), $k)]",
            "result = []\nfor i in range(0, len($a), $k):\n\tresult.append($a[i:i + $k])\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.ints(0).chunks(c.count()).map(<[i64]>::to_vec).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "padded",
        slots: &[TemplateSlot::Number(3, 6), TemplateSlot::Number(0, 5)],
        names: &["pad_to_$k", "fill_to_$k"],
        docs: &[
            "Return the $a, filled up with $j to a length of $k.",
            "Add $j to the end of the $a until there are $k of them.",
        ],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "result = list($a)\nwhile len(result) < $k:\n\tresult.append($j)\nreturn result",
            "return $a + [$j] * ($k - len($a))",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut values = a.ints(0);
            values.resize(values.len().max(c.count()), c.j());
            values.into()
        }),
    },
    FunctionKind {
        id: "largest k",
        slots: &[TemplateSlot::Number(2, 4)],
        names: &["largest_$k", "top_$k"],
        docs: &["Return the $k largest of the $a, the largest first."],
        arguments: &[TWO_INTS],
        returns: "list[int]",
        bodies: &["return sorted($a, reverse=True)[:$k]"],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut values = a.ints(0);
            values.sort_unstable();
            values.into_iter().rev().take(c.count()).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "smallest k",
        slots: &[TemplateSlot::Number(2, 4)],
        names: &["smallest_$k", "lowest_$k"],
        docs: &["Return the $k smallest of the $a, the smallest first."],
        arguments: &[TWO_INTS],
        returns: "list[int]",
        bodies: &["return sorted($a)[:$k]"],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut values = a.ints(0);
            values.sort_unstable();
            values.into_iter().take(c.count()).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "rows that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["count_$test_in_rows", "count_$test_cells"],
        docs: &[
            "Return how many numbers in the $a $are.",
            "Count the numbers in all $a that $are.",
        ],
        arguments: &[ROWS],
        returns: "int",
        bodies: &[
            "count = 0\nfor row in $a:\n\tfor cell in row:\n\t\tif $cond(cell):\n\t\t\tcount += 1\nreturn count",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.rows(0).concat().into_iter().filter(|&cell| c.test(cell)).count().into()
        }),
    },
    FunctionKind {
        id: "rows mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["rows_$map", "grid_$map"],
        docs: &["Return the $a with each number $by."],
        arguments: &[ROWS],
        returns: "list[list[int]]",
        bodies: &["return [[$expr(cell) for cell in row] for row in $a]"],
        answer: ExpectedAnswer::Function(|c, a| {
            let rows = a.rows(0).into_iter();
            rows.map(|row| row.into_iter().map(|cell| c.map(cell)).collect::<Vec<_>>())
                .collect::<Vec<_>>()
                .into()
        }),
    },
    FunctionKind {
        id: "flat",
        slots: &[],
        names: &["flatten", "join_rows"],
        docs: &[
            "Return all numbers of the $a in one list.",
            "Put all numbers of the $a into one list.",
        ],
        arguments: &[ROWS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor row in $a:\n\tresult += row\nreturn result",
            "return [cell for row in $a for cell in row]",
        ],
        answer: ExpectedAnswer::Function(|_, a| a.rows(0).concat().into()),
    },
    FunctionKind {
        id: "row sums",
        slots: &[],
        names: &["row_sums", "sums_of_rows"],
        docs: &["Return the sum of each of the $a.", "Add up each of the $a."],
        arguments: &[ROWS],
        returns: "list[int]",
        bodies: &[
            "return [sum(row) for row in $a]",
            "result = []\nfor row in $a:\n\tresult.append(sum(row))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.rows(0).iter().map(|row| row.iter().sum::<i64>()).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "column",
        slots: &[TemplateSlot::Number(0, 1)],
        names: &["column_$k", "get_column_$k"],
        docs: &[
            "Return the number at index $k of each of the $a.",
            "List what stands at index $k in each of the $a.",
        ],
        arguments: &[ROWS],
        returns: "list[int]",
        bodies: &[
            "return [row[$k] for row in $a]",
            "result = []\nfor row in $a:\n\tresult.append(row[$k])\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.rows(0).iter().map(|row| row[c.count()]).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "reversed",
        slots: &[],
        names: &["reverse", "turn_round"],
        docs: &["Return the $a in reverse order.", "Return the $a from the last to the first."],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &["return $a[::-1]", "return list(reversed($a))"],
        answer: ExpectedAnswer::Function(|_, a| {
            a.ints(0).into_iter().rev().collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "unique",
        slots: &[],
        names: &["unique", "without_repeats"],
        docs: &[
            "Return the $a without repeats, in order.",
            "Return each of the $a once, in the order in which they first come.",
        ],
        arguments: &[DIGITS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $x not in result:\n\t\tresult.append($x)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| unique(a.ints(0)).into()),
    },
    FunctionKind {
        id: "second largest",
        slots: &[],
        names: &["second_largest", "runner_up"],
        docs: &["Return the second of the $a when the largest comes first."],
        arguments: &[TWO_INTS],
        returns: "int",
        bodies: &["return sorted($a)[-2]", "return sorted($a, reverse=True)[1]"],
        answer: ExpectedAnswer::Function(|_, a| {
            let mut values = a.ints(0);
            values.sort_unstable();
            values.into_iter().nth_back(1).into()
        }),
    },
    FunctionKind {
        id: "span",
        slots: &[],
        names: &["span", "spread"],
        docs: &["Return the difference between the largest and the smallest of the $a."],
        arguments: &[SOME_INTS],
        returns: "int",
        bodies: &["return max($a) - min($a)"],
        answer: ExpectedAnswer::Function(|_, a| {
            let values = a.ints(0);
            values.iter().max().zip(values.iter().min()).map(|(max, min)| max - min).into()
        }),
    },
    FunctionKind {
        id: "mean",
        slots: &[],
        names: &["mean", "average"],
        docs: &[
            "Return the mean of the $a, rounded down.",
            "Return the average of the $a, rounded down.",
        ],
        arguments: &[SOME_INTS],
        returns: "int",
        bodies: &[
            "return sum($a) // len($a)",
            "total = 0\nfor $x in $a:\n\ttotal += $x\nreturn total // len($a)",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let values = a.ints(0);
            let count = i64::try_from(values.len()).unwrap_or(1);
            values.iter().sum::<i64>().div_euclid(count).into()
        }),
    },
    FunctionKind {
        id: "occurrences",
        slots: &[],
        names: &["occurrences", "count_of"],
        docs: &[
            "Return how often the $b is in the $a.",
            "Count how often the $b stands in the $a.",
        ],
        arguments: &[DIGITS, TARGET],
        returns: "int",
        bodies: &[
            "count = 0\nfor $x in $a:\n\tif $x == $b:\n\t\tcount += 1\nreturn count",
            "return $a.count($b)",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.ints(0).into_iter().filter(|&x| x == a.int(1)).count().into()
        }),
    },
    FunctionKind {
        id: "pair with sum",
        slots: &[],
        names: &["has_pair_with_sum", "two_with_sum"],
        docs: &["Return whether two of the $a have the sum $b."],
        arguments: &[INTS, TARGET],
        returns: "bool",
        bodies: &[
            "for i in range(len($a)):\n\tfor j in range(i):\n\t\tif $a[i] + $a[j] == $b:\n\t\t\treturn True\nreturn False",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let values = a.ints(0);
            (0..values.len()).any(|i| (0..i).any(|j| values[i] + values[j] == a.int(1))).into()
        }),
    },
    FunctionKind {
        id: "interleaved",
        slots: &[],
        names: &["interleave", "zip_flat"],
        docs: &["Return the pairs from $a and $b one after the other in one list."],
        arguments: &[LEFT, RIGHT],
        returns: "list[int]",
        bodies: &["result = []\nfor a, b in zip($a, $b):\n\tresult += [a, b]\nreturn result"],
        answer: ExpectedAnswer::Function(|_, a| {
            a.ints(0)
                .into_iter()
                .zip(a.ints(1))
                .flat_map(|(left, right)| [left, right])
                .collect::<Vec<_>>()
                .into()
        }),
    },
    FunctionKind {
        id: "alternating sum",
        slots: &[],
        names: &["alternating_sum", "add_and_subtract"],
        docs: &["Return the first of the $a minus the second plus the third, and so on."],
        arguments: &[INTS],
        returns: "int",
        bodies: &[
            "total = 0\nfor i, $x in enumerate($a):\n\tif i % 2 == 0:\n\t\ttotal += $x\n\telse:\n\t\ttotal -= $x\nreturn total",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let signed = a.ints(0).into_iter().enumerate();
            signed.map(|(i, value)| if i % 2 == 0 { value } else { -value }).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "with index",
        slots: &[TemplateSlot::Operation],
        names: &["$opname_with_index", "index_$opname"],
        docs: &[
            "Return the $opname of each of the $a and its index.",
            "List the $opname of each of the $a and its index.",
        ],
        arguments: &[INTS],
        returns: "list[int]",
        bodies: &[
            "return [$op($x, i) for i, $x in enumerate($a)]",
            "result = []\nfor i, $x in enumerate($a):\n\tresult.append($op($x, i))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let indexed = (0..).zip(a.ints(0));
            indexed.map(|(i, value)| c.operation(value, i)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "appended",
        slots: &[TemplateSlot::IntMap],
        names: &["append_$map", "add_$map_at_end"],
        docs: &[
            "Return the $a with the $b $by at the end.",
            "Append the $b $by to the $a and return them.",
        ],
        arguments: &[named(Domain::Ints(0, 4), &[("values", "value"), ("items", "item")]), N],
        returns: "list[int]",
        bodies: &["return $a + [$expr($b)]"],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut values = a.ints(0);
            values.push(c.map(a.int(1)));
            values.into()
        }),
    },
    FunctionKind {
        id: "index of largest",
        slots: &[],
        names: &["index_of_largest", "place_of_max"],
        docs: &["Return the index of the first of the largest $a."],
        arguments: &[SOME_INTS],
        returns: "int",
        bodies: &[
            "return $a.index(max($a))",
            "best = 0\nfor i in range(len($a)):\n\tif $a[i] > $a[best]:\n\t\tbest = i\nreturn best",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let values = a.ints(0);
            let largest = values.iter().max();
            values
                .iter()
                .position(|value| Some(value) == largest)
                .map_or(ExampleValue::None, ExampleValue::from)
        }),
    },
];
