//! Dicts of ints by word.

use crate::tasks::python::arguments::{
    Argument, Domain, INTS, SCORES_BY_NAME, SOME_SCORES, STRINGS, named,
};
use crate::tasks::python::choice::{DrawnChoice, TemplateSlot};
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

const KEY: Argument = named(Domain::Word, &[("key", "key"), ("name", "name")]);
const LIMIT: Argument = named(Domain::Int(-5, 20), &[("limit", "limit"), ("bound", "bound")]);

fn passing<'a>(c: &DrawnChoice, entries: Vec<(&'a str, i64)>) -> Vec<(&'a str, i64)> {
    entries.into_iter().filter(|&(_, value)| c.test(value)).collect()
}

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "dict by value",
        slots: &[TemplateSlot::IntTest],
        names: &["keep_$test", "filter_$test"],
        docs: &["Return the $a whose value $is, by key.", "Keep only the $a whose value $is."],
        arguments: &[SCORES_BY_NAME],
        returns: "dict[str, int]",
        bodies: &[
            "return {key: $x for key, $x in $a.items() if $cond}",
            "result = {}\nfor key, $x in $a.items():\n\tif $cond:\n\t\tresult[key] = $x\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| ExampleValue::dict(passing(c, a.counts(0)))),
    },
    FunctionKind {
        id: "keys by value",
        slots: &[TemplateSlot::IntTest],
        names: &["keys_$test", "names_$test"],
        docs: &[
            "Return the keys of the $a whose value $is.",
            "List the keys of the $a whose value $is.",
        ],
        arguments: &[SCORES_BY_NAME],
        returns: "list[str]",
        bodies: &[
            "return [key for key, $x in $a.items() if $cond]",
            "result = []\nfor key, $x in $a.items():\n\tif $cond:\n\t\tresult.append(key)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.counts(0)).into_iter().map(|(key, _)| key).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "count of dict values",
        slots: &[TemplateSlot::IntTest],
        names: &["count_values_$test", "count_$test"],
        docs: &["Return how many values of the $a $are.", "Count the values of the $a that $are."],
        arguments: &[SCORES_BY_NAME],
        returns: "int",
        bodies: &[
            "count = 0\nfor $x in $a.values():\n\tif $cond:\n\t\tcount += 1\nreturn count",
            "return sum(1 for $x in $a.values() if $cond)",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.counts(0)).len().into()),
    },
    FunctionKind {
        id: "sum of dict values",
        slots: &[TemplateSlot::IntTest],
        names: &["sum_values_$test", "total_$test"],
        docs: &[
            "Return the sum of the values of the $a that $are.",
            "Add up the values of the $a that $are.",
        ],
        arguments: &[SCORES_BY_NAME],
        returns: "int",
        bodies: &[
            "total = 0\nfor $x in $a.values():\n\tif $cond:\n\t\ttotal += $x\nreturn total",
            "return sum($x for $x in $a.values() if $cond)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.counts(0)).into_iter().map(|(_, value)| value).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "dict mapped",
        slots: &[TemplateSlot::IntMap],
        names: &["values_$map", "all_$map"],
        docs: &["Return the $a with each value $by.", "Return a dict of the $a, each value $by."],
        arguments: &[SCORES_BY_NAME],
        returns: "dict[str, int]",
        bodies: &[
            "return {key: $expr for key, $x in $a.items()}",
            "result = {}\nfor key, $x in $a.items():\n\tresult[key] = $expr\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::dict(a.counts(0).into_iter().map(|(key, value)| (key, c.map(value))))
        }),
    },
    FunctionKind {
        id: "dict mapped where passing",
        slots: &[TemplateSlot::IntTest, TemplateSlot::IntMap],
        names: &["$test_values_$map", "$map_where_$test"],
        docs: &[
            "Return the $a whose value $is, with that value $by.",
            "Keep only the $a whose value $is, with that value $by.",
        ],
        arguments: &[SCORES_BY_NAME],
        returns: "dict[str, int]",
        bodies: &[
            "result = {}\nfor key, $x in $a.items():\n\tif $cond:\n\t\tresult[key] = $expr\nreturn result",
            "return {key: $expr for key, $x in $a.items() if $cond}",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::dict(
                passing(c, a.counts(0)).into_iter().map(|(key, value)| (key, c.map(value))),
            )
        }),
    },
    FunctionKind {
        id: "dict by key",
        slots: &[TemplateSlot::TextTest],
        names: &["keys_$test", "keep_keys_$test"],
        docs: &["Return the $a whose key $is.", "Keep only the $a whose key $is."],
        arguments: &[SCORES_BY_NAME],
        returns: "dict[str, int]",
        bodies: &[
            "return {key: $x for key, $x in $a.items() if $cond(key)}",
            "result = {}\nfor key, $x in $a.items():\n\tif $cond(key):\n\t\tresult[key] = $x\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::dict(a.counts(0).into_iter().filter(|(key, _)| c.text_test(key)))
        }),
    },
    FunctionKind {
        id: "sum of values by key",
        slots: &[TemplateSlot::TextTest],
        names: &["sum_of_keys_$test", "total_of_keys_$test"],
        docs: &[
            "Return the sum of the values of the $a whose key $is.",
            "Add up the values of the $a whose key $is.",
        ],
        arguments: &[SCORES_BY_NAME],
        returns: "int",
        bodies: &[
            "total = 0\nfor key, $x in $a.items():\n\tif $cond(key):\n\t\ttotal += $x\nreturn total",
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
        id: "keys mapped",
        slots: &[TemplateSlot::TextMap],
        names: &["keys_$map", "rename_$map"],
        docs: &["Return the $a with each key $by.", "Return a dict of the $a, each key $by."],
        arguments: &[SCORES_BY_NAME],
        returns: "dict[str, int]",
        bodies: &[
            "return {$expr(key): $x for key, $x in $a.items()}",
            "result = {}\nfor key, $x in $a.items():\n\tresult[$expr(key)] = $x\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::dict(a.counts(0).into_iter().map(|(key, value)| (c.text_map(key), value)))
        }),
    },
    FunctionKind {
        id: "any dict value",
        slots: &[TemplateSlot::IntTest],
        names: &["any_value_$test", "has_value_$test"],
        docs: &[
            "Return whether any value of the $a $is.",
            "Tell whether at least one value of the $a $is.",
        ],
        arguments: &[SCORES_BY_NAME],
        returns: "bool",
        bodies: &[
            "return any($cond for $x in $a.values())",
            "for $x in $a.values():\n\tif $cond:\n\t\treturn True\nreturn False",
        ],
        answer: ExpectedAnswer::Function(|c, a| (!passing(c, a.counts(0)).is_empty()).into()),
    },
    FunctionKind {
        id: "get or constant",
        slots: &[TemplateSlot::Number(0, 20)],
        names: &["get_or_$k", "find_or_$k"],
        docs: &[
            "Return the value of the $b in the $a, or $k if it is not there.",
            "Look up the $b in the $a, and return $k if it is not there.",
        ],
        arguments: &[SOME_SCORES, KEY],
        returns: "int",
        bodies: &["return $a.get($b, $k)", "if $b in $a:\n\treturn $a[$b]\nreturn $k"],
        answer: ExpectedAnswer::Function(|c, a| {
            let found = a.counts(0).into_iter().find(|(key, _)| *key == a.text(1));
            found.map_or(c.k(), |(_, value)| value).into()
        }),
    },
    FunctionKind {
        id: "dict changed at key",
        slots: &[TemplateSlot::IntMap],
        names: &["set_$map", "put_$map"],
        docs: &[
            "Return the $a with the $c $by as the value of the $b.",
            "Put the $c $by under the $b into the $a and return them.",
        ],
        arguments: &[
            SCORES_BY_NAME,
            KEY,
            named(Domain::Int(-9, 30), &[("value", "value"), ("number", "number")]),
        ],
        returns: "dict[str, int]",
        bodies: &["result = dict($a)\nresult[$b] = $expr($c)\nreturn result"],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut entries = a.counts(0);
            entries.push((a.text(1), c.map(a.int(2))));
            ExampleValue::dict(entries)
        }),
    },
    FunctionKind {
        id: "keys by comparison",
        slots: &[TemplateSlot::Comparison],
        names: &["keys_$cmpname", "names_$cmpname"],
        docs: &[
            "Return the keys of the $a whose value is $than the $b.",
            "List the keys of the $a whose value is $than the $b.",
        ],
        arguments: &[SCORES_BY_NAME, LIMIT],
        returns: "list[str]",
        bodies: &[
            "return [key for key, $x in $a.items() if $x $cmp $b]",
            "result = []\nfor key, $x in $a.items():\n\tif $x $cmp $b:\n\t\tresult.append(key)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let kept = a.counts(0).into_iter().filter(|&(_, value)| c.compare(value, a.int(1)));
            kept.map(|(key, _)| key).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "dict of mapped ints",
        slots: &[TemplateSlot::IntMap],
        names: &["map_to_$map", "dict_of_$map"],
        docs: &["Return a dict from each of the $a to it $by.", "Map each of the $a to it $by."],
        arguments: &[INTS],
        returns: "dict[int, int]",
        bodies: &[
            "return {$x: $expr for $x in $a}",
            "result = {}\nfor $x in $a:\n\tresult[$x] = $expr\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::dict(a.ints(0).into_iter().map(|value| (value, c.map(value))))
        }),
    },
    FunctionKind {
        id: "dict of mapped words",
        slots: &[TemplateSlot::TextMap],
        names: &["map_to_$map", "dict_of_$map"],
        docs: &["Return a dict from each of the $a to it $by.", "Map each of the $a to it $by."],
        arguments: &[STRINGS],
        returns: "dict[str, str]",
        bodies: &[
            "return {$x: $expr for $x in $a}",
            "result = {}\nfor $x in $a:\n\tresult[$x] = $expr\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            ExampleValue::dict(a.words(0).into_iter().map(|word| (word, c.text_map(word))))
        }),
    },
    FunctionKind {
        id: "dict of lengths",
        slots: &[TemplateSlot::TextTest],
        names: &["lengths_$test", "length_by_word_$test"],
        docs: &[
            "Return a dict from each of the $a that $is to its length.",
            "Map those $a that $are to their length.",
        ],
        arguments: &[STRINGS],
        returns: "dict[str, int]",
        bodies: &[
            "return {$x: len($x) for $x in $a if $cond}",
            "result = {}\nfor $x in $a:\n\tif $cond:\n\t\tresult[$x] = len($x)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let words = a.words(0).into_iter().filter(|word| c.text_test(word));
            ExampleValue::dict(words.map(|word| (word, word.len())))
        }),
    },
    FunctionKind {
        id: "grouped by map",
        slots: &[TemplateSlot::IntMap],
        names: &["group_by_$map", "groups_by_$map"],
        docs: &[
            "Return lists of the $a, grouped by what each is $by.",
            "Group the $a by what each is $by.",
        ],
        arguments: &[INTS],
        returns: "dict[int, list[int]]",
        bodies: &[
            "groups = {}\nfor $x in $a:\n\tkey = $expr\n\tgroups.setdefault(key, []).append($x)\nreturn groups",
            "groups = {}\nfor $x in $a:\n\tkey = $expr\n\tif key not in groups:\n\t\tgroups[key] = []\n\tgroups[key].append($x)\nreturn groups",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let values = a.ints(0);
            let group = |key: i64| {
                values.iter().copied().filter(|&value| c.map(value) == key).collect::<Vec<_>>()
            };
            ExampleValue::dict(values.iter().map(|&value| (c.map(value), group(c.map(value)))))
        }),
    },
    FunctionKind {
        id: "key of largest",
        slots: &[],
        names: &["key_of_largest", "best_key"],
        docs: &["Return the key of the largest value of the $a, the first of several."],
        arguments: &[SOME_SCORES],
        returns: "str",
        bodies: &[
            "return max($a, key=$a.get)",
            "best = None\nfor key in $a:\n\tif best is None or $a[key] > $a[best]:\n\t\tbest = key\nreturn best",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.counts(0).into_iter().rev().max_by_key(|&(_, value)| value).map(|(key, _)| key).into()
        }),
    },
    FunctionKind {
        id: "turned round",
        slots: &[],
        names: &["invert", "swap_keys_and_values"],
        docs: &[
            "Return a dict from the values of the $a to their keys.",
            "Turn the values of the $a into keys, and the keys into values.",
        ],
        arguments: &[SCORES_BY_NAME],
        returns: "dict[int, str]",
        bodies: &[
            "return {$x: key for key, $x in $a.items()}",
            "result = {}\nfor key, $x in $a.items():\n\tresult[$x] = key\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            ExampleValue::dict(a.counts(0).into_iter().map(|(key, value)| (value, key)))
        }),
    },
    FunctionKind {
        id: "counts of ints",
        slots: &[],
        names: &["count_each", "counts"],
        docs: &["Return how often each of the $a comes.", "Count each of the $a."],
        arguments: &[INTS],
        returns: "dict[int, int]",
        bodies: &[
            "counts = {}\nfor $x in $a:\n\tcounts[$x] = counts.get($x, 0) + 1\nreturn counts",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let values = a.ints(0);
            ExampleValue::dict(
                values
                    .iter()
                    .map(|&value| (value, values.iter().filter(|&&other| other == value).count())),
            )
        }),
    },
    FunctionKind {
        id: "sorted keys",
        slots: &[],
        names: &["sorted_keys", "keys_in_order"],
        docs: &["Return the keys of the $a in sorted order.", "List the keys of the $a, sorted."],
        arguments: &[SCORES_BY_NAME],
        returns: "list[str]",
        bodies: &["return sorted($a)"],
        answer: ExpectedAnswer::Function(|_, a| {
            let mut keys: Vec<&str> = a.counts(0).into_iter().map(|(key, _)| key).collect();
            keys.sort_unstable();
            keys.into()
        }),
    },
    FunctionKind {
        id: "from two lists",
        slots: &[],
        names: &["dict_from_lists", "pair_up"],
        docs: &["Return a dict from each of the $a to the one of the $b at the same place."],
        arguments: &[
            named(Domain::Words(0, 3), &[("keys", "key"), ("names", "name")]),
            named(Domain::Ints(0, 3), &[("values", "value"), ("numbers", "number")]),
        ],
        returns: "dict[str, int]",
        bodies: &["return dict(zip($a, $b))", "return {$x: $y for $x, $y in zip($a, $b)}"],
        answer: ExpectedAnswer::Function(|_, a| {
            ExampleValue::dict(a.words(0).into_iter().zip(a.ints(1)))
        }),
    },
];
