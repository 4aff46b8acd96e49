# secrets.sh - private matter stays at home: capture names every file that holds some and writes nothing. No key and no token
# stands here; they are made or put together when the stories run.
. "$(dirname "$0")/../lib.sh"

drawn() { # SEED COUNT: letters and digits as if drawn by lot, always the same
  printf %s "$1" | sha512sum | cut -c -128 | base64 -w 0 | tr -d '+/=' | cut -c "-$2"
}

joined() { local IFS=; echo "$*"; } # PART...: in one word

when_capturing_app() { when_capturing --core app --output b.waybill "$@"; }

then_only_these_are_told() { # COUNT LINE...: and nothing is written
  then_refused
  then_says "$1 files hold private matter" "${@:2}"
  then_equal "$(grep -c '^  ' "$scratch/stderr")" "$1" "lines"
  then_absent b.waybill
  then_equal "$(find . -maxdepth 1 -name '.b.waybill*')" "" "left behind"
}

scenario_keys_that_this_machine_makes() {
  given_app 1
  local expected=()
  "$WAYBILL" keygen --secret app/open.key --public app/open.pub --no-passphrase
  "$WAYBILL" keygen --secret app/sealed.key --public app/sealed.pub <<<"a passphrase"
  expected+=("core/open.key: a minisign secret key" "core/sealed.key: a minisign secret key")
  if command -v minisign >/dev/null; then
    minisign -G -W -p app/m.pub -s app/m.key >/dev/null
    expected+=("core/m.key: a minisign secret key")
  fi
  if ssh-keygen -q -t ed25519 -N '' -f app/id_ed25519; then # it wants a user with a name
    ssh-keygen -q -t rsa -b 2048 -N word -f app/lib/id_rsa
    expected+=("core/id_ed25519: an OpenSSH private key" "core/lib/id_rsa: an OpenSSH private key")
  fi
  if command -v openssl >/dev/null; then
    openssl genpkey -algorithm ed25519 -out app/ed.pem
    openssl genrsa -out app/rsa.pem 2048 2>/dev/null
    openssl genrsa -traditional -out app/rsa1.pem 2048 2>/dev/null
    openssl ecparam -genkey -name prime256v1 -noout -out app/ec.pem
    openssl pkcs8 -topk8 -in app/ed.pem -passout pass:word -out app/sealed.pem
    jq -Rs '{private_key: .}' app/ec.pem >app/account.json
    openssl pkey -in app/ed.pem -pubout -out app/public.pem
    expected+=("core/ed.pem: a private key (PEM)" "core/rsa.pem: a private key (PEM)" "core/rsa1.pem: a private key (PEM)"
      "core/ec.pem: a private key (PEM)" "core/sealed.pem: an encrypted private key (PEM)"
      "core/account.json: a private key (PEM)")
  fi
  when_capturing_app
  then_only_these_are_told ${#expected[@]} "${expected[@]}"
}

given_tokens() { # one of each kind, in files of the core
  given_app 1
  joined "token = '" gh p_ "$(drawn a 36)" "'" >app/github.js
  joined gl pat- "$(drawn b 20)" >app/gitlab
  joined np m_ "$(drawn c 36)" >app/npm
  joined xo xb- 271828182845- 3141592653589- "$(drawn d 24)" >app/slack
  joined "[x]\nid=" AK IA "$(drawn e 90 | tr -cd 'A-Z2-7' | cut -c -16)" $'\nsecret=' "$(drawn f 40)" >app/aws
  joined "https://x.test/?key=" AI za "$(drawn g 35)" "&q=1" >app/google
  joined sk- ant- api03- "$(drawn h 95)" >app/anthropic
  joined '{"botToken":"' 7381920465: AA "$(drawn i 33)" '"}' >app/telegram.json
  joined sk _live_ "$(drawn j 24)" >app/lib/stripe
  joined hf _ "$(drawn k 34)" >app/hf
}

scenario_tokens_of_every_kind() {
  given_tokens
  when_capturing_app
  then_only_these_are_told 10 "core/github.js: a GitHub token" "core/gitlab: a GitLab token" "core/npm: an npm token" \
    "core/slack: a Slack token" "core/aws: an AWS access key with its secret" "core/google: a Google API key" \
    "core/anthropic: an Anthropic key" "core/telegram.json: a Telegram bot token" "core/lib/stripe: a Stripe key" \
    "core/hf: a Hugging Face token"
}

scenario_files_that_are_made_for_secrets() {
  given_app 1
  mkdir -p app/.docker app/deploy
  echo "//npm.acme.test/:_authToken=$(drawn a 30)" >app/.npmrc
  echo "machine acme.test login joe password $(drawn b 12)" >app/.netrc
  echo "https://joe:$(drawn c 12)@acme.test" >app/.git-credentials
  echo "SESSION_SECRET=$(drawn d 24)" >app/deploy/prod.env
  echo "{\"auths\":{\"r\":{\"auth\":\"$(drawn e 16)\"}}}" >app/.docker/config.json
  when_capturing_app
  then_only_these_are_told 5 "core/.npmrc: an npm token or password" "core/.netrc: a password of .netrc" \
    "core/.git-credentials: a password of git" "core/deploy/prod.env: a secret of the environment" \
    "core/.docker/config.json: a password of a registry"
}

scenario_a_token_at_the_end_of_a_large_file() {
  given_app 1
  head -c 40000000 /dev/zero >app/large
  joined gh p_ "$(drawn a 36)" >>app/large
  when_capturing_app
  then_only_these_are_told 1 "core/large: a GitHub token"
}

scenario_more_than_can_be_shown_are_counted() {
  given_app 1
  local i
  for i in $(seq 25); do joined gh p_ "$(drawn "$i" 36)" >"app/t$i"; done
  when_capturing_app
  then_refused
  then_says "25 files hold private matter" "core/t1: " "  ..."
  then_absent b.waybill
}

scenario_one_that_is_accepted_lets_no_other_through() {
  given_keys
  given_app 1
  rm plugins/hello/host
  cp k.key app/lib/demo.key
  cp k.key app/lib/other.key
  mkdir plugins/hello/lib
  cp k.key plugins/hello/lib/demo.key
  local both=(--plugin hello=plugins/hello)
  when_capturing_app "${both[@]}"
  then_only_these_are_told 3 "core/lib/demo.key: " "core/lib/other.key: " "hello/lib/demo.key: "
  when_capturing_app "${both[@]}" --accept-secret core/lib/demo.key
  then_only_these_are_told 2 "core/lib/other.key: " "hello/lib/demo.key: "
  when_capturing_app "${both[@]}" --accept-secret core/lib/demo.key --accept-secret hello/lib/demo.key
  then_only_these_are_told 1 "core/lib/other.key: "
  rm app/lib/other.key
  when_capturing_app "${both[@]}" --accept-secret core/lib/demo.key --accept-secret hello/lib/demo.key --key k.key
  then_ok
  when_installing b.waybill
  cmp k.key edge/opt/demo/app/lib/demo.key
}

scenario_a_name_of_a_component_is_not_a_directory_of_another() {
  given_keys
  given_app 1
  rm plugins/hello/host
  mkdir app/hello
  cp k.key app/hello/demo.key
  cp k.key plugins/hello/demo.key
  when_capturing_app --plugin hello=plugins/hello --accept-secret hello/demo.key
  then_only_these_are_told 1 "core/hello/demo.key: "
}

scenario_nothing_like_it_is_accepted() {
  given_keys
  given_app 1
  cp k.key app/lib/demo.key
  local near
  for near in core core/lib 'core/lib/*' core/lib/demo.ke core/lib/demo.keys hello/lib/demo.key core//lib/demo.key demo.key; do
    when_capturing_app --accept-secret "$near"
    then_only_these_are_told 1 "core/lib/demo.key: "
  done
}

scenario_what_is_left_out_is_no_matter() {
  given_keys
  given_app 1
  cp k.key app/lib/demo.key
  cp k.key app/node.local
  echo '{"name":"demo","local":["*.local"]}' >profile.json
  when_capturing_app --exclude '*.key' --profile profile.json
  then_ok
}

scenario_talk_of_keys_and_tokens_is_not_told() {
  given_app 1
  mkdir -p app/docs app/node_modules/ssh2/test/fixtures
  local key="PRIVATE KEY"
  {
    echo "Put your token into .npmrc: //registry.acme.test/:_authToken=\${NPM_TOKEN}"
    joined "A token looks like " gh p_ xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
    joined "or " sk- ant- api03-... " or " AK IA IOSFODNN7EXAMPLE
    printf -- '-----BEGIN RSA %s-----\nKh9NV...\n...\n-----END RSA %s-----\n' "$key" "$key"
  } >app/docs/README.md
  echo "if (text.startsWith('-----BEGIN $key-----')) throw new Error('that is a key')" >app/lib/check.js
  echo "password = process.env.DB_PASSWORD; // never write a password, a secret or a token here" >app/lib/env.js
  printf 'TELEGRAM_BOT_TOKEN=\nAPI_KEY=your-key-here\nPORT=8080\n' >app/.env.example
  echo 'registry=https://registry.acme.test/' >app/.npmrc
  echo 'TOKEN=${TOKEN}' >app/.env
  "$WAYBILL" keygen --secret k.key --public app/k.pub --no-passphrase
  cp k.key app/node_modules/ssh2/test/fixtures/id
  when_capturing_app
  then_ok
}

finish
