//! Types, declarators, declarations, classes.

use tree_sitter::Node;

use super::super::syntax::{child_of, children, field, fields, plain_type, positional};
use super::{Lowering, Signature};
use crate::ir::{
    Annotation, Class, ClassId, Expr, ExprKind, Param, ParamKind, Pattern, Stmt, StmtKind, Text,
    TypeName, Variable,
};

/// What a declarator says of the name it declares.
pub(super) struct Declared<'n> {
    /// Its name; `None` for a parameter without one.
    pub(super) name: Option<Text>,
    /// Its type; of a function, what it returns.
    pub(super) ty: TypeName,
    /// Of a function, its parameters; `Some(None)` where they are missing.
    pub(super) params: Option<Option<Node<'n>>>,
    /// `auto [a, b]`.
    names: Vec<Text>,
}

impl Lowering<'_> {
    /// The type a specifier names; classes and enums defined in it are kept.
    pub(super) fn type_specifier(&mut self, node: Node<'_>) -> TypeName {
        match node.kind() {
            "struct_specifier" | "class_specifier" | "union_specifier" => self.class(node),
            "enum_specifier" => self.enumeration(node),
            "template_type" => {
                let name = field(node, "name").unwrap_or(node);
                let name = self.plain_name(self.builder.source(name));
                let args: Vec<TypeName> = field(node, "arguments")
                    .map(children)
                    .unwrap_or_default()
                    .into_iter()
                    .filter(|arg| arg.kind() == "type_descriptor")
                    .filter_map(|arg| self.nested(|lowering| lowering.type_descriptor(arg)))
                    .collect();
                let fixed = self.fixed_array(node, &name, &args);
                fixed.unwrap_or(TypeName {
                    args,
                    ..plain_type(name)
                })
            }
            "qualified_identifier" => {
                let mut last = node;
                while let Some(name) = field(last, "name") {
                    last = name;
                    if last.kind() == "template_type" {
                        return self
                            .nested(|lowering| lowering.type_specifier(last))
                            .unwrap_or_else(|| plain_type("".into()));
                    }
                }
                let name = self.plain_name(self.builder.source(node));
                plain_type(name)
            }
            "placeholder_type_specifier" | "decltype" => plain_type(self.builder.intern("auto")),
            "dependent_type" => match children(node).first().copied() {
                Some(inner) => self
                    .nested(|lowering| lowering.type_specifier(inner))
                    .unwrap_or_else(|| plain_type("".into())),
                None => plain_type("".into()),
            },
            _ => {
                let words: Vec<&str> = self.source(node).split_whitespace().collect();
                let name = words.join(" ");
                plain_type(self.plain_name(&name))
            }
        }
    }

    /// `array<T, 4>`: the same as `T[4]`.
    fn fixed_array(&mut self, node: Node<'_>, name: &str, args: &[TypeName]) -> Option<TypeName> {
        let given = children(field(node, "arguments")?);
        let [_, length] = given.as_slice() else {
            return None;
        };
        let is_known = matches!(name, "array" | "std::array") && length.kind() == "number_literal";
        let mut inner = args.first().filter(|_| is_known)?.clone();
        inner.array.insert(0, Some(self.expression(*length)));
        Some(inner)
    }

    /// `int *` in a cast, `sizeof`, template argument.
    pub(super) fn type_descriptor(&mut self, node: Node<'_>) -> TypeName {
        let base = match field(node, "type") {
            Some(specifier) => self.type_specifier(specifier),
            None => return self.type_specifier(node),
        };
        match field(node, "declarator") {
            Some(declarator) => self.declarator(declarator, base).ty,
            None => base,
        }
    }

    fn class(&mut self, node: Node<'_>) -> TypeName {
        let name = match field(node, "name") {
            Some(name) => self.plain_name(self.builder.source(name)),
            None => self
                .builder
                .intern(&format!("anonymous@{}", self.span(node).start)),
        };
        let Some(body) = field(node, "body") else {
            return plain_type(name);
        };
        let annotations = match node.kind() {
            "union_specifier" => vec![self.annotation(node, "union")],
            "struct_specifier" => vec![self.annotation(node, "struct")],
            _ => Vec::new(),
        };
        let bases = child_of(node, "base_class_clause")
            .map(children)
            .unwrap_or_default()
            .into_iter()
            .filter(|base| base.kind() != "access_specifier")
            .map(|base| self.type_specifier(base))
            .collect();
        let span = self.span(node);
        let class = Class {
            name: name.clone(),
            bases,
            annotations,
            fields: Vec::new(),
            methods: Vec::new(),
            span,
        };
        let id = self.keep_class(class);
        let outer = self.class.replace(id);
        let _ = self.nested(|lowering| lowering.members(body, id));
        self.class = outer;
        plain_type(name)
    }

    /// Keeps a class, or completes one that was only spoken of.
    fn keep_class(&mut self, class: Class) -> ClassId {
        if let Some(id) = self.classes.get(&class.name).copied()
            && let Some(known) = self.builder.module.classes.get_mut(id.0 as usize)
            && known.fields.is_empty()
            && known.span == crate::Span::default()
        {
            let methods = std::mem::take(&mut known.methods);
            *known = Class { methods, ..class };
            return id;
        }
        let name = class.name.clone();
        let id = self.builder.add_class(class);
        self.classes.insert(name, id);
        id
    }

    fn members(&mut self, body: Node<'_>, id: ClassId) {
        for member in children(body) {
            match member.kind() {
                "field_declaration" => self.field_declaration(member, id),
                "preproc_if" | "preproc_ifdef" | "preproc_else" | "template_declaration" => {
                    let _ = self.nested(|lowering| lowering.members(member, id));
                }
                "friend_declaration" => {}
                _ => self.item(member),
            }
        }
    }

    fn field_declaration(&mut self, node: Node<'_>, id: ClassId) {
        let Some(specifier) = field(node, "type") else {
            return;
        };
        let base = self.type_specifier(specifier);
        let annotations = self.modifiers(node);
        let has = |name: &str| annotations.iter().any(|found| &*found.name == name);
        let (is_static, is_constant) = (has("static"), has("const") || has("constexpr"));
        let mut declared = Vec::new();
        for declarator in fields(node, "declarator") {
            let found = self.declarator(declarator, base.clone());
            let Some(name) = found.name else { continue };
            if let Some(params) = found.params {
                let params = params.map(|at| self.parameters(at)).unwrap_or_default();
                let signature = Signature {
                    name,
                    class: Some(id),
                    params,
                    returns: found.ty,
                };
                self.add_function(node, signature, Vec::new(), false);
                continue;
            }
            declared.push((name, found.ty));
        }
        let is_member_struct = declared.is_empty()
            && fields(node, "declarator").is_empty()
            && child_of(specifier, "field_declaration_list").is_some();
        if is_member_struct {
            declared.push((self.builder.intern(""), base));
        }
        let value = field(node, "default_value").map(|value| self.expression(value));
        let span = self.span(node);
        let fields = declared.into_iter().map(|(name, ty)| Variable {
            name,
            ty: Some(ty),
            value: value.clone(),
            is_static,
            is_constant,
            annotations: Vec::new(),
            span,
        });
        if let Some(class) = self.builder.module.classes.get_mut(id.0 as usize) {
            class.fields.extend(fields);
        }
    }

    fn enumeration(&mut self, node: Node<'_>) -> TypeName {
        let name = match field(node, "name") {
            Some(name) => self.plain_name(self.builder.source(name)),
            None => self.builder.intern("int"),
        };
        let Some(body) = field(node, "body") else {
            return plain_type(name);
        };
        let mut next = 0;
        let mut last: Option<Expr> = None;
        for item in children(body) {
            if item.kind() != "enumerator" {
                continue;
            }
            let Some(label) = field(item, "name") else {
                continue;
            };
            let label = self.builder.name(label);
            if let Some(value) = field(item, "value") {
                let value = self.expression(value);
                if let ExprKind::Const(crate::ir::Const::Int(given)) = value.kind {
                    next = given;
                    last = None;
                } else {
                    last = Some(value);
                    next = 0;
                }
            }
            let number = self.integer(item, next);
            let value = match &last {
                Some(start) => Expr {
                    kind: ExprKind::Binary {
                        op: crate::ir::BinaryOp::Add,
                        left: Box::new(start.clone()),
                        right: Box::new(number),
                    },
                    span: self.span(item),
                },
                None => number,
            };
            self.builder.module.defines.push((label, value));
            next = next.wrapping_add(1);
        }
        if &*name != "int" {
            let annotations = vec![self.annotation(node, "enum")];
            let bases = vec![plain_type(self.builder.intern("int"))];
            let span = self.span(node);
            self.keep_class(Class {
                name: name.clone(),
                bases,
                annotations,
                fields: Vec::new(),
                methods: Vec::new(),
                span,
            });
        }
        plain_type(name)
    }

    fn annotation(&mut self, node: Node<'_>, name: &str) -> Annotation {
        let (name, span) = (self.builder.intern(name), self.span(node));
        let args = Vec::new();
        Annotation { name, args, span }
    }

    /// `typedef T name;`, `using name = T;`
    pub(super) fn type_definition(&mut self, node: Node<'_>) {
        let Some(specifier) = field(node, "type") else {
            return;
        };
        let mut found = Vec::new();
        if node.kind() == "alias_declaration" {
            let ty = self.type_descriptor(specifier);
            let name = field(node, "name").map(|name| self.builder.name(name));
            found.push((name, ty));
        } else {
            let base = self.type_specifier(specifier);
            for declarator in fields(node, "declarator") {
                let declared = self.declarator(declarator, base.clone());
                let mut ty = declared.ty;
                if declared.params.is_some() {
                    ty = plain_type(self.builder.intern("function"));
                }
                found.push((declared.name, ty));
            }
        }
        for (name, ty) in found {
            let Some(name) = name else { continue };
            if ty.name == name && ty.pointers == 0 {
                continue;
            }
            let annotations = vec![self.annotation(node, "typedef")];
            let span = self.span(node);
            self.builder.add_class(Class {
                name,
                bases: vec![ty],
                annotations,
                fields: Vec::new(),
                methods: Vec::new(),
                span,
            });
        }
    }

    /// What a declarator declares, on top of the type in front of it.
    pub(super) fn declarator<'n>(&mut self, node: Node<'n>, base: TypeName) -> Declared<'n> {
        let mut declared = Declared {
            name: None,
            ty: base,
            params: None,
            names: Vec::new(),
        };
        let mut at = Some(node);
        let mut is_pointer_inside = false;
        while let Some(node) = at {
            at = field(node, "declarator");
            match node.kind() {
                "pointer_declarator"
                | "abstract_pointer_declarator"
                | "pointer_type_declarator" => {
                    self.add_pointer(&mut declared, is_pointer_inside);
                }
                "reference_declarator" | "abstract_reference_declarator" => {
                    declared.ty.pointers |= TypeName::REFERENCE;
                    declared.ty.pointers = declared.ty.pointers.saturating_add(1);
                    at = children(node).last().copied();
                }
                "array_declarator" | "abstract_array_declarator" => {
                    let size = field(node, "size").filter(|size| size.kind() != "*");
                    let size = size.map(|size| self.expression(size));
                    declared.ty.array.insert(0, size);
                }
                "function_declarator" | "abstract_function_declarator" => {
                    declared.params = Some(field(node, "parameters"));
                    if let Some(returns) = child_of(node, "trailing_return_type")
                        && let Some(returns) = children(returns).first().copied()
                    {
                        declared.ty = self.type_descriptor(returns);
                    }
                }
                "parenthesized_declarator" | "abstract_parenthesized_declarator" => {
                    is_pointer_inside = true;
                    at = children(node)
                        .into_iter()
                        .find(|child| child.kind() != "ms_call_modifier");
                }
                "attributed_declarator" | "variadic_declarator" | "init_declarator" => {
                    at = at.or_else(|| children(node).first().copied());
                }
                "structured_binding_declarator" => {
                    let names = children(node);
                    declared.names = names.iter().map(|name| self.builder.name(*name)).collect();
                }
                "operator_cast" => {
                    let name = self.source(node).split('(').next().unwrap_or_default();
                    declared.name = Some(self.builder.intern(name.trim()));
                    declared.params = Some(None);
                    at = None;
                }
                _ => {
                    let source = self.source(node);
                    declared.name = Some(match node.kind() {
                        "template_function" => self.plain_name(source),
                        _ => self.builder.intern(source.trim_start_matches("::")),
                    });
                    at = None;
                }
            }
        }
        declared
    }

    fn add_pointer(&mut self, declared: &mut Declared<'_>, is_inside: bool) {
        if is_inside && declared.params.is_some() {
            // `int (*f)(void)`: what it points to is a function, whatever that returns.
            declared.params = None;
            declared.ty = plain_type(self.builder.intern("function"));
        } else if is_inside {
            declared.ty.array.clear();
        }
        declared.ty.pointers = declared.ty.pointers.saturating_add(1);
    }

    /// The parameters of a function; `(void)` has none.
    pub(super) fn parameters(&mut self, node: Node<'_>) -> Vec<Param> {
        let mut params = Vec::new();
        for child in children(node) {
            let Some(specifier) = field(child, "type") else {
                continue;
            };
            let base = self.type_specifier(specifier);
            let declared = match field(child, "declarator") {
                Some(declarator) => self.declarator(declarator, base),
                None if &*base.name == "void" => continue,
                None => Declared {
                    name: None,
                    ty: base,
                    params: None,
                    names: Vec::new(),
                },
            };
            let mut ty = declared.ty;
            if declared.params.is_some() {
                ty = plain_type(self.builder.intern("function"));
                ty.pointers = 1;
            }
            let kind = match child.kind() {
                "variadic_parameter_declaration" => ParamKind::Rest,
                _ => ParamKind::One,
            };
            params.push(Param {
                pattern: declared.name.map_or(Pattern::Ignore, Pattern::Name),
                ty: Some(ty),
                default: field(child, "default_value").map(|value| self.expression(value)),
                annotations: self.modifiers(child),
                kind,
                span: self.span(child),
            });
        }
        params
    }

    /// `: a(1), b{2}` of a constructor, as assignments.
    pub(super) fn member_initializers(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let Some(list) = child_of(node, "field_initializer_list") else {
            return Vec::new();
        };
        let mut lowered = Vec::new();
        for item in children(list) {
            let parts = children(item);
            let (Some(name), Some(values)) = (parts.first(), parts.last()) else {
                continue;
            };
            let name = self.plain_name(self.builder.source(*name));
            let mut values: Vec<Expr> = children(*values)
                .into_iter()
                .map(|value| self.expression(value))
                .collect();
            let base = Box::new(self.expr(item, ExprKind::Name("this".into())));
            let place = self.expr(
                item,
                ExprKind::Field {
                    base,
                    name: name.clone(),
                },
            );
            let value = if values.len() == 1 && !self.classes.contains_key(&name) {
                values.remove(0)
            } else {
                let callee = Box::new(self.expr(item, ExprKind::Name(name)));
                let args = values.into_iter().map(positional).collect();
                let call = self.expr(item, ExprKind::Call { callee, args });
                lowered.push(self.stmt(item, StmtKind::Expr(call)));
                continue;
            };
            let assign = ExprKind::Assign {
                target: Box::new(Pattern::Place(Box::new(place))),
                op: None,
                value: Box::new(value),
            };
            let assign = self.expr(item, assign);
            lowered.push(self.stmt(item, StmtKind::Expr(assign)));
        }
        lowered
    }

    /// Variables and prototypes.
    pub(super) fn declaration(&mut self, node: Node<'_>, is_top: bool) -> Vec<Stmt> {
        let base = field(node, "type").map_or_else(
            || plain_type("".into()),
            |specifier| self.type_specifier(specifier),
        );
        let modifiers = self.modifiers(node);
        let has = |name: &str| modifiers.iter().any(|found| &*found.name == name);
        let (is_extern, is_static) = (has("extern"), has("static") || has("thread_local"));
        let mut lowered = Vec::new();
        for declarator in fields(node, "declarator") {
            // A declaration in a condition holds its value itself.
            let value = field(declarator, "value").or_else(|| field(node, "value"));
            if is_extern && value.is_none() && declarator.kind() != "function_declarator" {
                continue;
            }
            let declared = self.declarator(declarator, base.clone());
            if let Some(params) = declared.params
                && value.is_none()
            {
                let args = (!is_top).then(|| params.and_then(|at| self.as_arguments(at)));
                if let Some(args) = args.flatten() {
                    let value = self.construct(declarator, &declared.ty, args);
                    lowered.extend(self.let_name(
                        declarator,
                        declared.name,
                        declared.ty,
                        Some(value),
                    ));
                } else if let Some(name) = declared.name {
                    let params = params.map(|at| self.parameters(at)).unwrap_or_default();
                    let (class, name) = self.owner(&name);
                    let returns = declared.ty;
                    let signature = Signature {
                        name,
                        class,
                        params,
                        returns,
                    };
                    self.add_function(node, signature, Vec::new(), false);
                }
                continue;
            }
            let value = value.map(|value| self.initial_value(declarator, &declared.ty, value));
            if declared.names.is_empty() {
                let one = self.let_name(declarator, declared.name, declared.ty, value);
                lowered.extend(one.map(|one| self.with_storage(one, is_static && !is_top)));
            } else {
                let names = declared.names.into_iter().map(Pattern::Name).collect();
                let pattern = Pattern::Sequence(names);
                let ty = None;
                lowered.push(self.stmt(declarator, StmtKind::Let { pattern, ty, value }));
            }
        }
        lowered
    }

    fn with_storage(&mut self, one: Stmt, is_static: bool) -> Stmt {
        if !is_static {
            return one;
        }
        let span = one.span;
        let label = self.builder.intern("static");
        let kind = StmtKind::Labeled(label, Box::new(one));
        Stmt { kind, span }
    }

    fn let_name(
        &mut self,
        node: Node<'_>,
        name: Option<Text>,
        ty: TypeName,
        value: Option<Expr>,
    ) -> Option<Stmt> {
        let name = name?;
        let last = name.rsplit("::").next().unwrap_or(&name);
        let pattern = Pattern::Name(self.builder.intern(last));
        let ty = Some(ty);
        Some(self.stmt(node, StmtKind::Let { pattern, ty, value }))
    }

    fn initial_value(&mut self, declarator: Node<'_>, ty: &TypeName, value: Node<'_>) -> Expr {
        match value.kind() {
            "argument_list" => {
                let args = self.arguments(value);
                self.construct(declarator, ty, args)
            }
            _ => self.expression(value),
        }
    }

    /// `T x(args)`.
    pub(super) fn construct(&mut self, node: Node<'_>, ty: &TypeName, mut args: Vec<Expr>) -> Expr {
        let is_plain = ty.pointers > 0 || is_built_in(&ty.name);
        if is_plain && args.len() == 1 {
            return args.remove(0);
        }
        let callee = Box::new(self.expr(node, ExprKind::Name(ty.name.clone())));
        let args = args.into_iter().map(positional).collect();
        self.expr(node, ExprKind::Call { callee, args })
    }

    /// `T x(a, b)` reads like a prototype: its arguments, where every parameter is a bare name.
    fn as_arguments(&mut self, node: Node<'_>) -> Option<Vec<Expr>> {
        let params = children(node);
        let is_bare = |param: &Node<'_>| {
            param.kind() == "parameter_declaration"
                && field(*param, "declarator").is_none()
                && field(*param, "type").is_some_and(|ty| {
                    matches!(ty.kind(), "type_identifier" | "qualified_identifier")
                })
        };
        if params.is_empty() || !params.iter().all(is_bare) {
            return None;
        }
        let names = params.iter().map(|param| {
            let name = self.plain_name(self.builder.source(*param));
            self.expr(*param, ExprKind::Name(name))
        });
        Some(names.collect())
    }
}

/// Whether a type is a number or truth value of the language.
pub(super) fn is_built_in(name: &str) -> bool {
    name.split(' ').all(|word| {
        matches!(
            word,
            "int"
                | "char"
                | "short"
                | "long"
                | "unsigned"
                | "signed"
                | "bool"
                | "float"
                | "double"
                | "wchar_t"
                | "size_t"
                | "auto"
                | "int8_t"
                | "int16_t"
                | "int32_t"
                | "int64_t"
                | "uint8_t"
                | "uint16_t"
                | "uint32_t"
                | "uint64_t"
        )
    })
}
