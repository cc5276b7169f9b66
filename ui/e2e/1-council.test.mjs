import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, base, launch, openPage, until } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("a first visit shows the sample, and one click measures it", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(base);
  await page.waitForURL("**/council");
  await page.getByRole("heading", { name: "See it work first" }).waitFor();
  await page.getByRole("button", { name: "Try the sample" }).click();
  await page.waitForURL(/\/council\/.+/);
  const rows = page.locator(".claim-button");
  await rows.first().waitFor();
  assert.ok((await rows.count()) >= 3, "the sample has claims");
  assert.equal(await page.locator(".grid-member").count(), 4);
  assert.ok((await page.locator(".contradiction mark").count()) >= 2, "the sample has a marked contradiction");
  await check();
  await close();
});

test("a claim opens its evidence, and the address keeps it", async () => {
  const { page, check, close } = await openPage(browser);
  const { items } = await api("GET", "/consultations?limit=1");
  await page.goto(`${base}/council/${items[0].id}`);
  const first = page.locator(".claim-button").first();
  await first.focus();
  await page.keyboard.press("Enter");
  await page.locator(".evidence mark").first().waitFor();
  assert.match(page.url(), /claim=C\d+/);
  await page.reload();
  await page.locator(".evidence mark").first().waitFor();
  await page.locator(".claim-button").first().focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement?.className), "claim-button");
  await check();
  await close();
});

test("every figure says what it means", async () => {
  const { page, check, close } = await openPage(browser);
  const { items } = await api("GET", "/consultations?limit=1");
  await page.goto(`${base}/council/${items[0].id}`);
  await page.getByRole("button", { name: "What does Agreement mean?" }).first().click();
  await page.getByRole("dialog", { name: "Agreement" }).getByText("H/ln n").waitFor();
  await page.keyboard.press("Escape");
  await check();
  await close();
});

test("models and a pasted answer sit in one council, and a failed member fails alone", async () => {
  const { page, check, close } = await openPage(browser);
  await until(async () => {
    const { models } = await api("GET", "/models");
    return models.some(({ id }) => id === "e2e/alpha");
  }, "the models of the test server");
  await page.goto(`${base}/council`);
  await page.getByRole("textbox", { name: "Question" }).fill("Is WAL mode right for SQLite in a server?");
  await until(() => page.locator(".seat").count(), "the members offered");
  while ((await page.locator(".seat").count()) > 0) await page.getByRole("button", { name: /^Remove / }).first().click();
  for (const name of ["alpha", "beta", "broken"]) {
    await page.getByRole("button", { name: "Add a model" }).click();
    await page.getByRole("searchbox", { name: "Search models…" }).fill(name);
    await page.getByRole("menuitem", { name: new RegExp(name) }).first().click();
    await page.locator(".seat", { hasText: name }).waitFor();
  }
  await page.getByRole("button", { name: "Paste an answer" }).click();
  await page.getByLabel("Answer", { exact: true }).fill("The automatic checkpoint runs after 1000 pages. WAL mode does not work over a network file system.");
  await page.getByRole("button", { name: "Ask the council" }).click();
  await page.waitForURL(/\/council\/.+/);
  await page.locator(".claim-button").first().waitFor({ timeout: 30_000 });
  await page.getByText("degraded", { exact: true }).waitFor();
  assert.equal(await page.locator(".answer .notice.bad").count(), 1);
  await page.locator(".answer .code-frame").first().waitFor();
  // The council goes on: reviews, a second round, a conclusion with what it rests on.
  await page.getByRole("heading", { name: "Reviews" }).waitFor();
  await page.getByText("conformity", { exact: true }).first().waitFor();
  await page.getByRole("heading", { name: "Synthesis without the missing members" }).waitFor();
  await page.getByText("unsupported", { exact: true }).waitFor();
  await page.getByRole("button", { name: "right" }).first().click();
  await page.locator('.verdict [aria-pressed="true"]').waitFor();
  await check();
  await close();
});
