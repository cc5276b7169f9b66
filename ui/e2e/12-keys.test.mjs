import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { api, assertAccessible, base, launch, openPage, shots, variants } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await api("PATCH", "/settings", { language: "en", theme: "system" });
  await browser.close();
});

const words = {
  en: { store: "Store a key", save: "Store and test", remove: "Remove the key", stored: /key stored on/, none: /no key/ },
  ar: { store: "احفظ مفتاحًا", save: "احفظ واختبر", remove: "احذف المفتاح", stored: /مفتاح محفوظ/, none: /بلا مفتاح/ },
};

for (const { size, theme, language } of variants) {
  test(`${size}, ${theme}, ${language}: a key is stored, tested and removed, and is never shown`, async () => {
    await api("PATCH", "/settings", { language, theme: "system" });
    const { page, check, close } = await openPage(browser, { size, theme, language });
    const say = words[language];
    await page.goto(`${base}/settings`);
    const row = page.locator(".provider-list > li").filter({ has: page.getByText("e2e", { exact: true }) });
    await row.getByText(say.none).waitFor();
    await row.getByRole("button", { name: `${say.store}: e2e` }).click();
    const field = row.locator("input[type=password]");
    await field.fill("e2e-test-key");
    await assertAccessible(page, `the key form, ${size}, ${theme}, ${language}`);
    await page.screenshot({ path: join(shots, `key-form-${size}-${theme}-${language}.png`) });
    await row.getByRole("button", { name: say.save }).click();
    await row.getByText(say.stored).waitFor();
    assert.equal(await field.count(), 0);
    const shown = await page.content();
    assert.ok(!shown.includes("e2e-test-key"), "the key is on the page");
    await page.screenshot({ path: join(shots, `key-stored-${size}-${theme}-${language}.png`) });
    await row.getByRole("button", { name: `${say.remove}: e2e` }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: say.remove }).click();
    await row.getByText(say.none).waitFor();
    await check();
    await close();
  });
}
