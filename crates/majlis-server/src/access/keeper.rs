//! What lets a page in without the token: codes that work once, and sessions. Both live in memory
//! alone, and only their marks do.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};

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
    /// Told whenever sessions may have ended before their time.
    ended: watch::Sender<()>,
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
        self.ended.send_replace(());
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
        self.ended.send_replace(());
    }

    /// Waits until a session is over.
    pub(crate) async fn session_over(&self, mark: &Mark) {
        let mut ended = self.ended.subscribe();
        while let Some(left) = self.session(mark, Instant::now()) {
            // Either way it is looked at again.
            let _ = timeout(left, ended.changed()).await;
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

    /// Whether whoever waits for a session's end is told within so long.
    async fn is_told(keeper: &Keeper, mark: &Mark, within: Duration) -> bool {
        timeout(within, keeper.session_over(mark)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_the_end_of_a_session_is_told_of_its_last_moment() {
        let keeper = Keeper::default();
        let mark = Mark::of(&keeper.open_session(Instant::now()).unwrap());
        let short = SESSION_LIFE.saturating_sub(Duration::from_secs(2));
        assert!(!is_told(&keeper, &mark, short).await);
        assert!(is_told(&keeper, &mark, Duration::from_secs(3)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_the_end_of_a_session_is_told_when_it_is_closed() {
        let keeper = Keeper::default();
        let now = Instant::now();
        let mark = Mark::of(&keeper.open_session(now).unwrap());
        let other = Mark::of(&keeper.open_session(now).unwrap());
        let closing = async {
            keeper.close_session(&other, now);
            tokio::task::yield_now().await;
            keeper.close_session(&mark, now);
        };
        let soon = Duration::from_secs(1);
        let (is_told, ()) = tokio::join!(is_told(&keeper, &mark, soon), closing);
        assert!(is_told);
    }
}
