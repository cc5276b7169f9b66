//! What an export holds comes back whole, whatever it holds; twice is as good as once.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Place, own_export, told};

/// A turn: which earlier message it follows, what is said, what it cost.
#[derive(Debug, Clone)]
struct Turn {
    after: prop::sample::Index,
    text: String,
    cost: Option<u64>,
    is_paid: bool,
    is_head: bool,
}

/// What is kept, as numbers and texts.
#[derive(Debug, Clone)]
struct History {
    conversations: Vec<(String, Vec<Vec<Turn>>, bool)>,
    consultations: Vec<(String, Vec<Option<u64>>, bool)>,
    deleted: Vec<Option<u64>>,
    settings: Vec<String>,
    findings: u8,
}

fn words() -> impl Strategy<Value = String> {
    "[a-zA-Z مرحبا؟😀'%\"\\\\\n\u{0}]{0,16}"
}

fn turn() -> impl Strategy<Value = Turn> {
    (
        any::<prop::sample::Index>(),
        words(),
        prop::option::of(0_u64..i64::MAX as u64),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(after, text, cost, is_paid, is_head)| Turn {
            after,
            text,
            cost,
            is_paid,
            is_head,
        })
}

fn history() -> impl Strategy<Value = History> {
    let channel = prop::collection::vec(turn(), 0..6);
    let channels = prop::collection::vec(channel, 1..3);
    let costs = || prop::collection::vec(prop::option::of(0_u64..1 << 50), 0..4);
    (
        prop::collection::vec((words(), channels, any::<bool>()), 0..4),
        prop::collection::vec((words(), costs(), any::<bool>()), 0..3),
        costs(),
        prop::collection::vec(words(), 0..3),
        0_u8..4,
    )
        .prop_map(
            |(conversations, consultations, deleted, settings, findings)| History {
                conversations,
                consultations,
                deleted,
                settings,
                findings,
            },
        )
}

/// Lines in the order of an export, with ids that are counted.
#[derive(Default)]
struct Writer {
    jobs: Vec<Value>,
    rest: Vec<Value>,
    made: usize,
}

impl Writer {
    fn id(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}-{:04}", self.made)
    }

    /// A paid call on a subject; its id.
    fn call(&mut self, kind: &str, subject: &str, cost: Option<u64>) -> String {
        let (job, call) = (self.id("job"), self.id("call"));
        let is_known = cost.is_some();
        let mut row = json!({
            "id": call, "attempt": 1, "provider": "fake", "model": "fake/a", "request_hash": "r",
            "state": if is_known { "settled" } else { "unknown" }, "estimate_pusd": "77",
            "created_at_ms": 1_000 + self.made, "settled_at_ms": 2_000 + self.made,
        });
        if let Some(cost) = cost {
            let more = json!({
                "cost_pusd": cost.to_string(), "fresh_tokens": 1, "cache_read_tokens": 2,
                "cache_write_5m_tokens": 3, "cache_write_1h_tokens": 4, "output_tokens": 5,
                "reasoning_tokens": 6, "finish_reason": "stop", "duration_ms": 7,
                "price": {"row": cost % 3, "input": 0.15},
            });
            row.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
        }
        let step = if kind == "chat" { "reply" } else { "ask" };
        let state = row["state"].clone();
        self.jobs.push(json!({
            "kind": "job", "id": job, "job_kind": kind, "subject": subject, "owner": "o",
            "state": "finished", "created_at_ms": 900 + self.made, "finished_at_ms": 3_000 + self.made,
            "steps": [{"seq": 1, "step_kind": step, "input_hash": "i", "state": state, "calls": [row]}],
        }));
        call
    }

    fn conversation(&mut self, title: &str, channels: &[Vec<Turn>], is_pinned: bool) {
        let id = self.id("conversation");
        let ids: Vec<String> = channels.iter().map(|_| self.id("channel")).collect();
        let listed: Vec<Value> = ids
            .iter()
            .enumerate()
            .map(|(place, id)| json!({"id": id, "model": "fake/a", "position": place}))
            .collect();
        self.rest.push(json!({
            "kind": "conversation", "id": id, "pinned": is_pinned, "title": title,
            "created_at_ms": 500, "updated_at_ms": 1_u64 << 40, "channels": listed,
        }));
        for (channel, turns) in ids.iter().zip(channels) {
            let mut before: Vec<String> = Vec::new();
            // At most one message ends what is shown.
            let head = turns.iter().position(|turn| turn.is_head);
            for (place, turn) in turns.iter().enumerate() {
                let message = self.id("message");
                let mut line = json!({
                    "kind": "message", "id": message, "channel_id": channel, "seq": 2 * place + 1,
                    "role": "user", "state": "complete", "created_at_ms": 600 + place,
                    "parts": [{"type": "text", "text": turn.text}],
                });
                if turn.is_paid {
                    line["role"] = "assistant".into();
                    line["call_id"] = self.call("chat", &id, turn.cost).into();
                    line["raw"] = json!({"more": [turn.text, 1.5, null]});
                }
                let parent = turn.after.index(before.len() + 1);
                if let Some(parent) = before.get(parent) {
                    line["parent_id"] = parent.clone().into();
                }
                if head == Some(place) {
                    line["head"] = true.into();
                }
                before.push(message);
                self.rest.push(line);
            }
        }
    }

    /// What is typed below each conversation, and in the council's form.
    fn drafts(&mut self) {
        let conversations = self
            .rest
            .iter()
            .filter(|line| line["kind"] == "conversation");
        let mut drafts: Vec<Value> = conversations
            .map(|line| {
                json!({
                    "kind": "draft", "place": line["id"], "conversation_id": line["id"],
                    "updated_at_ms": 7, "text": "Why is",
                })
            })
            .collect();
        drafts.push(json!({
            "kind": "draft", "place": "council", "updated_at_ms": 8, "text": "Why?",
            "context": "of this",
        }));
        self.rest.append(&mut drafts);
    }

    fn consultation(&mut self, question: &str, costs: &[Option<u64>], is_reviewed: bool) {
        let id = self.id("consultation");
        let members: Vec<Value> = costs
            .iter()
            .enumerate()
            .map(|(place, cost)| {
                let call = self.call("consultation", &id, *cost);
                json!({
                    "id": self.id("member"), "position": place, "member_kind": "model",
                    "model": "fake/a", "sample": 1, "demo": false, "state": "complete",
                    "call_id": call, "label": "a", "parts": [{"type": "text", "text": question}],
                })
            })
            .collect();
        let ids: Vec<String> = members
            .iter()
            .map(|member| member["id"].as_str().unwrap().to_owned())
            .collect();
        let mut line = json!({
            "kind": "consultation", "id": id, "status": "complete", "created_at_ms": 700,
            "finished_at_ms": 800, "title": question, "question": question, "prompt": question,
        });
        if !members.is_empty() {
            line["members"] = members.into();
        }
        if is_reviewed {
            line["syntheses"] = json!([{
                "id": self.id("synthesis"), "version": 1, "state": "complete",
                "created_at_ms": 790, "body": {"text": question},
            }]);
            let stances: Vec<Value> = ids
                .iter()
                .map(|id| json!({"member_id": id, "stance": "asserts"}))
                .collect();
            let mut claim = json!({"seq": 0, "agreement": 0.5, "text": question});
            if !stances.is_empty() {
                claim["stances"] = stances.into();
            }
            line["claims"] = json!([claim]);
            self.rounds(&mut line, &ids);
        }
        self.rest.push(line);
    }

    fn rounds(&mut self, line: &mut Value, members: &[String]) {
        let [first, second, ..] = members else { return };
        line["reviews"] = json!([{
            "id": self.id("review"), "judge_id": first, "reviewed_id": second, "position": 0,
            "created_at_ms": 780, "body": {"score": 3},
        }]);
        line["plan"] = json!({"mode": "council"});
        line["deliberation"] = json!({"reviews": []});
        line["hearings"] = json!([{
            "id": self.id("hearing"), "step_kind": "revise", "round": 2, "place": 1, "attempt": 1,
            "state": "complete", "created_at_ms": 750, "request": {"messages": []}, "parts": [],
        }]);
    }

    fn finish(mut self, history: &History) -> Vec<Value> {
        for cost in &history.deleted {
            self.call("chat", "a-conversation-that-was-deleted", *cost);
        }
        let mut lines: Vec<Value> = history
            .settings
            .iter()
            .enumerate()
            .map(|(place, value)| {
                json!({"kind": "setting", "key": format!("s{place}"), "updated_at_ms": 1, "value": value})
            })
            .collect();
        lines.push(
            json!({"kind": "budget", "period": "day", "limit_pusd": "5", "updated_at_ms": 1}),
        );
        lines.push(json!({"kind": "uncapped_model", "model": "fake/a", "added_at_ms": 1}));
        lines.push(json!({
            "kind": "template", "id": "template", "created_at_ms": 1, "updated_at_ms": 2,
            "name": "Review", "text": "Review {code}.",
        }));
        lines.push(json!({"kind": "price", "first_used_at_ms": 9, "price": {"row": 9}}));
        lines.append(&mut self.jobs);
        lines.append(&mut self.rest);
        lines.push(json!({
            "kind": "execution", "id": "execution", "task": "audit", "status": "degraded",
            "created_at_ms": 1, "finished_at_ms": 2, "target": "here", "options": {}, "report": {"n": 1},
        }));
        for number in 0..history.findings {
            lines.push(json!({
                "kind": "finding", "id": format!("finding-{number}"), "execution_id": "execution",
                "fingerprint": "f", "rule": "r", "cwe": 79, "facet": "security", "severity": "high",
                "file": "a.rs", "start_line": 1, "end_line": 2, "title": "t", "body": {"why": "x"},
            }));
        }
        lines.push(json!({
            "kind": "verdict", "id": "verdict", "verdict_kind": "finding", "subject": "f",
            "verdict": "right", "created_at_ms": 3,
        }));
        lines
    }
}

fn lines(history: &History) -> Vec<Value> {
    let mut writer = Writer::default();
    for (title, channels, is_pinned) in &history.conversations {
        writer.conversation(title, channels, *is_pinned);
    }
    writer.drafts();
    for (question, costs, is_reviewed) in &history.consultations {
        writer.consultation(question, costs, *is_reviewed);
    }
    writer.finish(history)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_exported_comes_back_the_same_and_twice_changes_nothing(history in history()) {
        let written = lines(&history);
        runtime().block_on(async {
            let first = Place::new().await;
            let report = first.import(own_export(&written).as_bytes()).await.unwrap();
            assert_eq!(report.skipped, Vec::new());
            let exported = first.app_export().await;
            let second = Place::new().await;
            let report = second.import(exported.as_bytes()).await.unwrap();
            assert_eq!(report.skipped, Vec::new());
            let again = second.export().await;
            assert_eq!(exported.split_once('\n').unwrap().1, again);
            // All that was written is there, and nothing else: lines, their ends, their prices.
            let prices = again.lines().filter(|line| line.contains("\"kind\":\"price\"")).count();
            assert_eq!(again.lines().count() - prices, written.len());

            let twice = second.import(exported.as_bytes()).await.unwrap();
            assert!(twice.counts.values().all(|count| count.new == 0), "{}", told(&twice));
            assert_eq!(second.export().await, again);
        });
    }

    #[test]
    fn a_damaged_export_of_ours_is_refused_and_changes_nothing(
        history in history(),
        at in any::<prop::sample::Index>(),
        flip in prop::option::of(1_u8..=255),
    ) {
        let whole = own_export(&lines(&history));
        // The header may differ: it says only when and by whom.
        let head = whole.find('\n').unwrap() + 1;
        let mut bytes = whole.into_bytes();
        let at = head + at.index(bytes.len() - head - 1);
        match flip {
            Some(flip) => bytes[at] ^= flip,
            None => bytes.truncate(at),
        }
        runtime().block_on(async {
            let place = Place::new().await;
            let before = place.export().await;
            place.import(&bytes).await.unwrap_err();
            assert_eq!(place.export().await, before);
        });
    }
}
