//! Measures of functions: length, parameters, nesting, and how hard they are to follow (cognitive
//! complexity after Campbell, 2018: every break of the straight way counts one, and one more for
//! each it stands in).

use std::sync::LazyLock;

use tree_sitter::{Node, TreeCursor};

use crate::{Grammar, SourceFile, Span};

/// A function and its measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measured {
    /// Its name, or its beginning where it has none.
    pub(crate) span: Span,
    /// Lines from its first to its last.
    pub(crate) lines: u32,
    /// Parameters without the receiver.
    pub(crate) parameters: u32,
    /// Branches and loops inside one another.
    pub(crate) nesting: u32,
    /// Cognitive complexity.
    pub(crate) complexity: u32,
}

/// A measure, the rule that reports it, and the most it may be.
pub(crate) struct Threshold {
    pub(crate) rule: &'static str,
    pub(crate) limit: u32,
    pub(crate) measure: fn(&Measured) -> u32,
    /// In English, before and after the two numbers.
    pub(crate) words: [&'static str; 2],
}

/// Every measure that is reported.
pub(crate) const THRESHOLDS: [Threshold; 4] = [
    Threshold {
        rule: "any/complex-function",
        limit: 25,
        measure: |function| function.complexity,
        words: ["The cognitive complexity is", ""],
    },
    Threshold {
        rule: "any/long-function",
        limit: 120,
        measure: |function| function.lines,
        words: ["The function has", " lines"],
    },
    Threshold {
        rule: "any/many-parameters",
        limit: 8,
        measure: |function| function.parameters,
        words: ["The function has", " parameters"],
    },
    Threshold {
        rule: "any/deep-nesting",
        limit: 5,
        measure: |function| function.nesting,
        words: ["Branches and loops are nested", " deep"],
    },
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Nothing,
    Function,
    /// A function that has a name only by what it is bound to.
    Lambda,
    If,
    /// `elif`, which is a node of its own.
    ElseIf,
    Else,
    Loop,
    Switch,
    Catch,
    Choose,
    Binary,
}

fn role(kind: &str) -> Role {
    match kind {
        "function_definition"
        | "function_declaration"
        | "generator_function_declaration"
        | "method_definition"
        | "method_declaration"
        | "constructor_declaration"
        | "function_item" => Role::Function,
        "function_expression"
        | "generator_function"
        | "arrow_function"
        | "func_literal"
        | "lambda_expression"
        | "closure_expression"
        | "lambda" => Role::Lambda,
        "if_statement" | "if_expression" => Role::If,
        "elif_clause" => Role::ElseIf,
        "else_clause" => Role::Else,
        "for_statement"
        | "for_in_statement"
        | "enhanced_for_statement"
        | "for_range_loop"
        | "while_statement"
        | "do_statement"
        | "for_expression"
        | "while_expression"
        | "loop_expression" => Role::Loop,
        "switch_statement"
        | "switch_expression"
        | "expression_switch_statement"
        | "type_switch_statement"
        | "select_statement"
        | "match_statement"
        | "match_expression" => Role::Switch,
        "catch_clause" | "except_clause" => Role::Catch,
        "ternary_expression" | "conditional_expression" => Role::Choose,
        "binary_expression" | "boolean_operator" => Role::Binary,
        _ => Role::Nothing,
    }
}

/// Whether a kind of node is a named function or method.
pub(crate) fn is_function(kind: &str) -> bool {
    role(kind) == Role::Function
}

/// What each kind of node is, by grammar and number of the kind.
static ROLES: LazyLock<Vec<Vec<Role>>> = LazyLock::new(|| {
    let roles = |grammar: Grammar| {
        let language = grammar.tree_sitter();
        let count = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
        let kind = |id| language.node_kind_for_id(id).map_or(Role::Nothing, role);
        (0..count)
            .map(|id| {
                if language.node_kind_is_named(id) {
                    kind(id)
                } else {
                    Role::Nothing
                }
            })
            .collect()
    };
    Grammar::ALL.into_iter().map(roles).collect()
});

/// A function the walk is in.
struct Open {
    measured: Measured,
    depth: usize,
}

/// A node that adds to the nesting of what is in it.
struct Level {
    depth: usize,
}

struct Walk<'f> {
    file: &'f SourceFile,
    roles: &'static [Role],
    functions: Vec<Open>,
    levels: Vec<Level>,
    done: Vec<Measured>,
}

/// Every named function of a file, and those without name that stand in none.
pub(crate) fn measure(file: &SourceFile) -> Vec<Measured> {
    let index = Grammar::ALL
        .iter()
        .position(|grammar| *grammar == file.grammar());
    let roles = index.and_then(|index| ROLES.get(index));
    let mut walk = Walk {
        file,
        roles: roles.map_or(&[], Vec::as_slice),
        functions: Vec::new(),
        levels: Vec::new(),
        done: Vec::new(),
    };
    let mut cursor = file.tree().walk();
    let mut depth = 0;
    loop {
        walk.enter(&cursor, depth);
        if cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        walk.leave(depth);
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                walk.done.sort_by_key(|function| function.span);
                return walk.done;
            }
            depth -= 1;
            walk.leave(depth);
        }
    }
}

impl Walk<'_> {
    fn enter(&mut self, cursor: &TreeCursor<'_>, depth: usize) {
        let node = cursor.node();
        let role = self.roles.get(usize::from(node.kind_id()));
        let level = Level { depth };
        match role.copied().unwrap_or(Role::Nothing) {
            Role::Nothing => self.plain_else(cursor),
            Role::Function => self.open(node, depth),
            Role::Lambda if self.functions.is_empty() => self.open(node, depth),
            Role::Lambda => self.levels.push(level),
            Role::If if follows_else(cursor) => {
                // `else if` goes on at the level of the first `if`; its `else` counted already.
                if cursor.field_name() == Some("alternative") && !is_else_clause(node.parent()) {
                    self.add(1);
                }
            }
            Role::ElseIf | Role::Else => self.add(1),
            Role::If | Role::Loop | Role::Switch | Role::Catch => {
                self.add(1 + self.nesting());
                self.levels.push(level);
                let nesting = self.nesting();
                if let Some(open) = self.functions.last_mut() {
                    open.measured.nesting = open.measured.nesting.max(nesting);
                }
            }
            Role::Choose => self.add(1 + self.nesting()),
            Role::Binary => self.binary(node),
        }
    }

    /// `else` without a node of its own (Go, Java).
    fn plain_else(&mut self, cursor: &TreeCursor<'_>) {
        if cursor.field_name() == Some("alternative") {
            let parent = cursor.node().parent();
            if parent.is_some_and(|parent| parent.kind() == "if_statement") {
                self.add(1);
            }
        }
    }

    fn open(&mut self, node: Node<'_>, depth: usize) {
        let rows = node.end_position().row - node.start_position().row;
        let name = name(node).unwrap_or(node);
        let start = name.start_byte();
        let line_end = self.file.text()[start..].find('\n').map(|at| start + at);
        let end = line_end.map_or(name.end_byte(), |end| end.min(name.end_byte()));
        self.functions.push(Open {
            measured: Measured {
                span: Span::of_range(start..end),
                lines: u32::try_from(rows + 1).unwrap_or(u32::MAX),
                parameters: parameters(self.file, node),
                nesting: 0,
                complexity: 0,
            },
            depth,
        });
    }

    fn leave(&mut self, depth: usize) {
        while self.levels.last().is_some_and(|level| level.depth >= depth) {
            self.levels.pop();
        }
        while self
            .functions
            .last()
            .is_some_and(|open| open.depth >= depth)
        {
            if let Some(open) = self.functions.pop() {
                self.done.push(open.measured);
            }
        }
    }

    fn add(&mut self, points: u32) {
        if let Some(open) = self.functions.last_mut() {
            open.measured.complexity = open.measured.complexity.saturating_add(points);
        }
    }

    /// Levels inside the innermost function.
    fn nesting(&self) -> u32 {
        let from = self.functions.last().map_or(0, |open| open.depth);
        let levels = self.levels.iter().rev();
        let inside = levels.take_while(|level| level.depth > from).count();
        u32::try_from(inside).unwrap_or(u32::MAX)
    }

    /// A sequence of the same operator counts once.
    fn binary(&mut self, node: Node<'_>) {
        let Some(own) = logical(node) else { return };
        let left = node.child_by_field_name("left").and_then(logical);
        if left != Some(own) {
            self.add(1);
        }
    }
}

/// The operator of a node, where it joins conditions.
fn logical(node: Node<'_>) -> Option<&str> {
    let kind = node.child_by_field_name("operator")?.kind();
    matches!(kind, "&&" | "||" | "and" | "or" | "??").then_some(kind)
}

/// Whether an `if` stands right after `else`.
fn follows_else(cursor: &TreeCursor<'_>) -> bool {
    let parent = cursor.node().parent();
    let in_if = parent.is_some_and(|parent| matches!(parent.kind(), "if_statement"));
    is_else_clause(parent) || (in_if && cursor.field_name() == Some("alternative"))
}

fn is_else_clause(node: Option<Node<'_>>) -> bool {
    node.is_some_and(|node| node.kind() == "else_clause")
}

/// The node of a function's name.
fn name(node: Node<'_>) -> Option<Node<'_>> {
    node.child_by_field_name("name").or_else(|| {
        let declarator = declarator(node)?;
        declarator.child_by_field_name("declarator")
    })
}

/// C's `function_declarator`, below pointers and references.
fn declarator(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node.child_by_field_name("declarator")?;
    for _ in 0..8 {
        if node.kind() == "function_declarator" {
            return Some(node);
        }
        let inner = node.child_by_field_name("declarator");
        node = inner.or_else(|| node.named_child(0))?;
    }
    None
}

fn parameters(file: &SourceFile, node: Node<'_>) -> u32 {
    let list = node.child_by_field_name("parameters").or_else(|| {
        let declarator = declarator(node)?;
        declarator.child_by_field_name("parameters")
    });
    let Some(list) = list else { return 0 };
    let is_counted = |child: &Node<'_>| {
        let is_receiver = matches!(child.kind(), "self_parameter" | "receiver_parameter");
        // What separates kinds of parameters is none, and neither is C's lone `void`.
        let is_none = child.is_extra()
            || matches!(child.kind(), "keyword_separator" | "positional_separator");
        !is_receiver && !is_none && !matches!(file.text_of(*child), "self" | "cls" | "void")
    };
    let mut cursor = list.walk();
    let children = list.named_children(&mut cursor);
    let count = children.filter(is_counted).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(grammar: Grammar, text: &str) -> Vec<(String, u32, u32, u32)> {
        let file = SourceFile::parse("a", grammar, text.to_owned()).unwrap();
        assert!(!file.root().has_error(), "{text}");
        let functions = measure(&file).into_iter();
        functions
            .map(|function| {
                let name = file.slice(function.span).to_owned();
                (
                    name,
                    function.parameters,
                    function.nesting,
                    function.complexity,
                )
            })
            .collect()
    }

    #[test]
    fn functions_are_measured_alike_in_every_grammar() {
        let check = |grammar, text: &str| {
            let found = measured(grammar, text);
            let expected = ("f".to_owned(), 2, 2, 7);
            assert_eq!(found, [expected], "{grammar:?}");
        };
        // if 1, for 2, && 1, else if 1, else 1, catch or loop 1
        check(
            Grammar::Python,
            "def f(a, b):\n if a and b:\n  for x in a:\n   g()\n elif b:\n  g()\n else:\n  g()\n while a:\n  g()\n",
        );
        check(
            Grammar::JavaScript,
            "function f(a, b) { if (a && b) { for (const x of a) { g(); } } else if (b) { g(); } else { g(); } while (a) { g(); } }",
        );
        check(
            Grammar::Go,
            "package p\nfunc f(a int, b int) { if a && b { for x := range a { g(x) } } else if b { g() } else { g() }\n for a { g() } }",
        );
        check(
            Grammar::Java,
            "class A { void f(int a, int b) { if (a && b) { for (int x : a) { g(); } } else if (b) { g(); } else { g(); } while (a) { g(); } } }",
        );
        check(
            Grammar::C,
            "void *f(int a, int b) { if (a && b) { for (;;) { g(); } } else if (b) { g(); } else { g(); } while (a) { g(); } }",
        );
        check(
            Grammar::Rust,
            "impl A { fn f(&self, a: u8, b: u8) { if a && b { for x in a { g(); } } else if b { g(); } else { g(); } while a { g(); } } }",
        );
    }

    #[test]
    fn a_function_in_a_function_counts_for_itself_and_a_lambda_for_the_whole() {
        let text = "def f():\n def g():\n  if a:\n   pass\n if b:\n  pass\n";
        let found = measured(Grammar::Python, text);
        assert_eq!(found[0].3, 1);
        assert_eq!(found[1].3, 1);
        let text = "function f() { g(() => { if (a) { h(); } }); }";
        assert_eq!(measured(Grammar::JavaScript, text)[0].3, 2);
    }
}
