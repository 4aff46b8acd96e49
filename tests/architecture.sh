#!/bin/bash
# architecture.sh - who may include whom, where each library lives, and what the installer must not have.
# Exit status 1: something stands where it should not; each is printed with its file and line.
set -euo pipefail
cd "$(dirname "$0")/.."
found=$(mktemp)
trap 'rm -f "$found"' EXIT

complain() { awk -v what="$1" '{print "architecture: " what ": " $0}' >>"$found"; }

includes() { # FILE...: FILE:LINE:HEADER for each header of ours
  grep -HnoE '^#include "[^"]+"' "$@" | sed 's/#include "//; s/"$//' || true
}

only() { # FOLDER PREFIX...: the files of the folder include nothing of ours but what begins so
  local folder=$1 pattern
  pattern=$(printf '|%s' "${@:2}")
  includes "$folder"/*.[ch] | grep -vE "^[^:]*:[0-9]+:(${pattern:1})" | complain "$folder includes" || true
}

never() { # FOLDER HEADER...
  local header
  for header in "${@:2}"; do
    includes "$1"/*.[ch] | grep -E ":$header\$" | complain "$1 must not include" || true
  done
}

home() { # HEADER FILE...: nobody else includes that library
  local files
  files=$(printf '|%s' "${@:2}")
  grep -HnE "^#include <$1>" manifest/*.[ch] manifest/base/*.[ch] keys/*.[ch] bundler/*.[ch] installer/*.[ch] installer/host/*.[ch] \
    installer/service/*.[ch] |
    grep -vE "^(${files:1}):" | complain "$1 has its home elsewhere" || true
}

only manifest/base manifest/base/
only manifest      manifest/
only keys          keys/ manifest/base/ 'manifest/digest\.h' 'manifest/trusted\.h' 'manifest/container\.h'
only bundler        bundler/ installer/host/ keys/ manifest/
only installer      installer/ keys/ manifest/
only installer/host installer/host/ manifest/
only installer/service installer/ manifest/
never installer    keys/secret.h keys/sign.h keys/prompt.h keys/assume.h manifest/frame_write.h
includes keys/*.[ch] | grep ':manifest/container\.h$' | grep -v '^keys/seal\.[ch]:' | complain "only keys/seal includes" || true

home 'archive.*\.h'      manifest/witness.c
home 'zstd.*\.h'         manifest/frame_read.c manifest/frame_write.c
home '(cjson/)?cJSON\.h' manifest/json.c manifest/jsonview.c
home 'sodium.*\.h'       manifest/digest.c 'keys/[a-z0-9]*\.[ch]'
home 'curl/.*'           bundler/http.c
home '(sys/socket|netdb|netinet/.*|arpa/inet)\.h' nobody

# ---- every part is in its folder's list -------------------------------------------------------------------------------

listed() { # FOLDER: the parts that make knows of
  make -s --no-print-directory -f - <<END
include manifest/build.mk keys/build.mk bundler/build.mk installer/build.mk
all: ; @echo \$($1.parts) \$($1.bundler.parts) \$($1.host.parts)
END
}

for folder in manifest keys bundler installer; do
  for part in $(listed "$folder"); do echo "$folder/$part.c"; done | sort >"$found.listed"
  find "$folder" -name '*.c' -not -path '*/static/*' | sort | comm -23 - "$found.listed" | complain "in no build.mk"
done
rm -f "$found.listed"

# ---- what is not written -------------------------------------------------------------------------------------------------

sources=(manifest/*.c manifest/base/*.c keys/*.c bundler/*.c installer/*.c installer/host/*.c installer/service/*.c)
grep -nE '\bgoto\b' "${sources[@]}" | grep -vE '^[^:]*:[0-9]+:.*(\*|//|").*\bgoto\b' | complain goto || true
grep -nE '(^|[^A-Za-z0-9_])_?exit\(' "${sources[@]}" | grep -vE '/(main|host/run|host/lines|decoder|base/sandbox)\.c:' | complain "exit below main" || true
grep -nE '^[[:space:]]*(return|goto)\b.*\\$' manifest/*.h manifest/base/*.h keys/*.h | complain "control flow in a macro" || true

# ---- the installer has no network ----------------------------------------------------------------------------------------

network='socket|socketpair|connect|bind|listen|accept4?|getaddrinfo|gethostbyname|sendto|recvfrom|res_query|curl_.*'
for object in $(for part in $(listed installer); do echo "installer/$part"; done) \
  $(for part in $(listed manifest); do echo "manifest/$part"; done) $(for part in $(listed keys); do echo "keys/$part"; done); do
  [[ -e out/musl/$object.o ]] || continue
  nm -u "out/musl/$object.o" | grep -E " U ($network)$" | sed "s,^,$object:," | complain "network in the installer" || true
done
if [[ -e out/waybill-install ]]; then
  strings -n 6 out/waybill-install | grep -iE '/etc/(resolv\.conf|hosts|services)|https?://[a-z]+\.[a-z]' | complain "in the installer" || true
fi

[[ ! -s $found ]] && echo "architecture: as it should be" && exit 0
cat "$found" >&2
exit 1
