import { memo, useEffect, useRef } from "react";
import { useSearchParams } from "wouter";
import type { Member } from "../api/types";
import { Glyph } from "../common/glyph";
import { ReplyFoot, ReplyText, useShownReply } from "../common/reply";
import { messageIn, useEnd } from "../common/use-end";
import { useWords } from "../i18n/language";
import type { Named } from "./claims";
import { Verdict } from "./verdict";

type Props = { consultation: string; members: Member[]; names: ReadonlyMap<number, Named>; run_id: string | null };

/** The answers side by side. */
export function Answers({ consultation, members, names, run_id }: Props) {
  const { t } = useWords();
  const frame = useRef<HTMLDivElement>(null);
  const [query] = useSearchParams();
  const wanted = query.get("message");
  useEffect(() => {
    const found = wanted !== null && frame.current ? messageIn(frame.current, wanted) : null;
    if (!found) return;
    found.dataset.named = "";
    found.scrollIntoView({ block: "center", inline: "center" });
  }, [wanted]);
  return (
    <div className="answers" ref={frame} tabIndex={0} role="group" aria-label={t.council.answers}>
      {members.map((member) => (
        <AnswerCard key={member.message_id} consultation={consultation} member={member} named={names.get(member.position)} run_id={run_id} />
      ))}
    </div>
  );
}

type CardProps = { consultation: string; member: Member; named: Named | undefined; run_id: string | null };

const AnswerCard = memo(function AnswerCard({ consultation, member, named, run_id }: CardProps) {
  const { t, fill } = useWords();
  const reply = useShownReply(member, member.message_id, run_id);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  useEnd(scroller, content, reply.open);
  const name = named?.name ?? member.label;
  return (
    <article
      className="card answer"
      id={`answer-${member.position}`}
      data-message={member.message_id}
      aria-label={fill(t.council.answerOf, { name })}
      aria-busy={reply.open}
    >
      <header className="answer-head">
        <Glyph place={member.position} />
        <h3 className="ellipsis grow">
          <bdi>{name}</bdi>
        </h3>
        {member.kind === "pasted" && <span className="chip">{t.council.pasted}</span>}
        {member.demo && (
          <span className="chip warn" title={t.model.demoHint}>
            {t.model.demo}
          </span>
        )}
      </header>
      <div className="answer-scroll" ref={scroller} tabIndex={0} role="group" aria-label={fill(t.council.answerOf, { name })}>
        <div ref={content}>
          <ReplyText reply={reply} />
        </div>
      </div>
      <ReplyFoot
        reply={reply}
        message_id={member.message_id}
        run_id={run_id}
        stopLabel={fill(t.council.stopMember, { name })}
        copyLabel={fill(t.council.copyAnswer, { name })}
      />
      {!reply.open && member.text !== "" && <Verdict consultation={consultation} member={member} name={name} />}
    </article>
  );
});
