import { Download } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "wouter";
import { noticeOf } from "../api/client";
import { readCostsCsv, useCosts } from "../api/queries";
import type { Costs, Notice } from "../api/types";
import { costText } from "../common/cost-text";
import { saveFile } from "../common/save-file";
import { Loading, ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { Budgets } from "./budgets";
import { CostChart } from "./chart";
import { CostTable } from "./cost-table";
import { DashboardHead } from "./dashboard-head";
import { daysOf, groupings, paramsOf, queryOf, ranges, viewOf, type View } from "./range";
import "./dashboard.css";

export default function DashboardScreen() {
  const { t } = useWords();
  const [params, setParams] = useSearchParams();
  const [now] = useState(() => new Date());
  const view = viewOf(params);
  const change = (part: Partial<View>) => setParams(paramsOf({ ...view, ...part }), { replace: true });
  useTitle(t.dashboard.title);
  return (
    <div className="page dashboard">
      <DashboardHead />
      <section className="stack" aria-labelledby="costs">
        <div className="row wrap">
          <h2 id="costs" className="grow">
            {t.dashboard.costs}
          </h2>
          <CsvButton view={view} now={now} />
        </div>
        <Controls view={view} change={change} />
        <CostsOf view={view} now={now} />
      </section>
      <Budgets />
    </div>
  );
}

type ControlsProps = { view: View; change(part: Partial<View>): void };

function Controls({ view, change }: ControlsProps) {
  const { t } = useWords();
  return (
    <div className="row wrap dashboard-controls">
      <div className="field">
        <label htmlFor="range">{t.dashboard.range}</label>
        <select id="range" className="input" value={view.range} onChange={(event) => change({ range: event.target.value as View["range"] })}>
          {ranges.map((range) => (
            <option key={range} value={range}>
              {t.dashboard.ranges[range]}
            </option>
          ))}
        </select>
      </div>
      {view.range === "custom" &&
        (["from", "to"] as const).map((end) => (
          <div className="field" key={end}>
            <label htmlFor={end}>{end === "from" ? t.search.since : t.search.until}</label>
            <input id={end} className="input" type="date" dir="ltr" value={view[end]} onChange={(event) => change({ [end]: event.target.value })} />
          </div>
        ))}
      <div className="field">
        <label htmlFor="by">{t.dashboard.by}</label>
        <select id="by" className="input" value={view.by} onChange={(event) => change({ by: event.target.value as View["by"] })}>
          {groupings.map((by) => (
            <option key={by} value={by}>
              {t.dashboard.groupings[by]}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

type RangeProps = { view: View; now: Date };

function CostsOf({ view, now }: RangeProps) {
  const { t } = useWords();
  const query = useCosts(queryOf(view, now));
  if (query.isPending) return <Loading />;
  if (!query.data) {
    return <ProblemNotice title={t.dashboard.failed} notice={noticeOf(query.error)} retry={() => query.refetch()} />;
  }
  const costs = query.data;
  if (costs.total.calls === 0) {
    return (
      <div className="empty card">
        <h3>{t.dashboard.emptyTitle}</h3>
        <p>{t.dashboard.emptyHint}</p>
      </div>
    );
  }
  const timed = view.by === "day" || view.by === "month";
  return (
    <>
      <Totals costs={costs} view={view} now={now} />
      {timed && <CostChart groups={costs.groups} days={daysOf(view, now)} />}
      <CostTable costs={costs} by={view.by} />
    </>
  );
}

/** The sums, and of when, where and which days they are. */
function Totals({ costs: { total, as_of, timezone_offset_min }, view, now }: RangeProps & { costs: Costs }) {
  const words = useWords();
  const { t, fill, usd, number, day, time, plural } = words;
  const { from, to } = daysOf(view, now);
  const range = from === "" && to === "" ? t.dashboard.ranges.all : `${from === "" ? "…" : day(from)} – ${to === "" ? t.dashboard.ranges.today : day(to)}`;
  return (
    <>
      <dl className="figures">
        <Figure name={t.dashboard.known} value={costText(total.cost_usd, total.unknown_calls, words)} />
        <Figure name={t.dashboard.calls} value={number(total.calls)} />
        {total.unknown_calls > 0 && (
          <>
            <Figure name={t.dashboard.unknown} value={number(total.unknown_calls)} tone="warn" note={plural(t.dashboard.unknownNote, total.unknown_calls)} />
            <Figure
              name={t.dashboard.perhaps}
              value={total.unestimated_calls === total.unknown_calls ? t.dashboard.notKnown : fill(t.dashboard.more, { cost: usd(total.estimated_usd) })}
              tone="warn"
              note={
                total.unestimated_calls > 0 ? plural(t.dashboard.unestimated, total.unestimated_calls) : t.dashboard.perhapsNote
              }
            />
          </>
        )}
      </dl>
      <p className="muted tiny number">
        {fill(t.dashboard.asOf, { time: time(as_of), zone: zoneText(timezone_offset_min) })} · {range}
      </p>
    </>
  );
}

/** Minutes east of UTC as people write a zone: UTC+03:00. Isolated, because a sign and digits change places in Arabic. */
export function zoneText(offset_min: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.abs(offset_min);
  const zone = offset_min === 0 ? "UTC" : `UTC${offset_min < 0 ? "−" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return `\u2066${zone}\u2069`;
}

type FigureProps = { name: string; value: string; note?: string; tone?: "warn" };

function Figure({ name, value, note, tone }: FigureProps) {
  return (
    <div className="card figure-card">
      <dt className="muted small">{name}</dt>
      <dd className={`number ${tone ? `tone ${tone}` : ""}`}>{value}</dd>
      {note && <dd className="muted tiny">{note}</dd>}
    </div>
  );
}

function CsvButton({ view, now }: RangeProps) {
  const { t } = useWords();
  const [problem, setProblem] = useState<Notice | null>(null);
  const load = async () => {
    setProblem(null);
    try {
      saveFile(await readCostsCsv(queryOf(view, now)), `majlis-costs-${view.by}.csv`);
    } catch (error) {
      setProblem(noticeOf(error));
    }
  };
  return (
    <>
      <button type="button" className="button" onClick={() => void load()}>
        <Download size={16} aria-hidden /> {t.dashboard.csv}
      </button>
      {problem && <ProblemNotice notice={problem} />}
    </>
  );
}
