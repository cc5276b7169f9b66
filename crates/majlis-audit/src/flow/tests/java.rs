//! Java.

use super::check_files;
use crate::Grammar;

/// A servlet whose method `run` has this body, and further members.
fn check(body: &str, members: &str) {
    let text = format!(
        "import java.io.*;\nimport java.util.*;\nimport java.util.stream.*;\n\
         import javax.servlet.http.*;\n\
         class Page extends HttpServlet {{\n\
         void run(HttpServletRequest request, String unknown) throws Exception {{\n\
         String input = request.getParameter(\"q\");\n{body}\n}}\n\
         void exec(String command) throws Exception {{ }}\n{members}\n}}\n"
    );
    check_files(Grammar::Java, &[("src/Page.java", &text)]);
}

#[test]
fn a_value_is_followed_through_locals_and_joined_text() {
    check(
        r#"String a = input;
           String b = "ls " + a;
           Runtime.getRuntime().exec(b); // finding
           Runtime.getRuntime().exec("ls");
           b += "x";
           Runtime.getRuntime().exec(b); // finding
           b = "ls";
           Runtime.getRuntime().exec(b);
           Runtime.getRuntime().exec(String.format("ls %s", input)); // finding
           Runtime.getRuntime().exec(unknown);"#,
        "",
    );
}

#[test]
fn a_branch_whose_condition_is_constant_is_not_taken() {
    check(
        r#"int n = 106;
           String a = (7 * 18) + n > 200 ? "safe" : input;
           Runtime.getRuntime().exec(a);
           String b;
           if ((7 * 42) - n > 200) b = input; else b = "safe";
           Runtime.getRuntime().exec(b);
           String c = "safe";
           if (unknown.length() > 2) c = input;
           Runtime.getRuntime().exec(c); // finding
           String guess = "ABC";
           String d;
           switch (guess.charAt(1)) {
             case 'A': d = input; break;
             case 'B': d = "safe"; break;
             default: d = input;
           }
           Runtime.getRuntime().exec(d);
           String e;
           switch (guess.charAt(2)) {
             case 'A': e = "safe"; break;
             case 'C': case 'D': e = input; break;
             default: e = "safe";
           }
           Runtime.getRuntime().exec(e); // finding"#,
        "",
    );
}

#[test]
fn elements_of_lists_and_maps_are_kept_apart() {
    check(
        r#"List<String> list = new ArrayList<>();
           list.add("safe"); list.add(input); list.add("also");
           list.remove(0);
           Runtime.getRuntime().exec(list.get(0)); // finding
           Runtime.getRuntime().exec(list.get(1));
           Map<String, Object> map = new HashMap<>();
           map.put("a", "safe"); map.put("b", input);
           Runtime.getRuntime().exec((String) map.get("a"));
           Runtime.getRuntime().exec((String) map.get("b")); // finding
           map.put("b", "safe");
           Runtime.getRuntime().exec((String) map.get("b"));
           String[] words = { "ls", input };
           Runtime.getRuntime().exec(words[0]);
           Runtime.getRuntime().exec(words[1]); // finding
           Runtime.getRuntime().exec(words); // finding
           List<String> all = new ArrayList<>();
           for (String word : words) { all.add(word); }
           new ProcessBuilder(all).start(); // finding
           StringBuilder text = new StringBuilder("ls ");
           text.append(input).append(" x");
           Runtime.getRuntime().exec(text.toString()); // finding"#,
        "",
    );
}

#[test]
fn helpers_are_followed() {
    check(
        r#"Runtime.getRuntime().exec(same(input)); // finding
           Runtime.getRuntime().exec(same("safe"));
           Runtime.getRuntime().exec(constant(input));
           Runtime.getRuntime().exec(new Inner().pick(input, true)); // finding
           Runtime.getRuntime().exec(new Inner().pick(input, false));
           start(input);
           Runtime.getRuntime().exec(again(input, 3)); // finding"#,
        r#"static String same(String a) { String b = a; return b; }
           String constant(String a) { return "safe"; }
           void start(String a) throws Exception {
             Runtime.getRuntime().exec(a); // finding
           }
           String again(String a, int n) { return n == 0 ? a : again(a, n - 1); }
           class Inner {
             String pick(String a, boolean which) { if (which) return a; return "safe"; }
           }"#,
    );
}

#[test]
fn fields_keep_what_they_are_given() {
    check(
        r#"this.kept = input;
           Holder one = new Holder(input);
           Holder two = new Holder("safe");
           Runtime.getRuntime().exec(one.text); // finding
           Runtime.getRuntime().exec(two.text);
           Runtime.getRuntime().exec(one.getText()); // finding
           two.setText(input);
           Runtime.getRuntime().exec(two.getText()); // finding
           Pair pair = new Pair("safe", input);
           Runtime.getRuntime().exec(pair.first());
           Runtime.getRuntime().exec(pair.second()); // finding"#,
        r"private String kept;
           private static final boolean ON = false;
           void later() throws Exception {
             Runtime.getRuntime().exec(kept); // finding
             if (ON) Runtime.getRuntime().exec(kept);
           }
           static class Holder {
             String text;
             Holder(String text) { this.text = text; }
             String getText() { return text; }
             void setText(String t) { text = t; }
           }
           record Pair(String first, String second) {}",
    );
}

#[test]
fn callbacks_get_what_goes_in() {
    check(
        r#"List<String> list = List.of(input);
           list.forEach(x -> {
             try { Runtime.getRuntime().exec(x); // finding
             } catch (IOException e) { }
           });
           Optional.of(input).map(x -> "ls " + x).ifPresent(this::go);
           Runnable r = new Runnable() {
             public void run() {
               try { Runtime.getRuntime().exec(input); // finding
               } catch (IOException e) { }
             }
           };
           String joined = Stream.of(input).map(String::trim).collect(Collectors.joining());
           Runtime.getRuntime().exec(joined); // finding"#,
        r"void go(String a) {
             try { Runtime.getRuntime().exec(a); // finding
             } catch (IOException e) { }
           }",
    );
}

#[test]
fn guards_clean() {
    check(
        r#"if (input.equals("ls")) Runtime.getRuntime().exec(input);
           Set<String> allowed = Set.of("ls", "ps");
           if (allowed.contains(input)) Runtime.getRuntime().exec(input);
           else Runtime.getRuntime().exec(input); // finding
           if (!input.matches("[a-z]+")) { Runtime.getRuntime().exec(input); } // finding
           boolean fine = KNOWN.contains(input);
           if (fine && input.length() > 1) Runtime.getRuntime().exec(input);
           switch (input) {
             case "ls": Runtime.getRuntime().exec(input); break;
             default: Runtime.getRuntime().exec(input); // finding
           }
           int number = Integer.parseInt(input);
           Runtime.getRuntime().exec("kill " + number);
           if (!KNOWN.contains(input)) { throw new IOException(); }
           Runtime.getRuntime().exec(input);"#,
        r#"static final List<String> KNOWN = Arrays.asList("a", "b");"#,
    );
}

#[test]
fn loops_and_exceptions_are_walked() {
    check(
        r#"String a = "safe", b = "safe";
           for (int i = 0; i < 3; i++) {
             Runtime.getRuntime().exec(b); // finding
             b = a;
             a = input;
           }
           String c = "safe";
           while (unknown != null) { c = input; break; }
           Runtime.getRuntime().exec(c); // finding
           String d = "safe";
           try { d = input; unknown.length(); d = "safe"; }
           catch (RuntimeException e) { Runtime.getRuntime().exec("safe"); }
           finally { Runtime.getRuntime().exec("ls"); }
           Runtime.getRuntime().exec(d);
           String e = switch (unknown) { case "x" -> input; default -> "safe"; };
           Runtime.getRuntime().exec(e); // finding
           String f = switch (unknown) { case "x" -> { yield "safe"; } default -> "b"; };
           Runtime.getRuntime().exec(f);
           for (Cookie cookie : request.getCookies()) {
             Runtime.getRuntime().exec(cookie.getValue()); // finding
           }
           if (unknown instanceof Object) return;
           Runtime.getRuntime().exec(input); // finding"#,
        "",
    );
}

#[test]
fn calls_are_followed_from_file_to_file() {
    check_files(
        Grammar::Java,
        &[
            (
                "src/a/Page.java",
                r#"package a;
import b.Tool;
import javax.servlet.http.*;
class Page extends HttpServlet {
  protected void doGet(HttpServletRequest request, HttpServletResponse response) {
    Tool tool = new Tool();
    tool.run(request.getHeader("x"));
    Tool.fixed("ls");
    Step step = new Second();
    step.take(request.getHeader("x"));
  }
}
interface Step { void take(String a); }
class First implements Step { public void take(String a) { } }
"#,
            ),
            (
                "src/a/Second.java",
                r"package a;
class Second implements Step {
  public void take(String a) {
    Runtime.getRuntime().exec(a); // finding
  }
}
",
            ),
            (
                "src/b/Tool.java",
                r"package b;
public class Tool {
  public void run(String a) {
    Runtime.getRuntime().exec(a); // finding
  }
  public static void fixed(String a) {
    Runtime.getRuntime().exec(a);
  }
}
",
            ),
        ],
    );
}

#[test]
fn a_value_that_is_one_of_several_constants_is_trusted() {
    check(
        r#"String a = "z";
           if ("a".equals(input) || input.equals("b")) { a = input; }
           Runtime.getRuntime().exec(a);
           String b = "z";
           if ("a".equals(input) || unknown.equals("b")) { b = input; }
           Runtime.getRuntime().exec(b); // finding
           if (NAMES.stream().anyMatch(name -> name.equals(input))) { Runtime.getRuntime().exec(input); }
           if (Arrays.asList("a", "b").indexOf(input) >= 0) { Runtime.getRuntime().exec(input); }
           if (Arrays.asList("a", "b").indexOf(input) < 0) { Runtime.getRuntime().exec(input); } // finding
           if (Objects.equals(input, "a")) { Runtime.getRuntime().exec(input); }
           if (!("a".equals(input) || "b".equals(input))) { return; }
           Runtime.getRuntime().exec(input);"#,
        r#"static final List<String> NAMES = List.of("a", "b");"#,
    );
    check(
        r#"if (!"a".equals(input) && !"b".equals(input)) { throw new Exception(); }
           Runtime.getRuntime().exec(input);"#,
        "",
    );
}

#[test]
fn what_a_call_that_came_back_says_of_its_argument_holds() {
    check(
        r#"String a = request.getParameter("a");
           try { Integer.parseInt(a); } catch (NumberFormatException wrong) { return; }
           Runtime.getRuntime().exec(a);
           String b = request.getParameter("b");
           try { Integer.parseInt(b); } catch (NumberFormatException wrong) { }
           Runtime.getRuntime().exec(b); // finding
           String c = request.getParameter("c");
           check(c);
           Runtime.getRuntime().exec(c);
           String d = request.getParameter("d");
           changed(d);
           Runtime.getRuntime().exec(d); // finding"#,
        r#"void check(String text) { if (!Set.of("a", "b").contains(text)) { throw new RuntimeException(); } }
           void changed(String text) { text = "a"; System.out.println(text); }"#,
    );
}

#[test]
fn what_a_pattern_says_of_a_matcher_holds_of_its_text() {
    check(
        r#"java.util.regex.Pattern word = java.util.regex.Pattern.compile("[a-z]+");
           if (word.matcher(input).matches()) { Runtime.getRuntime().exec(input); }
           java.util.regex.Matcher found = word.matcher(input);
           if (!found.matches()) { Runtime.getRuntime().exec(input); } // finding
           if (found.matches()) { Runtime.getRuntime().exec(input); }
           if (word.matcher(input).find()) { Runtime.getRuntime().exec(input); } // finding"#,
        "",
    );
}

#[test]
fn elements_of_a_new_array_and_an_emptied_builder_are_kept_apart() {
    check(
        r#"String[] parts = new String[2];
           parts[0] = "ls";
           parts[1] = input;
           Runtime.getRuntime().exec(parts[0]);
           Runtime.getRuntime().exec(parts[1]); // finding
           StringBuilder text = new StringBuilder(input);
           Runtime.getRuntime().exec(text.toString()); // finding
           text.setLength(0);
           text.append("ls");
           Runtime.getRuntime().exec(text.toString());"#,
        "",
    );
}

#[test]
fn what_a_function_makes_of_each_value_counts_and_not_the_value() {
    check(
        r#"Runtime.getRuntime().exec(Optional.of(input).map(word -> "ls").get());
           Runtime.getRuntime().exec(Optional.of(input).map(word -> word.trim()).get()); // finding
           Runtime.getRuntime().exec(Stream.of(input).map(String::trim).findFirst().get()); // finding
           Runtime.getRuntime().exec("" + Stream.of(input).map(Integer::parseInt).findFirst().get());"#,
        "",
    );
}

#[test]
fn what_is_looked_up_by_a_value_is_not_that_value() {
    check(
        r#"Runtime.getRuntime().exec(registry.lookup(input));
           Runtime.getRuntime().exec(registry.findEntry(input).getTitle());
           Runtime.getRuntime().exec(registry.getTitle(input));
           Runtime.getRuntime().exec(users.loadUserByUsername(input));
           Runtime.getRuntime().exec(registry.getOrDefault("a", input)); // finding
           Runtime.getRuntime().exec(registry.render(input)); // finding
           Runtime.getRuntime().exec(registry.getCleanText(input)); // finding
           Runtime.getRuntime().exec(Registry.findEntry(input)); // finding
           Runtime.getRuntime().exec(names.getTitle(input)); // finding
           Runtime.getRuntime().exec(own(names).getTitle(input)); // finding
           Runtime.getRuntime().exec(pages.get(input));
           kept.put("k", input);
           Runtime.getRuntime().exec(kept.get("k")); // finding
           cache.put("k", input);
           Runtime.getRuntime().exec(cache.get("k")); // finding"#,
        r"Registry registry; Registry cache; Users users; Names names;
           Map<String, String> pages = new HashMap<>(); Map<String, String> kept = new HashMap<>();
           Names own(Names given) { return given; }
           static class Names { String getTitle(String name) { return name; } }",
    );
}

#[test]
fn a_name_without_its_slashes_stays_in_its_folder() {
    check(
        r#"new FileInputStream("/srv/" + input.replace("/", "").replace("\\", "")).close();
           new FileInputStream("/srv/" + input.replace('/', '_')).close();
           new FileInputStream("/srv/" + input.replaceAll("[/\\\\]", "")).close();
           new FileInputStream("/srv/" + input.replace("..", "")).close();
           new FileInputStream("/srv/" + input.replace("../", "")).close(); // finding
           new FileInputStream("/srv/" + input.replace("_", "/")).close(); // finding"#,
        "",
    );
}
