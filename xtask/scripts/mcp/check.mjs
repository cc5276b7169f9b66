// Runs the public conformance suite of the Model Context Protocol against a Majlis of its own:
//   node check.mjs MAJLIS FOLDER
// What is required of each revision is run over its own wire. expected.yml lists what is of no use
// here, with the reason; a scenario listed there that passes is an error too. No network is used.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

const REVISIONS = ["2025-11-25", "2026-07-28"];
const here = import.meta.dirname;
const suite = path.join(here, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
const [majlis, folder] = process.argv.slice(2).map((one) => path.resolve(one));

/** Starts Majlis; gives it with the address of its tools. */
async function serve() {
  mkdirSync(folder, { recursive: true });
  const config = path.join(folder, "majlis.toml");
  writeFileSync(config, "[discovery]\nlocal = false\n");
  const server = spawn(majlis, ["serve", "--port", "0", "--no-open"], {
    cwd: folder,
    env: {
      HOME: folder,
      MAJLIS_DATA_DIR: path.join(folder, "data"),
      MAJLIS_CONFIG: config,
      ...(process.env.LLVM_PROFILE_FILE && { LLVM_PROFILE_FILE: process.env.LLVM_PROFILE_FILE }),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface(server.stdout), "line");
  return { server, url: `${line.split(" ").at(-1)}/mcp` };
}

const { server, url } = await serve();
const failed = REVISIONS.filter((revision) => {
  const options = ["server", "--url", url, "--requirements", revision];
  const baseline = ["--expected-failures", path.join(here, "expected.yml")];
  const run = spawnSync(process.execPath, [suite, ...options, ...baseline], { stdio: "inherit" });
  return run.status !== 0;
});
server.kill();
const [code] = await once(server, "exit");
if (code !== 0) failed.push("the end of the server");
if (failed.length > 0) {
  console.error(`error: the suite does not pass: ${failed.join(", ")}`);
  process.exitCode = 1;
}
