//! Measures of text: what several answers to one question claim, where the claims agree, differ,
//! contradict each other, and where an answer is silent.
//!
//! [`extract`] cuts each [`Answer`] into [`Claims`] with their places in the text; [`analyse`]
//! aligns them across the answers and counts. Between the two the caller may turn
//! [`Claims::texts`] into [`Vectors`]; without them everything is measured by words alone, and the
//! [`Analysis`] says so in its [`Limit`]s.
//!
//! **Invariant:** pure and synchronous: no IO, no clock, no chance. The same answers give the same
//! analysis to the byte, and the order of the members changes nothing but the order of the lists.

mod agreement;
mod align;
mod analyse;
mod analysis;
mod answer;
mod arabic;
mod attitude;
mod block;
mod camp;
mod certainty;
mod check;
mod claim;
mod condition;
mod duty;
mod feature;
pub mod fold;
mod identity;
mod influence;
mod keyword;
mod language;
mod lemma;
mod lexicon;
mod number;
mod opposites;
mod pair;
mod ranking;
mod relation;
mod row;
mod sentence;
mod sentiment;
mod similarity;
mod topic;
mod vectors;
mod wordnet;
mod words;

pub use agreement::entropy_agreement;
pub use analyse::analyse;
pub use analysis::{
    Analysis, CertaintyCounts, ClaimRow, Contradiction, Evidence, Gap, Limit, MemberMeasure,
    MemberStance, Pair, Pattern, Quote, SentimentCounts, Side, Stance, Unique,
};
pub use answer::{Answer, Span};
pub use certainty::Certainty;
pub use check::{CheckKind, CitedPlace, CodeBlock, FailedCheck, cited_places, code_blocks};
pub use claim::{Claim, Claims, extract};
pub use keyword::Keyword;
pub use language::Language;
pub use pair::{FEATURES as PAIR_FEATURES, Inference, PairJudgement, PairReading};
pub use sentiment::{Sentiment, SentimentText};
pub use topic::Topic;
pub use vectors::{Vectors, VectorsError};
pub use words::{Word, words};
