import { expect, it } from "vitest";
import { renderBlock, renderMarkdown } from "./render";

const labels = { code: "Code", copyCode: "Copy", image: "image", table: "Table" };

function html(text: string): string {
  const place = document.createElement("div");
  place.append(renderBlock(text, labels));
  return place.innerHTML;
}

it("shows raw HTML as text", () => {
  const out = html('<img src=x onerror="alert(1)"> <script>alert(1)</script>');
  expect(out).not.toContain("<img");
  expect(out).not.toContain("<script");
  expect(out).toContain("&lt;script&gt;");
});

it.each(["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"])(
  "makes no link of %s",
  (address) => {
    expect(html(`[here](${address})`)).not.toContain("href");
  },
);

it("shows the host of a link whose text hides it", () => {
  const out = html("[your bank](https://evil.example/login)");
  expect(out).toContain("(evil.example)");
  expect(out).toContain("noopener");
});

it("loads no picture: it becomes a link", () => {
  const out = html("![chart](https://tracker.example/p.png?q=secret)");
  expect(out).not.toContain("<img");
  expect(out).toContain('href="https://tracker.example/p.png?q=secret"');
  expect(out).toContain("chart");
});

it("makes characters that reorder code visible", () => {
  expect(html("```js\nif (a\u202e) {}\n```")).toContain('<span class="bidi">U+202E</span>');
  expect(html("run `rm\u2066 -rf`")).toContain("U+2066");
});

it("gives each block the direction of most of its letters, code left out", () => {
  const out = html("استعمل `a_very_long_function_name_in_latin_letters` هنا");
  expect(out).toContain('<p dir="rtl">');
  expect(html("Hello")).toContain('<p dir="ltr">');
});

it("writes no style attribute on table cells", () => {
  const out = html("| a | b |\n|:--|--:|\n| 1 | 2 |");
  expect(out).not.toContain("style=");
  expect(out).toContain('align="right"');
  expect(out).toContain('role="group"');
});

it.each([
  "One line.",
  "A word ",
  "Two lines,\nand the second.",
  "Ends with lines.\n\n",
  "Spaces at the end  \nof a line",
  "مرحبا بالعالم، نعم؟",
  "A title\n---",
  "A title\n===",
  "- a list",
  "1. a list",
  "1) another",
  "text\n    - a list after",
  "2026 was a year",
  "    code",
  "a\tb",
  "a_b and * c",
  "x < y & z",
  "https://example.org stands here",
  "mail me@example.org",
  "a|b\n-|-\n1|2",
  "~~gone~~ and # no heading",
  "tail \\\nbreak",
  "carriage\r\nreturn",
])("makes the same of %j with the parser and without", (text) => {
  const place = document.createElement("div");
  place.append(renderMarkdown(text, labels));
  expect(html(text).trim()).toBe(place.innerHTML.trim());
});
