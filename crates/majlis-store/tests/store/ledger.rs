//! Costs added up: by every division the parts make the whole, and the whole is every row.

use std::collections::BTreeMap;

use majlis_llm::{PicoUsd, Usage};
use majlis_store::*;
use proptest::prelude::*;

use crate::support::*;

/// Every way to divide.
const DIVISIONS: [GroupBy; 8] = [
    GroupBy::Day,
    GroupBy::Month,
    GroupBy::Model,
    GroupBy::Provider,
    GroupBy::Kind,
    GroupBy::Subject,
    GroupBy::Reply,
    GroupBy::Call,
];
const DAY_MS: i64 = 86_400_000;

/// One call as it ends; `ending` 0 leaves it open.
#[derive(Debug, Clone)]
struct Row {
    conversation: usize,
    model: usize,
    at_ms: i64,
    estimate: Option<i64>,
    cost: Option<i64>,
    usage: Option<[u32; 6]>,
    ending: u8,
}

fn row() -> impl Strategy<Value = Row> {
    let money = || proptest::option::of(prop_oneof![0..1_000_i64, Just(i64::MAX)]);
    let times = prop_oneof![
        0..400 * DAY_MS,
        Just(i64::MAX),
        1_700_000_000_000..1_710_000_000_000_i64
    ];
    let figures = (money(), money(), proptest::option::of(any::<[u32; 6]>()));
    (0..3_usize, 0..3_usize, times, figures, 0..4_u8).prop_map(
        |(conversation, model, at_ms, (estimate, cost, usage), ending)| Row {
            conversation,
            model,
            at_ms,
            estimate,
            cost: cost.filter(|_| ending > 0),
            usage: usage.filter(|_| ending > 0),
            ending,
        },
    )
}

const MODELS: [&str; 3] = ["a/x", "a/y", "b/x"];

impl Row {
    fn usage(&self) -> Option<Usage> {
        self.usage.map(|tokens| Usage {
            fresh_tokens: tokens[0].into(),
            cache_read_tokens: tokens[1].into(),
            cache_write_5m_tokens: tokens[2].into(),
            cache_write_1h_tokens: tokens[3].into(),
            output_tokens: tokens[4].into(),
            reasoning_tokens: tokens[5].into(),
        })
    }

    /// What this row alone adds.
    fn sum(&self) -> LedgerSum {
        let unknown = self.cost.is_none();
        LedgerSum {
            calls: 1,
            known: PicoUsd(self.cost.unwrap_or(0).into()),
            unknown: unknown.into(),
            estimated: PicoUsd(self.estimate.filter(|_| unknown).unwrap_or(0).into()),
            unestimated: (unknown && self.estimate.is_none()).into(),
            usage: self.usage().unwrap_or_default(),
        }
    }
}

async fn write(store: &Store, rows: &[Row]) {
    for id in 0..3 {
        let made = conversation(&format!("v{id}"), &["a/x"]);
        store.create_conversation(made).await.unwrap();
    }
    for (place, row) in rows.iter().enumerate() {
        let job = format!("j{place:04}");
        let mut begin = turn(&job, &format!("v{}", row.conversation), MODELS[row.model]);
        begin.at_ms = row.at_ms;
        begin.steps[0].call.estimate = row.estimate.map(PicoUsd::from);
        begin.steps[0].call.reserved = row.estimate.map(PicoUsd::from);
        store.begin(begin).await.unwrap();
        if row.ending > 0 {
            let state = [CallState::Settled, CallState::Failed, CallState::Unknown]
                [usize::from(row.ending) - 1];
            let settlement = Settlement {
                state,
                usage: row.usage(),
                cost: row.cost.map(PicoUsd::from),
                ..settlement(&format!("c-{job}"), "x")
            };
            store.settle(settlement).await.unwrap();
        }
    }
}

async fn divided(store: &Store, group_by: GroupBy, timezone_offset_min: i32) -> Ledger {
    let query = LedgerQuery {
        group_by: Some(group_by),
        timezone_offset_min,
        ..LedgerQuery::of(CostScope::Everything)
    };
    store.ledger(query).await.unwrap()
}

async fn check_sums(store: &Store, rows: &[Row]) {
    let total: LedgerSum = rows.iter().map(Row::sum).sum();
    for group_by in DIVISIONS {
        for offset in [0, 180, -720] {
            let ledger = divided(store, group_by, offset).await;
            assert_eq!(ledger.total, total, "{group_by:?}");
            let parts: LedgerSum = ledger.groups.iter().map(|group| group.sum).sum();
            assert_eq!(parts + ledger.rest, total, "{group_by:?}");
        }
    }
    let mut by_model: BTreeMap<String, LedgerSum> = BTreeMap::new();
    let mut by_conversation = by_model.clone();
    for row in rows {
        let sum = by_model.entry(MODELS[row.model].to_owned()).or_default();
        *sum = *sum + row.sum();
        let key = format!("v{}", row.conversation);
        let sum = by_conversation.entry(key).or_default();
        *sum = *sum + row.sum();
    }
    for (group_by, expected) in [
        (GroupBy::Model, by_model),
        (GroupBy::Subject, by_conversation),
    ] {
        let groups = divided(store, group_by, 0).await.groups;
        let found: BTreeMap<_, _> = groups
            .into_iter()
            .map(|group| (group.key, group.sum))
            .collect();
        assert_eq!(found, expected, "{group_by:?}");
    }
    let middle = 1_705_000_000_000;
    let range = |since_ms, until_ms| LedgerQuery {
        since_ms,
        until_ms,
        ..LedgerQuery::of(CostScope::Everything)
    };
    let before = store.ledger(range(None, Some(middle))).await.unwrap();
    let after = store.ledger(range(Some(middle), None)).await.unwrap();
    assert_eq!(before.total + after.total, total);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_it_is_divided_the_parts_make_the_whole(rows in prop::collection::vec(row(), 0..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_folder, store) = fresh();
            write(&store, &rows).await;
            check_sums(&store, &rows).await;
        });
    }
}

fn call_at(at_ms: i64, cost: i64) -> Row {
    Row {
        conversation: 0,
        model: 0,
        at_ms,
        estimate: None,
        cost: Some(cost),
        usage: None,
        ending: 1,
    }
}

#[tokio::test]
async fn days_and_months_begin_where_the_person_lives() {
    let (_folder, store) = fresh();
    // 22:30 UTC on the last day of January 2026 is February in Baghdad already.
    let at_ms = 1_769_898_600_000;
    write(&store, &[call_at(at_ms, 1), call_at(at_ms + DAY_MS, 2)]).await;
    let mut keys = Vec::new();
    for (group_by, offset) in [
        (GroupBy::Day, 0),
        (GroupBy::Day, 180),
        (GroupBy::Month, 0),
        (GroupBy::Month, 180),
    ] {
        let groups = divided(&store, group_by, offset).await.groups;
        keys.push(
            groups
                .into_iter()
                .map(|group| group.key)
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(
        keys,
        [
            vec!["2026-01-31", "2026-02-01"],
            vec!["2026-02-01", "2026-02-02"],
            vec!["2026-01", "2026-02"],
            vec!["2026-02"],
        ]
    );
    let days = store.ledger_days(at_ms, at_ms + 1).await.unwrap();
    assert_eq!(
        (
            days.len(),
            days[0].day.as_str(),
            days[0].response_model.as_deref()
        ),
        (1, "2026-01-31", Some("model-2026-01-01"))
    );
}

#[tokio::test]
async fn a_subject_has_its_title_until_it_is_deleted_and_its_cost_for_ever() {
    let (_folder, store) = fresh();
    write(&store, &[call_at(1, 5)]).await;
    store.begin(consultation("s", &["a/x"])).await.unwrap();
    store.settle(settlement("c-s-0", "x")).await.unwrap();
    let before = divided(&store, GroupBy::Subject, 0).await.groups;
    assert_eq!(
        (before[0].kind, before[1].kind),
        (Some(JobKind::Consultation), Some(JobKind::Chat))
    );
    assert_eq!(before[1].label.as_deref(), Some("about v0"));
    store.delete_conversation("v0").await.unwrap();
    let after = divided(&store, GroupBy::Subject, 0).await.groups;
    assert_eq!((&after[1].label, after[1].sum), (&None, before[1].sum));
}

#[tokio::test]
async fn a_reply_costs_what_every_attempt_at_it_cost() {
    let (_folder, store) = fresh();
    store
        .begin(consultation("s", &["a/x", "a/y"]))
        .await
        .unwrap();
    store.settle(settlement("c-s-0", "x")).await.unwrap();
    let of = |id: &str| store.cost(CostScope::Reply(id.to_owned()));
    let known = |known, unknown| CostSum {
        known: PicoUsd(known),
        unknown,
    };
    assert_eq!(of("s-0").await.unwrap(), known(123, 0));
    assert_eq!(of("s-1").await.unwrap(), known(0, 1));
    assert_eq!(of("s-pasted").await.unwrap(), CostSum::default());
    let groups = divided(&store, GroupBy::Reply, 0).await.groups;
    let keys: Vec<_> = groups.iter().map(|group| group.key.as_str()).collect();
    assert_eq!(keys, ["s-0", "s-1"]);
}

#[tokio::test]
async fn beyond_a_thousand_groups_the_rest_is_one_sum() {
    let (_folder, store) = fresh();
    let names: Vec<String> = (0..1_003).map(|number| format!("a/m{number:04}")).collect();
    let models: Vec<&str> = names.iter().map(String::as_str).collect();
    for (place, part) in models.chunks(501).enumerate() {
        let id = format!("s{place}");
        store.begin(consultation(&id, part)).await.unwrap();
    }
    let ledger = divided(&store, GroupBy::Model, 0).await;
    assert_eq!(
        (ledger.groups.len(), ledger.rest.calls, ledger.total.calls),
        (1_000, 3, 1_003)
    );
}

#[tokio::test]
async fn the_usual_length_of_an_answer_is_the_median_of_the_newest() {
    let (_folder, store) = fresh();
    let x = model("a/x");
    assert_eq!(store.output_history(&x).await.unwrap(), None);
    store
        .begin(consultation("s", &["a/x", "a/x", "a/x", "a/y"]))
        .await
        .unwrap();
    for (place, output_tokens) in [(0, 10), (1, 1_000), (2, 30), (3, 7)] {
        let usage = Usage {
            output_tokens,
            reasoning_tokens: 1,
            ..Usage::default()
        };
        let settlement = Settlement {
            usage: Some(usage),
            ..settlement(&format!("c-s-{place}"), "x")
        };
        store.settle(settlement).await.unwrap();
    }
    let history = store.output_history(&x).await.unwrap().unwrap();
    assert_eq!((history.median_tokens, history.answers), (31, 3));
}
