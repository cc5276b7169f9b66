import { expect, it } from "vitest";
import { capsOf, commandOf, shortcuts, type Press } from "./shortcuts";

const press = (code: string, held: Partial<Press> = {}): Press => ({
  code,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});

it.each([
  ["Ctrl+K opens the palette", press("KeyK", { ctrlKey: true }), null, "palette"],
  ["Cmd+K opens the palette", press("KeyK", { metaKey: true }), null, "palette"],
  ["G then C goes to Chat", press("KeyC"), "KeyG", "go-chat"],
  ["C alone does nothing", press("KeyC"), null, null],
  ["G then U goes to Council", press("KeyU"), "KeyG", "go-council"],
  ["/ goes to the search", press("Slash"), null, "go-search"],
  ["? lists the keys", press("Slash", { shiftKey: true }), null, "keys"],
  ["F focuses one column", press("KeyF"), null, "focus"],
  ["Ctrl+F stays the browser's", press("KeyF", { ctrlKey: true }), null, null],
  ["Alt+3 goes to the third column", press("Digit3", { altKey: true }), null, "column-3"],
  ["Alt+T opens the templates", press("KeyT", { altKey: true }), null, "templates"],
  ["Ctrl+Shift+L changes the theme", press("KeyL", { ctrlKey: true, shiftKey: true }), null, "theme"],
] as const)("%s", (_, key, before, command) => {
  expect(commandOf(key, before, true)).toBe(command);
});

it("single letters do nothing when they are turned off, chords still do", () => {
  expect(commandOf(press("KeyF"), null, false)).toBeNull();
  expect(commandOf(press("KeyC"), "KeyG", false)).toBeNull();
  expect(commandOf(press("KeyK", { ctrlKey: true }), null, false)).toBe("palette");
});

it("no two shortcuts are the same keys", () => {
  const caps = shortcuts.map((shortcut) => JSON.stringify(capsOf(shortcut)));
  expect(new Set(caps).size).toBe(caps.length);
});
