# service-interrupted.sh - Ctrl-C asks for the old release; a line that drops asks for nothing.
. "$(dirname "$0")/slow-acts.sh"

given_terminal() { # DO: /usr/local/bin/terminal STEP COMMAND... runs it on a terminal of its own, and DOES that in STEP
  put /usr/local/bin/terminal 755 <<'END'
#!/usr/bin/python3
import glob, os, pty, select, sys, time
do, records, step, *command = sys.argv[1:]
pid, line = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
said, done = b"", False
while True:
    if select.select([line], [], [], 0.01)[0]:
        try:
            piece = os.read(line, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    newest = sorted(glob.glob(records + "/acts/[0-9]*.json"))
    if not done and newest and '"step":"%s"' % step in open(newest[-1]).read():
        done = True
        if do == "ctrl-c":
            os.write(line, b"\x03")
        else:
            os.close(line)
            time.sleep(1)
            break
os.write(1, said.replace(b"\r", b""))
status = os.waitpid(pid, 0)[1]
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
END
}

when_on_a_terminal() { # DO STEP
  applying 3.0.0
  when node shell "$machine" terminal "$1" "$records" "$2" slow "${acting[@]}"
}

scenario_ctrl_c_brings_the_old_release_back_and_says_so() {
  given_slow_service
  given_terminal
  local step
  for step in $(sampled hold start); do
    [[ $step != outcome && $step != commit ]] || continue
    when_on_a_terminal ctrl-c "$step"
    then_status 3 "$step"
    then_says "interrupted by a signal" "undone, the old release is in place"
    then_answers 2.0.0
    then_unchanged_since "$before"
    then_last .outcome '"undone"'
    then_nothing_is_left
  done
}

scenario_ctrl_c_while_gates_are_asked_does_not_wait_for_their_deadline() {
  settle=15 deadline=40
  given_slow_service
  given_terminal
  when_on_a_terminal ctrl-c gates
  then_status 3
  then_says "interrupted by a signal" "undone, the old release is in place"
  then_last '[.evidence, .failed // false]' '[null,false]' # nobody waited for a verdict
  then_answers 2.0.0
  then_nothing_is_left
}

scenario_a_terminal_that_is_closed_does_not_stop_the_act() {
  given_slow_service
  given_terminal
  when_on_a_terminal close settle
  then_it_is_finished 60
  then_answers 3.0.0
  then_last '[.outcome, .proven]' '["committed",true]'
  then_nothing_is_left
}

scenario_an_act_that_gets_no_process_of_its_own_is_undone() {
  given_service
  given_release 3.0.0
  before=$(state_now)
  there mkdir -p "$records/acts/000001.log"
  when_apply 3.0.0
  then_status 3
  then_says "open the log of act 1" "undone, the old release is in place"
  then_last .outcome '"undone"'
  then_unchanged_since "$before"
  then_nothing_is_left
}
scenario_a_local_file_that_is_written_while_an_act_is_prepared_is_not_lost() {
  given_service given_global_npm by_root --tmpfs=/usr/lib/node_modules # which knows a tree whatever is written into it
  echo first | put "$core/.env" 600
  given_release 3.0.0
  slowly 600
  by_root
  start_applying
  wait_for_step snapshot
  echo second | put "$core/.env" 600
  wait "$applying" || cat applied
  then_answers 3.0.0
  then_equal "$(there cat "$core/.env")" second ".env"
}
finish
