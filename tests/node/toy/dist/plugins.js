// plugins.js - where the toy's state is, what it was told, and its plugins.
const fs = require("node:fs");
const path = require("node:path");

const root = path.dirname(__dirname);
const state = path.join(process.env.HOME || "/root", ".toy");

// A file told/WORD in the state tells one node, "told" in package.json a release: {"WORD": "ANSWER"}.
function told(word) {
  try {
    return fs.readFileSync(path.join(state, "told", word), "utf8").trim();
  } catch {
    return (read(root, "package.json").told || {})[word];
  }
}

function read(dir, file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(dir, file), "utf8"));
  } catch {
    return {};
  }
}

// What a plugin's code says. Told `cache`, the toy keeps what it once compiled in TMPDIR/jiti, and goes by the path alone.
function code_of(id, rootDir) {
  const source = () => fs.readFileSync(path.join(rootDir, "index.js"), "utf8").split("\n")[0].replace(/^[/ ]*/, "");
  if (told("cache") === undefined) return source();
  const kept = path.join(process.env.TMPDIR || "/tmp", "jiti", `${id}-index.js`);
  if (!fs.existsSync(kept)) {
    fs.mkdirSync(path.dirname(kept), { recursive: true });
    fs.writeFileSync(kept, source());
  }
  return fs.readFileSync(kept, "utf8");
}

function list() {
  const extensions = path.join(state, "extensions");
  const named = (word) => (told(word) || "").split(/\s+/);
  const failing = named("load-fails"), unregistered = named("register-fails");
  const ids = fs.existsSync(extensions) ? fs.readdirSync(extensions).sort() : [];
  return ids.filter((id) => fs.existsSync(path.join(extensions, id, "toy.plugin.json"))).map((id) => {
    const rootDir = path.join(extensions, id);
    const phase = unregistered.includes(id) ? "failed during register" : "failed to load";
    const broken = failing.includes(id) || unregistered.includes(id) || fs.existsSync(path.join(rootDir, "broken"));
    const error = broken ? { error: "Error: told so", phase } : {};
    return { id, version: read(rootDir, "package.json").version, rootDir, status: broken ? "error" : "loaded", ...error };
  });
}

module.exports = { root, state, told, read, list, code_of };
