#!/bin/bash
# machines.sh INSTALLER-MACHINE... - each installer of another machine, run by qemu in a root that has nothing else in it:
# verify, plan, apply, an update, audit, rollback, of real bundles. WAYBILL names the program that makes them, OPENCLAW the
# directory with that of OpenClaw. (Root.)
#
# qemu's kernel interface has no openat2, seccomp and Landlock: what runs here runs without them.
. "$(dirname "$0")/lib.sh"
installers=("$@")

qemu_of() { # MACHINE
  case $1 in armv7) echo qemu-arm-static ;; *) echo "qemu-$1-static" ;; esac
}

there() { # ARGUMENT...: the installer, in the empty root
  when chroot root "/$qemu" /waybill-install "$@"
}

given_empty_root() { # INSTALLER FILE...
  machine=${1##*-}
  qemu=$(qemu_of "$machine")
  needs "$qemu"
  needs_root
  mkdir root
  cp "$(command -v "$qemu")" "${@:2}" root/
  cp "$1" root/waybill-install
}

then_in_place() { # RELEASE
  then_same_tree "captured/$1/app" root/opt/demo/app
  then_same_tree "captured/$1/plugins/hello" root/opt/demo/plugins/hello
}

goes_all_the_way() { # INSTALLER
  given_releases 1 2
  given_empty_root "$1" 1.waybill 2.waybill k.pub
  there --version
  then_ok
  there verify /1.waybill --public /k.pub
  then_ok
  then_says "whole, every byte"
  there plan /1.waybill --public /k.pub "${targets[@]}"
  then_ok
  there apply /1.waybill --public /k.pub --yes "${targets[@]}"
  then_ok
  then_in_place 1
  there apply /2.waybill --public /k.pub --yes
  then_ok
  then_in_place 2
  there audit
  then_ok
  there status --json
  then_json '.decoder.seccomp' false
  then_json '.decoder.landlock' null
  there rollback
  then_ok
  then_in_place 1
  there history
  then_ok
  printf x | dd of=root/2.waybill bs=1 seek=3000 conv=notrunc status=none
  there apply /2.waybill --public /k.pub --yes
  ((status == 4 || status == 5)) || fail "a damaged bundle: $status"
  then_in_place 1
  there recover
  then_ok
}

openclaw=(--target core=/opt/openclaw/app)
for plugin in dingtalk openclaw-weixin wecom; do openclaw+=(--target "$plugin=/opt/openclaw/extensions/$plugin"); done

installs_openclaw() { # INSTALLER
  local bundle
  bundle=$(ls "$OPENCLAW"/openclaw-*.waybill 2>/dev/null) || skip "OpenClaw is not built here (make demo-openclaw)"
  given_empty_root "$1" "$OPENCLAW/k.pub"
  cp "$bundle" root/openclaw.waybill
  there verify /openclaw.waybill --public /k.pub
  then_ok
  there plan /openclaw.waybill --public /k.pub "${openclaw[@]}"
  then_ok
  there apply /openclaw.waybill --public /k.pub --yes "${openclaw[@]}"
  then_ok
  there audit
  then_ok
  then_says "0 differences"
  there rollback
  then_ok
  [[ ! -e root/opt/openclaw/app ]]
}

failed=0
for installer in "${installers[@]}"; do
  eval "scenario_a_${installer##*-}_goes_all_the_way() { goes_all_the_way '$(realpath "$installer")'; }"
  eval "scenario_a_${installer##*-}_installs_openclaw() { installs_openclaw '$(realpath "$installer")'; }"
  for does in goes_all_the_way installs_openclaw; do
    run_scenario "scenario_a_${installer##*-}_$does" || failed=1
  done
done
exit "$failed"
