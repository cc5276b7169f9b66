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
  assert.equal(await page.locator("#claims .grid-member").count(), 4);
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

const answers = [
  ["Ann", "A full backup certainly takes 6 hours. The archive holds 12 * 450 = 5400 gigabytes. The backup must always be encrypted."],
  ["Ben", "A full backup probably takes 4 hours. The archive holds 12 * 450 = 5200 gigabytes. Maybe the network is slow.\n\n```json\n{\"every\": 7,}\n```"],
];

test("a claim shows how sure it is and what of it does not hold, and both lead to the words", async () => {
  const { page, check, close } = await openPage(browser);
  const { id } = await api("POST", "/consultations", {
    question: "How long does a backup take?",
    members: answers.map(([name, text]) => ({ type: "pasted", name, text })),
  });
  await until(async () => (await api("GET", `/consultations/${id}`)).analysis, "the measurement");
  await page.goto(`${base}/council/${id}`);
  await page.locator(".claim-button .certainty.hedged").waitFor();
  assert.equal(await page.locator(".claim-button .check-mark").count(), 1, "only the wrong sum stands in a claim");
  const failed = page.locator(".check-card");
  assert.equal(await failed.count(), 2, "the sum, and the JSON outside of claims");
  await failed.filter({ hasText: "wrong sum" }).getByText("It is 5400.").waitFor();
  await failed.filter({ hasText: "broken JSON" }).getByRole("link", { name: "Whole answer" }).waitFor();
  await failed.getByRole("button", { name: /^Claim C/ }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".evidence .check-line", { hasText: "12 * 450 = 5200" }).waitFor();
  assert.match(page.url(), /claim=C\d+/);
  await until(() => page.evaluate(() => document.activeElement?.className === "claim-button"), "the claim to have the focus");
  await check();
  await close();
});

test("a keyword narrows the claims to those with it, and a topic opens its claims", async () => {
  const { page, check, close } = await openPage(browser);
  const { items } = await api("GET", "/consultations?limit=50");
  const sample = items.find(({ member_count }) => member_count === 4);
  await page.goto(`${base}/council/${sample.id}`);
  const rows = page.locator(".claim-button[id]");
  await rows.first().waitFor();
  await page.locator(".keyword").first().click();
  await page.waitForURL(/word=/);
  const word = new URL(page.url()).searchParams.get("word").toLowerCase();
  const shown = await page.locator(".segment[aria-pressed=true] .number").first().innerText();
  assert.ok(Number(shown) >= 1, `claims with ${word}`);
  await page.getByRole("button", { name: "Show claims with other words too" }).click();
  const topic = page.locator(".claim-grid:has(.topic-cell) .claim-button").first();
  await topic.click();
  await page.waitForURL(/topic=0/);
  await page.locator(".claim-texts .claim-link").first().click();
  await page.locator(".evidence mark").first().waitFor();
  await check();
  await close();
});

test("before asking, the mode says what it does and each stage what it may cost", async () => {
  const { page, check, close } = await openPage(browser);
  await until(async () => (await api("GET", "/models")).models.some(({ id }) => id === "e2e/alpha"), "the models of the test server");
  await page.goto(`${base}/council`);
  await page.getByRole("textbox", { name: "Question" }).fill("Which database?");
  await page.getByRole("radio", { name: "council", exact: true }).check();
  await page.getByText("Ask and measure; then members review").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.getByText("Like council, with a second round").waitFor();
  await page.locator(".ask-form .stages li", { hasText: "Second round" }).waitFor();
  await page.getByLabel("At most, US$").fill("a lot");
  await page.getByText("Write dollars like 1.50").first().waitFor();
  assert.ok(await page.getByRole("button", { name: "Ask the council" }).isDisabled());
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
  // What a conclusion cites is one click away, and so is what this says of the judges.
  await page.locator(".cites a", { hasText: "A1" }).first().click();
  await page.waitForURL(/#answer-0/);
  await page.getByRole("link", { name: /How these judges lean/ }).click();
  await page.getByRole("heading", { name: "Answers you judged" }).waitFor();
  await page.locator(".record-row", { hasText: "alpha" }).waitFor();
  await page.getByRole("button", { name: "What does Own provider mean?" }).click();
  await page.getByRole("dialog", { name: "Own provider" }).waitFor();
  await page.keyboard.press("Escape");
  await check();
  await close();
});
