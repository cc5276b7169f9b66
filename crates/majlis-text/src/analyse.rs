//! From claims to an [`Analysis`].

use crate::{Analysis, Claims, Vectors};

/// Measures the claims. So far only the form: nothing is measured, and everything says so by being
/// `None` or empty.
pub fn analyse(claims: &Claims, vectors: Option<&Vectors>) -> Analysis {
    Analysis {
        schema: Analysis::SCHEMA,
        method: Analysis::METHOD.to_owned(),
        engine: vectors.map_or("lexical", Vectors::engine).to_owned(),
        limits: claims.limits.clone(),
        members: Vec::new(),
        agreement: None,
        shared_claims: 0,
        coverage: None,
        pairs: Vec::new(),
        claims: Vec::new(),
        patterns: Vec::new(),
        gaps: Vec::new(),
        unique: Vec::new(),
        contradictions: None,
    }
}
