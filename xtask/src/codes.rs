//! The codes by which the page translates what the server says, read out of the sources.
//!
//! A code is what stands where a function takes a parameter named `code`, where a struct has a field
//! `code`, and what a function named `code` or `…_code` returns. Nothing is guessed: a place whose
//! codes cannot be told is an error.

mod flow;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use syn::{Item, ItemMod};

/// The crates that say something to people by code.
const CRATES: &[&str] = &["majlis-app", "majlis-server", "majlis-store"];

/// What a measurement cannot see: every variant of this enum is a code.
const LIMITS: (&str, &str) = ("crates/majlis-text/src/analysis.rs", "Limit");

/// Every code there is, sorted.
#[derive(Debug, Serialize)]
struct Codes {
    /// Of problems and notices.
    notices: BTreeSet<String>,
    /// Of what a measurement cannot see.
    limits: BTreeSet<String>,
}

/// The file `codes.json` of the sources below `root`.
pub(crate) fn render(root: &Path) -> Result<String> {
    let mut files = Vec::new();
    for name in CRATES {
        sources(&root.join("crates").join(name).join("src"), &mut files)?;
    }
    files.sort();
    let parsed = files
        .iter()
        .map(|path| Ok((path.display().to_string(), parse(path)?)))
        .collect::<Result<Vec<_>>>()?;
    let codes = Codes {
        notices: flow::codes(&parsed)?,
        limits: variants(&parse(&root.join(LIMITS.0))?, LIMITS.1)?,
    };
    let mut text = serde_json::to_string_pretty(&codes).context("cannot write the codes")?;
    text.push('\n');
    Ok(text)
}

/// The Rust files below `folder`, without those that hold only tests.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot list {}", folder.display()))?
            .path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if stem == "tests" || stem.ends_with("_tests") {
            continue;
        }
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// A file without its tests.
fn parse(path: &Path) -> Result<syn::File> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut file =
        syn::parse_file(&text).with_context(|| format!("{} is not Rust", path.display()))?;
    file.items.retain(|item| !is_test(item));
    Ok(file)
}

fn is_test(item: &Item) -> bool {
    let Item::Mod(ItemMod { attrs, .. }) = item else {
        return false;
    };
    attrs.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|name| name == "test")
    })
}

/// The variants of an enum in `snake_case`.
fn variants(file: &syn::File, name: &str) -> Result<BTreeSet<String>> {
    let found = file.items.iter().find_map(|item| match item {
        Item::Enum(each) if each.ident == name => Some(each),
        _ => None,
    });
    match found {
        Some(each) => Ok(each
            .variants
            .iter()
            .map(|variant| snake(&variant.ident.to_string()))
            .collect()),
        None => bail!("there is no enum {name}"),
    }
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_our_sources_can_be_told() {
        let text = render(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        for code in [
            "guard_host",
            "provider_timeout",
            "store_disk_full",
            "no_answer",
        ] {
            assert!(text.contains(&format!("\"{code}\"")), "{code} in {text}");
        }
    }

    #[test]
    fn variants_are_codes_in_snake_case() {
        let file = syn::parse_file("enum Limit { NoAnswer, One(u8) }").unwrap();
        let found = variants(&file, "Limit").unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["no_answer", "one"]);
        assert!(variants(&file, "Other").is_err());
    }

    #[test]
    fn tests_are_left_out() {
        let file = syn::parse_file("mod real {} #[cfg(test)] mod tests {}").unwrap();
        let kept: Vec<_> = file.items.iter().map(is_test).collect();
        assert_eq!(kept, [false, true]);
    }
}
