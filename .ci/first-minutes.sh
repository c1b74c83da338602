#!/usr/bin/env bash
# Does what a new user does: clones, runs README's first command, and pastes the curl that the server prints.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-first.XXXXXX")
# shellcheck source=src/test/scripts/server.sh
. "$project/src/test/scripts/server.sh"
trap 'end_servers; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

build_seconds=1200
stop_seconds=10

fail() {
  echo "$1" >&2
  sed 's/^/  /' "$work/server.log" >&2
  exit 1
}

git clone --quiet "$project" "$work/new clone"
cd "$work/new clone"

# The first two commands in README's code blocks, as a reader finds them.
commands=$(awk '/^```/ { code = !code; next } code && /^\.\// { print }' README.md | head -n 2)
[ "$commands" = "$(printf './weir serve\n./build verify')" ] ||
  fail "README's first commands are not './weir serve' and './build verify' but: $commands"

free_port
port=$free
free_port
started=$SECONDS
# shellcheck disable=SC2016 # The inner shell expands it.
launch "$work/server.out" \
  env WEIR_JAVA_OPTS="-Dquarkus.http.port=$port -Dquarkus.management.port=$free" \
  sh -c 'exec ./weir serve 2>"$1"' sh "$work/server.log"
await "$launched" "$work/server.log" "$build_seconds" grep -q '^  curl ' "$work/server.log"
echo "from the command to the printed curl: $((SECONDS - started)) s, build included"

grep -q "listens on http://127.0.0.1:$port " "$work/server.log" || fail 'the server does not say where it listens'
pasted=$(sed -n 's/^  \(curl .*\)$/\1/p' "$work/server.log" | head -n 1)
echo "\$ $pasted"
answer=$(bash -c "$pasted")
echo "$answer"
case $answer in
  *'"model_name":'*'"outputs":[{'*) ;;
  *) fail 'the printed curl got no prediction' ;;
esac

export WEIR_SERVER=http://127.0.0.1:$port
./weir status | grep -q 'The server is ready.' || fail './weir status does not call the server ready'
./weir predict iris examples/requests/iris.v2.json | grep -q '"outputs"' || fail './weir predict got no prediction'

stop "$launched" "$stop_seconds" || fail "the server did not end within $stop_seconds s after SIGTERM"
if [ ! -s "$work/server.out" ] || grep -v '^{.*}$' "$work/server.out" >&2; then
  fail 'standard output is not one JSON object a line'
fi
[ -z "$(git status --porcelain)" ] || fail "running the server left files behind: $(git status --porcelain)"
