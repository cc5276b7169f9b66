import { useEffect, useRef, useState } from "react";
import { answer, server } from "../api/client";
import { readDraft, writeDraft } from "../chat/drafts";
import { DraftKeeper, type DraftStore } from "./keeper";

export type QuestionText = { question: string; context: string };

/** The draft below a conversation. */
export function messageStore(id: string): DraftStore<string> {
  const params = { path: { id } };
  const kept = ({ text, updated_at }: { text: string; updated_at: string | null }) => ({ value: text, updated_at });
  return {
    read: async () => kept(await answer(server.GET("/api/v1/conversations/{id}/draft", { params }))),
    write: async (text) => kept(await answer(server.PUT("/api/v1/conversations/{id}/draft", { params, body: { text } }))),
  };
}

type KeptQuestion = { question: string; context: string | null; updated_at: string | null };
const keptQuestion = ({ question, context, updated_at }: KeptQuestion) => ({ value: { question, context: context ?? "" }, updated_at });

/** The draft of the council's form. */
export const questionStore: DraftStore<QuestionText> = {
  read: async () => keptQuestion(await answer(server.GET("/api/v1/consultations/draft"))),
  write: async ({ question, context }) => keptQuestion(await answer(server.PUT("/api/v1/consultations/draft", { body: { question, context } }))),
};

type Options<Value> = {
  /** Where it is typed; null where the server keeps none. */
  place: string | null;
  store: DraftStore<Value> | null;
  value: Value;
  empty: Value;
  replace(value: Value): void;
};

export type KeptDraft<Value> = {
  /** What was typed elsewhere meanwhile. */
  other: Value | null;
  take(): void;
  keep(): void;
  sent(): void;
};

/** Keeps a value in the server while it is typed. */
export function useKeptDraft<Value>({ place, store, value, empty, replace }: Options<Value>): KeptDraft<Value> {
  const [other, setOther] = useState<Value | null>(null);
  const keeper = useRef<DraftKeeper<Value> | null>(null);
  const latest = useRef({ value, replace, store, empty });
  useEffect(() => {
    latest.current = { value, replace, store, empty };
  });
  useEffect(() => {
    setOther(null);
    const now = latest.current;
    // Not on leaving: what was sent is still to be forgotten then.
    keeper.current = null;
    if (place === null || now.store === null) return;
    const known = `seen.${place}`;
    const made = new DraftKeeper<Value>(
      {
        store: now.store,
        empty: now.empty,
        same: (a, b) => JSON.stringify(a) === JSON.stringify(b),
        seen: { get: () => readDraft(known) || null, set: (at) => writeDraft(known, at ?? "") },
        replace: (text) => latest.current.replace(text),
        elsewhere: setOther,
      },
      now.value,
    );
    keeper.current = made;
    void made.load();
    return () => {
      void made.flush();
    };
  }, [place]);
  const text = JSON.stringify(value);
  useEffect(() => keeper.current?.typed(latest.current.value), [text]);
  return {
    other,
    take: () => keeper.current?.take(),
    keep: () => void keeper.current?.keep(),
    sent: () => void keeper.current?.sent(),
  };
}
