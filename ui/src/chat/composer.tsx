import { ArrowUp, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { useCommand } from "../state/commands";
import { readDraft, writeDraft } from "./drafts";

type Props = {
  /** Drafts are kept per place: the conversation, or "new". */
  place: string;
  several: boolean;
  running: boolean;
  disabledReason: string | null;
  /** Resolves true when the message has left; the draft is then cleared. */
  send(text: string): Promise<boolean>;
  stop(): void;
};

/** The one field that writes to every column. */
export function Composer({ place, several, running, disabledReason, send, stop }: Props) {
  const { t } = useWords();
  const [text, setText] = useState(() => readDraft(place));
  const [sending, setSending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useCommand("stop", stop, running);
  useEffect(() => {
    setText(readDraft(place));
    field.current?.focus({ preventScroll: true });
  }, [place]);
  const change = (value: string) => {
    setText(value);
    writeDraft(place, value);
  };
  const ready = text.trim() !== "" && !sending && disabledReason === null;
  const submit = async () => {
    if (!ready) return;
    setSending(true);
    if (await send(text)) change("");
    setSending(false);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void submit();
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
