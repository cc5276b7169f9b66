//! No bytes make the parsers panic that read a backup before anything in it is trusted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use majlis_store::{Header, Manifest};

fuzz_target!(|data: &[u8]| {
    if let Ok(header) = Header::parse(data) {
        assert!(header.page_bytes.is_power_of_two());
        header.fits(data.len() as u64);
    }
    if let Some(manifest) = Manifest::parse(data) {
        let written = serde_json::to_vec(&manifest).unwrap();
        assert_eq!(Manifest::parse(&written), Some(manifest));
    }
});
