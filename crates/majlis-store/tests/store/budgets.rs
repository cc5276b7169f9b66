//! Caps on costs: what they refuse was never written, and nothing passes them.

use majlis_llm::PicoUsd;
use majlis_store::*;

use crate::support::*;

const DAY_MS: i64 = 86_400_000;

/// A council of one model whose call may cost so much.
fn job(id: &str, reserved: Option<i128>, at_ms: i64) -> Begin {
    let mut begin = consultation(id, &["a/x"]);
    begin.at_ms = at_ms;
    begin.steps[0].call.estimate = reserved.map(PicoUsd);
    begin.steps[0].call.reserved = reserved.map(PicoUsd);
    begin.caps = caps_at(at_ms);
    begin
}

fn caps_at(at_ms: i64) -> Caps {
    Caps {
        run: None,
        day_since_ms: at_ms - at_ms.rem_euclid(DAY_MS),
        month_since_ms: at_ms - at_ms.rem_euclid(30 * DAY_MS),
        by_program: false,
    }
}

fn limit(amount: i128) -> CapChange {
    CapChange::Set(PicoUsd(amount))
}

async fn set(store: &Store, change: BudgetChange) {
    store.set_budgets(change, 1).await.unwrap();
}

/// Why a job was refused: the period, and what was spent and held back.
async fn refusal(store: &Store, begin: Begin) -> Option<(BudgetPeriod, i128, i128)> {
    match store.begin(begin).await {
        Ok(()) => None,
        Err(error) => match error.kind {
            StoreErrorKind::BudgetExceeded {
                period,
                spent,
                reserved,
                ..
            } => Some((period, spent.0, reserved.0)),
            _ => panic!("{error}"),
        },
    }
}

#[tokio::test]
async fn a_job_that_would_pass_a_cap_is_not_written_at_all() {
    let (_folder, store) = fresh();
    set(
        &store,
        BudgetChange {
            day: limit(100),
            ..BudgetChange::default()
        },
    )
    .await;
    assert_eq!(refusal(&store, job("a", Some(60), DAY_MS)).await, None);
    assert_eq!(
        refusal(&store, job("b", Some(41), DAY_MS)).await,
        Some((BudgetPeriod::Day, 0, 60))
    );
    assert!(store.consultation("b").await.unwrap().is_none());
    let everything = store.ledger(LedgerQuery::of(CostScope::Everything));
    assert_eq!(everything.await.unwrap().total.calls, 1);
    assert_eq!(refusal(&store, job("c", Some(40), DAY_MS)).await, None);
}

#[tokio::test]
async fn a_settlement_gives_back_what_was_held_and_counts_what_was_spent() {
    let (_folder, store) = fresh();
    let change = BudgetChange {
        month: limit(200),
        ..BudgetChange::default()
    };
    set(&store, change).await;
    assert_eq!(refusal(&store, job("a", Some(200), DAY_MS)).await, None);
    assert!(refusal(&store, job("b", Some(1), DAY_MS)).await.is_some());
    store.settle(settlement("c-a-0", "x")).await.unwrap();
    let month = store.budgets(caps_at(DAY_MS)).await.unwrap().month;
    assert_eq!(
        (month.limit, month.spent, month.reserved),
        (Some(PicoUsd(200)), PicoUsd(123), PicoUsd(0))
    );
    assert_eq!(refusal(&store, job("b", Some(77), DAY_MS)).await, None);
}

#[tokio::test]
async fn a_settlement_above_its_reservation_is_kept_and_stops_what_follows() {
    let (_folder, store) = fresh();
    let change = BudgetChange {
        day: limit(100),
        ..BudgetChange::default()
    };
    set(&store, change).await;
    store.begin(job("a", Some(90), DAY_MS)).await.unwrap();
    store.settle(settlement("c-a-0", "x")).await.unwrap();
    assert_eq!(
        refusal(&store, job("b", Some(1), DAY_MS)).await,
        Some((BudgetPeriod::Day, 123, 0))
    );
    // What costs nothing may go on.
    assert_eq!(refusal(&store, job("free", Some(0), DAY_MS)).await, None);
    // Tomorrow is another day.
    assert_eq!(refusal(&store, job("b", Some(1), 2 * DAY_MS)).await, None);
}

#[tokio::test]
async fn a_call_whose_cost_never_became_known_counts_at_its_estimate() {
    let (folder, store) = fresh();
    store.begin(job("a", Some(90), DAY_MS)).await.unwrap();
    drop(store);
    let store = open(&folder.path().join("data"), 2);
    store.recover(DAY_MS, &[]).await.unwrap();
    let change = BudgetChange {
        day: limit(100),
        ..BudgetChange::default()
    };
    set(&store, change).await;
    assert_eq!(
        refusal(&store, job("b", Some(11), DAY_MS)).await,
        Some((BudgetPeriod::Day, 90, 0))
    );
    let day = store.budgets(caps_at(DAY_MS)).await.unwrap().day;
    assert_eq!((day.spent, day.unknown), (PicoUsd(90), 1));
}

#[tokio::test]
async fn a_run_has_the_lower_of_its_own_cap_and_everyones() {
    let (_folder, store) = fresh();
    let own = |id: &str, reserved, cap| Begin {
        caps: Caps {
            run: Some(PicoUsd(cap)),
            ..caps_at(DAY_MS)
        },
        ..job(id, Some(reserved), DAY_MS)
    };
    let refused = Some((BudgetPeriod::Run, 0, 0));
    assert_eq!(refusal(&store, own("a", 11, 10)).await, refused);
    assert_eq!(refusal(&store, own("a", 10, 10)).await, None);
    let change = BudgetChange {
        run: limit(5),
        ..BudgetChange::default()
    };
    set(&store, change).await;
    assert_eq!(refusal(&store, own("b", 6, 10)).await, refused);
    assert_eq!(refusal(&store, job("b", Some(6), 1)).await, refused);
    assert_eq!(refusal(&store, job("b", Some(5), 1)).await, None);
}

#[tokio::test]
async fn under_a_cap_a_call_needs_a_price_or_a_word_of_the_person() {
    let (_folder, store) = fresh();
    assert_eq!(refusal(&store, job("a", None, DAY_MS)).await, None);
    let change = BudgetChange {
        day: limit(0),
        ..BudgetChange::default()
    };
    set(&store, change).await;
    let refused = store.begin(job("b", None, DAY_MS)).await.unwrap_err();
    assert_eq!(
        refused.kind,
        StoreErrorKind::PriceUnknown {
            model: "a/x".to_owned()
        }
    );
    let change = BudgetChange {
        uncapped_models: Some(vec![model("a/x")]),
        ..BudgetChange::default()
    };
    set(&store, change).await;
    assert_eq!(refusal(&store, job("b", None, DAY_MS)).await, None);
    let budgets = store.budgets(Caps::default()).await.unwrap();
    assert_eq!(budgets.uncapped_models, [model("a/x")]);
    assert_eq!(budgets.day.limit, Some(PicoUsd::ZERO));
    let change = BudgetChange {
        day: CapChange::Lift,
        uncapped_models: Some(Vec::new()),
        ..BudgetChange::default()
    };
    set(&store, change).await;
    assert_eq!(refusal(&store, job("c", None, DAY_MS)).await, None);
}

#[tokio::test]
async fn a_clock_that_was_ahead_spends_from_today_until_it_is_today() {
    let (_folder, store) = fresh();
    let change = BudgetChange {
        day: limit(150),
        ..BudgetChange::default()
    };
    set(&store, change).await;
    store.begin(job("a", Some(90), 400 * DAY_MS)).await.unwrap();
    store.settle(settlement("c-a-0", "x")).await.unwrap();
    assert_eq!(
        refusal(&store, job("b", Some(90), DAY_MS)).await,
        Some((BudgetPeriod::Day, 123, 0))
    );
}

#[test]
fn many_processes_together_never_hold_back_more_than_a_cap_allows() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), 0);
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
    };
    let change = BudgetChange {
        day: limit(1_000),
        ..BudgetChange::default()
    };
    runtime().block_on(set(&first, change));
    let spend = |process: u32| {
        let path = folder.path().to_owned();
        std::thread::spawn(move || {
            let store = open(&path, process);
            runtime().block_on(async {
                let mut written = 0;
                for number in 0..12_u32 {
                    let id = format!("{process}-{number}");
                    let needed = i128::from(30 + number * process);
                    let begun = store.begin(job(&id, Some(needed), DAY_MS)).await;
                    written += u32::from(begun.is_ok());
                    let budget = store.budgets(caps_at(DAY_MS)).await.unwrap().day;
                    assert!(budget.spent + budget.reserved <= PicoUsd(1_000));
                    if begun.is_ok() && number % 3 == 0 {
                        let mut settlement = settlement(&format!("c-{id}-0"), "x");
                        settlement.cost = Some(PicoUsd(needed / 2));
                        store.settle(settlement).await.unwrap();
                    }
                }
                written
            })
        })
    };
    let processes: Vec<_> = (1..=4).map(spend).collect();
    let written: u32 = processes
        .into_iter()
        .map(|process| process.join().unwrap())
        .sum();
    assert!(written >= 10, "{written} of 48");
}

#[tokio::test]
async fn programs_have_a_cap_of_their_own_that_leaves_the_person_alone() {
    let (_folder, store) = fresh();
    let change = BudgetChange {
        programs: limit(100),
        ..BudgetChange::default()
    };
    set(&store, change).await;
    let by_program = |id, reserved| {
        let mut begin = job(id, Some(reserved), 1_000);
        begin.caps.by_program = true;
        begin
    };
    assert_eq!(refusal(&store, by_program("a", 60)).await, None);
    let relay = |id: &str, reserved| NewRelay {
        job_id: "relays".to_owned(),
        call: job(id, Some(reserved), 1_000).steps.remove(0).call,
        caps: caps_at(1_000),
        is_strict: false,
        at_ms: 1_000,
    };
    store.begin_relay(relay("b", 30)).await.unwrap();
    // Sixty are held back by a council that a program asked, thirty by what is passed on for one.
    let full = Some((BudgetPeriod::Programs, 0, 90));
    assert_eq!(refusal(&store, by_program("c", 11)).await, full);
    let refused = store.begin_relay(relay("d", 11)).await.unwrap_err();
    assert!(matches!(
        refused.kind,
        StoreErrorKind::BudgetExceeded {
            period: BudgetPeriod::Programs,
            ..
        }
    ));
    // The person is not held by it, nor counted in it.
    assert_eq!(refusal(&store, job("e", Some(1_000), 1_000)).await, None);
    assert_eq!(refusal(&store, by_program("f", 10)).await, None);
    let budgets = store.budgets(caps_at(1_000)).await.unwrap();
    assert_eq!(budgets.programs.reserved, PicoUsd(100));
    assert_eq!(budgets.day.reserved, PicoUsd(1_100));
    // A price nobody knows stands in a program's way alone.
    let mut unknown = job("g", None, 1_000);
    assert_eq!(refusal(&store, unknown.clone()).await, None);
    unknown.caps.by_program = true;
    let refused = store.begin(unknown).await.unwrap_err();
    assert!(matches!(refused.kind, StoreErrorKind::PriceUnknown { .. }));
}

#[tokio::test]
async fn what_programs_spent_counts_where_it_was_settled() {
    let (_folder, store) = fresh();
    let mut begin = job("a", Some(60), 1_000);
    begin.caps.by_program = true;
    store.begin(begin).await.unwrap();
    let relay = NewRelay {
        job_id: "relays".to_owned(),
        call: job("b", Some(30), 1_000).steps.remove(0).call,
        caps: caps_at(1_000),
        is_strict: false,
        at_ms: 1_000,
    };
    let call_id = relay.call.id.clone();
    store.begin_relay(relay).await.unwrap();
    for (id, cost) in [("c-a-0", 50), (call_id.as_str(), 20)] {
        let mut settled = settlement(id, "yes");
        settled.cost = Some(PicoUsd(cost));
        if id == call_id {
            store
                .settle_relays(vec![settled], None, false)
                .await
                .unwrap();
        } else {
            store.settle(settled).await.unwrap();
        }
    }
    store.begin(job("e", Some(7), 1_000)).await.unwrap();
    let programs = store.budgets(caps_at(1_000)).await.unwrap().programs;
    assert_eq!(
        (programs.spent, programs.reserved),
        (PicoUsd(70), PicoUsd(0))
    );
}
