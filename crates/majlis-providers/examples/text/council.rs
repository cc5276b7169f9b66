//! The marked councils of majlis-text, measured by words alone and by meaning.

use majlis_text::{Analysis, Answer, Vectors, analyse, extract};

use super::Meaning;

#[path = "../../../majlis-text/bench/council_bench.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "a file of majlis-text, read where an embedder is at hand"
)]
mod council_bench;

/// Prints the table of docs/council-bench.md.
pub(crate) fn run(meaning: &mut Meaning) -> Result<(), String> {
    let words = council_bench::table(&mut |answers| analyse(&extract(answers), None))?;
    print!("by words alone\n{words}");
    if meaning.encoder.is_some() {
        let table = council_bench::table(&mut |answers| by_meaning(answers, meaning))?;
        print!("by meaning (use-multilingual)\n{table}");
    }
    Ok(())
}

fn by_meaning(answers: &[Answer], meaning: &mut Meaning) -> Analysis {
    let claims = extract(answers);
    let texts = claims.texts();
    meaning.learn(texts.iter().map(String::as_str));
    let vectors = texts
        .iter()
        .filter_map(|text| meaning.vector(text).cloned())
        .collect();
    let vectors = Vectors::new("use-multilingual", texts.clone(), vectors).ok();
    analyse(&claims, vectors.as_ref())
}
