# slow-acts.sh - acts in slow motion: each step can be seen, and whoever works in it stopped.
#
# A story sources this instead of acts.sh.
# shellcheck disable=SC2034,SC2154 # variables are for stories, and from acts.sh
. "$(dirname "${BASH_SOURCE[0]}")/acts.sh"

# What $installer runs pauses so many milliseconds behind every replacement of a file, that is at the beginning of each step.
slowly() {
  needs strace
  put /usr/local/bin/slow 755 <<END
#!/bin/sh
exec strace -f -qq -o /dev/null -e signal=none -e trace=renameat -e inject=renameat:delay_exit=$1ms "\$@"
END
  [[ ${installer[*]} == *slow* ]] || installer+=(slow)
}

# Beginning of each step, as the record says it; "outcome": the act has ended and only its clean-up is left.
steps=(stage snapshot hold settle switch clear start gates commit outcome)
sampled() { # STEP...: all of them in the long form
  if [[ ${FULL:-} ]]; then echo "${steps[@]}"; else echo "$@"; fi
}

given_slow_service() { # as given_service
  given_service "$@"
  given_release 3.0.0
  before=$(state_now)
  slowly 600
  "by_${by/claw/user}" # only what is watched is slow
}

start_applying() { # [OPTION]...: in the background, as somebody who came by ssh; $applying
  files=$(node files "$machine")
  earlier=$(newest_record)
  applying 3.0.0 "$@"
  local login=(node shell "$machine")
  [[ $by == root ]] || login=(node user "$machine" "$by")
  { trap - ERR; "${login[@]}" slow "${acting[@]}"; } >applied 2>&1 & # what becomes of it is for the story to say
  applying=$!
}

# From outside, and without starting a process: it has to be quicker than the act is slow.
look_at_record() { # $now: step and outcome of the newest one, which is $record
  local text='' records_here=("$files$records"/acts/[0-9]*.json)
  record=${records_here[-1]} now=
  [[ $record == "$earlier" || ! -e $record ]] || read -r -d '' text <"$record" || true
  [[ $text =~ \"step\":\"([a-z]*)\" ]] && now=${BASH_REMATCH[1]}
  [[ ! $text =~ \"outcome\":\"([a-z]*)\" ]] || now+=" ${BASH_REMATCH[1]}"
}
is_step() { [[ $now == "$1" || ($1 == outcome && $now == "commit committed") ]]; }

wait_for_step() { # STEP: the record of the act that was started says that it has begun; $number is the act
  local deadline=$((SECONDS + 60))
  until look_at_record && is_step "$1"; do
    ((SECONDS < deadline)) || { cat applied; fail "no $1 within a minute: $now"; }
    sleep 0.01
  done
  number=${record##*/} number=$((10#${number%.json}))
}
then_was_stopped_in() { # STEP: it still is the step of the record, after the kill
  look_at_record
  is_step "$1" || fail "killed in \"$now\", not in $1"
}

to_scopes() { # FILE PATTERN...: 1 into that file of these control groups, at once
  local reached=0 one file=$1
  shift
  for one; do
    for group in "$files"/sys/fs/cgroup/{,user.slice/user-*.slice/,user.slice/user-*.slice/user@*.service/{,*.slice/}}{,system.slice/,app.slice/}$one; do
      [[ -e $group/$file ]] || continue
      echo 1 >"$group/$file"
      reached=$((reached + 1))
    done
  done
  ((reached >= $#)) || fail "there is no $*"
}
kill_scopes() { to_scopes cgroup.kill "$@"; } # PATTERN...: SIGKILL
kill_worker() { kill_scopes "waybill-toy-*.scope"; }
kill_session() { kill_scopes "session-c*.scope"; }
kill_both() { # frozen first: who is slow would be quick once what makes it slow is dead
  to_scopes cgroup.freeze "session-c*.scope" "waybill-toy-*.scope"
  kill_scopes "session-c*.scope" "waybill-toy-*.scope"
}

then_one_of_both_answers() { # old with what it had, or new; never a mixture
  then_ready 90
  local version
  version=$(version_that_answers)
  then_equal "$(there jq -r .version "$core/package.json" "$extensions/hello/package.json" "$extensions/other/package.json" | sort -u)" "$version" "versions on the disk"
  [[ $version == 3.0.0 ]] || then_unchanged_since "$before"
  echo "$version answers"
}
then_it_is_finished() { # SECONDS: by itself
  local waited=$((SECONDS + $1))
  until [[ $(step_now) == *" undone" || $(step_now) == *" committed" ]] && [[ ! $(our_units) ]]; do
    ((SECONDS < waited)) || fail "not finished after $1 s: $(step_now); $(our_units)"
    sleep 0.5
  done
}
ready_again() { # for the next one: 2.0.0 runs
  [[ $(version_that_answers) == 2.0.0 ]] || { when_back && then_ok; }
  then_answers 2.0.0
}
