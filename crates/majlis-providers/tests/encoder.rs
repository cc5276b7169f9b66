//! The sentence encoder against its reference: `tests/fixtures/encoder.jsonl` holds what the Python
//! package gives for our own sentences, in ten-thousandths. Needs the model's files:
//! `MAJLIS_MODELS_DIR=… cargo test -p majlis-providers --features live-encoder --test encoder`.

#![expect(
    clippy::disallowed_methods,
    reason = "the test is told where the model's files are"
)]

use std::sync::Arc;

use majlis_llm::Embedder;
use majlis_providers::embed::{LocalEmbedder, SentenceEncoder};
use majlis_providers::model_files::ModelFiles;

#[derive(serde::Deserialize)]
struct Expected {
    text: String,
    vector_e4: Vec<f32>,
}

fn files() -> ModelFiles {
    let dir = std::env::var("MAJLIS_MODELS_DIR").expect("MAJLIS_MODELS_DIR names the models");
    ModelFiles::new(dir)
}

fn expected() -> Vec<Expected> {
    include_str!("fixtures/encoder.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
}

#[test]
fn the_vectors_are_those_of_the_reference_alone_and_in_company() {
    let encoder = SentenceEncoder::load(&files()).unwrap();
    let expected = expected();
    let texts: Vec<&str> = expected.iter().map(|case| case.text.as_str()).collect();
    let together = encoder.encode(&texts);
    for (case, vector) in expected.iter().zip(&together) {
        let alone = encoder.encode(&[&case.text]);
        for found in [vector, &alone[0]] {
            assert!(
                cosine(found, &case.vector_e4) >= 0.9999,
                "{}: {}",
                case.text,
                cosine(found, &case.vector_e4)
            );
        }
    }
}

#[tokio::test]
async fn the_embedder_gives_one_vector_of_norm_one_per_text() {
    let embedder: Arc<dyn Embedder> = Arc::new(LocalEmbedder::new(files()).unwrap());
    let texts = ["One sentence.".to_owned(), "جملة ثانية".to_owned()];
    let vectors = embedder.embed(&texts).await.unwrap();
    assert_eq!(
        (embedder.name(), embedder.model()),
        ("use-multilingual", None)
    );
    for vector in &vectors {
        let norm: f32 = vector.iter().map(|value| value * value).sum();
        assert!(vector.len() == 512 && (norm - 1.0).abs() < 1e-4);
    }
    assert_eq!(vectors.len(), 2);
    assert_eq!(embedder.embed(&[]).await.unwrap(), Vec::<Vec<f32>>::new());
}
