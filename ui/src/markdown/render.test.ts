import { expect, it } from "vitest";
import { renderBlock } from "./render";

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
