//! What the measures look at in a statement: stems, character trigrams, numbers, negation, names.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

use crate::attitude::{Setting, attitude, setting};
use crate::condition::is_conditional;
use crate::duty::duty;
use crate::fold::{fold, strip_prefix};
use crate::identity::{Identity, identity};
use crate::influence::influence;
use crate::language::is_arabic_letter;
use crate::lemma::lemma;
use crate::number::{self, Magnitude, Number, Qualifier};
use crate::ranking::{Ranking, ranking};
use crate::{Claim, Span, lexicon};

/// Letters two names share from the start before the longer is taken for a form of the shorter
/// (`Postgres`, `PostgreSQL`).
const MIN_NAME_STEM: usize = 5;
/// Words after a negation among which its object is looked for.
const NEGATION_REACH: usize = 4;

/// A word of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Folded, as written.
    pub(crate) word: String,
    /// Folded and cut to its stem.
    pub(crate) stem: String,
    /// Says what the statement is about: neither number, negation nor a word too common.
    pub(crate) is_content: bool,
    /// Where it stands in the statement.
    pub(crate) span: Span,
}

/// What the measures look at in one claim.
#[derive(Debug, Clone, Default)]
pub(crate) struct Features {
    /// Content stems with where each first stands, numbers and negations left out.
    pub(crate) stems: BTreeMap<String, Span>,
    /// Content stems of the heading it stands under that it does not itself hold.
    pub(crate) context: BTreeSet<String>,
    /// Hashes of character trigrams of the content words, sorted, each once.
    pub(crate) trigrams: Vec<u64>,
    /// Numbers in order.
    pub(crate) numbers: Vec<Number>,
    /// Negations in order.
    pub(crate) negations: Vec<Negation>,
    /// Names of things: products, places, people.
    pub(crate) names: BTreeSet<String>,
    /// Holds only under a condition.
    pub(crate) is_conditional: bool,
    /// Content words in dictionary form (Arabic: stems) with where each first stands.
    pub(crate) bases: BTreeMap<String, Span>,
    /// "Yes" or "no" that opens the statement.
    pub(crate) verdict: Option<(bool, Span)>,
    /// One or many, where a word says so.
    pub(crate) scope: Option<(Scope, Span)>,
    /// Needed, or said not to be.
    pub(crate) duty: Option<(bool, Span)>,
    /// The order of growth, as written: `O(log n)`.
    pub(crate) growth: Option<(String, Span)>,
    /// For or against what it is about.
    pub(crate) attitude: Option<(bool, Span)>,
    /// Something makes a difference, or none.
    pub(crate) influence: Option<(bool, Span)>,
    /// What it takes and what it leaves for it.
    pub(crate) setting: Option<Setting>,
    /// What it ranks above what.
    pub(crate) ranking: Option<Ranking>,
    /// Which one it says something is.
    pub(crate) identity: Option<Identity>,
}

/// Of how many a statement speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One only.
    Single,
    /// More than one.
    Many,
}

/// A word that denies, and what it denies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Negation {
    /// The content stem nearest after it; `None` when there is none in reach.
    pub(crate) object: Option<String>,
    /// It opens the statement: what follows is to be left undone, not untrue ("Do not …").
    pub(crate) forbids: bool,
    /// Where the word stands in the statement.
    pub(crate) span: Span,
}

/// Cuts texts into tokens; holds what is known of names from all answers.
pub(crate) struct Reader {
    stemmer: Stemmer,
    /// Names met in the answers, folded, each with its shortest form.
    names: HashMap<String, String>,
}

impl Reader {
    /// Learns the names of all answers from their prose.
    pub(crate) fn new<'a>(proses: impl Iterator<Item = &'a str>) -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
            names: collect_names(proses),
        }
    }

    /// The content stems of a text with how often each occurs.
    pub(crate) fn content(&self, text: &str) -> BTreeMap<String, u32> {
        let mut words: HashMap<&str, u32> = HashMap::new();
        for word in text.unicode_words() {
            *words.entry(word).or_default() += 1;
        }
        let mut stems = BTreeMap::new();
        for (word, count) in words {
            if let Some(token) = self.token(0, word).filter(|token| token.is_content) {
                *stems.entry(token.stem).or_default() += count;
            }
        }
        stems
    }

    /// Everything the measures need of a claim.
    pub(crate) fn features(&self, claim: &Claim) -> Features {
        let tokens = self.tokens(&claim.text);
        let (numbers, counted) = self.numbers(&claim.text, &tokens);
        let mut found = Features {
            numbers,
            duty: duty(&tokens),
            growth: growth(&claim.text),
            attitude: attitude(&tokens),
            influence: influence(&tokens),
            setting: setting(&tokens),
            ranking: ranking(&tokens),
            identity: identity(&claim.text, &tokens),
            is_conditional: is_conditional(&tokens),
            ..Features::default()
        };
        let mut content = String::new();
        for (index, token) in tokens.iter().enumerate() {
            if found.scope.is_none() {
                found.scope = scope(&token.word).map(|scope| (scope, token.span));
            }
            if let Some(is_yes) = verdict(&claim.text, &tokens, index) {
                found.verdict = Some((is_yes, token.span));
            } else if is_negation(&tokens, index) && !is_literal(&claim.text, &tokens, index) {
                if is_restriction(&tokens, index) {
                    found.scope = Some((Scope::Single, token.span));
                } else {
                    found.negations.push(negation_at(&tokens, index));
                }
            } else if token.is_content && !counted.contains(&index) {
                found.stems.entry(token.stem.clone()).or_insert(token.span);
                found.bases.entry(base(&token.word)).or_insert(token.span);
                content.push(' ');
                content.push_str(&token.stem);
                if self.names.contains_key(&token.word) || is_foreign(token, claim) {
                    found.names.insert(token.stem.clone());
                }
            }
        }
        if claim.bare {
            read_bare(&mut found, &tokens);
        }
        found.trigrams = trigrams(&content);
        let heading = claim
            .context
            .as_deref()
            .map(|text| self.content(text))
            .unwrap_or_default();
        found.context = heading
            .into_keys()
            .filter(|stem| !found.stems.contains_key(stem))
            .collect();
        found
    }

    /// The words of a text with their stems.
    pub(crate) fn tokens(&self, text: &str) -> Vec<Token> {
        let words = text.unicode_word_indices();
        words
            .filter_map(|(start, word)| self.token(start, word))
            .collect()
    }

    fn token(&self, start: usize, written: &str) -> Option<Token> {
        let word = fold(written);
        if word.is_empty() {
            return None;
        }
        let stem = match self.names.get(&word) {
            Some(name) => name.clone(),
            None if word.chars().any(is_arabic_letter) => arabic_stem(&word),
            None => self.stemmer.stem(word.trim_end_matches("'s")).into_owned(),
        };
        let end = start + written.len();
        Some(Token {
            is_content: is_content(&word),
            word,
            stem,
            span: Span { start, end },
        })
    }

    /// The numbers of a statement, and which tokens they take up.
    fn numbers(&self, text: &str, tokens: &[Token]) -> (Vec<Number>, BTreeSet<usize>) {
        let mut found: Vec<(usize, Number)> = Vec::new();
        let mut taken = BTreeSet::new();
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            let Some((magnitude, tail)) = read_number(token) else {
                index += 1;
                continue;
            };
            let mut last = index;
            let mut magnitude = magnitude;
            let next = tokens
                .get(index + 1)
                .and_then(|next| number::multiplier(&next.word));
            if let (Some(factor), Magnitude::Range(low, high)) =
                (next.filter(|_| tail.is_empty()), &magnitude)
            {
                magnitude = Magnitude::Range(low * factor, high * factor);
                last += 1;
            }
            taken.extend(index..=last);
            let slots = self.slots(text, tokens, index, last, tail);
            let (magnitude, slots) = number::measured(magnitude, slots);
            let number = Number {
                magnitude,
                slots,
                span: with_signs(text, token.span.start, tokens[last].span.end),
            };
            join_or_push(&mut found, number, index, last, text, tokens);
            index = last + 1;
        }
        (found.into_iter().map(|(_, number)| number).collect(), taken)
    }

    /// A number with a point after it is a version.
    fn is_versioned(&self, token: &Token) -> bool {
        matches!(
            token.word.as_str(),
            "version" | "release" | "الاصدار" | "اصدار" | "النسخه"
        ) || self.names.contains_key(&token.word)
    }

    /// What a number counts: its unit, else the content words right after it, else the name or
    /// content word right before it.
    fn slots(
        &self,
        text: &str,
        tokens: &[Token],
        first: usize,
        last: usize,
        tail: &str,
    ) -> Vec<String> {
        let signs = with_signs(text, tokens[first].span.start, tokens[last].span.end);
        let sign = |at: Option<char>| {
            at.filter(|c| "$€£%٪".contains(*c))
                .map(|c| fold(c.encode_utf8(&mut [0; 4])))
        };
        let before = sign(text[signs.start..tokens[first].span.start].chars().next());
        let after = sign(text[tokens[last].span.end..signs.end].chars().last());
        if let Some(sign) = before.or(after) {
            return vec![unit(&sign)];
        }
        if !tail.is_empty() {
            return vec![unit(&self.stemmer.stem(tail))];
        }
        let following = tokens
            .iter()
            .skip(last + 1)
            .take(2)
            .take_while(|token| token.is_content);
        let mut slots: Vec<String> = following.map(|token| unit(&token.stem)).collect();
        if slots.is_empty() {
            let preceding = tokens[..first]
                .iter()
                .rev()
                .take(2)
                .find(|token| token.is_content);
            if preceding.is_some_and(|token| self.is_versioned(token))
                && tokens[first].word.contains('.')
            {
                slots.push(VERSION.to_owned());
            }
            slots.extend(preceding.map(|token| format!("{}:", token.stem)));
        }
        slots
    }
}

/// What a number with a point counts after a name or the word "version".
const VERSION: &str = "\u{0}version";

/// The first order of growth in a text, without its spaces.
fn growth(text: &str) -> Option<(String, Span)> {
    let start = text.find("O(")?;
    let end = start + text[start..].find(')')? + 1;
    let written = text[start..end].split_whitespace().collect::<String>();
    Some((written.to_lowercase(), Span { start, end }))
}

fn read_number(token: &Token) -> Option<(Magnitude, &str)> {
    number::read(&token.word)
        .or_else(|| number::read_word(&token.word).map(|magnitude| (magnitude, "")))
}

/// Adds a number, or makes a range of it and the one just before ("5–10", "5 to 10").
fn join_or_push(
    found: &mut Vec<(usize, Number)>,
    number: Number,
    first: usize,
    last: usize,
    text: &str,
    tokens: &[Token],
) {
    if let Some((before, low)) = found.last_mut() {
        let between = text
            .get(tokens[*before].span.end..tokens[first].span.start)
            .unwrap_or_default();
        let range = low.magnitude.through(&number.magnitude);
        if let Some(range) = range.filter(|_| is_range_mark(&fold(between))) {
            low.magnitude = range;
            low.span.end = number.span.end;
            low.slots = number.slots;
            *before = last;
            return;
        }
    }
    let words: Vec<&str> = tokens[..first]
        .iter()
        .map(|token| token.word.as_str())
        .collect();
    let plus = text
        .get(tokens[last].span.end..)
        .is_some_and(|rest| rest.starts_with('+'));
    let qualifier = if plus {
        Qualifier::AtLeast
    } else {
        number::qualifier(&words)
    };
    let magnitude = number.magnitude.qualified(qualifier);
    found.push((
        last,
        Number {
            magnitude,
            ..number
        },
    ));
}

fn is_range_mark(between: &str) -> bool {
    matches!(
        between.trim().trim_end_matches(['$', '€', '£']).trim(),
        "-" | "–" | "—" | "to" | "and" | "الي" | "و"
    )
}

/// The span with the signs of currency or percent that touch it.
fn with_signs(text: &str, start: usize, end: usize) -> Span {
    let before = text[..start]
        .chars()
        .next_back()
        .filter(|c| "$€£".contains(*c));
    let after = text[end..]
        .trim_start_matches(' ')
        .chars()
        .next()
        .filter(|c| "%٪$€£".contains(*c));
    let gap = text[end..].len() - text[end..].trim_start_matches(' ').len();
    Span {
        start: start - before.map_or(0, char::len_utf8),
        end: after.map_or(end, |sign| end + gap + sign.len_utf8()),
    }
}

fn unit(stem: &str) -> String {
    let known = lexicon::UNITS
        .iter()
        .find(|(spelling, _)| *spelling == stem);
    known.map_or(stem, |(_, unit)| *unit).to_owned()
}

fn is_content(word: &str) -> bool {
    word.chars().any(char::is_alphabetic)
        && number::read(word).is_none()
        && number::read_word(word).is_none()
        && !lexicon::is_stop_word(word)
        && !lexicon::is_negation(word)
}

fn is_negation(tokens: &[Token], index: usize) -> bool {
    let next = tokens.get(index + 1).map(|token| token.word.as_str());
    lexicon::is_negation(&tokens[index].word)
        && !next.is_some_and(|next| lexicon::NOT_NEGATED.contains(&next))
}

/// "None" with a capital inside a sentence is the value of that name.
fn is_literal(text: &str, tokens: &[Token], index: usize) -> bool {
    let span = tokens[index].span;
    index > 0 && text.get(span.start..span.end) == Some("None")
}

/// "Yes" or "no" at the beginning with a mark after it: it judges the question, the rest is what is
/// said.
fn verdict(text: &str, tokens: &[Token], index: usize) -> Option<bool> {
    let token = tokens.first().filter(|_| index == 0 && tokens.len() > 1)?;
    let is_set_off = text[token.span.end..].starts_with([',', ':', '.', ';', '،', '؛', '!']);
    let has = |list: &[&str]| is_set_off && list.contains(&token.word.as_str());
    if has(lexicon::YES) {
        return Some(true);
    }
    has(lexicon::NO).then_some(false)
}

/// Words after a denial within which "but" makes it a restriction ("لا يعمل إلا").
const RESTRICTION_REACH: usize = 8;

/// The denial here only says that nothing else is meant.
fn is_restriction(tokens: &[Token], index: usize) -> bool {
    let mut after = tokens.iter().skip(index + 1).take(RESTRICTION_REACH);
    after.any(|token| matches!(token.word.as_str(), "الا" | "except" | "سوي"))
}

/// Of how many a folded word speaks.
fn scope(word: &str) -> Option<Scope> {
    const SINGLE: &[&str] = &[
        "only",
        "single",
        "sole",
        "solely",
        "exclusively",
        "once",
        "واحد",
        "واحده",
        "وحيد",
        "وحيده",
        "فقط",
        "مفرد",
    ];
    const MANY: &[&str] = &[
        "several",
        "many",
        "multiple",
        "various",
        "numerous",
        "every",
        "all",
        "both",
        "simultaneously",
        "concurrently",
        "عده",
        "جميع",
        "متعدده",
        "متعدد",
        "كثيره",
        "مختلفه",
        "عديده",
    ];
    if SINGLE.contains(&word) {
        return Some(Scope::Single);
    }
    MANY.contains(&word).then_some(Scope::Many)
}

/// The dictionary form of a folded word; of an Arabic one the stem.
fn base(word: &str) -> String {
    if word.chars().any(is_arabic_letter) {
        arabic_stem(word)
    } else {
        lemma(word)
    }
}

fn negation_at(tokens: &[Token], index: usize) -> Negation {
    let reach = tokens.iter().skip(index + 1).take(NEGATION_REACH);
    Negation {
        object: reach
            .into_iter()
            .find(|token| token.is_content)
            .map(|token| token.stem.clone()),
        forbids: is_order(tokens, index),
        span: tokens[index].span,
    }
}

/// "Do not …", "Don't …", "Never …" at the beginning.
fn is_order(tokens: &[Token], index: usize) -> bool {
    let opening = tokens.first().map(|token| token.word.as_str());
    match opening {
        Some("do") => index == 1,
        Some("never" | "don't" | "dont" | "avoid") => index == 0,
        _ => false,
    }
}

/// A Latin word in an Arabic statement is a name.
fn is_foreign(token: &Token, claim: &Claim) -> bool {
    claim
        .language
        .is_some_and(|language| language == crate::Language::Ar)
        && token
            .word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '\'')
}

/// A bare answer speaks to the question: "Yes" and "No" are the same statement, once denied.
fn read_bare(found: &mut Features, tokens: &[Token]) {
    const ANSWER: &str = "\u{0}answer";
    if let [token] = tokens {
        let is_no = lexicon::NO.contains(&token.word.as_str());
        if is_no || lexicon::YES.contains(&token.word.as_str()) {
            found.stems.clear();
            found.negations.clear();
        }
        if is_no {
            let object = Some(ANSWER.to_owned());
            found.negations.push(Negation {
                object,
                forbids: false,
                span: token.span,
            });
        }
    }
    if found.stems.is_empty() {
        found.stems.insert(ANSWER.to_owned(), whole(tokens));
        for number in found
            .numbers
            .iter_mut()
            .filter(|number| number.slots.is_empty())
        {
            number.slots.push(ANSWER.to_owned());
        }
    }
}

fn whole(tokens: &[Token]) -> Span {
    Span {
        start: tokens.first().map_or(0, |token| token.span.start),
        end: tokens.last().map_or(0, |token| token.span.end),
    }
}

/// A light stem of a folded Arabic word: without conjunction, article, person of the verb and the
/// commonest endings, as long as three letters remain.
pub(crate) fn arabic_stem(word: &str) -> String {
    const ENDINGS: [&str; 10] = ["ها", "هم", "ان", "ات", "ون", "وا", "ين", "يه", "ه", "ي"];
    let long = |stem: &&str| stem.chars().count() >= 3;
    let mut stem = strip_prefix(word);
    if stem == word {
        stem = word.strip_prefix('و').filter(long).unwrap_or(word);
        stem = stem.strip_prefix("ال").filter(long).unwrap_or(stem);
        stem = stem
            .strip_prefix('ف')
            .filter(|rest| rest.starts_with('ا') && long(rest))
            .unwrap_or(stem);
    }
    stem = ENDINGS
        .iter()
        .find_map(|ending| stem.strip_suffix(ending).filter(long))
        .unwrap_or(stem);
    stem = ["ي", "ت"]
        .iter()
        .find_map(|person| stem.strip_prefix(person).filter(long))
        .unwrap_or(stem);
    stem.to_owned()
}

/// Words that are written with a capital inside a sentence, or with capitals inside, wherever they
/// occur; each with the shortest form of the same name.
fn collect_names<'a>(proses: impl Iterator<Item = &'a str>) -> HashMap<String, String> {
    // Counted as written first, so that a long text is folded word by different word only.
    let mut written: HashMap<&str, (u32, bool)> = HashMap::new();
    for prose in proses {
        for (start, word) in prose.unicode_word_indices() {
            let (count, is_inside) = written.entry(word).or_default();
            *count += 1;
            *is_inside = *is_inside
                || word.starts_with(char::is_uppercase) && continues_sentence(prose, start);
        }
    }
    let mut counts: BTreeMap<String, NameCount> = BTreeMap::new();
    for (word, (count, is_inside)) in written {
        let has_capital = word.chars().any(char::is_uppercase);
        let has_inner_capital = word.chars().skip(1).any(char::is_uppercase);
        if word.chars().any(is_arabic_letter)
            || word.chars().count() < 2
            || !word.chars().any(char::is_alphabetic)
        {
            continue;
        }
        let entry = counts.entry(fold(word)).or_default();
        entry.capital += if has_capital { count } else { 0 };
        entry.small += if has_capital { 0 } else { count };
        entry.is_certain |= has_inner_capital || is_inside;
    }
    let names: HashSet<String> = counts
        .into_iter()
        .filter(|(word, count)| {
            count.is_name() && !lexicon::is_stop_word(word) && !lexicon::is_negation(word)
        })
        .map(|(word, _)| word)
        .collect();
    names
        .iter()
        .map(|name| (name.clone(), shortest_form(name, &names)))
        .collect()
}

/// How a word is written throughout.
#[derive(Default)]
struct NameCount {
    capital: u32,
    small: u32,
    /// A capital that no beginning of a sentence explains was met.
    is_certain: bool,
}

impl NameCount {
    fn is_name(&self) -> bool {
        self.is_certain && self.capital >= self.small.saturating_mul(4)
    }
}

/// The word stands inside a sentence: what precedes it is a small letter or a comma.
fn continues_sentence(prose: &str, start: usize) -> bool {
    let before = prose[..start].trim_end_matches(' ');
    before.ends_with(|c: char| c.is_lowercase() || c == ',')
}

fn shortest_form(name: &str, names: &HashSet<String>) -> String {
    let beginnings = name
        .char_indices()
        .skip(MIN_NAME_STEM)
        .map(|(end, _)| &name[..end]);
    beginnings
        .into_iter()
        .find(|beginning| names.contains(*beginning))
        .unwrap_or(name)
        .to_owned()
}

pub(crate) fn trigrams(content: &str) -> Vec<u64> {
    let letters: Vec<char> = format!("{content} ").chars().collect();
    let mut hashes: Vec<u64> = letters
        .windows(3)
        .filter(|window| window[1] != ' ')
        .map(|window| {
            window
                .iter()
                .fold(0, |hash, c| (hash << 21) | u64::from(u32::from(*c)))
        })
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}
