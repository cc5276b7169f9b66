import { expect, it } from "vitest";
import type { Call, Conversation, Model } from "../api/types";
import { tokensOf } from "../common/call-facts";
import { byProvider, priceText } from "../common/model-picker";
import { wordsOf } from "../i18n/language";
import { firstColumns } from "./chat";
import { pinnedFirst } from "./history";
import { withSent } from "./sending";

const model = (id: string, more: Partial<Model> = {}) =>
  ({ id, provider: id.split("/")[0], name: id.split("/")[1], display_name: null, state: "ready", demo: false, price: null, ...more }) as Model;

it.each([
  ["the columns used last", ["b/2", "a/1"], [model("a/1"), model("b/2")], ["b/2", "a/1"]],
  ["without those that are gone", ["b/2", "a/1"], [model("a/1")], ["a/1"]],
  ["without those that are unavailable", ["b/2"], [model("b/2", { state: "unavailable" }), model("a/1")], ["a/1"]],
  ["the first real model on a first visit", [], [model("local/x", { demo: true }), model("a/1")], ["a/1"]],
  ["the demonstration when there is no other", [], [model("local/x", { demo: true })], ["local/x"]],
  ["nothing without models", ["a/1"], [], []],
] as const)("a new conversation begins with %s", (_, kept, models, expected) => {
  expect(firstColumns([...kept], [...models])).toEqual(expected);
});

it("puts ready models before unavailable ones and demonstrations last of the ready", () => {
  const models = [model("a/3", { state: "unavailable" }), model("a/2", { demo: true }), model("a/1")];
  expect(byProvider(models)[0]?.[1].map(({ id }) => id)).toEqual(["a/1", "a/2", "a/3"]);
});

it.each([
  ["an unknown price", null, "price unknown"],
  ["half a price", { input_usd_per_mtok: "1", output_usd_per_mtok: null, source: "own", as_of: null }, "price unknown"],
  ["a price of zero", { input_usd_per_mtok: "0", output_usd_per_mtok: "0", source: "own", as_of: null }, "free"],
  ["a price", { input_usd_per_mtok: "1.25", output_usd_per_mtok: "10", source: "own", as_of: null }, "$1.25 in · $10.00 out per million tokens"],
] as const)("%s is said as it is", (_, price, expected) => {
  expect(priceText(model("a/1", { price }), wordsOf("en", "latn"))).toBe(expected);
});

it("adds the question and an empty answer to every channel that was asked, once", () => {
  const shown = { id: "c", run_id: null, channels: [{ id: "1", messages: [] }, { id: "2", messages: [] }] } as unknown as Conversation;
  const sent = { run_id: "r", replies: [{ channel_id: "2", user_message_id: "u", message_id: "m" }] };
  const once = withSent(shown, "Why?", sent, "now");
  expect(once.channels[0]?.messages).toEqual([]);
  expect(once.channels[1]?.messages.map(({ id, text, state }) => [id, text, state])).toEqual([
    ["u", "Why?", "complete"],
    ["m", "", "streaming"],
  ]);
  expect(withSent(once, "Why?", sent, "now").channels[1]?.messages).toHaveLength(2);
});

it("lists pinned conversations first and keeps the order otherwise", () => {
  const items = [1, 2, 3, 4].map((n) => ({ n, pinned: n % 2 === 0 }));
  expect(pinnedFirst(items).map(({ n }) => n)).toEqual([2, 4, 1, 3]);
});

it.each([
  ["everything known", { fresh_tokens: 10, cache_read_tokens: 5, cache_write_5m_tokens: null, output_tokens: 7 }, { input: 15, output: 7 }],
  ["no output count", { fresh_tokens: 10, output_tokens: null }, null],
  ["no input count", { fresh_tokens: null, output_tokens: 3 }, null],
])("tokens with %s", (_, usage, expected) => {
  const all = { cache_read_tokens: null, cache_write_5m_tokens: null, cache_write_1h_tokens: null, ...usage };
  expect(tokensOf({ usage: all } as unknown as Call)).toEqual(expected);
});
