#!/usr/bin/env bash
# Reads the Verilog as two tools do, for the parameters of every machine in configs/ that an RTL can have, and once more
# with five levels: Verilator with every warning on, with and without assertions, and Icarus. Needs the program built;
# RTL=DIRECTORY reads other Verilog, and machines may be named as arguments.
set -euo pipefail
cd "$(dirname "$0")/.."

rtl=${RTL:-rtl}
pagewalk=${PAGEWALK:-build/release/model/pagewalk}
mapfile -t files < <(ls "$rtl"/*_pkg.sv; ls "$rtl"/*.sv | grep -v '_pkg\.sv$')
waivers=("$rtl"/lint/*.vlt)
[ -e "${waivers[0]}" ] || waivers=()
machines=("$@")
[ $# -gt 0 ] || machines=(configs/*.yaml)

failed=0
# check WHAT NAME=VALUE...
check() {
  local what=$1 asserts
  shift
  for asserts in "" -DMMU_ASSERT; do
    verilator --lint-only -Wall --top-module mmu $asserts "${@/#/-G}" "${waivers[@]}" "${files[@]}" || {
      echo "rtl-lint: $what: verilator $asserts" >&2
      failed=1
    }
  done
  # A "sorry" of Icarus is a note: wider sensitivity of a process, and `unique case` read as `case`.
  iverilog -g2012 -s mmu "${@/#/-Pmmu.}" -o /dev/null "${files[@]}" 2> >(grep -vE 'sorry: (constant selects|Case unique)' >&2) || {
    echo "rtl-lint: $what: iverilog" >&2
    failed=1
  }
}

checked=0
for machine in "${machines[@]}"; do
  if ! text=$("$pagewalk" config rtl-params "$machine" 2>&1); then
    echo "rtl-lint: $machine has no RTL: $text"
    continue
  fi
  mapfile -t parameters <<<"$text"
  check "$machine" "${parameters[@]}"
  check "$machine with LA57" "${parameters[@]/#LA57=0/LA57=1}"
  checked=$((checked + 1))
done
[ "$checked" -gt 0 ] || { echo "rtl-lint: nothing was checked" >&2; exit 2; }
[ "$failed" -eq 0 ] && echo "rtl-lint: ${#files[@]} files, $checked machines, no warnings"
exit "$failed"
