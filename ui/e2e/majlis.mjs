// Majlis as it is started for a test: its own folder, no discovery, one model server on loopback.
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { models } from "./upstream.mjs";

/**
 * Starts `majlis serve` on a port (0: any) and resolves to its address once it says it. With a terminal, where
 * there is a token, that address has a code to sign in with.
 */
export async function startMajlis({ program, folder, upstream, port = 0, more = [], terminal = false }) {
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

[presets.fast]
members = ["e2e/alpha:2", "e2e/beta"]
mode = "quick"
editors = ["e2e/alpha"]
max_cost = "0.25"
`,
  );
  const { PATH, LLVM_PROFILE_FILE, MAJLIS_MODELS_DIR } = process.env;
  const kept = Object.entries({ PATH, LLVM_PROFILE_FILE, MAJLIS_MODELS_DIR }).filter(([, value]) => value);
  const command = [program, "--config", config, "serve", "--port", String(port), "--no-open", ...more];
  const [first, ...rest] = terminal ? ["script", "-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"] : command;
  const child = spawn(first, rest, {
    env: { ...Object.fromEntries(kept), HOME: folder, MAJLIS_DATA_DIR: join(folder, "data") },
    stdio: [terminal ? "pipe" : "ignore", "pipe", "inherit"],
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
    if (terminal) child.stdin.write("\x03");
    else child.kill("SIGINT");
    await ended;
  };
  const kill = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  };
  return { url, stop, kill };
}
