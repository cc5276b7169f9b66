import { expect, it } from "vitest";
import { keys, queryClient } from "../api/queries";
import type { Preset } from "../api/types";
import { render } from "../testing/render";
import { emptyDraft, type Draft } from "./draft";
import { keptOf, planOf, PresetField, presetOf } from "./presets";

const fast: Preset = {
  name: "fast",
  is_configured: true,
  members: [
    { type: "model", model: "a/b", samples: 2 },
    { type: "model", model: "a/c", samples: 1 },
  ],
  mode: "quick",
  editors: ["a/d", "a/e"],
  max_cost_usd: "0.25",
  max_cost_pusd: "250000000000",
};
const loose: Preset = { ...fast, name: "loose", mode: null, editors: [], max_cost_usd: null, max_cost_pusd: null };
const draft = (preset: Preset, change: Partial<Draft> = {}): Draft => ({ ...emptyDraft, question: "Why?", ...planOf(preset), ...change });

it.each([
  ["what a preset fills in is that preset", draft(fast), "fast"],
  ["a preset without mode, editors and cap leaves them open", draft(loose), "loose"],
  ["another question stays the preset", draft(fast, { question: "How?", context: "Here." }), "fast"],
  ["another mode is one's own", draft(fast, { mode: "deep" }), null],
  ["another cap is one's own", draft(fast, { cap: "1" }), null],
  ["fewer editors are one's own", draft(fast, { editors: ["a/d"] }), null],
  ["fewer members are one's own", draft(fast, { members: planOf(fast).members.slice(1) }), null],
] as const)("%s", (_, value, expected) => {
  expect(presetOf(value, [loose, fast])).toBe(expected);
});

it("choosing a preset fills in everything but the question", () => {
  queryClient.setQueryData(keys.presets, [fast, loose]);
  const chosen: object[] = [];
  const { page, act, remove } = render(<PresetField draft={draft(loose)} change={(plan) => chosen.push(plan)} />);
  const select = page.querySelector("select");
  expect(select?.value).toBe("loose");
  act(() => {
    if (select) select.value = "fast";
    select?.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const [plan] = chosen as Pick<Draft, "members" | "mode" | "cap" | "editors">[];
  expect(plan).toMatchObject({ mode: "quick", cap: "0.25", editors: ["a/d", "a/e"], members: fast.members });
  expect(plan && "question" in plan).toBe(false);
  remove();
});

it("without a preset there is nothing to choose", () => {
  queryClient.setQueryData(keys.presets, []);
  const { page, remove } = render(<PresetField draft={emptyDraft} change={() => {}} />);
  expect(page.textContent).toBe("");
  remove();
});

it.each([
  ["models, mode, editors and limit are kept", draft(fast), { members: fast.members, mode: "quick", max_cost_usd: "0.25", editors: ["a/d", "a/e"] }],
  ["what is left open stays open", draft(loose), { members: loose.members, mode: null, max_cost_usd: null, editors: [] }],
  ["without members there is nothing to keep", emptyDraft, null],
  ["a pasted answer belongs to one question", draft(fast, { members: [...planOf(fast).members, { type: "pasted", name: "me", text: "Yes.", key: "k" }] }), null],
  ["a wrong limit is not kept", draft(fast, { cap: "much" }), null],
] as const)("%s", (_, value, expected) => {
  expect(keptOf(value)).toEqual(expected);
});

it("only a preset that was kept here can be removed", () => {
  queryClient.setQueryData(keys.presets, [fast, { ...loose, is_configured: false }]);
  for (const [preset, removable] of [
    [fast, false],
    [loose, true],
  ] as const) {
    const { page, remove } = render(<PresetField draft={draft(preset)} change={() => {}} />);
    expect(page.querySelector("button[aria-label]") !== null).toBe(removable);
    remove();
  }
});
