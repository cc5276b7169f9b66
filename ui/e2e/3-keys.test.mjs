import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, base, launch, openPage } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await api("PATCH", "/settings", { language: "en", theme: "system" });
  await browser.close();
});

test("the palette finds and goes", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/council`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("Control+KeyK");
  await page.getByRole("dialog", { name: "Commands" }).waitFor();
  await page.keyboard.type("settings");
  // A moment after the last key the first match is chosen.
  await page.locator("[aria-activedescendant]").waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/settings");
  await check();
  await close();
});

test("the palette searches for what it does not know", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/council`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("Control+KeyK");
  await page.keyboard.type("checkpoint pages");
  await page.getByRole("menuitem", { name: "Search for “checkpoint pages”" }).click();
  await page.waitForURL("**/search?q=checkpoint+pages");
  assert.equal(await page.getByRole("searchbox", { name: "Words to look for" }).inputValue(), "checkpoint pages");
  await check();
  await close();
});

test("the list of keys opens with ? and closes with Escape", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/settings`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("Shift+Slash");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
  await check();
  await close();
});

test("G then a letter goes to a screen, and stays quiet while one types", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/settings`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await page.waitForURL("**/council");
  await page.getByRole("textbox", { name: "Question" }).fill("");
  await page.getByRole("textbox", { name: "Question" }).pressSequentially("gc");
  assert.match(page.url(), /\/council$/);
  await page.getByRole("textbox", { name: "Question" }).fill("");
  await check();
  await close();
});

test("keys change theme and language, and the whole page mirrors", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/settings`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("Control+Shift+KeyA");
  await page.getByRole("heading", { name: "الإعدادات" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dir), "rtl");
  await page.keyboard.press("Control+Shift+KeyL");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
  await check();
  await close();
});
