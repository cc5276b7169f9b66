//! Agreement of categorical verdicts.

use std::collections::BTreeMap;

/// Krippendorff's alpha for nominal data: 1 is full agreement, 0 what chance gives, below 0
/// systematic disagreement (down to −1 for two judges). One row per judge, one column per unit,
/// `None` where a judge gave no verdict. `None` when no unit has two verdicts, or when only one
/// verdict was ever given, so that chance agreement is complete.
pub fn krippendorff_alpha<V: Ord>(verdicts: &[Vec<Option<V>>]) -> Option<f64> {
    let units = verdicts.iter().map(Vec::len).max()?;
    let mut totals: BTreeMap<&V, f64> = BTreeMap::new();
    let mut observed = 0.0;
    for unit in 0..units {
        let mut counts: BTreeMap<&V, f64> = BTreeMap::new();
        for verdict in verdicts.iter().filter_map(|row| row.get(unit)?.as_ref()) {
            *counts.entry(verdict).or_default() += 1.0;
        }
        let judges: f64 = counts.values().sum();
        if judges < 2.0 {
            continue;
        }
        observed += disagreeing_pairs(&counts) / (judges - 1.0);
        for (verdict, count) in counts {
            *totals.entry(verdict).or_default() += count;
        }
    }
    let pairable: f64 = totals.values().sum();
    let expected = disagreeing_pairs(&totals) / (pairable - 1.0);
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

/// Ordered pairs of unlike verdicts among these counts.
fn disagreeing_pairs<V>(counts: &BTreeMap<&V, f64>) -> f64 {
    let all: f64 = counts.values().sum();
    all * all - counts.values().map(|count| count * count).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(rows: &[&str]) -> Vec<Vec<Option<char>>> {
        rows.iter()
            .map(|row| row.chars().map(|c| (c != '*').then_some(c)).collect())
            .collect()
    }

    #[track_caller]
    fn check(verdicts: &[&str], expected: Option<f64>) {
        let found = krippendorff_alpha(&rows(verdicts));
        assert_eq!(
            found.is_some(),
            expected.is_some(),
            "{verdicts:?}: {found:?}"
        );
        assert!(
            (found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 5e-4,
            "{verdicts:?}: {found:?}"
        );
    }

    #[test]
    fn the_published_examples_hold() {
        // Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), two judges without and four with missing verdicts.
        check(&["0100000000", "1110010010"], Some(0.095));
        check(
            &[
                "123321412***",
                "1233224125*3",
                "*3332342251*",
                "12332441251*",
            ],
            Some(0.743),
        );
    }

    #[test]
    fn without_two_verdicts_or_two_kinds_there_is_none() {
        check(&[], None);
        check(&["ab"], None);
        check(&["a*", "*b"], None);
        check(&["aa", "aa"], None);
    }

    proptest! {
        #[test]
        fn judges_have_no_order_and_agreement_is_at_most_one(
            verdicts in prop::collection::vec(prop::collection::vec(prop::option::of(0u8..3), 5), 2..5)
        ) {
            let found = krippendorff_alpha(&verdicts);
            prop_assert!(found.is_none_or(|alpha| alpha <= 1.0 + 1e-9));
            let reversed: Vec<_> = verdicts.into_iter().rev().collect();
            let other = krippendorff_alpha(&reversed);
            prop_assert_eq!(found.is_some(), other.is_some());
            prop_assert!((found.unwrap_or(0.0) - other.unwrap_or(0.0)).abs() < 1e-9);
        }
    }
}
