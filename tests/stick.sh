# stick.sh - the words of stories about sticks; sourced after lib.sh.

mounted=()
given_disk() { # DIR SIZE MKFS...: a file system of its own at ./DIR, until the story ends
  needs_root
  needs "$3"
  truncate -s "$2" "$scratch/$1.img"
  "${@:3}" "$scratch/$1.img" >/dev/null 2>&1
  mkdir "$1"
  mount -o loop "$scratch/$1.img" "$1" 2>/dev/null || skip "$3: cannot be mounted here"
  mounted+=("$PWD/$1")
  trap 'umount "${mounted[@]}"' EXIT
}

given_bundle_of() { # MEGABYTES: 1.waybill, signed by k
  given_keys
  mkdir -p app
  echo '{"name":"demo","version":"1"}' >app/package.json
  head -c "$1000000" /dev/urandom >app/large
  given_capture_of app 1.waybill --level 1 >/dev/null
}

when_carrying() { when "$WAYBILL" carry 1.waybill --to stick --public k.pub "$@"; }

flip() { # FILE OFFSET
  printf "\\x$(printf %02x $(($(od -An -tu1 -j "$2" -N 1 "$1") ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

then_stick_is_good() { # [OPTION]...
  when stick/waybill-install verify stick/1.waybill --public k.pub --root edge "$@"
  then_ok
}
