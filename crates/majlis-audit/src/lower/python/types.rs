//! Types as written in hints.

use tree_sitter::Node;

use super::super::syntax::{children, plain_type};
use super::Lowerer;
use crate::ir::TypeName;

impl<'t> Lowerer<'t> {
    /// The type a hint names: `T | None` and `Optional[T]` are `T`, `Annotated[T, …]` is `T`,
    /// a hint in quotes is what it quotes. `None` for what is no name.
    pub(super) fn type_name(&mut self, node: Node<'t>) -> Option<TypeName> {
        self.deeper(|this| this.type_inside(node)).flatten()
    }

    fn type_inside(&mut self, node: Node<'t>) -> Option<TypeName> {
        let inner = children(node);
        match node.kind() {
            "identifier" | "attribute" | "member_type" | "dotted_name" => {
                Some(plain_type(self.name(node)))
            }
            "type" | "parenthesized_expression" => self.type_name(*inner.first()?),
            "string" => {
                let text = self.source(node).trim_matches(['"', '\'', ' ']);
                let name = text.split(['[', '|', ' ']).next().unwrap_or_default();
                (!name.is_empty()).then(|| plain_type(name.into()))
            }
            "binary_operator" | "union_type" => {
                inner.into_iter().find_map(|side| self.type_name(side))
            }
            "subscript" | "generic_type" => self.generic(&inner),
            _ => None,
        }
    }

    fn generic(&mut self, inner: &[Node<'t>]) -> Option<TypeName> {
        let (base, written) = inner.split_first()?;
        let args: Vec<TypeName> = written
            .iter()
            .flat_map(|arg| match arg.kind() {
                "type_parameter" | "tuple" => children(*arg),
                _ => vec![*arg],
            })
            .filter_map(|arg| self.type_name(arg))
            .collect();
        let name = self.name(*base);
        let last = name.rsplit('.').next().unwrap_or_default();
        match last {
            "Optional" | "Annotated" | "Union" | "Final" | "ClassVar" | "Required" => {
                args.into_iter().next()
            }
            _ => Some(TypeName {
                args,
                ..plain_type(name)
            }),
        }
    }
}
