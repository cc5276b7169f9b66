//! Meanings of texts as vectors, made elsewhere.

use std::collections::{BTreeSet, HashMap};

use wide::f32x8;

use crate::agreement::as_real;

/// Texts whose worth the middle of all is held back by.
const FEW_TEXTS: f64 = 2.0;
/// Length below which a vector is taken for zero.
const MIN_NORM: f64 = 1e-9;

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

    /// The vector of a text; `None` when it has none.
    pub(crate) fn of(&self, text: &str) -> Option<&[f32]> {
        self.by_text.get(text).map(Vec::as_slice)
    }

    /// The vectors of texts, each by its place. The middle is taken of the texts with `shapes` set,
    /// each different one once: neither order nor repetition moves it.
    pub(crate) fn meanings<'a>(&self, texts: impl Iterator<Item = (&'a str, bool)>) -> Meanings {
        let mut shaping: BTreeSet<&str> = BTreeSet::new();
        let mut plain = Vec::new();
        for (text, shapes) in texts {
            plain.push(
                self.by_text
                    .get(text)
                    .and_then(|vector| normed(vector.clone())),
            );
            if shapes && plain.last().is_some_and(Option::is_some) {
                shaping.insert(text);
            }
        }
        let count = as_real(shaping.len());
        let mut middle = vec![0.0_f64; self.by_text.values().next().map_or(0, Vec::len)];
        for vector in shaping.iter().filter_map(|text| self.by_text.get(*text)) {
            let norm = norm(vector);
            for (sum, value) in middle.iter_mut().zip(vector) {
                *sum += f64::from(*value) / norm;
            }
        }
        // Of few texts the middle is mostly what they say, not what they speak of.
        let share = 1.0 / (count + FEW_TEXTS);
        let centred = plain.iter().map(|vector| {
            let moved = vector.as_ref()?.iter().zip(&middle);
            #[expect(clippy::cast_possible_truncation, reason = "values of -2 to 2")]
            normed(
                moved
                    .map(|(value, sum)| (f64::from(*value) - sum * share) as f32)
                    .collect(),
            )
        });
        Meanings {
            centred: centred.collect(),
            plain,
        }
    }
}

/// Texts that are held against another at once: what is read of it is read once for so many.
pub(crate) const ROWS: usize = 4;

/// Vectors of texts by place, of norm 1: as they are, and without what all the texts share.
#[derive(Debug)]
pub(crate) struct Meanings {
    plain: Vec<Option<Vec<f32>>>,
    centred: Vec<Option<Vec<f32>>>,
}

/// How near two texts are in meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Nearness {
    /// Cosine of their vectors, -1 to 1.
    pub(crate) cosine: f64,
    /// The same without what all texts share: how near they are for texts on one question.
    pub(crate) centred: f64,
}

impl Meanings {
    /// How near two texts are; `None` when one has no vector or one of zeros.
    pub(crate) fn nearness(&self, one: usize, other: usize) -> Option<Nearness> {
        let [nearness, ..] = self.near_all(&[one], other);
        nearness
    }

    /// How near each of at most [`ROWS`] texts is to another, in their order.
    pub(crate) fn near_all(&self, ones: &[usize], other: usize) -> [Option<Nearness>; ROWS] {
        let plain = cosines(&self.plain, ones, other);
        let centred = cosines(&self.centred, ones, other);
        std::array::from_fn(|row| {
            let cosine = plain[row]?;
            Some(Nearness {
                cosine,
                // Only a text that is all that the texts share has none: it is nearest to all.
                centred: centred[row].unwrap_or(cosine),
            })
        })
    }
}

fn cosines(list: &[Option<Vec<f32>>], ones: &[usize], other: usize) -> [Option<f64>; ROWS] {
    let at = |place: usize| list.get(place)?.as_deref();
    let Some(other) = at(other) else {
        return [None; ROWS];
    };
    let ones: [Option<&[f32]>; ROWS] = std::array::from_fn(|row| at(*ones.get(row)?));
    let dots = dots(ones.map(|one| one.unwrap_or(other)), other);
    std::array::from_fn(|row| ones[row].map(|_| f64::from(dots[row].clamp(-1.0, 1.0))))
}

fn normed(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let norm = norm(&vector);
    #[expect(clippy::cast_possible_truncation, reason = "values of -1 to 1")]
    for value in &mut vector {
        *value = (f64::from(*value) / norm) as f32;
    }
    (norm > MIN_NORM).then_some(vector)
}

fn norm(vector: &[f32]) -> f64 {
    let squares = vector.iter().map(|value| f64::from(*value).powi(2));
    squares.sum::<f64>().sqrt()
}

/// Each in eight lanes; several at once, since one alone waits for its own sums. All are of one
/// length.
fn dots(ones: [&[f32]; ROWS], other: &[f32]) -> [f32; ROWS] {
    let (parts, rest) = other.as_chunks();
    let [one, two, three, four] = ones.map(|one| one.as_chunks().0);
    let mut sums = [f32x8::ZERO; ROWS];
    let rows = one.iter().zip(two).zip(three).zip(four);
    for (part, (((one, two), three), four)) in parts.iter().zip(rows) {
        let part = f32x8::from(*part);
        for (sum, own) in sums.iter_mut().zip([one, two, three, four]) {
            *sum += f32x8::from(*own) * part;
        }
    }
    std::array::from_fn(|row| {
        let own = &ones[row][ones[row].len().saturating_sub(rest.len())..];
        let rest: f32 = own.iter().zip(rest).map(|(a, b)| a * b).sum();
        sums[row].to_array().iter().sum::<f32>() + rest
    })
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

    fn meanings(vectors: Vec<Vec<f32>>) -> Meanings {
        let texts = texts(vectors.len());
        let all = texts.clone();
        let vectors = Vectors::new("test", texts, vectors).unwrap();
        vectors.meanings(
            all.iter()
                .map(String::as_str)
                .chain(["9"])
                .map(|text| (text, true)),
        )
    }

    #[test]
    fn the_cosine_needs_both_texts_and_lengths_above_zero() {
        let found = meanings(vec![vec![3.0, 0.0], vec![2.0, 2.0], vec![0.0, 0.0]]);
        assert!((found.nearness(0, 1).unwrap().cosine - 0.5f64.sqrt()).abs() < 1e-6);
        assert_eq!(found.nearness(0, 2), None);
        assert_eq!(found.nearness(0, 3), None);
        assert_eq!(found.nearness(0, 7), None);
    }

    #[test]
    fn what_all_texts_share_does_not_make_them_near() {
        let found = meanings(vec![
            vec![9.0, 1.0, 0.0],
            vec![9.0, 0.0, 1.0],
            vec![9.0, 0.0, 1.1],
        ]);
        let near = found.nearness(1, 2).unwrap();
        let far = found.nearness(0, 1).unwrap();
        assert!(far.cosine > 0.95 && far.centred < 0.95, "{far:?}");
        assert!(near.centred > far.centred, "{near:?} {far:?}");
    }
}
