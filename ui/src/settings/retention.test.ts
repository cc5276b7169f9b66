import { expect, it } from "vitest";
import { wordsOf } from "../i18n/language";
import { countsText, rulesOf } from "./retention";

it.each([
  ["nothing", { conversations: "", consultations: " " }, []],
  ["one rule", { conversations: "90", consultations: "" }, [{ what: "conversations", older_than_days: 90 }]],
  ["no day", { conversations: "0", consultations: "" }, null],
  ["half a day", { conversations: "0.5", consultations: "" }, null],
  ["words", { conversations: "", consultations: "soon" }, null],
  ["more than a century", { conversations: "36501", consultations: "" }, null],
] as const)("%s as rules", (_, days, expected) => {
  expect(rulesOf(days)).toEqual(expected);
});

it("says what would go", () => {
  expect(countsText({ conversations: 3, messages: 40, consultations: 1 }, wordsOf("en", "latn"))).toBe("3 conversations, 40 messages, and 1 consultation");
});
