//! Functions, methods and their parameters.

use tree_sitter::Node;

use super::{Go, Scope};
use crate::Span;
use crate::ir::{
    ClassId, Function, FunctionId, FunctionKind, Param, ParamKind, Pattern, Stmt, StmtKind, Text,
    TypeName,
};
use crate::lower::syntax::{children, field, fields, stmt};

impl Go<'_> {
    /// `func name(…) … { … }`
    pub(super) fn function(&mut self, node: Node<'_>) -> Option<FunctionId> {
        let name = self.builder.name(field(node, "name")?);
        let function = self.callable(node, name, FunctionKind::Function);
        Some(self.builder.add_function(function))
    }

    /// `func (r T) name(…) … { … }`
    pub(super) fn method(&mut self, node: Node<'_>) -> Option<FunctionId> {
        let name = self.builder.name(field(node, "name")?);
        let declared = field(node, "receiver").and_then(|list| children(list).into_iter().next());
        let receiver = declared
            .and_then(|declared| field(declared, "name"))
            .map(|name| self.builder.name(name));
        let ty = declared
            .and_then(|declared| field(declared, "type"))
            .map(|ty| self.type_name(ty));
        let class = ty.map(|ty| self.class_named(&ty.name, Span::of(node)));
        let mut function = self.callable(node, name, FunctionKind::Method);
        function.class = class;
        function.receiver = Some(receiver.unwrap_or_else(|| self.builder.intern("_")));
        let id = self.builder.add_function(function);
        if let Some(class) = class {
            self.keep_method(class, id);
        }
        Some(id)
    }

    /// A method that an interface asks for.
    pub(super) fn abstract_method(&mut self, node: Node<'_>, id: ClassId) -> Option<FunctionId> {
        let name = self.builder.name(field(node, "name")?);
        let mut function = self.callable(node, name, FunctionKind::Method);
        function.class = Some(id);
        function.receiver = Some(self.builder.intern("_"));
        Some(self.builder.add_function(function))
    }

    /// `func(…) … { … }` as a value.
    pub(super) fn literal_function(&mut self, node: Node<'_>) -> FunctionId {
        let name = self.builder.intern("");
        let function = self.callable(node, name, FunctionKind::Lambda);
        self.builder.add_function(function)
    }

    pub(super) fn keep_method(&mut self, id: ClassId, method: FunctionId) {
        if let Some(class) = self.builder.module.classes.get_mut(id.0 as usize) {
            class.methods.push(method);
        }
    }

    fn callable(&mut self, node: Node<'_>, name: Text, kind: FunctionKind) -> Function {
        let params = field(node, "parameters").map(|list| self.parameters(list));
        let params = params.unwrap_or_default();
        let mut scope = Scope::default();
        if kind == FunctionKind::Lambda {
            // what is asked or declared outside still holds inside
            scope.questions.clone_from(&self.scope.questions);
            scope.channels.clone_from(&self.scope.channels);
        }
        for param in &params {
            if let (Pattern::Name(name), Some(ty)) = (&param.pattern, &param.ty) {
                scope.declare(name, ty);
            }
        }
        let mut named = Vec::new();
        if let Some(list) = field(node, "result").filter(|list| list.kind() == "parameter_list") {
            named = self.parameters(list);
        }
        scope.results = named.iter().filter_map(name_of).collect();
        let returns = self.results(node);
        let outer = std::mem::replace(&mut self.scope, scope);
        let block = field(node, "body");
        let mut body = declared_results(node, named);
        if let Some(block) = block {
            body.append(&mut self.nested(|go| go.block(block)).unwrap_or_default());
        }
        self.scope = outer;
        Function {
            is_public: name.chars().next().is_some_and(char::is_uppercase),
            name,
            class: None,
            kind,
            params,
            receiver: None,
            returns,
            annotations: Vec::new(),
            is_async: false,
            body,
            has_body: block.is_some(),
            span: Span::of(node),
        }
    }

    fn parameters(&mut self, node: Node<'_>) -> Vec<Param> {
        let mut params = Vec::new();
        for declaration in children(node) {
            let Some(written) = field(declaration, "type") else {
                continue;
            };
            let is_rest = declaration.kind() == "variadic_parameter_declaration";
            let mut ty = self.type_name(written);
            if is_rest {
                ty.array.insert(0, None);
            }
            let mut patterns: Vec<Pattern> = Vec::new();
            for name in fields(declaration, "name") {
                patterns.push(match self.builder.source(name) {
                    "_" => Pattern::Ignore,
                    _ => Pattern::Name(self.builder.name(name)),
                });
            }
            if patterns.is_empty() {
                patterns.push(Pattern::Ignore);
            }
            params.extend(patterns.into_iter().map(|pattern| Param {
                pattern,
                ty: Some(ty.clone()),
                default: None,
                annotations: Vec::new(),
                kind: if is_rest {
                    ParamKind::Rest
                } else {
                    ParamKind::One
                },
                span: Span::of(declaration),
            }));
        }
        params
    }
}

impl Scope {
    /// Remembers what a name is by its type.
    pub(super) fn declare(&mut self, name: &Text, ty: &TypeName) {
        self.questions.remove(name);
        if &*ty.name == "chan" && ty.array.is_empty() {
            self.channels.insert(name.clone());
        } else {
            self.channels.remove(name);
        }
    }
}

fn name_of(param: &Param) -> Option<Text> {
    match &param.pattern {
        Pattern::Name(name) => Some(name.clone()),
        _ => None,
    }
}

/// Named results are variables of the function.
fn declared_results(node: Node<'_>, named: Vec<Param>) -> Vec<Stmt> {
    named
        .into_iter()
        .filter(|param| matches!(param.pattern, Pattern::Name(_)))
        .map(|param| {
            stmt(
                node,
                StmtKind::Let {
                    pattern: param.pattern,
                    ty: param.ty,
                    value: None,
                },
            )
        })
        .collect()
}
