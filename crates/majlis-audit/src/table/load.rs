//! Reading and checking tables.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::index::LanguageTables;
use super::{Table, index};
use crate::Language;
use crate::fingerprint::hex;

/// The tables inside the program.
#[derive(RustEmbed)]
#[folder = "tables"]
struct Embedded;

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("table {path}: {problem}")]
pub struct TableError {
    /// The file, below the folder of tables.
    pub path: String,
    /// The entry and what is wrong with it.
    pub problem: String,
}

/// All tables of all languages, ready for look-up.
#[derive(Debug)]
pub struct Tables {
    languages: BTreeMap<Language, LanguageTables>,
    digest: String,
}

impl Tables {
    /// The tables inside the program; read once. Those that cannot be used are left out and stand
    /// in [`Tables::embedded_errors`], which a test holds empty.
    pub fn embedded() -> &'static Self {
        &EMBEDDED.0
    }

    /// What is wrong with the tables inside the program; empty in every release.
    pub fn embedded_errors() -> &'static [TableError] {
        &EMBEDDED.1
    }

    /// Reads tables given as (path below the folder of tables, text): `java/jdbc.toml`. The folder
    /// says the language. Also gives what is wrong; such files are left out.
    pub fn parse<'f>(
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> (Self, Vec<TableError>) {
        let mut errors = Vec::new();
        let mut read: BTreeMap<Language, Vec<(String, Table)>> = BTreeMap::new();
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_unstable();
        let mut hash = Sha256::new();
        for (path, text) in &files {
            hash.update(format!("{path} {} {text}", text.len()));
        }
        let digest = hex(&hash.finalize()[..16]);
        for (path, text) in files {
            match parse(path, text) {
                Ok((language, table)) => {
                    let tables = read.entry(language).or_default();
                    tables.push((path.to_owned(), table));
                }
                Err(error) => errors.push(error),
            }
        }
        let languages = Language::ALL
            .into_iter()
            .map(|language| {
                let tables = read.remove(&language).unwrap_or_default();
                let built = LanguageTables::build(language, &tables, &mut errors);
                (language, built)
            })
            .collect();
        (Self { languages, digest }, errors)
    }

    /// Tells tables apart: 32 hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Those of one language.
    pub(crate) fn of(&self, language: Language) -> Option<&LanguageTables> {
        self.languages.get(&language)
    }

    /// The sinks, by kind, that calls, fields or entries of a language name.
    pub fn sink_kinds(&self, language: Language) -> Vec<&str> {
        self.of(language)
            .map_or_else(Vec::new, LanguageTables::sink_kinds)
    }

    /// The slugs of rules that checks of a language name.
    pub fn checked_rules(&self, language: Language) -> Vec<&str> {
        self.of(language)
            .map_or_else(Vec::new, LanguageTables::checked_rules)
    }
}

static EMBEDDED: LazyLock<(Tables, Vec<TableError>)> = LazyLock::new(|| {
    let files: Vec<(String, String)> = Embedded::iter()
        .filter_map(|path| {
            let file = Embedded::get(&path)?;
            let text = String::from_utf8_lossy(&file.data).into_owned();
            Some((path.into_owned(), text))
        })
        .collect();
    Tables::parse(files.iter().map(|(path, text)| (&**path, &**text)))
});

fn parse(path: &str, text: &str) -> Result<(Language, Table), TableError> {
    let fault = |problem: String| TableError {
        path: path.to_owned(),
        problem,
    };
    let folder = path.split('/').next().unwrap_or_default();
    let language = Language::ALL
        .into_iter()
        .find(|language| language.id() == folder)
        .ok_or_else(|| fault(format!("`{folder}` is no language")))?;
    let raw: toml::Table = text.parse().map_err(|error| fault(one_line(&error)))?;
    if let Some(problem) = index::unknown_key(&raw) {
        return Err(fault(problem));
    }
    let table = Table::deserialize(raw).map_err(|error| fault(one_line(&error)))?;
    Ok((language, table))
}

fn one_line(error: &toml::de::Error) -> String {
    error.to_string().trim().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_inside_the_program_are_all_right() {
        let problems: Vec<String> = Tables::embedded_errors()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        let check = |entry: &str, expected: &str| {
            let text = format!("library = \"L\"\n{entry}");
            let (_, errors) = Tables::parse([("java/l.toml", text.as_str())]);
            let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert!(
                said.iter().any(|said| said.contains(expected)),
                "{entry}: {said:?}"
            );
        };
        check(
            "[[call]]\npath = \"a.b\"\nretrns = \"c\"",
            "call 1 (a.b): unknown key `retrns`",
        );
        check(
            "[[call]]\npath = \"a.b\"\ncontainer = \"list_ad\"",
            "`list_ad`",
        );
        check("[[call]]\npath = \"a.b\"\nfold = \"sum\"", "`sum`");
        check("[[call]]\npath = \"a.b\"\nflow = [\"0 to 1\"]", "`0 to 1`");
        check("[[call]]\nreturns = \"c\"", "names no call");
        check("[[call]]\non = \"c\"", "names no call");
        check(
            "[[check]]\nrule = \"r\"\npath = \"a\"\nwhen = [{ arg = 0, matches = \"(\" }]",
            "`(`",
        );
        check(
            "[[check]]\nrule = \"r\"\npath = \"a\"\nwhen = [{ arg = 0, is = 1 }]",
            "`is`",
        );
        check("[[entry]]\nsource = \"request\"", "names no function");
        check("[[tpye]]\nname = \"a\"", "tpye");
        let (_, errors) = Tables::parse([("cobol/l.toml", "library = \"L\"")]);
        assert_eq!(errors.len(), 1);
    }
}
