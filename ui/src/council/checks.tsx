import type { FailedCheck, Member } from "../api/types";
import { Glyph } from "../common/glyph";
import { useWords } from "../i18n/language";
import { ClaimLink } from "./claim-link";
import type { Named } from "./claims";
import { weekdayName, wordsAt } from "./insight";
import { CheckMark } from "./marks";
import { Quotation } from "./quotation";

/** What would hold instead, in words; the server's own where this page has none. */
export function useHolds(): (check: Pick<FailedCheck, "kind" | "expected">) => string {
  const { t, fill, locale } = useWords();
  return ({ kind, expected }) => {
    const sentence = t.insight.holds[kind];
    return sentence === undefined ? expected : fill(sentence, { expected: kind === "weekday" ? weekdayName(expected, locale) : expected });
  };
}

/** One failed check below the words it is about: which of them, and what would hold. */
export function CheckLine({ check, answer }: { check: FailedCheck; answer: string }) {
  const holds = useHolds();
  return (
    <p className="check-line small">
      <CheckMark kind={check.kind} /> <bdi className="struck">{wordsAt(answer, check.span)}</bdi> <bdi>{holds(check)}</bdi>
    </p>
  );
}

type Props = { checks: FailedCheck[]; members: Member[]; names: ReadonlyMap<number, Named> };

/** Everything that was checked and does not hold, where the answers say it. */
export function FailedChecks({ checks, members, names }: Props) {
  const { t } = useWords();
  const holds = useHolds();
  const texts = new Map(members.map((member) => [member.position, member.text]));
  return (
    <ul className="cards">
      {checks.map((check) => (
        <li key={`${check.member}-${check.span.start}-${check.kind}-${check.expected}`} className="card contradiction check-card">
          <p className="evidence-head">
            <CheckMark kind={check.kind} />
            <span className="row">
              <Glyph place={check.member} size={12} />
              <bdi className="ellipsis">{names.get(check.member)?.name}</bdi>
            </span>
            {check.claim === null ? (
              <a href={`#answer-${check.member}`}>{t.analysis.inFull}</a>
            ) : (
              <ClaimLink id={check.claim} />
            )}
          </p>
          <Quotation answer={texts.get(check.member) ?? ""} span={check.span} marks={[check.span]} />
          <p className="small">
            <bdi>{holds(check)}</bdi>
          </p>
        </li>
      ))}
    </ul>
  );
}
