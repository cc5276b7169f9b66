import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { api, base, launch, openPage, until } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
  const members = ["Yes, it is.", "No, it is not."].map((text, index) => ({ type: "pasted", name: `P${index}`, text }));
  const { id } = await api("POST", "/consultations", { question: "Is it kept?", members });
  await until(async () => (await api("GET", `/consultations/${id}`)).status !== "running", "the measurement");
});
after(() => browser.close());

test("a backup is made by hand and listed with the way back", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/settings/data`);
  await page.locator(".health-list li").first().waitFor();
  await page.getByRole("button", { name: "Back up now" }).click();
  await page.locator(".backup-list li", { hasText: "by hand" }).first().waitFor();
  assert.match(await page.locator(".command code").innerText(), /^majlis restore "/);
  await check();
  await close();
});

test("a rule says what it would delete before it does", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/settings/data`);
  await page.getByLabel("Consultations older than days").fill("soon");
  await page.getByText("Write whole days").waitFor();
  await page.getByLabel("Consultations older than days").fill("30");
  await page.locator("form", { hasText: "Consultations older than days" }).getByRole("button", { name: "Save" }).click();
  await page.getByText("Now these rules would delete nothing.").waitFor();
  assert.deepEqual((await api("GET", "/retention")).rules, [{ what: "consultations", older_than_days: 30 }]);
  await api("PUT", "/retention", { rules: [] });
  await check();
  await close();
});

test("what is exported is known when it is imported again", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/settings/data`);
  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  const path = await (await waiting).path();
  assert.match(await readFile(path, "utf8"), /Is it kept\?/);
  await page.locator("input[type=file]").setInputFiles({ name: "majlis.jsonl", mimeType: "application/jsonl", buffer: await readFile(path) });
  await page.getByText("This is an export of Majlis.").waitFor();
  await page.getByText("It holds nothing that is not here already.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Import", exact: true }).count(), 0);
  await check();
  await close();
});

test("an import is shown first and kept only when it is wished", async () => {
  const { page, check, close } = await openPage(browser);
  const at = 1_760_000_000;
  const message = (id, role, text) => ({ id, author: { role }, create_time: at, content: { content_type: "text", parts: [text] } });
  const mapping = {
    root: { id: "root", message: null, parent: null, children: ["q"] },
    q: { id: "q", message: message("q", "user", "Where do pangolins sleep?"), parent: "root", children: ["a"] },
    a: { id: "a", message: { ...message("a", "assistant", "In burrows."), metadata: { model_slug: "gpt-4o" } }, parent: "q", children: [] },
  };
  const file = JSON.stringify([{ id: "e2e-import", conversation_id: "e2e-import", title: "Pangolins", create_time: at, update_time: at, mapping, current_node: "a" }]);
  await page.goto(`${base}/settings/data`);
  await page.locator("input[type=file]").setInputFiles({ name: "conversations.json", mimeType: "application/json", buffer: Buffer.from(file) });
  await page.getByText("This is an export of ChatGPT.").waitFor();
  assert.equal((await api("GET", "/search?q=pangolins")).items.length, 0, "looking changes nothing");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("Imported.").waitFor();
  await page.goto(`${base}/search?q=pangolins`);
  await page.locator(".hit").getByRole("link").first().click();
  await page.getByText(/^imported · .*gpt-4o/).waitFor();
  await check();
  await close();
});

test("a file that is none of these is refused with a reason", async () => {
  const { page, close } = await openPage(browser);
  await page.goto(`${base}/settings/data`);
  await page.locator("input[type=file]").setInputFiles({ name: "poem.json", mimeType: "application/json", buffer: Buffer.from("roses are red") });
  await page.locator(".notice.bad", { hasText: "The import did not work" }).waitFor();
  await close();
});
