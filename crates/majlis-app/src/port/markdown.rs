//! Conversations and consultations as documents to read.

use std::fmt::Write as _;

use majlis_council::synthesis::{Part, Support, Synthesis};
use majlis_llm::{ModelId, PicoUsd, Role};
use majlis_store::{
    CallRow, Channel, Consultation, Conversation, MemberRow, MessageRow, ReplyState,
};
use serde_json::Value;

use super::export::MarkdownFile;
use super::time::rfc3339;

/// Letters of a title in a file's name at most.
const NAME_CHARS: usize = 60;

/// A conversation: what is shown of each channel. Other branches stand in the JSON export.
pub(crate) fn conversation(conversation: &Conversation) -> MarkdownFile {
    let row = &conversation.row;
    let mut text = format!("# {}\n\n", heading(&row.title, "Conversation"));
    let _ = writeln!(text, "- Id: `{}`", row.id);
    let _ = writeln!(text, "- Begun: {}", rfc3339(row.created_at_ms));
    let _ = writeln!(text, "- Last changed: {}", rfc3339(row.updated_at_ms));
    let models: Vec<_> = row
        .models
        .iter()
        .map(|model| format!("`{model}`"))
        .collect();
    let _ = writeln!(text, "- Models: {}", models.join(", "));
    let calls = conversation
        .channels
        .iter()
        .flat_map(|channel| &channel.messages)
        .filter_map(|message| message.call.as_ref());
    let _ = writeln!(text, "- Cost of what is shown: {}", cost_of(calls));
    let is_one = conversation.channels.len() == 1;
    for channel in &conversation.channels {
        channel_text(&mut text, channel, is_one);
    }
    MarkdownFile {
        name: file_name(row.created_at_ms, &row.title, &row.id),
        text,
    }
}

fn channel_text(text: &mut String, channel: &Channel, is_only: bool) {
    if !is_only {
        let _ = writeln!(text, "\n## Channel: {}", channel.row.model);
    }
    let marks = if is_only { "##" } else { "###" };
    for message in &channel.messages {
        message_text(text, marks, channel, message);
    }
}

fn message_text(text: &mut String, marks: &str, channel: &Channel, message: &MessageRow) {
    let call = message.call.as_ref();
    let model = call
        .map(|call| call.model.to_string())
        .or_else(|| message.model.clone())
        .unwrap_or_else(|| channel.row.model.to_string());
    let who = match message.role {
        Role::System => "Instructions".to_owned(),
        Role::User => "You".to_owned(),
        Role::Assistant => model,
        Role::Tool => "Tool".to_owned(),
    };
    let _ = writeln!(text, "\n{marks} {}\n", heading(&who, "Answer"));
    let _ = write!(text, "*{}", rfc3339(message.created_at_ms));
    if let Some(call) = call {
        let _ = write!(text, " · {}", cost(call.cost));
    }
    if message.versions.len() > 1 {
        let _ = write!(text, " · 1 of {} versions", message.versions.len());
    }
    text.push_str("*\n");
    said(
        text,
        message.reasoning(),
        &message.text(),
        message.state,
        message.notice.as_ref(),
    );
}

/// A consultation with its answers.
pub(crate) fn consultation(consultation: &Consultation) -> MarkdownFile {
    let row = &consultation.row;
    let mut text = format!("# {}\n\n", heading(&row.title, "Consultation"));
    let _ = writeln!(text, "- Id: `{}`", row.id);
    let _ = writeln!(text, "- Begun: {}", rfc3339(row.created_at_ms));
    if let Some(finished_at_ms) = row.finished_at_ms {
        let _ = writeln!(text, "- Finished: {}", rfc3339(finished_at_ms));
    }
    let _ = writeln!(text, "- Status: {}", row.status.as_str());
    let answers = consultation.members.iter().map(|member| &member.call);
    let later = consultation.hearings.iter().map(|hearing| &hearing.call);
    let calls = answers.chain(later).filter_map(Option::as_ref);
    let _ = writeln!(text, "- Cost: {}", cost_of(calls));
    let _ = writeln!(text, "\n## Question\n\n{}", closed(&consultation.question));
    if let Some(context) = &consultation.context {
        let _ = writeln!(text, "\n## Context\n\n{}", closed(context));
    }
    for member in &consultation.members {
        member_text(&mut text, member);
    }
    if let Some(analysis) = &consultation.analysis {
        claims(&mut text, &analysis.body, &consultation.members);
    }
    if let Some(newest) = consultation.syntheses.last() {
        conclusion(&mut text, &newest.body);
    }
    MarkdownFile {
        name: file_name(row.created_at_ms, &row.title, &row.id),
        text,
    }
}

fn member_text(text: &mut String, member: &MemberRow) {
    let _ = writeln!(text, "\n## {}\n", heading(&member.label, "Answer"));
    let model = member.model.as_ref().map_or_else(
        || "an answer that was pasted".to_owned(),
        |model| format!("`{model}`"),
    );
    let _ = write!(text, "*{model}");
    if let Some(call) = &member.call {
        let _ = write!(
            text,
            " · {} · {}",
            rfc3339(call.created_at_ms),
            cost(call.cost)
        );
    }
    text.push_str("*\n");
    said(
        text,
        member.reasoning(),
        &member.text(),
        member.state,
        member.notice.as_ref(),
    );
}

/// What was measured, claim by claim, as far as this version can read it.
fn claims(text: &mut String, analysis: &Value, members: &[MemberRow]) {
    let list = analysis.get("claims").and_then(Value::as_array);
    let Some(list) = list.filter(|list| !list.is_empty()) else {
        return;
    };
    text.push_str("\n## Claims\n\n");
    for claim in list {
        let Some(said) = claim.get("text").and_then(Value::as_str) else {
            continue;
        };
        let _ = writeln!(
            text,
            "- {}",
            said.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        let stances = claim.get("stances").and_then(Value::as_array);
        for stance in stances.into_iter().flatten() {
            let member = stance.get("member").and_then(Value::as_u64);
            let member = member.and_then(|place| members.get(usize::try_from(place).ok()?));
            let taken = stance.get("stance").and_then(Value::as_str);
            if let (Some(member), Some(taken)) = (member, taken) {
                let _ = writeln!(
                    text,
                    "  - {}: {}",
                    heading(&member.label, "?"),
                    taken.replace('_', " ")
                );
            }
        }
    }
}

/// The newest conclusion; one in a form this version does not read stands in the JSON export.
fn conclusion(text: &mut String, body: &Value) {
    let Ok(synthesis) = serde_json::from_value::<Synthesis>(body.clone()) else {
        return;
    };
    let _ = writeln!(text, "\n## Synthesis\n");
    let editor = synthesis.editor.as_ref().map(ModelId::as_str);
    let editor = editor.unwrap_or("nobody: the answers' own words");
    let _ = writeln!(text, "*Written by {}.*", heading(editor, "?"));
    for section in &synthesis.sections {
        let part = match section.part {
            Part::Agreed => "Agreed",
            Part::Contested => "Contested",
            Part::OnlyOne => "Only one said",
            Part::Missing => "Missing in some answers",
        };
        let _ = writeln!(text, "\n### {part}\n");
        for sentence in &section.sentences {
            let cites: Vec<String> = sentence
                .cites
                .iter()
                .map(|id| format!("\\[{id}]"))
                .collect();
            let flag = match sentence.support {
                Support::Supported => "",
                Support::Unsupported => " *(unsupported)*",
                Support::Unchecked => " *(not checked)*",
            };
            let said = heading(&sentence.text, "?");
            let _ = writeln!(text, "- {said} {}{flag}", cites.concat());
        }
    }
}

fn said(
    text: &mut String,
    reasoning: Option<String>,
    answer: &str,
    state: ReplyState,
    notice: Option<&Value>,
) {
    if let Some(reasoning) = reasoning {
        text.push_str("\n> **Reasoning**\n>\n");
        for line in reasoning.lines() {
            let _ = writeln!(text, "{}", format!("> {line}").trim_end());
        }
    }
    if !answer.is_empty() {
        let _ = writeln!(text, "\n{}", closed(answer));
    }
    if state != ReplyState::Complete {
        let _ = writeln!(text, "\n*State: {}.*", state.as_str());
    }
    let detail = notice
        .and_then(|notice| notice.get("detail"))
        .and_then(Value::as_str);
    if let Some(detail) = detail {
        let _ = writeln!(text, "\n*{}*", detail.replace('*', ""));
    }
}

/// A text whose open code fence is closed, so that it does not swallow what follows it; its own
/// headings go down below those of the document.
fn closed(answer: &str) -> String {
    let mut fence: Option<(char, usize)> = None;
    let mut text = String::new();
    for line in answer.lines() {
        let bare = line.trim_start();
        let mark = bare.chars().next().filter(|mark| ['`', '~'].contains(mark));
        let run = mark.map_or(0, |mark| {
            bare.chars().take_while(|letter| *letter == mark).count()
        });
        let is_indented = line.len() - bare.len() > 3;
        match (fence, mark) {
            (None, Some(mark)) if run >= 3 && !is_indented => fence = Some((mark, run)),
            (Some((open, length)), Some(mark))
                if mark == open && run >= length && bare.trim_end().chars().count() == run =>
            {
                fence = None;
            }
            (None, _) if bare.starts_with('#') && !is_indented => text.push_str("###"),
            _ => {}
        }
        text.push_str(line);
        text.push('\n');
    }
    if let Some((mark, length)) = fence {
        text.extend(std::iter::repeat_n(mark, length));
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

/// One line without marks of Markdown.
fn heading(text: &str, otherwise: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return otherwise.to_owned();
    }
    let mut heading = String::new();
    for letter in line.chars() {
        if "\\`*_[]<>#".contains(letter) {
            heading.push('\\');
        }
        heading.push(letter);
    }
    heading
}

fn cost(amount: Option<PicoUsd>) -> String {
    amount.map_or_else(
        || "cost not known".to_owned(),
        |amount| format!("${}", amount.to_usd_string()),
    )
}

/// A sum that says how much of it is not known.
fn cost_of<'a>(calls: impl Iterator<Item = &'a CallRow>) -> String {
    let (mut sum, mut known, mut unknown) = (PicoUsd::ZERO, 0, 0);
    for call in calls {
        match call.cost {
            Some(cost) => (sum, known) = (sum + cost, known + 1),
            None => unknown += 1,
        }
    }
    match (known, unknown) {
        (0, 0) => "none".to_owned(),
        (_, 0) => cost(Some(sum)),
        (0, _) => "not known".to_owned(),
        _ => format!(
            "at least {} ({unknown} calls of unknown cost)",
            cost(Some(sum))
        ),
    }
}

/// `2026-11-22-what-is-a-monad-019a….md`: letters and digits of any script, and hyphens.
fn file_name(created_at_ms: i64, title: &str, id: &str) -> String {
    let date: String = rfc3339(created_at_ms).chars().take(10).collect();
    let words: Vec<String> = title
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let title: String = words.join("-").chars().take(NAME_CHARS).collect();
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    // The end of an id tells apart; its beginning is a time.
    let end = id.get(id.len().saturating_sub(12)..).unwrap_or_default();
    let parts = [date.as_str(), title.trim_matches('-'), end];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}.md", parts.join("-"))
}
