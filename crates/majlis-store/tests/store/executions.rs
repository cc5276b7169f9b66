//! Executions of tasks over code, their findings, and what was judged of them.

use majlis_llm::PicoUsd;
use majlis_store::*;
use serde_json::json;

use crate::support::*;

fn execution(id: &str) -> Begin {
    Begin {
        job_id: format!("job-{id}"),
        once: None,
        subject: Subject::Audit(NewExecution {
            id: id.to_owned(),
            task: "python-audit".to_owned(),
            target: "src".to_owned(),
            options: json!({"facets": []}),
        }),
        steps: Vec::new(),
        caps: Caps::default(),
        at_ms: 1_000,
    }
}

fn audit_questions(execution_id: &str, job_id: &str, keys: &[&str], caps: Caps) -> Begin {
    let question = |key: &&str| NewAuditQuestion {
        id: format!("{execution_id}-{key}"),
        key: (*key).to_owned(),
        model: model("openai/gpt-5"),
        prompt: format!("look at {key}"),
    };
    let ask = |key: &&str| {
        step(
            StepKind::Inquire,
            &format!("c-{job_id}-{key}"),
            "openai/gpt-5",
            &format!("{execution_id}-{key}"),
        )
    };
    Begin {
        job_id: job_id.to_owned(),
        subject: Subject::AuditQuestions {
            execution_id: execution_id.to_owned(),
            audit_questions: keys.iter().map(question).collect(),
        },
        steps: keys.iter().map(ask).collect(),
        caps,
        ..execution(execution_id)
    }
}

fn finding(id: &str, fingerprint: &str, rule: &str) -> NewFinding {
    NewFinding {
        id: id.to_owned(),
        fingerprint: fingerprint.to_owned(),
        rule: Some(rule.to_owned()),
        cwe: Some(95),
        facet: "security".to_owned(),
        severity: "high".to_owned(),
        file: "src/a.py".to_owned(),
        start_line: 3,
        end_line: 4,
        title: "Untrusted code is run".to_owned(),
        body: json!({"why": "eval of a parameter"}),
    }
}

fn verdict(id: &str, fingerprint: &str, verdict: FindingVerdict) -> VerdictRow {
    VerdictRow {
        id: id.to_owned(),
        fingerprint: fingerprint.to_owned(),
        verdict,
        reason: Some("seen".to_owned()),
        at_ms: 5_000,
    }
}

fn done(execution_id: &str, status: ExecutionStatus) -> FinishExecution {
    FinishExecution {
        execution_id: execution_id.to_owned(),
        job_id: format!("job-{execution_id}"),
        job_state: JobState::Finished,
        status,
        report: Some(json!({"files": 1})),
        at_ms: 9_000,
    }
}

#[tokio::test]
async fn an_execution_keeps_its_findings_and_report() {
    let (_folder, store) = fresh();
    store.begin(execution("e")).await.unwrap();
    let findings = (0..5).map(|n| finding(&format!("f{n}"), &format!("print{n}"), "python/eval"));
    store.add_findings("e", findings.collect()).await.unwrap();
    store
        .finish_execution(done("e", ExecutionStatus::Complete))
        .await
        .unwrap();
    let page = store.executions(10, None).await.unwrap();
    assert_eq!(
        (page.items[0].findings, page.items[0].status, page.next),
        (5, ExecutionStatus::Complete, None)
    );
    let whole = store.execution("e").await.unwrap().unwrap();
    assert_eq!(whole.report, Some(json!({"files": 1})));
    let first = store.findings("e", 3, None).await.unwrap();
    let rest = store.findings("e", 3, first.next).await.unwrap();
    let ids: Vec<_> = first.items.iter().chain(&rest.items).collect();
    assert_eq!((ids.len(), rest.next), (5, None));
    assert_eq!(
        ids[4].finding,
        store.finding("f4").await.unwrap().unwrap().finding
    );
    let again = store.finish_execution(done("e", ExecutionStatus::Failed));
    assert!(matches!(
        again.await.unwrap_err().kind,
        StoreErrorKind::NotFound { .. }
    ));
    store.delete_execution("e").await.unwrap();
    assert!(store.execution("e").await.unwrap().is_none());
    assert!(store.finding("f4").await.unwrap().is_none());
    assert!(store.delete_execution("e").await.is_err());
}

#[tokio::test]
async fn the_last_word_on_a_fingerprint_holds_for_every_execution() {
    let (_folder, store) = fresh();
    for id in ["one", "two"] {
        store.begin(execution(id)).await.unwrap();
        let findings = vec![
            finding(&format!("{id}-a"), "a", "python/eval"),
            finding(&format!("{id}-b"), "b", "python/eval"),
            finding(&format!("{id}-c"), "c", "python/md5"),
        ];
        store.add_findings(id, findings).await.unwrap();
    }
    for (id, print, said) in [
        ("1", "a", FindingVerdict::Confirm),
        ("2", "b", FindingVerdict::Confirm),
        ("3", "b", FindingVerdict::FalsePositive),
        ("4", "c", FindingVerdict::WontFix),
    ] {
        store.judge_finding(verdict(id, print, said)).await.unwrap();
    }
    let found = store.finding("two-b").await.unwrap().unwrap();
    assert_eq!(
        found.verdict,
        Some(verdict("3", "b", FindingVerdict::FalsePositive))
    );
    assert_eq!(store.finding_verdicts().await.unwrap().len(), 3);
    let histories = store.rule_histories().await.unwrap();
    let eval = RuleHistory {
        confirmed: 1,
        false_positive: 1,
        ..RuleHistory::default()
    };
    assert_eq!(histories["python/eval"], eval);
    assert_eq!(histories["python/md5"].wont_fix, 1);
    let unknown = store.judge_finding(verdict("5", "nobody", FindingVerdict::Duplicate));
    assert!(unknown.await.is_err());
}

#[tokio::test]
async fn what_models_answered_is_kept_and_only_the_rest_is_asked_again() {
    let (_folder, store) = fresh();
    store.begin(execution("e")).await.unwrap();
    let caps = Caps::default();
    store
        .begin(audit_questions("e", "j1", &["x", "y"], caps))
        .await
        .unwrap();
    store
        .settle(settlement("c-j1-x", "nothing found"))
        .await
        .unwrap();
    let states = |rows: Vec<AuditQuestionRow>| -> Vec<_> {
        rows.into_iter()
            .map(|row| (row.key.clone(), row.state, row.text()))
            .collect()
    };
    let rows = states(store.audit_questions("e").await.unwrap());
    assert_eq!(rows[0].1, ReplyState::Complete);
    assert_eq!(rows[0].2, "nothing found");
    assert_eq!(rows[1].1, ReplyState::Waiting);
    // What is whole is not asked again.
    let again = store.begin(audit_questions("e", "j2", &["x"], caps)).await;
    assert!(again.is_err());
}

#[tokio::test]
async fn the_cap_of_a_run_holds_over_all_jobs_of_an_audit() {
    let (_folder, store) = fresh();
    store.begin(execution("e")).await.unwrap();
    let caps = Caps {
        run: Some(PicoUsd(1_000)),
        ..Caps::default()
    };
    store
        .begin(audit_questions("e", "j1", &["x"], caps))
        .await
        .unwrap();
    store.settle(settlement("c-j1-x", "yes")).await.unwrap();
    // 123 are spent and 900 needed.
    let refused = store.begin(audit_questions("e", "j2", &["y"], caps)).await;
    assert!(matches!(
        refused.unwrap_err().kind,
        StoreErrorKind::BudgetExceeded { .. }
    ));
}

#[tokio::test]
async fn an_execution_whose_program_is_gone_is_interrupted_and_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    store.begin(execution("e")).await.unwrap();
    store
        .begin(audit_questions("e", "j1", &["x"], Caps::default()))
        .await
        .unwrap();
    store
        .add_findings("e", vec![finding("f", "a", "python/eval")])
        .await
        .unwrap();
    store.close().await;
    let store = open(folder.path(), 2);
    let report = store.recover(7_000, &[]).await.unwrap();
    assert_eq!(report.jobs.len(), 2);
    let row = store.execution("e").await.unwrap().unwrap().row;
    assert_eq!(row.status, ExecutionStatus::Interrupted);
    let resume = Begin {
        job_id: "job-again".to_owned(),
        subject: Subject::ResumeAudit {
            execution_id: "e".to_owned(),
        },
        ..execution("e")
    };
    store.begin(resume).await.unwrap();
    let row = store.execution("e").await.unwrap().unwrap().row;
    assert_eq!((row.status, row.findings), (ExecutionStatus::Running, 0));
    // The question keeps its place and is asked again.
    store
        .begin(audit_questions("e", "j2", &["x"], Caps::default()))
        .await
        .unwrap();
    let kept = store.audit_questions("e").await.unwrap();
    assert_eq!((kept.len(), kept[0].state), (1, ReplyState::Waiting));
}
