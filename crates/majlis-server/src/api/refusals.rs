//! The refusals any route may meet before its own work begins, written into the description once.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// Refusals of every route.
const ALWAYS: &[(&str, &str)] = &[
    (
        "400",
        "The request is malformed: its framing, its parameters or its body.",
    ),
    ("403", "The request comes from another site's page."),
    ("421", "The request is for another host than this server."),
    ("500", "A fault of this server; it is in the log."),
    ("503", "The database is busy or closed: come again."),
];

/// The refusal of every route that is not open without a token.
const OF_LOCKED: (&str, &str) = (
    "401",
    "This server asks for a token, and the request carries none or a wrong one.",
);
/// The route that is open to everybody.
const OPEN: &str = "/healthz";

/// Refusals of routes that take a body.
const OF_BODIES: &[(&str, &str)] = &[
    ("413", "The body is too large."),
    (
        "422",
        "The body is JSON of another shape, or asks for what does not make sense.",
    ),
];

/// Refusals of routes that write.
const OF_WRITES: &[(&str, &str)] = &[
    (
        "415",
        "The request declares no application/json, with or without a body.",
    ),
    (
        "429",
        "Too many requests a minute; `Retry-After` says when to come back.",
    ),
    ("507", "The disk cannot take it."),
];

/// Adds them to every operation that does not speak of them itself.
pub(super) fn describe(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        for (operation, is_write) in operations(item) {
            complete(operation, is_write);
            if path != OPEN {
                add(operation, OF_LOCKED);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&mut Operation, bool)> {
    let writes = [
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ];
    let writes = writes
        .into_iter()
        .flatten()
        .map(|operation| (operation, true));
    let reads = item.get.iter_mut().map(|operation| (operation, false));
    reads.chain(writes)
}

fn complete(operation: &mut Operation, is_write: bool) {
    let has_body = operation.request_body.is_some();
    let bodies = if has_body { OF_BODIES } else { &[] };
    let writes = if is_write { OF_WRITES } else { &[] };
    for (_, response) in operation
        .responses
        .responses
        .iter_mut()
        .filter(|(status, _)| is_refusal(status))
    {
        name_as_problem(response);
    }
    for known in ALWAYS.iter().chain(bodies).chain(writes) {
        add(operation, *known);
    }
}

fn add(operation: &mut Operation, (status, meaning): (&str, &str)) {
    operation
        .responses
        .responses
        .entry(status.to_owned())
        .or_insert_with(|| RefOr::T(refusal(meaning)));
}

fn is_refusal(status: &str) -> bool {
    status.starts_with(['4', '5'])
}

/// Every refusal is a problem, and is sent as one.
fn name_as_problem(response: &mut RefOr<Response>) {
    if let RefOr::T(response) = response
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response
            .content
            .insert("application/problem+json".to_owned(), content);
    }
}

fn refusal(meaning: &str) -> Response {
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    ResponseBuilder::new()
        .description(meaning)
        .content("application/problem+json", problem)
        .build()
}
