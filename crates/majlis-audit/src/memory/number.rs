//! Intervals of whole numbers.

/// From where on a bound counts as unknown.
pub(super) const FAR: i128 = 1 << 100;

/// All whole numbers from `lo` to `hi`; a bound at [`FAR`] is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) lo: i128,
    pub(super) hi: i128,
}

impl Range {
    pub(super) const ANY: Self = Self { lo: -FAR, hi: FAR };
    pub(super) const ZERO: Self = Self { lo: 0, hi: 0 };

    pub(super) fn new(lo: i128, hi: i128) -> Self {
        Self {
            lo: lo.clamp(-FAR, FAR),
            hi: hi.clamp(-FAR, FAR),
        }
    }

    pub(super) fn exactly(value: i128) -> Self {
        Self::new(value, value)
    }

    /// The only number in it.
    pub(super) fn single(self) -> Option<i128> {
        (self.lo == self.hi && self.lo.abs() < FAR).then_some(self.lo)
    }

    pub(super) fn has_lo(self) -> bool {
        self.lo > -FAR
    }

    pub(super) fn has_hi(self) -> bool {
        self.hi < FAR
    }

    pub(super) fn contains(self, value: i128) -> bool {
        self.lo <= value && value <= self.hi
    }

    pub(super) fn is_within(self, outer: Self) -> bool {
        outer.lo <= self.lo && self.hi <= outer.hi
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self::new(self.lo.min(other.lo), self.hi.max(other.hi))
    }

    /// What is in both; `None` where nothing is.
    pub(super) fn meet(self, other: Self) -> Option<Self> {
        let both = Self::new(self.lo.max(other.lo), self.hi.min(other.hi));
        (both.lo <= both.hi).then_some(both)
    }

    /// Bounds that still move are given up.
    pub(super) fn widen(self, next: Self) -> Self {
        Self {
            lo: match next.lo < self.lo {
                true if next.lo >= 0 => 0,
                true => -FAR,
                false => self.lo,
            },
            hi: if next.hi > self.hi { FAR } else { self.hi },
        }
    }

    pub(super) fn add(self, other: Self) -> Self {
        Self::new(
            if self.has_lo() && other.has_lo() {
                self.lo + other.lo
            } else {
                -FAR
            },
            if self.has_hi() && other.has_hi() {
                self.hi + other.hi
            } else {
                FAR
            },
        )
    }

    pub(super) fn negate(self) -> Self {
        Self::new(-self.hi, -self.lo)
    }

    pub(super) fn subtract(self, other: Self) -> Self {
        self.add(other.negate())
    }

    pub(super) fn multiply(self, other: Self) -> Self {
        let ends = [
            self.lo.saturating_mul(other.lo),
            self.lo.saturating_mul(other.hi),
            self.hi.saturating_mul(other.lo),
            self.hi.saturating_mul(other.hi),
        ];
        let lo = ends.iter().copied().min().unwrap_or(-FAR);
        let hi = ends.iter().copied().max().unwrap_or(FAR);
        Self::new(lo, hi)
    }

    /// Division towards zero; the divisor zero is left out.
    pub(super) fn divide(self, other: Self) -> Self {
        if other.contains(0) {
            let most = self.lo.abs().max(self.hi.abs());
            return Self::new(-most, most);
        }
        let ends = [
            self.lo / other.lo,
            self.lo / other.hi,
            self.hi / other.lo,
            self.hi / other.hi,
        ];
        let lo = ends.iter().copied().min().unwrap_or(-FAR);
        let hi = ends.iter().copied().max().unwrap_or(FAR);
        let lo = if self.has_lo() { lo } else { -FAR };
        let hi = if self.has_hi() { hi } else { FAR };
        Self::new(lo, hi)
    }

    pub(super) fn remainder(self, other: Self) -> Self {
        if let (Some(left), Some(right)) = (self.single(), other.single())
            && right != 0
        {
            return Self::exactly(left % right);
        }
        let most = other.lo.abs().max(other.hi.abs()) - 1;
        let most = most.min(self.lo.abs().max(self.hi.abs())).max(0);
        Self::new(if self.lo < 0 { -most } else { 0 }, most)
    }
}

#[cfg(test)]
mod tests {
    use super::Range;
    use proptest::prelude::*;

    fn range() -> impl Strategy<Value = (Range, i128)> {
        (-40i128..40, 0i128..20, 0i128..20)
            .prop_map(|(lo, length, at)| (Range::new(lo, lo + length), lo + at.min(length)))
    }

    proptest! {
        #[test]
        fn what_is_computed_of_members_is_in_the_computed_range((a, x) in range(), (b, y) in range()) {
            prop_assert!(a.add(b).contains(x + y));
            prop_assert!(a.subtract(b).contains(x - y));
            prop_assert!(a.multiply(b).contains(x * y));
            prop_assert!(a.join(b).contains(x) && a.join(b).contains(y));
            prop_assert!(a.widen(b).contains(x) && a.widen(b).contains(y));
            if y != 0 {
                prop_assert!(a.divide(b).contains(x / y), "{a:?} / {b:?}");
                prop_assert!(a.remainder(b).contains(x % y), "{a:?} % {b:?}");
            }
        }
    }
}
