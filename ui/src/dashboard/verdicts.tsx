import type { ModelRecord } from "../api/types";
import { useWords } from "../i18n/language";
import { axisOf, byStrength, placeOn, type Axis } from "./places";
import { Head, ModelCell, Section, type Places } from "./record-parts";

/** Who was right how often, and how far that tells models apart. */
export function Verdicts({ models, places }: { models: ModelRecord[]; places: Places }) {
  const { t } = useWords();
  const sorted = byStrength(models);
  return (
    <Section title={t.record.members} hint={t.record.membersHint} none={models.length === 0 ? t.record.membersNone : null}>
      <Picture models={sorted} places={places} />
      <Table models={sorted} places={places} />
    </Section>
  );
}

const percent = (share: number) => `${100 * share}%`;

/** Bars of verdicts beside intervals of strength. The table has the same figures, so nothing here is read out. */
function Picture({ models, places }: { models: ModelRecord[]; places: Places }) {
  const { t, score } = useWords();
  const most = Math.max(...models.map(({ right, wrong }) => right + wrong));
  const axis = axisOf(models);
  return (
    <figure className="card record-picture" aria-hidden="true">
      <figcaption className="muted tiny">
        <span>
          <i className="key right" /> {t.record.right} <i className="key wrong" /> {t.record.wrong}
        </span>
        {axis && <span>{t.record.strength}</span>}
      </figcaption>
      {models.map(({ model, right, wrong, strength }) => (
        <div key={model} className="record-row small">
          <ModelCell model={model} places={places} />
          <span className="verdict-bar" title={`${right} / ${wrong}`}>
            <span className="right" style={{ inlineSize: percent(right / most) }} />
            <span className="wrong" style={{ inlineSize: percent(wrong / most) }} />
          </span>
          {axis && <Interval axis={axis} strength={strength} />}
        </div>
      ))}
      {axis && (
        <div className="record-row muted tiny number">
          <span className="interval-ends" dir="ltr">
            <span>{score(axis.low)}</span>
            <span>{score(axis.high)}</span>
          </span>
        </div>
      )}
    </figure>
  );
}

/** From left to right in every language, as axes are. */
function Interval({ axis, strength }: { axis: Axis; strength: ModelRecord["strength"] }) {
  return (
    <span className="interval" dir="ltr">
      <span className="interval-zero" style={{ insetInlineStart: percent(placeOn(axis, 0)) }} />
      {strength && (
        <>
          <span
            className="interval-range"
            style={{ insetInlineStart: percent(placeOn(axis, strength.low)), inlineSize: percent(placeOn(axis, strength.high) - placeOn(axis, strength.low)) }}
          />
          <span className="interval-dot" style={{ insetInlineStart: percent(placeOn(axis, strength.value)) }} />
        </>
      )}
    </span>
  );
}

function Table({ models, places }: { models: ModelRecord[]; places: Places }) {
  const { t, number, score, fill } = useWords();
  return (
    <div className="card table-frame" tabIndex={0} role="group" aria-label={t.record.members}>
      <table className="cost-table">
        <thead>
          <tr>
            <Head name={t.record.model} end={false} />
            <Head name={t.record.right} />
            <Head name={t.record.wrong} />
            <Head name={t.record.strength} text={t.record.strengthDefinition} />
          </tr>
        </thead>
        <tbody>
          {models.map(({ model, right, wrong, strength, enough }) => (
            <tr key={model}>
              <th scope="row">
                <ModelCell model={model} places={places} />
                {!enough && (
                  <span className="chip warn" title={t.record.fewHint}>
                    {t.record.few}
                  </span>
                )}
              </th>
              <td className="end number">{number(right)}</td>
              <td className="end number">{number(wrong)}</td>
              <td className="end number">
                {strength === null ? (
                  "–"
                ) : (
                  <>
                    <bdi dir="ltr">{score(strength.value)}</bdi>
                    <span className="muted tiny model-note">
                      {fill(t.record.interval, { low: `\u2066${score(strength.low)}\u2069`, high: `\u2066${score(strength.high)}\u2069` })}
                    </span>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
