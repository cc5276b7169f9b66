//! The state machine, driven by every order of events.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::sync::Arc;

use majlis_council::{
    CallName, Council, Effect, Event, Loss, Member, MemberOptions, MemberResult, MemberSource,
    Outcome, Spec, Stage, Status, round_one_prompt,
};
use majlis_llm::ErrorKind;
use majlis_text::{Vectors, analyse, extract};
use proptest::prelude::*;

fn model(name: &str, samples: u8, demo: bool) -> Member {
    Member {
        label: None,
        source: MemberSource::Model {
            model: format!("test/{name}").parse().unwrap(),
            samples,
            options: MemberOptions {
                max_output_tokens: Some(64),
                temperature: Some(0.5),
                seed: Some(1),
            },
            demo,
        },
    }
}

fn open(members: Vec<Member>) -> (Council, Vec<Effect>) {
    Council::open(Spec::new("What now?", None, members).unwrap())
}

fn call(member: usize) -> CallName {
    CallName {
        round: 1,
        member,
        stage: Stage::Answer,
        attempt: 1,
    }
}

fn answered(member: usize, text: &str) -> Event {
    Event::Answered {
        call: call(member),
        text: text.to_owned(),
    }
}

fn failed(member: usize) -> Event {
    Event::Failed {
        call: call(member),
        kind: ErrorKind::Overloaded,
    }
}

/// Does what the application would do with the effects that need no model.
fn measure(effects: &[Effect]) -> Vec<Event> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Embed { .. } => Some(Event::Embedded(None)),
            Effect::Measure { answers, vectors } => {
                let analysis = analyse(&extract(answers), vectors.as_deref());
                Some(Event::Measured(Some(Arc::new(analysis))))
            }
            Effect::Ask { .. } | Effect::Abandon(_) | Effect::Conclude(_) => None,
        })
        .collect()
}

/// Drives a council with these events, measuring whenever it asks for it; all effects in order.
fn run(members: Vec<Member>, events: Vec<Event>) -> Vec<Effect> {
    let (mut council, effects) = open(members);
    let mut all = effects.clone();
    let mut queue = measure(&effects);
    for event in events {
        queue.push(event);
        while !queue.is_empty() {
            let effects = council.handle(queue.remove(0));
            queue.extend(measure(&effects));
            all.extend(effects);
        }
    }
    while !queue.is_empty() {
        let effects = council.handle(queue.remove(0));
        queue.extend(measure(&effects));
        all.extend(effects);
    }
    all
}

fn outcome(effects: &[Effect]) -> Option<&Outcome> {
    effects.iter().find_map(|effect| match effect {
        Effect::Conclude(outcome) => Some(outcome),
        _ => None,
    })
}

#[track_caller]
fn check(members: Vec<Member>, events: Vec<Event>, status: Status, is_measured: bool) -> Outcome {
    let effects = run(members, events);
    let outcome = outcome(&effects).expect("the council concludes");
    assert_eq!(outcome.status, status);
    assert_eq!(outcome.analysis.is_some(), is_measured);
    outcome.clone()
}

#[test]
fn the_status_says_who_answered() {
    let two = || vec![model("a", 1, false), model("b", 1, false)];
    check(
        two(),
        vec![answered(0, "x y z"), answered(1, "x y w")],
        Status::Complete,
        true,
    );
    check(
        two(),
        vec![answered(0, "x y z"), failed(1)],
        Status::Single,
        true,
    );
    check(two(), vec![failed(0), failed(1)], Status::Failed, false);
    check(
        two(),
        vec![answered(0, " \n"), failed(1)],
        Status::Failed,
        false,
    );
    check(
        vec![model("a", 3, false)],
        vec![answered(0, "x"), failed(1), answered(2, "y")],
        Status::Degraded,
        true,
    );
    check(
        vec![Member::pasted("p", "x"), Member::pasted("q", "y")],
        vec![],
        Status::Complete,
        true,
    );
    check(vec![Member::pasted("p", "x")], vec![], Status::Single, true);
}

#[test]
fn a_lost_member_says_why() {
    let members = vec![
        model("a", 1, false),
        model("b", 1, false),
        model("c", 1, false),
        Member::pasted("p", "text"),
    ];
    let found = check(
        members,
        vec![failed(0), answered(1, " "), Event::DeadlinePassed],
        Status::Single,
        true,
    );
    let results: Vec<_> = found
        .members
        .iter()
        .map(|member| member.result.clone())
        .collect();
    assert_eq!(
        results,
        [
            MemberResult::Missing(Loss::Failed(ErrorKind::Overloaded)),
            MemberResult::Missing(Loss::Empty),
            MemberResult::Missing(Loss::Late),
            MemberResult::Answered("text".into()),
        ]
    );
    assert_eq!(found.members[3].label, "p");
}

#[test]
fn a_stop_keeps_and_measures_what_came() {
    let members = || {
        vec![
            model("a", 1, false),
            model("b", 1, false),
            model("c", 1, false),
        ]
    };
    let found = check(
        members(),
        vec![answered(0, "x"), answered(2, "y"), Event::Cancelled],
        Status::Cancelled,
        true,
    );
    assert_eq!(
        found.members[1].result,
        MemberResult::Missing(Loss::Stopped)
    );
    check(members(), vec![Event::Cancelled], Status::Cancelled, false);
}

#[test]
fn a_second_stop_waits_for_nothing() {
    let (mut council, _) = open(vec![model("a", 1, false), Member::pasted("p", "x")]);
    assert!(matches!(
        council.handle(Event::Cancelled).as_slice(),
        [Effect::Measure { vectors: None, .. }]
    ));
    let effects = council.handle(Event::Cancelled);
    assert_eq!(
        outcome(&effects).map(|found| (found.status, found.analysis.is_none())),
        Some((Status::Cancelled, true))
    );
    assert_eq!(council.handle(Event::Cancelled), []);
}

#[test]
fn a_deadline_while_embedding_measures_by_words() {
    let (mut council, effects) = open(vec![Member::pasted("p", "x"), Member::pasted("q", "y")]);
    assert!(matches!(effects.as_slice(), [Effect::Embed { .. }]));
    assert!(matches!(
        council.handle(Event::DeadlinePassed).as_slice(),
        [Effect::Measure { vectors: None, .. }]
    ));
    assert_eq!(council.handle(Event::DeadlinePassed), []);
    assert_eq!(council.handle(Event::Embedded(None)), []);
    let effects = council.handle(Event::Measured(None));
    assert_eq!(
        outcome(&effects).map(|found| found.status),
        Some(Status::Complete)
    );
}

#[test]
fn vectors_reach_the_measuring() {
    let (mut council, _) = open(vec![Member::pasted("p", "x"), Member::pasted("q", "y")]);
    let vectors = Arc::new(Vectors::new("test", vec![], vec![]).unwrap());
    let effects = council.handle(Event::Embedded(Some(Arc::clone(&vectors))));
    assert!(
        matches!(effects.as_slice(), [Effect::Measure { vectors: Some(given), .. }] if *given == vectors)
    );
}

#[test]
fn a_demonstration_stands_apart_from_real_answers_only() {
    let apart = |members: Vec<Member>, events: Vec<Event>| -> Vec<bool> {
        let effects = run(members, events);
        let measured = effects.iter().find_map(|effect| match effect {
            Effect::Measure { answers, .. } => {
                Some(answers.iter().map(|answer| answer.apart).collect())
            }
            _ => None,
        });
        measured.unwrap_or_default()
    };
    let beside = vec![model("local", 1, true), Member::pasted("p", "x")];
    assert_eq!(apart(beside, vec![answered(0, "y")]), [true, false]);
    assert_eq!(
        apart(
            vec![model("local", 2, true)],
            vec![answered(0, "y"), answered(1, "z")]
        ),
        [false, false]
    );
    let beside = vec![model("local", 1, true), Member::pasted("p", "x")];
    check(beside, vec![answered(0, "y")], Status::Single, true);
}

#[test]
fn every_model_gets_the_visible_prompt_and_its_options_and_nothing_else() {
    let spec = Spec::new(
        "What now?",
        Some("a log".to_owned()),
        vec![model("a", 2, false), Member::pasted("p", "secret")],
    );
    let (council, effects) = Council::open(spec.unwrap());
    assert_eq!(
        council.prompt(),
        "Context:\n\na log\n\nQuestion:\n\nWhat now?"
    );
    assert_eq!(
        council.prompt(),
        round_one_prompt("What now?", Some("a log"))
    );
    assert_eq!(round_one_prompt("What now?", None), "What now?");
    assert_eq!(council.spec().seats().len(), 3);
    insta::assert_json_snapshot!(requests(&effects));
}

fn requests(effects: &[Effect]) -> Vec<serde_json::Value> {
    let asks = effects.iter().filter_map(|effect| match effect {
        Effect::Ask { call, request } => {
            Some(serde_json::json!({ "call": call, "request": request }))
        }
        _ => None,
    });
    asks.collect()
}

const MEMBERS: usize = 4;

fn mixed_council() -> Vec<Member> {
    vec![
        model("a", 2, false),
        Member::pasted("pasted", "the secret of the pasted member"),
        model("local", 1, true),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let stray = (2u8..4, 0..MEMBERS + 2, 1u8..3).prop_map(|(round, member, attempt)| CallName {
        round,
        member,
        stage: Stage::Answer,
        attempt,
    });
    let likely = (0..MEMBERS).prop_map(call);
    prop_oneof![
        6 => likely.clone().prop_map(|call| Event::Answered { call, text: format!("the secret of member {}", call.member) }),
        2 => likely.prop_map(|call| Event::Failed { call, kind: ErrorKind::Network }),
        1 => stray.prop_map(|call| Event::Answered { call, text: "a stray secret".to_owned() }),
        1 => Just(Event::Embedded(None)),
        1 => Just(Event::Measured(None)),
        1 => Just(Event::DeadlinePassed),
        1 => Just(Event::Cancelled),
    ]
}

proptest! {
    #[test]
    fn whatever_comes_it_concludes_once_and_last(events in prop::collection::vec(event(), 0..24)) {
        let mut events = events;
        events.extend([Event::DeadlinePassed, Event::Embedded(None), Event::Measured(None)]);
        let (mut council, mut effects) = open(mixed_council());
        for event in events.clone() {
            effects.extend(council.handle(event));
        }
        let conclusions = effects.iter().filter(|effect| matches!(effect, Effect::Conclude(_))).count();
        prop_assert_eq!(conclusions, 1);
        prop_assert!(matches!(effects.last(), Some(Effect::Conclude(_))));
        let outcome = outcome(&effects).unwrap();
        prop_assert_eq!(outcome.members.len(), MEMBERS);
        for member in &outcome.members {
            // Nothing that came is lost, and nothing stands at another member's place.
            if let MemberResult::Answered(text) = &member.result {
                let expected = if member.member == 2 { "the secret of the pasted member".to_owned() } else { format!("the secret of member {}", member.member) };
                prop_assert_eq!(&**text, expected);
            }
        }
        let (mut again, mut repeated) = open(mixed_council());
        for event in events {
            repeated.extend(again.handle(event));
        }
        prop_assert_eq!(effects, repeated);
    }

    #[test]
    fn no_answer_ever_leaks_into_a_prompt(events in prop::collection::vec(event(), 0..24)) {
        let effects = run(mixed_council(), events);
        let mut asked: Vec<usize> = Vec::new();
        for effect in &effects {
            if let Effect::Ask { call, request } = effect {
                asked.push(call.member);
                prop_assert!(request.messages.iter().all(|message| !message.plain_text().contains("secret")));
            }
        }
        prop_assert_eq!(asked, vec![0, 1, 3]);
    }

    #[test]
    fn an_answer_that_came_in_time_is_kept(order in Just(vec![0usize, 1, 3]).prop_shuffle(), cut in 0usize..4) {
        let mut events: Vec<Event> = order[..cut.min(3)].iter().map(|member| answered(*member, "an answer")).collect();
        events.push(Event::DeadlinePassed);
        let effects = run(mixed_council(), events);
        let outcome = outcome(&effects).unwrap();
        for member in order[..cut.min(3)].iter().copied() {
            prop_assert_eq!(&outcome.members[member].result, &MemberResult::Answered("an answer".into()));
        }
    }
}
