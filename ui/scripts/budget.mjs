// Fails when the built page outgrew its budgets (design/ui.md): what a first visit loads, each lazy route, all of it.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const kb = 1024;
const budgets = {
  "initial JS (gzip)": 220 * kb,
  "initial CSS (gzip)": 8 * kb,
  "whole dist (brotli)": 1200 * kb,
};
const routeBudget = 40 * kb;
const routes = ["src/chat/chat.tsx", "src/council/council.tsx", "src/dashboard/dashboard.tsx", "src/dashboard/record.tsx", "src/search/search.tsx", "src/settings/settings.tsx", "src/settings/data.tsx"];
/** Loaded before the first question is asked: the page itself and its first screen. */
const firstScreen = "src/council/council.tsx";

const manifest = JSON.parse(await readFile(join(dist, ".vite/manifest.json"), "utf8"));
const gzipped = async (file) => gzipSync(await readFile(join(dist, file)), { level: 9 }).length;

/** Files that a module needs at once: itself and its static imports. */
function needed(name, kind, seen = new Set(), files = new Set()) {
  if (seen.has(name)) return files;
  seen.add(name);
  const entry = manifest[name];
  if (kind === "js" && entry.file.endsWith(".js")) files.add(entry.file);
  if (kind === "css") for (const file of entry.css ?? []) files.add(file);
  for (const other of entry.imports ?? []) needed(other, kind, seen, files);
  return files;
}

async function sum(files) {
  const sizes = await Promise.all([...files].map(gzipped));
  return sizes.reduce((total, size) => total + size, 0);
}

async function brotliTotal() {
  let total = 0;
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith(".br")) total += (await readFile(join(entry.parentPath, entry.name))).length;
  }
  return total;
}

const initialJs = new Set([...needed("index.html", "js"), ...needed(firstScreen, "js")]);
const initialCss = new Set([...needed("index.html", "css"), ...needed(firstScreen, "css")]);
const found = {
  "initial JS (gzip)": await sum(initialJs),
  "initial CSS (gzip)": await sum(initialCss),
  "whole dist (brotli)": await brotliTotal(),
};
for (const route of routes) {
  const shell = needed("index.html", "js");
  const own = [...needed(route, "js")].filter((file) => !shell.has(file));
  const name = `route ${route} (gzip)`;
  budgets[name] = routeBudget;
  found[name] = await sum(own);
}

let over = false;
for (const [name, size] of Object.entries(found)) {
  const bad = size > budgets[name] || size === 0;
  over ||= bad;
  console.log(`${bad ? "OVER " : "ok   "} ${name}: ${(size / kb).toFixed(1)} of ${budgets[name] / kb} KB`);
}
process.exitCode = over ? 1 : 0;
