//! Loops over ranges, and loops that go on while something holds.

use crate::tasks::python::arguments::{Argument, Domain, N, NATURAL, TIMES, named};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};

const UPTO: Argument = named(Domain::Int(0, 20), &[("n", "i"), ("limit", "i"), ("last", "i")]);
const START: Argument = named(Domain::Int(-5, 10), &[("start", "i"), ("low", "i")]);
const STOP: Argument = named(Domain::Int(5, 20), &[("stop", "stop"), ("high", "high")]);

fn fibonacci(nth: i64) -> i64 {
    (0..nth).fold((0, 1), |(a, b), _| (b, a + b)).0
}

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "sum up to that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["sum_$test_up_to", "sum_of_$test_numbers"],
        docs: &[
            "Return the sum of the numbers from 1 to $a that $are.",
            "Add up all numbers from 1 to $a that $are.",
        ],
        arguments: &[UPTO],
        returns: "int",
        bodies: &[
            "total = 0\nfor i in range(1, $a + 1):\n\tif $cond(i):\n\t\ttotal += i\nreturn total",
            "return sum(i for i in range(1, $a + 1) if $cond(i))",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            (1..=a.int(0)).filter(|&i| c.test(i)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "count up to that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["count_$test_up_to", "count_$test_numbers"],
        docs: &[
            "Return how many numbers from 1 to $a $are.",
            "Count the numbers from 1 to $a that $are.",
        ],
        arguments: &[UPTO],
        returns: "int",
        bodies: &[
            "count = 0\nfor i in range(1, $a + 1):\n\tif $cond(i):\n\t\tcount += 1\nreturn count",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            (1..=a.int(0)).filter(|&i| c.test(i)).count().into()
        }),
    },
    FunctionKind {
        id: "list up to that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["list_$test_up_to", "$test_numbers"],
        docs: &[
            "Return the numbers from 1 to $a that $are.",
            "List all numbers from 1 to $a that $are.",
        ],
        arguments: &[UPTO],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor i in range(1, $a + 1):\n\tif $cond(i):\n\t\tresult.append(i)\nreturn result",
            "return [i for i in range(1, $a + 1) if $cond(i)]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            (1..=a.int(0)).filter(|&i| c.test(i)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "count between that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["count_$test_between", "how_many_$test_between"],
        docs: &[
            "Return how many numbers from $a to $b $are.",
            "Count the numbers from $a to $b that $are.",
        ],
        arguments: &[START, STOP],
        returns: "int",
        bodies: &[
            "count = 0\nfor i in range($a, $b + 1):\n\tif $cond(i):\n\t\tcount += 1\nreturn count",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            (a.int(0)..=a.int(1)).filter(|&i| c.test(i)).count().into()
        }),
    },
    FunctionKind {
        id: "list between that pass",
        slots: &[TemplateSlot::IntTest],
        names: &["list_$test_between", "$test_between"],
        docs: &[
            "Return the numbers from $a to $b that $are.",
            "List all numbers from $a to $b that $are.",
        ],
        arguments: &[START, STOP],
        returns: "list[int]",
        bodies: &[
            "return [i for i in range($a, $b + 1) if $cond(i)]",
            "result = []\nfor i in range($a, $b + 1):\n\tif $cond(i):\n\t\tresult.append(i)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            (a.int(0)..=a.int(1)).filter(|&i| c.test(i)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "mapped range",
        slots: &[TemplateSlot::IntMap],
        names: &["list_$map_up_to", "numbers_$map"],
        docs: &[
            "Return the numbers from 1 to $a, each $by.",
            "List the numbers from 1 to $a, each $by.",
        ],
        arguments: &[TIMES],
        returns: "list[int]",
        bodies: &[
            "result = []\nfor i in range(1, $a + 1):\n\tresult.append($expr(i))\nreturn result",
            "return [$expr(i) for i in range(1, $a + 1)]",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            (1..=a.int(0)).map(|i| c.map(i)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "sum of mapped range",
        slots: &[TemplateSlot::IntMap],
        names: &["sum_$map_up_to", "sum_of_numbers_$map"],
        docs: &[
            "Return the sum of the numbers from 1 to $a, each $by.",
            "Add up the numbers from 1 to $a, each $by.",
        ],
        arguments: &[TIMES],
        returns: "int",
        bodies: &[
            "total = 0\nfor i in range(1, $a + 1):\n\ttotal += $expr(i)\nreturn total",
            "return sum($expr(i) for i in range(1, $a + 1))",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            (1..=a.int(0)).map(|i| c.map(i)).sum::<i64>().into()
        }),
    },
    FunctionKind {
        id: "apply n times",
        slots: &[TemplateSlot::IntMap],
        names: &["repeat_$map", "$map_n_times"],
        docs: &[
            "Return the $a $by, again and again, $b times.",
            "Start with the $a, and $b times over make it $by.",
        ],
        arguments: &[N, named(Domain::Int(0, 4), &[("times", "times"), ("count", "count")])],
        returns: "int",
        bodies: &["for _ in range($b):\n\t$a = $expr($a)\nreturn $a"],
        answer: ExpectedAnswer::Function(|c, a| {
            (0..a.int(1)).fold(a.int(0), |number, _| c.map(number)).into()
        }),
    },
    FunctionKind {
        id: "steps down",
        slots: &[TemplateSlot::Number(2, 12)],
        names: &["steps_of_$k", "count_steps_of_$k"],
        docs: &[
            "Return how often $k must be taken from the $a until it is at most 0.",
            "Count the steps of $k from the $a down to 0 or less.",
        ],
        arguments: &[NATURAL],
        returns: "int",
        bodies: &["steps = 0\nwhile $a > 0:\n\t$a -= $k\n\tsteps += 1\nreturn steps"],
        answer: ExpectedAnswer::Function(|c, a| ((a.int(0) + c.k() - 1) / c.k()).into()),
    },
    FunctionKind {
        id: "growing until",
        slots: &[TemplateSlot::Number(2, 5), TemplateSlot::Number(20, 100)],
        names: &["grow_past_$j", "times_$k_until_$j"],
        docs: &[
            "Multiply the $a by $k until it is above $j, and return it.",
            "Return the $a, multiplied by $k until it is above $j.",
        ],
        arguments: &[named(Domain::Int(1, 30), &[("number", "number"), ("value", "value")])],
        returns: "int",
        bodies: &["while $a <= $j:\n\t$a *= $k\nreturn $a"],
        answer: ExpectedAnswer::Function(|c, a| {
            let mut number = a.int(0);
            while number <= c.j() {
                number *= c.k();
            }
            number.into()
        }),
    },
    FunctionKind {
        id: "count growing until",
        slots: &[TemplateSlot::Number(2, 5), TemplateSlot::Number(20, 100)],
        names: &["steps_past_$j", "count_until_above_$j"],
        docs: &["Return how often the $a must be multiplied by $k until it is above $j."],
        arguments: &[named(Domain::Int(1, 30), &[("number", "number"), ("value", "value")])],
        returns: "int",
        bodies: &["steps = 0\nwhile $a <= $j:\n\t$a *= $k\n\tsteps += 1\nreturn steps"],
        answer: ExpectedAnswer::Function(|c, a| {
            let (mut number, mut steps) = (a.int(0), 0_i64);
            while number <= c.j() {
                number *= c.k();
                steps += 1;
            }
            steps.into()
        }),
    },
    FunctionKind {
        id: "first multiples",
        slots: &[TemplateSlot::Number(2, 12)],
        names: &["multiples_of_$k", "first_multiples_of_$k"],
        docs: &[
            "Return the first $a positive multiples of $k.",
            "List the first $a multiples of $k, beginning with $k.",
        ],
        arguments: &[TIMES],
        returns: "list[int]",
        bodies: &[
            "return [$k * i for i in range(1, $a + 1)]",
            "result = []\nfor i in range(1, $a + 1):\n\tresult.append($k * i)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            (1..=a.int(0)).map(|i| c.k() * i).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "powers below",
        slots: &[TemplateSlot::Number(2, 7)],
        names: &["powers_of_$k", "powers_of_$k_below"],
        docs: &[
            "Return the powers of $k below $a, beginning with 1.",
            "List all powers of $k from 1 on that are below $a.",
        ],
        arguments: &[named(Domain::Int(1, 400), &[("n", "n"), ("limit", "limit")])],
        returns: "list[int]",
        bodies: &[
            "result = []\npower = 1\nwhile power < $a:\n\tresult.append(power)\n\tpower *= $k\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let powers = std::iter::successors(Some(1_i64), |power| Some(power * c.k()));
            powers.take_while(|power| *power < a.int(0)).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "countdown",
        slots: &[TemplateSlot::Number(1, 9)],
        names: &["count_down_by_$k", "countdown_by_$k"],
        docs: &[
            "Return the numbers from $a down to above 0 in steps of $k.",
            "List the numbers from $a in steps of $k down, while they are above 0.",
        ],
        arguments: &[named(Domain::Int(0, 20), &[("start", "start"), ("n", "n")])],
        returns: "list[int]",
        bodies: &[
            "result = []\nwhile $a > 0:\n\tresult.append($a)\n\t$a -= $k\nreturn result",
            "return list(range($a, 0, -$k))",
        ],
        answer: ExpectedAnswer::Function(|c, a| {
            let steps = std::iter::successors(Some(a.int(0)), |number| Some(number - c.k()));
            steps.take_while(|number| *number > 0).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "factorial",
        slots: &[],
        names: &["factorial", "product_up_to"],
        docs: &[
            "Return the product of the numbers from 1 to $a.",
            "Multiply all numbers from 1 to $a.",
        ],
        arguments: &[TIMES],
        returns: "int",
        bodies: &["result = 1\nfor i in range(1, $a + 1):\n\tresult *= i\nreturn result"],
        answer: ExpectedAnswer::Function(|_, a| (1..=a.int(0)).product::<i64>().into()),
    },
    FunctionKind {
        id: "sum up to",
        slots: &[],
        names: &["sum_up_to", "triangular"],
        docs: &["Return the sum of the numbers from 1 to $a.", "Add up all numbers from 1 to $a."],
        arguments: &[UPTO],
        returns: "int",
        bodies: &[
            "total = 0\nfor i in range(1, $a + 1):\n\ttotal += i\nreturn total",
            "return $a * ($a + 1) // 2",
        ],
        answer: ExpectedAnswer::Function(|_, a| (1..=a.int(0)).sum::<i64>().into()),
    },
    FunctionKind {
        id: "fibonacci",
        slots: &[],
        names: &["fibonacci", "nth_fibonacci"],
        docs: &[
            "Return the Fibonacci number at place $a, counted from 0.",
            "Return the Fibonacci number of $a, which begin with 0 and 1.",
        ],
        arguments: &[UPTO],
        returns: "int",
        bodies: &["a, b = 0, 1\nfor _ in range($a):\n\ta, b = b, a + b\nreturn a"],
        answer: ExpectedAnswer::Function(|_, a| fibonacci(a.int(0)).into()),
    },
    FunctionKind {
        id: "list of fibonacci",
        slots: &[],
        names: &["list_fibonacci", "first_fibonacci"],
        docs: &["Return the first $a Fibonacci numbers, from 0 on."],
        arguments: &[TIMES],
        returns: "list[int]",
        bodies: &[
            "result = []\na, b = 0, 1\nfor _ in range($a):\n\tresult.append(a)\n\ta, b = b, a + b\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            (0..a.int(0)).map(fibonacci).collect::<Vec<_>>().into()
        }),
    },
    FunctionKind {
        id: "collatz steps",
        slots: &[],
        names: &["collatz_steps", "count_collatz"],
        docs: &[
            "Return in how many steps the $a becomes 1, halved if even and else times 3 plus 1.",
        ],
        arguments: &[named(Domain::Int(1, 30), &[("number", "number"), ("value", "value")])],
        returns: "int",
        bodies: &[
            "steps = 0\nwhile $a != 1:\n\tif $a % 2 == 0:\n\t\t$a //= 2\n\telse:\n\t\t$a = 3 * $a + 1\n\tsteps += 1\nreturn steps",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            let (mut number, mut steps) = (a.int(0), 0_i64);
            while number != 1 {
                number = if number % 2 == 0 { number / 2 } else { 3 * number + 1 };
                steps += 1;
            }
            steps.into()
        }),
    },
    FunctionKind {
        id: "power by loop",
        slots: &[],
        names: &["power", "raise_to"],
        docs: &["Return the $a to the power of $b.", "Raise the $a to the power of $b."],
        arguments: &[
            named(Domain::Int(-5, 9), &[("base", "base"), ("number", "number")]),
            named(Domain::Int(0, 4), &[("exponent", "exponent"), ("times", "times")]),
        ],
        returns: "int",
        bodies: &[
            "result = 1\nfor _ in range($b):\n\tresult *= $a\nreturn result",
            "return $a ** $b",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            a.int(0).pow(u32::try_from(a.int(1)).unwrap_or(0)).into()
        }),
    },
    FunctionKind {
        id: "halvings",
        slots: &[],
        names: &["count_halvings", "halvings"],
        docs: &["Return how often the $a can be halved, rounded down, until it is 0."],
        arguments: &[NATURAL],
        returns: "int",
        bodies: &["count = 0\nwhile $a > 0:\n\t$a //= 2\n\tcount += 1\nreturn count"],
        answer: ExpectedAnswer::Function(|_, a| {
            i64::from(a.int(0).checked_ilog2().map_or(0, |log| log + 1)).into()
        }),
    },
    FunctionKind {
        id: "pairs with sum",
        slots: &[],
        names: &["pairs_with_sum", "split_in_two"],
        docs: &["Return the pairs of numbers from 1 on whose sum is $a, the smaller first."],
        arguments: &[named(Domain::Int(0, 9), &[("n", "n"), ("total", "total")])],
        returns: "list[tuple[int, int]]",
        bodies: &[
            "result = []\nfor i in range(1, $a // 2 + 1):\n\tresult.append((i, $a - i))\nreturn result",
            "return [(i, $a - i) for i in range(1, $a // 2 + 1)]",
        ],
        answer: ExpectedAnswer::Function(|_, a| {
            (1..=a.int(0) / 2).map(|i| (i, a.int(0) - i)).collect::<Vec<_>>().into()
        }),
    },
];
