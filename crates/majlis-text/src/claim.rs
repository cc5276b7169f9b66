//! Claims: the statements of an answer that can be checked, with their places.

use serde::{Deserialize, Serialize};

use crate::block::{Block, BlockKind, Prose, prose_of};
use crate::check::{Failure, check, check_blocks};
use crate::fold::fold;
use crate::language::beginning;
use crate::{Answer, Language, Limit, Span, lexicon, sentence};

/// Claims of one answer that are compared; further ones are left out and [`Limit::ClaimsCapped`]
/// says so.
const MAX_CLAIMS: usize = 200;
/// Claims of all answers together that are compared: time and memory grow with the square.
const MAX_ALL_CLAIMS: usize = 2400;
/// Words a claim has at least, numbers counted.
const MIN_WORDS: usize = 3;
/// Words an answer without claims has at most to be taken as one claim as a whole ("42", "Yes").
const MAX_BARE_WORDS: usize = 6;
/// Bytes of a statement in which a greeting is looked for.
const GREETING_BYTES: usize = 80;
/// Words a block needs for its own language to be told; below, it has the answer's.
const MIN_LANGUAGE_WORDS: usize = 12;

/// One checkable statement of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Whose it is: [`Answer::member`].
    pub member: usize,
    /// The statement without markup, on one line.
    pub text: String,
    /// Where it stands in the answer as given.
    pub span: Span,
    /// The language it is in, where that can be told.
    pub language: Option<Language>,
    /// The heading or lead-in it stands under, the nearest one.
    pub context: Option<String>,
    /// The answer is no more than this ("42", "Yes"): it speaks to the question itself.
    pub bare: bool,
}

/// The claims of several answers, with what is known of each answer as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    pub(crate) answers: Vec<AnswerClaims>,
    pub(crate) limits: Vec<Limit>,
}

/// One answer, read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AnswerClaims {
    pub(crate) member: usize,
    pub(crate) label: String,
    pub(crate) apart: bool,
    pub(crate) language: Option<Language>,
    /// All prose, blocks separated by line breaks.
    pub(crate) prose: String,
    pub(crate) claims: Vec<Claim>,
    /// One per claim: from places in its text to places in the answer.
    pub(crate) maps: Vec<SpanMap>,
    /// What fails in it, with places in the answer, and in which of its claims.
    #[serde(default)]
    pub(crate) failures: Vec<(Option<usize>, Failure)>,
}

/// From bytes of a claim's text to bytes of its answer: per character its start in the text and its
/// place in the answer, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SpanMap(Vec<(usize, Span)>);

impl SpanMap {
    /// The place in the answer of a part of the claim's text.
    pub(crate) fn source(&self, part: Span) -> Option<Span> {
        let start = self.entry(part.start)?.start;
        let end = self.entry(part.end.checked_sub(1)?)?.end;
        (start < end).then_some(Span { start, end })
    }

    fn entry(&self, offset: usize) -> Option<Span> {
        let index = self
            .0
            .partition_point(|(text, _)| *text <= offset)
            .checked_sub(1)?;
        self.0.get(index).map(|(_, source)| *source)
    }
}

impl Claims {
    /// All claims, answer by answer, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Claim> {
        self.answers.iter().flat_map(|answer| &answer.claims)
    }

    /// What an embedder is to be given: the claims' texts, each once, in order of first use.
    pub fn texts(&self) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        self.iter()
            .filter(|claim| seen.insert(claim.text.as_str()))
            .map(|claim| claim.text.clone())
            .collect()
    }
}

/// Reads answers and finds their claims. Code, tables and quotes are set aside; questions,
/// greetings and talk about the answer itself are no claims.
pub fn extract(answers: &[Answer]) -> Claims {
    let mut limits = Vec::new();
    let most = MAX_CLAIMS.min(MAX_ALL_CLAIMS / answers.len().max(1));
    let mut read: Vec<AnswerClaims> = answers
        .iter()
        .map(|answer| read_answer(answer, most, &mut limits))
        .collect();
    read.sort_by_key(|answer| answer.member);
    limits.sort_unstable();
    limits.dedup();
    Claims {
        answers: read,
        limits,
    }
}

fn read_answer(answer: &Answer, most: usize, limits: &mut Vec<Limit>) -> AnswerClaims {
    let prose = prose_of(&answer.text);
    note_limits(&prose, limits);
    let text: Vec<&str> = prose
        .blocks
        .iter()
        .map(|block| block.text.as_str())
        .collect();
    let text = text.join("\n");
    let language = Language::of(&text);
    let mut found: Vec<(Claim, SpanMap)> = Vec::new();
    for block in prose
        .blocks
        .iter()
        .filter(|block| block.kind != BlockKind::Heading)
    {
        if found.len() > most {
            break;
        }
        let own = if word_count(&block.text) >= MIN_LANGUAGE_WORDS {
            Language::of(&block.text)
        } else {
            None
        };
        let statements = sentence::statements(&block.text).into_iter();
        let statements = statements.filter(|span| is_claim(&block.text[span.start..span.end]));
        let room = most + 1 - found.len();
        found.extend(
            statements
                .take(room)
                .map(|span| claim_of(answer.member, block, span, own.or(language))),
        );
    }
    if found.is_empty() {
        found.extend(bare_claim(answer.member, &prose, language));
    }
    if found.len() > most {
        limits.push(Limit::ClaimsCapped);
        found.truncate(most);
    }
    let (claims, maps): (Vec<Claim>, Vec<SpanMap>) = found.into_iter().unzip();
    AnswerClaims {
        failures: failures(&answer.text, &claims, &maps),
        member: answer.member,
        label: answer.label.clone(),
        apart: answer.apart,
        language,
        prose: text,
        claims,
        maps,
    }
}

fn failures(answer: &str, claims: &[Claim], maps: &[SpanMap]) -> Vec<(Option<usize>, Failure)> {
    let mut found: Vec<(Option<usize>, Failure)> = Vec::new();
    for (place, (claim, map)) in claims.iter().zip(maps).enumerate() {
        let failed = check(&claim.text).into_iter().filter_map(|failure| {
            let span = map.source(failure.span)?;
            Some((Some(place), Failure { span, ..failure }))
        });
        found.extend(failed);
    }
    found.extend(
        check_blocks(answer)
            .into_iter()
            .map(|failure| (None, failure)),
    );
    found
}

fn note_limits(prose: &Prose, limits: &mut Vec<Limit>) {
    let met = [
        (prose.has_code, Limit::CodeNotCompared),
        (prose.has_tables, Limit::TablesNotCompared),
        (prose.has_quotes, Limit::QuotesNotCompared),
    ];
    limits.extend(
        met.into_iter()
            .filter(|(is_met, _)| *is_met)
            .map(|(_, limit)| limit),
    );
}

fn claim_of(
    member: usize,
    block: &Block,
    span: Span,
    language: Option<Language>,
) -> (Claim, SpanMap) {
    let text = &block.text[span.start..span.end];
    let map = text
        .char_indices()
        .map(|(offset, c)| {
            let start = span.start + offset;
            (
                offset,
                block.source_span(Span {
                    start,
                    end: start + c.len_utf8(),
                }),
            )
        })
        .collect();
    let claim = Claim {
        member,
        text: text.replace('\n', " "),
        span: block.source_span(span),
        language,
        context: block.headings.last().cloned(),
        bare: false,
    };
    (claim, SpanMap(map))
}

/// The whole answer as one claim, when it is no more than a few words.
fn bare_claim(
    member: usize,
    prose: &Prose,
    language: Option<Language>,
) -> Option<(Claim, SpanMap)> {
    let [block] = prose.blocks.as_slice() else {
        return None;
    };
    let text = block.text.trim_end();
    let start = block.text.len() - block.text.trim_start().len();
    let is_word = text.chars().any(char::is_alphanumeric);
    if !is_word || word_count(text) > MAX_BARE_WORDS || is_question(text) || is_meta(text) {
        return None;
    }
    let (claim, map) = claim_of(
        member,
        block,
        Span {
            start,
            end: text.len(),
        },
        language,
    );
    Some((
        Claim {
            bare: true,
            ..claim
        },
        map,
    ))
}

fn is_claim(text: &str) -> bool {
    let ends_as_lead_in = text.trim_end().ends_with([':', '：', '…']);
    word_count(text) >= MIN_WORDS && !ends_as_lead_in && !is_question(text) && !is_meta(text)
}

fn is_question(text: &str) -> bool {
    let closers = |c: char| c.is_whitespace() || "\"'”’»)*_".contains(c);
    text.trim_end_matches(closers).ends_with(['?', '؟', '？'])
}

/// Greets, or speaks of the answer instead of its subject.
fn is_meta(text: &str) -> bool {
    let folded = fold(beginning(text, GREETING_BYTES));
    let folded = folded.trim_start_matches(|c: char| !c.is_alphanumeric());
    lexicon::META_BEGINNINGS.iter().any(|beginning| {
        folded.strip_prefix(beginning).is_some_and(|rest| {
            beginning.ends_with([' ', ',', '!'])
                || rest.is_empty()
                || rest.starts_with(|c: char| !c.is_alphanumeric())
        })
    })
}

/// Words of a text; punctuation alone is none.
pub(crate) fn word_count(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: &[&str]) {
        let claims = extract(&[Answer::new(0, "a", answer)]);
        let found: Vec<&str> = claims.iter().map(|claim| claim.text.as_str()).collect();
        assert_eq!(found, expected, "{answer}");
    }

    #[test]
    fn questions_greetings_and_talk_about_the_answer_are_no_claims() {
        check(
            "Great question! As an AI language model, I cannot decide.\n\nWhy does it matter?\n\nHere is a summary:\n\n\
             - The file is small.\n\nI hope this helps. Let me know if you have more questions.",
            &["The file is small."],
        );
        check(
            "سؤال رائع! إليك الجواب: الملف صغير.\n\nالملف صغير وسهل النقل. هل هذا واضح؟ آمل أن يفيدك هذا.",
            &["الملف صغير وسهل النقل."],
        );
    }

    #[test]
    fn an_answer_of_a_few_words_is_one_claim() {
        for (answer, expected) in [
            ("42", Some("42")),
            ("**Yes**", Some("Yes")),
            ("نعم", Some("نعم")),
            ("Why?", None),
            ("🙂", None),
            ("", None),
        ] {
            let claims = extract(&[Answer::new(0, "a", answer)]);
            let found: Vec<_> = claims
                .iter()
                .map(|claim| (claim.text.as_str(), claim.bare))
                .collect();
            let expected: Vec<_> = expected.into_iter().map(|text| (text, true)).collect();
            assert_eq!(found, expected, "{answer}");
        }
    }

    #[test]
    fn a_bullet_inherits_the_nearest_heading() {
        let claims = extract(&[Answer::new(
            0,
            "a",
            "## Costs\n\n- It is free of charge.\n- It needs little care.",
        )]);
        let contexts: Vec<_> = claims
            .iter()
            .map(|claim| claim.context.as_deref())
            .collect();
        assert_eq!(contexts, [Some("Costs"), Some("Costs")]);
    }

    #[test]
    fn too_many_claims_are_cut_and_it_is_said() {
        let answer = "One point is good. ".repeat(MAX_CLAIMS + 5);
        let claims = extract(&[Answer::new(0, "a", answer)]);
        assert_eq!(claims.iter().count(), MAX_CLAIMS);
        assert_eq!(claims.limits, [Limit::ClaimsCapped]);
    }

    #[test]
    fn texts_to_embed_are_given_once_each() {
        let claims = extract(&[
            Answer::new(1, "b", "The file is small."),
            Answer::new(0, "a", "The file is small."),
        ]);
        assert_eq!(
            claims.iter().map(|claim| claim.member).collect::<Vec<_>>(),
            [0, 1]
        );
        assert_eq!(claims.texts(), ["The file is small."]);
    }

    #[test]
    fn claims_survive_being_stored() {
        let claims = extract(&[Answer::new(0, "a", "The **file** is small. 42")]);
        let stored = serde_json::to_string(&claims).unwrap();
        assert_eq!(serde_json::from_str::<Claims>(&stored).unwrap(), claims);
    }
}
