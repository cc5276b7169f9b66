//! Lists, a page at a time.

/// Items on one page at most.
const MAX_PAGE: u32 = 500;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many as were asked for, and never more than 500.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last. Meaningful to the same list only.
    pub next: Option<i64>,
}

/// The limit a query really uses.
pub(crate) fn clamp(limit: u32) -> u32 {
    limit.clamp(1, MAX_PAGE)
}

impl<T> Page<T> {
    /// A page of rows that were asked for one more than fits, so as to know whether there are more.
    /// Each row comes with its cursor.
    pub(crate) fn from_rows(mut rows: Vec<(i64, T)>, limit: u32) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|(cursor, _)| *cursor);
        let items = rows.into_iter().map(|(_, item)| item).collect();
        Self { items, next }
    }
}
