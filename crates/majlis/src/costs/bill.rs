//! A bill beside the ledger, as lines.

use std::fmt::Write as _;

use majlis_app::{ReconciledDay, ReconciledModel, Reconciliation};
use majlis_llm::PicoUsd;

use super::money::{count, known};
use crate::terminal::{Align, Palette, escape, table};

/// Days that are listed of each kind at most.
const MAX_DAYS: usize = 30;

/// What both say, what only one says, and by how much they differ.
pub(crate) fn reconciliation(found: &Reconciliation, palette: &Palette) -> String {
    let bold = palette.heading;
    let (Some(first), Some(last)) = (&found.first_day, &found.last_day) else {
        return "The bill is empty.\n".to_owned();
    };
    let mut text = format!(
        "{bold}The bill beside the ledger{bold:#} {first} to {last} (UTC), {}, {} matched\n",
        count(found.rows, "line"),
        count(found.matched.len() as u64, "model-day")
    );
    let head = ["model", "bill", "ledger", "difference", ""]
        .map(str::to_owned)
        .to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head)
        .chain(found.models.iter().map(|model| row(model, found.has_costs)))
        .collect();
    let align = [
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Left,
    ];
    for line in table(&rows, &align, "  ") {
        text.push_str(&line);
        text.push('\n');
    }
    list(&mut text, "Only in the bill", &found.only_in_bill, palette);
    list(
        &mut text,
        "Only in the ledger",
        &found.only_in_ledger,
        palette,
    );
    text
}

fn row(model: &ReconciledModel, has_costs: bool) -> Vec<String> {
    let unknown = match model.ledger.unknown {
        0 => String::new(),
        unknown => format!("{} of unknown cost", count(unknown, "call")),
    };
    let name = escape(&model.model).into_owned();
    if has_costs {
        let bill = model.bill.cost.unwrap_or(PicoUsd::ZERO);
        let difference = model.difference().unwrap_or(PicoUsd::ZERO);
        return vec![
            name,
            bill.to_string(),
            known(&model.ledger),
            signed(difference),
            unknown,
        ];
    }
    let tokens = |input: u64, output: u64| format!("{input} → {output}");
    let (input, output) = (
        model.bill.input_tokens.unwrap_or(0),
        model.bill.output_tokens.unwrap_or(0),
    );
    let usage = model.ledger.usage;
    let (own_input, own_output) = (usage.total_input_tokens(), usage.total_output_tokens());
    let apart = |a: u64, b: u64| i128::from(a) - i128::from(b);
    vec![
        name,
        tokens(input, output),
        tokens(own_input, own_output),
        format!(
            "{:+} → {:+}",
            apart(input, own_input),
            apart(output, own_output)
        ),
        unknown,
    ]
}

/// A difference with its sign; none is `$0`.
fn signed(amount: PicoUsd) -> String {
    let sign = match amount.0 {
        1.. => "+",
        0 => "",
        _ => "-",
    };
    format!("{sign}{}", PicoUsd(amount.0.saturating_abs()))
}

fn list(text: &mut String, title: &str, days: &[ReconciledDay], palette: &Palette) {
    if days.is_empty() {
        return;
    }
    let _ = writeln!(text, "{0}{title}{0:#}", palette.heading);
    let row = |day: &ReconciledDay| {
        let bill = day.bill.and_then(|bill| bill.cost);
        let amount = match (day.bill, bill) {
            (_, Some(cost)) => cost.to_string(),
            (Some(bill), None) => format!(
                "{} → {} tokens",
                bill.input_tokens.unwrap_or(0),
                bill.output_tokens.unwrap_or(0)
            ),
            (None, None) => known(&day.ledger),
        };
        vec![day.day.clone(), escape(&day.model).into_owned(), amount]
    };
    let rows: Vec<Vec<String>> = days.iter().take(MAX_DAYS).map(row).collect();
    for line in table(&rows, &[Align::Left, Align::Left, Align::Right], "  ") {
        text.push_str(&line);
        text.push('\n');
    }
    if days.len() > MAX_DAYS {
        let _ = writeln!(text, "  … and {} more", days.len() - MAX_DAYS);
    }
}
