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

# The thread that reads ahead, under ThreadSanitizer; it cannot map its memory where addresses are randomised widely.
thread_sanitizer() {
  cmake --preset release -B build/tsan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS=-fsanitize=thread \
    -DCMAKE_CXX_FLAGS=-fsanitize=thread >/dev/null &&
    cmake --build build/tsan --target pagewalk unit_trace -- --quiet &&
    setarch -R build/tsan/tests/unit/unit_trace --gtest_filter='*Feed*' --gtest_brief=1 &&
    setarch -R build/tsan/model/pagewalk run -c configs/skylake.yaml --threads 2 --json /dev/null \
      tests/data/traces/true.lackey.zst tests/data/traces/true.lackey.zst >/dev/null
}

# CI has the second compiler with sanitizers only.
clang_release() {
  cmake --preset clang >/dev/null && cmake --build --preset clang -- --quiet &&
    ctest --preset clang --no-tests=error -j2 -LE rtl
}

step "clang, optimised: same tests" clang_release
step "the same bytes from every build" scripts/reproducible.sh
step "line coverage of model/, at least 90 %" scripts/coverage.sh 90
step "readers and simulation share no data" thread_sanitizer
step "the Verilog MMU in lockstep: machines, seeds, modes, mutants, coverage" scripts/lockstep.sh nightly
step "mass mutation of the Verilog MMU" scripts/mutate-rtl.sh
step "200 million records" scripts/bench.sh --long

# Another seed every day; the first line of its output names it.
step "fuzzing each reader" scripts/fuzz.sh --seed "$(date +%Y%m%d)" "${1:-3600}"

[ ${#failed[@]} -eq 0 ] && exit 0
printf '\nfailed:\n'
printf '  %s\n' "${failed[@]}"
exit 1
