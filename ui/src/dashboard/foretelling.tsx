import type { JudgeRecord } from "../api/types";
import { useWords } from "../i18n/language";
import { byBrier } from "./places";
import { Head, ModelCell, Section, type Places } from "./record-parts";

type Props = { judges: JudgeRecord[]; places: Places };

/** Whose marks foretell the person's verdicts: a plot of each judge's classes, and the figures. */
export function Foretelling({ judges, places }: Props) {
  const { t } = useWords();
  const known = byBrier(judges);
  return (
    <Section title={t.record.foretell} hint={t.record.foretellHint} none={known.length === 0 ? t.record.foretellNone : null}>
      <ul className="calibrations" aria-hidden="true">
        {known.map(({ model, calibration }) => (
          <li key={model} className="card small">
            <ModelCell model={model} places={places} />
            <Calibration model={model} bins={calibration} />
          </li>
        ))}
      </ul>
      <BrierTable judges={known} places={places} />
      <Classes judges={known} places={places} />
    </Section>
  );
}

const side = 100;

/** What it said from left to right against what came true from below; on the diagonal both are the same. */
function Calibration({ model, bins }: { model: string; bins: JudgeRecord["calibration"] }) {
  const { t, score, number, fill } = useWords();
  return (
    <figure className="calibration" dir="ltr">
      <svg viewBox={`-12 -12 ${side + 24} ${side + 24}`}>
        <rect width={side} height={side} className="plot-frame" />
        <path d={`M0 ${side} ${side} 0`} className="plot-line" />
        {bins.map(({ said, came_true, count }) => (
          <circle key={said} cx={side * said} cy={side * (1 - came_true)} r={Math.min(11, 3 + 1.5 * Math.sqrt(count))} className="plot-dot">
            <title>{fill(t.record.calibration, { model, said: score(said), came: score(came_true), n: number(count) })}</title>
          </circle>
        ))}
      </svg>
      <figcaption className="muted tiny">
        → <bdi>{t.record.said}</bdi> · ↑ <bdi>{t.record.came}</bdi>
      </figcaption>
    </figure>
  );
}

type KnownProps = { judges: ReturnType<typeof byBrier>; places: Places };

function BrierTable({ judges, places }: KnownProps) {
  const { t, number, score } = useWords();
  return (
    <div className="card table-frame" tabIndex={0} role="group" aria-label={t.record.foretell}>
      <table className="cost-table">
        <thead>
          <tr>
            <Head name={t.record.judge} end={false} />
            <Head name={t.record.brier} text={t.record.brierDefinition} />
            <Head name={t.record.forecasts} text={t.record.forecastsDefinition} />
          </tr>
        </thead>
        <tbody>
          {judges.map(({ model, brier, forecasts }) => (
            <tr key={model}>
              <th scope="row">
                <ModelCell model={model} places={places} />
              </th>
              <td className="end number">{score(brier)}</td>
              <td className="end number">{number(forecasts)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The figures of the plots. */
function Classes({ judges, places }: KnownProps) {
  const { t, number, score } = useWords();
  return (
    <details className="small">
      <summary className="muted">{t.record.classes}</summary>
      <div className="card table-frame" tabIndex={0} role="group" aria-label={t.record.classes}>
        <table className="cost-table">
          <thead>
            <tr>
              <Head name={t.record.judge} end={false} />
              <Head name={t.record.said} />
              <Head name={t.record.came} />
              <Head name={t.record.count} />
            </tr>
          </thead>
          <tbody>
            {judges.flatMap(({ model, calibration }) =>
              calibration.map(({ said, came_true, count }) => (
                <tr key={`${model} ${said}`}>
                  <th scope="row">
                    <ModelCell model={model} places={places} />
                  </th>
                  <td className="end number">{score(said)}</td>
                  <td className="end number">{score(came_true)}</td>
                  <td className="end number">{number(count)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </details>
  );
}
