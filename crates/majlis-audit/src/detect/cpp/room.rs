//! Room for a text and its end: `malloc(strlen(text))`, and one byte more is written there.

use tree_sitter::Node;

use super::super::Hits;
use super::facts::{Call, Facts, each};
use super::function::{TERMINATOR, given_to};
use crate::Span;

/// Names that stand for other names are followed so far.
const DEPTH_MAX: u32 = 4;

/// The lengths of some texts, by what they are called, and a number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Length<'t> {
    of: Vec<&'t str>,
    plus: i64,
}

impl Length<'_> {
    fn add(mut self, mut other: Self, sign: i64) -> Option<Self> {
        if sign < 0 && !other.of.is_empty() {
            return None;
        }
        self.of.append(&mut other.of);
        self.of.sort_unstable();
        self.plus = self.plus.checked_add(sign.checked_mul(other.plus)?)?;
        Some(self)
    }
}

/// Reports memory as long as texts without their end, into which the end is written.
pub(super) fn run(facts: &Facts<'_>, hits: &mut Hits) {
    for call in facts.calls_of(&["malloc", "alloca", "realloc"]) {
        let (Some(size), Some(target)) = (call.args.last(), given_to(facts, call)) else {
            continue;
        };
        let Some(room) = length(facts, *size, DEPTH_MAX).filter(|room| !room.of.is_empty()) else {
            continue;
        };
        let behind = call.node.end_byte();
        if is_copied_past(facts, target, &room, behind) || is_set_past(facts, target, &room, behind)
        {
            hits.push(TERMINATOR, Span::of(call.node));
        }
    }
}

/// What a size is worth in lengths of texts.
fn length<'t>(facts: &Facts<'t>, node: Node<'t>, depth: u32) -> Option<Length<'t>> {
    let depth = depth.checked_sub(1)?;
    match node.kind() {
        "number_literal" => {
            let plus = facts.text(node).trim_end_matches(['u', 'U', 'l', 'L']);
            Some(Length {
                of: Vec::new(),
                plus: plus.parse().ok()?,
            })
        }
        "parenthesized_expression" => length(facts, node.named_child(0)?, depth + 1),
        "cast_expression" => length(facts, node.child_by_field_name("value")?, depth + 1),
        "call_expression" => {
            let call = facts.calls.iter().find(|call| call.node == node)?;
            let text = call.args.first().filter(|_| call.name == "strlen")?;
            Some(Length {
                of: vec![facts.text(*text)],
                plus: 0,
            })
        }
        "binary_expression" => {
            let sign = match facts.text(node.child_by_field_name("operator")?) {
                "+" => 1,
                "-" => -1,
                _ => return None,
            };
            let left = length(facts, node.child_by_field_name("left")?, depth + 1)?;
            left.add(
                length(facts, node.child_by_field_name("right")?, depth + 1)?,
                sign,
            )
        }
        "identifier" => length(facts, only_value(facts, facts.text(node))?, depth),
        _ => None,
    }
}

/// What a local variable is set to, where that is done once.
fn only_value<'t>(facts: &Facts<'t>, name: &str) -> Option<Node<'t>> {
    facts.locals.get(name)?;
    let mut found = None;
    for place in facts.names.get(name)? {
        let parent = place.parent()?;
        let is = |field: &str| parent.child_by_field_name(field) == Some(*place);
        let value = match parent.kind() {
            "init_declarator" if is("declarator") => parent.child_by_field_name("value")?,
            "assignment_expression" if is("left") => {
                let operator = parent.child_by_field_name("operator")?;
                (facts.text(operator) == "=").then_some(())?;
                parent.child_by_field_name("right")?
            }
            "update_expression" | "pointer_expression" => return None,
            _ => continue,
        };
        if found.replace(value).is_some() {
            return None;
        }
    }
    found
}

/// The texts themselves are copied there with their end, or more bytes than there are.
fn is_copied_past(facts: &Facts<'_>, target: &str, room: &Length<'_>, behind: usize) -> bool {
    let into = |call: &Call<'_>| {
        let first = call.args.first().map(|arg| facts.text(*arg));
        call.node.start_byte() > behind && first == Some(target)
    };
    let mut texts = Vec::new();
    for call in facts.calls.iter().filter(|call| into(call)) {
        let Some(from) = call.args.get(1) else {
            continue;
        };
        match (call.name, call.args.get(2)) {
            ("strcpy", None) => texts = vec![facts.text(*from)],
            ("strcat", None) => texts.push(facts.text(*from)),
            ("memcpy" | "memmove" | "strncpy", Some(count)) => {
                let count = length(facts, *count, DEPTH_MAX);
                if count.is_some_and(|count| count.of == room.of && count.plus > room.plus) {
                    return true;
                }
            }
            _ => {}
        }
        let mut sorted = texts.clone();
        sorted.sort_unstable();
        if sorted == room.of && room.plus < 1 {
            return true;
        }
    }
    false
}

/// `target[length] = …` behind the last byte.
fn is_set_past(facts: &Facts<'_>, target: &str, room: &Length<'_>, behind: usize) -> bool {
    let mut is_set = false;
    each(facts.body, |node| {
        if node.kind() == "assignment_expression"
            && node.start_byte() > behind
            && let Some(left) = node.child_by_field_name("left")
            && left.kind() == "subscript_expression"
            && let Some(base) = left.child_by_field_name("argument")
            && facts.text(base) == target
            && let Some(index) = index(left)
            && let Some(index) = length(facts, index, DEPTH_MAX)
        {
            is_set |= index.of == room.of && index.plus >= room.plus;
        }
        !is_set
    });
    is_set
}

/// The index within brackets: one of C is a field, one of C++ stands in a list.
pub(super) fn index(subscript: Node<'_>) -> Option<Node<'_>> {
    subscript.child_by_field_name("index").or_else(|| {
        let list = subscript.child_by_field_name("indices")?;
        list.named_child(0)
    })
}
