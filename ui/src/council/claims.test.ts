import { expect, it } from "vitest";
import type { Analysis, ClaimRow, Member, Stance } from "../api/types";
import { filterClaims, memberNames } from "./claims";

const row = (id: string, ...stances: (Stance | null)[]): ClaimRow => ({
  id,
  text: id,
  language: "en",
  member: 0,
  context: null,
  stances: stances.map((stance, member) => ({ member, stance, position: null, value: null, quotes: [] })),
  agreement: null,
  certainty: "plain",
  coverage: null,
});

const analysis = {
  gaps: [{ claim: "shared", said_by: [0, 1], missed_by: [3] }],
  members: [0, 1, 2].map((member) => ({ member, apart: member === 2 })),
  claims: [
    row("denied", "asserts", "denies", "silent"),
    row("value", "asserts", "different_value", "silent"),
    row("shared", "asserts", "asserts", "silent"),
    row("single", "silent", "asserts", "silent"),
    row("denied by a demonstration", "asserts", "silent", "denies"),
  ],
} as unknown as Analysis;

it.each([
  ["all", ["denied", "value", "shared", "single", "denied by a demonstration"]],
  ["contested", ["denied", "value"]],
  ["shared", ["denied", "value", "shared"]],
  ["gaps", ["shared"]],
  ["single", ["single", "denied by a demonstration"]],
] as const)("%s", (filter, expected) => {
  expect(filterClaims(analysis, filter).map(({ id }) => id)).toEqual(expected);
});

it("numbers samples only of a model that has several", () => {
  const member = (position: number, model: string | null, sample: number | null, label: string) =>
    ({ position, model, sample, label, demo: false }) as Member;
  const names = memberNames(
    [member(0, "a/x", 1, ""), member(1, "a/x", 2, ""), member(2, "b/y", 1, ""), member(3, null, null, "Colleague")],
    (model) => model.slice(2).toUpperCase(),
  );
  expect([...names.values()].map(({ name }) => name)).toEqual(["X #1", "X #2", "Y", "Colleague"]);
});

it.each([
  ["only those with the word", "deni", ["denied", "denied by a demonstration"]],
  ["none where nobody says it", "elsewhere", []],
  ["all where no word is wanted", null, ["denied", "value", "shared", "single", "denied by a demonstration"]],
])("narrowed by a word: %s", (_, word, expected) => {
  expect(filterClaims(analysis, "all", word).map(({ id }) => id)).toEqual(expected);
});
