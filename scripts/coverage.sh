#!/usr/bin/env bash
# Prints in one line how much of the code the last build's tests ran.
set -euo pipefail

csv=$(cd "$(dirname "$0")/.." && pwd)/target/site/jacoco/jacoco.csv
if [ ! -r "$csv" ]; then
  echo "coverage: no report; ./build makes one" >&2
  exit 1
fi

awk -F, '
  function percent(hit, missed) { return hit + missed ? 100 * hit / (hit + missed) : 100 }
  NR > 1 {
    classes++
    branch_missed += $6; branch_hit += $7
    line_missed += $8; line_hit += $9
  }
  END {
    printf "coverage: %.1f %% of %d lines, %.1f %% of %d branches, in %d classes\n",
      percent(line_hit, line_missed), line_hit + line_missed,
      percent(branch_hit, branch_missed), branch_hit + branch_missed, classes
  }' "$csv"
