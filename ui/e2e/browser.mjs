// A page of Chromium that remembers everything it should not have done.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const flags =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(
    " ",
  );

export const base = process.env.MAJLIS_URL;
assert.ok(base, "MAJLIS_URL is not set; run `npm run e2e`");

export const shots = new URL("../test-results/", import.meta.url).pathname;
await mkdir(shots, { recursive: true });

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

/** A fresh browser profile, so that each test is a first visit to the page (not to the server). */
export async function openPage(browser, { size = "desktop", theme = "light", language = "en" } = {}) {
  const phone = size === "phone";
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: theme,
    locale: language === "ar" ? "ar" : "en-US",
    hasTouch: phone,
    isMobile: phone,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(15_000);
  // The server keeps the choice of the last test; this one's is said here, as a person's would be.
  const preferences = JSON.stringify({ language, theme: "system" });
  await context.addInitScript((value) => {
    if (!sessionStorage.getItem("e2e")) {
      sessionStorage.setItem("e2e", "1");
      localStorage.setItem("majlis.preferences", value);
    }
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
  }, preferences);
  await context.addInitScript({ content: axeSource });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(base).origin && protocol !== "data:" && protocol !== "blob:") {
      faults.push(`external request: ${request.url()}`);
    }
  });
  /** Fails with everything that went wrong on this page so far. */
  const check = async () => {
    const violations = await page.evaluate(() => globalThis.violations ?? []);
    assert.deepEqual([...faults, ...violations.map((each) => `policy: ${each}`)], []);
  };
  return { page, context, check, close: () => context.close() };
}

/** Every rule of WCAG 2.2 A and AA that axe knows. */
export async function assertAccessible(page, name) {
  const found = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(" ")} (${node.failureSummary?.split("\n")[1]?.trim() ?? ""})`).join("; ")}`);
  });
  assert.deepEqual(found, [], `axe on ${name}`);
}

export const variants = ["desktop", "phone"].flatMap((size) =>
  ["light", "dark"].flatMap((theme) => ["en", "ar"].map((language) => ({ size, theme, language }))),
);

/** Asks the server itself, as a program on this machine would. */
export async function api(method, path, body) {
  const response = await fetch(`${base}/api/v1${path}`, {
    method,
    ...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.status === 204 ? null : response.json();
}

/** Waits until `probe` gives something true. */
export async function until(probe, what, timeout_ms = 20_000) {
  const end = Date.now() + timeout_ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    assert.ok(Date.now() < end, `waited ${timeout_ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
