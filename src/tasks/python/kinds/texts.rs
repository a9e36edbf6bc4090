//! Texts of several words.

use crate::tasks::python::arguments::{Argument, Domain, TEXT, named};
use crate::tasks::python::choice::{DrawnChoice, TemplateSlot};
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

const LONG: Argument = named(Domain::Text(1, 4), &[("text", "word"), ("line", "word")]);

fn passing<'a>(c: &DrawnChoice, text: &'a str) -> Vec<&'a str> {
    text.split(' ').filter(|word| c.text_test(word)).collect()
}

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "count words of text",
        slots: &[TemplateSlot::TextTest],
        names: &["count_words_$test", "words_$test"],
        docs: &["Return how many words of the $a $are.", "Count the words of the $a that $are."],
        arguments: &[LONG],
        returns: "int",
        bodies: &[
            "count = 0\nfor word in $a.split():\n\tif $cond:\n\t\tcount += 1\nreturn count",
            "return sum(1 for word in $a.split() if $cond)",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.text(0)).len().into()),
    },
    FunctionKind {
        id: "list words of text",
        slots: &[TemplateSlot::TextTest],
        names: &["list_words_$test", "find_words_$test"],
        docs: &["Return the words of the $a that $are.", "List the words of the $a that $are."],
        arguments: &[LONG],
        returns: "list[str]",
        bodies: &[
            "return [word for word in $a.split() if $cond]",
            "result = []\nfor word in $a.split():\n\tif $cond:\n\t\tresult.append(word)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| passing(c, a.text(0)).into()),
    },
    FunctionKind {
        id: "words of text mapped",
        slots: &[TemplateSlot::TextMap],
        names: &["words_$map", "each_word_$map"],
        docs: &["Return the $a with each word $by.", "Return the $a, every word of it $by."],
        arguments: &[TEXT],
        returns: "str",
        bodies: &[
            "words = [$expr(word) for word in $a.split()]\nreturn \" \".join(words)",
            "return \" \".join($expr(word) for word in $a.split())",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let words: Vec<String> = a.text(0).split(' ').map(|word| c.text_map(word)).collect();
            words.join(" ").into()
        }),
    },
    FunctionKind {
        id: "passing words of text mapped",
        slots: &[TemplateSlot::TextTest, TemplateSlot::TextMap],
        names: &["words_$test_$map", "$map_words_$test"],
        docs: &[
            "Return the words of the $a that $are, each $by.",
            "List the words of the $a that $are, each $by.",
        ],
        arguments: &[LONG],
        returns: "list[str]",
        bodies: &[
            "result = []\nfor word in $a.split():\n\tif $cond:\n\t\tresult.append($expr)\nreturn result",
            "return [$expr for word in $a.split() if $cond]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            passing(c, a.text(0))
                .into_iter()
                .map(|word| c.text_map(word))
                .collect::<Vec<_>>()
                .into()
        }),
    },
    FunctionKind {
        id: "text without passing words",
        slots: &[TemplateSlot::TextTest],
        names: &["remove_words_$test", "without_words_$test"],
        docs: &[
            "Return the $a without the words that $are.",
            "Remove the words of the $a that $are.",
        ],
        arguments: &[LONG],
        returns: "str",
        bodies: &[
            "words = [word for word in $a.split() if $not]\nreturn \" \".join(words)",
            "return \" \".join(word for word in $a.split() if $not)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let words: Vec<&str> = a.text(0).split(' ').filter(|word| !c.text_test(word)).collect();
            words.join(" ").into()
        }),
    },
    FunctionKind {
        id: "words of text joined",
        slots: &[TemplateSlot::Separator],
        names: &["spaces_to_$sepname", "join_words_by_$sepname"],
        docs: &[
            "Return the $a with $asep for each space.",
            "Join the words of the $a with $asep between them.",
        ],
        arguments: &[TEXT],
        returns: "str",
        bodies: &["return \"$w\".join($a.split())", "return $a.replace(\" \", \"$w\")"],
        answer: ExpectedAnswer::Function(|c, a| a.text(0).replace(' ', c.word(0)).into()),
    },
    FunctionKind {
        id: "kth word",
        slots: &[TemplateSlot::Number(1, 3)],
        names: &["word_$k", "get_word_$k"],
        docs: &["Return word $k of the $a, counted from 1, or '' if there are fewer."],
        arguments: &[LONG],
        returns: "str",
        bodies: &["words = $a.split()\nif len(words) < $k:\n\treturn \"\"\nreturn words[$k - 1]"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.text(0).split(' ').nth(c.count() - 1).unwrap_or_default().into()
        }),
    },
    FunctionKind {
        id: "number of words",
        slots: &[TemplateSlot::Comparison, TemplateSlot::Number(1, 3)],
        names: &["word_count_$cmpname_$k", "words_$cmpname_$k"],
        docs: &[
            "Return whether the number of words in the $a is $than $k.",
            "Tell whether the $a has a number of words that is $than $k.",
        ],
        arguments: &[LONG],
        returns: "bool",
        bodies: &[
            "return len($a.split()) $cmp $k",
            "count = len($a.split())\nreturn count $cmp $k",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            c.compare(a.text(0).split(' ').count(), c.count()).into()
        }),
    },
    FunctionKind {
        id: "any word of text",
        slots: &[TemplateSlot::TextTest],
        names: &["has_word_$test", "any_word_$test"],
        docs: &[
            "Return whether any word of the $a $is.",
            "Tell whether at least one word of the $a $is.",
        ],
        arguments: &[LONG],
        returns: "bool",
        bodies: &[
            "for word in $a.split():\n\tif $cond:\n\t\treturn True\nreturn False",
            "return any($cond for word in $a.split())",
        ],
        answer: ExpectedAnswer::Function(|c, a| (!passing(c, a.text(0)).is_empty()).into()),
    },
    FunctionKind {
        id: "count words",
        slots: &[],
        names: &["count_words", "number_of_words"],
        docs: &["Return how many words the $a has.", "Count the words of the $a."],
        arguments: &[LONG],
        returns: "int",
        bodies: &["return len($a.split())"],
        answer: ExpectedAnswer::Function(|_, a| a.text(0).split(' ').count().into()),
    },
    FunctionKind {
        id: "words turned round",
        slots: &[],
        names: &["reverse_words", "words_backwards"],
        docs: &[
            "Return the $a with its words in reverse order.",
            "Reverse the order of the words in the $a.",
        ],
        arguments: &[TEXT],
        returns: "str",
        bodies: &[
            "return \" \".join($a.split()[::-1])",
            "words = $a.split()\nreturn \" \".join(reversed(words))",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.text(0).split(' ').rev().collect::<Vec<_>>().join(" ").into()
        }),
    },
    FunctionKind {
        id: "lengths of words",
        slots: &[],
        names: &["word_lengths", "lengths_of_words"],
        docs: &[
            "Return the lengths of the words of the $a.",
            "List how long each word of the $a is.",
        ],
        arguments: &[LONG],
        returns: "list[int]",
        bodies: &[
            "return [len(word) for word in $a.split()]",
            "result = []\nfor word in $a.split():\n\tresult.append(len(word))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.text(0).split(' ').map(str::len).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "longest word",
        slots: &[],
        names: &["longest_word", "find_longest_word"],
        docs: &["Return the longest word of the $a, the first of several."],
        arguments: &[LONG],
        returns: "str",
        bodies: &[
            "return max($a.split(), key=len)",
            "best = \"\"\nfor word in $a.split():\n\tif len(word) > len(best):\n\t\tbest = word\nreturn best",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.text(0).split(' ').rev().max_by_key(|word| word.len()).into()
        }),
    },
    FunctionKind {
        id: "acronym",
        slots: &[],
        names: &["acronym", "short_name"],
        docs: &["Return the first letters of the words of the $a in upper case."],
        arguments: &[LONG],
        returns: "str",
        bodies: &[
            "result = \"\"\nfor word in $a.split():\n\tresult += word[0].upper()\nreturn result",
            "return \"\".join(word[0].upper() for word in $a.split())",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let initials = a.text(0).split(' ').filter_map(|word| word.chars().next());
            initials.collect::<String>().to_ascii_uppercase().into()
        }),
    },
    FunctionKind {
        id: "word counts",
        slots: &[],
        names: &["word_counts", "count_each_word"],
        docs: &["Return how often each word is in the $a.", "Count each word of the $a."],
        arguments: &[LONG],
        returns: "dict[str, int]",
        bodies: &[
            "counts = {}\nfor word in $a.split():\n\tcounts[word] = counts.get(word, 0) + 1\nreturn counts",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let words: Vec<&str> = a.text(0).split(' ').collect();
            ExampleValue::dict(
                words
                    .iter()
                    .map(|&word| (word, words.iter().filter(|other| **other == word).count())),
            )
        }),
    },
];
