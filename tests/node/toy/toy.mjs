#!/usr/bin/env node
// toy.mjs --version | plugins list --json | gateway run --port N: what people type. `gateway run` puts a process of its own
// before the gateway and dies without it only when asked to: SIGKILL leaves the gateway behind, with the port.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const [command, ...rest] = process.argv.slice(2);

if (command === "--version") {
  console.log(`Toy ${require("./package.json").version}`);
} else if (command === "plugins") {
  console.log(JSON.stringify({ plugins: require("./dist/plugins.js").list() }, null, 2));
} else if (command === "gateway") {
  process.title = "toy";
  const index = fileURLToPath(new URL("dist/index.js", import.meta.url));
  const gateway = spawn(process.execPath, [index, "gateway", ...rest.filter((word) => word !== "run")], { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => gateway.kill(signal));
  gateway.on("exit", (code) => process.exit(code ?? 1));
} else {
  console.error("toy: --version, plugins list --json, gateway run --port N");
  process.exit(2);
}
