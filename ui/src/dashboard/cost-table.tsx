import { Link } from "wouter";
import type { CostFigures, CostGroup, Costs } from "../api/types";
import { costText } from "../common/cost-text";
import { useModelFacts } from "../common/model-picker";
import { useWords } from "../i18n/language";
import type { Grouping } from "./range";

type Props = { costs: Pick<Costs, "groups" | "rest">; by: Grouping };

const amount = (text: string | null) => Number(text ?? 0);

/** The same figures in rows: each with its share of the largest as a bar. */
export function CostTable({ costs: { groups, rest }, by }: Props) {
  const { t } = useWords();
  const top = Math.max(...groups.map(({ cost_usd, estimated_usd }) => amount(cost_usd) + amount(estimated_usd)), Number.MIN_VALUE);
  const timed = by === "day" || by === "month";
  const rows = timed ? groups.toSorted((a, b) => b.key.localeCompare(a.key)) : groups;
  return (
    <div className="card table-frame" tabIndex={0} role="group" aria-label={t.dashboard.table}>
      <table className="cost-table">
        <thead>
          <tr>
            <th scope="col">{t.dashboard.groupings[by]}</th>
            {/* The bar says nothing that the next column does not. */}
            <td className="bar-cell" />
            {[t.measure.cost, t.dashboard.calls, t.dashboard.unknown].map((name) => (
              <th key={name} scope="col" className="end">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((group) => (
            <Row key={group.key} figures={group} top={top}>
              <Name group={group} by={by} />
            </Row>
          ))}
          {rest && (
            <Row figures={rest} top={top}>
              {t.dashboard.rest}
            </Row>
          )}
        </tbody>
      </table>
    </div>
  );
}

function Name({ group: { key, label, kind }, by }: { group: CostGroup; by: Grouping }) {
  const { t, day } = useWords();
  const facts = useModelFacts();
  if (by === "conversation" && kind !== null) {
    if (label === null) return <span className="muted">{t.dashboard.deleted}</span>;
    return (
      <Link href={`/${kind === "chat" ? "chat" : "council"}/${key}`}>
        <bdi>{label || t.chat.untitled}</bdi>
      </Link>
    );
  }
  const names: Partial<Record<Grouping, string>> = {
    day: day(key),
    month: day(key),
    kind: t.dashboard.kinds[key] ?? key,
    model: facts(key).name,
  };
  return <bdi title={key}>{names[by] || label || key || t.dashboard.notKnown}</bdi>;
}

type RowProps = { figures: CostFigures; top: number; children: React.ReactNode };

function Row({ figures: { cost_usd, estimated_usd, calls, unknown_calls }, top, children }: RowProps) {
  const words = useWords();
  const { number } = words;
  const bar = <Bar known={amount(cost_usd) / top} more={amount(estimated_usd) / top} />;
  return (
    <tr>
      <th scope="row">
        {children}
        {bar}
      </th>
      <td className="bar-cell" aria-hidden="true">
        {bar}
      </td>
      <td className="end number">{costText(cost_usd, unknown_calls, words)}</td>
      <td className="end number">{number(calls)}</td>
      <td className="end number">{unknown_calls === 0 ? "" : number(unknown_calls)}</td>
    </tr>
  );
}

/** Beside the figures where there is room, else below the name. Shares of the largest, 0 to 1. */
function Bar({ known, more }: { known: number; more: number }) {
  const share = (value: number) => ({ inlineSize: `${100 * Math.min(1, value)}%` });
  return (
    <span className="bar" aria-hidden="true">
      <span className="bar-known" style={share(known)} />
      <span className="bar-more" style={share(more)} />
    </span>
  );
}
