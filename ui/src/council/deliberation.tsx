import { RotateCcw } from "lucide-react";
import { Fragment, useState } from "react";
import { Link } from "wouter";
import { answer, noticeOf, server } from "../api/client";
import { once } from "../api/once";
import { followCouncil, keys, queryClient } from "../api/queries";
import type { Consultation, Deliberation, Notice, Synthesis } from "../api/types";
import { Defined } from "../common/defined";
import { Glyph } from "../common/glyph";
import { ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { ClaimLink } from "./claim-link";
import type { Named } from "./claims";
import { Part } from "./measured";

type Names = ReadonlyMap<number, Named>;

/** The judges' order of the answers, and who could not judge. */
export function Reviews({ deliberation, names }: { deliberation: Deliberation; names: Names }) {
  const { t, fill, score, list } = useWords();
  const { reviews, tally, ranking, dropped_judges: dropped } = deliberation;
  if (reviews.length === 0 && dropped.length === 0) return null;
  const nameOf = (member: number) => names.get(member)?.name ?? "";
  const fatal = reviews.filter(({ fatal_error }) => fatal_error !== null);
  return (
    <Part title={t.deliberation.reviews} hint={t.deliberation.reviewsHint}>
      {tally && (
        <div className="ranking-frame">
          <table className="ranking">
            <thead>
              <tr>
                <th scope="col">{t.deliberation.place}</th>
                <th scope="col">{t.deliberation.answerOf}</th>
                <th scope="col">
                  {t.deliberation.score}
                  <Defined name={t.deliberation.score} text={t.deliberation.scoreDefinition} />
                </th>
                <th scope="col">
                  {t.deliberation.borda}
                  <Defined name={t.deliberation.borda} text={t.deliberation.bordaDefinition} />
                </th>
              </tr>
            </thead>
            <tbody>
              {tally.order.map((member, place) => (
                <tr key={member}>
                  <td className="number">{place + 1}</td>
                  <th scope="row">
                    <Glyph place={member} size={12} /> <bdi>{nameOf(member)}</bdi>
                  </th>
                  <td className="number">
                    <bdi dir="ltr">{signed(tally.scores[member], score)}</bdi>
                  </td>
                  <td className="number">{tally.borda[member] == null ? "–" : score(tally.borda[member])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ul className="review-facts small">
        {tally?.tied && <li>{t.deliberation.tied}</li>}
        {tally?.methods_disagree && <li>{t.deliberation.methodsDisagree}</li>}
        {ranking && <li>{fill(t.deliberation.rankAgreement, { value: score(ranking.value), method: t.deliberation.methods[ranking.method] })}</li>}
        {fatal.map(({ judge, reviewed, fatal_error }) => (
          <li key={`${judge}-${reviewed}`} className="bad">
            {fill(t.deliberation.fatal, { judge: nameOf(judge), reviewed: nameOf(reviewed) })}{" "}
            <q dir={directionOf(fatal_error ?? "") ?? undefined}>{fatal_error}</q>
          </li>
        ))}
        {reviews.length > 0 && (
          <li>
            <Link href="/dashboard/record">{t.record.fromReviews}</Link>
          </li>
        )}
        {dropped.length > 0 && <li className="warn">{fill(t.deliberation.dropped, { names: list(dropped.map(({ judge }) => nameOf(judge))) })}</li>}
      </ul>
    </Part>
  );
}

/** A number with its sign, since it counts from the mean. */
function signed(value: number | null | undefined, score: (value: number) => string): string {
  if (value == null) return "–";
  return value > 0 ? `+${score(value)}` : score(value);
}

/** What members stood against each other on, and what they did when they were shown it. */
export function SecondRound({ deliberation, names }: { deliberation: Deliberation; names: Names }) {
  const { t, list } = useWords();
  const { gate, contested } = deliberation;
  if (gate === null) return null;
  const reasons = list(gate.reasons.map((reason) => t.deliberation.reasons[reason]));
  return (
    <Part title={t.deliberation.secondRound} hint={`${gate.opens ? t.deliberation.held : t.deliberation.notHeld} ${reasons}`}>
      {contested.length > 0 && (
        <ul className="cards">
          {contested.map((claim) => (
            <ContestedCard key={claim.claim} claim={claim} deliberation={deliberation} names={names} />
          ))}
        </ul>
      )}
    </Part>
  );
}

type ContestedProps = { claim: Deliberation["contested"][number]; deliberation: Deliberation; names: Names };

function ContestedCard({ claim, deliberation, names }: ContestedProps) {
  const { t, fill, score } = useWords();
  return (
    <li className="card contested">
      <p className="row wrap">
        <ClaimLink id={claim.claim} />
        {claim.settled !== null && <span className="muted small number">{fill(t.deliberation.settled, { value: score(claim.settled) })}</span>}
      </p>
      <ul className="contested-sides">
        {claim.sides.map((side) => {
          const revision = deliberation.revisions.find((each) => each.claim === claim.claim && each.member === side.member);
          return (
            <li key={side.member}>
              <p className="evidence-head">
                <Glyph place={side.member} size={12} /> <bdi>{names.get(side.member)?.name}</bdi>
                {revision && <span className="chip">{t.deliberation.decisions[revision.decision]}</span>}
                {revision?.conformity && (
                  <span className="chip warn">
                    {t.deliberation.conformity}
                    <Defined name={t.deliberation.conformity} text={t.deliberation.conformityDefinition} />
                  </span>
                )}
              </p>
              <blockquote dir={directionOf(side.words) ?? undefined}>{side.words}</blockquote>
              {revision?.revised && <blockquote dir={directionOf(revision.revised) ?? undefined}>→ {revision.revised}</blockquote>}
              {revision && revision.evidence.trim() !== "" && (
                <p className="muted small" dir={directionOf(revision.evidence) ?? undefined}>
                  {revision.evidence}
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </li>
  );
}

type ConclusionProps = { consultation: Consultation; syntheses: Synthesis[]; running: boolean };

/** The written conclusion, every version of it, and the way to another one. */
export function Conclusion({ consultation, syntheses, running }: ConclusionProps) {
  const { t, fill } = useWords();
  const [chosen, setChosen] = useState<number | null>(null);
  const [problem, setProblem] = useState<Notice | null>(null);
  const { id, status, analysis } = consultation;
  const shown = syntheses.find(({ version }) => version === chosen) ?? syntheses.at(-1);
  const canWrite = !running && analysis !== null && consultation.members.length > 1;
  if (!shown && !canWrite) return null;
  const write = async () => {
    setProblem(null);
    setChosen(null);
    try {
      await writeAnother(id, syntheses.length);
    } catch (error) {
      setProblem(noticeOf(error));
    }
  };
  const title = status === "degraded" ? t.deliberation.synthesisDegraded : t.deliberation.synthesis;
  return (
    <Part title={title} hint={shown ? undefined : t.deliberation.synthesisNone}>
      <div className="row wrap synthesis-tools">
        {shown && (
          <p className="muted small grow">
            {shown.editor === null ? t.deliberation.extractive : fill(t.deliberation.writtenBy, { editor: shown.editor })}
          </p>
        )}
        {syntheses.length > 1 && (
          <select
            className="input"
            aria-label={t.deliberation.versionPick}
            value={shown?.version}
            onChange={(event) => setChosen(Number(event.target.value))}
          >
            {syntheses.map(({ version }) => (
              <option key={version} value={version}>
                {fill(t.deliberation.version, { n: String(version) })}
              </option>
            ))}
          </select>
        )}
        {canWrite && (
          <button type="button" className="button" onClick={() => void write()}>
            <RotateCcw size={14} aria-hidden className="flip" /> {shown ? t.deliberation.again : t.deliberation.write}
          </button>
        )}
      </div>
      {problem && <ProblemNotice notice={problem} />}
      {shown && <Sections synthesis={shown} />}
    </Part>
  );
}

async function writeAnother(id: string, versions: number): Promise<void> {
  const { run_id } = await once(`synthesis ${id} ${versions}`, (key) =>
    answer(
      server.POST("/api/v1/consultations/{id}/synthesis", {
        params: { path: { id }, header: { "Idempotency-Key": key } },
        body: {},
      }),
    ),
  );
  followCouncil(run_id, id);
  await queryClient.invalidateQueries({ queryKey: keys.consultation(id) });
}

function Sections({ synthesis }: { synthesis: Synthesis }) {
  const { t } = useWords();
  return (
    <div className="card synthesis">
      {synthesis.sections.map(({ part, sentences }) => (
        <section key={part}>
          <h3>{t.deliberation.parts[part]}</h3>
          <ul>
            {sentences.map(({ text, cites, support }, index) => (
              <li key={index} dir={directionOf(text) ?? undefined}>
                {text} <Cites cites={cites} />
                {support !== "supported" && (
                  <span className={`chip ${support === "unsupported" ? "warn" : ""}`}>{t.deliberation.support[support]}</span>
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** What a sentence rests on: `A1` leads to that answer, `C1` to that claim. */
function Cites({ cites }: { cites: string[] }) {
  return (
    <span className="cites tiny number">
      {cites.map((cite) => {
        const answer = /^A(\d+)$/.exec(cite)?.[1];
        return (
          <Fragment key={cite}>
            [{answer === undefined ? <ClaimLink id={cite}>{cite}</ClaimLink> : <a href={`#answer-${Number(answer) - 1}`}>{cite}</a>}]
          </Fragment>
        );
      })}
    </span>
  );
}

/** Stages that were meant to be held and were not. */
export function SkippedStages({ deliberation }: { deliberation: Deliberation }) {
  const { t, fill } = useWords();
  if (deliberation.skipped.length === 0) return null;
  return (
    <div className="notice warn">
      <ul>
        {deliberation.skipped.map(({ stage, why }, index) => (
          <li key={index}>{fill(t.deliberation.skipped[why], { stage: t.deliberation.stages[stage] })}</li>
        ))}
      </ul>
    </div>
  );
}
