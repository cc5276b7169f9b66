//! C and C++, from both grammars, to [`crate::ir`].
//!
//! What the IR has no word for is said like this:
//! - `std::` is left away, so that code with and without `using namespace std` looks alike;
//! - a `typedef` is a class with the annotation `typedef` and what it stands for as its base;
//!   unions and enums have the annotation `union` or `enum`; enumerators are [`Module::defines`];
//! - a static local is [`StmtKind::Labeled`] with the label `static`;
//! - `delete[] p` deletes a [`ExprKind::Slice`] of `p` without ends;
//! - a wide literal is cast to `wchar_t*`;
//! - a macro with parameters is a function with the annotation `macro`;
//! - both sides of `#ifdef … #else` are an `if` whose condition is an empty opaque value.

#![allow(
    clippy::match_same_arms, // one arm per kind of node
    clippy::option_option, // no parameters, and no place for them, differ
    clippy::unnecessary_box_returns // parts are boxed in the IR
)]

mod declare;
mod expression;
mod preprocess;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use tree_sitter::{Node, Tree};

use super::syntax::{Builder, child_of, children, field, plain_type};
use crate::ir::{
    Annotation, Class, ClassId, Const, Expr, ExprKind, Function, FunctionId, FunctionKind, Module,
    Stmt, StmtKind, Text, TypeName,
};
use crate::{Language, Span};

/// How deep statements, expressions and declarators are followed.
const DEPTH_MAX: u16 = 160;

/// A file of C or C++ in the common form.
pub(super) fn lower(path: &str, text: &str, tree: &Tree) -> Module {
    let mut lowering = Lowering::new(path, text, None);
    lowering.items(tree.root_node());
    lowering.builder.module
}

/// What a lowering carries along.
struct Lowering<'t> {
    builder: Builder<'t>,
    depth: u16,
    /// Where everything is said to stand, inside the value of a macro.
    place: Option<Span>,
    /// Macros that stand for a constant or a name.
    macros: HashMap<Text, Expr>,
    /// Classes by simple name.
    classes: HashMap<Text, ClassId>,
    /// The class whose body is being read.
    class: Option<ClassId>,
    /// How many preprocessor branches deep the top level is; only for macros' values.
    in_macro: bool,
}

impl<'t> Lowering<'t> {
    fn new(path: &str, text: &'t str, place: Option<Span>) -> Self {
        Self {
            builder: Builder::new(Language::Cpp, path, text),
            depth: 0,
            place,
            macros: HashMap::new(),
            classes: HashMap::new(),
            class: None,
            in_macro: place.is_some(),
        }
    }

    fn span(&self, node: Node<'_>) -> Span {
        self.place.unwrap_or_else(|| Span::of(node))
    }

    fn expr(&self, node: Node<'_>, kind: ExprKind) -> Expr {
        let span = self.span(node);
        Expr { kind, span }
    }

    fn stmt(&self, node: Node<'_>, kind: StmtKind) -> Stmt {
        let span = self.span(node);
        Stmt { kind, span }
    }

    fn source(&self, node: Node<'_>) -> &'t str {
        self.builder.source(node)
    }

    /// Goes one level deeper; `None` where it is too deep.
    fn nested<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_MAX {
            return None;
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        Some(lowered)
    }

    /// A name without `std::` and `::` in front, and without template arguments.
    fn plain_name(&mut self, source: &str) -> Text {
        let name = source.trim_start_matches("::");
        let name = name.strip_prefix("std::").unwrap_or(name);
        let name = name.split('<').next().unwrap_or(name).trim_end();
        self.builder.intern(name)
    }

    /// What stands at the top level, in a namespace or between `#if` and `#endif`.
    fn items(&mut self, node: Node<'_>) {
        let _ = self.nested(|lowering| {
            for child in children(node) {
                lowering.item(child);
            }
        });
    }

    fn item(&mut self, node: Node<'_>) {
        match node.kind() {
            "function_definition" => {
                self.function(node);
            }
            "preproc_def" => self.define(node),
            "preproc_function_def" => self.macro_function(node),
            "preproc_include" => self.include(node),
            "preproc_if" => self.conditional_items(node),
            "namespace_definition" => self.namespace(node),
            "linkage_specification" => match field(node, "body") {
                Some(body) if body.kind() == "declaration_list" => self.items(body),
                Some(body) => self.item(body),
                None => {}
            },
            "preproc_ifdef"
            | "preproc_else"
            | "preproc_elif"
            | "preproc_elifdef"
            | "template_declaration"
            | "ERROR"
            | "declaration_list" => self.items(node),
            "type_definition" | "alias_declaration" => self.type_definition(node),
            "class_specifier" | "struct_specifier" | "union_specifier" | "enum_specifier" => {
                self.type_specifier(node);
            }
            "declaration" => {
                let declared = self.declaration(node, true);
                self.builder.module.top.extend(declared);
            }
            "using_declaration" => self.using(node),
            kind if kind.ends_with("_statement") => {
                let lowered = self.statement(node);
                self.builder.module.top.extend(lowered);
            }
            _ => {}
        }
    }

    fn namespace(&mut self, node: Node<'_>) {
        if self.builder.module.package.is_none()
            && let Some(name) = field(node, "name")
        {
            let name = self.builder.name(name);
            self.builder.module.package = Some(name);
        }
        if let Some(body) = field(node, "body") {
            self.items(body);
        }
    }

    fn using(&mut self, node: Node<'_>) {
        let Some(name) = children(node).first().copied() else {
            return;
        };
        let path = self.source(name).to_owned();
        let wildcard = child_of(node, "namespace").is_some();
        let local = path.rsplit("::").next().unwrap_or(&path).to_owned();
        self.builder.add_import(&local, &path, wildcard);
    }

    fn include(&mut self, node: Node<'_>) {
        let Some(path) = field(node, "path") else {
            return;
        };
        let path = self
            .source(path)
            .trim_matches(['"', '<', '>', ' '])
            .to_owned();
        self.builder.add_import(&path, &path, true);
    }

    /// A function with a body.
    fn function(&mut self, node: Node<'_>) -> Option<FunctionId> {
        let declarator = field(node, "declarator")?;
        let base = field(node, "type").map_or_else(
            || plain_type("".into()),
            |specifier| self.type_specifier(specifier),
        );
        let declared = self.declarator(declarator, base);
        let params = declared.params?;
        let (class, name) = self.owner(&declared.name?);
        let body_node = field(node, "body").or_else(|| child_of(node, "try_statement"));
        let mut body = self.member_initializers(node);
        if let Some(body_node) = body_node {
            body.extend(self.block(body_node));
        }
        let params = params
            .map(|params| self.parameters(params))
            .unwrap_or_default();
        Some(self.add_function(
            node,
            Signature {
                name,
                class,
                params,
                returns: declared.ty,
            },
            body,
            body_node.is_some(),
        ))
    }

    fn add_function(
        &mut self,
        node: Node<'_>,
        signature: Signature,
        body: Vec<Stmt>,
        has_body: bool,
    ) -> FunctionId {
        let annotations = self.modifiers(node);
        let is_static = annotations.iter().any(|found| &*found.name == "static");
        let class = signature.class;
        let kind = match class.and_then(|id| self.builder.module.classes.get(id.0 as usize)) {
            Some(owner) if owner.name == signature.name => FunctionKind::Constructor,
            Some(_) => FunctionKind::Method,
            None => FunctionKind::Function,
        };
        let receiver = (class.is_some() && !(is_static && self.class.is_some()))
            .then(|| self.builder.intern("this"));
        let span = self.span(node);
        let id = self.builder.add_function(Function {
            name: signature.name,
            class,
            kind,
            params: signature.params,
            receiver,
            returns: Some(signature.returns),
            annotations,
            is_async: false,
            is_public: !is_static,
            body,
            has_body,
            span,
        });
        let owner = class.and_then(|class| self.builder.module.classes.get_mut(class.0 as usize));
        if let Some(owner) = owner {
            owner.methods.push(id);
        }
        id
    }

    /// `A::b` outside of its class: the class, made known when it is not yet, and the name.
    fn owner(&mut self, name: &Text) -> (Option<ClassId>, Text) {
        let Some((scope, last)) = name.rsplit_once("::") else {
            return (self.class, name.clone());
        };
        let scope = scope.rsplit("::").next().unwrap_or(scope);
        let scope = scope.split('<').next().unwrap_or(scope).trim();
        let (scope, last) = (self.builder.intern(scope), self.builder.intern(last));
        if let Some(class) = self.classes.get(&scope) {
            return (Some(*class), last);
        }
        if self.builder.module.package.as_ref() == Some(&scope) {
            return (None, last);
        }
        let class = self.builder.add_class(Class {
            name: scope.clone(),
            bases: Vec::new(),
            annotations: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            span: Span::default(),
        });
        self.classes.insert(scope, class);
        (Some(class), last)
    }

    /// `static`, `virtual`, `const`, `override`, `= default` and the like, as annotations.
    fn modifiers(&mut self, node: Node<'_>) -> Vec<Annotation> {
        let mut found = Vec::new();
        let declarator = field(node, "declarator");
        let inner = declarator.into_iter().flat_map(children);
        for child in children(node).into_iter().chain(inner) {
            let name = match child.kind() {
                "storage_class_specifier" | "type_qualifier" | "virtual_specifier" | "noexcept" => {
                    self.source(child)
                }
                "explicit_function_specifier" => "explicit",
                "default_method_clause" => "default",
                "delete_method_clause" => "delete",
                "pure_virtual_clause" => "pure",
                _ => continue,
            };
            let span = self.span(child);
            let name = self.builder.intern(name);
            let args = Vec::new();
            found.push(Annotation { name, args, span });
        }
        if child_of(node, "virtual").is_some() {
            let (name, span) = (self.builder.intern("virtual"), self.span(node));
            let args = Vec::new();
            found.push(Annotation { name, args, span });
        }
        found
    }

    fn integer(&self, node: Node<'_>, value: i64) -> Expr {
        self.expr(node, ExprKind::Const(Const::Int(value)))
    }
}

/// What a function is called, where it belongs, what goes in and out.
struct Signature {
    name: Text,
    class: Option<ClassId>,
    params: Vec<crate::ir::Param>,
    returns: TypeName,
}
