import { Square } from "lucide-react";
import type { ReactNode } from "react";
import { cancelRun } from "../api/queries";
import type { Call, MessageState, Notice } from "../api/types";
import { useWords } from "../i18n/language";
import { useReply } from "../live/live";
import { directionOf } from "../markdown/direction";
import { Markdown } from "../markdown/lazy";
import { CallFacts } from "./call-facts";
import { CopyButton } from "./copy-button";
import { IconButton } from "./icon-button";
import { ProblemNotice } from "./problem";

/** What one model answered, as far as it has come. */
export type Reply = {
  state: MessageState | "waiting";
  text: string;
  reasoning: string | null;
  error: Notice | null;
  call: Call | null;
};
export type ShownReply = Reply & { open: boolean };

const isOpen = (state: Reply["state"]) => state === "waiting" || state === "streaming";

/** The reply as it stands: the live text while it is written, the stored one after. */
export function useShownReply(stored: Reply, message_id: string, run_id: string | null): ShownReply {
  const live = useReply(isOpen(stored.state) ? run_id : null, message_id);
  const { state, text, reasoning, error, call } = live && live.text.length >= stored.text.length ? live : stored;
  return { state, text, reasoning, error, call, open: isOpen(state) };
}

/** Reasoning, text, the wait for the first token, and what went wrong. */
export function ReplyText({ reply }: { reply: ShownReply }) {
  const { t } = useWords();
  const { text, reasoning, error, open } = reply;
  return (
    <>
      {reasoning && (
        <details className="reasoning" open={open && text === ""}>
          <summary>{t.chat.reasoning}</summary>
          <p dir={directionOf(reasoning) ?? undefined}>{reasoning}</p>
        </details>
      )}
      {text !== "" && <Markdown text={text} streaming={open} />}
      {open && text === "" && !reasoning && (
        <p className="muted small waiting">
          <span className="spinner" aria-hidden /> {t.chat.thinking}
        </p>
      )}
      {error && <ProblemNotice notice={error} />}
    </>
  );
}

type FootProps = {
  reply: ShownReply;
  message_id: string;
  run_id: string | null;
  stopLabel: string;
  copyLabel: string;
  /** Before the figures of a reply that has ended. */
  start?: ReactNode;
  /** Further things to do with it. */
  children?: ReactNode;
};

/** How it ended, what it took, and what can be done with it. */
export function ReplyFoot({ reply, message_id, run_id, stopLabel, copyLabel, start, children }: FootProps) {
  const { t } = useWords();
  const { state, text, call, open } = reply;
  return (
    <footer className="reply-foot">
      {!open && start}
      {state !== "complete" && !open && <span className={`chip ${state === "failed" ? "bad" : "warn"}`}>{t.reply[state]}</span>}
      {call && !open && <CallFacts call={call} />}
      <span className="grow" />
      {open && run_id && (
        <IconButton icon={Square} className="quiet" label={stopLabel} onClick={() => void cancelRun(run_id, message_id)} />
      )}
      {!open && text !== "" && <CopyButton label={copyLabel} text={text} />}
      {!open && children}
    </footer>
  );
}
