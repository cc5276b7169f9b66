import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, openPage } from "./browser.mjs";
import { startMajlis } from "./majlis.mjs";
import { startUpstream } from "./upstream.mjs";

let browser;
let folder;
let upstream;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "majlis-restart-"));
  upstream = await startUpstream();
});
after(async () => {
  upstream.stop();
  await rm(folder, { recursive: true, force: true });
  await browser.close();
});

test("a killed server is noticed, and after its restart the page shows what was kept", async () => {
  const program = process.env.MAJLIS_BIN;
  const first = await startMajlis({ program, folder, upstream: upstream.url });
  const { page, context, close } = await openPage(browser);
  await context.addInitScript(() => localStorage.setItem("majlis.columns", '["e2e/alpha","e2e/slow"]'));
  await page.goto(`${first.url}/chat`);
  await page.getByRole("textbox", { name: "Message" }).fill("Answer while I fall.");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/\/chat\/.+/);
  await page.locator(".column").nth(0).locator(".facts").waitFor();
  await page.locator(".column").nth(1).locator(".markdown").getByText("Yes. WAL").waitFor();
  await first.kill();
  await page.getByRole("alert").getByText("The connection to Majlis is lost").waitFor();
  const second = await startMajlis({ program, folder, upstream: upstream.url, port: new URL(first.url).port });
  try {
    await page.getByText("interrupted", { exact: true }).waitFor();
    await page.getByRole("alert").waitFor({ state: "detached" });
    assert.match(await page.locator(".column").nth(0).locator(".markdown").innerText(), /network file system/);
    assert.match(await page.locator(".column").nth(1).locator(".markdown").innerText(), /^Short answer/);
    await close();
  } finally {
    await second.stop();
  }
});
