//! From pieces to a vector.

use std::ops::Range;
use std::path::Path;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

use super::EncoderError;
use super::weights::Arrays;

/// Values of a piece's embedding, and of a sentence's vector.
const WIDE: usize = 512;
/// Values of each branch of convolutions.
const NARROW: usize = 256;
/// Values of the inner layers of the last network.
const INNER: usize = 320;
/// Orders of the branches with how many pieces each window reaches back.
const BRANCHES: [(usize, usize); 3] = [(2, 0), (3, 1), (5, 2)];
/// Values per piece before they are summed up: its embedding and the three branches.
const FEATURES: usize = WIDE + BRANCHES.len() * NARROW;
/// The embedding table lies in so many parts, piece by piece in turn.
const PARTS: usize = 17;
/// Pieces in each part.
const PART_ROWS: usize = 7530;
/// What keeps a norm from zero.
const EPSILON: f32 = 1e-12;
/// Pieces computed at once: enough that the weights are read seldom, few enough for the cache.
const BATCH_PIECES: usize = 384;

/// Pieces of which the different ones are computed together: the more, the more are the same.
const SHARED_PIECES: usize = 8 * BATCH_PIECES;

/// A layer: values in × values out, row by row, and what is added.
struct Layer {
    matrix: Vec<f32>,
    added: Vec<f32>,
}

/// A branch's two convolutions.
struct Branch {
    first: Layer,
    second: Layer,
}

/// Different pieces in order, with what is computed of each by itself.
struct Known {
    pieces: Vec<u32>,
    embedded: Vec<f32>,
    projected: Vec<f32>,
}

impl Known {
    /// Where each piece of some sentences is among the different ones.
    fn places(&self, sentences: &[Vec<u32>]) -> Vec<usize> {
        let pieces = sentences.iter().flatten();
        pieces
            .map(|piece| self.pieces.partition_point(|known| known < piece))
            .collect()
    }
}

/// Scale and offset after a normalisation.
struct Norm {
    scale: Vec<f32>,
    offset: Vec<f32>,
}

/// The whole network.
pub(super) struct Network {
    table: Vec<u8>,
    part_scale: Vec<f32>,
    part_low: Vec<f32>,
    projection: Layer,
    branch_norm: Norm,
    branches: Vec<Branch>,
    norm: Norm,
    output: Layer,
    deep: [Vec<f32>; 4],
    shortcut: [Vec<f32>; 2],
}

impl Network {
    pub(super) fn load(path: &Path) -> Result<Self, EncoderError> {
        let mut arrays = Arrays::open(path)?;
        let mut table = Vec::with_capacity(PARTS * PART_ROWS * WIDE);
        for part in 1..=PARTS {
            table.extend(arrays.small(&format!("q{part}"), PART_ROWS * WIDE)?);
        }
        let mut joined = [const { Vec::new() }; 3];
        let mut projections = Vec::new();
        let mut branches = Vec::new();
        for (order, _) in BRANCHES {
            projections.push(arrays.real(&format!("proj{order}"), WIDE * NARROW)?);
            for (values, name) in joined.iter_mut().zip(["proj_b", "ln_g", "ln_b"]) {
                values.extend(arrays.real(&format!("{name}{order}"), NARROW)?);
            }
            let mut layer = |index: usize| {
                Ok::<_, EncoderError>(Layer {
                    matrix: arrays.real(&format!("w{index}_{order}"), order * NARROW * NARROW)?,
                    added: arrays.real(&format!("b{index}_{order}"), NARROW)?,
                })
            };
            branches.push(Branch {
                first: layer(1)?,
                second: layer(2)?,
            });
        }
        let [added, scale, offset] = joined;
        Ok(Self {
            table,
            part_scale: arrays.real("scale", PARTS)?,
            part_low: arrays.real("lo", PARTS)?,
            projection: Layer {
                matrix: side_by_side(&projections),
                added,
            },
            branch_norm: Norm { scale, offset },
            branches,
            norm: Norm {
                scale: arrays.real("ln_g", FEATURES)?,
                offset: arrays.real("ln_b", FEATURES)?,
            },
            output: Layer {
                matrix: arrays.real("cnn_W", FEATURES * WIDE)?,
                added: arrays.real("cnn_b", WIDE)?,
            },
            deep: [
                arrays.real("d0", WIDE * INNER)?,
                arrays.real("d1", INNER * INNER)?,
                arrays.real("d2", INNER * WIDE)?,
                arrays.real("d3", WIDE * WIDE)?,
            ],
            shortcut: [
                arrays.real("p1", WIDE * INNER)?,
                arrays.real("p3", INNER * WIDE)?,
            ],
        })
    }

    /// One vector per sentence, each given as its pieces.
    pub(super) fn encode(&self, sentences: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let mut vectors = Vec::with_capacity(sentences.len());
        for sentences in batches(sentences, SHARED_PIECES) {
            let known = self.know(sentences);
            for sentences in batches(sentences, BATCH_PIECES) {
                vectors.extend(self.encode_batch(sentences, &known));
            }
        }
        vectors
    }

    /// What holds of each different piece wherever it stands: computed once for all its places.
    fn know(&self, sentences: &[Vec<u32>]) -> Known {
        let mut pieces: Vec<u32> = sentences.iter().flatten().copied().collect();
        pieces.sort_unstable();
        pieces.dedup();
        let embedded = self.embed(&pieces);
        // The three branches are normalised together, over all their values.
        let mut projected = self.projection.apply(&embedded, pieces.len());
        self.branch_norm.apply(&mut projected);
        Known {
            pieces,
            embedded,
            projected,
        }
    }

    fn encode_batch(&self, sentences: &[Vec<u32>], known: &Known) -> Vec<Vec<f32>> {
        let places = known.places(sentences);
        if places.is_empty() {
            return Vec::new();
        }
        let mut features = vec![0.0; places.len() * FEATURES];
        let embedded = columns(&known.embedded, &places, WIDE, 0..WIDE);
        place(&mut features, &embedded, WIDE, 0);
        for (index, (branch, (order, back))) in self.branches.iter().zip(BRANCHES).enumerate() {
            let own = index * NARROW..(index + 1) * NARROW;
            let own = columns(&known.projected, &places, BRANCHES.len() * NARROW, own);
            let once = branch.first.convolve(&own, sentences, order, back);
            let twice = branch.second.convolve(&once, sentences, order, back);
            place(&mut features, &twice, NARROW, WIDE + index * NARROW);
        }
        self.norm.apply(&mut features);
        self.finish(&features, sentences)
    }

    fn embed(&self, pieces: &[u32]) -> Vec<f32> {
        let mut embedded = Vec::with_capacity(pieces.len() * WIDE);
        for piece in pieces {
            let piece = usize::try_from(*piece)
                .unwrap_or(0)
                .min(PARTS * PART_ROWS - 1);
            let part = piece % PARTS;
            let start = (part * PART_ROWS + piece / PARTS) * WIDE;
            let (scale, low) = (self.part_scale[part], self.part_low[part]);
            let row = &self.table[start..start + WIDE];
            embedded.extend(row.iter().map(|value| f32::from(*value) * scale + low));
        }
        embedded
    }

    /// Sums the pieces of each sentence up, and runs the last network over the sums.
    fn finish(&self, features: &[f32], sentences: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let count = sentences.len();
        let mut sums = vec![0.0; count * FEATURES];
        let mut rows = features.chunks_exact(FEATURES);
        for (sentence, sum) in sentences.iter().zip(sums.chunks_exact_mut(FEATURES)) {
            for row in rows.by_ref().take(sentence.len()) {
                sum.iter_mut()
                    .zip(row)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
        let mut mean = product(&sums, &self.output.matrix, count);
        for (sentence, mean) in sentences.iter().zip(mean.chunks_exact_mut(WIDE)) {
            let length = f32::from(u16::try_from(sentence.len()).unwrap_or(u16::MAX));
            for (value, added) in mean.iter_mut().zip(&self.output.added) {
                *value = (*value + length * added) / length.sqrt();
            }
        }
        let [first, second, third, fourth] = &self.deep;
        let mut layer = product(&mean, first, count);
        rectify(&mut layer);
        let mut inner = product(&mean, &self.shortcut[0], count);
        multiply(&layer, second, &mut inner, count);
        rectify(&mut inner);
        let mut layer = product(&inner, third, count);
        rectify(&mut layer);
        let mut last = product(&inner, &self.shortcut[1], count);
        multiply(&layer, fourth, &mut last, count);
        last.chunks_exact(WIDE)
            .map(|row| {
                let row: Vec<f32> = row.iter().map(|value| value.tanh()).collect();
                let square: f32 = row.iter().map(|value| value * value).sum();
                let norm = square.max(EPSILON).sqrt();
                row.into_iter().map(|value| value / norm).collect()
            })
            .collect()
    }
}

impl Layer {
    fn apply(&self, rows: &[f32], count: usize) -> Vec<f32> {
        let mut out = self.added.repeat(count);
        multiply(rows, &self.matrix, &mut out, count);
        out
    }

    /// A convolution over windows of `order` pieces inside each sentence, rectified, added to what
    /// came in.
    fn convolve(
        &self,
        rows: &[f32],
        sentences: &[Vec<u32>],
        order: usize,
        back: usize,
    ) -> Vec<f32> {
        let count = rows.len() / NARROW;
        let mut windows = vec![0.0; count * order * NARROW];
        let mut start = 0;
        for sentence in sentences {
            for place in start..start + sentence.len() {
                for offset in 0..order {
                    let Some(from) = (place + offset).checked_sub(back) else {
                        continue;
                    };
                    if from < start || from >= start + sentence.len() {
                        continue;
                    }
                    let to = (place * order + offset) * NARROW;
                    windows[to..to + NARROW]
                        .copy_from_slice(&rows[from * NARROW..(from + 1) * NARROW]);
                }
            }
            start += sentence.len();
        }
        let mut out = self.apply(&windows, count);
        rectify(&mut out);
        out.iter_mut().zip(rows).for_each(|(out, row)| *out += row);
        out
    }
}

impl Norm {
    /// Brings each row to mean 0 and variance 1, then scales and shifts it.
    fn apply(&self, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.scale.len()) {
            let length = f32::from(u16::try_from(row.len()).unwrap_or(u16::MAX));
            let mean = row.iter().sum::<f32>() / length;
            for value in row.iter_mut() {
                *value -= mean;
            }
            let variance = row.iter().map(|value| value * value).sum::<f32>() / length;
            let factor = 1.0 / (variance + EPSILON).sqrt();
            for (value, (scale, offset)) in row.iter_mut().zip(self.scale.iter().zip(&self.offset))
            {
                *value = *value * factor * scale + offset;
            }
        }
    }
}

/// Cuts sentences into groups of at most so many pieces, or of one sentence.
fn batches(sentences: &[Vec<u32>], most: usize) -> Vec<&[Vec<u32>]> {
    let mut batches = Vec::new();
    let (mut start, mut pieces) = (0, 0);
    for (index, sentence) in sentences.iter().enumerate() {
        if pieces > 0 && pieces + sentence.len() > most {
            batches.push(&sentences[start..index]);
            (start, pieces) = (index, 0);
        }
        pieces += sentence.len();
    }
    batches.push(&sentences[start..]);
    batches
}

fn rectify(values: &mut [f32]) {
    for value in values {
        *value = value.max(0.0);
    }
}

fn product(rows: &[f32], matrix: &[f32], count: usize) -> Vec<f32> {
    let width = rows.len() / count.max(1);
    let mut out = vec![0.0; count * (matrix.len() / width.max(1))];
    multiply(rows, matrix, &mut out, count);
    out
}

/// Adds rows × matrix to `out`; the shapes follow from the number of rows.
fn multiply(rows: &[f32], matrix: &[f32], out: &mut [f32], count: usize) {
    let width = rows.len() / count.max(1);
    let wide = matrix.len() / width.max(1);
    // The shapes fit by construction; were they not to, nothing would be added.
    let (Ok(rows), Ok(matrix), Ok(mut out)) = (
        ArrayView2::from_shape((count, width), rows),
        ArrayView2::from_shape((width, wide), matrix),
        ArrayViewMut2::from_shape((count, wide), out),
    ) else {
        return;
    };
    general_mat_mul(1.0, &rows, &matrix, 1.0, &mut out);
}

/// Matrices of `WIDE` rows and `NARROW` columns beside each other.
fn side_by_side(matrices: &[Vec<f32>]) -> Vec<f32> {
    (0..WIDE)
        .flat_map(|row| {
            matrices
                .iter()
                .flat_map(move |matrix| &matrix[row * NARROW..(row + 1) * NARROW])
        })
        .copied()
        .collect()
}

/// Columns of some rows, in their order.
fn columns(rows: &[f32], places: &[usize], width: usize, columns: Range<usize>) -> Vec<f32> {
    let mut taken = Vec::with_capacity(places.len() * columns.len());
    for place in places {
        taken.extend_from_slice(&rows[place * width..][columns.clone()]);
    }
    taken
}

/// Writes rows of `width` into the rows of all features, from column `start`.
fn place(features: &mut [f32], rows: &[f32], width: usize, start: usize) {
    let targets = features.chunks_exact_mut(FEATURES);
    for (target, row) in targets.zip(rows.chunks_exact(width)) {
        target[start..start + width].copy_from_slice(row);
    }
}
