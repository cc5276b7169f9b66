// Runs the browser tests. With MAJLIS_URL against a server that runs; with MAJLIS_BIN against that program,
// started here with an empty data folder and a model server of our own.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { models, startUpstream } from "./upstream.mjs";

const here = new URL(".", import.meta.url).pathname;

/** Starts `majlis serve` and resolves to its address once it says it. */
async function startMajlis(program, folder, upstream) {
  const config = join(folder, "majlis.toml");
  await writeFile(
    config,
    `[discovery]
local = false

[providers.e2e]
base_url = "${upstream}"
kind = "openai-chat"
allow_private = true
models = ${JSON.stringify(models)}

[prices."e2e/alpha"]
input = "1.25"
output = "10"
`,
  );
  const { PATH, LLVM_PROFILE_FILE, MAJLIS_MODELS_DIR } = process.env;
  const kept = Object.entries({ PATH, LLVM_PROFILE_FILE, MAJLIS_MODELS_DIR }).filter(([, value]) => value);
  const child = spawn(program, ["--config", config, "serve", "--port", "0", "--no-open"], {
    env: { ...Object.fromEntries(kept), HOME: folder, MAJLIS_DATA_DIR: join(folder, "data") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`majlis serve ended with ${code} before it said its address`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /https?:\/\/\S+/.exec(line)?.[0];
      if (found) resolve(found.replace(/\/$/, ""));
    });
  });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // A gentle end, so that an instrumented program writes what it counted.
    child.kill("SIGINT");
    await ended;
  };
  return { url, stop };
}

/** Runs every *.test.mjs here, one file after the other: they share one server. */
async function runTests(url) {
  const files = (await readdir(here)).filter((name) => name.endsWith(".test.mjs")).toSorted();
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
    const majlis = await startMajlis(MAJLIS_BIN, folder, upstream.url);
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
