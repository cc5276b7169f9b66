// Runs the browser tests, all or those whose file names contain one of the words given.
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { withMajlis } from "./with-majlis.mjs";

const here = new URL(".", import.meta.url).pathname;

/** Runs every *.test.mjs here, one file after the other: they share one server. */
async function runTests(url) {
  // These start programs of their own.
  const possible = (name) => name.endsWith(".test.mjs") && (process.env.MAJLIS_BIN || !/restart|door/.test(name));
  const files = (await readdir(here)).filter(possible).toSorted();
  const only = process.argv.slice(2);
  const chosen = only.length > 0 ? files.filter((name) => only.some((word) => name.includes(word))) : files;
  const child = spawn(process.execPath, ["--test", "--test-concurrency=1", ...chosen.map((name) => join(here, name))], {
    env: { ...process.env, MAJLIS_URL: url },
    stdio: "inherit",
  });
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

process.exitCode = await withMajlis(runTests);
