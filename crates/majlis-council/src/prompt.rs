//! What members are sent.

/// The first round's prompt, to the byte: the question alone, or the context the person gave,
/// then the question. It is the same for every member and holds nothing else.
pub fn round_one_prompt(question: &str, context: Option<&str>) -> String {
    match context {
        None => question.to_owned(),
        Some(context) => format!("Context:\n\n{context}\n\nQuestion:\n\n{question}"),
    }
}
