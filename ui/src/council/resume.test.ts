import { expect, it } from "vitest";
import { wordsOf } from "../i18n/language";
import { resumeText } from "./resume";

const words = wordsOf("en", "latn");

it.each([
  ["everything known", { kept: 2, missing: 1, unknown: 0, stages: false, high_usd: "0.02" }, "2 answers stay · 1 member is asked · up to $0.02"],
  [
    "stages that were cut short",
    { kept: 3, missing: 0, unknown: 0, stages: true, high_usd: "0" },
    "3 answers stay · stages that were cut short are held",
  ],
  [
    "an unknown bill and price",
    { kept: 1, missing: 3, unknown: 2, stages: false, high_usd: null },
    "1 answer stays · 3 members are asked · of 2 it is unknown whether they were billed · price unknown",
  ],
])("going on with %s says what it does", (_, resumable, expected) => {
  expect(resumeText(resumable, words)).toBe(expected);
});
