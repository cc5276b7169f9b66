import type { ProviderKey } from "../api/types";
import type { Words } from "../i18n/language";

/** Where a key comes from, in words: never the key. */
export function sourceText(key: ProviderKey, { t, fill, time }: Words): string {
  switch (key.source) {
    case "environment":
      return fill(t.providerKeys.fromVariable, { variable: key.variable ?? "" });
    case "stored":
      return fill(t.providerKeys.storedAt, { at: time(key.stored_at ?? ""), origin: key.origin });
    case "misplaced":
      return fill(t.providerKeys.misplaced, { stored: key.stored_for ?? "", origin: key.origin });
    case "none":
      return key.variables.length === 0 ? t.providerKeys.none : fill(t.providerKeys.noneVariables, { variables: key.variables.join(" / ") });
  }
}
