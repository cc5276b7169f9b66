import { noticeOf } from "../api/client";
import { useLiveMetrics } from "../api/queries";
import type { MetricsSummary } from "../api/types";
import { Loading, ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { Alerts } from "./alerts";
import { DashboardHead } from "./dashboard-head";
import { faultsOf, endedOf, providersOf, shareOf } from "./live-figures";
import "./dashboard.css";
import "./live.css";

/** How the server and the models do now. */
export default function LiveScreen() {
  const { t } = useWords();
  const query = useLiveMetrics();
  useTitle(t.live.title);
  return (
    <div className="page dashboard">
      <DashboardHead />
      <p className="muted">{t.live.hint}</p>
      {query.isPending && <Loading />}
      {query.error && <ProblemNotice title={t.live.failed} notice={noticeOf(query.error)} retry={() => query.refetch()} />}
      {query.data && (
        <>
          <Tiles metrics={query.data} />
          <Providers calls={query.data.calls} />
          <Models calls={query.data.calls} />
        </>
      )}
      <Alerts />
    </div>
  );
}

export function Tiles({ metrics: { requests, durations, budgets, calls, running_jobs, interrupted_jobs, alerts_firing } }: { metrics: MetricsSummary }) {
  const words = useWords();
  const { t, number, usd, fill } = words;
  const { all, faults } = faultsOf(requests);
  const firing = Object.values(alerts_firing).reduce((sum, each) => sum + each, 0);
  const ended = calls.map(endedOf);
  const failed = ended.reduce((sum, each) => sum + each.failed, 0);
  const spent = ({ spent_usd, unknown_calls }: typeof budgets.day) => (unknown_calls > 0 ? fill(t.measure.atLeast, { cost: usd(spent_usd) }) : usd(spent_usd));
  return (
    <dl className="figures">
      <Tile name={t.live.day} value={spent(budgets.day)} />
      <Tile name={t.live.month} value={spent(budgets.month)} />
      <Tile name={t.live.calls} value={number(ended.reduce((sum, each) => sum + each.all, 0))} />
      <Tile name={t.live.failedCalls} value={number(failed)} bad={failed > 0} />
      <Tile name={t.live.answers} value={msText(durations.p95_ms, words)} note={t.live.p95} />
      <Tile name={t.live.faults} value={number(faults)} bad={faults > 0} note={fill(t.live.ofRequests, { n: number(all) })} />
      <Tile name={t.live.running} value={number(running_jobs)} />
      {interrupted_jobs > 0 && <Tile name={t.live.interrupted} value={number(interrupted_jobs)} bad />}
      <Tile name={t.live.firing} value={number(firing)} bad={firing > 0} />
    </dl>
  );
}

function Tile({ name, value, note, bad = false }: { name: string; value: string; note?: string; bad?: boolean }) {
  return (
    <div className="card figure-card">
      <dt className="muted small">{name}</dt>
      <dd className={bad ? "number tone bad" : "number"}>{value}</dd>
      {note && <dd className="muted tiny">{note}</dd>}
    </div>
  );
}

/** A duration, or that none was measured. */
function msText(ms: number | null, { t, duration }: Pick<ReturnType<typeof useWords>, "t" | "duration">): string {
  return ms === null ? t.live.notMeasured : duration(ms);
}

function Providers({ calls }: { calls: MetricsSummary["calls"] }) {
  const { t, number, fill } = useWords();
  const providers = providersOf(calls);
  if (providers.length === 0) return null;
  return (
    <section className="stack">
      <h2>{t.live.providers}</h2>
      <ul className="card live-providers">
        {providers.map(({ provider, all, failed }) => (
          <li key={provider} className="row wrap">
            <bdi className="grow">{provider}</bdi>
            <span className="muted small number">{fill(t.live.failedOf, { failed: number(failed), all: number(all) })}</span>
            <span className={`chip ${failed === 0 ? "ok" : failed === all ? "bad" : "warn"}`}>{failed === 0 ? t.live.well : failed === all ? t.live.down : t.live.failing}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How long each model takes, as bars in a real table. */
export function Models({ calls }: { calls: MetricsSummary["calls"] }) {
  const words = useWords();
  const { t, number } = words;
  const slow = calls.map(({ whole }) => whole.p95_ms);
  return (
    <section className="stack">
      <h2>{t.live.models}</h2>
      {calls.length === 0 ? (
        <p className="muted small">{t.live.noCalls}</p>
      ) : (
        <div className="table-frame card" tabIndex={0} role="region" aria-label={t.live.models}>
          <table className="live-table">
            <thead>
              <tr>
                <th scope="col">{t.live.model}</th>
                <th scope="col">{t.live.calls}</th>
                <th scope="col">{t.live.failedCalls}</th>
                <th scope="col">{t.live.first}</th>
                <th scope="col">{t.live.half}</th>
                <th scope="col">{t.live.most}</th>
              </tr>
            </thead>
            <tbody>
              {calls.map((each) => (
                <tr key={`${each.provider}/${each.model}`}>
                  <th scope="row">
                    <bdi>{`${each.provider}/${each.model}`}</bdi>
                  </th>
                  <td className="number">{number(endedOf(each).all)}</td>
                  <td className="number">{number(endedOf(each).failed)}</td>
                  <td className="number">{msText(each.first_chunk.p50_ms, words)}</td>
                  <td className="number">{msText(each.whole.p50_ms, words)}</td>
                  <td className="number live-bar">
                    {msText(each.whole.p95_ms, words)}
                    <span aria-hidden style={{ inlineSize: `${shareOf(each.whole.p95_ms, slow) * 100}%` }} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
