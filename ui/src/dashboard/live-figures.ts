import type { MetricsSummary } from "../api/types";

type ModelCalls = MetricsSummary["calls"][number];

const sum = (counts: Iterable<number>): number => [...counts].reduce((all, each) => all + each, 0);

/** How many of the requests the server answered with a fault of its own (5xx). */
export function faultsOf(requests: MetricsSummary["requests"]): { all: number; faults: number } {
  const of = (some: MetricsSummary["requests"]) => sum(some.map((each) => each.requests));
  return { all: of(requests), faults: of(requests.filter(({ status }) => status >= 500)) };
}

/** Calls of a model: all that ended, and those that failed. Stopping is no failure, not knowing is none either. */
export function endedOf({ outcomes }: ModelCalls): { all: number; failed: number } {
  const neither = sum([outcomes.ok ?? 0, outcomes.cancelled ?? 0, outcomes.unknown ?? 0]);
  const all = sum(Object.values(outcomes));
  return { all, failed: all - neither };
}

export type ProviderHealth = { provider: string; all: number; failed: number };

/** What became of the calls to each provider, the busiest first. */
export function providersOf(calls: ModelCalls[]): ProviderHealth[] {
  const found = new Map<string, ProviderHealth>();
  for (const each of calls) {
    const known = found.get(each.provider) ?? { provider: each.provider, all: 0, failed: 0 };
    const { all, failed } = endedOf(each);
    found.set(each.provider, { ...known, all: known.all + all, failed: known.failed + failed });
  }
  return [...found.values()].toSorted((a, b) => b.all - a.all || a.provider.localeCompare(b.provider));
}

/** How long a bar is, 0 to 1; the slowest is as long as it gets. */
export function shareOf(value: number | null, all: (number | null)[]): number {
  const most = Math.max(0, ...all.map((each) => each ?? 0));
  return value === null || most === 0 ? 0 : value / most;
}
