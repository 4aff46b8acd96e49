#!/bin/bash
# demo.sh - the whole job on a small sample, every command printed before it runs, with its real output.
# WAYBILL and INSTALL name the programs. Exit status 1: something did not go as it is told here.
set -euo pipefail
umask 022
export LC_ALL=C NO_COLOR=1
tests=$(cd "$(dirname "$0")" && pwd)
waybill=$(realpath "${WAYBILL:-$tests/../out/waybill}")
install=$(realpath "${INSTALL:-$tests/../out/waybill-install}")

old=2026.3.13
new=2026.3.23-2
place=$(mktemp -d "${TMPDIR:-/tmp}/waybill-demo.XXXXXX")
trap 'rm -rf "$place"' EXIT
cd "$place"
mkdir bin canary node
ln -s "$waybill" bin/waybill
ln -s "$install" bin/waybill-install
PATH=$place/bin:$PATH

tell() { printf '\n%s\n' "$*"; }
surprise() { echo "demo: $*" >&2; exit 1; }

run() { # COMMAND: printed, then run; it must succeed
  run_for 0 "$1"
}

run_for() { # STATUS COMMAND: as run, for another status than success
  local status=0
  printf '$ %s\n' "$2"
  bash -o pipefail -c "$2" 2>&1 || status=$?
  ((status == $1)) || surprise "status $status, not $1: $2"
}

same() { # DIR DIR: the installed tree is the captured one, but for links that had to change
  diff -r --no-dereference --exclude=node_modules "$1" "$2" >/dev/null || surprise "$1 and $2 differ"
}

on_the_canary() {
  tell "On the canary, OpenClaw $old runs and was proven: a program and two channel plugins."
  "$tests/twin.sh" "canary/$old" "$old"
  run "ls canary/$old canary/$old/plugins"
  tell "A key pair, once. The secret key may live on another machine; here it is without a passphrase."
  run "waybill keygen --secret canary.key --public canary.pub --no-passphrase"
  tell "The running trees become one signed file. One plugin has an absolute link into the program: it will be made again for
each node's own layout."
  run "readlink canary/$old/plugins/wecom/node_modules/openclaw | sed 's,.*/canary,.../canary,'"
  run "waybill capture --name openclaw --release $old --core canary/$old/core --plugin dingtalk=canary/$old/plugins/dingtalk \\
    --plugin wecom=canary/$old/plugins/wecom --key canary.key --output $old.waybill --unvalidated 'a demonstration'"
  tell "What the bundle says of itself. It is a plain tar archive that needs no Waybill to be opened."
  run "waybill inspect $old.waybill"
  run "tar -tvf $old.waybill"
}

on_the_node() {
  tell "On the node, where only the public key and the bundle arrive: is every byte right, and who signed it?"
  run "waybill-install verify $old.waybill --public canary.pub --root node"
  tell "What would be done? Nothing is changed by asking."
  targets="--target core=/opt/openclaw/app --target dingtalk=/home/.openclaw/extensions/dingtalk \\
    --target wecom=/home/.openclaw/extensions/wecom"
  run "waybill-install plan $old.waybill --public canary.pub --root node $targets"
  [[ -z $(ls -A node) ]] || surprise "plan made something"
  tell "Apply it. (--root keeps all of it inside a scratch directory and touches no service.)"
  run "waybill-install apply $old.waybill --public canary.pub --root node --yes $targets"
  run "readlink node/home/.openclaw/extensions/wecom/node_modules/openclaw"
  tell "Is what lies there what was captured?"
  run "waybill-install audit --root node"
  same "canary/$old/core" node/opt/openclaw/app
}

an_update() {
  tell "A new release was proven on the canary. Its number follows the one before."
  "$tests/twin.sh" "canary/$new" "$new"
  run "waybill capture --name openclaw --release $new --core canary/$new/core --plugin dingtalk=canary/$new/plugins/dingtalk \\
    --plugin wecom=canary/$new/plugins/wecom --key canary.key --output $new.waybill --unvalidated 'a demonstration' \\
    --after $old.waybill"
  tell "What changes? (Status 9 says that there are differences.)"
  run_for 9 "waybill diff $old.waybill $new.waybill"
  tell "A stick that went bad is refused, with the ranges, before anything is touched."
  run "cp $new.waybill bad.waybill && printf x | dd of=bad.waybill bs=1 seek=\$((\$(stat -c %s bad.waybill) - 2000)) \\
    conv=notrunc status=none"
  run_for 4 "waybill-install apply bad.waybill --public canary.pub --root node --yes"
  same "canary/$old/core" node/opt/openclaw/app
  tell "The good one is applied. The node knows where its parts are."
  run "waybill-install apply $new.waybill --public canary.pub --root node --yes"
  run "waybill-install status --root node"
  same "canary/$new/core" node/opt/openclaw/app
  tell "Applying it again changes nothing."
  run "waybill-install apply $new.waybill --public canary.pub --root node --yes"
}

and_back() {
  tell "Somebody edits a file; audit names it, and applying the same bundle puts it right."
  run "echo '// quick fix' >> node/opt/openclaw/app/dist/module-1.js"
  run_for 9 "waybill-install audit --root node"
  run "waybill-install apply $new.waybill --public canary.pub --root node --yes"
  run "waybill-install audit --root node"
  tell "The release turns out to be bad: back to the one before, from the node's own restore point."
  run "waybill-install rollback --root node"
  same "canary/$old/core" node/opt/openclaw/app
  run "waybill-install audit --root node"
  tell "A bundle that nobody whom we trust has signed is not even looked into."
  run "waybill keygen --secret other.key --public other.pub --no-passphrase"
  run_for 5 "waybill-install apply $new.waybill --public other.pub --root node --yes"
  tell "What happened here, and where one can go back to."
  run "waybill-install status --root node"
  run "waybill-install history --root node"
  run "waybill-install points --root node"
}

on_the_canary
on_the_node
an_update
and_back
tell "That is the whole job."
