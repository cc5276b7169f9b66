import assert from "node:assert/strict";
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
