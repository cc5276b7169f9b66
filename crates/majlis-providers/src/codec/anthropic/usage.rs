//! Anthropic's way of counting.

use majlis_llm::Usage;
use serde_json::Value;

use crate::codec::json;

/// What `message_start` said, overwritten member by member by each `message_delta`: they are
/// snapshots of the whole, the last one holds. `input_tokens` excludes the cache.
#[derive(Debug, Default)]
pub(super) struct UsageSnapshot {
    counts: Counts,
    /// The sum over the samplings of one request (compaction, server tools), where the provider
    /// lists them: the members above it leave all but the last one out, and all are billed.
    iterations: Option<Usage>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    read: Option<u64>,
    written: Option<u64>,
    written_1h: Option<u64>,
}

impl UsageSnapshot {
    /// Takes over what a newer snapshot says.
    pub(super) fn merge(&mut self, value: &Value) {
        self.counts.merge(value);
        let iterations = json::items(value, "/iterations");
        if !iterations.is_empty() {
            let sum = iterations.iter().filter_map(|one| {
                let mut counts = Counts::default();
                counts.merge(one);
                counts.normal()
            });
            self.iterations = sum.reduce(|total, one| total + one);
        }
    }

    /// The count in the normal form; `None` before the provider said anything.
    pub(super) fn normal(&self) -> Option<Usage> {
        self.iterations.or_else(|| self.counts.normal())
    }
}

impl Counts {
    fn merge(&mut self, value: &Value) {
        let overwrite =
            |field: &mut Option<u64>, at: &str| *field = json::count(value, at).or(*field);
        overwrite(&mut self.input, "/input_tokens");
        overwrite(&mut self.output, "/output_tokens");
        overwrite(&mut self.read, "/cache_read_input_tokens");
        overwrite(&mut self.written, "/cache_creation_input_tokens");
        overwrite(
            &mut self.written_1h,
            "/cache_creation/ephemeral_1h_input_tokens",
        );
    }

    /// Reasoning is not counted apart by this provider: it is inside the output.
    fn normal(self) -> Option<Usage> {
        let written = self.written.unwrap_or(0);
        let written_1h = self.written_1h.unwrap_or(0).min(written);
        Some(Usage {
            fresh_tokens: self.input?,
            cache_read_tokens: self.read.unwrap_or(0),
            cache_write_5m_tokens: written - written_1h,
            cache_write_1h_tokens: written_1h,
            output_tokens: self.output.unwrap_or(0),
            reasoning_tokens: 0,
        })
    }
}
