//! Answers measured, and the code in them put to the proof: whether it can be read at all, and
//! whether the analyser's surest rules see a weakness in it. A vote does not outweigh either.

mod block;
mod place;

use majlis_text::{Analysis, Answer, CheckKind, FailedCheck, Vectors, code_blocks};

pub(crate) use place::Files;

/// Reads and measures answers, and looks up the places they name where there are files to look in.
/// Takes a while, and belongs on the threads for it.
pub(crate) fn measure(
    answers: &[Answer],
    vectors: Option<&Vectors>,
    files: Option<&Files>,
) -> Analysis {
    let claims = majlis_text::extract(answers);
    let mut analysis = majlis_text::analyse(&claims, vectors);
    analysis
        .failed_checks
        .extend(answers.iter().flat_map(failed));
    if let Some(files) = files {
        let missing = place::failed(files, answers, &analysis);
        analysis.failed_checks.extend(missing);
    }
    analysis
}

/// What fails in the code of an answer.
fn failed(answer: &Answer) -> Vec<FailedCheck> {
    // Most answers hold none: they are not read for it.
    if !answer.text.contains("```") && !answer.text.contains("~~~") {
        return Vec::new();
    }
    let fails = |kind, span, expected| FailedCheck {
        member: answer.member,
        claim: None,
        kind,
        span,
        expected,
    };
    code_blocks(&answer.text)
        .into_iter()
        .flat_map(|block| match block::prove(&block.language, &block.code) {
            block::Verdict::Nothing => Vec::new(),
            block::Verdict::Unreadable { line } => {
                vec![fails(CheckKind::Syntax, block.span, line.to_string())]
            }
            block::Verdict::Weak(rules) => rules
                .into_iter()
                .map(|(rule, line)| fails(CheckKind::Rule, block.span, format!("{rule}:{line}")))
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str, wanted: &[(CheckKind, &str)]) {
        let answers = [
            Answer::new(0, "A", text.to_owned()),
            Answer::new(1, "B", "Yes.".to_owned()),
        ];
        let analysis = measure(&answers, None, None);
        let found: Vec<_> = analysis
            .failed_checks
            .iter()
            .map(|check| (check.kind, check.expected.as_str()))
            .collect();
        assert_eq!(found, wanted, "{name}");
    }

    #[test]
    fn code_in_answers_is_read_and_looked_through() {
        check("no code", "It is `2 +`.", &[]);
        check("sound", "```python\nprint(1)\n```", &[]);
        check(
            "unreadable",
            "Use:\n\n```python\nx = 1\ndef f(:\n    pass\n```",
            &[(CheckKind::Syntax, "2")],
        );
        check(
            "weak",
            "```python\nimport yaml\nfrom flask import request\nimport os\n\ndef run():\n    os.system('ls ' + request.args['d'])\n```",
            &[(CheckKind::Rule, "python/command-injection:6")],
        );
        check(
            "a part of JSON beside it",
            "```json\n{\"a\": 1,}\n```\n```go\nfunc f( {\n```",
            &[
                (CheckKind::Json, "key must be a string at line 1 column 9"),
                (CheckKind::Syntax, "1"),
            ],
        );
    }
}
