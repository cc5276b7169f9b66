//! Reading from a large database: opening, pages, lists, searching; and what is written into it.

use std::path::Path;
use std::time::Instant;

use majlis_store::{
    BackupKind, BackupRequest, DocumentKind, Durability, SearchRequest, SearchTerms, Store,
};
use majlis_text::Language;

use crate::library::{self, Chance, RARE_MODEL, Vocabulary};
use crate::{Outcome, PER_CONVERSATION, SAMPLES, commits_into, note, open, report, write_turn};

/// February 2025.
const MONTH_MS: (i64, i64) = (1_738_368_000_000, 1_740_787_200_000);

/// Everything that is measured on a database of so many messages.
pub(crate) async fn reads(folder: &Path, messages: usize) -> Outcome<()> {
    open(folder, 1, Durability::Fast)?.close().await;
    let began = Instant::now();
    library::fill(&folder.join("majlis.db"), messages)?;
    note(
        &format!("{messages} messages made"),
        "seconds",
        began.elapsed().as_secs(),
    )?;
    let megabytes = std::fs::metadata(folder.join("majlis.db"))?.len() >> 20;
    note("the database", "megabytes", megabytes)?;
    opens(folder, messages).await?;
    let store = open(folder, 22, Durability::Durable)?;
    pages(&store, messages).await?;
    searches(&store, messages).await?;
    commits_into(&store, &format!("durable, beside {messages} messages")).await?;
    backup(&store, messages).await?;
    store.close().await;
    Ok(())
}

/// An online backup, its check and its checksum, while a turn is written after the other.
async fn backup(store: &Store, messages: usize) -> Outcome<()> {
    let request = BackupRequest {
        kind: BackupKind::Manual,
        at_ms: 0,
        output: None,
    };
    let began = Instant::now();
    let copying = store.clone();
    let copy = tokio::spawn(async move {
        let row = copying.back_up(request, |_| {}).await;
        (row, began.elapsed())
    });
    let mut settles = Vec::new();
    for number in 1_000_000.. {
        if copy.is_finished() {
            break;
        }
        write_turn(store, number, &mut settles).await?;
    }
    let (row, taken) = copy.await?;
    row?;
    let seconds = taken.as_secs();
    note(
        &format!("backup of {messages} messages, checked"),
        "seconds",
        seconds,
    )?;
    report("settle 4 KiB, durable, beside the backup", settles)
}

async fn opens(folder: &Path, messages: usize) -> Outcome<()> {
    let mut opens = Vec::new();
    for process in 2..22 {
        let began = Instant::now();
        let store = open(folder, process, Durability::Durable)?;
        opens.push(began.elapsed());
        store.close().await;
    }
    report(&format!("open, {messages} messages"), opens)
}

async fn pages(store: &Store, messages: usize) -> Outcome<()> {
    let conversations = messages.div_ceil(PER_CONVERSATION);
    let (mut pages, mut lists) = (Vec::new(), Vec::new());
    for sample in 0..SAMPLES {
        // Spread over the file, so that no page is in memory because of the one before.
        let channel = format!("v{}-c", sample * 7_919 % conversations);
        let began = Instant::now();
        store.messages(&channel, None, 50).await?;
        pages.push(began.elapsed());
        let began = Instant::now();
        store.conversations(50, None).await?;
        lists.push(began.elapsed());
    }
    report(&format!("last page of 50, {messages} messages"), pages)?;
    report(&format!("list of 50, {conversations} conversations"), lists)
}

/// What words are drawn from.
struct Draw {
    english: Vocabulary,
    arabic: Vocabulary,
    chance: Chance,
}

impl Draw {
    fn common(&mut self) -> usize {
        self.chance.below(30)
    }

    fn middling(&mut self) -> usize {
        100 + self.chance.below(900)
    }

    fn rare(&mut self) -> usize {
        5_000 + self.chance.below(10_000)
    }
}

/// One sort of search. A word with a space behind it is whole.
struct Case {
    name: &'static str,
    query: fn(&mut Draw) -> String,
    filter: fn(SearchRequest) -> SearchRequest,
}

const CASES: [Case; 9] = [
    Case {
        name: "a common word",
        query: |draw| format!("{} ", draw.english.word(draw.chance.below(30))),
        filter: |request| request,
    },
    Case {
        name: "a rare word",
        query: |draw| {
            let rank = draw.rare();
            format!("{} ", draw.english.word(rank))
        },
        filter: |request| request,
    },
    Case {
        name: "two words",
        query: |draw| {
            let (one, other) = (draw.common(), draw.middling());
            format!("{} {} ", draw.english.word(one), draw.english.word(other))
        },
        filter: |request| request,
    },
    Case {
        name: "two common words that never meet",
        query: |draw| {
            let (one, other) = (draw.common(), draw.common());
            format!("{} {} ", draw.english.word(one), draw.arabic.word(other))
        },
        filter: |request| request,
    },
    Case {
        name: "an Arabic word in another spelling",
        query: |draw| {
            let rank = draw.middling();
            format!("وال{} ", draw.arabic.word(rank))
        },
        filter: |request| request,
    },
    Case {
        name: "five letters of a word",
        query: |draw| {
            let rank = draw.rare();
            draw.english.word(rank).chars().take(5).collect()
        },
        filter: |request| request,
    },
    Case {
        name: "three letters of a word",
        query: |draw| {
            let rank = draw.rare();
            draw.english.word(rank).chars().take(3).collect()
        },
        filter: |request| request,
    },
    Case {
        name: "a common word of a rare model",
        query: |draw| format!("{} ", draw.english.word(draw.chance.below(30))),
        filter: |request| SearchRequest {
            model: Some(RARE_MODEL.to_owned()),
            ..request
        },
    },
    Case {
        name: "answers in a language and a month",
        query: |draw| format!("{} ", draw.arabic.word(draw.chance.below(900))),
        filter: |request| SearchRequest {
            kind: Some(DocumentKind::Answer),
            language: Some(Language::Ar),
            since_ms: Some(MONTH_MS.0),
            until_ms: Some(MONTH_MS.1),
            ..request
        },
    },
];

async fn searches(store: &Store, messages: usize) -> Outcome<()> {
    let mut draw = Draw {
        english: Vocabulary::english(),
        arabic: Vocabulary::arabic(),
        chance: Chance::new(),
    };
    for case in &CASES {
        let mut times = Vec::new();
        let mut hits = 0;
        for _ in 0..SAMPLES {
            let terms = SearchTerms::parse(&(case.query)(&mut draw))?;
            let request = (case.filter)(SearchRequest::new(terms, 20));
            let began = Instant::now();
            hits += store.search(request).await?.hits.len();
            times.push(began.elapsed());
        }
        report(
            &format!("search {} ({hits} hits), {messages} messages", case.name),
            times,
        )?;
    }
    Ok(())
}
