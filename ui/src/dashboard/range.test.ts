import { expect, it } from "vitest";
import { daysOf, niceTop, paramsOf, queryOf, viewOf, withoutGaps } from "./range";

const now = new Date(2026, 10, 22, 15, 0);
const view = (address: string) => viewOf(new URLSearchParams(address));

it.each([
  ["", { range: "month", from: "", to: "", by: "day" }],
  ["range=custom&from=2026-01-01&to=2026-01-31&by=model", { range: "custom", from: "2026-01-01", to: "2026-01-31", by: "model" }],
  ["range=century&by=mood&from=now", { range: "month", from: "", to: "", by: "day" }],
])("the address %s shows what it can", (address, expected) => {
  expect(view(address)).toEqual(expected);
  expect(viewOf(paramsOf(view(address)))).toEqual(view(address));
});

it.each([
  ["today", { from: "2026-11-22", to: "" }],
  ["week", { from: "2026-11-16", to: "" }],
  ["all", { from: "", to: "" }],
])("%s is these days", (range, expected) => {
  expect(daysOf(view(`range=${range}`), now)).toEqual(expected);
});

it("asks for whole days where the person is", () => {
  const query = queryOf(view("range=custom&from=2026-02-01&to=2026-02-28"), now);
  expect(query).toEqual({
    since: new Date(2026, 1, 1).toISOString(),
    until: new Date(2026, 2, 1).toISOString(),
    group_by: "day",
    timezone_offset_min: -now.getTimezoneOffset(),
  });
});

it.each([
  ["days between", ["2026-02-27", "2026-03-02"], null, null, ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]],
  ["days of the range", ["2026-03-02"], "2026-03-01", "2026-03-03", ["2026-03-01", "2026-03-02", "2026-03-03"]],
  ["months", ["2025-12", "2026-02"], "2025-11-05", null, ["2025-11", "2025-12", "2026-01", "2026-02"]],
  ["nothing", [], null, null, []],
] as const)("fills in the %s", (_, keys, first, last, expected) => {
  expect(withoutGaps([...keys], first, last)).toEqual(expected);
});

it("does not fill in more than can be seen", () => {
  expect(withoutGaps(["2020-01-01", "2026-01-01"], null, null)).toEqual(["2020-01-01", "2026-01-01"]);
});

it.each([
  [0, 1],
  [0.03, 0.05],
  [1, 1],
  [1.1, 2],
  [7, 10],
  [0.2, 0.2],
])("an axis for %d ends at %d", (value, top) => {
  expect(niceTop(value)).toBeCloseTo(top, 12);
});
