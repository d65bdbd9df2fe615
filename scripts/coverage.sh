#!/usr/bin/env bash
# Line coverage of model/ by all tests. coverage.sh [MINIMUM]: fails below MINIMUM percent (default 0).
set -euo pipefail
cd "$(dirname "$0")/.."

PAGEWALK_EXTRA_PACKAGES="gcovr" scripts/install-deps.sh
cmake --preset coverage >/dev/null
cmake --build --preset coverage -- --quiet
find build/coverage -name '*.gcda' -delete
ctest --preset coverage --no-tests=error -j2 -LE rtl --output-log build/coverage/ctest.log >/dev/null
gcovr --root . --filter model/ --fail-under-line "${1:-0}" \
  --print-summary --txt build/coverage/coverage.txt build/coverage/model
