#!/usr/bin/env bash
# Ends the server the hard way and the polite way, and checks that it comes back with what it must remember.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-restart.XXXXXX")
# shellcheck source=src/test/scripts/server.sh
. "$project/src/test/scripts/server.sh"
trap 'end_servers; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_seconds=60
stop_seconds=10

fail() {
  echo "$1" >&2
  tail -n 40 "$work/server.log" >&2
  exit 1
}

# start: a server with the state of the one before, until it is ready.
start() {
  start_weir "$work/server.log" --state "$work/state"
  await "$launched" "$work/server.log" "$start_seconds" answers "$url/v2/health/ready"
}

incarnation() {
  curl --silent --fail --max-time 10 "$url/api/v1/server" | sed -n 's/.*"incarnation": *\([0-9][0-9]*\).*/\1/p'
}

predict() {
  curl --silent --fail --max-time 10 --output /dev/null --data "@$project/examples/requests/iris.v2.json" \
    "$url/v2/models/iris/infer"
}

# is_working: whether it answered a prediction.
is_working() {
  curl --silent --max-time 10 "$url/v2/models/iris/stats" | grep -q '"success":{"count":[1-9]'
}

"$project/weir" version

# Told in a line, not in a stack trace.
status=0
WEIR_JAVA_OPTS=-Dweir.compute.threads=0 timeout "$start_seconds" "$project/weir" serve --state "$work/state" \
  >"$work/server.log" 2>&1 || status=$?
[ "$status" -eq 1 ] || fail "a refused configuration ended it with $status"
grep -q '^  weir.compute.threads must be greater than or equal to 1$' "$work/server.log" ||
  fail 'a refused configuration is not named'
if grep -q '^[[:space:]]at ' "$work/server.log"; then fail 'a refused configuration is told by a stack trace'; fi
echo 'a refused configuration: exit code 1 and a line that names the key and its limit'

start
first=$(incarnation)
[ -n "$first" ] || fail 'the server does not tell its incarnation'
# Killed in the middle of work, not at rest.
for _ in {1..5000}; do predict || break; done &
callers=$!
servers+=("$callers")
await "$launched" "$work/server.log" "$start_seconds" is_working
stop "$launched" "$stop_seconds" KILL
wait "$callers" 2>/dev/null || true
[ "$stopped" -eq 137 ] || fail "kill -9 ended it with $stopped"

start
second=$(incarnation)
[ "$second" -gt "$first" ] || fail "incarnation $first was followed by '$second'"
predict || fail 'no prediction after kill -9'
echo "after kill -9: ready, incarnation $first → $second"

# A client that keeps its connection open must not hold up the end.
exec 3<>"/dev/tcp/127.0.0.1/${url##*:}"
printf 'GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n' >&3
IFS= read -r -t 10 status <&3
[ "${status%$'\r'}" = 'HTTP/1.1 200 OK' ] || fail "an open connection was answered: $status"
before=$SECONDS
stop "$launched" "$stop_seconds" TERM || fail "the server did not end within $stop_seconds s after SIGTERM"
exec 3>&-
case $stopped in
  0 | 143) ;;
  *) fail "SIGTERM ended it with $stopped" ;;
esac
echo "after SIGTERM: exit code $stopped in $((SECONDS - before)) s"

start
# Who was admitted is answered; who comes later is refused.
port=${url##*:}
body='{"instances":[[5.1,3.5,1.4,0.2]]}'
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'POST /v1/models/iris:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n' "${#body}" >&3
in_flight() {
  curl --silent --max-time 10 "$management/q/metrics" | grep -q '^weir_in_flight 1'
}
await "$launched" "$work/server.log" "$start_seconds" in_flight
kill -s TERM "$launched"
refuses() {
  [ "$(curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' "$url/v2/health/ready")" = 503 ]
}
await "$launched" "$work/server.log" "$stop_seconds" refuses
predict && fail 'a server that drains took a new request'
printf '%s' "$body" >&3
IFS= read -r -t 10 status <&3 || true
[ "${status%$'\r'}" = 'HTTP/1.1 200 OK' ] || fail "a request in flight was answered: $status"
exec 3>&-
stop "$launched" "$stop_seconds" TERM || fail "the server did not end within $stop_seconds s after its last answer"
echo 'while draining: answered what was admitted, refused what came later'

start
third=$(incarnation)
[ "$third" -gt "$second" ] || fail "incarnation $second was followed by '$third'"
predict || fail 'no prediction after SIGTERM'
