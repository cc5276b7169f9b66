import { expect, it } from "vitest";
import type { Analysis, ClaimRow, FailedCheck, Member, Stance } from "../api/types";
import { setPreferences } from "../state/preferences";
import { render } from "../testing/render";
import { FailedChecks } from "./checks";
import { ClaimGrid } from "./grid";
import { hasWord, knowsCertainty, saidCertainty, spokenOf, weekdayName, wordsAt } from "./insight";

const none = { hedged: 0, plain: 0, categorical: 0 };
const row = (id: string, certainty: ClaimRow["certainty"], ...stances: (Stance | null)[]): ClaimRow => ({
  id,
  text: `Words of ${id}`,
  language: "en",
  member: 0,
  context: "In short:",
  stances: stances.map((stance, member) => ({ member, stance, position: null, value: null, quotes: [] })),
  agreement: null,
  certainty,
  coverage: null,
});
const analysis = (certainty: typeof none, ...claims: ClaimRow[]) => ({ claims, certainty, members: [], failed_checks: [], gaps: [] }) as unknown as Analysis;

const sure = { ...none, plain: 1 };
it.each([
  ["a hedged claim says that it is", analysis(sure, row("C1", "hedged")), "hedged"],
  ["a categorical claim says that it is", analysis(sure, row("C1", "categorical")), "categorical"],
  ["a plain claim says nothing", analysis(sure, row("C1", "plain")), null],
  ["what an earlier version did not measure says nothing", analysis(none, row("C1", "hedged")), null],
])("%s", (_, measured, expected) => {
  expect(measured.claims.map((each) => saidCertainty(measured, each))).toEqual([expected]);
});

it.each([
  ["claims without any count were not measured", analysis(none, row("C1", "plain")), false],
  ["no claims have no certainty to miss", analysis(none), true],
  ["one count is a measurement", analysis(sure, row("C1", "plain")), true],
])("%s", (_, measured, expected) => {
  expect(knowsCertainty(measured)).toBe(expected);
});

it.each([
  ["a member that speaks to one of two", 0, 1],
  ["a member that is silent on all", 1, 0],
  ["a member of whom nothing was measured", 2, null],
])("%s is counted so", (_, member, expected) => {
  const rows = new Map([row("C1", "plain", "denies", "silent", null), row("C2", "plain", "silent", "silent", null)].map((each) => [each.id, each]));
  expect(spokenOf({ label: [], members: [], claims: ["C1", "C2", "C9"] }, rows, member)).toBe(expected);
});

it.each([
  ["a word in other letters", "WORDS", true],
  ["a word in an answer's own quotation", "quoted", true],
  ["a word nobody says", "elsewhere", false],
])("%s is found as it is", (_, word, expected) => {
  const claim = row("C1", "plain", "asserts");
  const quoted = { ...claim, stances: claim.stances.map((stance) => ({ ...stance, quotes: [{ span: { start: 0, end: 1 }, text: "Quoted" }] })) };
  expect(hasWord(quoted, word)).toBe(expected);
});

it.each([
  ["tuesday", "en", "Tuesday"],
  ["sunday", "en", "Sunday"],
  ["tuesday", "ar-u-nu-latn", "الثلاثاء"],
  ["5400", "en", "5400"],
])("%s reads in %s as %s", (expected, locale, wanted) => {
  expect(weekdayName(expected, locale)).toBe(wanted);
});

it("places are given in bytes", () => {
  expect(wordsAt("نعم 2 + 2 = 5", { start: 7, end: 16 })).toBe("2 + 2 = 5");
});

const text = "It is 2 + 2 = 5. Due on Monday, 24 November 2026.";
const check = (part: Partial<FailedCheck>): FailedCheck => ({ member: 0, claim: "C1", kind: "arithmetic", span: { start: 6, end: 15 }, expected: "4", ...part });
const members = [{ position: 0, model: null, sample: null, label: "Alpha", demo: false, text }] as unknown as Member[];
const names = new Map([[0, { place: 0, name: "Alpha", demo: false }]]);

const shown = (element: Parameters<typeof render>[0]) => {
  const { page, remove } = render(element);
  const found = page.textContent ?? "";
  remove();
  return found;
};

it.each([
  ["a sum says the result", check({}), ["wrong sum", "It is 4.", "Claim C1"]],
  ["a date says how many days its month has", check({ kind: "date", expected: "30" }), ["no such date", "That month has 30 days."]],
  ["a weekday says the right one", check({ kind: "weekday", expected: "tuesday" }), ["wrong weekday", "That day is a Tuesday."]],
  ["code, which is no claim, leads to its answer", check({ kind: "json", claim: null, expected: "key must be a string" }), ["broken JSON", "key must be a string", "Whole answer"]],
  ["a kind this page does not know still fails", check({ kind: "units" as FailedCheck["kind"], expected: "3 km" }), ["failed check", "3 km"]],
])("%s", (_, failed, wanted) => {
  const found = shown(<FailedChecks checks={[failed]} members={members} names={names} />);
  for (const each of [...wanted, "2 + 2 = 5"]) expect(found).toContain(each);
});

it("a claim shows its certainty and its failed checks once each, and its heading with one colon", () => {
  setPreferences({ language: "en" });
  const measured = { ...analysis(sure, row("C1", "hedged", "asserts")), failed_checks: [check({}), check({ span: { start: 0, end: 2 } }), check({ claim: null, kind: "json" })] };
  const found = shown(<ClaimGrid analysis={measured as Analysis} members={members} names={names} />);
  expect(found).toContain("In short: Words of C1 hedged wrong sum");
  expect(found.match(/wrong sum/g)).toHaveLength(1);
  expect(found).not.toContain("broken JSON");
});
