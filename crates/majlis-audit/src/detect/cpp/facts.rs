//! What the checks of a function ask again and again: its calls, locals and names, from one walk.

pub(super) use crate::detect::tree::{children, each};
use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use crate::SourceFile;

/// A function, and what is written in it.
pub(super) struct Facts<'t> {
    pub(super) file: &'t SourceFile,
    /// Its name, without the scope it belongs to.
    pub(super) name: &'t str,
    /// Its body.
    pub(super) body: Node<'t>,
    /// Calls of a plain name, in order of the text.
    pub(super) calls: Vec<Call<'t>>,
    /// Variables declared in the body; of two with one name the first.
    pub(super) locals: HashMap<&'t str, Local<'t>>,
    /// Every place a name stands in the body, declarations included.
    pub(super) names: HashMap<&'t str, Vec<Node<'t>>>,
    /// Parameters.
    pub(super) params: HashMap<&'t str, Local<'t>>,
}

/// A call of a plain name.
pub(super) struct Call<'t> {
    pub(super) name: &'t str,
    pub(super) node: Node<'t>,
    pub(super) args: Vec<Node<'t>>,
}

/// A declared variable.
#[derive(Clone, Copy)]
pub(super) struct Local<'t> {
    /// The name, where it is declared.
    pub(super) name: Node<'t>,
    /// The declaration of which it is a part.
    pub(super) declaration: Node<'t>,
    /// The type as written, without stars.
    pub(super) base: &'t str,
    pub(super) is_pointer: bool,
    pub(super) is_array: bool,
}

impl<'t> Facts<'t> {
    /// What is written in a function; `None` for one without a name or a body.
    pub(super) fn of(file: &'t SourceFile, function: Node<'t>) -> Option<Self> {
        let body = function.child_by_field_name("body")?;
        let declarator = function.child_by_field_name("declarator")?;
        let name = innermost(declarator)?;
        let name = file.text_of(name).rsplit("::").next().unwrap_or_default();
        let mut facts = Self {
            file,
            name,
            body,
            calls: Vec::new(),
            locals: HashMap::new(),
            names: HashMap::new(),
            params: HashMap::new(),
        };
        each(declarator, |node| {
            if node.kind() == "parameter_declaration"
                && let Some(declared) = node.child_by_field_name("declarator")
                && let Some(local) = facts.local(node, declared)
            {
                facts
                    .params
                    .entry(file.text_of(local.name))
                    .or_insert(local);
            }
            true
        });
        each(body, |node| {
            facts.look(node);
            true
        });
        Some(facts)
    }

    fn look(&mut self, node: Node<'t>) {
        match node.kind() {
            "identifier" => {
                let name = self.file.text_of(node);
                self.names.entry(name).or_default().push(node);
            }
            "call_expression" => {
                let callee = node.child_by_field_name("function");
                let args = node.child_by_field_name("arguments").map(children);
                if let (Some(callee), Some(args)) = (callee, args) {
                    let name = self.file.text_of(callee);
                    let name = name.strip_prefix("std::").unwrap_or(name);
                    let name = name.strip_prefix("::").unwrap_or(name);
                    self.calls.push(Call { name, node, args });
                }
            }
            "declaration" => {
                let mut cursor = node.walk();
                let declared: Vec<_> = node
                    .children_by_field_name("declarator", &mut cursor)
                    .collect();
                for declarator in declared {
                    if let Some(local) = self.local(node, declarator) {
                        let name = self.file.text_of(local.name);
                        self.locals.entry(name).or_insert(local);
                    }
                }
            }
            _ => {}
        }
    }

    fn local(&self, declaration: Node<'t>, declarator: Node<'t>) -> Option<Local<'t>> {
        let (mut at, mut is_pointer, mut is_array) = (declarator, false, false);
        loop {
            match at.kind() {
                "identifier" => break,
                "pointer_declarator" => is_pointer = true,
                "array_declarator" => is_array = true,
                "init_declarator" => {}
                "reference_declarator" => {
                    at = at.named_child(0)?;
                    continue;
                }
                _ => return None,
            }
            at = at.child_by_field_name("declarator")?;
        }
        let base = declaration.child_by_field_name("type")?;
        Some(Local {
            name: at,
            declaration,
            base: self.file.text_of(base),
            is_pointer,
            is_array,
        })
    }

    /// The text of a node.
    pub(super) fn text(&self, node: Node<'_>) -> &'t str {
        self.file.text().get(node.byte_range()).unwrap_or_default()
    }

    /// A local variable or parameter.
    pub(super) fn variable(&self, name: &str) -> Option<&Local<'t>> {
        self.locals.get(name).or_else(|| self.params.get(name))
    }

    /// The calls of one of these functions.
    pub(super) fn calls_of<'s>(
        &'s self,
        names: &'s [&'s str],
    ) -> impl Iterator<Item = &'s Call<'t>> {
        self.calls
            .iter()
            .filter(move |call| names.contains(&call.name))
    }
}

/// Every name in the directives of a file, and in the lines they go on in.
pub(super) fn macro_names(text: &str) -> HashSet<&str> {
    let mut names = HashSet::new();
    let mut goes_on = false;
    for line in text.lines() {
        let line = line.trim();
        if goes_on || line.starts_with('#') {
            let words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            names.extend(words.filter(|word| !word.is_empty()));
            goes_on = line.ends_with('\\');
        }
    }
    names
}

/// The name within declarators.
pub(super) fn innermost(declarator: Node<'_>) -> Option<Node<'_>> {
    let mut at = declarator;
    while let Some(inner) = at.child_by_field_name("declarator").or_else(|| {
        let is_wrapped = matches!(
            at.kind(),
            "reference_declarator" | "parenthesized_declarator"
        );
        at.named_child(0).filter(|_| is_wrapped)
    }) {
        at = inner;
    }
    matches!(
        at.kind(),
        "identifier" | "field_identifier" | "qualified_identifier"
    )
    .then_some(at)
}

/// The nearest node around one that is of one of these kinds.
pub(super) fn around<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    let mut at = node.parent();
    while let Some(parent) = at {
        if kinds.contains(&parent.kind()) {
            return Some(parent);
        }
        at = parent.parent();
    }
    None
}
