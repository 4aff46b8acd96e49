#!/bin/bash
# cut.sh STATE WANTED - one cut of ./log: the disk in that state is mounted and recovered, and must then be one of WANTED, a list
# of outcomes with commas. Prints a line: "ok OUTCOME STATE", or "not-ok - STATE: WHY".
# CUT, STICK, fs, options and here are exported by words.sh.
set -euo pipefail
[[ ${mounted-} ]] || mounted=yes exec unshare --mount --propagation private "$0" "$@"
state=$1 wanted=$2 dir=cuts/$1
[[ $wanted != - ]] || wanted=one
say() { echo "$* "; exit 0; }
bad() { say "not-ok - $state ($wanted): $*"; }
trap 'umount "$dir/disk" 2>/dev/null || true; rm -rf "$dir/image"; rmdir "$dir/disk" "$dir" 2>/dev/null || rm -rf --one-file-system "$dir"' EXIT

facts() {
  (
    cd "$1"
    find opt/toy root/.toy -name .waybill -prune -o -printf '%p\t%y\t%m\t%l\n' | sort
    find opt/toy root/.toy -name .waybill -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
  )
}
of() { grep -F "$1" || true; }

mkdir -p "$dir/disk"
"$CUT" log make "$state" base.img "$dir/image"
mount -t "$fs" -o "$options" "$dir/image" "$dir/disk" 2>"$dir/said" || bad "mount: $(tail -n 1 "$dir/said")"

facts "$dir/disk" >"$dir/facts" 2>&1 || bad "cannot be read: $(tail -n 1 "$dir/facts")"
for path in opt/toy/core opt/toy/plugins/hello opt/toy/plugins/other; do
  cmp -s <(of "$path" <"$dir/facts") <(of "$path" <facts.one) || cmp -s <(of "$path" <"$dir/facts") <(of "$path" <facts.two) ||
    bad "$path is neither old nor new: $(diff <(of "$path" <facts.one) <(of "$path" <"$dir/facts") | grep '^[<>]' | head -n 2 | tr '\n\t' '  ')"
done

how=hand
(($(cksum <<<"$state" | cut -d ' ' -f 1) % 2)) || how=boot
"$here/enter.sh" "$dir/disk" /stick/after.sh "$how" >"$dir/said" 2>&1 || bad "$how: $(tail -n 1 "$dir/said")"
facts "$dir/disk" >"$dir/facts" 2>&1 || bad "cannot be read: $(tail -n 1 "$dir/facts")"
for outcome in ${wanted//,/ }; do
  ! cmp -s "facts.$outcome" "$dir/facts" || say "ok $outcome $state"
done
bad "none of these: $(diff "facts.${wanted%%,*}" "$dir/facts" | grep '^[<>]' | head -n 2 | tr '\n\t' '  ')"
