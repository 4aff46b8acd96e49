# mutant.sh - the test of the test: an installer whose flushes do nothing is found out. It is the native one, since nothing can be
# preloaded into the static one.
INSTALL=${NATIVE:?is the native installer}
. "$(dirname "$0")/words.sh"

scenario_an_installer_that_does_not_flush_is_found_out() {
  MOST=150
  cut_everywhere ext4 /stick/unflushed.so
  then_some_are_not "neither old nor new" "not as they were installed"
}

finish
