//! Lists of words.

use crate::tasks::python::arguments::{Argument, Domain, SOME_STRINGS, STRINGS, named};
use crate::tasks::python::choice::{DrawnChoice, TemplateSlot};
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

const LETTER: Argument = named(Domain::Letter, &[("letter", "letter"), ("char", "char")]);
const LENGTH: Argument = named(Domain::Int(1, 6), &[("length", "length"), ("size", "size")]);

fn passing<'a>(c: &DrawnChoice, words: Vec<&'a str>) -> Vec<&'a str> {
    words.into_iter().filter(|word| c.text_test(word)).collect()
}

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "count words that pass",
        slots: &[TemplateSlot::TextTest],
        names: &["count_$test", "how_many_$test"],
        docs: &["Return how many of the $a $are.", "Count the $a that $are."],
        arguments: &[STRINGS],
        returns: "int",
        bodies: &[
            "count = 0\nfor $x in $a:\n\tif $cond:\n\t\tcount += 1\nreturn count",
            "return sum(1 for $x in $a if $cond)",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.words(0)).len().into()),
    },
    FunctionKind {
        id: "words that pass",
        slots: &[TemplateSlot::TextTest],
        names: &["keep_$test", "filter_$test"],
        docs: &["Return the $a that $are.", "Keep only the $a that $are."],
        arguments: &[STRINGS],
        returns: "list[str]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $cond:\n\t\tresult.append($x)\nreturn result",
            "return [$x for $x in $a if $cond]",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.words(0)).into()),
    },
    FunctionKind {
        id: "words that pass",
        slots: &[TemplateSlot::NotTextTest],
        names: &["remove_$test", "drop_$test"],
        docs: &["Return the $a without those that $are.", "Remove the $a that $are."],
        arguments: &[STRINGS],
        returns: "list[str]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $not:\n\t\tresult.append($x)\nreturn result",
            "return [$x for $x in $a if $not]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.words(0).into_iter().filter(|word| !c.text_test(word)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "first word that passes",
        slots: &[TemplateSlot::TextTest],
        names: &["first_$test", "find_$test"],
        docs: &[
            "Return the first of the $a that $is, or None if there is none.",
            "Find the first of the $a that $is, or return None.",
        ],
        arguments: &[STRINGS],
        returns: "str | None",
        bodies: &["for $x in $a:\n\tif $cond:\n\t\treturn $x\nreturn None"],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.words(0)).first().copied().into()),
    },
    FunctionKind {
        id: "any word passes",
        slots: &[TemplateSlot::TextTest],
        names: &["any_$test", "has_$test"],
        docs: &["Return whether any of the $a $is.", "Tell whether at least one of the $a $is."],
        arguments: &[STRINGS],
        returns: "bool",
        bodies: &[
            "for $x in $a:\n\tif $cond:\n\t\treturn True\nreturn False",
            "return any($cond for $x in $a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.words(0).into_iter().any(|word| c.text_test(word)).into()
        }),
    },
    FunctionKind {
        id: "all words pass",
        slots: &[TemplateSlot::TextTest],
        names: &["all_$test", "are_all_$test"],
        docs: &["Return whether all of the $a $are.", "Tell whether every one of the $a $is."],
        arguments: &[STRINGS],
        returns: "bool",
        bodies: &[
            "for $x in $a:\n\tif $not:\n\t\treturn False\nreturn True",
            "return all($cond for $x in $a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.words(0).into_iter().all(|word| c.text_test(word)).into()
        }),
    },
    FunctionKind {
        id: "letters of words that pass",
        slots: &[TemplateSlot::TextTest],
        names: &["letters_of_$test", "total_length_$test"],
        docs: &[
            "Return how many letters the $a that $are have together.",
            "Add up the lengths of the $a that $are.",
        ],
        arguments: &[STRINGS],
        returns: "int",
        bodies: &[
            "total = 0\nfor $x in $a:\n\tif $cond:\n\t\ttotal += len($x)\nreturn total",
            "return sum(len($x) for $x in $a if $cond)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.words(0)).into_iter().map(str::len).sum::<usize>().into()
        }),
    },
    FunctionKind {
        id: "words mapped",
        slots: &[TemplateSlot::TextMap],
        names: &["all_$map", "each_$map", "list_$map"],
        docs: &["Return the $a, each $by.", "Return a list of the $a, each $by."],
        arguments: &[STRINGS],
        returns: "list[str]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tresult.append($expr)\nreturn result",
            "return [$expr for $x in $a]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.words(0).into_iter().map(|word| c.text_map(word)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "words mapped that pass",
        slots: &[TemplateSlot::TextTest, TemplateSlot::TextMap],
        names: &["$test_$map", "$map_$test"],
        docs: &[
            "Return the $a that $are, each $by.",
            "Take the $a that $are, and return each $by.",
        ],
        arguments: &[STRINGS],
        returns: "list[str]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $cond:\n\t\tresult.append($expr)\nreturn result",
            "return [$expr for $x in $a if $cond]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.words(0))
                .into_iter()
                .map(|word| c.text_map(word))
                .collect::<Vec<_>>()
                .into()
        }),
    },
    FunctionKind {
        id: "words mapped where passing",
        slots: &[TemplateSlot::TextTest, TemplateSlot::TextMap],
        names: &["$map_if_$test", "$test_to_$map"],
        docs: &[
            "Return the $a, with those that $are $by.",
            "Return all $a, but those that $are $by.",
        ],
        arguments: &[STRINGS],
        returns: "list[str]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tif $cond:\n\t\tresult.append($expr)\n\telse:\n\t\tresult.append($x)\nreturn result",
            "return [$expr if $cond else $x for $x in $a]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let changed = a.words(0).into_iter();
            let changed = changed
                .map(|word| if c.text_test(word) { c.text_map(word) } else { word.to_string() });
            changed.collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "words joined",
        slots: &[TemplateSlot::Separator, TemplateSlot::TextMap],
        names: &["join_$map_by_$sepname", "$map_with_$sepname"],
        docs: &[
            "Return the $a, each $by, joined by $seps.",
            "Join the $a, each $by, with $asep between them.",
        ],
        arguments: &[STRINGS],
        returns: "str",
        bodies: &["return \"$w\".join($expr for $x in $a)"],
        answer: ExpectedAnswer::Function(|c, a| {
            let words: Vec<String> = a.words(0).into_iter().map(|word| c.text_map(word)).collect();
            words.join(c.word(0)).into()
        }),
    },
    FunctionKind {
        id: "passing words joined",
        slots: &[TemplateSlot::Separator, TemplateSlot::TextTest],
        names: &["join_$test_by_$sepname", "$test_with_$sepname"],
        docs: &[
            "Return the $a that $are, joined by $seps.",
            "Join the $a that $are, with $asep between them.",
        ],
        arguments: &[STRINGS],
        returns: "str",
        bodies: &[
            "return \"$w\".join($x for $x in $a if $cond)",
            "kept = [$x for $x in $a if $cond]\nreturn \"$w\".join(kept)",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.words(0)).join(c.word(0)).into()),
    },
    FunctionKind {
        id: "lengths",
        slots: &[TemplateSlot::IntMap],
        names: &["lengths_$map", "list_lengths_$map"],
        docs: &[
            "Return the length of each of the $a, $by.",
            "List the lengths of the $a, each $by.",
        ],
        arguments: &[STRINGS],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor $x in $a:\n\tlength = len($x)\n\tresult.append($expr(length))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let lengths = a.words(0).into_iter().map(|word| i64::try_from(word.len()).unwrap_or(0));
            lengths.map(|length| c.map(length)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "letter in words",
        slots: &[TemplateSlot::Letter],
        names: &["count_$l_in_words", "total_of_$l"],
        docs: &["Return how often '$l' stands in all the $a.", "Count all '$l' in the $a."],
        arguments: &[STRINGS],
        returns: "int",
        bodies: &[
            "total = 0\nfor $x in $a:\n\ttotal += $x.count(\"$l\")\nreturn total",
            "return sum($x.count(\"$l\") for $x in $a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.words(0).concat().chars().filter(|&char| char == c.letter()).count().into()
        }),
    },
    FunctionKind {
        id: "longest",
        slots: &[],
        names: &["longest", "find_longest"],
        docs: &[
            "Return the longest of the $a, the first of several.",
            "Find the first of the longest $a.",
        ],
        arguments: &[SOME_STRINGS],
        returns: "str",
        bodies: &[
            "return max($a, key=len)",
            "best = $a[0]\nfor $x in $a:\n\tif len($x) > len(best):\n\t\tbest = $x\nreturn best",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.words(0).into_iter().rev().max_by_key(|word| word.len()).into()
        }),
    },
    FunctionKind {
        id: "shortest",
        slots: &[],
        names: &["shortest", "find_shortest"],
        docs: &[
            "Return the shortest of the $a, the first of several.",
            "Find the first of the shortest $a.",
        ],
        arguments: &[SOME_STRINGS],
        returns: "str",
        bodies: &[
            "return min($a, key=len)",
            "best = $a[0]\nfor $x in $a:\n\tif len($x) < len(best):\n\t\tbest = $x\nreturn best",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.words(0).into_iter().min_by_key(|word| word.len()).into()
        }),
    },
    FunctionKind {
        id: "sorted by length",
        slots: &[],
        names: &["sort_by_length", "shortest_first"],
        docs: &["Return the $a sorted by length.", "Sort the $a by length, the shortest first."],
        arguments: &[SOME_STRINGS],
        returns: "list[str]",
        bodies: &["return sorted($a, key=len)"],
        answer: ExpectedAnswer::Function(|_, a| {
            let mut words = a.words(0);
            words.sort_by_key(|word| word.len());
            words.into()
        }),
    },
    FunctionKind {
        id: "initials",
        slots: &[],
        names: &["initials", "first_letters"],
        docs: &[
            "Return the first letters of the $a as one text.",
            "Join the first letters of the $a.",
        ],
        arguments: &[STRINGS],
        returns: "str",
        bodies: &[
            "return \"\".join($x[0] for $x in $a)",
            "result = \"\"\nfor $x in $a:\n\tresult += $x[0]\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.words(0).into_iter().filter_map(|word| word.chars().next()).collect::<String>().into()
        }),
    },
    FunctionKind {
        id: "starting with given",
        slots: &[],
        names: &["starting_with", "with_first_letter"],
        docs: &[
            "Return the $a that start with the $b.",
            "Keep only the $a that start with the $b.",
        ],
        arguments: &[STRINGS, LETTER],
        returns: "list[str]",
        bodies: &[
            "return [$x for $x in $a if $x.startswith($b)]",
            "result = []\nfor $x in $a:\n\tif $x[0] == $b:\n\t\tresult.append($x)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.words(0)
                .into_iter()
                .filter(|word| word.starts_with(a.text(1)))
                .collect::<Vec<_>>()
                .into()
        }),
    },
    FunctionKind {
        id: "lengths compared",
        slots: &[TemplateSlot::Comparison],
        names: &["count_length_$cmpname", "words_$cmpname"],
        docs: &[
            "Return how many of the $a have a length that is $than the $b.",
            "Count the $a whose length is $than the $b.",
        ],
        arguments: &[STRINGS, LENGTH],
        returns: "int",
        bodies: &[
            "count = 0\nfor $x in $a:\n\tif len($x) $cmp $b:\n\t\tcount += 1\nreturn count",
            "return sum(1 for $x in $a if len($x) $cmp $b)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.words(0).into_iter().filter(|word| c.compare(word.len(), a.count(1))).count().into()
        }),
    },
    FunctionKind {
        id: "numbered",
        slots: &[TemplateSlot::Separator],
        names: &["number_with_$sepname", "numbered_by_$sepname"],
        docs: &[
            "Return each of the $a behind its number from 1 on and $asep.",
            "Put its number from 1 on and $asep before each of the $a.",
        ],
        arguments: &[STRINGS],
        returns: "list[str]",
        bodies: &[
            "return [f\"{i}$w{$x}\" for i, $x in enumerate($a, 1)]",
            "result = []\nfor i, $x in enumerate($a, 1):\n\tresult.append(f\"{i}$w{$x}\")\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let numbered = (1..).zip(a.words(0)).map(|(i, word)| format!("{i}{}{word}", c.word(0)));
            numbered.collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "place of word",
        slots: &[TemplateSlot::TextTest],
        names: &["index_of_$test", "find_index_of_$test"],
        docs: &["Return the index of the first of the $a that $is, or -1 if there is none."],
        arguments: &[STRINGS],
        returns: "int",
        bodies: &["for i, $x in enumerate($a):\n\tif $cond:\n\t\treturn i\nreturn -1"],
        answer: ExpectedAnswer::Function(|c, a| {
            let place = a.words(0).into_iter().position(|word| c.text_test(word));
            place.map_or(ExampleValue::Int(-1), ExampleValue::from)
        }),
    },
];
