#!/bin/bash
# natives.sh OUT - holds natives.txt against what readelf, objdump, file and Node's headers say of the tree under OUT,
# and against what the installer's unit test reads (UNIT=program, if given). --print OUT: prints the rows instead.
# Exit status: 0 they agree; 77 the tree or a tool is missing, and one line says which; else they differ.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
print=
[[ ${1-} == --print ]] && { print=1; shift; }
[[ $# == 1 && -n $1 ]] || { echo "usage: natives.sh [--print] OUT" >&2; exit 2; }
app=$1/canary/opt/openclaw/app
node=$1/parts/node
skip() { echo "natives: $*"; exit 77; }
[[ -d $app && -x $node/bin/node ]] || skip "there is no canary below $1"
for tool in readelf objdump file gcc; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

api_functions() { # VERSION: what Node's headers declare for it
  printf '#define NAPI_VERSION %s\n#include "node_api.h"\n' "$1" | gcc -E -I"$node/include/node" -x c - |
    tr -s ' \n' ' ' | grep -oE '\b(napi|node_api)_[a-z0-9_]+ ?\(' | tr -d '( ' | sort -u
}
for v in {1..10}; do api_functions "$v" >"$work/api.$v"; done

highest() { sort -V | tail -n 1; } # "" for nothing

api_version() { # FILE MACHINE: the highest of what it imports and what it says
  local at v n=0
  grep -qE ' napi_register_module_v1(@|$)' "$work/symbols" || return 0
  awk '$7 == "UND" {sub(/@.*/, "", $8); print $8}' "$work/symbols" | sort -u >"$work/imports"
  for v in {1..10}; do comm -12 "$work/imports" "$work/api.$v" | wc -l >"$work/n.$v"; done
  n=1
  for v in {2..10}; do (($(<"$work/n.$v") > $(<"$work/n.$((v - 1))"))) && n=$v; done
  at=$(awk '$8 ~ /^node_api_module_get_api_version_v1/ {print "0x" $2}' "$work/symbols")
  if [[ -n $at && $2 == x86_64 ]]; then
    v=$(objdump -d --start-address="$at" --stop-address=$((at + 16)) "$1" | grep -oE 'mov +\$0x[0-9a-f]+,%eax' | grep -oE '0x[0-9a-f]+' || true)
    ((${v:-0} > n)) && n=$((v))
  fi
  echo "$n"
}

word() { # TEXT: the machine that file(1) names
  case $1 in
    *x86-64* | *x86_64*) echo x86_64 ;;
    *aarch64* | *Aarch64* | *arm64*) echo aarch64 ;;
    *"Intel 80386"*) echo i386 ;;
    *" ARM,"*) echo arm ;;
    *RISC-V*) echo "riscv$(grep -oE '(32|64)-bit' <<<"$1" | cut -d- -f1)" ;;
    *LoongArch*) echo "loongarch$(grep -oE '(32|64)-bit' <<<"$1" | cut -d- -f1)" ;;
    *) echo "?" ;;
  esac
}

elf_row() { # NAME FILE KIND
  local os abi libc=none machine counts=no needed
  machine=$(word "$3")
  abi=$(readelf -hW "$2" 2>/dev/null | sed -n 's/.*OS\/ABI: *UNIX - //p')
  needed=$(readelf -dW "$2" | grep -oE 'NEEDED.*' | grep -oE '\[.*\]' || true)
  readelf -VW "$2" | grep -oE 'Name: [A-Za-z_]+[0-9.]+ ' | cut -d' ' -f2 >"$work/versions" || true
  readelf -W --dyn-syms "$2" >"$work/symbols"
  [[ $needed == *'[libc.so.'* ]] && libc=other
  [[ $needed == *'[libc.musl-'* ]] && libc=musl
  grep -q '^GLIBC_' "$work/versions" && libc=glibc
  case $3 in *OpenBSD*) os=openbsd ;; *FreeBSD*) os=freebsd ;; *) os=linux ;; esac
  [[ "$os $machine $libc" == "linux x86_64 glibc" ]] && counts=yes
  case $abi in 'System V') abi=system-v ;; GNU) abi=gnu/linux ;; FreeBSD) abi=freebsd ;; esac
  row "$1" "$os" "$machine" "$abi" "$libc" "$(sed -n 's/^GLIBC_//p' "$work/versions" | highest)" \
    "$(sed -n 's/^GLIBCXX_//p' "$work/versions" | highest)" "$(api_version "$2" "$machine")" \
    "$(awk '{print $8}' "$work/symbols" | sed -n 's/^node_register_module_v//p')" "$counts"
}

row() { # FIELD...: what is empty becomes a dash
  local field fields=()
  for field; do fields+=("${field:--}"); done
  printf '%-96s %-7s %-11s %-9s %-5s %-5s %-7s %-4s %-4s %s\n' "${fields[@]}"
}

file_row() { # NAME FILE
  local kind
  kind=$(file -b "$2")
  case $kind in
    ELF*) elf_row "$1" "$2" "$kind" ;;
    Mach-O*) row "$1" darwin "$(word "$kind")" - - - - - - no ;;
    PE32*) row "$1" win32 "$(word "$kind")" - - - - - - no ;;
  esac
}

natives() { # the files of the tree that begin as one of these formats
  (cd "$app" && find . -type f -size +3c -print0 | LC_ALL=C sort -z | xargs -0 perl -e '
    for (@ARGV) { open F, "<", $_ or next; read F, $b, 4; s,^\./,,;
      print "$_\n" if unpack("H8", $b) =~ /^(7f454c46|cafebabe|cafebabf|cefaedfe|cffaedfe|feedface|feedfacf|4d5a)/ }')
}

rows() {
  file_row node "$node/bin/node"
  while read -r name; do file_row "$name" "$app/$name"; done < <(natives)
}

[[ -z $print ]] || { rows; exit; }
diff <(grep -v '^#' "$here/natives.txt") <(rows) || { echo "natives: natives.txt and the tools differ" >&2; exit 1; }
[[ -z ${UNIT-} ]] || NATIVES=$app NODE=$node/bin/node NATIVES_TABLE=$here/natives.txt "$UNIT"
echo "natives: $(grep -vc '^#' "$here/natives.txt") files as natives.txt has them"
