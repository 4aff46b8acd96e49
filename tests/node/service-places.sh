# service-places.sh - places of the state that are not plain directories with room beside them: sockets in them, mounts on them,
# programs in them, full disks under them.
. "$(dirname "$0")/acts.sh"

kinds_in() { there find "$1" -maxdepth 1 \( -type p -o -type s \) -printf '%f\n' | sort | paste -sd ' '; } # DIR: names of its sockets and fifos
slot_of() { last ".states[] | select(.path == \"${state#/}/$1\") | .slot" | jq -r .; }

scenario_a_socket_and_a_fifo_in_the_state_keep_nothing_from_going_back() {
  given_service
  there mkfifo "$state/data/pipe"
  given_socket
  before=$(kinds_in "$state/data")
  given_bad_release migrates 3.0.0
  when_apply 3.0.0
  then_status 7
  then_answers 2.0.0
  then_equal "$(schema)" 1
  then_equal "$(kinds_in "$state/data")" '' "sockets and fifos in the state that was put back"
  then_equal "$(kinds_in "/$(slot_of data)")" "$before" "those in the failure capsule"
  given_release 4.0.0
  given_socket
  when_apply 4.0.0
  then_ok
  given_socket
  when_back
  then_ok
  then_answers 2.0.0
  then_nothing_is_left
}
given_socket() { # in the state; whoever made it is gone
  there bash -c 'cd "$1" && rm -f socket && exec python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")"' socket "$state/data"
  there test -S "$state/data/socket"
}

then_apply_is_refused() { # TEXT...: and nothing has happened
  local pid
  pid=$(main_pid)
  when_apply 3.0.0
  then_status 6
  then_says "$@"
  then_equal "$(main_pid)" "$pid" "the process of $unit"
  then_equal "$(act '.acts | length')" 0 "acts"
}

scenario_state_that_is_a_mount_point_is_refused_with_what_to_do() {
  given_service
  given_release 3.0.0
  there bash -c 'cp -a "$1" "$1.kept" && mount -t tmpfs none "$1" && cp -a "$1.kept/." "$1"' mount "$state/data"
  then_apply_is_refused "the state $state/data is a mount point and cannot be put back: the profile must name what is in it instead"
  there bash -c 'umount "$1" && mount --bind "$1.kept" "$1"' mount "$state/data" # of the same file system
  then_apply_is_refused "the state $state/data is a mount point"
  there umount "$state/data"
  when_apply 3.0.0
  then_ok
}

scenario_directories_in_a_mount_point_that_the_profile_names_are_put_back() {
  given_service
  there bash -c 'cp -a "$1" "$1.kept" && mount -t tmpfs none "$1" && cp -a "$1.kept/." "$1" && mkdir "$1/inner" && echo before >"$1/inner/rows"' mount "$state/data"
  jq '.state |= map(if .path == "${state}/data" then .path = "${state}/data/inner" else . end)' toy-fast.profile.json >inner.json
  mv inner.json toy-fast.profile.json
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  echo since | put "$state/data/inner/rows"
  when_back
  then_ok
  then_equal "$(there cat "$state/data/inner/rows")" before
}

scenario_state_that_holds_a_component_is_refused_with_what_to_do() {
  given_service
  jq '.state += [{class: "restore", path: "${state}"}]' toy-fast.profile.json >wide.json
  mv wide.json toy-fast.profile.json
  given_release 3.0.0
  then_apply_is_refused "the state $state holds the tree of hello ($extensions/hello): the profile must name what is in it instead"
}

scenario_a_rollback_asks_for_room_first() {
  given_machine n1
  there bash -c 'mkdir -p /root/.toy && mount -t tmpfs -o size=16m,mode=700 none /root/.toy'
  given_global_npm toy
  by_root
  given_adopted
  given_release 3.0.0
  when_apply 3.0.0
  then_ok
  there bash -c 'mkdir -p "$1" && head -c 9000000 /dev/zero | tr "\0" x >"$1/large"' fill "$state/credentials"
  local pid
  pid=$(main_pid)
  for dry in --dry-run ''; do
    when_back $dry
    then_status 6
    then_says "needs 8.6 MiB on the file system of" "free"
  done
  then_equal "$(main_pid)" "$pid" "the process of $unit"
  then_equal "$(act '.acts | length')" 1 "acts"
  there rm "$state/credentials/large"
  when_back
  then_ok
  then_answers 2.0.0
}
finish
