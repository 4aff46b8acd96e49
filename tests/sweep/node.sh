# node.sh - a small node in a directory, and what must be true of it after a cut. Sourced by sweep.sh.
#
# ./node is the root that the installer is confined to; what changes in it lies in $changing. A state of it is kept as
# kept/NAME and taken up again by fresh NAME. A service runs there (toy.c), started and stopped by its own commands.
changing="etc opt root run var srv"
records=node/var/lib/waybill/toy/acts

bundle_of() { # VERSION: VERSION.waybill: two components, a link between them, a link, files
  local v=$1 before=()
  rm -rf app plugins
  mkdir -p app/lib plugins/hello
  echo "{\"name\":\"toy\",\"version\":\"$v\"}" >app/package.json
  echo "{\"name\":\"hello\",\"version\":\"$v\"}" >plugins/hello/package.json
  echo "$v" | tee app/main.js "app/lib/only-$v" >plugins/hello/index.js
  [[ $v != 9.* ]] || : >app/sick
  ln -s main.js app/link
  ln -s ../../app plugins/hello/host
  [[ ! ${newest:-} ]] || before=(--after "$newest")
  "$WAYBILL" capture --name toy --release "$v" --profile toy.profile --core app --plugin hello=plugins/hello --key k.key \
    --unvalidated "a sweep" --output "$v.waybill" "${before[@]}" >said 2>&1 || { cat said; exit 1; }
  newest=$v.waybill
}

given_root() { # the programs, a place for what changes, what release 0 left
  "$WAYBILL" keygen --secret k.key --public k.pub --no-passphrase >said
  cp "$here/toy.profile" .
  for v in 1.0.0 2.0.0 3.0.0 9.0.0; do bundle_of "$v"; done
  mkdir -p node/{bin,dev,proc,stick,srv/opt} node/{etc/waybill/keys,opt,run,srv,var/lib,var/cache/toy,root/.toy/data,root/.toy/credentials}
  mknod -m 666 node/dev/null c 1 3
  cp "$INSTALL" node/bin/waybill-install
  cp "$SWEEP/toy" node/bin/
  mv ./*.waybill k.pub node/stick/
  cp node/stick/k.pub node/etc/waybill/keys/
  cp toy.profile node/etc/
  cp "$here/site.json" node/etc/waybill/
  mount --bind "$PWD/node" node
  mount -t proc proc node/proc
}

given_service() { # release 0.9, as somebody installed it by hand
  mkdir -p node/opt/toy/app node/opt/toy/plugins/hello
  echo 0.9.0 | tee node/opt/toy/app/main.js node/opt/toy/plugins/hello/index.js >node/root/.toy/data/release
  echo '{"name":"toy","version":"0.9.0"}' >node/opt/toy/app/package.json
  ln -s ../../app node/opt/toy/plugins/hello/host
  echo SECRET=1 >node/opt/toy/app/.env
  echo token >node/root/.toy/credentials/token
  printf '{\n  // by hand\n  "plugins": {"hello": {"version": "0.9.0"}}\n}\n' >node/root/.toy/toy.json
  chroot node /bin/toy start
}

# ---- states ---------------------------------------------------------------------------------------------------------------

stop_service() { if [[ -e node/run/toy/pid ]]; then chroot node /bin/toy stop || true; fi; }

keep() { # NAME
  mkdir -p "kept/$1"
  (cd node && cp -a $changing "../kept/$1/")
}

fresh() { # NAME
  stop_service
  (cd node && rm -rf $changing)
  cp -a "kept/$1/." node/
  if [[ -e node/run/toy/pid ]]; then
    rm node/run/toy/pid
    tail -n 1 node/run/toy/starts >starts && cp starts node/run/toy/starts
    chroot node /bin/toy serve
  fi
}

listing_of() { # DIR...: kind, mode, target and content of everything
  (cd node && find "$@" \( -type f -printf '%p\t%y\t%m\n' \) -o -printf '%p\t%y\t%m\t%l\n' 2>/dev/null | sort
    find "$@" -type f -print0 2>/dev/null | sort -z | xargs -0r sha256sum)
}

# What an act that was undone after a start keeps: what the failed release wrote.
capsules() { grep -ls '"capsule":true' $records/*.json | sed 's,.*/,,; s,\.json,,' | paste -sd'|'; }

# Everything but the records and room for them, and local files in stored trees, where a rollback puts those of its time
# anew; the numbers of acts do not matter.
node_now() {
  local kept
  kept=$(capsules)
  listing_of $changing | grep -Ev -e 'waybill/toy/(acts|reserve)' -e '(^|  )srv/var' -e '\.waybill/.*/\.env([[:space:]]|$)' -e '^run|  run/' -e "root/\.waybill/toy/(${kept:-none})([/	]|\$)" |
    sed -E 's,/\.waybill/toy/[0-9]{6},/.waybill/toy/N,g'
}

component_now() { listing_of "$1" | grep -v '/\.env' || true; }

outcome() { # NAME
  node_now >"outcome.$1"
  local c
  for c in app plugins/hello; do component_now "$place/$c" >"outcome.$1.${c##*/}"; done
}

# ---- what must be so --------------------------------------------------------------------------------------------------------

wrong() { echo "WRONG $case $where: $*" >>failures; return 1; }

components_are_whole() { # each the old tree or the new one
  local c
  for c in app plugins/hello; do
    component_now "$place/$c" >now
    cmp -s now "outcome.old.${c##*/}" || cmp -s now "outcome.new.${c##*/}" || wrong "$c is neither old nor new" || return
  done
}

node_is() { # OUTCOME...: says which
  local name
  node_now >now
  for name; do cmp -s now "outcome.$name" && found=$name && return; done
  wrong "the node is not $*: $(diff "outcome.$1" now | grep -m 3 '^[<>]' | tr '\n' '|')"
}

service_is_well() {
  [[ $place == opt/toy ]] || return 0
  chroot node /bin/toy status || wrong "the service is down" || return
  ! grep -h mixed node/run/toy/starts >said || wrong "started from a mixture: $(cat said)" || return
  [[ $(tail -n 1 node/run/toy/starts) == $(cat node/opt/toy/app/main.js) ]] || wrong "the service is not that of the trees"
}

records_are_whole() {
  local open
  open=$(grep -Ls '"outcome":"' $records/*.json) || true
  [[ -z $open ]] || wrong "no outcome: $open"
}
