#!/usr/bin/env bash
# Plain mvn on an older JDK, if this machine has one: it must end at once, with a sentence that names ./build.
set -euo pipefail

project=$(cd "$(dirname "$0")/../../.." && pwd -P)
# shellcheck source=scripts/toolchain.sh
. "$project/scripts/toolchain.sh"

mvn=$(find_maven "$(find_jdk)")
while IFS= read -r home; do
  if [ ! -x "$home/bin/java" ] || ! major=$(java_major "$home") || [ "$major" -ge "$WEIR_MIN_JAVA" ]; then
    continue
  fi
  status=0
  out=$(cd "$project" && JAVA_HOME=$home "$mvn" --quiet validate 2>&1 </dev/null) || status=$?
  case $out in
    *"Weir needs JDK $WEIR_MIN_JAVA or newer"*'run ./build instead of mvn'*) ;;
    *) status=0 ;;
  esac
  if [ "$status" -eq 0 ]; then
    printf 'mvn on JDK %s does not end with a sentence that names ./build, but with:\n%s\n' "$major" "$out" >&2
    exit 1
  fi
  echo "mvn on JDK $major ends with a sentence that names ./build"
  exit 0
done < <(jdk_candidates)
echo 'SKIPPED: this machine has no older JDK'
