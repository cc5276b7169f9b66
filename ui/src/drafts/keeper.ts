/** What the server keeps; `updated_at` is null when nothing is typed. */
export type Kept<Value> = { value: Value; updated_at: string | null };

export type DraftStore<Value> = { read(): Promise<Kept<Value>>; write(value: Value): Promise<Kept<Value>> };

export type Sides<Value> = {
  store: DraftStore<Value>;
  empty: Value;
  same(a: Value, b: Value): boolean;
  /** The state of the server's draft that this browser knew last; survives a reload. */
  seen: { get(): string | null; set(updated_at: string | null): void };
  /** What was kept comes into the empty field. */
  replace(value: Value): void;
  /** Something else was typed elsewhere; null once that is settled. */
  elsewhere(value: Value | null): void;
};

/** So long after the last key a draft goes to the server. */
export const pauseMs = 700;

/**
 * Keeps what is typed in the server as well. It writes only over what it knew: what came from another tab
 * or browser since is offered, never lost. One step after the other, so that the last word wins.
 */
export class DraftKeeper<Value> {
  readonly #sides: Sides<Value>;
  #value: Value;
  #seen: string | null;
  #other: Kept<Value> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #queue: Promise<void> = Promise.resolve();

  constructor(sides: Sides<Value>, value: Value) {
    this.#sides = sides;
    this.#value = value;
    this.#seen = sides.seen.get();
  }

  /** Compares what this browser has with what the server has. */
  load(): Promise<void> {
    return this.#then(() => this.#settle(true));
  }

  typed(value: Value): void {
    if (this.#sides.same(value, this.#value)) return;
    this.#value = value;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), pauseMs);
  }

  /** Writes now what waits. */
  flush(): Promise<void> {
    if (this.#timer === null) return this.#queue;
    clearTimeout(this.#timer);
    this.#timer = null;
    return this.#then(() => this.#settle(false));
  }

  /** It was sent: forgets it, unless something else is kept there by now. */
  sent(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#value = this.#sides.empty;
    return this.#then(async () => {
      const { updated_at } = await this.#sides.store.read();
      if (updated_at !== null && updated_at === this.#seen) await this.#write();
    });
  }

  /** What was typed elsewhere comes into the field. */
  take(): void {
    if (this.#other === null) return;
    this.#value = this.#other.value;
    this.#sides.replace(this.#other.value);
    this.#settled(this.#other.updated_at);
  }

  /** What is typed here replaces it. */
  keep(): Promise<void> {
    if (this.#other !== null) this.#settled(this.#other.updated_at);
    return this.#then(() => this.#settle(false));
  }

  async #settle(first: boolean): Promise<void> {
    const { same, store, empty } = this.#sides;
    const there = await store.read();
    if (same(there.value, this.#value)) return this.#settled(there.updated_at);
    if (there.updated_at === null || there.updated_at === this.#seen) return this.#write();
    this.#other = there;
    if (first && same(this.#value, empty)) return this.take();
    this.#sides.elsewhere(there.value);
  }

  async #write(): Promise<void> {
    const { updated_at } = await this.#sides.store.write(this.#value);
    this.#settled(updated_at);
  }

  #settled(updated_at: string | null): void {
    this.#seen = updated_at;
    this.#sides.seen.set(updated_at);
    this.#other = null;
    this.#sides.elsewhere(null);
  }

  /** Without a server the draft is kept by this browser alone; the next key tries again. */
  #then(step: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(step).catch(() => {});
    return this.#queue;
  }
}
