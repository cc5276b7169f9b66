import { Square, TriangleAlert } from "lucide-react";
import { memo, useRef } from "react";
import { cancelRun } from "../api/queries";
import type { Member } from "../api/types";
import { CallFacts } from "../common/call-facts";
import { CopyButton } from "../common/copy-button";
import { Glyph } from "../common/glyph";
import { IconButton } from "../common/icon-button";
import { useEnd } from "../common/use-end";
import { useWords } from "../i18n/language";
import { useReply } from "../live/live";
import { Markdown } from "../markdown/lazy";
import type { Named } from "./claims";

type Props = { members: Member[]; names: ReadonlyMap<number, Named>; run_id: string | null };

/** The answers side by side. */
export function Answers({ members, names, run_id }: Props) {
  const { t } = useWords();
  return (
    <div className="answers" tabIndex={0} role="group" aria-label={t.council.answers}>
      {members.map((member) => (
        <AnswerCard key={member.message_id} member={member} named={names.get(member.position)} run_id={run_id} />
      ))}
    </div>
  );
}

type CardProps = { member: Member; named: Named | undefined; run_id: string | null };

const AnswerCard = memo(function AnswerCard({ member, named, run_id }: CardProps) {
  const words = useWords();
  const { t, fill } = words;
  const isOpen = member.state === "streaming" || member.state === "waiting";
  const live = useReply(isOpen ? run_id : null, member.message_id);
  const { state, text, reasoning, error, call } = live && live.text.length >= member.text.length ? live : member;
  const open = state === "streaming" || state === "waiting";
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  useEnd(scroller, content, open);
  const name = named?.name ?? member.label;
  return (
    <article className="card answer" id={`answer-${member.position}`} aria-label={fill(t.council.answerOf, { name })} aria-busy={open}>
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
        {state !== "complete" && (
          <span className={`chip ${state === "failed" ? "bad" : open ? "" : "warn"}`}>{t.reply[state]}</span>
        )}
        {open && run_id && (
          <IconButton
            icon={Square}
            className="quiet"
            label={fill(t.council.stopMember, { name })}
            onClick={() => void cancelRun(run_id, member.message_id)}
          />
        )}
        {!open && text !== "" && <CopyButton label={fill(t.council.copyAnswer, { name })} text={text} />}
      </header>
      <div className="answer-scroll" ref={scroller} tabIndex={0} role="group" aria-label={fill(t.council.answerOf, { name })}>
        <div ref={content}>
          {reasoning && (
            <details className="reasoning">
              <summary>{t.chat.reasoning}</summary>
              <p dir="auto">{reasoning}</p>
            </details>
          )}
          {text !== "" && <Markdown text={text} streaming={open} />}
          {open && text === "" && (
            <p className="muted small waiting">
              <span className="spinner" aria-hidden /> {t.council.waiting}
            </p>
          )}
          {error && (
            <div className="notice bad">
              <TriangleAlert size={16} aria-hidden />
              <div className="grow">
                <p dir="auto">{words.notice(error)}</p>
                {words.hint(error) && (
                  <p className="muted" dir="auto">
                    {t.common.hint} {words.hint(error)}
                  </p>
                )}
              </div>
            </div>
          )}
        </div>
      </div>
      {call && (
        <footer className="answer-foot">
          <CallFacts call={call} />
        </footer>
      )}
    </article>
  );
});
