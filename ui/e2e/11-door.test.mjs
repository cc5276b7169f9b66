import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertAccessible, launch, openPage, shots, until, variants } from "./browser.mjs";
import { startMajlis } from "./majlis.mjs";
import { startUpstream } from "./upstream.mjs";

const token = "e2e_0123456789_0123456789_0123456789";
let browser;
let folder;
let upstream;
let majlis;
let origin;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "majlis-door-"));
  upstream = await startUpstream();
  const file = join(folder, "token");
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  majlis = await startMajlis({ program: process.env.MAJLIS_BIN, folder, upstream: upstream.url, more: ["--token-file", file], terminal: true });
  ({ origin } = new URL(majlis.url));
});
after(async () => {
  await majlis.stop();
  upstream.stop();
  await rm(folder, { recursive: true, force: true });
  await browser.close();
});

const field = (page) => page.getByLabel("Token", { exact: true });

async function signIn(page) {
  await field(page).fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await field(page).waitFor({ state: "detached" });
}

const noViolations = async (page) => assert.deepEqual(await page.evaluate(() => globalThis.violations), []);

test("the address that the terminal shows signs in once and leaves no trace in the address bar", async () => {
  assert.match(majlis.url, /#token=majlis_code_/);
  const { page, close } = await openPage(browser);
  await page.goto(majlis.url);
  await page.locator(".rail").waitFor();
  assert.equal(page.url(), `${origin}/council`);
  await page.reload();
  await page.locator(".rail").waitFor();
  assert.equal(await field(page).count(), 0, "a reload keeps the session");
  await noViolations(page);
  await close();
  const second = await openPage(browser);
  await second.page.goto(majlis.url);
  await second.page.getByRole("alert").getByText("was used already").waitFor();
  assert.ok(!second.page.url().includes("#"));
  await second.close();
});

test("a wrong token is told, the right one opens the very page that was asked for", async () => {
  const { page, close } = await openPage(browser);
  await page.goto(`${origin}/settings/data`);
  await field(page).fill("not the token of this server, not at all");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("not the one of this server").waitFor();
  await assertAccessible(page, "a wrong token");
  await signIn(page);
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  assert.equal(page.url(), `${origin}/settings/data`);
  await close();
});

test("signed in, answers stream and files are saved", async () => {
  const { page, close } = await openPage(browser);
  await page.context().addInitScript(() => localStorage.setItem("majlis.columns", '["e2e/alpha"]'));
  await page.goto(`${origin}/chat`);
  await signIn(page);
  const socket = page.waitForEvent("websocket");
  await page.reload();
  assert.match((await socket).url(), /\/api\/v1\/ws$/);
  await page.getByRole("textbox", { name: "Message" }).fill("Who may hear this?");
  await page.keyboard.press("Control+Enter");
  await page.locator(".column .facts").first().waitFor();
  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export as Markdown" }).click();
  assert.match(await readFile(await (await waiting).path(), "utf8"), /Who may hear this\?/);
  assert.equal(await page.getByText("The connection to Majlis is lost").count(), 0);
  await noViolations(page);
  await close();
});

test("signing out ends the session, and only this one", async () => {
  const [one, other] = [await openPage(browser), await openPage(browser)];
  for (const { page } of [one, other]) {
    await page.goto(`${origin}/settings`);
    await signIn(page);
  }
  const session = await one.page.evaluate(() => sessionStorage.getItem("majlis.session"));
  await one.page.getByRole("button", { name: "Sign out" }).click();
  await field(one.page).waitFor();
  assert.equal(await one.page.evaluate(() => sessionStorage.getItem("majlis.session")), null);
  const asked = await fetch(`${origin}/api/v1/models`, { headers: { authorization: `Bearer ${session}` } });
  assert.equal(asked.status, 401);
  await other.page.reload();
  await other.page.getByRole("button", { name: "Sign out" }).waitFor();
  await one.close();
  await other.close();
});

test("a page whose session is over says so by itself and asks for the token", async () => {
  const { page, close } = await openPage(browser);
  const frames = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  await page.goto(`${origin}/settings`);
  await signIn(page);
  await until(() => frames.some((frame) => frame.includes('"type":"hello"')), "the socket's first word");
  const session = await page.evaluate(() => sessionStorage.getItem("majlis.session"));
  await fetch(`${origin}/api/v1/session`, { method: "DELETE", headers: { authorization: `Bearer ${session}` } });
  await page.getByRole("alert").getByText("session is over").waitFor();
  await close();
});

test("under https a cookie holds the session, and the socket opens by it", async () => {
  const own = await mkdtemp(join(tmpdir(), "majlis-tls-"));
  const [key, certificate] = [join(own, "key.pem"), join(own, "cert.pem")];
  const made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1";
  execFileSync("openssl", [...made.split(" "), "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const more = ["--token-file", join(folder, "token"), "--tls-cert", certificate, "--tls-key", key];
  const encrypted = await startMajlis({ program: process.env.MAJLIS_BIN, folder: own, upstream: upstream.url, more });
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-US" });
  const page = await context.newPage();
  const frames = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  await page.goto(`${encrypted.url}/settings`);
  await signIn(page);
  await until(() => frames.some((frame) => frame.includes('"type":"hello"')), "the socket's first word");
  const [cookie, ...others] = await context.cookies();
  assert.deepEqual(others, []);
  assert.deepEqual(
    [cookie.name, cookie.path, cookie.httpOnly, cookie.secure, cookie.sameSite],
    ["__Host-majlis", "/", true, true, "Strict"],
  );
  assert.equal(await page.evaluate(() => sessionStorage.length + document.cookie.length), 0);
  await page.reload();
  const waiting = page.waitForEvent("download");
  await page.goto(`${encrypted.url}/settings/data`);
  await page.getByRole("link", { name: "Download" }).click();
  assert.equal(await (await waiting).failure(), null);
  await page.goto(`${encrypted.url}/settings`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await field(page).waitFor();
  assert.deepEqual(await context.cookies(), []);
  await context.close();
  await encrypted.stop();
  await rm(own, { recursive: true, force: true });
});

for (const variant of variants) {
  const name = `${variant.size}-${variant.theme}-${variant.language}`;
  test(`the sign-in screen looks as it should: ${name}`, async () => {
    const { page, close } = await openPage(browser, variant);
    await page.goto(origin);
    const input = page.locator("#token");
    await input.waitFor();
    await until(() => input.evaluate((each) => each === document.activeElement), "the focus");
    await page.screenshot({ path: join(shots, `sign-in-${name}.png`) });
    await assertAccessible(page, `sign-in ${name}`);
    await input.fill("wrong");
    await page.keyboard.press("Enter");
    await page.locator(".problem").waitFor();
    await page.screenshot({ path: join(shots, `sign-in-wrong-${name}.png`) });
    await noViolations(page);
    await close();
  });
}
