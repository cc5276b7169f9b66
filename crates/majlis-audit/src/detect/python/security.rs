//! Weaknesses seen in the shape of code: randomness, comparison of secrets, races, archives.

use tree_sitter::Node;

use super::code::{Code, bare, below, child, children, field, function, positional};
use super::comparisons::operators;
use super::names::{is_confidential, must_be_random, words};
use crate::Span;
use crate::detect::Hits;

pub(super) const RULES: &[&str] = &[
    "python/weak-random",
    "python/secret-compared-by-equality",
    "python/access-before-use",
    "python/tar-extracted-unfiltered",
    "python/secret-logged",
    "python/traceback-shown",
    "python/mass-assignment",
    "python/fast-password-hash",
    "python/predictable-temp-path",
    "python/ssh-host-key-unchecked",
    "python/jwt-not-verified",
    "python/ecb-mode",
    "python/yaml-load",
    "python/file-not-closed",
    "python/remote-code-trusted",
];

/// Functions of the module `random` whose results can be foretold.
fn is_guessable(callee: &str) -> bool {
    callee.strip_prefix("random.").is_some_and(|name| {
        matches!(
            name,
            "random"
                | "randint"
                | "randrange"
                | "choice"
                | "choices"
                | "sample"
                | "uniform"
                | "getrandbits"
                | "randbytes"
                | "gauss"
                | "normalvariate"
                | "triangular"
                | "betavariate"
                | "expovariate"
                | "shuffle"
        )
    }) || matches!(
        callee,
        "numpy.random.randint" | "numpy.random.rand" | "numpy.random.bytes" | "numpy.random.choice"
    )
}

pub(super) fn call<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let callee = code.callee(node);
    if is_guessable(&callee) && makes_secret(code, stack) {
        hits.push("python/weak-random", Span::of(node));
    }
    if let Some(rule) = by_shape(code, node, &callee, stack) {
        hits.push(rule, Span::of(node));
    }
    if is_log(code, node, &callee) {
        for arg in positional(node) {
            if shows_secret(code, arg) {
                hits.push("python/secret-logged", Span::of(node));
                break;
            }
        }
    }
}

/// Whether what is made here must not be guessed, by the name it gets or its function has.
fn makes_secret<'t>(code: &Code<'t>, stack: &[Node<'t>]) -> bool {
    for around in stack.iter().rev() {
        match around.kind() {
            "assignment" | "augmented_assignment" => {
                let left = field(*around, "left");
                if left.is_some_and(|left| must_be_random(code.last_name(left))) {
                    return true;
                }
            }
            "keyword_argument" | "pair" => {
                let name = field(*around, "name").map(|name| code.text(name));
                let key = field(*around, "key").and_then(|key| code.literal(key));
                if name.or(key).is_some_and(must_be_random) {
                    return true;
                }
            }
            "function_definition" => {
                let name = field(*around, "name").map_or("", |name| code.text(name));
                return must_be_random(name) && !is_about_using(name);
            }
            "class_definition" => return false,
            _ => {}
        }
    }
    false
}

/// Functions that use a secret rather than make one.
fn is_about_using(name: &str) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "test" | "check" | "verify" | "validate" | "count" | "tokenize" | "mask" | "retry"
        )
    })
}

fn by_shape<'t>(
    code: &Code<'t>,
    node: Node<'t>,
    callee: &str,
    stack: &[Node<'t>],
) -> Option<&'static str> {
    let method = code.method(node);
    let args = positional(node);
    match method {
        "extractall" if is_unfiltered_tar(code, node, stack) => {
            return Some("python/tar-extracted-unfiltered");
        }
        "set_missing_host_key_policy" => {
            let policy = field(node, "arguments").map_or("", |args| code.text(args));
            if policy.contains("AutoAddPolicy") || policy.contains("WarningPolicy") {
                return Some("python/ssh-host-key-unchecked");
            }
        }
        "new"
            if callee.starts_with("Crypto")
                && args
                    .get(1)
                    .is_some_and(|mode| code.last_name(*mode) == "MODE_ECB") =>
        {
            return Some("python/ecb-mode");
        }
        _ => {}
    }
    match callee {
        "jwt.decode" if is_unverified(code, node) => Some("python/jwt-not-verified"),
        "yaml.load" | "yaml.load_all" if loads_file_unsafely(code, node, &args) => {
            Some("python/yaml-load")
        }
        "open" if is_temp_path(code, &args) => Some("python/predictable-temp-path"),
        "cryptography.hazmat.primitives.ciphers.modes.ECB" => Some("python/ecb-mode"),
        "hashlib.md5" | "hashlib.sha1" | "hashlib.sha256" | "hashlib.sha512" | "hashlib.sha224"
        | "hashlib.sha384"
            if args
                .first()
                .is_some_and(|value| holds_password(code, *value)) =>
        {
            Some("python/fast-password-hash")
        }
        _ if code
            .keyword(node, "trust_remote_code")
            .is_some_and(|value| value.kind() == "true") =>
        {
            Some("python/remote-code-trusted")
        }
        _ if assigns_all(code, node) => Some("python/mass-assignment"),
        _ => None,
    }
}

fn holds_password<'t>(code: &Code<'t>, value: Node<'t>) -> bool {
    below(value).any(|node| {
        node.kind() == "identifier"
            && words(code.text(node)).last().is_some_and(|word| {
                matches!(word.as_str(), "password" | "passwd" | "pwd" | "passphrase")
            })
    })
}

/// `Model(**request.json)`, `Model.objects.create(**request.POST)`.
fn assigns_all<'t>(code: &Code<'t>, node: Node<'t>) -> bool {
    let method = code.method(node);
    let makes_object = method.chars().next().is_some_and(char::is_uppercase)
        || matches!(
            method,
            "create" | "update" | "update_or_create" | "get_or_create"
        );
    let list = field(node, "arguments").map(children).unwrap_or_default();
    makes_object
        && list
            .into_iter()
            .filter(|arg| arg.kind() == "dictionary_splat")
            .any(|spread| {
                let text = code.text(spread).trim_start_matches(['*', ' ']);
                [
                    "request.json",
                    "request.form",
                    "request.args",
                    "request.get_json(",
                    "request.POST",
                    "request.GET",
                    "request.data",
                    "request.values",
                    "self.request.data",
                    "await request.json(",
                ]
                .iter()
                .any(|start| text.starts_with(start))
            })
}

fn is_temp_path<'t>(code: &Code<'t>, args: &[Node<'t>]) -> bool {
    let path = args
        .first()
        .and_then(|path| code.literal(*path))
        .unwrap_or_default();
    let mode = args
        .get(1)
        .and_then(|mode| code.literal(*mode))
        .unwrap_or_default();
    let is_shared = path.starts_with("/tmp/") || path.starts_with("/var/tmp/");
    is_shared && mode.contains(['w', 'a', '+'])
}

fn is_unverified<'t>(code: &Code<'t>, node: Node<'t>) -> bool {
    let option = |name: &str| {
        code.keyword(node, name)
            .map_or("", |value| code.text(value))
            .replace('\'', "\"")
    };
    let options = option("options").replace(' ', "");
    option("verify") == "False"
        || options.contains("\"verify_signature\":False")
        || option("algorithms")
            .to_ascii_lowercase()
            .contains("\"none\"")
}

/// A loader that makes any object, on what stands in a file.
fn loads_file_unsafely<'t>(code: &Code<'t>, node: Node<'t>, args: &[Node<'t>]) -> bool {
    let loader = code
        .keyword(node, "Loader")
        .or_else(|| args.get(1).copied());
    let is_unsafe = match loader {
        None => true,
        Some(loader) => matches!(
            code.last_name(loader),
            "Loader" | "UnsafeLoader" | "CLoader"
        ),
    };
    let is_file = args.first().is_some_and(|source| match source.kind() {
        "call" => {
            code.callee(*source) == "open" || matches!(code.method(*source), "read" | "read_text")
        }
        "identifier" => matches!(
            code.text(*source),
            "f" | "fh"
                | "fp"
                | "file"
                | "stream"
                | "handle"
                | "infile"
                | "fd"
                | "config_file"
                | "yaml_file"
        ),
        _ => false,
    });
    is_unsafe && is_file
}

fn is_unfiltered_tar<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>]) -> bool {
    if code.keyword(node, "filter").is_some() || code.keyword(node, "members").is_some() {
        return false;
    }
    let Some(receiver) = Code::receiver(node) else {
        return false;
    };
    let is_tar = |value: Node<'t>| {
        value.kind() == "call"
            && matches!(
                code.callee(value).as_str(),
                "tarfile.open" | "tarfile.TarFile"
            )
    };
    if is_tar(receiver) {
        return true;
    }
    let name = code.text(receiver);
    let bound_here = stack
        .iter()
        .rev()
        .filter(|around| around.kind() == "with_statement")
        .filter_map(|around| child(*around, "with_clause"))
        .find_map(|clause| bound_by(code, clause, name));
    if let Some(value) = bound_here {
        return is_tar(value);
    }
    let scope = function(stack).or_else(|| stack.first().copied());
    scope.is_some_and(|scope| bound_by(code, scope, name).is_some_and(is_tar))
}

/// The first value that is given a name below a node, by assignment or `with`.
fn bound_by<'t>(code: &Code<'t>, scope: Node<'t>, name: &str) -> Option<Node<'t>> {
    below(scope).find_map(|around| {
        let target = match around.kind() {
            "assignment" => field(around, "left"),
            "as_pattern" => field(around, "alias"),
            _ => None,
        };
        target.filter(|target| code.text(*target) == name)?;
        field(around, "right").or_else(|| children(around).first().copied())
    })
}

fn is_log<'t>(code: &Code<'t>, node: Node<'t>, callee: &str) -> bool {
    let method = code.method(node);
    let receiver = Code::receiver(node).map_or("", |receiver| code.last_name(receiver));
    let is_level = matches!(
        method,
        "debug" | "info" | "warning" | "warn" | "error" | "critical" | "exception" | "log"
    );
    let is_logger = words(receiver)
        .last()
        .is_some_and(|word| matches!(word.as_str(), "logger" | "log" | "logging"));
    callee == "print" || (is_level && is_logger)
}

/// Whether an argument is a password itself, or text with one put in.
fn shows_secret<'t>(code: &Code<'t>, arg: Node<'t>) -> bool {
    match arg.kind() {
        "identifier" | "attribute" | "subscript" => is_confidential(code.last_name(arg)),
        "string" => children(arg)
            .into_iter()
            .filter(|part| part.kind() == "interpolation")
            .filter_map(|part| field(part, "expression"))
            .any(|part| shows_secret(code, part)),
        "binary_operator" | "tuple" | "parenthesized_expression" => children(arg)
            .into_iter()
            .any(|part| shows_secret(code, part)),
        "call" if code.method(arg) == "format" || code.callee(arg) == "str" => positional(arg)
            .into_iter()
            .any(|part| shows_secret(code, part)),
        _ => false,
    }
}

/// `signature == expected` tells by its time how much of it is right.
pub(super) fn comparison<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let operands = children(node);
    let [left, right] = operands.as_slice() else {
        return;
    };
    let is_equality = operators(code, node)
        .iter()
        .all(|op| matches!(*op, "==" | "!="));
    let sides = [bare(*left), bare(*right)];
    let is_value = |side: &Node<'t>| {
        matches!(
            side.kind(),
            "identifier" | "attribute" | "call" | "subscript"
        )
    };
    let is_secret = sides.iter().any(|side| match side.kind() {
        "call" => {
            matches!(code.method(*side), "hexdigest" | "digest")
                && code.text(*side).contains("hmac")
        }
        _ => {
            words(code.last_name(*side)).last().is_some_and(|word| {
                matches!(
                    word.as_str(),
                    "signature" | "hmac" | "mac" | "secret" | "apikey"
                )
            }) || super::names::is_credential(code.last_name(*side))
                && !is_typed_twice(code, &sides)
                || code.last_name(*side).ends_with("csrf_token")
        }
    });
    // `self.signature == other.signature` compares two objects
    let is_twin = sides.iter().all(|side| side.kind() == "attribute")
        && code.last_name(sides[0]) == code.last_name(sides[1]);
    if is_equality
        && !is_twin
        && is_secret
        && sides.iter().all(is_value)
        && !is_typed_twice(code, &sides)
    {
        hits.push("python/secret-compared-by-equality", Span::of(node));
    }
}

/// `password == confirmation`: both come from the same person.
fn is_typed_twice<'t>(code: &Code<'t>, sides: &[Node<'t>; 2]) -> bool {
    sides.iter().any(|side| {
        let text = code.text(*side).to_ascii_lowercase();
        [
            "confirm",
            "repeat",
            "again",
            "2",
            "old",
            "retype",
            "mac_address",
            "verify",
        ]
        .iter()
        .any(|word| text.contains(word))
    })
}

/// `if os.access(path, …): open(path)`: the file may be another one by then.
pub(super) fn check_then_use<'t>(code: &Code<'t>, node: Node<'t>, _: &[Node<'t>], hits: &mut Hits) {
    let (Some(condition), Some(then)) = (field(node, "condition"), field(node, "consequence"))
    else {
        return;
    };
    let mut asked: Vec<&str> = Vec::new();
    let mut by_access = false;
    for call in below(condition).filter(|node| node.kind() == "call") {
        let callee = code.callee(call);
        if matches!(
            callee.as_str(),
            "os.access" | "os.path.exists" | "os.path.isfile" | "os.path.islink"
        ) {
            by_access |= callee == "os.access";
            asked.extend(positional(call).first().map(|path| code.text(*path)));
        }
    }
    if asked.is_empty() {
        return;
    }
    for call in below(then).filter(|node| node.kind() == "call") {
        let args = positional(call);
        let path = args.first().map_or("", |path| code.text(*path));
        let mode = args
            .get(1)
            .and_then(|mode| code.literal(*mode))
            .unwrap_or("r");
        let callee = code.callee(call);
        let opens = callee == "open" && (by_access || mode.contains(['w', 'x', 'a']));
        let changes = by_access
            && matches!(
                callee.as_str(),
                "os.remove" | "os.unlink" | "os.chmod" | "os.open"
            );
        if asked.contains(&path) && (opens || changes) {
            hits.push("python/access-before-use", Span::of(call));
        }
    }
}

/// A handler that answers with the trace of its own failure.
pub(super) fn returned<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let shows = below(node)
        .any(|call| call.kind() == "call" && code.callee(call) == "traceback.format_exc");
    let is_web = code.uses("flask")
        || code.uses("django")
        || code.uses("fastapi")
        || code.uses("bottle")
        || code.uses("aiohttp");
    if shows && is_web && function(stack).is_some() {
        hits.push("python/traceback-shown", Span::of(node));
    }
}

/// `f = open(…)` in a function that neither closes `f` nor gives it to anyone.
pub(super) fn assignment<'t>(code: &Code<'t>, node: Node<'t>, stack: &[Node<'t>], hits: &mut Hits) {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return;
    };
    let is_open = right.kind() == "call"
        && matches!(
            code.callee(right).as_str(),
            "open" | "io.open" | "codecs.open"
        );
    let Some(scope) = function(stack).filter(|_| is_open && left.kind() == "identifier") else {
        return;
    };
    let name = code.text(left);
    let is_kept = below(scope).any(|around| is_given_away(code, around, name));
    if !is_kept {
        hits.push("python/file-not-closed", Span::of(node));
    }
}

fn is_given_away<'t>(code: &Code<'t>, node: Node<'t>, name: &str) -> bool {
    let is = |node: Option<Node<'t>>| node.is_some_and(|node| code.text(node) == name);
    match node.kind() {
        "attribute" => {
            is(field(node, "object"))
                && matches!(code.last_name(node), "close" | "detach" | "fileno")
        }
        "with_item" => {
            is(field(node, "value"))
                || child(node, "call").is_some_and(|call| code.mentions(call, name))
        }
        "return_statement" | "yield" | "expression_list" | "list" | "tuple" | "pair" | "set" => {
            children(node)
                .into_iter()
                .any(|value| code.text(value) == name)
        }
        "keyword_argument" => is(field(node, "value")),
        "assignment" => is(field(node, "right")),
        "global_statement" | "nonlocal_statement" => code.mentions(node, name),
        "call" => {
            let callee = code.callee(node);
            let only_reads = matches!(
                callee.as_str(),
                "json.load"
                    | "json.dump"
                    | "csv.reader"
                    | "csv.writer"
                    | "pickle.load"
                    | "pickle.dump"
                    | "print"
                    | "len"
            );
            !only_reads
                && positional(node)
                    .into_iter()
                    .any(|arg| code.text(arg) == name)
        }
        _ => false,
    }
}
