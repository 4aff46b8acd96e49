# words.sh - the words of stories about power cuts: a machine on a disk that remembers, and what cuts leave of it.
#
# A story sources this instead of lib.sh. DISK, CUT and UNFLUSHED name what build.mk makes. Everything happens in a mount
# namespace of the story's own.
# shellcheck disable=SC2034,SC2154 # variables are for stories, and from lib.sh
[[ ${own_mounts-} ]] || ((EUID != 0)) || ! unshare --mount true 2>/dev/null ||
  own_mounts=yes exec unshare --mount --propagation private bash "$0" "$@"
SCRATCH=${SCRATCH:-$([[ -w /dev/shm ]] && echo /dev/shm || echo /tmp)}
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
here=$tests/powercut
exec 3>&1 # past what a scenario says
export STICK

declare -A size_of=([ext4]=24M [xfs]=300M [btrfs]=114M)
declare -A mkfs_of=([ext4]='mkfs.ext4 -q -F -m 0 -J size=4' [xfs]='mkfs.xfs -q -f' [btrfs]='mkfs.btrfs -q -f')
declare -A options_of=([ext4]=loop [xfs]=loop,nouuid [btrfs]=loop)

needs_disks() { # FILE-SYSTEM
  needs_root
  needs "mkfs.$1"
  [[ ${own_mounts-} ]] || skip "mounts of its own are not possible here"
  [[ -c /dev/fuse && -c /dev/loop-control ]] || skip "there is no /dev/fuse or no /dev/loop-control here"
  grep -qw "$1" /proc/filesystems || modprobe -q "$1" 2>/dev/null || skip "this kernel has no $1"
}

# ---- the machine ----------------------------------------------------------------------------------------------------------

on_machine() { "$here/enter.sh" "$@"; } # DIR COMMAND...

given_trees() { # VERSION DIR: core and two plugins
  local id
  mkdir -p "$2"/core/lib "$2"/plugins/{hello,other}
  echo "{\"name\":\"toy\",\"version\":\"$1\"}" >"$2/core/package.json"
  for id in {01..12}; do echo "$1" >"$2/core/lib/$id.js"; done
  mkdir "$2/core/docs"
  seq -f "page %g of $1" 9000 >"$2/core/docs/long.txt"
  ln -s lib/01.js "$2/core/main.js"
  for id in hello other; do
    echo "{\"name\":\"$id\",\"version\":\"$1\"}" >"$2/plugins/$id/package.json"
    echo "$1" >"$2/plugins/$id/index.js"
    ln -s ../../core "$2/plugins/$id/host"
  done
}

given_stick() { # what the machine is brought: installer, service, key, bundle of release 2.0.0
  STICK=$PWD/stick
  mkdir stick
  cp "$INSTALL" stick/waybill-install
  cp "$here"/{service,acts,after}.sh stick/
  [[ ! ${UNFLUSHED-} ]] || cp "$UNFLUSHED" stick/unflushed.so
  jq -n '{name: "toy", variables: [{name: "state", default: "${home}/.toy"}],
    state: [{class: "restore", path: "${state}/data"}, {class: "keep", path: "${state}/credentials"}],
    config: [{path: "${state}/toy.json", syntax: "json", records:
      [{component: "*", at: "/versions/${component}", value: "\"${version}\""}]}]}' >stick/profile.json
  given_keys
  cp k.pub stick/
  given_trees 2.0.0 two
  "$WAYBILL" capture --name toy --release 2.0.0 --profile stick/profile.json --key k.key --output stick/2.waybill \
    --unvalidated test --core two/core --plugin hello=two/plugins/hello --plugin other=two/plugins/other
}

given_machine_on() { # DIR: release 1.0.0, adopted
  mkdir -p "$1"/{usr,stick,proc,run,dev,tmp,etc/waybill/keys,var/lib,opt,root/.toy/data,root/.toy/credentials}
  ln -s usr/bin usr/sbin usr/lib usr/lib64 "$1"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
  echo 'root:x:0:' >"$1/etc/group"
  cp stick/k.pub "$1/etc/waybill/keys/"
  given_trees 1.0.0 "$1/opt/toy"
  echo 1 >"$1/root/.toy/data/schema"
  echo 'rows of 1' >"$1/root/.toy/data/rows"
  echo secret >"$1/root/.toy/credentials/token"
  printf '{\n  "versions": {"hello": "1.0.0", "other": "1.0.0"}\n}\n' >"$1/root/.toy/toy.json"
  jq -n '{applications: [{application: "toy", profile: "/stick/profile.json", home: "/root",
    components: ([{id: "core", kind: "core", path: "/opt/toy/core"}] +
      [("hello", "other") | {id: ., kind: "plugin", path: "/opt/toy/plugins/\(.)"}]),
    units: [{name: "toy", manager: "command", user: "root", start: ["/stick/service.sh", "start"],
      stop: ["/stick/service.sh", "stop"], status: ["/stick/service.sh", "status"]}]}]}' >"$1/etc/waybill/site.json"
}

given_base() { # FILE-SYSTEM: base.img, with the machine on it
  fs=$1
  truncate -s "${size_of[$fs]}" base.img
  ${mkfs_of[$fs]} base.img
  mkdir -p disk cuts
  mount -t "$fs" -o "${options_of[$fs]}" base.img disk || skip "$fs cannot be mounted here"
  given_machine_on disk
  umount disk
}

facts() { # DIR: all that a release and a person have there
  (
    cd "$1"
    find opt/toy root/.toy -name .waybill -prune -o -printf '%p\t%y\t%m\t%l\n' | sort
    find opt/toy root/.toy -name .waybill -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
  )
}

outcomes() { # facts.one, facts.two, facts.back: before, after the apply, after the rollback behind it; never interrupted
  cp --sparse=always base.img whole.img
  mkdir -p whole
  mount -t "$fs" -o "${options_of[$fs]}" whole.img whole
  facts whole >facts.one
  on_machine whole /stick/acts.sh apply
  facts whole >facts.two
  on_machine whole /stick/acts.sh back
  facts whole >facts.back
  umount whole
}

# ---- the disk that remembers ------------------------------------------------------------------------------------------------

given_disk_that_remembers() { # a copy of base.img, mounted at ./disk; ./log
  mkdir -p remembers
  cp --sparse=always base.img remembered.img
  "$DISK" remembered.img log remembers &
  disk=$!
  until [[ -e remembers/control ]]; do kill -0 "$disk" || skip "FUSE is not possible here"; sleep 0.02; done
  loop=$(losetup -f --show remembers/disk) || skip "loop devices are not possible here"
  mount -t "$fs" "$loop" disk
  trap 'give_disk_back 2>/dev/null' EXIT
}

tell_disk() { echo "$*" >remembers/control; }

give_disk_back() {
  trap - EXIT
  umount disk
  losetup -d "$loop"
  for _ in {1..100}; do ! umount remembers 2>/dev/null || break; sleep 0.05; done # the kernel lets go of a loop device when it likes
  wait "$disk" || true
}

given_log() { # [PRELOAD]: both acts, on the disk that remembers; meanwhile elsewhere, for what is to be found
  given_disk_that_remembers
  outcomes &
  local elsewhere=$!
  CONTROL=remembers/control PRELOAD=${1-} on_machine disk /stick/acts.sh both || fail "the acts failed"
  give_disk_back
  wait "$elsewhere" || fail "the acts failed without any cut"
  "$CUT" log count
}

# ---- cuts -------------------------------------------------------------------------------------------------------------------

chosen_cuts() { # SAMPLE of them, if it is given; in a random order that is always the same
  "$CUT" log list "${SUBSETS:-8}" | shuf --random-source="$INSTALL" -n "${SAMPLE:-${MOST:-1000000}}"
}

# As many at once as wait: a service is watched for seconds after an undo. Each line says what became of one cut.
cut_everywhere() { # FILE-SYSTEM [PRELOAD]
  needs_disks "$1"
  given_stick
  given_base "$1"
  given_log "${@:2}"
  after_each_cut
}

after_each_cut() { # ./results
  export CUT STICK fs options="${options_of[$fs]}" here
  chosen_cuts >chosen
  xargs -a chosen -P "${JOBS:-24}" -L 1 "$here/cut.sh" >results || true
  awk '{ n[$1 " " $2]++ } END { for (r in n) print r ": " n[r] }' results | sort | tee counts
}

tell_counts() { # beside what passed and failed: a test that is asked how much it did
  echo "powercut: $fs: $("$CUT" log count); $(wc -l <results) cuts: $(paste -sd, counts | sed 's/,/, /g')" >&3
}

then_some_are_not() { # of each of these kinds, words of what is wrong
  local what
  for what; do grep -q "^not-ok .*$what" results || fail "no cut finds \"$what\""; done
}

then_all_are_whole() {
  (($(wc -l <results) == $(wc -l <chosen))) || fail "$(wc -l <results) answers for $(wc -l <chosen) cuts"
  tell_counts
  ! grep -m 5 -v '^ok ' results || fail "$(grep -vc '^ok ' results) of $(wc -l <results) cuts: $(grep -m 1 -v '^ok ' results)"
}
