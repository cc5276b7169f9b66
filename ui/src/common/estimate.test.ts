import { expect, it } from "vitest";
import { wordsOf } from "../i18n/language";
import { estimateText } from "./estimate";

const nameOf = (model: string) => model.slice(model.indexOf("/") + 1);

it.each([
  ["a range", { low_usd: "0.001", high_usd: "0.02", unknown_models: [] }, "$0.001 to $0.02"],
  ["one figure", { low_usd: "0.02", high_usd: "0.02", unknown_models: [] }, "up to $0.02"],
  ["models that cost nothing", { low_usd: "0", high_usd: "0", unknown_models: [] }, "free"],
  ["only unknown prices", { low_usd: null, high_usd: null, unknown_models: ["a/b"] }, "price unknown: b"],
  ["nothing known but zero", { low_usd: "0", high_usd: "0", unknown_models: ["a/b"] }, "price unknown: b"],
  ["some unknown prices", { low_usd: "0.01", high_usd: "0.02", unknown_models: ["a/b", "a/c"] }, "$0.01 to $0.02 · price unknown: b and c"],
  ["nothing to say", { low_usd: null, high_usd: null, unknown_models: [] }, null],
])("%s is said as it is", (_, estimate, expected) => {
  expect(estimateText(estimate, wordsOf("en", "latn"), nameOf)).toBe(expected);
});
