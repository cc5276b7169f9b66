import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { api, assertAccessible, base, launch, openPage, shots, until, variants } from "./browser.mjs";

const questions = {
  en: "Is WAL mode right for SQLite in a server with many readers?",
  ar: "هل وضع WAL مناسب لقاعدة SQLite في خادم كثير القرّاء؟",
};

let browser;
const places = {};

/** One conversation and one measured sample per language, made through the API. */
async function prepare(language) {
  const sample = await api("GET", `/samples/council?language=${language}`);
  const { id } = await api("POST", "/consultations", {
    question: sample.question,
    members: sample.answers.map(({ name, text }) => ({ type: "pasted", name, text })),
  });
  const conversation = await api("POST", "/conversations", { models: ["e2e/alpha", "e2e/beta"] });
  await api("POST", `/conversations/${conversation.id}/messages`, { text: questions[language] });
  await until(async () => (await api("GET", `/consultations/${id}`)).analysis, "the measurement");
  await until(async () => (await api("GET", `/conversations/${conversation.id}`)).run_id === null, "the answers");
  return { ask: "/council", council: `/council/${id}`, chat: `/chat/${conversation.id}`, settings: "/settings",
    search: `/search?q=${encodeURIComponent("WAL")}&language=${language}`,
    dashboard: "/dashboard",
    live: "/dashboard/live",
    record: "/dashboard/record",
    data: "/settings/data",
  };
}

before(async () => {
  browser = await launch();
  for (const language of ["en", "ar"]) {
    await api("PATCH", "/settings", { language, theme: "system" });
    places[language] = await prepare(language);
  }
});
after(async () => {
  await api("PATCH", "/settings", { language: "en", theme: "system" });
  await browser.close();
});

const ready = { ask: ".ask-form", council: ".claim-button", chat: ".facts", settings: ".provider-list", search: ".hit", dashboard: ".cost-table", live: ".live-table", record: ".dashboard section, .dashboard .empty.card", data: ".command" };

for (const { size, theme, language } of variants) {
  test(`${size}, ${theme}, ${language}: every screen is accessible and quiet`, async () => {
    await api("PATCH", "/settings", { language, theme: "system" });
    const { page, check, close } = await openPage(browser, { size, theme, language });
    for (const [name, path] of Object.entries(places[language])) {
      await page.goto(base + path);
      await page.locator(ready[name]).first().waitFor();
      if (name === "council") await page.locator(".claim-button").first().click();
      await page.evaluate(() => document.fonts.ready.then(() => undefined));
      assert.equal(await page.evaluate(() => document.documentElement.dir), language === "ar" ? "rtl" : "ltr");
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(sideways <= 0, `${name} is ${sideways} px wider than the screen`);
      await page.screenshot({ path: join(shots, `${name}-${size}-${theme}-${language}.png`) });
      if (["council", "dashboard", "live", "record", "data"].includes(name)) await wholePage(page, join(shots, `${name}-whole-${size}-${theme}-${language}.png`));
      await assertAccessible(page, `${name} ${size} ${theme} ${language}`);
    }
    await check();
    await close();
  });
}

/** The screen scrolls inside the page, so a picture of all of it needs a taller window. */
async function wholePage(page, path) {
  const before = page.viewportSize();
  const height = await page.evaluate(() => document.querySelector(".main")?.scrollHeight ?? 900);
  await page.setViewportSize({ width: before.width, height: height + 80 });
  await page.screenshot({ path });
  await page.setViewportSize(before);
}
