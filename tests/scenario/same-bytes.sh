# same-bytes.sh - the same tree gives the same bundle, byte for byte, whoever captures it, when, and on how many cores.
. "$(dirname "$0")/../lib.sh"

capture_to() { # FILE DIR [OPTION]...
  "$WAYBILL" capture --name demo --release 1 --output "$1" --unvalidated test --core "$2/core" \
    --plugin dingtalk="$2/plugins/dingtalk" --plugin wecom="$2/plugins/wecom" "${@:3}" >/dev/null 2>&1
}

given_reversed_copy() { # FROM TO: made in reverse order, so that the directory order differs
  mkdir -p "$2"
  (cd "$1" && find . -type d) | while read -r dir; do mkdir -p "$2/$dir"; done
  (cd "$1" && find . ! -type d) | sort -r | while read -r file; do cp -a "$1/$file" "$2/$file"; done
  ln -sfn "$PWD/$2/core" "$2/plugins/wecom/node_modules/openclaw"
}

scenario_the_same_tree_gives_the_same_bytes() {
  export SOURCE_DATE_EPOCH=1700000000
  given_twin 2026.3.13 t
  head -c 40000000 /dev/urandom >t/core/large
  given_reversed_copy t r
  capture_to a t --threads 1
  local n
  for n in 2 4 32; do capture_to b t --threads "$n" && { cmp a b || fail "--threads $n"; }; done
  (umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 capture_to c t) && { cmp a c || fail "umask, TZ, LC_ALL"; }
  capture_to d r && { cmp a d || fail "directory order"; }
  find t -exec touch -h -d 2001-01-01 {} +
  capture_to e t && { cmp a e || fail "times"; }
}

finish
