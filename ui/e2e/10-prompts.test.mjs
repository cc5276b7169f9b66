import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, assertAccessible, base, launch, openPage, shots, until } from "./browser.mjs";

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

test("what is chosen is kept as a preset, asked by its name, removed and brought back", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/council`);
  const preset = page.locator(".preset-field select");
  await preset.selectOption("fast");
  assert.equal(await page.getByRole("button", { name: "Remove the preset fast" }).count(), 0, "the configuration's stays");
  await page.getByRole("radio", { name: "deep", exact: true }).check();
  await page.getByRole("button", { name: "Keep as a preset" }).click();
  const name = page.getByRole("textbox", { name: "Name of the preset" });
  await name.fill("عميق");
  await assertAccessible(page, "the name of a preset");
  await page.screenshot({ path: `${shots}preset-named.png` });
  await name.press("Enter");
  await until(async () => (await preset.inputValue()) === "عميق", "the preset to be chosen");
  assert.ok((await api("GET", "/presets")).items.some((each) => each.name === "عميق" && each.mode === "deep" && !each.is_configured));
  await page.getByRole("button", { name: "Remove the preset عميق" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await until(async () => (await preset.inputValue()) === "عميق", "the preset to be back");
  await page.screenshot({ path: `${shots}preset-kept.png` });
  await check();
  // From here on the browser's console names the refusal.
  await page.getByRole("radio", { name: "quick", exact: true }).check();
  await page.getByLabel("At most, US$").fill("0.50");
  await page.getByRole("button", { name: "Keep as a preset" }).click();
  await name.fill("fast");
  await name.press("Enter");
  await page.getByText("is the configuration's").waitFor();
  await close();
  await api("DELETE", `/presets/${encodeURIComponent("عميق")}`);
});

test("a template is written, chosen by keys, filled in, deleted and brought back", async () => {
  const { page, check, close } = await openPage(browser);
  await page.goto(`${base}/council`);
  const question = page.getByRole("textbox", { name: "Question" });
  await question.focus();
  await page.keyboard.press("Alt+KeyT");
  await page.getByText("No template yet").waitFor();
  await page.getByRole("button", { name: "New template" }).click();
  await page.getByLabel("Name").fill("Review");
  await page.getByLabel("Text", { exact: true }).fill("Review {code} as {who}.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".template-pick").waitFor();
  await page.getByRole("searchbox").fill("rev");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "code" }).fill("f(x)");
  await page.locator(".template-preview", { hasText: "Review f(x) as {who}." }).waitFor();
  await page.getByRole("textbox", { name: "who" }).fill("a friend");
  await assertAccessible(page, "a template that is filled in");
  await page.keyboard.press("Control+Enter");
  await until(async () => (await question.inputValue()) === "Review f(x) as a friend.", "the template in the field");
  await until(() => question.evaluate((field) => field === document.activeElement), "the field to have the focus");
  await page.goto(`${base}/chat`);
  await page.getByRole("button", { name: "Templates" }).click();
  await page.getByRole("button", { name: "Delete Review" }).click();
  await page.getByText("No template yet").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator(".template-pick", { hasText: "Review" }).waitFor();
  await assertAccessible(page, "the templates");
  await check();
  await close();
  const { items } = await api("GET", "/templates");
  assert.deepEqual(items.map(({ text }) => text), ["Review {code} as {who}."]);
  await api("DELETE", `/templates/${items[0].id}`);
});

async function conversation() {
  const { id } = await api("POST", "/conversations", { models: ["e2e/alpha"] });
  const kept = async () => (await api("GET", `/conversations/${id}/draft`)).text;
  const open = async () => {
    const opened = await openPage(browser);
    const compared = opened.page.waitForResponse((response) => response.url().endsWith("/draft"));
    await opened.page.goto(`${base}/chat/${id}`);
    await compared;
    return { ...opened, field: opened.page.getByRole("textbox", { name: "Message" }) };
  };
  return { kept, open };
}

test("what is typed is there in another browser, and forgotten once it is sent", async () => {
  const { kept, open } = await conversation();
  const first = await open();
  await first.field.fill("Not sent yet");
  await until(async () => (await kept()) === "Not sent yet", "the draft in the server");
  await first.close();
  const second = await open();
  await until(async () => (await second.field.inputValue()) === "Not sent yet", "the draft in the field");
  await second.page.keyboard.press("Control+Enter");
  await until(async () => (await kept()) === "", "the draft to be forgotten");
  assert.equal(await second.field.inputValue(), "");
  await second.check();
  await second.close();
});

test("two tabs that type different things are told, and neither text is lost", async () => {
  const { kept, open } = await conversation();
  const [one, two] = [await open(), await open()];
  await one.field.fill("One");
  await until(async () => (await kept()) === "One", "the first text");
  await two.field.fill("Two");
  await two.page.getByText("Something else was typed here").waitFor();
  assert.equal(await kept(), "One");
  await assertAccessible(two.page, "two texts to choose from");
  await two.page.getByRole("button", { name: "Keep mine" }).click();
  await until(async () => (await kept()) === "Two", "the second text");
  await one.field.fill("One again");
  await one.page.getByRole("button", { name: "Take that" }).click();
  assert.equal(await one.field.inputValue(), "Two");
  for (const tab of [one, two]) {
    await tab.check();
    await tab.close();
  }
});

test("the council's form keeps its question for another browser until it is asked", async () => {
  const kept = async () => (await api("GET", "/consultations/draft")).question;
  const first = await openPage(browser);
  await first.page.goto(`${base}/council`);
  await first.page.getByRole("textbox", { name: "Question" }).fill("Which of two?");
  await until(async () => (await kept()) === "Which of two?", "the draft in the server");
  await first.close();
  const second = await openPage(browser);
  await second.page.goto(`${base}/council`);
  const question = second.page.getByRole("textbox", { name: "Question" });
  await until(async () => (await question.inputValue()) === "Which of two?", "the draft in the field");
  await second.page.getByLabel("Preset").selectOption("fast");
  // Under a cap a model without a price is not asked.
  await second.page.getByLabel("At most, US$").fill("");
  await second.page.getByRole("button", { name: "Ask the council" }).click();
  await second.page.waitForURL(/\/council\/.+/);
  await until(async () => (await kept()) === "", "the draft to be forgotten");
  await second.check();
  await second.close();
});
