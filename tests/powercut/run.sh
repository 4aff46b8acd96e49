#!/bin/bash
# run.sh - make check-powercut: the power is cut at every write of the disk. SAMPLE=n: of n cuts of each kind only, and of few boots.
# Skipped, with one line that says why, where this machine lacks the means.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

lacking() { echo "check-powercut: skipped: $*"; exit 0; }
((EUID == 0)) || lacking "only root can mount a disk"
[[ -c /dev/fuse ]] || lacking "there is no /dev/fuse here"
[[ -c /dev/loop-control ]] || lacking "there are no loop devices here"
unshare --mount true 2>/dev/null || lacking "mounts of its own are not possible here"

if [[ ${SAMPLE-} ]]; then
  export SUBSETS=${SUBSETS:-2} BOOTS=${BOOTS:-3}
else
  export BOOTS=${BOOTS:-20} LIMIT=${LIMIT:-14400}
fi
"$here/../run.sh" "$here"/{ext4,xfs,mutant,btrfs,boot,broken}.sh
