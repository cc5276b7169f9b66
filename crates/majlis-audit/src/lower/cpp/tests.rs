use super::lower;
use crate::Grammar;
use crate::ir::{Const, ExprKind, Module, StmtKind};

fn module(grammar: Grammar, text: &str) -> Module {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&grammar.tree_sitter()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    lower("a.c", text, &tree)
}

/// Names of functions with a body, in order.
fn functions(module: &Module) -> Vec<&str> {
    let all = module.functions.iter();
    all.filter(|function| function.has_body)
        .map(|function| &*function.name)
        .collect()
}

#[test]
fn both_sides_of_a_guard_are_seen_and_what_is_switched_off_is_not() {
    let found = module(
        Grammar::C,
        "#ifndef LEFT_OUT\nvoid one(void) {}\n#endif\n#if 0\nvoid two(void) {}\n#else\nvoid three(void) {}\n#endif\n\
         #ifdef A\nvoid four(void) {}\n#else\nvoid five(void) {}\n#endif\n",
    );
    assert_eq!(functions(&found), ["one", "three", "four", "five"]);
}

#[test]
fn a_macro_stands_for_its_constant_and_one_with_parameters_is_a_function() {
    let text = "#define SIZE 0x10\n#define TWICE(x) ((x) * 2)\nint f(void) { return SIZE; }\n";
    let found = module(Grammar::C, text);
    assert_eq!(functions(&found), ["TWICE", "f"]);
    let StmtKind::Return(Some(value)) = &found.functions[1].body[0].kind else {
        panic!("{:?}", found.functions[1].body);
    };
    assert_eq!(value.kind, ExprKind::Const(Const::Int(16)));
}

#[test]
fn a_declarator_says_how_often_it_points_and_how_long_it_is() {
    let check = |text: &str, name: &str, stars: u8, lengths: usize, is_reference: bool| {
        let found = module(Grammar::Cpp, text);
        let StmtKind::Let { ty: Some(ty), .. } = &found.top[0].kind else {
            panic!("{text}: {:?}", found.top);
        };
        let seen = (&*ty.name, ty.stars(), ty.array.len(), ty.is_reference());
        assert_eq!(seen, (name, stars, lengths, is_reference), "{text}");
    };
    check("unsigned  int *a[3];", "unsigned int", 1, 1, false);
    check("std::string b = \"x\";", "string", 0, 0, false);
    check("char *&c = d;", "char", 1, 0, true);
    check("int (*f)(char) = 0;", "function", 1, 0, false);
    check("std::vector<int> v[2][3];", "vector", 0, 2, false);
}

#[test]
fn members_defined_outside_belong_to_their_class() {
    let text = "class A { int x; public: A(); virtual ~A(); int get(); };\nA::A() : x(1) {}\nint A::get() { return x; }\n";
    let found = module(Grammar::Cpp, text);
    assert_eq!(found.classes.len(), 1);
    assert_eq!(functions(&found), ["A", "get"]);
    assert!(
        found
            .functions
            .iter()
            .all(|function| function.class.is_some())
    );
    assert_eq!(
        found
            .functions
            .iter()
            .find(|one| one.has_body)
            .unwrap()
            .body
            .len(),
        1
    );
}

#[test]
fn half_written_files_and_deep_nesting_are_lowered_without_harm() {
    module(Grammar::C, "int f( { if (x { a[ = ; }");
    module(
        Grammar::Cpp,
        "template<class T> class { void ~ () : ; operator",
    );
    let deep = format!(
        "int f(void) {{ return {}1{}; }}",
        "(".repeat(500),
        ")".repeat(500)
    );
    module(Grammar::C, &deep);
    let blocks = format!("void f(void) {}{}", "{".repeat(500), "}".repeat(500));
    assert_eq!(functions(&module(Grammar::C, &blocks)), ["f"]);
}
