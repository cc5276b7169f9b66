//! Audits that are kept, with models that play scripts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test helpers fail their test by panicking"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use majlis_app::{
    App, AppErrorKind, AppOptions, AuditProgress, AuditStart, Durability, FindingKind,
    FindingVerdict, FindingView, ProviderSeat, RunStatus,
};
use majlis_audit::Facet;
use majlis_audit::council::Standing;
use majlis_audit::report::Report;
use majlis_audit::task::task;
use majlis_llm::{PicoUsd, PriceTable};
use majlis_providers::fake::{FakeProvider, Ledger, Script};

/// A command from an argument, a weak hash, a command that is held back, and a safe query.
const CODE: &str = "\
import hashlib
import os
import sys


def run():
    os.system('ls ' + sys.argv[1])


def digest(data):
    return hashlib.md5(data).hexdigest()


def held():
    os.system('ls ' + sys.argv[2])  # majlis-ignore[command-injection]: meant


def find(db, name):
    return db.execute('SELECT * FROM t WHERE name = ?', (name,))
";

/// Serves for both kinds of questions: what it finds, and that everything else is wrong.
fn answer(findings: &[(u32, u32, &str)]) -> Script {
    let findings: Vec<_> = findings
        .iter()
        .map(|(cwe, line, quote)| {
            serde_json::json!({
                "cwe": cwe, "start_line": line, "end_line": line, "quote": quote,
                "severity": "high", "confidence": 0.9, "why": "A value from outside.", "fix": null,
            })
        })
        .collect();
    let answer = serde_json::json!({
        "findings": findings, "verdict": "refute", "severity": "info",
        "reason": "Nothing from outside comes here.", "quote": "import hashlib",
    });
    Script::answer(&answer.to_string()).usage(1000, 100)
}

/// `gpt-4o` finds something real, something wrong and something that is not there; `gpt-4o-mini`
/// finds nothing.
fn council() -> FakeProvider {
    let found = [
        (78, 7, "os.system('ls ' + sys.argv[1])"),
        (
            89,
            19,
            "return db.execute('SELECT * FROM t WHERE name = ?', (name,))",
        ),
        (89, 19, "db.execute('SELECT ' + name)"),
    ];
    FakeProvider::new("openai")
        .script("gpt-4o", answer(&found))
        .script("gpt-4o-mini", answer(&[]))
}

async fn open(folder: &Path, provider: FakeProvider) -> (App, Ledger) {
    let ledger = provider.ledger();
    let options = AppOptions {
        data_dir: folder.join("data"),
        seats: vec![ProviderSeat {
            name: "openai".to_owned(),
            kind: "fake".to_owned(),
            provider: Ok(Arc::new(provider)),
            models: Vec::new(),
        }],
        prices: PriceTable::builtin(),
        durability: Durability::Fast,
        audit_roots: vec![folder.join("code")],
    };
    (App::open(options).await.unwrap(), ledger)
}

fn code(folder: &Path) {
    fs::create_dir_all(folder.join("code")).unwrap();
    fs::write(folder.join("code/app.py"), CODE).unwrap();
}

fn start(folder: &Path, models: &[&str]) -> AuditStart {
    AuditStart {
        facets: vec![Facet::Security],
        models: models.iter().map(|model| model.parse().unwrap()).collect(),
        threads: Some(1),
        ..AuditStart::new(task("python-audit").unwrap(), folder.join("code"))
    }
}

const BOTH: [&str; 2] = ["openai/gpt-4o", "openai/gpt-4o-mini"];

async fn made(app: &App, start: AuditStart) -> (String, Report) {
    let mut run = app.audit(start, Arc::new(|_| {})).await.unwrap();
    let report = run.report().await.unwrap();
    (run.id, report)
}

async fn findings(app: &App, id: &str) -> Vec<FindingView> {
    app.findings(id, 500, None).await.unwrap().items
}

fn standing(view: &FindingView) -> Option<Standing> {
    let opinion = view.reported.opinion.as_ref();
    opinion.map(|opinion| opinion.standing)
}

#[tokio::test]
async fn an_audit_with_a_council_is_kept_whole_and_paid_once() {
    let folder = tempfile::tempdir().unwrap();
    code(folder.path());
    let (app, ledger) = open(folder.path(), council()).await;
    let (id, report) = made(&app, start(folder.path(), &BOTH)).await;
    let kept = findings(&app, &id).await;
    let of = |kind, rule: &str| {
        let mut kept = kept.iter();
        kept.find(|view| view.kind == kind && view.reported.rule == rule)
            .unwrap_or_else(|| panic!("{rule}"))
    };
    let command = of(FindingKind::Finding, "python/command-injection");
    assert_eq!(standing(command), Some(Standing::Confirmed));
    let hash = of(FindingKind::Finding, "python/weak-hash");
    assert_eq!(standing(hash), Some(Standing::Downgraded));
    let refuted = of(FindingKind::Refuted, "council/cwe-89");
    assert_eq!(standing(refuted), Some(Standing::Refuted));
    let unverified = of(FindingKind::Unverified, "council/cwe-89");
    assert_eq!(standing(unverified), Some(Standing::Unverified));
    let held = of(FindingKind::Suppressed, "python/command-injection");
    assert_eq!(
        held.held_by.as_ref().unwrap().reason.as_deref(),
        Some("meant")
    );
    assert_eq!(app.audit_report(&id).await.unwrap(), Some(report));
    let view = app.execution(&id).await.unwrap();
    assert_eq!(view.summary.status, RunStatus::Complete);
    let asked = view.report.unwrap().council.unwrap().asked;
    assert_eq!(ledger.entries().len(), asked);
    assert!(view.cost.known > PicoUsd::ZERO && view.cost.unknown == 0);
    app.shutdown().await;
}

#[tokio::test]
async fn a_verdict_holds_in_the_next_audit_and_counts_for_its_rule() {
    let folder = tempfile::tempdir().unwrap();
    code(folder.path());
    let (app, _) = open(folder.path(), council()).await;
    let (first, report) = made(&app, start(folder.path(), &[])).await;
    let kept = findings(&app, &first).await;
    let hash = kept
        .iter()
        .find(|view| view.reported.rule == "python/weak-hash");
    let print = &hash.unwrap().reported.fingerprint;
    let reason = Some("it names a cache".to_owned());
    let judged = app.judge_finding(&print[..10], FindingVerdict::FalsePositive, reason);
    assert_eq!(&judged.await.unwrap().fingerprint, print);
    let moved = format!("import json\n{CODE}");
    fs::write(folder.path().join("code/app.py"), moved).unwrap();
    let (second, mut again) = made(&app, start(folder.path(), &[])).await;
    assert_eq!(again.findings.len(), report.findings.len());
    again.settle(&app.settled_findings().await.unwrap());
    assert_eq!(
        (again.settled, again.findings.len()),
        (1, report.findings.len() - 1)
    );
    let kept = findings(&app, &second).await;
    let hash = kept
        .iter()
        .find(|view| view.reported.fingerprint == *print)
        .unwrap();
    let verdict = hash.verdict.as_ref().unwrap();
    assert_eq!(verdict.reason.as_deref(), Some("it names a cache"));
    let records = app.rule_records().await.unwrap();
    assert_eq!(records["python/weak-hash"].precision, Some(0.0));
    for unknown in ["nothing", "0", "../x"] {
        let judged = app
            .judge_finding(unknown, FindingVerdict::Confirm, None)
            .await;
        assert_eq!(judged.unwrap_err().kind, AppErrorKind::NotFound);
    }
    assert_eq!(app.executions(10, None).await.unwrap().items.len(), 2);
    app.delete_execution(&first).await.unwrap();
    assert!(app.execution(&first).await.is_err());
    app.shutdown().await;
}

#[tokio::test]
async fn a_cap_stops_the_asking_and_leaves_what_the_rules_found() {
    let folder = tempfile::tempdir().unwrap();
    code(folder.path());
    let (app, ledger) = open(folder.path(), council()).await;
    let estimate = app
        .estimate_audit(start(folder.path(), &BOTH))
        .await
        .unwrap();
    assert!(estimate.high.unwrap() > PicoUsd(1_000));
    let capped = AuditStart {
        max_cost: Some(PicoUsd(1_000)),
        ..start(folder.path(), &BOTH)
    };
    let (id, report) = made(&app, capped).await;
    assert!(ledger.entries().is_empty());
    let council = report.council.as_ref().unwrap();
    assert!(council.stopped.is_some() && council.answered == 0);
    assert!(report.findings.len() >= 2);
    let view = app.execution(&id).await.unwrap();
    assert_eq!(view.summary.status, RunStatus::Degraded);
    // With more to spend it goes on.
    assert!(app.resume_audit(&id, None).await.is_ok());
    app.shutdown().await;
}

#[tokio::test]
async fn what_was_answered_is_not_asked_again_when_an_audit_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    code(folder.path());
    let broken = council().script("gpt-4o-mini", Script::answer("half").cut());
    let (app, ledger) = open(folder.path(), broken).await;
    let (id, report) = made(&app, start(folder.path(), &BOTH)).await;
    let council = report.council.unwrap();
    assert!(council.answered > 0 && council.answered < council.asked);
    let before = ledger.entries().len();
    let mut run = app.resume_audit(&id, None).await.unwrap();
    let again = run.report().await.unwrap().council.unwrap();
    assert_eq!(again.answered, council.answered);
    let asked = ledger.entries().len() - before;
    assert!(asked < before, "{asked} of {before}");
    app.shutdown().await;
}

#[tokio::test]
async fn an_unchanged_tree_is_not_looked_at_twice() {
    let folder = tempfile::tempdir().unwrap();
    code(folder.path());
    let (app, _) = open(folder.path(), council()).await;
    let (_, first) = made(&app, start(folder.path(), &[])).await;
    let cache = folder.path().join("data/cache/audit");
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 1);
    let (_, second) = made(&app, start(folder.path(), &[])).await;
    assert_eq!(first, second);
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 1);
    app.shutdown().await;
}

#[tokio::test]
async fn only_targets_under_approved_folders_are_taken_from_programs() {
    let folder = tempfile::tempdir().unwrap();
    code(folder.path());
    let (app, _) = open(folder.path(), council()).await;
    let target = |path: &str| folder.path().join(path).display().to_string();
    assert!(app.approved_target(&target("code/app.py")).is_ok());
    for outside in ["", "data", "code/../data", "nowhere", "code/link"] {
        if outside == "code/link" {
            #[cfg(unix)]
            std::os::unix::fs::symlink("/", folder.path().join(outside)).unwrap();
        }
        let error = app.approved_target(&target(outside)).unwrap_err();
        assert_eq!(error.notice.code, "target_outside_roots", "{outside}");
    }
    app.shutdown().await;
}

#[tokio::test]
async fn an_audit_that_cannot_be_made_says_why() {
    let folder = tempfile::tempdir().unwrap();
    code(folder.path());
    let (app, _) = open(folder.path(), council()).await;
    let check = async |start: AuditStart, code: &str| {
        let error = app.start_audit(start).await.unwrap_err();
        assert_eq!(error.notice.code, code);
    };
    let task = AuditStart {
        task: "no-audit".to_owned(),
        ..start(folder.path(), &[])
    };
    check(task, "task_unknown").await;
    let target = AuditStart {
        target: folder.path().join("nowhere"),
        ..start(folder.path(), &[])
    };
    check(target, "target_missing").await;
    check(start(folder.path(), &["nobody/x"]), "unknown_model").await;
    let revision = AuditStart {
        revision: Some("main".to_owned()),
        ..start(folder.path(), &[])
    };
    let mut seen = Vec::new();
    let mut run = app
        .audit(revision, Arc::new(|_: AuditProgress| {}))
        .await
        .unwrap();
    seen.push(run.report().await.unwrap_err().notice.code);
    assert_eq!(seen, ["revision_unknown"]);
    let view = app.execution(&run.id).await.unwrap();
    assert_eq!(view.summary.status, RunStatus::Failed);
    assert_eq!(view.failure.unwrap().code, "revision_unknown");
    app.shutdown().await;
}
