import { ArrowDown, ChevronDown, Maximize2, Minimize2, X } from "lucide-react";
import { useRef } from "react";
import type { Conversation, Message } from "../api/types";
import { Glyph } from "../common/glyph";
import { IconButton } from "../common/icon-button";
import { ModelPicker, useModelFacts } from "../common/model-picker";
import { useEnd } from "../common/use-end";
import { useWords } from "../i18n/language";
import { useExternal } from "../state/external";
import { MessageView } from "./message";
import { runOf, writing } from "./sending";

export type ColumnProps = {
  place: number;
  model: string;
  messages: Message[];
  conversation: Conversation | undefined;
  /** Null where only one column is shown anyway. */
  focus: { on: boolean; toggle(): void } | null;
  /** The message of this column that the address names. */
  named: string | null;
  change(model: string): void;
  remove: (() => void) | null;
  /** Asks for another answer beside that one. Null where nothing was sent yet. */
  retry: ((message: string) => void) | null;
  versions: { show(message: string): void; edit(message: Message): void } | null;
};

/** One model with its own history. */
export function Column({ place, model, messages, conversation, named, focus, change, remove, retry, versions }: ColumnProps) {
  const { t, fill, plural } = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { behind, toEnd } = useEnd(scroller, content, true, named);
  const known = useExternal(writing);
  const facts = useModelFacts()(model);
  return (
    <section className="column" aria-label={facts.name}>
      <header className="column-head">
        <Glyph place={place} />
        <ModelPicker
          className="model-button"
          label={fill(t.model.change, { model: facts.name })}
          onPick={(picked) => change(picked.id)}
        >
          <bdi className="ellipsis">{facts.name}</bdi>
          <ChevronDown size={14} aria-hidden />
        </ModelPicker>
        {facts.demo && (
          <span className="chip warn" title={t.model.demoHint}>
            {t.model.demo}
          </span>
        )}
        <span className="grow" />
        {focus && (
          <IconButton
            icon={focus.on ? Minimize2 : Maximize2}
            className="quiet"
            label={focus.on ? t.chat.all : fill(t.chat.focus, { model: facts.name })}
            onClick={focus.toggle}
          />
        )}
        {remove && (
          <IconButton icon={X} className="quiet" label={fill(t.chat.removeColumn, { model: facts.name })} onClick={remove} />
        )}
      </header>
      <div className="column-scroll" ref={scroller} tabIndex={0} role="log" aria-live="off" aria-label={facts.name} data-column={place + 1}>
        <div className="column-content" ref={content}>
          {messages.length === 0 && <p className="muted small column-empty">{t.chat.noMessages}</p>}
          {messages.map((message, index) => (
            <MessageView
              // By the place and not the message, so that the focus stays while one leads through versions.
              key={message.versions[0] ?? message.id}
              message={message}
              model={facts.name}
              run_id={runOf(message.id, known, conversation)}
              retry={retry && index === messages.length - 1 ? () => retry(message.id) : null}
              versions={versions}
            />
          ))}
        </div>
      </div>
      {behind > 0 && (
        <button type="button" className="button to-end" onClick={toEnd}>
          <ArrowDown size={14} aria-hidden />
          {plural(t.chat.newMessages, behind)}
        </button>
      )}
    </section>
  );
}
