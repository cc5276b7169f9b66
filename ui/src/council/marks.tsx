import { CircleX } from "lucide-react";
import type { CheckKind } from "../api/types";
import { useWords } from "../i18n/language";

/** How sure the words of a claim are of themselves; dashed where they hedge, so that colour is not needed. */
export function CertaintyMark({ certainty }: { certainty: "hedged" | "categorical" }) {
  const { t } = useWords();
  return (
    <span className={`chip certainty ${certainty}`} title={t.insight.sureDefinition}>
      {t.insight.certainty[certainty]}
    </span>
  );
}

/** What fails, by its kind. A kind this page does not know is still said to fail. */
export function CheckMark({ kind }: { kind: CheckKind }) {
  const { t } = useWords();
  return (
    <span className="chip bad check-mark" title={t.insight.checksHint}>
      <CircleX size={12} aria-hidden /> {t.insight.fails[kind] ?? t.insight.failsOther}
    </span>
  );
}
