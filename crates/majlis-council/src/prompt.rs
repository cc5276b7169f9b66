//! What members are sent.

/// The first round's prompt, to the byte: the question alone, or the context the person gave,
/// then the question. It is the same for every member and holds nothing else.
pub fn round_one_prompt(question: &str, context: Option<&str>) -> String {
    match context {
        None => question.to_owned(),
        Some(context) => format!("Context:\n\n{context}\n\nQuestion:\n\n{question}"),
    }
}

/// What a member is told to do with the question in the stance mode, by its place: in turn to argue
/// for, against and neutrally.
pub fn stance_prompt(question: &str, context: Option<&str>, member: usize) -> String {
    let stance = [
        "Make the strongest honest case for it.",
        "Make the strongest honest case against it.",
        "Weigh it neutrally.",
    ][member % 3];
    format!(
        "{stance} Say plainly where the idea is bad, whatever your part.\n\n{}",
        round_one_prompt(question, context)
    )
}
