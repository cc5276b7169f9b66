//! Training a head with one hidden layer: Adam over shuffled small batches, from a seed.

use super::generate::Chance;

/// Texts as numbers with their class and how much they count.
pub(crate) struct Sample {
    pub(crate) values: Vec<f32>,
    pub(crate) class: usize,
    pub(crate) weight: f32,
}

/// How it is trained.
pub(crate) struct Plan {
    pub(crate) hidden: usize,
    pub(crate) classes: usize,
    pub(crate) rounds: usize,
    pub(crate) rate: f32,
    pub(crate) decay: f32,
    pub(crate) seed: u64,
}

/// Rows of weights, what is added last.
pub(crate) struct Trained {
    pub(crate) hidden: Vec<Vec<f32>>,
    pub(crate) output: Vec<Vec<f32>>,
}

const BATCH: usize = 64;

/// Steps and rate of a linear head. The loss has one lowest point, which they reach.
const LINEAR_STEPS: u32 = 3000;
const LINEAR_RATE: f64 = 0.3;

/// Trains a head without a hidden layer by descent over all samples at once: rows of weights, what
/// is added last. `decay` holds the weights down, not what is added.
pub(crate) fn train_linear(samples: &[Sample], classes: usize, decay: f64) -> Vec<Vec<f64>> {
    let width = samples.first().map_or(0, |sample| sample.values.len()) + 1;
    let total: f64 = samples.iter().map(|sample| f64::from(sample.weight)).sum();
    let mut rows = vec![vec![0.0_f64; width]; classes];
    let mut speed = vec![vec![0.0_f64; width]; classes];
    for _ in 0..LINEAR_STEPS {
        let mut slope = vec![vec![0.0_f64; width]; classes];
        for sample in samples {
            let shares = linear_shares(&rows, &sample.values);
            for (class, (slope, share)) in slope.iter_mut().zip(shares).enumerate() {
                let expected = if class == sample.class { 1.0 } else { 0.0 };
                let error = (share - expected) * f64::from(sample.weight) / total;
                for (slope, value) in slope.iter_mut().zip(&sample.values) {
                    *slope += error * f64::from(*value);
                }
                slope[width - 1] += error;
            }
        }
        for ((row, slope), speed) in rows.iter_mut().zip(&slope).zip(&mut speed) {
            for (place, weight) in row.iter_mut().enumerate() {
                let pull = if place + 1 < width {
                    decay * *weight
                } else {
                    0.0
                };
                speed[place] = 0.9 * speed[place] - LINEAR_RATE * 0.1 * (slope[place] + pull);
                *weight += speed[place];
            }
        }
    }
    rows
}

fn linear_shares(rows: &[Vec<f64>], values: &[f32]) -> Vec<f64> {
    let scores: Vec<f64> = rows
        .iter()
        .map(|row| {
            let sum: f64 = row
                .iter()
                .zip(values)
                .map(|(weight, value)| weight * f64::from(*value))
                .sum();
            sum + row[values.len()]
        })
        .collect();
    let most = scores.iter().copied().fold(f64::MIN, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
}

/// Trains; the same samples and plan give the same weights.
pub(crate) fn train(samples: &[Sample], plan: &Plan) -> Trained {
    let width = samples.first().map_or(0, |sample| sample.values.len()) + 1;
    let mut chance = Chance(plan.seed);
    let mut start = |rows: usize, columns: usize| -> Vec<Vec<f32>> {
        let scale = (2.0 / columns as f32).sqrt();
        (0..rows)
            .map(|_| {
                (0..columns)
                    .map(|_| (chance.below(20001) as f32 / 10000.0 - 1.0) * scale)
                    .collect()
            })
            .collect()
    };
    let mut net = Trained {
        hidden: start(plan.hidden, width),
        output: start(plan.classes, plan.hidden + 1),
    };
    let size = plan.hidden * width + plan.classes * (plan.hidden + 1);
    let mut adam = Adam {
        mean: vec![0.0; size],
        square: vec![0.0; size],
    };
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut step = 0;
    for round in 0..plan.rounds {
        for place in (1..order.len()).rev() {
            order.swap(place, chance.below(place + 1));
        }
        let rate = plan.rate * (1.0 - round as f32 / plan.rounds as f32);
        for batch in order.chunks(BATCH) {
            let mut slope = vec![0.0; size];
            for index in batch {
                add_slope(&net, &samples[*index], &mut slope, width);
            }
            step += 1;
            descend(
                &mut net,
                &mut adam,
                &slope,
                (batch.len() as f32, rate, plan.decay, step),
            );
        }
    }
    net
}

impl Trained {
    fn forward(&self, values: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let hidden: Vec<f32> = self
            .hidden
            .iter()
            .map(|row| (dot(row, values) + row[values.len()]).max(0.0))
            .collect();
        let scores: Vec<f32> = self
            .output
            .iter()
            .map(|row| dot(row, &hidden) + row[hidden.len()])
            .collect();
        let most = scores.iter().copied().fold(f32::MIN, f32::max);
        let powers: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
        let sum: f32 = powers.iter().sum();
        (
            hidden,
            powers.into_iter().map(|power| power / sum).collect(),
        )
    }

    /// Mean of the classes' F1 over samples.
    pub(crate) fn macro_f1(&self, samples: &[Sample], classes: usize) -> f32 {
        let mut counts = vec![[0.0_f32; 3]; classes];
        for sample in samples {
            let (_, shares) = self.forward(&sample.values);
            let found = (0..classes)
                .max_by(|one, other| shares[*one].total_cmp(&shares[*other]))
                .unwrap_or(0);
            counts[sample.class][1] += 1.0;
            counts[found][2] += 1.0;
            if found == sample.class {
                counts[found][0] += 1.0;
            }
        }
        counts
            .iter()
            .map(|[hit, expected, found]| 2.0 * hit / (expected + found).max(1.0))
            .sum::<f32>()
            / classes as f32
    }

    pub(crate) fn text(&self, about: &str) -> String {
        let mut text = format!("# {about}\n");
        for row in self.hidden.iter().chain(&self.output) {
            let fields: Vec<String> = row.iter().map(|value| format!("{value:.4}")).collect();
            text.push_str(&fields.join(" "));
            text.push('\n');
        }
        text
    }
}

fn dot(row: &[f32], values: &[f32]) -> f32 {
    row.iter().zip(values).map(|(a, b)| a * b).sum()
}

fn add_slope(net: &Trained, sample: &Sample, slope: &mut [f32], width: usize) {
    let (hidden, mut shares) = net.forward(&sample.values);
    shares[sample.class] -= 1.0;
    for share in &mut shares {
        *share *= sample.weight;
    }
    let outputs = net.hidden.len() * width;
    let row_size = hidden.len() + 1;
    for (row, share) in shares.iter().enumerate() {
        let own = &mut slope[outputs + row * row_size..outputs + (row + 1) * row_size];
        own.iter_mut()
            .zip(&hidden)
            .for_each(|(slope, value)| *slope += share * value);
        own[hidden.len()] += share;
    }
    for (unit, value) in hidden.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        let _ = value;
        let back: f32 = shares
            .iter()
            .zip(&net.output)
            .map(|(share, row)| share * row[unit])
            .sum();
        let own = &mut slope[unit * width..(unit + 1) * width];
        own.iter_mut()
            .zip(&sample.values)
            .for_each(|(slope, value)| *slope += back * value);
        own[width - 1] += back;
    }
}

fn descend(
    net: &mut Trained,
    adam: &mut Adam,
    slope: &[f32],
    (count, rate, decay, step): (f32, f32, f32, i32),
) {
    let warm = (1.0 - 0.9_f32.powi(step), 1.0 - 0.999_f32.powi(step));
    let weights = net.hidden.iter_mut().chain(&mut net.output).flatten();
    for ((weight, slope), (mean, square)) in weights
        .zip(slope)
        .zip(adam.mean.iter_mut().zip(&mut adam.square))
    {
        let slope = slope / count + decay * *weight;
        *mean = 0.9 * *mean + 0.1 * slope;
        *square = 0.999 * *square + 0.001 * slope * slope;
        *weight -= rate * (*mean / warm.0) / ((*square / warm.1).sqrt() + 1e-8);
    }
}
