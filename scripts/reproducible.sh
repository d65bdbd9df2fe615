#!/usr/bin/env bash
# Builds the program with both compilers, at several optimisation levels, with and without vector instructions, and
# checks that reports and converted traces are the same to the byte, in two runs, with one thread and with two.
set -euo pipefail
shopt -s inherit_errexit # a run that fails in $( ) ends the script
cd "$(dirname "$0")/.."

PAGEWALK_EXTRA_PACKAGES="clang" scripts/install-deps.sh
out=build/reproducible
traces=(tests/data/traces/true.lackey.zst tests/data/traces/sqlite_join.lackey.zst tests/data/traces/gups64m.lackey.zst)
limit=${LIMIT:-1000000} # records of each trace

# name, compiler, flags, vector instructions
variants=(
  "gcc-O3        gcc   -O3 ON"
  "gcc-O3-scalar gcc   -O3 OFF"
  "gcc-O0        gcc   -O0 ON"
  "clang-O2      clang -O2 ON"
  "clang-Os      clang -Os OFF"
)

build() {
  cmake -S . -B "$out/$1" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="$2" -DCMAKE_C_FLAGS="$3" \
    -DPAGEWALK_SIMD="$4" -DBUILD_TESTING=OFF >/dev/null
  cmake --build "$out/$1" --target pagewalk -- --quiet
}

# Everything a variant writes, in one stream.
outputs() {
  local pagewalk=$1 threads=$2 config trace
  for trace in "${traces[@]}"; do
    for config in skylake zen2 small; do
      "$pagewalk" run -c "configs/$config.yaml" --limit "$limit" --threads "$threads" "$trace"
      "$pagewalk" run -c "configs/$config.yaml" --limit "$limit" --threads "$threads" --json - "$trace"
      "$pagewalk" run -c "configs/$config.yaml" --limit "$limit" --threads "$threads" --tlb-only --csv - "$trace"
    done
    "$pagewalk" convert --limit "$limit" --threads "$threads" "$trace" -o -
    "$pagewalk" convert --limit 1000 --threads "$threads" --to list "$trace" -o -
  done
}

first=""
for variant in "${variants[@]}"; do
  read -r name compiler flags simd <<<"$variant"
  build "$name" "$compiler" "$flags" "$simd"
  for threads in 1 2; do
    for run in first second; do
      sum=$(outputs "$out/$name/model/pagewalk" "$threads" | sha256sum | cut -c1-16)
      printf '%-14s %s thread(s)  %-6s run  %s\n' "$name" "$threads" "$run" "$sum"
      [ "$sum" = "${first:=$sum}" ] || { echo "reproducible: differs from $first" >&2; exit 1; }
    done
  done
done
echo "the same bytes everywhere"
