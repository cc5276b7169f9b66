//! What the recorder tells, read back: it keeps its figures to itself and tells them as text only.

/// One line of the text format: a figure with its name and labels.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Series {
    pub(crate) name: String,
    labels: Vec<(String, String)>,
    value: String,
}

impl Series {
    /// The value of a label; nothing where it has none of the name.
    pub(crate) fn label(&self, name: &str) -> &str {
        let found = self.labels.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The figure as a count; 0 where it is none.
    pub(crate) fn count(&self) -> u64 {
        self.value.parse().unwrap_or(0)
    }
}

/// Every figure of a text; comments and what is no figure are passed over.
pub(super) fn read(text: &str) -> Vec<Series> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(line)
        .collect()
}

fn line(line: &str) -> Option<Series> {
    let (head, value) = line.rsplit_once(' ')?;
    let (name, labels) = match head.split_once('{') {
        Some((name, rest)) => (name, labels(rest.strip_suffix('}')?)?),
        None => (head, Vec::new()),
    };
    Some(Series {
        name: name.to_owned(),
        labels,
        value: value.to_owned(),
    })
}

fn labels(mut text: &str) -> Option<Vec<(String, String)>> {
    let mut labels = Vec::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"")?;
        let (value, rest) = quoted(rest)?;
        labels.push((name.to_owned(), value));
        text = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some(labels)
}

/// A value up to its closing quote, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.char_indices();
    while let Some((at, char)) = rest.next() {
        match char {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(match rest.next()?.1 {
                'n' => '\n',
                escaped => escaped,
            }),
            _ => value.push(char),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_read_with_its_labels() {
        let text = "# TYPE a counter\n\na{x=\"1\",y=\"q\\\"}, {\\n\"} 7\nb 0.5\nbroken{x=\"1} 2\n";
        let series = read(text);
        let names: Vec<&str> = series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let first = &series[0];
        assert_eq!(
            (first.label("x"), first.label("y"), first.label("z")),
            ("1", "q\"}, {\n", "")
        );
        assert_eq!((first.count(), series[1].count()), (7, 0));
    }
}
