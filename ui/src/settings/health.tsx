import { CircleAlert, CircleCheck, CircleX, type LucideIcon } from "lucide-react";
import { noticeOf } from "../api/client";
import type { HealthStatus } from "../api/types";
import { useHealth } from "../api/queries";
import { Loading, ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";

const signs: Record<HealthStatus, { icon: LucideIcon; tone: string }> = {
  ok: { icon: CircleCheck, tone: "ok" },
  warning: { icon: CircleAlert, tone: "warn" },
  error: { icon: CircleX, tone: "bad" },
};

/** How the database, the disk and the backups stand. */
export function HealthList() {
  const words = useWords();
  const { t } = words;
  const query = useHealth();
  return (
    <section className="stack" aria-labelledby="health">
      <h2 id="health">{t.data.health}</h2>
      {query.isPending && <Loading />}
      {query.error && <ProblemNotice title={t.data.healthFailed} notice={noticeOf(query.error)} retry={() => query.refetch()} />}
      {query.data && (
        <ul className="card health-list">
          {query.data.checks.map((check) => {
            const { icon: Icon, tone } = signs[check.status];
            const hint = check.status === "ok" ? null : words.hint(check);
            return (
              <li key={`${check.name} ${check.code}`}>
                <Icon size={18} aria-hidden className={`tone ${tone}`} />
                <div className="grow">
                  <strong className="small">{t.data.checks[check.name] ?? check.name}</strong>
                  <span className="hidden-text"> {t.data.statuses[check.status]} </span>
                  <p className="small" dir="auto">
                    {words.told(check)}
                  </p>
                  {hint && (
                    <p className="muted small" dir="auto">
                      {t.common.hint} {hint}
                    </p>
                  )}
                </div>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
