// Runs the browser tests. With MAJLIS_URL against a server that runs; with MAJLIS_BIN against that program,
// started here with an empty data folder and a model server of our own.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMajlis } from "./majlis.mjs";
import { startUpstream } from "./upstream.mjs";

const here = new URL(".", import.meta.url).pathname;

/** Runs every *.test.mjs here, one file after the other: they share one server. */
async function runTests(url) {
  const page = await (await fetch(url, { headers: { accept: "text/html" } })).text();
  if (!page.includes('<div id="root">')) {
    console.error(`${url} serves no page: the program was built without ui/dist.`);
    return 1;
  }
  // The restart needs a program of its own to kill.
  const possible = (name) => name.endsWith(".test.mjs") && (process.env.MAJLIS_BIN || !name.includes("restart"));
  const files = (await readdir(here)).filter(possible).toSorted();
  const only = process.argv.slice(2);
  const chosen = only.length > 0 ? files.filter((name) => only.some((word) => name.includes(word))) : files;
  const child = spawn(process.execPath, ["--test", "--test-concurrency=1", ...chosen.map((name) => join(here, name))], {
    env: { ...process.env, MAJLIS_URL: url },
    stdio: "inherit",
  });
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

async function main() {
  const { MAJLIS_URL, MAJLIS_BIN } = process.env;
  if (MAJLIS_URL) return runTests(MAJLIS_URL.replace(/\/$/, ""));
  if (!MAJLIS_BIN) {
    console.error("Set MAJLIS_BIN to a built majlis, or MAJLIS_URL to the address of one that runs.");
    return 64;
  }
  const folder = await mkdtemp(join(tmpdir(), "majlis-e2e-"));
  const upstream = await startUpstream();
  try {
    const majlis = await startMajlis({ program: MAJLIS_BIN, folder, upstream: upstream.url });
    try {
      return await runTests(majlis.url);
    } finally {
      await majlis.stop();
    }
  } finally {
    upstream.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
