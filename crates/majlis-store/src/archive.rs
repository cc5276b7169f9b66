//! Everything as lines of JSON, and back: the ground of export and import.
//!
//! A line is one thing with what is nested in it; what it refers to stands in earlier lines. The
//! order follows the row numbers, so that the same data gives the same lines. What is still being
//! written is left out: a later export has it.

mod read;
mod table;
mod write;

pub use read::{ExportPage, ExportPlan, ExportSelection};
pub use write::{ArchiveEntry, ImportCount, ImportTally};
