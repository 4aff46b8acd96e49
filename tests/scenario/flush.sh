# flush.sh - a power cut loses what was not flushed: the order of flushes around each change of a name, read with strace.
. "$(dirname "$0")/../lib.sh"

given_trace() { # COMMAND...: one line per call, with paths for descriptors
  needs strace
  strace -f -qq -y -s 0 -e signal=none -e trace=write,pwrite64,fsync,syncfs,renameat,renameat2 -o raw "$@" >/dev/null 2>&1 ||
    fail "the command failed"
  sed -E 's/^[0-9]+ +//; s/ += .*//' raw | grep -v '^write([012]<' >calls
  cat calls
}

given_two_releases() {
  given_releases 1 2
  when_installing 1.waybill
}

# The directory of each changed name is flushed before the next name changes outside of it, and before the end.
then_names_are_flushed() {
  awk '
    function dirs(line) { while (match(line, /<[^>]*>/)) { owed[substr(line, RSTART + 1, RLENGTH - 2)] = line0; line = substr(line, RSTART + RLENGTH) } }
    /^rename/ { for (d in owed) if (index($0, "<" d ">") == 0 && !exchange) { print "not flushed: " d ": " owed[d]; bad = 1 }
                exchange = /EXCHANGE|NOREPLACE/; line0 = $0; dirs($0) }
    /^fsync/  { match($0, /<[^>]*>/); delete owed[substr($0, RSTART + 1, RLENGTH - 2)]; n = 0; for (d in owed) n++; if (!n) exchange = 0 }
    /^syncfs/ { delete owed }
    END { for (d in owed) { print "never flushed: " d ": " owed[d]; bad = 1 }; exit bad }' calls >verdict ||
    { cat verdict; fail "$(head -n 1 verdict)"; }
}

# Nothing is renamed into its place before its bytes are flushed.
then_bytes_are_flushed_before_names() {
  awk '
    /^(write|pwrite64)/ { match($0, /<[^>]*>/); dirty[substr($0, RSTART + 1, RLENGTH - 2)] = 1 }
    /^fsync/  { match($0, /<[^>]*>/); delete dirty[substr($0, RSTART + 1, RLENGTH - 2)] }
    /^syncfs/ { delete dirty }
    /^rename/ { for (f in dirty) if (f !~ /pipe:|socket:|\/dev\/|\/#[0-9]+$/) { print "not flushed: " f " before " $0; bad = 1 } }
    END { exit bad }' calls >verdict || { cat verdict; fail "$(head -n 1 verdict)"; }
}

then_there_were() { # PATTERN LEAST
  (($(grep -c "$1" calls) >= $2)) || fail "fewer than $2 of $1"
}

scenario_apply_flushes_before_it_says_so() {
  given_two_releases
  given_trace "${applying_2[@]}"
  then_there_were ^renameat2 2
  then_there_were ^syncfs 1
  then_names_are_flushed
  then_bytes_are_flushed_before_names
}

scenario_rollback_flushes_before_it_says_so() {
  given_two_releases
  when_updating 2.waybill
  given_trace "${rolling_back[@]}"
  then_there_were ^renameat2 2
  then_names_are_flushed
  then_bytes_are_flushed_before_names
}

scenario_capture_flushes_before_the_bundle_has_its_name() {
  given_app 1
  given_trace "$WAYBILL" capture --name demo --release 1 --core app --plugin hello=plugins/hello --output b.waybill --unvalidated x
  then_there_were ^renameat 1
  then_names_are_flushed
  then_bytes_are_flushed_before_names
}

applying_2=("$INSTALL" apply 2.waybill --public k.pub --root edge --yes)
finish
