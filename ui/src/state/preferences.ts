import { useSyncExternalStore } from "react";

export type Language = "en" | "ar";
export type Theme = "system" | "light" | "dark";

/** What this browser remembers. `language` null: never chosen, so the browser's own decides. */
export type Preferences = {
  language: Language | null;
  theme: Theme;
  /** Digits in Arabic text: Western (123) or Arabic-Indic (١٢٣). */
  digits: "latn" | "arab";
  singleKeys: boolean;
};

const key = "majlis.preferences";
const initial: Preferences = { language: null, theme: "system", digits: "latn", singleKeys: true };
const listeners = new Set<() => void>();

function load(): Preferences {
  try {
    return { ...initial, ...(JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Preferences>) };
  } catch {
    return initial;
  }
}

let current = load();

export function preferences(): Preferences {
  return current;
}

export function languageOf(chosen: Language | null): Language {
  return chosen ?? (navigator.language?.startsWith("ar") ? "ar" : "en");
}

/** Puts language, direction and theme on the document, as boot.js did before the first paint. */
export function applyToDocument(): void {
  const root = document.documentElement;
  const language = languageOf(current.language);
  root.lang = language;
  root.dir = language === "ar" ? "rtl" : "ltr";
  root.dataset.theme = current.theme;
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(key, JSON.stringify(current));
  } catch {
    // Storage is full or forbidden: the choice holds for this tab.
  }
  applyToDocument();
  for (const listener of listeners) listener();
}

export function subscribePreferences(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribePreferences, preferences);
}

export const themes: Theme[] = ["system", "light", "dark"];

export function nextTheme(theme: Theme): Theme {
  return themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
}
