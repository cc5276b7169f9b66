import { expect, it } from "vitest";
import { amountOf } from "../common/amount";
import { zoneText } from "./dashboard";

it.each([
  ["", null],
  ["  ", null],
  ["1.50", "1.50"],
  ["$2", "2"],
  [".5", "0.5"],
  ["1,5", "1.5"],
  ["١٫٥", "1.5"],
  ["-1", undefined],
  ["1e3", undefined],
  ["a lot", undefined],
  ["1.2.3", undefined],
])("the amount %j is %j", (text, expected) => {
  expect(amountOf(text)).toBe(expected);
});

it.each([
  [0, "UTC"],
  [180, "UTC+03:00"],
  [-210, "UTC−03:30"],
])("%d minutes east of UTC are %s", (offset, expected) => {
  expect(zoneText(offset)).toBe(`\u2066${expected}\u2069`);
});
