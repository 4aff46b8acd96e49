# reach-ways.sh - certificates, passwords and proxies on the way to a mirror, and what is sent there.
. "$(dirname "$0")/../lib.sh"
. "$tests/reach.sh"

given_certificate() { # for 127.0.0.1, of an authority of our own
  needs openssl
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj "/CN=ours" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -keyout tls.key -out tls.csr -subj "/CN=127.0.0.1" 2>/dev/null
  openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out tls.pem \
    -extfile <(echo "subjectAltName=IP:127.0.0.1") 2>/dev/null
  safe_port=$(free_port)
  tls=("listen 127.0.0.1:$safe_port ssl;" 'ssl_certificate tls.pem;' 'ssl_certificate_key tls.key;')
}

scenario_only_who_is_vouched_for_is_believed() {
  given_certificate
  given_mirror "${tls[@]}" "location /down/ { return 302 http://127.0.0.1:$safe_port/; }"
  given_large 1
  cp 1.waybill www/x.waybill
  pulling "https://127.0.0.1:$safe_port/x.waybill"
  then_system
  then_says certificate
  then_got_nothing
  pulling "https://127.0.0.1:$safe_port/x.waybill" --ca-file ca.pem
  then_ok
  then_got 1.waybill
  rm got.waybill
  pulling "https://127.0.0.1:$safe_port/down/x.waybill" --ca-file ca.pem
  then_system
  then_got_nothing
}

scenario_a_registry_with_https_leads_to_nobody_without() {
  given_certificate
  given_mirror "${tls[@]}" 'location /v2/tokens/ { add_header WWW-Authenticate "Bearer realm=\"http://127.0.0.1:1/\"" always; return 401; }' \
    'location = /v2/demo/blobs/uploads/ { add_header Location http://127.0.0.1:1/up always; return 202; }'
  given_large 1
  pushing 1.waybill "oci://127.0.0.1:$safe_port/tokens/demo:1" --ca-file ca.pem
  then_system
  then_says "for its tokens to http://127.0.0.1:1, which is not https"
  pushing 1.waybill "oci://127.0.0.1:$safe_port/demo:1" --ca-file ca.pem
  then_system
  then_says "the upload to http://127.0.0.1:1/up, which is not https"
}

scenario_a_password_comes_from_the_netrc_file() {
  needs openssl
  given_mirror
  given_large 1
  cp 1.waybill www/x.waybill
  echo "me:$(openssl passwd -apr1 secret)" >passwords
  pulling "$mirror/secret/x.waybill"
  then_system
  then_says "the server says 401"
  echo "machine 127.0.0.1 login me password secret" >netrc
  pulling "$mirror/secret/x.waybill" --netrc netrc
  then_ok
  then_got 1.waybill
}

scenario_a_proxy_is_named_on_the_command_line() {
  needs tinyproxy
  given_mirror
  given_large 1
  cp 1.waybill www/x.waybill
  local port
  port=$(free_port)
  printf 'Port %s\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\nLogFile "%s"\n' "$port" "$PWD/proxy.log" >proxy.conf
  given_server "$port" tinyproxy -d -c proxy.conf
  http_proxy=http://127.0.0.1:1 pulling "$mirror/x.waybill" --proxy "http://127.0.0.1:$port"
  then_ok
  then_got 1.waybill
  grep -q x.waybill proxy.log
}

scenario_a_bundle_is_pushed() {
  given_mirror
  given_large 1
  pushing 1.waybill "$mirror/demo.waybill" --json
  then_ok
  cmp 1.waybill www/demo.waybill
  then_json .sent "$(stat -c %s 1.waybill)"
  given_large 2 --after 1.waybill
  pushing 2.waybill "$mirror/demo.waybill"
  then_ok
  cmp 2.waybill www/demo.waybill
}

scenario_an_older_bundle_takes_no_place_of_a_newer_one() {
  given_mirror
  given_large 1
  given_large 2 --after 1.waybill
  pushing 2.waybill "$mirror/demo.waybill"
  then_ok
  pushing 1.waybill "$mirror/demo.waybill"
  then_refused
  then_says "demo 2 with sequence 2, this is demo 1 with sequence 1"
  cmp 2.waybill www/demo.waybill
  pushing 1.waybill "$mirror/demo.waybill" --replace
  then_ok
  cmp 1.waybill www/demo.waybill
}

scenario_what_is_damaged_is_not_pushed() {
  given_mirror
  given_large 1
  printf X | dd of=1.waybill bs=1 seek=4000000 conv=notrunc status=none
  pushing 1.waybill "$mirror/demo.waybill"
  then_format
  then_absent www/demo.waybill
}

scenario_a_server_that_takes_nothing_says_so() {
  given_mirror 'location /closed/ { dav_methods off; }'
  given_large 1
  pushing 1.waybill "$mirror/closed/demo.waybill"
  then_system
  then_says "the server says 405"
}

scenario_volumes_are_pushed_as_one_bundle() {
  given_mirror
  given_large 1
  mkdir stick
  "$WAYBILL" carry 1.waybill --to stick --volume-size 2M >/dev/null 2>&1
  pushing stick/1.waybill.001 "$mirror/demo.waybill"
  then_ok
  cmp 1.waybill www/demo.waybill
}

finish
