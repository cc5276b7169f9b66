// What a frame costs while six columns are written at 100 tokens a second each, early and late in the text.
import { base, launch, openPage } from "../e2e/browser.mjs";
import { installReplay, serveConversation } from "../e2e/replay.mjs";
import { english } from "../e2e/upstream.mjs";

const columns = 6;
/** 100 tokens of four characters a second, in frames of a sixtieth. */
const perFrame = Math.ceil((100 * 4) / 60);
const frames = 120;
const places = [2_000, 18_000];
const kinds = ["TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration"];

const text = Array.from({ length: 30 }, (_, index) => `### Part ${index + 1}\n\n${english.beta}\n\n${english.alpha}`).join("\n\n");

const browser = await launch();
const { page, context, close } = await openPage(browser);
const devtools = await context.newCDPSession(page);
// CPU of the thread, not time on the wall: other work on this machine does not count.
await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
const marks = new Map();
const done = new Promise((resolve) => {
  void context.exposeFunction("reached", async (name) => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    marks.set(name, Object.fromEntries(metrics.map((metric) => [metric.name, 1000 * metric.value])));
    if (name === `${places.at(-1)} to`) resolve();
  });
});
await context.addInitScript(installReplay, { text, columns, places, frames, perFrame, pieces: 1 });
await serveConversation(page, columns);
await page.goto(`${base}/chat/replay`);
await done;
await close();
await browser.close();

const found = places.map((place) => {
  const [from, to] = [marks.get(`${place} from`), marks.get(`${place} to`)];
  return kinds.map((kind) => (to[kind] - from[kind]) / frames);
});
const line = (name, values) => console.log(name.padEnd(26) + values.map((value) => value.padStart(10)).join(""));
line("ms of CPU a frame at", ["all", "script", "layout", "style"]);
places.forEach((place, index) => line(`${place} characters a column`, found[index].map((ms) => ms.toFixed(2))));
line("the later by the earlier", found[0].map((early, index) => (found[1][index] / early).toFixed(2)));
