import { expect, it } from "vitest";
import type { RunEvent } from "../api/types";
import { applyEvent, emptyRun, mergeDeltas, RunStore } from "./run-store";

const delta = (message_id: string, text: string): RunEvent => ({ type: "text_delta", message_id, text });

function setUp() {
  const frames: (() => void)[] = [];
  let refetched = 0;
  let emit: (event: RunEvent) => void = () => {};
  let miss: () => void = () => {};
  const store = new RunStore(
    "r",
    {
      subscribe: (_, listener) => {
        emit = listener.event;
        miss = listener.missed;
        return () => {};
      },
    },
    { refetch: () => (refetched += 1) },
    (flush) => frames.push(flush),
  );
  let notified = 0;
  store.subscribe(() => (notified += 1));
  return {
    store,
    emit: (event: RunEvent) => emit(event),
    miss: () => miss(),
    frame: () => frames.splice(0).forEach((flush) => flush()),
    counts: () => ({ notified, refetched }),
  };
}

it("shows all events of a frame at once", () => {
  const { store, emit, frame, counts } = setUp();
  emit({ type: "started", kind: "chat", replies: [{ message_id: "m", label: "A", model: "a/b", channel_id: "c" }] });
  for (const text of ["Hel", "lo", " مرحبا"]) emit(delta("m", text));
  expect(counts().notified).toBe(0);
  frame();
  expect(counts().notified).toBe(1);
  expect(store.get().replies.get("m")).toMatchObject({ text: "Hello مرحبا", state: "streaming" });
});

it("keeps the reply of another member untouched", () => {
  const before = applyEvent(applyEvent(emptyRun, delta("a", "x")), delta("b", "y"));
  const after = applyEvent(before, delta("b", "z"));
  expect(after.replies.get("a")).toBe(before.replies.get("a"));
  expect(after.replies.get("b")?.text).toBe("yz");
});

it("joins neighbouring deltas and leaves the order of all else", () => {
  const finished: RunEvent = { type: "reply_finished", message_id: "a", state: "complete", error: null, call: null };
  expect(mergeDeltas([delta("a", "1"), delta("a", "2"), delta("b", "3"), delta("a", "4"), finished])).toEqual([
    delta("a", "12"),
    delta("b", "3"),
    delta("a", "4"),
    finished,
  ]);
});

it("asks for the snapshot when events were lost, and at the end", () => {
  const { store, emit, miss, frame, counts } = setUp();
  miss();
  emit(delta("m", "half"));
  frame();
  expect(store.get().broken).toBe(true);
  expect(counts().refetched).toBe(1);
  emit({ type: "finished", status: "complete" });
  frame();
  expect(store.get()).toMatchObject({ finished: true, status: "complete" });
  expect(counts().refetched).toBe(2);
});

it("keeps the stage, what came of it, and every conclusion", () => {
  const reply = { message_id: "r", label: "A", model: "a/b", channel_id: null };
  const deliberation = { reviews: [] } as unknown as Extract<RunEvent, { type: "deliberated" }>["deliberation"];
  const synthesis = { id: "y", version: 1, created_at: "", editor: null, sections: [] };
  const events: RunEvent[] = [
    { type: "stage_started", stage: "review", replies: [reply] },
    { type: "deliberated", deliberation },
    { type: "concluded", synthesis },
  ];
  const run = events.reduce(applyEvent, emptyRun);
  expect(run).toMatchObject({ stage: "review", deliberation, syntheses: [synthesis] });
  expect(run.replies.get("r")?.state).toBe("waiting");
  expect(applyEvent(run, { type: "finished", status: "complete" }).stage).toBeNull();
});
