import { expect, it } from "vitest";
import type { Consultation, Deliberation, Synthesis } from "../api/types";
import { render } from "../testing/render";
import type { Named } from "./claims";
import { Conclusion, Reviews, SecondRound, SkippedStages } from "./deliberation";
import { Stages } from "./stages";

const names = new Map<number, Named>([
  [0, { name: "Alpha", model: null }],
  [1, { name: "Beta", model: null }],
] as unknown as [number, Named][]);

const deliberation: Deliberation = {
  reviews: [
    {
      judge: 0,
      reviewed: 1,
      position: 0,
      reasons: "r",
      scores: { correct: 2, complete: 5, clear: 5, grounded: 5 },
      mean: 4.25,
      fatal_error: "Names the wrong city",
      quote: null,
    },
  ],
  dropped_judges: [{ judge: 1, why: "no JSON" }],
  tally: { scores: [0.5, -0.5], borda: [1, 0], condorcet: 0, kemeny: [0, 1], order: [0, 1], swap: 0.4, tied: true, methods_disagree: true },
  ranking: { value: 0.71, method: "durbin_w" },
  gate: { opens: true, reasons: ["contradictions"] },
  contested: [
    {
      claim: "C1",
      sides: [
        { member: 0, position: 0, words: "It is Canberra." },
        { member: 1, position: 1, words: "It is Sydney." },
      ],
      settled: 0.5,
    },
  ],
  revisions: [{ member: 1, claim: "C1", decision: "withdraw", evidence: "The others agree.", revised: null, conformity: true }],
  skipped: [{ stage: "edit", why: "over_budget" }],
};

function textOf(element: Parameters<typeof render>[0]): string {
  const { page, remove } = render(element);
  const text = page.textContent ?? "";
  remove();
  return text;
}

it("reviews show the order, the tie, the fatal error and who was dropped", () => {
  const text = textOf(<Reviews deliberation={deliberation} names={names} />);
  for (const wanted of ["Alpha", "+0.50", "-0.50", "tied", "disagree", "0.71", "Names the wrong city", "Beta"]) {
    expect(text).toContain(wanted);
  }
});

it("the second round shows both sides and marks conformity", () => {
  const text = textOf(<SecondRound deliberation={deliberation} names={names} />);
  for (const wanted of ["contradict", "It is Canberra.", "It is Sydney.", "withdraws it", "conformity", "agreement now 0.50"]) {
    expect(text).toContain(wanted);
  }
});

it("a stage that a cap left out is said", () => {
  expect(textOf(<SkippedStages deliberation={deliberation} />)).toContain("Synthesis: not held");
  expect(textOf(<SkippedStages deliberation={{ ...deliberation, skipped: [] }} />)).toBe("");
});

const synthesis = (version: number, support: "supported" | "unsupported"): Synthesis => ({
  id: `y${version}`,
  version,
  created_at: "2026-11-22T00:00:00Z",
  editor: version === 1 ? null : "x/editor",
  sections: [{ part: "agreed", sentences: [{ text: "It is Canberra.", cites: ["A1", "C1"], support }] }],
});

const consultation = {
  id: "c",
  status: "complete",
  analysis: {},
  members: [{}, {}],
  plan: { mode: "council", synthesis: true, editors: [] },
  stages: [{ stage: "answer", hearings: [], cost_usd: "0.01", cost_pusd: "10000000000", unknown_costs: 0 }],
} as unknown as Consultation;

it("the newest conclusion is shown with its citations and flags", () => {
  const syntheses = [synthesis(1, "supported"), synthesis(2, "unsupported")];
  const text = textOf(<Conclusion consultation={consultation} syntheses={syntheses} running={false} />);
  for (const wanted of ["x/editor", "It is Canberra. [A1][C1]", "unsupported", "Version 1", "Write another"]) {
    expect(text).toContain(wanted);
  }
});

it("a quick consultation can be concluded, one that runs cannot", () => {
  expect(textOf(<Conclusion consultation={consultation} syntheses={[]} running={false} />)).toContain("Write a synthesis");
  expect(textOf(<Conclusion consultation={consultation} syntheses={[]} running />)).toBe("");
});

it("stages say what was held, what is going on and what each cost", () => {
  const text = textOf(<Stages consultation={consultation} running="review" />);
  expect(text).toContain("Answers$0.01");
  expect(text).toContain("Reviewsin progress");
  const quick = { ...consultation, plan: { ...consultation.plan, mode: "quick" as const } };
  expect(textOf(<Stages consultation={quick} running={null} />)).toBe("");
});
