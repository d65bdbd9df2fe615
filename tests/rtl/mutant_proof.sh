#!/usr/bin/env bash
# Checks the proofs of scripts/mutate-rtl.sh on a module whose mutants are known: which are equivalent and which not.
# Ends with 77 where Yosys is not installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v yosys >/dev/null || { echo "skipped: no yosys; scripts/install-deps.sh installs it"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A hit of a cache of four words that counts; `again` says nothing that `hit` does not.
cat >"$work/mmu.v" <<'END'
module mmu(input clk, input we, input [1:0] address, input [7:0] data, input [7:0] wanted, output hit, output [3:0] count);
  reg [7:0] memory [0:3];
  reg [3:0] count_q;
  wire equal = memory[address] == wanted;
  wire again = equal && !we;
  assign hit = equal || again;
  assign count = count_q;
  always @(posedge clk) begin
    if (we) memory[address] <= data;
    count_q <= count_q + hit;
  end
endmodule
END

# number, mode, type of the cell, port, bit, and whether it is equivalent
mutants='1 const0 $logic_and Y 0 1
2 const1 $logic_and Y 0 0
3 const0 $logic_or Y 0 0
4 const0 $logic_not Y 0 1
5 inv $add Y 3 0
6 inv $dff Q 0 0
7 const0 $eq A 7 0
8 const0 $logic_or B 0 1'

run_yosys() { yosys -Q -T -l "$work/log" -p "$1" >/dev/null || { grep ERROR "$work/log"; exit 1; }; }

run_yosys "read_verilog $work/mmu.v; proc; opt_clean; write_rtlil $work/mmu.il"
commands="read_rtlil $work/mmu.il"
while read -r number mode type port bit _; do
  cell=$(awk -v type="$type" '$1 == "cell" && $2 == type { print $3 }' "$work/mmu.il")
  commands+="; mutate -ctrl mutsel 16 $number -mode $mode -module mmu -cell $cell -port $port -portbit $bit"
done <<<"$mutants"
run_yosys "$commands; write_rtlil $work/mutated.il"

wrong=0
while read -r number _ _ _ _ equivalent; do
  answer=$(scripts/mutate-rtl.sh --work "$work" --prove "$number" | cut -f2)
  [ "$answer" = "$equivalent" ] || { echo "mutant $number: $answer, not $equivalent"; wrong=1; }
done <<<"$mutants"
[ "$wrong" = 0 ] && echo "mutant_proof: $(wc -l <<<"$mutants") mutants judged rightly"
