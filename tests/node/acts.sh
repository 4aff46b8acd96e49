# acts.sh - the words of stories about acts on a running service.
#
# A story sources this instead of services.sh. given_service makes a machine whose toy runs and is adopted by root's
# installer, or after by_user by claw's own; when_apply and the like run that installer.
# shellcheck disable=SC2034,SC2154 # variables are for stories, and from fixtures.sh
. "$(dirname "${BASH_SOURCE[0]}")/services.sh"

settle=1 deadline=20
by_root() { by=root records=/var/lib/waybill/$app installer=(node exec "$machine"); }
by_user() { by=claw records=/home/claw/.local/state/waybill/toy installer=(node user "$machine" claw); }

given_service() { # [FIXTURE] [by_root|by_user] [NSPAWN-OPTION]...
  given_machine n1 "${@:3}"
  "${1:-given_global_npm}" toy
  "${2:-by_root}"
  given_adopted
}

given_adopted() { # the node knows itself
  given_fast_profile "$settle" "$deadline"
  given_installer
  cp toy-fast.profile.json adopted.json
  when_waybill_install adopt --profile /stick/adopted.json
  then_ok
}

when_waybill_install() { when "${installer[@]}" waybill-install "$@"; } # unlike when_waybill: whoever has adopted
when_apply() { when_waybill_install apply "/stick/$1.waybill" --public /stick/k.pub --yes --accept-unvalidated "${@:2}"; } # VERSION
when_back() { when_waybill_install rollback "$@"; }
applying() { # VERSION [OPTION]...: in $acting, for those who do more than wait for it
  acting=(waybill-install apply "/stick/$1.waybill" --public /stick/k.pub --yes --accept-unvalidated "${@:2}")
}
act() { # FILTER: over the history, which may be empty
  if there test -e "$records/acts"; then "${installer[@]}" waybill-install history --json; else echo '{"acts":[]}'; fi | jq -c "$1"
}
last() { act ".acts | last | $1"; }                                     # FILTER: of the newest act
step_now() { # step and outcome of the newest record
  local record
  record=$(newest_record)
  [[ ! $record ]] || jq -r '.step + " " + (.outcome // "")' "$record"
}
newest_record() {
  local all=("$(node files "$machine")$records"/acts/[0-9]*.json)
  [[ ! -e ${all[-1]} ]] || echo "${all[-1]}"
}

# ---- OpenClaw -----------------------------------------------------------------------------------------------------------

given_old_openclaw() { # PLUGIN...: 2026.3.13 runs, as npm left it, under the unit that it writes itself: without WorkingDirectory
  choose openclaw
  core=/usr/lib/node_modules/openclaw command=/usr/bin/openclaw
  place_interpreter /usr/bin/node
  place_core old "$core"
  there ln -sfn "../lib/node_modules/openclaw/openclaw.mjs" "$command"
  place_plugins "$@"
  given_unit "$interpreter $core/dist/index.js gateway --port $port"
  given_no_directory
  when_started
  then_ready 300
}

judged='"service", "port", "listening", "load", "plugin"' # by which gates; each `openclaw` that one starts takes its time
given_openclaw_adopted() { # [FILTER]: by what the filter makes of the built-in profile, with $judged and short waits; ./short.json
  jq ".gates |= map(select(.name | IN($judged)))" "$tests/../manifest/profiles/openclaw.json" |
    jq '.gates |= map(.deadline = 200 | if .settle then .settle = 3 else . end)'" | ${1:-.}" >short.json
  by_root
  given_installer
  when_waybill_install adopt --profile /stick/short.json
  then_ok
}

given_openclaw_bundle() { # NAME OPTION...: ./NAME.waybill of these trees
  [[ -e k.key ]] || given_keys
  "$WAYBILL" capture --name openclaw --release "$new" --profile short.json --level 1 --key k.key --output "$1.waybill" \
    --sequence "$((++released))" --unvalidated test "${@:2}"
}

# ---- what must be so --------------------------------------------------------------------------------------------------

then_last() { then_equal "$(last "$1")" "$2" "$1 of the newest act"; } # FILTER VALUE
then_held() { there test -e "$records/hold" || fail "nothing holds the service"; }

# Between acts: no marker, timer, worker, half a file; no slot but of a restore point or a failure capsule.
then_nothing_is_left() {
  there test ! -e "$records/hold" || fail "the marker is still there"
  then_equal "$(act '[.acts[] | select((.outcome // "") == "")] | length')" 0 "unfinished acts"
  then_equal "$(our_units)" '' "units of ours that still run"
  then_equal "$(there pgrep -x waybill-install || true)" '' "processes of ours"
  then_equal "$(there find "$records" -name '.new-*')" '' "half-written records"
  local slot
  for slot in $(slots); do
    then_equal "$(act ".acts[] | select(.number == $((10#${slot##*/}))) | .outcome == \"committed\" or .capsule == true")" true "$slot is needed"
  done
}
our_units() {
  there systemctl list-units --all --plain --no-legend 'waybill-*.scope' 'waybill-recover-*' | awk '$3 != "inactive"'
  [[ $by == root ]] || node user "$machine" "$by" systemctl --user list-units --all --plain --no-legend 'waybill-*.scope' 'waybill-recover-*' | awk '$3 != "inactive"'
}
slots() { there find "${places[@]}" -xdev -path "*/.waybill/$app/[0-9]*" -prune -print 2>/dev/null || true; }
places=(/etc /home /opt /root /run /srv /usr/bin /usr/lib/node_modules /usr/lib/.waybill /usr/local /var/lib) # where anything of ours could be

then_unchanged_since() { then_same_text "$(state_now)" "$1" "the node"; } # WHAT: of state_now
state_now() { # what a release and a person have: program, plugins, state, configuration, units
  there find "$core" "$extensions" "$state/$app.json" "$state/data" "$state/credentials" /etc/systemd/system /home/claw/.config/systemd \
    -not -name .waybill -type f -not -path '*/waybill-*' -exec sha256sum {} + 2>/dev/null | sort -k 2 || true
}
then_same_text() { # HAVE WANT WHAT
  diff <(echo "$2") <(echo "$1") && return
  fail "$3 is not as it was"
}

schema() { there jq -r .schema "$state/data/state.json"; }
main_pid() { property MainPID; }
