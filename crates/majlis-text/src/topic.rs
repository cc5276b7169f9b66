//! Which claims belong to one subject, and what it is called.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kodama::{Method, linkage};
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::agreement::as_real;
use crate::feature::arabic_stem;
use crate::fold::fold;
use crate::language::is_arabic_letter;
use crate::lemma::lemma;
use crate::{ClaimRow, Stance, lexicon, number};

/// Words of a label.
const LABEL_WORDS: usize = 3;
/// Letters a word of a label has at least.
const MIN_LETTERS: usize = 3;

/// A subject that two or more claims belong to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// The words that set it apart from the other topics, the heaviest first.
    pub label: Vec<String>,
    /// The rows' ids, in their order.
    pub claims: Vec<String>,
    /// Members that take a stance on one of them.
    pub members: Vec<usize>,
}

/// Groups rows by average linkage; `similarity` says how near two rows are, and is held against
/// `threshold`. The largest topics come first.
pub(crate) fn topics(
    rows: &[ClaimRow],
    threshold: f64,
    similarity: impl Fn(usize, usize) -> f64,
) -> Vec<Topic> {
    let groups = grouped(rows.len(), threshold, similarity);
    let words: Vec<BTreeMap<String, (usize, String)>> =
        groups.iter().map(|group| words_of(group, rows)).collect();
    let mut everywhere: HashMap<&str, usize> = HashMap::new();
    for (base, (count, _)) in words.iter().flatten() {
        *everywhere.entry(base).or_default() += count;
    }
    let all: usize = everywhere.values().sum();
    let mean = as_real(all) / as_real(groups.len().max(1));
    let mut topics: Vec<Topic> = groups
        .iter()
        .zip(&words)
        .filter(|(group, _)| group.len() > 1)
        .map(|(group, own)| Topic {
            label: label(own, &everywhere, mean),
            claims: group.iter().map(|index| rows[*index].id.clone()).collect(),
            members: members(group, rows),
        })
        .filter(|topic| !topic.label.is_empty())
        .collect();
    topics.sort_by_key(|topic| std::cmp::Reverse(topic.claims.len()));
    topics
}

fn grouped(
    count: usize,
    threshold: f64,
    similarity: impl Fn(usize, usize) -> f64,
) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..count).map(|index| vec![index]).collect();
    if count < 2 {
        return groups;
    }
    let mut distances = Vec::with_capacity(count * (count - 1) / 2);
    for one in 0..count {
        distances.extend((one + 1..count).map(|other| 1.0 - similarity(one, other)));
    }
    for step in linkage(&mut distances, count, Method::Average).steps() {
        let mut joined = Vec::new();
        if step.dissimilarity <= 1.0 - threshold {
            joined = std::mem::take(&mut groups[step.cluster1]);
            joined.append(&mut groups[step.cluster2]);
            joined.sort_unstable();
        }
        groups.push(joined);
    }
    groups.retain(|group| !group.is_empty());
    groups.sort_unstable();
    groups
}

/// The content words of a group by dictionary form: in how many claims each stands, and as what.
fn words_of(group: &[usize], rows: &[ClaimRow]) -> BTreeMap<String, (usize, String)> {
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for index in group {
        let folded = fold(&rows[*index].text);
        let words: BTreeSet<(String, &str)> = folded
            .unicode_words()
            .filter(|word| is_telling(word))
            .map(|word| (base(word), word))
            .collect();
        let mut seen = "";
        for (base, word) in &words {
            if base != seen {
                let entry = found.entry(base.clone()).or_insert((0, (*word).to_owned()));
                entry.0 += 1;
            }
            seen = base;
        }
    }
    found
}

fn is_telling(word: &str) -> bool {
    word.chars().filter(|c| c.is_alphabetic()).count() >= MIN_LETTERS
        && !lexicon::is_stop_word(word)
        && !lexicon::is_negation(word)
        && number::read_word(word).is_none()
}

fn base(word: &str) -> String {
    if word.chars().any(is_arabic_letter) {
        arabic_stem(word)
    } else {
        lemma(word)
    }
}

/// The words of the group with the highest weight: how often here, against how often everywhere
/// (c-TF-IDF).
fn label(
    own: &BTreeMap<String, (usize, String)>,
    everywhere: &HashMap<&str, usize>,
    mean: f64,
) -> Vec<String> {
    let weight = |base: &str, count: usize| {
        let all = everywhere.get(base).copied().unwrap_or(count).max(1);
        as_real(count) * (1.0 + mean / as_real(all)).ln()
    };
    let mut words: Vec<(f64, &String)> = own
        .iter()
        .map(|(base, (count, word))| (weight(base, *count), word))
        .collect();
    words.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    words
        .into_iter()
        .take(LABEL_WORDS)
        .map(|(_, word)| word.clone())
        .collect()
}

fn members(group: &[usize], rows: &[ClaimRow]) -> Vec<usize> {
    let stances = group.iter().flat_map(|index| &rows[*index].stances);
    let speakers = stances.filter(|stance| stance.stance.is_some_and(|own| own != Stance::Silent));
    let members: BTreeSet<usize> = speakers.map(|stance| stance.member).collect();
    members.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemberStance;

    fn row(id: usize, text: &str) -> ClaimRow {
        let stance = |member: usize, stance| MemberStance {
            member,
            stance: Some(stance),
            position: None,
            value: None,
            quotes: Vec::new(),
        };
        ClaimRow {
            id: format!("C{id}"),
            text: text.to_owned(),
            language: None,
            member: id % 2,
            context: None,
            certainty: crate::Certainty::Plain,
            stances: vec![stance(id % 2, Stance::Asserts), stance(2, Stance::Silent)],
            agreement: None,
            coverage: None,
        }
    }

    #[test]
    fn near_rows_are_one_topic_with_the_words_that_set_it_apart() {
        let rows = [
            row(1, "The cache expires sessions."),
            row(2, "Sessions stay in the cache."),
            row(3, "Licences cost money."),
        ];
        let near = |one: usize, other: usize| if one.max(other) < 2 { 0.9 } else { 0.0 };
        let found = topics(&rows, 0.5, near);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].claims, ["C1", "C2"]);
        assert_eq!(found[0].members, [0, 1]);
        assert_eq!(found[0].label[..2], ["cache", "sessions"]);
    }

    #[test]
    fn without_rows_there_is_no_topic() {
        assert_eq!(topics(&[], 0.5, |_, _| 1.0), []);
    }
}
