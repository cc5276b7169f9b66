import { useEffect, useRef } from "react";
import { External } from "./external";

/** Everything that a key or the palette can do. A screen offers what it can do while it is shown. */
export type CommandId =
  | "palette"
  | "keys"
  | "go-chat"
  | "go-council"
  | "go-search"
  | "go-dashboard"
  | "go-settings"
  | "new-chat"
  | "new-council"
  | "go-live"
  | "go-record"
  | "go-data"
  | "templates"
  | "stop"
  | "focus"
  | "theme"
  | "language"
  | `column-${1 | 2 | 3 | 4 | 5 | 6}`;

type Handler = () => void;

const handlers = new Map<CommandId, Handler[]>();

/** The commands that can be run now. */
export const offered = new External<ReadonlySet<CommandId>>(new Set());

function publish(): void {
  offered.set(new Set(handlers.keys()));
}

/** Runs a command; false when no screen offers it. */
export function runCommand(id: CommandId): boolean {
  const handler = handlers.get(id)?.at(-1);
  handler?.();
  return handler !== undefined;
}

/** Offers a command as long as the component is shown; the innermost offer wins. */
export function useCommand(id: CommandId, handler: Handler, enabled = true): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    if (!enabled) return;
    const call = () => latest.current();
    handlers.set(id, [...(handlers.get(id) ?? []), call]);
    publish();
    return () => {
      const rest = (handlers.get(id) ?? []).filter((each) => each !== call);
      if (rest.length > 0) handlers.set(id, rest);
      else handlers.delete(id);
      publish();
    };
  }, [id, enabled]);
}
