//! From syntax trees to [`crate::ir`], one module per language.
