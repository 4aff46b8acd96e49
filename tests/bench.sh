#!/bin/bash
# bench.sh - make bench: the programs against their peers on the same work, in the same run, round about.
#
# Prints ratios (ours to the peer's, wall time, median of the rounds) on a journaled ext4 and on tmpfs, and peak memory.
# TREE names the tree (default: the OpenClaw canary's core if `make demo-openclaw` built it, else a synthetic twin).
set -euo pipefail
tests=$(cd "$(dirname "$0")" && pwd)
ROUNDS=${ROUNDS:-5}
work=$(mktemp -d)
mounted=
trap 'cd /; [ -z "$mounted" ] || umount "$mounted"; rm -rf "$work" /dev/shm/waybill-bench' EXIT

default_tree() {
	local canary=$tests/../out/openclaw/canary/opt/openclaw/app
	if [ -d "$canary" ]; then realpath "$canary"; else "$tests/twin.sh" "$work/twin" 2026.3.23-2 >/dev/null && echo "$work/twin/core"; fi
}
TREE=${TREE:-$(default_tree)}

ms() { local now=${EPOCHREALTIME/./}; echo $((now / 1000)); }
timed() { # COMMAND... : milliseconds
	local start; start=$(ms)
	"$@" >/dev/null 2>"$work/err" || { cat "$work/err" >&2; return 1; }
	echo $(($(ms) - start))
}
median() { sort -n | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

anew() { rm -f -- "$1"; sync -f "$work"; sync -f "$dir"; } # neither what was written before nor its flushing is measured

pair() { # NAME OURS PEER PEER-NAME [FILE FILE]: functions that take a round's number; the file that each writes
	local name=$1 ours=$2 peer=$3 label=$4 round a b
	: >"$work/a"; : >"$work/b"; : >"$work/r"
	for round in $(seq "$ROUNDS"); do
		anew "${5:-}"; a=$(timed "$ours" "$round")
		anew "${6:-}"; b=$(timed "$peer" "$round")
		echo "$a" >>"$work/a"; echo "$b" >>"$work/b"
		awk -v a="$a" -v b="$b" 'BEGIN {print a / b}' >>"$work/r"
	done
	printf '| %s | %s | %s ms | %s ms | **%.2f** |\n' "$name" "$label" "$(median <"$work/a")" "$(median <"$work/b")" "$(median <"$work/r")"
}

capture() { "$WAYBILL" capture --name bench --release 1 --core "$TREE" --output "$dir/$1.waybill" --level "$2" --key "$work/k.key" --unvalidated bench; }
packed() { tar -C "$TREE" --sort=name -cf - . | zstd -q -f -"$2" -T0 -o "$dir/$1.tar.zst"; }
capture_3() { capture c3 3; }
packed_3() { packed c3 3; }
capture_9() { capture c9 9; }
packed_9() { packed c9 9; }
apply_new() { "$INSTALL" apply "$dir/c9.waybill" --public "$work/k.pub" --root "$dir/edge-$1" --target core=/opt/app --yes; }
unpack_new() { mkdir -p "$dir/tar-$1" && tar --zstd -xf "$dir/c9.tar.zst" -C "$dir/tar-$1" && sync -f "$dir/tar-$1"; }
audit() { "$INSTALL" audit --root "$dir/edge-1"; }
hash_files() { find "$dir/tar-1" -type f -print0 | xargs -0 -n 500 -P "$(nproc)" b2sum -l 256; }
verify() { "$INSTALL" verify "$dir/c9.waybill" --public "$work/k.pub"; }
hash_bundle() { b2sum -l 256 "$dir/c9.waybill"; }

size_ratio() { # LEVEL
	awk -v l="$1" -v a="$(stat -c %s "$dir/c$1.waybill")" -v b="$(stat -c %s "$dir/c$1.tar.zst")" \
		'BEGIN {printf "| size at level %s | tar \\| zstd -%s | %.1f MB | %.1f MB | **%.2f** |\n", l, l, a / 1e6, b / 1e6, a / b}'
}

on() { # FILE-SYSTEM-NAME DIRECTORY
	dir=$2
	printf '\n### %s\n\n| work | peer | waybill | peer | ratio |\n|---|---|---|---|---|\n' "$1"
	pair "capture, level 3" capture_3 packed_3 "tar \\| zstd -3 -T0" "$dir/c3.waybill" "$dir/c3.tar.zst"
	pair "capture, level 9" capture_9 packed_9 "tar \\| zstd -9 -T0" "$dir/c9.waybill" "$dir/c9.tar.zst"
	size_ratio 3; size_ratio 9
	pair "apply, verified and flushed" apply_new unpack_new "tar --zstd -x, sync -f"
	pair "audit" audit hash_files "xargs -P b2sum"
	pair "verify" verify hash_bundle "b2sum"
	local out; out=$("$INSTALL" rollback --root "$dir/edge-1" --json 2>/dev/null)
	printf '| rollback: the switch itself | | %s ms | | |\n' "$(jq '.switch_us / 1000' <<<"$out")"
}

peak() { # COMMAND... : peak memory in MiB, from the kernel's own account of the process
	python3 - "$@" <<'P'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print("%.0f MiB" % (resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))
P
}

memory_row() { # NAME TREE
	local bundle=$dir/m.waybill edge=$dir/m-edge capture apply audit
	rm -rf "$edge" "$bundle"
	capture=$(peak "$WAYBILL" capture --name bench --release 1 --core "$2" --output "$bundle" --key "$work/k.key" --unvalidated bench)
	apply=$(peak "$INSTALL" apply "$bundle" --public "$work/k.pub" --root "$edge" --target core=/opt/app --yes)
	audit=$(peak "$INSTALL" audit --root "$edge")
	printf '| %s | %s | %s | %s |\n' "$1" "$capture" "$apply" "$audit"
	rm -rf "$edge" "$bundle"
}

many_files() { # DIRECTORY COUNT
	local d f
	for ((d = 0; d < $2 / 500; d++)); do
		mkdir -p "$1/node_modules/package-$((d / 10))/dist/part-$d"
		(cd "$1/node_modules/package-$((d / 10))/dist/part-$d" && for ((f = 0; f < 500; f++)); do echo "$d $f" >"some-file-name-$f.js"; done)
	done
}

memory() {
	printf '\n### Peak memory\n\n| tree | capture (level 9) | apply | audit |\n|---|---|---|---|\n'
	memory_row "the tree above" "$TREE"
	mkdir "$dir/large"
	head -c 4294967296 /dev/urandom >"$dir/large/file"
	memory_row "one file of 4 GiB" "$dir/large"
	rm -rf "$dir/large"
	many_files "$dir/many" 500000
	memory_row "500,000 files" "$dir/many"
}

"$WAYBILL" keygen --secret "$work/k.key" --public "$work/k.pub" --no-passphrase >/dev/null
printf '%s files, %s bytes; %s cores; %s rounds; wall time, medians\n' "$(find "$TREE" -type f | wc -l)" \
	"$(find "$TREE" -type f -printf '%s\n' | awk '{n += $1} END {print n}')" "$(nproc)" "$ROUNDS"
if truncate -s 12G "$work/disk" && mkfs.ext4 -q -m 0 "$work/disk" 2>/dev/null && mkdir "$work/mnt" && mount -o loop "$work/disk" "$work/mnt" 2>/dev/null; then
	mounted=$work/mnt
	on "ext4 with a journal" "$mounted"
	umount "$mounted"; mounted=
else
	printf '\n(no loop mount here: ext4 is left out)\n'
fi
mkdir /dev/shm/waybill-bench
on "tmpfs" /dev/shm/waybill-bench
rm -rf /dev/shm/waybill-bench/*
[ -n "${SPEED_ONLY:-}" ] || memory
