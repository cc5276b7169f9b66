import { expect, it } from "vitest";
import type { Span } from "../api/types";
import { excerpt, toUnits } from "./excerpt";

/** The bytes at which `part` stands in `text`, as the server gives them. */
function bytesOf(text: string, part: string): Span {
  const start = new TextEncoder().encode(text.slice(0, text.indexOf(part))).length;
  return { start, end: start + new TextEncoder().encode(part).length };
}

function shown(text: string, part: string, marks = [part]): string {
  return excerpt(text, bytesOf(text, part), marks.map((mark) => bytesOf(text, mark)))
    .map((piece) => (piece.marked ? `[${piece.text}]` : piece.text))
    .join("");
}

it.each([
  ["plain", "One. Two. Three.", "Two.", "One. [Two.] Three."],
  ["Arabic, two bytes a letter", "قال نعم. ثم قال لا. انتهى.", "ثم قال لا.", "قال نعم. [ثم قال لا.] انتهى."],
  ["signs beyond the basic plane", "🙂 first. 🙂 second.", "🙂 second.", "🙂 first. [🙂 second.]"],
  ["only its line", "Before\n- **WAL** mode is safe\nAfter", "WAL** mode is safe", "[WAL mode is safe]"],
] as const)("marks the words in %s text", (_, text, part, expected) => {
  expect(shown(text, part)).toBe(expected);
});

it("marks only the words that differ", () => {
  expect(shown("It runs after 1000 pages.", "It runs after 1000 pages.", ["1000"])).toBe(
    "It runs after [1000] pages.",
  );
});

it("cuts long lines and says so", () => {
  const text = `${"a ".repeat(400)}here${" b".repeat(400)}`;
  const out = shown(text, "here");
  expect(out.startsWith("…")).toBe(true);
  expect(out.endsWith("…")).toBe(true);
  expect(out).toContain("[here]");
});

it("takes a span past the end as the end", () => {
  expect(toUnits("abc", { start: 1, end: 99 })).toEqual({ start: 1, end: 3 });
});
