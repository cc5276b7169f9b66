/** Numbers as people read them. Pure: the locale comes in, so that both languages are tested alike. */

/** Below one cent two significant digits tell more than "0.00". */
const smallestPlainUsd = 0.01;

/** US dollars from the server's exact decimal string. Display only: nothing is computed from the result. */
export function formatUsd(exact: string, locale: string): string {
  const value = Number(exact);
  const digits =
    value !== 0 && Math.abs(value) < smallestPlainUsd
      ? { maximumSignificantDigits: 2 }
      : { minimumFractionDigits: 2, maximumFractionDigits: value < 1 ? 4 : 2 };
  const number = new Intl.NumberFormat(locale, digits).format(value);
  // Isolated, because the sign and the digits would change places inside Arabic text.
  return locale.startsWith("ar") ? `\u2066$${number}\u2069` : `$${number}`;
}

/** Milliseconds below one second, then seconds with one digit, then minutes and seconds. */
export function formatDuration(duration_ms: number, locale: string): string {
  const unit = (value: number, name: string, digits = 0) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay: "short",
      maximumFractionDigits: digits,
    }).format(value);
  if (duration_ms < 999.5) return unit(Math.round(duration_ms), "millisecond");
  if (duration_ms < 59_950) return unit(duration_ms / 1000, "second", 1);
  const seconds = Math.round(duration_ms / 1000);
  return `${unit(Math.floor(seconds / 60), "minute")} ${unit(seconds % 60, "second")}`;
}

const dayMs = 86_400_000;

/** Today as a time, this year as day and month, earlier with the year. */
export function formatWhen(iso: string, now: Date, locale: string): string {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return iso;
  const sameDay = then.toDateString() === now.toDateString();
  if (sameDay || now.getTime() - then.getTime() < dayMs / 4) {
    return new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(then);
  }
  const year = then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", ...year }).format(then);
}

/** A moment with its day and time. */
export function formatTime(iso: string, locale: string): string {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return iso;
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(then);
}

/** A day `YYYY-MM-DD` or a month `YYYY-MM` of the calendar, with the year when it is not this one. */
export function formatDay(key: string, now: Date, locale: string): string {
  const [year, month, date] = key.split("-").map(Number);
  if (!year || !month || Number.isNaN(date)) return key;
  const then = new Date(Date.UTC(year, month - 1, date ?? 1));
  const parts: Intl.DateTimeFormatOptions = {
    month: date === undefined ? "long" : "short",
    ...(date === undefined ? {} : { day: "numeric" }),
    ...(date === undefined || year !== now.getFullYear() ? { year: "numeric" } : {}),
  };
  return new Intl.DateTimeFormat(locale, { ...parts, timeZone: "UTC" }).format(then);
}

const spans: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", dayMs],
  ["hour", dayMs / 24],
  ["minute", dayMs / 24 / 60],
];

/** How long ago, in the largest unit of which there is at least one. */
export function formatAgo(iso: string, now: Date, locale: string): string {
  const past = now.getTime() - Date.parse(iso);
  if (Number.isNaN(past)) return iso;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const [unit, length] = spans.find(([, each]) => past >= each) ?? ["second", 1000];
  return format.format(-Math.max(0, Math.floor(past / length)), unit);
}

const sizes = ["byte", "kilobyte", "megabyte", "gigabyte"];

/** Bytes in the largest unit of which there is at least one, by thousands. */
export function formatBytes(size: number, locale: string): string {
  const power = Math.min(sizes.length - 1, size < 1 ? 0 : Math.floor(Math.log10(size) / 3));
  const digits = power < 2 ? 0 : 1;
  const style = { style: "unit", unit: sizes[power] ?? "byte", unitDisplay: "short", maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(locale, style).format(size / 1000 ** power);
}

/** A share or score in [0, 1] with two digits, as it is defined (not as a percentage). */
export function formatScore(score: number, locale: string): string {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(score);
}
