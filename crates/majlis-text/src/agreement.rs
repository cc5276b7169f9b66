//! How far members agree, as one number.

/// Agreement of the members that took a stance, from how many stand at each position: 1 − H/ln n,
/// with H the entropy over positions and n the number of members. 1 when all stand together, 0
/// when each stands alone; `None` when fewer than two took a stance.
pub fn entropy_agreement(positions: &[usize]) -> Option<f64> {
    let members: usize = positions.iter().sum();
    if members < 2 {
        return None;
    }
    let total = as_real(members);
    let entropy: f64 = positions
        .iter()
        .filter(|count| **count > 0)
        .map(|count| as_real(*count) / total)
        .map(|share| -share * share.ln())
        .sum();
    Some((1.0 - entropy / total.ln()).clamp(0.0, 1.0))
}

/// A count as a real number. Exact below 2³², far above any count here.
pub(crate) fn as_real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A share as a real number, `None` of nothing.
pub(crate) fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| as_real(part) / as_real(whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(positions: &[usize], expected: Option<f64>) {
        match (entropy_agreement(positions), expected) {
            (Some(found), Some(expected)) => {
                assert!((found - expected).abs() < 1e-9, "{positions:?}: {found}");
            }
            (found, expected) => assert_eq!(found, expected, "{positions:?}"),
        }
    }

    #[test]
    fn agreement_needs_two_members() {
        check(&[], None);
        check(&[1], None);
        check(&[0, 1, 0], None);
    }

    #[test]
    fn one_position_is_full_agreement_and_one_member_each_is_none() {
        check(&[2], Some(1.0));
        check(&[5, 0], Some(1.0));
        check(&[1, 1], Some(0.0));
        check(&[1, 1, 1, 1], Some(0.0));
        check(&[2, 2], Some(0.5));
        check(&[3, 1], Some(1.0 - 0.562_335_144_618_808_3 / 4.0_f64.ln()));
    }

    proptest! {
        #[test]
        fn it_lies_in_range_and_the_order_of_positions_does_not_matter(mut positions in prop::collection::vec(0usize..9, 0..9)) {
            let found = entropy_agreement(&positions);
            if let Some(value) = found {
                prop_assert!((0.0..=1.0).contains(&value));
            }
            positions.reverse();
            let reversed = entropy_agreement(&positions);
            prop_assert_eq!(found.is_some(), reversed.is_some());
            prop_assert!((found.unwrap_or(0.0) - reversed.unwrap_or(0.0)).abs() < 1e-9);
        }
    }
}
