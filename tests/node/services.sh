# services.sh - releases of the toy for services that are upgraded, good and bad ones; and the hand of a person.
#
# A story sources this instead of fixtures.sh. After choose toy (or a given_ that does it):
#   given_fast_profile [SETTLE] [DEADLINE]        ./toy-fast.profile.json, which when_gates then asks by
#   given_release VERSION [SCHEMA] [TOLD]         ./VERSION.waybill, signed by ./k.key, newer than the one before
#   given_bad_release KIND VERSION [ANSWER]       the same, and what is wrong with it shows once it runs
# The scenario's directory is the machine's /stick. The trees stay in ./release/VERSION/core and /ID.
# shellcheck disable=SC2034 # variables are for stories
. "$(dirname "${BASH_SOURCE[0]}")/fixtures.sh"

released=0

given_fast_profile() { # the toy's, with gates that wait little, and one that asks the toy of each plugin
  jq --argjson settle "${1:-1}" --argjson deadline "${2:-20}" '
    .gates += [{name: "plugin", kind: "command", component: "*", argv: ["${runtime}", "${core}/toy.mjs", "plugins", "list", "--json"],
      expect: ["/plugins/[id=${component}]/status = loaded", "/plugins/[id=${component}]/error absent"]}] |
    .gates |= map(.deadline = $deadline | if .settle then .settle = $settle else . end)
  ' "$here/toy.profile.json" >toy-fast.profile.json
  profile=$PWD/toy-fast.profile.json
}

given_release() {
  given_release_trees "$@"
  capture_release "$1"
}

given_release_trees() { # VERSION [SCHEMA] [TOLD]
  local id
  given_toy_core "$1" "release/$1/core" "${@:2}"
  for id in "${plugins[@]}"; do given_toy_plugin "$id" "$1" "release/$1/$id"; done
}

capture_release() { # VERSION [OPTION]...
  local id options=()
  [[ -e k.key ]] || given_keys
  [[ -e toy-fast.profile.json ]] || given_fast_profile
  for id in "${plugins[@]}"; do options+=(--plugin "$id=release/$1/$id"); done
  "$WAYBILL" capture --name toy --release "$1" --profile toy-fast.profile.json --sequence "$((++released))" --key k.key \
    --core "release/$1/core" "${options[@]}" --output "$1.waybill" --unvalidated test "${@:2}"
}

given_bad_release() { # KIND VERSION [ANSWER]
  case $1 in
    crash) given_release "$2" 1 '{"fail":""}' ;;                           # ends at once, with status 1
    dies) given_release "$2" 1 "{\"exit-after\":\"${3:-20}\"}" ;;          # ends with status 1 after ANSWER seconds
    hangs) given_release "$2" 1 '{"hang":""}' ;;                           # runs well, and ignores SIGTERM
    never-listens) given_release "$2" 1 '{"never-listen":""}' ;;           # active, and takes no port
    migrates) given_release "$2" 2 "{\"exit-after\":\"${3:-0.5}\"}" ;;     # raises the state, which older releases refuse then; ends within the shortest settling
    plugin)                                                                # ready, but the first plugin fails to load
      given_release_trees "$2"
      touch "release/$2/${plugins[0]}/broken"
      capture_release "$2"
      ;;
    *) fail "no bad release is called $1" ;;
  esac
}

# ---- by hand ----------------------------------------------------------------------------------------------------------------

by_hand() { when_logged_in bash -c "$1"; } # what a person types, in one line; $status and what was said as after when_

given_archive() { # NAME DIR: ./NAME.tgz on the stick, as `tar -czf` makes it
  tar -C "$2" -czf "$1.tgz" .
}

version_that_answers() { get /version | tail -n 1 | jq -r .version; }
then_answers() { then_ready "${2:-30}" && then_equal "$(version_that_answers)" "$1" "the version that answers"; } # VERSION
then_says_version() { then_equal "$(there "$command" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+(-[0-9]+)?' | head -n 1)" "$1" "$command --version"; }

# ---- Waybill ----------------------------------------------------------------------------------------------------------------

when_waybill() { # COMMAND...
  there test -x /usr/local/bin/waybill-install || given_installer
  when_there waybill-install "$@"
}

when_inventory() { # as text, in $scratch/stdout
  local document=openclaw
  [[ $app == openclaw ]] || { document=/root/toy.profile; put "$document" <"$here/toy.profile.json"; }
  when_waybill inventory --profile "$document"
  then_ok
}
