import type { JudgeRecord } from "../api/types";
import { useWords } from "../i18n/language";
import { shadeOf } from "./places";
import { Head, ModelCell, Section, type Places } from "./record-parts";

/** So many points of ten are as strong a lean as the shade can show. */
const fullPoints = 3;

/** Judge by lean: a heat map that is a table of its numbers. */
export function Judges({ judges, places }: { judges: JudgeRecord[]; places: Places }) {
  const { t, number } = useWords();
  return (
    <Section title={t.record.judges} hint={t.record.judgesHint} none={judges.length === 0 ? t.record.judgesNone : null}>
      <div className="card table-frame" tabIndex={0} role="group" aria-label={t.record.judges}>
        <table className="cost-table heat">
          <thead>
            <tr>
              <Head name={t.record.judge} end={false} />
              <Head name={t.record.first} text={t.record.firstDefinition} />
              <Head name={t.record.length} text={t.record.lengthDefinition} />
              <Head name={t.record.own} text={t.record.ownDefinition} />
              <Head name={t.record.marks} text={t.record.marksDefinition} />
            </tr>
          </thead>
          <tbody>
            {judges.map(({ model, first_bias, length_bias, own_family_bias, marks }) => (
              <tr key={model}>
                <th scope="row">
                  <ModelCell model={model} places={places} />
                </th>
                <LeanCell value={first_bias} full={fullPoints} />
                <LeanCell value={length_bias} full={1} />
                <LeanCell value={own_family_bias} full={fullPoints} />
                <td className="end number">{number(marks)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** A lean with its sign; a dash where there is too little to say, which is not the same as no lean. */
function LeanCell({ value, full }: { value: number | null; full: number }) {
  const { t, score } = useWords();
  if (value === null) {
    return (
      <td className="end muted" title={t.record.tooLittle}>
        –<span className="hidden-text">{t.record.tooLittle}</span>
      </td>
    );
  }
  const side = value < 0 ? "below" : "above";
  return (
    <td className={`end number lean ${side}`} style={{ "--share": shadeOf(value, full) } as React.CSSProperties}>
      <bdi dir="ltr">{value > 0 ? `+${score(value)}` : score(value)}</bdi>
    </td>
  );
}
