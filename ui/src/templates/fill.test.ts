import { expect, it } from "vitest";
import { fillTemplate, putBehind } from "./fill";

it.each([
  ["a name gets its value, everywhere", "Review {code}: {code}.", { code: "f(x)" }, "Review f(x): f(x)."],
  ["names may be Arabic", "راجع {الملف}.", { الملف: "a.rs" }, "راجع a.rs."],
  ["a name without a value stays visible", "To {who}", { who: "" }, "To {who}"],
  ["a name of every object is no value", "To {constructor}", {}, "To {constructor}"],
  ["other braces are text", "if (x) { return {}; }", { x: "1" }, "if (x) { return {}; }"],
  ["a value is not filled in again", "{a} {b}", { a: "{b}", b: "1" }, "{b} 1"],
] as const)("%s", (_, text, values, expected) => {
  expect(fillTemplate(text, values)).toBe(expected);
});

it.each([
  ["an empty field takes the text alone", " ", "New.", "New."],
  ["what is typed stays in front", "Old.\n", "New.", "Old.\n\nNew."],
])("%s", (_, typed, text, expected) => {
  expect(putBehind(typed, text)).toBe(expected);
});
