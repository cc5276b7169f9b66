import { expect, it } from "vitest";
import { DraftKeeper, type Kept } from "./keeper";

type Tab = { field: string; offered: string | null; keeper: DraftKeeper<string> };

/** A server that numbers its writes, and browsers that look at it. */
function world(kept: string) {
  let writes = 0;
  const stamp = (value: string): Kept<string> => ({ value, updated_at: value === "" ? null : `t${(writes += 1)}` });
  let there = stamp(kept);
  const browser = (seen: string | null = null) => {
    let known = seen;
    return (field: string): Tab => {
      const tab: Tab = { field, offered: null, keeper: undefined as never };
      tab.keeper = new DraftKeeper(
        {
          store: { read: async () => there, write: async (value) => (there = stamp(value)) },
          empty: "",
          same: (a, b) => a === b,
          seen: { get: () => known, set: (value) => (known = value) },
          replace: (value) => (tab.field = value),
          elsewhere: (value) => (tab.offered = value),
        },
        field,
      );
      return tab;
    };
  };
  return { browser, server: () => there.value };
}

async function type(tab: Tab, text: string): Promise<void> {
  tab.field = text;
  tab.keeper.typed(text);
  await tab.keeper.flush();
}

it.each([
  ["an empty field gets what is kept", "Kept", null, "", { field: "Kept", offered: null, server: "Kept" }],
  ["what the server does not have goes to it", "", null, "Mine", { field: "Mine", offered: null, server: "Mine" }],
  ["typed after the last write and reloaded, it wins", "Kept", "t1", "Kept and", { field: "Kept and", offered: null, server: "Kept and" }],
  ["emptied after the last write, it stays empty", "Kept", "t1", "", { field: "", offered: null, server: "" }],
  ["what another browser typed is offered", "Theirs", "t0", "Mine", { field: "Mine", offered: "Theirs", server: "Theirs" }],
  ["the same text is nobody's question", "Same", null, "Same", { field: "Same", offered: null, server: "Same" }],
] as const)("on opening: %s", async (_, kept, seen, field, expected) => {
  const { browser, server } = world(kept);
  const tab = browser(seen)(field);
  await tab.keeper.load();
  expect({ field: tab.field, offered: tab.offered, server: server() }).toEqual(expected);
});

async function twoTabs() {
  const { browser, server } = world("");
  const open = browser();
  const [one, two] = [open(""), open("")];
  await one.keeper.load();
  await two.keeper.load();
  await type(one, "One");
  await type(two, "Two");
  return { one, two, server };
}

it("two tabs do not write over each other", async () => {
  const { two, server } = await twoTabs();
  expect([two.field, two.offered, server()]).toEqual(["Two", "One", "One"]);
});

it("keeping mine writes it, and the other tab is told at its next key", async () => {
  const { one, two, server } = await twoTabs();
  await two.keeper.keep();
  expect([two.offered, server()]).toEqual([null, "Two"]);
  await type(one, "One more");
  expect([one.offered, server()]).toEqual(["Two", "Two"]);
});

it("taking the other's brings it into the field, and typing goes on from there", async () => {
  const { two, server } = await twoTabs();
  two.keeper.take();
  await type(two, "One and two");
  expect([two.offered, server()]).toEqual([null, "One and two"]);
});

it("sending forgets the draft, but not what another tab has typed since", async () => {
  const { one, two, server } = await twoTabs();
  await two.keeper.sent();
  expect(server()).toBe("One");
  await one.keeper.sent();
  expect(server()).toBe("");
});

it("what waits when it is sent is not written after", async () => {
  const { browser, server } = world("");
  const tab = browser()("");
  await tab.keeper.load();
  await type(tab, "Que");
  tab.keeper.typed("Question");
  await tab.keeper.sent();
  await tab.keeper.flush();
  expect(server()).toBe("");
});
