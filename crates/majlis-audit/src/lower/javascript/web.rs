//! Functions that frameworks call, known by how their parameters are called.
//!
//! A handler is often far from where it is registered: in another file, behind a wrapper, in a
//! table of routes. What its parameters are called (`req, res`; `ctx, next`; `parent, args`) is
//! nearly as sure, so such parameters get the types that tables describe.

use super::super::syntax::{Builder, plain_type};
use crate::ir::{Annotation, Param, Pattern};

/// Request of any framework that names its parameters `req, res`.
const REQUEST: &str = "web.Request";
/// The response beside it.
const RESPONSE: &str = "web.Response";
/// Context of Koa.
const CONTEXT: &str = "koa.Context";
/// What a function in a cloud is called with.
const EVENT: &str = "lambda.Event";
/// A request of the Fetch standard: route handlers of Next, Remix, Astro, workers.
const FETCH_REQUEST: &str = "fetch.Request";
/// What loaders and actions are called with: a request, the route's parameters.
const ROUTE: &str = "web.RouteArgs";

/// Methods that route handlers are named by.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

fn name_of(param: Option<&Param>) -> &str {
    match param.map(|param| &param.pattern) {
        Some(Pattern::Name(name)) => name,
        _ => "",
    }
}

fn has_field(param: Option<&Param>, wanted: &[&str]) -> bool {
    match param.map(|param| &param.pattern) {
        Some(Pattern::Fields(parts)) => parts.iter().any(|(name, _)| wanted.contains(&&**name)),
        _ => false,
    }
}

fn is_request(param: Option<&Param>) -> bool {
    matches!(name_of(param), "req" | "request" | "_req" | "_request")
        || has_field(param, &["body", "query", "params", "headers", "cookies"])
}

fn is_response(param: Option<&Param>) -> bool {
    matches!(
        name_of(param),
        "res" | "response" | "resp" | "reply" | "_res" | "_response" | "rep"
    )
}

/// Gives parameters the types and annotations that tables know, by their names.
pub(super) fn recognise(b: &mut Builder<'_>, name: &str, params: &mut [Param]) {
    let after_error = usize::from(is_request(params.get(1)) && is_response(params.get(2)));
    let request = params.get(after_error);
    let is_hapi = name_of(request) == "request" && name_of(params.get(1)) == "h";
    if is_request(request) && (is_response(params.get(after_error + 1)) || is_hapi) {
        set_type(b, params, after_error, REQUEST);
        set_type(b, params, after_error + 1, RESPONSE);
        return;
    }
    let second = name_of(params.get(1));
    let is_context = match name_of(params.first()) {
        "ctx" => true,
        "context" | "c" => second == "next",
        _ => false,
    };
    if is_context {
        set_type(b, params, 0, CONTEXT);
    } else if matches!(name_of(params.first()), "event" | "evt")
        && (name == "handler" || second == "context")
    {
        set_type(b, params, 0, EVENT);
    } else if is_request(params.first()) && is_unnamed_handler(params) {
        set_type(b, params, 0, REQUEST);
    } else {
        recognise_by_name(b, name, params);
    }
}

/// A single untyped `req`: what is called so is a request.
fn is_unnamed_handler(params: &[Param]) -> bool {
    let is_short = matches!(name_of(params.first()), "req");
    is_short && params.first().is_some_and(|param| param.ty.is_none())
}

fn recognise_by_name(b: &mut Builder<'_>, name: &str, params: &mut [Param]) {
    let parent = matches!(
        name_of(params.first()),
        "parent" | "root" | "_" | "_parent" | "_root" | "obj" | "__" | "source" | "_source"
    );
    if METHODS.contains(&name) {
        if has_field(params.first(), &["params", "request", "url", "cookies"]) {
            set_type(b, params, 0, ROUTE);
        } else {
            set_type(b, params, 0, FETCH_REQUEST);
            annotate(b, params, 1, "route context");
        }
    } else if matches!(name, "loader" | "action" | "getServerSideProps" | "load") {
        let named = matches!(
            name_of(params.first()),
            "context" | "ctx" | "args" | "event"
        );
        let fields = ["request", "params", "query", "req", "url"];
        if named || has_field(params.first(), &fields) {
            set_type(b, params, 0, ROUTE);
        }
    } else if has_field(params.first(), &["searchParams"]) {
        set_type(b, params, 0, ROUTE);
    } else if parent && (name_of(params.get(1)) == "args" || is_resolver(params)) {
        annotate(b, params, 1, "resolver arguments");
    }
}

/// `(_, { id }, { db })`: the third parameter is the context.
fn is_resolver(params: &[Param]) -> bool {
    let is_taken_apart = matches!(
        params.get(1).map(|param| &param.pattern),
        Some(Pattern::Fields(_))
    );
    let third = params.get(2).map(|param| &param.pattern);
    let is_context = match third {
        Some(Pattern::Fields(_)) => true,
        Some(Pattern::Name(name)) => matches!(&**name, "context" | "ctx" | "_context" | "info"),
        _ => false,
    };
    is_taken_apart && is_context
}

fn set_type(b: &mut Builder<'_>, params: &mut [Param], at: usize, ty: &str) {
    let ty = plain_type(b.intern(ty));
    if let Some(param) = params.get_mut(at) {
        param.ty = Some(ty);
    }
}

fn annotate(b: &mut Builder<'_>, params: &mut [Param], at: usize, name: &str) {
    let name = b.intern(name);
    if let Some(param) = params.get_mut(at) {
        let span = param.span;
        param.annotations.push(Annotation {
            name,
            args: Vec::new(),
            span,
        });
    }
}
