//! Reading one rule's file.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde::Deserialize;

use super::{ANY, Detector, Rule, RuleError, RuleProblem, RuleTest};
use crate::{Cwe, Facet, Grammar, Language, Precision, Severity};

/// Formats of files of configuration in tests of rules for any file.
const CONFIGURATION: [&str; 6] = ["env", "yaml", "json", "properties", "toml", "ini"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    message: String,
    #[serde(default)]
    cwe: Vec<Cwe>,
    facet: Facet,
    severity: Severity,
    precision: Precision,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    grammars: Vec<Grammar>,
    detector: DetectorName,
    #[serde(default)]
    sink: Option<String>,
    #[serde(default)]
    from: Vec<String>,
    #[serde(default)]
    at: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DetectorName {
    Flow,
    Check,
    Pattern,
    Code,
    Metric,
}

/// The parts of the Markdown below the front matter.
#[derive(Default)]
struct Body {
    summary: String,
    why: String,
    instead: String,
    rule: Option<String>,
    tests: Vec<(String, String)>,
}

/// Reads the text of `LANGUAGE/SLUG.md`; `path` is that, with `/`.
pub fn parse(path: &str, text: &str) -> Result<Rule, RuleError> {
    read(path, text).map_err(|problem| RuleError {
        path: path.to_owned(),
        problem,
    })
}

fn read(path: &str, text: &str) -> Result<Rule, RuleProblem> {
    let (language, id) = identity(path)?;
    let text = text.replace("\r\n", "\n");
    let (front, markdown) = split(&text)?;
    let front: FrontMatter = toml::from_str(front)?;
    let body = body(markdown)?;
    let tests = tests(language, &body.tests)?;
    Ok(Rule {
        id,
        language,
        detector: detector(&front, body.rule)?,
        title: front.title,
        message: front.message,
        cwe: front.cwe,
        facet: front.facet,
        severity: front.severity,
        precision: front.precision,
        tags: front.tags,
        grammars: front.grammars,
        summary: body.summary,
        why: body.why,
        instead: body.instead,
        tests,
    })
}

fn identity(path: &str) -> Result<(Option<Language>, String), RuleProblem> {
    let id = path.strip_suffix(".md").ok_or(RuleProblem::Path)?;
    let (folder, slug) = id.split_once('/').ok_or(RuleProblem::Path)?;
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if slug.is_empty() || !slug.chars().all(is_letter) {
        return Err(RuleProblem::Path);
    }
    let language = match folder {
        ANY => None,
        folder => Some(Language::of_id(folder).ok_or(RuleProblem::Path)?),
    };
    Ok((language, id.to_owned()))
}

fn split(text: &str) -> Result<(&str, &str), RuleProblem> {
    text.strip_prefix("+++\n")
        .and_then(|rest| rest.split_once("\n+++\n"))
        .ok_or(RuleProblem::NoFrontMatter)
}

fn detector(front: &FrontMatter, yaml: Option<String>) -> Result<Detector, RuleProblem> {
    let wrong = |detector, what| Err(RuleProblem::Detector { detector, what });
    let name = front.detector;
    let is_flow = name == DetectorName::Flow;
    let is_pattern = name == DetectorName::Pattern;
    if !is_flow && (front.sink.is_some() || !front.from.is_empty()) {
        return wrong("not flow", "`sink` and `from` belong to flow");
    }
    if !is_pattern && (yaml.is_some() || front.at.is_some()) {
        return wrong("not pattern", "`## Rule` and `at` belong to pattern");
    }
    match name {
        DetectorName::Flow => match &front.sink {
            None => wrong("flow", "`sink` is missing"),
            Some(sink) => Ok(Detector::Flow {
                sink: sink.clone(),
                from: front.from.clone(),
            }),
        },
        DetectorName::Pattern => match yaml {
            None => wrong("pattern", "the section `## Rule` is missing"),
            Some(yaml) => Ok(Detector::Pattern {
                yaml,
                at: front.at.clone(),
            }),
        },
        DetectorName::Check => Ok(Detector::Check),
        DetectorName::Code => Ok(Detector::Code),
        DetectorName::Metric => Ok(Detector::Metric),
    }
}

fn body(markdown: &str) -> Result<Body, RuleProblem> {
    let mut body = Body::default();
    for (title, range) in sections(markdown) {
        let text = markdown.get(range).unwrap_or_default();
        match &*title {
            "" => text.trim().clone_into(&mut body.summary),
            "Why it matters" => text.trim().clone_into(&mut body.why),
            "Instead" => text.trim().clone_into(&mut body.instead),
            "Rule" => {
                let blocks = fenced(text);
                body.rule = blocks.into_iter().next().map(|(_, yaml)| yaml);
            }
            "Tests" => body.tests = fenced(text),
            _ => return Err(RuleProblem::UnknownSection(title)),
        }
    }
    let parts = [
        ("above the first heading", &body.summary),
        ("Why it matters", &body.why),
        ("Instead", &body.instead),
    ];
    let missing = parts.iter().find(|(_, text)| text.is_empty());
    match missing.map(|(section, _)| *section) {
        Some(section) => Err(RuleProblem::Section(section)),
        None => Ok(body),
    }
}

/// The headings of the second level, and what stands below each; first what stands above all.
fn sections(markdown: &str) -> Vec<(String, Range<usize>)> {
    let mut found = vec![(String::new(), 0..markdown.len())];
    let mut in_heading = false;
    for (event, range) in Parser::new_ext(markdown, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H2,
                ..
            }) => {
                in_heading = true;
                if let Some((_, last)) = found.last_mut() {
                    last.end = range.start;
                }
                found.push((String::new(), range.end..markdown.len()));
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Text(text) if in_heading => {
                if let Some((title, _)) = found.last_mut() {
                    title.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

/// The fenced blocks: the word after the fence, and the text.
fn fenced(markdown: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for event in Parser::new_ext(markdown, Options::empty()) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let word = info.split_whitespace().next().unwrap_or_default();
                blocks.push((word.to_owned(), String::new()));
                inside = true;
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => {
                if let Some((_, block)) = blocks.last_mut() {
                    block.push_str(&text);
                }
            }
            _ => {}
        }
    }
    blocks
}

fn tests(
    language: Option<Language>,
    blocks: &[(String, String)],
) -> Result<Vec<RuleTest>, RuleProblem> {
    let mut tests = Vec::new();
    for (index, (format, text)) in blocks.iter().enumerate() {
        let grammar = Grammar::of_id(format);
        let is_known = match (language, grammar) {
            (Some(language), Some(grammar)) => grammar.language() == language,
            (None, Some(_)) => true,
            (None, None) => CONFIGURATION.contains(&&**format),
            (Some(_), None) => false,
        };
        if !is_known {
            return Err(RuleProblem::TestFormat {
                number: index + 1,
                format: format.clone(),
            });
        }
        tests.push(RuleTest {
            number: index + 1,
            format: format.clone(),
            grammar,
            text: text.clone(),
            expected: expected(text),
        });
    }
    let has = |empty: bool| tests.iter().any(|test| test.expected.is_empty() == empty);
    if has(true) && has(false) {
        Ok(tests)
    } else {
        Err(RuleProblem::Tests)
    }
}

/// Lines that end with the comment `finding`.
fn expected(text: &str) -> BTreeSet<u32> {
    let marks = ["// finding", "# finding", "/* finding */", "/* finding */}"];
    let is_marked = |line: &str| marks.iter().any(|mark| line.trim_end().ends_with(mark));
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| is_marked(line))
        .map(|(number, _)| number)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r###"+++
title = "A title"
message = "A message."
cwe = [95]
facet = "security"
severity = "high"
precision = "high"
detector = "pattern"
+++

What it finds.

## Why it matters

Because.

## Instead

Something else.

## Rule

```yaml
rule: { pattern: eval($A) }
```

## Tests

```python
eval(x)  # finding
```

```python
# eval(x)
"## no heading"
```
"###;

    #[test]
    fn a_rule_is_read_with_its_tests() {
        let rule = parse("python/eval.md", RULE).unwrap();
        assert_eq!(rule.id, "python/eval");
        assert_eq!(rule.slug(), "eval");
        assert_eq!(rule.language, Some(Language::Python));
        assert_eq!(rule.why, "Because.");
        let yaml = "rule: { pattern: eval($A) }\n".to_owned();
        assert_eq!(rule.detector, Detector::Pattern { yaml, at: None });
        let lines: Vec<_> = rule.tests.iter().map(|test| &test.expected).collect();
        assert_eq!(lines, [&BTreeSet::from([1]), &BTreeSet::new()]);
    }

    #[test]
    fn a_wrong_rule_is_refused_by_name_and_reason() {
        let check = |path: &str, from: &str, to: &str, reason: &str| {
            let error = parse(path, &RULE.replace(from, to))
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(&format!("rule {path}: ")), "{error}");
            assert!(error.contains(reason), "{error}");
        };
        check("python/Eval.md", "", "", "slug of small letters");
        check("perl/eval.md", "", "", "LANGUAGE/SLUG.md");
        check("python/eval.md", "+++", "---", "no front matter");
        check(
            "python/eval.md",
            "severity",
            "severe",
            "unknown field `severe`",
        );
        check("python/eval.md", "## Instead", "## Other", "\"Other\"");
        check("python/eval.md", "Because.", "", "Why it matters");
        check(
            "python/eval.md",
            "\"pattern\"",
            "\"flow\"",
            "belong to pattern",
        );
        check("python/eval.md", "## Rule", "", "`## Rule` is missing");
        check("python/eval.md", "```python", "```perl", "\"perl\"");
        check(
            "python/eval.md",
            "# finding",
            "# found",
            "with a finding and one without",
        );
    }
}
