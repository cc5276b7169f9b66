import { expect, it } from "vitest";
import type { Estimate } from "../api/types";
import { wordsOf } from "../i18n/language";
import { render } from "../testing/render";
import { ModePicker, StageEstimates, stageText } from "./plan";

const words = wordsOf("en", "latn");
const stage = (low: string | null, high: string | null): Estimate["stages"][number] => ({ stage: "review", calls: 3, low_usd: low, low_pusd: null, high_usd: high, high_pusd: null });

it.each([
  ["a range is said as one", stage("0.01", "0.02"), false, "$0.01 to $0.02"],
  ["a stage that may not be held has only a most", stage("0", "0.02"), false, "up to $0.02"],
  ["what costs nothing is free", stage("0", "0"), false, "free"],
  ["nothing is free whose price is not known", stage("0", "0"), true, "price unknown"],
  ["no price is no figure", stage(null, null), true, "price unknown"],
  ["a range that leaves models out is a least", stage("0.01", "0.02"), true, "at least $0.01"],
  ["a stage that may not be held has no least", stage("0", "0.02"), true, "price unknown"],
])("%s", (_, each, unknown, expected) => {
  expect(stageText(each, unknown, words)).toBe(expected);
});

it("each stage says what it may cost and how many calls it takes, one alone says nothing", () => {
  const estimate = { stages: [stage("0.01", "0.02"), { ...stage("0", "0"), stage: "edit", calls: 1 }], unknown_models: [] } as unknown as Estimate;
  const two = render(<StageEstimates estimate={estimate} />);
  expect(two.page.textContent).toBe("Reviews$0.01 to $0.023 callsSynthesisfree1 call");
  two.remove();
  const one = render(<StageEstimates estimate={{ ...estimate, stages: estimate.stages.slice(1) }} />);
  expect(one.page.textContent).toBe("");
  one.remove();
});

it("the chosen mode says what it does, and choosing tells which", () => {
  const chosen: unknown[] = [];
  const { page, act, remove } = render(<ModePicker mode="quick" choose={(mode) => chosen.push(mode)} />);
  expect(page.querySelector("p")?.textContent).toBe("Ask and measure.");
  const radios = [...page.querySelectorAll<HTMLInputElement>("input[type=radio]")];
  expect(radios.map(({ checked }) => checked)).toEqual([false, true, false, false, false]);
  act(() => radios[3]?.click());
  act(() => radios[0]?.click());
  expect(chosen).toEqual(["deep", null]);
  remove();
});
