//! Finding.

use majlis_llm::PicoUsd;
use majlis_text::Language;
use rusqlite::{Connection, Row, Rows, Statement, params};

use crate::domain::DocumentKind;
use crate::search::document::{Document, Source, first_number, load};
use crate::search::query::expression;
use crate::search::snippet::snippet;
use crate::search::{SearchHit, SearchPage, SearchPlace, SearchRequest, backlog};

/// The index leads, backwards in time; what it says coarsely (the range of costs and times, the
/// case of a model's name) the row says exactly.
const FIND: &str =
    "SELECT d.number, d.language, d.message, d.question, d.member, d.synthesis, d.finding
    FROM search_index i CROSS JOIN search_documents d ON d.number = i.rowid
    WHERE i.search_index MATCH ?1 AND i.rowid >= ?2 AND i.rowid < ?3
      AND (?4 IS NULL OR d.model = ?4)
      AND (?5 IS NULL OR d.created_at >= ?5) AND (?6 IS NULL OR d.created_at < ?6)
      AND (?7 IS NULL OR d.cost_pusd >= ?7) AND (?8 IS NULL OR d.cost_pusd <= ?8)
    ORDER BY i.rowid DESC";

/// How far behind its moment a document may stand, were there no room for it any nearer.
const SPILL_MS: i64 = 60_000;

pub(super) fn find(
    connection: &Connection,
    request: &SearchRequest,
) -> rusqlite::Result<SearchPage> {
    // The index gathers all words with one beginning before it gives the first text, so this is
    // for words that no text has as they are. Which way it is must not change from page to page.
    let whole = SearchRequest {
        terms: request.terms.whole(),
        ..request.clone()
    };
    let first = SearchRequest {
        before: None,
        ..whole.clone()
    };
    let mut statement = connection.prepare_cached(FIND)?;
    if request.terms == whole.terms || query(&mut statement, &first)?.next()?.is_some() {
        read_page(connection, &whole, query(&mut statement, &whole)?)
    } else {
        read_page(connection, request, query(&mut statement, request)?)
    }
}

fn query<'a>(
    statement: &'a mut Statement<'_>,
    request: &SearchRequest,
) -> rusqlite::Result<Rows<'a>> {
    let until = request.until_ms.map_or(i64::MAX, |until| {
        first_number(until.saturating_add(SPILL_MS))
    });
    statement.query(params![
        expression(request),
        request.since_ms.map_or(i64::MIN, first_number),
        request.before.unwrap_or(i64::MAX).min(until),
        request.model,
        request.since_ms,
        request.until_ms,
        request.min_cost.map(stored),
        request.max_cost.map(stored),
    ])
}

fn read_page(
    connection: &Connection,
    request: &SearchRequest,
    mut rows: Rows<'_>,
) -> rusqlite::Result<SearchPage> {
    let mut page = SearchPage {
        hits: Vec::new(),
        next: None,
        is_indexing: backlog::is_left(connection)?,
    };
    let mut last: Option<(i64, Document)> = None;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get("number")?;
        let Some(document) = read(connection, row)? else {
            continue;
        };
        if last
            .as_ref()
            .is_some_and(|(_, before)| is_same(before, &document))
        {
            last = Some((number, document));
            continue;
        }
        if page.hits.len() == request.limit as usize {
            page.next = last.map(|(number, _)| number);
            break;
        }
        page.hits.push(hit(&document, language(row)?, request));
        last = Some((number, document));
    }
    Ok(page)
}

/// An amount next to those that are stored, which have 64 bits.
fn stored(amount: PicoUsd) -> i64 {
    amount
        .to_i64()
        .unwrap_or(if amount.0 < 0 { i64::MIN } else { i64::MAX })
}

fn read(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Option<Document>> {
    for source in Source::ALL {
        if let Some(number) = row.get(source.as_str())? {
            return load(connection, source, number);
        }
    }
    Ok(None)
}

fn language(row: &Row<'_>) -> rusqlite::Result<Option<Language>> {
    let code: Option<String> = row.get("language")?;
    Ok(code.as_deref().and_then(Language::from_code))
}

/// One question put to several channels of a conversation at once. They were written together, so
/// they stand together here too.
fn is_same(one: &Document, other: &Document) -> bool {
    let conversation = |document: &Document| match &document.place {
        SearchPlace::Message {
            conversation_id, ..
        } => Some(conversation_id.clone()),
        _ => None,
    };
    one.kind == DocumentKind::Question
        && other.kind == DocumentKind::Question
        && one.created_at_ms == other.created_at_ms
        && conversation(one).is_some_and(|id| conversation(other) == Some(id))
        && one.text == other.text
}

fn hit(document: &Document, language: Option<Language>, request: &SearchRequest) -> SearchHit {
    SearchHit {
        kind: document.kind,
        place: document.place.clone(),
        title: document.title.clone(),
        snippet: snippet(&document.text, &request.terms),
        model: document.model.clone(),
        language,
        cost: document.cost,
        created_at_ms: document.created_at_ms,
    }
}
