//! Ctrl-C and SIGTERM: the first asks to stop, the second stops at once.

use std::io::Write as _;

use crate::exit::Exit;

/// Signals of this process, from the moment it is made.
pub(crate) struct Interrupt {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Interrupt {
    /// Takes over the signals.
    pub(crate) fn new() -> Self {
        Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok(),
        }
    }

    /// Waits for a signal and says what the program ends with because of it. Cancel-safe.
    pub(crate) async fn wait(&mut self) -> Exit {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => Exit::INTERRUPTED,
            () = self.terminated() => Exit::TERMINATED,
        }
    }

    #[cfg(unix)]
    async fn terminated(&mut self) {
        match &mut self.terminate {
            Some(signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    }

    #[cfg(not(unix))]
    async fn terminated(&mut self) {
        std::future::pending().await
    }
}

/// Ends the process at once, the cursor visible. Whatever ran is found interrupted at the next
/// start; what was saved is there.
pub(crate) fn end_now(exit: Exit) -> ! {
    let mut out = std::io::stdout();
    drop(crossterm::execute!(out, crossterm::cursor::Show));
    drop(out.flush());
    std::process::exit(exit.0.into())
}
