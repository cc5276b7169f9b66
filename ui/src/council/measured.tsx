import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import type { Analysis, Member } from "../api/types";
import { Defined } from "../common/defined";
import { Glyph } from "../common/glyph";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { FailedChecks } from "./checks";
import { ClaimLink } from "./claim-link";
import { isReadable, type Named } from "./claims";
import { Contradictions } from "./contradictions";
import { ClaimGrid } from "./grid";
import { knowsCertainty } from "./insight";
import { Matrix } from "./matrix";
import { Sureness } from "./sureness";
import { Keywords, Topics } from "./topics";

type Props = { analysis: Analysis; members: Member[]; names: ReadonlyMap<number, Named> };

/** Everything that was measured: counts and measures, no judgement. */
export function Measured({ analysis, members, names }: Props) {
  const { t, fill, number, score } = useWords();
  if (!isReadable(analysis)) return <p className="notice warn">{t.analysis.unreadable}</p>;
  const counted = analysis.members.filter(({ apart }) => !apart).length;
  if (counted < 2) return <p className="notice">{t.analysis.notEnough}</p>;
  const seated = members.filter(({ position }) => analysis.members.some(({ member }) => member === position));
  const orUnknown = (value: number | null) => (value === null ? t.analysis.notMeasured : score(value));
  return (
    <div className="measured">
      <dl className="figures">
        <Figure name={t.analysis.agreement} text={t.analysis.agreementDefinition} value={orUnknown(analysis.agreement)} />
        <Figure name={t.analysis.coverage} text={t.analysis.coverageDefinition} value={orUnknown(analysis.coverage)} />
        <Figure name={t.analysis.claims} text={t.analysis.claimsDefinition} value={number(analysis.claims.length)} />
        <Figure
          name={t.analysis.contradictions}
          text={t.analysis.contradictionsDefinition}
          value={analysis.contradictions === null ? t.analysis.notMeasured : number(analysis.contradictions.length)}
          tone={analysis.contradictions && analysis.contradictions.length > 0 ? "bad" : undefined}
        />
        {/* Without any there is no figure: measurements of earlier versions checked nothing. */}
        {analysis.failed_checks.length > 0 && (
          <Figure name={t.insight.checks} text={t.insight.checksDefinition} value={number(analysis.failed_checks.length)} tone="bad" />
        )}
      </dl>
      <Part id="claims" title={t.analysis.grid} hint={t.analysis.gridHint}>
        <ClaimGrid analysis={analysis} members={seated} names={names} />
      </Part>
      {analysis.failed_checks.length > 0 && (
        <Part title={t.insight.checks} hint={t.insight.checksHint}>
          <FailedChecks checks={analysis.failed_checks} members={members} names={names} />
        </Part>
      )}
      <Part title={t.analysis.contradictions}>
        <Contradictions contradictions={analysis.contradictions} members={members} names={names} />
      </Part>
      <div className="two-parts">
        <Part title={t.analysis.onlyOne} hint={t.analysis.onlyOneHint}>
          <OnlyOne analysis={analysis} names={names} />
        </Part>
        <Part title={t.analysis.matrix}>
          <Matrix analysis={analysis} members={seated} names={names} />
        </Part>
      </div>
      {(analysis.topics.length > 0 || analysis.keywords.length > 0) && (
        <Part title={t.insight.topics} hint={analysis.topics.length > 0 ? t.insight.topicsHint : undefined}>
          {analysis.topics.length > 0 && <Topics analysis={analysis} members={seated} names={names} />}
          {analysis.keywords.length > 0 && <Keywords analysis={analysis} />}
        </Part>
      )}
      {knowsCertainty(analysis) && analysis.claims.length > 0 && (
        <Part title={t.insight.sure} hint={t.insight.sureHint} definition={t.insight.sureDefinition}>
          <Sureness analysis={analysis} names={names} />
        </Part>
      )}
      <details className="small muted method">
        <summary>{fill(t.analysis.method, { method: analysis.method, engine: analysis.engine })}</summary>
        {analysis.limits.length > 0 && (
          <>
            <p>{t.analysis.limitsTitle}</p>
            <ul>
              {analysis.limits.map((limit) => (
                <li key={limit}>{t.analysis.limits[limit] ?? limit}</li>
              ))}
            </ul>
          </>
        )}
      </details>
    </div>
  );
}

type PartProps = { id?: string; title: string; hint?: string | undefined; definition?: string; children: ReactNode };

export function Part({ id, title, hint, definition, children }: PartProps) {
  return (
    <section className="part" id={id}>
      {definition === undefined ? (
        <h2>{title}</h2>
      ) : (
        <div className="row">
          <h2>{title}</h2>
          <Defined name={title} text={definition} />
        </div>
      )}
      {hint && <p className="muted small">{hint}</p>}
      {children}
    </section>
  );
}

type FigureProps = { name: string; text: string; value: string; tone?: "bad" | undefined };

function Figure({ name, text, value, tone }: FigureProps) {
  return (
    <div className="figure">
      <dt>
        {name}
        <Defined name={name} text={text} />
      </dt>
      <dd className={`number ${tone ?? ""}`}>{value}</dd>
    </div>
  );
}

/** More than these stay folded under their member's name. */
const openAtOnce = 12;

function OnlyOne({ analysis, names }: { analysis: Analysis; names: Props["names"] }) {
  const { t, number } = useWords();
  const rows = new Map(analysis.claims.map((row) => [row.id, row]));
  if (analysis.unique.length === 0) return <p className="muted">{t.analysis.onlyOneNone}</p>;
  const byMember = Map.groupBy(analysis.unique, ({ member }) => member);
  return (
    <div className="only-one">
      {[...byMember].map(([member, claims]) => (
        <details key={member} open={analysis.unique.length <= openAtOnce}>
          <summary>
            <ChevronRight size={14} aria-hidden className="turn" />
            <Glyph place={member} size={12} /> <bdi className="grow ellipsis">{names.get(member)?.name}</bdi>
            <span className="number muted">{number(claims.length)}</span>
          </summary>
          <ul>
            {claims.map(({ claim }) => {
              const text = rows.get(claim)?.text ?? claim;
              return (
                <li key={claim} dir={directionOf(text) ?? undefined}>
                  <ClaimLink id={claim}>{text}</ClaimLink>
                </li>
              );
            })}
          </ul>
        </details>
      ))}
    </div>
  );
}
