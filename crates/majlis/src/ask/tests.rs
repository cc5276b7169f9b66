use std::sync::Arc;

use majlis_app::{
    CallState, CallView, ConsultationSummary, ConsultationView, Cost, MemberKind, MemberView,
    Notice, ReplyState, RunStatus,
};
use majlis_council::Plan;
use majlis_llm::{PicoUsd, Usage};
use majlis_text::{Analysis, Answer};

use super::{Seat, block, final_columns, report};
use crate::terminal::Palette;

fn call(cost: Option<PicoUsd>, duration_ms: i64) -> CallView {
    CallView {
        id: "c".to_owned(),
        model: "a/b".parse().unwrap(),
        response_model: None,
        state: CallState::Settled,
        usage: Some(Usage {
            fresh_tokens: 1_200,
            output_tokens: 340,
            ..Usage::default()
        }),
        cost,
        first_token_ms: Some(310),
        duration_ms: Some(duration_ms),
        finish_reason: None,
    }
}

fn member(position: i64, label: &str, text: &str, call: Option<CallView>) -> MemberView {
    MemberView {
        message_id: position.to_string(),
        position,
        label: label.to_owned(),
        kind: if call.is_some() {
            MemberKind::Model
        } else {
            MemberKind::Pasted
        },
        model: call.as_ref().map(|call| call.model.clone()),
        sample: None,
        demo: false,
        state: ReplyState::Complete,
        text: text.to_owned(),
        reasoning: None,
        error: None,
        call,
        verdict: None,
    }
}

fn failed(position: i64, label: &str) -> MemberView {
    MemberView {
        state: ReplyState::Failed,
        error: Some(Notice::new("provider_timeout", "It took too long.").with_hint("Ask again.")),
        ..member(
            position,
            label,
            "",
            Some(CallView {
                usage: None,
                first_token_ms: None,
                state: CallState::Failed,
                ..call(None, 9_000)
            }),
        )
    }
}

fn view(
    status: RunStatus,
    members: Vec<MemberView>,
    analysis: Option<Analysis>,
) -> ConsultationView {
    ConsultationView {
        summary: ConsultationSummary {
            id: "q".to_owned(),
            question: "Where?".to_owned(),
            status,
            created_at_ms: 0,
            finished_at_ms: Some(1),
            members: members.len() as u64,
        },
        context: None,
        prompt: "Where?".to_owned(),
        members,
        analysis: analysis.map(Arc::new),
        plan: Plan::default(),
        stages: Vec::new(),
        votes: None,
        deliberation: None,
        syntheses: Vec::new(),
        cost: Cost {
            known: PicoUsd(1_250_000_000),
            unknown: 1,
        },
        run_id: None,
        resumable: None,
    }
}

fn three() -> Vec<MemberView> {
    vec![
        member(
            0,
            "a/first",
            "It is **Canberra**.\n\n- founded in 1913",
            Some(call(Some(PicoUsd(1_250_000_000)), 3_250)),
        ),
        member(1, "b/second", "إنها كانبرا.", Some(call(None, 61_000))),
        failed(2, "c/third"),
    ]
}

#[test]
fn answers_stand_side_by_side_where_there_is_room() {
    let seats: Vec<Seat> = three().iter().map(Seat::of_member).collect();
    insta::assert_snapshot!(final_columns(&seats, 100, &Palette::plain()).unwrap());
    assert_eq!(final_columns(&seats, 60, &Palette::plain()), None);
}

#[test]
fn an_answer_alone_stands_under_its_heading() {
    let blocks: Vec<String> = three()
        .iter()
        .map(|member| block(&Seat::of_member(member), Some(30), &Palette::plain()))
        .collect();
    insta::assert_snapshot!(blocks.join("\n"));
}

#[test]
fn a_report_says_who_is_missing_what_was_measured_and_what_it_cost() {
    let answers: Vec<Answer> = [
        "The tower is 330 m tall. It stands in Paris.",
        "The tower is 324 m tall. It stands in Paris.",
        "It stands in Paris.",
    ]
    .iter()
    .zip(["a/first", "b/second", "c/third"])
    .enumerate()
    .map(|(member, (text, label))| Answer::new(member, label, *text))
    .collect();
    let analysis = majlis_text::analyse(&majlis_text::extract(&answers), None);
    let text = report(
        &view(RunStatus::Degraded, three(), Some(analysis)),
        90,
        &Palette::plain(),
    );
    for part in [
        "\n2 of 3 answered; missing: c/third\n",
        "\nAgreement\n",
        "how alike the answers are:",
        "\nContradictions\n  • a/first: “The tower is 330 m tall.”\n    b/second: “The tower is 324 m tall.”\n",
        "\nSaid by two or more\n",
        "\nTime and cost\n",
        "in all: at least $0.00125 (1 cost is unknown)",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn every_end_but_a_good_one_is_told() {
    for (status, expected) in [
        (RunStatus::Complete, None),
        (
            RunStatus::Degraded,
            Some("2 of 3 answered; missing: c/third"),
        ),
        (
            RunStatus::Single,
            Some("Only one of 3 answered, so there is nothing to compare; missing: c/third"),
        ),
        (RunStatus::Failed, Some("No member answered.")),
        (
            RunStatus::Cancelled,
            Some("Stopped; 2 of 3 had answered. What came is kept."),
        ),
        (
            RunStatus::Interrupted,
            Some("Interrupted. What came is kept."),
        ),
    ] {
        let text = report(&view(status, three(), None), 90, &Palette::plain());
        let first = text.trim_start().lines().next();
        match expected {
            Some(expected) => assert_eq!(first, Some(expected)),
            None => assert_eq!(first, Some("Time and cost")),
        }
    }
}

#[test]
fn figures_give_up_a_column_before_they_break_a_line() {
    for (width, has_column) in [(90, true), (50, false)] {
        let text = report(
            &view(RunStatus::Complete, three(), None),
            width,
            &Palette::plain(),
        );
        assert_eq!(text.contains("first text"), has_column, "{text}");
        assert!(text.contains("1200 → 340  $0.00125"), "{text}");
    }
}
