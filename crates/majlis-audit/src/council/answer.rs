//! What models answer, read with care.

use majlis_council::inquiry::{self, Malformed};
use serde::Deserialize;
use serde_json::Value;

use super::prompt::Sought;
use super::slice::Slice;
use crate::{Cwe, Severity};

/// Findings of one answer that are read; a model that finds more finds everything everywhere.
const MOST: usize = 40;
/// Characters of what a model says that are kept.
const WORDS: usize = 600;

/// What a model says it found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claimed {
    pub(super) cwe: Cwe,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) quote: String,
    pub(super) severity: Severity,
    pub(super) why: String,
    pub(super) fix: Option<Replacement>,
}

/// Lines in the place of others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Replacement {
    pub(super) start_line: u32,
    pub(super) end_line: u32,
    pub(super) replacement: String,
}

/// What could be read of an answer, and what was left out of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Read {
    pub(super) claims: Vec<Claimed>,
    /// Findings that are not of the form asked for.
    pub(super) malformed: usize,
    /// Findings of weaknesses or lines that were not asked about.
    pub(super) outside: usize,
    /// Findings beyond the most that are read.
    pub(super) beyond: usize,
}

#[derive(Deserialize)]
struct Answer {
    findings: Vec<Value>,
}

#[derive(Deserialize)]
struct Raw {
    cwe: Number,
    start_line: u32,
    end_line: Option<u32>,
    quote: String,
    severity: Severity,
    why: String,
    #[serde(default)]
    fix: Option<Value>,
}

/// `89`, `"89"` or `"CWE-89"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(u32),
    Text(String),
}

impl Number {
    fn value(&self) -> Option<u32> {
        match self {
            Self::Plain(number) => Some(*number),
            Self::Text(text) => {
                let digits = text
                    .trim()
                    .trim_start_matches(|c: char| !c.is_ascii_digit());
                digits.parse().ok()
            }
        }
    }
}

/// Reads an answer about a slice.
pub(super) fn read(text: &str, slice: &Slice, sought: &[Sought]) -> Result<Read, Malformed> {
    let answer: Answer = match inquiry::parse(text) {
        Ok(answer) => answer,
        // Some models answer with the list alone.
        Err(malformed) => Answer {
            findings: inquiry::parse(text).map_err(|_| malformed)?,
        },
    };
    let mut read = Read {
        beyond: answer.findings.len().saturating_sub(MOST),
        ..Read::default()
    };
    for value in answer.findings.into_iter().take(MOST) {
        let raw = serde_json::from_value::<Raw>(value).ok();
        let Some((raw, cwe)) = raw.and_then(|raw| raw.cwe.value().map(|cwe| (raw, Cwe(cwe))))
        else {
            read.malformed += 1;
            continue;
        };
        let to = raw.end_line.unwrap_or(raw.start_line).max(raw.start_line);
        let is_sought = sought.iter().any(|one| one.cwe == Some(cwe));
        let is_near = raw.start_line.saturating_add(3) >= slice.from
            && raw.start_line <= slice.to.saturating_add(3);
        if !is_sought || !is_near || raw.start_line == 0 {
            read.outside += 1;
            continue;
        }
        read.claims.push(Claimed {
            cwe,
            from: raw.start_line,
            to: to.min(slice.to.max(raw.start_line)),
            quote: words(&raw.quote),
            severity: raw.severity,
            why: words(&raw.why),
            fix: raw.fix.and_then(|fix| serde_json::from_value(fix).ok()),
        });
    }
    Ok(read)
}

/// What a model decides about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Decision {
    pub(super) verdict: Says,
    pub(super) severity: Severity,
    pub(super) reason: String,
    #[serde(default)]
    pub(super) quote: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Says {
    Confirm,
    Refute,
    Downgrade,
}

/// Reads a decision; one without a reason is none.
pub(super) fn read_decision(text: &str) -> Result<Decision, Malformed> {
    let mut decision: Decision = inquiry::parse(text)?;
    decision.reason = words(decision.reason.trim());
    decision.quote = words(&decision.quote);
    if decision.reason.is_empty() {
        return Err(Malformed::new("`reason` is empty"));
    }
    Ok(decision)
}

fn words(text: &str) -> String {
    text.chars().take(WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLICE: Slice = Slice {
        source: 0,
        from: 1,
        to: 10,
        context: Vec::new(),
    };

    fn sought() -> Vec<Sought> {
        vec![Sought {
            cwe: Some(Cwe(89)),
            title: "SQL".to_owned(),
        }]
    }

    #[track_caller]
    fn check(text: &str, claims: usize, malformed: usize, outside: usize) {
        let read = read(text, &SLICE, &sought()).unwrap();
        assert_eq!(
            (read.claims.len(), read.malformed, read.outside),
            (claims, malformed, outside),
            "{text}"
        );
    }

    #[test]
    fn what_can_be_read_is_read_and_the_rest_is_counted() {
        let one = |cwe: &str, line: u32| {
            format!(
                r#"{{"cwe": {cwe}, "start_line": {line}, "end_line": {line}, "quote": "q", "severity": "high", "confidence": 1, "why": "w", "fix": null}}"#
            )
        };
        check(r#"{"findings": []}"#, 0, 0, 0);
        check(&format!("Here:\n[{}]", one("\"CWE-89\"", 3)), 1, 0, 0);
        let mixed = [one("89", 3), one("79", 3), one("89", 500), "7".to_owned()];
        check(
            &format!(r#"{{"findings": [{}]}}"#, mixed.join(",")),
            1,
            1,
            2,
        );
        assert!(read("nothing to see", &SLICE, &sought()).is_err());
        let many = vec![one("89", 3); 90].join(",");
        let read = read(&format!(r#"{{"findings": [{many}]}}"#), &SLICE, &sought()).unwrap();
        assert_eq!((read.claims.len(), read.beyond), (MOST, 50));
    }

    #[test]
    fn a_decision_needs_a_reason() {
        let decision = |reason: &str| {
            read_decision(&format!(
                r#"{{"verdict": "refute", "severity": "low", "reason": "{reason}"}}"#
            ))
        };
        assert_eq!(decision("It is a constant.").unwrap().verdict, Says::Refute);
        assert!(decision(" ").is_err());
        assert!(read_decision("no").is_err());
    }
}
