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

test("a council that was cut off asks only those who are missing", async () => {
  const program = process.env.MAJLIS_BIN;
  const first = await startMajlis({ program, folder, upstream: upstream.url });
  const { page, close } = await openPage(browser);
  await page.goto(`${first.url}/council`);
  const started = await fetch(`${first.url}/api/v1/consultations`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ question: "Who stays?", members: ["e2e/alpha", "e2e/slow"].map((model) => ({ type: "model", model })) }),
  });
  const { id } = await started.json();
  await page.goto(`${first.url}/council/${id}`);
  await page.locator(".answer").nth(0).locator(".facts").waitFor();
  await page.locator(".answer").nth(1).locator(".markdown").getByText("Short").waitFor();
  await first.kill();
  const second = await startMajlis({ program, folder, upstream: upstream.url, port: new URL(first.url).port });
  try {
    await page.getByText("1 answer stays · 1 member is asked").waitFor();
    const kept = await page.locator(".answer").nth(0).locator(".facts").innerText();
    await page.getByRole("button", { name: "Ask the missing ones" }).click();
    await page.locator(".answer").nth(1).locator(".facts").waitFor({ timeout: 40_000 });
    assert.equal(await page.locator(".answer").nth(0).locator(".facts").innerText(), kept);
    await page.getByRole("button", { name: "Ask the missing ones" }).waitFor({ state: "detached" });
    await close();
  } finally {
    await second.stop();
  }
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
  const lost = page.getByRole("alert").getByText("The connection to Majlis is lost");
  await lost.waitFor();
  const second = await startMajlis({ program, folder, upstream: upstream.url, port: new URL(first.url).port });
  try {
    await page.getByText("interrupted", { exact: true }).waitFor();
    await lost.waitFor({ state: "detached" });
    await page.getByRole("alert").getByText("interrupted").waitFor();
    assert.match(await page.locator(".column").nth(0).locator(".markdown").innerText(), /network file system/);
    assert.match(await page.locator(".column").nth(1).locator(".markdown").innerText(), /^Short answer/);
    await close();
  } finally {
    await second.stop();
  }
});
