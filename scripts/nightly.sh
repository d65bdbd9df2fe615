#!/usr/bin/env bash
# The long runs, for a night: every step runs, also behind one that fails. nightly.sh [SECONDS]: of fuzzing each reader,
# default an hour. Ends with 1 when a step failed.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=()
# step NAME COMMAND..
step() {
  printf '\n== %s\n' "$1"
  "${@:2}" || failed+=("$1")
}

# Another seed every day; the first line of its output names it.
step "fuzzing each reader" scripts/fuzz.sh --seed "$(date +%Y%m%d)" "${1:-3600}"

[ ${#failed[@]} -eq 0 ] && exit 0
printf '\nfailed:\n'
printf '  %s\n' "${failed[@]}"
exit 1
