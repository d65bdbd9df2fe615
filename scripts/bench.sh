#!/usr/bin/env bash
# Builds the benchmarks, runs them, and prints a table of medians.
#
#   scripts/bench.sh [FILTER]     benchmarks whose name matches the regular expression (default: all)
#   scripts/bench.sh --long       a run of 200 million records, with the time and memory it takes
#
# REPETITIONS=N (default 5, at least 2) sets how many runs a median is of. Figures of record are in docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."

PAGEWALK_EXTRA_PACKAGES="libbenchmark-dev time" scripts/install-deps.sh
cmake --preset bench >/dev/null
cmake --build --preset bench --target pagewalk pagewalk_bench -- --quiet >/dev/null

machine() {
  printf 'machine: %s, %s processors\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)" "$(nproc)"
  printf 'built: %s, %s\n\n' "$(cc --version | head -1)" "$(git describe --always --dirty 2>/dev/null || echo unknown)"
}

# One trace, 25 times over, makes 200 million records of a program that does its work again and again.
long_run() {
  local pagewalk=build/bench/model/pagewalk lackey=tests/data/traces/sqlite_join.lackey.zst traces=()
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  for _ in $(seq 25); do traces+=("$lackey"); done
  timed "$pagewalk" convert "${traces[@]}" -o "$scratch/t.pwt"
  for threads in 1 2; do
    timed "$pagewalk" run -c configs/skylake.yaml --threads $threads --tlb-only --json - "$scratch/t.pwt"
    timed "$pagewalk" run -c configs/skylake.yaml --threads $threads --json - "$scratch/t.pwt"
    timed "$pagewalk" run -c configs/skylake.yaml --threads $threads --tlb-only --json - "${traces[@]}"
  done
}

timed() {
  printf '\n$ %s\n' "$(sed -E "s# $lackey( $lackey)+# $lackey x 25#; s#$scratch/##g" <<<"$*")"
  command time -v "$@" 2>"$scratch/time" | grep -E '^  "accesses"|^[0-9]+ records' || true
  grep -E 'Elapsed|User time|System time|Maximum resident' "$scratch/time"
}

# Columns of --benchmark_format=csv: name, iterations, real time, processor time, unit, bytes/s, items/s, ...
table() {
  awk -F, '
    { gsub(/"/, "", $1) }
    $1 ~ /_median$/ { name = substr($1, 1, length($1) - 7); sub("/real_time", "", name); median[name] = $7 / 1e6; order[++count] = name }
    $1 ~ /_cv$/ { name = substr($1, 1, length($1) - 3); sub("/real_time", "", name); spread[name] = 100 * $7 }
    END {
      if (!count) { print "bench: no figures: does the filter match, and is REPETITIONS at least 2?"; exit 1 }
      printf "%-44s %10s %10s %8s\n", "benchmark", "M/s", "ns each", "+- %"
      for (i = 1; i <= count; i++) {
        name = order[i]
        printf "%-44s %10.1f %10.1f %8.1f\n", name, median[name], 1000 / median[name], spread[name]
      }
    }'
}

machine
if [ "${1:-}" = --long ]; then
  long_run
else
  build/bench/tests/bench/pagewalk_bench --benchmark_filter="${1:-.}" --benchmark_repetitions="${REPETITIONS:-5}" \
    --benchmark_report_aggregates_only=true --benchmark_format=csv --benchmark_min_time=0.2 2>/dev/null | table
fi
