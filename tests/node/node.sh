#!/bin/bash
# node.sh COMMAND [NAME] ... - a machine with a real systemd and journald, booted in about a second. Needs root.
#
#   possible                   exit status 0, or 77 and a line that says what this machine lacks
#   up NAME [NSPAWN-OPTION]... make it if there is none, boot it, wait until it runs; a node that was cut boots with its files
#   exec NAME COMMAND...       as a transient unit of its own, which ends with the command
#   shell NAME COMMAND...      as root who came by ssh: a session of its own, whose children live on
#   user NAME USER COMMAND...  the same as USER, who lingers: XDG_RUNTIME_DIR and the bus of a running `systemd --user`
#   look NAME COMMAND...       neither unit nor session, and quick: for tests that ask
#   files NAME                 prints where its root lies, as seen from here; only while it is up
#   down NAME                  as `poweroff` does
#   cut NAME                   SIGKILL to its init: all its processes end at once; its files stay
#   rm NAME                    nothing is left
#   rm-all
#
# A node's root is an overlay of this machine's /, kept in a tmpfs: what is installed here is installed there, and nothing
# comes back. /tmp, processes, mounts, host name, cgroups, journal and a network of nothing but loopback are its own; the clock
# and the kernel are not. Renaming or giving away what came from below copies nothing. Limits of units are not enforced where
# the machine has the old cgroup hierarchies. `look` and what it starts are in none of the node's cgroups.
# NODE_STATE names the directory that holds all of it (default ./nodes). NODE_OWNER, a process id: when it has ended, the
# nodes that it made go too, however it ended. NODE_SIZE: of the tmpfs (2g). COUNTERS: a directory that is this machine's own
# in the node, too (tests/coverage).
# Its mounts live in a mount namespace that a holder process keeps, so none is ever seen outside and none can be left.
set -euo pipefail
export LC_ALL=C
readonly LACKING=77

fail() { echo "node.sh: $*" >&2; exit 1; }
lacking() { echo "$*"; exit "$LACKING"; }

# ---- cgroups: one for each node, in the unified hierarchy and, on a machine that has both, in systemd's old one ------------

unified() { findmnt -f -n -o TARGET -t cgroup2 || true; }
hierarchies() { unified && findmnt -f -n -o TARGET -t cgroup -O name=systemd || true; }

join_own_cgroup() { # before init is started: else two nodes meet in one
  local hierarchy
  for hierarchy in $(hierarchies); do
    mkdir -p "$hierarchy/$id"
    echo "$BASHPID" >"$hierarchy/$id/cgroup.procs"
  done
}

join_init() { # from outside nobody is in the node's cgroups; from beside its init, systemd can take one where it belongs
  local hierarchy
  for hierarchy in $(hierarchies); do
    echo "$BASHPID" >"$hierarchy/$(cgroup_of_init "$hierarchy")/cgroup.procs"
  done
}

cgroup_of_init() { # HIERARCHY
  (cd "$1/$id" && find . -name cgroup.procs -exec grep -qx "$init" {} \; -printf "$id/%h" -quit)
}

remove_cgroups() {
  local hierarchy try
  for hierarchy in $(hierarchies); do
    for try in {1..100}; do
      [[ -d $hierarchy/$id ]] || break
      [[ ! -e $hierarchy/$id/cgroup.kill ]] || echo 1 >"$hierarchy/$id/cgroup.kill"
      find "$hierarchy/$id" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.02
    done
    [[ ! -d $hierarchy/$id ]] || fail "cannot remove the cgroup $hierarchy/$id (try $try)"
  done
}

# ---- can this machine do it? -----------------------------------------------------------------------------------------------

possible() {
  local program hierarchy
  ((EUID == 0)) || lacking "only root can boot a node"
  for program in systemd-nspawn dbus-daemon nsenter setpriv findmnt pgrep; do
    command -v "$program" >/dev/null || lacking "there is no $program here (.ci/deps.sh nodes)"
  done
  [[ -x /lib/systemd/systemd ]] || lacking "there is no systemd here (.ci/deps.sh nodes)"
  hierarchy=$(unified)
  [[ $hierarchy ]] || lacking "no cgroup2 is mounted here"
  { mkdir "$hierarchy/waybill-node-$$" && rmdir "$hierarchy/waybill-node-$$"; } 2>/dev/null ||
    lacking "cgroups cannot be made here"
  unshare --mount --propagation private bash -c 'mount -t tmpfs none /mnt && cd /mnt && mkdir u w m &&
    mount -t overlay -o lowerdir=/,upperdir=u,workdir=w,redirect_dir=on,metacopy=on,xino=on none m' 2>/dev/null ||
    lacking "an overlay of / cannot be mounted here"
}

# ---- making: a holder with the mounts ---------------------------------------------------------------------------------------

make_node() {
  mkdir -p "$dir/layer" "$dir/root"
  setsid unshare --mount --propagation private "$0" hold "$name" </dev/null >"$dir/holder.log" 2>&1 &
  echo $! >"$dir/holder"
  wait_for "$!" test -e "$dir/held" || { cat "$dir/holder.log" >&2; fail "$name could not be made"; }
  [[ -z ${NODE_OWNER:-} ]] || watch_owner
}

hold() { # in its own mount namespace
  cd "$dir"
  mount -t tmpfs -o "size=${NODE_SIZE:-2g},mode=755" waybill-node layer
  mkdir layer/upper layer/work
  hide_what_is_this_machines
  mount -t overlay -o lowerdir=/,upperdir=layer/upper,workdir=layer/work,redirect_dir=on,metacopy=on,xino=on waybill-node root
  furnish root
  touch held
  exec sleep infinity
}

hide_what_is_this_machines() { # its services, its journal, what lies in root's home
  local path
  shopt -s nullglob
  for path in /etc/systemd/system/*.wants /etc/systemd/system/*.service /etc/rc?.d /etc/machine-id /etc/hostname \
    /var/log/journal /var/lib/systemd/linger /root/.??*; do
    mkdir -p "layer/upper${path%/*}"
    chmod --reference="${path%/*}" "layer/upper${path%/*}"
    mknod "layer/upper$path" c 0 0 # as an overlay keeps what was deleted
  done
}

furnish() { # ROOT
  local unit
  mkdir -p "$1/var/log/journal" "$1/etc/systemd/system"
  systemd-id128 new >"$1/etc/machine-id"
  echo "$name" >"$1/etc/hostname"
  for unit in console-getty.service modprobe@.service; do ln -s /dev/null "$1/etc/systemd/system/$unit"; done
}

watch_owner() { # a node whose owner was killed takes itself away
  setsid bash -c 'while [[ -e $1/held ]] && kill -0 "$2" 2>/dev/null; do sleep 1; done
    [[ ! -e $1/held ]] || exec "$3" rm "$4"' node-watch "$dir" "$NODE_OWNER" "$(realpath "$0")" "$name" </dev/null >/dev/null 2>&1 &
}

# ---- booting --------------------------------------------------------------------------------------------------------------

boot() { # [NSPAWN-OPTION]...
  (
    join_own_cgroup
    export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
    exec setsid nsenter --mount="/proc/$holder/ns/mnt" systemd-nspawn --quiet --directory="$dir/root" --boot \
      --machine="$id" --hostname="$name" --register=no --keep-unit --link-journal=no --resolv-conf=off --timezone=off \
      --console=pipe --private-network ${COUNTERS:+--bind="$COUNTERS"} "$@"
  ) </dev/null >"$dir/console" 2>&1 &
  echo $! >"$dir/nspawn"
  wait_for "$!" is_up || { cat "$dir/console" >&2; kill -KILL "$!" 2>/dev/null; fail "$name did not boot"; }
  echo "$init" >"$dir/init"
}

is_up() {
  local state
  init=$(pgrep -P "$(<"$dir/nspawn")" -x systemd) || return 1
  state=$(look systemctl is-system-running --wait 2>/dev/null) || [[ $state == degraded ]]
}

wait_for() { # PID COMMAND...: until it succeeds; fails when the process has ended, or after 60 s
  local deadline=$((SECONDS + 60))
  until "${@:2}"; do
    kill -0 "$1" 2>/dev/null && ((SECONDS < deadline)) || return 1
    sleep 0.03
  done
}

# ---- inside ----------------------------------------------------------------------------------------------------------------

inside=(--mount --uts --ipc --net --pid --cgroup --root --wd) # for nsenter: all that a node has of its own
path=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# nsenter keeps the capabilities that root has here; what reaches beyond the node is taken away.
look() {
  env -i "$path" LANG=C.UTF-8 nsenter --target "$init" "${inside[@]}" \
    setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio "$@"
}

run_as_unit() { look systemd-run --quiet --pipe --wait --collect "$@"; }

run_in_session() { # USER COMMAND...
  local uid gid home shell
  IFS=: read -r _ _ uid gid _ home shell < <(look getent passwd "$1") || fail "$name has no user $1"
  local login=(env -i --chdir="$home" HOME="$home" USER="$1" LOGNAME="$1" SHELL="$shell" LANG=C.UTF-8 "$path")
  ((uid == 0)) || { given_manager "$1" "$uid" && login+=(XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus"); }
  join_init
  look systemd-run --quiet --scope --collect --slice="user-$uid.slice" --unit="session-c$$.scope" \
    setpriv --reuid="$uid" --regid="$gid" --init-groups "${login[@]}" "${@:2}"
}

given_manager() { # USER UID
  [[ ! -S /proc/$init/root/run/user/$2/bus ]] || return 0
  look loginctl enable-linger "$1" && look systemctl start "user@$2.service"
}

# ---- ending ----------------------------------------------------------------------------------------------------------------

end() { # SIGNAL: for its init; then wait until nothing of it runs
  local nspawn
  nspawn=$(cat "$dir/nspawn" 2>/dev/null) || return 0
  if [[ $init ]]; then kill "-$1" "$init" 2>/dev/null || true; else kill -KILL "$nspawn" 2>/dev/null || true; fi
  wait_for_end "$nspawn" || kill -KILL "$init" "$nspawn" 2>/dev/null || true
  rm -f "$dir/init" "$dir/nspawn"
  init=
  remove_cgroups
  rmdir "/run/systemd/nspawn/propagate/$id" 2>/dev/null || true
}

wait_for_end() { # PID: fails when it still runs after 30 s; one that nobody has waited for yet has ended
  local deadline=$((SECONDS + 30))
  while grep -q '^State:[[:space:]][^Z]' "/proc/$1/status" 2>/dev/null; do
    ((SECONDS < deadline)) || return 1
    sleep 0.02
  done
}

remove() {
  [[ -d $dir ]] || return 0
  end KILL
  rm -f "$dir/held"
  if [[ $holder ]] && kill -KILL "$holder" 2>/dev/null; then wait_for_end "$holder"; fi
  remove_cgroups
  rm -rf --one-file-system "$dir"
  rmdir "$state" 2>/dev/null || true
}

remove_all() {
  local node
  for node in "$state"/*/; do
    [[ ! -e $node/holder ]] || "$0" rm "$(basename "$node")"
  done
}

# ---- commands --------------------------------------------------------------------------------------------------------------

needs_name() { [[ $name =~ ^[a-z][a-z0-9-]{0,20}$ ]] || fail "a node's name is up to 21 of a-z, 0-9 and -"; }
needs_up() { [[ $init ]] && kill -0 "$init" 2>/dev/null || fail "$name is not up"; }

(($#)) || fail "which command? (possible up exec shell user look files down cut rm rm-all)"
command=$1
name=${2:-}
state=$(realpath -m "${NODE_STATE:-nodes}")
dir=$state/$name
id=node-$name-$(cksum <<<"$dir" | cut -d ' ' -f 1) # the same in no other NODE_STATE
holder=$(cat "$dir/holder" 2>/dev/null || true)
init=$(cat "$dir/init" 2>/dev/null || true)

case $command in possible | rm-all) shift ;; *) needs_name && shift 2 ;; esac
case $command in
  possible) possible ;;
  up)
    possible
    [[ -z $init ]] || ! kill -0 "$init" 2>/dev/null || fail "$name is up"
    [[ -e $dir/held ]] || { make_node && holder=$(<"$dir/holder"); }
    boot "$@"
    ;;
  hold) hold ;;
  exec) needs_up && run_as_unit "$@" ;;
  shell) needs_up && run_in_session root "$@" ;;
  user) needs_up && run_in_session "$@" ;;
  look) needs_up && look "$@" ;;
  files) needs_up && echo "/proc/$init/root" ;;
  down) end RTMIN+4 ;;
  cut) end KILL ;;
  rm) remove ;;
  rm-all) remove_all ;;
  *) fail "no command $command" ;;
esac
