# shellcheck shell=bash
# Starting, awaiting and ending servers in scripts; sourced. Every wait is bounded, every process is ended by its id.
#
# The caller sets $project, and calls end_servers when it exits.
# shellcheck disable=SC2034,SC2154 # Some variables are the caller's, and some are for it.

servers=()

# free_port: puts a port of the loopback interface that nobody listens on into $free, each time another one.
taken_ports=' '
free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))
    case $taken_ports in *" $port "*) continue ;; esac
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      taken_ports="$taken_ports$port "
      free=$port
      return 0
    fi
  done
  echo 'no free port found' >&2
  return 1
}

# launch LOG COMMAND...: starts a process in the background; its id is in $launched.
launch() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null &
  launched=$!
  servers+=("$launched")
}

# start_weir LOG ARGUMENT...: starts ./weir serve on free ports; $launched, $url and $management say where.
start_weir() {
  local log=$1 port
  shift
  free_port
  port=$free
  free_port
  url=http://127.0.0.1:$port
  management=http://127.0.0.1:$free
  launch "$log" "$project/weir" serve --port "$port" --management-port "$free" "$@"
}

# answers URL: whether it answers 200.
answers() {
  [ "$(curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' "$1")" = 200 ]
}

# await PID LOG SECONDS COMMAND...: until the command succeeds, while the process runs.
await() {
  local pid=$1 log=$2 deadline=$((SECONDS + $3))
  shift 3
  until "$@"; do
    if ! kill -0 "$pid" 2>/dev/null; then
      echo "process $pid ended while waiting for: $*" >&2
      tail -n 40 "$log" >&2
      return 1
    elif [ "$SECONDS" -ge "$deadline" ]; then
      echo "no success in time: $*" >&2
      tail -n 40 "$log" >&2
      return 1
    fi
    sleep 0.05
  done
}

# stop PID SECONDS [SIGNAL]: ends a process; its exit code is in $stopped. Fails when that takes longer.
stop() {
  local pid=$1 deadline=$((SECONDS + $2)) late=0
  kill -s "${3:-TERM}" "$pid"
  while kill -0 "$pid" 2>/dev/null; do
    if [ "$SECONDS" -gt "$deadline" ]; then
      late=1
      kill -s KILL "$pid" 2>/dev/null || true
      break
    fi
    sleep 0.05
  done 2>/dev/null # Bash would tell of each process that was killed.
  stopped=0
  wait "$pid" 2>/dev/null || stopped=$?
  return "$late"
}

# end_servers: ends what still runs. For a trap.
end_servers() {
  local pid
  for pid in "${servers[@]+"${servers[@]}"}"; do
    kill -s KILL "$pid" 2>/dev/null || true
  done
}
