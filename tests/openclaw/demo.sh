#!/bin/bash
# demo.sh WAYBILL INSTALL OUT - carries a real OpenClaw release from a canary to an edge node and back again.
#
# WAYBILL and INSTALL are the two programs, OUT is a directory of ours (see canary.sh). Everything that runs here has its
# home, its temporary files and its state below OUT; every gateway listens on loopback only and is ended with the script.
# (One file escapes: openclaw-weixin writes its log into /tmp/openclaw, whatever TMPDIR says.)
# Exit status: 0 passed, or skipped because there is no npm ("demo-openclaw: skipped: WHY"); else failed.
set -euo pipefail
umask 022
export LC_ALL=C

[[ $# == 3 && -x $1 && -x $2 && -n $3 ]] || { echo "usage: demo.sh WAYBILL INSTALL OUT" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
waybill_program=$(realpath "$1")
install_program=$(realpath "$2")
mkdir -p "$3"
out=$(cd "$3" && pwd)

canary=$out/canary
edge=$out/edge
work=$out/demo # keys, bundle, listings and logs of this run
tmp=$out/tmp   # kept: OpenClaw's cache of compiled TypeScript is worth half a minute
node=$out/parts/node/bin/node

old=2026.3.13
new=2026.3.23-2
bundle=$work/openclaw-$new.waybill
plugins=(dingtalk openclaw-weixin wecom)
edge_plugins=(dingtalk wecom)

path_of() { # COMPONENT -> its path inside a root
  if [[ $1 == core ]]; then echo /opt/openclaw/app; else echo "/home/.openclaw/extensions/$1"; fi
}

# ---- steps: a sentence, then what happens, then time and size; a table at the end -----------------------------------

table=()

step() { # NAME SENTENCE
  step_name=$1
  step_began=${EPOCHREALTIME/./}
  printf '\n== %s\n' "$2"
}

passed() { # [PATH]...: what the step made or read, to tell its size
  local tenths=$(((${EPOCHREALTIME/./} - step_began + 50000) / 100000)) size=-
  local time="$((tenths / 10)).$((tenths % 10)) s"
  (($# == 0)) || size=$(du -sch "$@" | tail -n 1 | cut -f 1)
  printf -- '-- %s, %s\n' "$time" "$size"
  table+=("$(printf '%-42s | %8s | %s' "$step_name" "$time" "$size")")
}

fail() { echo "demo-openclaw: $*" >&2; exit 1; }

print_table() {
  printf '\n%-42s | %8s | %s\n' step time size
  printf '%s\n' "${table[@]}"
}

# ---- what we run, and in which surroundings -------------------------------------------------------------------------

clean() { env -i PATH=/usr/bin:/bin HOME="$work" TMPDIR="$tmp" NO_COLOR=1 "$@"; }
waybill() { clean "$waybill_program" "$@"; }
waybill_install() { clean "$install_program" "$@"; }

# An edge has no way out: what honours a proxy finds a closed port.
edge_env=(env -i "PATH=${node%/*}:/usr/bin:/bin" "HOME=$edge/home" "TMPDIR=$tmp" NO_COLOR=1
  OPENCLAW_NO_RESPAWN=1 OPENCLAW_DISABLE_BONJOUR=1
  HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1)

# 2026.3.23-2 finds its plugin SDK only from the program root.
openclaw() { (cd "$edge$(path_of core)" && exec "${edge_env[@]}" "$edge/usr/local/bin/openclaw" "$@"); }

# ---- the gateway ----------------------------------------------------------------------------------------------------

gateway= # its process id, which is its process group too
gateway_log=

start_gateway() { # LOG
  gateway_log=$1
  port=$(free_port)
  (cd "$edge$(path_of core)" && exec setsid "${edge_env[@]}" "$node" dist/index.js gateway --port "$port") \
    >"$gateway_log" 2>&1 </dev/null &
  gateway=$!
  wait_until_ready 300
}

# The gateway takes the port and, for its browser control, the second one after it.
free_port() {
  "$node" -e '
    const net = require("net"), listen = (port) => new Promise((done, failed) => {
      const server = net.createServer().once("error", failed).listen(port, "127.0.0.1", () => done(server)); });
    (async () => { for (;;) try {
      const first = await listen(0), { port } = first.address(), second = await listen(port + 2);
      console.log(port); first.close(); second.close(); return; } catch {} })()'
}

wait_until_ready() { # SECONDS
  local deadline=$((SECONDS + $1))
  until answers_ready; do
    kill -0 "$gateway" 2>/dev/null || gateway_failed "the gateway ended before it was ready"
    ((SECONDS < deadline)) || gateway_failed "the gateway was not ready after $1 s"
    sleep 0.2
  done
}

answers_ready() ( # does /readyz answer 200?
  exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$port" || exit
  printf 'GET /readyz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
  read -r -t 5 status <&3 && [[ $status == HTTP/*" 200 "* ]]
)

gateway_failed() { # WHY
  tail -n 20 "$gateway_log"
  fail "$1 (its log: $gateway_log)"
}

stop_gateway() {
  local pid=$gateway status=0
  kill -TERM "$pid"
  timeout 30 tail --pid="$pid" -s 0.1 -f /dev/null || gateway_failed "the gateway did not stop within 30 s of SIGTERM"
  wait "$pid" || status=$?
  end_gateway
  ((status == 0)) || gateway_failed "the gateway ended with status $status"
}

end_gateway() { # with every child
  [[ -z $gateway ]] || kill -KILL -- "-$gateway" 2>/dev/null || true
  gateway=
}

at_exit() {
  local status=$?
  end_gateway
  ((status == 0)) || echo "demo-openclaw: FAILED in step \"${step_name:-start}\"" >&2
}
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

expect_version() { # VERSION
  local said
  said=$(openclaw --version)
  echo "$said"
  [[ " $said " == *" $1 "* ]] || fail "openclaw --version should say $1, says: $said"
}

# /readyz answers 200 even when every plugin has failed: only this list and the log can tell.
expect_plugins_loaded() {
  openclaw plugins list --json >"$work/plugins.json" 2>"$work/plugins.log" || tail -n 20 "$work/plugins.log"
  "$node" - "$work/plugins.json" "${plugins[@]}" <<'JS'
const [file, ...wanted] = process.argv.slice(2);
const text = require("fs").readFileSync(file, "utf8");
const listed = JSON.parse(text.slice(text.indexOf("{"))).plugins;
for (const id of wanted) {
  const plugin = listed.find((p) => p.id === id) || { status: "not listed" };
  console.log(`plugin ${id}: ${plugin.status}${plugin.error ? `: ${plugin.error}` : ""}`);
  if (plugin.status !== "loaded") process.exitCode = 1;
}
JS
}

expect_clean_log() {
  ! grep -n 'failed to load' "$gateway_log" || fail "the gateway could not load a plugin"
}

# ---- trees, bit by bit ----------------------------------------------------------------------------------------------

# Names, kinds, modes, link targets; then contents. The top directory is left out: it keeps the mode of the tree it replaces.
list_tree() { # DIR
  [[ -d $1 && ! -L $1 ]] || { echo absent; return; }
  (cd "$1" && find . -mindepth 1 -printf '%P\t%y\t%m\t%l\n' | sort && find . -type f -print0 | sort -z | xargs -0 -r b2sum -l 256)
}

list_root() { # ROOT NAME: one listing per component
  local component
  mkdir -p "$work/$2"
  for component in core "${plugins[@]}"; do
    list_tree "$1$(path_of "$component")" >"$work/$2/$component"
  done
}

expect_same() { # NAME NAME
  diff -r "$work/$1" "$work/$2" >"$work/difference" || {
    head -n 20 "$work/difference"
    fail "$2 differs from $1 in $(grep -c '^[<>]' "$work/difference") lines (all of them: $work/difference)"
  }
  echo "the same: $(cat "$work/$2"/* | grep -c '  \./') files"
}

expect_in_extensions() { # PLUGIN...
  local there
  there=$(ls -A "$edge/home/.openclaw/extensions")
  [[ $there == "$(printf '%s\n' "$@" | sort)" ]] || fail "extensions/ should hold only $*, holds: ${there//$'\n'/ }"
}

# ---- the demonstration ----------------------------------------------------------------------------------------------

rm -rf "$work"
mkdir -p "$work" "$tmp"

build_canary() {
  step "build canary and edge" "Build from npm a canary with OpenClaw $new and an edge node with $old."
  local status=0
  "$here/canary.sh" "$out" | tee "$work/canary.log" || status=$?
  if ((status == 77)); then
    printf 'demo-openclaw: skipped: %s\n' "$(tail -n 1 "$work/canary.log" | sed 's/^canary: //')"
    exit 0
  fi
  ((status == 0)) || fail "the canary could not be built"
  passed "$canary" "$edge"
}

run_old_gateway() { # NAME
  step "start $old until /readyz" "Start the gateway of $old on the edge, see it ready, stop it."
  start_gateway "$work/$1.log"
  passed
  expect_version "$old"
  stop_gateway
}

run_new_gateway() {
  step "start $new until /readyz" "Start the real gateway of $new from the applied tree."
  start_gateway "$work/gateway-new.log"
  passed
  step "prove $new" "Let it run for 3 s; every plugin must be loaded, the log clean, the version $new."
  sleep 3
  expect_plugins_loaded || fail "a plugin is not loaded"
  expect_clean_log
  expect_version "$new"
  stop_gateway
  passed
}

compare_edge() { # LISTING EXPECTED NAME SENTENCE
  step "$3" "$4"
  list_root "$edge" "$1"
  expect_same "$2" "$1"
  passed "${edge_trees[@]}"
}

edge_trees=("$edge$(path_of core)" "$edge/home/.openclaw/extensions")
components=() targets=()
for plugin in "${plugins[@]}"; do components+=(--plugin "$plugin=$canary$(path_of "$plugin")"); done
for component in core "${plugins[@]}"; do targets+=(--target "$component=$(path_of "$component")"); done

build_canary
list_root "$canary" canary
list_root "$edge" edge-before

run_old_gateway gateway-before
compare_edge edge-before-apply edge-before \
  "$old wrote nothing into its trees" "See that the running gateway wrote nothing into its program and plugins."

step "keygen" "Make a key pair."
waybill keygen --secret "$work/k.key" --public "$work/k.pub" --no-passphrase
passed

step "capture" "Capture the canary's program and plugins into one signed bundle."
waybill capture --name openclaw --release "$new" --core "$canary$(path_of core)" "${components[@]}" \
  --key "$work/k.key" --output "$bundle" --unvalidated demonstration
passed "$bundle"

step "inspect" "Look into the bundle."
waybill inspect "$bundle"
passed "$bundle"

step "verify" "Verify the bundle on the edge."
waybill_install verify "$bundle" --public "$work/k.pub"
passed "$bundle"

step "plan" "Say what apply would do."
waybill_install plan "$bundle" --public "$work/k.pub" --root "$edge" "${targets[@]}"
passed

step "apply" "Apply the bundle to the edge."
waybill_install apply "$bundle" --public "$work/k.pub" --root "$edge" "${targets[@]}" --yes
passed "${edge_trees[@]}"

compare_edge edge-applied canary \
  "compare with the canary" "Compare the applied trees with the canary's, bit by bit."
expect_in_extensions "${plugins[@]}"

step "audit" "Audit the edge against the bundle."
waybill_install audit --root "$edge"
passed

run_new_gateway
compare_edge edge-after-run canary \
  "$new wrote nothing into its trees" "See that the new gateway wrote nothing into its program and plugins."
expect_in_extensions "${plugins[@]}"

step "status, history, points" "Ask the edge what it runs, what happened and where it can go back to."
waybill_install status --root "$edge"
waybill_install history --root "$edge"
waybill_install points --root "$edge"
passed

step "rollback" "Go back to $old."
waybill_install rollback --root "$edge"
passed "${edge_trees[@]}"

compare_edge edge-rolled-back edge-before \
  "compare with the edge before" "Compare the trees with what the edge had before, bit by bit."
expect_in_extensions "${edge_plugins[@]}"

run_old_gateway gateway-after

print_table
echo "demo-openclaw: passed"
