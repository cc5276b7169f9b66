//! Macros of Rust: what is inside them is parsed as expressions in its place.

use tree_sitter::{Node, Point, Range};

use super::Rust;
use crate::ir::{Const, Expr, ExprKind, StmtKind};
use crate::lower::syntax::{child_of, children, expr, opaque, positional};

/// The longest argument of a macro that is parsed, in bytes.
const ARGUMENT_MAX: usize = 20_000;

/// How far behind an argument the end of a statement is looked for, in bytes.
const SEARCH_MAX: usize = 20_000;

/// Macros that join text, and how many arguments stand before the format.
const FORMATTING: [(&str, usize); 25] = [
    ("format", 0),
    ("format_args", 0),
    ("print", 0),
    ("println", 0),
    ("eprint", 0),
    ("eprintln", 0),
    ("write", 1),
    ("writeln", 1),
    ("panic", 0),
    ("todo", 0),
    ("unimplemented", 0),
    ("unreachable", 0),
    ("trace", 0),
    ("debug", 0),
    ("info", 0),
    ("warn", 0),
    ("error", 0),
    ("anyhow", 0),
    ("bail", 0),
    ("assert", 1),
    ("debug_assert", 1),
    ("ensure", 1),
    ("assert_eq", 2),
    ("assert_ne", 2),
    ("expect", 0),
];

impl Rust<'_> {
    /// A macro as a statement, where it is more than a call.
    pub(super) fn macro_statement(&mut self, node: Node<'_>) -> Option<StmtKind> {
        match self.macro_name(node).as_str() {
            "panic" | "todo" | "unimplemented" | "unreachable" => Some(StmtKind::Throw(None)),
            "assert" | "debug_assert" => {
                let mut args = self.macro_arguments(node);
                if args.is_empty() {
                    return None;
                }
                Some(StmtKind::Assert(args.swap_remove(0)))
            }
            _ => None,
        }
    }

    /// A macro as a value: text for `format!`, a list for `vec!`, else a call of `name!`.
    pub(super) fn macro_value(&mut self, node: Node<'_>) -> Expr {
        let name = self.macro_name(node);
        let mut args = self.macro_arguments(node);
        let formatting = FORMATTING.iter().find(|(known, _)| *known == name);
        if let Some((_, before)) = formatting {
            let text = self.joined(node, args.split_off((*before).min(args.len())));
            if name.starts_with("format") {
                return text;
            }
            args.push(text);
        } else if name == "vec" && !self.has_semicolon(node) {
            return expr(node, ExprKind::Sequence(args));
        }
        let callee = self.builder.intern(&format!("{name}!"));
        let callee = Box::new(expr(node, ExprKind::Name(callee)));
        let args = args.into_iter().map(positional).collect();
        expr(node, ExprKind::Call { callee, args })
    }

    /// Its name without the path before it.
    fn macro_name(&self, node: Node<'_>) -> String {
        let path = node
            .child_by_field_name("macro")
            .map_or(String::new(), |path| self.path(path));
        path.rsplit("::").next().unwrap_or_default().to_owned()
    }

    fn has_semicolon(&self, node: Node<'_>) -> bool {
        let tokens = child_of(node, "token_tree");
        tokens.is_some_and(|tokens| {
            let mut cursor = tokens.walk();
            tokens
                .children(&mut cursor)
                .any(|token| self.builder.source(token) == ";")
        })
    }

    /// Its arguments, parted by commas (and `;` as in `vec![x; n]`).
    fn macro_arguments(&mut self, node: Node<'_>) -> Vec<Expr> {
        let Some(tokens) = child_of(node, "token_tree") else {
            return Vec::new();
        };
        let mut cursor = tokens.walk();
        let all: Vec<Node<'_>> = tokens.children(&mut cursor).collect();
        let inner = all.get(1..all.len().saturating_sub(1)).unwrap_or_default();
        let text = self.builder.text;
        let parts = |token: &Node<'_>| {
            let source = text.get(token.byte_range()).unwrap_or_default();
            matches!(source, "," | ";" | "=>")
        };
        let mut args = Vec::new();
        for argument in inner.split(parts) {
            if !argument.is_empty() {
                args.push(self.argument(argument));
            }
        }
        args
    }

    /// One argument: `x`, `name = x`, `%x`, `?x`, or any expression.
    fn argument(&mut self, tokens: &[Node<'_>]) -> Expr {
        let named = match tokens {
            [name, sign, rest @ ..] if name.kind() == "identifier" && !rest.is_empty() => {
                (self.builder.source(*sign) == "=").then_some(rest)
            }
            [sign, rest @ ..] if !rest.is_empty() => {
                matches!(self.builder.source(*sign), "%" | "?").then_some(rest)
            }
            _ => None,
        };
        let tokens = named.unwrap_or(tokens);
        if let [only] = tokens
            && (only.kind() == "identifier"
                || only.kind() == "self"
                || only.kind().ends_with("_literal"))
        {
            return self.expression(*only);
        }
        self.nested(|rust| rust.parsed(tokens))
            .flatten()
            .unwrap_or_else(|| self.names_in(tokens))
    }

    /// Parses tokens as an expression where they stand.
    fn parsed(&mut self, tokens: &[Node<'_>]) -> Option<Expr> {
        let (first, last) = (tokens.first()?, tokens.last()?);
        let range = Range {
            start_byte: first.start_byte(),
            end_byte: last.end_byte(),
            start_point: first.start_position(),
            end_point: last.end_position(),
        };
        if range.end_byte.saturating_sub(range.start_byte) > ARGUMENT_MAX {
            return None;
        }
        let end = self.end_after(range.end_byte, range.end_point)?;
        let mut parser = self.parser.take().unwrap_or_default();
        let language = crate::Grammar::Rust.tree_sitter();
        parser.set_language(&language).ok()?;
        parser.set_included_ranges(&[range, end]).ok()?;
        let tree = parser.parse(self.builder.text, None);
        self.parser = Some(parser);
        let tree = tree?;
        let root = tree.root_node();
        let mut inner = children(root);
        if inner.len() != 1 {
            return None;
        }
        let mut found = inner.pop()?;
        if found.kind() == "expression_statement" || found.kind() == "ERROR" {
            let mut parts = children(found);
            if parts.len() != 1 {
                return None;
            }
            found = parts.pop()?;
        }
        (!found.has_error()).then(|| self.expression(found))
    }

    /// Any `;` behind a place: what is parsed by itself is a statement with it.
    fn end_after(&self, at: usize, point: Point) -> Option<Range> {
        let after = self.builder.text.as_bytes().get(at..)?;
        let distance = after
            .iter()
            .take(SEARCH_MAX)
            .position(|byte| *byte == b';')?;
        let place = |more: usize| Point {
            row: point.row,
            column: point.column + more,
        };
        Some(Range {
            start_byte: at + distance,
            end_byte: at + distance + 1,
            start_point: place(distance),
            end_point: place(distance + 1),
        })
    }

    /// All names in tokens that are no expression.
    fn names_in(&mut self, tokens: &[Node<'_>]) -> Expr {
        let mut left: Vec<Node<'_>> = tokens.iter().rev().copied().collect();
        let mut names = Vec::new();
        while let Some(token) = left.pop() {
            match token.kind() {
                "identifier" => names.push(self.builder.name_expr(token)),
                "token_tree" => left.extend(children(token).into_iter().rev()),
                _ => {}
            }
        }
        match tokens.first() {
            Some(first) => opaque(*first, names),
            None => Expr {
                kind: ExprKind::Opaque(names),
                span: crate::Span::default(),
            },
        }
    }

    /// The text a format and its arguments make.
    fn joined(&mut self, node: Node<'_>, mut args: Vec<Expr>) -> Expr {
        let format = match args.first().map(|first| &first.kind) {
            Some(ExprKind::Const(Const::Str(format))) => format.to_string(),
            _ => return expr(node, ExprKind::Interpolated(args)),
        };
        args.remove(0);
        let mut given = args.into_iter();
        let mut parts = Vec::new();
        for piece in pieces(&format) {
            match piece {
                Piece::Text(text) => {
                    let text = Const::Str(text.into());
                    parts.push(expr(node, ExprKind::Const(text)));
                }
                Piece::Next(shown) => {
                    if let Some(value) = given.next() {
                        parts.push(self.shown(value, shown));
                    }
                }
                Piece::Named(name, shown) => {
                    let name = self.builder.intern(&name);
                    let value = expr(node, ExprKind::Name(name));
                    parts.push(self.shown(value, shown));
                }
            }
        }
        parts.extend(given);
        expr(node, ExprKind::Interpolated(parts))
    }

    /// A value as its format shows it.
    fn shown(&mut self, value: Expr, shown: Shown) -> Expr {
        match shown {
            Shown::Text => value,
            Shown::Number => self.as_number(value),
            Shown::Debug => {
                let span = value.span;
                let name = self.builder.intern("std::fmt::Debug::fmt");
                let kind = ExprKind::Name(name);
                let callee = Box::new(Expr { kind, span });
                let args = vec![positional(value)];
                let kind = ExprKind::Call { callee, args };
                Expr { kind, span }
            }
        }
    }
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Text,
    /// In base 2, 8 or 16.
    Number,
    /// `{:?}`: line breaks and quotes of text are escaped.
    Debug,
}

impl Shown {
    fn of(how: &str) -> Self {
        match how.trim_end().as_bytes().last() {
            Some(b'?') => Self::Debug,
            Some(b'x' | b'X' | b'b' | b'o' | b'e') => Self::Number,
            _ => Self::Text,
        }
    }
}

/// A piece of a format.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The next argument.
    Next(Shown),
    /// A variable.
    Named(String, Shown),
}

fn pieces(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if after.starts_with(brace) || brace == "}" {
            text.push_str(brace);
            rest = after.strip_prefix(brace).unwrap_or(after);
            continue;
        }
        let Some(end) = after.find('}') else {
            rest = "";
            break;
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        let (name, how) = after[..end].split_once(':').unwrap_or((&after[..end], ""));
        let name = name.trim();
        pieces.push(
            if name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit()) {
                Piece::Next(Shown::of(how))
            } else {
                Piece::Named(name.to_owned(), Shown::of(how))
            },
        );
        rest = &after[end + 1..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}
