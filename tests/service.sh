# service.sh - the words of stories about a living service that commands start and stop (the manager "command"), on this machine
# with an /etc, a /var/lib, a /run and a network of the story's own. A story sources this instead of lib.sh. Where a real systemd is,
# tests/node has the same for units.
# shellcheck disable=SC2034,SC2154 # variables are for stories, and from lib.sh
[[ ${own_mounts-} ]] || ((EUID != 0)) || ! unshare --mount --net true 2>/dev/null ||
  own_mounts=yes exec unshare --mount --net --propagation private bash "$0" "$@"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

given_program() { # VERSION: ./toy
  rm -rf toy
  mkdir -p toy/app/lib toy/plugins/hello
  echo "{\"name\":\"toy\",\"version\":\"$1\"}" >toy/app/package.json
  echo "{\"name\":\"hello\",\"version\":\"$1\"}" >toy/plugins/hello/package.json
  echo "$1" | tee toy/app/lib/main.js >toy/plugins/hello/index.js
  ln -s ../../app toy/plugins/hello/host
}

given_bundle_of() { # VERSION [OPTION]...
  given_program "$1"
  [[ ! -e sick ]] || cp sick toy/app/
  "$WAYBILL" capture --name toy --release "$1" --profile profile.json --core toy/app --plugin hello=toy/plugins/hello \
    --key k.key --unvalidated test --output "$1.waybill" "${@:2}"
}

given_commands() { # ./service start|stop|status; a newer release migrates the state, an older one refuses it
  cat >service <<END
#!/bin/sh
cd $PWD
version=\$(cat opt/app/lib/main.js)
case \$1 in
start)
  [ ! -e refuses ] || exit 3
  [ "\$(cat opt/plugins/hello/index.js) \$(cat opt/plugins/hello/host/lib/main.js)" = "\$version \$version" ] || exit 4
  grep -q "\"\$version\"" state/toy.json || exit 5
  [ "\$(cat state/data/schema)" -le "\${version%%.*}" ] || exit 6
  echo "\${version%%.*}" >state/data/schema
  echo "\$version" >>starts
  : >well
  setsid sleep 1000 </dev/null >/dev/null 2>&1 &
  echo \$! >pid ;;
stop) [ ! -e clings ] || exit 7; kill "\$(cat pid)" && rm pid ;;
status)
  [ ! -e mute ] || kill -9 \$\$
  [ -e pid ] && kill -0 "\$(cat pid)" 2>/dev/null || exit 1
  [ ! -e opt/app/sick ] || [ -e well ] || { kill "\$(cat pid)"; rm pid; } # there when it is asked for the first time
  rm -f well ;;
esac
END
  chmod 755 service
}

given_starter() { # COMMAND: is run before 2.0.0 is started
  printf '#!/bin/sh\ncd %s\n! grep -q 2.0.0 opt/app/lib/main.js || %s\nexec ./service start\n' "$PWD" "$1" >starter
  chmod 755 starter
  jq --arg here "$PWD" '.applications[0].units[0].start = [$here + "/starter"]' etc/waybill/site.json >s && cp s etc/waybill/site.json
}

given_machine() { # release 1.0.0 runs, and is adopted
  [[ ${own_mounts-} ]] || skip "mounts of its own are not possible here"
  given_keys
  mkdir -p etc/waybill/keys var run opt/plugins state/data state/credentials cache
  grep '^root:' /etc/passwd >etc/passwd
  grep '^root:' /etc/group >etc/group
  cp k.pub etc/waybill/keys/
  cp -a /etc/alternatives etc/ 2>/dev/null || true # awk and its like
  trap end_machine EXIT
  mount --bind etc /etc && mount --bind var /var/lib && mount --bind run /run
  jq -n --arg here "$PWD" '{name: "toy", scheme: "semver", variables: [{name: "state", default: ($here + "/state")}],
    state: [{class: "restore", path: "${state}/data"}, {class: "keep", path: "${state}/credentials"}],
    caches: [$here + "/cache"], local: ["/.env"],
    config: [{path: "${state}/toy.json", syntax: "json5", records: [{component: "*", at: "/versions/${component}", value: "\"${version}\""}]}]}' >profile.json
  given_program 1.0.0
  cp -a toy/. opt/
  echo 1 >state/data/schema
  echo token >state/credentials/token
  echo SECRET=1 >opt/app/.env
  printf '{\n  // by hand\n  "versions": {"hello": "1.0.0"}\n}\n' >state/toy.json
  given_commands
  ./service start
  jq -n --arg here "$PWD" '{applications: [{application: "toy", profile: ($here + "/profile.json"), home: "/root",
    components: [{id: "core", kind: "core", path: ($here + "/opt/app")}, {id: "hello", kind: "plugin", path: ($here + "/opt/plugins/hello")}],
    units: [{name: "toy", manager: "command", user: "root", start: [$here + "/service", "start"],
      stop: [$here + "/service", "stop"], status: [$here + "/service", "status"]}]}]}' >etc/waybill/site.json
}

end_machine() {
  umount -l /etc /var/lib /run
  kill "$(cat "$scratch/here/pid" 2>/dev/null)" 2>/dev/null || true
}

when_asking() { when "$INSTALL" "$@"; }
when_going_to() { when "$INSTALL" apply "$1.waybill" --yes --accept-unvalidated "${@:2}"; }

when_going_until() { # FILE: the act goes on, and the file is there
  "$INSTALL" apply 2.0.0.waybill --yes --accept-unvalidated >said 2>&1 &
  watching=$!
  until grep -qs 2.0.0 "$1"; do kill -0 "$watching" || fail "it ended: $(cat said)"; sleep 0.02; done
}

then_runs() { # VERSION: of one release are trees, configuration and state, and the service is up
  then_equal "$(cat opt/app/lib/main.js opt/plugins/hello/index.js | paste -sd' ')" "$1 $1" "the trees"
  grep -qF "\"hello\": \"$1\"" state/toy.json || fail "the configuration is not that of $1: $(cat state/toy.json)"
  grep -qF "// by hand" state/toy.json || fail "the comment is gone"
  then_equal "$(cat state/data/schema)" "${1%%.*}" "the state's schema"
  then_equal "$(cat state/credentials/token) $(cat opt/app/.env)" "token SECRET=1" "what belongs to the node"
  kill -0 "$(cat pid)" || fail "the service is down"
  then_equal "$(tail -n 1 starts)" "$1" "what started last"
}

then_audit_of_toy() { when_asking audit; then_ok; }
