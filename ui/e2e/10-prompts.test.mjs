import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, base, launch, openPage, until } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
  await until(async () => (await api("GET", "/models")).models.some(({ id }) => id === "e2e/alpha"), "the models of the test server");
});
after(() => browser.close());

test("a preset fills in the form, and a changed field makes it one's own", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/council`);
  const preset = page.getByLabel("Preset");
  await preset.selectOption("fast");
  assert.equal(await page.locator(".member-list > li").count(), 2);
  assert.ok(await page.getByRole("radio", { name: "quick", exact: true }).isChecked());
  assert.equal(await page.getByLabel("At most, US$").inputValue(), "0.25");
  assert.equal(await preset.inputValue(), "fast");
  await page.reload();
  await page.locator(".member-list > li").nth(1).waitFor();
  assert.equal(await preset.inputValue(), "fast", "a reload keeps the choice");
  await page.getByRole("radio", { name: "deep", exact: true }).check();
  assert.equal(await preset.inputValue(), "", "another mode is no longer the preset");
  await check();
  await close();
});
