//! Decodes a folder of recorded answers and prints what came out.
//!
//! `cargo run -p majlis-providers --example cassettes -- DIR`, where `DIR/INDEX.json` lists the
//! recordings. A development tool: the recordings are not part of the repository.

#![allow(clippy::print_stdout)]

use std::path::Path;

use majlis_llm::ChatEvent;
use majlis_providers::codec::{AnswerDecoder, Decoded, WireFormat};
use majlis_providers::framing::Framing;
use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: cassettes DIR")?;
    let folder = Path::new(&folder);
    let index: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("INDEX.json"))?)?;
    for entry in &index {
        let field = |name: &str| entry[name].as_str().unwrap_or_default();
        let format: WireFormat = field("api").parse()?;
        let bytes = std::fs::read(folder.join(field("file")))?;
        let status = entry["http_status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or(0);
        println!("## {} — {}", field("file"), field("what"));
        if status >= 400 {
            println!("   {:?}", format.codec().error(status, &bytes));
        } else {
            summarise(&decode(format, field("file"), &bytes));
        }
    }
    println!("{} recordings", index.len());
    Ok(())
}

/// Chunks without framing are one payload a line.
fn decode(format: WireFormat, file: &str, bytes: &[u8]) -> Vec<Decoded> {
    let framing = if file.ends_with(".chunks.txt") {
        Framing::JsonLines
    } else {
        format.codec().framing()
    };
    let mut decoder = AnswerDecoder::new(format.codec(), framing);
    let mut events = decoder.push(bytes);
    events.extend(decoder.finish());
    events
}

fn summarise(events: &[Decoded]) {
    let (mut text, mut reasoning, mut signed) = (String::new(), String::new(), 0);
    for event in events {
        match event {
            Ok(ChatEvent::TextDelta { text: more }) => text.push_str(more),
            Ok(ChatEvent::ReasoningDelta {
                text: more,
                signature,
            }) => {
                reasoning.push_str(more);
                signed += usize::from(signature.is_some());
            }
            Ok(ChatEvent::Started { response_model, .. }) => {
                println!("   model {response_model:?}");
            }
            Ok(ChatEvent::ToolCallDelta {
                index,
                id,
                name,
                arguments,
            }) => {
                println!("   call {index} {id:?} {name:?} {arguments:?}");
            }
            Ok(ChatEvent::Usage { usage }) => println!("   {usage:?}"),
            Ok(ChatEvent::Finished { reason }) => println!("   finished {reason:?}"),
            Err(error) => println!("   {error:?}"),
        }
    }
    println!("   text ({} chars): {}", text.chars().count(), short(&text));
    println!(
        "   reasoning ({} chars, {signed} signed): {}",
        reasoning.chars().count(),
        short(&reasoning)
    );
}

fn short(text: &str) -> String {
    let flat: String = text
        .chars()
        .map(|c| if c == '\n' { '⏎' } else { c })
        .collect();
    let count = flat.chars().count();
    if count <= 120 {
        return flat;
    }
    let head: String = flat.chars().take(60).collect();
    let tail: String = flat.chars().skip(count - 60).collect();
    format!("{head} … {tail}")
}
