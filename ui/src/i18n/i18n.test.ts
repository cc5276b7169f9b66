import { describe, expect, it } from "vitest";
import { ar } from "./ar";
import codes from "./codes.json";
import { en } from "./en";
import { formatAgo, formatBytes, formatDay, formatDuration, formatScore, formatUsd, formatWhen } from "./format";
import { wordsOf } from "./language";
import { fill } from "./plural";

type Tree = { [key: string]: string | Tree };

/** Every text with its path. */
function leaves(tree: Tree, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${path}${key}`, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
}

/** The server has an English hint of its own, so only Arabic needs one for each code. */
const isHint = (key: string) => key.startsWith("hints.");

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted();

describe("the Arabic catalogue", () => {
  const english = new Map(leaves(en as unknown as Tree));
  const arabic = leaves(ar as unknown as Tree);

  it("has every text that English has, and no other", () => {
    const forms = /\.(?:zero|one|two|few|many|other)$/;
    const keys = (all: Iterable<string>) => [...new Set([...all].map((key) => key.replace(forms, "")))].toSorted();
    expect(keys(arabic.map(([key]) => key).filter((key) => !isHint(key)))).toEqual(
      keys([...english.keys()].filter((key) => !isHint(key))),
    );
  });

  it("has the same places for values", () => {
    const wrong = arabic.filter(([key, text]) => {
      const other = english.get(key);
      return other !== undefined && !key.endsWith(".one") && places(other).join() !== places(text).join();
    });
    expect(wrong).toEqual([]);
  });

  it("has all six plural forms wherever English has two", () => {
    const plurals = [...english.keys()].filter((key) => key.endsWith(".other")).map((key) => key.slice(0, -6));
    const known = new Set(arabic.map(([key]) => key));
    const missing = plurals.flatMap((key) =>
      ["zero", "one", "two", "few", "many", "other"].filter((form) => !known.has(`${key}.${form}`)).map((form) => `${key}.${form}`),
    );
    expect(plurals.length).toBeGreaterThan(3);
    expect(missing).toEqual([]);
  });
});

describe("what the server can say", () => {
  /** Codes of the page itself. */
  const own = ["server_unreachable", "unexpected"];

  it.each([
    ["English", en],
    ["Arabic", ar],
  ])("has a text in %s for every code, and no text is left of a code that is gone", (_, texts) => {
    expect(Object.keys(texts.notices).toSorted()).toEqual([...codes.notices, ...own].toSorted());
    expect(Object.keys(texts.analysis.limits).toSorted()).toEqual(codes.limits.toSorted());
  });

  it("helps in Arabic only with what it can say", () => {
    expect(Object.keys(ar.hints).filter((code) => !(code in ar.notices))).toEqual([]);
  });
});

describe("plural forms", () => {
  const { plural, t } = wordsOf("ar", "latn");
  it.each([
    [0, "بلا أعضاء"],
    [1, "عضو واحد"],
    [2, "عضوان"],
    [3, "3 أعضاء"],
    [11, "11 عضوًا"],
    [100, "100 عضو"],
  ])("%i", (n, expected) => {
    expect(plural(t.council.membersCount, n)).toBe(expected);
  });

  it("uses Arabic-Indic digits when they are chosen", () => {
    const words = wordsOf("ar", "arab");
    expect(words.plural(words.t.council.membersCount, 11)).toBe("١١ عضوًا");
  });
});

it("keeps a place visible that got no value", () => {
  expect(fill("{a} and {b}", { a: "1" })).toBe("1 and {b}");
});

it.each([
  ["0", "$0.00"],
  ["0.004475", "$0.0045"],
  ["0.000000123", "$0.00000012"],
  ["0.1234567", "$0.1235"],
  ["12.3456", "$12.35"],
])("%s US dollars read %s", (exact, expected) => {
  expect(formatUsd(exact, "en")).toBe(expected);
});

it("isolates money in Arabic text", () => {
  expect(formatUsd("0.5", "ar-u-nu-latn")).toBe("\u2066$0.50\u2069");
});

it.each([
  [0, "0 ms"],
  [412.4, "412 ms"],
  [5230, "5.2 sec"],
  [125_000, "2 min 5 sec"],
])("%d ms read %s", (duration_ms, expected) => {
  expect(formatDuration(duration_ms, "en")).toBe(expected);
});

it("shows a score with two digits", () => {
  expect(formatScore(0.5, "en")).toBe("0.50");
});

it.each([
  ["2026-11-22T09:05:00", "9:05 AM"],
  ["2026-03-02T09:05:00", "Mar 2"],
  ["2024-03-02T09:05:00", "Mar 2, 2024"],
])("%s is shown as %s", (iso, expected) => {
  expect(formatWhen(iso, new Date("2026-11-22T18:00:00"), "en").replaceAll("\u202f", " ")).toBe(expected);
});

it.each([
  ["2026-03-02", "Mar 2"],
  ["2024-03-02", "Mar 2, 2024"],
  ["2026-03", "March 2026"],
  ["", ""],
  ["other", "other"],
])("the day %s reads %s", (key, expected) => {
  expect(formatDay(key, new Date(2026, 10, 22), "en")).toBe(expected);
});

it.each([
  ["2026-11-22T17:59:30", "30 seconds ago"],
  ["2026-11-22T17:15:00", "45 minutes ago"],
  ["2026-11-22T15:00:00", "3 hours ago"],
  ["2026-11-21T17:00:00", "yesterday"],
  ["2026-11-22T18:00:05", "now"],
])("%s was %s", (iso, expected) => {
  expect(formatAgo(iso, new Date("2026-11-22T18:00:00"), "en")).toBe(expected);
});

it.each([
  [0, "0 byte"],
  [999, "999 byte"],
  [4096, "4 kB"],
  [1_234_567, "1.2 MB"],
  [5e12, "5,000 GB"],
])("%d bytes read %s", (size, expected) => {
  expect(formatBytes(size, "en")).toBe(expected);
});

describe("a notice", () => {
  const notice = { code: "provider_unauthorized", params: { provider: "openai" }, detail: "The key was refused.", hint: "Set it." };
  it("keeps the particulars in English", () => {
    expect(wordsOf("en", "latn").notice(notice)).toBe("The key was refused.");
  });
  it("is translated where its code is known", () => {
    expect(wordsOf("ar", "latn").notice(notice)).toBe(ar.notices.provider_unauthorized?.replace("{provider}", "openai"));
  });
  it("is told in the page's words, its values as people read them", () => {
    const low = { code: "budget_exceeded", params: { needed_usd: "0.5", limit_usd: "1", spent_usd: "0.8", reserved_usd: "0" }, detail: "", hint: null };
    expect(wordsOf("en", "latn").told(low)).toContain("up to $0.50. The cap ($1.00)");
    expect(wordsOf("en", "latn").told({ ...notice, code: "new_one" })).toBe("The key was refused.");
  });
  it("falls back on the server's words for an unknown code", () => {
    expect(wordsOf("ar", "latn").notice({ ...notice, code: "new_one" })).toBe("The key was refused.");
  });
});
