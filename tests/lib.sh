# lib.sh - the words that scenarios are written in.
#
# A scenario file sources this, defines functions named scenario_SENTENCE and ends with the line `finish`, which runs each
# of them in a shell and a scratch directory of its own (with SLICE="I N" each Nth, from the Ith on, which counts from 0).
# given_ makes things, when_ runs a program and keeps what it said, then_ fails the scenario. FULL=1 asks for the long form
# of those that sample.
set -euo pipefail
set -E
umask 022
export LC_ALL=C NO_COLOR=1
unset SOURCE_DATE_EPOCH XDG_CONFIG_HOME XDG_STATE_HOME
: "${WAYBILL:?is the program waybill}" "${INSTALL:?is the program waybill-install}"
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
story=$(basename "$0" .sh)
readonly SKIPPED=77

# ---- running scenarios ----------------------------------------------------------------------------------------------

finish() {
  local name failed=0 number=0 slice slices
  read -r slice slices <<<"${SLICE:-0 1}"
  for name in $(scenario_names); do
    [[ $name == *"${ONLY:-}"* ]] && ((number++ % slices == slice)) || continue
    set +e # not `run_scenario || ...`: below || and in conditions bash ignores set -e, in subshells too
    run_scenario "$name"
    (($? == 0)) || failed=1
    set -e
  done
  exit "$failed"
}

scenario_names() { # in the order in which they are written
  sed -n 's/^\(scenario_[A-Za-z0-9_]*\)().*/\1/p' "$0"
}

run_scenario() { # NAME: prints one line, with the seconds that it took; what was said only if it failed
  local sentence=${1#scenario_} status began=${EPOCHREALTIME/./} tenths
  sentence="$story: ${sentence//_/ }"
  scratch=$(mktemp -d "${SCRATCH:-${TMPDIR:-/tmp}}/waybill-test.XXXXXX")
  set +e
  (set -e; in_scratch "$1") >"$scratch/.said" 2>&1
  status=$?
  tenths=$(((${EPOCHREALTIME/./} - began) / 100000))
  sentence+=" ($((tenths / 10)).$((tenths % 10)) s)"
  case $status in
    0) echo "ok - $sentence" ;;
    "$SKIPPED") echo "skipped - $sentence: $(cat "$scratch/.reason")" ;;
    *) {
      echo "not ok - $sentence: $(cat "$scratch/.reason" 2>/dev/null || echo "status $status")"
      tail -n 25 "$scratch/.said" | cut -c 1-300 | sed 's/^/    /'
    } ;;
  esac
  end_scratch
  ((status == 0 || status == SKIPPED))
}

in_scratch() { # NAME
  trap 'because "line ${BASH_LINENO[0]}: $BASH_COMMAND"' ERR
  mkdir "$scratch/here"
  cd "$scratch/here"
  "$1"
}

end_scratch() {
  if [[ ${KEEP:-} ]]; then
    echo "    kept: $scratch"
  else
    chmod -R u+rwX "$scratch" 2>/dev/null || true
    rm -rf "$scratch"
  fi
}

because() { [[ -e $scratch/.reason ]] || echo "$*" >"$scratch/.reason"; }
fail() { because "$*"; exit 1; }
skip() { because "$*"; exit "$SKIPPED"; }
needs() {
  command -v "$1" >/dev/null || skip "there is no $1 here"
  [ "$1" != strace ] || export ASAN_OPTIONS=detect_leaks=0 # a traced process cannot look for leaks; the other scenarios do
}
needs_root() { ((EUID == 0)) || skip "only root can"; }

# ---- what is there ----------------------------------------------------------------------------------------------------

given_keys() { # [NAME]: NAME.key and NAME.pub
  "$WAYBILL" keygen --secret "${1:-k}.key" --public "${1:-k}.pub" --no-passphrase >/dev/null
}

given_app() { # VERSION: ./app and ./plugins/hello, small
  rm -rf app plugins
  mkdir -p app/lib plugins/hello
  echo "{\"name\":\"demo\",\"version\":\"$1\"}" >app/package.json
  echo "core $1" >app/lib/core.js
  echo "only in $1" >"app/lib/only-$1.js"
  echo "the same in all" >app/lib/same.js
  echo "{\"name\":\"hello\",\"version\":\"$1\"}" >plugins/hello/package.json
  echo "hello $1" >plugins/hello/index.js
  ln -s lib/core.js app/main.js
  ln -s ../../app plugins/hello/host
}

given_bundle() { # VERSION [OPTION]...: VERSION.waybill of a fresh app
  given_app "$1"
  local core=(--core app --plugin hello=plugins/hello --key k.key)
  "$WAYBILL" capture --name demo --release "$1" --output "$1.waybill" --unvalidated test "${core[@]}" "${@:2}"
}

given_releases() { # VERSION...: bundles, each after the one before
  local version before=
  [[ -e k.key ]] || given_keys
  for version; do
    if [[ $before ]]; then given_bundle "$version" --after "$before.waybill"; else given_bundle "$version"; fi
    mkdir -p "captured/$version"
    cp -a app plugins "captured/$version/"
    before=$version
  done
}

given_history_of() { # VERSION...: applied one after the other to ./edge
  local version
  given_releases "$@"
  when_installing "$1.waybill"
  for version in "${@:2}"; do when_updating "$version.waybill"; done
}

given_twin() { # RELEASE DIR
  "$tests/twin.sh" "$2" "$1"
}

given_capture_of() { # DIR OUTPUT [OPTION]...: one component, core, signed by k
  [[ -e k.key ]] || given_keys
  "$WAYBILL" capture --name demo --release 1 --core "$1" --output "$2" --unvalidated test --key k.key "${@:3}"
}

newest_record() { find edge/var/lib/waybill/demo/acts -name '*.json' | sort | tail -n 1; }

given_record() { # FILTER [FILE]: the newest record is what jq makes of it, or of FILE; at once
  local record
  record=$(newest_record)
  jq -cS "$1" "${2:-$record}" >record
  mv record "$record"
}

given_undone() { # WHY: the newest act, as if it had been undone
  given_record ".outcome = \"undone\" | .why = \"$1\" | del(.proven)"
}

# ---- what is done -----------------------------------------------------------------------------------------------------

targets=(--target core=/opt/demo/app --target hello=/opt/demo/plugins/hello)

when() { # PROGRAM [ARGUMENT]...: its status is in $status, what it said in ../stdout and ../stderr
  status=0
  printf '$ %s\n' "$*"
  "$@" >"$scratch/stdout" 2>"$scratch/stderr" || status=$?
  cat "$scratch/stderr" "$scratch/stdout"
  echo "-> $status"
}
when_capturing() { when "$WAYBILL" capture --name demo --release 1 --unvalidated test "$@"; }
when_applying() { when "$INSTALL" apply "$1" --public k.pub --root edge --yes "${@:2}"; }
when_installing() { when_applying "$1" "${targets[@]}" "${@:2}"; then_ok; }
when_updating() { when_applying "$@"; then_ok; }
when_rolling_back() { when "$INSTALL" rollback --root edge "$@"; }
when_recovering() { when "$INSTALL" recover --root edge "$@"; }
when_auditing() { when "$INSTALL" audit --root edge "$@"; }

when_asking_for() { when "$INSTALL" "$1" --root edge --json "${@:2}"; then_ok; } # COMMAND

# ---- what must be so --------------------------------------------------------------------------------------------------

then_status() { ((status == $1)) || fail "exit status $status, not $1${2:+: $2}"; }
then_ok() { then_status 0; }
then_system() { then_status 3; }
then_format() { then_status 4; }
then_untrusted() { then_status 5; }
then_refused() { then_status 6; }
then_differs() { then_status 9; }
then_says() { # TEXT...: each stands somewhere in what was said
  local text
  for text; do
    grep -qF -e "$text" "$scratch/stdout" "$scratch/stderr" || fail "does not say: $text"
  done
}
then_says_not() { ! grep -qF -e "$1" "$scratch/stdout" "$scratch/stderr" || fail "says: $1"; }
then_json() { # FILTER VALUE
  local have
  have=$(jq -c "$1" "$scratch/stdout") || fail "no JSON on standard output"
  [[ $have == "$2" ]] || fail "$1 is $have, not $2"
}
then_there() { [[ -e $1 || -L $1 ]] || fail "$1 is not there"; }
then_absent() { [[ ! -e $1 && ! -L $1 ]] || fail "$1 is there"; }
then_equal() { [[ $1 == "$2" ]] || fail "${3:-}: \"$1\", not \"$2\""; }

tree_of() { # DIR: kind, mode, target, size and content of everything
  (cd "$1" && find . -mindepth 1 -printf '%P\t%y\t%m\t%l\n' | sort && digests)
}
listing_of() { # DIR: as tree_of, with owner, links and times of files, and the top itself
  (cd "$1" && find . \( -type f -printf '%P\t%y\t%m\t%U:%G\t%n\t%T@\n' \) -o -printf '%P\t%y\t%m\t%U:%G\t%l\n' | sort && digests)
}
digests() { find . -type f -print0 | sort -z | xargs -0r sha256sum; }

given_listing() { listing_of "$1" >"$scratch/listing.$2"; } # DIR NAME
then_listing_is() { # DIR NAME
  listing_of "$1" >"$scratch/listing.now"
  diff "$scratch/listing.$2" "$scratch/listing.now" >"$scratch/diff" && return
  head -n 12 "$scratch/diff"
  fail "$1 is not as it was ($2): $(grep -m 1 '^[<>]' "$scratch/diff")"
}
then_same_tree() { # DIR DIR
  diff <(tree_of "$1") <(tree_of "$2") >"$scratch/diff" && return
  head -n 12 "$scratch/diff"
  fail "$1 and $2 differ: $(grep -m 1 '^[<>]' "$scratch/diff")"
}
then_installed() { # VERSION: both components are that release's, the top's mode apart
  then_same_tree "captured/$1/app" edge/opt/demo/app
  then_same_tree "captured/$1/plugins/hello" edge/opt/demo/plugins/hello
}
then_audit_is_clean() { when_auditing; then_ok; }
then_nothing_staged() { # no tree of ours but those of restore points
  local slot
  for slot in $(find edge -path '*/.waybill/*/*/*' -prune -print); do
    grep -qF "${slot#edge/}" edge/var/lib/waybill/*/acts/*.json || fail "$slot was left behind"
  done
}

# ---- cut short (crash.sh, bad-disk.sh) ------------------------------------------------------------------------------------
# strace acts before the call takes effect, and counts a call's occurrences per thread.

calls_that_change="renameat2 renameat mkdirat unlinkat symlinkat fsync syncfs openat2 openat write writev pwrite64
                   ftruncate fchmod fallocate utimensat"
applying_3=("$INSTALL" apply 3.waybill --public k.pub --root edge --yes)
rolling_back=("$INSTALL" rollback --root edge)
recovering=("$INSTALL" recover --root edge)
auditing=("$INSTALL" audit --root edge)

given_node() { # releases 1 and 2 are installed in ./ready, 3 waits
  needs strace
  given_releases 1 2 3
  when_installing 1.waybill
  when_updating 2.waybill
  mv edge ready
}

fresh() { rm -rf edge && cp -a ready edge; }
nothing() { rm -rf edge && mkdir edge; }

node_now() { # everything on the node but the records and room for them; the numbers of acts do not matter
  tree_of edge | grep -v -e '/acts[/	]' -e '/demo/reserve' | sed -E 's,/\.waybill/demo/[0-9]{6},/.waybill/demo/N,g'
}

given_outcome() { # NAME [FUNCTION]: how the node looks after it, never interrupted
  fresh
  if (($# > 1)); then "$2" >/dev/null 2>&1; fi
  node_now >"outcome.$1"
}

then_node_is() { # OUTCOME...: one of these, to the byte
  local name
  node_now >now
  for name; do cmp -s now "outcome.$name" && return; done
  diff "outcome.$1" now | head -n 12
  fail "$where: the node is none of: $*"
}

then_records_are_whole() {
  "$INSTALL" history --root edge --json >history || fail "$where: history has status $?"
  jq -e 'all(.acts[]; .outcome == "committed" or .outcome == "undone")' history >/dev/null ||
    fail "$where: an act has no outcome"
}

succeeds() { # COMMAND...
  "$@" >said 2>&1 || { local s=$?; cat said; fail "$where: ${*:2:1} has status $s"; }
}

occurrences() { # CALL COMMAND...: how often a thread makes the call, at most
  strace -f -qq -e trace="$1,renameat2" "${no_exchange[@]}" -e signal=none -o traced "${@:2}" >/dev/null 2>&1 || true
  awk -v call="$1(" 'index($2, call) == 1 {n[$1]++} END {for (t in n) if (n[t] > most) most = n[t]; print most + 0}' traced
}

chosen() { # COUNT: which occurrences; the quick form has the first 4, the last 2 and a twelfth of the rest
  if [[ ${FULL:-} ]]; then seq "$1"; else seq "$1" | awk -v n="$1" '$1 <= 4 || $1 > n - 2 || $1 % 12 == 5'; fi
}

no_exchange=() # or (-e inject=renameat2:error=EINVAL): a file system that cannot exchange two directories

inject() { # WHAT COMMAND...: $status is the command's
  status=0
  { strace -f -qq -e trace="${1%%:*},renameat2" -e signal=none "${no_exchange[@]}" -e "inject=$1" -o /dev/null \
    "${@:2}" >said 2>&1 || status=$?; } 2>/dev/null
}

was_killed_at() { # CALL OCCURRENCE COMMAND...: status 137 proves it
  where="killed at $1 $2"
  inject "$1:signal=KILL:when=$2" "${@:3}"
  ((status == 137))
}
kill_at() { was_killed_at "$@" || fail "$where: not reached"; }

killing_everywhere() { # CHECK PREPARE COMMAND...: at each chosen occurrence of each call; then CHECK
  local call k cuts=0
  for call in $calls_that_change; do
    "$2"
    for k in $(chosen "$(occurrences "$call" "${@:3}")"); do
      "$2"
      was_killed_at "$call" "$k" "${@:3}" || { echo "$where: not reached"; break; }
      cuts=$((cuts + 1))
      "$1" "$k"
    done
  done
  echo "$cuts cuts"
  ((cuts >= 6)) || fail "only $cuts cuts happened"
}
