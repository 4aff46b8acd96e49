# hostile-reads.sh - a bundle that is not the same at each read: a stick, a mount or somebody else changes it while it is
# looked at. Nothing but what was signed is ever put anywhere, and the node is as it was or has all of it.
. "$(dirname "$0")/../lib.sh"

given_ready() { # release 1 is installed in ./ready; 2.waybill waits, and 3.waybill is as genuine
  needs strace
  given_releases 1 2 3
  when_installing 1.waybill
  mv edge ready
  fresh
  node_now >as-before
  cp 2.waybill genuine
  applying=("$INSTALL" apply 2.waybill --public k.pub --root edge --yes)
  verifying=("$INSTALL" verify 2.waybill --public k.pub)
}

traced() { # INJECTION COMMAND...: only reads of the bundle are touched; ./traced tells which
  strace -f -qq -P "$PWD/2.waybill" -e trace=pread64 -e signal=none -e "inject=pread64:$1" -o traced "${@:2}"
}

reads_of() { # COMMAND...
  fresh
  strace -f -qq -P "$PWD/2.waybill" -e trace=pread64 -e signal=none -o traced "$@" >/dev/null 2>&1
  grep -c 'pread64(' traced
}

then_as_before() { # WHERE
  node_now >now
  diff as-before now || fail "$1: the node is not as it was"
  then_nothing_staged
}

# ---- one read lies --------------------------------------------------------------------------------------------------------

each_read_may_lie() { # COMMAND...: refused, but for the look whether there is one more signature: what is there is read again
  local k reads good=0
  reads=$(reads_of "$@")
  ((reads >= 6)) || fail "only $reads reads"
  for ((k = 1; k <= reads; k++)); do
    fresh
    when traced "poke_exit=@arg2=a5a5a5a5a5a5a5a5:when=$k" "$@"
    grep -q INJECTED traced || continue # reads are counted by thread
    ((status == 0 || status == 4 || status == 5)) || fail "read $k: status $status"
    ((status != 0)) || good=$((good + 1))
    if ((status == 0)) && [[ $2 == apply ]]; then then_installed 2; else then_as_before "read $k"; fi
  done
  ((good <= 1)) || fail "$good reads could lie unseen"
}

scenario_a_read_that_lies_is_seen_by_verify() { given_ready; each_read_may_lie "${verifying[@]}"; }
scenario_a_read_that_lies_is_seen_by_apply() { given_ready; each_read_may_lie "${applying[@]}"; }

# ---- from one read on it is another one -------------------------------------------------------------------------------------

await_delay() { # PROCESS: until the read is held up, or the command is over
  until grep -q DELAYED traced 2>/dev/null; do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.02
  done
}

when_changed_after() { # READ CHANGE...
  rm -f traced
  traced "delay_exit=400000:when=$1" "${applying[@]}" >"$scratch/stdout" 2>"$scratch/stderr" &
  await_delay $!
  "${@:2}"
  status=0
  wait $! || status=$?
}

rewritten() { cat 3.waybill >2.waybill; } # the same file has other bytes
exchanged() { cp 3.waybill aside && mv aside 2.waybill; }
cut_off() { truncate -s 1000 2.waybill; }
restored() { rm -f 2.waybill && cp genuine 2.waybill; }

changed_after_each_read() { # CHANGE: refused with the node as it was, or one release that was signed is there, all of it
  local k reads
  given_ready
  reads=$(reads_of "${applying[@]}")
  for ((k = 1; k <= reads; k++)); do
    fresh
    when_changed_after "$k" "$1"
    if ((status == 0)); then
      then_audit_is_clean
      then_installed "$(jq -r .version edge/opt/demo/app/package.json)"
    else
      ((status == 4 || status == 5)) || { cat "$scratch/stderr"; fail "$1 after read $k: status $status"; }
      then_as_before "$1 after read $k"
    fi
    outcomes+=" $status"
    restored
  done
}

scenario_a_bundle_that_is_rewritten_while_it_is_read() {
  local outcomes=
  changed_after_each_read rewritten
  [[ $outcomes == *" 4"* && $outcomes == *" 0"* ]] || fail "not tried: $outcomes"
}

scenario_a_bundle_that_is_cut_off_while_it_is_read() {
  local outcomes=
  changed_after_each_read cut_off
  [[ $outcomes == *" 4"* ]] || fail "not tried: $outcomes"
}

scenario_a_stick_that_is_exchanged_for_another_of_the_same_name() { # the file that was opened is read to its end
  local outcomes=
  changed_after_each_read exchanged
  [[ $outcomes =~ ^(\ 0)+$ ]] || fail "the bundle that was opened is not the one that was installed: $outcomes"
}

# ---- what is no file -------------------------------------------------------------------------------------------------------

scenario_a_bundle_that_is_no_file_is_not_waited_for() {
  given_ready
  local command
  rm 2.waybill
  mkfifo 2.waybill
  for command in verify apply; do
    when timeout 10 "$INSTALL" $command 2.waybill --public k.pub --root edge
    then_format
    then_says "not a regular file"
  done
  rm 2.waybill
  ln -s /dev/zero 2.waybill
  when timeout 10 "$INSTALL" verify 2.waybill --public k.pub
  then_format
  then_as_before "no file"
}

# ---- nothing of it runs -----------------------------------------------------------------------------------------------------

scenario_nothing_of_a_bundle_runs_before_or_while_it_is_applied() {
  needs strace
  given_releases 1
  given_app 2
  local file
  for file in app/bin/node app/node_modules/.bin/demo app/install app/preinstall.sh plugins/hello/hook; do
    mkdir -p "$(dirname $file)"
    printf '#!/bin/sh\ntouch "%s/ran"\n' "$PWD" >$file
    chmod 755 $file
  done
  jq -c '.scripts = {preinstall: "./preinstall.sh", postinstall: "./install"} | .bin = "bin/node"' app/package.json >p
  mv p app/package.json
  "$WAYBILL" capture --name demo --release 2 --core app --plugin hello=plugins/hello --key k.key --unvalidated test \
    --after 1.waybill --output 2.waybill
  when_installing 1.waybill
  local act
  for act in "verify 2.waybill --public k.pub" "plan 2.waybill --public k.pub" "stage 2.waybill --public k.pub" "apply --yes" \
    "audit" "rollback"; do
    when strace -f -qq -e trace=execve,execveat -o ran.log "$INSTALL" $act --root edge
    then_ok
    then_equal "$(grep -c exec ran.log)" 1 "programs that $act started"
  done
  then_absent ran
}

finish
