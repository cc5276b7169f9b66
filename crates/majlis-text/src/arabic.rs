//! Forms of Arabic words beyond what cutting off endings brings together.

/// Letters that a word carries in front of it: and, so, in, to, like, shall.
const CLITICS: [char; 6] = ['و', 'ف', 'ب', 'ل', 'ك', 'س'];
/// Consonants two words must share to be forms of one.
const MIN_SKELETON: usize = 3;

/// Two folded stems are forms of one word: a broken plural, a participle, or one with a particle
/// written onto it.
pub(crate) fn are_forms(one: &str, other: &str) -> bool {
    let carries = |long: &str, short: &str| {
        let rest = CLITICS.iter().find_map(|clitic| long.strip_prefix(*clitic));
        short.chars().count() >= MIN_SKELETON && rest == Some(short)
    };
    if carries(one, other) || carries(other, one) {
        return true;
    }
    let (one, other) = (skeleton(one), skeleton(other));
    one == other && one.chars().count() >= MIN_SKELETON
}

/// The consonants of a stem: "اطفال" and "طفل", "جالس" and "جلس" have the same.
fn skeleton(stem: &str) -> String {
    let stem = stem.strip_prefix('ا').unwrap_or(stem);
    let stem = stem.strip_suffix('ه').unwrap_or(stem);
    let letters = stem.chars().enumerate();
    letters
        .filter(|(place, letter)| *place == 0 || !matches!(letter, 'ا' | 'و' | 'ي'))
        .map(|(_, letter)| letter)
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn plurals_and_participles_are_forms_of_their_word() {
        for (one, other, expected) in [
            ("اطفال", "طفل", true),
            ("كلاب", "كلب", true),
            ("جالس", "جلس", true),
            ("بمدرس", "مدرس", true),
            ("كلب", "قلب", false),
            ("باب", "بيت", false),
        ] {
            assert_eq!(super::are_forms(one, other), expected, "{one} {other}");
        }
    }
}
