# changing.sh - a tree that changes while it is captured: the capture is held at one read, the tree is changed, and the capture
# goes on. What changed is named, and no bundle is written.
. "$(dirname "$0")/../lib.sh"

given_tree() { # ./t: files in the order in which they are read, links and an empty directory
  needs strace
  mkdir -p t/sub t/empty
  local name
  for name in a m z; do echo "content of $name" >"t/sub/$name"; done
  ln -s sub/a t/link
}

# Held where file m is opened to be read: a was read before, z is read later.
while_capturing() { # COMMAND...
  local pid=
  strace -f -qq -e trace=openat2,openat -P "$PWD/t/sub/m" -P sub/m -e inject=openat2,openat:signal=STOP:when=1 -o traced \
    "$WAYBILL" capture --name demo --release 1 --unvalidated test --core t --output b.waybill --threads 1 \
    >"$scratch/stdout" 2>"$scratch/stderr" &
  local tracer=$!
  for _ in $(seq 500); do
    pid=$(awk '/SIGSTOP/ {print $1; exit}' traced 2>/dev/null) && [[ $pid ]] && break
    sleep 0.01
  done
  [[ $pid ]] || { kill $tracer; fail "the capture was not held"; }
  "$@"
  kill -CONT "$pid"
  status=0
  wait $tracer || status=$?
  cat "$scratch/stderr"
}

then_changed_are() { # PATH...: these and no other, and nothing is left
  local path
  then_refused
  then_says "changed while"
  for path; do then_says "core: $path"; done
  then_equal "$(grep -c 'core: ' "$scratch/stderr")" $# "paths"
  then_nothing_is_written
}

then_nothing_is_written() {
  then_absent b.waybill
  then_equal "$(find . -maxdepth 1 -name '.b.waybill*')" "" "left behind"
}

scenario_nothing_changes() {
  given_tree
  while_capturing true
  then_ok
  then_there b.waybill
}

write_in_place() { printf X | dd of="$1" conv=notrunc status=none; } # FILE: as long as before

scenario_a_file_that_was_read_is_written_to() {
  given_tree
  while_capturing write_in_place t/sub/a
  then_changed_are sub/a
}

scenario_a_file_that_is_read_later_is_written_to() {
  given_tree
  while_capturing write_in_place t/sub/z
  then_changed_are sub/z
}

scenario_a_file_is_replaced_by_one_like_it() {
  given_tree
  cp -a t/sub/a like
  while_capturing mv like t/sub/a
  then_changed_are sub sub/a
}

scenario_a_file_comes() {
  given_tree
  while_capturing touch t/empty/new
  then_changed_are empty
}

scenario_a_file_goes() {
  given_tree
  while_capturing rm t/sub/a
  then_changed_are sub sub/a
}

scenario_a_file_that_is_read_later_goes() {
  given_tree
  while_capturing rm t/sub/z
  then_changed_are sub/z
}

scenario_a_file_that_is_read_later_is_cut_short() {
  given_tree
  while_capturing truncate -s 3 t/sub/z
  then_changed_are sub/z
}

scenario_a_mode_and_a_target_change() {
  given_tree
  change() { chmod 600 t/sub/a && ln -sfn sub/z t/link; }
  while_capturing change
  then_changed_are . link sub/a
}

scenario_a_directory_becomes_a_link() {
  given_tree
  change() { mv t/sub elsewhere && ln -s ../elsewhere t/sub; }
  while_capturing change
  then_refused
  then_nothing_is_written
}

scenario_the_bundle_that_was_there_stays() {
  given_tree
  echo before >b.waybill
  while_capturing write_in_place t/sub/a
  then_refused
  then_equal "$(cat b.waybill)" before
}

finish
