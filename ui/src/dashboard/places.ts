import type { CouncilStats, JudgeRecord, ModelRecord } from "../api/types";

/** Every model of the record once, so that each keeps its sign in all pictures. */
export function placesOf({ judges, models }: CouncilStats): ReadonlyMap<string, number> {
  const names = [...new Set([...models, ...judges].map(({ model }) => model))].toSorted();
  return new Map(names.map((name, place) => [name, place]));
}

/** The strongest first; those of whom it is not known last, by how often they were right. */
export function byStrength(models: ModelRecord[]): ModelRecord[] {
  const of = ({ strength }: ModelRecord) => strength?.value ?? Number.NEGATIVE_INFINITY;
  return models.toSorted((a, b) => of(b) - of(a) || b.right - b.wrong - (a.right - a.wrong) || a.model.localeCompare(b.model));
}

/** Judges whose marks were held against a verdict, the best forecast first. */
export function byBrier(judges: JudgeRecord[]): (JudgeRecord & { brier: number })[] {
  const known = judges.flatMap((judge) => (judge.brier === null ? [] : [{ ...judge, brier: judge.brier }]));
  return known.toSorted((a, b) => a.brier - b.brier || b.forecasts - a.forecasts);
}

export type Axis = { low: number; high: number };

/** From the lowest to the highest end of all intervals, zero among them; null when there are none. */
export function axisOf(models: ModelRecord[]): Axis | null {
  const ends = models.flatMap(({ strength }) => (strength === null ? [] : [strength.low, strength.high])).filter(Number.isFinite);
  return ends.length === 0 ? null : { low: Math.min(0, ...ends), high: Math.max(0, ...ends) };
}

/** Where a value stands on an axis, 0 to 1. */
export function placeOn({ low, high }: Axis, value: number): number {
  return high === low ? 0.5 : Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/** How strong the shade of a lean is, 0 to 1: `full` is as strong as it gets, in either direction. */
export const shadeOf = (value: number, full: number): number => Math.min(1, Math.abs(value) / full);
