//! Closing a connection so that its last answer arrives.
//!
//! A body that is refused is not read to its end. A socket closed over unread bytes answers with a
//! reset, and a reset makes the client's system throw away what it has received: the client would
//! see a broken connection where it was told that its body is too large. So, after the last answer,
//! only our direction is closed and what still comes is thrown away, for a while.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long a closed connection is still read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Time a client has to notice that nothing more comes.
    pub(super) timeout: Duration,
    /// What is read after the last answer at most.
    pub(super) max_bytes: usize,
}

/// A stream that is read for a while after its end was written.
pub(super) struct Lingering<S> {
    stream: S,
    /// Set once our direction is closed.
    until: Option<Pin<Box<Sleep>>>,
    patience: Patience,
}

impl<S> Lingering<S> {
    pub(super) const fn new(stream: S, patience: Patience) -> Self {
        Self {
            stream,
            until: None,
            patience,
        }
    }
}

impl<S: AsyncRead + Unpin> Lingering<S> {
    /// Throws away what comes, until the client closes or its time or bytes are over.
    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut space = [0; 8 << 10];
        loop {
            let is_over = self
                .until
                .as_mut()
                .is_none_or(|until| until.as_mut().poll(context).is_ready());
            if is_over || self.patience.max_bytes == 0 {
                return Poll::Ready(());
            }
            let mut buffer = ReadBuf::new(&mut space);
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
            let left_bytes = &mut self.patience.max_bytes;
            *left_bytes = left_bytes.saturating_sub(buffer.filled().len());
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.until.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.until = Some(Box::pin(sleep(self.patience.timeout)));
        }
        self.poll_drain(context).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const ENDLESS: Patience = Patience {
        timeout: Duration::MAX,
        max_bytes: usize::MAX,
    };

    #[tokio::test]
    async fn what_comes_after_the_last_answer_is_read_until_the_client_closes() {
        let (ours, mut theirs) = duplex(1 << 10);
        let mut ours = Lingering::new(ours, ENDLESS);
        let client = async {
            theirs.write_all(&vec![0; 1 << 20]).await.unwrap();
            let mut answer = String::new();
            theirs.read_to_string(&mut answer).await.unwrap();
            theirs.shutdown().await.unwrap();
            answer
        };
        let server = async {
            ours.write_all(b"too large").await.unwrap();
            ours.shutdown().await.unwrap();
        };
        let (answer, ()) = tokio::join!(client, server);
        assert_eq!(answer, "too large");
    }

    #[tokio::test]
    async fn a_client_that_never_closes_is_left_after_its_time() {
        let (ours, _theirs) = duplex(1 << 10);
        let patience = Patience {
            timeout: Duration::from_millis(1),
            ..ENDLESS
        };
        Lingering::new(ours, patience).shutdown().await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_never_stops_is_left_after_its_bytes() {
        let (ours, mut theirs) = duplex(1 << 10);
        let client = async move { while theirs.write_all(&[0; 1 << 10]).await.is_ok() {} };
        let patience = Patience {
            max_bytes: 1 << 20,
            ..ENDLESS
        };
        let server = async move {
            Lingering::new(ours, patience).shutdown().await.unwrap();
        };
        tokio::join!(client, server);
    }
}
