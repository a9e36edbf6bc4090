//! The patterns of `match`, which are not run, as far as Python's compiler refuses some.

use ruff_python_ast::{self as ast, Expr, MatchCase, Pattern};
use ruff_text_size::{Ranged, TextRange};

/// What Python would not compile in the cases of a match statement.
pub fn mistakes(cases: &[MatchCase]) -> Vec<(TextRange, &'static str)> {
    let mut found = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let is_last = index + 1 == cases.len();
        if !is_last && case.guard.is_none() && is_irrefutable(&case.pattern) {
            found.push((case.pattern.range(), "a pattern makes remaining patterns unreachable"));
        }
        check(&case.pattern, &mut Vec::new(), &mut found);
    }
    found
}

fn is_irrefutable(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::MatchAs(inner) => inner.pattern.as_deref().is_none_or(is_irrefutable),
        Pattern::MatchOr(inner) => inner.patterns.iter().any(is_irrefutable),
        _ => false,
    }
}

type Found = Vec<(TextRange, &'static str)>;

fn check<'p>(pattern: &'p Pattern, names: &mut Vec<&'p str>, found: &mut Found) {
    let range = pattern.range();
    match pattern {
        Pattern::MatchValue(inner) if matches!(*inner.value, Expr::FString(_)) => {
            found.push((range, "patterns may only match literals and attribute lookups"));
        }
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        Pattern::MatchSequence(inner) => {
            if inner.patterns.iter().filter(|inner| matches!(inner, Pattern::MatchStar(_))).count()
                > 1
            {
                found.push((range, "multiple starred names in sequence pattern"));
            }
            inner.patterns.iter().for_each(|inner| check(inner, names, found));
        }
        Pattern::MatchMapping(inner) => {
            let literals: Vec<_> =
                inner.keys.iter().map(ast::comparable::ComparableExpr::from).collect();
            let is_literal = |index: usize| !matches!(inner.keys[index], Expr::Attribute(_));
            let is_twice =
                |index: usize| is_literal(index) && literals[..index].contains(&literals[index]);
            if (0..literals.len()).any(is_twice) {
                found.push((range, "mapping pattern checks duplicate key"));
            }
            inner.patterns.iter().for_each(|inner| check(inner, names, found));
            if let Some(rest) = &inner.rest {
                if rest.as_str() == "_" {
                    found.push((range, "invalid syntax"));
                }
                bind(rest, range, names, found);
            }
        }
        Pattern::MatchClass(inner) => {
            let keywords = &inner.arguments.keywords;
            let attributes: Vec<&str> =
                keywords.iter().map(|keyword| keyword.attr.as_str()).collect();
            if (0..attributes.len()).any(|index| attributes[..index].contains(&attributes[index])) {
                found.push((range, "attribute name repeated in class pattern"));
            }
            inner.arguments.patterns.iter().for_each(|inner| check(inner, names, found));
            keywords.iter().for_each(|keyword| check(&keyword.pattern, names, found));
        }
        Pattern::MatchStar(inner) => {
            inner.name.iter().for_each(|name| bind(name, range, names, found));
        }
        Pattern::MatchAs(inner) => {
            inner.pattern.iter().for_each(|inner| check(inner, names, found));
            if let Some(name) = &inner.name {
                if name.as_str() == "_" {
                    found.push((range, "cannot use '_' as a target"));
                }
                bind(name, range, names, found);
            }
        }
        Pattern::MatchOr(inner) => check_alternatives(&inner.patterns, range, names, found),
    }
}

/// All alternatives must bind the same names; only the last may match everything.
fn check_alternatives<'p>(
    patterns: &'p [Pattern],
    range: TextRange,
    names: &mut Vec<&'p str>,
    found: &mut Found,
) {
    let mut first: Option<Vec<&str>> = None;
    for (index, pattern) in patterns.iter().enumerate() {
        if index + 1 < patterns.len() && is_irrefutable(pattern) {
            found.push((range, "a pattern makes remaining patterns unreachable"));
        }
        let mut bound = Vec::new();
        check(pattern, &mut bound, found);
        bound.sort_unstable();
        if first.get_or_insert_with(|| bound.clone()) != &bound {
            found.push((range, "alternative patterns bind different names"));
        }
    }
    first.into_iter().flatten().for_each(|name| bind(name, range, names, found));
}

fn bind<'p>(name: &'p str, range: TextRange, names: &mut Vec<&'p str>, found: &mut Found) {
    if name != "_" && names.contains(&name) {
        found.push((range, "multiple assignments to a name in pattern"));
    }
    names.push(name);
}
