//! Scenes: someone does something, somewhere.

use majlis_text::Inference::{self, Contradiction, Entailment, Neutral};

use super::words::{
    Action, DOES, DOES_AR, EXTRA, EXTRA_AR, HOW, HOW_AR, Quality, Row, WHO, WHO_AR,
};
use super::{Chance, Pair};

/// The parts of one scene, as words.
#[derive(Debug, Clone, PartialEq)]
struct Scene {
    how: String,
    who: String,
    does: String,
    what: String,
    extra: String,
    is_arabic: bool,
}

impl Scene {
    fn plain(&self, way: usize) -> String {
        let Self {
            how,
            who,
            does,
            what,
            extra,
            ..
        } = self;
        let text = if self.is_arabic {
            match way % 3 {
                0 => format!("{who} {how} {does} {what} {extra}"),
                1 => format!("هناك {who} {how} {does} {what} {extra}"),
                _ => format!("ال{who} {} {does} {what} {extra}", definite(how)),
            }
        } else {
            match way % 4 {
                0 => format!("A {how} {who} is {does} a {what} {extra}"),
                1 => format!("The {how} {who} is {does} the {what} {extra}"),
                2 => format!("There is a {how} {who} {does} a {what} {extra}"),
                _ => format!(
                    "A {what} is being {} by a {how} {who} {extra}",
                    participle(does)
                ),
            }
        };
        tidy(&text)
    }

    fn denied(&self, way: usize) -> String {
        let Self {
            how,
            who,
            does,
            what,
            extra,
            ..
        } = self;
        let text = if self.is_arabic {
            match way % 3 {
                0 => format!("لا يوجد {who} {how} {does} {what} {extra}"),
                1 => format!("ال{who} {} لا {does} {what} {extra}", definite(how)),
                _ => format!("{who} {how} لا {does} {what} {extra}"),
            }
        } else {
            match way % 4 {
                0 => format!("There is no {how} {who} {does} a {what} {extra}"),
                1 => format!("The {how} {who} is not {does} the {what} {extra}"),
                2 => format!("A {how} {who} isn't {does} a {what} {extra}"),
                _ => format!("No {how} {who} is {does} a {what} {extra}"),
            }
        };
        tidy(&text)
    }
}

fn definite(how: &str) -> String {
    if how.is_empty() {
        String::new()
    } else {
        format!("ال{how}")
    }
}

fn participle(does: &str) -> String {
    let (verb, rest) = does.split_once(' ').unwrap_or((does, ""));
    let stem = verb.strip_suffix("ing").unwrap_or(verb);
    let stem = match stem {
        "throw" => "thrown".to_owned(),
        "rid" => "ridden".to_owned(),
        "eat" => "eaten".to_owned(),
        "cutt" => "cut".to_owned(),
        "read" => "read".to_owned(),
        "writ" => "written".to_owned(),
        "build" => "built".to_owned(),
        "buy" => "bought".to_owned(),
        "sell" => "sold".to_owned(),
        "hold" => "held".to_owned(),
        "catch" => "caught".to_owned(),
        "draw" => "drawn".to_owned(),
        stem => format!("{stem}ed").replace("eed", "ed"),
    };
    format!("{stem} {rest}")
}

pub(super) fn tidy(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1).copied().unwrap_or_default();
        let vowel = next.starts_with(['a', 'e', 'i', 'o']);
        out.push(match *word {
            "a" if vowel => "an".to_owned(),
            "A" if vowel => "An".to_owned(),
            word => word.to_owned(),
        });
    }
    out.join(" ")
}

/// A scene and the rows its words come from.
fn scene(chance: &mut Chance, is_arabic: bool) -> (Scene, Quality, Row, Action, Row) {
    if is_arabic {
        let (who, is_female) = WHO_AR[chance.below(WHO_AR.len())];
        let (does, whats) = &DOES_AR[chance.below(DOES_AR.len())];
        let does = does[usize::from(is_female)];
        let what = whats[chance.below(whats.len())];
        let how = HOW_AR[chance.below(HOW_AR.len())][usize::from(is_female)];
        let scene = Scene {
            how: String::new(),
            who: who[0].into(),
            does: does[0].into(),
            what: what[0].into(),
            extra: String::new(),
            is_arabic,
        };
        return (scene, how, who, does, what);
    }
    let who = WHO[chance.below(WHO.len())];
    let (does, whats) = DOES[chance.below(DOES.len())];
    let what = whats[chance.below(whats.len())];
    let how = HOW[chance.below(HOW.len())];
    let scene = Scene {
        how: String::new(),
        who: who[0].into(),
        does: does[0].into(),
        what: what[0].into(),
        extra: String::new(),
        is_arabic,
    };
    (scene, how, who, does, what)
}

/// A scene, what becomes of it, and the ways both are written.
struct Draft<'a> {
    one: Scene,
    other: Scene,
    how: Quality,
    who: Row,
    does: Action,
    what: Row,
    ways: (usize, usize),
    extras: &'static [&'static str],
    chance: &'a mut Chance,
}

/// Two scenes of which the first makes something known of the second; `None` where the operation
/// that was drawn does not fit the scene.
pub(super) fn pair(chance: &mut Chance, is_arabic: bool) -> Option<Pair> {
    let (mut one, how, who, does, what) = scene(chance, is_arabic);
    let extras = if is_arabic { EXTRA_AR } else { EXTRA };
    if chance.below(2) == 0 {
        one.how = how[0].into();
    }
    if chance.below(2) == 0 {
        one.extra = chance.of(extras).into();
    }
    let mut other = one.clone();
    // A change that keeps what is said, beside the operation.
    match chance.below(6) {
        0 => other.who = who[1].into(),
        1 => other.does = does[1].into(),
        2 => other.what = what[1].into(),
        3 if !one.how.is_empty() => other.how = how[1].into(),
        _ => {}
    }
    let ways = (chance.below(12), chance.below(12));
    let operation = chance.below(26);
    let draft = Draft {
        one,
        other,
        how,
        who,
        does,
        what,
        ways,
        extras,
        chance,
    };
    match operation {
        0..=4 | 16 | 22 => Some(draft.follows(operation)),
        5..=10 => Some(draft.differs(operation)),
        11 | 15 | 18..=21 | 23 => draft.lies_apart(operation),
        _ => Some(draft.clashes(operation)),
    }
}

impl Draft<'_> {
    fn plain(&self, label: Inference) -> Pair {
        let (first, second) = (self.one.plain(self.ways.0), self.other.plain(self.ways.1));
        Pair {
            first,
            second,
            label,
        }
    }

    fn denied(&self, label: Inference) -> Pair {
        let (first, second) = (self.one.plain(self.ways.0), self.other.denied(self.ways.1));
        Pair {
            first,
            second,
            label,
        }
    }

    /// The second says no more than the first.
    fn follows(mut self, operation: usize) -> Pair {
        match operation {
            2 => self.other.extra.clear(),
            3 => self.other.how.clear(),
            4 if self.chance.below(2) == 0 => self.other.who = self.who[2].into(),
            4 => self.other.what = self.what[2].into(),
            16 => {
                let (first, second) =
                    (self.one.denied(self.ways.0), self.other.denied(self.ways.1));
                return Pair {
                    first,
                    second,
                    label: Entailment,
                };
            }
            22 => {
                self.one.extra = self.chance.of(self.extras).into();
                self.other.extra.clear();
                self.other.how.clear();
            }
            _ => {}
        }
        self.plain(Entailment)
    }

    /// The second says more, or something else.
    fn differs(mut self, operation: usize) -> Pair {
        match operation {
            5 => {
                if self.chance.below(2) == 0 {
                    self.one.who = self.who[2].into();
                } else {
                    self.one.what = self.what[2].into();
                }
                self.other.who = self.who[0].into();
                self.other.what = self.what[0].into();
            }
            6 if self.other.extra.is_empty() => {
                self.other.extra = self.chance.of(self.extras).into();
            }
            6 => self.other.extra = std::mem::take(&mut self.one.extra),
            7 if self.one.how.is_empty() => self.other.how = self.how[0].into(),
            7 | 8 => self.other.what = self.what[3].into(),
            9 => self.other.does = self.does[3].into(),
            _ => self.other.who = self.who[3].into(),
        }
        self.plain(Neutral)
    }

    /// The second is another scene, or denies another one.
    fn lies_apart(mut self, operation: usize) -> Option<Pair> {
        let is_arabic = self.one.is_arabic;
        match operation {
            11 | 18 | 19 => {
                self.other = scene(self.chance, is_arabic).0;
                let is_denied = operation != 11 || self.chance.below(3) == 0;
                let is_apart = self.other.what != self.what[0];
                return is_apart.then(|| {
                    if is_denied {
                        self.denied(Neutral)
                    } else {
                        self.plain(Neutral)
                    }
                });
            }
            20 if !is_arabic => std::mem::swap(&mut self.other.who, &mut self.other.what),
            23 => {
                self.other.who = self.who[3].into();
                let (first, second) = (self.one.denied(self.ways.0), self.other.plain(self.ways.1));
                return Some(Pair {
                    first,
                    second,
                    label: Neutral,
                });
            }
            _ => {
                if operation != 15 {
                    self.other.who = self.who[3].into();
                }
                if self.chance.below(2) == 0 {
                    self.other.what = self.what[3].into();
                } else {
                    self.other.does = self.does[3].into();
                }
                if operation == 15 || self.chance.below(3) == 0 {
                    return Some(self.denied(Neutral));
                }
            }
        }
        Some(self.plain(Neutral))
    }

    /// Both cannot be.
    fn clashes(mut self, operation: usize) -> Pair {
        match operation {
            12..=14 => {
                // Denied where nothing more is said than the other says.
                if self.chance.below(2) == 0 {
                    self.other.extra.clear();
                }
                if self.chance.below(2) == 0 {
                    self.other.how.clear();
                }
                let mut pair = self.denied(Contradiction);
                if self.chance.below(2) != 0 {
                    std::mem::swap(&mut pair.first, &mut pair.second);
                }
                return pair;
            }
            17 if !self.does[2].is_empty() => self.other.does = self.does[2].into(),
            _ => {
                self.one.how = self.how[0].into();
                self.other.how = self.how[2].into();
            }
        }
        self.plain(Contradiction)
    }
}
