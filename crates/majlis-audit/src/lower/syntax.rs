//! What all lowerings share: nodes, names, literals, the limit of depth.

use std::collections::HashSet;

use tree_sitter::Node;

use crate::Span;
use crate::ir::{
    BinaryOp, Class, ClassId, Const, Expr, ExprKind, Function, FunctionId, Import, Module, Stmt,
    Text, TypeName,
};
use crate::{Language, ir};

/// How deep [`Builder::nested`] goes: deeper than people nest, less than a thread's stack holds.
const DEPTH_MAX: u16 = 200;

/// How many operands of one operator are kept apart (see [`Builder::chain`]).
const CHAIN_MAX: usize = 64;

/// The operator that `+`, `<<`, `==` and their like mean in every language that writes them;
/// [`BinaryOp::Other`] for the rest.
pub(super) fn operator(written: &str) -> BinaryOp {
    match written {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        "%" => BinaryOp::Remainder,
        "<<" => BinaryOp::ShiftLeft,
        ">>" | ">>>" => BinaryOp::ShiftRight,
        "&" => BinaryOp::BitAnd,
        "|" => BinaryOp::BitOr,
        "^" => BinaryOp::BitXor,
        "&&" => BinaryOp::And,
        "||" => BinaryOp::Or,
        "==" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterEqual,
        _ => BinaryOp::Other,
    }
}

/// Collects a [`Module`] while a lowering walks the tree.
pub(crate) struct Builder<'t> {
    /// The whole file.
    pub(crate) text: &'t str,
    /// What was found so far.
    pub(crate) module: Module,
    names: HashSet<Text>,
    depth: u16,
}

impl<'t> Builder<'t> {
    /// Nothing found yet in the file of this path.
    pub(crate) fn new(language: Language, path: &str, text: &'t str) -> Self {
        Self {
            text,
            module: Module {
                language,
                path: path.into(),
                package: None,
                imports: Vec::new(),
                classes: Vec::new(),
                functions: Vec::new(),
                top: Vec::new(),
                defines: Vec::new(),
            },
            names: HashSet::new(),
            depth: 0,
        }
    }

    /// The source of a node.
    pub(crate) fn source(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// The source of a node as a name; equal names share their memory.
    pub(crate) fn name(&mut self, node: Node<'_>) -> Text {
        let source = self.source(node);
        self.intern(source)
    }

    /// A name; equal names share their memory.
    pub(crate) fn intern(&mut self, name: &str) -> Text {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let new: Text = name.into();
        self.names.insert(new.clone());
        new
    }

    /// Goes one level deeper; `None` where the tree is too deep to be followed. Every function of
    /// a lowering that may come back to itself (statements, expressions, types, patterns) goes
    /// through here or [`Builder::enter`], so that no file overflows the stack.
    pub(crate) fn nested<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !self.enter() {
            return None;
        }
        let lowered = lower(self);
        self.leave();
        Some(lowered)
    }

    /// Goes one level deeper unless the tree is too deep; `true` asks for [`Builder::leave`].
    /// For lowerings that keep the builder in a struct of their own.
    pub(crate) fn enter(&mut self) -> bool {
        let deeper = self.depth < DEPTH_MAX;
        self.depth += u16::from(deeper);
        deeper
    }

    /// Comes back from where [`Builder::enter`] went.
    pub(crate) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Keeps a function.
    pub(crate) fn add_function(&mut self, function: Function) -> FunctionId {
        let id = FunctionId(u32::try_from(self.module.functions.len()).unwrap_or(u32::MAX));
        self.module.functions.push(function);
        id
    }

    /// Keeps a class.
    pub(crate) fn add_class(&mut self, class: Class) -> ClassId {
        let id = ClassId(u32::try_from(self.module.classes.len()).unwrap_or(u32::MAX));
        self.module.classes.push(class);
        id
    }

    /// Keeps an import.
    pub(crate) fn add_import(&mut self, local: &str, path: &str, wildcard: bool) {
        let (local, path) = (self.intern(local), self.intern(path));
        self.module.imports.push(Import {
            local,
            path,
            wildcard,
        });
    }

    /// A name as an expression.
    pub(crate) fn name_expr(&mut self, node: Node<'_>) -> Expr {
        let name = self.name(node);
        expr(node, ExprKind::Name(name))
    }

    /// Operators that group to the left are as deep as they are long (`a + b + c …`): the
    /// operands and operators of such a chain, found without recursion. `kind` is the node's,
    /// `left`, `operator` and `right` are its fields. Lower the operands, then call
    /// [`Builder::chain`].
    pub(crate) fn spine<'n>(node: Node<'n>, kind: &str) -> Spine<'n> {
        let mut links = Vec::new();
        let mut at = node;
        while at.kind() == kind {
            let (Some(left), Some(right)) = (field(at, "left"), field(at, "right")) else {
                break;
            };
            links.push((at, right));
            at = left;
        }
        links.reverse();
        Spine { first: at, links }
    }

    /// Joins the operands of a [`Builder::spine`]: to binary expressions, or, where there are too
    /// many, to joined text when a literal of text is among them, else to an opaque value.
    pub(crate) fn chain(first: Expr, links: Vec<(Node<'_>, BinaryOp, Expr)>) -> Expr {
        let Some(whole) = links.last().map(|link| Span::of(link.0)) else {
            return first;
        };
        if links.len() > CHAIN_MAX {
            let parts: Vec<Expr> = std::iter::once(first)
                .chain(links.into_iter().map(|link| link.2))
                .collect();
            let is_text = |part: &Expr| matches!(part.kind, ExprKind::Const(Const::Str(_)));
            let kind = if parts.iter().any(is_text) {
                ExprKind::Interpolated(parts)
            } else {
                ExprKind::Opaque(parts)
            };
            return Expr { kind, span: whole };
        }
        links.into_iter().fold(first, |left, (node, op, right)| {
            let (left, right) = (Box::new(left), Box::new(right));
            expr(node, ExprKind::Binary { op, left, right })
        })
    }
}

/// A chain of operators that group to the left.
pub(crate) struct Spine<'n> {
    /// The leftmost operand.
    pub(crate) first: Node<'n>,
    /// Each operator's node with its right operand, from left to right.
    pub(crate) links: Vec<(Node<'n>, Node<'n>)>,
}

/// An expression at a node.
pub(crate) fn expr(node: Node<'_>, kind: ExprKind) -> Expr {
    let span = Span::of(node);
    Expr { kind, span }
}

/// A statement at a node.
pub(crate) fn stmt(node: Node<'_>, kind: ir::StmtKind) -> Stmt {
    let span = Span::of(node);
    Stmt { kind, span }
}

/// Something of which only its parts are known.
pub(crate) fn opaque(node: Node<'_>, parts: Vec<Expr>) -> Expr {
    expr(node, ExprKind::Opaque(parts))
}

/// An argument given by position.
pub(crate) fn positional(value: Expr) -> ir::Arg {
    ir::Arg { name: None, value }
}

/// A type of this name, without arguments, pointers or lengths.
pub(crate) fn plain_type(name: Text) -> TypeName {
    TypeName {
        name,
        args: Vec::new(),
        pointers: 0,
        array: Vec::new(),
    }
}

/// The child in a field of the grammar.
pub(crate) fn field<'n>(node: Node<'n>, name: &str) -> Option<Node<'n>> {
    node.child_by_field_name(name)
}

/// All children in a field of the grammar.
pub(crate) fn fields<'n>(node: Node<'n>, name: &str) -> Vec<Node<'n>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor).collect()
}

/// The named children, without comments and errors' debris.
pub(crate) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| !child.is_extra() && !child.is_missing())
        .collect()
}

/// The first child of this kind, named or not (`"static"`, `"*"`).
pub(crate) fn child_of<'n>(node: Node<'n>, kind: &str) -> Option<Node<'n>> {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .find(|child| child.kind() == kind)
}

/// A whole number as written in any of the languages: prefixes `0x`, `0o`, `0b`, digits
/// parted by `_` or `'`, suffixes (`L`, `u32`, `n`, `ULL`). `octal_by_zero`: `017` is fifteen.
/// One that is out of range, or no whole number, is [`Const::Float`].
pub(crate) fn number(source: &str, octal_by_zero: bool) -> Const {
    let digits: String = source
        .chars()
        .filter(|mark| !matches!(mark, '_' | '\''))
        .collect::<String>()
        .to_ascii_lowercase();
    let (body, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ if octal_by_zero && digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        _ => (digits.as_str(), 10),
    };
    let end = body
        .find(|mark: char| !mark.is_digit(radix))
        .unwrap_or(body.len());
    let (whole, suffix) = body.split_at(end);
    let is_fraction = suffix.starts_with(['.', 'e', 'p', 'f', 'd', 'j', '8', '9']);
    let is_whole = !whole.is_empty() && !is_fraction;
    if is_whole {
        if let Ok(value) = i64::from_str_radix(whole, radix) {
            return Const::Int(value);
        }
        let value = u64::from_str_radix(whole, radix).unwrap_or(u64::MAX);
        #[allow(clippy::cast_precision_loss)] // a number too big to be exact
        return Const::Float(value as f64);
    }
    let fraction = digits
        .trim_end_matches("f32")
        .trim_end_matches("f64")
        .trim_end_matches(['f', 'd', 'l', 'j']);
    Const::Float(fraction.parse().unwrap_or(f64::NAN))
}

/// Text with its escapes resolved, as C, C++, Java, JavaScript, Python, Go and Rust have them in
/// common: `\n`, `\x41`, `\101`, `\u0041`, `\u{41}`, `\U00000041`, a line's end after a backslash.
/// What is no escape in that sense stands for its character (`\d` is `d`); Python keeps the
/// backslash, which is `keep_unknown`.
pub(crate) fn unescape(source: &str, keep_unknown: bool) -> String {
    if !source.contains('\\') {
        return source.to_owned();
    }
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (resolved, left) = escape(&rest[at + 1..]);
        match resolved {
            Escape::Char(found) => text.push(found),
            Escape::Nothing => {}
            Escape::Unknown(found) => {
                if keep_unknown {
                    text.push('\\');
                }
                text.push(found);
            }
        }
        rest = left;
    }
    text.push_str(rest);
    text
}

enum Escape {
    Char(char),
    Nothing,
    Unknown(char),
}

/// Resolves the escape whose backslash was taken off already; also gives what comes after.
fn escape(rest: &str) -> (Escape, &str) {
    let Some(mark) = rest.chars().next() else {
        return (Escape::Unknown('\\'), "");
    };
    let after = &rest[mark.len_utf8()..];
    let plain = match mark {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'a' => '\u{7}',
        'v' => '\u{b}',
        's' => ' ',
        '\\' | '\'' | '"' | '`' => mark,
        '\r' => {
            return (Escape::Nothing, after.strip_prefix('\n').unwrap_or(after));
        }
        '\n' => return (Escape::Nothing, after),
        'x' => return by_code(after, 2, 16, mark),
        'u' => return by_code(after, 4, 16, mark),
        'U' => return by_code(after, 8, 16, mark),
        '0'..='7' => return by_code(rest, 3, 8, mark),
        _ => return (Escape::Unknown(mark), after),
    };
    (Escape::Char(plain), after)
}

/// A character by its code of up to `length` digits, or of any number in braces.
fn by_code(rest: &str, length: usize, radix: u32, mark: char) -> (Escape, &str) {
    let braced = rest.strip_prefix('{').filter(|_| radix == 16);
    let end = rest
        .bytes()
        .take(length)
        .take_while(|byte| char::from(*byte).is_digit(radix))
        .count();
    let (digits, after) = braced
        .and_then(|inner| inner.split_once('}'))
        .unwrap_or_else(|| rest.split_at(end));
    match u32::from_str_radix(digits, radix) {
        Ok(code) => {
            let found = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            (Escape::Char(found), after)
        }
        Err(_) => (Escape::Unknown(mark), rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_the_languages_write_it() {
        let check = |source: &str, octal: bool, expected: Const| {
            assert_eq!(number(source, octal), expected, "{source}");
        };
        check("0", true, Const::Int(0));
        check("1_000", false, Const::Int(1000));
        check("0xFFu8", false, Const::Int(255));
        check("0x1F", false, Const::Int(31));
        check("017", true, Const::Int(15));
        check("0b101L", true, Const::Int(5));
        check("12ULL", true, Const::Int(12));
        check("1.5f", true, Const::Float(1.5));
        check("1e3", true, Const::Float(1000.0));
        check("2.0f64", false, Const::Float(2.0));
        check("7n", false, Const::Int(7));
        check(
            "99999999999999999999",
            false,
            #[allow(clippy::cast_precision_loss)]
            Const::Float(u64::MAX as f64),
        );
    }

    #[test]
    fn escapes_are_resolved() {
        let check = |source: &str, expected: &str| {
            assert_eq!(unescape(source, false), expected, "{source}");
        };
        check(r"a\n\t\\b", "a\n\t\\b");
        check(r"\x41\u0042\u{43}\U00000044\105", "ABCDE");
        check("one\\\ntwo", "onetwo");
        check(r"\d\", r"d\");
        check(r"\ud800\xZ", "\u{fffd}xZ");
        assert_eq!(unescape(r"\d+\.", true), r"\d+\.");
    }
}
