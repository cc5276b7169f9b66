//! How many independent votes several members are worth.

use majlis_llm::ModelId;
use serde::{Deserialize, Serialize};

/// Mean pairwise correlation of the members' errors, and where it is from. Shown beside every
/// count of votes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// 0 (independent) to 1 (one vote in several mouths).
    pub value: f64,
    /// Where the value is from.
    pub source: CorrelationSource,
}

/// Where a [`Correlation`] is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrelationSource {
    /// Measured on the person's own verdicts.
    History,
    /// Assumed; see [`prior_correlation`].
    Prior,
}

/// Two models of different providers. Nine judges of seven families were worth about two
/// independent votes (arXiv 2605.29800, May 2026); 0.4 gives nine judges 2.1 votes.
const OTHER_FAMILY: f64 = 0.4;
/// Two models of one provider: an assumption of ours, midway between [`OTHER_FAMILY`] and one mind.
const SAME_FAMILY: f64 = 0.7;
/// Two samples of one model: an assumption of ours; they share every systematic error and differ
/// only by chance.
const SAME_MODEL: f64 = 0.9;

/// The correlation assumed without history: the mean over pairs of 0.4 for models of different
/// providers (after arXiv 2605.29800), 0.7 for one provider and 0.9 for samples of one model (both
/// assumptions). `None` for fewer than two models.
pub fn prior_correlation(models: &[&ModelId]) -> Option<Correlation> {
    let mut pairs = Vec::new();
    for (index, one) in models.iter().enumerate() {
        pairs.extend(
            models[index + 1..]
                .iter()
                .map(|other| pair_prior(one, other)),
        );
    }
    let count = u32::try_from(pairs.len()).ok().filter(|count| *count > 0)?;
    Some(Correlation {
        value: pairs.iter().sum::<f64>() / f64::from(count),
        source: CorrelationSource::Prior,
    })
}

fn pair_prior(one: &ModelId, other: &ModelId) -> f64 {
    if one == other {
        SAME_MODEL
    } else if one.provider() == other.provider() {
        SAME_FAMILY
    } else {
        OTHER_FAMILY
    }
}

/// `n_eff = N / (1 + (N − 1)ρ)`: how many independent votes `members` are worth, 1 to N. ρ is clamped
/// to 0–1; `None` without members or when ρ is no number.
pub fn effective_votes(members: u32, correlation: f64) -> Option<f64> {
    if members == 0 || correlation.is_nan() {
        return None;
    }
    let members = f64::from(members);
    Some(members / (1.0 + (members - 1.0) * correlation.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(models: &[&str], expected: Option<f64>) {
        let models: Vec<ModelId> = models.iter().map(|text| text.parse().unwrap()).collect();
        let found = prior_correlation(&models.iter().collect::<Vec<_>>());
        assert_eq!(found.is_some(), expected.is_some());
        assert!(
            (found.map_or(0.0, |c| c.value) - expected.unwrap_or(0.0)).abs() < 1e-9,
            "{found:?}"
        );
    }

    #[test]
    fn the_prior_follows_how_near_the_models_are() {
        check(&[], None);
        check(&["a/x"], None);
        check(&["a/x", "b/x"], Some(0.4));
        check(&["a/x", "a/y"], Some(0.7));
        check(&["a/x", "a/x"], Some(0.9));
        check(&["a/x", "a/y", "b/z"], Some(0.5));
    }

    #[test]
    fn nine_judges_are_about_two_votes() {
        assert!((effective_votes(9, OTHER_FAMILY).unwrap() - 2.142_857).abs() < 1e-6);
        assert_eq!(effective_votes(0, 0.5), None);
        assert_eq!(effective_votes(3, f64::NAN), None);
    }

    proptest! {
        #[test]
        fn votes_lie_between_one_and_all(members in 1u32..100, correlation in -2.0f64..2.0) {
            let votes = effective_votes(members, correlation).unwrap();
            prop_assert!(votes >= 1.0 - 1e-9 && votes <= f64::from(members) + 1e-9);
        }

        #[test]
        fn more_correlation_is_never_more_votes(members in 1u32..100, low in 0.0f64..1.0, more in 0.0f64..1.0) {
            prop_assert!(effective_votes(members, low + more) <= effective_votes(members, low));
        }
    }
}
