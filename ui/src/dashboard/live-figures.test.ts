import { expect, it } from "vitest";
import type { MetricsSummary } from "../api/types";
import { endedOf, faultsOf, providersOf, shareOf } from "./live-figures";

type Calls = MetricsSummary["calls"][number];
const none = { count: 0, p50_ms: null, p95_ms: null, p99_ms: null };
const calls = (provider: string, outcomes: Record<string, number>): Calls => ({ provider, model: "m", outcomes, first_chunk: none, whole: none });

it.each([
  ["only failures fail", { ok: 3, timeout: 1, rate_limited: 1 }, { all: 5, failed: 2 }],
  ["what was stopped, or is not known, did not fail", { cancelled: 2, unknown: 1 }, { all: 3, failed: 0 }],
  ["no call is none", {}, { all: 0, failed: 0 }],
])("%s", (_, outcomes, expected) => {
  expect(endedOf(calls("a", outcomes as Record<string, number>))).toEqual(expected);
});

it("a refusal is no fault of the server", () => {
  const request = (status: number, requests: number) => ({ class: "reads" as const, status, requests });
  expect(faultsOf([request(200, 5), request(404, 2), request(500, 1), request(503, 1)])).toEqual({ all: 9, faults: 2 });
});

it("the models of a provider count together, the busiest provider first", () => {
  expect(providersOf([calls("a", { ok: 1 }), calls("b", { ok: 2 }), calls("b", { timeout: 1 })])).toEqual([
    { provider: "b", all: 3, failed: 1 },
    { provider: "a", all: 1, failed: 0 },
  ]);
});

it.each([
  ["the slowest fills its row", 20, [10, 20, null], 1],
  ["half as long, half the row", 10, [10, 20], 0.5],
  ["what was not measured has no bar", null, [10], 0],
  ["nothing measured is no division by nothing", 0, [0, null], 0],
] as const)("%s", (_, value, all, expected) => {
  expect(shareOf(value, [...all])).toBe(expected);
});
