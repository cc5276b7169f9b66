//! Any bytes, read as a file of any format that is a text, give lines or one error, and never make
//! a reader panic; read twice, they give the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use majlis_app::{ImportFormat, read_bytes};

const TEXTS: [ImportFormat; 3] = [
    ImportFormat::Majlis,
    ImportFormat::ChatGpt,
    ImportFormat::Claude,
];

fn read(format: ImportFormat, bytes: &[u8]) -> (Vec<String>, Result<(), String>) {
    let mut lines = Vec::new();
    let end = read_bytes(format, bytes, &mut |line| lines.push(format!("{line:?}")));
    (lines, end.map_err(|error| error.to_string()))
}

fuzz_target!(|data: &[u8]| {
    let [which, bytes @ ..] = data else {
        return;
    };
    let format = TEXTS[usize::from(*which) % TEXTS.len()];
    assert_eq!(read(format, bytes), read(format, bytes));
});
