import type { CostGroup } from "../api/types";
import { costText } from "../common/cost-text";
import { useWords } from "../i18n/language";
import { niceTop, withoutGaps } from "./range";

type Props = { groups: CostGroup[]; days: { from: string; to: string } };

/** Up to so many bars have a gap between them. */
const bars = 62;

/**
 * Costs over time. Time runs from left to right in every language. What may have been spent besides is hatched on
 * top. The table below has the same figures, so nothing here is read out.
 */
export function CostChart({ groups, days }: Props) {
  const words = useWords();
  const { usd, day } = words;
  const byKey = new Map(groups.map((group) => [group.key, group]));
  const keys = withoutGaps([...byKey.keys()], days.from || null, days.to || null);
  const amount = (text: string | null | undefined) => Number(text ?? 0);
  const columns = keys.map((key) => {
    const group = byKey.get(key);
    return { key, known: amount(group?.cost_usd), more: amount(group?.estimated_usd), group };
  });
  const top = niceTop(Math.max(0, ...columns.map(({ known, more }) => known + more)));
  const height = (value: number) => ({ blockSize: `${(100 * value) / top}%` });
  const said = ({ key, group }: (typeof columns)[number]) => {
    const cost = group === undefined ? usd("0") : costText(group.cost_usd, group.unknown_calls, words);
    return `${day(key)}: ${cost}`;
  };
  return (
    <figure className="card chart" dir="ltr" aria-hidden="true">
      <div className="chart-axis muted tiny number">
        <span>{usd(String(top))}</span>
        <span>{usd(String(top / 2))}</span>
        <span>{usd("0")}</span>
      </div>
      <div className={`chart-bars ${columns.length > bars ? "dense" : ""}`}>
        {columns.map((column) => (
          <div key={column.key} className="chart-bar" title={said(column)}>
            {/* Hatched too where nothing is known, not even an estimate. */}
            {(column.more > 0 || (column.group?.unknown_calls ?? 0) > 0) && <div className="bar-more" style={height(column.more)} />}
            {column.known > 0 && <div className="bar-known" style={height(column.known)} />}
          </div>
        ))}
      </div>
      <figcaption className="chart-times muted tiny">
        {[...new Set([keys[0], keys[Math.floor(keys.length / 2)], keys.at(-1)])].map((key) => (
          <bdi key={key}>{key === undefined ? "" : day(key)}</bdi>
        ))}
      </figcaption>
    </figure>
  );
}
