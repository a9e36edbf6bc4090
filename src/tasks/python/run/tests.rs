//! Programs and what comes of them, each compared with what Python 3.11 says of it.

use super::{Outcome, parse};

/// What comes of a program, in a word or two.
fn outcome(source: &str) -> String {
    let program = match parse(source) {
        Ok(program) => program,
        Err(mistake) => return format!("mistake on line {}", mistake.line),
    };
    match program.run() {
        Outcome::Passed { asserts } => format!("passed {asserts}"),
        Outcome::AssertFailed(_) => "failed".to_owned(),
        Outcome::Raised(what) => what.split(": ").nth(1).unwrap_or_default().to_owned(),
        Outcome::OutOfBudget => "out of budget".to_owned(),
        Outcome::NotSupported(what) => {
            format!(
                "not supported: {}",
                what.split_once(": ").map_or(what.as_str(), |(_, what)| what)
            )
        }
    }
}

fn check(table: &[(&str, &str)]) {
    for (source, expected) in table {
        assert_eq!(outcome(source), *expected, "{source}");
    }
}

/// Checks that all of these expressions are true, in one program.
fn check_true(expressions: &[&str]) {
    let asserts: Vec<String> =
        expressions.iter().map(|expression| format!("assert {expression}\n")).collect();
    let source = asserts.concat();
    let program = parse(&source).unwrap();
    assert_eq!(program.run(), Outcome::Passed { asserts: expressions.len() });
}

const COUNT_EVEN: &str = r#"
def count_even(values: list[int]) -> int:
    """Return how many of the values are even."""
    count = 0
    for value in values:
        if value % 2 == 0:
            count += 1
    return count

assert count_even([1, 2, 4]) == 2
assert count_even([]) == 0
"#;

#[test]
fn a_function_that_agrees_with_its_asserts_passes() {
    assert_eq!(parse(COUNT_EVEN).unwrap().run(), Outcome::Passed { asserts: 2 });
}

#[test]
fn an_assert_that_does_not_hold_is_told_with_its_line_and_value() {
    let source = COUNT_EVEN.replace("[1, 2, 4]) == 2", "[1, 2, 4]) == 3");
    let expected = "line 10: count_even([1, 2, 4]) == 3: the left side is 2";
    assert_eq!(parse(&source).unwrap().run(), Outcome::AssertFailed(expected.to_owned()));
}

#[test]
fn an_exception_is_told_with_its_line_and_words() {
    let outcome = parse("def f(x):\n    return 1 // x\n\nf(0)\n").unwrap().run();
    let expected = "line 2: ZeroDivisionError: division by zero";
    assert_eq!(outcome, Outcome::Raised(expected.to_owned()));
}

#[test]
fn what_python_would_not_compile_is_a_mistake() {
    check(&[
        ("x = [1, 2", "mistake on line 1"),
        ("def f(:\n    pass\n", "mistake on line 1"),
        ("if True:\npass\n", "mistake on line 2"),
        ("x = 1\nx = 012\n", "mistake on line 2"),
        ("return 5\n", "mistake on line 1"),
        ("def f():\n    break\n", "mistake on line 2"),
        ("def f(a, a): pass\n", "mistake on line 1"),
        ("f(a=1, a=2)\n", "mistake on line 1"),
        ("def f():\n    x = 1\n    global x\n", "mistake on line 3"),
        ("def f():\n    nonlocal x\n", "mistake on line 2"),
        ("x = *a\n", "mistake on line 1"),
        ("a, *b, *c = [1]\n", "mistake on line 1"),
        ("yield 5\n", "mistake on line 1"),
        ("1 = x\n", "mistake on line 1"),
        ("[x := 1 for x in y]\n", "mistake on line 1"),
        // newer than Python 3.11
        ("f\"{\"a\"}\"\n", "mistake on line 1"),
        ("type X = int\n", "mistake on line 1"),
    ]);
}

#[test]
fn numbers_are_pythons() {
    check_true(&[
        "-7 // 2 == -4 and -7 % 2 == 1 and 7 // -2 == -4 and 7 % -2 == -1",
        "-7.5 // 2 == -4.0 and -7.5 % 2 == 0.5 and 7.5 % -2 == -0.5",
        "2 ** 10 == 1024 and 2 ** -1 == 0.5 and 2 ** 3 ** 2 == 512 and -1 ** 2 == -1",
        "7 / 2 == 3.5 and divmod(-7, 2) == (-4, 1) and divmod(7.5, 2) == (3.0, 1.5)",
        "1 << 4 == 16 and 255 >> 4 == 15 and 6 & 3 == 2 and 6 | 3 == 7 and 6 ^ 3 == 5 and ~5 == -6",
        "True + True == 2 and (True & False) is False and 1 == 1.0 == True",
        "0.1 + 0.2 != 0.3 and float('inf') > 10 ** 18 and 2 ** 53 + 1 != float(2 ** 53)",
        "round(2.5) == 2 and round(3.5) == 4 and round(2.675, 2) == 2.67 and round(1250, -2) == 1200",
        "abs(-3) == 3 and pow(2, 10, 1000) == 24 and int(-3.9) == -3 and int('ff', 16) == 255",
        "bin(10) == '0b1010' and hex(255) == '0xff' and oct(8) == '0o10' and ord('a') == 97 and chr(98) == 'b'",
        "1 < 2 < 3 and not 1 < 2 > 3 and (1 if 0 else 2) == 2 and (0 or 3) == 3 and (1 and 2) == 2",
    ]);
}

#[test]
fn strings_are_pythons() {
    check_true(&[
        "'hello'[-3:] == 'llo' and 'hello'[::2] == 'hlo' and 'abc'[5:1:-1] == 'c' and 'héllo'[1] == 'é'",
        "' x '.strip() == 'x' and 'xxaxx'.strip('x') == 'a' and 'ab'.upper() == 'AB' and 'AB'.lower() == 'ab'",
        "'a,b,,c'.split(',') == ['a', 'b', '', 'c'] and ' a  b '.split() == ['a', 'b']",
        "'a b c'.rsplit(None, 1) == ['a b', 'c'] and 'a\\nb\\n'.splitlines() == ['a', 'b']",
        "'-'.join(['a', 'b']) == 'a-b' and 'aab'.replace('a', 'x', 1) == 'xab' and 'ab'.replace('', '-') == '-a-b-'",
        "'hello'.find('l') == 2 and 'hello'.rfind('l') == 3 and 'hello'.find('z') == -1 and 'aaa'.count('aa') == 1",
        "'hello'.startswith('he') and 'hello'.endswith(('x', 'lo')) and 'hello'.startswith('e', 1)",
        "\"they're\".title() == \"They'Re\" and 'hELLO'.capitalize() == 'Hello' and 'aB'.swapcase() == 'Ab'",
        "'ab'.center(5) == '  ab ' and 'abc'.center(6, '*') == '*abc**' and '-5'.zfill(4) == '-005'",
        "'12'.isdigit() and 'ab'.isalpha() and 'a1'.isalnum() and ' '.isspace() and not ''.isdigit()",
        "'a=b=c'.partition('=') == ('a', '=', 'b=c') and 'a=b'.rpartition('z') == ('', '', 'a=b')",
        "'abcabc'.removeprefix('abc') == 'abc' and 'ab' * 2 == 'abab' and 'ell' in 'hello' and 'a' < 'b'",
        "str(1e-5) == '1e-05' and str(1e16) == '1e+16' and str(-0.0) == '-0.0' and repr(\"it's\") == '\"it\\'s\"'",
        "str([1, 'a', None, (1,), {}, set(), {1: 2.0}]) == \"[1, 'a', None, (1,), {}, set(), {1: 2.0}]\"",
        "f'{3:03d}|{2.5:.2f}|{\"b\"!r}|{3:>4}|{1234567:,}|{0.256:.1%}|{255:#x}|{-5:+}' == \"003|2.50|'b'|   3|1,234,567|25.6%|0xff|-5\"",
        "f'{{}}{3:{4}}' == '{}   3' and f'{2.5:.0f}{0.125:.2f}' == '20.12' and '{1}{0}'.format(1, 'a') == 'a1'",
    ]);
}

#[test]
fn lists_and_tuples_are_pythons() {
    check(&[
        (
            "a = [1, 2, 3, 4, 5]\na[1:3] = [9]\na[::2] = [0, 0]\ndel a[0]\nassert a == [9, 0, 5]\n",
            "passed 1",
        ),
        (
            "a = [3, 1, 2]\na.sort()\na.insert(0, 0)\na.remove(2)\na += [7]\nassert a == [0, 1, 3, 7]\n",
            "passed 1",
        ),
        ("a = b = []\na.append(1)\nassert b == [1] and a is b and a is not [1]\n", "passed 1"),
        ("a, (b, *c) = 1, (2, 3, 4)\nassert (a, b, c) == (1, 2, [3, 4])\n", "passed 1"),
        (
            "m = [[0] * 2 for _ in range(2)]\nm[0][1] += 5\nassert m == [[0, 5], [0, 0]]\n",
            "passed 1",
        ),
        (
            "assert sorted([(2, 1), (1, 2)], key=lambda p: -p[0], reverse=True) == [(1, 2), (2, 1)]\n",
            "passed 1",
        ),
        ("assert [1, 2] < [1, 3] and (1,) < (1, 0) and [1] == [1.0] and [1] != (1,)\n", "passed 1"),
        (
            "assert [1, 2, 1].index(1, 1) == 2 and (1, 2).count(2) == 1 and [1, *(2, 3)] == [1, 2, 3]\n",
            "passed 1",
        ),
        ("[1, 2][2]\n", "IndexError"),
        ("[1, 'a'].sort()\n", "TypeError"),
        ("a, b = 1, 2, 3\n", "ValueError"),
        ("[].pop()\n", "IndexError"),
    ]);
}

#[test]
fn dictionaries_and_sets_are_pythons() {
    check(&[
        (
            "d = {'b': 1, 'a': 2}\nd['c'] = 3\ndel d['b']\nassert list(d.items()) == [('a', 2), ('c', 3)]\n",
            "passed 1",
        ),
        (
            "d = {}\nfor c in 'aab':\n    d[c] = d.get(c, 0) + 1\nassert d == {'a': 2, 'b': 1}\n",
            "passed 1",
        ),
        (
            "d = {1: 'x'}\nd.setdefault(2, []).append(3)\nassert d.pop(1) == 'x' and d == {2: [3]}\n",
            "passed 1",
        ),
        (
            "assert {1: 'a', True: 'b'} == {1: 'b'} and dict(zip('ab', [1, 2])) == {'a': 1, 'b': 2}\n",
            "passed 1",
        ),
        (
            "s = {1, 2} | {3}\ns.discard(9)\ns -= {1}\nassert s == {2, 3} and {2} < s and s & {3} == {3}\n",
            "passed 1",
        ),
        (
            "assert len(set('hello')) == 4 and sorted({3, 1, 2}) == [1, 2, 3] and sum({1, 2}) == 3\n",
            "passed 1",
        ),
        ("d = {1: 1}\nfor k in d:\n    d[k + 1] = 1\n", "RuntimeError"),
        ("{}['a']\n", "KeyError"),
        ("{[]: 1}\n", "TypeError"),
    ]);
}

#[test]
fn what_hangs_on_the_order_of_a_set_is_not_supported() {
    check(&[
        ("assert list({1, 2, 3}) == [1, 2, 3]\n", "not supported: it hangs on the order of a set"),
        ("t = 0\nfor x in {1, 2, 3}:\n    t += x\nassert t == 6\n", "passed 1"),
        ("t = 0\nfor x in {1, 2, 3}:\n    t += x\nassert t == 7\n", "failed"),
        ("assert {1, 2} == {3}\n", "failed"),
    ]);
}

#[test]
fn builtins_go_through_iterables_as_python_does() {
    check_true(&[
        "sum(x * x for x in range(4)) == 14 and any(x > 3 for x in [1, 5]) and all([]) and not any([])",
        "[x + y for x in range(2) for y in range(3) if y != 1] == [0, 2, 1, 3]",
        "{k: v for k, v in zip('ab', range(2))} == {'a': 0, 'b': 1} and {x % 2 for x in range(5)} == {0, 1}",
        "next(x for x in [1, 2, 3] if x > 1) == 2 and next(iter([]), None) is None",
        "list(map(str, [1, 2])) == ['1', '2'] and list(filter(None, [0, 1])) == [1] and list(map(str.upper, 'ab')) == ['A', 'B']",
        "list(enumerate('ab', 1)) == [(1, 'a'), (2, 'b')] and list(zip([1, 2], 'ab', (3, 4))) == [(1, 'a', 3), (2, 'b', 4)]",
        "list(reversed([1, 2])) == [2, 1] and list(range(5, 0, -2)) == [5, 3, 1] and 3 in range(5) and len(range(0, 10, 3)) == 4",
        "max([1, -5], key=abs) == -5 and min(3, 1, 2) == 1 and max([], default=0) == 0 and max({'a': 1, 'b': 2}, key={'a': 1, 'b': 2}.get) == 'b'",
        "isinstance(True, int) and isinstance('a', (int, str)) and not isinstance(1, str | None) and type(1) is int",
        "sorted('cab') == ['a', 'b', 'c'] and sorted([3, 1], reverse=True) == [3, 1] and tuple('ab') == ('a', 'b')",
        "(lambda a, *b, c=3, **d: (a, b, c, d))(1, 2, x=4) == (1, (2,), 3, {'x': 4})",
    ]);
}

#[test]
fn statements_go_where_python_goes() {
    check(&[
        (
            "for i in range(9):\n    if i == 5:\n        break\nelse:\n    i = 0\nassert i == 5\n",
            "passed 1",
        ),
        (
            "n = 0\nwhile n < 3:\n    n += 1\n    if n == 2:\n        continue\nelse:\n    n = 9\nassert n == 9\n",
            "passed 1",
        ),
        (
            "def f():\n    try:\n        return 1\n    finally:\n        x.append(2)\nx = []\nassert f() == 1 and x == [2]\n",
            "passed 1",
        ),
        (
            "try:\n    int('x')\nexcept (KeyError, ValueError) as e:\n    ok = True\nassert ok\n",
            "passed 1",
        ),
        (
            "class E(ValueError):\n    pass\ntry:\n    raise E('a', 1)\nexcept ValueError as e:\n    assert e.args == ('a', 1)\n",
            "passed 1",
        ),
        (
            "def f(x):\n    if x < 0:\n        raise ValueError(f'bad {x}')\ntry:\n    f(-1)\nexcept ValueError as e:\n    m = str(e)\nassert m == 'bad -1'\n",
            "passed 1",
        ),
        (
            "def f(n):\n    return 1 if n < 2 else n * f(n - 1)\nassert f(20) == 2432902008176640000\n",
            "passed 1",
        ),
        (
            "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        return n\n    g()\n    return g()\nassert f() == 2\n",
            "passed 1",
        ),
        ("fs = [lambda: i for i in range(3)]\nassert [f() for f in fs] == [2, 2, 2]\n", "passed 1"),
        ("if (n := len('abc')) > 2:\n    assert n == 3\n", "passed 1"),
        (
            "x: list[int] = []\ndef f(a: int | None = None) -> 'X':\n    y: Nowhere = a\n    return y\nassert f(3) == 3\n",
            "passed 1",
        ),
        ("def f(x: Nowhere): pass\n", "NameError"),
        ("def f():\n    x += 1\nx = 1\nf()\n", "UnboundLocalError"),
        ("def f(a): pass\nf(1, 2)\n", "TypeError"),
        ("'a' + 1\n", "TypeError"),
        ("None.foo\n", "AttributeError"),
        ("raise\n", "RuntimeError"),
    ]);
}

#[test]
fn classes_have_what_small_classes_need() {
    let source = r#"
class Counter:
    total = 0
    def __init__(self, start=0):
        self.value = start
        self.__secret = 1
    def add(self, n=1):
        self.value += n
        return self
    def __eq__(self, other):
        return isinstance(other, Counter) and self.value == other.value
    def __lt__(self, other):
        return self.value < other.value
    def __repr__(self):
        return f"Counter({self.value})"
    def __len__(self):
        return self.value
    def __getitem__(self, index):
        return index * 2
    @property
    def double(self):
        return self.value * 2
    @staticmethod
    def make():
        return Counter(7)
    @classmethod
    def zero(cls):
        return cls(0)

class Sub(Counter):
    def __init__(self, start):
        super().__init__(start + 1)

c = Counter(1)
assert c.add().add(3).value == 5 and c == Counter(5) and c != Counter(4)
assert repr(c) == str(c) == f"{c}" == "Counter(5)" and len(c) == 5 and c.double == 10 and c[4] == 8
assert Counter.make().value == 7 and not Counter.zero() and Counter.total == 0 and c._Counter__secret == 1
assert Sub(1).value == 2 and isinstance(Sub(1), Counter) and max([c, Sub(8)]).value == 9
"#;
    check(&[
        (source, "passed 4"),
        ("class A:\n    pass\nA().x\n", "AttributeError"),
        ("class A:\n    pass\nA(1)\n", "TypeError"),
        ("class A:\n    def __eq__(self, o): return True\n{A()}\n", "TypeError"),
    ]);
}

#[test]
fn what_is_outside_of_the_subset_is_said_to_be() {
    check(&[
        ("import os\n", "not supported: import"),
        ("def f():\n    yield 1\nf()\n", "not supported: a generator function"),
        ("2 ** 64\n", "not supported: integers beyond 64 bits"),
        ("open('x')\n", "not supported: open"),
        ("[].__class__\n", "not supported: the attribute __class__"),
        ("'%d' % 3\n", "not supported: % of a string"),
        ("x = 5\nx is 5\n", "not supported: 'is' of numbers"),
        ("float('nan')\n", "not supported: NaN"),
        (
            "try:\n    2 ** 64\nexcept Exception:\n    pass\n",
            "not supported: integers beyond 64 bits",
        ),
        // what is not reached does not matter
        ("def f():\n    import os\n", "passed 0"),
    ]);
}

#[test]
fn no_program_hangs_or_takes_the_machine() {
    check(&[
        ("while True: pass\n", "out of budget"),
        ("def f(n): return f(n + 1)\nf(0)\n", "out of budget"),
        ("f = lambda n: [f(n) for _ in range(1)]\nf(0)\n", "out of budget"),
        ("class A:\n    def __eq__(self, o): return [self] == [o]\nA() == A()\n", "out of budget"),
        ("a = []\na.append(a)\nrepr(a)\n", "out of budget"),
        (
            "a = [0]\nfor i in range(60): a = [a, a]\na == [x for x in a]\nrepr(a)\n",
            "out of budget",
        ),
        ("t = int\nfor i in range(60): t = (t, t)\nisinstance('', t)\n", "out of budget"),
        ("[0] * 10 ** 9\n", "out of budget"),
        ("'x' * 10 ** 9\n", "out of budget"),
        ("f'{1:1000000000}'\n", "out of budget"),
        ("sum(range(10 ** 12))\n", "out of budget"),
        ("s = 'a' * 100000\nwhile True: s = s.replace('a', 'aa')\n", "out of budget"),
        ("a = list(range(20000))\nwhile True: a.sort()\n", "out of budget"),
    ]);
}

#[test]
fn no_nesting_breaks_the_parser() {
    for (opening, times) in
        [("(", 16_000), ("[", 16_000), ("-", 16_000), ("not ", 4_000), ("a(", 8_000)]
    {
        assert!(parse(&opening.repeat(times)).is_err(), "{opening}");
    }
    let deep = format!("x = {}1\n", "-".repeat(8_000));
    assert!(matches!(parse(&deep).unwrap().run(), Outcome::NotSupported(_)));
    assert!(parse(&"x = 1\n".repeat(3_000)).is_err());
}
