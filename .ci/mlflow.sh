#!/usr/bin/env bash
# Serves from a real MLflow: the contract of every registry, and the walk of a model that Python's client logged.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd -P)
tests=$project/src/test/mlflow
work=$(mktemp -d "${TMPDIR:-/tmp}/weir-mlflow.XXXXXX")
# shellcheck source=src/test/scripts/install.sh
. "$project/src/test/scripts/install.sh"
# shellcheck source=src/test/scripts/server.sh
. "$project/src/test/scripts/server.sh"
trap 'end_servers; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$project/target"
make_venv "$project/target/mlflow" "$tests/requirements.txt"
python=$project/target/mlflow/bin/python

# Lives as long as the pipe that it reads: it ends its MLflow itself, with all processes of it.
mkfifo "$work/until"
exec 4<>"$work/until"
"$python" "$tests/mlflow_server.py" "$work" <"$work/until" >"$work/url" 2>"$work/log" 4>&- &
mlflow=$!
is_up() { [ -s "$work/url" ]; }
await "$mlflow" "$work/log" 200 is_up
WEIR_TEST_MLFLOW=$(cat "$work/url")
export WEIR_TEST_MLFLOW

"$project/build" --quiet test -Dtest=MlflowModelSourceTest -Dsurefire.failIfNoSpecifiedTests=false \
  -Dspotless.check.skip -Djacoco.skip
# A contract that was skipped proves nothing; but MLflow takes no publications, of which five tests are.
grep -q '<testsuite .*tests="3[0-9]" errors="0" skipped="5" failures="0"' \
  "$project/target/surefire-reports/TEST-dev.weir.registry.MlflowModelSourceTest.xml" || {
  echo "the contract's tests did not run" >&2
  exit 1
}
exec 4>&-
wait "$mlflow" || true
unset WEIR_TEST_MLFLOW
echo 'the contract holds'

# The S3 server is the one of the tests in Java.
WEIR_TEST_S3_PYTHON=$(PYTHON=$(find_python) "$project/scripts/python-env.sh" "$project/src/test/s3")
export WEIR_TEST_S3_PYTHON
cd "$tests"
"$python" -m pytest -p no:cacheprovider --quiet .
