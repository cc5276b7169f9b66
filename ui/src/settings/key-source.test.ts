import { expect, test } from "vitest";
import type { ProviderKey } from "../api/types";
import { wordsOf } from "../i18n/language";
import { sourceText } from "./key-source";

const key: ProviderKey = {
  name: "openai",
  origin: "https://api.openai.com",
  variables: ["OPENAI_API_KEY"],
  source: "none",
  variable: null,
  stored_at: null,
  stored_for: null,
  state: "unknown",
  reason: null,
};

const cases: [string, Partial<ProviderKey>, RegExp, RegExp][] = [
  ["none, with what may hold it", {}, /no key.*OPENAI_API_KEY/, /بلا مفتاح.*OPENAI_API_KEY/],
  ["none, and nothing may hold it", { variables: [] }, /^no key$/, /^بلا مفتاح$/],
  ["of the environment", { source: "environment", variable: "OPENAI_API_KEY" }, /from OPENAI_API_KEY/, /من OPENAI_API_KEY/],
  ["stored", { source: "stored", stored_at: "2026-11-22T10:00:00Z" }, /2026.*api\.openai\.com only/, /2026.*api\.openai\.com وحده/],
  ["stored for another address", { source: "misplaced", stored_for: "https://old.example" }, /old\.example.*not sent/, /old\.example.*لا يُرسل/],
];

test.each(cases)("a key that is %s says so in both languages", (_, change, english, arabic) => {
  expect(sourceText({ ...key, ...change }, wordsOf("en", "latn"))).toMatch(english);
  expect(sourceText({ ...key, ...change }, wordsOf("ar", "latn"))).toMatch(arabic);
});
