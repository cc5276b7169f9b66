import { expect, it } from "vitest";
import { ApiError } from "./client";
import { once } from "./once";

const failed = (status: number) => new ApiError(status, { code: "x", params: {}, detail: "", hint: null });

/** The keys under which `what` is sent while each attempt ends as told: 200, or an error's status. */
async function keysOf(what: string, endings: number[]): Promise<string[]> {
  const keys: string[] = [];
  for (const status of endings) {
    await once(what, async (key) => {
      keys.push(key);
      if (status !== 200) throw failed(status);
    }).catch(() => {});
  }
  return keys;
}

it.each([
  ["is the same after the connection failed", [0, 0, 200], [true, true]],
  ["is fresh after an answer", [200, 200], [false]],
  ["is fresh after a refusal", [402, 200], [false]],
] as const)("the key of a request %s", async (what, endings, same) => {
  const keys = await keysOf(what, [...endings]);
  expect(keys.slice(1).map((key, index) => key === keys[index])).toEqual(same);
});

it("two requests have two keys", async () => {
  expect((await keysOf("a", [0]))[0]).not.toBe((await keysOf("b", [0]))[0]);
});
