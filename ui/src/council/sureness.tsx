import type { Analysis } from "../api/types";
import { Glyph } from "../common/glyph";
import { useWords } from "../i18n/language";
import type { Named } from "./claims";
import { total } from "./insight";

const kinds = ["hedged", "plain", "categorical"] as const;

/** How sure each answer sounds: a bar of shares above the numbers it is of. */
export function Sureness({ analysis, names }: { analysis: Analysis; names: ReadonlyMap<number, Named> }) {
  const { t, number } = useWords();
  const members = analysis.members.filter(({ certainty }) => total(certainty) > 0);
  return (
    <div className="grid-frame" tabIndex={0} role="group" aria-label={t.insight.sure}>
      <table className="sureness">
        <thead>
          <tr>
            <td />
            {kinds.map((kind) => (
              <th key={kind} scope="col">
                <span className={`sure-key sure-${kind}`} aria-hidden="true" /> {t.insight.certainty[kind]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {members.map(({ member, certainty }) => (
            <tr key={member}>
              <th scope="row">
                <span className="row">
                  <Glyph place={member} size={12} />
                  <bdi className="ellipsis">{names.get(member)?.name}</bdi>
                </span>
                <span className="sure-bar" aria-hidden="true">
                  {kinds.map((kind) => (
                    <span key={kind} className={`sure-${kind}`} style={{ flexGrow: certainty[kind] }} />
                  ))}
                </span>
              </th>
              {kinds.map((kind) => (
                <td key={kind} className="number">
                  {number(certainty[kind])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
