import type { Words } from "../i18n/language";

/** A sum of known costs; with calls of unknown cost it is a lower bound, or unknown altogether. */
export function costText(cost_usd: string | null, unknown: number, { t, fill, usd }: Pick<Words, "t" | "fill" | "usd">): string {
  if (cost_usd === null) return t.measure.costUnknown;
  if (unknown === 0) return usd(cost_usd);
  return Number(cost_usd) === 0 ? t.measure.costUnknown : fill(t.measure.atLeast, { cost: usd(cost_usd) });
}
