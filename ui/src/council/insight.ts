import type { Analysis, ClaimRow, FailedCheck, Span, Topic } from "../api/types";
import { toUnits } from "./excerpt";

type Counts = { hedged: number; plain: number; categorical: number };

/** Whether it was measured how sure claims are: measurements of earlier versions hold zeros for want of it. */
export function knowsCertainty({ claims, certainty }: Pick<Analysis, "claims" | "certainty">): boolean {
  return claims.length === 0 || total(certainty) > 0;
}

export const total = ({ hedged, plain, categorical }: Counts): number => hedged + plain + categorical;

/** What is said of a claim's certainty: nothing of plain ones, nor where it was not measured. */
export function saidCertainty(analysis: Analysis, row: ClaimRow): "hedged" | "categorical" | null {
  return knowsCertainty(analysis) && row.certainty !== "plain" ? row.certainty : null;
}

/** The failed checks of each claim, by its id. */
export function checksByClaim({ failed_checks }: Pick<Analysis, "failed_checks">): ReadonlyMap<string, FailedCheck[]> {
  const found = new Map<string, FailedCheck[]>();
  for (const check of failed_checks) {
    if (check.claim !== null) found.set(check.claim, [...(found.get(check.claim) ?? []), check]);
  }
  return found;
}

/** To how many claims of a topic a member speaks; null where that was not measured of any. */
export function spokenOf(topic: Topic, rows: ReadonlyMap<string, ClaimRow>, member: number): number | null {
  const stances = topic.claims.flatMap((id) => rows.get(id)?.stances.filter((each) => each.member === member) ?? []);
  const measured = stances.filter(({ stance }) => stance !== null);
  return measured.length === 0 ? null : measured.filter(({ stance }) => stance !== "silent").length;
}

/** Whether a claim, or anyone's words for it, has this word. */
export function hasWord(row: ClaimRow, word: string): boolean {
  const wanted = word.toLocaleLowerCase();
  const texts = [row.text, ...row.stances.flatMap(({ quotes }) => quotes.map(({ text }) => text))];
  return texts.some((text) => text.toLocaleLowerCase().includes(wanted));
}

/** The words of an answer that stand at a span. */
export function wordsAt(text: string, span: Span): string {
  const { start, end } = toUnits(text, span);
  return text.slice(start, end);
}

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** A weekday of the server in the language of the page; anything else as it is. */
export function weekdayName(expected: string, locale: string): string {
  const place = weekdays.indexOf(expected);
  if (place < 0) return expected;
  // The fourth of January 1970 was a Sunday.
  return new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(1970, 0, 4 + place));
}
