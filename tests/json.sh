#!/bin/bash
# json.sh [--write] - every document of the two programs against its JSON Schema.
#
# docs/schemas is what the field tables generate (--write makes it anew); every command and every json_print() has a
# document; what the programs print and write in a session of every command is valid; docs/json.md tells of every
# document and field. WAYBILL and INSTALL are the programs, SCHEMAS is where the two generators are; KEEP=DIR keeps
# what was said. Exit status: 0 all so ("ok"), 1 differences, which are shown.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8 NO_COLOR=1
cd "$(dirname "$0")/.."
: "${WAYBILL:=out/waybill}" "${INSTALL:=out/waybill-install}" "${SCHEMAS:=out/tests/schemas}"
WAYBILL=$(realpath "$WAYBILL") INSTALL=$(realpath "$INSTALL")
project=$PWD
. tests/reach.sh
work=$(mktemp -d)
trap 'end_servers; rm -rf "$work"' EXIT
mkdir "$work/schemas" "$work/said" "$work/here"
failed=
count=0

complain() { echo "json.sh: $*" >&2; failed=yes; }
fail() { echo "json.sh: $*" >&2; exit 1; }

# ---- schemas ----------------------------------------------------------------------------------------------------------

generate() { # PROGRAM: $work/schemas/NAME.json; a document of both programs has one schema
	local name schema
	while IFS=$'\t' read -r name schema; do
		jq --tab . <<<"$schema" >"$work/schema"
		[[ ! -e $work/schemas/$name.json ]] || cmp -s "$work/schema" "$work/schemas/$name.json" ||
			complain "the programs do not agree about $name"
		mv "$work/schema" "$work/schemas/$name.json"
	done < <("$SCHEMAS/$1")
}

write() {
	mkdir -p docs/schemas
	rm -f docs/schemas/*.json
	cp "$work"/schemas/*.json docs/schemas/
}

check_commands() { # PROGRAM NAME: its commands are those that documents are found at
	diff -u --label documents --label "$2 --help" \
		<(jq -r .description "$work"/schemas/*.json | grep -oE "\b$2 [a-z]+ --json" | awk '{print $2}' | sort -u) \
		<("$1" --help | sed -n 's/^  \([a-z][a-z-]*\).*/\1/p' | sort) >&2 || complain "commands of $2 and documents"
}

check_printed() { # what is printed by a table is a document
	local shape
	for shape in $(grep -ohE 'json_print\(&[a-z_]+' bundler/*.c installer/*.c manifest/*.c | sed 's/.*&//'); do
		grep -qE "^[[:space:]]+X\(.*, $shape\)" bundler/documents.h installer/documents.h ||
			complain "$shape is printed and in no documents.h"
	done
}

# ---- a session ----------------------------------------------------------------------------------------------------------

says() { # DOCUMENT STATUS COMMAND...: what it prints with --json is such a document
	local status=0 file
	count=$((count + 1))
	file=$(printf '%s/said/%s.%02d.json' "$work" "$1" "$count")
	"${@:3}" --json >"$file" 2>"$work/stderr" || status=$?
	((status == $2)) || {
		complain "status $status, not $2: ${*:3}"
		cat "$file" "$work/stderr" >&2
	}
	[[ $(wc -l <"$file") == 1 ]] || complain "not one line: ${*:3}"
}

keeps() { # DOCUMENT FILE: what a program wrote is such a document
	count=$((count + 1))
	cp "$2" "$(printf '%s/said/%s.%02d.json' "$work" "$1" "$count")"
}

given_release() { # VERSION
	rm -rf app plugins
	mkdir -p app/lib plugins/hello
	echo "{\"name\":\"demo\",\"version\":\"$1\"}" >app/package.json
	echo "{\"name\":\"hello\",\"version\":\"$1\"}" >plugins/hello/package.json
	echo "core $1" >app/lib/core.js
	echo "only in $1" >"app/lib/only-$1.js"
	ln -s lib/core.js app/main.js
	ln -s ../../app plugins/hello/host
}

given_profile() {
	cat >profile.json <<-'END'
	{
	  "name": "demo", "scheme": "semver",
	  "local": ["config.json"], "excluded": ["*.log"], "caches": [], "scanned": ["${home}/plugins"],
	  "units": ["demo.service"], "redactions": ["token=[a-z0-9]+"],
	  "state": [{ "class": "keep", "path": "${home}/sessions" }],
	  "config": [{ "path": "${home}/demo.json", "syntax": "json",
	    "records": [{ "at": "/plugins/hello", "component": "hello", "value": "true" }] }],
	  "dropins": [{ "name": "limits.conf", "unit": "demo.service", "lines": ["[Service]", "MemoryMax=1G"] }],
	  "gates": [
	    { "name": "up", "kind": "service", "deadline": 60, "settle": 5 },
	    { "name": "version", "kind": "command", "argv": ["demo", "--version"], "match": "2", "advisory": true }
	  ]
	}
	END
}

capture() { # VERSION [OPTION]...: capture's words, in $captured
	captured=("$WAYBILL" capture --name demo --release "$1" --output "$1.waybill" --unvalidated test --core app
		--plugin hello=plugins/hello "${@:2}")
}

bundling() {
	says keygen 0 "$WAYBILL" keygen --secret k.key --public k.pub --no-passphrase
	says keygen 0 "$WAYBILL" keygen --secret other.key --public other.pub --no-passphrase
	given_profile
	echo "the first" >notes
	keeps profile profile.json
	given_release 1
	capture 1 --key k.key --profile profile.json --notes notes --origin core=somewhere
	says capture 0 "${captured[@]}"
	given_release 2
	capture 2 --after 1.waybill
	says capture 0 "${captured[@]}"
	says sign 0 "$WAYBILL" sign 2.waybill --key k.key
	says sign 0 "$WAYBILL" sign 2.waybill --key other.key
	cp 2.waybill bad.waybill
	printf x | dd of=bad.waybill bs=1 seek=$(($(stat -c %s bad.waybill) - 1600)) conv=notrunc status=none
	says verify 0 "$WAYBILL" verify 2.waybill --public k.pub --public other.pub --threshold 2
	says verify 4 "$WAYBILL" verify bad.waybill --public k.pub
	says inspect 0 "$WAYBILL" inspect 1.waybill
	says inspect 0 "$WAYBILL" inspect 2.waybill --files
	"$WAYBILL" inventory --profile generic --json | jq -c '.application = "demo"' >desk-inventory
	says desk 0 "$WAYBILL" plan 2.waybill --inventory desk-inventory
	says diff 9 "$WAYBILL" diff 1.waybill 2.waybill
	says diff 9 "$WAYBILL" diff 1.waybill 2.waybill --files
	says diff 0 "$WAYBILL" diff 1.waybill 1.waybill
	mkdir stick
	says carry 0 "$WAYBILL" carry 1.waybill --to stick --public k.pub --volume-size 2K
	rm "$(ls stick/1.waybill.* | tail -n 1)"
	says verify 4 "$WAYBILL" verify stick/1.waybill.001 --public k.pub
	says carry 0 "$WAYBILL" carry 1.waybill --to stick --repair
	reaching
	tar -xOf 1.waybill waybill.json >manifest && keeps manifest manifest
}

reaching() { # a web server of our own
	start_mirror
	says push 0 "$WAYBILL" push 2.waybill "$mirror/x.waybill"
	says pull 0 "$WAYBILL" pull "$mirror/x.waybill" --public k.pub --public other.pub --from 1.waybill
	end_servers
}

on=(--public k.pub --root edge)
targets=(--target core=/opt/demo/app --target hello=/opt/demo/plugins/hello)

installing() {
	mkdir edge
	says inventory 0 "$WAYBILL" inventory
	says inventory 0 "$INSTALL" inventory --root edge --profile generic --unit demo.service
	adopting
	says verify 0 "$INSTALL" verify 1.waybill "${on[@]}"
	says verify 4 "$INSTALL" verify bad.waybill "${on[@]}"
	says status 0 "$INSTALL" status --root edge --name demo
	says plan 0 "$INSTALL" plan 1.waybill "${on[@]}" "${targets[@]}"
	says plan 0 "$INSTALL" plan 1.waybill "${on[@]}" "${targets[@]}" --output plan-1
	keeps plan-file plan-1
	says apply 0 "$INSTALL" apply 1.waybill "${on[@]}" "${targets[@]}" --plan plan-1 --yes
	says history 0 "$INSTALL" history --root edge
	echo '{}' >edge/opt/demo/app/config.json
	says apply 0 "$INSTALL" apply 1.waybill "${on[@]}" --yes
	says stage 0 "$INSTALL" stage 1.waybill "${on[@]}"
	says stage 0 "$INSTALL" stage 2.waybill "${on[@]}"
	says status 0 "$INSTALL" status --root edge
	says stage 0 "$INSTALL" stage --discard --root edge
	says stage 0 "$INSTALL" stage 2.waybill "${on[@]}"
	says apply 0 "$INSTALL" apply --root edge --yes
	says plan 0 "$INSTALL" plan 2.waybill "${on[@]}" --output plan-2
	keeps plan-file plan-2
	says plan 5 "$INSTALL" plan 1.waybill "${on[@]}"
}

looking() {
	says audit 0 "$INSTALL" audit --root edge
	echo changed >>edge/opt/demo/app/lib/core.js
	touch edge/opt/demo/plugins/hello/extra
	says audit 9 "$INSTALL" audit --root edge
	says apply 0 "$INSTALL" apply 2.waybill "${on[@]}" --yes
	says rollback 0 "$INSTALL" rollback --root edge --dry-run
	says rollback 0 "$INSTALL" rollback --root edge
	says checkpoint 0 "$INSTALL" checkpoint --root edge
	says points 0 "$INSTALL" points --root edge
	says points 0 "$INSTALL" points --root edge --pin 3
	says prune 0 "$INSTALL" prune --root edge --days 0 --keep 1 --dry-run
	says prune 0 "$INSTALL" prune --root edge --days 0 --keep 1
	says prune 0 "$INSTALL" prune --root edge
	says recover 0 "$INSTALL" recover --root edge
	says status 0 "$INSTALL" status --root edge --follow
	says report 0 "$INSTALL" report --root edge --to .
	keeps act demo-*-report/act.json
	keeps status demo-*-report/status.json
	keeps history demo-*-report/history.json
}

adopting() { # a machine whose unit starts a program below /opt, seen from outside
	mkdir -p adopted/etc/systemd/system adopted/opt/demo/app
	printf '[Service]\nExecStart=/opt/demo/app/run\n' >adopted/etc/systemd/system/demo.service
	printf 'root:x:0:0::/root:/bin/sh\n' >adopted/etc/passwd
	printf '#!/bin/sh\nexec true "$@"\n' >adopted/opt/demo/app/tool
	cp adopted/opt/demo/app/tool adopted/opt/demo/app/run && printf 'x' >adopted/opt/demo/app/run
	says adopt 0 "$INSTALL" adopt --root adopted --profile generic --unit demo.service --name demo
	jq -cS . adopted/etc/waybill/site.json | tr -d "\n" >site && keeps site site
	says adopt 0 "$INSTALL" adopt --root adopted --profile generic --name demo --undo
}

newest_record() { find edge/var/lib/waybill/demo/acts -name '*.json' | sort | tail -n 1; }

recovering() { # the newest act, as a cut before its commit would have left it
	local record
	record=$(newest_record)
	jq -cS 'del(.outcome, .ended, .proven) | .step = "switch"' "$record" >record
	cat record >"$record"
	says status 0 "$INSTALL" status --root edge
	says history 0 "$INSTALL" history --root edge
	says recover 0 "$INSTALL" recover --root edge
	says history 0 "$INSTALL" history --root edge
	for record in edge/var/lib/waybill/demo/acts/*.json; do keeps act "$record"; done
}

failing() { # one of each kind that can be had
	says error 2 "$WAYBILL" keygen
	says error 2 "$INSTALL" nothing
	says error 3 "$WAYBILL" inspect missing.waybill
	says error 4 "$WAYBILL" inspect profile.json
	says error 6 "$INSTALL" apply 2.waybill --public k.pub --root edge --target core=/elsewhere --yes
	says error 5 "$INSTALL" verify 1.waybill --public other.pub --root edge
	says error 6 "$INSTALL" rollback --root edge --to 999
	echo nonsense >"$(newest_record)"
	says error 8 "$INSTALL" recover --root edge
}

# ---- all ------------------------------------------------------------------------------------------------------------------

generate bundler
generate installer
[[ ${1-} != --write ]] || write
diff -ru docs/schemas "$work/schemas" >&2 || complain 'docs/schemas is not what the tables generate (tests/json.sh --write)'
check_commands "$WAYBILL" waybill
check_commands "$INSTALL" waybill-install
check_printed
cd "$work/here"
bundling
installing
looking
recovering
failing
cd "$project"
[[ ! ${KEEP-} ]] || cp -r "$work/said" "$KEEP"
python3 tests/schemas/check.py "$work/schemas" "$work/said" docs/json.md || failed=yes

[[ ! $failed ]] || exit 1
echo ok
