//! Who may use whom.

use super::{Finding, Tree};
use crate::tidy::tree::{Dependency, DependencyKind, Package};

/// The layer of each crate; a crate uses only crates of lower layers. The order of
/// ARCHITECTURE.md. The tools (`xtask`) stand outside and use none of them.
const LAYERS: &[(&str, u8)] = &[
    ("majlis", 6),
    ("majlis-server", 5),
    ("majlis-app", 4),
    ("majlis-store", 3),
    ("majlis-plugins", 3),
    ("majlis-audit", 3),
    ("majlis-council", 2),
    ("majlis-providers", 2),
    ("majlis-llm", 1),
    ("majlis-text", 1),
    ("xtask", 0),
];

/// Foreign crates that belong to one boundary: only their owners may use them outside tests.
const OWNERS: &[(&str, &[&str])] = &[
    ("rusqlite", &["majlis-store"]),
    ("rusqlite_migration", &["majlis-store"]),
    ("axum", &["majlis-server"]),
    ("utoipa", &["majlis-server"]),
    ("utoipa-axum", &["majlis-server"]),
    ("hyper", &["majlis-providers", "majlis-server"]),
    ("hyper-util", &["majlis-providers", "majlis-server"]),
    ("reqwest", &["majlis-providers"]),
    ("candle-core", &["majlis-providers"]),
    ("candle-nn", &["majlis-providers"]),
    ("candle-transformers", &["majlis-providers"]),
    ("clap", &["majlis", "xtask"]),
    ("anyhow", &["majlis", "xtask"]),
];

/// Every dependency between our crates goes down.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.packages.iter().flat_map(package_layers).collect()
}

fn package_layers(package: &Package) -> Vec<Finding> {
    let manifest = manifest(&package.name);
    let Some(own) = layer(&package.name) else {
        return vec![Finding::new(
            &manifest,
            1,
            format!("the crate {} has no layer", package.name),
            "give it one in LAYERS of xtask/src/tidy/layers.rs and in ARCHITECTURE.md",
        )];
    };
    package
        .dependencies
        .iter()
        .filter_map(|dependency| Some((dependency, layer(&dependency.name)?)))
        .filter(|(_, other)| *other >= own)
        .map(|(dependency, other)| {
            Finding::new(
                &manifest,
                1,
                format!("{} (layer {own}) uses {} (layer {other})", package.name, dependency.name),
                "a crate uses only lower layers: move the shared part down, or pass it in through a trait",
            )
        })
        .collect()
}

/// A foreign crate of [`OWNERS`] is used by its owners only.
pub(super) fn owners(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &tree.packages {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| !is_for_tests(dependency))
        {
            let owners = OWNERS
                .iter()
                .find(|(name, _)| *name == dependency.name)
                .map(|(_, owners)| *owners);
            if let Some(owners) = owners.filter(|owners| !owners.contains(&package.name.as_str())) {
                findings.push(Finding::new(
                    &manifest(&package.name),
                    1,
                    format!(
                        "{} uses {}, which belongs to {}",
                        package.name,
                        dependency.name,
                        owners.join(" and ")
                    ),
                    "ask that crate to do it",
                ));
            }
        }
    }
    findings
}

fn is_for_tests(dependency: &Dependency) -> bool {
    dependency.kind == Some(DependencyKind::Dev)
}

fn layer(name: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, layer)| *layer)
}

/// The path of a crate's manifest.
pub(super) fn manifest(name: &str) -> String {
    if name == "xtask" {
        "xtask/Cargo.toml".to_owned()
    } else {
        format!("crates/{name}/Cargo.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(
        rule: fn(&Tree) -> Vec<Finding>,
        name: &str,
        dependencies: &[(&str, Option<DependencyKind>)],
    ) -> Vec<String> {
        let dependencies = dependencies
            .iter()
            .map(|(name, kind)| Dependency {
                name: (*name).to_owned(),
                kind: *kind,
            })
            .collect();
        let packages = vec![Package {
            name: name.to_owned(),
            dependencies,
        }];
        rule(&Tree {
            packages,
            ..Tree::default()
        })
        .into_iter()
        .map(|finding| finding.message)
        .collect()
    }

    #[test]
    fn a_dependency_between_our_crates_goes_down() {
        let dev = Some(DependencyKind::Dev);
        for (name, dependency, expected) in [
            ("majlis-app", ("majlis-store", None), None),
            ("majlis-app", ("serde", None), None),
            (
                "majlis-llm",
                ("majlis-text", None),
                Some("majlis-llm (layer 1) uses majlis-text (layer 1)"),
            ),
            (
                "majlis-store",
                ("majlis-app", dev),
                Some("majlis-store (layer 3) uses majlis-app (layer 4)"),
            ),
            (
                "xtask",
                ("majlis", None),
                Some("xtask (layer 0) uses majlis (layer 6)"),
            ),
            (
                "majlis-new",
                ("serde", None),
                Some("the crate majlis-new has no layer"),
            ),
        ] {
            assert_eq!(
                messages(check, name, &[dependency]),
                Vec::from_iter(expected),
                "{name} → {dependency:?}"
            );
        }
    }

    #[test]
    fn a_foreign_crate_stays_with_its_owner_but_for_tests() {
        let dev = Some(DependencyKind::Dev);
        for (name, dependency, expected) in [
            ("majlis-store", ("rusqlite", None), None),
            ("majlis-server", ("reqwest", dev), None),
            (
                "majlis-app",
                ("rusqlite", None),
                Some("majlis-app uses rusqlite, which belongs to majlis-store"),
            ),
            (
                "majlis-app",
                ("anyhow", None),
                Some("majlis-app uses anyhow, which belongs to majlis and xtask"),
            ),
        ] {
            assert_eq!(
                messages(owners, name, &[dependency]),
                Vec::from_iter(expected),
                "{name} → {dependency:?}"
            );
        }
    }
}
