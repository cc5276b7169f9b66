//! What can be computed of constants.

use crate::ir::{BinaryOp, Const, Text};
use crate::table::Fold;

use super::value::Known;

/// Longer text is not computed.
pub(super) const TEXT_MAX: usize = 4096;

/// The constant of a literal.
pub(super) fn known(constant: &Const) -> Known {
    match constant {
        Const::Null => Known::Null,
        Const::Bool(truth) => Known::Bool(*truth),
        Const::Int(number) => Known::Int(*number),
        Const::Float(number) => Known::Float(*number),
        Const::Str(text) | Const::Regex(text) => Known::Str(text.clone()),
        Const::Char(mark) => Known::Char(*mark),
        Const::Bytes(bytes) => Known::Str(String::from_utf8_lossy(bytes).into()),
    }
}

fn number(known: &Known) -> Option<i64> {
    match known {
        Known::Int(number) => Some(*number),
        Known::Char(mark) => Some(i64::from(u32::from(*mark))),
        _ => None,
    }
}

/// A comparison of constants; `None` where it is not known.
pub(super) fn compare(op: BinaryOp, left: &Known, right: &Known) -> Option<bool> {
    if !left.is_constant() || !right.is_constant() {
        return None;
    }
    let order = match (number(left), number(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => match (left, right) {
            (Known::Float(left), Known::Float(right)) => left.partial_cmp(right),
            _ => None,
        },
    };
    let equal = match order {
        Some(order) => order.is_eq(),
        None => match (left, right) {
            (Known::Float(_), Known::Int(_)) | (Known::Int(_), Known::Float(_)) => return None,
            // a character of a text, where the language knows no other than short texts
            (Known::Char(mark), Known::Str(text)) | (Known::Str(text), Known::Char(mark)) => {
                text.chars().eq([*mark])
            }
            _ => left == right,
        },
    };
    Some(match op {
        BinaryOp::Equal | BinaryOp::Is => equal,
        BinaryOp::NotEqual | BinaryOp::IsNot => !equal,
        BinaryOp::Less => order?.is_lt(),
        BinaryOp::LessEqual => order?.is_le(),
        BinaryOp::Greater => order?.is_gt(),
        BinaryOp::GreaterEqual => order?.is_ge(),
        BinaryOp::In | BinaryOp::NotIn => {
            let (Known::Str(part), Known::Str(whole)) = (left, right) else {
                return None;
            };
            whole.contains(&**part) == (op == BinaryOp::In)
        }
        _ => return None,
    })
}

/// An operation on constants.
pub(super) fn binary(op: BinaryOp, left: &Known, right: &Known) -> Known {
    let text = matches!(left, Known::Str(_)) || matches!(right, Known::Str(_));
    if op == BinaryOp::Add && text {
        return match (left.to_text(), right.to_text()) {
            (Some(left), Some(right)) => joined(&left, &right),
            _ => Known::Unknown,
        };
    }
    if op == BinaryOp::Multiply && text {
        return repeated(left, right);
    }
    match (number(left), number(right)) {
        (Some(left), Some(right)) => integers(op, left, right).map_or(Known::Unknown, Known::Int),
        _ => match (left, right) {
            (Known::Float(left), Known::Float(right)) => floats(op, *left, *right),
            (Known::Bool(left), Known::Bool(right)) => match op {
                BinaryOp::BitAnd => Known::Bool(*left && *right),
                BinaryOp::BitOr => Known::Bool(*left || *right),
                BinaryOp::BitXor => Known::Bool(*left ^ *right),
                _ => Known::Unknown,
            },
            _ => Known::Unknown,
        },
    }
}

fn joined(left: &str, right: &str) -> Known {
    if left.len() + right.len() > TEXT_MAX {
        return Known::Unknown;
    }
    Known::Str(format!("{left}{right}").into())
}

/// `"ab" * 3`
fn repeated(left: &Known, right: &Known) -> Known {
    let ((Known::Str(text), Known::Int(times)) | (Known::Int(times), Known::Str(text))) =
        (left, right)
    else {
        return Known::Unknown;
    };
    match usize::try_from(*times) {
        Ok(times) if text.len().saturating_mul(times) <= TEXT_MAX => {
            Known::Str(text.repeat(times).into())
        }
        _ => Known::Unknown,
    }
}

fn integers(op: BinaryOp, left: i64, right: i64) -> Option<i64> {
    let places = u32::try_from(right).ok().filter(|places| *places < 63);
    match op {
        BinaryOp::Add => left.checked_add(right),
        BinaryOp::Subtract => left.checked_sub(right),
        BinaryOp::Multiply => left.checked_mul(right),
        BinaryOp::Divide => left.checked_div(right),
        BinaryOp::FloorDivide => left.checked_div_euclid(right),
        BinaryOp::Remainder => left.checked_rem(right),
        BinaryOp::Power => left.checked_pow(u32::try_from(right).ok()?),
        BinaryOp::ShiftLeft => left.checked_mul(1_i64.checked_shl(places?)?),
        BinaryOp::ShiftRight => left.checked_shr(places?),
        BinaryOp::BitAnd => Some(left & right),
        BinaryOp::BitOr => Some(left | right),
        BinaryOp::BitXor => Some(left ^ right),
        _ => None,
    }
}

fn floats(op: BinaryOp, left: f64, right: f64) -> Known {
    Known::Float(match op {
        BinaryOp::Add => left + right,
        BinaryOp::Subtract => left - right,
        BinaryOp::Multiply => left * right,
        BinaryOp::Divide => left / right,
        _ => return Known::Unknown,
    })
}

/// A conversion to a type of this name.
pub(super) fn cast(ty: &str, known: Known) -> Known {
    match (ty, known) {
        ("int" | "long" | "short" | "i32" | "i64" | "usize" | "u32" | "u64", known) => {
            match (&known, number(&known)) {
                (_, Some(number)) => Known::Int(number),
                (Known::Float(value), None) if value.is_finite() => {
                    #[allow(clippy::cast_possible_truncation)] // as the language does
                    let whole = value.trunc() as i64;
                    Known::Int(whole)
                }
                _ => Known::Unknown,
            }
        }
        ("char", Known::Int(number)) => u32::try_from(number)
            .ok()
            .and_then(char::from_u32)
            .map_or(Known::Unknown, Known::Char),
        (_, Known::List(_)) => Known::Unknown,
        (_, known) => known,
    }
}

/// A part of text by characters, from a place to before another; negative ones count from the end.
pub(super) fn slice(text: &str, from: Option<&Known>, to: Option<&Known>) -> Known {
    let marks: Vec<char> = text.chars().take(TEXT_MAX).collect();
    let length = i64::try_from(marks.len()).unwrap_or(i64::MAX);
    let place = |at: Option<&Known>, default: i64| match at {
        None => Some(default),
        Some(at) => number(at).map(|at| if at < 0 { at + length } else { at }),
    };
    let (Some(from), Some(to)) = (place(from, 0), place(to, length)) else {
        return Known::Unknown;
    };
    let (Ok(from), Ok(to)) = (usize::try_from(from), usize::try_from(to)) else {
        return Known::Unknown;
    };
    marks
        .get(from..to.min(marks.len()))
        .map_or(Known::Unknown, |part| {
            Known::Str(part.iter().collect::<String>().into())
        })
}

/// A call of a function of text or numbers, the receiver first.
pub(super) fn call(fold: Fold, operands: &[&Known]) -> Known {
    if operands.iter().any(|operand| !operand.is_constant()) {
        return Known::Unknown;
    }
    let text = |at: usize| match operands.get(at) {
        Some(Known::Str(text)) => Some(text.clone()),
        Some(Known::Char(mark)) => Some(mark.to_string().into()),
        _ => None,
    };
    let answer = text_call(fold, operands, &text).or_else(|| number_call(fold, operands));
    answer.unwrap_or(Known::Unknown)
}

fn text_call(
    fold: Fold,
    operands: &[&Known],
    text: &dyn Fn(usize) -> Option<Text>,
) -> Option<Known> {
    let of = |found: String| (found.len() <= TEXT_MAX).then(|| Known::Str(found.into()));
    Some(match fold {
        Fold::Concat => {
            let parts: Option<Vec<Text>> = operands.iter().map(|part| part.to_text()).collect();
            of(parts?.concat())?
        }
        Fold::Length => Known::Int(i64::try_from(text(0)?.chars().count()).ok()?),
        Fold::CharAt => {
            let at = usize::try_from(number(operands.get(1)?)?).ok()?;
            Known::Char(text(0)?.chars().nth(at)?)
        }
        Fold::Substring => slice(
            &text(0)?,
            operands.get(1).copied(),
            operands.get(2).copied(),
        ),
        Fold::Lower => of(text(0)?.to_lowercase())?,
        Fold::Upper => of(text(0)?.to_uppercase())?,
        Fold::Trim => of(text(0)?.trim().to_owned())?,
        Fold::Equals => Known::Bool(compare(
            BinaryOp::Equal,
            operands.first()?,
            operands.get(1)?,
        )?),
        Fold::EqualsIgnoreCase => Known::Bool(text(0)?.to_lowercase() == text(1)?.to_lowercase()),
        Fold::StartsWith => Known::Bool(text(0)?.starts_with(&*text(1)?)),
        Fold::EndsWith => Known::Bool(text(0)?.ends_with(&*text(1)?)),
        Fold::Contains => Known::Bool(text(0)?.contains(&*text(1)?)),
        Fold::IndexOf => {
            let whole = text(0)?;
            let at = whole.find(&*text(1)?);
            Known::Int(match at {
                Some(at) => i64::try_from(whole[..at].chars().count()).ok()?,
                None => -1,
            })
        }
        Fold::Replace => of(text(0)?.replace(&*text(1)?, &text(2)?))?,
        Fold::IsEmpty => Known::Bool(text(0)?.is_empty()),
        Fold::ToText => Known::Str(operands.first()?.to_text()?),
        _ => return None,
    })
}

fn number_call(fold: Fold, operands: &[&Known]) -> Option<Known> {
    let first = *operands.first()?;
    let pair = || Some((number(first)?, number(operands.get(1)?)?));
    Some(match fold {
        Fold::ToInt => match first {
            Known::Str(text) => Known::Int(text.trim().parse().ok()?),
            other => Known::Int(number(other)?),
        },
        Fold::ToBool => match first {
            Known::Str(text) => Known::Bool(text.eq_ignore_ascii_case("true")),
            other => Known::Bool(other.truth()?),
        },
        Fold::Identity => first.clone(),
        Fold::Min => {
            let (left, right) = pair()?;
            Known::Int(left.min(right))
        }
        Fold::Max => {
            let (left, right) = pair()?;
            Known::Int(left.max(right))
        }
        Fold::Abs => Known::Int(number(first)?.checked_abs()?),
        _ => return None,
    })
}
