//! Ctrl-C and SIGTERM: the first asks to stop, the second stops at once.

use std::io::Write as _;

use crate::exit::Exit;
use crate::terminal::stdout_is_terminal;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

/// The signals that arrive from the moment it is made; none is lost between two waits.
pub(crate) struct Interrupt {
    #[cfg(unix)]
    interrupt: Option<Signal>,
    #[cfg(unix)]
    terminate: Option<Signal>,
    #[cfg(windows)]
    interrupt: Option<CtrlC>,
}

impl Interrupt {
    /// Takes over the signals. Where the system refuses, they end the program as they always do.
    #[cfg(unix)]
    pub(crate) fn new() -> Self {
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    /// Takes over the signals. Where the system refuses, they end the program as they always do.
    #[cfg(windows)]
    pub(crate) fn new() -> Self {
        Self {
            interrupt: ctrl_c().ok(),
        }
    }

    /// Waits for a signal and says what the program ends with because of it. Cancel-safe.
    #[cfg(unix)]
    pub(crate) async fn wait(&mut self) -> Exit {
        tokio::select! {
            () = received(self.interrupt.as_mut()) => Exit::INTERRUPTED,
            () = received(self.terminate.as_mut()) => Exit::TERMINATED,
        }
    }

    /// Waits for a signal and says what the program ends with because of it. Cancel-safe.
    #[cfg(windows)]
    pub(crate) async fn wait(&mut self) -> Exit {
        match &mut self.interrupt {
            Some(interrupt) => drop(interrupt.recv().await),
            None => std::future::pending().await,
        }
        Exit::INTERRUPTED
    }
}

#[cfg(unix)]
async fn received(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Ends the process at once, the cursor visible. Whatever ran is found interrupted at the next
/// start; what was saved is there.
pub(crate) fn end_now(exit: Exit) -> ! {
    let mut out = std::io::stdout();
    if stdout_is_terminal() {
        drop(crossterm::queue!(out, crossterm::cursor::Show));
    }
    drop(out.flush());
    std::process::exit(exit.0.into())
}
