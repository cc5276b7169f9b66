//! Any bytes, cut anywhere, give the same frames, and none makes the decoder panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use majlis_providers::framing::{Frame, Framer, Framing, LineTooLong};

fn decode<'a>(
    framing: Framing,
    chunks: impl Iterator<Item = &'a [u8]>,
) -> (Vec<Frame>, Result<(), LineTooLong>) {
    let mut framer = Framer::new(framing);
    let mut frames = Vec::new();
    for chunk in chunks {
        if let Err(error) = framer.push(chunk, &mut frames) {
            return (frames, Err(error));
        }
    }
    frames.extend(framer.finish());
    (frames, Ok(()))
}

fuzz_target!(|data: &[u8]| {
    let Some((&size, bytes)) = data.split_first() else {
        return;
    };
    for framing in [
        Framing::ServerSentEvents,
        Framing::JsonLines,
        Framing::Whole,
    ] {
        let whole = decode(framing, std::iter::once(bytes));
        let cut = decode(framing, bytes.chunks(usize::from(size) + 1));
        assert_eq!(whole, cut);
    }
});
