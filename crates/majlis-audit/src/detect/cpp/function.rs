//! Checks of one function by itself.

use std::collections::HashSet;

use tree_sitter::Node;

use super::super::Hits;
use super::facts::{Call, Facts, around, each};
use crate::Span;

pub(super) const RACE: &str = "cpp/check-then-use-of-file";
pub(super) const CLEARED: &str = "cpp/clearing-removed-by-compiler";
pub(super) const TERMINATOR: &str = "cpp/no-room-for-terminator";
pub(super) const SIZE: &str = "cpp/size-of-pointer";
pub(super) const SCALED: &str = "cpp/pointer-scaled-twice";
pub(super) const RANDOM: &str = "cpp/predictable-random-secret";
pub(super) const STEP: &str = "cpp/hash-without-data";
pub(super) const RECURSION: &str = "cpp/endless-recursion";
pub(super) const UNUSED: &str = "cpp/unused-variable";
pub(super) const NEGATIVE: &str = "cpp/unsigned-below-zero";

/// All of them.
pub(super) const RULES: &[&str] = &[
    RACE, CLEARED, TERMINATOR, SIZE, SCALED, RANDOM, STEP, RECURSION, UNUSED, NEGATIVE,
];

/// Runs all of them; `macros` are the names in macros of the file.
pub(super) fn run(facts: &Facts<'_>, macros: &HashSet<&str>, hits: &mut Hits) {
    race(facts, hits);
    cleared(facts, hits);
    super::room::run(facts, hits);
    sizes(facts, hits);
    random(facts, hits);
    step(facts, hits);
    recursion(facts, hits);
    unused(facts, macros, hits);
    operators(facts, hits);
}

/// A file is asked about by its name, and then used by its name.
fn race(facts: &Facts<'_>, hits: &mut Hits) {
    const ASKED: [&str; 12] = [
        "access",
        "_access",
        "_waccess",
        "euidaccess",
        "faccessat",
        "stat",
        "lstat",
        "_stat",
        "_wstat",
        "stat64",
        "exists",
        "PathFileExistsA",
    ];
    const USED: [&str; 20] = [
        "fopen",
        "open",
        "_open",
        "_wopen",
        "_wfopen",
        "creat",
        "unlink",
        "_unlink",
        "remove",
        "rename",
        "chmod",
        "chown",
        "lchown",
        "rmdir",
        "opendir",
        "truncate",
        "freopen",
        "link",
        "symlink",
        "CreateFileA",
    ];
    for used in facts.calls_of(&USED) {
        let Some(path) = used.args.first().map(|path| facts.text(*path)) else {
            continue;
        };
        let is_atomic = used.args.iter().any(|arg| {
            let text = facts.text(*arg);
            text.contains("O_EXCL") || text.contains("O_NOFOLLOW")
        });
        let is_asked = facts.calls_of(&ASKED).any(|asked| {
            asked.node.end_byte() < used.node.start_byte()
                && asked
                    .args
                    .iter()
                    .take(2)
                    .any(|arg| facts.text(*arg) == path)
        });
        if is_asked && !is_atomic {
            hits.push(RACE, Span::of(used.node));
        }
    }
}

/// A local array is overwritten, and never looked at again.
fn cleared(facts: &Facts<'_>, hits: &mut Hits) {
    for call in facts.calls_of(&["memset", "bzero", "ZeroMemory"]) {
        let Some(target) = call.args.first() else {
            continue;
        };
        let name = facts.text(*target);
        let is_array = facts.locals.get(name).is_some_and(|local| {
            local.is_array && !facts.text(local.declaration).contains("static")
        });
        let is_last = facts.names.get(name).is_some_and(|places| {
            places.len() > 2
                && places
                    .iter()
                    .all(|place| place.start_byte() < call.node.end_byte())
        });
        let in_loop = around(
            call.node,
            &["for_statement", "while_statement", "do_statement"],
        );
        if is_array && is_last && in_loop.is_none() {
            hits.push(CLEARED, Span::of(call.node));
        }
    }
}

/// The name a call's result is given to.
pub(super) fn given_to<'t>(facts: &Facts<'t>, call: &Call<'t>) -> Option<&'t str> {
    let mut at = call.node.parent()?;
    while matches!(at.kind(), "cast_expression" | "parenthesized_expression") {
        at = at.parent()?;
    }
    let target = match at.kind() {
        "assignment_expression" => at.child_by_field_name("left")?,
        "init_declarator" => super::facts::innermost(at)?,
        _ => return None,
    };
    Some(facts.text(target))
}

/// `sizeof p` where the size of what `p` points to is meant.
fn sizes(facts: &Facts<'_>, hits: &mut Hits) {
    const FILLS: [&str; 9] = [
        "memset", "bzero", "strncpy", "snprintf", "fgets", "strncat", "memcpy", "memmove",
        "strlcpy",
    ];
    const MAKES: [&str; 3] = ["malloc", "calloc", "realloc"];
    let size_of = |name: &str, arg: &Node<'_>| {
        let text: String = facts.text(*arg).split_whitespace().collect();
        [format!("sizeof({name})"), format!("sizeof{name}")].contains(&text)
    };
    let is_pointer = |name: &str| {
        facts
            .variable(name)
            .is_some_and(|local| local.is_pointer && !local.is_array)
    };
    for call in facts.calls_of(&FILLS) {
        let Some(target) = call.args.first().map(|target| facts.text(*target)) else {
            continue;
        };
        if is_pointer(target) && call.args.iter().skip(1).any(|arg| size_of(target, arg)) {
            hits.push(SIZE, Span::of(call.node));
        }
    }
    for call in facts.calls_of(&MAKES) {
        let Some(target) = given_to(facts, call) else {
            continue;
        };
        if is_pointer(target) && call.args.iter().any(|arg| size_of(target, arg)) {
            hits.push(SIZE, Span::of(call.node));
        }
    }
}

/// A secret comes out of `rand`.
fn random(facts: &Facts<'_>, hits: &mut Hits) {
    const WORDS: [&str; 9] = [
        "password",
        "passwd",
        "secret",
        "token",
        "salt",
        "nonce",
        "session_id",
        "sessionid",
        "otp",
    ];
    for call in facts.calls_of(&["rand", "random", "drand48", "lrand48", "rand_r"]) {
        let kinds = ["assignment_expression", "init_declarator"];
        let Some(assigned) = around(call.node, &kinds) else {
            continue;
        };
        let target = assigned
            .child_by_field_name("left")
            .or_else(|| assigned.child_by_field_name("declarator"));
        let name = target.map_or("", |target| facts.text(target));
        let name = name.to_ascii_lowercase();
        let name = name.split('[').next().unwrap_or_default();
        let is_key =
            name == "key" || name == "iv" || name.ends_with("_key") || name.ends_with("_iv");
        if is_key || WORDS.iter().any(|word| name.contains(word)) {
            hits.push(RANDOM, Span::of(call.node));
        }
    }
}

/// A hash is begun and taken, and nothing was put into it.
fn step(facts: &Facts<'_>, hits: &mut Hits) {
    const STEPS: [(&str, &str, &[&str]); 5] = [
        (
            "CryptCreateHash",
            "CryptHashData",
            &["CryptDeriveKey", "CryptGetHashParam", "CryptSignHashA"],
        ),
        (
            "EVP_DigestInit_ex",
            "EVP_DigestUpdate",
            &["EVP_DigestFinal_ex", "EVP_DigestFinal"],
        ),
        (
            "EVP_DigestInit",
            "EVP_DigestUpdate",
            &["EVP_DigestFinal_ex", "EVP_DigestFinal"],
        ),
        ("SHA256_Init", "SHA256_Update", &["SHA256_Final"]),
        ("HMAC_Init_ex", "HMAC_Update", &["HMAC_Final"]),
    ];
    for (begin, put, take) in STEPS {
        let is_begun = facts.calls_of(&[begin]).next().is_some();
        let is_filled = facts.calls_of(&[put]).next().is_some();
        if let Some(taken) = facts.calls_of(take).next()
            && is_begun
            && !is_filled
        {
            hits.push(STEP, Span::of(taken.node));
        }
    }
}

/// A function calls itself, and nothing in it could keep it from doing so.
fn recursion(facts: &Facts<'_>, hits: &mut Hits) {
    const CHOICES: [&str; 11] = [
        "if_statement",
        "while_statement",
        "for_statement",
        "switch_statement",
        "do_statement",
        "conditional_expression",
        "goto_statement",
        "try_statement",
        "throw_statement",
        "for_range_loop",
        "lambda_expression",
    ];
    let Some(call) = facts.calls.iter().find(|call| call.name == facts.name) else {
        return;
    };
    if call.args.len() != facts.params.len() || is_overloaded(facts) {
        return;
    }
    let mut can_end = false;
    each(facts.body, |node| {
        let is_choice = CHOICES.contains(&node.kind())
            || matches!(facts.text(node), "&&" | "||" | "exit" | "longjmp" | "abort")
            || node.kind().starts_with("preproc_");
        let is_before =
            node.kind() == "return_statement" && node.end_byte() < call.node.start_byte();
        can_end |= is_choice || is_before;
        !can_end
    });
    // The same name for a constant object is another function.
    let is_other = facts.text(call.node).contains("const_cast<");
    if !can_end && !is_other {
        hits.push(RECURSION, Span::of(call.node));
    }
}

/// Whether the file defines several functions of this name.
fn is_overloaded(facts: &Facts<'_>) -> bool {
    let mut root = facts.body;
    while let Some(parent) = root.parent() {
        root = parent;
    }
    let mut count = 0;
    each(root, |node| {
        let declarator = (node.kind() == "function_declarator")
            .then(|| node.child_by_field_name("declarator"))
            .flatten();
        let name = declarator.map(|name| facts.text(name));
        let is_same = name.is_some_and(|name| name.rsplit("::").next() == Some(facts.name));
        let is_definition = node
            .parent()
            .is_some_and(|parent| parent.kind() == "function_definition");
        count += u32::from(is_same && is_definition);
        count < 2
    });
    count > 1
}

/// A local of a plain type that is never mentioned again, or only given values.
///
/// Macros of the file may use the locals of whoever calls them: `macros` are the names in them.
fn unused(facts: &Facts<'_>, macros: &HashSet<&str>, hits: &mut Hits) {
    const ATTRIBUTES: [&str; 6] = ["unused", "cleanup", "volatile", "static", "extern", "#"];
    if facts.text(facts.body).contains('#') {
        return; // a part for another machine may use it
    }
    for (name, local) in &facts.locals {
        let declaration = facts.text(local.declaration);
        let is_plain = local.is_pointer || is_plain_type(local.base);
        let places = facts.names.get(name).map_or(&[][..], Vec::as_slice);
        let is_said = ATTRIBUTES.iter().any(|word| declaration.contains(word));
        let in_block = local
            .declaration
            .parent()
            .is_some_and(|parent| parent.kind() == "compound_statement");
        let is_only_set = places
            .iter()
            .all(|place| *place == local.name || is_given(*place));
        if is_plain && !is_said && in_block && is_only_set && !macros.contains(name) {
            hits.push(UNUSED, Span::of(local.name));
        }
    }
}

fn is_plain_type(base: &str) -> bool {
    const WORDS: [&str; 22] = [
        "int", "char", "short", "long", "unsigned", "signed", "float", "double", "bool", "size_t",
        "ssize_t", "wchar_t", "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t",
        "uint32_t", "uint64_t", "time_t", "_Bool",
    ];
    base.split_whitespace().all(|word| WORDS.contains(&word))
}

/// Whether a name is only what is assigned to, in a statement of its own.
fn is_given(place: Node<'_>) -> bool {
    place.parent().is_some_and(|assigned| {
        assigned.kind() == "assignment_expression"
            && assigned.child_by_field_name("left") == Some(place)
            && assigned
                .child_by_field_name("operator")
                .is_some_and(|operator| operator.kind() == "=")
            && assigned
                .parent()
                .is_some_and(|parent| parent.kind() == "expression_statement")
    })
}

/// Operators that do not fit the types they are between.
fn operators(facts: &Facts<'_>, hits: &mut Hits) {
    each(facts.body, |node| {
        if node.kind() == "binary_expression" {
            scaled(facts, node, hits);
            negative(facts, node, hits);
        }
        true
    });
}

/// `p + n * sizeof *p`: the compiler multiplies once more.
fn scaled(facts: &Facts<'_>, node: Node<'_>, hits: &mut Hits) {
    let (Some(left), Some(right)) = (
        node.child_by_field_name("left"),
        node.child_by_field_name("right"),
    ) else {
        return;
    };
    let operator = node
        .child_by_field_name("operator")
        .map_or("", |at| at.kind());
    let local = facts.variable(facts.text(left));
    let is_wide = local.is_some_and(|local| {
        let is_bytes = ["char", "void", "int8_t", "byte", "BYTE", "u8"]
            .iter()
            .any(|word| local.base.contains(word));
        local.is_pointer
            && !local.is_array
            && !is_bytes
            && !facts.text(local.declaration).contains("**")
    });
    let by_size = right.kind() == "sizeof_expression"
        || right.kind() == "binary_expression"
            && right
                .child_by_field_name("operator")
                .is_some_and(|at| at.kind() == "*")
            && ["left", "right"].iter().any(|side| {
                right
                    .child_by_field_name(side)
                    .is_some_and(|side| side.kind() == "sizeof_expression")
            });
    if matches!(operator, "+" | "-") && is_wide && by_size {
        hits.push(SCALED, Span::of(node));
    }
}

/// `n < 0` and `n >= 0` of a number that has no sign.
fn negative(facts: &Facts<'_>, node: Node<'_>, hits: &mut Hits) {
    let side = |name| {
        node.child_by_field_name(name)
            .map_or("", |at| facts.text(at))
    };
    let operator = node
        .child_by_field_name("operator")
        .map_or("", |at| at.kind());
    let name = match operator {
        "<" | ">=" if side("right") == "0" => side("left"),
        ">" | "<=" if side("left") == "0" => side("right"),
        _ => return,
    };
    let is_unsigned = facts.variable(name).is_some_and(|local| {
        let base = local.base.split_whitespace().collect::<Vec<_>>();
        !local.is_pointer
            && !local.is_array
            && (base.contains(&"unsigned")
                || matches!(
                    base[..],
                    ["size_t" | "uint8_t" | "uint16_t" | "uint32_t" | "uint64_t"]
                ))
    });
    if is_unsigned {
        hits.push(NEGATIVE, Span::of(node));
    }
}
