//! What a file takes from others and gives to them: ES modules and `CommonJS`.

use tree_sitter::Node;

use super::super::syntax::{Builder, child_of, children, field, stmt};
use super::{expression, literal, statement};
use crate::ir::{Expr, ExprKind, Pattern, Stmt, StmtKind, Text};

/// Endings that imports leave out.
const ENDINGS: [&str; 9] = [
    ".d.ts", ".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs", ".mts", ".cts",
];

/// Modules that are another one in different clothes.
const SAME: [(&str, &str); 12] = [
    ("fs/promises", "fs"),
    ("fs-extra", "fs"),
    ("graceful-fs", "fs"),
    ("mz/fs", "fs"),
    ("path/posix", "path"),
    ("path/win32", "path"),
    ("dns/promises", "dns"),
    ("timers/promises", "timers"),
    ("mysql2/promise", "mysql2"),
    ("lodash-es", "lodash"),
    ("underscore", "lodash"),
    ("readline/promises", "readline"),
];

/// How a file is named by those who import it: `./` and its path below the root of the tree,
/// without ending and without `/index`.
pub(super) fn own_path(path: &str) -> String {
    let bare = without_ending(path);
    let bare = bare.strip_suffix("/index").unwrap_or(bare);
    let bare = if bare == "index" { "" } else { bare };
    format!("./{bare}")
}

fn without_ending(path: &str) -> &str {
    ENDINGS
        .iter()
        .find_map(|ending| path.strip_suffix(ending))
        .unwrap_or(path)
}

/// The full path of a module as an import names it, seen from the file being lowered.
pub(super) fn module_path(b: &Builder<'_>, named: &str) -> String {
    if named.starts_with("./") || named.starts_with("../") || named == "." || named == ".." {
        return own_path(&joined(&b.module.path, named));
    }
    let bare = named.strip_prefix("node:").unwrap_or(named);
    if let Some((_, same)) = SAME.iter().find(|(from, _)| *from == bare) {
        return (*same).to_owned();
    }
    match bare.split_once('/') {
        Some(("lodash" | "lodash-es", part)) => format!("lodash.{}", without_ending(part)),
        _ => bare.to_owned(),
    }
}

/// A relative path resolved against the folder of a file.
fn joined(file: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// `path.name`; names that only dress a module (`default`, `promises`) fall away.
pub(super) fn member_path(path: &str, name: &str) -> String {
    match name {
        "default" | "promises" => path.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

/// The full path an expression stands for, where it is a module or a member of one:
/// `require('fs')`, `await import('fs')`, `util.promisify(cp.exec)`, `express.Router`.
pub(super) fn imported(b: &mut Builder<'_>, node: Node<'_>) -> Option<String> {
    b.nested(|b| imported_inner(b, node)).flatten()
}

fn imported_inner(b: &mut Builder<'_>, node: Node<'_>) -> Option<String> {
    match node.kind() {
        "identifier" => {
            let name = b.source(node);
            let import = b.module.imports.iter().find(|i| &*i.local == name)?;
            Some(import.path.to_string())
        }
        "member_expression" => {
            let path = imported(b, field(node, "object")?)?;
            let name = b.source(field(node, "property")?);
            Some(member_path(&path, name))
        }
        "await_expression"
        | "parenthesized_expression"
        | "as_expression"
        | "non_null_expression"
        | "satisfies_expression" => imported(b, *children(node).first()?),
        "call_expression" => imported_call(b, node),
        _ => None,
    }
}

fn imported_call(b: &mut Builder<'_>, node: Node<'_>) -> Option<String> {
    if let Some(path) = required(b, node) {
        return Some(path);
    }
    let callee = field(node, "function")?;
    let first = children(field(node, "arguments")?).first().copied()?;
    let name = b.source(callee);
    let is_dress = name.starts_with("__import")
        || name.starts_with("_interopRequire")
        || name == "promisify"
        || name.ends_with(".promisify");
    if is_dress {
        return imported(b, first);
    }
    let property = field(callee, "property").map(|property| b.source(property));
    if property == Some("bind") {
        return imported(b, field(callee, "object")?);
    }
    None
}

/// The module of `require('m')` and `import('m')`.
pub(super) fn required(b: &Builder<'_>, node: Node<'_>) -> Option<String> {
    if node.kind() != "call_expression" {
        return None;
    }
    let callee = field(node, "function")?;
    if !matches!(b.source(callee), "require" | "import") {
        return None;
    }
    let first = children(field(node, "arguments")?).first().copied()?;
    let named = literal::constant_text(b, first)?;
    Some(module_path(b, &named))
}

/// Takes a declaration whose value is a module or a member of one as an import; `false` where it
/// is not.
pub(super) fn binds_import(b: &mut Builder<'_>, name: Node<'_>, value: Node<'_>) -> bool {
    match imported(b, value) {
        Some(path) => bind(b, name, &path),
        None => false,
    }
}

fn bind(b: &mut Builder<'_>, name: Node<'_>, path: &str) -> bool {
    b.nested(|b| bind_inner(b, name, path)).unwrap_or(false)
}

fn bind_inner(b: &mut Builder<'_>, name: Node<'_>, path: &str) -> bool {
    match name.kind() {
        "identifier" | "shorthand_property_identifier_pattern" => {
            let local = b.source(name);
            b.add_import(local, path, false);
            true
        }
        "object_pattern" => {
            let mut all = true;
            for part in children(name) {
                all &= bind_part(b, part, path);
            }
            all
        }
        _ => false,
    }
}

fn bind_part(b: &mut Builder<'_>, part: Node<'_>, path: &str) -> bool {
    match part.kind() {
        "shorthand_property_identifier_pattern" => {
            let member = member_path(path, b.source(part));
            bind(b, part, &member)
        }
        "pair_pattern" => match (field(part, "key"), field(part, "value")) {
            (Some(key), Some(value)) => {
                let member = member_path(path, b.source(key));
                bind(b, value, &member)
            }
            _ => false,
        },
        _ => false,
    }
}

/// `import … from 'm'`.
pub(super) fn import(b: &mut Builder<'_>, node: Node<'_>) {
    if let Some(clause) = child_of(node, "import_require_clause") {
        if let (Some(name), Some(source)) =
            (child_of(clause, "identifier"), field(clause, "source"))
        {
            let path = source_path(b, source);
            let local = b.source(name);
            b.add_import(local, &path, false);
        }
        return;
    }
    let (Some(clause), Some(source)) = (child_of(node, "import_clause"), field(node, "source"))
    else {
        return;
    };
    let path = source_path(b, source);
    for part in children(clause) {
        match part.kind() {
            "namespace_import" => {
                if let Some(name) = children(part).first() {
                    let local = b.source(*name);
                    b.add_import(local, &path, false);
                }
            }
            "named_imports" => named_imports(b, part, &path),
            _ => {
                let local = b.source(part);
                b.add_import(local, &path, false);
            }
        }
    }
}

fn named_imports(b: &mut Builder<'_>, list: Node<'_>, path: &str) {
    for part in children(list) {
        let Some(name) = field(part, "name") else {
            continue;
        };
        let member = member_path(path, b.source(name));
        let local = b.source(field(part, "alias").unwrap_or(name));
        b.add_import(local, &member, false);
    }
}

fn source_path(b: &Builder<'_>, source: Node<'_>) -> String {
    let named = literal::text(b, source);
    module_path(b, &named)
}

fn own(b: &Builder<'_>) -> String {
    own_path(&b.module.path)
}

/// `export …`.
pub(super) fn export(b: &mut Builder<'_>, node: Node<'_>, out: &mut Vec<Stmt>) {
    let is_default = child_of(node, "default").is_some();
    if let Some(declaration) = field(node, "declaration") {
        let first = out.len();
        statement::statement(b, declaration, out);
        for declared in &out[first..] {
            publish_declared(b, declared);
        }
        if is_default && let Some(name) = field(declaration, "name") {
            let path = format!("{}.{}", own(b), b.source(name));
            b.add_import("default", &path, false);
        }
    } else if let Some(value) = field(node, "value") {
        export_value(b, value, out);
    } else if let Some(source) = field(node, "source") {
        let path = source_path(b, source);
        re_export(b, node, &path);
    } else if let Some(clause) = child_of(node, "export_clause") {
        let own = own(b);
        export_clause(b, clause, &own);
    } else if child_of(node, "=").is_some()
        && let Some(value) = children(node).last()
    {
        export_value(b, *value, out);
    }
}

fn re_export(b: &mut Builder<'_>, node: Node<'_>, path: &str) {
    if let Some(clause) = child_of(node, "export_clause") {
        export_clause(b, clause, path);
    } else if let Some(name) = child_of(node, "namespace_export") {
        if let Some(name) = children(name).first() {
            let local = b.source(*name);
            b.add_import(local, path, false);
        }
    } else {
        b.add_import(path, path, true);
    }
}

fn export_clause(b: &mut Builder<'_>, clause: Node<'_>, path: &str) {
    let own = own(b);
    for part in children(clause) {
        let Some(name) = field(part, "name") else {
            continue;
        };
        let local = b.source(field(part, "alias").unwrap_or(name));
        let name = b.source(name);
        let member = if path == own {
            local_path(b, name)
        } else {
            member_path(path, name)
        };
        if member != format!("{own}.{local}") {
            b.add_import(local, &member, false);
        }
    }
}

/// The full path of a name of this file: where it was imported from, or its own.
fn local_path(b: &Builder<'_>, name: &str) -> String {
    let import = b.module.imports.iter().find(|i| &*i.local == name);
    match import {
        Some(import) => import.path.to_string(),
        None => format!("{}.{name}", own(b)),
    }
}

/// What the module itself is: `export default value`, `module.exports = value`.
fn export_value(b: &mut Builder<'_>, value: Node<'_>, out: &mut Vec<Stmt>) {
    match value.kind() {
        "identifier" => {
            let path = local_path(b, b.source(value));
            b.add_import("default", &path, false);
        }
        "object" => {
            let members = expression::named(b, value, "default");
            export_members(b, &members, out);
            push_let(value, "default".into(), members, out);
        }
        "assignment_expression" => assigned(b, value, out),
        _ => {
            let value_expr = expression::named(b, value, "default");
            push_let(value, "default".into(), value_expr, out);
        }
    }
    if let Some(last) = out.last() {
        publish_declared(b, last);
    }
}

/// Gives the members of an exported object names of their own, as far as they are plain.
fn export_members(b: &mut Builder<'_>, members: &Expr, out: &mut Vec<Stmt>) {
    let ExprKind::Map(entries) = &members.kind else {
        return;
    };
    let own = own(b);
    for (key, value) in entries {
        let Some(name) = key.as_ref().and_then(literal::constant_of) else {
            continue;
        };
        match &value.kind {
            ExprKind::Name(local) => {
                let path = local_path(b, local);
                if path != format!("{own}.{name}") {
                    b.add_import(&name, &path, false);
                }
            }
            ExprKind::Function(id) => {
                if let Some(function) = b.module.functions.get_mut(id.0 as usize) {
                    function.is_public = true;
                }
                out.push(Stmt {
                    kind: StmtKind::Let {
                        pattern: Pattern::Name(name),
                        ty: None,
                        value: Some(value.clone()),
                    },
                    span: value.span,
                });
            }
            _ => {}
        }
    }
}

fn push_let(node: Node<'_>, name: Text, value: Expr, out: &mut Vec<Stmt>) {
    let kind = StmtKind::Let {
        pattern: Pattern::Name(name),
        ty: None,
        value: Some(value),
    };
    out.push(stmt(node, kind));
}

/// `module.exports = …`, `exports.name = …` as a statement; `false` where it is none of them.
pub(super) fn export_assignment(b: &mut Builder<'_>, node: Node<'_>, out: &mut Vec<Stmt>) -> bool {
    if node.kind() != "assignment_expression" {
        return false;
    }
    let Some(left) = field(node, "left") else {
        return false;
    };
    let target = b.source(left);
    let is_export = matches!(target, "module.exports" | "exports" | "exports.default")
        || target.starts_with("exports.")
        || target.starts_with("module.exports.");
    if is_export {
        assigned(b, node, out);
    }
    is_export
}

fn assigned(b: &mut Builder<'_>, node: Node<'_>, out: &mut Vec<Stmt>) {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return;
    };
    let target = b.source(left);
    let name = target
        .strip_prefix("module.exports.")
        .or_else(|| target.strip_prefix("exports."))
        .filter(|name| *name != "default");
    let Some(name) = name else {
        b.nested(|b| export_value(b, right, out));
        return;
    };
    if right.kind() == "identifier" {
        let path = local_path(b, b.source(right));
        if path != format!("{}.{name}", own(b)) {
            b.add_import(name, &path, false);
        }
        return;
    }
    if let Some(path) = imported(b, right) {
        b.add_import(name, &path, false);
        return;
    }
    let value = expression::named(b, right, name);
    let name = b.intern(name);
    push_let(node, name, value, out);
    if let Some(last) = out.last() {
        publish_declared(b, last);
    }
}

fn publish_declared(b: &mut Builder<'_>, declared: &Stmt) {
    let id = match &declared.kind {
        StmtKind::Function(id) => *id,
        StmtKind::Let {
            value: Some(value), ..
        } => match &value.kind {
            ExprKind::Function(id) => *id,
            _ => return,
        },
        _ => return,
    };
    if let Some(function) = b.module.functions.get_mut(id.0 as usize) {
        function.is_public = true;
    }
}

/// Marks the functions that are exported by name elsewhere than where they are declared, and all
/// methods of classes: any of them may be called from outside.
pub(super) fn publish(b: &mut Builder<'_>, root: Node<'_>) {
    let mut names: Vec<&str> = Vec::new();
    for child in children(root) {
        if child.kind() == "export_statement"
            && let Some(clause) = child_of(child, "export_clause")
        {
            let specifiers = children(clause);
            names.extend(
                specifiers
                    .iter()
                    .filter_map(|s| Some(b.source(field(*s, "name")?))),
            );
        }
        if child.kind() == "expression_statement" {
            names.extend(exported_shorthands(b, child));
        }
    }
    for function in &mut b.module.functions {
        let is_listed = !function.name.is_empty() && names.contains(&&*function.name);
        function.is_public |= function.class.is_some() || is_listed;
    }
}

fn exported_shorthands<'t>(b: &Builder<'t>, node: Node<'_>) -> Vec<&'t str> {
    let Some(assignment) = child_of(node, "assignment_expression") else {
        return Vec::new();
    };
    let is_exports = field(assignment, "left").map(|left| b.source(left)) == Some("module.exports");
    let Some(right) = field(assignment, "right").filter(|_| is_exports) else {
        return Vec::new();
    };
    if right.kind() == "identifier" {
        return vec![b.source(right)];
    }
    children(right)
        .into_iter()
        .filter(|part| part.kind() == "shorthand_property_identifier")
        .map(|part| b.source(part))
        .collect()
}
