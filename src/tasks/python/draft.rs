//! A recipe, and how a function is written from it.

use super::Function;
use super::arguments::Values;
use super::choice::DrawnChoice;
use super::kind::{Eval, ExpectedAnswer, FunctionKind};
use super::kinds;
use super::template::Naming;
use super::value::ExampleValue;
use crate::rng::Stream;

/// Calls that are tried for the two asserts.
const TRIED: usize = 24;

/// Other recipes of the same kind that the asserts should tell apart from theirs.
const RIVALS: usize = 6;

/// A kind, and what stands in its slots.
pub struct Draft {
    kind: &'static FunctionKind,
    choice: DrawnChoice,
}

/// A call, and what it gives back.
struct Call {
    template: &'static str,
    values: Values,
    result: ExampleValue,
    /// How many of the rivals give back the same.
    mistaken_for: usize,
}

impl Call {
    /// Whether a body that does nothing would often give the same.
    fn is_trivial(&self) -> bool {
        self.result.is_trivial() || self.values.0.first() == Some(&self.result)
    }
}

impl Draft {
    /// Any recipe; kinds in which more is open come more often.
    pub fn draw(rng: &mut Stream) -> Self {
        let whole: usize = kinds::all().map(FunctionKind::weight).sum();
        let mut left = rng.below(whole);
        let mut drawn = &kinds::arithmetic::KINDS[0];
        for kind in kinds::all() {
            drawn = kind;
            if left < kind.weight() {
                break;
            }
            left -= kind.weight();
        }
        Self { kind: drawn, choice: DrawnChoice::draw(drawn.slots, rng) }
    }

    /// What it computes.
    pub fn recipe(&self) -> String {
        format!("{}: {}", self.kind.id, self.choice.meaning())
    }

    /// Whether something stands in slots.
    pub fn combines(&self) -> bool {
        !self.kind.slots.is_empty()
    }

    /// A function of this recipe; nothing where no calls were found that show what it does.
    pub fn write(&self, rng: &mut Stream) -> Option<Function> {
        let naming = self.name(rng);
        let doc = sentence(&naming.fill(one_of(self.kind.docs, rng)));
        let body = indented(&naming.fill(one_of(self.kind.bodies, rng)));
        let header = match self.kind.answer {
            ExpectedAnswer::Function(_) => {
                format!("{}\n    \"\"\"{doc}\"\"\"\n", self.signature(&naming))
            }
            ExpectedAnswer::Methods(_) => {
                format!("class {}:\n    \"\"\"{doc}\"\"\"\n\n", naming.name)
            }
        };
        let calls = self.calls(rng)?;
        let asserts = calls.iter().map(|call| written(call, &naming)).collect();
        Some(Function { header, body, asserts, recipe: self.recipe() })
    }

    fn name(&self, rng: &mut Stream) -> Naming<'_> {
        let mut arguments = Vec::new();
        let mut elements = Vec::new();
        // Names that belong together stand at the same place of their lists.
        let place = rng.below(6);
        for argument in self.kind.arguments {
            let (name, element) = argument.names[place % argument.names.len()];
            arguments.push(name.to_string());
            elements.push(element.to_string());
        }
        let mut naming = Naming { choice: &self.choice, name: String::new(), arguments, elements };
        naming.name = naming.fill(one_of(self.kind.names, rng));
        naming
    }

    fn signature(&self, naming: &Naming<'_>) -> String {
        let arguments = self.kind.arguments.iter().zip(&naming.arguments);
        let arguments: Vec<String> = arguments
            .map(|(argument, name)| format!("{name}: {}", argument.domain.hint()))
            .collect();
        format!("def {}({}) -> {}:", naming.name, arguments.join(", "), self.kind.returns)
    }

    /// Two calls that differ, one of which at least says something.
    fn calls(&self, rng: &mut Stream) -> Option<[Call; 2]> {
        let rivals: Vec<DrawnChoice> =
            (0..RIVALS).map(|_| DrawnChoice::draw(self.kind.slots, rng)).collect();
        let mut calls: Vec<Call> = (0..TRIED).filter_map(|_| self.call(&rivals, rng)).collect();
        // The sort is stable: among those that say as much, the order is that of chance.
        calls.sort_by_key(|call| (call.is_trivial(), call.mistaken_for > 1));
        let first = calls.iter().position(|call| !call.is_trivial())?;
        let first = calls.remove(first);
        let trivial_too = first.result == ExampleValue::Bool(true) || rng.below(4) == 0;
        let says_more =
            |call: &Call| call.result != first.result && (trivial_too || !call.is_trivial());
        let of_other_method = |call: &Call| call.template != first.template && !call.is_trivial();
        let other = |call: &Call| call.values != first.values && call.result != first.result;
        let another = |call: &Call| call.values != first.values || call.template != first.template;
        let second = calls
            .iter()
            .position(of_other_method)
            .or_else(|| calls.iter().position(says_more))
            .or_else(|| calls.iter().position(other))
            .or_else(|| calls.iter().position(another))?;
        let second = calls.swap_remove(second);
        Some(if rng.below(2) == 0 { [first, second] } else { [second, first] })
    }

    fn call(&self, rivals: &[DrawnChoice], rng: &mut Stream) -> Option<Call> {
        let values =
            self.kind.arguments.iter().map(|argument| argument.domain.draw(&self.choice, rng));
        let values = Values(values.collect());
        let (template, eval): (&str, Eval) = match self.kind.answer {
            ExpectedAnswer::Function(eval) => ("", eval),
            ExpectedAnswer::Methods(methods) => methods[rng.below(methods.len())],
        };
        let result = eval(&self.choice, &values);
        let mistaken_for = rivals.iter().filter(|rival| eval(rival, &values) == result).count();
        result.is_small().then_some(Call { template, values, result, mistaken_for })
    }
}

fn written(call: &Call, naming: &Naming<'_>) -> String {
    let values: Vec<String> = call.values.0.iter().map(ExampleValue::to_string).collect();
    let expression = if call.template.is_empty() {
        format!("{}({})", naming.name, values.join(", "))
    } else {
        let name = naming.name.clone();
        Naming { choice: naming.choice, name, arguments: values, elements: Vec::new() }
            .fill(call.template)
    };
    let equals = if call.result.is_single() { "is" } else { "==" };
    format!("assert {expression} {equals} {}", call.result)
}

fn one_of(templates: &[&'static str], rng: &mut Stream) -> &'static str {
    templates[rng.below(templates.len())]
}

/// A capital in front.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|char| char.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// Every line one level deeper, levels of four spaces.
fn indented(body: &str) -> String {
    let mut indented = String::with_capacity(2 * body.len());
    for line in body.lines() {
        if !line.is_empty() {
            indented.push_str("    ");
        }
        indented.push_str(&line.replace('\t', "    "));
        indented.push('\n');
    }
    indented
}
