import type { ClaimRow, FailedCheck, Member } from "../api/types";
import { Defined } from "../common/defined";
import { Glyph } from "../common/glyph";
import { useWords } from "../i18n/language";
import { CheckLine } from "./checks";
import type { Named } from "./claims";
import { CertaintyMark } from "./marks";
import { Quotation } from "./quotation";
import { StanceSign, useStanceName } from "./stance-sign";

type Props = { row: ClaimRow; certainty: "hedged" | "categorical" | null; checks: FailedCheck[]; members: Member[]; names: ReadonlyMap<number, Named> };

/** Where every member speaks to one claim, in its own words. */
export function Evidence({ row, certainty, checks, members, names }: Props) {
  const { t, fill, list } = useWords();
  const nameOf = useStanceName();
  const texts = new Map(members.map((member) => [member.position, member.text]));
  const speaking = row.stances.filter(({ quotes }) => quotes.length > 0);
  const silent = row.stances.filter(({ stance }) => stance === "silent").map(({ member }) => names.get(member)?.name ?? "");
  return (
    <div className="evidence">
      <ul className="evidence-list">
        {speaking.map(({ member, stance, quotes }) => (
          <li key={member}>
            <p className="evidence-head">
              <Glyph place={member} size={12} />
              <bdi className="ellipsis">{names.get(member)?.name}</bdi>
              <a href={`#answer-${member}`} className="tiny">
                {t.analysis.inFull}
              </a>
            </p>
            <p className="evidence-head">
              <span className="evidence-stance">
                <StanceSign stance={stance} /> {nameOf(stance)}
              </span>
              {/* The certainty of a claim is that of the words that stand for it. */}
              {certainty && member === row.member && (
                <>
                  <CertaintyMark certainty={certainty} />
                  <Defined name={t.insight.certainty[certainty]} text={t.insight.sureDefinition} />
                </>
              )}
            </p>
            {quotes.map((quote) => (
              <Quotation
                key={`${quote.span.start}`}
                answer={texts.get(member) ?? ""}
                span={quote.span}
                marks={[quote.span]}
              />
            ))}
            {checks
              .filter((check) => check.member === member)
              .map((check) => (
                <CheckLine key={`${check.kind}-${check.span.start}`} check={check} answer={texts.get(member) ?? ""} />
              ))}
          </li>
        ))}
      </ul>
      {silent.length > 0 && <p className="muted small">{fill(t.analysis.silentMembers, { names: list(silent) })}</p>}
    </div>
  );
}
