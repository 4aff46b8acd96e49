#!/bin/bash
# twin.sh DIR RELEASE - a small twin of an OpenClaw installation: DIR/core, DIR/plugins/{dingtalk,wecom}, DIR/openclaw.json.
# RELEASE is 2026.3.13 or 2026.3.23-2. The same arguments give the same bytes, modes and times, always.
set -euo pipefail
umask 022
export LC_ALL=C

[[ $# == 2 && ($2 == 2026.3.13 || $2 == 2026.3.23-2) ]] || { echo "usage: twin.sh DIR 2026.3.13|2026.3.23-2" >&2; exit 2; }
release=$2
mkdir -p "$1"
dir=$(cd "$1" && pwd)

many() { # DIR COUNT: small modules, a fifth of which differ between releases
  local i
  mkdir -p "$1"
  for ((i = 0; i < $2; i++)); do
    printf 'export const id = %d; // %s\nexport default () => "module %d";\n' "$i" "$( ((i % 5)) || echo "$release")" "$i" \
      >"$1/module-$i.js"
  done
}

package() { # DIR NAME VERSION [REST]
  mkdir -p "$1"
  printf '{\n  "name": "%s",\n  "version": "%s"%s\n}\n' "$2" "$3" "${4:-}" >"$1/package.json"
}

foreign_native() { # FILE: an ELF header for aarch64 and nothing more
  mkdir -p "${1%/*}"
  {
    printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0'
    printf '\3\0\267\0\1\0\0\0'
    head -c 40 /dev/zero
  } >"$1"
}

long_path() { # DIR: a file whose path below DIR has 165 characters
  local path=node_modules/@scope/a-package-with-a-rather-long-name/dist/cjs/internal
  while ((${#path} < 150)); do path+=/deeper; done
  path+=/$(printf 'x%.0s' $(seq $((165 - ${#path} - 4)))).js
  mkdir -p "$1/${path%/*}"
  echo "module.exports = 165;" >"$1/$path"
}

core() {
  package "$1" openclaw "$release" $',\n  "engines": { "node": ">=22.16.0" }'
  printf '#!/usr/bin/env node\nimport("./dist/index.js");\n' >"$1/openclaw.mjs"
  many "$1/dist" 120
  many "$1/node_modules/left/lib" 60
  package "$1/node_modules/left" left 1.0.0
  printf '#!/usr/bin/env node\n' >"$1/node_modules/left/cli.js"
  mkdir -p "$1/node_modules/.bin" "$1/.github" "$1/empty" "$1/docs/ja-JP"
  ln -s ../left/cli.js "$1/node_modules/.bin/left"
  foreign_native "$1/node_modules/koffi/build/linux_arm64/koffi.node"
  long_path "$1"
  echo "$release" >"$1/.buildstamp"
  echo "name: x" >"$1/.github/x"
  : >"$1/dist/empty.js"
  cp "$1/dist/module-1.js" "$1/dist/copy-of-module-1.js"
  echo "# はじめに $release" >"$1/docs/ja-JP/はじめに.md"
  printf 'end' | dd of="$1/sparse.bin" bs=1 seek=1048576 status=none
  echo "two names" >"$1/dist/one-name.js"
  ln "$1/dist/one-name.js" "$1/dist/another-name.js"
  chmod 755 "$1/openclaw.mjs" "$1/node_modules/left/cli.js"
  chmod 744 "$1/dist/module-2.js"
  if [[ $release == 2026.3.13 ]]; then echo gone >"$1/dist/only-before.js"; else echo new >"$1/dist/only-after.js"; fi
}

plugin() { # DIR NAME VERSION
  package "$1" "$2" "$3" ',
  "openclaw": { "extensions": ["./index.ts"], "install": { "minHostVersion": "2026.3.13" } }'
  echo "{ \"id\": \"$2\", \"channels\": [\"$2\"] }" >"$1/openclaw.plugin.json"
  echo "export default { version: \"$3\" };" >"$1/index.ts"
  many "$1/node_modules/axios/lib" 40
}

config() { # FILE: JSON5
  printf '// written by hand\n{\n  plugins: { entries: { dingtalk: { enabled: true, }, wecom: { enabled: true, }, }, },\n}\n' >"$1"
}

core "$dir/core"
plugin "$dir/plugins/dingtalk" dingtalk "$([[ $release == 2026.3.13 ]] && echo 0.8.2 || echo 0.8.3-beta)"
plugin "$dir/plugins/wecom" wecom 1.0.6
ln -s "$dir/core" "$dir/plugins/wecom/node_modules/openclaw"
config "$dir/openclaw.json"
find "$dir" -exec touch -h -d '1985-10-26 08:15:00 UTC' {} +
