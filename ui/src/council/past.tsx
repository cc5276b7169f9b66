import { Link } from "wouter";
import { noticeOf } from "../api/client";
import type { useConsultations } from "../api/queries";
import type { ConsultationStatus } from "../api/types";
import { ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";

export function statusTone(status: ConsultationStatus): string {
  if (status === "complete") return "ok";
  if (status === "failed") return "bad";
  return status === "running" ? "" : "warn";
}

/** Earlier consultations, the newest first. */
export function Past({ query }: { query: ReturnType<typeof useConsultations> }) {
  const { t, plural, when } = useWords();
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <nav className="past" aria-label={t.council.past}>
      <h2>{t.council.past}</h2>
      {query.error && (
        <ProblemNotice title={t.council.pastFailed} notice={noticeOf(query.error)} retry={() => query.refetch()} />
      )}
      {query.isSuccess && items.length === 0 && <p className="muted small">{t.council.noPast}</p>}
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            <Link href={`/council/${item.id}`}>
              <bdi className="past-question">{item.question}</bdi>
              <span className="muted tiny">
                {when(item.created_at)} · {plural(t.council.membersCount, item.member_count)}
                {item.status !== "complete" && (
                  <>
                    {" · "}
                    <span className={`tone ${statusTone(item.status)}`}>{t.status[item.status]}</span>
                  </>
                )}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <button type="button" className="link-button" onClick={() => void query.fetchNextPage()}>
          {t.common.more}
        </button>
      )}
    </nav>
  );
}
