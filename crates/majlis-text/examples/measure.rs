//! Measures files against each other and prints the grid, or with `--bench` how long measuring
//! takes: `cargo run -p majlis-text --example measure -- a.md b.md`, or a `.json` file of the form
//! of the bundled sample.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "an example reads files, takes the time and prints; the crate does not"
)]

use std::path::Path;
use std::time::Instant;

use majlis_text::{Analysis, Answer, Stance, analyse, extract};

fn main() {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    if paths.first().is_some_and(|flag| flag == "--bench") {
        return bench();
    }
    print_grid(&measure(&read(&paths)));
}

fn read(paths: &[String]) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let sample: Option<serde_json::Value> = Path::new(path)
            .extension()
            .is_some_and(|ending| ending == "json")
            .then(|| serde_json::from_str(&text).ok())
            .flatten();
        match sample
            .as_ref()
            .and_then(|sample| sample["answers"].as_array())
        {
            Some(list) => answers.extend(list.iter().map(|answer| {
                Answer::new(
                    0,
                    answer["name"].as_str().unwrap_or_default(),
                    answer["text"].as_str().unwrap_or_default(),
                )
            })),
            None => answers.push(Answer::new(0, path.clone(), text)),
        }
    }
    for (member, answer) in answers.iter_mut().enumerate() {
        answer.member = member;
    }
    answers
}

fn measure(answers: &[Answer]) -> Analysis {
    analyse(&extract(answers), None)
}

fn print_grid(analysis: &Analysis) {
    println!(
        "agreement {:?} over {} shared claims, coverage {:?}",
        analysis.agreement, analysis.shared_claims, analysis.coverage
    );
    println!("limits {:?}", analysis.limits);
    for member in &analysis.members {
        println!(
            "{} {} {:?} words {} claims {} coverage {:?}",
            member.member,
            member.label,
            member.language,
            member.words,
            member.claims,
            member.coverage
        );
    }
    for pair in &analysis.pairs {
        println!(
            "{}-{} similarity {:.3?} agreement {:.3?} shared {}",
            pair.first, pair.second, pair.similarity, pair.agreement, pair.shared_claims
        );
    }
    for row in &analysis.claims {
        let marks: String = row
            .stances
            .iter()
            .map(|stance| match stance.stance {
                None => '?',
                Some(Stance::Asserts) => '+',
                Some(Stance::Denies) => '-',
                Some(Stance::DifferentValue) => '~',
                Some(Stance::Silent) => '.',
            })
            .collect();
        println!("{:4} {marks} {:?} {}", row.id, row.agreement, row.text);
        for stance in &row.stances {
            for quote in &stance.quotes {
                if stance.member != row.member || stance.quotes.len() > 1 {
                    println!(
                        "        {} {} {}",
                        stance.member,
                        stance.value.as_deref().unwrap_or(""),
                        quote.text
                    );
                }
            }
        }
    }
    println!("{:#?}", analysis.contradictions);
}

/// Six answers of 800 words made of the samples' words, so that many statements resemble others.
fn bench() {
    let seed: Vec<Answer> = read(&[concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../majlis-app/samples/council.en.json"
    )
    .to_owned()]);
    let words: Vec<&str> = seed
        .iter()
        .flat_map(|answer| answer.text.split_whitespace())
        .collect();
    let answer = |member: usize| {
        let text: Vec<&str> = (0..800)
            .map(|index| words[(index * (7 + 2 * member) + member * 31) % words.len()])
            .collect();
        let sentences: Vec<String> = text
            .chunks(14)
            .map(|chunk| format!("{}.", chunk.join(" ")))
            .collect();
        Answer::new(member, member.to_string(), sentences.join(" "))
    };
    let answers: Vec<Answer> = (0..6).map(answer).collect();
    let long = Answer::new(
        6,
        "1 MB",
        words.join(" ").repeat(1_000_000 / words.join(" ").len()),
    );
    for (name, answers) in [
        ("six answers of 800 words", answers.clone()),
        (
            "the same and one of 1 MB",
            answers.iter().cloned().chain([long]).collect(),
        ),
    ] {
        let mut times: Vec<u128> = (0..9)
            .map(|_| {
                let start = Instant::now();
                let analysis = measure(&answers);
                assert!(!analysis.claims.is_empty());
                start.elapsed().as_micros()
            })
            .collect();
        times.sort_unstable();
        println!(
            "{name}: median {} ms, worst {} ms",
            times[4] / 1000,
            times[8] / 1000
        );
    }
}
