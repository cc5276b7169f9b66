//! What one's own history says of models: how judges lean, whose marks foretell one's verdicts, who
//! is right how often, and how many independent votes several are worth.

use std::collections::{BTreeMap, BTreeSet};

use majlis_council::ballot::{
    Bias, Bin, Correlation, CorrelationSource, Forecast, Mark, Strength, bradley_terry, brier,
    calibration, effective_votes, error_correlation, judge_bias, prior_correlation,
};
use majlis_council::review::Review;
use majlis_llm::ModelId;
use majlis_store::{JudgedAnswer, ReviewRecord};

use crate::{App, AppError, VotesView};

/// Verdicts from which a record says enough to be used.
const ENOUGH: usize = 20;
/// Models that are ranked at most: those with the most verdicts.
const MAX_RANKED: usize = 64;

/// What one's own history says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CouncilStats {
    /// Each model that judged, by id.
    pub judges: Vec<JudgeRecord>,
    /// Each model whose answers were called right or wrong, by id.
    pub models: Vec<ModelRecord>,
}

/// A model as a judge.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgeRecord {
    /// The model.
    pub model: ModelId,
    /// How its marks lean against the other judges'.
    pub bias: Bias,
    /// How many of the answers it marked were called right or wrong.
    pub forecasts: usize,
    /// Brier score of its mark for correctness, taken as the probability (mark − 1) / 9 that the
    /// answer is right; 0 is perfect, 0.25 is a coin. `None` without verdicts.
    pub brier: Option<f64>,
    /// Those forecasts by class.
    pub calibration: Vec<Bin>,
}

/// A model as a member.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRecord {
    /// The model.
    pub model: ModelId,
    /// Its answers that were called right.
    pub right: usize,
    /// Its answers that were called wrong.
    pub wrong: usize,
    /// Bradley–Terry strength: a right answer wins against the wrong ones of the same question.
    /// `None` when it never met a different verdict.
    pub strength: Option<Strength>,
    /// There are 20 verdicts or more.
    pub is_enough: bool,
}

impl App {
    /// What one's own history says of models.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn council_stats(&self) -> Result<CouncilStats, AppError> {
        let reviews = self.inner.store.review_records().await?;
        let judged = self.inner.store.judged_answers().await?;
        let stats = move || CouncilStats {
            judges: judges(&reviews, &judged),
            models: models(&judged),
        };
        self.inner.cpu.run("measure one's history", stats).await
    }

    /// How many independent votes answers of these models are worth: by the person's verdicts where
    /// every pair has enough of them, else by the stated prior.
    pub(crate) async fn votes(&self, models: &[ModelId]) -> Result<Option<VotesView>, AppError> {
        let references: Vec<&ModelId> = models.iter().collect();
        let Some(prior) = prior_correlation(&references) else {
            return Ok(None);
        };
        let judged = self.inner.store.judged_answers().await?;
        let correlation = measured(models, &judged).unwrap_or(prior);
        let count = u32::try_from(models.len()).unwrap_or(u32::MAX);
        Ok(
            effective_votes(count, correlation.value).map(|effective| VotesView {
                models: count,
                effective,
                correlation,
            }),
        )
    }
}

/// The mean correlation of errors over all pairs; `None` unless each was measured. Two samples of
/// one model have no record against each other.
fn measured(models: &[ModelId], judged: &[JudgedAnswer]) -> Option<Correlation> {
    let mut by_model: BTreeMap<&ModelId, BTreeMap<i64, bool>> = BTreeMap::new();
    for answer in judged {
        if let Some(model) = &answer.model {
            let record = by_model.entry(model).or_default();
            record.insert(answer.consultation, answer.is_right);
        }
    }
    let mut values = Vec::new();
    for (place, one) in models.iter().enumerate() {
        for other in &models[place + 1..] {
            let (one, other) = (by_model.get(one)?, by_model.get(other)?);
            let shared: Vec<(bool, bool)> = one
                .iter()
                .filter_map(|(consultation, right)| Some((*right, *other.get(consultation)?)))
                .collect();
            values.push(error_correlation(&shared)?);
        }
    }
    let count = u32::try_from(values.len())
        .ok()
        .filter(|count| *count > 0)?;
    Some(Correlation {
        value: values.iter().sum::<f64>() / f64::from(count),
        source: CorrelationSource::History,
    })
}

fn judges(records: &[ReviewRecord], judged: &[JudgedAnswer]) -> Vec<JudgeRecord> {
    let verdicts: BTreeMap<&str, bool> = judged
        .iter()
        .map(|answer| (answer.member_id.as_str(), answer.is_right))
        .collect();
    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut marks = Vec::new();
    let mut forecasts: BTreeMap<ModelId, Vec<Forecast>> = BTreeMap::new();
    for record in records {
        let (Some(judge), Ok(review)) = (
            &record.judge,
            serde_json::from_value::<Review>(record.body.clone()),
        ) else {
            continue;
        };
        let next = answers.len();
        let provider = record.reviewed.as_ref().map(ModelId::provider);
        marks.push(Mark {
            judge: judge.clone(),
            answer: *answers.entry(&record.member_id).or_insert(next),
            place: usize::try_from(record.place).unwrap_or(usize::MAX),
            length_chars: record.answer_chars,
            own_family: provider == Some(judge.provider()),
            mark: review.scores.mean(),
        });
        if let Some(is_right) = verdicts.get(record.member_id.as_str()) {
            forecasts.entry(judge.clone()).or_default().push(Forecast {
                probability: f64::from(review.scores.correct.saturating_sub(1)) / 9.0,
                came_true: *is_right,
            });
        }
    }
    judge_bias(&marks)
        .into_iter()
        .map(|(model, bias)| {
            let said = forecasts.remove(&model).unwrap_or_default();
            JudgeRecord {
                model,
                bias,
                forecasts: said.len(),
                brier: brier(&said),
                calibration: calibration(&said),
            }
        })
        .collect()
}

fn models(judged: &[JudgedAnswer]) -> Vec<ModelRecord> {
    let mut counts: BTreeMap<&ModelId, (usize, usize)> = BTreeMap::new();
    for answer in judged {
        if let Some(model) = &answer.model {
            let (right, wrong) = counts.entry(model).or_default();
            let side = if answer.is_right { right } else { wrong };
            *side += 1;
        }
    }
    let mut ranked: Vec<&ModelId> = counts.keys().copied().collect();
    ranked.sort_by_key(|model| std::cmp::Reverse(counts[*model].0 + counts[*model].1));
    ranked.truncate(MAX_RANKED);
    let wins = wins(judged, &ranked);
    let met: BTreeSet<usize> = wins.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let strengths = bradley_terry(ranked.len(), &wins);
    counts
        .into_iter()
        .map(|(model, (right, wrong))| {
            let place = ranked.iter().position(|ranked| *ranked == model);
            let place = place.filter(|place| met.contains(place));
            ModelRecord {
                model: model.clone(),
                right,
                wrong,
                strength: place.and_then(|place| strengths.get(place).copied()),
                is_enough: right + wrong >= ENOUGH,
            }
        })
        .collect()
}

/// Each right answer wins against each wrong one of the same consultation.
fn wins(judged: &[JudgedAnswer], ranked: &[&ModelId]) -> Vec<(usize, usize)> {
    let place = |answer: &JudgedAnswer| {
        let model = answer.model.as_ref()?;
        ranked.iter().position(|ranked| *ranked == model)
    };
    let mut by_consultation: BTreeMap<i64, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for answer in judged {
        if let Some(place) = place(answer) {
            let (right, wrong) = by_consultation.entry(answer.consultation).or_default();
            let side = if answer.is_right { right } else { wrong };
            side.push(place);
        }
    }
    by_consultation
        .values()
        .flat_map(|(right, wrong)| {
            right
                .iter()
                .flat_map(move |winner| wrong.iter().map(move |loser| (*winner, *loser)))
        })
        .filter(|(winner, loser)| winner != loser)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ModelId {
        text.parse().unwrap()
    }

    fn judged(consultation: i64, model: &str, is_right: bool) -> JudgedAnswer {
        JudgedAnswer {
            consultation,
            member_id: format!("{consultation}-{model}"),
            model: Some(id(model)),
            is_right,
        }
    }

    #[test]
    fn who_is_right_where_others_are_wrong_is_stronger() {
        let answers: Vec<_> = (0..20)
            .flat_map(|n| [judged(n, "a/x", true), judged(n, "b/y", n % 4 == 0)])
            .chain([judged(99, "c/z", true)])
            .collect();
        let found = models(&answers);
        let record = |model: &str| found.iter().find(|one| one.model == id(model)).unwrap();
        assert_eq!((record("a/x").right, record("b/y").wrong), (20, 15));
        let strength = |model: &str| record(model).strength.map(|strength| strength.value);
        assert!(strength("a/x") > strength("b/y"));
        assert_eq!(strength("c/z"), None, "it met nobody");
        assert!(record("a/x").is_enough && !record("c/z").is_enough);
    }

    #[test]
    fn errors_that_go_together_make_fewer_votes() {
        let models = [id("a/x"), id("b/y")];
        let alike: Vec<_> = (0..20)
            .flat_map(|n| [judged(n, "a/x", n % 2 == 0), judged(n, "b/y", n % 2 == 0)])
            .collect();
        let found = measured(&models, &alike).unwrap();
        assert!((found.value - 1.0).abs() < 1e-9);
        assert_eq!(found.source, CorrelationSource::History);
        assert_eq!(measured(&models, &alike[..20]), None);
        assert_eq!(measured(&[id("a/x"), id("c/z")], &alike), None);
    }

    #[test]
    fn a_judges_marks_are_held_against_the_verdicts() {
        let record = |member: &str, correct: u8| ReviewRecord {
            consultation: 1,
            judge: Some(id("a/x")),
            member_id: member.to_owned(),
            reviewed: Some(id("b/y")),
            place: 0,
            answer_chars: 10,
            body: serde_json::json!({
                "judge": 0, "reviewed": 1, "position": 0, "reasons": "r",
                "scores": {"correct": correct, "complete": 5, "clear": 5, "grounded": 5},
                "fatal_error": null, "quote": null,
            }),
        };
        let second = ReviewRecord {
            judge: Some(id("c/z")),
            ..record("1-b/y", 10)
        };
        let records = [record("1-b/y", 10), second, record("other", 3)];
        let found = judges(&records, &[judged(1, "b/y", true)]);
        let first = found.iter().find(|one| one.model == id("a/x")).unwrap();
        assert_eq!((first.forecasts, first.brier), (1, Some(0.0)));
        assert_eq!(first.calibration.len(), 1);
        assert_eq!(
            first.bias.marks, 1,
            "only one answer was marked by another too"
        );
    }
}
