import type { ClientFrame, RunEvent, ServerFrame } from "../api/types";

export type Place = { epoch: string; sequence: number };

/** What one run hears. `missed` means: events are lost, the server's snapshot is the truth now. */
export type RunListener = {
  event(event: RunEvent): void;
  missed(): void;
};

export type Connection = "connecting" | "open" | "lost";

/** The part of WebSocket that is used, so that tests can script one. */
export type Wire = {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
};

export type SocketOptions = {
  open(): Wire;
  connection(state: Connection): void;
  /** An alert began or is over. */
  alert?(): void;
  /** Delay before attempt n (from 0), in milliseconds. */
  delay_ms?: (attempt: number) => number;
  /** Without any frame for so long the connection counts as dead; the server beats every 15 s. */
  silence_ms?: number;
};

/** 0.25 s doubling up to 8 s, with up to half as much again at random so that tabs do not march in step. */
export function backoffMs(attempt: number, random = Math.random()): number {
  const base = Math.min(8000, 250 * 2 ** attempt);
  return Math.round(base * (1 + random / 2));
}

type Subscription = { listener: RunListener; place: Place | null };

/** One WebSocket for the whole page: subscribes to runs and resumes each where it stood. */
export class RunSocket {
  readonly #options: SocketOptions;
  readonly #runs = new Map<string, Subscription>();
  #wire: Wire | null = null;
  #ready = false;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #watchdog: ReturnType<typeof setTimeout> | null = null;
  #closed = false;
  #heardAt = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  start(): void {
    this.#closed = false;
    this.#connect();
  }

  /** Ends the connection for good (until `start`). */
  stop(): void {
    this.#closed = true;
    this.#drop();
  }

  /** Tries again at once instead of at the end of the delay. */
  reconnectNow(): void {
    if (this.#ready || this.#closed) return;
    this.#attempt = 0;
    this.#drop();
    this.#connect();
  }

  /** Follows a run from its first event; returns the function that ends it. One listener per run. */
  subscribe(run: string, listener: RunListener): () => void {
    this.#runs.set(run, { listener, place: null });
    if (this.#ready) this.#ask(run);
    return () => {
      if (this.#runs.get(run)?.listener !== listener) return;
      this.#runs.delete(run);
      if (this.#ready) this.#send({ type: "unsubscribe", run_id: run });
    };
  }

  #connect(): void {
    this.#options.connection(this.#attempt === 0 ? "connecting" : "lost");
    const wire = this.#options.open();
    this.#wire = wire;
    wire.onopen = () => {
      if (wire === this.#wire) this.#opened();
    };
    wire.onclose = () => {
      if (wire === this.#wire) this.#lost();
    };
    wire.onmessage = (message) => {
      if (wire === this.#wire) this.#receive(String(message.data));
    };
    this.#watch();
  }

  #opened(): void {
    this.#ready = true;
    this.#attempt = 0;
    this.#options.connection("open");
    for (const run of this.#runs.keys()) this.#ask(run);
  }

  #lost(): void {
    this.#drop();
    if (this.#closed) return;
    this.#options.connection("lost");
    const delay = (this.#options.delay_ms ?? backoffMs)(this.#attempt);
    this.#attempt += 1;
    this.#retry = setTimeout(() => this.#connect(), delay);
  }

  /** Forgets the wire and both timers; a late event of the old wire is ignored. */
  #drop(): void {
    const wire = this.#wire;
    this.#wire = null;
    this.#ready = false;
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#watchdog !== null) clearTimeout(this.#watchdog);
    this.#retry = null;
    this.#watchdog = null;
    wire?.close();
  }

  /** One timer that looks back when it fires: a stream has hundreds of frames a second. */
  #watch(): void {
    const silence_ms = this.#options.silence_ms ?? 40_000;
    const look = () => {
      const left_ms = this.#heardAt + silence_ms - Date.now();
      if (left_ms > 0) this.#watchdog = setTimeout(look, left_ms);
      else this.#lost();
    };
    this.#heardAt = Date.now();
    if (this.#watchdog !== null) clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(look, silence_ms);
  }

  #send(frame: ClientFrame): void {
    this.#wire?.send(JSON.stringify(frame));
  }

  #ask(run: string): void {
    this.#send({ type: "subscribe", run_id: run, after: this.#runs.get(run)?.place ?? null });
  }

  #receive(data: string): void {
    this.#heardAt = Date.now();
    let frame: ServerFrame;
    try {
      frame = JSON.parse(data) as ServerFrame;
    } catch {
      return;
    }
    if (frame.type === "alert") this.#options.alert?.();
    if (!("run_id" in frame)) return;
    const run = this.#runs.get(frame.run_id);
    if (!run) return;
    if (frame.type === "event") this.#event(frame, run);
    else this.#miss(run);
  }

  #miss(run: Subscription): void {
    // What comes next continues at any sequence: take it as the new place.
    run.place = null;
    run.listener.missed();
  }

  #event(frame: Extract<ServerFrame, { type: "event" }>, run: Subscription): void {
    const { epoch, sequence, event } = frame;
    const known = run.place?.epoch === epoch ? run.place.sequence : null;
    if (known !== null && sequence <= known) return;
    if (known !== null && sequence > known + 1) {
      this.#ask(frame.run_id);
      return;
    }
    if (known === null && sequence > 1) run.listener.missed();
    run.place = { epoch, sequence };
    run.listener.event(event);
  }
}
