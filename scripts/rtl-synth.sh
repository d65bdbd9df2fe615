#!/usr/bin/env bash
# Synthesizes the Verilog of machines with Yosys, and says how large each block is. See usage below.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
rtl-synth.sh [--check] [--csv FILE] [CONFIG...]
  CONFIG   machines (default configs/small.yaml and configs/skylake.yaml; with --check the first alone)
  --check  no gates and no table, only what synthesis may not find: see below
  --csv    the tables as machine,block,gates,flip_flops,memory_bits too

Gates are those that ABC maps to with two inputs, inverters and two-way multiplexers; flip-flops have an enable at most.
The rows of second-level TLBs stay memory. What may not be found, and ends with 1: a latch, a signal with no driver or
with two, a combinational loop, a path without a register from an input to an output.
PAGEWALK names the program, RTL=DIRECTORY other Verilog; logs are in build/synth.
END
}

check=""
csv=""
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --check) check=1; shift ;;
    --csv) csv=${2:?--csv needs a file}; shift 2 ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
  esac
done
machines=("$@")
[ $# -gt 0 ] || machines=(configs/small.yaml)
[ $# -gt 0 ] || [ -n "$check" ] || machines+=(configs/skylake.yaml)

rtl=${RTL:-rtl}
pagewalk=${PAGEWALK:-build/release/model/pagewalk}
out=build/synth
mkdir -p "$out"
mapfile -t files < <(ls "$rtl"/*_pkg.sv; ls "$rtl"/*.sv | grep -v '_pkg\.sv$')

# What stays a module of its own, and so has a figure of its own.
blocks=(request_port l1_tlb l2_tlb walk_cache miss_file page_walker control_unit)

# The memories that become flip-flops: all but the rows of the second level.
in_flip_flops='*/t:$mem_v2 */r:MEMID=*key_mem */r:MEMID=*data_mem */r:MEMID=*rep_mem %u %u %d'
# Paths from outputs back, whose logic is little. Bits apart, or a bus would be one signal.
no_paths='splitnets -ports
  cd mmu
  select -assert-min 500 o:*
  select -assert-none o:* %cie* i:* %i
  cd ..'

elaborate() {
  cat <<END
read_verilog -sv ${files[*]}
$("$pagewalk" config rtl-params "$1" --style yosys)
hierarchy -check -top mmu
log -stderr rtl-synth: $2: processes
proc
select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr t:\$sr
END
}

# Memories map to flip-flops and multiplexers, so that loops and paths through them are seen. Multiplexers have inputs
# without driver for words that a memory does not have; so what nothing drives is looked for before.
check_script() {
  elaborate "$@"
  cat <<END
log -stderr rtl-synth: $2: loops and paths
flatten
opt_expr
opt_clean
check -assert
memory_collect
memory_map $in_flip_flops
setundef -undriven -zero
opt_expr
simplemap
opt_clean
check -assert
$no_paths
END
}

synthesis_script() {
  elaborate "$@"
  cat <<END
setattr -mod -set keep_hierarchy 1 $(printf '*%s* ' "${blocks[@]}")
flatten
opt -fast
log -stderr rtl-synth: $2: memories
memory_dff
memory_collect
opt_clean
memory_map $in_flip_flops
log -stderr rtl-synth: $2: optimisation
opt -fast
alumacc
simplemap
log -stderr rtl-synth: $2: gates
techmap
opt_expr
dfflegalize -cell \$_DFF_P_ 01 -cell \$_DFFE_PP_ 01
simplemap
opt_clean
log -stderr rtl-synth: $2: abc
abc -fast
opt_clean
memory_unpack
log -stderr rtl-synth: $2: loops and paths
design -save mapped
setattr -mod -unset keep_hierarchy *
flatten
check -assert
opt_clean
$no_paths
design -load mapped
uniquify
tee -q -o $3 stat
END
}

# A table of `stat`: uniquify has called a module mmu.INSTANCE. What is neither gate, flip-flop, port of a memory nor
# module is no result.
summarize() {
  awk -v machine="$1" -v csv="$2" '
    function block_of(module) {
      if (module ~ /gen_port\[0\].*u_port/) return "fetch port"
      if (module ~ /gen_port\[1\].*u_port/) return "data port"
      if (module ~ /gen_port\[0\].*u_l1/) return "L1I"
      if (module ~ /gen_port\[1\].*u_l1/) return "L1D"
      if (module ~ /gen_l2\[0\]/) return "L2"
      if (module ~ /gen_l2\[1\]/) return "L2I"
      if (module ~ /u_walk_cache/) return "paging-structure caches"
      if (module ~ /u_walker/) return "walkers"
      if (module ~ /u_slots/) return "miss slots"
      if (module ~ /u_control/) return "control"
      if (module == "mmu") return "rest"
      return ""
    }
    function row(name, gates, flip_flops, bits) {
      printf "%-26s %10d %12d %13d\n", name, gates, flip_flops, bits
      if (csv != "") printf "%s,%s,%d,%d,%d\n", machine, name, gates, flip_flops, bits >>csv
    }
    BEGIN { order = "fetch port,data port,L1I,L1D,L2,L2I,paging-structure caches,walkers,miss slots,control,rest" }
    $1 == "===" { block = $2 == "design" ? "" : block_of($2); if (block != "") count[block]++; next }
    block == "" { next }
    /Number of memory bits/ { bits[block] += $NF }
    /^ +\$_DFFE?_/ { flip_flops[block] += $2; next }
    /^ +\$_/ { gates[block] += $2; next }
    /^ +\$mem(rd|wr|init)/ || /^ +\$paramod/ || /^ +mmu\./ { next }
    /^ +[$\\]/ { print "rtl-synth: " machine ": not mapped: " $0 >"/dev/stderr"; exit bad = 1 }
    END {
      if (bad) exit 1
      printf "%-26s %10s %12s %13s\n", machine, "gates", "flip-flops", "memory bits"
      n = split(order, names, ",")
      for (i = 1; i <= n; i++) {
        name = names[i]
        if (!count[name]) continue
        row(count[name] > 1 ? name " (" count[name] ")" : name, gates[name], flip_flops[name], bits[name])
        all_gates += gates[name]; all_flip_flops += flip_flops[name]; all_bits += bits[name]
      }
      row("total", all_gates, all_flip_flops, all_bits)
      print ""
    }' "$3"
}

[ -z "$csv" ] || echo machine,block,gates,flip_flops,memory_bits >"$csv"
for machine in "${machines[@]}"; do
  name=$(basename "$machine" .yaml)
  script=$out/$name.ys
  if [ -n "$check" ]; then
    check_script "$machine" "$name" >"$script"
  else
    synthesis_script "$machine" "$name" "$out/$name.stat" >"$script"
  fi
  # What Yosys has to say is its log; only its errors and the steps come here.
  if ! yosys -Q -T -l "$out/$name.log" "$script" >/dev/null; then
    echo "rtl-synth: $machine: $(grep -m1 -B3 -A3 'ERROR' "$out/$name.log" || tail -3 "$out/$name.log")" >&2
    exit 1
  fi
  if [ -n "$check" ]; then
    echo "rtl-synth: $name: no latch, no loop, nothing undriven, no path from an input to an output"
  else
    summarize "$name" "$csv" "$out/$name.stat"
  fi
done
