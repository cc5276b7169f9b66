// A Majlis to try the page on: the one at MAJLIS_URL, or MAJLIS_BIN started with an empty data folder and a
// model server of our own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMajlis } from "./majlis.mjs";
import { startUpstream } from "./upstream.mjs";

/** Runs `action(url)` and gives its exit code; 64 when there is no Majlis to run it on, 1 when it has no page. */
export async function withMajlis(action) {
  const { MAJLIS_URL, MAJLIS_BIN } = process.env;
  if (MAJLIS_URL) return withPage(MAJLIS_URL.replace(/\/$/, ""), action);
  if (!MAJLIS_BIN) {
    console.error("Set MAJLIS_BIN to a built majlis, or MAJLIS_URL to the address of one that runs.");
    return 64;
  }
  const folder = await mkdtemp(join(tmpdir(), "majlis-e2e-"));
  const upstream = await startUpstream();
  try {
    const majlis = await startMajlis({ program: MAJLIS_BIN, folder, upstream: upstream.url });
    try {
      return await withPage(majlis.url, action);
    } finally {
      await majlis.stop();
    }
  } finally {
    upstream.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function withPage(url, action) {
  const page = await (await fetch(url, { headers: { accept: "text/html" } })).text();
  if (page.includes('<div id="root">')) return action(url);
  console.error(`${url} serves no page: the program was built without ui/dist.`);
  return 1;
}
