//! Which literals reach a place where a code is expected.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, FnArg, ItemFn, Lit, Local, Pat, Signature, Stmt, Type};

/// A function by the type or the module it belongs to, and its name.
type Name = (String, String);

/// Functions that make a code of one of their parameters: the parameter's place, and the code with
/// `{}` where the argument stands.
type Sinks = BTreeMap<Name, BTreeSet<(usize, String)>>;

/// Fields of which a code is made, by the name of their struct or variant, with the code as above.
type Fields = BTreeMap<Name, BTreeSet<String>>;

/// Every code in `files`, each a path and its syntax.
pub(super) fn codes(files: &[(String, syn::File)]) -> Result<BTreeSet<String>> {
    let mut sinks = Sinks::new();
    let mut fields = Fields::new();
    loop {
        let before = (sinks.clone(), fields.clone());
        let mut found = BTreeSet::new();
        let mut unclear = BTreeSet::new();
        for (path, file) in files {
            let mut reader = Reader {
                path,
                sinks: &mut sinks,
                fields: &mut fields,
                found: &mut found,
                unclear: &mut unclear,
                owner: String::new(),
                imports: imports(path, file),
                functions: Vec::new(),
            };
            reader.visit_file(file);
        }
        // A function found to hand its parameter on makes its callers worth another look.
        if (sinks.clone(), fields.clone()) != before {
            continue;
        }
        if !unclear.is_empty() {
            let places: Vec<_> = unclear.into_iter().collect();
            bail!(
                "cannot tell the codes of\n  {}\nhint: put the literal there, or into `let code = …`",
                places.join("\n  ")
            );
        }
        return Ok(found);
    }
}

/// The function being read.
struct Function {
    name: Name,
    parameters: Vec<String>,
    locals: Vec<Local>,
    /// Names bound by taking a struct or variant apart, with its name.
    taken_apart: Vec<Name>,
    /// Names bound by taking a tuple struct or variant apart, with its name and their place.
    unpacked: Vec<(Name, usize, String)>,
}

struct Reader<'a> {
    path: &'a str,
    sinks: &'a mut Sinks,
    fields: &'a mut Fields,
    found: &'a mut BTreeSet<String>,
    unclear: &'a mut BTreeSet<String>,
    /// The type whose functions are being read; empty outside.
    owner: String,
    /// The module of each function that is called by its name alone.
    imports: BTreeMap<String, String>,
    functions: Vec<Function>,
}

impl Reader<'_> {
    fn enter(&mut self, signature: &Signature, body: &Block) {
        let parameters: Vec<String> = signature
            .inputs
            .iter()
            .filter_map(|input| match input {
                FnArg::Typed(typed) => Some(bound(&typed.pat).unwrap_or_default()),
                FnArg::Receiver(_) => None,
            })
            .collect();
        let mut bindings = Bindings::default();
        bindings.visit_block(body);
        let owner = if self.owner.is_empty() {
            module(self.path)
        } else {
            self.owner.clone()
        };
        let name = (owner, signature.ident.to_string());
        if let Some(place) = parameters.iter().position(|each| each == "code") {
            self.add_sink(name.clone(), place, "{}");
        }
        if is_code(&name.1) {
            self.literals(body);
        }
        self.functions.push(Function {
            name,
            parameters,
            locals: bindings.locals,
            taken_apart: bindings.taken_apart,
            unpacked: bindings.unpacked,
        });
    }

    fn add_sink(&mut self, name: Name, place: usize, form: &str) {
        let forms = self.sinks.entry(name).or_default();
        forms.insert((place, form.to_owned()));
    }

    /// Every literal that a function named as a code gives back.
    fn literals(&mut self, body: &Block) {
        let mut given = Literals(Vec::new());
        given.visit_block(body);
        self.found.extend(given.0);
    }

    /// What stands where a code is expected, `form` around it. `tuple` is its place in a tuple.
    fn take(&mut self, expr: &Expr, form: &str, tuple: Option<usize>) {
        match expr {
            Expr::Reference(inner) => self.take(&inner.expr, form, tuple),
            Expr::Paren(inner) => self.take(&inner.expr, form, tuple),
            Expr::Tuple(parts) => {
                if let Some(part) = tuple.and_then(|place| parts.elems.iter().nth(place)) {
                    self.take(part, form, None);
                }
            }
            Expr::Match(each) => {
                for arm in &each.arms {
                    self.take(&arm.body, form, tuple);
                }
            }
            Expr::If(each) => {
                self.take_block(&each.then_branch, form, tuple);
                if let Some((_, other)) = &each.else_branch {
                    self.take(other, form, tuple);
                }
            }
            Expr::Block(each) => self.take_block(&each.block, form, tuple),
            // A way out gives no code, and one that comes from a field was counted where it was put.
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Field(_) => {}
            Expr::Lit(literal) if tuple.is_none() => match &literal.lit {
                Lit::Str(text) => {
                    self.found.insert(form.replace("{}", &text.value()));
                }
                _ => self.give_up(expr),
            },
            Expr::MethodCall(call) if is_code(&call.method.to_string()) => {}
            Expr::MethodCall(call) => self.take(&call.receiver, form, tuple),
            Expr::Call(call) if is_code(&called(&call.func).1) => {}
            Expr::Macro(each) => match template(&each.mac) {
                Some((before, name, after)) => {
                    let inner = form.replace("{}", &format!("{before}{{}}{after}"));
                    self.take_named(expr, &name, &inner, tuple);
                }
                None => self.give_up(expr),
            },
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => self.take_named(expr, &name.to_string(), form, tuple),
                None => self.give_up(expr),
            },
            _ => self.give_up(expr),
        }
    }

    fn take_block(&mut self, block: &Block, form: &str, tuple: Option<usize>) {
        if let Some(Stmt::Expr(last, None)) = block.stmts.last() {
            self.take(last, form, tuple);
        }
    }

    /// A name is a parameter, whose callers then matter, or was bound in this function.
    fn take_named(&mut self, expr: &Expr, name: &str, form: &str, tuple: Option<usize>) {
        let Some(function) = self.functions.last() else {
            return self.give_up(expr);
        };
        if let Some(place) = function.parameters.iter().position(|each| each == name) {
            return self.add_sink(function.name.clone(), place, form);
        }
        let bindings: Vec<(Expr, Option<usize>)> = function
            .locals
            .iter()
            .filter_map(|local| {
                let init = (*local.init.as_ref()?.expr).clone();
                match &local.pat {
                    Pat::Tuple(parts) => {
                        let place = parts
                            .elems
                            .iter()
                            .position(|part| bound(part).is_some_and(|each| each == name))?;
                        Some((init, Some(place)))
                    }
                    other if bound(other).is_some_and(|each| each == name) => Some((init, tuple)),
                    _ => None,
                }
            })
            .collect();
        let owners: Vec<Name> = function
            .taken_apart
            .iter()
            .filter(|(_, field)| field == name)
            .cloned()
            .collect();
        let makers: Vec<(Name, usize)> = function
            .unpacked
            .iter()
            .filter(|(_, _, bound)| bound == name)
            .map(|(maker, place, _)| (self.resolved(maker.clone()), *place))
            .collect();
        if bindings.is_empty() && owners.is_empty() && makers.is_empty() {
            return self.give_up(expr);
        }
        for (maker, place) in makers {
            self.add_sink(maker, place, form);
        }
        for owner in owners {
            self.fields
                .entry(owner)
                .or_default()
                .insert(form.to_owned());
        }
        for (init, place) in bindings {
            self.take(&init, form, place);
        }
    }

    /// `Self` by its name, a module by its crate.
    fn resolved(&self, (owner, name): Name) -> Name {
        let owner = if owner == "Self" {
            self.owner.clone()
        } else if owner.is_empty() {
            let imported = self.imports.get(&name).cloned();
            imported.unwrap_or_else(|| module(self.path))
        } else if owner.starts_with(char::is_lowercase) {
            module_named(self.path, &owner)
        } else {
            owner
        };
        (owner, name)
    }

    fn give_up(&mut self, expr: &Expr) {
        let line = expr.span().start().line;
        self.unclear.insert(format!("{}:{line}", self.path));
    }

    fn take_arguments<'a>(&mut self, name: &Name, arguments: impl Iterator<Item = &'a Expr>) {
        let Some(forms) = self.sinks.get(name).cloned() else {
            return;
        };
        let arguments: Vec<&Expr> = arguments.collect();
        for (place, form) in forms {
            if let Some(argument) = arguments.get(place) {
                self.take(argument, &form, None);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.owner = match &*item.self_ty {
            Type::Path(path) => last(&path.path),
            _ => String::new(),
        };
        visit::visit_item_impl(self, item);
        self.owner.clear();
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.enter(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
        self.functions.pop();
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.enter(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
        self.functions.pop();
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let name = self.resolved(called(&call.func));
        self.take_arguments(&name, call.args.iter());
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        let owners: Vec<Name> = self
            .sinks
            .keys()
            .filter(|(owner, each)| !owner.contains('/') && *each == name && each != "new")
            .cloned()
            .collect();
        for owner in owners {
            self.take_arguments(&owner, call.args.iter());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        for field in &made.fields {
            let name = member(&field.member);
            let mut forms = self
                .fields
                .get(&(last(&made.path), name.clone()))
                .cloned()
                .unwrap_or_default();
            // Why a socket is closed is said by a number.
            if name == "code" && last(&made.path) != "CloseFrame" {
                forms.insert("{}".to_owned());
            }
            for form in forms {
                self.take(&field.expr, &form, None);
            }
        }
        visit::visit_expr_struct(self, made);
    }
}

/// What a function binds.
#[derive(Default)]
struct Bindings {
    locals: Vec<Local>,
    taken_apart: Vec<Name>,
    unpacked: Vec<(Name, usize, String)>,
}

impl<'ast> Visit<'ast> for Bindings {
    fn visit_local(&mut self, local: &'ast Local) {
        self.locals.push(local.clone());
        visit::visit_local(self, local);
    }

    fn visit_pat_struct(&mut self, pattern: &'ast syn::PatStruct) {
        for field in &pattern.fields {
            self.taken_apart
                .push((last(&pattern.path), member(&field.member)));
        }
        visit::visit_pat_struct(self, pattern);
    }

    fn visit_pat_tuple_struct(&mut self, pattern: &'ast syn::PatTupleStruct) {
        for (place, part) in pattern.elems.iter().enumerate() {
            if let Some(name) = bound(part) {
                self.unpacked.push((ending(&pattern.path), place, name));
            }
        }
        visit::visit_pat_tuple_struct(self, pattern);
    }
}

/// The type (if any) and the name at the end of a path.
fn ending(path: &syn::Path) -> Name {
    let segments: Vec<String> = path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    match segments.as_slice() {
        [.., owner, name] => (owner.clone(), name.clone()),
        [name] => (String::new(), name.clone()),
        [] => Name::default(),
    }
}

fn last(path: &syn::Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}

fn member(member: &syn::Member) -> String {
    match member {
        syn::Member::Named(name) => name.to_string(),
        syn::Member::Unnamed(place) => place.index.to_string(),
    }
}

/// The texts among the values of a block.
struct Literals(Vec<String>);

impl<'ast> Visit<'ast> for Literals {
    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.0.push(literal.value());
    }
    // Patterns hold what is read, not what is said.
    fn visit_pat(&mut self, _: &'ast Pat) {}
}

/// What stands for the module of a file: its crate and its name. Names are told apart within one
/// crate, whatever folders they lie in.
fn module(path: &str) -> String {
    let (root, _) = path.split_once("/src/").unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    format!("{root}/{}", name.trim_end_matches(".rs"))
}

/// The module `name` as it is called from the file `path`.
fn module_named(path: &str, name: &str) -> String {
    let (root, inner) = path.split_once("/src/").unwrap_or_default();
    match name {
        "self" => module(path),
        "crate" => format!("{root}/lib"),
        "super" => {
            let above = inner.rsplit('/').nth(1).unwrap_or("lib");
            format!("{root}/{above}")
        }
        _ => format!("{root}/{name}"),
    }
}

/// Where the functions come from that a file brings in by `use`.
fn imports(path: &str, file: &syn::File) -> BTreeMap<String, String> {
    let mut uses = Uses {
        path,
        module: String::new(),
        found: BTreeMap::new(),
    };
    uses.visit_file(file);
    uses.found
}

struct Uses<'a> {
    path: &'a str,
    module: String,
    found: BTreeMap<String, String>,
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_use_path(&mut self, part: &'ast syn::UsePath) {
        let before = std::mem::replace(&mut self.module, part.ident.to_string());
        visit::visit_use_path(self, part);
        self.module = before;
    }

    fn visit_use_name(&mut self, part: &'ast syn::UseName) {
        let module = module_named(self.path, &self.module);
        self.found.insert(part.ident.to_string(), module);
    }
}

fn is_code(name: &str) -> bool {
    name == "code" || name.ends_with("_code")
}

/// The name a simple pattern binds.
fn bound(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(name) => Some(name.ident.to_string()),
        Pat::Type(typed) => bound(&typed.pat),
        _ => None,
    }
}

/// The type (if any) and the name of a called function.
fn called(function: &Expr) -> Name {
    match function {
        Expr::Path(path) => ending(&path.path),
        _ => Name::default(),
    }
}

/// `format!("a{name}b")` as its three parts.
fn template(given: &syn::Macro) -> Option<(String, String, String)> {
    if !given.path.is_ident("format") {
        return None;
    }
    let text = given.parse_body::<syn::LitStr>().ok()?.value();
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    (!name.is_empty() && !after.contains('{'))
        .then(|| (before.to_owned(), name.to_owned(), after.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTICE: &str =
        "impl Notice { fn new(code: &str, detail: &str) -> Self { todo(detail) } }";

    fn check(text: &str, expected: &[&str]) {
        let file = syn::parse_file(&format!("{NOTICE} {text}")).unwrap();
        let found = codes(&[("a.rs".to_owned(), file)]).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn a_literal_is_a_code_where_the_parameter_is_named_so() {
        check(r#"fn f() { Notice::new("a", "b"); }"#, &["a"]);
        check(r#"impl Notice { fn g() { Self::new("a", "b"); } }"#, &["a"]);
    }

    #[test]
    fn a_code_that_is_handed_on_is_looked_for_at_the_callers() {
        check(
            r#"fn empty(what: &str) { Notice::new(&format!("{what}_empty"), ""); }
               fn f() { empty("question"); empty("name"); }"#,
            &["name_empty", "question_empty"],
        );
        check(
            r#"fn low(name: &str) { Notice::new(name, ""); } fn f() { low("a"); }"#,
            &["a"],
        );
    }

    #[test]
    fn a_code_that_is_chosen_has_every_choice() {
        check(
            r#"fn f(x: u8) { let (status, code) = match x { 1 => (1, "a"), _ => (2, "b") }; Notice::new(code, ""); }"#,
            &["a", "b"],
        );
        check(
            r#"fn f(x: bool) { let code = if x { "a" } else { "b" }; let n = Notice { code: code.to_owned() }; }"#,
            &["a", "b"],
        );
        check(
            r#"fn disk_code(x: &str) -> &'static str { match x { "no" => "a", _ => "b" } }
               fn f() { Notice::new(disk_code("z"), ""); }"#,
            &["a", "b"],
        );
    }

    #[test]
    fn a_code_made_of_a_field_is_looked_for_where_the_field_is_given() {
        check(
            r#"fn f(e: &E) { let code = match e { Kind::Gone { what, .. } => format!("{what}_gone"), k => k.code() }; Notice::new(&code, ""); }
               fn g() { fail(Kind::Gone { what: "page", id: 1 }); }"#,
            &["page_gone"],
        );
        check(
            r#"impl Fault { fn f(self) { match self { Self::Gone(what, id) => Notice::new(&format!("{what}_gone"), id) } } }
               fn g() { Err(Fault::Gone("page", 1)) }"#,
            &["page_gone"],
        );
    }

    #[test]
    fn functions_of_the_same_name_are_told_apart_by_their_module() {
        let file = |path: &str, text: &str| {
            let file = syn::parse_file(&format!("{NOTICE} {text}")).unwrap();
            (path.to_owned(), file)
        };
        let found = codes(&[
            file(
                "c/src/a.rs",
                r#"fn fail(code: &str) {} fn f() { fail("mine"); }"#,
            ),
            file(
                "c/src/b.rs",
                r#"fn fail(text: &str) {} fn f() { fail("not one"); }"#,
            ),
            file(
                "c/src/d.rs",
                r#"use crate::a::fail; fn f() { fail("brought"); }"#,
            ),
            file(
                "c/src/d/e.rs",
                r#"fn f() { a::fail("by_path"); super::g("above"); }"#,
            ),
            file("c/src/d.rs", "fn g(code: &str) {}"),
        ])
        .unwrap();
        let expected = ["above", "brought", "by_path", "mine"];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_place_that_cannot_be_told_is_named() {
        let file =
            syn::parse_file(&format!("{NOTICE}\nfn f() {{ Notice::new(1 + 1, \"\"); }}")).unwrap();
        let error = codes(&[("a.rs".to_owned(), file)]).unwrap_err().to_string();
        assert!(
            error.starts_with("cannot tell the codes of\n  a.rs:2\n"),
            "{error}"
        );
    }
}
