//! Raw pointers that are null, or point to what is gone; values that were never written.

use super::super::Hits;
use super::function::{Body, Let};
use crate::Span;

const NULL: &str = "rust/null-dereference";
const LOCAL: &str = "rust/pointer-to-local";
const UNSET: &str = "rust/uninitialised-memory";
const GONE: &str = "rust/used-after-drop";

/// All of them.
pub(super) const RULES: &[&str] = &[NULL, LOCAL, UNSET, GONE];

pub(super) fn run(body: &Body<'_>, hits: &mut Hits) {
    for bound in &body.lets {
        null(body, bound, hits);
        unset(body, bound, hits);
        out_of_block(body, bound, hits);
    }
    unset_at_once(body, hits);
    foreign(body, hits);
    returned(body, hits);
    gone(body, hits);
}

/// A pointer that is null, or may be, and is followed without a question.
fn null(body: &Body<'_>, bound: &Let<'_>, hits: &mut Hits) {
    let (name, value) = (bound.name, bound.value.as_str());
    let is_null = ["null()", "null_mut()"]
        .iter()
        .any(|end| value.ends_with(end))
        || value.ends_with("0as*constu8");
    let is_asked_for = ["malloc(", "calloc(", "alloc::alloc(", "realloc("]
        .iter()
        .any(|call| value.contains(call));
    if (is_null || is_asked_for)
        && !is_checked(body, name)
        && body.sets(name).is_empty()
        && let Some(at) = body.follows(name).first()
    {
        hits.push(NULL, body.span(at + 1));
    }
    let is_none = value == "None" && !bound.is_mutable;
    if is_none {
        for method in ["unwrap", "expect"] {
            for at in body.places(&["N", ".", method], name) {
                hits.push(NULL, body.span(at));
            }
        }
    }
}

fn is_checked(body: &Body<'_>, name: &str) -> bool {
    let asks: [&[&str]; 4] = [
        &["N", ".", "is_null"],
        &["N", ".", "as_ref"],
        &["N", ".", "as_mut"],
        &["NonNull", "::", "new"],
    ];
    asks.iter().any(|words| body.has(words, name))
}

/// What other languages call with a pointer must ask whether it is null.
fn foreign(body: &Body<'_>, hits: &mut Hits) {
    let head = body.file.text_of(body.node);
    let head = head.split('{').next().unwrap_or_default();
    if !head.contains("extern \"C\"") {
        return;
    }
    let Some(params) = body.node.child_by_field_name("parameters") else {
        return;
    };
    for param in super::super::tree::children(params) {
        let part = |field: &str| param.child_by_field_name(field);
        let (Some(pattern), Some(ty)) = (part("pattern"), part("type")) else {
            continue;
        };
        let name = body.file.text_of(pattern);
        if ty.kind() != "pointer_type" || is_checked(body, name) {
            continue;
        }
        let mut places = body.follows(name);
        places.extend(body.places(&["from_ptr", "(", "N"], name));
        if let Some(at) = places.iter().min() {
            hits.push(NULL, body.span(at + 1));
        }
    }
}

/// `MaybeUninit::uninit()` that nothing is written to.
fn unset(body: &Body<'_>, bound: &Let<'_>, hits: &mut Hits) {
    let is_unset = bound.value.contains("MaybeUninit") && bound.value.ends_with("uninit()");
    let writes: [&[&str]; 4] = [
        &["N", ".", "write"],
        &["N", ".", "as_mut_ptr"],
        &["mut", "N"],
        &["N", "["],
    ];
    // `let mut N` is itself `mut N`.
    let is_written = |words: &&[&str]| {
        let count = body.places(words, bound.name).len();
        count > usize::from(words[0] == "mut" && bound.is_mutable)
    };
    if !is_unset || !body.sets(bound.name).is_empty() || writes.iter().any(is_written) {
        return;
    }
    for at in body.places(&["N", ".", "assume_init"], bound.name) {
        hits.push(UNSET, body.span(at));
    }
}

/// `mem::uninitialized()`, `MaybeUninit::uninit().assume_init()`
fn unset_at_once(body: &Body<'_>, hits: &mut Hits) {
    for (at, token) in body.tokens.iter().enumerate() {
        let is_call = matches!(body.behind(at), "(" | "::");
        let is_read = token.text == "assume_init"
            && at > 4
            && body.tokens[at - 4..at]
                .iter()
                .map(|token| token.text)
                .eq(["uninit", "(", ")", "."]);
        if is_read || (token.text == "uninitialized" && is_call) {
            hits.push(UNSET, body.span(at));
        }
    }
}

/// A pointer taken from a value of an inner block, and followed outside of it.
fn out_of_block(body: &Body<'_>, owner: &Let<'_>, hits: &mut Hits) {
    for way in ["as_ptr", "as_mut_ptr"] {
        for at in body.places(&["=", "N", ".", way], owner.name) {
            let pointer = body.before(at);
            let start = body.tokens[at].at;
            let outer = body.lets.iter().find(|bound| bound.name == pointer);
            let is_inner = outer.is_some_and(|outer| outer.block.end > owner.block.end)
                && owner.block.contains(&start)
                && !owner.value.starts_with('&');
            let used = body
                .follows(pointer)
                .into_iter()
                .find(|used| body.tokens[*used].at > owner.block.end);
            if let Some(used) = used.filter(|_| is_inner) {
                hits.push(LOCAL, body.span(used + 1));
            }
        }
    }
}

/// `&local as *const T` as what a function returns.
fn returned(body: &Body<'_>, hits: &mut Hits) {
    let returns_pointer = body
        .node
        .child_by_field_name("return_type")
        .is_some_and(|ty| ty.kind() == "pointer_type");
    let last = body
        .node
        .child_by_field_name("body")
        .and_then(|block| super::super::tree::children(block).pop());
    let Some(last) = last.filter(|_| returns_pointer) else {
        return;
    };
    let text: String = body.file.text_of(last).split_whitespace().collect();
    let text = text.trim_start_matches("return").trim_end_matches(';');
    let is_own = |bound: &&Let<'_>| {
        let is_value = !bound.value.starts_with('&') && !bound.ty.starts_with(['&', '*']);
        let is_boxed = bound.value.contains("into_raw") || bound.value.contains("leak(");
        let name = bound.name;
        let ways = [
            format!("&{name}as*const"),
            format!("&mut{name}as*mut"),
            format!("&raw const {name}"),
        ];
        let is_taken = ways.iter().any(|way| text.starts_with(way.as_str()))
            || text == format!("{name}.as_ptr()")
            || text == format!("{name}.as_mut_ptr()")
            || text == format!("&{name}")
            || text == format!("&mut{name}");
        let is_forgotten =
            body.has(&["forget", "(", "N"], name) || bound.value.contains("ManuallyDrop");
        is_value && !is_boxed && is_taken && !is_forgotten
    };
    if body.lets.iter().any(|bound| is_own(&bound)) {
        hits.push(LOCAL, Span::of(last));
    }
}

/// `*p` behind `drop(Box::from_raw(p))`, or behind `drop(x)` where `p` was taken from `x`.
fn gone(body: &Body<'_>, hits: &mut Hits) {
    let mut freed: Vec<(usize, &str)> = Vec::new();
    for (at, token) in body.tokens.iter().enumerate() {
        let name = body.tokens.get(at + 2).map_or("", |token| token.text);
        let is_call = body.behind(at) == "(";
        match token.text {
            "from_raw" if is_call && is_dropped(body, at) => freed.push((at, name)),
            "free" | "dealloc" | "drop_in_place" if is_call => freed.push((at, name)),
            "drop" if is_call => {
                let taken = body.lets.iter().filter(|bound| is_taken_from(bound, name));
                freed.extend(taken.map(|bound| (at, bound.name)));
            }
            _ => {}
        }
    }
    for (at, name) in freed {
        let is_set = body.sets(name).into_iter().any(|set| set > at);
        let used = body.follows(name).into_iter().find(|used| *used > at);
        if let Some(used) = used.filter(|used| !is_set && is_on_the_way(body, at, *used)) {
            hits.push(GONE, body.span(used + 1));
        }
    }
}

/// The box is not kept: `drop(Box::from_raw(p))`, `Box::from_raw(p);`, `let _ = Box::from_raw(p)`
fn is_dropped(body: &Body<'_>, from_raw: usize) -> bool {
    let Some(start) = from_raw.checked_sub(2) else {
        return false;
    };
    let before = body.before(start);
    let is_kept_nowhere = before == "=" && body.before(start - 1) == "_";
    let is_given_up = before == "(" && body.before(start - 1) == "drop";
    is_kept_nowhere || is_given_up || matches!(before, "{" | ";")
}

fn is_taken_from(bound: &Let<'_>, owner: &str) -> bool {
    let value = &bound.value;
    let own = [format!("{owner}.as_ptr()"), format!("{owner}.as_mut_ptr()")];
    let starts = [
        format!("&{owner}as*"),
        format!("&mut{owner}as*"),
        format!("&*{owner}as*"),
        format!("&mut*{owner}as*"),
    ];
    own.contains(value) || starts.iter().any(|start| value.starts_with(start.as_str()))
}

/// The later place runs behind the earlier one: no block that holds the earlier one ends with
/// leaving the function.
fn is_on_the_way(body: &Body<'_>, at: usize, used: usize) -> bool {
    let between = &body.tokens[at..used];
    !between
        .iter()
        .any(|token| matches!(token.text, "return" | "break" | "continue" | "else" | "=>"))
}
