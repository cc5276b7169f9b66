//! How a judge's marks lean: towards what it is shown first, what is long, what is like itself.
//!
//! Each mark is held against the mean of the other judges' marks of the same answer, so that good
//! answers that happen to be long or first do not count as a lean.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Marks on each side of a comparison below which nothing is said.
const MIN_MARKS: usize = 5;
/// Marks below which no correlation is given.
const MIN_CORRELATED: usize = 10;

/// One mark of one judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark<J> {
    /// Who judged.
    pub judge: J,
    /// Equal numbers are one answer.
    pub answer: usize,
    /// Where it stood among those the judge was shown, from 0.
    pub place: usize,
    /// How long it was, in characters.
    pub length_chars: u64,
    /// It is by a model of the judge's own provider.
    pub own_family: bool,
    /// The mark, 1–10.
    pub mark: f64,
}

/// How far a judge leans. `None`: too few marks to say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bias {
    /// Marks that another judge's could be held against.
    pub marks: usize,
    /// By how much answers shown first are marked higher than the others, in points of ten.
    pub first: Option<f64>,
    /// How marks go with the logarithm of the length: Pearson's correlation, −1 to 1.
    pub length: Option<f64>,
    /// By how much answers of the judge's own provider are marked higher, in points of ten.
    pub own_family: Option<f64>,
}

/// How each judge leans, by judge.
pub fn judge_bias<J: Ord + Clone>(marks: &[Mark<J>]) -> BTreeMap<J, Bias> {
    let mut by_answer: BTreeMap<usize, (f64, u32)> = BTreeMap::new();
    for mark in marks {
        let (sum, count) = by_answer.entry(mark.answer).or_default();
        *sum += mark.mark;
        *count += 1;
    }
    let mut leans: BTreeMap<J, Vec<(f64, &Mark<J>)>> = BTreeMap::new();
    for mark in marks {
        let (sum, count) = by_answer.get(&mark.answer).copied().unwrap_or_default();
        if count > 1 {
            let others = (sum - mark.mark) / f64::from(count - 1);
            let lean = (mark.mark - others, mark);
            leans.entry(mark.judge.clone()).or_default().push(lean);
        }
    }
    leans
        .into_iter()
        .map(|(judge, leans)| (judge, bias(&leans)))
        .collect()
}

fn bias<J>(leans: &[(f64, &Mark<J>)]) -> Bias {
    let difference = |is_in: &dyn Fn(&Mark<J>) -> bool| {
        let (within, without): (Vec<_>, Vec<_>) = leans.iter().partition(|(_, mark)| is_in(mark));
        let mean_of = |side: &[&(f64, &Mark<J>)]| {
            let values: Vec<f64> = side.iter().map(|(lean, _)| *lean).collect();
            (values.len() >= MIN_MARKS).then(|| mean(&values)).flatten()
        };
        Some(mean_of(&within)? - mean_of(&without)?)
    };
    let lengths: Vec<(f64, f64)> = leans
        .iter()
        .map(|(lean, mark)| (*lean, length_of(mark.length_chars)))
        .collect();
    Bias {
        marks: leans.len(),
        first: difference(&|mark| mark.place == 0),
        length: (lengths.len() >= MIN_CORRELATED)
            .then(|| pearson(&lengths))
            .flatten(),
        own_family: difference(&|mark| mark.own_family),
    }
}

fn length_of(chars: u64) -> f64 {
    f64::from(u32::try_from(chars.max(1)).unwrap_or(u32::MAX)).ln()
}

fn mean(values: &[f64]) -> Option<f64> {
    let count = u32::try_from(values.len())
        .ok()
        .filter(|count| *count > 0)?;
    Some(values.iter().sum::<f64>() / f64::from(count))
}

/// Pearson's correlation; `None` where one side does not vary.
pub(crate) fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (first, second) = (mean(&first)?, mean(&second)?);
    let (mut both, mut one, mut other) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        let (x, y) = (x - first, y - second);
        both += x * y;
        one += x * x;
        other += y * y;
    }
    let spread = (one * other).sqrt();
    (spread > 1e-12).then(|| (both / spread).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve answers; `lean` marks by a rule of its own, two others by the answer alone.
    fn marks(lean: impl Fn(usize) -> f64) -> Vec<Mark<&'static str>> {
        let mark = |judge, answer: usize, mark| Mark {
            judge,
            answer,
            place: answer % 2,
            length_chars: 100 << (answer % 3),
            own_family: answer < 6,
            mark,
        };
        (0..12)
            .flat_map(|answer| {
                let good = 5.0 + f64::from(u32::try_from(answer % 4).unwrap());
                [
                    mark("fair", answer, good),
                    mark("also fair", answer, good),
                    mark("leans", answer, good + lean(answer)),
                ]
            })
            .collect()
    }

    #[track_caller]
    fn check(found: Option<f64>, expected: f64) {
        assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_judge_that_likes_what_it_sees_first_is_found() {
        let found = judge_bias(&marks(|answer| if answer % 2 == 0 { 1.0 } else { 0.0 }));
        check(found["leans"].first, 1.0);
        check(found["leans"].own_family, 0.0);
        assert_eq!(found["leans"].marks, 12);
    }

    #[test]
    fn a_judge_that_likes_length_or_its_own_is_found() {
        let length = |answer: usize| f64::from(u32::try_from(answer % 3).unwrap());
        check(judge_bias(&marks(length))["leans"].length, 1.0);
        let own = judge_bias(&marks(|answer| if answer < 6 { 0.5 } else { 0.0 }));
        check(own["leans"].own_family, 0.5);
    }

    #[test]
    fn too_few_marks_and_marks_of_one_judge_say_nothing() {
        let few: Vec<_> = marks(|_| 0.0).into_iter().take(9).collect();
        let found = judge_bias(&few);
        let fair = found["fair"];
        assert_eq!(
            (fair.first, fair.length, fair.own_family),
            (None, None, None)
        );
        let alone: Vec<_> = marks(|_| 0.0)
            .into_iter()
            .filter(|mark| mark.judge == "fair")
            .collect();
        assert!(judge_bias(&alone).is_empty());
    }
}
