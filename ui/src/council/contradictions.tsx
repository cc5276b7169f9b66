import type { Contradiction, ContradictionSide, Member } from "../api/types";
import { Glyph } from "../common/glyph";
import { useWords } from "../i18n/language";
import type { Named } from "./claims";
import { Quotation } from "./quotation";

type Props = {
  contradictions: Contradiction[] | null;
  members: Member[];
  names: ReadonlyMap<number, Named>;
};

/** Two statements that cannot both be true, with the words that differ marked. */
export function Contradictions({ contradictions, members, names }: Props) {
  const { t } = useWords();
  if (contradictions === null) return <p className="muted">{t.analysis.contradictionsNotMeasured}</p>;
  if (contradictions.length === 0) return <p className="muted">{t.analysis.contradictionsNone}</p>;
  const texts = new Map(members.map((member) => [member.position, member.text]));
  return (
    <ul className="cards">
      {contradictions.map((each, index) => (
        <li key={`${each.claim}-${index}`} className="card contradiction">
          <p className="chip bad">{t.analysis.kind[each.evidence] ?? each.evidence}</p>
          <div className="sides">
            <Side side={each.first} texts={texts} names={names} />
            <Side side={each.second} texts={texts} names={names} />
          </div>
        </li>
      ))}
    </ul>
  );
}

type SideProps = { side: ContradictionSide; texts: ReadonlyMap<number, string>; names: Props["names"] };

function Side({ side, texts, names }: SideProps) {
  const { t, fill } = useWords();
  const name = names.get(side.member)?.name ?? "";
  return (
    <div>
      <p className="evidence-head">
        <Glyph place={side.member} size={12} />
        <span>{fill(t.analysis.says, { name })}</span>
      </p>
      <Quotation
        answer={texts.get(side.member) ?? ""}
        span={side.quote.span}
        marks={side.marks.length > 0 ? side.marks : [side.quote.span]}
      />
    </div>
  );
}
