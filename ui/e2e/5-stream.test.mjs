import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, launch, openPage } from "./browser.mjs";
import { installReplay, serveConversation } from "./replay.mjs";

const columns = 6;
const frames = 60;
const perFrame = 12;
const pieces = 4;
const start = 600;

/** Words that number themselves, so that a lost or doubled one shows. */
const text = Array.from({ length: 400 }, (_, index) => `word${index}`).join(" ");

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("six columns that stream lose nothing and are drawn at most once a frame", async () => {
  const { page, context, check, close } = await openPage(browser);
  const done = new Promise((resolve) => {
    void context.exposeFunction("reached", (name) => {
      if (name === `${start} from`) {
        // Called back once for all that changed together: a token drawn by itself would be a call of its own.
        return page.evaluate(() => {
          globalThis.drawn = 0;
          new MutationObserver(() => (globalThis.drawn += 1)).observe(document.querySelector(".columns"), {
            subtree: true,
            childList: true,
            characterData: true,
          });
        });
      }
      return resolve();
    });
  });
  await context.addInitScript(installReplay, { text, columns, places: [start], frames, perFrame, pieces });
  await serveConversation(page, columns);
  await page.goto(`${base}/chat/replay`);
  await done;
  const expected = text.slice(0, start + frames * perFrame);
  // Not the inner text: what is out of sight is not laid out.
  const shown = await page.locator(".from-model .markdown").allTextContents();
  assert.deepEqual(
    shown.map((each) => each.trim()),
    Array.from({ length: columns }, () => expected.trim()),
  );
  const drawn = await page.evaluate(() => globalThis.drawn);
  assert.ok(drawn > 0 && drawn <= frames + 2, `${columns * pieces * frames} tokens in ${frames} frames were drawn in ${drawn} steps`);
  await check();
  await close();
});
