import { expect, it } from "vitest";
import type { Consultation } from "../api/types";
import { wordsOf } from "../i18n/language";
import { membersOf, totalCost } from "./consultation";

const asked = (kind: "model" | "pasted", model: string | null = "a/b", label = "x") =>
  ({ kind, model, label, text: "t" }) as Consultation["members"][number];

it.each([
  ["the exact sum", "0.0134", 0, "$0.0134"],
  ["a lower bound when some are unknown", "0.0134", 1, "at least $0.0134"],
  ["unknown when nothing is known", "0", 2, "cost unknown"],
  ["unknown when the server does not know", null, 0, "cost unknown"],
])("the total is %s", (_, cost_usd, unknown_costs, expected) => {
  const consultation = { cost_usd, unknown_costs, members: [asked("model")] };
  expect(totalCost(consultation, wordsOf("en", "latn"))).toBe(expected);
});

it("pasted answers are free", () => {
  expect(totalCost({ cost_usd: "0", unknown_costs: 0, members: [asked("pasted", null)] }, wordsOf("en", "latn"))).toBe("free");
});

it("asking again folds samples and keeps pasted answers", () => {
  const members = [asked("model", "a/b"), asked("model", "a/b"), asked("pasted", null, "Friend")];
  expect(membersOf({ members })).toMatchObject([
    { type: "model", model: "a/b", samples: 2 },
    { type: "pasted", name: "Friend", text: "t" },
  ]);
});
