//! Known keys, masked in whatever is logged.

use std::io::{self, Write};

use majlis_app::redacted;
use tracing_subscriber::fmt::MakeWriter;

/// Makes writers that mask keys.
#[derive(Debug, Clone)]
pub(super) struct Masked<M>(pub(super) M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Masked<M> {
    type Writer = MaskedLine<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        MaskedLine(self.0.make_writer())
    }
}

/// Takes one whole line in each write, as the layers of tracing-subscriber give it: a key is never
/// split between two.
pub(super) struct MaskedLine<W>(W);

impl<W: Write> Write for MaskedLine<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(redacted(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use majlis_app::Secret;
    use tracing_subscriber::fmt;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_key_in_a_log_line_is_masked_for_people_and_for_programs() {
        let key = Secret::from("sk-in-a-log-line".to_owned()).remembered();
        let kept = Kept::default();
        let (text, json) = (kept.clone(), kept.clone());
        let subscriber = tracing_subscriber::registry()
            .with(fmt::layer().with_writer(Masked(move || text.clone())))
            .with(
                fmt::layer()
                    .json()
                    .with_writer(Masked(move || json.clone())),
            );
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(
                header = "Bearer sk-in-a-log-line",
                "refused sk-in-a-log-line"
            );
        });
        drop(key);
        let lines = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(lines.matches("[key]").count(), 4, "{lines}");
        assert!(!lines.contains("sk-in-a-log-line"), "{lines}");
    }
}
