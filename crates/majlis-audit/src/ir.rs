//! The one form every language is lowered to before the flow of its data is followed.
//!
//! It keeps what data flow needs (names, calls, fields, branches, constants) and nothing of the
//! surface. A construct without a form of its own becomes [`ExprKind::Opaque`] over its parts, so
//! that nothing untrusted gets lost in it.

use std::sync::Arc;

use crate::{Language, Span};

/// A name or a piece of text; cheap to copy.
pub type Text = Arc<str>;

/// Index of a function in [`Module::functions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// Index of a class in [`Module::classes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

/// One file.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its language.
    pub language: Language,
    /// Path below the root of the tree, with `/`.
    pub path: Text,
    /// The package or module it says it is in: Java `package`, Go `package`; `None` elsewhere.
    pub package: Option<Text>,
    /// What it brings in by name.
    pub imports: Vec<Import>,
    /// Every class, interface, struct, enum, nested ones too.
    pub classes: Vec<Class>,
    /// Every function, method, lambda, nested ones too.
    pub functions: Vec<Function>,
    /// Statements outside any function, in order (scripts, initialisers of globals).
    pub top: Vec<Stmt>,
    /// Constants of the preprocessor: `#define NAME 10`; C and C++ only.
    pub defines: Vec<(Text, Expr)>,
}

/// A name brought in from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The name it has in this file; for a wildcard the package's.
    pub local: Text,
    /// The full dotted path: `os.system`, `java.util.List`, `child_process.exec`,
    /// `net/http` (Go keeps its slashes), `std::process::Command` (Rust keeps its colons).
    /// JavaScript: the module's name for a default or namespace import and for `require`
    /// (`fs`, `node:` removed), `module.name` for a named one.
    pub path: Text,
    /// Everything below `path` comes in (`import java.util.*`, `from x import *`, `use a::*`).
    pub wildcard: bool,
}

/// A class, interface, struct or enum.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its simple name; anonymous ones are `""`.
    pub name: Text,
    /// What it extends and implements, as written.
    pub bases: Vec<TypeName>,
    /// Annotations or decorators.
    pub annotations: Vec<Annotation>,
    /// Its own fields.
    pub fields: Vec<Variable>,
    /// Its methods, constructors and initialisers.
    pub methods: Vec<FunctionId>,
    /// The whole declaration.
    pub span: Span,
}

/// A declared variable: a field of a class.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name.
    pub name: Text,
    /// Its declared type.
    pub ty: Option<TypeName>,
    /// Its first value.
    pub value: Option<Expr>,
    /// One for all objects of the class.
    pub is_static: bool,
    /// Never assigned again.
    pub is_constant: bool,
    /// Annotations or decorators.
    pub annotations: Vec<Annotation>,
    /// The declaration.
    pub span: Span,
}

/// `@name(arguments)`, `#[name(arguments)]`.
#[derive(Debug, Clone)]
pub struct Annotation {
    /// As written, without `@`: `app.route`, `RequestParam`.
    pub name: Text,
    /// Its arguments; named ones carry their name.
    pub args: Vec<Arg>,
    /// The whole annotation.
    pub span: Span,
}

impl Annotation {
    /// Says of a method that it is read like a field, where the language has a word for that.
    pub const GETTER: &str = "get accessor";
    /// Says of a method that it is set like a field.
    pub const SETTER: &str = "set accessor";
}

/// What kind of function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// Stands alone.
    Function,
    /// Belongs to a class.
    Method,
    /// Makes an object of its class.
    Constructor,
    /// Runs when a class or its object comes to be (`static { … }`).
    Initializer,
    /// Has no name: lambda, closure, function expression.
    Lambda,
}

/// A function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name; lambdas bound to a name have that one, others `""`.
    pub name: Text,
    /// The class it belongs to. Go: the receiver's type; Rust: the type of the `impl`.
    pub class: Option<ClassId>,
    /// What kind.
    pub kind: FunctionKind,
    /// Its parameters, without the receiver (`self`, `this`; Go's receiver is `receiver`).
    pub params: Vec<Param>,
    /// What the receiver is called inside: `self` in Python (its first parameter's name),
    /// the receiver's name in Go, `this` elsewhere; `None` for static and free functions.
    pub receiver: Option<Text>,
    /// Declared type of what it returns.
    pub returns: Option<TypeName>,
    /// Annotations or decorators, in order.
    pub annotations: Vec<Annotation>,
    /// `async`, or a generator.
    pub is_async: bool,
    /// `public` or exported, so that others may call it.
    pub is_public: bool,
    /// Its statements; an expression body is one `Return`. Empty for declarations without body.
    pub body: Vec<Stmt>,
    /// Whether there is a body at all.
    pub has_body: bool,
    /// The whole function.
    pub span: Span,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// What the argument is bound to.
    pub pattern: Pattern,
    /// Its declared type.
    pub ty: Option<TypeName>,
    /// What it is when nothing is given.
    pub default: Option<Expr>,
    /// Annotations (`@RequestParam String id`).
    pub annotations: Vec<Annotation>,
    /// How arguments come in.
    pub kind: ParamKind,
    /// The declaration.
    pub span: Span,
}

/// How arguments come into a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// One argument.
    One,
    /// All further positional arguments: `*args`, `...rest`.
    Rest,
    /// All further named arguments: `**kwargs`.
    NamedRest,
}

/// A type as written.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeName {
    /// Its name without arguments, qualifiers (`const`, `final`) and pointers: `List`,
    /// `java.util.List`, `http.Request`, `std::string`, `unsigned int`.
    pub name: Text,
    /// Arguments of a generic type.
    pub args: Vec<TypeName>,
    /// How many `*` or `&` it has; C++ sets [`TypeName::REFERENCE`] where one of them is `&`.
    pub pointers: u8,
    /// Lengths of an array, outermost first; an empty place is a length not given.
    pub array: Vec<Option<Expr>>,
}

impl TypeName {
    /// The bit of `pointers` that says: the outermost of them is a reference of C++.
    pub const REFERENCE: u8 = 0x80;

    /// Whether it is a reference of C++.
    pub const fn is_reference(&self) -> bool {
        self.pointers & Self::REFERENCE != 0
    }

    /// How many `*` it has, without the `&` of a reference of C++.
    pub const fn stars(&self) -> u8 {
        let depth = self.pointers & !Self::REFERENCE;
        if self.is_reference() {
            depth.saturating_sub(1)
        } else {
            depth
        }
    }
}

/// A statement and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where.
    pub span: Span,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    /// Computes, for its effect.
    Expr(Expr),
    /// Declares names.
    Let {
        /// What is bound.
        pattern: Pattern,
        /// Declared type.
        ty: Option<TypeName>,
        /// First value; `None` leaves it unset.
        value: Option<Expr>,
    },
    /// `if`; also `unless`, guards.
    If {
        /// The condition.
        condition: Expr,
        /// When it holds.
        then: Vec<Stmt>,
        /// When it does not.
        otherwise: Vec<Stmt>,
    },
    /// `while`; `do … while` runs its body first. An endless loop has a literal `true`.
    While {
        /// The condition.
        condition: Expr,
        /// What is repeated.
        body: Vec<Stmt>,
        /// The body runs before the condition is asked.
        body_first: bool,
    },
    /// `for (init; condition; update)`.
    For {
        /// Before the first turn.
        init: Vec<Stmt>,
        /// Before each turn; `None` always holds.
        condition: Option<Expr>,
        /// After each turn.
        update: Vec<Expr>,
        /// What is repeated.
        body: Vec<Stmt>,
    },
    /// `for x in xs`, `for (T x : xs)`, `for k, v := range m` (a tuple of index and element).
    ForEach {
        /// What each element is bound to.
        pattern: Pattern,
        /// What is walked over.
        iterable: Expr,
        /// What is repeated.
        body: Vec<Stmt>,
        /// The loop yields keys or indices (`for (k in o)`, Go's single variable).
        keys_only: bool,
    },
    /// `switch`, `match` as a statement.
    Switch {
        /// What is compared.
        subject: Expr,
        /// The cases in order.
        cases: Vec<Case>,
    },
    /// `try`.
    Try {
        /// `try (resource)`.
        resources: Vec<Stmt>,
        /// What is tried.
        body: Vec<Stmt>,
        /// Handlers in order.
        catches: Vec<Catch>,
        /// `else` of Python: after the body, without an exception.
        otherwise: Vec<Stmt>,
        /// In any case, at the end.
        finally: Vec<Stmt>,
    },
    /// `with open(p) as f`, `using`, `synchronized (x)`: resources given back at the end.
    With {
        /// Each resource, and what it is bound to.
        items: Vec<(Expr, Option<Pattern>)>,
        /// What is done with them.
        body: Vec<Stmt>,
    },
    /// Go's `defer`: at the end of the function.
    Defer(Expr),
    /// `return`.
    Return(Option<Expr>),
    /// `throw`, `raise`, `panic!` as a statement.
    Throw(Option<Expr>),
    /// `break`, with its label.
    Break(Option<Text>),
    /// `continue`, with its label.
    Continue(Option<Text>),
    /// A block with names of its own.
    Block(Vec<Stmt>),
    /// A label, and what it stands before.
    Labeled(Text, Box<Stmt>),
    /// `goto`.
    Goto(Text),
    /// A function declared here; bound to its name.
    Function(FunctionId),
    /// A class declared here.
    Class(ClassId),
    /// `del`, `delete`: what is given up.
    Delete(Vec<Expr>),
    /// `assert`.
    Assert(Expr),
    /// Names that mean those outside: `global`, `nonlocal`.
    Outer(Vec<Text>),
}

/// A case of a `switch`.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it is for; empty for `default`.
    pub values: Vec<Expr>,
    /// A pattern that binds names, instead of values.
    pub pattern: Option<Pattern>,
    /// A further condition.
    pub guard: Option<Expr>,
    /// What is done.
    pub body: Vec<Stmt>,
    /// Goes on into the next case where nothing leaves it.
    pub falls_through: bool,
}

/// A handler of `try`.
#[derive(Debug, Clone, PartialEq)]
pub struct Catch {
    /// What it handles; empty for everything.
    pub types: Vec<TypeName>,
    /// The name of what was caught.
    pub name: Option<Text>,
    /// What is done.
    pub body: Vec<Stmt>,
    /// The whole handler.
    pub span: Span,
}

/// What a value is bound to.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// A name.
    Name(Text),
    /// A place: field, element, dereferenced pointer.
    Place(Box<Expr>),
    /// Element by element.
    Sequence(Vec<Pattern>),
    /// Field by field: `{ a, b: c = 1 }`; also fields of a struct pattern.
    Fields(Vec<(Text, Pattern)>),
    /// Element by element inside a variant: `Some(x)`.
    Variant(Text, Vec<Pattern>),
    /// All that is left.
    Rest(Box<Pattern>),
    /// One of several.
    Either(Vec<Pattern>),
    /// Only this value.
    Value(Box<Expr>),
    /// Anything.
    Ignore,
}

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// A constant as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Const {
    /// `null`, `None`, `nil`, `undefined`, `NULL`, `nullptr`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number; one out of range is `Float`.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text with its escapes resolved.
    Str(Text),
    /// One character (`'a'` in C, C++, Java, Go, Rust).
    Char(char),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A regular expression literal, without its slashes.
    Regex(Text),
}

/// What an expression computes.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Const(Const),
    /// A variable, function, class or imported name. `this`, `self`, `super` are names too.
    Name(Text),
    /// `base.name`, `base->name`, `base::name`, `base?.name`.
    Field {
        /// Of what.
        base: Box<Expr>,
        /// Which.
        name: Text,
    },
    /// `base[index]`.
    Index {
        /// Of what.
        base: Box<Expr>,
        /// Which.
        index: Box<Expr>,
    },
    /// `base[from:to]`.
    Slice {
        /// Of what.
        base: Box<Expr>,
        /// From where.
        from: Option<Box<Expr>>,
        /// To where.
        to: Option<Box<Expr>>,
    },
    /// `callee(args)`. A macro `name!(args)` is a call of the name `name!`.
    Call {
        /// What is called; a method is a [`ExprKind::Field`].
        callee: Box<Expr>,
        /// With what, in order.
        args: Vec<Arg>,
    },
    /// `new Class(args)`. Python, Go, Rust and C++ values call the class instead.
    New {
        /// What is made.
        class: TypeName,
        /// With what, in order.
        args: Vec<Arg>,
        /// The body of an anonymous class.
        body: Option<ClassId>,
    },
    /// A struct with its fields: `T{a: 1}`, `T { a: 1, ..rest }`; positional ones have no name.
    Struct {
        /// What is made.
        class: TypeName,
        /// Its fields; a spread base has no name.
        fields: Vec<(Option<Text>, Expr)>,
    },
    /// One operand.
    Unary {
        /// What is done.
        op: UnaryOp,
        /// With what.
        operand: Box<Expr>,
    },
    /// Two operands.
    Binary {
        /// What is done.
        op: BinaryOp,
        /// With this.
        left: Box<Expr>,
        /// And this.
        right: Box<Expr>,
    },
    /// `condition ? then : otherwise`.
    Choose {
        /// The condition.
        condition: Box<Expr>,
        /// When it holds.
        then: Box<Expr>,
        /// When it does not.
        otherwise: Box<Expr>,
    },
    /// `target = value`, `target += value`; the value of the whole is the new one.
    Assign {
        /// What is bound.
        target: Box<Pattern>,
        /// The operator before `=`.
        op: Option<BinaryOp>,
        /// To what.
        value: Box<Expr>,
    },
    /// `++x`, `x--`.
    Update {
        /// What is changed.
        target: Box<Expr>,
        /// +1 or −1.
        by: i8,
        /// The value of the whole is the new one.
        prefix: bool,
    },
    /// Parts joined to text: f-strings, templates, `format!`.
    Interpolated(Vec<Expr>),
    /// A list, tuple, set or array.
    Sequence(Vec<Expr>),
    /// A map or object literal; a spread entry has no key.
    Map(Vec<(Option<Expr>, Expr)>),
    /// `*xs`, `...xs` inside arguments or a sequence.
    Spread(Box<Expr>),
    /// A lambda, closure, function expression.
    Function(FunctionId),
    /// A conversion the language does itself: `(int) x`, `x as u32`, `T(x)` for built-in `T`.
    Cast {
        /// To what.
        ty: TypeName,
        /// Of what.
        value: Box<Expr>,
    },
    /// `await x`, Rust's `x.await`, Go's `<-c`.
    Await(Box<Expr>),
    /// `x?`, `x!`, `try!`: the value, or leaves the function.
    Unwrap(Box<Expr>),
    /// `yield x`.
    Yield(Option<Box<Expr>>),
    /// `&x`.
    AddressOf(Box<Expr>),
    /// `*x`.
    Deref(Box<Expr>),
    /// `sizeof x`.
    SizeOfExpr(Box<Expr>),
    /// `sizeof(T)`.
    SizeOfType(TypeName),
    /// A type as a value: `String.class`, `typeof`.
    Type(TypeName),
    /// `[element for pattern in iterable if condition]`; also of sets, maps and generators.
    Comprehension {
        /// What each turn yields; two for a map.
        elements: Vec<Expr>,
        /// What is walked over, the outermost first.
        loops: Vec<ComprehensionLoop>,
    },
    /// Statements, then a value.
    Block {
        /// What is done.
        body: Vec<Stmt>,
        /// What it is; `None` for nothing.
        value: Option<Box<Expr>>,
    },
    /// `match` or `switch` as an expression: the value of a case is its last statement's.
    Match {
        /// What is compared.
        subject: Box<Expr>,
        /// The cases in order; each ends with an `Expr` statement that is its value.
        cases: Vec<Case>,
    },
    /// Anything else; its value may hold any of its parts.
    Opaque(Vec<Expr>),
}

/// One `for` of a comprehension.
#[derive(Debug, Clone, PartialEq)]
pub struct ComprehensionLoop {
    /// What each element is bound to.
    pub pattern: Pattern,
    /// What is walked over.
    pub iterable: Expr,
    /// What must hold.
    pub conditions: Vec<Expr>,
}

/// An argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// Its name, when it is given by name.
    pub name: Option<Text>,
    /// What is given; `*args` is a [`ExprKind::Spread`].
    pub value: Expr,
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-x`
    Negate,
    /// `!x`, `not x`
    Not,
    /// `~x`
    Complement,
    /// `typeof x`, `void x`
    Other,
}

/// An operator with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`, also of texts
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `//` of Python
    FloorDivide,
    /// `%`, also Python's formatting of text
    Remainder,
    /// `**`
    Power,
    /// `<<`
    ShiftLeft,
    /// `>>`, `>>>`
    ShiftRight,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `&&`, `and`; the right operand may not run
    And,
    /// `||`, `or`
    Or,
    /// `??`
    Coalesce,
    /// `==`, `===`
    Equal,
    /// `!=`, `!==`
    NotEqual,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `instanceof`
    InstanceOf,
    /// `a..b`, `a..=b`
    Range,
    /// Anything else
    Other,
}
