import { TriangleAlert } from "lucide-react";
import type { Notice } from "../api/types";
import { useWords } from "../i18n/language";

type Props = { title?: string; notice: Notice; retry?: () => void };

/** An error where it happened: what, why, what helps, and the way to try again. */
export function ProblemNotice({ title, notice, retry }: Props) {
  const words = useWords();
  const hint = words.hint(notice);
  return (
    <div className="notice bad problem">
      <TriangleAlert size={16} aria-hidden />
      <div className="grow">
        {title && <strong>{title}</strong>}
        <p dir="auto">{words.notice(notice)}</p>
        {hint && (
          <p className="muted" dir="auto">
            {words.t.common.hint} {hint}
          </p>
        )}
        {retry && (
          <button type="button" className="button" onClick={retry}>
            {words.t.common.retry}
          </button>
        )}
      </div>
    </div>
  );
}

export function Loading() {
  const { t } = useWords();
  return (
    <div className="empty" aria-busy="true">
      <span className="spinner" aria-hidden />
      <p className="small">{t.common.loading}</p>
    </div>
  );
}
