import { expect, it } from "vitest";
import { render } from "../testing/render";
import { Versions } from "./versions";

/** What is shown of a message among versions, and which message each press leads to. */
function lead(id: string, versions: string[], presses: (page: HTMLElement) => void) {
  const shown: string[] = [];
  const { page, act, remove } = render(<Versions message={{ id, versions }} show={(message) => shown.push(message)} />);
  const text = page.textContent;
  act(() => presses(page));
  remove();
  return { text, shown };
}

const button = (page: HTMLElement, label: string) => page.querySelector<HTMLElement>(`[aria-label="${label}"]`);
const press = (page: HTMLElement, key: string) =>
  page.querySelector("[role=group]")?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

it("a message without versions shows nothing", () => {
  expect(lead("a", ["a"], () => {}).text).toBe("");
});

it("buttons lead to the message before and after", () => {
  const { text, shown } = lead("b", ["a", "b", "c"], (page) => {
    button(page, "Version before")?.click();
    button(page, "Version after")?.click();
  });
  expect([text, shown]).toEqual(["2/3", ["a", "c"]]);
});

it("arrow keys lead too, and stop at the ends", () => {
  expect(lead("a", ["a", "b"], (page) => press(page, "ArrowRight")).shown).toEqual(["b"]);
  expect(lead("a", ["a", "b"], (page) => press(page, "ArrowLeft")).shown).toEqual([]);
  expect(lead("b", ["a", "b"], (page) => button(page, "Version after")?.click()).shown).toEqual([]);
});
