#!/usr/bin/env bash
# Takes everything from a server whose predictions must be on record before they are answered: kills it under load, kills the
# PostgreSQL that its record is forwarded to, and fills its disk. Then every answer is on record once, here and there, and what
# may be missing is marked. With a number as argument, so many kills.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-kill.XXXXXX")
# shellcheck source=scripts/toolchain.sh
. "$project/scripts/toolchain.sh"
# shellcheck source=src/test/scripts/server.sh
. "$project/src/test/scripts/server.sh"
# shellcheck source=src/test/scripts/install.sh
. "$project/src/test/scripts/install.sh"
# shellcheck source=src/test/scripts/postgres.sh
. "$project/src/test/scripts/postgres.sh"

kills=${1:-5}
start_seconds=60
stop_seconds=20
disk_megabytes=192
python=$(find_python)
load=$project/src/test/log/kill_under_load.py
small_disk=false
whole=true

cleanup() {
  end_servers
  wait
  ! $small_disk || umount "$work/state" || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo "$1" >&2
  tail -n 40 "$work/server.log" >&2
  exit 1
}

mkdir "$work/deployments" "$work/state"
{
  cat "$project/examples/deployments/iris.yaml"
  printf '  log:\n    durability: sync\n    overflow: reject\n'
} >"$work/deployments/iris.yaml"
# A disk of its own, small enough to be filled.
if mount -t tmpfs -o "size=${disk_megabytes}m" tmpfs "$work/state" 2>/dev/null; then small_disk=true; fi

"$project/weir" version
install_postgres
start_postgres

start() {
  WEIR_JAVA_OPTS="-Dweir.predictions.disk-reserve=1M -Dweir.predictions.sinks.db.type=postgresql
    -Dweir.predictions.sinks.db.postgresql.url=$postgres_url -Dweir.predictions.sinks.db.postgresql.user=postgres
    -Dweir.predictions.sinks.db.longest-pause=1s" \
    start_weir "$work/server.log" --state "$work/state" --deployments "$work/deployments"
  await "$launched" "$work/server.log" "$start_seconds" answers "$url/v2/health/ready"
}

touch "$work/answered"
# answered: how many predictions were answered so far.
answered() { wc -l <"$work/answered"; }
# ask SECONDS: predictions in the background, until the server is gone or the time is over; the process is in $callers.
ask() {
  before=$(answered)
  "$python" "$load" ask "$url" "$work/answered" 8 "$1" &
  callers=$!
  servers+=("$callers")
}
# asked: whether some were answered since.
asked() { [ "$(answered)" -gt "$before" ]; }

for ((i = 1; i <= kills; i++)); do
  start
  ask 30
  await "$launched" "$work/server.log" "$start_seconds" asked
  # The database goes in one round and comes back in the middle of the next.
  if [ $((i % 4)) -eq 2 ]; then kill_postgres; fi
  # Not always at the same moment of a commit.
  sleep "0.$((RANDOM % 900 + 100))"
  if [ $((i % 4)) -eq 3 ]; then start_postgres; fi
  stop "$launched" "$stop_seconds" KILL
  wait "$callers" || fail 'the callers failed'
done
[ "$((kills % 4))" -ne 2 ] || start_postgres

start
if $small_disk; then
  ask 6
  await "$launched" "$work/server.log" "$start_seconds" asked
  head -c "${disk_megabytes}M" /dev/zero >"$work/state/ballast" 2>/dev/null || true
  sees_full_disk() {
    curl --silent --max-time 10 --data '{"instances":[[5.1,3.5,1.4,0.2]]}' "$url/v1/models/iris:predict" |
      grep -q '"code":"LOG_\(UNAVAILABLE\|FULL\)"'
  }
  await "$launched" "$work/server.log" 30 sees_full_disk
  rm "$work/state/ballast"
  wait "$callers" || fail 'the callers failed'
  ask 1
  await "$launched" "$work/server.log" 30 asked
  wait "$callers"
  echo 'with a full disk: nothing is answered that is not on record; it recovers by itself'
else
  echo 'A FULL DISK IS NOT TRIED: no file system may be mounted here' >&2
  whole=false
fi

# One caller, one answer after the other, and every system call of the server: each record is synced before its answer leaves.
need strace strace || true
server=$launched
if strace -f -o "$work/trace" true 2>/dev/null; then
  "$python" "$project/src/test/log/traced_answers.py" self-test
  launch "$work/strace.log" strace -f -yy -s 16 -o "$work/trace" \
    -e trace=pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync -p "$launched"
  tracer=$launched launched=$server
  await "$tracer" "$work/strace.log" 30 grep -q attached "$work/strace.log"
  "$python" "$load" ask "$url" "$work/traced" 1 3
  stop "$tracer" 20 INT || fail 'strace did not end'
  cat "$work/traced" >>"$work/answered"
  "$python" "$project/src/test/log/traced_answers.py" check "$work/trace" "${url##*:}" "$(wc -l <"$work/traced")" ||
    fail 'an answer left before its record was on the disk'
else
  echo 'THE ORDER OF SYSTEM CALLS IS NOT SEEN: strace may not trace here' >&2
  whole=false
fi

"$python" "$load" check "$url" "$work/answered" "$kills" || fail 'the record is not whole'

# The same in the database, once it has everything.
has_all() {
  curl --silent --fail --max-time 10 --header 'Accept: text/plain' "$management/q/metrics" |
    grep -q '^weir_log_lag_records{.*} 0\(\.0\)\?$'
}
await "$launched" "$work/server.log" 120 has_all
sort -u "$work/answered" >"$work/ids"
sql 'SELECT prediction_id FROM weir.entry WHERE prediction_id IS NOT NULL' | sort >"$work/forwarded"
[ -z "$(uniq -d "$work/forwarded")" ] || fail 'a record is in the database twice'
[ -z "$(comm -23 "$work/ids" "$work/forwarded")" ] || fail 'an answered prediction is not in the database'
crashes=$(sql "SELECT count(*) FROM weir.entry WHERE gap_reason = 'crash'")
[ "$crashes" -eq "$kills" ] || fail "the database has $crashes marks of $kills kills"
# Every entry is in both, and both begin with the first one of each start.
"$python" "$load" positions "$url" | sort >"$work/here"
sql 'SELECT incarnation, seq FROM weir.entry' | sort >"$work/there"
[ -s "$work/here" ] || fail 'the record has no entries'
cmp --silent "$work/here" "$work/there" ||
  fail "the record has $(wc -l <"$work/here") entries, the database $(wc -l <"$work/there"), and they are not the same"
beheaded=$(sql 'SELECT count(*) FROM (SELECT min(seq) AS first FROM weir.entry GROUP BY replica, incarnation) AS starts
  WHERE first <> 1')
[ "$beheaded" -eq 0 ] || fail "the database lacks the first entries of $beheaded starts"
holes=$(sql 'SELECT count(*) FROM (SELECT seq - lag(seq) OVER (PARTITION BY replica, incarnation ORDER BY seq) AS step
  FROM weir.entry) AS steps WHERE step <> 1')
[ "$holes" -eq 0 ] || fail "the database has $holes holes that nothing marks"
echo "in the database: $(wc -l <"$work/forwarded") records, each once, no hole that is not marked"
stop "$launched" "$stop_seconds" TERM || fail 'the server did not end'
$whole || exit 77 # not everything was tried
