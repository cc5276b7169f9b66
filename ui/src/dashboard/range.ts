import type { CostQuery } from "../api/types";
import { startOfDay } from "../search/filters";

/** Ranges to choose from; `custom` takes its days from the address. */
export const ranges = ["today", "week", "month", "quarter", "year", "all", "custom"] as const;
export type RangeName = (typeof ranges)[number];

/** By what costs are divided. */
export const groupings = ["day", "month", "model", "provider", "kind", "conversation"] as const;
export type Grouping = (typeof groupings)[number];

/** What the address says is shown. Days are `YYYY-MM-DD` here, "" when open. */
export type View = { range: RangeName; from: string; to: string; by: Grouping };

const day = /^\d{4}-\d{2}-\d{2}$/;

export function viewOf(params: URLSearchParams): View {
  const range = params.get("range");
  const by = params.get("by");
  const valid = (name: string) => (day.test(params.get(name) ?? "") ? (params.get(name) ?? "") : "");
  return {
    range: ranges.find((each) => each === range) ?? "month",
    from: valid("from"),
    to: valid("to"),
    by: groupings.find((each) => each === by) ?? "day",
  };
}

export function paramsOf({ range, from, to, by }: View): URLSearchParams {
  const days = range === "custom" ? { from, to } : {};
  return new URLSearchParams(Object.entries({ range, ...days, by }).filter(([, value]) => value !== ""));
}

/** A local day as `YYYY-MM-DD`. */
export function dayText(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const lengths: Partial<Record<RangeName, number>> = { today: 1, week: 7, month: 30, quarter: 91, year: 365 };

/** The first and last day of a view; "" when open. The last day of a named range is today. */
export function daysOf(view: View, now: Date): { from: string; to: string } {
  const length = lengths[view.range];
  if (length === undefined) return view.range === "custom" ? { from: view.from, to: view.to } : { from: "", to: "" };
  const first = new Date(now.getFullYear(), now.getMonth(), now.getDate() - length + 1);
  return { from: dayText(first), to: "" };
}

/** What the server is asked: whole days here, in minutes east of UTC. */
export function queryOf(view: View, now: Date): CostQuery {
  const { from, to } = daysOf(view, now);
  const since = startOfDay(from);
  const until = startOfDay(to, 1);
  return {
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
    group_by: view.by,
    timezone_offset_min: -now.getTimezoneOffset(),
  };
}

/** More would be thinner than a pixel. */
const mostBars = 400;

/**
 * Every day or month from the first to the last key, so that a day on which nothing was spent is seen as one.
 * Keys are `YYYY-MM-DD` or `YYYY-MM`. When that would be too many, the keys as they are.
 */
export function withoutGaps(keys: string[], first: string | null, last: string | null): string[] {
  const sorted = keys.toSorted();
  const start = first ?? sorted[0];
  const end = last ?? sorted.at(-1);
  if (start === undefined || end === undefined) return sorted;
  const byMonth = (sorted[0] ?? start).length === 7;
  const all: string[] = [];
  const [year = 0, month = 1, date = 1] = start.split("-").map(Number);
  for (let step = 0; all.length <= mostBars; step += 1) {
    const at = byMonth ? new Date(year, month - 1 + step, 1) : new Date(year, month - 1, date + step);
    const key = dayText(at).slice(0, byMonth ? 7 : 10);
    if (key > end.slice(0, key.length)) return all;
    all.push(key);
  }
  return sorted;
}

/** The smallest of 1, 2, 5 × 10ⁿ that is not below `value`: the top of an axis. 1 for nothing. */
export function niceTop(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((each) => each * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}
