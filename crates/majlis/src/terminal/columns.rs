//! Texts side by side.

use crate::terminal::wrap::width_of;

/// Between two columns.
const GAP: &str = " │ ";
/// Keeps a terminal that reorders right-to-left text from joining two columns into one run.
const LEFT_TO_RIGHT_MARK: char = '\u{200e}';

/// One column: lines none of which is wider than the column.
pub(crate) type Column = Vec<String>;

/// Width of each of `count` columns on a terminal of `total` columns.
pub(crate) fn column_width(total: usize, count: usize) -> usize {
    let gaps = width_of(GAP) * count.saturating_sub(1);
    total.saturating_sub(gaps) / count.max(1)
}

/// The columns beside each other, as many lines as the longest has. Lines in a right-to-left
/// script stand at the right edge of their column.
pub(crate) fn side_by_side(columns: &[Column], width: usize) -> Vec<String> {
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|row| {
            let cells: Vec<&str> = columns
                .iter()
                .map(|column| column.get(row).map_or("", String::as_str))
                .collect();
            join(&cells, width)
        })
        .collect()
}

fn join(cells: &[&str], width: usize) -> String {
    let has_rtl = cells.iter().any(|cell| cell.chars().any(is_right_to_left));
    let mut line = String::new();
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            if has_rtl {
                line.push(LEFT_TO_RIGHT_MARK);
            }
            line.push_str(GAP);
            if has_rtl {
                line.push(LEFT_TO_RIGHT_MARK);
            }
        }
        let padding = " ".repeat(width.saturating_sub(width_of(cell)));
        if starts_right_to_left(cell) {
            line.push_str(&padding);
            line.push_str(cell);
        } else {
            line.push_str(cell);
            line.push_str(&padding);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// A text followed by a mark, where it is in a right-to-left script, that keeps the terminal from
/// joining it with what stands beside it.
pub(crate) fn guarded(text: &str) -> String {
    if text.chars().any(is_right_to_left) {
        format!("{text}{LEFT_TO_RIGHT_MARK}")
    } else {
        text.to_owned()
    }
}

fn starts_right_to_left(text: &str) -> bool {
    text.chars()
        .find(|c| c.is_alphabetic())
        .is_some_and(is_right_to_left)
}

/// Hebrew, Arabic, Syriac, Thaana, `NKo` and the presentation forms.
fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(lines: &[&str]) -> Column {
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn columns_stand_beside_each_other_to_the_end_of_the_longest() {
        let lines = side_by_side(&[column(&["one", "two"]), column(&["語言"])], 5);
        assert_eq!(lines, ["one   │ 語言", "two   │"]);
    }

    #[test]
    fn arabic_stands_at_the_right_edge_and_stays_in_its_column() {
        let lines = side_by_side(&[column(&["نعم"]), column(&["لا"])], 5);
        assert_eq!(lines, ["  نعم\u{200e} │ \u{200e}   لا"]);
    }

    #[test]
    fn the_columns_and_their_gaps_fill_no_more_than_the_terminal() {
        for (total, count, expected) in [(80, 1, 80), (80, 2, 38), (80, 3, 24), (10, 6, 0)] {
            assert_eq!(column_width(total, count), expected, "{count} on {total}");
        }
    }
}
