# fixtures.sh - machines to test on (see node.sh), and five ways in which a gateway is installed on one.
#
# A story sources this instead of lib.sh. given_machine boots one; then one of
#   given_global_npm, given_nvm_forgotten, given_wrapper (and given_stale_drop_in), given_orphan,
#   given_user_service   [toy|openclaw]
# installs an application, starts it and waits until it answers. `toy` (tests/node/toy) is there in a second; `openclaw` is
# the real one from out/openclaw/parts (make demo-openclaw) and takes ten to twenty. What a fixture made is said by
#   app new old         the application; the release that runs; the older one, where there is one
#   unit unit_path      its unit and that unit's file        service_user service_home   whom it runs as
#   interpreter         the node binary                      address port                it listens on
#   core older          the program root that runs; the older copy that lies there or ""   orphan  a process, if there is one
#   command             what people type                     state extensions plugins    ~/.APP, its plugins, their ids
# shellcheck disable=SC2034,SC2154 # variables are for stories, and from lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
here=$tests/node
parts=$(realpath -m "${OPENCLAW_PARTS:-$tests/../out/openclaw/parts}")

# ---- machines -----------------------------------------------------------------------------------------------------------

node() { NODE_STATE=$scratch/nodes NODE_OWNER=$scenario_shell "$here/node.sh" "$@"; }
there() { node look "$machine" "$@"; } # to ask and to arrange

given_machine() { # [NAME] [NSPAWN-OPTION]...: what follows speaks of this one; the scenario's directory is its /stick
  local why
  why=$("$here/node.sh" possible) || skip "$why"
  machine=${1:-n1}
  scenario_shell=$BASHPID
  trap 'node rm-all' EXIT
  node up "$machine" --bind="$PWD:/stick" "${@:2}"
}

given_installer() { there install -m 755 /dev/stdin /usr/local/bin/waybill-install <"$INSTALL"; }

when_there() { when node exec "$machine" "$@"; } # as a unit, which ends with the command
when_logged_in() { when node shell "$machine" "$@"; } # as root by ssh
when_user() { when node user "$machine" "$@"; } # USER COMMAND...
when_power_is_cut() { node cut "$machine"; }
when_booting() { node up "$machine" --bind="$PWD:/stick" "$@"; }

put() { # PATH [MODE]: standard input
  there bash -c 'mkdir -p "${1%/*}" && rm -f "$1" && cat >"$1" && chmod "$2" "$1"' put "$1" "${2:-644}"
}

bring() { # TREE PATH: to a place of that machine; a rename where its root shows the tree, else a copy
  there mkdir -p "${2%/*}"
  if there test -e "$1/package.json"; then
    there mv "$1" "$2"
  else
    there mkdir "$2"
    tar -C "$1" -c . | there tar -C "$2" -x --no-same-owner
  fi
}

# ---- applications -----------------------------------------------------------------------------------------------------------

given_toy_core() { # VERSION DIR [SCHEMA] [TOLD]: a release of the toy, here; TOLD: what it is told, as JSON
  rm -rf "$2"
  mkdir -p "${2%/*}"
  cp -R "$here/toy" "$2"
  chmod 755 "$2/toy.mjs"
  printf '{"name":"toy","version":"%s","type":"commonjs","bin":{"toy":"toy.mjs"},"schema":%d,"told":%s}\n' \
    "$1" "${3:-1}" "${4:-{\}}" >"$2/package.json"
}

given_toy_plugin() { # ID VERSION DIR
  mkdir -p "$3"
  printf '{"name":"@toys/%s","version":"%s"}\n' "$1" "$2" >"$3/package.json"
  printf '{"id":"%s","channels":["%s"],"configSchema":{}}\n' "$1" "$1" >"$3/toy.plugin.json"
  echo "// $1 $2" >"$3/index.js"
}

needs_full() { [[ ${FULL:-} ]] || skip "only in the long form (FULL=1)"; }

needs_openclaw() {
  [[ -e $parts/core-canary.version && -e $parts/core-edge.version && -e $parts/wecom.version ]] ||
    skip "OpenClaw is not built here (make demo-openclaw)"
}

choose() { # toy|openclaw
  app=$1 unit=$1-gateway.service unit_path=/etc/systemd/system/$1-gateway.service
  address=127.0.0.1 port=18789 service_user=root service_home=/root state=/root/.$1 extensions=/root/.$1/extensions core='' older='' manager=(there systemctl)
  node_binary=$parts/node/bin/node
  case $app in
    toy)
      title=Toy new=2.0.0 old=1.0.0 plugins=(hello other) restart=1 patience=3
      [[ -x $node_binary ]] || node_binary=$(type -P node) || skip "there is no node here"
      ;;
    openclaw)
      needs_openclaw
      title=OpenClaw new=$(<"$parts/core-canary.version") old=$(<"$parts/core-edge.version")
      plugins=(dingtalk openclaw-weixin wecom) restart=5 patience=30
      ;;
  esac
}

place_core() { # new|old PATH
  local part=canary
  [[ $1 == new ]] || part=edge
  if [[ $app == openclaw ]]; then
    bring "$parts/core-$part" "$2"
  else
    given_toy_core "${!1}" "$scratch/trees/core-$1"
    bring "$scratch/trees/core-$1" "$2"
  fi
}

place_plugins() { # ID...: into $extensions
  local id
  there mkdir -p -m 700 "$state" "$extensions"
  for id; do
    if [[ $app == openclaw ]]; then
      bring "$parts/$id" "$extensions/$id"
    else
      given_toy_plugin "$id" "$new" "$scratch/trees/$id"
      bring "$scratch/trees/$id" "$extensions/$id"
    fi
    there chmod 700 "$extensions/$id"
  done
  plugins=("$@")
  configuration | put "$state/$app.json" 600
}

place_interpreter() { put "$1" 755 <"$node_binary" && interpreter=$1; }

configuration() { # names only plugins that are there: with another OpenClaw does not start
  for id in "${plugins[@]}"; do there cat "$extensions/$id/package.json"; done |
    jq -s --arg state "$state" --arg new "$new" --argjson ids "$(jq -cn '$ARGS.positional' --args "${plugins[@]}")" '
    [$ids, .] | transpose | map({id: .[0], installPath: "\($state)/extensions/\(.[0])", name: .[1].name, version: .[1].version}) |
    { meta: {lastTouchedVersion: $new, lastTouchedAt: "2026-03-24T08:00:00.000Z"},
      update: {checkOnStart: false},
      logging: {file: "\($state)/logs/gateway.log"},
      gateway: {mode: "local", bind: "loopback", auth: {mode: "token", token: "not-a-real-token-0123456789"}},
      channels: (if any(.id == "dingtalk")
        then {dingtalk: {enabled: true, clientId: "not-a-real-id", clientSecret: "not-a-real-secret"}} else {} end),
      plugins: {
        enabled: true,
        entries: (map({(.id): {enabled: true}}) | add // {}),
        installs: (map({(.id): {source: "npm", spec: "\(.name)@\(.version)", installPath, version}}) | add // {}) } }'
}

# ---- units ------------------------------------------------------------------------------------------------------------------

unit_text() { # EXECSTART [LINE]...: as `openclaw gateway install` writes it; LINEs go into [Service]
  local variable=${app^^} target=multi-user.target
  [[ $service_user == root || $unit_path == /etc/* ]] || target=default.target
  cat <<UNIT
[Unit]
Description=$title Gateway (v$new)
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=$1
Restart=always
RestartSec=$restart
TimeoutStopSec=$patience
TimeoutStartSec=30
SuccessExitStatus=0 143
KillMode=control-group
Environment=HOME=$service_home
Environment=TMPDIR=/tmp
Environment=PATH=${interpreter%/*}:$service_home/.local/bin:/usr/local/bin:/usr/bin:/bin
Environment=${variable}_GATEWAY_PORT=$port
Environment=${variable}_SYSTEMD_UNIT=$unit
Environment="${variable}_WINDOWS_TASK_NAME=$title Gateway"
Environment=${variable}_SERVICE_MARKER=$app
Environment=${variable}_SERVICE_KIND=gateway
Environment=${variable}_SERVICE_VERSION=$new
$( (($# < 2)) || printf '%s\n' "${@:2}" '')
[Install]
WantedBy=$target
UNIT
}

# OpenClaw 2026.3.23 finds its plugin SDK only when the program root is the working directory.
given_unit() { # EXECSTART [LINE]...
  unit_text "$@" | put "$unit_path"
  printf '[Service]\nWorkingDirectory=%s\n' "$core" | put "$unit_path.d/10-directory.conf"
}

ctl() { "${manager[@]}" "$@"; }
property() { ctl show --property="$1" --value "$unit"; } # NAME

when_started() {
  ctl daemon-reload
  ctl enable --quiet "$unit"
  ctl start "$unit"
}

journal() { # what the unit said, as text
  if [[ $unit_path == /etc/* ]]; then there journalctl -o cat -u "$unit"; else there journalctl -o cat "_SYSTEMD_USER_UNIT=$unit"; fi
}

# ---- the five ---------------------------------------------------------------------------------------------------------------

given_global_npm() { # [APP]: `npm install -g` as root
  install_global "${1:-toy}"
  place_plugins "${plugins[@]}"
  given_unit "$interpreter $core/dist/index.js gateway --port $port"
  when_started
  then_ready
}

install_global() { # APP: /usr/lib/node_modules/APP, without plugins, not started
  choose "$1"
  core=/usr/lib/node_modules/$app command=/usr/bin/$app
  place_interpreter /usr/bin/node
  place_core new "$core"
  there ln -sfn "../lib/node_modules/$app/$app.mjs" "$command"
}

given_nvm_forgotten() { # [APP]: claw's own by nvm runs; a forgotten one lies in /usr and is what root's `APP` means
  choose "${1:-toy}"
  given_claw
  local nvm=$service_home/.nvm/versions/node/v22.23.3
  core=$nvm/lib/node_modules/$app command=$nvm/bin/$app older=/usr/lib/node_modules/$app
  place_interpreter /usr/bin/node
  place_interpreter "$nvm/bin/node"
  place_core new "$core"
  place_core old "$older"
  echo v22.23.3 | put "$service_home/.nvm/alias/default"
  there ln -sfn "../lib/node_modules/$app/$app.mjs" "$command"
  there ln -sfn "../lib/node_modules/$app/$app.mjs" "/usr/bin/$app"
  place_plugins "${plugins[@]}"
  give_to_claw
  given_unit "$interpreter $core/dist/index.js gateway --port $port" User=claw
  when_started
  then_ready
}

given_wrapper() { # [APP]: unpacked below /opt, started by a script
  choose "${1:-toy}"
  core=/opt/$app/app command=/usr/local/bin/$app
  place_interpreter /usr/bin/node
  place_core new "$core"
  printf '#!/bin/sh\nexec node %s/%s.mjs "$@"\n' "$core" "$app" | put "$command" 755
  place_plugins "${plugins[@]}"
  given_unit "$command gateway run --port $port"
  when_started
  then_ready
}

given_stale_drop_in() { # after given_wrapper: the merged unit names an older copy, which the next start would run
  older=/srv/$app-$old
  place_core old "$older"
  printf '[Service]\nExecStart=\nExecStart=%s %s/dist/index.js gateway --port %s\n' "$interpreter" "$older" "$port" |
    put "$unit_path.d/override.conf"
  ctl daemon-reload
}

# What a unit's gateway does when somebody's gateway holds its port, in OpenClaw 2026.3.23: it kills that one if there is lsof
# to find it with; else it waits for ever, "active", if it sees the other's lock in its own TMPDIR; else it ends.

given_orphan() { # [APP]: no plugins; a gateway that was once started by hand holds the port; the unit starts over and over
  install_global "${1:-toy}"
  place_plugins
  given_left_behind /var/tmp
  when_started
  then_restarts 1
}

given_unnoticed_orphan() { # [APP]: the same, but the unit's gateway waits: systemd says that all is well
  install_global "${1:-toy}"
  place_plugins
  [[ $app == openclaw ]] || echo | put "$state/told/wait"
  given_left_behind /tmp
  when_started
  then_journal_will_say 'already running under systemd; waiting'
}

given_left_behind() { # TMPDIR: $orphan listens, without parent, in the session of a login
  there rm -f /usr/bin/lsof
  given_unit "$interpreter $core/dist/index.js gateway --port $port"
  node shell "$machine" setsid --fork bash -c 'cd "$1" && TMPDIR=$4 exec "$2" gateway run --port "$3" >/root/gateway.out 2>&1 </dev/null' \
    by-hand "$core" "$command" "$port" "$1"
  then_ready
  orphan=$(listener)
  there bash -c 'kill -KILL "$(ps -o ppid= -p "$1")"' kill-parent "$orphan"
}

given_user_service() { # [APP]: claw's own, by claw's own systemd
  choose "${1:-toy}"
  given_claw
  core=$service_home/.npm-global/lib/node_modules/$app command=$service_home/.npm-global/bin/$app
  unit_path=$service_home/.config/systemd/user/$unit
  manager=(node user "$machine" claw systemctl --user)
  place_interpreter /usr/bin/node
  place_core new "$core"
  there mkdir -p "${command%/*}"
  there ln -s "../lib/node_modules/$app/$app.mjs" "$command"
  echo "prefix=$service_home/.npm-global" | put "$service_home/.npmrc"
  place_plugins "${plugins[@]}"
  given_unit "$interpreter $core/dist/index.js gateway --port $port"
  give_to_claw
  when_started
  then_ready
}

given_claw() {
  there useradd --create-home --shell /bin/bash claw
  service_user=claw service_home=/home/claw state=/home/claw/.$app extensions=/home/claw/.$app/extensions
}
give_to_claw() { there chown -R claw: /home/claw; }

# ---- OpenClaw, not started yet -------------------------------------------------------------------------------------------------

given_openclaw() { # PLUGIN...: installed, not started
  install_global openclaw
  place_plugins "$@"
  given_unit "$interpreter $core/dist/index.js gateway --port $port"
}

given_no_directory() { # the unit as OpenClaw itself writes it
  there rm -r "$unit_path.d"
}

# ---- what must be so -----------------------------------------------------------------------------------------------------------

get() { # PATH [PORT]: what the gateway answers, with its head
  there bash -c 'exec 3<>"/dev/tcp/$3/$2" && printf "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n" "$1" >&3 && timeout 5 cat <&3' \
    get "$1" "${2:-$port}" "$address" 2>/dev/null
}

then_ready() { # [SECONDS]: /readyz says 200
  local deadline=$((SECONDS + ${1:-180}))
  until [[ $(get /readyz) == HTTP/*' 200 '* ]]; do
    ((SECONDS < deadline)) || { journal | tail -n 20; fail "$unit was not ready after ${1:-180} s"; }
    sleep 0.1
  done
}

then_restarts() { # COUNT: systemd has started it again so often
  local deadline=$((SECONDS + 90))
  until (($(property NRestarts) >= $1)); do
    ((SECONDS < deadline)) || fail "$unit was started again only $(property NRestarts) times"
    sleep 0.2
  done
}

listener() { # [PORT]: the process that listens there
  there ss -Hltnp "sport = :${1:-$port}" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -n 1
}
cgroup_of() { there sed -n 's/^0:://p' "/proc/$1/cgroup"; } # PID
then_active() { then_equal "$(property ActiveState)" active "$unit"; }
then_journal_says() { grep -qF -e "$1" <<<"$(journal)" || fail "the journal of $unit does not say: $1"; }
then_journal_will_say() {
  local deadline=$((SECONDS + 60))
  until grep -qF -e "$1" <<<"$(journal)"; do
    ((SECONDS < deadline)) || then_journal_says "$1"
    sleep 0.2
  done
}
then_journal_says_not() { ! grep -qF -e "$1" <<<"$(journal)" || fail "the journal of $unit says: $1"; }

# ---- inventory ------------------------------------------------------------------------------------------------------------

when_inventory() { # [OPTION]...: the document is in ./inventory
  local profile=openclaw
  [[ $app == openclaw ]] || { profile=/root/toy.profile; put "$profile" <"$here/toy.profile.json"; }
  given_installer
  when_there waybill-install inventory --profile "$profile" --json "$@"
  then_ok
  there waybill-install inventory --profile "$profile" "$@" >text
  there waybill-install inventory --profile "$profile" --json "$@" >inventory
  counts=$(jq -c 'if .main then .services[.main - 1] else {} end' inventory)
}

says() { jq -r "$1" inventory; }
then_inventory() { then_equal "$(says "$1")" "$2" "$1"; } # FILTER VALUE
then_counts() { then_equal "$(jq -r "$1" <<<"$counts")" "$2" "$1 of the service that counts"; }

# ---- gates ----------------------------------------------------------------------------------------------------------------

when_gates() { # [OPTION]...: by $profile, else the application's own; ./evidence is the document
  local document=openclaw
  [[ $app == openclaw ]] || profile=${profile:-$here/toy.profile.json}
  [[ -z ${profile:-} ]] || { document=/root/toy.profile; put "$document" <"$profile"; }
  given_installer
  when_there waybill-install gates --profile "$document" --json "$@"
  cp "$scratch/stdout" evidence
  ((status == 0 || status == 9)) || return 0
  python3 -c 'import json, sys, jsonschema; jsonschema.validate(*(json.load(open(f)) for f in sys.argv[1:]))' \
    evidence "$tests/../docs/schemas/gates.json"
}

given_gates() { # FILTER: those of OpenClaw's profile that it lets through
  jq ".gates |= map($1)" "$tests/../manifest/profiles/openclaw.json" >profile
  profile=$PWD/profile
}

verdict() { jq -r --arg name "$1" '.evidence.gates[] | select(.name == $name) | .verdict' evidence; }
seen() { jq -r --arg name "$1" '.evidence.gates[] | select(.name == $name) | .seen // [] | join("\n")' evidence; }
then_gate() { then_equal "$(verdict "$1")" "$2" "gate $1"; } # NAME VERDICT
then_seen() { grep -qF -e "$2" <<<"$(seen "$1")" || fail "gate $1 did not see \"$2\" but: $(seen "$1")"; }
then_red() { then_status 9; then_equal "$(jq -r .evidence.verdict evidence)" failed; }
then_green() { then_status 0; then_equal "$(jq -r .evidence.verdict evidence)" passed; }
