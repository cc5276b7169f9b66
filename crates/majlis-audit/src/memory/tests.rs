//! Whole programs, each with the lines that must be reported.

use super::{Options, run};
use crate::ir::Module;
use crate::{Grammar, Lines};

fn lowered(path: &str, text: &str) -> Module {
    let grammar = if path.ends_with(".c") {
        Grammar::C
    } else {
        Grammar::Cpp
    };
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&grammar.tree_sitter()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    crate::lower::lower(grammar, path, text, &tree).unwrap()
}

/// Every line with a comment `// rule` or `// rule, rule` is reported by those rules, and nothing else is.
fn check_files(files: &[(&str, &str)]) {
    let modules: Vec<Module> = files
        .iter()
        .map(|(path, text)| lowered(path, text))
        .collect();
    let mut found: Vec<(String, u32, String)> = run(&modules, &Options::default())
        .into_iter()
        .map(|hit| {
            let text = files
                .iter()
                .find(|(path, _)| *path == &*hit.path)
                .unwrap()
                .1;
            let line = Lines::new(text).place(text, hit.span.start).line;
            (hit.path.to_string(), line, hit.rule)
        })
        .collect();
    let mut expected = Vec::new();
    for (path, text) in files {
        for (at, line) in (1u32..).zip(text.lines()) {
            let Some((_, rules)) = line.split_once("// ! ") else {
                continue;
            };
            for rule in rules.split(", ") {
                expected.push(((*path).to_owned(), at, rule.trim().to_owned()));
            }
        }
    }
    found.sort();
    found.dedup();
    expected.sort();
    assert_eq!(found, expected);
}

fn check(text: &str) {
    check_files(&[("a.c", text)]);
}

fn check_cpp(text: &str) {
    check_files(&[("a.cpp", text)]);
}

#[test]
fn a_copy_larger_than_its_buffer_is_reported() {
    check(
        r#"
void bad(void) {
    char small[50];
    char *data = small;
    char source[100];
    memset(source, 'C', 99);
    source[99] = '\0';
    strcpy(data, source); // ! stack-buffer-overflow
    printf("%s\n", data);
}
void good(void) {
    char large[100];
    char *data = large;
    char source[100];
    memset(source, 'C', 99);
    source[99] = '\0';
    strcpy(data, source);
    printf("%s\n", data);
}
"#,
    );
}

#[test]
fn a_constructor_allocates_what_the_destructor_frees() {
    check_cpp(
        r#"
class Box {
    char *text;
public:
    Box(const char *from) { text = new char[20]; strcpy(text, from); }
    ~Box() { delete [] text; }
    void show() { printLine(text); }
};
void good() { Box box("abc"); box.show(); }
void bad() { Box *box = new Box("abc"); box->show(); } // ! memory-leak
"#,
    );
}

#[test]
fn a_value_is_followed_into_another_file() {
    check_files(&[
        (
            "a.c",
            "void sink(int *data);\nvoid run(void) { int *data = NULL; sink(data); }\n",
        ),
        (
            "b.c",
            "void sink(int *data) {\n    printf(\"%d\\n\", *data); // ! null-dereference\n}\n",
        ),
    ]);
}
