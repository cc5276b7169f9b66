//! The committed price file in memory: providers, their models, and prices with conditions.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use super::glob;
use super::{Rate, Rates, Tier};

/// The file as `cargo xtask prices` wrote it.
const TEXT: &str = include_str!("../../data/prices.json");

/// Read once, at the first question. A test holds that it can be read; were it broken
/// nevertheless, every price would be unknown and none would be wrong.
static BOOK: LazyLock<Book<'static>> =
    LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());

/// The prices that come with the program.
pub(super) fn book() -> &'static Book<'static> {
    &BOOK
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Book<'a> {
    pub(super) package: &'a str,
    pub(super) version: &'a str,
    pub(super) as_of: &'a str,
    #[serde(borrow)]
    providers: Vec<Provider<'a>>,
}

/// One company that charges for models.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Provider<'a> {
    pub(super) id: &'a str,
    #[serde(rename = "name")]
    _name: &'a str,
    /// Globs of the addresses of its API.
    #[serde(borrow)]
    url: Vec<&'a str>,
    /// Providers whose models it also offers, at their prices.
    #[serde(borrow)]
    fallback: Vec<&'a str>,
    #[serde(borrow)]
    models: Vec<Model<'a>>,
}

/// One model of a provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model<'a> {
    pub(super) id: &'a str,
    /// Globs of the names it goes by, in lower case.
    #[serde(rename = "match", borrow)]
    names: Vec<&'a str>,
    /// Globs of names that are somebody else's although one of `names` fits.
    #[serde(default, borrow)]
    unless: Vec<&'a str>,
    /// Largest input in tokens.
    pub(super) context: Option<u64>,
    /// The provider advises against it.
    #[serde(default)]
    pub(super) deprecated: bool,
    /// The last one in force counts; the first where none is.
    #[serde(borrow)]
    prices: Vec<Entry<'a>>,
    /// Partial prices for requests with certain properties; the first that fits wins, per class.
    #[serde(default, borrow)]
    variants: Vec<Entry<'a>>,
}

/// Prices with the condition under which they hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    when: BTreeMap<&'a str, &'a str>,
    #[serde(deserialize_with = "parsed")]
    from: Option<Date>,
    daily: Option<(Clock, Clock)>,
    input: Option<Price>,
    cache_read: Option<Price>,
    cache_write: Option<Price>,
    cache_write_5m: Option<Price>,
    cache_write_1h: Option<Price>,
    output: Option<Price>,
    reasoning: Option<Price>,
    request: Option<u64>,
}

/// The prices of a model at one moment.
#[derive(Debug)]
pub(super) struct Quote {
    pub(super) since: Option<String>,
    pub(super) rates: Rates,
    pub(super) request_fee_pusd: u64,
}

/// A time of day in UTC.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Clock(#[serde(deserialize_with = "parsed_time")] Time);

impl<'a> Book<'a> {
    /// The provider of that id.
    pub(super) fn provider(&self, id: &str) -> Option<&Provider<'a>> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// The provider whose API answers at that address.
    pub(super) fn provider_at(&self, url: &str) -> Option<&Provider<'a>> {
        let url = url.to_ascii_lowercase();
        self.providers.iter().find(|provider| {
            provider
                .url
                .iter()
                .any(|pattern| glob::matches(pattern, &url))
        })
    }

    /// The model a provider means by a name (in lower case): its own first, then one of those
    /// whose models it offers too, and then both again with a date written in the other way.
    pub(super) fn model(&self, provider: &Provider<'a>, name: &str) -> Option<&Model<'a>> {
        self.model_as_written(provider, name).or_else(|| {
            let dashed = with_dashed_dates(name);
            (dashed != name).then(|| self.model_as_written(provider, &dashed))?
        })
    }

    fn model_as_written(&self, provider: &Provider<'a>, name: &str) -> Option<&Model<'a>> {
        let own = self.provider(provider.id)?.find(name);
        own.or_else(|| {
            let mut others = provider.fallback.iter().filter_map(|id| self.provider(id));
            others.find_map(|other| other.find(name))
        })
    }
}

impl<'a> Provider<'a> {
    /// The first entry for a name, in lower case.
    fn find(&self, name: &str) -> Option<&Model<'a>> {
        self.models.iter().find(|model| model.is_called(name))
    }

    /// Whether a model is in this provider's own list.
    pub(super) fn owns(&self, model: &Model<'a>) -> bool {
        self.models.iter().any(|own| std::ptr::eq(own, model))
    }
}

impl Model<'_> {
    fn is_called(&self, name: &str) -> bool {
        let any = |globs: &[&str]| globs.iter().any(|pattern| glob::matches(pattern, name));
        any(&self.names) && !any(&self.unless)
    }

    /// What the model costs at a moment, for a request with the given properties. `None` when it
    /// is not priced by anything Majlis counts, or the moment lies outside the calendar.
    pub(super) fn quote(
        &self,
        at_unix_ms: i64,
        request: &BTreeMap<String, String>,
    ) -> Option<Quote> {
        let moment = Timestamp::from_millisecond(at_unix_ms)
            .ok()?
            .to_zoned(TimeZone::UTC)
            .datetime();
        let in_force = |entry: &&Entry<'_>| entry.is_in_force(moment.date(), moment.time());
        let standard = self
            .prices
            .iter()
            .rev()
            .find(in_force)
            .or(self.prices.first())?;
        let fitting = self
            .variants
            .iter()
            .filter(in_force)
            .filter(|entry| entry.fits(request));
        let entries: Vec<&Entry<'_>> = fitting.chain([standard]).collect();
        let quote = Quote {
            since: standard.from.map(|day| day.to_string()),
            rates: rates(&entries),
            request_fee_pusd: entries.iter().find_map(|entry| entry.request).unwrap_or(0),
        };
        (quote.rates != Rates::default()).then_some(quote)
    }

    /// What of a request's properties selects any price of this model.
    pub(super) fn told_apart_by(
        &self,
        request: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let named = |key: &str| {
            self.variants
                .iter()
                .any(|entry| entry.when.contains_key(key))
        };
        let told = request.iter().filter(|(key, _)| named(key));
        told.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

impl Entry<'_> {
    fn is_in_force(&self, day: Date, time: Time) -> bool {
        self.from.is_none_or(|from| day >= from)
            && self
                .daily
                .as_ref()
                .is_none_or(|(Clock(start), Clock(end))| {
                    if end < start {
                        time >= *start || time < *end
                    } else {
                        *start <= time && time < *end
                    }
                })
    }

    fn fits(&self, request: &BTreeMap<String, String>) -> bool {
        self.when
            .iter()
            .all(|(key, value)| request.get(*key).is_some_and(|given| given == value))
    }
}

/// The rates of several entries laid over each other, the first on top.
fn rates<'e>(entries: &[&'e Entry<'e>]) -> Rates {
    let top = |class: fn(&'e Entry<'e>) -> Option<&'e Price>| {
        let prices = entries.iter().find_map(|entry| class(entry));
        prices.map(|Price(rate)| rate.clone())
    };
    let cache_write = top(|entry| entry.cache_write.as_ref());
    Rates {
        fresh: top(|entry| entry.input.as_ref()),
        cache_read: top(|entry| entry.cache_read.as_ref()),
        cache_write_5m: top(|entry| entry.cache_write_5m.as_ref()).or_else(|| cache_write.clone()),
        cache_write_1h: top(|entry| entry.cache_write_1h.as_ref()).or(cache_write),
        output: top(|entry| entry.output.as_ref()),
        reasoning: top(|entry| entry.reasoning.as_ref()),
    }
}

/// Rewrites each date suffix such as `-20251211` as `-2025-12-11`.
fn with_dashed_dates(name: &str) -> String {
    let mut parts = Vec::new();
    for part in name.split('-') {
        let (date, rest) = part.split_at_checked(8).unwrap_or((part, ""));
        let is_suffix = !parts.is_empty() && (rest.is_empty() || rest.starts_with(':'));
        match dashed_date(date).filter(|_| is_suffix) {
            Some(dashed) => parts.push(dashed + rest),
            None => parts.push(part.to_owned()),
        }
    }
    parts.join("-")
}

fn dashed_date(digits: &str) -> Option<String> {
    let is_date = digits.len() == 8
        && digits.starts_with("20")
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let dashed = is_date.then(|| format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))?;
    dashed.parse::<Date>().ok().map(|_| dashed)
}

/// A price as the file writes it: `3`, or `[3, [200000, 6]]`.
#[derive(Debug)]
struct Price(Rate);

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PriceVisitor;

        impl<'de> Visitor<'de> for PriceVisitor {
            type Value = Price;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or an array of one and of [above, price] pairs")
            }

            fn visit_u64<E: Error>(self, price: u64) -> Result<Price, E> {
                Ok(Price(Rate::flat(price)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Price, A::Error> {
                let base = items
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let mut rate = Rate::flat(base);
                while let Some((above_tokens, pusd_per_token)) = items.next_element()? {
                    rate.tiers.push(Tier {
                        above_tokens,
                        pusd_per_token,
                    });
                }
                Ok(Price(rate))
            }
        }

        deserializer.deserialize_any(PriceVisitor)
    }
}

fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

fn parsed_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_file_can_be_read() {
        let book: Book<'_> = serde_json::from_str(TEXT).unwrap();
        assert_eq!((book.package, book.as_of.len()), ("genai-prices", 10));
        let models = book
            .providers
            .iter()
            .map(|provider| provider.models.len())
            .sum::<usize>();
        assert!(models > 2_000, "{models}");
    }

    #[test]
    fn tiers_are_in_ascending_order_so_that_the_last_that_applies_is_the_right_one() {
        let models = book()
            .providers
            .iter()
            .flat_map(|provider| &provider.models);
        for model in models {
            for entry in model.prices.iter().chain(&model.variants) {
                let prices = [
                    &entry.input,
                    &entry.cache_read,
                    &entry.cache_write,
                    &entry.output,
                    &entry.reasoning,
                ];
                for Price(rate) in prices.into_iter().flatten() {
                    assert!(
                        rate.tiers.is_sorted_by_key(|tier| tier.above_tokens),
                        "{}",
                        model.id
                    );
                }
            }
        }
    }

    #[test]
    fn every_provider_that_is_fallen_back_to_exists() {
        for provider in &book().providers {
            for id in &provider.fallback {
                assert!(book().provider(id).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn a_compact_date_suffix_is_written_with_dashes() {
        for (name, expected) in [
            ("gpt-5.2-20251211", "gpt-5.2-2025-12-11"),
            ("gpt-5.2-20251211:free", "gpt-5.2-2025-12-11:free"),
            ("gpt-5.2-20251211-mini", "gpt-5.2-2025-12-11-mini"),
            ("gpt-5.2-20251311", "gpt-5.2-20251311"),
            ("gpt-5.2-20250229", "gpt-5.2-20250229"),
            ("gpt-5.2-202512110", "gpt-5.2-202512110"),
            ("20251211", "20251211"),
            ("gpt-5.2", "gpt-5.2"),
            ("نموذج-٢٠٢٥١٢١١", "نموذج-٢٠٢٥١٢١١"),
        ] {
            assert_eq!(with_dashed_dates(name), expected);
        }
    }

    #[track_caller]
    fn check(json: &str, at: &str, request: &[(&str, &str)], expected_input: u64) {
        let model: Model<'_> = serde_json::from_str(json).unwrap();
        let at = at.parse::<Timestamp>().unwrap().as_millisecond();
        let request = request
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let rates = model.quote(at, &request).unwrap().rates;
        assert_eq!(rates.fresh.unwrap().at(0), expected_input);
    }

    const DATED: &str = r#"{"id":"m","match":["m"],"prices":[
        {"input":1},{"from":"2026-03-13","input":2},{"daily":["22:00:00","04:00:00"],"input":3}]}"#;

    #[test]
    fn the_last_price_in_force_counts() {
        check(DATED, "2026-03-12T12:00:00Z", &[], 1);
        check(DATED, "2026-03-13T04:00:00Z", &[], 2);
        check(DATED, "2026-03-12T22:00:00Z", &[], 3);
        check(DATED, "2026-03-13T03:59:59.999Z", &[], 3);
        check(DATED, "1969-01-01T12:00:00Z", &[], 1);
    }

    #[test]
    fn the_first_price_counts_where_none_is_in_force() {
        let future = r#"{"id":"m","match":["m"],"prices":[{"from":"2027-01-01","input":5}]}"#;
        check(future, "2026-01-01T00:00:00Z", &[], 5);
    }

    const VARIED: &str = r#"{"id":"m","match":["m"],"prices":[{"input":10}],"variants":[
        {"when":{"tier":"flex"},"from":"2027-01-01","input":4},{"when":{"tier":"flex"},"input":5},
        {"when":{"tier":"flex","mode":"batch"},"input":1}]}"#;

    #[test]
    fn the_first_variant_that_fits_counts() {
        check(VARIED, "2026-01-01T00:00:00Z", &[], 10);
        check(VARIED, "2026-01-01T00:00:00Z", &[("tier", "fast")], 10);
        check(
            VARIED,
            "2026-01-01T00:00:00Z",
            &[("tier", "flex"), ("mode", "batch")],
            5,
        );
        check(VARIED, "2027-01-01T00:00:00Z", &[("tier", "flex")], 4);
    }
}
