//! What runs beside other code: handlers of signals, threads, locks.

use std::collections::HashSet;

use tree_sitter::Node;

use super::super::Hits;
use super::facts::{Facts, children, each};
use crate::Span;

pub(super) const SIGNAL: &str = "cpp/unsafe-call-in-signal-handler";
pub(super) const THREAD: &str = "cpp/shared-variable-without-lock";
pub(super) const LOCK: &str = "cpp/lock-kept-on-return";

/// All of them.
pub(super) const RULES: &[&str] = &[SIGNAL, THREAD, LOCK];

const UNSAFE: [&str; 25] = [
    "printf",
    "fprintf",
    "sprintf",
    "snprintf",
    "vprintf",
    "puts",
    "fputs",
    "fputc",
    "putchar",
    "malloc",
    "calloc",
    "realloc",
    "free",
    "exit",
    "syslog",
    "fopen",
    "fclose",
    "fflush",
    "strdup",
    "localtime",
    "ctime",
    "getenv",
    "system",
    "pthread_mutex_lock",
    "wprintf",
];

/// Looks at all functions of a file.
pub(super) fn run(functions: &[Facts<'_>], hits: &mut Hits) {
    let (mut handlers, mut threads) = (HashSet::new(), HashSet::new());
    for facts in functions {
        for call in facts.calls_of(&["signal", "bsd_signal", "sigset"]) {
            handlers.extend(
                call.args
                    .get(1)
                    .map(|arg| facts.text(*arg).trim_start_matches('&')),
            );
        }
        for call in facts.calls_of(&["pthread_create"]) {
            threads.extend(
                call.args
                    .get(2)
                    .map(|arg| facts.text(*arg).trim_start_matches('&')),
            );
        }
        for call in facts.calls_of(&["_beginthreadex", "CreateThread"]) {
            threads.extend(
                call.args
                    .get(2)
                    .map(|arg| facts.text(*arg).trim_start_matches('&')),
            );
        }
        each(facts.body, |node| {
            if node.kind() == "assignment_expression"
                && let Some(left) = node.child_by_field_name("left")
                && ["sa_handler", "sa_sigaction"]
                    .iter()
                    .any(|field| facts.text(left).ends_with(field))
                && let Some(right) = node.child_by_field_name("right")
            {
                handlers.insert(facts.text(right).trim_start_matches('&'));
            }
            true
        });
    }
    for facts in functions {
        if handlers.contains(facts.name) {
            let leaves = facts
                .calls_of(&["_exit", "_Exit", "abort"])
                .next()
                .is_some();
            for call in facts.calls_of(&UNSAFE).filter(|_| !leaves) {
                hits.push(SIGNAL, Span::of(call.node));
            }
        }
        if threads.contains(facts.name) {
            unlocked(facts, hits);
        }
        kept(facts, hits);
    }
}

/// A thread's function changes a variable that is not its own, and takes no lock.
fn unlocked(facts: &Facts<'_>, hits: &mut Hits) {
    let body = facts.text(facts.body).to_ascii_lowercase();
    if [
        "lock",
        "mutex",
        "atomic",
        "critical",
        "sem_",
        "semaphore",
        "wait",
    ]
    .iter()
    .any(|word| body.contains(word))
    {
        return;
    }
    let root = facts.file.root();
    each(facts.body, |node| {
        let target = match node.kind() {
            "update_expression" => node.child_by_field_name("argument"),
            "assignment_expression" => node.child_by_field_name("left"),
            _ => None,
        };
        if let Some(target) = target
            && target.kind() == "identifier"
            && facts.variable(facts.text(target)).is_none()
            && is_plain_global(facts, root, facts.text(target))
        {
            hits.push(THREAD, Span::of(node));
        }
        true
    });
}

/// Whether a name is a variable of the file that is neither atomic nor a thread's own.
fn is_plain_global(facts: &Facts<'_>, root: Node<'_>, name: &str) -> bool {
    children(root).into_iter().any(|child| {
        child.kind() == "declaration" && {
            let text = facts.text(child);
            let is_own = [
                "atomic",
                "thread_local",
                "_Thread_local",
                "__thread",
                "sig_atomic_t",
            ]
            .iter()
            .any(|word| text.contains(word));
            let mut cursor = child.walk();
            let declares = child
                .children_by_field_name("declarator", &mut cursor)
                .filter_map(super::facts::innermost)
                .any(|declared| facts.text(declared) == name);
            !is_own && declares
        }
    })
}

/// A lock is taken, given back at the end, and kept by a `return` between.
fn kept(facts: &Facts<'_>, hits: &mut Hits) {
    const PAIRS: [(&str, &str); 6] = [
        ("pthread_mutex_lock", "pthread_mutex_unlock"),
        ("pthread_spin_lock", "pthread_spin_unlock"),
        ("mtx_lock", "mtx_unlock"),
        ("EnterCriticalSection", "LeaveCriticalSection"),
        ("sem_wait", "sem_post"),
        ("pthread_rwlock_wrlock", "pthread_rwlock_unlock"),
    ];
    for (take, give) in PAIRS {
        let taken: Vec<_> = facts
            .calls
            .iter()
            .filter(|call| call.name == take)
            .collect();
        let [lock] = &taken[..] else { continue };
        let object = lock.args.first().map(|arg| facts.text(*arg));
        let given: Vec<_> = facts
            .calls_of(&[give])
            .filter(|call| call.args.first().map(|arg| facts.text(*arg)) == object)
            .map(|call| call.node.start_byte())
            .collect();
        let statement = lock.node.parent();
        let is_plain = statement.is_some_and(|at| {
            at.kind() == "expression_statement" && at.parent() == Some(facts.body)
        });
        let Some(last) = given.iter().max().filter(|_| is_plain) else {
            continue;
        };
        each(facts.body, |node| {
            if node.kind() == "return_statement"
                && node.start_byte() > lock.node.end_byte()
                && node.start_byte() < *last
                && !is_given_before(node, &given, lock.node.end_byte())
            {
                hits.push(LOCK, Span::of(node));
            }
            true
        });
    }
}

/// Whether the lock is given back in the block of a `return`, or in one around it.
fn is_given_before(leave: Node<'_>, given: &[usize], from: usize) -> bool {
    let mut at = leave;
    while let Some(parent) = at.parent() {
        let mut before = at.prev_named_sibling();
        while let Some(statement) =
            before.filter(|_| matches!(parent.kind(), "compound_statement" | "case_statement"))
        {
            if statement.end_byte() <= from {
                return false;
            }
            if given
                .iter()
                .any(|given| statement.byte_range().contains(given))
            {
                return true;
            }
            before = statement.prev_named_sibling();
        }
        at = parent;
    }
    false
}
