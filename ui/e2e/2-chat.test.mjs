import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, base, launch, openPage, until } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
  await until(async () => {
    const { models } = await api("GET", "/models");
    return models.some(({ id }) => id === "e2e/alpha");
  }, "the models of the test server");
});
after(() => browser.close());

/** A new conversation with these models as columns. */
async function openChat(models, options) {
  const opened = await openPage(browser, options);
  await opened.context.addInitScript((columns) => localStorage.setItem("majlis.columns", columns), JSON.stringify(models));
  await opened.page.goto(`${base}/chat`);
  return opened;
}

async function send(page, text) {
  await page.getByRole("textbox", { name: /^(Message|الرسالة)$/ }).fill(text);
  await page.keyboard.press("Control+Enter");
}

test("two models answer side by side, and what it took is shown", async () => {
  const { page, check, close } = await openChat(["e2e/alpha", "e2e/beta"]);
  await send(page, "Is WAL mode right for SQLite?");
  await page.waitForURL(/\/chat\/.+/);
  await page.locator(".column").nth(0).getByRole("heading", { name: "Short answer" }).waitFor();
  await page.locator(".column").nth(1).locator("li").nth(2).waitFor();
  await until(async () => (await page.locator(".facts").count()) === 2, "both answers to end");
  assert.match(await page.locator(".facts").nth(0).innerText(), /42 in/);
  assert.match(await page.locator(".facts").nth(0).innerText(), /\$0\.\d+/);
  assert.match(await page.locator(".facts").nth(1).innerText(), /cost unknown/);
  await page.locator(".hljs-keyword").first().waitFor();
  await page.reload();
  await page.locator(".column").nth(0).getByRole("heading", { name: "Short answer" }).waitFor();
  await check();
  await close();
});

test("an error stays in its column with a way on", async () => {
  const { page, check, close } = await openChat(["e2e/alpha", "e2e/broken"]);
  await send(page, "Hello?");
  await page.locator(".column").nth(1).locator(".notice.bad").waitFor({ timeout: 30_000 });
  await page.locator(".column").nth(1).getByRole("button", { name: /again$/ }).waitFor();
  await page.locator(".column").nth(0).locator(".facts").waitFor();
  assert.equal(await page.locator(".column").nth(0).locator(".notice.bad").count(), 0);
  await check();
  await close();
});

test("stop keeps what came", async () => {
  const { page, check, close } = await openChat(["e2e/slow"]);
  await send(page, "Tell me slowly.");
  await page.locator(".from-model .markdown").getByText("Short").waitFor();
  await page.keyboard.press("Control+Period");
  await page.getByText("stopped", { exact: true }).waitFor();
  assert.match(await page.locator(".from-model .markdown").innerText(), /^Short/);
  await check();
  await close();
});

test("an answer that is still written goes on after a reload", async () => {
  const { page, check, close } = await openChat(["e2e/slow"]);
  await send(page, "Once more, slowly.");
  await page.waitForURL(/\/chat\/.+/);
  await page.locator(".from-model .markdown").getByText("Short").waitFor();
  await page.reload();
  await page.locator(".from-model .markdown").getByText("Short").waitFor();
  const before = (await page.locator(".from-model .markdown").innerText()).length;
  await until(async () => (await page.locator(".from-model .markdown").innerText()).length > before, "the text to grow");
  await page.keyboard.press("Control+Period");
  await page.getByText("stopped", { exact: true }).waitFor();
  await check();
  await close();
});

test("what was typed and not sent survives a reload", async () => {
  const { page, check, close } = await openChat(["e2e/alpha"]);
  await page.getByRole("textbox", { name: "Message" }).fill("half a thought");
  await page.reload();
  assert.equal(await page.getByRole("textbox", { name: "Message" }).inputValue(), "half a thought");
  await check();
  await close();
});

test("another answer and another wording stand beside the old ones as versions", async () => {
  const { page, check, close } = await openChat(["e2e/alpha", "e2e/beta"]);
  await send(page, "First wording?");
  await page.waitForURL(/\/chat\/.+/);
  const column = page.locator(".column").nth(0);
  await column.locator(".facts").waitFor();
  await column.getByRole("button", { name: /^Ask alpha again/ }).click();
  const versions = column.getByRole("group", { name: "Version 2 of 2" });
  await versions.waitFor();
  await column.locator(".facts").waitFor();
  await versions.getByRole("button", { name: "Version before" }).focus();
  await page.keyboard.press("ArrowLeft");
  await column.getByRole("group", { name: "Version 1 of 2" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Version before", "the focus stays");
  await column.locator(".from-user").hover();
  await column.getByRole("button", { name: "Edit this question" }).click();
  const field = page.getByRole("textbox", { name: "Message" });
  assert.equal(await field.inputValue(), "First wording?");
  await field.fill("Second wording?");
  await page.keyboard.press("Control+Enter");
  await column.locator(".bubble", { hasText: "Second wording?" }).waitFor();
  assert.match(await page.locator(".column").nth(1).locator(".bubble").innerText(), /First wording/, "only one column was asked");
  await column.locator(".from-user").getByRole("group", { name: "Version 2 of 2" }).waitFor();
  await column.locator(".facts").waitFor();
  await column.locator(".from-user").getByRole("button", { name: "Version before" }).click();
  await column.locator(".bubble", { hasText: "First wording?" }).waitFor();
  await column.locator(".from-model").getByRole("group", { name: /^Version . of 2$/ }).waitFor();
  await check();
  await close();
});

test("the rewording of a question can be given up, and what was being written comes back", async () => {
  const { page, check, close } = await openChat(["e2e/alpha"]);
  await send(page, "Keep me.");
  await page.waitForURL(/\/chat\/.+/);
  await page.locator(".facts").waitFor();
  const field = page.getByRole("textbox", { name: "Message" });
  await field.fill("half a thought");
  await page.locator(".from-user").hover();
  await page.getByRole("button", { name: "Edit this question" }).click();
  await page.getByText("You reword a question.").waitFor();
  await field.press("Escape");
  await page.getByText("You reword a question.").waitFor({ state: "detached" });
  assert.equal(await field.inputValue(), "half a thought");
  await check();
  await close();
});

test("columns become tabs on a phone, and one can be focused on a desktop", async () => {
  const phone = await openChat(["e2e/alpha", "e2e/beta"], { size: "phone" });
  await phone.page.getByRole("tab", { name: "alpha" }).waitFor();
  await phone.page.getByRole("tab", { name: "beta" }).click();
  assert.match(phone.page.url(), /only=2/);
  await phone.check();
  await phone.close();
  const desktop = await openChat(["e2e/alpha", "e2e/beta"]);
  await desktop.page.locator(".column").nth(1).waitFor();
  await desktop.page.locator(".column-scroll").nth(1).focus();
  await desktop.page.keyboard.press("f");
  await desktop.page.waitForURL(/only=2/);
  await desktop.page.keyboard.press("Alt+Digit1");
  await desktop.page.waitForURL(/only=1/);
  await desktop.check();
  await desktop.close();
});
