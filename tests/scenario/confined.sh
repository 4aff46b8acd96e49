# confined.sh - what was written by strangers is decoded in a process that can reach nothing; what is missing is told.
. "$(dirname "$0")/../lib.sh"

apply() { "${applying_3[@]}"; }
seccomp=seccomp:error=EINVAL
landlock=landlock_create_ruleset:error=ENOSYS

when_lacking() { # COMMAND...: with the injections in $lacking
  local inject=() one
  for one in $lacking; do inject+=(-e "inject=$one"); done
  when strace -f -qq -e trace=seccomp,landlock_create_ruleset,renameat2 -e signal=none -o /dev/null "${inject[@]}" "$@"
}

scenario_status_tells_what_there_is() {
  needs strace
  given_history_of 1
  when "$INSTALL" status --root edge
  then_ok
  then_says 'decoding is confined by seccomp and Landlock'
  lacking=$landlock when_lacking "$INSTALL" status --root edge
  then_says 'decoding is confined by seccomp; this kernel has no Landlock'
  lacking=$seccomp when_lacking "$INSTALL" status --root edge
  then_says 'decoding is confined by Landlock; this kernel has no seccomp filters'
  lacking="$seccomp $landlock" when_lacking "$INSTALL" status --root edge
  then_ok
  then_says 'decoding is NOT confined: this kernel has neither seccomp filters nor Landlock'
  lacking="$seccomp $landlock" when_lacking "$INSTALL" status --root edge --json
  then_json .decoder '{"seccomp":false}'
  when_asking_for status
  then_json '.decoder | .seccomp and .landlock > 0' true
}

scenario_an_old_kernel_is_no_obstacle() {
  given_node
  given_outcome after apply
  for lacking in $seccomp $landlock "$seccomp $landlock"; do
    fresh
    where="without $lacking"
    when_lacking "${applying_3[@]}"
    then_ok
    then_node_is after
  done
}

# What a process did after its filter was there, by name and outcome.
after_the_filter() {
  awk '{call = $2; sub(/\(.*/, "", call)} $2 != "<..." && confined[$1] {print call, / = -1 /? "refused" : "done"} call == "seccomp" {confined[$1] = 1}' \
    traced | sort | uniq -c
}

scenario_a_decoder_computes_waits_and_ends() {
  local decoders
  given_node
  fresh
  when strace -f -qq -e signal=none -o traced "${applying_3[@]}"
  then_ok
  decoders=$(grep -c ' seccomp(' traced)
  ((decoders >= 2)) || fail "$decoders decoders, not one for the index and one for the blocks"
  after_the_filter
  ! after_the_filter | grep -vE ' (futex|mmap|munmap|mremap|mprotect|madvise|brk|getppid|exit_group|exit) ' ||
    fail "a decoder did something else"
  ! after_the_filter | grep -vE ' (futex (done|refused)|[a-z_0-9]+ done)$' || fail "a decoder needs what it may not do"
}

scenario_a_decoder_that_dies_takes_nothing_with_it() {
  given_node
  given_outcome before
  fresh
  where='the decoder is killed'
  inject seccomp:signal=KILL:when=1 "${applying_3[@]}"
  cat said
  ((status == 3)) || fail "$where: status $status"
  grep -qF 'the decoder was ended by signal 9' said || fail "$where: is not told"
  then_node_is before
  then_records_are_whole
  apply
  then_audit_is_clean
}

finish
