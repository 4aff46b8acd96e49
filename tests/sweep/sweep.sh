#!/bin/bash
# sweep.sh - each system call of each command that can change the disk or the service is cut short, and fails, once.
#
# After each: every component is the old tree or the new one; recover makes it all of one release, with nothing left behind;
# the service runs from that release and never started from a mixture; the command then works. A run in which nothing was
# injected is a failure. SAMPLE=n: n cuts of each case (SEED: others); CASES="apply prune": these alone; AT="CALL N WAY": this cut alone. WAYBILL, INSTALL and
# SWEEP (the directory of cut and toy) name the programs.
set -uo pipefail
export LC_ALL=C NO_COLOR=1
[[ $0 == /* ]] || exec bash "$(realpath "$0")" "$@"
here=$(cd "$(dirname "$0")" && pwd)
all="apply rollback prune checkpoint stage discard staged sick install
     recover-staged recover-held recover-switched recover-started recover-rolled-back"

# ---- cases: what a command starts from, and what it does ------------------------------------------------------------------

installer() { "$SWEEP/cut" --below "$PWD/node" --chroot "$@" </dev/null; } # [OPTION]... PROGRAM...
must() { installer /bin/waybill-install "$@" >said 2>&1 || { cat said; echo "$case: $* failed"; exit 1; }; }
recover() { # by a mutant, where LIE names a call that does nothing
  local lie=()
  [[ ! ${LIE:-} ]] || lie=(--at "$LIE:all" --how lie)
  installer ${lie[@]+"${lie[@]}"} /bin/waybill-install recover ${options[@]+"${options[@]}"}
}

given_case() {
  place=opt/toy options=() first=() before=() finishing= statuses="0 3 8"
  if [[ $case == install ]]; then
    place=srv/opt/toy options=(--root /srv --name toy)
    rm -rf node/etc/waybill
    command=(apply /stick/1.0.0.waybill --root /srv --public /stick/k.pub --yes
      --target core=/opt/toy/app --target hello=/opt/toy/plugins/hello)
    return
  fi
  given_service
  must apply /stick/1.0.0.waybill --yes
  must apply /stick/2.0.0.waybill --yes
  case $case in
    apply | recover-*) command=(apply /stick/3.0.0.waybill --yes) ;;
    rollback) command=(rollback) ;;
    checkpoint) command=(checkpoint --reason "by hand") ;;
    stage) command=(stage /stick/3.0.0.waybill) ;;
    discard) must stage /stick/3.0.0.waybill && command=(stage --discard) finishing=yes ;;
    staged) before=(stage /stick/3.0.0.waybill) command=(apply --yes) ;;
    prune) must apply /stick/3.0.0.waybill --yes && command=(prune --keep 1 --days 0) finishing=yes ;;
    sick) command=(apply /stick/9.0.0.waybill --yes) statuses="3 7 8" ;;
  esac
  [[ $case != recover-rolled-back ]] || command=(rollback)
}

# The first of two cuts: where the act ends that recover has to undo.
first_cut() {
  case $case in
    recover-staged) awk '$1 == "symlinkat" {at = $1 ":" $2} END {print at}' points ;;
    recover-held) awk '$1 == "execve" {at = $1 ":" $2} $1 == "renameat2" {print at; exit}' points ;;
    recover-switched | recover-rolled-back) echo renameat2:2 ;;
    recover-started) awk '$1 == "renameat" {at = $1 ":" $2} END {print at}' points ;;
  esac
}

given_outcomes() { # old, new; points of the command
  keep old
  outcome old
  begin
  outcome staged
  installer --points points /bin/waybill-install "${command[@]}" >said 2>&1
  outcome new
  case $case in
    sick) given_sick ;;
    recover-*) given_two_cuts ;;
  esac
}

given_sick() { # it ends as it began; in between its trees are there
  where="without a cut"
  node_is old || exit 1
  begin
  installer --at renameat2:3 --how before /bin/waybill-install "${command[@]}" >said 2>&1
  outcome new
}

given_two_cuts() {
  first=(--at "$(first_cut)" --how before)
  before=("${command[@]}") command=(recover)
  begin
  installer --points points /bin/waybill-install recover >said 2>&1 || { cat said; echo "$case: recover failed"; exit 1; }
}

begin() { # where the command starts: identities do not survive a copy, so what is half done is done again
  fresh old
  ((${#before[@]} == 0)) || installer ${first[@]+"${first[@]}"} /bin/waybill-install "${before[@]}" >said 2>&1
}

# ---- ways: how a call ends -----------------------------------------------------------------------------------------------

ways_of() { # CALL
  case $1 in
    execve) echo before after alone ENOMEM ;;
    fork) echo before after alone EAGAIN ;;
    kill) echo before after alone EPERM ;;
    open*) echo before after alone ENOSPC EDQUOT EIO EROFS+ EINTR ;;
    write | pwrite64) echo before after alone ENOSPC ENOSPC+ EDQUOT EIO EINTR short ;;
    copy_file_range) echo before after alone ENOSPC EDQUOT EIO EXDEV short ;;
    ioctl) echo before after alone ENOSPC EIO EOPNOTSUPP ;;
    fallocate) echo before after alone ENOSPC ENOSPC+ EIO EINTR EOPNOTSUPP ;;
    fsync | fdatasync | syncfs) echo before after alone EIO EIO+ ENOSPC EDQUOT EINTR ;;
    unlink* | rmdir) echo before after alone EIO EROFS+ ;;
    fchmod* | fchown* | utimensat) echo before after alone EIO EROFS+ ;;
    rename*) echo before after alone ENOSPC EDQUOT EIO EIO+ EROFS+ ;;
    *) echo before after alone ENOSPC EDQUOT EIO EROFS+ ;;
  esac
}

planned() { # CALL N WAY: every way at every point; SAMPLE: so many of them, the same ones each time; AT: this one
  local call count way
  [[ ! ${AT:-} ]] || { echo "$AT"; return; }
  while read -r count call; do
    for way in $(ways_of "$call"); do seq -f "$call %g $way" "$count"; done
  done < <(awk '{print $1}' points | sort | uniq -c) |
    shuf ${SAMPLE:+-n "$SAMPLE"} --random-source=<(yes "$case ${SEED:-}")
}

# ---- one cut -----------------------------------------------------------------------------------------------------------------

inject() { # CALL N WAY: what was planned has happened, or this is wrong
  local tries
  for tries in 1 2 3; do
    begin
    status=0
    installer --proof proof --at "$1:$(($2 + ${MISS:-0}))" --how "$3" /bin/waybill-install "${command[@]}" >said.first 2>&1 || status=$?
    [[ ! -s proof ]] || return 0
  done
  wrong "not reached in $tries runs"
}

status_is_documented() { # CALL WAY: a service that cannot be started or asked is a red gate
  local documented=$statuses
  case $2 in
    before | after) documented=137 ;;
    alone) documented+=" 137" ;;
  esac
  case $1 in execve | fork | kill) documented+=" 7" ;; esac
  [[ " $documented " == *" $status "* ]] || wrong "status $status: $(tail -n 1 said.first)"
}

may_be() { # which outcomes the status allows
  local old=old
  [[ $case != staged ]] || old="old staged"
  case $case:$status in
    sick:*) echo old ;;
    recover-*) echo old new ;;
    *:0) echo new ;;
    *:3 | *:7) grep -qE 'the command itself is done|is committed' said.first && echo "$old" new || echo "$old" ;;
    *) echo "$old" new ;;
  esac
}

cut_once() { # CALL N WAY: says which outcome it was
  where="$3 at $1 $2"
  inject "$@" && status_is_documented "$1" "$3" && components_are_whole || return
  recovers || return
  components_are_whole && service_is_well && records_are_whole || return
  if [[ $finishing ]]; then
    goes_on
  else
    node_is $(may_be) && ends_well
  fi
}

recovers() {
  local again=0
  recover >said 2>&1 || again=$?
  ((again == 0)) || [[ $case == install && ! -e node/srv/var/lib/waybill/toy ]] ||
    wrong "recover: status $again: $(tail -n 1 said)"
}

ends_well() {
  case $case:$found in
    recover-* | sick:* | *:new | staged:old) audits ;;
    *) local was=$found && goes_on && found=$was ;;
  esac
}

goes_on() { # the command works, once more
  local was=$status again=0 retry=()
  [[ $status != 7 || ${command[0]} != apply ]] || retry=(--retry) # it failed its gates here: to be said
  installer /bin/waybill-install "${command[@]}" ${retry[@]+"${retry[@]}"} >said 2>&1 || again=$?
  ((again == 0)) || [[ $case == discard ]] || wrong "once more: status $again after $was: $(tail -n 1 said)" || return
  node_is new && service_is_well
}

audits() {
  installer /bin/waybill-install audit ${options[@]+"${options[@]}"} >said 2>&1 || wrong "audit: status $?: $(tail -n 1 said)"
}

sweep_case() {
  local call way n found
  given_case
  given_outcomes
  planned >plan
  while read -r call n way <&3; do
    found=wrong
    cut_once "$call" "$n" "$way"
    echo "$case $call $n $way $status $found" >>results
  done 3<plan
  [[ -s results ]] || wrong "nothing was swept"
  stop_service
}

# ---- cases side by side ------------------------------------------------------------------------------------------------------

case_main() { # CASE: alone in its namespaces, in a directory of its own
  . "$here/node.sh"
  case=$1
  mkdir "$case" && cd "$case" || exit 1
  : >failures
  : >results
  given_root
  sweep_case
}

table() { # RESULT-FILE...
  cat "$@" | awk '
    { key = $1 " " $2; if (!(key in runs)) order[++keys] = key; runs[key]++; at[key " " $3]++ || points[key]++
      total++; end[$6]++; of[key " " $6]++ }
    END {
      printf "%-20s %-16s %6s %6s %6s %6s %6s\n", "command", "call", "points", "runs", "old", "new", "wrong"
      for (i = 1; i <= keys; i++) {
        split(order[i], k, " ")
        printf "%-20s %-16s %6d %6d %6d %6d %6d\n", k[1], k[2], points[order[i]], runs[order[i]],
          of[order[i] " old"], of[order[i] " new"], of[order[i] " wrong"]
        all += points[order[i]]
      }
      printf "%-20s %-16s %6d %6d %6d %6d %6d\n", "all", "", all, total, end["old"], end["new"], end["wrong"]
    }'
}

mutants() { # the test of the test: what is broken on purpose is seen
  LIE=renameat2 AT="fork 1 before" CASES=recover-switched "$0" >said 2>&1 && { cat said; echo "sweep: a recover that moves no tree was not seen"; return 1; }
  grep '^WRONG recover-switched' said | grep -qv 'not reached' || { cat said; return 1; }
  MISS=100000 AT="fsync 1 EIO" CASES=prune "$0" >said 2>&1 && { cat said; echo "sweep: nothing was injected, and that was not seen"; return 1; }
  grep -q 'WRONG.*not reached' said || { cat said; return 1; }
  echo "mutants: seen"
}

main() {
  local scratch failed=0
  ((EUID == 0)) || { echo "sweep: skipped: only root can confine the installer to a directory"; exit 0; }
  scratch=$(mktemp -d "${SCRATCH:-$([[ -w /dev/shm ]] && echo /dev/shm || echo /tmp)}/waybill-sweep.XXXXXX")
  [[ ${KEEP:-} ]] || trap "rm -rf '$scratch'" EXIT
  cd "$scratch" || exit 1
  [[ ${LIE:-}${MISS:-} ]] || mutants || exit 1
  printf '%s\n' ${CASES:-$all} | xargs -n 1 -P "${JOBS:-$(($(nproc) + 1))}" unshare --mount --pid --fork --kill-child --mount-proc \
    bash "$here/sweep.sh" --case || failed=1
  table */results
  cat */failures
  [[ ! ${KEEP:-} ]] || echo "kept: $scratch"
  ((failed == 0)) && [[ -z $(cat */failures) ]]
}

if [[ ${1:-} == --case ]]; then case_main "$2"; else main; fi
