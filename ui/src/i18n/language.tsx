import { createContext, useContext, useMemo, type ReactNode } from "react";
import { I18nProvider } from "react-aria-components/I18nProvider";
import type { Notice } from "../api/types";
import { languageOf, preferences, usePreferences, type Language } from "../state/preferences";
import { ar } from "./ar";
import { en, type Texts } from "./en";
import { formatAgo, formatBytes, formatDay, formatDuration, formatScore, formatTime, formatUsd, formatWhen } from "./format";
import { fill, type Plural } from "./plural";

/** Texts and formats of the chosen language. */
export type Words = {
  language: Language;
  locale: string;
  t: Texts;
  fill: typeof fill;
  plural(forms: Plural, n: number): string;
  number(value: number): string;
  usd(exact: string): string;
  duration(duration_ms: number): string;
  when(iso: string): string;
  /** How long ago, in the largest unit that fits. */
  ago(iso: string): string;
  bytes(size: number): string;
  /** A moment with its day and time. */
  time(iso: string): string;
  /** A day `YYYY-MM-DD` or a month `YYYY-MM`, wherever that is. */
  day(key: string): string;
  score(value: number): string;
  list(items: string[]): string;
  /** The name of a language by its BCP 47 tag. */
  languageName(tag: string): string;
  /** The notice in this language where its code is known, else in the server's English. */
  notice(notice: Notice): string;
  /** The notice in the words of this page, with its values as people read them, where its code is known. */
  told(notice: Notice): string;
  hint(notice: Notice): string | null;
};

/** The locale that react-aria and Intl get. */
export function localeOf(language: Language, digits: "latn" | "arab"): string {
  return language === "ar" ? `ar-u-nu-${digits}` : "en";
}

export function wordsOf(language: Language, digits: "latn" | "arab"): Words {
  const t = language === "ar" ? ar : en;
  const locale = localeOf(language, digits);
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  const usd = (exact: string) => formatUsd(exact, locale);
  const names = new Intl.DisplayNames(locale, { type: "language" });
  const lists = new Intl.ListFormat(locale, { type: "conjunction" });
  return {
    language,
    locale,
    t,
    fill,
    plural: (forms, n) => fill(forms[rules.select(n)] ?? forms.other, { n: numbers.format(n) }),
    number: (value) => numbers.format(value),
    usd,
    duration: (duration_ms) => formatDuration(duration_ms, locale),
    ago: (iso) => formatAgo(iso, new Date(), locale),
    bytes: (size) => formatBytes(size, locale),
    time: (iso) => formatTime(iso, locale),
    day: (key) => formatDay(key, new Date(), locale),
    when: (iso) => formatWhen(iso, new Date(), locale),
    score: (value) => formatScore(value, locale),
    list: (items) => lists.format(items),
    languageName: (tag) => nameOf(names, tag),
    notice: (notice) => {
      const known = t.notices[notice.code];
      // The server's English names particulars (which model, which address): keep it where it is readable.
      return known && language !== "en" ? fill(known, shownParams(notice.params, t, locale)) : notice.detail || (known ?? notice.code);
    },
    told: (notice) => {
      const known = t.notices[notice.code];
      return known ? fill(known, shownParams(notice.params, t, locale)) : notice.detail;
    },
    hint: (notice) => (language === "en" ? (notice.hint ?? t.hints[notice.code]) : (t.hints[notice.code] ?? notice.hint)) ?? null,
  };
}

/** The values of a notice as people read them: money, sizes and times as such, a period by its name. */
function shownParams(params: Record<string, string>, t: Texts, locale: string): Record<string, string> {
  const periods: Record<string, string> = t.budgets.periods;
  const shown = (name: string, value: string) => {
    if (name.endsWith("_usd")) return formatUsd(value, locale);
    if (name.endsWith("_bytes")) return formatBytes(Number(value), locale);
    if (name.endsWith("_at") || name === "since") return formatTime(value, locale);
    return name === "period" ? (periods[value] ?? value) : value;
  };
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, shown(name, value)]));
}

function nameOf(names: Intl.DisplayNames, tag: string): string {
  try {
    return names.of(tag) ?? tag;
  } catch {
    // What is no tag at all is shown as it is.
    return tag;
  }
}

/** The words of this moment, for what happens outside a component. */
export function currentWords(): Words {
  const { language, digits } = preferences();
  return wordsOf(languageOf(language), digits);
}

const Context = createContext<Words>(wordsOf("en", "latn"));

export function LanguageProvider({ children }: { children: ReactNode }) {
  const { language: chosen, digits } = usePreferences();
  const language = languageOf(chosen);
  const words = useMemo(() => wordsOf(language, digits), [language, digits]);
  return (
    <I18nProvider locale={words.locale}>
      <Context value={words}>{children}</Context>
    </I18nProvider>
  );
}

export function useWords(): Words {
  return useContext(Context);
}
