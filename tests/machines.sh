#!/bin/bash
# machines.sh INSTALLER... - the installer of each machine, run by qemu in a root that has nothing else in it:
# verify, plan, apply, an update, audit, rollback, of real bundles. WAYBILL names the program that makes them, OPENCLAW the
# directory with OpenClaw's. (Root.)
#
# qemu's kernel interface has no openat2, seccomp and Landlock: what runs here runs without them. NO_EXCHANGE
# names a program under which nothing is exchanged either.
. "$(dirname "$0")/lib.sh"
installers=("$@")

machine_of() { # INSTALLER
  case $1 in *-install) echo x86_64 ;; *) echo "${1##*-}" ;; esac
}
qemu_of() { # MACHINE
  case $1 in armv7) echo qemu-arm-static ;; *) echo "qemu-$1-static" ;; esac
}

there() { # ARGUMENT...: the installer, in the empty root
  when "${kernel[@]}" chroot root "/$qemu" /waybill-install "$@"
}
kernel=()

given_empty_root() { # INSTALLER FILE...
  machine=$(machine_of "$1")
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

goes_where_nothing_is_exchanged() { # INSTALLER
  given_releases 1 2
  given_empty_root "$1" 1.waybill 2.waybill k.pub
  needs strace
  kernel=(strace -f -qq -A -o renamed -e trace=renameat2 -e signal=none "$NO_EXCHANGE")
  there apply /1.waybill --public /k.pub --yes "${targets[@]}"
  then_ok
  there apply /2.waybill --public /k.pub --yes
  then_ok
  then_in_place 2
  there audit
  then_ok
  there rollback
  then_ok
  then_in_place 1
  grep -q 'RENAME_EXCHANGE) = -1 EINVAL' renamed || fail "no exchange was asked for and refused"
  ! grep 'RENAME_EXCHANGE) = 0' renamed || fail "something was exchanged"
}

given_openclaw() { # what make demo-openclaw left
  bundle=$(ls "$OPENCLAW"/openclaw-*.waybill 2>/dev/null) || skip "OpenClaw is not built here (make demo-openclaw)"
}

takes_openclaw_where_it_runs() { # INSTALLER: it has programs of the machine that it was captured on
  given_openclaw
  given_empty_root "$1" "$OPENCLAW/k.pub"
  cp "$bundle" root/openclaw.waybill
  there verify /openclaw.waybill --public /k.pub
  then_ok
  then_says "whole, every byte"
  there apply /openclaw.waybill --public /k.pub --yes --target core=/opt/app \
    --target dingtalk=/opt/dingtalk --target openclaw-weixin=/opt/weixin --target wecom=/opt/wecom
  if [[ $machine != x86_64 ]]; then
    then_refused
    then_says "core is made for x86_64, this machine is ${machine/armv7/arm}"
    then_absent root/opt
    return
  fi
  then_ok
  there rollback
  then_ok
  then_absent root/opt/app
}

openclaw=(--target core=/opt/dingtalk --target openclaw-weixin=/opt/weixin --target wecom=/opt/wecom)
installs_plugins_of_openclaw() { # INSTALLER: three trees that npm made
  given_openclaw
  given_keys
  local part
  for part in dingtalk openclaw-weixin wecom; do cp -a "$(realpath "$OPENCLAW/../parts/$part")" .; done
  "$WAYBILL" capture --name plugins --release 1 --core dingtalk --plugin openclaw-weixin=openclaw-weixin \
    --plugin wecom=wecom --output plugins.waybill --unvalidated "another machine" --key k.key
  given_empty_root "$1" plugins.waybill k.pub
  there plan /plugins.waybill --public /k.pub "${openclaw[@]}"
  then_ok
  there apply /plugins.waybill --public /k.pub --yes "${openclaw[@]}"
  then_ok
  then_same_tree "dingtalk" root/opt/dingtalk
  then_same_tree "openclaw-weixin" root/opt/weixin
  then_same_tree "wecom" root/opt/wecom
  there audit
  then_ok
  there rollback
  then_ok
  then_absent root/opt/dingtalk
  then_absent root/opt/weixin
}

failed=0
for installer in "${installers[@]}"; do
  eval "scenario_a_${installer##*-}_goes_all_the_way() { goes_all_the_way '$(realpath "$installer")'; }"
  for does in goes_all_the_way goes_where_nothing_is_exchanged takes_openclaw_where_it_runs installs_plugins_of_openclaw; do
    eval "scenario_of_$(machine_of "$installer")_$does() { $does '$(realpath "$installer")'; }"
    run_scenario "scenario_of_$(machine_of "$installer")_$does" || failed=1
  done
done
exit "$failed"
