import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { api, base, launch, openPage, until } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
  const { id } = await api("POST", "/conversations", { models: ["e2e/alpha"] });
  await api("POST", `/conversations/${id}/messages`, { text: "What does it cost?" });
  await until(async () => (await api("GET", `/conversations/${id}`)).run_id === null, "the answer");
});
after(async () => {
  await api("PUT", "/budgets", { run_usd: null, day_usd: null, month_usd: null, programs_usd: null, uncapped_models: [] });
  await browser.close();
});

async function openChat(models) {
  const opened = await openPage(browser);
  const { id } = await api("POST", "/conversations", { models });
  await opened.page.goto(`${base}/chat/${id}`);
  return { ...opened, field: opened.page.getByRole("textbox", { name: "Message" }) };
}

test("costs are added up, divided, drawn and listed", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/dashboard`);
  await page.locator(".chart-bar .bar-known").first().waitFor();
  await page.getByLabel("Divided by").selectOption("model");
  await page.waitForURL(/by=model/);
  const row = page.locator(".cost-table tbody tr", { hasText: "alpha" });
  await row.waitFor();
  assert.match(await row.innerText(), /\$0\.\d+/);
  assert.equal(await page.locator(".chart").count(), 0);
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const csv = await readFile(await (await waiting).path(), "utf8");
  assert.match(csv, /e2e\/alpha/);
  await page.getByLabel("Range").selectOption("custom");
  await page.getByLabel("To", { exact: true }).fill("2001-01-01");
  await page.getByRole("heading", { name: "Nothing was asked in this time" }).waitFor();
  await check();
  await close();
});

test("a budget is set, kept, and refuses what goes beyond with the way on", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/dashboard`);
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("A day", { exact: true }).fill("a lot");
  await page.getByText("Write dollars like 1.50").waitFor();
  await page.getByLabel("A day", { exact: true }).fill("0.000000001");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("used up", { exact: true }).waitFor();
  await check();
  await close();
  const chat = await openChat(["e2e/alpha"]);
  await chat.field.fill("Too dear?");
  await chat.page.keyboard.press("Control+Enter");
  await chat.page.getByRole("link", { name: "Look at the budgets" }).waitFor();
  assert.equal(await chat.field.inputValue(), "Too dear?", "what was typed stays");
  await chat.close();
});

test("a model without a price is refused under a budget until it is allowed", async () => {
  await api("PUT", "/budgets", { day_usd: "100" });
  const { page, field, close } = await openChat(["e2e/beta"]);
  await field.fill("What are you worth?");
  await page.getByText("price unknown: beta").waitFor();
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Allow e2e/beta at an unknown price" }).click();
  await page.getByText("e2e/beta is allowed now").waitFor();
  await field.focus();
  await page.keyboard.press("Control+Enter");
  await page.locator(".from-model .facts").waitFor();
  await close();
});

test("what a message will cost is said before it is sent", async () => {
  const { page, field, check, close } = await openChat(["e2e/alpha"]);
  await field.fill("How much for this?");
  await page.locator(".estimate").waitFor();
  assert.match(await page.locator(".estimate").innerText(), /\$0\.\d+/);
  await field.fill("");
  await page.locator(".estimate").waitFor({ state: "detached" });
  await check();
  await close();
});

test("what happens now is shown, and a test alert says that there is no channel", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/dashboard/live`);
  await page.locator(".live-table tbody tr", { hasText: "e2e/alpha" }).waitFor();
  await page.locator(".live-providers", { hasText: "e2e" }).waitFor();
  assert.match(await page.locator(".figure-card", { hasText: "Cost today" }).innerText(), /\$0\.\d+/);
  await page.getByRole("button", { name: "Send a test alert" }).click();
  await page.getByText("No channel is set up").waitFor();
  await page.keyboard.press("Control+KeyK");
  await page.keyboard.type("Track");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/dashboard/record");
  await check();
  await close();
});
