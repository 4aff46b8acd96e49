// index.js gateway --port N - a service that looks and talks as OpenClaw's gateway does, and starts at once.
//
// GET /healthz, /readyz, /version on 127.0.0.1:N; it holds N+2 as well. Its state is ~/.toy: toy.json, extensions/ID,
// data/state.json. Files in ~/.toy/told or "told" in package.json make it misbehave; numbers are seconds:
//   fail           ends with status 1 at start        load-fails IDS     these plugins do not load (or: a file ID/broken)
//   start-after N  listens late                       disconnect-after N the first plugin connects, later it does not
//   never-listen   runs, and takes no port            exit-after N       ends with status 1 while it runs
//   never-ready    /readyz says 503                   write              writes a file into its program root
//   hang           ignores SIGTERM                    cache              runs plugins from $TMPDIR/jiti once they are there
//   wait           waits when its port is taken       register-fails IDS these load, and fail when they register themselves
// package.json's schema (a number): data/state.json is raised to it; with a state that is newer it does not start.
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { root, state, told, read, list, code_of } = require("./plugins.js");

const { version, schema = 1 } = read(root, "package.json");
const at = process.argv.indexOf("--port");
const port = Number(at > 0 ? process.argv[at + 1] : process.env.TOY_GATEWAY_PORT || 18789);

const say = (part, text) => console.log(`${new Date().toISOString().replace("Z", "+00:00")} [${part}] ${text}`);
const after = (word, action) => told(word) && setTimeout(action, Number(told(word)) * 1000);

function refuse(...lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}

function raise_state() {
  const data = path.join(state, "data");
  const have = read(data, "state.json").schema || 0;
  if (have > schema) refuse(`Gateway failed to start: the state is of schema ${have}, this is a toy of schema ${schema}`);
  fs.mkdirSync(data, { recursive: true });
  if (have < schema) fs.writeFileSync(path.join(data, "state.json"), JSON.stringify({ schema, by: version }) + "\n");
}

function load_plugins() {
  const plugins = list();
  for (const { id, rootDir, error, phase } of plugins) {
    if (error) say("gateway", `[plugins] ${id} ${phase} from ${rootDir}/index.js: ${error}`);
    else say(id, `client connected successfully (${code_of(id, rootDir)})`);
  }
  const first = plugins.find(({ error }) => !error);
  if (first) after("disconnect-after", () => say(first.id, "Connection health check failed - detected disconnection"));
}

function answer(request, response) {
  const ready = told("never-ready") === undefined;
  const pages = {
    "/healthz": [200, { ok: true, status: "live" }],
    "/readyz": [ready ? 200 : 503, { ready, failing: ready ? [] : ["told"] }],
    "/version": [200, { version, root, pid: process.pid }],
  };
  const [status, body] = pages[request.url] || [404, {}];
  response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body) + "\n");
}

function listen(on, then) {
  const wait = () => {
    say("gateway", "already running under systemd; waiting 1000ms before retrying startup");
    setTimeout(listen, 1000, on, then);
  };
  const taken = () => told("wait") !== undefined ? wait() : refuse(`Gateway failed to start: another gateway instance is already listening on ws://127.0.0.1:${on}`,
    `Port ${on} is already in use.`);
  http.createServer(answer).once("error", taken).listen(on, "127.0.0.1", then);
}

function stop(signal) {
  say("gateway", `signal ${signal} received`);
  if (told("hang") === undefined) process.exit(0);
}

function start() {
  raise_state();
  if (told("write") !== undefined) fs.writeFileSync(path.join(root, "written.txt"), "written at run time\n");
  if (told("never-listen") !== undefined) return setInterval(() => {}, 1000);
  listen(port, () => listen(port + 2, () => {
    load_plugins();
    say("gateway", `listening on ws://127.0.0.1:${port} (PID ${process.pid})`);
    after("exit-after", () => refuse("[toy] Unhandled promise rejection: Error: told so"));
  }));
}

if (process.argv[2] !== "gateway") refuse("index.js: gateway --port N");
process.title = "toy-gateway";
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, stop);
if (told("fail") !== undefined) refuse("Gateway failed to start: told so");
setTimeout(start, Number(told("start-after") || 0) * 1000);
