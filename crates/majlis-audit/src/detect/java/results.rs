//! Answers nobody looks at.

use tree_sitter::Node;

use super::super::Hits;
use super::scope::{Scopes, ancestor, field, walk};
use crate::{SourceFile, Span};

/// A method says only by what it returns whether it worked.
pub(super) const IGNORED: &str = "java/failure-ignored";

/// Looks for them.
pub(super) fn run(file: &SourceFile, hits: &mut Hits) {
    walk(file, |node, scopes| {
        if node.kind() == "expression_statement" && is_ignored(file, node, scopes) {
            hits.push(IGNORED, Span::of(node));
        }
    });
}

fn is_ignored<'t>(file: &'t SourceFile, statement: Node<'t>, scopes: &Scopes<'t>) -> bool {
    let Some(call) = statement.named_child(0) else {
        return false;
    };
    if call.kind() != "method_invocation" {
        return false;
    }
    let name = field(call, "name").map_or("", |name| file.text_of(name));
    let owner = field(call, "object").and_then(|object| {
        let made = object.kind() == "object_creation_expression";
        let ty = field(object, "type").filter(|_| made);
        ty.map(|ty| super::scope::plain_type(file.text_of(ty)))
            .or_else(|| scopes.type_of(file, object))
    });
    let says = match owner {
        Some("File") => matches!(
            name,
            "delete"
                | "renameTo"
                | "createNewFile"
                | "mkdir"
                | "setReadable"
                | "setWritable"
                | "setExecutable"
                | "setReadOnly"
        ),
        Some("Lock" | "ReentrantLock" | "Semaphore") => matches!(name, "tryLock" | "tryAcquire"),
        Some("CountDownLatch" | "ExecutorService") => {
            let timed = field(call, "arguments").is_some_and(|args| args.named_child_count() == 2);
            timed && matches!(name, "await" | "awaitTermination")
        }
        _ => false,
    };
    says && ancestor(statement, &["finally_clause", "catch_clause"]).is_none()
}
