//! Review, gate, second round and conclusion, driven as the application drives them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::VecDeque;
use std::sync::Arc;

use majlis_council::gate::Reason;
use majlis_council::synthesis::Part;
use majlis_council::{
    CallName, Council, Effect, Event, Member, MemberOptions, MemberSource, Mode, Outcome, Plan,
    SkipReason, Spec, Stage, Status,
};
use majlis_llm::{ChatRequest, ErrorKind};
use majlis_text::{Answer, analyse, extract};
use serde_json::{Value, json};

const ANSWERS: [&str; 4] = [
    "SQLite supports concurrent readers. The default page size is 4096 bytes.",
    "SQLite supports concurrent readers. The default page size is 1024 bytes.",
    "SQLite supports concurrent readers. The default page size is 4096 bytes. Backups copy pages online.",
    "SQLite supports concurrent readers.",
];

/// What a model answers to a request; an error is a failed call.
type Script<'a> = dyn Fn(CallName, &ChatRequest) -> Result<String, ErrorKind> + 'a;

struct Held {
    outcome: Outcome,
    asked: Vec<CallName>,
    abandoned: usize,
}

/// Holds a council of `members` whose first answers are [`ANSWERS`].
fn hold(members: usize, plan: Plan, script: &Script<'_>, refuse: Option<Stage>) -> Held {
    let seats = (0..members)
        .map(|member| Member::model(format!("test/m{member}").parse().unwrap()))
        .collect();
    let spec = Spec::new("How does SQLite store pages?", None, seats)
        .unwrap()
        .with_plan(plan);
    let (mut council, effects) = Council::open(spec);
    let mut queue: VecDeque<Effect> = effects.into();
    let (mut asked, mut abandoned) = (Vec::new(), 0);
    while let Some(effect) = queue.pop_front() {
        let event = match effect {
            Effect::Conclude(outcome) => {
                assert!(queue.is_empty(), "the end is the last effect");
                return Held {
                    outcome,
                    asked,
                    abandoned,
                };
            }
            Effect::Ask { call, .. } if refuse == Some(call.stage) => {
                let mut calls = vec![call];
                queue.retain(|effect| match effect {
                    Effect::Ask { call, .. } => {
                        calls.push(*call);
                        false
                    }
                    _ => true,
                });
                Event::Refused { calls }
            }
            Effect::Ask { call, request } => {
                asked.push(call);
                match script(call, &request) {
                    Ok(text) => Event::Answered { call, text },
                    Err(kind) => Event::Failed { call, kind },
                }
            }
            Effect::Embed { .. } => Event::Embedded(None),
            Effect::Measure { answers, vectors } => Event::Measured(Some(Arc::new(analyse(
                &extract(&answers),
                vectors.as_deref(),
            )))),
            Effect::Abandon(calls) => {
                abandoned += calls.len();
                queue.retain(
                    |effect| !matches!(effect, Effect::Ask { call, .. } if calls.contains(call)),
                );
                continue;
            }
        };
        queue.extend(council.handle(event));
    }
    panic!("the council never ended");
}

fn plan(mode: Mode) -> Plan {
    Plan {
        mode,
        synthesis: true,
        editors: vec!["test/m0".parse().unwrap(), "other/editor".parse().unwrap()],
        ..Plan::default()
    }
}

fn text_of(request: &ChatRequest) -> String {
    serde_json::to_string(&request.messages).unwrap()
}

/// Marks the longer answer higher.
fn sheet(request: &ChatRequest) -> String {
    let shown = text_of(request).matches("<answer name=").count();
    let reviews: Vec<Value> = (0..shown)
        .map(|place| {
            let name = char::from(b'A' + u8::try_from(place).unwrap()).to_string();
            json!({
                "answer": name, "reasons": "r", "fatal_error": null, "quote": null,
                "scores": { "correct": 5 + place, "complete": 5, "clear": 5, "grounded": 5 },
            })
        })
        .collect();
    json!({ "reviews": reviews }).to_string()
}

fn points(request: &ChatRequest, decision: &str, evidence: &str) -> String {
    let text = text_of(request);
    let claims: Vec<Value> = (1..=20)
        .map(|number| format!("C{number}"))
        .filter(|id| text.contains(&format!("claim=\\\"{id}\\\"")))
        .map(|id| {
            json!({ "claim": id, "decision": decision, "evidence": evidence,
                    "revised": "The default page size is 4096 bytes." })
        })
        .collect();
    json!({ "points": claims }).to_string()
}

const WRITTEN: &str = r#"{"agreed": [{"text": "SQLite supports concurrent readers.", "cites": ["A1", "A2"]},
    {"text": "Postgres is faster everywhere.", "cites": ["A1"]}]}"#;

/// Everyone does what is asked; the second member follows the others.
#[expect(clippy::unnecessary_wraps, reason = "the form of a script")]
fn sound(call: CallName, request: &ChatRequest) -> Result<String, ErrorKind> {
    Ok(match call.stage {
        Stage::Answer => ANSWERS[call.member].to_owned(),
        Stage::Review => sheet(request),
        Stage::Revise if call.member == 1 => {
            points(request, "revise", "The others agree, I was wrong.")
        }
        Stage::Revise => points(request, "keep", "The documentation of page sizes"),
        Stage::Edit => WRITTEN.to_owned(),
    })
}

fn count(held: &Held, stage: Stage) -> usize {
    held.asked.iter().filter(|call| call.stage == stage).count()
}

#[test]
fn a_council_reviews_asks_again_on_what_is_contested_and_concludes() {
    let held = hold(4, plan(Mode::Council), &sound, None);
    assert_eq!(held.outcome.status, Status::Complete);
    let deliberation = &held.outcome.deliberation;
    assert_eq!(deliberation.reviews.len(), 12);
    assert!(
        deliberation
            .reviews
            .iter()
            .all(|review| review.judge != review.reviewed)
    );
    assert!(deliberation.tally.is_some() && deliberation.ranking.is_some());
    let gate = deliberation.gate.as_ref().unwrap();
    assert!(
        gate.opens && gate.reasons.contains(&Reason::Contradictions),
        "{gate:?}"
    );
    assert_eq!(deliberation.contested.len(), 1);
    // Only those who took a stance are asked again, and the flip without evidence is marked.
    assert_eq!(count(&held, Stage::Revise), 3);
    let flipped: Vec<_> = deliberation
        .revisions
        .iter()
        .filter(|revision| revision.conformity)
        .collect();
    assert_eq!(flipped.len(), 1);
    assert_eq!(flipped[0].member, 1);
    assert!(
        deliberation.settled[0].unwrap() < 1.0,
        "conformity raises nothing"
    );
    // The editor is not an author, and what it made up is flagged.
    let synthesis = deliberation.synthesis.as_ref().unwrap();
    assert_eq!(synthesis.editor.as_ref().unwrap().as_str(), "other/editor");
    let sentences = &synthesis.sections[0].sentences;
    assert_eq!(
        serde_json::to_value(&sentences[0]).unwrap()["support"],
        "supported"
    );
    assert_eq!(
        serde_json::to_value(&sentences[1]).unwrap()["support"],
        "unsupported"
    );
}

#[test]
fn a_quick_council_only_measures() {
    let held = hold(4, Plan::default(), &sound, None);
    assert_eq!(held.asked.len(), 4);
    assert_eq!(
        held.outcome.deliberation,
        majlis_council::Deliberation::default()
    );
}

#[test]
fn two_answers_are_not_reviewed_and_a_flip_with_evidence_settles() {
    let script = |call: CallName, request: &ChatRequest| match call.stage {
        Stage::Revise if call.member == 1 => Ok(points(
            request,
            "revise",
            "Version 3.12 of 2016 raised the compile-time constant SQLITE_DEFAULT_PAGE_SIZE",
        )),
        _ => sound(call, request),
    };
    let held = hold(2, plan(Mode::Council), &script, None);
    assert_eq!(count(&held, Stage::Review), 0);
    assert_eq!(held.outcome.deliberation.settled, [Some(1.0)]);
}

#[test]
fn a_judge_that_cannot_be_read_is_asked_once_more_then_dropped_and_named() {
    let script = |call: CallName, request: &ChatRequest| match call.stage {
        Stage::Review if call.member == 2 => Ok("I'd rather not.".to_owned()),
        Stage::Review if call.member == 3 && call.attempt == 1 => Ok("{}".to_owned()),
        Stage::Review if call.member == 3 => {
            assert!(text_of(request).contains("could not be used"));
            sound(call, request)
        }
        _ => sound(call, request),
    };
    let held = hold(4, plan(Mode::Council), &script, None);
    let deliberation = &held.outcome.deliberation;
    assert_eq!(count(&held, Stage::Review), 6);
    let dropped: Vec<_> = deliberation
        .dropped_judges
        .iter()
        .map(|judge| judge.judge)
        .collect();
    assert_eq!(dropped, [2]);
    assert_eq!(deliberation.reviews.len(), 9);
}

#[test]
fn a_missing_member_is_told_and_judges_nothing() {
    let script = |call: CallName, request: &ChatRequest| match (call.stage, call.member) {
        (Stage::Answer, 0) => Err(ErrorKind::Overloaded),
        _ => sound(call, request),
    };
    let held = hold(4, plan(Mode::Council), &script, None);
    assert_eq!(held.outcome.status, Status::Degraded);
    assert_eq!(count(&held, Stage::Review), 3);
    let judges = &held.outcome.deliberation.reviews;
    assert!(
        judges
            .iter()
            .all(|review| review.judge != 0 && review.reviewed != 0)
    );
}

#[track_caller]
fn refused(stage: Stage) {
    let held = hold(4, plan(Mode::Deep), &sound, Some(stage));
    let deliberation = &held.outcome.deliberation;
    let skipped: Vec<_> = deliberation
        .skipped
        .iter()
        .map(|skip| (skip.stage, skip.why))
        .collect();
    assert_eq!(skipped, [(stage, SkipReason::OverBudget)]);
    assert_eq!(count(&held, stage), 0);
    let synthesis = deliberation.synthesis.as_ref().unwrap();
    assert_eq!(synthesis.editor.is_none(), stage == Stage::Edit);
    assert!(
        synthesis
            .sections
            .iter()
            .any(|section| section.part == Part::Agreed)
    );
}

#[test]
fn a_stage_over_budget_is_skipped_and_told_and_the_council_goes_on() {
    refused(Stage::Review);
    refused(Stage::Revise);
    refused(Stage::Edit);
}

#[test]
fn editors_that_fail_are_followed_by_the_next_and_at_last_by_the_answers_own_words() {
    let script = |call: CallName, request: &ChatRequest| match (call.stage, call.member) {
        (Stage::Edit, 0) => Err(ErrorKind::Overloaded),
        (Stage::Edit, _) => Ok("no JSON".to_owned()),
        _ => sound(call, request),
    };
    let held = hold(3, plan(Mode::Council), &script, None);
    // The first fails, the author is asked twice.
    assert_eq!(count(&held, Stage::Edit), 3);
    assert_eq!(
        held.outcome.deliberation.synthesis.as_ref().unwrap().editor,
        None
    );
}

#[test]
fn each_member_of_a_stance_council_is_told_its_part() {
    let script = |call: CallName, request: &ChatRequest| {
        let part = ["case for it", "case against it", "neutrally"][call.member % 3];
        if call.stage == Stage::Answer {
            assert!(text_of(request).contains(part));
        }
        sound(call, request)
    };
    let held = hold(4, plan(Mode::Stance), &script, None);
    assert_eq!(count(&held, Stage::Review) + count(&held, Stage::Revise), 0);
}

#[track_caller]
fn interrupted(event: &Event, stage: Stage, expected: Status) {
    let seats = (0..3).map(|member| Member::model(format!("test/m{member}").parse().unwrap()));
    let spec = Spec::new("q", None, seats.collect())
        .unwrap()
        .with_plan(plan(Mode::Deep));
    let (mut council, effects) = Council::open(spec);
    let mut queue: VecDeque<Effect> = effects.into();
    while let Some(effect) = queue.pop_front() {
        let events = match effect {
            Effect::Conclude(outcome) => {
                assert_eq!(outcome.status, expected);
                return;
            }
            Effect::Ask { call, .. } if call.stage == stage => {
                queue.clear();
                vec![event.clone()]
            }
            Effect::Ask { call, request } => vec![Event::Answered {
                call,
                text: sound(call, &request).unwrap(),
            }],
            Effect::Embed { .. } => vec![Event::Embedded(None)],
            Effect::Measure { answers, .. } => {
                vec![Event::Measured(Some(Arc::new(analyse(
                    &extract(&answers),
                    None,
                ))))]
            }
            Effect::Abandon(_) => Vec::new(),
        };
        for event in events {
            queue.extend(council.handle(event));
        }
    }
    panic!("the council never ended");
}

#[test]
fn time_or_the_person_ends_any_stage() {
    for stage in [Stage::Answer, Stage::Review, Stage::Revise, Stage::Edit] {
        interrupted(&Event::Cancelled, stage, Status::Cancelled);
    }
    for stage in [Stage::Review, Stage::Revise, Stage::Edit] {
        interrupted(&Event::DeadlinePassed, stage, Status::Complete);
    }
}

#[test]
fn what_nobody_waits_for_changes_nothing() {
    let held = hold(4, plan(Mode::Council), &sound, None);
    assert_eq!(held.abandoned, 0);
    let spec = Spec::new("q", None, vec![Member::model("a/b".parse().unwrap())]).unwrap();
    let (mut council, _) = Council::open(spec);
    let call = CallName {
        round: 1,
        member: 0,
        stage: Stage::Review,
        attempt: 1,
    };
    assert!(
        council
            .handle(Event::Answered {
                call,
                text: String::new()
            })
            .is_empty()
    );
    assert!(
        council
            .handle(Event::Refused { calls: vec![call] })
            .is_empty()
    );
}

#[test]
fn a_repair_beyond_a_cap_drops_its_judge_alone() {
    let seats = (0..3).map(|member| Member::model(format!("test/m{member}").parse().unwrap()));
    let spec = Spec::new("q", None, seats.collect())
        .unwrap()
        .with_plan(plan(Mode::Council));
    let (mut council, effects) = Council::open(spec);
    let mut queue: VecDeque<Effect> = effects.into();
    while let Some(effect) = queue.pop_front() {
        let event = match effect {
            Effect::Conclude(outcome) => {
                let deliberation = outcome.deliberation;
                assert_eq!(deliberation.reviews.len(), 4);
                assert_eq!(deliberation.dropped_judges[0].judge, 0);
                assert_eq!(deliberation.skipped[0].why, SkipReason::OverBudget);
                return;
            }
            Effect::Ask { call, .. } if call.attempt > 1 => Event::Refused { calls: vec![call] },
            Effect::Ask { call, .. } if (call.stage, call.member) == (Stage::Review, 0) => {
                Event::Answered {
                    call,
                    text: "no".to_owned(),
                }
            }
            Effect::Ask { call, request } => Event::Answered {
                call,
                text: sound(call, &request).unwrap(),
            },
            Effect::Embed { .. } => Event::Embedded(None),
            Effect::Measure { answers, .. } => {
                Event::Measured(Some(Arc::new(analyse(&extract(&answers), None))))
            }
            Effect::Abandon(_) => continue,
        };
        queue.extend(council.handle(event));
    }
    panic!("the council never ended");
}

#[test]
fn another_conclusion_asks_only_editors() {
    let answers: Vec<Answer> = (0..3)
        .map(|member| Answer::new(member, format!("m{member}"), ANSWERS[member]))
        .collect();
    let analysis = Arc::new(analyse(&extract(&answers), None));
    let seats = (0..3).map(|member| Member::model(format!("test/m{member}").parse().unwrap()));
    let spec = Spec::new("q", None, seats.collect())
        .unwrap()
        .with_plan(plan(Mode::Council));
    let texts = ANSWERS[..3].iter().map(|text| Some((*text).to_owned()));
    let (mut council, effects) = Council::reopen(spec, texts.collect(), analysis);
    let [Effect::Ask { call, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(call.stage, Stage::Edit);
    let event = Event::Answered {
        call: *call,
        text: WRITTEN.to_owned(),
    };
    let effects = council.handle(event);
    let [Effect::Conclude(outcome)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(outcome.status, Status::Complete);
    assert!(outcome.deliberation.synthesis.is_some());
    assert_eq!(count_asked(&outcome.deliberation), 0);
}

fn count_asked(deliberation: &majlis_council::Deliberation) -> usize {
    deliberation.reviews.len() + deliberation.revisions.len()
}

#[test]
fn a_demonstration_neither_judges_nor_is_asked_again() {
    let seats = (0..4).map(|member| Member {
        label: None,
        source: MemberSource::Model {
            model: format!("test/m{member}").parse().unwrap(),
            samples: 1,
            options: MemberOptions::default(),
            demo: true,
        },
    });
    let spec = Spec::new("q", None, seats.collect())
        .unwrap()
        .with_plan(Plan {
            synthesis: false,
            ..plan(Mode::Deep)
        });
    let (mut council, effects) = Council::open(spec);
    let mut queue: VecDeque<Effect> = effects.into();
    while let Some(effect) = queue.pop_front() {
        let event = match effect {
            Effect::Conclude(outcome) => {
                assert_eq!(count_asked(&outcome.deliberation), 0);
                return;
            }
            Effect::Ask { call, request } => {
                assert_eq!(call.stage, Stage::Answer);
                Event::Answered {
                    call,
                    text: sound(call, &request).unwrap(),
                }
            }
            Effect::Embed { .. } => Event::Embedded(None),
            Effect::Measure { answers, .. } => {
                Event::Measured(Some(Arc::new(analyse(&extract(&answers), None))))
            }
            Effect::Abandon(_) => continue,
        };
        queue.extend(council.handle(event));
    }
    panic!("the council never ended");
}
