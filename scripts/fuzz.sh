#!/usr/bin/env bash
# Fuzzes every reader of input, two at a time, beginning with tests/fuzz/corpus. See usage below.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
fuzz.sh [--seed N] [SECONDS] [TARGET...]
  SECONDS  how long each target runs (default 60)
  TARGET   folders of tests/fuzz/corpus (default all)
  --seed   of the made-up inputs (default 1)
Ends with 1 when an input breaks a target, and says how to run that input again.
END
}

seed=1
seconds=60
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --seed) seed=${2:?--seed needs a number}; shift 2 ;;
    [0-9]*) seconds=$1; shift ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
  esac
done
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls tests/fuzz/corpus)
for target in "${targets[@]}"; do
  [ -d "tests/fuzz/corpus/$target" ] || { echo "fuzz: no target '$target'" >&2; exit 2; }
done

PAGEWALK_EXTRA_PACKAGES="clang libclang-rt-dev" scripts/install-deps.sh
cmake --preset fuzz >/dev/null
cmake --build build/fuzz --target fuzzers -- --quiet

programs=build/fuzz/tests/fuzz
scratch=build/fuzz/scratch # inputs that turn out to be new go here, and so do findings

# A number of libFuzzer's final statistics.
statistic() { sed -n "s/^stat::$2: *//p" "$scratch/$1/log"; }
# Branches and features that the corpus reaches, as of the last report.
coverage() { grep -o 'cov: [0-9]* ft: [0-9]*' "$scratch/$1/log" | tail -1; }

fuzz() {
  local target=$1 folder=$scratch/$1 result=clean
  rm -rf "$folder"
  mkdir -p "$folder"
  cp -r "tests/fuzz/corpus/$target" "$folder/corpus"
  "$programs/fuzz_$target" -seed="$seed" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$folder/" "$folder/corpus" </dev/null >"$folder/log" 2>&1 ||
    { result=FINDING; touch "$folder/found"; }
  printf '%-18s %10s inputs %7s/s  %-20s new %5s  %s\n' "$target" "$(statistic "$target" number_of_executed_units)" \
    "$(statistic "$target" average_exec_per_sec)" "$(coverage "$target")" \
    "$(statistic "$target" new_units_added)" "$result"
}

# What broke the target, and how to see it again.
report() {
  local target=$1 input
  printf '\nfuzz: %s: %s\n' "$target" \
    "$(grep -m1 -E 'broken:|Assertion|runtime error|ERROR: ' "$scratch/$target/log" || tail -1 "$scratch/$target/log")"
  for input in "$scratch/$target"/{crash,leak,oom,timeout}-*; do
    [ ! -e "$input" ] || echo "  again: $programs/fuzz_$target -timeout=20 -rss_limit_mb=1024 $input"
  done
  echo "  kept as tests/fuzz/corpus/$target/regression-RULE, the input is a test from then on"
}

echo "fuzzing ${#targets[@]} targets for $seconds s each, seed $seed"
rm -f "$scratch"/*/found
for target in "${targets[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
  fuzz "$target" &
done
wait

status=0
for target in "${targets[@]}"; do
  [ ! -e "$scratch/$target/found" ] || { report "$target"; status=1; }
done
exit $status
