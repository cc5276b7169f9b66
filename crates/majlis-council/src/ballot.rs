//! The arithmetic of several judgements: how far rankings and verdicts agree, and how many
//! independent votes they are worth. Definitions as in design/council.md.

mod aggregate;
mod alpha;
mod bias;
mod rank;
mod record;
mod votes;

pub use aggregate::{Marks, Tally, aggregate, is_decided};
pub use alpha::krippendorff_alpha;
pub use bias::{Bias, Mark, judge_bias};
pub use majlis_text::entropy_agreement;
pub use rank::{RankAgreement, RankMethod, Ranking, rank_agreement};
pub use record::{Bin, Forecast, Strength, bradley_terry, brier, calibration, error_correlation};
pub use votes::{Correlation, CorrelationSource, effective_votes, prior_correlation};
