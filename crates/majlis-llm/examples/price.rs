//! Answers pricing questions, one JSON object a line, from standard input:
//! `{"model":"openai/gpt-4o","at_unix_ms":0,"usage":{"fresh_tokens":1},"request":{}}` gives
//! `{"cost_pusd":"2500000","row":{…}}`, or nulls where the answer is not known.
//! `xtask/scripts/prices_compare.py` asks it many.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};

use majlis_llm::{ModelId, PriceTable, Usage};
use serde::Deserialize;

#[derive(Deserialize)]
struct Question {
    model: ModelId,
    at_unix_ms: i64,
    usage: Usage,
    #[serde(default)]
    request: BTreeMap<String, String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let table = PriceTable::builtin();
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let question: Question = serde_json::from_str(&line?)?;
        let row = table.lookup_variant(&question.model, question.at_unix_ms, &question.request);
        let cost = row.as_ref().and_then(|row| row.cost(&question.usage));
        let cost_pusd = cost.map(|cost| cost.0.to_string());
        writeln!(
            out,
            "{}",
            serde_json::json!({ "cost_pusd": cost_pusd, "row": row })
        )?;
    }
    Ok(out.flush()?)
}
