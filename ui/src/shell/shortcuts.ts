import type { CommandId } from "../state/commands";

/** One way to run a command. `code` is the place of the key, so that it works in an Arabic layout. */
export type Shortcut = {
  command: CommandId;
  code: string;
  mod?: boolean;
  shift?: boolean;
  alt?: boolean;
  /** A letter to be pressed before, e.g. G. */
  after?: string;
};

/** The one list of keys: the handler, the sheet and the palette all read it. */
export const shortcuts: Shortcut[] = [
  { command: "palette", code: "KeyK", mod: true },
  { command: "keys", code: "Slash", shift: true },
  { command: "go-chat", code: "KeyC", after: "KeyG" },
  { command: "go-council", code: "KeyU", after: "KeyG" },
  { command: "go-search", code: "Slash" },
  { command: "go-dashboard", code: "KeyD", after: "KeyG" },
  { command: "go-settings", code: "KeyS", after: "KeyG" },
  { command: "templates", code: "KeyT", alt: true },
  { command: "stop", code: "Period", mod: true },
  { command: "focus", code: "KeyF" },
  { command: "theme", code: "KeyL", mod: true, shift: true },
  { command: "language", code: "KeyA", mod: true, shift: true },
  ...([1, 2, 3, 4, 5, 6] as const).map((n) => ({
    command: `column-${n}` as const,
    code: `Digit${n}`,
    alt: true,
  })),
];

export type Press = Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

const isSingle = (shortcut: Shortcut) => !shortcut.mod && !shortcut.alt;

/** The command of a press, given the letter pressed just before and whether single letters count. */
export function commandOf(press: Press, before: string | null, singleKeys: boolean): CommandId | null {
  const match = shortcuts.find(
    (each) =>
      each.code === press.code &&
      (each.mod ?? false) === (press.ctrlKey || press.metaKey) &&
      (each.shift ?? false) === press.shiftKey &&
      (each.alt ?? false) === press.altKey &&
      (each.after ?? null) === (each.after ? before : null) &&
      (singleKeys || !isSingle(each)),
  );
  return match?.command ?? null;
}

/** Whether the key belongs to what is being typed. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
  );
}

const macLike = typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform);
const names: Record<string, string> = { Slash: "/", Period: "." };

function nameOf(code: string): string {
  return names[code] ?? code.replace(/^(Key|Digit)/, "");
}

/** The caps to press, as groups in order: [["G"], ["C"]] or [["Ctrl", "K"]]. */
export function capsOf(shortcut: Shortcut): string[][] {
  if (shortcut.command === "keys") return [["?"]];
  const caps = [
    ...(shortcut.mod ? [macLike ? "⌘" : "Ctrl"] : []),
    ...(shortcut.alt ? [macLike ? "⌥" : "Alt"] : []),
    ...(shortcut.shift ? ["Shift"] : []),
    nameOf(shortcut.code),
  ];
  return shortcut.after ? [[nameOf(shortcut.after)], caps] : [caps];
}

export function shortcutOf(command: CommandId): Shortcut | undefined {
  return shortcuts.find((each) => each.command === command);
}
