import { useEffect } from "react";
import { runCommand } from "../state/commands";
import { preferences } from "../state/preferences";
import { commandOf, isTyping } from "./shortcuts";

/** How long G waits for its second letter. */
const sequenceMs = 1200;

/** Listens to the page's keys. A dialog on top keeps single letters for itself. */
export function useKeyboard(): void {
  useEffect(() => {
    let before: { code: string; at: number } | null = null;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const chord = event.ctrlKey || event.metaKey || event.altKey;
      const busy = isTyping(event.target) || document.querySelector("[role=dialog]") !== null;
      if (!chord && busy) return;
      const recent = before && event.timeStamp - before.at < sequenceMs ? before.code : null;
      const command = commandOf(event, recent, preferences().singleKeys);
      before = chord ? null : { code: event.code, at: event.timeStamp };
      if (command && runCommand(command)) {
        event.preventDefault();
        before = null;
      }
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
