//! Small tables of short cells.

use crate::terminal::wrap::width_of;

/// Which edge the cells of a column stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// The rows with every column as wide as its widest cell, two spaces apart, `indent` in front.
pub(crate) fn table(rows: &[Vec<String>], align: &[Align], indent: &str) -> Vec<String> {
    let widths: Vec<usize> = (0..align.len())
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| width_of(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(align)
                .zip(&widths)
                .map(|((cell, align), width)| pad(cell, *align, *width))
                .collect();
            format!("{indent}{}", cells.join("  "))
                .trim_end()
                .to_owned()
        })
        .collect()
}

fn pad(cell: &str, align: Align, width: usize) -> String {
    let padding = " ".repeat(width.saturating_sub(width_of(cell)));
    match align {
        Align::Left => format!("{cell}{padding}"),
        Align::Right => format!("{padding}{cell}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_line_up_by_their_width_on_screen() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["model", "time", "cost"]), row(["語", "12.5 s", "$0"])];
        assert_eq!(
            table(&rows, &[Align::Left, Align::Right, Align::Left], "  "),
            ["  model    time  cost", "  語     12.5 s  $0"]
        );
    }
}
