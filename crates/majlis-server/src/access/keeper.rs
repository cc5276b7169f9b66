//! What lets a page in without the token: codes that work once, and sessions. Both live in memory
//! alone, and only their marks do.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::door::{CODE_PREFIX, Mark, SESSION_PREFIX, random};

/// How long a code that signs in once lives.
pub(crate) const CODE_LIFE: Duration = Duration::from_mins(10);
/// How many codes live at most; the oldest goes first.
const MAX_CODES: usize = 4;
/// How long a session lives.
pub(crate) const SESSION_LIFE: Duration = Duration::from_hours(30 * 24);
/// How many sessions live at most; the oldest goes first.
const MAX_SESSIONS: usize = 64;

/// Codes and sessions of one server.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    codes: Passes,
    sessions: Passes,
}

/// Secrets of one kind, oldest first.
#[derive(Debug, Default)]
struct Passes(Vec<Pass>);

#[derive(Debug, Clone, Copy)]
struct Pass {
    mark: Mark,
    until: Instant,
}

impl Passes {
    fn add(&mut self, mark: Mark, until: Instant, most: usize) {
        let over = (self.0.len() + 1).saturating_sub(most);
        self.0.drain(..over);
        self.0.push(Pass { mark, until });
    }

    /// Looks at every pass, so that the time taken does not tell which one it was.
    fn find(&mut self, mark: &Mark, now: Instant) -> Option<usize> {
        self.0.retain(|pass| pass.until > now);
        let fits = |found: Option<usize>, (index, pass): (usize, &Pass)| {
            if pass.mark.fits(mark) {
                Some(index)
            } else {
                found
            }
        };
        self.0.iter().enumerate().fold(None, fits)
    }
}

impl Keeper {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing in here can be left half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new code that signs in once.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn issue_code(&self, now: Instant) -> io::Result<String> {
        let text = random(CODE_PREFIX)?;
        let codes = &mut self.kept().codes;
        codes.add(Mark::of(&text), now + CODE_LIFE, MAX_CODES);
        Ok(text)
    }

    /// Takes a code, which is none afterwards; false when it was none.
    pub(crate) fn redeem(&self, mark: &Mark, now: Instant) -> bool {
        let codes = &mut self.kept().codes;
        let found = codes.find(mark, now);
        found.map(|index| codes.0.remove(index)).is_some()
    }

    /// A new session.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn open_session(&self, now: Instant) -> io::Result<String> {
        let text = random(SESSION_PREFIX)?;
        let sessions = &mut self.kept().sessions;
        sessions.add(Mark::of(&text), now + SESSION_LIFE, MAX_SESSIONS);
        Ok(text)
    }

    /// How long a session still lives; `None` when there is no such session.
    pub(crate) fn session(&self, mark: &Mark, now: Instant) -> Option<Duration> {
        let sessions = &mut self.kept().sessions;
        let index = sessions.find(mark, now)?;
        Some(sessions.0.get(index)?.until - now)
    }

    /// Ends a session, if there is one.
    pub(crate) fn close_session(&self, mark: &Mark, now: Instant) {
        let sessions = &mut self.kept().sessions;
        if let Some(index) = sessions.find(mark, now) {
            sessions.0.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_signs_in_once_within_ten_minutes() {
        let (keeper, start) = (Keeper::default(), Instant::now());
        let mark = Mark::of(&keeper.issue_code(start).unwrap());
        let last = start + CODE_LIFE - Duration::from_secs(1);
        assert!(keeper.redeem(&mark, last));
        assert!(!keeper.redeem(&mark, last));
        let late = Mark::of(&keeper.issue_code(start).unwrap());
        assert!(!keeper.redeem(&late, start + CODE_LIFE));
    }

    #[test]
    fn of_five_codes_the_oldest_is_none() {
        let (keeper, now) = (Keeper::default(), Instant::now());
        let codes: Vec<_> = (0..5).map(|_| keeper.issue_code(now).unwrap()).collect();
        let alive = codes.iter().map(|code| keeper.redeem(&Mark::of(code), now));
        assert_eq!(alive.collect::<Vec<_>>(), [false, true, true, true, true]);
    }

    #[test]
    fn a_session_lives_thirty_days_or_until_it_is_closed() {
        let (keeper, start) = (Keeper::default(), Instant::now());
        let mark = Mark::of(&keeper.open_session(start).unwrap());
        assert_eq!(keeper.session(&mark, start), Some(SESSION_LIFE));
        let last = start + SESSION_LIFE - Duration::from_secs(1);
        assert_eq!(keeper.session(&mark, last), Some(Duration::from_secs(1)));
        assert_eq!(keeper.session(&mark, start + SESSION_LIFE), None);
        let other = Mark::of(&keeper.open_session(start).unwrap());
        keeper.close_session(&other, start);
        assert_eq!(keeper.session(&other, start), None);
    }

    #[test]
    fn of_sixty_five_sessions_the_oldest_is_over() {
        let (keeper, now) = (Keeper::default(), Instant::now());
        let sessions: Vec<_> = (0..65)
            .map(|_| Mark::of(&keeper.open_session(now).unwrap()))
            .collect();
        let alive = sessions
            .iter()
            .filter(|mark| keeper.session(mark, now).is_some());
        assert_eq!(alive.count(), 64);
        assert_eq!(keeper.session(&sessions[0], now), None);
    }
}
