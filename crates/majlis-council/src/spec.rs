//! What a consultation is to be.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use majlis_llm::ModelId;

use crate::Plan;

/// How many samples of one model may sit in a council.
pub(crate) const SAMPLES: RangeInclusive<u8> = 1..=9;
/// How many members may sit in a council, samples counted.
const MAX_MEMBERS: usize = 36;

/// A consultation that can be held: a question and at least one member.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    question: String,
    context: Option<String>,
    seats: Vec<Seat>,
    plan: Plan,
}

/// Someone asked to sit in the council.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name for people; `None` gives a model its id and keeps names apart by a number.
    pub label: Option<String>,
    /// Where its answers come from.
    pub source: MemberSource,
}

/// Where a member's answers come from.
#[derive(Debug, Clone, PartialEq)]
pub enum MemberSource {
    /// A model that is asked.
    Model {
        /// Which.
        model: ModelId,
        /// How many answers of it, 1–9; each takes a seat of its own.
        samples: u8,
        /// What is sent with the question.
        options: MemberOptions,
        /// The embedded model, a demonstration: measured apart from real members, never counted
        /// with them.
        demo: bool,
    },
    /// An answer the person brought.
    Pasted {
        /// The answer, not blank.
        text: String,
    },
}

impl Member {
    /// One sample of a model, with the provider's defaults.
    pub fn model(model: ModelId) -> Self {
        Self {
            label: None,
            source: MemberSource::Model {
                model,
                samples: 1,
                options: MemberOptions::default(),
                demo: false,
            },
        }
    }

    /// An answer the person brought, under a name.
    pub fn pasted(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            label: Some(name.into()),
            source: MemberSource::Pasted { text: text.into() },
        }
    }
}

/// What is sent with the question. `None` leaves the provider's default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MemberOptions {
    /// Upper bound of the answer in tokens, reasoning included.
    pub max_output_tokens: Option<u32>,
    /// Sampling temperature, 0.0–2.0.
    pub temperature: Option<f64>,
    /// Seed of the first sample; each further one adds 1.
    pub seed: Option<u64>,
}

/// A place in the council: one answer is expected of it. Its number is its place in
/// [`Spec::seats`].
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    /// Its name for people, unlike all others.
    pub label: String,
    /// Where its answer comes from; `samples` is 1 and `seed` is this seat's own.
    pub source: MemberSource,
    /// Which sample of its model, from 1; `None` when the model was asked for one.
    pub sample: Option<u8>,
}

impl Seat {
    /// The embedded model, a demonstration.
    pub fn is_demo(&self) -> bool {
        matches!(self.source, MemberSource::Model { demo: true, .. })
    }
}

/// Why a consultation cannot be held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Nothing is asked.
    #[error("the question is empty")]
    EmptyQuestion,
    /// Nobody to ask.
    #[error("the council has no members")]
    NoMembers,
    /// More members than a council holds.
    #[error(
        "the council has {members} members, samples counted; at most {MAX_MEMBERS} can be compared"
    )]
    TooManyMembers {
        /// How many there would be.
        members: usize,
    },
    /// Not 1–9 samples.
    #[error("{samples} samples of {model} were asked for; 1 to 9 are possible")]
    Samples {
        /// The model.
        model: ModelId,
        /// What was asked for.
        samples: u8,
    },
    /// A pasted answer without text.
    #[error("the pasted answer {label:?} is empty")]
    EmptyAnswer {
        /// Its name.
        label: String,
    },
}

impl Spec {
    /// Checks a consultation and gives each expected answer a seat. Blank context is no context.
    ///
    /// # Errors
    /// [`SpecError`] when it cannot be held.
    pub fn new(
        question: impl Into<String>,
        context: Option<String>,
        members: Vec<Member>,
    ) -> Result<Self, SpecError> {
        let question = question.into();
        if question.trim().is_empty() {
            return Err(SpecError::EmptyQuestion);
        }
        let seats = members
            .into_iter()
            .map(seats_of)
            .collect::<Result<Vec<_>, _>>()?
            .concat();
        match seats.len() {
            0 => Err(SpecError::NoMembers),
            members if members > MAX_MEMBERS => Err(SpecError::TooManyMembers { members }),
            _ => Ok(Self {
                question,
                context: context.filter(|text| !text.trim().is_empty()),
                seats: keep_labels_apart(seats),
                plan: Plan::default(),
            }),
        }
    }

    /// A consultation that was held before, with its seats as they were.
    ///
    /// # Errors
    /// [`SpecError`] when it cannot be held.
    pub fn restored(
        question: impl Into<String>,
        context: Option<String>,
        seats: Vec<Seat>,
    ) -> Result<Self, SpecError> {
        let question = question.into();
        if question.trim().is_empty() {
            return Err(SpecError::EmptyQuestion);
        }
        if seats.is_empty() {
            return Err(SpecError::NoMembers);
        }
        Ok(Self {
            question,
            context: context.filter(|text| !text.trim().is_empty()),
            seats,
            plan: Plan::default(),
        })
    }

    /// The same consultation, held by another plan than the quick one.
    #[must_use]
    pub fn with_plan(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }

    /// How far it goes.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The question as it was put.
    pub fn question(&self) -> &str {
        &self.question
    }

    /// What the person gave besides the question.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// The places of the council, in order; a member's number is its place here.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }
}

fn seats_of(member: Member) -> Result<Vec<Seat>, SpecError> {
    match member.source {
        MemberSource::Pasted { text } => {
            let label = member.label.unwrap_or_else(|| "answer".to_owned());
            if text.trim().is_empty() {
                return Err(SpecError::EmptyAnswer { label });
            }
            Ok(vec![Seat {
                label,
                source: MemberSource::Pasted { text },
                sample: None,
            }])
        }
        MemberSource::Model {
            model,
            samples,
            options,
            demo,
        } => {
            if !SAMPLES.contains(&samples) {
                return Err(SpecError::Samples { model, samples });
            }
            let name = member.label.as_deref().unwrap_or(model.as_str());
            let seat = |sample: u8| Seat {
                label: if samples == 1 {
                    name.to_owned()
                } else {
                    format!("{name} #{sample}")
                },
                source: MemberSource::Model {
                    model: model.clone(),
                    samples: 1,
                    options: MemberOptions {
                        seed: options
                            .seed
                            .map(|seed| seed.wrapping_add(u64::from(sample - 1))),
                        ..options
                    },
                    demo,
                },
                sample: (samples > 1).then_some(sample),
            };
            Ok((1..=samples).map(seat).collect())
        }
    }
}

/// Adds " (2)", " (3)" … to names that were already taken.
fn keep_labels_apart(mut seats: Vec<Seat>) -> Vec<Seat> {
    let mut taken = HashSet::new();
    for seat in &mut seats {
        let mut number = 2;
        let name = seat.label.clone();
        while !taken.insert(seat.label.clone()) {
            seat.label = format!("{name} ({number})");
            number += 1;
        }
    }
    seats
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(samples: u8) -> Member {
        Member {
            label: None,
            source: MemberSource::Model {
                model: "a/b".parse().unwrap(),
                samples,
                options: MemberOptions {
                    seed: Some(7),
                    ..MemberOptions::default()
                },
                demo: false,
            },
        }
    }

    #[track_caller]
    fn refused(question: &str, members: Vec<Member>, expected: &SpecError) {
        assert_eq!(Spec::new(question, None, members).as_ref(), Err(expected));
        assert!(!expected.to_string().is_empty());
    }

    #[test]
    fn what_cannot_be_held_is_refused() {
        refused(" \n", vec![sampled(1)], &SpecError::EmptyQuestion);
        refused("q", vec![], &SpecError::NoMembers);
        refused(
            "q",
            vec![sampled(9); 5],
            &SpecError::TooManyMembers { members: 45 },
        );
        let model: ModelId = "a/b".parse().unwrap();
        for samples in [0, 10] {
            let model = model.clone();
            refused(
                "q",
                vec![sampled(samples)],
                &SpecError::Samples { model, samples },
            );
        }
        let label = "x".to_owned();
        refused(
            "q",
            vec![Member::pasted("x", " \n")],
            &SpecError::EmptyAnswer { label },
        );
    }

    #[test]
    fn each_sample_has_its_seat_name_and_seed() {
        let spec = Spec::new(
            "q",
            Some(" ".to_owned()),
            vec![sampled(2), Member::pasted("a/b", "text")],
        )
        .unwrap();
        let labels: Vec<_> = spec
            .seats()
            .iter()
            .map(|seat| (seat.label.as_str(), seat.sample))
            .collect();
        assert_eq!(
            labels,
            [("a/b #1", Some(1)), ("a/b #2", Some(2)), ("a/b", None)]
        );
        assert_eq!(spec.context(), None);
        assert_eq!(spec.question(), "q");
        let seeds: Vec<_> = spec
            .seats()
            .iter()
            .filter_map(|seat| match &seat.source {
                MemberSource::Model { options, .. } => options.seed,
                MemberSource::Pasted { .. } => None,
            })
            .collect();
        assert_eq!(seeds, [7, 8]);
    }

    #[test]
    fn a_consultation_is_restored_with_the_seats_it_had() {
        let spec = Spec::new("q", None, vec![sampled(3), Member::pasted("x", "1")]).unwrap();
        let restored = Spec::restored("q", None, spec.seats().to_vec()).unwrap();
        assert_eq!(restored, spec);
        assert_eq!(
            Spec::restored("q", None, Vec::new()),
            Err(SpecError::NoMembers)
        );
        assert_eq!(
            Spec::restored(" ", None, spec.seats().to_vec()),
            Err(SpecError::EmptyQuestion)
        );
    }

    #[test]
    fn equal_names_are_kept_apart() {
        let members = vec![
            Member::pasted("x", "1"),
            Member::pasted("x", "2"),
            Member::pasted("x (2)", "3"),
            Member::pasted("x", "4"),
        ];
        let spec = Spec::new("q", None, members).unwrap();
        let labels: Vec<_> = spec
            .seats()
            .iter()
            .map(|seat| seat.label.as_str())
            .collect();
        assert_eq!(labels, ["x", "x (2)", "x (2) (2)", "x (3)"]);
    }
}
