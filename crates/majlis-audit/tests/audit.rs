//! Audits of whole trees, held in memory.
#![allow(clippy::unwrap_used, clippy::panic)] // tests

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex};

use majlis_audit::report::{Report, Reported};
use majlis_audit::table::Tables;
use majlis_audit::tree::{Entry, EntryKind, MemoryTree, Tree, TreeError};
use majlis_audit::{Analyser, Baseline, Cache, NoteKind, Options, difference, rule};

/// The rules for any file: they do not change with those of a language.
static ANALYSER: LazyLock<Analyser<'_>> = LazyLock::new(|| {
    let rules = rule::RuleSet::embedded().unwrap();
    Analyser::new(
        rules.only(|rule| rule.language.is_none()),
        Tables::embedded(),
    )
    .unwrap()
});

/// A call with nine parameters is found by `any/many-parameters`.
const LONG: &str = "def f(a, b, c, d, e, f, g, h, i):\n    pass\n";

fn audit(tree: &dyn Tree, options: &Options, cache: Option<&dyn Cache>) -> Report {
    ANALYSER.audit(tree, options, cache, &|_| {}).unwrap()
}

fn plain(files: &[(&str, &str)]) -> Report {
    let tree: MemoryTree = files.iter().copied().collect();
    audit(&tree, &Options::default(), None)
}

fn found(report: &Report) -> Vec<(&str, u32, &str)> {
    let findings = report.findings.iter();
    let places = findings.map(|finding| (&*finding.path, finding.start.line, &*finding.rule));
    places.collect()
}

fn notes(report: &Report) -> Vec<(&str, NoteKind)> {
    let notes = report.notes.iter();
    notes.map(|note| (&*note.path, note.kind)).collect()
}

#[test]
fn findings_have_place_excerpt_and_sums() {
    let report = plain(&[("src/a.py", LONG), ("b.txt", LONG)]);
    assert_eq!(found(&report), [("src/a.py", 1, "any/many-parameters")]);
    let finding = &report.findings[0];
    assert_eq!((finding.start.column, finding.end.column), (5, 6));
    assert_eq!(finding.excerpt[0].text, LONG.lines().next().unwrap());
    assert_eq!(
        finding.message,
        "The function has 9 parameters; at most 8 is well."
    );
    assert_eq!(report.files[0].lines, 2);
    assert_eq!(
        report
            .sums
            .values()
            .flat_map(BTreeMap::values)
            .sum::<usize>(),
        1
    );
}

#[test]
fn a_tree_is_searched_for_all_that_a_file_alone_is() {
    let check = |path: &str, text: &str, rule: &str, line: u32| {
        let rules = rule::RuleSet::embedded()
            .unwrap()
            .only(|one| one.id == rule);
        let analyser = Analyser::new(rules, Tables::embedded()).unwrap();
        let tree: MemoryTree = [(path, text)].into_iter().collect();
        let report = analyser.audit(&tree, &Options::default(), None, &|_| {});
        assert_eq!(found(&report.unwrap()), [(path, line, rule)]);
    };
    check(
        "src/a.c",
        "#include <stdlib.h>\nint f(void) {\n  int *p = malloc(4);\n  if (!p) return 1;\n  *p = 1;\n  free(p);\n  return *p;\n}\n",
        "cpp/use-after-free",
        7,
    );
    check(
        "src/a.py",
        "import os, sys\nos.system('ls ' + sys.argv[1])\n",
        "python/command-injection",
        2,
    );
    check("a.py", LONG, "any/many-parameters", 1);
}

#[test]
fn the_same_tree_gives_the_same_bytes() {
    let files: Vec<(String, String)> = (0..60)
        .map(|number| (format!("src/{number}/a.py"), format!("{LONG}# {number}\n")))
        .collect();
    let tree: MemoryTree = files.into_iter().collect();
    let mut options = Options::default();
    options.limits.group_bytes = 200;
    let bytes = || serde_json::to_vec(&audit(&tree, &options, None)).unwrap();
    assert_eq!(bytes(), bytes());
}

#[test]
fn a_comment_holds_a_finding_back_and_is_listed() {
    let text = LONG.replace(
        ":\n",
        ":  # majlis-ignore[many-parameters]: the protocol says so\n",
    );
    let tree: MemoryTree = [("a.py", &*text)].into_iter().collect();
    let report = audit(&tree, &Options::default(), None);
    assert!(report.findings.is_empty());
    let by = &report.suppressed[0].by;
    assert_eq!(by.reason.as_deref(), Some("the protocol says so"));
    let options = Options {
        obeys_suppressions: false,
        ..Options::default()
    };
    assert_eq!(audit(&tree, &options, None).findings.len(), 1);
}

#[test]
fn formatting_a_file_anew_keeps_fingerprints() {
    let before = plain(&[("a.py", LONG)]);
    let after = plain(&[(
        "a.py",
        &format!("\n\n# more\n{}", LONG.replace(", ", ",\n      ")),
    )]);
    let difference = difference(&before, &after);
    assert_eq!(
        (difference.new.len(), difference.gone.len(), difference.same),
        (0, 0, 1)
    );
}

/// Programs with findings of the data flow, checks and patterns, and the same formatted otherwise.
const FORMATTED: [(&str, &str, &str); 4] = [
    (
        "a.py",
        "import os\nimport hashlib\nfrom flask import request\n\ndef run():\n    \
         name = request.args['name']\n    digest = hashlib.md5(name.encode())\n    \
         os.system('ls ' + name)\n    return open('/srv/' + name), digest\n",
        "import os\n\nimport hashlib\n\nfrom flask import (\n    request,\n)\n\n\ndef run():\n  \
         name = request.args[\"name\"]\n\n  digest = hashlib.md5(\n    name.encode(),\n  )\n  \
         os.system(\n    \"ls \"\n    + name,\n  )\n  return open(\"/srv/\" + name), digest\n",
    ),
    (
        "a.js",
        "const fs = require('fs');\nexports.run = (req, res) => {\n  \
         const f = '/srv/' + req.query.n;\n  fs.readFileSync(f);\n  eval(req.query.code);\n};\n",
        "const fs = require(\"fs\");\n\nexports.run = (\n    req,\n    res,\n) =>\n{\n\t\
         const f =\n\t\t\"/srv/\" + req.query.n;\n\n\tfs.readFileSync(\n\t\tf,\n\t);\n\t\
         eval( req.query.code );\n};\n",
    ),
    (
        "A.java",
        "import java.io.*;\nimport javax.servlet.http.*;\nclass A extends HttpServlet {\n  \
         public void doGet(HttpServletRequest q, HttpServletResponse s) throws IOException {\n    \
         String n = q.getParameter(\"n\");\n    Runtime.getRuntime().exec(\"ls \" + n);\n    \
         s.getWriter().println(n);\n  }\n}\n",
        "import java.io.*;\nimport javax.servlet.http.*;\n\nclass A extends HttpServlet\n{\n\
         \tpublic void doGet(\n\t\tHttpServletRequest q,\n\t\tHttpServletResponse s)\n\
         \t\tthrows IOException\n\t{\n\t\tString n = q.getParameter( \"n\" );\n\n\
         \t\tRuntime.getRuntime()\n\t\t\t.exec(\"ls \" + n);\n\
         \t\ts.getWriter()\n\t\t\t.println(\n\t\t\t\tn);\n\t}\n}\n",
    ),
    (
        "main.go",
        "package main\nimport (\n\"net/http\"\n\"os/exec\"\n)\n\
         func run(w http.ResponseWriter, r *http.Request) {\n\
         exec.Command(\"sh\", \"-c\", \"ls \" + r.FormValue(\"n\")).Run()\n}\n",
        "package main\n\nimport (\n\t\"net/http\"\n\t\"os/exec\"\n)\n\n\
         func run(w http.ResponseWriter, r *http.Request) {\n\texec.Command(\n\t\t\"sh\",\n\
         \t\t\"-c\",\n\t\t\"ls \"+r.FormValue(\"n\"),\n\t).Run()\n}\n",
    ),
];

#[test]
fn formatting_a_whole_program_anew_keeps_the_fingerprints_of_all_it_finds() {
    let analyser = Analyser::embedded().unwrap();
    for (path, before, after) in FORMATTED {
        let [before, after] = [before, after].map(|text| {
            let tree: MemoryTree = [(path, text)].into_iter().collect();
            let report = analyser.audit(&tree, &Options::default(), None, &|_| {});
            report.unwrap()
        });
        let difference = difference(&before, &after);
        let rules = |found: &[&Reported]| -> Vec<String> {
            found.iter().map(|found| found.rule.clone()).collect()
        };
        let (new, gone) = (rules(&difference.new), rules(&difference.gone));
        assert_eq!((new, gone), (Vec::new(), Vec::new()), "{path}");
        assert!(difference.same > 0, "{path}");
    }
}

#[test]
fn a_baseline_takes_out_what_is_known_and_nothing_else() {
    let old = plain(&[("a.py", LONG)]);
    let text = Baseline::of(&old).to_text().unwrap();
    let mut new = plain(&[("a.py", LONG), ("b.py", LONG)]);
    Baseline::parse(&text).unwrap().apply(&mut new);
    assert_eq!(found(&new), [("b.py", 1, "any/many-parameters")]);
    assert_eq!(new.known, 1);
    assert!(Baseline::parse("{}").is_err());
    assert!(Baseline::parse(&text.replace("baseline/1", "baseline/9")).is_err());
}

#[test]
fn only_changed_lines_are_reported_where_one_asks_for_it() {
    let text = format!("{LONG}{}", LONG.replace("def f", "def g"));
    let mut report = plain(&[("a.py", &text)]);
    report.keep_changed(&BTreeMap::from([("a.py".to_owned(), vec![(3, 3)])]));
    assert_eq!(found(&report), [("a.py", 3, "any/many-parameters")]);
    assert_eq!(report.unchanged, 1);
}

#[derive(Default)]
struct Kept(Mutex<HashMap<String, Vec<u8>>>);

impl Cache for Kept {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }

    fn put(&self, key: &str, value: &[u8]) {
        self.0
            .lock()
            .unwrap()
            .insert(key.to_owned(), value.to_owned());
    }
}

#[test]
fn a_kept_result_is_the_same_and_a_changed_file_is_looked_at_again() {
    let cache = Kept::default();
    let mut tree: MemoryTree = [("a.py", LONG), ("b.py", LONG)].into_iter().collect();
    let options = Options::default();
    let first = audit(&tree, &options, Some(&cache));
    assert_eq!(audit(&tree, &options, Some(&cache)), first);
    assert_eq!(cache.0.lock().unwrap().len(), 1);
    tree.insert("b.py", "x = 1\n");
    assert_eq!(audit(&tree, &options, Some(&cache)).findings.len(), 1);
    assert_eq!(cache.0.lock().unwrap().len(), 2);
}

#[test]
fn bad_files_are_noted_and_harm_nothing() {
    let check = |name: &str, bytes: Vec<u8>, expected: &[NoteKind]| {
        let mut tree: MemoryTree = [("a.py", LONG)].into_iter().collect();
        tree.insert(name, bytes);
        let report = audit(&tree, &Options::default(), None);
        assert_eq!(found(&report)[0].0, "a.py", "{name}");
        let expected: Vec<_> = expected.iter().map(|kind| (name, *kind)).collect();
        assert_eq!(notes(&report), expected, "{name}");
    };
    check(
        "b.py",
        vec![0xff, 0xfe, b'x'],
        &[NoteKind::NotUtf8, NoteKind::SyntaxErrors],
    );
    check("b.py", b"x = 1\0".to_vec(), &[NoteKind::Binary]);
    check(
        "b.py",
        b"def f( {\nx = = 1\n".to_vec(),
        &[NoteKind::SyntaxErrors],
    );
    check("b.py", Vec::new(), &[]);
    check("b.py", "if x:\r\n\ty = 1\r\n".into(), &[]);
    check("b.py", vec![b'('; 100_000], &[NoteKind::LongLine]);
    check("b.py", b"(\n".repeat(50_000), &[NoteKind::SyntaxErrors]);
    let nested = |open: &str, close: &str| {
        [open.repeat(20_000), "1".to_owned(), close.repeat(20_000)]
            .concat()
            .into_bytes()
    };
    check("b.py", nested("(\n", "\n)"), &[NoteKind::TooDeep]);
    check("b.js", nested("[\n", "\n]"), &[NoteKind::TooDeep]);
    check("b.js", b"a=1;".repeat(30_000), &[NoteKind::Minified]);
    check("b.go", vec![b'x'; 2_000_001], &[NoteKind::TooLarge]);
    check("b\u{202e}\n'\"<>.py", b"x = 1\n".to_vec(), &[]);
    check("run", b"#!/bin/sh\n\xff".to_vec(), &[]);
}

/// A folder that holds itself, a link, a pipe, and a file that cannot be read.
struct Strange;

impl Tree for Strange {
    fn list(&self, folder: &str) -> Result<Vec<Entry>, TreeError> {
        if folder.contains("closed") {
            return Err(TreeError::new("list", folder, "not allowed"));
        }
        let entry = |name: &str, kind| Entry {
            name: name.to_owned(),
            kind,
        };
        Ok(vec![
            entry("again", EntryKind::Folder),
            entry("link.py", EntryKind::Link),
            entry("pipe.py", EntryKind::Other),
            entry("a.py", EntryKind::File { bytes: 1 }),
            entry("closed", EntryKind::Folder),
            entry("?.py", EntryKind::Unnameable),
        ])
    }

    fn read(&self, path: &str, _: u64) -> Result<Vec<u8>, TreeError> {
        Err(TreeError::new("read", path, "not allowed"))
    }
}

#[test]
fn an_endless_tree_ends_and_everything_left_out_is_said() {
    let report = audit(&Strange, &Options::default(), None);
    let kinds = |kind| report.notes.iter().filter(|note| note.kind == kind).count();
    assert_eq!(kinds(NoteKind::TooDeep), 2);
    assert_eq!(kinds(NoteKind::Link), 65);
    assert_eq!(kinds(NoteKind::NotRegular), 65);
    assert_eq!(kinds(NoteKind::Name), 65);
    assert_eq!(kinds(NoteKind::Unreadable), 65 + 64);
}

#[test]
fn a_file_with_endless_findings_is_cut_off_and_said() {
    let report = plain(&[("a.py", &LONG.repeat(600))]);
    assert_eq!(report.findings.len(), 500);
    assert_eq!(notes(&report), [("a.py", NoteKind::TooManyFindings)]);
}

#[test]
fn a_file_whose_values_were_followed_only_in_part_is_said() {
    let calls = |next: usize| format!("    f{next}(x)\n").repeat(12);
    let functions = (0..6).map(|at| format!("def f{at}(x):\n{}", calls(at + 1)));
    let endless = format!(
        "import os\n{}def f6(x):\n    os.system(x)\n",
        functions.collect::<String>()
    );
    let tree: MemoryTree = [
        ("a.py", "import os\nos.system(input())\n"),
        ("b.py", &*endless),
    ]
    .into_iter()
    .collect();
    let analyser = Analyser::embedded().unwrap();
    let report = analyser
        .audit(&tree, &Options::default(), None, &|_| {})
        .unwrap();
    assert_eq!(notes(&report), [("b.py", NoteKind::FollowTooLong)]);
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.path == "a.py" && finding.rule == "python/command-injection")
    );
}
