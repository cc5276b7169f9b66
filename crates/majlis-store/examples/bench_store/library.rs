//! A database as somebody has after years: many conversations, half of them in Arabic, written in
//! bulk past the store, in the form the store itself writes.

use std::path::Path;

use majlis_store::answer_parts;
use majlis_text::words;
use rusqlite::{Connection, params};

use crate::{Outcome, PER_CONVERSATION};

/// Different words of each language.
const WORDS: usize = 20_000;
/// Words of one message: of the shortest, and how many more the longest has.
const WORDS_PER_MESSAGE: (usize, usize) = (20, 50);
/// The first message: 2025-01-01. The others follow half a minute apart.
const FIRST_MS: i64 = 1_735_689_600_000;
const APART_MS: i64 = 30_000;
/// Messages in one commit.
const PER_COMMIT: usize = 50_000;

const MODELS: [&str; 4] = [
    "openai/gpt-5",
    "anthropic/claude",
    "google/gemini",
    "own/llama",
];
/// The model of one conversation in a thousand.
pub(crate) const RARE_MODEL: &str = "own/rare";

/// One language: its words from the most frequent to the rarest, and the same as they are looked up.
pub(crate) struct Vocabulary {
    code: &'static str,
    written: Vec<String>,
    folded: Vec<String>,
}

impl Vocabulary {
    pub(crate) fn english() -> Self {
        let syllables = [
            "ba", "ren", "to", "mi", "lus", "ka", "der", "so", "vin", "pe", "gor", "ta", "lin",
            "fu", "ne",
        ];
        Self::new("en", &syllables, "")
    }

    /// Every word with its article and a vowel mark, as nobody looks it up.
    pub(crate) fn arabic() -> Self {
        let syllables = [
            "با", "كت", "مُو", "رس", "عل", "قا", "در", "سي", "حم", "فر", "نا", "شه", "جل", "طب",
            "زو",
        ];
        Self::new("ar", &syllables, "ال")
    }

    fn new(code: &'static str, syllables: &[&str], article: &str) -> Self {
        let written: Vec<String> = (0..WORDS)
            .map(|number| {
                let base = syllables.len();
                let places = [
                    number % base,
                    number / base % base,
                    number / base / base % base,
                    number / base / base / base,
                ];
                let tail: String = places.iter().map(|place| syllables[*place]).collect();
                format!("{article}{tail}")
            })
            .collect();
        let folded = written
            .iter()
            .flat_map(|word| words(word).map(|word| word.text))
            .collect();
        Self {
            code,
            written,
            folded,
        }
    }

    /// A word by its rank, as a person would look for it.
    pub(crate) fn word(&self, rank: usize) -> &str {
        &self.folded[rank]
    }
}

/// Numbers without a pattern, the same in every run (xorshift).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % end.max(1)
    }

    /// A rank as words of a language have it: the n-th is n times rarer than the first.
    fn rank(&mut self) -> usize {
        let bits = WORDS.ilog2();
        let octave = self.below(bits as usize + 1);
        ((1 << octave) + self.below(1 << octave)).min(WORDS) - 1
    }
}

/// Fills a database that has its schema and nothing else.
pub(crate) fn fill(path: &Path, messages: usize) -> Outcome<()> {
    let database = Connection::open(path)?;
    database.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;
         INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 67108864);",
    )?;
    let languages = [Vocabulary::english(), Vocabulary::arabic()];
    let mut chance = Chance::new();
    for first in (0..messages).step_by(PER_COMMIT) {
        database.execute_batch("BEGIN")?;
        for number in first..messages.min(first + PER_COMMIT) {
            let conversation = number / PER_CONVERSATION;
            if number.is_multiple_of(PER_CONVERSATION) {
                begin_conversation(&database, conversation)?;
            }
            let language = &languages[conversation % 2];
            write_message(&database, number, language, &mut chance)?;
        }
        database.execute_batch("COMMIT")?;
    }
    database.execute_batch(
        "UPDATE channels SET head = (SELECT max(number) FROM messages WHERE channel = channels.number);
         INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 1048576);",
    )?;
    Ok(())
}

fn model(conversation: usize) -> &'static str {
    match conversation % 1_000 {
        500 => RARE_MODEL,
        other => MODELS[other % MODELS.len()],
    }
}

fn begin_conversation(database: &Connection, conversation: usize) -> Outcome<()> {
    let number = i64::try_from(conversation)? + 1;
    let at_ms = FIRST_MS + (number - 1) * i64::try_from(PER_CONVERSATION)? * APART_MS;
    database
        .prepare_cached(
            "INSERT INTO conversations (number, id, pinned, created_at, updated_at, title) VALUES (?1, ?2, 0, ?3, ?3, ?4)",
        )?
        .execute(params![number, format!("v{conversation}"), at_ms, format!("Conversation {conversation}")])?;
    database
        .prepare_cached("INSERT INTO channels (number, id, conversation, model, position) VALUES (?1, ?2, ?1, ?3, 0)")?
        .execute(params![number, format!("v{conversation}-c"), model(conversation)])?;
    Ok(())
}

fn write_message(
    database: &Connection,
    number: usize,
    language: &Vocabulary,
    chance: &mut Chance,
) -> Outcome<()> {
    let conversation = number / PER_CONVERSATION;
    let place = number % PER_CONVERSATION;
    let row = i64::try_from(number)? + 1;
    let at_ms = FIRST_MS + (row - 1) * APART_MS;
    let (shortest, more) = WORDS_PER_MESSAGE;
    let mut ranks: Vec<usize> = (0..shortest + chance.below(more))
        .map(|_| chance.rank())
        .collect();
    let text: Vec<&str> = ranks
        .iter()
        .map(|rank| language.written[*rank].as_str())
        .collect();
    let is_question = place.is_multiple_of(2);
    let (kind, role) = if is_question {
        ("question", "user")
    } else {
        ("answer", "assistant")
    };
    let author = (!is_question).then(|| model(conversation));
    database
        .prepare_cached(
            "INSERT INTO messages (number, id, channel, parent, seq, role, state, created_at, model, parts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'complete', ?7, ?8, ?9)",
        )?
        .execute(params![
            row,
            format!("v{conversation}-m{place}"),
            i64::try_from(conversation)? + 1,
            (place > 0).then_some(row - 1),
            i64::try_from(place)? + 1,
            role,
            at_ms,
            author,
            serde_json::to_string(&answer_parts(&text.join(" "), ""))?,
        ])?;
    ranks.sort_unstable();
    ranks.dedup();
    let mut tokens = format!(":k{kind} :l{}", language.code);
    if let Some(author) = author {
        tokens.push_str(" :m");
        tokens.push_str(&author.replace('/', ":2f").replace('-', ":2d"));
    }
    for rank in &ranks {
        tokens.push(' ');
        tokens.push_str(&language.folded[*rank]);
    }
    let document = at_ms * 256;
    database
        .prepare_cached(
            "INSERT INTO search_documents (number, kind, message, created_at, language, model) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![document, kind, row, at_ms, language.code, author])?;
    database
        .prepare_cached("INSERT INTO search_index (rowid, tokens) VALUES (?1, ?2)")?
        .execute(params![document, tokens])?;
    Ok(())
}
