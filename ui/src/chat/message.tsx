import { RotateCcw, Square, TriangleAlert } from "lucide-react";
import { memo } from "react";
import { cancelRun } from "../api/queries";
import type { Message } from "../api/types";
import { CallFacts } from "../common/call-facts";
import { CopyButton } from "../common/copy-button";
import { IconButton } from "../common/icon-button";
import { useWords } from "../i18n/language";
import { useReply } from "../live/live";
import { directionOf } from "../markdown/direction";
import { Markdown } from "../markdown/lazy";

type Props = {
  message: Message;
  model: string;
  run_id: string | null;
  /** Asks the same again; only the newest answer offers it. */
  retry: (() => void) | null;
};

export const MessageView = memo(function MessageView({ message, model, run_id, retry }: Props) {
  const { t } = useWords();
  if (message.role === "user") {
    return (
      <div className="message from-user">
        <span className="hidden-text">{t.common.you}</span>
        <p className="bubble" dir={directionOf(message.text) ?? undefined}>
          {message.text}
        </p>
      </div>
    );
  }
  return <Answer message={message} model={model} run_id={run_id} retry={retry} />;
});

/** The answer as it stands: the live text while it is written, the stored one after. */
function Answer({ message, model, run_id, retry }: Props) {
  const words = useWords();
  const { t } = words;
  const live = useReply(message.state === "streaming" ? run_id : null, message.id);
  const shown = live && live.text.length >= message.text.length ? live : message;
  const { state, text, reasoning, error, call } = shown;
  const open = state === "streaming" || state === "waiting";
  return (
    <div className="message from-model" aria-busy={open}>
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
      <div className="message-foot">
        {state !== "complete" && !open && (
          <span className={`chip ${state === "failed" ? "bad" : "warn"}`}>{t.reply[state]}</span>
        )}
        {call && !open && <CallFacts call={call} />}
        <span className="grow" />
        {open && run_id && (
          <IconButton
            icon={Square}
            className="quiet"
            label={words.fill(t.chat.stopOne, { model })}
            onClick={() => void cancelRun(run_id, message.id)}
          />
        )}
        {!open && text !== "" && <CopyButton label={words.fill(t.chat.copyOne, { model })} text={text} />}
        {!open && retry && (
          <IconButton
            icon={RotateCcw}
            className="quiet"
            label={words.fill(t.chat.retryOne, { model })}
            onClick={retry}
          />
        )}
      </div>
    </div>
  );
}
