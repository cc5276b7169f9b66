//! A provider's bill as CSV: which column is which, and what each line says.
//!
//! Column names are those of the exports of OpenAI (costs, usage), Anthropic (cost, usage) and
//! OpenRouter (activity) as of November 2025, and what spreadsheets usually call the same.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use majlis_llm::PicoUsd;

/// Lines of a bill at most.
const MAX_LINES: usize = 200_000;

/// Names of the day's column, the first that is there counts.
const DAY: &[&str] = &[
    "usage_date_utc",
    "start_time_iso",
    "created_at",
    "date",
    "day",
    "usage_date",
    "timestamp",
    "start_time",
    "time",
];
/// Names of the model's column.
const MODEL: &[&str] = &[
    "model_version",
    "model_permaslug",
    "model",
    "line_item",
    "model_name",
    "model_id",
];
/// Names of the cost's column, in dollars.
const COST: &[&str] = &[
    "cost_usd",
    "cost_total",
    "amount_value",
    "total_cost",
    "cost",
    "amount_usd",
    "amount",
    "spend",
];
/// Names of the currency's column, which must say dollars.
const CURRENCY: &[&str] = &["amount_currency", "currency"];
/// Columns that together are the input; the first set of which one is there counts.
const INPUT: &[&[&str]] = &[
    &[
        "usage_input_tokens_no_cache",
        "usage_input_tokens_cache_write_5m",
        "usage_input_tokens_cache_write_1h",
        "usage_input_tokens_cache_read",
    ],
    &["input_tokens"],
    &["tokens_prompt"],
    &["prompt_tokens"],
];
/// Columns that are the output, reasoning included.
const OUTPUT: &[&str] = &[
    "usage_output_tokens",
    "output_tokens",
    "tokens_completion",
    "completion_tokens",
];

/// Why a bill cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(crate) struct BillError {
    /// The line, from 1.
    pub(crate) line: u64,
    /// What is wrong with it.
    pub(crate) problem: String,
}

/// One line of a bill that bills something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BillLine {
    /// The day (UTC), `2026-11-22`.
    pub(crate) day: String,
    /// The model as the bill calls it; empty when it says none.
    pub(crate) model: String,
    /// What it cost; `None` when the bill has no costs.
    pub(crate) cost: Option<PicoUsd>,
    /// Tokens in; `None` when the bill has no tokens.
    pub(crate) input_tokens: Option<u64>,
    /// Tokens out; `None` when the bill has no tokens.
    pub(crate) output_tokens: Option<u64>,
}

/// Where each thing stands in a line.
#[derive(Debug)]
struct Columns {
    day: usize,
    model: usize,
    cost: Option<usize>,
    currency: Option<usize>,
    input: Vec<usize>,
    output: Option<usize>,
}

/// Reads a bill.
///
/// # Errors
/// [`BillError`] with the line that cannot be read.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<BillLine>, BillError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(bytes))
        .flexible(false)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let header = reader.headers().map_err(|error| malformed(&error))?.clone();
    let columns = Columns::find(&header)?;
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        if lines.len() == MAX_LINES {
            let problem =
                format!("a bill of more than {MAX_LINES} lines is too long; export a shorter time");
            return Err(BillError { line, problem });
        }
        let read = columns.line(&record);
        lines.extend(read.map_err(|problem| BillError { line, problem })?);
    }
    Ok(lines)
}

/// What separates the columns: what the first line has most of.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
    let count = |wanted: &u8| first.split(|byte| byte == wanted).count();
    // Of equals the last is the maximum, and a comma is the usual one.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b',')
}

fn malformed(error: &csv::Error) -> BillError {
    let problem = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text".to_owned(),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("it has {len} columns, the first line has {expected_len}"),
        _ => error.to_string(),
    };
    BillError {
        line: error.position().map_or(1, csv::Position::line),
        problem,
    }
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, BillError> {
        let names: Vec<String> = header.iter().map(plain).collect();
        let place = |wanted: &&str| names.iter().position(|name| name == wanted);
        let first = |wanted: &[&str]| wanted.iter().find_map(place);
        let missing = |what: &str, wanted: &[&str]| BillError {
            line: 1,
            problem: format!(
                "there is no column for {what}: one of {} was looked for, and there are {}",
                wanted.join(", "),
                names.join(", ")
            ),
        };
        let columns = Self {
            day: first(DAY).ok_or_else(|| missing("the day", DAY))?,
            model: first(MODEL).ok_or_else(|| missing("the model", MODEL))?,
            cost: first(COST),
            currency: first(CURRENCY),
            input: INPUT
                .iter()
                .map(|set| set.iter().filter_map(place).collect::<Vec<_>>())
                .find(|found| !found.is_empty())
                .unwrap_or_default(),
            output: first(OUTPUT),
        };
        if columns.cost.is_none() && columns.input.is_empty() && columns.output.is_none() {
            return Err(missing("costs or tokens", COST));
        }
        Ok(columns)
    }

    /// What a line bills; `None` when it bills nothing, as of a day without use.
    fn line(&self, record: &csv::StringRecord) -> Result<Option<BillLine>, String> {
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let filled = |place: Option<usize>| place.map(cell).filter(|text| !text.is_empty());
        let cost = filled(self.cost).map(amount).transpose()?;
        let input = self
            .input
            .iter()
            .filter_map(|place| filled(Some(*place)))
            .map(tokens)
            .collect::<Result<Vec<u64>, _>>()?;
        let output_tokens = filled(self.output).map(tokens).transpose()?;
        // An export of OpenAI names what was bought: "gpt-5-mini-2025-08-07, input".
        let model = cell(self.model)
            .split(',')
            .next()
            .unwrap_or_default()
            .trim();
        if model.is_empty() && cost.is_none() && input.is_empty() && output_tokens.is_none() {
            return Ok(None);
        }
        if let Some(currency) = filled(self.currency)
            && !currency.eq_ignore_ascii_case("usd")
        {
            return Err(format!(
                "the currency is {currency:?}, and only US dollars can be compared"
            ));
        }
        Ok(Some(BillLine {
            day: day(cell(self.day))?,
            model: model.to_owned(),
            cost: cost.or(self.cost.map(|_| PicoUsd::ZERO)),
            input_tokens: (!self.input.is_empty()).then(|| {
                input
                    .iter()
                    .fold(0_u64, |sum, tokens| sum.saturating_add(*tokens))
            }),
            output_tokens: output_tokens.or(self.output.map(|_| 0)),
        }))
    }
}

/// A column's name without case, spaces and brackets: `Cost (USD)` is `cost_usd`.
fn plain(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_lowercase()
}

/// The day (UTC) of a date, of a time with or without a zone, or of seconds since 1970.
fn day(text: &str) -> Result<String, String> {
    let unreadable = || format!("{text:?} is not a date such as 2026-11-22");
    if let Ok(date) = text.parse::<Date>()
        && text.len() <= 10
    {
        return Ok(date.to_string());
    }
    let utc = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).date().to_string();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(utc(moment));
    }
    if let Ok(moment) = text.parse::<Zoned>() {
        return Ok(utc(moment.timestamp()));
    }
    if let Ok(moment) = text.parse::<DateTime>() {
        return Ok(moment.date().to_string());
    }
    let seconds: i64 = text.parse().map_err(|_| unreadable())?;
    Timestamp::from_second(seconds)
        .map(utc)
        .map_err(|_| unreadable())
}

fn tokens(text: &str) -> Result<u64, String> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    whole
        .parse()
        .map_err(|_| format!("{text:?} is not a number of tokens"))
}

/// An amount in dollars, rounded to the nearest pico-dollar; `$` and an exponent are understood.
fn amount(text: &str) -> Result<PicoUsd, String> {
    rounded(text).ok_or_else(|| format!("{text:?} is not an amount in US dollars such as 0.0125"))
}

fn rounded(text: &str) -> Option<PicoUsd> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text),
    };
    let text = text.strip_prefix('$').unwrap_or(text).trim();
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    // The value is `mantissa` · 10^`scale` pico-dollars.
    let mantissa: i128 = match format!("{whole}{fraction}").trim_start_matches('0') {
        "" => return Some(PicoUsd::ZERO),
        digits => digits.get(..digits.len().min(38))?.parse().ok()?,
    };
    let kept = format!("{whole}{fraction}").trim_start_matches('0').len();
    let dropped = i32::try_from(kept.saturating_sub(38)).ok()?;
    let scale = exponent
        .checked_sub(i32::try_from(fraction.len()).ok()?)?
        .checked_add(12 + dropped)?;
    let power = |of: i32| 10_i128.checked_pow(of.unsigned_abs());
    let amount = if scale >= 0 {
        mantissa.checked_mul(power(scale)?)?
    } else {
        // What is far below a pico-dollar is none.
        power(scale).map_or(0, |divisor| {
            (mantissa / divisor) + i128::from(mantissa % divisor * 2 >= divisor)
        })
    };
    PicoUsd(sign * amount).to_i64().map(PicoUsd::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_to_the_nearest_pico_dollar() {
        for (text, expected) in [
            ("0.0125", Some(12_500_000_000)),
            ("$1", Some(1_000_000_000_000)),
            ("-0.5", Some(-500_000_000_000)),
            ("1.25e-05", Some(12_500_000)),
            ("2E2", Some(200_000_000_000_000)),
            ("0.0000000000015", Some(2)),
            ("0.0000000000014", Some(1)),
            ("1e-400", Some(0)),
            (
                "0.8958740000000000000000000000000000000000000000001",
                Some(895_874_000_000),
            ),
            ("0", Some(0)),
            (".5", Some(500_000_000_000)),
            ("", None),
            (".", None),
            ("1,5", None),
            ("one", None),
            ("1e99", None),
            ("1e99999999999", None),
            ("NaN", None),
        ] {
            assert_eq!(rounded(text), expected.map(PicoUsd), "{text:?}");
        }
    }

    #[test]
    fn a_day_is_read_from_a_date_a_time_and_seconds() {
        for (text, expected) in [
            ("2026-11-22", Some("2026-11-22")),
            ("2026-11-22T23:30:00-05:00", Some("2026-11-23")),
            ("2026-11-22T00:00:00+00:00", Some("2026-11-22")),
            ("2024-12-01 10:30:45", Some("2024-12-01")),
            ("2026-02-24 21:19:33.705", Some("2026-02-24")),
            ("1759622400", Some("2025-10-05")),
            ("22.11.2026", None),
            ("", None),
            ("99999999999999999", None),
        ] {
            assert_eq!(day(text).ok().as_deref(), expected, "{text:?}");
        }
    }

    /// Day, model, cost, input, output.
    type Line<'a> = (&'a str, &'a str, Option<i128>, Option<u64>, Option<u64>);

    #[track_caller]
    fn check(bill: &str, expected: &[Line<'_>]) {
        let lines = read(bill.as_bytes()).unwrap();
        let found: Vec<_> = lines
            .iter()
            .map(|line| {
                let cost = line.cost.map(|cost| cost.0);
                let (day, model) = (line.day.as_str(), line.model.as_str());
                (day, model, cost, line.input_tokens, line.output_tokens)
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_exports_of_the_large_providers_are_understood() {
        check(
            "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item\n\
             1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.000004,usd,\"gpt-5-mini-2025-08-07, input\"\n\
             1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,,,\n",
            &[(
                "2025-10-05",
                "gpt-5-mini-2025-08-07",
                Some(4_000_000),
                None,
                None,
            )],
        );
        check(
            "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd\n\
             2026-08-04,Claude Haiku 4.5,Default,k,message,≤ 200k,output,0.05\n",
            &[(
                "2026-08-04",
                "Claude Haiku 4.5",
                Some(50_000_000_000),
                None,
                None,
            )],
        );
        check(
            "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,\
             usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens\n\
             2026-08-04,claude-haiku-4-5-20251001,1,20,300,4000,5\n",
            &[(
                "2026-08-04",
                "claude-haiku-4-5-20251001",
                None,
                Some(4321),
                Some(5),
            )],
        );
        check(
            "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,model_permaslug\n\
             gen-1,2026-02-24 21:19:33.705,1.5e-06,65,116,openai/gpt-4o\n",
            &[(
                "2026-02-24",
                "openai/gpt-4o",
                Some(1_500_000),
                Some(65),
                Some(116),
            )],
        );
    }

    #[test]
    fn a_spreadsheet_is_understood_too() {
        check(
            "\u{feff}Date;Model;Cost (USD)\r\n2026-11-22;a/x;$0.5\r\n",
            &[("2026-11-22", "a/x", Some(500_000_000_000), None, None)],
        );
    }

    #[track_caller]
    fn check_refused(bill: &[u8], line: u64, problem: &str) {
        let error = read(bill).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.problem.contains(problem), "{error}");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let head = "date,model,cost_usd\n2026-11-22,a,1\n";
        let with = |line: &str| format!("{head}{line}").into_bytes();
        check_refused(&with("22/11,a,1\n"), 3, "not a date");
        check_refused(&with("2026-11-22,a,much\n"), 3, "not an amount");
        check_refused(
            &with("2026-11-22,a\n"),
            3,
            "2 columns, the first line has 3",
        );
        check_refused(b"date,model,cost\n2026-11-22,a,\xff\n", 2, "UTF-8");
        check_refused(b"model,cost\na,1\n", 1, "no column for the day");
        check_refused(b"date,cost\n2026-11-22,1\n", 1, "no column for the model");
        check_refused(b"date,model\n2026-11-22,a\n", 1, "no column for costs");
        check_refused(b"", 1, "no column");
        check_refused(
            b"date,model,amount_value,amount_currency\n2026-11-22,a,1,eur\n",
            2,
            "only US dollars",
        );
        check_refused(
            b"date,model,input_tokens\n2026-11-22,a,-1\n",
            2,
            "number of tokens",
        );
    }
}
