//! What was spent, added up by the store and dated here.

use majlis_store::{CostScope, GroupBy, LedgerGroup, LedgerQuery, LedgerSum};

use crate::calendar::Calendar;
use crate::{App, AppError, ambient};

/// A time zone lies at most so far from UTC, in minutes.
const MAX_OFFSET_MIN: i32 = 18 * 60;

/// Which costs are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CostsQuery {
    /// From this moment on, milliseconds since 1970 UTC; `None`: from the first call.
    pub since_ms: Option<i64>,
    /// Before this moment, milliseconds since 1970 UTC; `None`: to the last call.
    pub until_ms: Option<i64>,
    /// How they are divided; `None`: not at all.
    pub group_by: Option<GroupBy>,
    /// Where days and months begin, in minutes east of UTC; `None`: where this machine is.
    pub timezone_offset_min: Option<i32>,
}

/// Costs with all that says what they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostsView {
    /// When this was so, milliseconds since 1970 UTC.
    pub as_of_ms: i64,
    /// From this moment on, milliseconds since 1970 UTC; `None`: from the first call.
    pub since_ms: Option<i64>,
    /// Before this moment, milliseconds since 1970 UTC; `None`: to the last call.
    pub until_ms: Option<i64>,
    /// Where days and months begin, in minutes east of UTC.
    pub timezone_offset_min: i32,
    /// All of them.
    pub total: LedgerSum,
    /// Days and months in their order, others with the highest known cost first. At most 1,000.
    pub groups: Vec<LedgerGroup>,
    /// What further groups hold.
    pub rest: LedgerSum,
}

impl App {
    /// What was spent.
    ///
    /// # Errors
    /// `Invalid` for a range that ends before it begins or an offset no time zone has; `Storage`.
    pub async fn costs(&self, query: CostsQuery) -> Result<CostsView, AppError> {
        let as_of_ms = ambient::now_ms();
        if let (Some(since), Some(until)) = (query.since_ms, query.until_ms)
            && until < since
        {
            return Err(AppError::invalid(
                "range",
                "The range ends before it begins.",
                "Give `since` the earlier moment.",
            ));
        }
        let timezone_offset_min = query
            .timezone_offset_min
            .unwrap_or_else(|| Calendar::at(as_of_ms, &ambient::zone()).timezone_offset_min);
        if timezone_offset_min.abs() > MAX_OFFSET_MIN {
            return Err(AppError::invalid(
                "timezone_offset",
                format!("No time zone is {timezone_offset_min} minutes from UTC."),
                "Give minutes east of UTC, for example 180.",
            ));
        }
        let ledger = self
            .inner
            .store
            .ledger(LedgerQuery {
                scope: CostScope::Everything,
                since_ms: query.since_ms,
                until_ms: query.until_ms,
                group_by: query.group_by,
                timezone_offset_min,
            })
            .await?;
        Ok(CostsView {
            as_of_ms,
            since_ms: query.since_ms,
            until_ms: query.until_ms,
            timezone_offset_min,
            total: ledger.total,
            groups: ledger.groups,
            rest: ledger.rest,
        })
    }
}
