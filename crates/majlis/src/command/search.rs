//! `majlis search`: what was asked and answered, found again.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use majlis_app::{DocumentKind, SearchHit, SearchPage, SearchPlace, SearchQuery, SnippetPart};
use majlis_llm::PicoUsd;

use crate::arguments::GlobalArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;
use crate::terminal::{MAX_TEXT_WIDTH, Palette, escape, fit, size, wrap};

/// How long a search waits for texts that are older than the index.
const INDEX_WAIT: Duration = Duration::from_secs(5);
/// In front of everything but the title.
const INDENT: &str = "  ";

/// Find what was asked and answered
///
/// Looks through every question, answer, conclusion and finding for texts that have all the words,
/// newest first. Arabic is found in every usual spelling, and the last word may be unfinished.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis search sqlite backup
  majlis search --model openai/gpt-5-mini --since 2026-11-01 rust
  majlis search --kind question --language ar قاعدة البيانات
  majlis search --min-cost 0.05 --json plan | jq '.items[].title'")]
pub(crate) struct SearchArguments {
    /// The words
    #[arg(value_name = "QUERY", required = true)]
    query: Vec<String>,
    /// Only this kind
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only what this model wrote, `provider/name`
    #[arg(long)]
    model: Option<String>,
    /// Only texts in this language, by its code: `en`, `ar`, …
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// Only from this day or moment on: 2026-11-01, or 2026-11-01T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    since: Option<Timestamp>,
    /// Only until the end of this day, or before this moment
    #[arg(long, value_name = "TIME", value_parser = parse_until)]
    until: Option<Timestamp>,
    /// Only answers that are known to have cost this many dollars or more
    #[arg(long, value_name = "USD", value_parser = parse_amount)]
    min_cost: Option<PicoUsd>,
    /// Only answers that are known to have cost this many dollars or less
    #[arg(long, value_name = "USD", value_parser = parse_amount)]
    max_cost: Option<PicoUsd>,
    /// Show so many at most
    #[arg(short = 'n', long, default_value = "10", value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Print what was found as JSON
    #[arg(long, conflicts_with = "jsonl")]
    json: bool,
    /// Print each text that was found as a line of JSON
    #[arg(long)]
    jsonl: bool,
}

/// What a found text is.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Question,
    Answer,
    Synthesis,
    Finding,
}

impl From<Kind> for DocumentKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Question => Self::Question,
            Kind::Answer => Self::Answer,
            Kind::Synthesis => Self::Synthesis,
            Kind::Finding => Self::Finding,
        }
    }
}

fn parse_since(text: &str) -> Result<Timestamp, String> {
    moment(text, 0, &TimeZone::system())
}

fn parse_until(text: &str) -> Result<Timestamp, String> {
    moment(text, 1, &TimeZone::system())
}

/// A moment, or the beginning of a day in a time zone, so many days later.
fn moment(text: &str, days_later: i64, zone: &TimeZone) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    text.parse::<jiff::civil::Date>()
        .and_then(|day| day.checked_add(days_later.days()))
        .and_then(|day| day.to_zoned(zone.clone()))
        .map(|midnight| midnight.timestamp())
        .map_err(|_| "write a day as 2026-11-01, or a moment as 2026-11-01T09:30:00Z".to_owned())
}

fn parse_amount(text: &str) -> Result<PicoUsd, String> {
    PicoUsd::from_usd_str(text).map_err(|error| error.to_string())
}

pub(crate) async fn run(global: &GlobalArguments, arguments: SearchArguments) -> Result<Exit> {
    let house = House::open(global, Quiet::Command).await?;
    house.app.await_index(INDEX_WAIT).await;
    let found = house.app.search(query(&arguments)).await;
    house.app.shutdown().await;
    let page = found.map_err(Failure::from)?;
    if page.is_indexing {
        let note = "Older texts are still being indexed; search again in a while to find them too.";
        writeln!(io::stderr(), "{note}")?;
    }
    let text = if arguments.json {
        format!(
            "{}\n",
            serde_json::to_string_pretty(&majlis_server::search_json(page))?
        )
    } else if arguments.jsonl {
        lines(page)
    } else if page.hits.is_empty() {
        return nothing_found(&arguments);
    } else {
        let width = size().0.min(MAX_TEXT_WIDTH);
        render(
            &page,
            width,
            &Palette::for_stdout(global.color),
            &TimeZone::system(),
        )
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::DONE)
}

fn query(arguments: &SearchArguments) -> SearchQuery {
    SearchQuery {
        text: arguments.query.join(" "),
        kind: arguments.kind.map(Into::into),
        model: arguments.model.clone(),
        language: arguments.language.clone(),
        since_ms: arguments.since.map(Timestamp::as_millisecond),
        until_ms: arguments.until.map(Timestamp::as_millisecond),
        min_cost: arguments.min_cost,
        max_cost: arguments.max_cost,
        before: None,
        limit: arguments.limit,
    }
}

fn lines(page: SearchPage) -> String {
    let mut text = String::new();
    for hit in page.hits {
        let _ = writeln!(text, "{}", majlis_server::hit_json(hit));
    }
    text
}

fn nothing_found(arguments: &SearchArguments) -> Result<Exit> {
    let is_filtered = arguments.kind.is_some()
        || arguments.model.is_some()
        || arguments.language.is_some()
        || arguments.since.is_some()
        || arguments.until.is_some()
        || arguments.min_cost.is_some()
        || arguments.max_cost.is_some();
    let advice = match (is_filtered, arguments.query.len()) {
        (true, _) => "Leave a filter out, or try fewer words.",
        (false, 1) => "Try the beginning of the word, or another word for it.",
        (false, _) => "All words must be in one text: try fewer of them.",
    };
    writeln!(io::stderr(), "Nothing was found. {advice}")?;
    Ok(Exit::DONE)
}

fn render(page: &SearchPage, width: usize, palette: &Palette, zone: &TimeZone) -> String {
    let mut text = String::new();
    for hit in &page.hits {
        render_hit(&mut text, hit, width, palette, zone);
    }
    if page.next.is_some() {
        let dim = palette.dim;
        let _ = writeln!(
            text,
            "{dim}There are more: raise --limit, or narrow the search.{dim:#}"
        );
    }
    text
}

fn render_hit(
    text: &mut String,
    hit: &SearchHit,
    width: usize,
    palette: &Palette,
    zone: &TimeZone,
) {
    let Palette { heading, dim, .. } = palette;
    let inner = width.saturating_sub(INDENT.len());
    let title = match escape(&hit.title) {
        title if title.trim().is_empty() => "(no title)".to_owned(),
        title => fit(&title, width),
    };
    let _ = writeln!(text, "{heading}{title}{heading:#}");
    let _ = writeln!(
        text,
        "{INDENT}{dim}{}{dim:#}",
        fit(&about(hit, zone), inner)
    );
    for line in marked(&hit.snippet, inner, palette) {
        let _ = writeln!(text, "{INDENT}{line}");
    }
    let _ = writeln!(text, "{INDENT}{dim}{}{dim:#}\n", escape(&place(&hit.place)));
}

/// What it is, who wrote it, when, and what it cost where that is known.
fn about(hit: &SearchHit, zone: &TimeZone) -> String {
    let moment = Timestamp::from_millisecond(hit.created_at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let when = moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M");
    let facts = [
        Some(hit.kind.as_str().to_owned()),
        hit.model.as_deref().map(|model| escape(model).into_owned()),
        Some(when.to_string()),
        hit.cost.map(|cost| cost.to_string()),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn place(place: &SearchPlace) -> String {
    match place {
        SearchPlace::Message {
            conversation_id, ..
        } => format!("conversation {conversation_id}"),
        SearchPlace::Question { consultation_id }
        | SearchPlace::Member {
            consultation_id, ..
        }
        | SearchPlace::Synthesis {
            consultation_id, ..
        } => format!("consultation {consultation_id}"),
        SearchPlace::Finding { execution_id, .. } => format!("run {execution_id}"),
    }
}

/// A snippet in lines, what was looked for in colour. Lines differ from the text in their white
/// space only, so that the rest can be followed letter by letter.
fn marked(snippet: &[SnippetPart], width: usize, palette: &Palette) -> Vec<String> {
    let safe: Vec<(String, bool)> = snippet
        .iter()
        .map(|part| (escape(&part.text).into_owned(), part.mark))
        .collect();
    let whole: String = safe.iter().map(|(text, _)| text.as_str()).collect();
    let mut letters = safe
        .iter()
        .flat_map(|(text, mark)| text.chars().map(|c| (c, *mark)))
        .filter(|(c, _)| !c.is_whitespace());
    let color = palette.warning;
    wrap(&whole, width)
        .into_iter()
        .map(|line| {
            let mut styled = String::new();
            let mut is_open = false;
            for c in line.chars() {
                let mark = !c.is_whitespace() && letters.next().is_some_and(|(_, mark)| mark);
                if mark != is_open {
                    let _ = if mark {
                        write!(styled, "{color}")
                    } else {
                        write!(styled, "{color:#}")
                    };
                    is_open = mark;
                }
                styled.push(c);
            }
            if is_open {
                let _ = write!(styled, "{color:#}");
            }
            styled
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str, mark: bool) -> SnippetPart {
        SnippetPart {
            text: text.to_owned(),
            mark,
        }
    }

    fn hit() -> SearchHit {
        SearchHit {
            kind: DocumentKind::Answer,
            place: SearchPlace::Message {
                conversation_id: "0193".to_owned(),
                channel_id: "c".to_owned(),
                message_id: "m".to_owned(),
            },
            title: "About \u{1b}[31mcaches".to_owned(),
            snippet: vec![
                part("…a word ", false),
                part("cache", true),
                part(" and more of it ", false),
                part("الكِتَابَ", true),
                part("\u{202e}…", false),
            ],
            model: Some("openai/gpt-5".to_owned()),
            language: None,
            cost: Some(PicoUsd(1_200_000_000)),
            created_at_ms: 1_700_000_000_000,
        }
    }

    #[test]
    fn a_hit_reads_as_title_facts_text_and_place() {
        let mut unnamed = hit();
        unnamed.title = String::new();
        unnamed.cost = None;
        unnamed.model = None;
        unnamed.kind = DocumentKind::Question;
        unnamed.place = SearchPlace::Question {
            consultation_id: "0194".to_owned(),
        };
        let page = SearchPage {
            hits: vec![hit(), unnamed],
            next: Some(1),
            is_indexing: false,
        };
        let text = render(&page, 40, &Palette::plain(), &TimeZone::UTC);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn only_what_was_looked_for_is_in_colour_over_ends_of_lines_too() {
        let palette = Palette {
            warning: anstyle::AnsiColor::Yellow.on_default(),
            ..Palette::plain()
        };
        let snippet = [
            part("one ", false),
            part("two", true),
            part(" three ", false),
            part("four", true),
        ];
        let lines = marked(&snippet, 8, &palette);
        let on = palette.warning.render().to_string();
        let off = palette.warning.render_reset().to_string();
        assert_eq!(
            lines,
            [
                format!("one {on}two{off}"),
                "three".to_owned(),
                format!("{on}four{off}")
            ]
        );
    }

    #[test]
    fn a_day_begins_and_ends_where_the_person_is() {
        let zone = TimeZone::fixed(jiff::tz::offset(3));
        for (text, days_later, expected) in [
            ("2026-11-01", 0, Some("2026-10-31T21:00:00Z")),
            ("2026-11-01", 1, Some("2026-11-01T21:00:00Z")),
            ("2026-11-01T09:30:00Z", 1, Some("2026-11-01T09:30:00Z")),
            ("yesterday", 0, None),
            ("9999-12-31", 1, None),
        ] {
            let found = moment(text, days_later, &zone).ok();
            assert_eq!(
                found.map(|found| found.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
