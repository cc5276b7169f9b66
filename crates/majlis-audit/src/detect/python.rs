//! Detectors of Python: one walk over the tree, at every node the checks of its kind.

mod code;
mod collections;
mod comparisons;
mod definitions;
mod exceptions;
mod flow_control;
mod loops;
mod names;
mod secrets;
mod security;
mod settings;
mod text;
mod unused;

use tree_sitter::Node;

use self::code::Code;
use super::{Detector, Hits};
use crate::SourceFile;

/// Looks at a node; the stack holds what is around it, the outermost first.
type Check = for<'t> fn(&Code<'t>, Node<'t>, &[Node<'t>], &mut Hits);

/// All of them.
pub(super) const DETECTORS: &[Detector] = &[
    detector(definitions::RULES),
    detector(comparisons::RULES),
    detector(exceptions::RULES),
    detector(flow_control::RULES),
    detector(collections::RULES),
    detector(text::RULES),
    detector(loops::RULES),
    detector(security::RULES),
    detector(settings::RULES),
    detector(secrets::RULES),
    Detector {
        rules: unused::RULES,
        run: walk,
    },
];

/// Names rules; the one walk that reports them all belongs to the last entry.
const fn detector(rules: &'static [&'static str]) -> Detector {
    Detector {
        rules,
        run: |_, _| {},
    }
}

/// The checks of each kind of node.
fn checks(kind: &str) -> &'static [Check] {
    match kind {
        "function_definition" => &[definitions::function, unused::variables],
        "class_definition" => &[definitions::class],
        "comparison_operator" => &[
            comparisons::comparison,
            collections::membership,
            loops::membership,
            security::comparison,
            secrets::comparison,
        ],
        "boolean_operator" | "binary_operator" => &[comparisons::operands, text::percent],
        "assert_statement" => &[comparisons::assertion],
        "expression_statement" => &[flow_control::expression, definitions::coroutine],
        "try_statement" => &[exceptions::attempt],
        "raise_statement" => &[exceptions::raise],
        "if_statement" => &[flow_control::branches, security::check_then_use],
        "block" | "module" => &[flow_control::unreachable],
        "for_statement" => &[loops::for_loop],
        "while_statement" => &[loops::while_loop],
        "dictionary" | "set" => &[
            collections::duplicates,
            settings::dictionary,
            secrets::pairs,
        ],
        "subscript" => &[collections::first_of_sorted],
        "call" => &[
            collections::call,
            text::call,
            loops::call,
            security::call,
            settings::call,
            secrets::call,
            definitions::blocking,
        ],
        "assignment" => &[
            flow_control::assignment,
            loops::assignment,
            settings::assignment,
            secrets::assignment,
            security::assignment,
        ],
        "augmented_assignment" => &[loops::augmented],
        "attribute" => &[settings::attribute],
        "decorator" => &[settings::decorator],
        "default_parameter" | "typed_default_parameter" => &[secrets::parameter],
        "return_statement" => &[security::returned],
        "lambda" => &[loops::lambda],
        _ => &[],
    }
}

fn walk(file: &SourceFile, hits: &mut Hits) {
    let code = Code::new(file);
    unused::imports(&code, hits);
    let mut stack: Vec<Node<'_>> = Vec::new();
    let mut cursor = file.root().walk();
    loop {
        let node = cursor.node();
        if node.is_named() {
            for check in checks(node.kind()) {
                check(&code, node, &stack, hits);
            }
        }
        if cursor.goto_first_child() {
            stack.push(node);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            stack.pop();
        }
    }
}
