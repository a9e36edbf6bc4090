//! What one int is, its digits and its divisors.

use crate::tasks::python::arguments::{Argument, Domain, N, NATURAL, named};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};

const POSITIVE: Argument = named(Domain::Int(1, 60), &[("number", "number"), ("value", "value")]);
const OTHER: Argument = named(Domain::Int(1, 40), &[("other", "other"), ("second", "second")]);

fn digits(number: i64) -> Vec<i64> {
    number.to_string().bytes().map(|digit| i64::from(digit - b'0')).collect()
}

fn divisors(number: i64) -> Vec<i64> {
    (1..=number).filter(|by| number % by == 0).collect()
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "test a number",
        slots: &[TemplateSlot::IntTest],
        names: &["is_$test", "check_$test"],
        docs: &[
            "Return whether the $a $is.",
            "Tell whether the $a $is.",
            "Return True if the $a $is.",
        ],
        arguments: &[N],
        returns: "bool",
        bodies: &["return $cond", "if $cond:\n\treturn True\nreturn False"],
        answer: ExpectedAnswer::Function(|c, a| c.test(a.int(0)).into()),
    },
    FunctionKind {
        id: "test a number for both",
        slots: &[TemplateSlot::TwoIntTests],
        names: &["is_$test_and_$testb", "check_$test_and_$testb"],
        docs: &["Return whether the $a $is and $isb.", "Tell whether the $a $is and $isb."],
        arguments: &[N],
        returns: "bool",
        bodies: &["return $cond and $condb", "if $cond and $condb:\n\treturn True\nreturn False"],
        answer: ExpectedAnswer::Function(|c, a| {
            (c.test(a.int(0)) && c.second_test(a.int(0))).into()
        }),
    },
    FunctionKind {
        id: "test a number for either",
        slots: &[TemplateSlot::TwoIntTests],
        names: &["is_$test_or_$testb", "check_$test_or_$testb"],
        docs: &["Return whether the $a $is or $isb.", "Tell whether the $a $is or $isb."],
        arguments: &[N],
        returns: "bool",
        bodies: &["return $cond or $condb", "if $cond or $condb:\n\treturn True\nreturn False"],
        answer: ExpectedAnswer::Function(|c, a| {
            (c.test(a.int(0)) || c.second_test(a.int(0))).into()
        }),
    },
    FunctionKind {
        id: "test a mapped number",
        slots: &[TemplateSlot::IntMap, TemplateSlot::IntTest],
        names: &["$map_is_$test", "is_$map_$test"],
        docs: &["Return whether the $a $by $is.", "Tell whether the $a $by $is."],
        arguments: &[N],
        returns: "bool",
        bodies: &["result = $expr\nreturn $cond(result)"],
        answer: ExpectedAnswer::Function(|c, a| c.test(c.map(a.int(0))).into()),
    },
    FunctionKind {
        id: "digits that pass",
        slots: &[TemplateSlot::Comparison, TemplateSlot::Number(1, 8)],
        names: &["count_digits_$cmpname_$k", "digits_$cmpname_$k"],
        docs: &[
            "Return how many digits of the $a are $than $k.",
            "Count the digits of the $a that are $than $k.",
        ],
        arguments: &[named(Domain::Int(10, 9999), &[("number", "digit")])],
        returns: "int",
        bodies: &[
            "count = 0\nfor $x in str($a):\n\tif int($x) $cmp $k:\n\t\tcount += 1\nreturn count",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            digits(a.int(0)).into_iter().filter(|&digit| c.compare(digit, c.k())).count().into()
        }),
    },
    FunctionKind {
        id: "sum of mapped digits",
        slots: &[TemplateSlot::IntMap],
        names: &["sum_of_digits_$map", "digits_$map_sum"],
        docs: &[
            "Return the sum of the digits of the $a, each $by.",
            "Add up the digits of the $a, each $by.",
        ],
        arguments: &[named(Domain::Int(0, 9999), &[("number", "number")])],
        returns: "int",
        bodies: &[
            "total = 0\nwhile $a > 0:\n\tdigit = $a % 10\n\ttotal += $expr(digit)\n\t$a //= 10\nreturn total",
        ],
        answer: ExpectedAnswer::Function(|c, a| match a.int(0) {
            0 => 0_i64.into(),
            number => digits(number).into_iter().map(|digit| c.map(digit)).sum::<i64>().into(),
        }),
    },
    FunctionKind {
        id: "round down to multiple",
        slots: &[TemplateSlot::Number(2, 12)],
        names: &["round_down_to_$k", "floor_to_$k"],
        docs: &[
            "Return the largest multiple of $k that is not above the $a.",
            "Round the $a down to a multiple of $k.",
        ],
        arguments: &[N],
        returns: "int",
        bodies: &["return $a // $k * $k", "return $a - $a % $k"],
        answer: ExpectedAnswer::Function(|c, a| (a.int(0) - a.int(0).rem_euclid(c.k())).into()),
    },
    FunctionKind {
        id: "next multiple",
        slots: &[TemplateSlot::Number(2, 12)],
        names: &["next_multiple_of_$k", "multiple_of_$k_after"],
        docs: &[
            "Return the first multiple of $k above the $a.",
            "Return the smallest multiple of $k that is greater than the $a.",
        ],
        arguments: &[N],
        returns: "int",
        bodies: &[
            "return $a // $k * $k + $k",
            "$a += 1\nwhile $a % $k != 0:\n\t$a += 1\nreturn $a",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            (a.int(0) - a.int(0).rem_euclid(c.k()) + c.k()).into()
        }),
    },
    FunctionKind {
        id: "times divisible",
        slots: &[TemplateSlot::Number(2, 7)],
        names: &["count_factors_of_$k", "times_divisible_by_$k"],
        docs: &[
            "Return how often the $a can be divided by $k.",
            "Count how often the $a can be divided by $k without a remainder.",
        ],
        arguments: &[POSITIVE],
        returns: "int",
        bodies: &["count = 0\nwhile $a % $k == 0:\n\t$a //= $k\n\tcount += 1\nreturn count"],
        answer: ExpectedAnswer::Function(|c, a| {
            let steps = std::iter::successors(Some(a.int(0)), |number| Some(number / c.k()));
            steps.take_while(|number| number % c.k() == 0).count().into()
        }),
    },
    FunctionKind {
        id: "digit sum",
        slots: &[],
        names: &["digit_sum", "sum_of_digits"],
        docs: &["Return the sum of the digits of the $a.", "Add up the digits of the $a."],
        arguments: &[NATURAL],
        returns: "int",
        bodies: &[
            "total = 0\nwhile $a > 0:\n\ttotal += $a % 10\n\t$a //= 10\nreturn total",
            "return sum(int(digit) for digit in str($a))",
        ],
        answer: ExpectedAnswer::Function(|_, a| digits(a.int(0)).into_iter().sum::<i64>().into()),
    },
    FunctionKind {
        id: "digit count",
        slots: &[],
        names: &["count_digits", "number_of_digits"],
        docs: &["Return how many digits the $a has.", "Count the digits of the $a."],
        arguments: &[named(Domain::Int(0, 9999), &[("number", "number")])],
        returns: "int",
        bodies: &[
            "return len(str($a))",
            "count = 1\nwhile $a > 9:\n\t$a //= 10\n\tcount += 1\nreturn count",
        ],
        answer: ExpectedAnswer::Function(|_, a| digits(a.int(0)).len().into()),
    },
    FunctionKind {
        id: "digits turned round",
        slots: &[],
        names: &["reverse_digits", "turn_digits_round"],
        docs: &["Return the $a with its digits in reverse order.", "Reverse the digits of the $a."],
        arguments: &[named(Domain::Int(10, 999), &[("number", "number")])],
        returns: "int",
        bodies: &[
            "return int(str($a)[::-1])",
            "result = 0\nwhile $a > 0:\n\tresult = result * 10 + $a % 10\n\t$a //= 10\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            digits(a.int(0)).into_iter().rev().fold(0, |result, digit| result * 10 + digit).into()
        }),
    },
    FunctionKind {
        id: "last digit",
        slots: &[],
        names: &["last_digit", "ones_digit"],
        docs: &["Return the last digit of the $a."],
        arguments: &[NATURAL],
        returns: "int",
        bodies: &["return $a % 10"],
        answer: ExpectedAnswer::Function(|_, a| (a.int(0) % 10).into()),
    },
    FunctionKind {
        id: "list of digits",
        slots: &[],
        names: &["digits", "list_digits"],
        docs: &["Return the digits of the $a as a list.", "List the digits of the $a."],
        arguments: &[NATURAL],
        returns: "list[int]",
        bodies: &["return [int(digit) for digit in str($a)]"],
        answer: ExpectedAnswer::Function(|_, a| digits(a.int(0)).into()),
    },
    FunctionKind {
        id: "divisors",
        slots: &[],
        names: &["divisors", "list_divisors"],
        docs: &["Return the divisors of the $a.", "List all that the $a is divisible by."],
        arguments: &[POSITIVE],
        returns: "list[int]",
        bodies: &[
            "return [i for i in range(1, $a + 1) if $a % i == 0]",
            "result = []\nfor i in range(1, $a + 1):\n\tif $a % i == 0:\n\t\tresult.append(i)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| divisors(a.int(0)).into()),
    },
    FunctionKind {
        id: "count divisors",
        slots: &[],
        names: &["count_divisors", "number_of_divisors"],
        docs: &["Return how many divisors the $a has.", "Count the divisors of the $a."],
        arguments: &[POSITIVE],
        returns: "int",
        bodies: &[
            "count = 0\nfor i in range(1, $a + 1):\n\tif $a % i == 0:\n\t\tcount += 1\nreturn count",
        ],
        answer: ExpectedAnswer::Function(|_, a| divisors(a.int(0)).len().into()),
    },
    FunctionKind {
        id: "prime",
        slots: &[],
        names: &["is_prime", "check_prime"],
        docs: &["Return whether the $a is prime.", "Tell whether the $a is a prime number."],
        arguments: &[NATURAL],
        returns: "bool",
        bodies: &[
            "if $a < 2:\n\treturn False\nfor i in range(2, $a):\n\tif $a % i == 0:\n\t\treturn False\nreturn True",
        ],
        answer: ExpectedAnswer::Function(|_, a| (divisors(a.int(0)).len() == 2).into()),
    },
    FunctionKind {
        id: "smallest divisor",
        slots: &[],
        names: &["smallest_divisor", "first_divisor"],
        docs: &["Return the smallest divisor of the $a above 1."],
        arguments: &[named(Domain::Int(2, 90), &[("number", "number")])],
        returns: "int",
        bodies: &["divisor = 2\nwhile $a % divisor != 0:\n\tdivisor += 1\nreturn divisor"],
        answer: ExpectedAnswer::Function(|_, a| divisors(a.int(0)).get(1).copied().into()),
    },
    FunctionKind {
        id: "gcd",
        slots: &[],
        names: &["gcd", "common_divisor"],
        docs: &["Return the greatest common divisor of the $a and the $b."],
        arguments: &[POSITIVE, OTHER],
        returns: "int",
        bodies: &["while $b > 0:\n\t$a, $b = $b, $a % $b\nreturn $a"],
        answer: ExpectedAnswer::Function(|_, a| gcd(a.int(0), a.int(1)).into()),
    },
    FunctionKind {
        id: "lcm",
        slots: &[],
        names: &["lcm", "common_multiple"],
        docs: &["Return the least common multiple of the $a and the $b."],
        arguments: &[POSITIVE, OTHER],
        returns: "int",
        bodies: &["result = $a\nwhile result % $b != 0:\n\tresult += $a\nreturn result"],
        answer: ExpectedAnswer::Function(|_, a| {
            (a.int(0) * a.int(1) / gcd(a.int(0), a.int(1))).into()
        }),
    },
    FunctionKind {
        id: "perfect square",
        slots: &[],
        names: &["is_square", "check_square"],
        docs: &[
            "Return whether the $a is the square of an int.",
            "Tell whether the $a is a square number.",
        ],
        arguments: &[NATURAL],
        returns: "bool",
        bodies: &["root = 0\nwhile root ** 2 < $a:\n\troot += 1\nreturn root ** 2 == $a"],
        answer: ExpectedAnswer::Function(|_, a| {
            (0..=a.int(0)).any(|root| root * root == a.int(0)).into()
        }),
    },
    FunctionKind {
        id: "square root",
        slots: &[],
        names: &["square_root", "whole_root"],
        docs: &["Return the square root of the $a, rounded down."],
        arguments: &[NATURAL],
        returns: "int",
        bodies: &["root = 0\nwhile (root + 1) ** 2 <= $a:\n\troot += 1\nreturn root"],
        answer: ExpectedAnswer::Function(|_, a| a.int(0).isqrt().into()),
    },
    FunctionKind {
        id: "binary",
        slots: &[],
        names: &["to_binary", "binary_digits"],
        docs: &["Return the $a in binary digits.", "Write the $a in binary digits."],
        arguments: &[POSITIVE],
        returns: "str",
        bodies: &[
            "result = \"\"\nwhile $a > 0:\n\tresult = str($a % 2) + result\n\t$a //= 2\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| format!("{:b}", a.int(0)).into()),
    },
    FunctionKind {
        id: "in base",
        slots: &[TemplateSlot::Number(3, 9)],
        names: &["to_base_$k", "digits_in_base_$k"],
        docs: &[
            "Return the digits of the $a in base $k, the last digit first.",
            "List the digits of the $a in base $k from the last to the first.",
        ],
        arguments: &[POSITIVE],
        returns: "list[int]",
        bodies: &[
            "digits = []\nwhile $a > 0:\n\tdigits.append($a % $k)\n\t$a //= $k\nreturn digits",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let steps = std::iter::successors(Some(a.int(0)), |number| Some(number / c.k()));
            steps
                .take_while(|number| *number > 0)
                .map(|number| number % c.k())
                .collect::<Vec<_>>()
                .into()
        }),
    },
];
