import { expect, it } from "vitest";
import type { CouncilStats, JudgeRecord, ModelRecord } from "../api/types";
import { render } from "../testing/render";
import { axisOf, byBrier, byStrength, placeOn, placesOf, shadeOf } from "./places";
import { Record } from "./record";

const model = (name: string, right: number, wrong: number, value: number | null = null): ModelRecord => ({
  model: name,
  right,
  wrong,
  enough: right + wrong >= 20,
  strength: value === null ? null : { value, low: value - 1, high: value + 1 },
});
const judge = (name: string, part: Partial<JudgeRecord> = {}): JudgeRecord => ({
  model: name,
  marks: 30,
  first_bias: null,
  length_bias: null,
  own_family_bias: null,
  forecasts: 0,
  brier: null,
  calibration: [],
  ...part,
});

it("a model has one place, as a member and as a judge", () => {
  expect([...placesOf({ models: [model("b/y", 1, 0)], judges: [judge("a/x"), judge("b/y")] })]).toEqual([["a/x", 0], ["b/y", 1]]);
});

it("the strongest come first, and whose strength is not known by who was right more often", () => {
  const sorted = byStrength([model("a/none", 1, 3), model("b/weak", 9, 9, -1), model("c/none", 4, 0), model("d/strong", 3, 1, 2)]);
  expect(sorted.map((each) => each.model)).toEqual(["d/strong", "b/weak", "c/none", "a/none"]);
});

it("judges without a forecast are not ranked as judges", () => {
  const found = byBrier([judge("a/x"), judge("b/y", { brier: 0.3 }), judge("c/z", { brier: 0.1 })]);
  expect(found.map((each) => each.model)).toEqual(["c/z", "b/y"]);
});

it.each([
  ["an axis has zero among its values", [model("a/x", 1, 0, 3)], { low: 0, high: 4 }],
  ["an axis reaches to the ends of every interval", [model("a/x", 1, 0, 1), model("b/y", 0, 1, -2)], { low: -3, high: 2 }],
  ["without a strength there is no axis", [model("a/x", 1, 0)], null],
])("%s", (_, models, expected) => {
  expect(axisOf(models)).toEqual(expected);
});

it.each([
  [-3, 0],
  [-1, 0.5],
  [1, 1],
  [9, 1],
])("%d stands at %d of an axis from -3 to 1", (value, expected) => {
  expect(placeOn({ low: -3, high: 1 }, value)).toBe(expected);
});

it.each([
  [0, 0],
  [-1.5, 0.5],
  [9, 1],
])("a lean of %d has the shade %d, whichever way it leans", (value, expected) => {
  expect(shadeOf(value, 3)).toBe(expected);
});

const text = (stats: CouncilStats) => {
  const { page, remove } = render(<Record stats={stats} />);
  const found = page.textContent ?? "";
  remove();
  return found;
};

const full: CouncilStats = {
  models: [model("a/x", 15, 6, 0.5), model("b/y", 1, 0)],
  judges: [judge("a/x", { first_bias: -0.4, brier: 0.14, forecasts: 7, calibration: [{ said: 0.8, came_true: 0.75, count: 7 }] })],
};

it.each([
  ["without anything it says how to begin", { models: [], judges: [] }, ["No answer was judged yet", "Go to Council"], ["0.00"]],
  ["verdicts alone say that nobody has reviewed", { ...full, judges: [] }, ["0.50", "-0.50 to 1.50", "No member has reviewed another yet."], ["Brier"]],
  ["reviews alone say that no answer was judged", { models: [], judges: [judge("a/x")] }, ["You have not said", "too little to say", "No answer was both reviewed"], ["0.00"]],
  ["a record has every figure", full, ["fewer than 20", "-0.40", "0.14", "0.80", "0.75"], []],
])("%s", (_, stats, wanted, unwanted) => {
  const found = text(stats).replaceAll(/[\u2066-\u2069]/g, "");
  for (const each of wanted) expect(found).toContain(each);
  for (const each of unwanted) expect(found).not.toContain(each);
});
