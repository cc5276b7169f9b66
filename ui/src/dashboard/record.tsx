import { Link } from "wouter";
import { noticeOf } from "../api/client";
import { useRecord } from "../api/queries";
import type { CouncilStats } from "../api/types";
import { Loading, ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { DashboardHead } from "./dashboard-head";
import { Foretelling } from "./foretelling";
import { Judges } from "./judges";
import { placesOf } from "./places";
import { Verdicts } from "./verdicts";
import "./dashboard.css";
import "./record.css";

/** What one's own verdicts and councils say of models. */
export default function RecordScreen() {
  const { t } = useWords();
  useTitle(t.record.title);
  return (
    <div className="page dashboard">
      <DashboardHead />
      <p className="muted">{t.record.hint}</p>
      <Loaded />
    </div>
  );
}

function Loaded() {
  const { t } = useWords();
  const query = useRecord();
  if (query.isPending) return <Loading />;
  if (!query.data) return <ProblemNotice title={t.record.failed} notice={noticeOf(query.error)} retry={() => query.refetch()} />;
  return <Record stats={query.data} />;
}

export function Record({ stats }: { stats: CouncilStats }) {
  const { t } = useWords();
  const places = placesOf(stats);
  if (places.size === 0) {
    return (
      <div className="empty card">
        <h2>{t.record.emptyTitle}</h2>
        <p>{t.record.emptyHint}</p>
        <Link href="/council" className="button">
          {t.record.toCouncil}
        </Link>
      </div>
    );
  }
  return (
    <>
      <Verdicts models={stats.models} places={places} />
      <Judges judges={stats.judges} places={places} />
      <Foretelling judges={stats.judges} places={places} />
    </>
  );
}
