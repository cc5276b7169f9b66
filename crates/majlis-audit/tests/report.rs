//! Reports in every form, of one tree whose text tries to break them.
#![allow(clippy::unwrap_used)] // tests

use majlis_audit::report::{self, Report, Step};
use majlis_audit::table::Tables;
use majlis_audit::tree::MemoryTree;
use majlis_audit::{Analyser, Options, Place, rule};
use serde_json::Value;

const HOSTILE: &str = "x = '</script><img src=x onerror=alert(1)>'\n\
    def f(a, b, c, d, e, f, g, h, i, j='```\u{202e}<script>'):  # [x](javascript:1) | $(id)\n    pass\n\
    def g(a, b, c, d, e, f, g, h, i):  # majlis-ignore[many-parameters]: <b>meant</b>\n    pass\n";

fn made() -> (Analyser<'static>, Report) {
    let rules = rule::RuleSet::embedded().unwrap();
    let analyser = Analyser::new(
        rules.only(|rule| rule.language.is_none()),
        Tables::embedded(),
    )
    .unwrap();
    let tree: MemoryTree = [
        ("src/a b<i>#.py", HOSTILE),
        ("big.py", "x = (\n"),
        ("node_modules/a.js", ""),
    ]
    .into_iter()
    .collect();
    let mut report = analyser
        .audit(&tree, &Options::default(), None, &|_| {})
        .unwrap();
    "0.0.0".clone_into(&mut report.version);
    let place = |line| Place { line, column: 1 };
    report.findings[0].flow = vec![Step {
        path: "src/a b<i>#.py".to_owned(),
        start: place(1),
        end: place(1),
        what: "untrusted <b>".to_owned(),
        text: "x = '</script>'".to_owned(),
    }];
    (analyser, report)
}

#[test]
fn a_report_as_json_is_read_back_the_same() {
    let (_, report) = made();
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}

#[test]
fn markdown_holds_the_text_of_code_as_text() {
    let (_, report) = made();
    insta::assert_snapshot!(report::markdown(&report));
}

#[test]
fn a_page_fetches_nothing_and_runs_nothing_of_the_audited_code() {
    let (analyser, report) = made();
    let page = report::html(&report, analyser.rules());
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("</script>").count(), 1);
    assert!(!page.contains("<img") && !page.contains("\u{202e}") && !page.contains("http://"));
    assert!(!page.contains("https://") && !page.contains("<b>meant"));
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn sarif_is_as_the_standard_says() {
    let (analyser, report) = made();
    let log = report::sarif(&report, analyser.rules());
    insta::assert_json_snapshot!(log);
    let mut problems = Vec::new();
    check(&log, "log", "", &mut problems);
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn sarif_of_the_same_tree_is_the_same_to_the_byte_on_any_number_of_threads() {
    let analyser = Analyser::embedded().unwrap();
    let flask = "import os\nfrom flask import request\ndef run():\n    \
                 os.system(request.args['a'])\n    eval(request.args['b'])\n";
    let express = "const { exec } = require('child_process');\n\
                   exports.run = (req, res) => { exec(req.query.a); res.send(req.query.b); };\n";
    let tree: MemoryTree = [
        ("a.py", flask),
        ("b.py", flask),
        ("c/a.py", flask),
        ("a.js", express),
        ("b.js", express),
        ("big.py", "x = (\n"),
    ]
    .into_iter()
    .collect();
    let text = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let report = pool
            .build()
            .unwrap()
            .install(|| analyser.audit(&tree, &Options::default(), None, &|_| {}));
        report::sarif(&report.unwrap(), analyser.rules()).to_string()
    };
    let first = text(1);
    assert!(first.contains("python/command-injection") && first.contains("big.py"));
    for threads in [1, 2, 8] {
        assert_eq!(text(threads), first, "{threads} threads");
    }
}

/// What the schema of SARIF 2.1.0 says of the objects that are written: `name: key type, …`, with
/// `!` after what must be there. No object may hold another key.
const SCHEMA: &str = "
log: $schema string, version! =2.1.0, runs! [run]
run: tool! tool, taxonomies [component], columnKind =unicodeCodePoints, invocations [invocation], results [result], properties any
tool: driver! component
component: name! string, version string, semanticVersion string, organization string, shortDescription text, informationUri string, isComprehensive bool, rules [descriptor], taxa [descriptor], supportedTaxonomies [reference]
descriptor: id! string, name string, shortDescription text, fullDescription text, help text, helpUri string, defaultConfiguration configuration, properties any, relationships [relationship]
configuration: level level
relationship: target! target, kinds [string]
target: id string, toolComponent reference
reference: name string, index number
text: text! string, markdown string
message: text! string
result: ruleId string, ruleIndex number, level level, message! message, locations [location], partialFingerprints any, codeFlows [codeFlow], suppressions [suppression]
codeFlow: threadFlows! [threadFlow]
threadFlow: locations! [flowLocation]
flowLocation: location location
location: physicalLocation physical, message message
physical: artifactLocation artifact, region region, contextRegion region
artifact: uri string, uriBaseId string
region: startLine positive, startColumn positive, endLine positive, endColumn positive, snippet message
suppression: kind! =inSource, justification string
invocation: executionSuccessful! bool, toolExecutionNotifications [notification]
notification: level level, message! message, locations [location]
";

fn check(value: &Value, kind: &str, at: &str, problems: &mut Vec<String>) {
    let mut hold = |holds: bool| {
        if !holds {
            problems.push(format!("{at}: {value} is no {kind}"));
        }
    };
    match kind {
        "any" => {}
        "string" => hold(value.is_string()),
        "bool" => hold(value.is_boolean()),
        "number" => hold(value.is_u64()),
        "positive" => hold(value.as_u64().is_some_and(|number| number > 0)),
        "level" => hold(
            ["none", "note", "warning", "error"]
                .map(Value::from)
                .contains(value),
        ),
        kind if kind.starts_with('=') => hold(value == &kind[1..]),
        kind if kind.starts_with('[') => {
            let inner = kind.trim_matches(['[', ']']);
            hold(value.is_array());
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                check(item, inner, &format!("{at}[{index}]"), problems);
            }
        }
        kind => object(value, kind, at, problems),
    }
}

fn object(value: &Value, kind: &str, at: &str, problems: &mut Vec<String>) {
    let start = format!("{kind}: ");
    let line = SCHEMA
        .lines()
        .find_map(|line| line.strip_prefix(&start))
        .unwrap();
    let keys: Vec<(&str, &str)> = line
        .split(", ")
        .map(|key| key.split_once(' ').unwrap())
        .collect();
    let Some(object) = value.as_object() else {
        problems.push(format!("{at}: {value} is no object"));
        return;
    };
    for (key, inner) in &keys {
        match object.get(key.trim_end_matches('!')) {
            Some(item) => check(item, inner, &format!("{at}.{key}"), problems),
            None if key.ends_with('!') => problems.push(format!("{at}: {key} is missing")),
            None => {}
        }
    }
    let is_known = |key: &str| {
        keys.iter()
            .any(|(known, _)| known.trim_end_matches('!') == key)
    };
    let unknown = object.keys().filter(|key| !is_known(key));
    problems.extend(unknown.map(|key| format!("{at}: nobody knows {key}")));
}
