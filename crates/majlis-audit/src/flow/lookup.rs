//! Methods that no table lists, but whose name says that they look something up:
//! `people.findByName(x)`.

use super::call::Site;
use super::machine::Machine;
use super::value::Labels;
use crate::Language;

impl<'a> Machine<'a> {
    /// What goes through a call that no entry is about: of a look-up what it looks in, not the key.
    pub(super) fn through_unlisted(&self, site: &Site<'a>, all: &Labels) -> Labels {
        let Some(receiver) = site.receiver.as_ref().filter(|_| site.base.is_some()) else {
            return all.clone();
        };
        let keys = keys(self.language, self.names.text(site.name));
        // a method of the tree may be meant where the type is not known
        let may_be_own = || receiver.ty.is_none() && self.tree.has_method(site.name);
        if keys == 0 || all.is_empty() || may_be_own() {
            return all.clone();
        }
        let others = site.args.iter().skip(keys);
        others.fold(self.deep_labels(receiver), |labels, arg| {
            labels.join(&self.deep_labels(&arg.value))
        })
    }
}

/// How many first arguments of a method of this name are keys; what stands behind the key of `get`
/// may come back where there is none.
fn keys(language: Language, name: &str) -> usize {
    // these take parts out of a text, too
    let is_of_text = match language {
        Language::Rust | Language::Cpp => true,
        Language::Go => name.starts_with("Find") && !name.contains("By"),
        _ => false,
    };
    if is_of_text {
        return 0;
    }
    let Some(rest) = after_verb(name) else {
        return 0;
    };
    if RETURNED.iter().any(|word| rest.contains(word)) {
        return 0;
    }
    if name.starts_with(['g', 'G']) {
        1
    } else {
        usize::MAX
    }
}

/// What such a method gives is made of what it is given: `getRealPath(x)`, `getEncoded(x)`.
const RETURNED: &[&str] = &[
    "path",
    "file",
    "url",
    "uri",
    "resource",
    "folder",
    "child",
    "text",
    "string",
    "bytes",
    "html",
    "clean",
    "safe",
    "escape",
    "encode",
    "decode",
    "normal",
    "format",
    "trim",
    "query",
    "statement",
];

/// The rest of the name, in small letters, behind a word that says that something is looked up.
fn after_verb(name: &str) -> Option<String> {
    let by = ["load", "fetch", "read", "search", "select"];
    let verbs = ["get", "find", "lookup", "lookUp", "look_up"];
    let rest_of = |verb: &&str| {
        let start = name.get(..verb.len())?;
        let (first, others) = (start.get(..1)?, start.get(1..)?);
        let is_verb = first.eq_ignore_ascii_case(&verb[..1]) && *others == verb[1..];
        let rest = &name[verb.len()..];
        let ends =
            rest.is_empty() || rest.starts_with(|mark: char| mark == '_' || mark.is_uppercase());
        (is_verb && ends).then_some(rest)
    };
    let found = verbs.iter().find_map(rest_of).or_else(|| {
        let rest = by.iter().find_map(rest_of)?;
        (rest.contains("By") || rest.contains("by_")).then_some(rest)
    });
    found.map(str::to_ascii_lowercase)
}
