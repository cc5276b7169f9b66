//! What is known about every member while a run goes on.

use std::collections::HashMap;
use std::time::Instant;

use majlis_app::{CallView, MemberView, Notice, ReplyHead, ReplyState, RunEvent};
use majlis_council::Stage;

use super::stage_name;

/// One member or channel.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    /// Id of its answer.
    pub(crate) message_id: String,
    /// Its name on screen.
    pub(crate) label: String,
    /// An answer the person brought.
    pub(crate) pasted: bool,
    /// The embedded demonstration.
    pub(crate) demo: bool,
    /// How far it came.
    pub(crate) state: ReplyState,
    /// The answer so far, as the model wrote it.
    pub(crate) text: String,
    /// It showed reasoning, and no text yet.
    pub(crate) reasoning: bool,
    /// What went wrong.
    pub(crate) error: Option<Notice>,
    /// The request behind it, once it ended.
    pub(crate) call: Option<CallView>,
    /// When it ended.
    pub(crate) ended: Option<Instant>,
}

impl Seat {
    /// A member as the store has it.
    pub(crate) fn of_member(member: &MemberView) -> Self {
        Self {
            message_id: member.message_id.clone(),
            label: member.label.clone(),
            pasted: member.model.is_none(),
            demo: member.demo,
            state: member.state,
            text: member.text.clone(),
            reasoning: false,
            error: member.error.clone(),
            call: member.call.clone(),
            ended: None,
        }
    }

    /// The same member before it said anything.
    pub(crate) fn emptied(self) -> Self {
        Self {
            state: ReplyState::Waiting,
            text: String::new(),
            error: None,
            call: None,
            ..self
        }
    }

    /// A channel that is about to answer.
    pub(crate) fn of_reply(head: &ReplyHead) -> Self {
        Self {
            message_id: head.message_id.clone(),
            label: head.label.clone(),
            pasted: head.model.is_none(),
            demo: false,
            state: ReplyState::Waiting,
            text: String::new(),
            reasoning: false,
            error: None,
            call: None,
            ended: None,
        }
    }

    /// Nothing more will come.
    pub(crate) fn is_over(&self) -> bool {
        !matches!(self.state, ReplyState::Waiting | ReplyState::Streaming)
    }
}

/// How far a stage after the first round came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Which stage.
    pub(crate) stage: Stage,
    /// Who is asked, by the id of the reply.
    names: HashMap<String, String>,
    /// Whose reply is not there yet, sorted.
    pub(crate) missing: Vec<String>,
}

impl Progress {
    fn new(stage: Stage, replies: &[ReplyHead]) -> Self {
        let name = |head: &ReplyHead| (head.message_id.clone(), head.label.clone());
        let mut missing: Vec<String> = replies.iter().map(|head| head.label.clone()).collect();
        missing.sort();
        Self {
            stage,
            names: replies.iter().map(name).collect(),
            missing,
        }
    }

    fn ended(&mut self, message_id: &str) {
        let name = self.names.get(message_id);
        if let Some(place) = self
            .missing
            .iter()
            .position(|missing| Some(missing) == name)
        {
            self.missing.remove(place);
        }
    }

    /// The stage and whom it waits for, in a line.
    pub(crate) fn line(&self) -> String {
        let stage = stage_name(self.stage);
        if self.missing.is_empty() {
            format!("{stage} …")
        } else {
            format!("{stage}: waiting for {}", self.missing.join(", "))
        }
    }
}

/// All members of one run, in order.
#[derive(Debug, Clone)]
pub(crate) struct Board {
    /// The members.
    pub(crate) seats: Vec<Seat>,
    /// When the run began.
    pub(crate) started: Instant,
    /// The stage after the first round that is being held, with its replies so far.
    pub(crate) stage: Option<Progress>,
    places: HashMap<String, usize>,
}

impl Board {
    /// A board of these members, begun at `started`.
    pub(crate) fn new(seats: Vec<Seat>, started: Instant) -> Self {
        let places = seats
            .iter()
            .enumerate()
            .map(|(place, seat)| (seat.message_id.clone(), place))
            .collect();
        Self {
            seats,
            started,
            stage: None,
            places,
        }
    }

    /// Takes an event in; returns the place of a member that ended with it.
    pub(crate) fn apply(&mut self, event: &RunEvent, now: Instant) -> Option<usize> {
        match event {
            RunEvent::ReplyStarted { message_id, .. } => {
                self.seat(message_id)?.state = ReplyState::Streaming;
                None
            }
            RunEvent::TextDelta { message_id, text } => {
                let seat = self.seat(message_id)?;
                seat.state = ReplyState::Streaming;
                seat.reasoning = false;
                seat.text.push_str(text);
                None
            }
            RunEvent::ReasoningDelta { message_id, .. } => {
                let seat = self.seat(message_id)?;
                seat.state = ReplyState::Streaming;
                seat.reasoning = seat.text.is_empty();
                None
            }
            RunEvent::ReplyFinished {
                message_id,
                state,
                error,
                call,
            } => {
                if let Some(stage) = &mut self.stage {
                    stage.ended(message_id);
                }
                let place = *self.places.get(message_id)?;
                let seat = self.seats.get_mut(place)?;
                let was_over = seat.ended.is_some();
                seat.state = *state;
                seat.error.clone_from(error);
                seat.call = call.as_deref().cloned();
                seat.reasoning = false;
                seat.ended = Some(now);
                (!was_over).then_some(place)
            }
            RunEvent::StageStarted { stage, replies } => {
                self.stage = Some(Progress::new(*stage, replies));
                None
            }
            RunEvent::Started { .. }
            | RunEvent::Measured { .. }
            | RunEvent::Deliberated { .. }
            | RunEvent::Concluded { .. }
            | RunEvent::Finished { .. } => None,
        }
    }

    /// Puts what the store has in the place of what came by; for a reader that fell behind.
    pub(crate) fn replace(&mut self, seats: Vec<Seat>) {
        *self = Self::new(seats, self.started);
    }

    fn seat(&mut self, message_id: &str) -> Option<&mut Seat> {
        let place = *self.places.get(message_id)?;
        self.seats.get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(message_id: &str, text: &str) -> RunEvent {
        RunEvent::TextDelta {
            message_id: message_id.to_owned(),
            text: text.to_owned(),
        }
    }

    fn finished(message_id: &str, state: ReplyState) -> RunEvent {
        RunEvent::ReplyFinished {
            message_id: message_id.to_owned(),
            state,
            error: None,
            call: None,
        }
    }

    fn board() -> Board {
        let head = |id: &str| {
            Seat::of_reply(&ReplyHead {
                message_id: id.to_owned(),
                label: id.to_owned(),
                model: None,
                channel_id: None,
            })
        };
        Board::new(vec![head("a"), head("b")], Instant::now())
    }

    #[test]
    fn text_goes_to_the_member_it_belongs_to() {
        let mut board = board();
        for event in [
            delta("a", "one "),
            delta("b", "x"),
            delta("a", "two"),
            delta("c", "lost"),
        ] {
            assert_eq!(board.apply(&event, Instant::now()), None);
        }
        let texts: Vec<&str> = board.seats.iter().map(|seat| seat.text.as_str()).collect();
        assert_eq!(texts, ["one two", "x"]);
    }

    #[test]
    fn a_stage_says_whom_it_waits_for() {
        let mut board = board();
        let head = |id: &str, label: &str| ReplyHead {
            message_id: id.to_owned(),
            label: label.to_owned(),
            model: None,
            channel_id: None,
        };
        let event = RunEvent::StageStarted {
            stage: Stage::Review,
            replies: vec![head("r1", "b"), head("r2", "a")],
        };
        board.apply(&event, Instant::now());
        let line = |board: &Board| board.stage.as_ref().map(Progress::line);
        assert_eq!(line(&board).as_deref(), Some("reviews: waiting for a, b"));
        board.apply(&finished("r2", ReplyState::Complete), Instant::now());
        assert_eq!(line(&board).as_deref(), Some("reviews: waiting for b"));
        board.apply(&finished("r1", ReplyState::Complete), Instant::now());
        assert_eq!(line(&board).as_deref(), Some("reviews …"));
    }

    #[test]
    fn a_member_ends_once() {
        let mut board = board();
        let event = finished("b", ReplyState::Failed);
        assert_eq!(board.apply(&event, Instant::now()), Some(1));
        assert_eq!(board.apply(&event, Instant::now()), None);
        assert!(board.seats[1].is_over() && !board.seats[0].is_over());
    }
}
