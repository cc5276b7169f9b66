import { ArrowUp, Pencil, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Estimate } from "../api/types";
import { EstimateLine } from "../common/estimate";
import { Elsewhere } from "../drafts/elsewhere";
import { messageStore, useKeptDraft } from "../drafts/use-draft";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { useCommand } from "../state/commands";
import { putBehind } from "../templates/fill";
import { Templates } from "../templates/templates";
import { readDraft, writeDraft } from "./drafts";

type Props = {
  /** Drafts are kept per place: the conversation, or "new". */
  place: string;
  /** The conversation whose draft the server keeps too; null where there is none. */
  conversation: string | null;
  several: boolean;
  running: boolean;
  disabledReason: string | null;
  /** Ends the rewording of an earlier question, which is then sent as it was; null when there is none. */
  editing: (() => void) | null;
  /** Resolves true when the message has left; the draft is then cleared. */
  send(text: string): Promise<boolean>;
  stop(): void;
  /** What sending this text is estimated to cost; null where that cannot be asked yet. */
  estimate: ((text: string, signal: AbortSignal) => Promise<Estimate>) | null;
};

/** The one field that writes to every column. */
export function Composer({ place, conversation, several, running, disabledReason, editing, send, stop, estimate }: Props) {
  const { t } = useWords();
  const [text, setText] = useState(() => readDraft(place));
  const [sending, setSending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const latest = useRef(place);
  useCommand("stop", stop, running);
  useEffect(() => {
    latest.current = place;
    setText(readDraft(place));
    field.current?.focus({ preventScroll: true });
  }, [place]);
  const change = (value: string) => {
    setText(value);
    writeDraft(place, value);
  };
  const kept = useKeptDraft({
    place: conversation,
    store: conversation === null ? null : messageStore(conversation),
    value: text,
    empty: "",
    replace: change,
  });
  const insert = (added: string) => {
    change(putBehind(text, added));
    // After the dialog has given the focus back.
    requestAnimationFrame(() => field.current?.focus());
  };
  const ready = text.trim() !== "" && !sending && disabledReason === null;
  const submit = async () => {
    if (!ready) return;
    setSending(true);
    if (await send(text)) {
      if (conversation !== null) kept.sent();
      writeDraft(place, "");
      setText(readDraft(latest.current));
    }
    setSending(false);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void submit();
    } else if (event.key === "Escape" && editing) {
      editing();
    } else if (event.key === "Escape" && running) {
      stop();
    }
  };
  const placeholder = several ? t.chat.placeholder : t.chat.placeholderOne;
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {kept.other !== null && <Elsewhere text={kept.other} take={kept.take} keep={kept.keep} />}
      {editing && (
        <p className="muted tiny composer-editing">
          <Pencil size={12} aria-hidden />
          <span className="grow">{t.chat.editing}</span>
          <button type="button" className="link-button" onClick={editing}>
            {t.common.cancel}
          </button>
        </p>
      )}
      <textarea
        ref={field}
        aria-label={t.chat.composer}
        placeholder={placeholder}
        rows={1}
        dir={directionOf(text) ?? undefined}
        value={text}
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <Templates typed={text} insert={insert} />
      {estimate && <EstimateLine scope={place} request={ready ? text : null} ask={estimate} />}
      {running && (
        <button type="button" className="icon-button stop" aria-label={t.chat.stop} title={`${t.chat.stop} (Ctrl .)`} onClick={stop}>
          <Square size={14} fill="currentColor" aria-hidden />
        </button>
      )}
      <button type="submit" className="icon-button go" aria-label={t.chat.send} title={disabledReason ?? `${t.chat.send} (Ctrl ⏎)`} disabled={!ready}>
        <ArrowUp size={18} aria-hidden />
      </button>
    </form>
  );
}
