//! Expressions on one, two and three ints.

use crate::tasks::python::arguments::{Argument, Domain, N, NATURAL, named};
use crate::tasks::python::choice::TemplateSlot;
use crate::tasks::python::kind::{ExpectedAnswer, FunctionKind};
use crate::tasks::python::value::ExampleValue;

const A: Argument =
    named(Domain::Int(-20, 60), &[("a", "a"), ("first", "first"), ("left", "left")]);
const B: Argument =
    named(Domain::Int(-20, 60), &[("b", "b"), ("second", "second"), ("right", "right")]);
const C: Argument =
    named(Domain::Int(-20, 60), &[("c", "c"), ("third", "third"), ("other", "other")]);
const DIVISOR: Argument = named(Domain::Int(1, 12), &[("divisor", "divisor"), ("step", "step")]);
const WIDTH: Argument = named(Domain::Int(1, 30), &[("width", "width")]);
const HEIGHT: Argument = named(Domain::Int(1, 30), &[("height", "height")]);

/// Kinds of this file.
pub const KINDS: &[FunctionKind] = &[
    FunctionKind {
        id: "map a number",
        slots: &[TemplateSlot::IntMap],
        names: &["$map", "number_$map", "get_$map"],
        docs: &["Return the $a $by.", "Give back the $a $by."],
        arguments: &[N],
        returns: "int",
        bodies: &["return $expr", "result = $expr\nreturn result"],
        answer: ExpectedAnswer::Function(|c, a| c.map(a.int(0)).into()),
    },
    FunctionKind {
        id: "map a number twice",
        slots: &[TemplateSlot::IntMapChain],
        names: &["$map_then_$mapb", "$map_and_$mapb"],
        docs: &["Return the $a $by, then $byb.", "Give back the $a $by, and that $byb."],
        arguments: &[N],
        returns: "int",
        bodies: &[
            "result = $expr\nreturn $exprb(result)",
            "result = $expr\nresult = $exprb(result)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| c.second_map(c.map(a.int(0))).into()),
    },
    FunctionKind {
        id: "operation of two",
        slots: &[TemplateSlot::Operation],
        names: &["$opname_of_two", "$opname", "get_$opname"],
        docs: &["Return the $opname of $a and $b.", "Give back the $opname of $a and $b."],
        arguments: &[A, B],
        returns: "int",
        bodies: &["return $op($a, $b)", "result = $op($a, $b)\nreturn result"],
        answer: ExpectedAnswer::Function(|c, a| c.operation(a.int(0), a.int(1)).into()),
    },
    FunctionKind {
        id: "operation of two, mapped",
        slots: &[TemplateSlot::Operation, TemplateSlot::IntMap],
        names: &["$opname_$map", "$opname_then_$map"],
        docs: &[
            "Return the $opname of $a and $b, $by.",
            "Give back the $opname of $a and $b, $by.",
        ],
        arguments: &[A, B],
        returns: "int",
        bodies: &[
            "result = $op($a, $b)\nreturn $expr(result)",
            "result = $op($a, $b)\nresult = $expr(result)\nreturn result",
        ],
        answer: ExpectedAnswer::Function(|c, a| c.map(c.operation(a.int(0), a.int(1))).into()),
    },
    FunctionKind {
        id: "operation of mapped",
        slots: &[TemplateSlot::Operation, TemplateSlot::IntMap],
        names: &["$opname_of_$map", "$map_$opname"],
        docs: &[
            "Return the $opname of $a $by and $b $by.",
            "Take $a $by and $b $by, and return their $opname.",
        ],
        arguments: &[A, B],
        returns: "int",
        bodies: &["$a = $expr($a)\n$b = $expr($b)\nreturn $op($a, $b)"],
        answer: ExpectedAnswer::Function(|c, a| {
            c.operation(c.map(a.int(0)), c.map(a.int(1))).into()
        }),
    },
    FunctionKind {
        id: "operation with third",
        slots: &[TemplateSlot::Operation],
        names: &["$opname_times_third", "$opname_times"],
        docs: &[
            "Return the $opname of $a and $b, times $c.",
            "Multiply the $opname of $a and $b by $c.",
        ],
        arguments: &[A, B, C],
        returns: "int",
        bodies: &["result = $op($a, $b)\nreturn result * $c"],
        answer: ExpectedAnswer::Function(|c, a| {
            c.operation(a.int(0), a.int(1)).saturating_mul(a.int(2)).into()
        }),
    },
    FunctionKind {
        id: "weighted sum",
        slots: &[TemplateSlot::Number(2, 9), TemplateSlot::Number(2, 9)],
        names: &["weighted_sum", "weigh_$k_and_$j"],
        docs: &["Return $k times $a plus $j times $b.", "Add $k times $a and $j times $b."],
        arguments: &[A, B],
        returns: "int",
        bodies: &["return $k * $a + $j * $b", "total = $k * $a\ntotal += $j * $b\nreturn total"],
        answer: ExpectedAnswer::Function(|c, a| (c.k() * a.int(0) + c.j() * a.int(1)).into()),
    },
    FunctionKind {
        id: "linear",
        slots: &[TemplateSlot::Number(2, 9), TemplateSlot::Number(1, 20)],
        names: &["times_$k_plus_$j", "multiply_and_add"],
        docs: &["Return $k times the $a, plus $j.", "Multiply the $a by $k and add $j."],
        arguments: &[N],
        returns: "int",
        bodies: &["return $k * $a + $j"],
        answer: ExpectedAnswer::Function(|c, a| (c.k() * a.int(0) + c.j()).into()),
    },
    FunctionKind {
        id: "compare two",
        slots: &[TemplateSlot::Comparison],
        names: &["is_$cmpname", "first_is_$cmpname"],
        docs: &["Return whether $a is $than $b.", "Tell whether $a is $than $b."],
        arguments: &[A, B],
        returns: "bool",
        bodies: &["return $a $cmp $b"],
        answer: ExpectedAnswer::Function(|c, a| c.compare(a.int(0), a.int(1)).into()),
    },
    FunctionKind {
        id: "compare operation to constant",
        slots: &[TemplateSlot::Operation, TemplateSlot::Comparison, TemplateSlot::Number(0, 20)],
        names: &["$opname_is_$cmpname_$k", "is_$opname_$cmpname_$k"],
        docs: &[
            "Return whether the $opname of $a and $b is $than $k.",
            "Tell whether the $opname of $a and $b is $than $k.",
        ],
        arguments: &[A, B],
        returns: "bool",
        bodies: &["result = $op($a, $b)\nreturn result $cmp $k", "return $op($a, $b) $cmp $k"],
        answer: ExpectedAnswer::Function(|c, a| {
            c.compare(c.operation(a.int(0), a.int(1)), c.k()).into()
        }),
    },
    FunctionKind {
        id: "distance",
        slots: &[],
        names: &["distance", "gap"],
        docs: &["Return how far $a and $b are apart.", "Return the distance between $a and $b."],
        arguments: &[A, B],
        returns: "int",
        bodies: &["return abs($a - $b)", "if $a > $b:\n\treturn $a - $b\nreturn $b - $a"],
        answer: ExpectedAnswer::Function(|_, a| (a.int(0) - a.int(1)).abs().into()),
    },
    FunctionKind {
        id: "mean of two",
        slots: &[],
        names: &["mean_of_two", "middle"],
        docs: &[
            "Return the mean of $a and $b, rounded down.",
            "Return half the sum of $a and $b, rounded down.",
        ],
        arguments: &[A, B],
        returns: "int",
        bodies: &["return ($a + $b) // 2", "total = $a + $b\nreturn total // 2"],
        answer: ExpectedAnswer::Function(|_, a| (a.int(0) + a.int(1)).div_euclid(2).into()),
    },
    FunctionKind {
        id: "largest of three",
        slots: &[],
        names: &["largest_of_three", "max_of_three"],
        docs: &["Return the largest of $a, $b and $c."],
        arguments: &[A, B, C],
        returns: "int",
        bodies: &[
            "return max($a, $b, $c)",
            "best = $a\nif $b > best:\n\tbest = $b\nif $c > best:\n\tbest = $c\nreturn best",
        ],
        answer: ExpectedAnswer::Function(|_, a| a.int(0).max(a.int(1)).max(a.int(2)).into()),
    },
    FunctionKind {
        id: "smallest of three",
        slots: &[],
        names: &["smallest_of_three", "min_of_three"],
        docs: &["Return the smallest of $a, $b and $c."],
        arguments: &[A, B, C],
        returns: "int",
        bodies: &[
            "return min($a, $b, $c)",
            "best = $a\nif $b < best:\n\tbest = $b\nif $c < best:\n\tbest = $c\nreturn best",
        ],
        answer: ExpectedAnswer::Function(|_, a| a.int(0).min(a.int(1)).min(a.int(2)).into()),
    },
    FunctionKind {
        id: "middle of three",
        slots: &[],
        names: &["middle_of_three", "median_of_three"],
        docs: &[
            "Return the middle one of $a, $b and $c.",
            "Return the one of $a, $b and $c that is neither largest nor smallest.",
        ],
        arguments: &[A, B, C],
        returns: "int",
        bodies: &["return sorted([$a, $b, $c])[1]"],
        answer: ExpectedAnswer::Function(|_, a| {
            let mut three = [a.int(0), a.int(1), a.int(2)];
            three.sort_unstable();
            three[1].into()
        }),
    },
    FunctionKind {
        id: "between",
        slots: &[],
        names: &["is_between", "lies_between"],
        docs: &[
            "Return whether $a is from $b to $c.",
            "Tell whether $a is at least $b and at most $c.",
        ],
        arguments: &[A, B, C],
        returns: "bool",
        bodies: &["return $b <= $a <= $c", "return $a >= $b and $a <= $c"],
        answer: ExpectedAnswer::Function(|_, a| (a.int(1)..=a.int(2)).contains(&a.int(0)).into()),
    },
    FunctionKind {
        id: "divides",
        slots: &[],
        names: &["is_divisible", "is_multiple"],
        docs: &[
            "Return whether the $a is divisible by the $b.",
            "Tell whether the $a is a multiple of the $b.",
        ],
        arguments: &[N, DIVISOR],
        returns: "bool",
        bodies: &["return $a % $b == 0"],
        answer: ExpectedAnswer::Function(|_, a| (a.int(0).rem_euclid(a.int(1)) == 0).into()),
    },
    FunctionKind {
        id: "remainder",
        slots: &[],
        names: &["remainder", "modulo"],
        docs: &[
            "Return the $a modulo the $b.",
            "Return what is left of the $a when it is divided by the $b.",
        ],
        arguments: &[NATURAL, DIVISOR],
        returns: "int",
        bodies: &["return $a % $b", "while $a >= $b:\n\t$a -= $b\nreturn $a"],
        answer: ExpectedAnswer::Function(|_, a| a.int(0).rem_euclid(a.int(1)).into()),
    },
    FunctionKind {
        id: "quotient",
        slots: &[],
        names: &["quotient", "divide"],
        docs: &[
            "Return the $a divided by the $b, rounded down.",
            "Return how often the $b fits into the $a.",
        ],
        arguments: &[NATURAL, DIVISOR],
        returns: "int",
        bodies: &[
            "return $a // $b",
            "count = 0\nwhile $a >= $b:\n\t$a -= $b\n\tcount += 1\nreturn count",
        ],
        answer: ExpectedAnswer::Function(|_, a| a.int(0).div_euclid(a.int(1)).into()),
    },
    FunctionKind {
        id: "divide up",
        slots: &[],
        names: &["divide_up", "quotient_up"],
        docs: &["Return the $a divided by the $b, rounded up."],
        arguments: &[NATURAL, DIVISOR],
        returns: "int",
        bodies: &["return -(-$a // $b)", "return ($a + $b - 1) // $b"],
        answer: ExpectedAnswer::Function(|_, a| {
            (a.int(0) + a.int(1) - 1).div_euclid(a.int(1)).into()
        }),
    },
    FunctionKind {
        id: "divmod",
        slots: &[],
        names: &["quotient_and_remainder", "divide_with_rest"],
        docs: &["Return the quotient and the remainder of the $a by the $b."],
        arguments: &[N, DIVISOR],
        returns: "tuple[int, int]",
        bodies: &["return $a // $b, $a % $b", "return divmod($a, $b)"],
        answer: ExpectedAnswer::Function(|_, a| {
            ExampleValue::pair(a.int(0).div_euclid(a.int(1)), a.int(0).rem_euclid(a.int(1)))
        }),
    },
    FunctionKind {
        id: "area",
        slots: &[],
        names: &["area", "rectangle_area"],
        docs: &["Return the area of a rectangle of this $a and $b."],
        arguments: &[WIDTH, HEIGHT],
        returns: "int",
        bodies: &["return $a * $b", "area = $a * $b\nreturn area"],
        answer: ExpectedAnswer::Function(|_, a| (a.int(0) * a.int(1)).into()),
    },
    FunctionKind {
        id: "perimeter",
        slots: &[],
        names: &["perimeter", "rectangle_perimeter"],
        docs: &["Return the perimeter of a rectangle of this $a and $b."],
        arguments: &[WIDTH, HEIGHT],
        returns: "int",
        bodies: &["return 2 * ($a + $b)", "return 2 * $a + 2 * $b"],
        answer: ExpectedAnswer::Function(|_, a| (2 * (a.int(0) + a.int(1))).into()),
    },
    FunctionKind {
        id: "price with fee",
        slots: &[TemplateSlot::Number(2, 12), TemplateSlot::Number(1, 20)],
        names: &["total_price", "price_of"],
        docs: &[
            "Return the price of $a things at $k each, plus a fee of $j.",
            "Return what $a things cost at $k each with a fee of $j.",
        ],
        arguments: &[named(
            Domain::Int(0, 30),
            &[("count", "count"), ("n", "n"), ("amount", "amount")],
        )],
        returns: "int",
        bodies: &["return $a * $k + $j", "price = $a * $k\nprice += $j\nreturn price"],
        answer: ExpectedAnswer::Function(|c, a| (a.int(0) * c.k() + c.j()).into()),
    },
];
