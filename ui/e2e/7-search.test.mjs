import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, base, launch, openPage, until } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
  for (const text of ["Does the heron search for WAL?", "هل يبحث مالك الحزين عن وضع WAL؟"]) {
    const { id } = await api("POST", "/conversations", { models: ["e2e/alpha"] });
    await api("POST", `/conversations/${id}/messages`, { text });
    await until(async () => (await api("GET", `/conversations/${id}`)).run_id === null, "the answer");
  }
});
after(() => browser.close());

test("what was asked is found, marked, and opened at its message", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/search`);
  await page.getByRole("searchbox", { name: "Words to look for" }).fill("heron wal");
  const hit = page.locator(".hit", { hasText: "heron" }).first();
  await hit.locator("mark", { hasText: /heron/i }).waitFor();
  assert.match(page.url(), /q=heron\+wal/);
  await hit.getByRole("link").click();
  await page.waitForURL(/\/chat\/.+message=/);
  await page.locator("[data-named]", { hasText: "heron" }).waitFor();
  await page.goBack();
  await hit.waitFor();
  await check();
  await close();
});

test("Arabic is found in any spelling and stands from right to left", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/search?q=${encodeURIComponent("الحَزين")}`);
  const snippet = page.locator(".snippet", { hasText: "الحزين" }).first();
  await snippet.waitFor();
  assert.equal(await snippet.getAttribute("dir"), "rtl");
  await check();
  await close();
});

test("filters narrow the results and live in the address", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/search?q=wal`);
  await page.locator(".hit").first().waitFor();
  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByLabel("Kind").selectOption("question");
  await page.waitForURL(/kind=question/);
  await until(async () => (await page.locator(".hit .chip").allInnerTexts()).every((text) => text === "question"), "only questions");
  await page.getByLabel("Cost from, US$").fill("1000");
  await page.getByRole("heading", { name: "Nothing was found for “wal”" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Clear the filters" }).first().click();
  await page.locator(".hit").first().waitFor();
  assert.doesNotMatch(page.url(), /kind|min/);
  await check();
  await close();
});

test("an answer of a council opens the consultation at that answer", async () => {
  const { page, check, close } = await openPage(browser);
  const members = ["The quokka smiles at visitors.", "No quokka smiles."].map((text, index) => ({ type: "pasted", name: `N${index}`, text }));
  await api("POST", "/consultations", { question: "Do they smile?", members });
  await page.goto(`${base}/search?q=quokka&kind=answer`);
  await page.locator(".hit").getByRole("link").first().click();
  await page.waitForURL(/\/council\/.+message=/);
  await page.locator(".answer[data-named]").waitFor();
  await check();
  await close();
});

test("the next page comes as one scrolls", async () => {
  const { page, check, close } = await openPage(browser, { size: "phone" });
  const members = Array.from({ length: 9 }, (_, index) => ({ type: "pasted", name: `M${index}`, text: `The ibex number ${index} climbs.` }));
  for (let count = 0; count < 3; count += 1) await api("POST", "/consultations", { question: `Which ibex climbs? ${count}`, members });
  await page.goto(`${base}/search?q=ibex`);
  await page.locator(".hit").first().waitFor();
  await until(async () => {
    await page.mouse.wheel(0, 4000);
    await page.locator(".main").evaluate((main) => main.scrollTo(0, main.scrollHeight));
    return (await page.locator(".hit").count()) >= 30;
  }, "thirty results");
  await page.getByText("30 results", { exact: true }).first().waitFor();
  await check();
  await close();
});
