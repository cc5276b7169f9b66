import type { KeyboardEvent } from "react";

/** Up and down go from row to row. */
export function moveBetweenRows(event: KeyboardEvent<HTMLTableElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !(event.target as Element).matches(".claim-button")) return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>(".claim-button")];
  const next = buttons[buttons.indexOf(event.target as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
