//! Statements as answers make them: states, numbers, quantities, duties.

use majlis_text::Inference::{self, Contradiction, Entailment, Neutral};

use super::scene::tidy;
use super::words::{
    COLOURS, COUNTS, Quality, STATES, STATES_AR, TAILS, TAILS_AR, THINGS, THINGS_AR, UNITS,
    UNITS_AR,
};
use super::{Chance, Pair};

/// What a pair speaks of.
struct Frame {
    thing: &'static str,
    tail: &'static str,
    unit: &'static str,
    state: Quality,
    other_state: &'static str,
    is_arabic: bool,
}

impl Frame {
    fn is(&self, state: &str, tail: &str) -> String {
        let link = if self.is_arabic { "" } else { "is" };
        format!("{} {link} {state} {tail}", self.thing)
    }

    fn is_not(&self, state: &str, tail: &str) -> String {
        let link = if self.is_arabic { "ليست" } else { "is not" };
        format!("{} {link} {state} {tail}", self.thing)
    }

    fn holds(&self, count: usize, tail: &str) -> String {
        let verb = if self.is_arabic {
            "تستوعب"
        } else {
            "handles"
        };
        format!("{} {verb} {count} {} {tail}", self.thing, self.unit)
    }

    fn of_modules(&self, quantity: &str) -> String {
        let (state, tail) = (self.state[0], self.tail);
        if self.is_arabic {
            format!("{quantity} الوحدات {state} {tail}")
        } else {
            format!("{quantity} modules are {state} {tail}")
        }
    }

    fn duty(&self, duty: &str) -> String {
        let (thing, tail) = (self.thing, self.tail);
        if self.is_arabic {
            format!("{duty} ضبط {thing} {tail}")
        } else {
            format!("You {duty} configure {} {tail}", thing.to_lowercase())
        }
    }

    fn states(&self, operation: usize) -> (String, String, Inference) {
        let ([state, synonym, opposite], other, tail) = (self.state, self.other_state, self.tail);
        match operation {
            0 => (
                self.is(state, tail),
                self.is_not(state, tail),
                Contradiction,
            ),
            1 => (
                self.is_not(state, tail),
                self.is(synonym, ""),
                Contradiction,
            ),
            2 => (self.is(state, tail), self.is(opposite, tail), Contradiction),
            3 => (self.is(state, tail), self.is(synonym, tail), Entailment),
            5 if other != state => (self.is(state, tail), self.is(other, tail), Neutral),
            6 if other != state => (self.is(state, tail), self.is_not(other, tail), Neutral),
            _ => (self.is(state, tail), self.is(state, ""), Entailment),
        }
    }

    fn amounts(&self, operation: usize, low: usize, high: usize) -> (String, String, Inference) {
        let tail = self.tail;
        let (every, some, none) = if self.is_arabic {
            ("كل", "بعض", "لا")
        } else {
            ("All", "Some", "No")
        };
        let (must, may, ban) = if self.is_arabic {
            ("يجب", "يجوز", "لا يجب")
        } else {
            ("must", "may", "must not")
        };
        match operation {
            7 => (self.holds(low, tail), self.holds(high, tail), Contradiction),
            8 => (self.holds(low, tail), self.holds(low, ""), Entailment),
            9 => (self.of_modules(every), self.of_modules(some), Entailment),
            10 => (self.of_modules(every), self.of_modules(none), Contradiction),
            11 => (self.of_modules(some), self.of_modules(every), Neutral),
            12 => (self.duty(must), self.duty(ban), Contradiction),
            13 => (self.duty(must), self.duty(may), Neutral),
            _ => (self.is(self.state[0], ""), self.holds(low, tail), Neutral),
        }
    }
}

/// A pair of statements.
pub(super) fn pair(chance: &mut Chance, is_arabic: bool) -> Pair {
    let (things, tails, states, units) = if is_arabic {
        (THINGS_AR, TAILS_AR, STATES_AR, UNITS_AR)
    } else {
        (THINGS, TAILS, STATES, UNITS)
    };
    let frame = Frame {
        thing: chance.of(things),
        tail: chance.of(tails),
        unit: chance.of(units),
        state: states[chance.below(states.len())],
        other_state: states[chance.below(states.len())][0],
        is_arabic,
    };
    let (low, high) = (3 + chance.below(40), 50 + chance.below(400));
    let colour = [chance.of(COLOURS), chance.of(COLOURS)];
    let count = [chance.of(COUNTS), chance.of(COUNTS)];
    let (tail, unit) = (frame.tail, frame.unit);
    let sign = |colour: &str| format!("The {colour} sign is {tail}");
    let waiting = |count: &str| format!("{count} {unit} are waiting {tail}");
    let operation = chance.below(16);
    let (first, second, label) = match operation {
        0..=6 => frame.states(operation),
        14 if colour[0] != colour[1] && !is_arabic => {
            (sign(colour[0]), sign(colour[1]), Contradiction)
        }
        15 if count[0] != count[1] && !is_arabic => {
            (waiting(count[0]), waiting(count[1]), Contradiction)
        }
        _ => frame.amounts(operation, low, high),
    };
    Pair {
        first: tidy(&first),
        second: tidy(&second),
        label,
    }
}
