import { expect, it } from "vitest";
import { render } from "../testing/render";
import { Reports } from "./alerts";

it.each([
  ["without a channel it says where one is named", [], "No channel is set up. Name one under [alerts.NAME] in majlis.toml."],
  ["a channel that took it", [{ name: "phone", kind: "ntfy", error: null }], "sentphone ntfy"],
  ["a channel that did not says why", [{ name: "hook", kind: "webhook", error: "It answered 500." }], "failedhook webhookIt answered 500."],
])("%s", (_, reports, expected) => {
  const { page, remove } = render(<Reports reports={reports} />);
  expect(page.textContent).toBe(expected);
  remove();
});
