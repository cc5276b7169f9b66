//! The table that comes with the program, held against what providers publish.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are tests"
)]

use std::collections::BTreeMap;

use majlis_llm::{
    ModelFacts, PicoUsd, PriceOverride, PriceRow, PriceSource, PriceTable, PriceText, Rate, Usage,
};

/// 2026-11-22T12:00:00Z.
const NOW: i64 = 1_795_348_800_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn row(model: &str, at: i64) -> Option<PriceRow> {
    PriceTable::builtin().lookup(&model.parse().unwrap(), at)
}

/// Dollars per million tokens of fresh input, cache read, cache write (5 m, 1 h) and output, in a
/// request with so much input; `-` where the source gives no price of its own.
#[track_caller]
fn check(model: &str, at: i64, input: u64, expected: [&str; 5]) {
    let rates = row(model, at)
        .unwrap_or_else(|| panic!("{model} has no price"))
        .rates;
    let classes = [
        rates.fresh,
        rates.cache_read,
        rates.cache_write_5m,
        rates.cache_write_1h,
        rates.output,
    ];
    let prices = classes.map(|rate: Option<Rate>| {
        rate.map_or("-".to_owned(), |rate| {
            Rate::flat(rate.at(input)).per_million().to_usd_string()
        })
    });
    assert_eq!(prices, expected, "{model} with {input} tokens of input");
}

#[track_caller]
fn check_unknown(model: &str) {
    assert_eq!(row(model, NOW), None, "{model}");
}

#[test]
fn anthropic_costs_what_its_price_list_says() {
    // platform.claude.com, "Pricing", with the long-context premium of Sonnet 4.5.
    check(
        "anthropic/claude-sonnet-4-5",
        NOW,
        200_000,
        ["3", "0.3", "3.75", "6", "15"],
    );
    check(
        "anthropic/claude-sonnet-4-5",
        NOW,
        200_001,
        ["6", "0.6", "7.5", "12", "22.5"],
    );
    check(
        "anthropic/claude-sonnet-4-5-20250929",
        NOW,
        1,
        ["3", "0.3", "3.75", "6", "15"],
    );
    check(
        "anthropic/claude-opus-4-1-20250805",
        NOW,
        1,
        ["15", "1.5", "18.75", "30", "75"],
    );
    check(
        "anthropic/claude-opus-4-5",
        NOW,
        1,
        ["5", "0.5", "6.25", "10", "25"],
    );
    check(
        "anthropic/claude-haiku-4-5",
        NOW,
        1,
        ["1", "0.1", "1.25", "2", "5"],
    );
    check(
        "anthropic/claude-3-haiku-20240307",
        NOW,
        1,
        ["0.25", "0.03", "0.3", "0.5", "1.25"],
    );
}

#[test]
fn openai_costs_what_its_price_list_says() {
    check("openai/gpt-4o", NOW, 1, ["2.5", "1.25", "-", "-", "10"]);
    check(
        "openai/gpt-4o-2024-08-06",
        NOW,
        1,
        ["2.5", "1.25", "-", "-", "10"],
    );
    check(
        "openai/gpt-4o-2024-05-13",
        NOW,
        1,
        ["5", "-", "-", "-", "15"],
    );
    check(
        "openai/gpt-4o-mini",
        NOW,
        1,
        ["0.15", "0.075", "-", "-", "0.6"],
    );
    check(
        "openai/gpt-4.1-nano",
        NOW,
        1,
        ["0.1", "0.025", "-", "-", "0.4"],
    );
    check(
        "openai/gpt-5-2025-08-07",
        NOW,
        1,
        ["1.25", "0.125", "-", "-", "10"],
    );
    check("openai/o4-mini", NOW, 1, ["1.1", "0.275", "-", "-", "4.4"]);
    check(
        "openai/ft:gpt-4o-2024-08-06:org::id",
        NOW,
        1,
        ["3.75", "-", "-", "-", "15"],
    );
    check(
        "openai/gpt-5.4",
        NOW,
        272_000,
        ["2.5", "0.25", "-", "-", "15"],
    );
    check(
        "openai/gpt-5.4",
        NOW,
        272_001,
        ["5", "0.5", "-", "-", "22.5"],
    );
}

#[test]
fn others_cost_what_their_price_lists_say() {
    check(
        "gemini/gemini-2.5-pro",
        NOW,
        200_000,
        ["1.25", "0.125", "-", "-", "10"],
    );
    check(
        "gemini/gemini-2.5-pro",
        NOW,
        200_001,
        ["2.5", "0.25", "-", "-", "15"],
    );
    check(
        "gemini/gemini-2.5-flash",
        NOW,
        1,
        ["0.3", "0.03", "-", "-", "2.5"],
    );
    check("xai/grok-3", NOW, 1, ["3", "0.75", "-", "-", "15"]);
    check(
        "groq/llama-3.3-70b-versatile",
        NOW,
        1,
        ["0.59", "-", "-", "-", "0.79"],
    );
    check(
        "mistral/mistral-large-2411",
        NOW,
        1,
        ["2", "-", "-", "-", "6"],
    );
    check(
        "openrouter/openai/gpt-4o",
        NOW,
        1,
        ["2.5", "1.25", "-", "-", "10"],
    );
}

#[test]
fn a_price_that_changed_is_the_one_of_its_day() {
    let change = 1_749_513_600_000; // 2025-06-10T00:00:00Z
    check("openai/o3", change - 1, 1, ["10", "0.5", "-", "-", "40"]);
    check("openai/o3", change, 1, ["2", "0.5", "-", "-", "8"]);
    assert_eq!(row("openai/o3", change - 1).unwrap().since, None);
    assert_eq!(
        row("openai/o3", change).unwrap().since.as_deref(),
        Some("2025-06-10")
    );
}

#[test]
fn a_price_by_time_of_day_is_the_one_of_its_hour() {
    let midnight = NOW - 12 * HOUR;
    let (peak, off_peak) = (
        ["1.32", "0.044", "-", "-", "3.96"],
        ["0.66", "0.022", "-", "-", "1.98"],
    );
    check("deepseek/deepseek-v4-pro", midnight + HOUR - 1, 1, off_peak);
    check("deepseek/deepseek-v4-pro", midnight + HOUR, 1, peak);
    check("deepseek/deepseek-v4-pro", midnight + 4 * HOUR - 1, 1, peak);
    check("deepseek/deepseek-v4-pro", midnight + 4 * HOUR, 1, off_peak);
    check(
        "deepseek/deepseek-v4-pro",
        midnight + DAY + 6 * HOUR,
        1,
        peak,
    );
}

#[test]
fn a_model_is_found_under_every_way_of_writing_it() {
    for (one, other) in [
        ("gemini/gemini-2.5-pro", "gemini/models/gemini-2.5-pro"),
        (
            "gemini/gemini-2.5-pro",
            "Google/publishers/google/models/Gemini-2.5-Pro",
        ),
        ("openai/gpt-4o", "OpenAI/GPT-4o"),
        ("openai/gpt-5.4", "openai/gpt-5.4-20260305"),
        ("x-ai/grok-3", "xai/grok-3-latest"),
        (
            "together/openai/gpt-oss-120b",
            "together_ai/openai/gpt-oss-120b",
        ),
    ] {
        assert!(row(one, NOW).is_some(), "{one}");
        assert_eq!(row(one, NOW), row(other, NOW), "{other}");
    }
}

#[test]
fn a_lender_charges_what_the_maker_of_the_model_charges() {
    let lent = row("azure/gpt-5.4", NOW).unwrap();
    assert_eq!(
        (lent.provider.as_str(), lent.model.as_str()),
        ("azure", "gpt-5.4")
    );
    assert_eq!(lent.rates, row("openai/gpt-5.4", NOW).unwrap().rates);
}

#[test]
fn what_is_not_known_has_no_price() {
    check_unknown("openai/gpt-99");
    check_unknown("nobody/gpt-4o");
    check_unknown("openai/ft:gpt-99:org::id");
    // Billed in units of their own.
    check_unknown("github/openai/gpt-4o");
    check_unknown("openai/whisper-1");
    check_unknown("openrouter/google/lyria-3-pro-preview");
    // Runs on another's machine, for a subscription.
    check_unknown("ollama/gpt-oss:120b-cloud");
    assert_eq!(row("openai/gpt-4o", i64::MAX), None);
}

#[test]
fn a_name_that_only_sounds_like_a_provider_has_no_price() {
    check_unknown("openai-compatible/gpt-4o");
    check_unknown("multimodal/gpt-4o");
}

#[test]
fn what_is_free_is_known_to_cost_nothing() {
    let usage = Usage {
        fresh_tokens: 1,
        cache_read_tokens: 1,
        cache_write_5m_tokens: 1,
        cache_write_1h_tokens: 1,
        output_tokens: 1,
        reasoning_tokens: 1,
    };
    for model in [
        "local/smollm2-135m",
        "ollama/qwen3:8b",
        "llamacpp/any",
        "openrouter/deepseek/deepseek-r1:free",
        "gemini/gemma-4-31b-it",
    ] {
        assert_eq!(
            row(model, NOW).unwrap().cost(&usage),
            Some(PicoUsd::ZERO),
            "{model}"
        );
    }
    assert_eq!(
        row("local/smollm2-135m", NOW).unwrap().source,
        PriceSource::Local
    );
}

#[test]
fn a_request_may_cost_something_before_its_first_token() {
    let fee = row("perplexity/sonar-pro", NOW)
        .unwrap()
        .cost(&Usage::default());
    assert_eq!(fee.unwrap().to_usd_string(), "0.014");
}

#[test]
fn embeddings_have_a_price_and_their_output_has_none() {
    let row = row("openai/text-embedding-3-small", NOW).unwrap();
    let mut usage = Usage {
        fresh_tokens: 1_000_000,
        ..Usage::default()
    };
    assert_eq!(row.cost(&usage).unwrap().to_usd_string(), "0.02");
    usage.output_tokens = 1;
    assert_eq!(row.cost(&usage), None);
}

#[test]
fn a_cost_is_the_sum_of_its_classes() {
    let usage = Usage {
        fresh_tokens: 1_000,
        cache_read_tokens: 20_000,
        cache_write_5m_tokens: 300,
        cache_write_1h_tokens: 40,
        output_tokens: 500,
        reasoning_tokens: 60,
    };
    // 1,000 × 3 + 20,000 × 0.30 + 300 × 3.75 + 40 × 6 + 560 × 15 $/Mtok
    let cost = row("anthropic/claude-sonnet-4-5", NOW)
        .unwrap()
        .cost(&usage);
    assert_eq!(cost.unwrap().to_usd_string(), "0.018765");
}

#[test]
fn reasoning_costs_what_output_costs_unless_it_has_a_price() {
    let usage = Usage {
        reasoning_tokens: 1_000_000,
        ..Usage::default()
    };
    let cost = |model| {
        row(model, NOW)
            .unwrap()
            .cost(&usage)
            .unwrap()
            .to_usd_string()
    };
    assert_eq!(cost("openai/o3"), "8");
    assert_eq!(cost("perplexity/sonar-deep-research"), "3");
}

#[test]
fn the_properties_of_a_request_select_its_price() {
    let ask = |properties: &[(&str, &str)]| {
        let request: BTreeMap<String, String> = properties
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let row = PriceTable::builtin()
            .lookup_variant(&"openai/gpt-5".parse().unwrap(), NOW, &request)
            .unwrap();
        let input = row.rates.fresh.unwrap().per_million().to_usd_string();
        (input, row.variant.into_iter().collect::<Vec<_>>())
    };
    let owned = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    assert_eq!(ask(&[]), ("1.25".to_owned(), vec![]));
    assert_eq!(ask(&[("weather", "fine")]), ("1.25".to_owned(), vec![]));
    assert_eq!(
        ask(&[("service_tier", "flex")]),
        ("0.625".to_owned(), owned("service_tier", "flex"))
    );
    assert_eq!(
        ask(&[("service_tier", "priority")]),
        ("2.5".to_owned(), owned("service_tier", "priority"))
    );
    assert_eq!(
        ask(&[("processing", "batch")]),
        ("0.625".to_owned(), owned("processing", "batch"))
    );
}

#[test]
fn the_users_own_price_wins() {
    let text: PriceText =
        serde_json::from_str(r#"{"input":"0.5","output":"1","request":"0.01"}"#).unwrap();
    let own = PriceOverride::parse("openai/gpt-4*", &text).unwrap();
    let table = PriceTable::with_overrides(vec![own]);
    let row = table
        .lookup(&"openai/gpt-4o".parse().unwrap(), NOW)
        .unwrap();
    assert_eq!(
        (row.model.as_str(), &row.source),
        ("openai/gpt-4*", &PriceSource::User)
    );
    let usage = Usage {
        fresh_tokens: 1_000_000,
        output_tokens: 1_000_000,
        ..Usage::default()
    };
    assert_eq!(row.cost(&usage).unwrap().to_usd_string(), "1.51");
    let other = table.lookup(&"openai/gpt-5".parse().unwrap(), NOW).unwrap();
    assert_eq!(other.rates, self::row("openai/gpt-5", NOW).unwrap().rates);
}

#[test]
fn a_price_written_as_a_number_or_under_a_wrong_name_is_refused() {
    for text in [
        r#"{"input":0.5,"output":"1"}"#,
        r#"{"input":"1","output":"1","cached":"1"}"#,
        r#"{"input":"1"}"#,
    ] {
        assert!(serde_json::from_str::<PriceText>(text).is_err(), "{text}");
    }
}

#[test]
fn a_provider_of_the_users_naming_is_priced_by_the_address_it_calls() {
    let endpoints = [
        ("work", "https://api.groq.com/openai/v1"),
        ("openai", "http://127.0.0.1:9/v1"),
        ("home", "http://127.0.0.1:9/v1"),
    ];
    let table = PriceTable::builtin().with_endpoints(endpoints);
    let provider = |model: &str| {
        table
            .lookup(&model.parse().unwrap(), NOW)
            .map(|row| row.provider)
    };
    assert_eq!(
        provider("work/llama-3.3-70b-versatile").as_deref(),
        Some("groq")
    );
    assert_eq!(provider("openai/gpt-4o").as_deref(), Some("openai"));
    assert_eq!(provider("home/gpt-4o"), None);
}

#[test]
fn a_server_is_free_only_while_it_is_the_users_own() {
    let price = |url: &str| {
        let table = PriceTable::builtin().with_endpoints([("ollama", url)]);
        table.lookup(&"ollama/qwen3:8b".parse().unwrap(), NOW)
    };
    assert_eq!(
        price("http://192.168.1.20:11434").unwrap().source,
        PriceSource::Local
    );
    assert_eq!(price("https://ollama.com"), None);
}

#[test]
fn limits_and_retirement_are_known_beside_prices() {
    let facts = |model: &str| PriceTable::builtin().facts(&model.parse().unwrap());
    let expected = ModelFacts {
        context_tokens: Some(128_000),
        deprecated: false,
    };
    assert_eq!(facts("openai/gpt-4o"), Some(expected));
    assert_eq!(facts("openai/gpt-99"), None);
    assert!(
        facts("avian/Meta-Llama-3.1-8B-Instruct")
            .unwrap()
            .deprecated
    );
}

#[test]
fn a_row_tells_where_its_price_is_from() {
    let row = row("openai/gpt-4o-2024-08-06", NOW).unwrap();
    assert_eq!(row.source.as_of(), Some("2026-11-22"));
    assert_eq!(
        row.source.to_string(),
        "genai-prices 0.2.3, as of 2026-11-22"
    );
    insta::assert_json_snapshot!(row);
}

#[test]
fn an_estimate_is_a_range_over_the_output() {
    let range = row("anthropic/claude-sonnet-4-5", NOW)
        .unwrap()
        .estimate(1_000, 100, 2_000)
        .unwrap();
    assert_eq!(
        (range.low.to_usd_string(), range.high.to_usd_string()),
        ("0.0045".to_owned(), "0.033".to_owned())
    );
}
