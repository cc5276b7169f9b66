//! Any bytes, cut anywhere, give the same events in the promised order, in every wire format, and
//! none makes a codec panic; the same bytes as the body of a refusal or of a list of models neither.
#![no_main]

use libfuzzer_sys::fuzz_target;
use majlis_llm::ChatEvent;
use majlis_providers::codec::{AnswerDecoder, Decoded, WireFormat};
use majlis_providers::framing::Framing;

fn decode<'a>(
    format: WireFormat,
    framing: Framing,
    chunks: impl Iterator<Item = &'a [u8]>,
) -> Vec<Decoded> {
    let mut decoder = AnswerDecoder::new(format.codec(), framing);
    let mut events: Vec<Decoded> = chunks.flat_map(|chunk| decoder.push(chunk)).collect();
    events.extend(decoder.finish());
    events
}

/// Start, deltas, count, end; the end is there and is the last.
fn rank(event: &Decoded) -> u8 {
    match event {
        Ok(ChatEvent::Started { .. }) => 0,
        Ok(ChatEvent::Usage { .. }) => 2,
        Ok(ChatEvent::Finished { .. }) | Err(_) => 3,
        Ok(_) => 1,
    }
}

fuzz_target!(|data: &[u8]| {
    let [which, size, bytes @ ..] = data else {
        return;
    };
    let format = WireFormat::ALL[usize::from(*which) % 5];
    let framing = if which & 0x80 == 0 {
        format.codec().framing()
    } else {
        Framing::Whole
    };
    let whole = decode(format, framing, std::iter::once(bytes));
    let cut = decode(format, framing, bytes.chunks(usize::from(*size) + 1));
    assert_eq!(whole, cut);
    let ranks: Vec<u8> = whole.iter().map(rank).collect();
    assert!(ranks.is_sorted() && ranks.last() == Some(&3), "{ranks:?}");
    let _ = format.codec().error(400 + u16::from(*size), bytes);
    let _ = format.codec().models("p", bytes);
});
