import { Pencil, RotateCcw } from "lucide-react";
import { memo } from "react";
import type { Message } from "../api/types";
import { IconButton } from "../common/icon-button";
import { ReplyFoot, ReplyText, useShownReply } from "../common/reply";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { Versions } from "./versions";

type Props = {
  message: Message;
  model: string;
  run_id: string | null;
  /** Asks the same again; only the newest answer offers it. */
  retry: (() => void) | null;
  /** Null while the conversation is being answered. */
  versions: { show(message: string): void; edit(message: Message): void } | null;
};

export const MessageView = memo(function MessageView({ message, model, run_id, retry, versions }: Props) {
  const { t } = useWords();
  if (message.role === "user") {
    return (
      <div className="message from-user" data-message={message.id}>
        <span className="hidden-text">{t.common.you}</span>
        <p className="bubble" dir={directionOf(message.text) ?? undefined}>
          {message.text}
        </p>
        <span className="message-tools">
          {versions && <Versions message={message} show={versions.show} />}
          {versions && (
            <IconButton icon={Pencil} className="quiet" label={t.chat.edit} onClick={() => versions.edit(message)} />
          )}
        </span>
      </div>
    );
  }
  return <Answer message={message} model={model} run_id={run_id} retry={retry} versions={versions} />;
});

function Answer({ message, model, run_id, retry, versions }: Props) {
  const { t, fill } = useWords();
  const reply = useShownReply(message, message.id, run_id);
  return (
    <div className="message from-model" data-message={message.id} aria-busy={reply.open}>
      <ReplyText reply={reply} />
      <ReplyFoot
        reply={reply}
        message_id={message.id}
        run_id={run_id}
        stopLabel={fill(t.chat.stopOne, { model })}
        copyLabel={fill(t.chat.copyOne, { model })}
        start={
          <>
            {versions && <Versions message={message} show={versions.show} />}
            {message.model !== null && (
              <span className="chip" title={t.chat.importedHint}>
                {fill(t.chat.imported, { model: message.model })}
              </span>
            )}
          </>
        }
      >
        {retry && <IconButton icon={RotateCcw} className="quiet" label={fill(t.chat.retryOne, { model })} onClick={retry} />}
      </ReplyFoot>
    </div>
  );
}
