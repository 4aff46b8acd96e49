# journal.sh - what a service writes is judged as it was meant, whatever it is made of and whoever else writes.
. "$(dirname "$0")/fixtures.sh"

given_service() { # [LINE]...: one whose program is standard input, with these lines in [Service]; judged by two gates
  unit=noisy.service unit_path=/etc/systemd/system/noisy.service manager=(there systemctl)
  put /usr/local/bin/noisy 755
  printf '[Service]\nExecStart=/usr/local/bin/noisy\n%s' "$( (($# == 0)) || printf '%s\n' "$@")" | put "$unit_path"
  echo '{"name":"noisy","scheme":"semver","units":["noisy.service"],"redactions":["secret ([a-z0-9]+)"],"gates":[
    {"name":"service","kind":"service","settle":2},
    {"name":"bad","kind":"log-absent","match":"failed to load"},
    {"name":"good","kind":"log-present","match":"^all is well$","deadline":20}]}' | put /root/noisy.profile
  given_installer
  ctl daemon-reload
  ctl restart "$unit"
  sleep 1
}

when_judged() {
  when_there waybill-install gates --profile /root/noisy.profile --json "$@"
  cp "$scratch/stdout" evidence
}

then_found() { # TEXT: red, by a line that says so
  when_judged
  then_red
  then_gate bad failed
  then_seen bad "$1"
}

scenario_colours_and_bytes_hide_nothing() {
  given_machine
  given_service <<<$'#!/bin/bash\necho "all is well"; printf "\\e[1;31mfai\\e[0mled\\e[39m to load\\e[0m red\\n"; exec sleep 1000'
  then_found "failed to load red"
  then_gate good passed
  given_service <<<$'#!/bin/bash\necho "all is well"; printf "\\377\\001 failed to load bytes\\n"; exec sleep 1000'
  then_found "failed to load bytes"
  # A child that is gone before journald looks at it belongs to no unit: one that stays.
  given_service <<<$'#!/bin/bash\necho "all is well"; { printf "one\\ntwo\\n  failed to load deep\\n"; exec sleep 1000; } | systemd-cat & logger --journald <<<"MESSAGE=of a child: failed to load secret abc123"; exec sleep 1000'
  then_found "failed to load"
  then_equal "$(grep -c abc123 evidence || true)" 0 "a secret in the evidence"
}

scenario_a_line_without_end_is_read_or_proves_nothing() {
  given_machine
  given_service <<<$'#!/bin/bash\necho "all is well"; head -c 300000 /dev/zero | tr "\\0" x; echo " failed to load at the end"; exec sleep 1000'
  then_found "failed to load at the end"
  given_service <<<$'#!/bin/bash\necho "all is well"; exec sleep 1000'
  when_judged
  then_green
}

scenario_after_a_gap_silence_proves_nothing() {
  given_machine
  given_service LogRateLimitIntervalSec=3s LogRateLimitBurst=20 <<<$'#!/bin/bash\necho "all is well"; for ((i = 0; i < 2000; i++)); do echo "line $i"; done; echo "failed to load, and nobody saw it"; sleep 4; echo "and on"; exec sleep 1000'
  sleep 5
  then_journal_says_not 'nobody saw it'
  when_judged
  then_red
  then_gate bad undecided
  then_seen bad "messages were suppressed"
}

scenario_nobody_else_can_write_into_it() {
  given_machine
  given_service <<<$'#!/bin/bash\necho "all is well"; exec sleep 1000'
  local id
  id=$(property InvocationID)
  there systemd-run --quiet --wait --setenv=INVOCATION_ID="$id" bash -c 'echo "failed to load: by another unit"'
  there logger --journald <<<"MESSAGE=failed to load: forged
_SYSTEMD_INVOCATION_ID=$id
OBJECT_SYSTEMD_INVOCATION_ID=$id
_SYSTEMD_UNIT=noisy.service"
  there logger --journald <<<"MESSAGE=Suppressed 7 messages from noisy.service
MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e
N_DROPPED=7
_TRANSPORT=driver
OBJECT_SYSTEMD_INVOCATION_ID=$id"
  when_judged
  then_green
}
finish
