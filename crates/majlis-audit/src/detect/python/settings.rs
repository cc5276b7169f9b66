//! Settings that take a protection away.

use tree_sitter::Node;

use super::code::{Code, below, children, field, positional};
use super::names::words;
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/debug-mode",
    "python/hosts-unrestricted",
    "python/csrf-disabled",
    "python/cors-any-origin",
    "python/cookie-not-secure",
    "python/cookie-not-http-only",
    "python/cookie-same-site-none",
    "python/tls-old",
    "python/tls-hostname-unchecked",
    "python/tls-certificate-optional",
    "python/session-verify-off",
    "python/listens-everywhere",
    "python/autoescape-off",
    "python/weak-password-hasher",
    "python/wildcard-trusted-host",
];

/// The name a setting has: `X = …`, `app.config["X"] = …`, `X=…` in `config.update`.
fn setting<'t>(code: &Code<'t>, name: &str, value: Node<'t>, place: Span, hits: &mut Hits) {
    let is_false = value.kind() == "false";
    let is_true = value.kind() == "true";
    let rule = match name {
        "DEBUG" | "debug" | "TEMPLATE_DEBUG" | "DEBUG_PROPAGATE_EXCEPTIONS" if is_true => {
            "python/debug-mode"
        }
        "ALLOWED_HOSTS" if has_star(code, value) => "python/hosts-unrestricted",
        "WTF_CSRF_ENABLED" | "WTF_CSRF_CHECK_DEFAULT" if is_false => "python/csrf-disabled",
        "CORS_ALLOW_ALL_ORIGINS" | "CORS_ORIGIN_ALLOW_ALL" if is_true => "python/cors-any-origin",
        "SESSION_COOKIE_SECURE"
        | "CSRF_COOKIE_SECURE"
        | "REMEMBER_COOKIE_SECURE"
        | "LANGUAGE_COOKIE_SECURE"
            if is_false =>
        {
            "python/cookie-not-secure"
        }
        "SESSION_COOKIE_HTTPONLY" | "REMEMBER_COOKIE_HTTPONLY" if is_false => {
            "python/cookie-not-http-only"
        }
        "SESSION_COOKIE_SAMESITE" | "CSRF_COOKIE_SAMESITE"
            if is_false || code.literal(value) == Some("None") =>
        {
            "python/cookie-same-site-none"
        }
        "PASSWORD_HASHERS"
            if code.text(value).contains("MD5") || code.text(value).contains("SHA1") =>
        {
            "python/weak-password-hasher"
        }
        _ => return,
    };
    hits.push(rule, place);
}

fn has_star<'t>(code: &Code<'t>, value: Node<'t>) -> bool {
    children(value)
        .into_iter()
        .any(|item| code.literal(item) == Some("*"))
}

pub(super) fn assignment<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return;
    };
    let name = code.last_name(left);
    let place = Span::of(node);
    let is_global = !stack
        .iter()
        .any(|around| around.kind() == "function_definition");
    let in_settings =
        code.file.path().contains("settings") || code.uses("django") || name != "DEBUG";
    match left.kind() {
        "identifier" if is_global && in_settings && name != "debug" => {
            setting(code, name, right, place, hits);
        }
        "subscript" if code.text(left).contains("config[") => {
            setting(code, name, right, place, hits);
        }
        "attribute" => attribute_set(code, left, right, place, hits),
        _ => {}
    }
    if name == "Access-Control-Allow-Origin" && code.literal(right) == Some("*") {
        hits.push("python/cors-any-origin", place);
    }
}

fn attribute_set<'t>(
    code: &Code<'t>,
    left: Node<'t>,
    right: Node<'t>,
    place: Span,
    hits: &mut Hits,
) {
    let object = field(left, "object").map_or("", |object| code.last_name(object));
    match code.last_name(left) {
        "debug" if matches!(object, "app" | "application") && right.kind() == "true" => {
            hits.push("python/debug-mode", place);
        }
        "check_hostname" if right.kind() == "false" => {
            hits.push("python/tls-hostname-unchecked", place);
        }
        "verify_mode" if code.path(right).as_deref() == Some("ssl.CERT_NONE") => {
            hits.push("python/tls-certificate-optional", place);
        }
        "verify"
            if right.kind() == "false"
                && words(object)
                    .last()
                    .is_some_and(|w| matches!(w.as_str(), "session" | "s" | "client")) =>
        {
            hits.push("python/session-verify-off", place);
        }
        "_create_default_https_context"
            if code.text(right).contains("_create_unverified_context") =>
        {
            hits.push("python/tls-certificate-optional", place);
        }
        _ => {}
    }
}

pub(super) fn call<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let place = Span::of(node);
    let callee = code.callee(node);
    let is = |name: &str, kind: &str| {
        code.keyword(node, name)
            .is_some_and(|value| value.kind() == kind)
    };
    match code.method(node) {
        "set_cookie" => cookie(code, node, hits),
        "run" | "run_app" | "serve" => {
            if is("debug", "true") || is("use_debugger", "true") {
                hits.push("python/debug-mode", place);
            }
            if ["host", "bind"].iter().any(|name| {
                code.keyword(node, name).and_then(|host| code.literal(host)) == Some("0.0.0.0")
            }) {
                hits.push("python/listens-everywhere", place);
            }
        }
        "bind" => {
            let first = positional(node).first().copied();
            let host = first
                .filter(|address| address.kind() == "tuple")
                .and_then(|address| children(address).first().copied());
            if host
                .and_then(|host| code.literal(host))
                .is_some_and(|host| matches!(host, "" | "0.0.0.0" | "::"))
            {
                hits.push("python/listens-everywhere", place);
            }
        }
        "update" | "from_mapping"
            if Code::receiver(node).is_some_and(|r| code.last_name(r) == "config") =>
        {
            for arg in field(node, "arguments").map(children).unwrap_or_default() {
                if let (Some(name), Some(value)) = (field(arg, "name"), field(arg, "value")) {
                    setting(code, code.text(name), value, Span::of(arg), hits);
                }
            }
        }
        _ => {}
    }
    constructor(code, node, &callee, hits);
}

fn constructor<'t>(code: &Code<'t>, node: Node<'t>, callee: &str, hits: &mut Hits) {
    let place = Span::of(node);
    let keyword = |name: &str| code.keyword(node, name);
    let is_star = |name: &str| {
        keyword(name).is_some_and(|value| code.literal(value) == Some("*") || has_star(code, value))
    };
    match callee {
        "jinja2.Environment" | "jinja2.environment.Environment" => {
            let is_off = keyword("autoescape").is_some_and(|value| value.kind() == "false");
            let has_web = [
                "flask",
                "django",
                "aiohttp",
                "fastapi",
                "starlette",
                "tornado",
                "bottle",
                "sanic",
            ]
            .iter()
            .any(|framework| code.uses(framework));
            if is_off || (keyword("autoescape").is_none() && has_web) {
                hits.push("python/autoescape-off", place);
            }
        }
        "jinja2.Template" | "mako.template.Template"
            if keyword("autoescape").is_some_and(|value| value.kind() == "false") =>
        {
            hits.push("python/autoescape-off", place);
        }
        "flask_cors.CORS" | "flask_cors.cross_origin" if is_star("origins") => {
            hits.push("python/cors-any-origin", place);
        }
        "flask.Flask" | "fastapi.FastAPI"
            if keyword("debug").is_some_and(|value| value.kind() == "true") =>
        {
            hits.push("python/debug-mode", place);
        }
        _ => {}
    }
    if code.method(node) == "add_middleware" && is_star("allow_origins") {
        hits.push("python/cors-any-origin", place);
    }
    if code.method(node) == "add_middleware" && is_star("allowed_hosts") {
        hits.push("python/wildcard-trusted-host", place);
    }
}

/// Cookies by which somebody is known.
fn is_sensitive(name: &str) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "session"
                | "sessionid"
                | "sid"
                | "token"
                | "auth"
                | "jwt"
                | "remember"
                | "rememberme"
                | "login"
                | "user"
                | "userid"
                | "username"
                | "password"
                | "secret"
                | "csrf"
                | "csrftoken"
                | "id"
        )
    })
}

fn cookie<'t>(code: &Code<'t>, node: Node<'t>, hits: &mut Hits) {
    let args = positional(node);
    let name = code
        .keyword(node, "key")
        .or_else(|| code.keyword(node, "name"))
        .or_else(|| args.first().copied());
    let name = name.and_then(|name| code.literal(name));
    let has_rest = field(node, "arguments").is_some_and(|list| {
        children(list)
            .iter()
            .any(|arg| arg.kind() == "dictionary_splat")
    });
    let is_deletion = ["max_age", "expires"].iter().any(|limit| {
        code.keyword(node, limit)
            .is_some_and(|value| code.text(value) == "0")
    });
    if args.len() > 4 || has_rest || is_deletion {
        return;
    }
    let is_sensitive = name.is_some_and(is_sensitive);
    let lacks = |flag: &str| match code.keyword(node, flag) {
        Some(value) => value.kind() == "false",
        None => is_sensitive,
    };
    if lacks("secure") {
        hits.push("python/cookie-not-secure", Span::of(node));
    }
    if lacks("httponly") {
        hits.push("python/cookie-not-http-only", Span::of(node));
    }
    let site = code
        .keyword(node, "samesite")
        .and_then(|value| code.literal(value));
    if site.is_some_and(|site| site.eq_ignore_ascii_case("none")) {
        hits.push("python/cookie-same-site-none", Span::of(node));
    }
}

pub(super) fn attribute<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let is_part = stack
        .last()
        .is_some_and(|around| around.kind() == "attribute");
    let name = code.last_name(node);
    if is_part
        || !(name.starts_with("PROTOCOL_") || name.starts_with("TLSv") || name.starts_with("SSLv"))
    {
        return;
    }
    let path = code.path(node).unwrap_or_default();
    let is_old = matches!(
        path.as_str(),
        "ssl.PROTOCOL_SSLv2"
            | "ssl.PROTOCOL_SSLv3"
            | "ssl.PROTOCOL_SSLv23_METHOD"
            | "ssl.PROTOCOL_TLSv1"
            | "ssl.PROTOCOL_TLSv1_1"
            | "ssl.TLSVersion.SSLv3"
            | "ssl.TLSVersion.TLSv1"
            | "ssl.TLSVersion.TLSv1_1"
    );
    let is_compared = stack
        .last()
        .is_some_and(|around| around.kind() == "comparison_operator");
    if is_old && !is_compared {
        hits.push("python/tls-old", Span::of(node));
    }
}

pub(super) fn decorator<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let Some(name) = children(node).first().copied() else {
        return;
    };
    let path = if name.kind() == "call" {
        code.callee(name)
    } else {
        code.path(name).unwrap_or_default()
    };
    if path == "django.views.decorators.csrf.csrf_exempt" || path.ends_with("csrf.exempt") {
        hits.push("python/csrf-disabled", Span::of(node));
    }
}

/// `{"Access-Control-Allow-Origin": "*"}`.
pub(super) fn dictionary<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    for pair in children(node) {
        let (Some(key), Some(value)) = (field(pair, "key"), field(pair, "value")) else {
            continue;
        };
        let allows = code.literal(key) == Some("Access-Control-Allow-Origin");
        if allows && below(value).any(|part| code.literal(part) == Some("*")) {
            hits.push("python/cors-any-origin", Span::of(pair));
        }
    }
}
