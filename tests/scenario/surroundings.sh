# surroundings.sh - whoever starts the installer, and how: the same words do the same.
. "$(dirname "$0")/../lib.sh"

# ---- two ways to start it --------------------------------------------------------------------------------------------------

plainly() { "$@"; }
apply() { "${applying_3[@]}"; }

given_traps() { # programs with the names of those that the installer starts, first in a hostile PATH
  local name
  mkdir traps
  for name in systemctl journalctl systemd-run busctl node sh tar cat; do
    printf '#!/bin/bash\n: >"%s/trapped"\n' "$PWD" >"traps/$name"
    chmod 755 "traps/$name"
  done
}
then_no_trap_was_sprung() { then_absent "$PWD/trapped"; }

hostile=(PATH="$PWD" TMPDIR=/nowhere HOME=/nowhere/home XDG_STATE_HOME=/nowhere/state XDG_CONFIG_HOME=relative
  XDG_RUNTIME_DIR=/nowhere/run DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere
  LC_ALL=tr_TR.UTF-8 LANG=xx LANGUAGE=de MUSL_LOCPATH=/nowhere NLSPATH=/nowhere TZ=:/etc/passwd TERM=none COLUMNS=1 NO_COLOR=
  MALLOC_CHECK_=3 MALLOC_PERTURB_=165 LD_LIBRARY_PATH=/nowhere LD_BIND_NOW=1 GCONV_PATH=/nowhere LOCPATH=/nowhere
  SYSTEMD_PAGER=false SYSTEMD_LOG_LEVEL=debug SYSTEMD_COLORS=1 SYSTEMD_UNIT_PATH=/nowhere NODE_OPTIONS=--nothing
  TAR_OPTIONS=--nothing ZSTD_CLEVEL=19 POSIXLY_CORRECT=1 SOURCE_DATE_EPOCH=1 IFS=/ BASH_ENV=/nowhere WAYBILL_ROOT=/nowhere)
hostilely() { env -i "${hostile[@]}" PATH="$PWD/traps" "$@"; }
without_any() { env -i "$@"; }

told() { # without what differs from run to run
  cat "$scratch/stderr" "$scratch/stdout" |
    sed -E 's/[0-9.]+ (ms|s)\b/N/g; s/[0-9.]+ [KMG]iB\/s/N/g; s/[0-9]{4}-[0-9-]+ [0-9:]+ UTC/T/g; s/"(ended|since|started|switch_us|free[a-z_]*|inodes)":[0-9]+/\1/g; s/free: .*/free/'
}

whole_life() { # HOW FILE: verify to rollback, each command by it; what was said, and what was there after it
  local public=(--public k.pub --root edge)
  mkdir -p edge
  each() { when "$how" "$INSTALL" "$@"; { echo "$1 $status"; told; } >>"$file"; }
  local how=$1 file=$2
  each verify 2.waybill "${public[@]}"
  each plan 1.waybill "${public[@]}" "${targets[@]}" --json
  each apply 1.waybill "${public[@]}" "${targets[@]}" --yes
  each apply 2.waybill "${public[@]}" --yes
  each audit --root edge
  each status --root edge --json
  each rollback --root edge
  each history --root edge
  each recover --root edge
  node_now >"$file.node"
}

then_same_life() { # HOW
  rm -rf edge
  whole_life plainly plain
  grep -q '^rollback 0' plain || fail "even plainly it does not work"
  rm -rf edge
  whole_life "$1" other
  diff plain other || fail "what was said differs: $(diff plain other | grep -m 1 '^[<>]')"
  diff plain.node other.node || fail "what is there differs"
}

scenario_no_environment_variable_changes_what_is_done() {
  given_releases 1 2
  given_traps
  then_same_life hostilely
  then_no_trap_was_sprung
  then_same_life without_any
}

scenario_programs_are_found_whatever_the_path() {
  given_traps
  when plainly "$INSTALL" inventory --profile generic --json
  local plain_status=$status
  told >plain
  when hostilely "$INSTALL" inventory --profile generic --json
  then_status "$plain_status"
  told | diff plain - || fail "another inventory"
  when hostilely "$WAYBILL" inventory --profile generic --json
  then_status "$plain_status"
  then_no_trap_was_sprung
}

# ---- what else is inherited --------------------------------------------------------------------------------------------------

with_umask() { (umask "$mask" && exec "$@"); }
scenario_no_umask_changes_a_mode() {
  given_releases 1 2
  local mask
  for mask in 0 0777 0027; do then_same_life with_umask; done
}

with_descriptors() (
  for ((i = 3; i <= 20; i++)); do eval "exec $i<>precious.$i"; done
  exec "$@"
)
scenario_inherited_descriptors_are_left_alone() {
  local i
  given_releases 1 2
  for ((i = 3; i <= 20; i++)); do echo "precious $i" >"precious.$i"; done
  then_same_life with_descriptors
  for ((i = 3; i <= 20; i++)); do then_equal "$(cat "precious.$i")" "precious $i"; done
}

closing() ( # STREAMS COMMAND...
  [[ $1 != *0* ]] || exec <&-
  [[ $1 != *1* ]] || exec >&-
  [[ $1 != *2* ]] || exec 2>&-
  exec "${@:2}"
)
scenario_a_closed_stream_is_no_file_of_ours() {
  local streams
  given_node
  given_outcome before
  given_outcome after apply
  for streams in 0 1 2 01 02 12 012; do
    fresh
    where="closed: $streams"
    when closing "$streams" "${applying_3[@]}"
    [[ $streams == *1* ]] || then_ok
    then_node_is after
    then_records_are_whole
    ! grep -rqF -e 'is in place' -e 'Restore point' edge || fail "$where: what people should read is in a file of ours"
  done
}

with_signals() { env --ignore-signal --block-signal "$@"; }
scenario_ignored_and_blocked_signals_change_nothing() {
  given_releases 1 2
  then_same_life with_signals
  when plainly "$INSTALL" inventory --profile generic --json
  told >plain
  SECONDS=0
  when with_signals "$INSTALL" inventory --profile generic --json
  told | diff plain - || fail "another inventory"
  ((SECONDS < 10)) || fail "took $SECONDS s: a program that had ended was waited for"
}

# ---- where it is started -----------------------------------------------------------------------------------------------------

from_deleted() (
  mkdir deleted
  cd deleted
  rmdir ../deleted
  exec "$@"
)
scenario_started_from_a_deleted_directory() {
  given_releases 1 2
  local here=$PWD
  when_installing 1.waybill
  when from_deleted "$INSTALL" apply "$here/2.waybill" --public "$here/k.pub" --root "$here/edge" --yes
  then_ok
  then_installed 2
  when from_deleted "$INSTALL" rollback --root "$here/edge"
  then_ok
  then_installed 1
  when from_deleted "$INSTALL" apply 2.waybill --public "$here/k.pub" --root "$here/edge" --yes
  then_system
  then_says 'open the bundle 2.waybill'
  then_installed 1
}

as_user() { setpriv --reuid 4711 --regid 4711 --clear-groups "$@"; }
scenario_as_an_ordinary_user_in_a_directory_that_he_cannot_read() {
  needs_root
  needs setpriv
  given_releases 1 2
  given_traps
  local here=$PWD places=(HOME="$PWD/home" XDG_STATE_HOME= XDG_CONFIG_HOME=)
  chmod 755 "$scratch" .
  mkdir closed home edge
  chown 4711:4711 home edge
  chmod 700 closed
  cd closed
  for release in 1 2; do
    when as_user env -i "${hostile[@]}" "${places[@]}" "$INSTALL" apply "$here/$release.waybill" --public "$here/k.pub" \
      --root "$here/edge" --yes $([[ $release != 1 ]] || echo "${targets[@]}")
    then_ok
  done
  when as_user env -i "$INSTALL" audit --root "$here/edge"
  then_ok
  cd ..
  then_installed 2
  then_no_trap_was_sprung
  when as_user env -i "$INSTALL" rollback --root "$here/edge"
  then_ok
}
finish
