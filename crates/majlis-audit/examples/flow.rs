//! Shows what the data flow makes of files: `cargo run -q -p majlis-audit --example flow --
//! [--ir] FILE…`. Tables are read from the crate's folder when it runs.
#![allow(clippy::print_stdout, clippy::expect_used)]

use std::path::Path;

use majlis_audit::flow::{Options, What, run};
use majlis_audit::table::Tables;
use majlis_audit::{Grammar, Lines, lower};

fn main() {
    let (flags, files): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|word| word.starts_with("--"));
    let tables = read_tables();
    let mut modules = Vec::new();
    for path in &files {
        let text = std::fs::read_to_string(path).expect("a readable file");
        let Some(grammar) = grammar(path) else {
            println!("{path}: no grammar");
            continue;
        };
        let mut parser = tree_sitter::Parser::new();
        parser
            .set_language(&grammar.tree_sitter())
            .expect("a grammar");
        let tree = parser.parse(&text, None).expect("a tree");
        match lower::lower(grammar, path, &text, &tree) {
            Some(module) => modules.push(module),
            None => println!("{path}: no lowering yet"),
        }
    }
    if flags.iter().any(|flag| flag == "--ir") {
        println!("{modules:#?}");
    }
    let start = std::time::Instant::now();
    let followed = run(&modules, &tables, Options::default());
    for path in &followed.cut_short {
        println!("{path}: followed only in part");
    }
    let hits = followed.hits;
    let took = start.elapsed();
    for hit in hits {
        let text = std::fs::read_to_string(&hit.path).expect("a readable file");
        let lines = Lines::new(&text);
        let line = lines.place(&text, hit.span.start).line;
        match &hit.what {
            What::Sink { kind, labels } => {
                println!("{}:{line}: {kind} from {}", hit.path, labels.join(", "));
            }
            What::Check { rule } => println!("{}:{line}: check {rule}", hit.path),
        }
        for step in hit.trail {
            let text = std::fs::read_to_string(&step.path).expect("a readable file");
            let line = Lines::new(&text).place(&text, step.span.start).line;
            println!("    {}:{line}: {}", step.path, step.what);
        }
    }
    println!("followed in {took:?}");
}

fn read_tables() -> Tables {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tables");
    let mut files = Vec::new();
    for language in std::fs::read_dir(&folder).expect("a folder of tables") {
        let language = language.expect("an entry");
        for file in std::fs::read_dir(language.path()).expect("a folder") {
            let path = file.expect("an entry").path();
            let below = path.strip_prefix(&folder).expect("a path below").to_owned();
            let text = std::fs::read_to_string(&path).expect("a table");
            files.push((below.to_string_lossy().into_owned(), text));
        }
    }
    let (tables, errors) = Tables::parse(files.iter().map(|(path, text)| (&**path, &**text)));
    for error in errors {
        println!("{error}");
    }
    tables
}

fn grammar(path: &str) -> Option<Grammar> {
    Some(match path.rsplit('.').next()? {
        "py" => Grammar::Python,
        "js" | "jsx" | "mjs" | "cjs" => Grammar::JavaScript,
        "ts" | "mts" | "cts" => Grammar::TypeScript,
        "tsx" => Grammar::Tsx,
        "go" => Grammar::Go,
        "java" => Grammar::Java,
        "c" | "h" => Grammar::C,
        "cpp" | "cc" | "cxx" | "hpp" | "hh" => Grammar::Cpp,
        "rs" => Grammar::Rust,
        _ => return None,
    })
}
