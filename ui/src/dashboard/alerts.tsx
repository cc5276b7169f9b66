import { BellRing } from "lucide-react";
import { useState } from "react";
import { noticeOf } from "../api/client";
import { testAlerts, useAlerts } from "../api/queries";
import type { ChannelReport, Notice } from "../api/types";
import { Loading, ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";

const tones = { firing: "bad", pending: "warn", resolved: "" } as const;

/** What should be known now and what was lately, and whether a message would arrive. */
export function Alerts() {
  const words = useWords();
  const { t, when } = words;
  const query = useAlerts();
  return (
    <section className="stack" aria-labelledby="alerts">
      <h2 id="alerts">{t.live.alerts}</h2>
      {query.isPending && <Loading />}
      {query.error && <ProblemNotice title={t.live.alertsFailed} notice={noticeOf(query.error)} retry={() => query.refetch()} />}
      {query.data?.items.length === 0 && <p className="muted small">{t.live.quiet}</p>}
      {query.data && query.data.items.length > 0 && (
        <ul className="card live-providers">
          {query.data.items.map((alert) => (
            <li key={alert.id} className="row wrap">
              <span className={`chip ${tones[alert.state]}`}>{t.live.states[alert.state]}</span>
              <span className="grow" dir="auto">
                {words.notice(alert.notice)}
              </span>
              <time className="muted tiny" dateTime={alert.since}>
                {when(alert.since)}
              </time>
            </li>
          ))}
        </ul>
      )}
      <TestAlert />
    </section>
  );
}

/** Sends a test through every channel and says how each took it. */
function TestAlert() {
  const { t } = useWords();
  const [reports, setReports] = useState<ChannelReport[] | null>(null);
  const [problem, setProblem] = useState<Notice | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    setReports(null);
    setProblem(null);
    try {
      setReports((await testAlerts()).items);
    } catch (error) {
      setProblem(noticeOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div>
        <button type="button" className="button" disabled={busy} onClick={() => void send()}>
          <BellRing size={16} aria-hidden /> {busy ? t.live.testing : t.live.test}
        </button>
      </div>
      {problem && <ProblemNotice notice={problem} />}
      <div role="status">{reports && <Reports reports={reports} />}</div>
    </>
  );
}

export function Reports({ reports }: { reports: ChannelReport[] }) {
  const { t } = useWords();
  if (reports.length === 0) return <p className="muted small">{t.live.noChannel}</p>;
  return (
    <ul className="card live-providers">
      {reports.map(({ name, kind, error }) => (
        <li key={`${kind} ${name}`} className="row wrap">
          <span className={`chip ${error === null ? "ok" : "bad"}`}>{error === null ? t.live.arrived : t.live.refused}</span>
          <bdi>{name}</bdi> <span className="muted small">{kind}</span>
          {error !== null && (
            <span className="grow small" dir="auto">
              {error}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
