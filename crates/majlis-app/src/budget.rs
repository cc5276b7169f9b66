//! Caps on costs, and the one way by which calls are journalled under them.

use std::collections::HashMap;

use majlis_llm::{ChatRequest, Message, ModelId, PicoUsd, PriceRow, Role};
use majlis_store::{
    self as store, Begin, BudgetChange, CapChange, Caps, Consultation, Extend, NewStep,
    StoreErrorKind,
};

use crate::calendar::Calendar;
use crate::call::PlannedCall;
use crate::{App, AppError, ambient, estimate};

/// The caps, and how far each is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetsView {
    /// When this was so, milliseconds since 1970 UTC.
    pub as_of_ms: i64,
    /// How far the person's clock is ahead of UTC, in minutes: where days and months begin.
    pub timezone_offset_min: i32,
    /// What one run may cost; `None`: no cap.
    pub run: Option<PicoUsd>,
    /// Today.
    pub day: PeriodView,
    /// This month.
    pub month: PeriodView,
    /// Today, of what other programs asked.
    pub programs: PeriodView,
    /// Models without a known price that may be called although a cap applies.
    pub uncapped_models: Vec<ModelId>,
}

/// A cap over a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodView {
    /// When it began, milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// What may be spent; `None`: no cap.
    pub limit: Option<PicoUsd>,
    /// What is spent: known costs, and estimates of calls that ended without a known one.
    pub spent: PicoUsd,
    /// How many calls ended without a known cost.
    pub unknown: u64,
    /// What answers on their way hold back.
    pub reserved: PicoUsd,
}

impl PeriodView {
    fn new(since_ms: i64, budget: store::PeriodBudget) -> Self {
        Self {
            since_ms,
            limit: budget.limit,
            spent: budget.spent,
            unknown: budget.unknown,
            reserved: budget.reserved,
        }
    }
}

impl App {
    /// What a job that begins at a moment is measured against, with a cap of its own or none.
    pub(crate) fn caps(&self, at_ms: i64, run: Option<PicoUsd>) -> Caps {
        let calendar = Calendar::at(at_ms, &ambient::zone());
        Caps {
            run,
            day_since_ms: calendar.day_since_ms,
            month_since_ms: calendar.month_since_ms,
            by_program: self.is_for_programs(),
        }
    }

    /// The caps, and how far each is used.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn budgets(&self) -> Result<BudgetsView, AppError> {
        let as_of_ms = ambient::now_ms();
        let calendar = Calendar::at(as_of_ms, &ambient::zone());
        let budgets = self.inner.store.budgets(self.caps(as_of_ms, None)).await?;
        Ok(BudgetsView {
            as_of_ms,
            timezone_offset_min: calendar.timezone_offset_min,
            run: budgets.run,
            day: PeriodView::new(calendar.day_since_ms, budgets.day),
            month: PeriodView::new(calendar.month_since_ms, budgets.month),
            programs: PeriodView::new(calendar.day_since_ms, budgets.programs),
            uncapped_models: budgets.uncapped_models,
        })
    }

    /// Changes caps.
    ///
    /// # Errors
    /// `Invalid` for an amount below nothing or beyond what can be kept; `Storage`.
    pub async fn set_budgets(&self, change: BudgetChange) -> Result<BudgetsView, AppError> {
        let limits = [change.run, change.day, change.month, change.programs];
        for limit in limits {
            if let CapChange::Set(limit) = limit
                && (limit < PicoUsd::ZERO || limit.to_i64().is_none())
            {
                return Err(AppError::invalid(
                    "budget_amount",
                    format!("{limit} cannot be a cap."),
                    "Write dollars from 0 to 9000000.",
                ));
            }
        }
        self.inner
            .store
            .set_budgets(change, ambient::now_ms())
            .await?;
        self.budgets().await
    }

    /// The most a request can cost: at once, without counting tokens. A token is at least one byte,
    /// so the text's length is an upper bound; [`App::journal`] counts where that is too much.
    pub(crate) fn most(&self, price: &PriceRow, request: &ChatRequest) -> Option<PicoUsd> {
        estimate::most(
            price,
            estimate::input_bound(request),
            self.most_output(request),
        )
    }

    /// The most that asking the missing members of a consultation again can cost; `None` when a
    /// price is not known.
    pub(crate) fn most_to_resume(&self, consultation: &Consultation) -> Option<PicoUsd> {
        let at_ms = ambient::now_ms();
        let missing = consultation
            .members
            .iter()
            .filter(|member| member.state != store::ReplyState::Complete)
            .filter_map(|member| member.model.clone());
        missing
            .map(|model| {
                let price = self.prices().lookup(&model, at_ms)?;
                let prompt = Message::text(Role::User, consultation.prompt.as_str());
                self.most(&price, &ChatRequest::new(model, vec![prompt]))
            })
            .sum()
    }

    /// Writes down everything a job will send. Where a cap is in the way of what was taken as the
    /// most its calls can cost, their tokens are counted and it is tried once more.
    pub(crate) async fn journal<'a>(
        &self,
        begin: Begin,
        calls: impl Iterator<Item = &'a PlannedCall>,
    ) -> Result<(), AppError> {
        let is_paid = |most: Option<PicoUsd>| most.is_some_and(|most| most > PicoUsd::ZERO);
        let spare = begin
            .steps
            .iter()
            .any(|step| is_paid(step.call.reserved))
            .then(|| begin.clone());
        let refused = match self.inner.store.begin(begin).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let is_over = matches!(refused.kind, StoreErrorKind::BudgetExceeded { .. });
        let Some(mut again) = spare.filter(|_| is_over) else {
            return Err(refused.into());
        };
        self.count_again(again.steps.iter_mut(), calls).await?;
        Ok(self.inner.store.begin(again).await?)
    }

    /// Writes down what a job sends further, as [`App::journal`] does what it sends first.
    pub(crate) async fn journal_further<'a>(
        &self,
        extend: Extend,
        calls: impl Iterator<Item = &'a PlannedCall>,
    ) -> Result<(), AppError> {
        let mut again = extend.clone();
        let refused = match self.inner.store.extend(extend).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if !matches!(refused.kind, StoreErrorKind::BudgetExceeded { .. }) {
            return Err(refused.into());
        }
        let steps = again.hearings.iter_mut().map(|hearing| &mut hearing.step);
        self.count_again(steps, calls).await?;
        Ok(self.inner.store.extend(again).await?)
    }

    /// Counts the tokens of calls whose most was taken from the length of their texts.
    async fn count_again<'a, 'b>(
        &self,
        steps: impl Iterator<Item = &'b mut NewStep>,
        calls: impl Iterator<Item = &'a PlannedCall>,
    ) -> Result<(), AppError> {
        let requests = calls.map(|call| {
            (
                call.call_id.clone(),
                call.request.clone(),
                call.price.clone(),
            )
        });
        let counted: HashMap<_, _> = self
            .counted(requests.collect())
            .await?
            .into_iter()
            .collect();
        for step in steps {
            if let Some(most) = counted.get(&step.call.id) {
                step.call.estimate = *most;
                step.call.reserved = *most;
            }
        }
        Ok(())
    }

    /// The most each request can cost, by counted tokens.
    pub(crate) async fn counted(
        &self,
        requests: Vec<(String, ChatRequest, Option<PriceRow>)>,
    ) -> Result<Vec<(String, Option<PicoUsd>)>, AppError> {
        let app = self.clone();
        let count = move || {
            requests
                .into_iter()
                .map(|(id, request, price)| {
                    let output = app.most_output(&request);
                    let input =
                        estimate::input_tokens(&request).min(estimate::input_bound(&request));
                    let most = price.and_then(|price| estimate::most(&price, input, output));
                    (id, most)
                })
                .collect()
        };
        self.inner.cpu.run("count tokens", count).await
    }
}
