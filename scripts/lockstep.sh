#!/usr/bin/env bash
# The Verilog MMU in lockstep with the golden model. lockstep.sh [quick|nightly]:
#   quick    (default) two machines at fixed seeds, with the RTL's assertions too, a geometry that no processor has, every
#            bin of coverage, every mutant, the vectors and a trace: some minutes
#   nightly  four machines, two million requests at seed 1, ten other seeds, geometries that no processor has, and every
#            trace; every bin of coverage and every mutant at several seeds; ten million requests in the modes observed
#            and window, and a hundred million for the memory: hours
# Needs the program built. Ends with 1 when anything differed, a bin that can be reached was not, a mutant lived, or
# something legal raised an alarm.
set -euo pipefail
cd "$(dirname "$0")/.."

cosim=${COSIM:-build/release/cosim/pagewalk-cosim}
failed=()
# check WHAT OPTION..: no mismatch, and at most one answer in a hundred that was not judged, or judged half blind.
check() {
  local what=$1 out last blind
  shift
  out=$("$cosim" --failure-folder "${FAILURES:-.}" "$@" | tee >(cat >&2)) || true
  last=$(tail -1 <<<"$out")
  [[ $last =~ ^checked\ ([1-9][0-9]*)\ (requests|vectors),\ 0\ mismatches$ ]] || { failed+=("$what: $last"); return; }
  for blind in $(grep '^verdicts ' <<<"$out" | grep -oP '(not judged|half blind) \K[0-9]+'); do
    ((100 * blind <= BASH_REMATCH[1])) || failed+=("$what: $blind answers not judged, or half blind")
  done
}
run() {
  printf '\n-- %s\n' "$*"
  check "$*" "$@"
}

vectors=tests/data/vectors/paging-vectors-sample.jsonl.zst
small=(-c configs/small.yaml)

random=(--set seed=77 --set paging_structure_caches.pde.policy=random)
for unit in l1d l1i l2; do random+=(--set "tlb.$unit.arrays.0.policy=random"); done

# cover SEEDS REQUESTS OPTION..: steered runs of all modes add up, and leave no hole.
cover() {
  local seeds=$1 requests=$2 file seed mode
  shift 2
  file=$(mktemp -d)/coverage.json
  for ((seed = 1; seed <= seeds; seed++)); do run "$@" --seed "$seed" --requests "$requests" --coverage "$file"; done
  for mode in observed window; do run "$@" --mode "$mode" --requests $((requests / 5)) --coverage "$file"; done
  printf '\n-- coverage of %s\n' "$*"
  "$cosim" --coverage-report "$file" | sed '/unreachable  /d' || failed+=("holes in the coverage of $*")
  rm -r "$(dirname "$file")"
}

# mutants OPTION..: each gets its verdict, and no legal variation an alarm.
mutants() {
  local last
  printf '\n-- mutants %s\n' "$*"
  last=$("$cosim" "${small[@]}" --mutant all "$@" | tee >(cat >&2) | tail -1) || failed+=("mutants $*: $last")
}

# The set of what a device may hold, and the images, are bounded: an address space of 256 MiB is enough for any run.
soak() {
  local last
  printf '\n-- soak %s\n' "$*"
  last=$(ulimit -v 262144 && "$cosim" "${small[@]}" "$@" | tail -1) || failed+=("soak $*: $last")
}

quick() {
  run "${small[@]}" --seed 1 --requests 200000 --assertions
  run -c configs/sandy-bridge.yaml --seed 1 --requests 200000
  run "${small[@]}" "${random[@]}" --set paging.mode=5-level --set walker.walkers=1 \
    --set walker.accessed_on_fault=traversed --requests 50000
  cover 3 150000 "${small[@]}"
  mutants --requests 100000
  run "${small[@]}" --vectors "$vectors"
  run -c configs/sandy-bridge.yaml --trace tests/data/traces/true.lackey.zst
}

# What the four machines do not show: other policies, walkers, times and modes.
odd_geometries() {
  run "${small[@]}" "${random[@]}" --requests 500000
  run "${small[@]}" --set walker.walkers=1 --set walker.miss_slots=1 --requests 500000
  run "${small[@]}" --set walker.walkers=4 --set walker.miss_slots=16 --requests 500000
  run "${small[@]}" --set walker.accessed_on_fault=traversed --requests 500000
  run "${small[@]}" --set walker.start_cycles=3 --set walker.step_cycles=2 \
    --set paging_structure_caches.lookup_cycles=4 --requests 500000
  run "${small[@]}" --set paging.mode=5-level --requests 500000
  run "${small[@]}" --set control.pke=false --set paging.physical_address_bits=52 --requests 500000
}

nightly() {
  local machine seed trace mode
  for machine in small sandy-bridge skylake zen2; do
    run -c "configs/$machine.yaml" --seed 1 --requests 2000000
    for seed in 2 3 5 7 11 13 17 19 23 29; do run -c "configs/$machine.yaml" --seed "$seed" --requests 500000; done
    for trace in tests/data/traces/*; do run -c "configs/$machine.yaml" --trace "$trace"; done
    run -c "configs/$machine.yaml" --vectors "$vectors"
  done
  odd_geometries
  for mode in observed window; do
    for machine in small sandy-bridge skylake zen2; do
      run -c "configs/$machine.yaml" --mode $mode --seed 1 --requests 10000000
    done
  done
  for seed in 1 2 3; do mutants --seed $seed; done
  soak --mode observed --requests 100000000
  cover 10 1000000 "${small[@]}"
  cover 5 300000 "${small[@]}" --set paging.mode=5-level
}

case ${1:-quick} in
  quick | nightly) "${1:-quick}" ;;
  *) echo "usage: lockstep.sh [quick|nightly]" >&2 && exit 2 ;;
esac
[ ${#failed[@]} -eq 0 ] && exit 0
printf '\ndiffered:\n'
printf '  %s\n' "${failed[@]}"
exit 1
