import { useSearchParams } from "wouter";
import type { Analysis, Member, Pair } from "../api/types";
import { Defined } from "../common/defined";
import { Glyph } from "../common/glyph";
import { useWords } from "../i18n/language";
import type { Named } from "./claims";

type Props = { analysis: Analysis; members: Member[]; names: ReadonlyMap<number, Named> };

const measures = ["agreement", "similarity"] as const;
type Measure = (typeof measures)[number];

/** Every pair of members as a table of numbers; the shade only repeats them. */
export function Matrix({ analysis, members, names }: Props) {
  const { t } = useWords();
  const [query, setQuery] = useSearchParams();
  const measure: Measure = query.get("matrix") === "similarity" ? "similarity" : "agreement";
  const labels = { agreement: t.analysis.matrixAgreement, similarity: t.analysis.matrixSimilarity };
  const definitions = {
    agreement: t.analysis.matrixAgreementDefinition,
    similarity: t.analysis.matrixSimilarityDefinition,
  };
  const pairs = new Map(analysis.pairs.map((pair) => [`${pair.first}-${pair.second}`, pair]));
  const pairOf = (a: number, b: number) => pairs.get(`${Math.min(a, b)}-${Math.max(a, b)}`);
  const choose = (next: Measure) =>
    setQuery((before) => {
      const params = new URLSearchParams(before);
      if (next === "agreement") params.delete("matrix");
      else params.set("matrix", next);
      return params;
    }, { replace: true });
  return (
    <>
      <div className="grid-tools matrix-tools">
        <div className="segments" role="group" aria-label={t.analysis.matrix}>
          {measures.map((each) => (
            <button key={each} type="button" className="segment" aria-pressed={each === measure} onClick={() => choose(each)}>
              {labels[each]}
            </button>
          ))}
        </div>
        <Defined name={labels[measure]} text={definitions[measure]} />
      </div>
      <div className="grid-frame" tabIndex={0} role="group" aria-label={t.analysis.matrix}>
        <table className="matrix">
          <thead>
            <tr>
              <td />
              {members.map(({ position }) => (
                <th key={position} scope="col" title={names.get(position)?.name}>
                  <Glyph place={position} />
                  <span className="hidden-text">{names.get(position)?.name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {members.map(({ position: row }) => (
              <tr key={row}>
                <th scope="row">
                  <span className="row">
                    <Glyph place={row} />
                    <bdi className="ellipsis">{names.get(row)?.name}</bdi>
                  </span>
                </th>
                {members.map(({ position: column }) =>
                  row === column ? (
                    <td key={column} className="matrix-self" />
                  ) : (
                    <PairCell key={column} pair={pairOf(row, column)} measure={measure} />
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function PairCell({ pair, measure }: { pair: Pair | undefined; measure: Measure }) {
  const { t, score, number } = useWords();
  const value = pair?.[measure] ?? null;
  if (!pair || value === null) {
    return (
      <td className="muted" title={t.analysis.matrixEmpty}>
        –<span className="hidden-text">{t.analysis.matrixEmpty}</span>
      </td>
    );
  }
  return (
    <td className="number" style={{ "--share": value } as React.CSSProperties}>
      {score(value)}
      {measure === "agreement" && <span className="matrix-count">{number(pair.shared_claims)}</span>}
    </td>
  );
}
