// Runs the measurement of the page in a browser, on the Majlis that the browser tests would use.
import { spawn } from "node:child_process";
import { withMajlis } from "../e2e/with-majlis.mjs";

/** A process of its own, because the browser tools read the address when they are loaded. */
function measure(url) {
  const program = new URL("./stream.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [program], { env: { ...process.env, MAJLIS_URL: url }, stdio: "inherit" });
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}

process.exitCode = await withMajlis(measure);
