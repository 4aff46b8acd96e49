// plugins.js - where the toy's state is, what it was told, and its plugins.
const fs = require("node:fs");
const path = require("node:path");

const root = path.dirname(__dirname);
const state = path.join(process.env.HOME || "/root", ".toy");

// A file told/WORD in the state tells one node, in the program root a release; its content is the answer ("" if it is empty).
function told(word) {
  for (const place of [state, root]) {
    try {
      return fs.readFileSync(path.join(place, "told", word), "utf8").trim();
    } catch {}
  }
  return undefined;
}

function read(dir, file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(dir, file), "utf8"));
  } catch {
    return {};
  }
}

function list() {
  const extensions = path.join(state, "extensions");
  const failing = (told("load-fails") || "").split(/\s+/);
  const ids = fs.existsSync(extensions) ? fs.readdirSync(extensions).sort() : [];
  return ids.filter((id) => fs.existsSync(path.join(extensions, id, "toy.plugin.json"))).map((id) => {
    const rootDir = path.join(extensions, id);
    const broken = failing.includes(id) || fs.existsSync(path.join(rootDir, "broken"));
    const error = broken ? { error: "Error: told so" } : {};
    return { id, version: read(rootDir, "package.json").version, rootDir, status: broken ? "error" : "loaded", ...error };
  });
}

module.exports = { root, state, told, read, list };
