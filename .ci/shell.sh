#!/usr/bin/env bash
# Checks every shell script.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=src/test/scripts/install.sh
. src/test/scripts/install.sh
need shellcheck shellcheck

scripts=()
while IFS= read -r file; do
  case $file in
    *.sh) scripts+=("$file") ;;
    *) ! head -n 1 "$file" | grep -q '^#!.*\<bash$' || scripts+=("$file") ;;
  esac
done < <(git ls-files --cached --others --exclude-standard build weir .ci examples scripts load-tests src/test)

shellcheck --external-sources "${scripts[@]}"
echo "${#scripts[@]} scripts checked"
