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

#[test]
fn a_status_is_believed_together_with_what_it_left_behind() {
    check(
        r"
static int make(char **out, size_t size) {
    char *made = malloc(size);
    if (made == NULL) { *out = NULL; return -1; }
    *out = made;
    return 0;
}
static int find(const char *text, int **out) {
    int *found;
    if (!text) return -1;
    found = malloc(sizeof *found);
    if (!found) return -2;
    *out = found;
    return 0;
}
void refused(void) {
    char *text;
    if (make(&text, 10) != 0) return;
    text[0] = 'x';
    free(text);
}
void kept(const char *text) {
    int *place;
    int status;
    status = find(text, &place);
    if (status == 0) {
        free(place);
    }
}
int handed_on(const char *text) {
    int *place;
    int status = find(text, &place);
    if (status < 0)
        return status;
    free(place);
    return 0;
}
int jumped(const char *text) {
    int status = -1;
    char *copy = NULL;
    if (make(&copy, 10) < 0)
        goto out;
    copy[0] = 'x';
    status = 0;
out:
    free(copy);
    return status;
}
void ignored(void) {
    char *text;
    make(&text, 10);
    text[0] = 'x'; // ! possible-null-dereference
    free(text);
}
",
    );
}

#[test]
fn what_a_failed_call_left_alone_is_not_set() {
    check(
        r"
static int number(const char *text, int *out) {
    if (!text) return -1;
    *out = 5;
    return 0;
}
int wrong(const char *text) {
    int value;
    if (number(text, &value) == -1) {
        return value; // ! uninitialized-use
    }
    return value;
}
",
    );
}
