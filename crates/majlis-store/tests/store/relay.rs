//! Requests of other programs: a job together, a call each.

use majlis_llm::PicoUsd;
use majlis_store::*;

use crate::support::*;

fn relay(job_id: &str, call_id: &str) -> NewRelay {
    NewRelay {
        job_id: job_id.to_owned(),
        call: step(StepKind::Relay, call_id, "openai/gpt-5", "").call,
        caps: Caps::default(),
        is_strict: false,
        at_ms: 3_000,
    }
}

async fn total(store: &Store) -> (u64, i128, u64) {
    let query = LedgerQuery::of(CostScope::Everything);
    let total = store.ledger(query).await.unwrap().total;
    (total.calls, total.known.0, total.unknown)
}

#[tokio::test]
async fn relays_that_are_open_together_end_together() {
    let (_folder, store) = fresh();
    for call in ["a", "b"] {
        store.begin_relay(relay("j", call)).await.unwrap();
    }
    // Until they are over they are only held back for.
    assert_eq!(total(&store).await, (0, 0, 0));
    let ends = vec![settlement("a", ""), settlement("b", "")];
    store
        .settle_relays(ends, Some(("j".to_owned(), 6_000)), false)
        .await
        .unwrap();
    assert_eq!(total(&store).await, (2, 246, 0));
    let query = LedgerQuery {
        group_by: Some(GroupBy::Kind),
        ..LedgerQuery::of(CostScope::Everything)
    };
    let ledger = store.ledger(query.clone()).await.unwrap();
    assert_eq!(ledger.groups[0].key, "relay");
    let query = LedgerQuery {
        group_by: Some(GroupBy::Subject),
        ..query
    };
    let group = store.ledger(query).await.unwrap().groups.remove(0);
    assert_eq!(
        (group.kind, group.label.as_deref()),
        (Some(JobKind::Relay), Some("/v1"))
    );
    // The job is over: nobody finds it running.
    let report = store.recover(7_000, &[]).await.unwrap();
    assert_eq!(report, RecoveryReport::default());
}

#[tokio::test]
async fn an_end_counts_once_and_one_of_nothing_counts_nothing() {
    let (_folder, store) = fresh();
    store.begin_relay(relay("j", "a")).await.unwrap();
    for _ in 0..2 {
        let ends = vec![settlement("a", ""), settlement("never-written", "")];
        store.settle_relays(ends, None, true).await.unwrap();
    }
    assert_eq!(total(&store).await, (1, 123, 0));
}

#[tokio::test]
async fn a_cap_on_runs_is_one_on_each_relay() {
    let (_folder, store) = fresh();
    let change = BudgetChange {
        run: CapChange::Set(PicoUsd(1_000)),
        ..BudgetChange::default()
    };
    store.set_budgets(change, 1).await.unwrap();
    for call in ["a", "b", "c"] {
        store.begin_relay(relay("j", call)).await.unwrap();
    }
    let mut dear = relay("j", "d");
    dear.call.reserved = Some(PicoUsd(1_001));
    let error = store.begin_relay(dear).await.unwrap_err();
    assert!(matches!(error.kind, StoreErrorKind::BudgetExceeded { .. }));
    let held = store.budgets(Caps::default()).await.unwrap().day.reserved;
    let ends = ["a", "b", "c", "d"].map(|call| settlement(call, "")).into();
    store.settle_relays(ends, None, false).await.unwrap();
    let left = store.budgets(Caps::default()).await.unwrap().day.reserved;
    assert_eq!((total(&store).await.0, left), (3, PicoUsd::ZERO));
    assert!(held > PicoUsd::ZERO);
}

#[tokio::test]
async fn relays_of_a_program_that_is_gone_may_have_been_billed() {
    let (folder, store) = fresh();
    store.begin_relay(relay("j", "a")).await.unwrap();
    store.begin_relay(relay("j", "b")).await.unwrap();
    store
        .settle_relays(vec![settlement("a", "")], None, false)
        .await
        .unwrap();
    drop(store);
    let store = open(&folder.path().join("data"), 2);
    let report = store.recover(7_000, &[]).await.unwrap();
    let job = &report.jobs[0];
    assert_eq!(
        (job.kind, &job.unknown_calls),
        (JobKind::Relay, &vec!["b".to_owned()])
    );
    assert_eq!(total(&store).await, (2, 123, 1));
}

#[tokio::test]
async fn quick_and_safe_writes_side_by_side_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let durable = StoreOptions {
        durability: Durability::Durable,
        ..options(&path, 1)
    };
    let store = Store::open(&durable).unwrap();
    let mut writes = tokio::task::JoinSet::new();
    for number in 0..40 {
        let store = store.clone();
        writes.spawn(async move {
            let call = format!("c{number}");
            let mut new = relay("j", &call);
            new.is_strict = number % 3 == 0;
            store.begin_relay(new).await.unwrap();
            let ends = vec![settlement(&call, "")];
            store
                .settle_relays(ends, None, number % 2 == 0)
                .await
                .unwrap();
        });
    }
    writes.join_all().await;
    assert_eq!(total(&store).await, (40, 40 * 123, 0));
}
