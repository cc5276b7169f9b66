import type { Analysis, Call, Deliberation, MessageState, Notice, RunEvent, Stage, Synthesis } from "../api/types";

/** One reply as it is being written. Replaced, never changed, so that React sees each step. */
export type LiveReply = {
  message_id: string;
  /** `waiting` until the member's first sign of life. */
  state: MessageState | "waiting";
  text: string;
  reasoning: string;
  error: Notice | null;
  call: Call | null;
};

export type LiveRun = {
  /** The last event has come. */
  finished: boolean;
  status: string | null;
  analysis: Analysis | null;
  /** The stage after the first round that is being held. */
  stage: Stage | null;
  deliberation: Deliberation | null;
  /** Conclusions written in this run. */
  syntheses: readonly Synthesis[];
  /** Events were lost: texts here have holes, the server's snapshot is to be shown and refetched. */
  broken: boolean;
  replies: ReadonlyMap<string, LiveReply>;
};

/** A run without its texts: changes when something begins or ends, not with every token. */
export type RunOutline = Omit<LiveRun, "replies"> & { states: ReadonlyMap<string, LiveReply["state"]> };

export function outlineOf({ replies, ...rest }: LiveRun): RunOutline {
  return { ...rest, states: new Map([...replies].map(([id, { state }]) => [id, state])) };
}

/** Whether two outlines say the same. */
function sameOutline(a: RunOutline, b: RunOutline): boolean {
  return (
    a.finished === b.finished &&
    a.broken === b.broken &&
    a.analysis === b.analysis &&
    a.stage === b.stage &&
    a.deliberation === b.deliberation &&
    a.syntheses === b.syntheses &&
    a.states.size === b.states.size &&
    [...a.states].every(([id, state]) => b.states.get(id) === state)
  );
}

export const emptyRun: LiveRun = {
  finished: false,
  status: null,
  analysis: null,
  stage: null,
  deliberation: null,
  syntheses: [],
  broken: false,
  replies: new Map(),
};

export const emptyOutline = outlineOf(emptyRun);

function emptyReply(message_id: string): LiveReply {
  return { message_id, state: "waiting", text: "", reasoning: "", error: null, call: null };
}

function change(run: LiveRun, message_id: string, update: (reply: LiveReply) => LiveReply): LiveRun {
  const replies = new Map(run.replies);
  replies.set(message_id, update(replies.get(message_id) ?? emptyReply(message_id)));
  return { ...run, replies };
}

/** The run after one event. Pure. */
export function applyEvent(run: LiveRun, event: RunEvent): LiveRun {
  switch (event.type) {
    case "started":
      return event.replies.reduce<LiveRun>((sum, { message_id }) => change(sum, message_id, (reply) => reply), run);
    case "reply_started":
      return change(run, event.message_id, (reply) => ({ ...reply, state: "streaming" }));
    case "text_delta":
      return change(run, event.message_id, (reply) => ({
        ...reply,
        state: "streaming",
        text: reply.text + event.text,
      }));
    case "reasoning_delta":
      return change(run, event.message_id, (reply) => ({
        ...reply,
        state: "streaming",
        reasoning: reply.reasoning + event.text,
      }));
    case "reply_finished":
      return change(run, event.message_id, (reply) => ({
        ...reply,
        state: event.state,
        error: event.error,
        call: event.call,
      }));
    case "measured":
      return { ...run, analysis: event.analysis };
    case "stage_started":
      return event.replies.reduce<LiveRun>((sum, { message_id }) => change(sum, message_id, (reply) => reply), { ...run, stage: event.stage });
    case "deliberated":
      return { ...run, deliberation: event.deliberation };
    case "concluded":
      return { ...run, syntheses: [...run.syntheses, event.synthesis] };
    case "finished":
      return { ...run, stage: null, finished: true, status: event.status };
    default:
      return run;
  }
}

/** Calls back at most once per animation frame, and at least every quarter second in a hidden tab. */
export type Schedule = (flush: () => void) => void;

export const nextFrame: Schedule = (flush) => {
  if (document.hidden) setTimeout(flush, 250);
  else requestAnimationFrame(flush);
};

export type RunSource = {
  subscribe(run: string, listener: { event(event: RunEvent): void; missed(): void }): () => void;
};

export type RunHooks = {
  /** The last event came. */
  finished?(): void;
  /** The snapshot of the server is to be fetched: events were lost, or the run is over. */
  refetch(): void;
};

/** The live state of one run: collects events and shows them to React once per frame. */
export class RunStore {
  readonly id: string;
  readonly #schedule: Schedule;
  readonly #hooks: RunHooks;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #shown: LiveRun = emptyRun;
  #outline: RunOutline = emptyOutline;
  #queue: RunEvent[] = [];
  #broken = false;
  #scheduled = false;

  constructor(id: string, source: RunSource, hooks: RunHooks, schedule: Schedule = nextFrame) {
    this.id = id;
    this.#hooks = hooks;
    this.#schedule = schedule;
    this.#unsubscribe = source.subscribe(id, {
      event: (event) => {
        this.#queue.push(event);
        this.#wake();
      },
      missed: () => {
        this.#broken = true;
        this.#wake();
        hooks.refetch();
      },
    });
  }

  readonly get = (): LiveRun => this.#shown;

  readonly outline = (): RunOutline => this.#outline;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const events = this.#queue;
    this.#queue = [];
    let next = mergeDeltas(events).reduce(applyEvent, this.#shown);
    if (this.#broken !== next.broken) next = { ...next, broken: this.#broken };
    this.#shown = next;
    const outline = outlineOf(next);
    if (!sameOutline(outline, this.#outline)) this.#outline = outline;
    for (const listener of this.#listeners) listener();
    for (const event of events) {
      if (event.type === "finished") this.#hooks.finished?.();
      if (event.type === "finished" || (event.type === "reply_finished" && this.#broken)) this.#hooks.refetch();
    }
  }
}

/** Joins neighbouring deltas of one message, so that a frame copies each text once, not once per token. */
export function mergeDeltas(events: RunEvent[]): RunEvent[] {
  const merged: RunEvent[] = [];
  for (const event of events) {
    const last = merged.at(-1);
    if (
      (event.type === "text_delta" || event.type === "reasoning_delta") &&
      last?.type === event.type &&
      last.message_id === event.message_id
    ) {
      merged[merged.length - 1] = { ...last, text: last.text + event.text };
    } else {
      merged.push(event);
    }
  }
  return merged;
}
