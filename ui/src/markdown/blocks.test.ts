import { expect, it } from "vitest";
import { BlockSplitter, groupSize } from "./blocks";

const sample = [
  "# Title\n",
  "First paragraph\nin two lines.\n\n",
  "- one\n- two\n\n  still two\n- three\n\n",
  "```rust\nfn main() {\n\n}\n```\n",
  "After code.\n\n",
  "1. a\n   ```sh\n   ls\n\n   cd\n   ```\n2. b\n\n",
  "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
  "الخلاصة: نعم.\n",
];

it("cuts where Markdown blocks end, and loses nothing", () => {
  const blocks = new BlockSplitter().update(sample.join("")).flat();
  expect(blocks).toEqual(sample);
});

it("gives the same blocks however the text arrives", () => {
  const text = sample.join("");
  for (const step of [1, 2, 3, 7, 50]) {
    const splitter = new BlockSplitter();
    for (let end = 0; end < text.length; end += step) splitter.update(text.slice(0, end));
    expect(splitter.update(text).flat()).toEqual(sample);
  }
});

it("never changes a block that it has sealed", () => {
  const text = sample.join("");
  const splitter = new BlockSplitter();
  let before: string[] = [];
  for (let end = 1; end <= text.length; end += 1) {
    const blocks = splitter.update(text.slice(0, end)).flat();
    expect(blocks.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
    before = blocks;
  }
});

it("knows that a code block is still open", () => {
  const splitter = new BlockSplitter();
  splitter.update("```py\nprint(1)\n\n");
  expect(splitter.inCode).toBe(true);
  splitter.update("```py\nprint(1)\n\n```\n");
  expect(splitter.inCode).toBe(false);
});

it("begins anew when the text is another one", () => {
  const splitter = new BlockSplitter();
  splitter.update("a\n\nb\n\n");
  expect(splitter.update("c\n").flat()).toEqual(["c\n"]);
});

it("cuts an endless list at an item", () => {
  const items = Array.from({ length: 600 }, (_, index) => `- item number ${index}\n`);
  const blocks = new BlockSplitter().update(items.join("")).flat();
  expect(blocks.length).toBeGreaterThan(1);
  expect(blocks.every((block) => block.startsWith("- item"))).toBe(true);
});

it("keeps a full group as the same array", () => {
  const text = Array.from({ length: 40 }, (_, index) => `Paragraph ${index}.\n\n`).join("");
  const splitter = new BlockSplitter();
  const [first] = splitter.update(text);
  expect(first).toHaveLength(groupSize);
  expect(splitter.update(`${text}More.\n\n`)[0]).toBe(first);
});
