import { expect, it } from "vitest";
import { countOf, filtersOf, noFilters, paramsOf, placeOf, queryOf } from "./filters";

it("an address keeps every filter", () => {
  const filters = { ...noFilters, q: "WAL mode", kind: "answer", model: "a/b", language: "ar", since: "2026-01-02", until: "2026-02-03", min: "0.5", max: "1" } as const;
  expect(filtersOf(paramsOf(filters))).toEqual(filters);
  expect(countOf(filters)).toBe(7);
});

it.each([
  ["kind", "poem"],
  ["since", "yesterday"],
  ["until", "2026-1-1"],
  ["min", "-1"],
  ["max", "1e3"],
])("a %s of %s in the address is left out", (name, value) => {
  expect(filtersOf(new URLSearchParams([[name, value]]))).toEqual(noFilters);
});

it("a range of days begins at midnight here and holds its last day whole", () => {
  const { since, until, q } = queryOf({ ...noFilters, q: " x ", since: "2026-03-01", until: "2026-03-31" });
  expect([since, until, q]).toEqual([new Date(2026, 2, 1).toISOString(), new Date(2026, 3, 1).toISOString(), "x"]);
});

it("only what is asked for is sent", () => {
  expect(queryOf({ ...noFilters, q: "a b", max: "1" })).toEqual({ q: "a b", max_cost_usd: "1" });
});

const nowhere = { conversation_id: null, consultation_id: null, message_id: null, member_id: null };

it.each([
  ["a message of a conversation", { conversation_id: "c", message_id: "m" }, "/chat/c?message=m"],
  ["an answer of a consultation", { consultation_id: "d", member_id: "m" }, "/council/d?message=m"],
  ["a question of a consultation", { consultation_id: "d" }, "/council/d"],
  ["a finding without a place", {}, null],
] as const)("%s is found at its place", (_, hit, place) => {
  expect(placeOf({ ...nowhere, ...hit })).toBe(place);
});
