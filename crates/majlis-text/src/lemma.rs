//! English words brought to the form a dictionary lists.

use crate::wordnet::{self, Part};

/// Forms that no rule gives, with what they are forms of.
const IRREGULAR: &[(&str, &str)] = &[
    ("men", "man"),
    ("women", "woman"),
    ("children", "child"),
    ("people", "person"),
    ("feet", "foot"),
    ("teeth", "tooth"),
    ("mice", "mouse"),
    ("geese", "goose"),
    ("knives", "knife"),
    ("wives", "wife"),
    ("lives", "life"),
    ("leaves", "leaf"),
    ("wolves", "wolf"),
    ("shelves", "shelf"),
    ("halves", "half"),
    ("data", "data"),
    ("ran", "run"),
    ("ate", "eat"),
    ("eaten", "eat"),
    ("sat", "sit"),
    ("sitting", "sit"),
    ("stood", "stand"),
    ("went", "go"),
    ("gone", "go"),
    ("came", "come"),
    ("took", "take"),
    ("taken", "take"),
    ("gave", "give"),
    ("given", "give"),
    ("got", "get"),
    ("made", "make"),
    ("said", "say"),
    ("saw", "see"),
    ("seen", "see"),
    ("knew", "know"),
    ("known", "know"),
    ("thought", "think"),
    ("told", "tell"),
    ("found", "find"),
    ("left", "leave"),
    ("felt", "feel"),
    ("kept", "keep"),
    ("held", "hold"),
    ("brought", "bring"),
    ("bought", "buy"),
    ("wrote", "write"),
    ("written", "write"),
    ("lost", "lose"),
    ("paid", "pay"),
    ("met", "meet"),
    ("rode", "ride"),
    ("ridden", "ride"),
    ("rose", "rise"),
    ("risen", "rise"),
    ("fell", "fall"),
    ("fallen", "fall"),
    ("grew", "grow"),
    ("grown", "grow"),
    ("drew", "draw"),
    ("drawn", "draw"),
    ("drove", "drive"),
    ("driven", "drive"),
    ("flew", "fly"),
    ("flown", "fly"),
    ("threw", "throw"),
    ("thrown", "throw"),
    ("broke", "break"),
    ("broken", "break"),
    ("chose", "choose"),
    ("chosen", "choose"),
    ("spoke", "speak"),
    ("spoken", "speak"),
    ("woke", "wake"),
    ("wore", "wear"),
    ("worn", "wear"),
    ("won", "win"),
    ("sang", "sing"),
    ("sung", "sing"),
    ("swam", "swim"),
    ("swum", "swim"),
    ("began", "begin"),
    ("begun", "begin"),
    ("drank", "drink"),
    ("drunk", "drink"),
    ("slept", "sleep"),
    ("fought", "fight"),
    ("caught", "catch"),
    ("taught", "teach"),
    ("sold", "sell"),
    ("sent", "send"),
    ("spent", "spend"),
    ("built", "build"),
    ("lent", "lend"),
    ("led", "lead"),
    ("fed", "feed"),
    ("shot", "shoot"),
    ("hid", "hide"),
    ("hidden", "hide"),
    ("lying", "lie"),
    ("lay", "lie"),
    ("dying", "die"),
    ("tying", "tie"),
    ("better", "good"),
    ("best", "good"),
    ("worse", "bad"),
    ("worst", "bad"),
    ("fewer", "few"),
    ("less", "little"),
    ("shook", "shake"),
    ("shone", "shine"),
    ("sank", "sink"),
    ("stole", "steal"),
    ("stolen", "steal"),
    ("struck", "strike"),
    ("swept", "sweep"),
    ("understood", "understand"),
    ("became", "become"),
    ("beaten", "beat"),
    ("bitten", "bite"),
    ("blew", "blow"),
    ("bent", "bend"),
    ("dug", "dig"),
    ("dealt", "deal"),
    ("hung", "hang"),
    ("heard", "hear"),
    ("laid", "lay"),
    ("meant", "mean"),
    ("sought", "seek"),
    ("shown", "show"),
];

/// Endings of inflected words with what stands in their place in the dictionary.
const ENDINGS: &[(&str, &[&str], Part)] = &[
    ("ies", &["y"], Part::Noun),
    ("ies", &["y"], Part::Verb),
    ("ied", &["y"], Part::Verb),
    ("ing", &["", "e"], Part::Verb),
    ("ed", &["", "e"], Part::Verb),
    ("es", &["", "e"], Part::Noun),
    ("es", &["", "e"], Part::Verb),
    ("s", &[""], Part::Noun),
    ("s", &[""], Part::Verb),
    ("iest", &["y"], Part::Adjective),
    ("ier", &["y"], Part::Adjective),
    ("est", &["", "e"], Part::Adjective),
    ("er", &["", "e"], Part::Adjective),
    ("ly", &["", "le"], Part::Adjective),
];

/// The dictionary form of a folded English word; the word itself where none is known.
pub(crate) fn lemma(word: &str) -> String {
    let word = word.strip_suffix("'s").unwrap_or(word);
    if let Some((_, base)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        return (*base).to_owned();
    }
    if word.len() < 4 || !word.is_ascii() {
        return word.to_owned();
    }
    for (ending, places, part) in ENDINGS {
        let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.len() >= 2) else {
            continue;
        };
        // "Glass", "careless": no plural.
        if *ending == "s" && stem.ends_with('s') {
            continue;
        }
        // A comparative is one only where the word is nothing else ("player", "water").
        if matches!(*ending, "er" | "ier" | "est" | "iest" | "ly") && wordnet::knows(word) {
            continue;
        }
        for place in *places {
            let base = format!("{stem}{place}");
            if wordnet::is(&base, *part) {
                return base;
            }
        }
        if let Some(base) = undoubled(stem).filter(|base| wordnet::is(base, *part)) {
            return base.to_owned();
        }
    }
    word.to_owned()
}

/// A stem without its doubled last letter ("runn" → "run").
fn undoubled(stem: &str) -> Option<&str> {
    let mut letters = stem.chars().rev();
    let (last, before) = (letters.next()?, letters.next()?);
    (last == before).then(|| &stem[..stem.len() - last.len_utf8()])
}

#[cfg(test)]
mod tests {
    use super::lemma;

    #[test]
    fn forms_lead_to_the_word_in_the_dictionary() {
        for (form, expected) in [
            ("playing", "play"),
            ("running", "run"),
            ("making", "make"),
            ("cities", "city"),
            ("stopped", "stop"),
            ("boxes", "box"),
            ("dogs", "dog"),
            ("glass", "glass"),
            ("women", "woman"),
            ("taller", "tall"),
            ("player", "player"),
            ("dog's", "dog"),
            ("xyzzies", "xyzzies"),
            ("is", "is"),
        ] {
            assert_eq!(lemma(form), expected, "{form}");
        }
    }
}
