import { expect, it } from "vitest";
import { draftProblem, emptyDraft, requestOf, seats, type Draft, type DraftMember } from "./draft";

const model = (name: string, samples?: number): DraftMember => ({ key: name, type: "model", model: name, samples: samples ?? null });
const pasted = (name: string, text: string): DraftMember => ({ key: name, type: "pasted", name, text });
const draft = (question: string, ...members: DraftMember[]): Draft => ({ ...emptyDraft, question, context: " ", members });

it.each([
  ["no question", draft(" ", model("a/b"), model("a/c")), { kind: "question" }],
  ["one member", draft("Why?", model("a/b")), { kind: "members" }],
  ["an empty pasted answer", draft("Why?", model("a/b"), pasted("Friend", " ")), { kind: "text", name: "Friend" }],
  ["a cap that is no amount", { ...draft("Why?", model("a/b", 2)), cap: "a lot" }, { kind: "cap" }],
  ["two members", draft("Why?", model("a/b"), pasted("Friend", "Because.")), null],
  ["two samples of one model", draft("Why?", model("a/b", 2)), null],
] as const)("%s", (_, value, expected) => {
  expect(draftProblem(value)).toEqual(expected);
});

it("counts every sample as a seat", () => {
  expect(seats([model("a/b", 3), pasted("x", "y")])).toBe(4);
});

it("sends neither keys nor an empty context", () => {
  expect(requestOf(draft("Why?", model("a/b", 1), model("a/c", 2), pasted("Friend", "Because.")))).toEqual({
    question: "Why?",
    members: [
      { type: "model", model: "a/b", samples: 1 },
      { type: "model", model: "a/c", samples: 2 },
      { type: "pasted", name: "Friend", text: "Because." },
    ],
  });
});

it.each([
  ["the mode", { mode: "deep" }, { mode: "deep" }],
  ["the cap as a decimal", { cap: "1,5" }, { max_cost_usd: "1.5" }],
  ["the editors in their order", { editors: ["a/c", "a/d"] as string[] }, { editors: ["a/c", "a/d"] }],
] as const)("names %s only where one was chosen", (_, chosen, wanted) => {
  const plain = requestOf(draft("Why?", model("a/b", 1)));
  expect(requestOf({ ...draft("Why?", model("a/b", 1)), ...chosen })).toEqual({ ...plain, ...wanted });
});
