//! Literals of Java.

use crate::ir::Const;
use crate::lower::syntax::{number, unescape};

/// The constant a literal of this kind of node is; `None` for any other node.
pub(super) fn constant(kind: &str, source: &str) -> Option<Const> {
    Some(match kind {
        "null_literal" => Const::Null,
        "true" => Const::Bool(true),
        "false" => Const::Bool(false),
        "character_literal" => character(source),
        "string_literal" => Const::Str(text(source).into()),
        "decimal_integer_literal"
        | "hex_integer_literal"
        | "octal_integer_literal"
        | "binary_integer_literal" => number(source, true),
        "decimal_floating_point_literal" | "hex_floating_point_literal" => {
            match number(source, false) {
                // `1f`, `2d`
                Const::Int(whole) => {
                    #[allow(clippy::cast_precision_loss)] // written as a float
                    let value = whole as f64;
                    Const::Float(value)
                }
                other => other,
            }
        }
        _ => return None,
    })
}

fn character(source: &str) -> Const {
    let inner = source
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .unwrap_or(source);
    let resolved = unescape(inner, false);
    let mut marks = resolved.chars();
    match (marks.next(), marks.next()) {
        (Some(mark), None) => Const::Char(mark),
        _ => Const::Str(resolved.into()),
    }
}

fn text(source: &str) -> String {
    if let Some(inner) = source.strip_prefix("\"\"\"") {
        let inner = inner.strip_suffix("\"\"\"").unwrap_or(inner);
        return unescape(&block(inner), false);
    }
    let inner = source.strip_prefix('"').unwrap_or(source);
    unescape(inner.strip_suffix('"').unwrap_or(inner), false)
}

/// A text block without the line its quotes open and without the indentation all lines share.
fn block(inner: &str) -> String {
    let (_, body) = inner.split_once('\n').unwrap_or(("", inner));
    let lines: Vec<&str> = body.split('\n').map(str::trim_end).collect();
    let last = lines.len() - 1;
    let indent = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| !line.is_empty() || *at == last)
        .map(|(at, line)| {
            if at == last && line.is_empty() {
                // the closing quotes' own line counts by where they stand
                body.len() - body.rfind('\n').map_or(0, |end| end + 1)
            } else {
                line.len() - line.trim_start().len()
            }
        })
        .min()
        .unwrap_or(0);
    let cut: Vec<&str> = lines
        .iter()
        .map(|line| line.get(indent..).unwrap_or_else(|| line.trim_start()))
        .collect();
    cut.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_its_constant() {
        let check = |kind: &str, source: &str, expected: Const| {
            assert_eq!(constant(kind, source), Some(expected), "{source}");
        };
        check("string_literal", r#""a\tb""#, Const::Str("a\tb".into()));
        check("character_literal", r"'\n'", Const::Char('\n'));
        check("decimal_integer_literal", "1_000L", Const::Int(1000));
        check("octal_integer_literal", "010", Const::Int(8));
        check("decimal_floating_point_literal", "1f", Const::Float(1.0));
        check(
            "string_literal",
            "\"\"\"\n    select *\n      from t\n    \"\"\"",
            Const::Str("select *\n  from t\n".into()),
        );
        assert_eq!(constant("identifier", "a"), None);
    }
}
