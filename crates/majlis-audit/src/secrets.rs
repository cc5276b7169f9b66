//! Secrets in any text: tokens by the formats their providers publish, and values of names that
//! say so where the value looks random. Places made for examples and tests are left out.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use crate::Span;

/// Rule of tokens known by their format.
pub(crate) const TOKEN: &str = "any/provider-token";
/// Rule of private keys.
pub(crate) const PRIVATE_KEY: &str = "any/private-key";
/// Rule of random values given to names that mean a secret.
pub(crate) const NAMED: &str = "any/hard-coded-secret";
/// Rule of addresses that hold a password.
pub(crate) const ADDRESS: &str = "any/password-in-address";

struct Format {
    provider: &'static str,
    /// The token is the group `t`, or the whole match.
    pattern: &'static str,
}

const fn format(provider: &'static str, pattern: &'static str) -> Format {
    Format { provider, pattern }
}

/// Formats of tokens, from the providers' documentation, July 2026.
const FORMATS: [Format; 27] = [
    format("AWS access key", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    format("GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b"),
    format(
        "GitHub fine-grained token",
        r"\bgithub_pat_[A-Za-z0-9_]{60,90}\b",
    ),
    format("GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    format("Slack token", r"\bxox[abprse]-[0-9A-Za-z-]{20,}"),
    format(
        "Slack webhook",
        r"hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,}",
    ),
    format("Stripe key", r"\b[sr]k_live_[0-9A-Za-z]{20,}"),
    format("Google API key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    format("Google OAuth secret", r"\bGOCSPX-[0-9A-Za-z_-]{28}\b"),
    format("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    format("PyPI token", r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    format("crates.io token", r"\bcio[A-Za-z0-9]{32}\b"),
    format(
        "SendGrid key",
        r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b",
    ),
    format("Twilio key", r"\bSK[0-9a-f]{32}\b"),
    format("Telegram bot token", r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    format(
        "OpenAI key",
        r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}",
    ),
    format("Anthropic key", r"\bsk-ant-[A-Za-z0-9_-]{40,}"),
    format("Hugging Face token", r"\bhf_[A-Za-z]{34}\b"),
    format("DigitalOcean token", r"\bdo[por]_v1_[a-f0-9]{64}\b"),
    format("Shopify token", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    format("Mailgun key", r"\bkey-[0-9a-f]{32}\b"),
    format(
        "Azure storage key",
        r"AccountKey=(?P<t>[A-Za-z0-9+/]{86}==)",
    ),
    format("Docker Hub token", r"\bdckr_pat_[A-Za-z0-9_-]{27}\b"),
    format("Vault token", r"\bhvs\.[A-Za-z0-9_-]{90,}"),
    format("Atlassian token", r"\bATATT3x[A-Za-z0-9_=-]{100,}"),
    format("Databricks token", r"\bdapi[a-f0-9]{32}\b"),
    format("Grafana token", r"\bglsa_[A-Za-z0-9]{32}_[a-f0-9]{8}\b"),
];

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) rule: &'static str,
    pub(crate) span: Span,
    pub(crate) message: Option<String>,
}

struct Searches {
    all: RegexSet,
    formats: Vec<Regex>,
    private_key: Regex,
    named: Regex,
    address: Regex,
}

#[allow(clippy::expect_used)] // constants; a test uses each of them
static SEARCHES: LazyLock<Searches> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a constant expression");
    Searches {
        all: RegexSet::new(FORMATS.iter().map(|format| format.pattern))
            .expect("constant expressions"),
        formats: FORMATS.iter().map(|format| regex(format.pattern)).collect(),
        private_key: regex(
            r"-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n|\\r|[,+\x22'])*[A-Za-z0-9+/]{20}",
        ),
        named: regex(
            r#"(?i)(?:secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|passw(?:or)?d|credentials?)[a-z0-9_]{0,20}["'\])]?\s{0,4}(?::=|=>|=|:)\s{0,4}["'`]?(?P<t>[A-Za-z0-9+/=_.~$!@#%^&*-]{16,200})"#,
        ),
        address: regex(
            r"\b[a-z][a-z0-9+.-]{1,20}://[A-Za-z0-9._%+-]{1,60}:(?P<t>[^\s:/@\x22'<>{}$\\`]{6,100})@[A-Za-z0-9.-]{3,}",
        ),
    }
});

/// Searches a text; `path` says whether it is an example. `is_code` asks for quotes around values.
pub(crate) fn find(path: &str, text: &str, is_code: bool) -> Vec<Secret> {
    if is_for_tests(path) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for index in SEARCHES.all.matches(text) {
        for token in tokens(&SEARCHES.formats[index], text) {
            let value = text.get(token.clone()).unwrap_or_default();
            if !is_placeholder(value) && entropy(value) > 2.8 {
                let message = format!("A {} stands in the text.", FORMATS[index].provider);
                found.push(secret(TOKEN, token, Some(message)));
            }
        }
    }
    for key in SEARCHES.private_key.find_iter(text) {
        found.push(secret(PRIVATE_KEY, key.range(), None));
    }
    for token in tokens(&SEARCHES.address, text) {
        if !is_placeholder(text.get(token.clone()).unwrap_or_default()) {
            found.push(secret(ADDRESS, token, None));
        }
    }
    named(text, is_code, &mut found);
    found
}

fn named(text: &str, is_code: bool, found: &mut Vec<Secret>) {
    for token in tokens(&SEARCHES.named, text) {
        let value = text.get(token.clone()).unwrap_or_default();
        let before = text[..token.start].chars().next_back();
        let is_quoted = matches!(before, Some('"' | '\'' | '`'));
        let taken = found.iter().any(|secret| overlaps(secret.span, &token));
        if (is_quoted || !is_code) && !taken && is_random(value) && !is_placeholder(value) {
            found.push(secret(NAMED, token, None));
        }
    }
}

fn overlaps(span: Span, range: &std::ops::Range<usize>) -> bool {
    (span.start as usize) < range.end && range.start < span.end as usize
}

fn tokens<'t>(
    regex: &'t Regex,
    text: &'t str,
) -> impl Iterator<Item = std::ops::Range<usize>> + 't {
    regex.captures_iter(text).filter_map(|captures| {
        let token = captures.name("t").or_else(|| captures.get(0))?;
        Some(token.range())
    })
}

fn secret(rule: &'static str, range: std::ops::Range<usize>, message: Option<String>) -> Secret {
    Secret {
        rule,
        span: Span::of_range(range),
        message,
    }
}

/// Random letters: several kinds of them, many different ones, and no words between signs.
fn is_random(value: &str) -> bool {
    let has = |test: fn(&char) -> bool| value.chars().any(|c| test(&c));
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let is_word_list = value
        .split(['-', '_', '.', '/', '='])
        .all(|part| part.chars().all(|c| c.is_ascii_alphabetic()));
    digits >= 2
        && has(char::is_ascii_alphabetic)
        && !is_word_list
        && !value.contains("..")
        && entropy(value) > if value.len() < 24 { 3.3 } else { 3.6 }
}

/// Bits per character (Shannon) of a text by its own characters; 0 for an empty one.
#[allow(clippy::cast_precision_loss)] // counts of a token's characters
fn entropy(text: &str) -> f64 {
    let mut counts = [0_usize; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len() as f64;
    let used = counts.iter().filter(|count| **count > 0);
    let bits = used.map(|count| {
        let share = *count as f64 / total;
        -share * share.log2()
    });
    bits.sum()
}

/// Words people write where a secret is to be put.
const PLACEHOLDERS: [&str; 20] = [
    "example",
    "sample",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "your",
    "dummy",
    "fake",
    "redacted",
    "insert",
    "replace",
    "todo",
    "xxxx",
    "****",
    "....",
    "<",
    "${",
    "{{",
    "password",
];

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_run = [
        "0123456789",
        "123456789",
        "abcdefgh",
        "00000000",
        "deadbeef",
    ];
    PLACEHOLDERS
        .iter()
        .chain(&is_run)
        .any(|word| lower.contains(word))
        || ["pass", "passwd", "secret", "test", "user", "root", "admin"].contains(&&*lower)
        || value.starts_with('$')
        || value.starts_with('%')
}

/// Whether a path is one of tests, fixtures or examples.
pub(crate) fn is_for_tests(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut folders = lower.rsplit('/');
    let name = folders.next().unwrap_or_default();
    let is_folder = |folder: &str| {
        matches!(
            folder,
            "test"
                | "tests"
                | "__tests__"
                | "testdata"
                | "spec"
                | "specs"
                | "fixtures"
                | "fixture"
                | "mocks"
                | "__mocks__"
                | "examples"
                | "example"
        )
    };
    let stem = name.split('.').next().unwrap_or_default();
    folders.any(is_folder)
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || name.contains(".test.")
        || name.contains(".spec.")
        || name.contains(".example")
        || name.contains(".sample")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str, is_code: bool) -> Vec<&'static str> {
        find(path, text, is_code)
            .iter()
            .map(|secret| secret.rule)
            .collect()
    }

    /// A token that no provider gave out, put together so that it stands in no file.
    fn token(start: &str, length: usize) -> String {
        let letters = "q7Zr2Wk9Xb4Tn6Yc1Vd8Pf3Hg5Jm0Ls";
        start
            .chars()
            .chain(letters.chars().cycle())
            .take(start.len() + length)
            .collect()
    }

    #[test]
    fn tokens_are_known_by_their_format() {
        let check = |value: &str, expected: &[&str]| {
            assert_eq!(
                rules("src/a.py", &format!("x = '{value}'"), true),
                expected,
                "{value}"
            );
        };
        check(&token("ghp_", 36), &[TOKEN]);
        check(&token("glpat-", 20), &[TOKEN]);
        check(&token("sk_live_", 24), &[TOKEN]);
        check("AKIAQZ7W2RX5TY4NV6KB", &[TOKEN]);
        check("AKIAIOSFODNN7EXAMPLE", &[]);
        check(&format!("ghp_{}", "a".repeat(36)), &[]);
        let key = "-----BEGIN RSA PRIVATE KEY-----\\nMIIEpAIBAAKCAQEAx7Zr2Wk9";
        check(key, &[PRIVATE_KEY]);
        check("-----BEGIN PRIVATE KEY-----", &[]);
        check("postgres://app:s7Hk2-Qp9x@db.internal/x", &[ADDRESS]);
        check("postgres://app:${PASSWORD}@db.internal/x", &[]);
        check("https://user:password@host.example/", &[]);
    }

    #[test]
    fn a_random_value_of_a_telling_name_is_a_secret() {
        let check = |text: &str, is_code: bool, expected: &[&str]| {
            assert_eq!(rules("src/a", text, is_code), expected, "{text}");
        };
        let random = token("", 28);
        check(&format!("api_key = \"{random}\""), true, &[NAMED]);
        check(&format!("const apiKey: string = '{random}'"), true, &[]);
        check(&format!("SECRET_KEY={random}"), false, &[NAMED]);
        check(&format!("secret_key = {random}"), true, &[]);
        check("api_key = \"your-api-key-goes-here1\"", true, &[]);
        check("token_url = \"authentication-service-name\"", true, &[]);
        check("password: \"correct-horse-battery\"", true, &[]);
        check("token = \"${{ secrets.DEPLOY_TOKEN_2 }}\"", false, &[]);
    }

    #[test]
    fn tests_and_examples_are_left_out() {
        let text = format!("t = '{}'", token("ghp_", 36));
        for path in [
            "tests/a.py",
            "a/test_b.py",
            "a_test.go",
            "a.spec.ts",
            ".env.example",
        ] {
            assert!(rules(path, &text, true).is_empty(), "{path}");
        }
        assert_eq!(rules("src/contest.py", &text, true), [TOKEN]);
    }
}
