# broken.sh - the disk breaks while it is used: an act is stopped between its two exchanges, from then on writes or flushes fail,
# and it goes on. It must not say that it was done; when the disk is well again, recovery ends in one release.
. "$(dirname "$0")/words.sh"

given_small_node() { # release 1 in ./disk/edge
  needs strace
  needs_disks "$1"
  fs=$1
  given_releases 1 2
  truncate -s "${size_of[$fs]}" base.img
  ${mkfs_of[$fs]} base.img
  mkdir disk
  given_disk_that_remembers
  ln -s disk/edge edge
  mkdir disk/edge
  when_installing 1.waybill
}

applying_2=("$INSTALL" apply 2.waybill --public k.pub --root edge --yes)

when_it_breaks_in() { # WORD COMMAND...: stopped at its second exchange
  local tracer stopped
  strace -f -qq -e trace=renameat2 -e signal=none -e inject=renameat2:signal=STOP:when=2 -o /dev/null "${@:2}" >said 2>&1 &
  tracer=$!
  until stopped=$(pgrep -P "$tracer" -x waybill-install) && grep -q '^State:.[tT]' "/proc/$stopped/status"; do
    kill -0 "$tracer" || fail "it was never stopped: $(cat said)"
    sleep 0.02
  done
  sleep 0.2 # it is the signal's stop now, not that of the call
  tell_disk "break $1"
  kill -CONT "$stopped"
  status=0
  wait "$tracer" || status=$?
  cat said
  echo "-> $status"
}

when_the_disk_is_well_again() { # as after a boot: what the kernel still kept in memory is lost
  tell_disk mend
  umount disk
  losetup -d "$loop"
  loop=$(losetup -f --show remembers/disk)
  mount -t "$fs" "$loop" disk
}

then_recovered() { # to either
  when_recovering
  then_ok
  then_audit_is_clean
  ! diff -q captured/1/app/lib/core.js edge/opt/demo/app/lib/core.js >/dev/null || { then_installed 1; return; }
  then_installed 2
}

broken() { # FILE-SYSTEM WORD
  given_small_node "$1"
  when_it_breaks_in "$2" "${applying_2[@]}"
  [[ $status == 3 || $status == 8 ]] || fail "status $status"
  when_the_disk_is_well_again
  then_recovered
  give_disk_back
}

scenario_ext4_whose_flushes_fail() { broken ext4 flushes; }
scenario_ext4_whose_writes_fail_and_which_becomes_read_only() { broken ext4 writes; }
scenario_xfs_whose_flushes_fail_and_which_shuts_down() { broken xfs flushes; }
scenario_btrfs_whose_flushes_fail_and_which_becomes_read_only() { broken btrfs flushes; }
finish
