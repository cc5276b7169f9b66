//! Weaknesses that are looked for together, and numbers that mean nearly the same.

use crate::Cwe;

/// What is looked for in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Values from outside that become part of a language, a path or an address.
    Injection,
    /// Who may do and read what: secrets, cryptography, permissions, sessions.
    Access,
    /// Memory and numbers.
    Memory,
    /// All the rest.
    Rest,
}

/// Weaknesses of values from outside (CWE 4.18).
const INJECTION: &[u32] = &[
    20, 22, 23, 36, 73, 74, 77, 78, 79, 80, 83, 88, 89, 90, 91, 93, 94, 95, 96, 98, 99, 112, 113,
    115, 116, 117, 134, 159, 184, 185, 400, 409, 434, 444, 470, 494, 501, 502, 564, 601, 611, 625,
    643, 652, 730, 776, 829, 915, 917, 918, 943, 1236, 1321, 1333, 1336, 1427,
];
/// Weaknesses of memory and numbers (CWE 4.18).
const MEMORY: &[u32] = &[
    119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131, 170, 188, 190, 191, 192, 193,
    194, 195, 196, 197, 242, 244, 369, 401, 404, 415, 416, 457, 459, 464, 466, 467, 468, 469, 475,
    476, 562, 570, 571, 587, 588, 590, 633, 662, 665, 667, 672, 674, 675, 676, 680, 681, 682, 686,
    690, 704, 758, 761, 762, 763, 764, 770, 771, 772, 773, 774, 775, 785, 786, 787, 788, 789, 805,
    806, 822, 823, 824, 825, 835, 839, 843, 908, 909, 910, 911,
];
/// Weaknesses of who may do what (CWE 4.18).
const ACCESS: &[u32] = &[
    200, 201, 203, 208, 209, 213, 215, 223, 250, 256, 257, 258, 259, 260, 261, 266, 269, 272, 273,
    276, 277, 278, 279, 280, 281, 284, 285, 287, 290, 294, 295, 296, 297, 298, 299, 306, 307, 311,
    312, 313, 315, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328, 329, 330, 331, 335, 336, 337,
    338, 340, 345, 346, 347, 350, 352, 353, 359, 362, 364, 367, 377, 378, 379, 384, 425, 426, 427,
    489, 497, 521, 522, 523, 524, 525, 532, 535, 538, 539, 540, 548, 552, 565, 598, 613, 614, 615,
    620, 639, 640, 668, 693, 732, 749, 757, 759, 760, 778, 780, 798, 862, 863, 916, 922, 926, 940,
    942, 1004, 1021, 1188, 1204, 1240, 1275, 1385,
];

/// Numbers that suites, rules and models use for one another; the first stands for all.
const KIN: &[&[u32]] = &[
    &[22, 23, 36, 73, 98],
    &[78, 77, 88],
    &[79, 80, 83, 116],
    &[89, 564, 943],
    &[94, 95, 96, 1336],
    &[93, 113],
    &[
        120, 119, 121, 122, 124, 125, 126, 127, 129, 131, 787, 788, 786, 805, 806, 193,
    ],
    &[190, 191, 680],
    &[195, 194, 196, 197, 681, 704],
    &[209, 200, 497, 532, 312],
    &[259, 321, 798],
    &[295, 297],
    &[327, 326, 328, 916, 780],
    &[330, 331, 335, 338, 337],
    &[400, 770, 1333, 730],
    &[401, 404, 771, 772, 775],
    &[415, 416, 825],
    &[252, 253, 391, 390, 754, 755],
    &[457, 908, 665, 824],
    &[476, 690],
    &[611, 776],
    &[614, 1004, 1275],
    &[732, 276, 378],
];

impl Family {
    /// Every family.
    pub const ALL: [Self; 4] = [Self::Injection, Self::Access, Self::Memory, Self::Rest];

    /// The family of a weakness.
    pub fn of(cwe: Cwe) -> Self {
        if INJECTION.contains(&cwe.0) {
            Self::Injection
        } else if MEMORY.contains(&cwe.0) {
            Self::Memory
        } else if ACCESS.contains(&cwe.0) {
            Self::Access
        } else {
            Self::Rest
        }
    }
}

/// The number that stands for a weakness and those it is confused with.
pub(super) fn kin(cwe: Cwe) -> u32 {
    let group = KIN.iter().find(|group| group.contains(&cwe.0));
    group
        .and_then(|group| group.first())
        .copied()
        .unwrap_or(cwe.0)
}

/// Whether two lists of weaknesses speak of the same; two empty ones do.
pub(super) fn are_kin(one: &[Cwe], other: &[Cwe]) -> bool {
    if one.is_empty() || other.is_empty() {
        return one.is_empty() && other.is_empty();
    }
    one.iter().any(|a| other.iter().any(|b| kin(*a) == kin(*b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weakness_is_of_one_family_and_kin_of_few() {
        for list in [INJECTION, MEMORY, ACCESS] {
            assert!(list.is_sorted());
        }
        let lists = [INJECTION, MEMORY, ACCESS].concat();
        for number in &lists {
            let count = lists.iter().filter(|other| *other == number).count();
            assert_eq!(count, 1, "{number}");
        }
        assert!(are_kin(&[Cwe(564)], &[Cwe(20), Cwe(89)]));
        assert!(!are_kin(&[Cwe(79)], &[Cwe(89)]));
        assert!(!are_kin(&[], &[Cwe(89)]) && are_kin(&[], &[]));
        assert_eq!(Family::of(Cwe(561)), Family::Rest);
    }
}
