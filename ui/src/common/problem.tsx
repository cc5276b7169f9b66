import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { noticeOf } from "../api/client";
import { keys, queryClient, readBudgets, writeBudgets } from "../api/queries";
import type { Notice } from "../api/types";
import { useWords } from "../i18n/language";

type Props = { title?: string; notice: Notice; retry?: () => void };

/** An error where it happened: what, why, what helps, and the way on. */
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
        {(notice.code === "budget_exceeded" || notice.code === "price_unknown") && <BudgetWays notice={notice} />}
        {retry && (
          <button type="button" className="button" onClick={retry}>
            {words.t.common.retry}
          </button>
        )}
      </div>
    </div>
  );
}

/** What can be done when a budget is in the way. */
function BudgetWays({ notice }: { notice: Notice }) {
  const { t, fill } = useWords();
  const model = notice.params.model;
  const [said, setSaid] = useState<string | null>(null);
  const allow = async (id: string) => {
    try {
      const { uncapped_models } = await readBudgets();
      queryClient.setQueryData(keys.budgets, await writeBudgets({ uncapped_models: [...new Set([...uncapped_models, id])] }));
      setSaid(fill(t.budgets.allowed, { model: id }));
    } catch (error) {
      setSaid(noticeOf(error).detail);
    }
  };
  return (
    <div className="row wrap">
      <Link href="/dashboard#budgets" className="button">
        {t.budgets.raise}
      </Link>
      {notice.code === "price_unknown" && model !== undefined && said === null && (
        <button type="button" className="button" onClick={() => void allow(model)}>
          {fill(t.budgets.allow, { model })}
        </button>
      )}
      {said !== null && <span role="status">{said}</span>}
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
