//! Texts inside messages and answers.

use majlis_llm::Part;

/// The parts of an answer: its reasoning first, then its text; what is empty is left out.
pub fn answer_parts(text: &str, reasoning: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    if !reasoning.is_empty() {
        parts.push(Part::Reasoning {
            text: reasoning.to_owned(),
            signature: None,
        });
    }
    if !text.is_empty() {
        parts.push(Part::Text {
            text: text.to_owned(),
        });
    }
    parts
}

/// All text parts joined.
pub fn text_of(parts: &[Part]) -> String {
    let text = |part: &Part| match part {
        Part::Text { text } => Some(text.clone()),
        _ => None,
    };
    parts.iter().filter_map(text).collect()
}

/// All reasoning joined; `None` when there is none.
pub fn reasoning_of(parts: &[Part]) -> Option<String> {
    let reasoning = |part: &Part| match part {
        Part::Reasoning { text, .. } => Some(text.clone()),
        _ => None,
    };
    let joined: String = parts.iter().filter_map(reasoning).collect();
    (!joined.is_empty()).then_some(joined)
}
