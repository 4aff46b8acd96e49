# manager.sh - the words of stories about a service of systemd, with a stand-in for systemd (tests/manager): quick, anywhere that
# root may mount, and able to fail as no real one does when asked. A story sources this instead of lib.sh.
# shellcheck disable=SC2034,SC2154 # variables are for stories, and from lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/service.sh"
manager=$tests/manager

given_stand_in() { # in front of this machine's programs; a group of control is really made
  mkdir manager
  touch manager/log
  mkfifo manager/ask manager/told
  group=$(findmnt -f -n -o TARGET -t cgroup2 || true)
  [[ $(findmnt -f -n -o TARGET -t cgroup -O name=systemd) != ?* ]] || group=$(findmnt -f -n -o TARGET -t cgroup -O name=systemd)
  group=${group:?no hierarchy of control groups is mounted}/waybill-story-$$-$RANDOM
  mkdir -p "$group/toy.service" 2>/dev/null || skip "groups of control cannot be made here"
  echo "$group/toy.service" >manager/group
  echo "$PWD/manager" >etc/manager
  mount -t overlay -o "lowerdir=$manager:/usr/bin" none /usr/bin 2>/dev/null || skip "an overlay of /usr/bin cannot be mounted here"
  trap end_stand_in EXIT
  "$manager/manager" &
  standing_in=$!
}

end_stand_in() {
  umount -l /usr/bin
  kill "$standing_in" "$(cat "$scratch/here/manager/pid")" 2>/dev/null || true
  end_machine
  for _ in {1..50}; do ! rmdir "$group/toy.service" "$group" 2>/dev/null || break; sleep 0.02; done
}

given_toy_of() { # VERSION: ./toy, a program that a unit starts; it listens on a port
  given_program "$1"
  echo '{"id": "hello"}' >toy/plugins/hello/hello.json
  cat >toy/app/main.pl <<'END'
use IO::Socket::INET;
use FindBin '$Bin';
sub content { open(my $f, '<', $_[0]) or return ''; my $text = <$f>; chomp $text; $text }
$| = 1;
my $version = content("$Bin/lib/main.js");
print "toy $version begins\n";
exit 1 if -e "$Bin/quits";
print "ERROR plugin hello is of another release\n" if $version ne content("$Bin/../plugins/hello/index.js");
print "ERROR out of sorts\n" if -e "$Bin/grumbles";
my $port = IO::Socket::INET->new(Listen => 5, LocalAddr => '0.0.0.0', LocalPort => 18789, ReuseAddr => 1) unless -e "$Bin/deaf";
print "ready\n";
sleep 1 while 1;
END
}

given_profile() { # GATES
  jq -n --arg here "$PWD" --argjson gates "$1" '{name: "toy", scheme: "semver", listen: {default: 18789, option: "--port"}, interpreters: ["perl"],
    variables: [{name: "state", default: ($here + "/state")}], processes: ["/opt/app/main\\.pl$"],
    core: {package: "toy", entries: ["main.pl"], places: [$here + "/opt/app"], wrappers: []},
    plugins: {marker: "hello.json", places: [$here + "/opt/plugins/*"]},
    units: ["toy.service"], state: [{class: "restore", path: "${state}/data"}], caches: [$here + "/cache"],
    gates: $gates}' >profile.json
}

gates='[{"name": "runs", "kind": "service", "deadline": 5, "settle": 1},
  {"name": "process", "kind": "process", "deadline": 5},
  {"name": "port", "kind": "port", "port": 18789, "deadline": 5},
  {"name": "asked", "kind": "command", "argv": ["cat", "${core}/package.json"], "expect": ["/name = toy", "exit = 0"], "deadline": 5},
  {"name": "again", "kind": "no-worse", "deadline": 5},
  {"name": "ready", "kind": "log-present", "match": "^ready", "against": "^stopped", "deadline": 5, "settle": 1},
  {"name": "quiet", "kind": "log-absent", "match": "^ERROR", "settle": 2}]'

given_unit() { # release 1.0.0 runs as toy.service
  given_machine
  kill "$(cat pid)" && rm pid
  given_stand_in
  given_profile "${1:-$gates}"
  given_toy_of 1.0.0
  rm -rf opt && cp -a toy opt
  mkdir -p etc/systemd/system
  printf '[Service]\nExecStart=%s %s/opt/app/main.pl\nWorkingDirectory=/\n' "/usr/bin/perl" "$PWD" >etc/systemd/system/toy.service
  systemctl daemon-reload && systemctl start -- toy.service
  rm etc/waybill/site.json
}

given_adopted() { # [GATES]
  given_unit "$@"
  when_asking adopt --profile profile.json
  then_ok
}

given_release() { # VERSION [FLAW [OPTION]...]: VERSION.waybill
  given_toy_of "$1"
  [[ ! ${2-} ]] || touch "toy/app/$2"
  "$WAYBILL" capture --name toy --release "$1" --profile profile.json --core toy/app --plugin hello=toy/plugins/hello \
    --key k.key --unvalidated test --output "$1.waybill" --sequence "${1%%.*}" "${@:3}"
}

when_upgrading() { given_release "$@" && when_going_to "$1"; }

then_unit_runs() { # VERSION: trees and process are of it, and nothing holds it
  then_equal "$(cat opt/app/lib/main.js opt/plugins/hello/index.js | paste -sd' ')" "$1 $1" "the trees"
  then_equal "$(grep begins manager/log)" "toy $1 begins" "what started last"
  kill -0 "$(cat manager/pid)" || fail "the service is down"
  then_absent var/waybill/toy/hold
}
