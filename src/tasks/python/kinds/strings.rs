//! Words and texts, character by character.

use crate::tasks::python::arguments::{Argument, CODE, Domain, TEXT, WORD, named};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

const OTHER: Argument = named(Domain::Word, &[("other", "other"), ("second", "second")]);
const TIMES: Argument = named(Domain::Int(0, 4), &[("times", "times"), ("count", "count")]);

/// The letter that stands `by` behind `char` in the alphabet, which begins anew after z.
fn shifted(char: char, by: i64) -> char {
    if !char.is_ascii_lowercase() {
        return char;
    }
    let place = (i64::from(u32::from(char) - u32::from('a')) + by).rem_euclid(26);
    u8::try_from(place).map_or(char, |place| char::from(b'a' + place))
}

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "count chars that pass",
        slots: &[TemplateSlot::CharTest],
        names: &["count_$test", "number_of_$test", "how_many_$test"],
        docs: &[
            "Return how many characters of the $a $are.",
            "Count the characters of the $a that $are.",
        ],
        arguments: &[CODE],
        returns: "int",
        bodies: &[
            "count = 0\nfor $x in $a:\n\tif $cond:\n\t\tcount += 1\nreturn count",
            "return sum(1 for $x in $a if $cond)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.text(0).chars().filter(|&char| c.char_test(char)).count().into()
        }),
    },
    FunctionKind {
        id: "chars that pass",
        slots: &[TemplateSlot::CharTest],
        names: &["keep_$test", "only_$test"],
        docs: &[
            "Return the characters of the $a that $are.",
            "Keep only the characters of the $a that $are.",
        ],
        arguments: &[CODE],
        returns: "str",
        bodies: &[
            "result = \"\"\nfor $x in $a:\n\tif $cond:\n\t\tresult += $x\nreturn result",
            "return \"\".join($x for $x in $a if $cond)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.text(0).chars().filter(|&char| c.char_test(char)).collect::<String>().into()
        }),
    },
    FunctionKind {
        id: "chars that pass",
        slots: &[TemplateSlot::NotCharTest],
        names: &["remove_$test", "without_$test"],
        docs: &[
            "Return the $a without the characters that $are.",
            "Remove the characters of the $a that $are.",
        ],
        arguments: &[CODE],
        returns: "str",
        bodies: &[
            "result = \"\"\nfor $x in $a:\n\tif $not:\n\t\tresult += $x\nreturn result",
            "return \"\".join($x for $x in $a if $not)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.text(0).chars().filter(|&char| !c.char_test(char)).collect::<String>().into()
        }),
    },
    FunctionKind {
        id: "any char passes",
        slots: &[TemplateSlot::CharTest],
        names: &["has_$test", "any_$test"],
        docs: &[
            "Return whether any character of the $a $is.",
            "Tell whether at least one character of the $a $is.",
        ],
        arguments: &[CODE],
        returns: "bool",
        bodies: &[
            "for $x in $a:\n\tif $cond:\n\t\treturn True\nreturn False",
            "return any($cond for $x in $a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.text(0).chars().any(|char| c.char_test(char)).into()
        }),
    },
    FunctionKind {
        id: "place of first char",
        slots: &[TemplateSlot::CharTest],
        names: &["index_of_$test", "find_$test"],
        docs: &[
            "Return the index of the first character of the $a that $is, or -1 if there is none.",
        ],
        arguments: &[CODE],
        returns: "int",
        bodies: &["for i, $x in enumerate($a):\n\tif $cond:\n\t\treturn i\nreturn -1"],
        answer: ExpectedAnswer::Function(|c, a| {
            let place = a.text(0).chars().position(|char| c.char_test(char));
            place.map_or(ExampleValue::Int(-1), ExampleValue::from)
        }),
    },
    FunctionKind {
        id: "chars replaced",
        slots: &[TemplateSlot::CharTest, TemplateSlot::Separator],
        names: &["replace_$test_by_$sepname", "$sepname_for_$test"],
        docs: &[
            "Return the $a with $asep for each character that $is.",
            "Replace each character of the $a that $is by $asep.",
        ],
        arguments: &[CODE],
        returns: "str",
        bodies: &[
            "result = \"\"\nfor $x in $a:\n\tif $cond:\n\t\tresult += \"$w\"\n\telse:\n\t\tresult += $x\nreturn result",
            "return \"\".join(\"$w\" if $cond else $x for $x in $a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut result = String::new();
            for char in a.text(0).chars() {
                if c.char_test(char) {
                    result.push_str(c.word(0));
                } else {
                    result.push(char);
                }
            }
            result.into()
        }),
    },
    FunctionKind {
        id: "chars doubled",
        slots: &[TemplateSlot::CharTest],
        names: &["double_$test", "twice_$test"],
        docs: &[
            "Return the $a with each character doubled that $is.",
            "Double each character of the $a that $is.",
        ],
        arguments: &[CODE],
        returns: "str",
        bodies: &[
            "result = \"\"\nfor $x in $a:\n\tresult += $x\n\tif $cond:\n\t\tresult += $x\nreturn result",
            "return \"\".join($x * 2 if $cond else $x for $x in $a)",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let chars = a.text(0).chars();
            chars
                .map(|char| char.to_string().repeat(1 + usize::from(c.char_test(char))))
                .collect::<String>()
                .into()
        }),
    },
    FunctionKind {
        id: "word mapped",
        slots: &[TemplateSlot::TextMap],
        names: &["$map", "word_$map", "make_$map"],
        docs: &["Return the $a $by.", "Give back the $a $by."],
        arguments: &[named(Domain::Word, &[("word", "word"), ("name", "name"), ("text", "text")])],
        returns: "str",
        bodies: &["return $expr", "result = $expr\nreturn result"],
        answer: ExpectedAnswer::Function(|c, a| c.text_map(a.text(0)).into()),
    },
    FunctionKind {
        id: "word mapped if",
        slots: &[TemplateSlot::TextTest, TemplateSlot::TextMap],
        names: &["$map_if_$test", "$map_when_$test"],
        docs: &[
            "Return the $a $by if it $is, and as it is otherwise.",
            "If the $a $is, return it $by, and otherwise unchanged.",
        ],
        arguments: &[named(Domain::Word, &[("word", "word"), ("name", "name"), ("text", "text")])],
        returns: "str",
        bodies: &["if $cond:\n\treturn $expr\nreturn $a", "return $expr if $cond else $a"],
        answer: ExpectedAnswer::Function(|c, a| {
            if c.text_test(a.text(0)) { c.text_map(a.text(0)).into() } else { a.text(0).into() }
        }),
    },
    FunctionKind {
        id: "test a word",
        slots: &[TemplateSlot::TextTest],
        names: &["is_$test", "check_$test"],
        docs: &["Return whether the $a $is.", "Tell whether the $a $is."],
        arguments: &[named(Domain::Word, &[("word", "word"), ("name", "name"), ("text", "text")])],
        returns: "bool",
        bodies: &["return $cond", "if $cond:\n\treturn True\nreturn False"],
        answer: ExpectedAnswer::Function(|c, a| c.text_test(a.text(0)).into()),
    },
    FunctionKind {
        id: "letters shifted",
        slots: &[TemplateSlot::Number(1, 12)],
        names: &["shift_by_$k", "caesar_$k"],
        docs: &["Return the $a with each letter moved $k places on in the alphabet, from z to a."],
        arguments: &[WORD],
        returns: "str",
        bodies: &[
            "result = \"\"\nfor $x in $a:\n\tcode = (ord($x) - ord(\"a\") + $k) % 26\n\tresult += chr(code + ord(\"a\"))\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            a.text(0).chars().map(|char| shifted(char, c.k())).collect::<String>().into()
        }),
    },
    FunctionKind {
        id: "places of letter",
        slots: &[TemplateSlot::CharTest],
        names: &["places_of_$test", "indices_of_$test"],
        docs: &[
            "Return the indices of the characters of the $a that $are.",
            "List the indices of all characters of the $a that $are.",
        ],
        arguments: &[CODE],
        returns: "list[int]",
        bodies: &[
            "return [i for i, $x in enumerate($a) if $cond]",
            "result = []\nfor i, $x in enumerate($a):\n\tif $cond:\n\t\tresult.append(i)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let places = a.text(0).chars().enumerate().filter(|&(_, char)| c.char_test(char));
            places.map(|(i, _)| i).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "every kth letter",
        slots: &[TemplateSlot::Number(2, 4)],
        names: &["every_$k_letters", "take_every_$k"],
        docs: &["Return every $k-th letter of the $a, from the first on."],
        arguments: &[WORD],
        returns: "str",
        bodies: &["return $a[::$k]"],
        answer: ExpectedAnswer::Function(|c, a| {
            a.text(0).chars().step_by(c.count()).collect::<String>().into()
        }),
    },
    FunctionKind {
        id: "padded word",
        slots: &[TemplateSlot::Number(5, 9), TemplateSlot::Separator],
        names: &["pad_to_$k", "fill_to_$k"],
        docs: &["Return the $a, filled up with $seps at the end to a length of $k."],
        arguments: &[WORD],
        returns: "str",
        bodies: &[
            "return $a + \"$w\" * ($k - len($a))",
            "while len($a) < $k:\n\t$a += \"$w\"\nreturn $a",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let missing = c.count().saturating_sub(a.text(0).len());
            format!("{}{}", a.text(0), c.word(0).repeat(missing)).into()
        }),
    },
    FunctionKind {
        id: "cut with dots",
        slots: &[TemplateSlot::Number(3, 8)],
        names: &["shorten_to_$k", "cut_after_$k"],
        docs: &["Return the $a, or its first $k characters and '...' if it is longer."],
        arguments: &[TEXT],
        returns: "str",
        bodies: &["if len($a) > $k:\n\treturn $a[:$k] + \"...\"\nreturn $a"],
        answer: ExpectedAnswer::Function(|c, a| match a.text(0).get(..c.count()) {
            Some(start) if start.len() < a.text(0).len() => format!("{start}...").into(),
            _ => a.text(0).into(),
        }),
    },
    FunctionKind {
        id: "repeated",
        slots: &[TemplateSlot::Separator],
        names: &["repeat_with_$sepname", "repeat_by_$sepname"],
        docs: &[
            "Return the $a $b times with $asep between.",
            "Repeat the $a $b times, with $asep between.",
        ],
        arguments: &[WORD, TIMES],
        returns: "str",
        bodies: &["return \"$w\".join([$a] * $b)"],
        answer: ExpectedAnswer::Function(|c, a| vec![a.text(0); a.count(1)].join(c.word(0)).into()),
    },
    FunctionKind {
        id: "greeting",
        slots: &[TemplateSlot::Greeting],
        names: &["greet", "greeting"],
        docs: &[
            "Return '$w', a comma, a space and the $a.",
            "Say '$w' to the $a, with a comma and a space between.",
        ],
        arguments: &[named(Domain::Word, &[("name", "name"), ("word", "word")])],
        returns: "str",
        bodies: &["return f\"$w, {$a}\"", "return \"$w, \" + $a"],
        answer: ExpectedAnswer::Function(|c, a| format!("{}, {}", c.word(0), a.text(0)).into()),
    },
    FunctionKind {
        id: "palindrome",
        slots: &[],
        names: &["is_palindrome", "same_backwards"],
        docs: &[
            "Return whether the $a reads the same backwards.",
            "Tell whether the $a is a palindrome.",
        ],
        arguments: &[WORD],
        returns: "bool",
        bodies: &["return $a == $a[::-1]"],
        answer: ExpectedAnswer::Function(|_, a| {
            a.text(0).chars().eq(a.text(0).chars().rev()).into()
        }),
    },
    FunctionKind {
        id: "letter counts",
        slots: &[],
        names: &["letter_counts", "count_letters"],
        docs: &["Return how often each letter is in the $a.", "Count each letter of the $a."],
        arguments: &[WORD],
        returns: "dict[str, int]",
        bodies: &[
            "counts = {}\nfor $x in $a:\n\tcounts[$x] = counts.get($x, 0) + 1\nreturn counts",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let letters = a.text(0).chars();
            ExampleValue::dict(letters.map(|letter| (letter, a.text(0).matches(letter).count())))
        }),
    },
    FunctionKind {
        id: "letters in both",
        slots: &[],
        names: &["common_letters", "letters_in_both"],
        docs: &["Return the letters of the $a that are also in the $b."],
        arguments: &[WORD, OTHER],
        returns: "str",
        bodies: &[
            "result = \"\"\nfor $x in $a:\n\tif $x in $b:\n\t\tresult += $x\nreturn result",
            "return \"\".join($x for $x in $a if $x in $b)",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.text(0).chars().filter(|&char| a.text(1).contains(char)).collect::<String>().into()
        }),
    },
    FunctionKind {
        id: "letters without repeats",
        slots: &[],
        names: &["unique_letters", "without_repeats"],
        docs: &[
            "Return each letter of the $a once, in order.",
            "Return the $a without letters that were there before.",
        ],
        arguments: &[WORD],
        returns: "str",
        bodies: &[
            "result = \"\"\nfor $x in $a:\n\tif $x not in result:\n\t\tresult += $x\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let mut result = String::new();
            for char in a.text(0).chars() {
                if !result.contains(char) {
                    result.push(char);
                }
            }
            result.into()
        }),
    },
    FunctionKind {
        id: "sum of digits in text",
        slots: &[TemplateSlot::IntMap],
        names: &["sum_digits_$map", "digits_$map"],
        docs: &[
            "Return the sum of the digits in the $a, each $by.",
            "Add up the digits in the $a, each $by.",
        ],
        arguments: &[CODE],
        returns: "int",
        bodies: &[
            "total = 0\nfor $x in $a:\n\tif $x.isdigit():\n\t\tdigit = int($x)\n\t\ttotal += $expr(digit)\nreturn total",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let digits = a.text(0).chars().filter_map(|char| char.to_digit(10));
            digits.map(|digit| c.map(i64::from(digit))).sum::<i64>().into()
        }),
    },
];
