#!/bin/bash
# enter.sh DIR COMMAND... - the command on the machine whose root is DIR: this machine's programs, its own everything else;
# when it has ended, nothing that it started runs. ./stick there is the directory that STICK names.
set -euo pipefail
[[ ${entered-} ]] || entered=yes exec unshare --mount --pid --fork --kill-child --propagation private "$0" "$@"
root=$1
mount --bind -o ro /usr "$root/usr"
mount --bind -o ro "${STICK:?}" "$root/stick"
mount -t proc none "$root/proc"
mount -t tmpfs -o size=16m none "$root/run"
mount -t tmpfs -o size=16m none "$root/dev"
mkdir "$root/dev/fd" && rmdir "$root/dev/fd" && ln -s /proc/self/fd "$root/dev/fd"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/urandom" c 1 9
[[ ! ${CONTROL-} ]] || { touch "$root/dev/control" && mount --bind "$CONTROL" "$root/dev/control"; }
preload=()
[[ ! ${PRELOAD-} ]] || preload=(LD_PRELOAD="$PRELOAD")
exec env -i PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C NO_COLOR=1 "${preload[@]}" chroot "$root" "${@:2}"
