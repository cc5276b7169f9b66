import { afterEach, expect, it } from "vitest";
import { codeIn, door, heldSession, holdSession, lock, locksOut, takeCode } from "./held";

afterEach(() => {
  holdSession(null);
  door.set({ state: "open" });
  history.replaceState(null, "", "/");
});

it.each([
  ["#token=majlis_code_a-b_c", "majlis_code_a-b_c"],
  ["#token=", null],
  ["#budgets", null],
  ["", null],
])("the fragment %s brings %s", (hash, expected) => {
  expect(codeIn(hash)).toBe(expected);
});

it("takes the code out of the address and leaves the rest of it", () => {
  history.replaceState(null, "", "/search?q=a#token=x");
  expect(takeCode()).toBe("x");
  expect(location.pathname + location.search + location.hash).toBe("/search?q=a");
  expect(takeCode()).toBeNull();
});

it("leaves other fragments alone", () => {
  history.replaceState(null, "", "/dashboard#budgets");
  expect(takeCode()).toBeNull();
  expect(location.hash).toBe("#budgets");
});

it("keeps the session of this tab until it is locked", () => {
  holdSession("s");
  expect(heldSession()).toBe("s");
  lock(null);
  expect([heldSession(), door.get().state]).toEqual([null, "locked"]);
});

it("is not locked by the late answer to what was asked before signing in", () => {
  holdSession("s");
  expect(locksOut(401, { code: "token_required", params: {}, detail: "", hint: null })).toBe(false);
});

it.each([
  [401, "token_required", true],
  [401, "session_over", true],
  [401, "token_wrong", true],
  [401, "code_used", false],
  [429, "token_attempts", false],
  [401, "provider_unauthorized", false],
])("%i %s locks out: %s", (status, code, expected) => {
  expect(locksOut(status, { code, params: {}, detail: "", hint: null })).toBe(expected);
});
