//! What checks ask of a file: names, arguments, what is around a node.

pub(super) use crate::detect::tree::children;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use crate::{Grammar, SourceFile};

/// A file and what was learnt of it in a first walk.
pub(super) struct Code<'t> {
    pub(super) file: &'t SourceFile,
    /// Local names of imports, and what they stand for.
    pub(super) imports: HashMap<&'t str, String>,
    /// Functions that are `async`, and no ordinary one has the same name.
    pub(super) coroutines: HashSet<&'t str>,
    /// How often each name stands in the file.
    pub(super) names: HashMap<&'t str, usize>,
    /// Every import statement.
    pub(super) import_statements: Vec<Node<'t>>,
    /// Classes by name.
    pub(super) classes: HashMap<&'t str, Node<'t>>,
}

impl<'t> Code<'t> {
    pub(super) fn new(file: &'t SourceFile) -> Self {
        let mut code = Self {
            file,
            imports: HashMap::new(),
            coroutines: HashSet::new(),
            names: HashMap::new(),
            import_statements: Vec::new(),
            classes: HashMap::new(),
        };
        let mut ordinary = HashSet::new();
        for node in below(file.root()) {
            match node.kind() {
                "identifier" => *code.names.entry(code.text(node)).or_default() += 1,
                "import_statement" | "import_from_statement" => code.import(node),
                "class_definition" => {
                    if let Some(name) = field(node, "name") {
                        code.classes.insert(code.text(name), node);
                    }
                }
                "function_definition" => {
                    let name = field(node, "name").map_or("", |name| code.text(name));
                    if code.text(node).starts_with("async") {
                        code.coroutines.insert(name);
                    } else {
                        ordinary.insert(name);
                    }
                }
                _ => {}
            }
        }
        code.coroutines.retain(|name| !ordinary.contains(name));
        code
    }

    pub(super) fn text(&self, node: Node<'_>) -> &'t str {
        self.file.text_of(node)
    }

    fn import(&mut self, node: Node<'t>) {
        self.import_statements.push(node);
        let module = field(node, "module_name").map(|module| self.text(module));
        for imported in fields(node, "name") {
            let alias = field(imported, "alias").map(|alias| self.text(alias));
            let name = self.text(field(imported, "name").unwrap_or(imported));
            match (module, alias) {
                (Some(module), alias) => {
                    let path = format!("{module}.{name}");
                    self.imports.insert(alias.unwrap_or(name), path);
                }
                (None, Some(alias)) => {
                    self.imports.insert(alias, name.to_owned());
                }
                (None, None) => {
                    let root = name.split('.').next().unwrap_or(name);
                    self.imports.insert(root, root.to_owned());
                }
            }
        }
    }

    /// Whether a module, or something below it, is imported.
    pub(super) fn uses(&self, module: &str) -> bool {
        self.imports.values().any(|path| {
            path.strip_prefix(module)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The full dotted path of `a.b.c`; `None` for what is no chain of names.
    pub(super) fn path(&self, node: Node<'t>) -> Option<String> {
        let mut names = Vec::new();
        let mut at = node;
        while at.kind() == "attribute" {
            names.push(self.text(field(at, "attribute")?));
            at = field(at, "object")?;
        }
        if at.kind() != "identifier" {
            return None;
        }
        let root = self.text(at);
        let mut path = self
            .imports
            .get(root)
            .cloned()
            .unwrap_or_else(|| root.to_owned());
        for name in names.into_iter().rev() {
            path.push('.');
            path.push_str(name);
        }
        Some(path)
    }

    /// The path of what a call calls; empty where it has none.
    pub(super) fn callee(&self, call: Node<'t>) -> String {
        field(call, "function")
            .and_then(|function| self.path(function))
            .unwrap_or_default()
    }

    /// The last name of what a call calls: `append` of `a.b().append(c)`.
    pub(super) fn method(&self, call: Node<'t>) -> &'t str {
        let Some(function) = field(call, "function") else {
            return "";
        };
        self.text(field(function, "attribute").unwrap_or(function))
    }

    /// What a method is called on.
    pub(super) fn receiver(call: Node<'t>) -> Option<Node<'t>> {
        field(field(call, "function")?, "object")
    }

    pub(super) fn keyword(&self, call: Node<'t>, name: &str) -> Option<Node<'t>> {
        let list = field(call, "arguments")?;
        let found = children(list).into_iter().find(|arg| {
            arg.kind() == "keyword_argument"
                && field(*arg, "name").is_some_and(|given| self.text(given) == name)
        })?;
        field(found, "value")
    }

    /// The content of a literal of text with nothing put into it.
    pub(super) fn literal(&self, node: Node<'t>) -> Option<&'t str> {
        if node.kind() != "string" || child(node, "interpolation").is_some() {
            return None;
        }
        Some(child(node, "string_content").map_or("", |content| self.text(content)))
    }

    /// The last name of a name, attribute, or element by a constant key.
    pub(super) fn last_name(&self, node: Node<'t>) -> &'t str {
        match node.kind() {
            "identifier" => self.text(node),
            "attribute" => field(node, "attribute").map_or("", |name| self.text(name)),
            "subscript" => field(node, "subscript")
                .and_then(|key| self.literal(key))
                .unwrap_or_default(),
            _ => "",
        }
    }

    /// Whether a name stands somewhere below a node.
    pub(super) fn mentions(&self, node: Node<'t>, name: &str) -> bool {
        below(node).any(|found| found.kind() == "identifier" && self.text(found) == name)
    }
}

/// A node and everything below it that has a name in the grammar, in order.
pub(super) fn below(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut cursor = root.walk();
    let mut depth = 0_usize;
    let mut next = Some(root);
    std::iter::from_fn(move || {
        let now = next.take()?;
        next = loop {
            if cursor.goto_first_child() {
                depth += 1;
            } else {
                loop {
                    if depth == 0 {
                        return Some(now);
                    }
                    if cursor.goto_next_sibling() {
                        break;
                    }
                    cursor.goto_parent();
                    depth -= 1;
                }
            }
            if cursor.node().is_named() {
                break Some(cursor.node());
            }
        };
        Some(now)
    })
}

/// Numbers of the fields by their names: the grammar itself looks through all of them each time.
static FIELDS: LazyLock<FxHashMap<String, u16>> = LazyLock::new(|| {
    let language = Grammar::Python.tree_sitter();
    let fields = u16::try_from(language.field_count()).unwrap_or(u16::MAX);
    let named = |id| Some((language.field_name_for_id(id)?.to_owned(), id));
    (1..=fields).filter_map(named).collect()
});

pub(super) fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_id(*FIELDS.get(name)?)
}

pub(super) fn fields<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor)
        .filter(Node::is_named)
        .collect()
}

pub(super) fn child<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .find(|child| child.kind() == kind)
}

/// The arguments given by position.
pub(super) fn positional(call: Node<'_>) -> Vec<Node<'_>> {
    let list = field(call, "arguments").map(children).unwrap_or_default();
    list.into_iter()
        .filter(|arg| !matches!(arg.kind(), "keyword_argument" | "dictionary_splat"))
        .collect()
}

/// The function a node stands in, not counting itself.
pub(super) fn function<'t>(stack: &[Node<'t>]) -> Option<Node<'t>> {
    stack
        .iter()
        .rev()
        .find(|node| matches!(node.kind(), "function_definition" | "lambda"))
        .copied()
}

/// The innermost loop whose body a node stands in, within its function.
pub(super) fn innermost_loop<'t>(node: Node<'t>, stack: &[Node<'t>]) -> Option<Node<'t>> {
    for around in stack.iter().rev() {
        match around.kind() {
            "function_definition" | "lambda" | "class_definition" => return None,
            "for_statement" | "while_statement" => {
                let body = field(*around, "body")?;
                if body.start_byte() <= node.start_byte() && node.end_byte() <= body.end_byte() {
                    return Some(*around);
                }
            }
            _ => {}
        }
    }
    None
}

/// Without the parentheses around it.
pub(super) fn bare(node: Node<'_>) -> Node<'_> {
    let mut at = node;
    while at.kind() == "parenthesized_expression" {
        match children(at).first() {
            Some(inner) => at = *inner,
            None => return at,
        }
    }
    at
}
