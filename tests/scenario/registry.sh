# registry.sh - a bundle in a registry: an artifact of layers that any registry keeps, and skopeo copies.
. "$(dirname "$0")/../lib.sh"
. "$tests/reach.sh"

given_in_registry() { # RELEASE: $place
  given_registry
  given_large "$1"
  place=oci://$registry/apps/demo
  pushing "$1.waybill" "$place:$1" --plain-http
  then_ok
}

scenario_a_bundle_is_pushed_and_pulled() {
  given_in_registry 1
  pulling "$place:1" --plain-http
  then_ok
  then_got 1.waybill
  "$WAYBILL" verify got.waybill --public k.pub >/dev/null
}

scenario_blocks_that_are_there_are_not_sent_or_fetched_again() {
  given_in_registry 1
  cp 1.waybill got.waybill
  given_large 2 --after 1.waybill
  pushing 2.waybill "$place:2" --plain-http --json
  then_ok
  (($(jq .sent "$scratch/stdout") < 2000000)) || fail "sent $(jq .sent "$scratch/stdout") bytes"
  pulling "$place:2" --plain-http --json
  then_ok
  then_got 2.waybill
  (($(fetched) < 2000000)) || fail "fetched $(fetched) bytes"
}

scenario_by_digest() {
  given_in_registry 1
  local digest
  digest=sha256:$(curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$registry/v2/apps/demo/manifests/1" |
    sha256sum | cut -d ' ' -f 1)
  pulling "$place@$digest" --plain-http
  then_ok
  then_got 1.waybill
  pulling "$place@sha256:$(printf '0%.0s' {1..64})" --plain-http
  then_system
}

scenario_skopeo_copies_it_across_a_gap() {
  needs skopeo
  given_in_registry 1
  skopeo copy --src-tls-verify=false "docker://$registry/apps/demo:1" oci:stick:demo-1
  end_servers
  servers=()
  rm -rf blobs
  given_registry
  skopeo copy --dest-tls-verify=false oci:stick:demo-1 "docker://$registry/mirror/demo:1"
  pulling "oci://$registry/mirror/demo:1" --plain-http
  then_ok
  then_got 1.waybill
}

scenario_with_name_and_password() {
  needs htpasswd
  htpasswd -Bbn me secret >passwords
  given_registry "auth: {htpasswd: {realm: here, path: $PWD/passwords}}"
  given_large 1
  place=oci://$registry/apps/demo
  pushing 1.waybill "$place:1" --plain-http
  then_system
  then_says "the server says 401"
  printf '{"auths":{"%s":{"auth":"%s"},"example.org":{"auth":"AAAA"}}}' "$registry" "$(printf me:secret | base64)" >auth.json
  pushing 1.waybill "$place:1" --plain-http --auth-file auth.json
  then_ok
  pulling "$place:1" --plain-http --auth-file auth.json
  then_ok
  then_got 1.waybill
  echo "machine 127.0.0.1 login me password secret" >netrc
  rm got.waybill
  pulling "$place:1" --plain-http --netrc netrc
  then_ok
  then_got 1.waybill
}

given_tokens() { # a registry that wants tokens, and who gives them to me:secret
  needs openssl
  local port
  port=$(free_port)
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout token.key -out token.pem -subj "/CN=tokens" 2>/dev/null
  given_server "$port" python3 "$tests/reach/tokens.py" "$port" token.key token.pem
  tokens=127.0.0.1:$port
  given_registry "auth: {token: {realm: \"http://$tokens/token\", service: ours, issuer: ours, rootcertbundle: $PWD/token.pem}}"
}

scenario_with_a_token() {
  given_tokens
  given_large 1
  place=oci://$registry/apps/demo
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf me:secret | base64)" >auth.json
  pushing 1.waybill "$place:1" --plain-http
  then_system
  pushing 1.waybill "$place:1" --plain-http --auth-file auth.json
  then_ok
  pulling "$place:1" --plain-http --auth-file auth.json
  then_ok
  then_got 1.waybill
}

scenario_tokens_are_never_those_of_another() { # a registry that names another's token server is given none of its tokens
  given_tokens
  given_large 1
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$tokens" "$(printf me:secret | base64)" >auth.json
  pushing 1.waybill "oci://$registry/apps/demo:1" --plain-http --auth-file auth.json
  then_system
  then_says "the server says 401"
  echo "machine 127.0.0.1 login me password secret" >netrc
  pushing 1.waybill "oci://$registry/apps/demo:1" --plain-http --netrc netrc
  then_system
  then_says "the server says 401"
}

scenario_an_image_is_no_bundle() {
  needs skopeo
  given_in_registry 1
  mkdir -p image/blobs/sha256
  skopeo copy --src-tls-verify=false "docker://$registry/apps/demo:1" oci:image:1
  local manifest
  manifest=$(jq -r '.manifests[0].digest | ltrimstr("sha256:")' image/index.json)
  jq -c '.artifactType = "application/vnd.example.thing"' "image/blobs/sha256/$manifest" >other
  curl -sf -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @other \
    "http://$registry/v2/apps/demo/manifests/other"
  pulling "$place:other" --plain-http
  then_format
  then_says "is no bundle: its artifactType is application/vnd.example.thing"
}

scenario_a_layer_that_was_exchanged_is_refused() {
  given_in_registry 1
  local manifest layers
  curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$registry/v2/apps/demo/manifests/1" >manifest
  jq -c '.layers |= (.[0:-2] + [.[-1], .[-2]])' manifest >other
  curl -sf -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @other \
    "http://$registry/v2/apps/demo/manifests/other"
  pulling "$place:other" --plain-http
  then_format
  then_got_nothing
}

scenario_names_are_checked() {
  given_large 1
  local place
  for place in oci://host oci://host/ oci:///name:1 oci://host/NAME:1 "oci://host/name:a b" oci://host/name@sha256:12 ftp://host/x; do
    pushing 1.waybill "$place"
    then_status 2
  done
}

finish
