import { useSyncExternalStore } from "react";
import { heldSession } from "../access/held";
import { look } from "../access/signing";
import { External } from "../state/external";
import { emptyOutline, RunStore, type LiveReply, type LiveRun, type RunHooks, type RunOutline } from "./run-store";
import { RunSocket, type Connection, type Wire } from "./socket";

export const connection = new External<Connection>("connecting");

/** How many alerts began or ended while the page was open. */
export const alertCount = new External(0);

/** A socket has no headers of its own: the session goes among the protocols it offers. */
function protocols(): string[] {
  const session = heldSession();
  return session === null ? ["majlis"] : ["majlis", `majlis.bearer.${session}`];
}

export const socket = new RunSocket({
  open: () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    // A browser's socket is a Wire; only the types of its event arguments are narrower.
    return new WebSocket(`${scheme}://${location.host}/api/v1/ws`, protocols()) as unknown as Wire;
  },
  connection: (state) => {
    connection.set(state);
    if (state === "lost") void look();
  },
  alert: () => alertCount.set(alertCount.get() + 1),
});

/** Runs stay here after they end: their texts bridge the moment until the snapshot has come. */
const runs = new Map<string, RunStore>();
const keptRuns = 24;

/** Follows a run (once, however often it is asked for). */
export function followRun(id: string, hooks: RunHooks): RunStore {
  const known = runs.get(id);
  if (known) return known;
  const store = new RunStore(id, socket, hooks);
  runs.set(id, store);
  for (const [old, each] of runs) {
    if (runs.size <= keptRuns) break;
    if (!each.get().finished) continue;
    each.close();
    runs.delete(old);
  }
  return store;
}

const nothing = () => () => {};
const noOutline = () => emptyOutline;

/** What began and ended in a run; renders nothing anew while texts only grow. */
export function useRunOutline(id: string | null): RunOutline {
  const store = id === null ? undefined : runs.get(id);
  return useSyncExternalStore(store?.subscribe ?? nothing, store?.outline ?? noOutline);
}

/** One reply of a run; undefined while nothing is known, or when the snapshot is the better source. */
export function useReply(run: string | null, message_id: string): LiveReply | undefined {
  const store = run === null ? undefined : runs.get(run);
  return useSyncExternalStore(store?.subscribe ?? nothing, () => {
    const state = store?.get();
    return state && !state.broken ? state.replies.get(message_id) : undefined;
  });
}

/** The state of a run outside React; undefined when it is not followed. */
export function liveRun(id: string): LiveRun | undefined {
  return runs.get(id)?.get();
}
