//! What was measured as a document: Markdown, and the same as a page of HTML.

use std::fmt::Write as _;

use majlis_text::{Analysis, Contradiction, Side};

use crate::ask::{check_text, limit_text, percent, sign};

/// The parts of a document, which both forms write in their own way.
#[derive(Debug, PartialEq)]
enum Part {
    Heading(&'static str),
    Paragraph(String),
    /// The first row is the head.
    Table(Vec<Vec<String>>),
    List(Vec<String>),
}

/// The report in Markdown.
pub(crate) fn markdown(analysis: &Analysis) -> String {
    let mut text = "# What the answers say\n".to_owned();
    for part in parts(analysis) {
        text.push('\n');
        match part {
            Part::Heading(heading) => {
                let _ = writeln!(text, "## {heading}");
            }
            Part::Paragraph(paragraph) => {
                let _ = writeln!(text, "{}", plain(&paragraph));
            }
            Part::List(items) => {
                for item in items {
                    let _ = writeln!(text, "- {}", plain(&item));
                }
            }
            Part::Table(rows) => {
                for (place, row) in rows.iter().enumerate() {
                    let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
                    let _ = writeln!(text, "| {} |", cells.join(" | "));
                    if place == 0 {
                        let _ = writeln!(text, "|{}", "---|".repeat(row.len()));
                    }
                }
            }
        }
    }
    text
}

/// The report as one page of HTML without scripts, styles from elsewhere or images.
pub(crate) fn html(analysis: &Analysis) -> String {
    let mut text = PAGE_HEAD.to_owned();
    for part in parts(analysis) {
        match part {
            Part::Heading(heading) => {
                let _ = writeln!(text, "<h2>{heading}</h2>");
            }
            Part::Paragraph(paragraph) => {
                let _ = writeln!(text, "<p dir=\"auto\">{}</p>", harmless(&paragraph));
            }
            Part::List(items) => {
                text.push_str("<ul>\n");
                for item in items {
                    let _ = writeln!(text, "<li dir=\"auto\">{}</li>", harmless(&item));
                }
                text.push_str("</ul>\n");
            }
            Part::Table(rows) => {
                text.push_str("<table>\n");
                for (place, row) in rows.iter().enumerate() {
                    let tag = if place == 0 { "th" } else { "td" };
                    let cells: Vec<String> = row
                        .iter()
                        .map(|cell| format!("<{tag} dir=\"auto\">{}</{tag}>", harmless(cell)))
                        .collect();
                    let _ = writeln!(text, "<tr>{}</tr>", cells.concat());
                }
                text.push_str("</table>\n");
            }
        }
    }
    text.push_str("</body>\n</html>\n");
    text
}

const PAGE_HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<title>What the answers say</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-inline-size: 60rem; margin: 2rem auto; padding-inline: 1rem }
table { border-collapse: collapse }
th, td { border: 1px solid; padding: .25rem .5rem; text-align: start; vertical-align: top }
</style>
</head>
<body>
<h1>What the answers say</h1>
";

fn parts(analysis: &Analysis) -> Vec<Part> {
    let mut parts = vec![
        Part::Paragraph(summary(analysis)),
        Part::Heading("Answers"),
        Part::Table(members(analysis)),
    ];
    let mut section = |heading: &'static str, part: Part| {
        let is_empty = match &part {
            Part::Table(rows) => rows.len() < 2,
            Part::List(items) => items.is_empty(),
            Part::Heading(_) | Part::Paragraph(_) => false,
        };
        if !is_empty {
            parts.extend([Part::Heading(heading), part]);
        }
    };
    section("Claims", Part::Table(grid(analysis)));
    let failed = analysis
        .failed_checks
        .iter()
        .map(|check| check_text(analysis, check));
    section("Does not hold", Part::List(failed.collect()));
    let contradictions = analysis.contradictions.as_deref().unwrap_or_default();
    let told = contradictions
        .iter()
        .map(|found| contradiction(analysis, found));
    section("Contradictions", Part::List(told.collect()));
    let held = analysis.patterns.iter().map(|pattern| {
        format!(
            "{} ({})",
            claim(analysis, &pattern.claim),
            names(analysis, &pattern.members)
        )
    });
    section("Said by two or more", Part::List(held.collect()));
    let missed = analysis.gaps.iter().map(|gap| {
        format!(
            "{} (not in {})",
            claim(analysis, &gap.claim),
            names(analysis, &gap.missed_by)
        )
    });
    section("Missed by some", Part::List(missed.collect()));
    let alone = analysis.unique.iter().map(|unique| {
        format!(
            "{} ({})",
            claim(analysis, &unique.claim),
            names(analysis, &[unique.member])
        )
    });
    section("Said by one only", Part::List(alone.collect()));
    let topics = analysis.topics.iter().map(|topic| {
        let claims = topic.claims.join(", ");
        format!(
            "{}: {claims} ({})",
            topic.label.join(", "),
            names(analysis, &topic.members)
        )
    });
    section("Topics", Part::List(topics.collect()));
    let keywords = analysis.keywords.iter().map(|keyword| keyword.text.clone());
    section("Keywords", Part::List(keywords.collect()));
    let limits = analysis
        .limits
        .iter()
        .map(|limit| limit_text(*limit).to_owned());
    section("What was not seen", Part::List(limits.collect()));
    parts
}

fn summary(analysis: &Analysis) -> String {
    let agreement = analysis.agreement.map_or_else(
        || "Agreement is not known: no claim is spoken to by two or more.".to_owned(),
        |agreement| {
            let claims = analysis.shared_claims;
            format!(
                "Agreement is {} over the {claims} claims that two or more speak to (mean over them \
                 of 1 minus the normalised entropy of positions).",
                percent(Some(agreement))
            )
        },
    );
    format!(
        "{agreement} Measured with {} ({}).",
        analysis.method, analysis.engine
    )
}

fn members(analysis: &Analysis) -> Vec<Vec<String>> {
    let head = ["Answer", "Language", "Words", "Claims", "Covers"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(analysis.members.iter().map(|member| {
        vec![
            member.label.clone(),
            member
                .language
                .map_or("–", majlis_text::Language::code)
                .to_owned(),
            member.words.to_string(),
            member.claims.to_string(),
            percent(member.coverage),
        ]
    }));
    rows
}

fn grid(analysis: &Analysis) -> Vec<Vec<String>> {
    let mut head = vec![String::new(), "Claim".to_owned()];
    head.extend(analysis.members.iter().map(|member| member.label.clone()));
    let mut rows = vec![head];
    rows.extend(analysis.claims.iter().map(|row| {
        let mut cells = vec![row.id.clone(), row.text.clone()];
        cells.extend(row.stances.iter().map(|stance| {
            let value = stance.value.as_ref().map(|value| format!(" {value}"));
            format!("{}{}", sign(stance.stance), value.unwrap_or_default())
        }));
        cells
    }));
    rows
}

fn contradiction(analysis: &Analysis, found: &Contradiction) -> String {
    let side = |side: &Side| format!("{}: “{}”", names(analysis, &[side.member]), side.quote.text);
    format!("{} against {}", side(&found.first), side(&found.second))
}

fn claim(analysis: &Analysis, id: &str) -> String {
    let row = analysis.claims.iter().find(|row| row.id == id);
    row.map_or_else(|| id.to_owned(), |row| row.text.clone())
}

fn names(analysis: &Analysis, members: &[usize]) -> String {
    let labels = members.iter().filter_map(|member| {
        let mut all = analysis.members.iter();
        all.find(|measure| measure.member == *member)
    });
    let labels: Vec<&str> = labels.map(|measure| measure.label.as_str()).collect();
    labels.join(", ")
}

/// Text of an answer for Markdown: on one line, with nothing that marks up.
fn plain(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let mut safe = String::new();
    for c in line.join(" ").chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#'
        ) {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

/// Text of an answer for HTML.
fn harmless(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use majlis_text::{Answer, analyse, extract};

    use super::*;

    fn sample() -> Analysis {
        let answers = [
            Answer::new(
                0,
                "a<b>",
                "The plan costs $15 per month. It has a <script>free</script> trial.",
            ),
            Answer::new(1, "b|c", "The plan costs $50 per month."),
        ];
        analyse(&extract(&answers), None)
    }

    #[test]
    fn the_document_shows_the_grid_and_both_sides_of_a_contradiction() {
        let text = markdown(&sample());
        for expected in [
            "## Claims",
            "## Contradictions",
            "≠ $50",
            "b\\|c: “The plan costs $50 per month.”",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn nothing_in_an_answer_becomes_markup() {
        let page = html(&sample());
        assert!(
            !page.contains("<script") && page.contains("a&lt;b&gt;"),
            "{page}"
        );
        assert_eq!(plain("a | b\n# c"), "a \\| b \\# c");
    }
}
