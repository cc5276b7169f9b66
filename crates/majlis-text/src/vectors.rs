//! Meanings of texts as vectors, made elsewhere.

use std::collections::HashMap;

/// One vector per text, from one engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    engine: String,
    by_text: HashMap<String, Vec<f32>>,
}

/// Why texts and vectors do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VectorsError {
    /// Not one vector per text.
    #[error("{engine} gave {vectors} vectors for {texts} texts")]
    Count {
        /// The engine's name.
        engine: String,
        /// How many texts were given to it.
        texts: usize,
        /// How many vectors it returned.
        vectors: usize,
    },
    /// A vector of another length than the first, of no length, or with a value that is no number.
    #[error(
        "{engine} gave an unusable vector for text {index}: length {length}, the first has {expected}"
    )]
    Shape {
        /// The engine's name.
        engine: String,
        /// Which text, from 0.
        index: usize,
        /// The length of its vector.
        length: usize,
        /// The length of the first vector.
        expected: usize,
    },
}

impl Vectors {
    /// Joins texts with their vectors, in order. `engine` is the embedder's name as it stands
    /// beside results. The vectors need not be of norm 1.
    ///
    /// # Errors
    /// [`VectorsError`] when there is not one finite, non-empty vector of one length per text.
    pub fn new(
        engine: impl Into<String>,
        texts: Vec<String>,
        vectors: Vec<Vec<f32>>,
    ) -> Result<Self, VectorsError> {
        let engine = engine.into();
        if texts.len() != vectors.len() {
            return Err(VectorsError::Count {
                engine,
                texts: texts.len(),
                vectors: vectors.len(),
            });
        }
        let expected = vectors.first().map_or(0, Vec::len);
        for (index, vector) in vectors.iter().enumerate() {
            if vector.is_empty()
                || vector.len() != expected
                || !vector.iter().all(|v| v.is_finite())
            {
                return Err(VectorsError::Shape {
                    engine,
                    index,
                    length: vector.len(),
                    expected,
                });
            }
        }
        Ok(Self {
            engine,
            by_text: texts.into_iter().zip(vectors).collect(),
        })
    }

    /// The engine's name.
    pub fn engine(&self) -> &str {
        &self.engine
    }

    /// Cosine of the meanings of two texts, -1 to 1; `None` when a text has no vector or a vector
    /// is all zeros.
    pub fn cosine(&self, one: &str, other: &str) -> Option<f64> {
        let (one, other) = (self.by_text.get(one)?, self.by_text.get(other)?);
        let dot: f64 = one
            .iter()
            .zip(other)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum();
        let norm = |vector: &[f32]| {
            vector
                .iter()
                .map(|v| f64::from(*v).powi(2))
                .sum::<f64>()
                .sqrt()
        };
        let norms = norm(one) * norm(other);
        (norms > 0.0).then(|| (dot / norms).clamp(-1.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(count: usize) -> Vec<String> {
        (0..count).map(|i| i.to_string()).collect()
    }

    #[test]
    fn only_one_finite_vector_of_one_length_per_text_is_taken() {
        for (count, vectors, good) in [
            (0, vec![], true),
            (2, vec![vec![1.0, 0.0], vec![0.0, 2.0]], true),
            (2, vec![vec![1.0]], false),
            (2, vec![vec![1.0], vec![1.0, 2.0]], false),
            (1, vec![vec![]], false),
            (1, vec![vec![f32::NAN]], false),
        ] {
            assert_eq!(
                Vectors::new("test", texts(count), vectors.clone()).is_ok(),
                good,
                "{vectors:?}"
            );
        }
    }

    #[test]
    fn the_cosine_needs_both_texts_and_lengths_above_zero() {
        let vectors = Vectors::new(
            "test",
            texts(3),
            vec![vec![3.0, 0.0], vec![2.0, 2.0], vec![0.0, 0.0]],
        )
        .unwrap();
        assert!((vectors.cosine("0", "1").unwrap() - 0.5f64.sqrt()).abs() < 1e-9);
        assert_eq!(vectors.cosine("0", "2"), None);
        assert_eq!(vectors.cosine("0", "9"), None);
    }
}
