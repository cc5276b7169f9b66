import { External } from "./external";

/** What the one polite live region says. The number makes a repeated sentence a new one. */
export const announced = new External<{ text: string; turn: number }>({ text: "", turn: 0 });

/** Says a sentence to people who listen: that something finished, never token by token. */
export function announce(text: string): void {
  announced.set({ text, turn: announced.get().turn + 1 });
}
