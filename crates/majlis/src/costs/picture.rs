//! Costs as a picture of bars.

use std::fmt::Write as _;

use majlis_app::{CostsView, LedgerGroup, LedgerSum};

use super::money::{count, known, offset, sentence};
use crate::terminal::{Palette, escape, fit, guarded, width_of};

/// A group's name is at most so wide.
const MAX_NAME: usize = 36;
/// A bar is at least and at most so wide.
const BAR: std::ops::RangeInclusive<usize> = 8..=40;
/// Eighths of a column, from the left.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The costs divided into `what` on a terminal of `width` columns, between two moments in words.
pub(crate) fn picture(
    costs: &CostsView,
    what: &str,
    when: &str,
    as_of: &str,
    width: usize,
    palette: &Palette,
) -> String {
    let (bold, dim) = (palette.heading, palette.dim);
    let zone = offset(costs.timezone_offset_min);
    let mut text =
        format!("{bold}Costs by {what}{bold:#} {dim}{when}, {zone}, as of {as_of}{dim:#}\n");
    let mut rows: Vec<(String, LedgerSum)> = costs
        .groups
        .iter()
        .map(|group| (name(group), group.sum))
        .collect();
    if costs.rest.calls > 0 {
        rows.push(("… all others".to_owned(), costs.rest));
    }
    text.push_str(&bars(&rows, width, palette));
    if costs.total.calls == 0 {
        text.push_str("Nothing was asked in this time.\n");
    } else {
        let _ = writeln!(text, "{bold}In all{bold:#} {}.", sentence(&costs.total));
    }
    text
}

fn name(group: &LedgerGroup) -> String {
    let name = match (&group.label, group.key.is_empty()) {
        (Some(label), _) if !label.is_empty() => label.as_str(),
        (_, true) => "(no date or name)",
        (None, false) if group.kind.is_some() => return fit("(deleted)", MAX_NAME),
        _ => group.key.as_str(),
    };
    guarded(&fit(&escape(name), MAX_NAME))
}

fn bars(rows: &[(String, LedgerSum)], width: usize, palette: &Palette) -> String {
    let amounts: Vec<String> = rows.iter().map(|(_, sum)| known(sum)).collect();
    let notes: Vec<String> = rows.iter().map(|(_, sum)| note(sum)).collect();
    let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(width_of).max().unwrap_or(0);
    let name_width = widest(&mut rows.iter().map(|(name, _)| name.as_str()));
    let amount_width = widest(&mut amounts.iter().map(String::as_str));
    let note_width = widest(&mut notes.iter().map(String::as_str));
    let taken = 2 + name_width + 2 + 2 + amount_width + 2 + note_width;
    let bar_width = width.saturating_sub(taken).clamp(*BAR.start(), *BAR.end());
    let most = rows
        .iter()
        .map(|(_, sum)| sum.known.0.saturating_add(sum.estimated.0))
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (((name, sum), amount), note) in rows.iter().zip(&amounts).zip(&notes) {
        let pad = |text: &str, to: usize| " ".repeat(to.saturating_sub(width_of(text)));
        let (solid, light) = bar(sum.known.0, sum.estimated.0, most, bar_width);
        let (color, dim) = (palette.hint, palette.dim);
        let drawn = width_of(&solid) + width_of(&light);
        let _ = writeln!(
            text,
            "  {name}{}  {color}{solid}{color:#}{dim}{light}{dim:#}{}  {}{amount}  {dim}{note}{dim:#}",
            pad(name, name_width),
            " ".repeat(bar_width.saturating_sub(drawn)),
            pad(amount, amount_width),
        );
    }
    text
}

fn note(sum: &LedgerSum) -> String {
    let calls = count(sum.calls, "call");
    if sum.unknown == 0 {
        calls
    } else {
        format!("{calls}, {} unknown", sum.unknown)
    }
}

/// A bar of what is known and, lighter, of what it perhaps costs besides. Whatever is more than
/// nothing is seen.
fn bar(known: i128, estimated: i128, most: i128, width: usize) -> (String, String) {
    let eighths = |amount: i128| -> usize {
        if amount <= 0 || most <= 0 {
            return 0;
        }
        let width = i128::try_from(width * 8).unwrap_or(0);
        // Beyond 10^30 pico-dollars exactness is of no interest, and a product would not fit.
        let (amount, most) = if most > 10_i128.pow(30) {
            (amount >> 64, (most >> 64).max(1))
        } else {
            (amount, most)
        };
        usize::try_from(amount * width / most)
            .unwrap_or(0)
            .clamp(1, width.try_into().unwrap_or(0))
    };
    let solid = eighths(known);
    let whole = eighths(known.saturating_add(estimated));
    let solid_text = format!("{}{}", "█".repeat(solid / 8), EIGHTHS[solid % 8]);
    let light = if estimated > 0 {
        whole
            .div_ceil(8)
            .max(solid.div_ceil(8) + 1)
            .min(width)
            .saturating_sub(solid.div_ceil(8))
    } else {
        0
    };
    (solid_text, "░".repeat(light))
}

#[cfg(test)]
mod tests {
    use majlis_app::JobKind;
    use majlis_llm::PicoUsd;

    use super::*;

    fn sum(known: i128, unknown: u64, estimated: i128) -> LedgerSum {
        LedgerSum {
            calls: 3,
            known: PicoUsd(known),
            unknown,
            estimated: PicoUsd(estimated),
            ..LedgerSum::default()
        }
    }

    fn group(key: &str, label: Option<&str>, sum: LedgerSum) -> LedgerGroup {
        LedgerGroup {
            key: key.to_owned(),
            label: label.map(str::to_owned),
            kind: label.map(|_| JobKind::Chat),
            sum,
        }
    }

    fn view(groups: Vec<LedgerGroup>) -> CostsView {
        CostsView {
            as_of_ms: 0,
            since_ms: None,
            until_ms: None,
            timezone_offset_min: 180,
            total: groups.iter().map(|group| group.sum).sum(),
            groups,
            rest: LedgerSum::default(),
        }
    }

    fn draw(groups: Vec<LedgerGroup>, width: usize) -> String {
        picture(
            &view(groups),
            "day",
            "all of them",
            "now",
            width,
            &Palette::plain(),
        )
    }

    #[test]
    fn bars_stand_in_one_column_whatever_the_script() {
        let text = draw(
            vec![
                group("a", Some("Why is the sky blue?"), sum(12_500_000_000, 0, 0)),
                group(
                    "b",
                    Some("ما عاصمة أستراليا؟"),
                    sum(3_000_000_000, 1, 6_000_000_000),
                ),
                group("c", Some("語言模型"), sum(0, 3, 0)),
                group("d", Some("x\u{1b}[2J\u{202e}y"), sum(1, 0, 0)),
            ],
            100,
        );
        insta::assert_snapshot!(text);
        let columns: Vec<usize> = text
            .lines()
            .filter_map(|line| line.find('$').map(|at| width_of(&line[..at])))
            .collect();
        assert!(columns.len() >= 3, "{text}");
    }

    #[test]
    fn a_picture_fits_a_narrow_terminal_and_says_when_there_is_nothing() {
        let text = draw(vec![group("2026-11-22", None, sum(2, 0, 0))], 60);
        assert!(
            text.lines().skip(1).all(|line| width_of(line) <= 60),
            "{text}"
        );
        assert!(draw(Vec::new(), 60).contains("Nothing was asked in this time."));
    }

    #[test]
    fn the_longest_bar_fills_its_column_and_the_shortest_is_seen() {
        assert_eq!(bar(100, 0, 100, 8), ("█".repeat(8), String::new()));
        assert_eq!(bar(1, 0, 1_000_000, 8), ("▏".to_owned(), String::new()));
        assert_eq!(bar(0, 0, 100, 8), (String::new(), String::new()));
        assert_eq!(bar(50, 50, 100, 8), ("████".to_owned(), "░░░░".to_owned()));
        assert_eq!(
            bar(i128::MAX, 0, i128::MAX, 8),
            ("█".repeat(8), String::new())
        );
        assert_eq!(bar(0, 1, 1_000, 8).1, "░");
    }
}
