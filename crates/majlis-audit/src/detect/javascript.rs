//! Detectors of JavaScript and TypeScript.

mod asynchronous;
mod branches;
mod functions;
mod regex;
mod repeated;
mod syntax;

use super::{Detector, Hits};
use crate::SourceFile;

/// All of them: one walk over the tree asks each about the nodes it knows.
pub(super) const DETECTORS: &[Detector] = &[Detector {
    rules: &[
        "javascript/array-callback-without-return",
        "javascript/await-in-loop",
        "javascript/blocking-call-in-handler",
        "javascript/case-falls-through",
        "javascript/duplicate-case",
        "javascript/duplicate-condition",
        "javascript/duplicate-key",
        "javascript/duplicate-member",
        "javascript/effect-without-cleanup",
        "javascript/floating-promise",
        "javascript/generator-without-yield",
        "javascript/getter-without-return",
        "javascript/redos-literal",
        "javascript/self-assignment",
        "javascript/self-comparison",
        "javascript/setter-with-return",
        "javascript/unhandled-callback-error",
        "javascript/unreachable-code",
        "javascript/wrong-loop-direction",
    ],
    run,
}];

fn run(file: &SourceFile, hits: &mut Hits) {
    let known = asynchronous::async_functions(file);
    syntax::walk(file.root(), |node| match node.kind() {
        "object" => repeated::keys(file, node, hits),
        "switch_body" => {
            repeated::cases(file, node, hits);
            branches::falling_cases(file, node, hits);
        }
        "if_statement" => repeated::conditions(file, node, hits),
        "class_body" => repeated::members(file, node, hits),
        "binary_expression" => repeated::comparison(file, node, hits),
        "assignment_expression" => repeated::assignment(file, node, hits),
        "statement_block" | "program" | "switch_case" | "switch_default" => {
            branches::after_leaving(node, hits);
        }
        "for_statement" => branches::loop_direction(file, node, hits),
        "for_in_statement" => asynchronous::awaited_in_loop(file, node, hits),
        "method_definition" => functions::accessor(file, node, hits),
        "call_expression" => {
            functions::array_callback(file, node, hits);
            functions::callback_error(file, node, hits);
            asynchronous::effect(file, node, hits);
            asynchronous::blocking(file, node, hits);
        }
        "expression_statement" => asynchronous::floating(file, node, &known, hits),
        "regex" => regex::literal(file, node, hits),
        "new_expression" => regex::constructed(file, node, hits),
        "generator_function" | "generator_function_declaration" => {
            functions::generator(node, hits);
        }
        _ => {}
    });
}
