#!/usr/bin/env bash
# Runs the Verilog under Icarus, a simulator with four states. See usage below.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'END'
icarus.sh [-c CONFIG] BENCH [OPTION...]
  BENCH      a bench beside the root mmu, named as its file; or the name of a module: its time zero alone is simulated
  -c CONFIG  the machine whose parameters mmu gets (default: those of rtl/mmu.sv); PAGEWALK names the program
  OPTION     of iverilog, as -Pmmu.WALKERS=4; a parameter that comes twice has its last value
RTL=DIRECTORY reads other Verilog. Ends as the simulation does, and with 77 where Icarus is not installed.
END
}

options=()
if [ "${1:-}" = -c ]; then
  config=${2:?-c needs a configuration}
  read -ra options <<<"$("${PAGEWALK:-build/release/model/pagewalk}" config rtl-params "$config" --style iverilog)"
  shift 2
fi
case ${1:-} in
  -h | --help) usage; exit 0 ;;
  '' | -*) usage >&2; exit 2 ;;
esac
bench=$1
shift
options+=("$@")

# ctest knows this status as SKIP_RETURN_CODE.
command -v iverilog >/dev/null || { echo "skipped: no iverilog; scripts/install-deps.sh installs it"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In Icarus 11.0, an always_comb that writes a variable twice wakes every other one, and time zero never ends (its issue
# 508, mended after the release that Debian has). In this Verilog `always @*` means the same.
for file in "${RTL:-rtl}"/*.sv; do
  sed 's/\<always_comb\>/always @*/' "$file" >"$work/${file##*/}"
done
mapfile -t files < <(ls "$work"/*_pkg.sv; ls "$work"/*.sv | grep -v '_pkg\.sv$')

if [ -e "$bench" ]; then
  options+=(-s mmu -s "$(basename "$bench" .sv)")
  files+=("$bench")
else
  options+=(-s "$bench")
fi

# A "sorry" of Icarus is a note: wider sensitivity of a process, and `unique case` read as `case`.
iverilog -g2012 "${options[@]}" -o "$work/simulation" "${files[@]}" \
  2> >(grep -vE 'sorry: (constant selects|Case unique)' >&2)
vvp -n "$work/simulation"
