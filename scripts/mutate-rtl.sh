#!/usr/bin/env bash
# Mass mutation of the Verilog MMU with Yosys: hundreds of mutants in one device, each run against the checker. See usage
# below, and docs/mutants-mass.md.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
mutate-rtl.sh [--mutants N] [--seed S] [--quick] [--work FOLDER]
mutate-rtl.sh --prove N [--work FOLDER]
  --mutants N  how many (default 400), picked by Yosys over the whole design
  --seed S     of the pick (default 1)
  --quick      the first hunt alone, no proofs: who survives it is listed and is no failure
  --prove N    the proof of mutant N of the last run alone: prints N, 1 if it is equivalent and else 0, and a word
  --work DIR   for everything that is made (default build/mutants)

A mutant is killed when the checker says that it is wrong in strict mode, or Yosys that a counter of it counts wrongly;
equivalent when Yosys proves that its next state and its outputs are those of the MMU in every state, or when
cosim/mutants/equivalent.txt says why nothing can tell them apart; else it is a survivor. The last line is
`killed K of N mutants, E equivalent, S survivors`; ends with 1 when there are survivors or the netlist without a
mutation does not pass.
PAGEWALK and COSIM name the programs, JOBS the number of mutants at a time (default: of processors).
END
}

mutants=400
seed=1
quick=""
prove=""
work=build/mutants
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --mutants) mutants=${2:?--mutants needs a number}; shift 2 ;;
    --seed) seed=${2:?--seed needs a number}; shift 2 ;;
    --quick) quick=1; shift ;;
    --prove) prove=${2:?--prove needs a number}; shift 2 ;;
    --work) work=${2:?--work needs a folder}; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

rtl=rtl
machine=cosim/mutants/machine.yaml
pagewalk=${PAGEWALK:-build/release/model/pagewalk}
cosim=${COSIM:-build/release/cosim/pagewalk-cosim}
jobs=${JOBS:-$(nproc)}
equivalent=cosim/mutants/equivalent.txt
mkdir -p "$work"
mapfile -t files < <(ls "$rtl"/*_pkg.sv; ls "$rtl"/*.sv | grep -v '_pkg\.sv$')

say() { echo "mutate-rtl: $*" >&2; }

# run_yosys NAME: the script is $work/NAME.ys, the log $work/NAME.log.
run_yosys() {
  if ! yosys -Q -T -l "$work/$1.log" "$work/$1.ys" >/dev/null 2>&1; then
    say "yosys fails, see $work/$1.log: $(grep -m1 ERROR "$work/$1.log" || tail -1 "$work/$1.log")"
    exit 2
  fi
}

# ---- the netlist, the mutants, and both in one ----

# Flat, so that a mutation is in one instance alone, and what parameters make constant is gone before mutants are picked;
# so are bits of registers that are zero for ever (-sat), given that the simulator begins with zeroes. Flip-flops have
# neither enable nor reset of their own: these are multiplexers, which are mutated as others. Ports of memories are left
# out: write_verilog of Yosys 0.23 cannot print them mutated. What they carry is mutated where it is made.
netlist_script() {
  cat <<END
read_verilog -sv ${files[*]}
$("$pagewalk" config rtl-params "$machine" --style yosys)
hierarchy -check -top mmu
proc
flatten
opt -full -nodffe -nosdff
memory_collect
setundef -init -zero
opt -full -sat -nodffe -nosdff
wreduce
opt -full -nodffe -nosdff
memory_unpack
opt_clean
write_rtlil $work/mmu.il
mutate -list $((mutants + 1)) -seed $seed -none -o $work/mutants.ys -ctrl mutsel 16 0 t:* t:\$mem* %d
END
}

# `none` is number 0. Nets are split where drivers meet, or the simulator sees loops through them and is slow.
mutation_script() {
  cat <<END
read_rtlil $work/mmu.il
$(tail -n +2 "$work/mutants.ys")
opt_clean
write_rtlil $work/mutated.il
opt_expr
opt_merge
splitnets -driver
opt_clean
write_verilog -noattr $work/mutated.v
END
}

# What pagewalk-cosim builds a device from. It gives the module parameters, which the netlist has no more: it declares
# them and does without. The choice of the mutant goes through a register, since what follows from an input at once is
# computed twice in a clock.
make_sources() {
  local sources=$work/sources parameters
  parameters=$("$pagewalk" config rtl-params "$machine" | sed 's/^\(.*\)=.*/  parameter [31:0] \1 = 0;/')
  mkdir -p "$sources/rtl" "$sources/cosim/lockstep"
  awk -v parameters="$parameters" '
    / mutsel == / { sub(/ mutsel == /, " mutsel_q == ") }
    { print }
    /^module mmu\(/ { top = 1 }
    top && /;$/ {
      print parameters
      print "  reg [15:0] mutsel_q;\n  always @(posedge clk_i) mutsel_q <= mutsel;"
      top = 0
    }' "$work/mutated.v" >"$sources/rtl/mmu.sv"
  cp cosim/lockstep/rtl.h "$sources/cosim/lockstep/"
  { echo "#define RTL_MUTANTS $mutants"; cat cosim/lockstep/rtl_shim.cc; } >"$sources/cosim/lockstep/rtl_shim.cc"
}

# The device of these sources is in a cache of its own. It is built by the run that must pass: without a mutation.
build_device() {
  local report
  rm -rf "$work/cache"
  if ! report=$(PAGEWALK_CACHE=$work/cache PAGEWALK_COSIM_SOURCES=$work/sources "$cosim" -c "$machine" \
    --requests 50000 --failure-folder "$work" 2>&1); then
    say "the netlist without a mutation does not pass:"
    echo "$report" >&2
    exit 1
  fi
  mv "$work"/cache/rtl-*.so "$work/device.so"
}

# ---- names ----

# NUMBER <tab> MODULE <tab> NAME. A name says the same in the next netlist: no number of Yosys and no line number, but the
# text of the line. Of the files that a mutation comes from, the one deepest in the hierarchy counts.
name_mutants() {
  awk '
    BEGIN {
      split("mmu_pkg mmu request_port l1_tlb l2_tlb walk_cache miss_file page_walker control_unit mmu_counters " \
            "cam_array ram_array permission replacement", order, " ")
      for (i in order) depth["rtl/" order[i] ".sv"] = i + 0
    }
    function line_of(file, number,    text, i) {
      for (i = 1; (getline text <file) > 0; i++) if (i == number) break
      close(file)
      if (number == 0) return "?"
      gsub(/^ +| +$|\t/, "", text)
      return text
    }
    function kind_of(cell) {
      sub(/\$[0-9]+$/, "", cell)
      sub(/\$rtl\/[^$]*$/, "", cell)
      sub(/^.*\$/, "", cell)
      return cell ~ /slice$/ ? "procdff" : cell
    }
    function path_of(cell) {
      if (cell !~ /^\$flatten/) return "mmu"
      sub(/^\$flatten/, "", cell)
      gsub(/\\/, "", cell)
      sub(/\.?\$.*$/, "", cell)
      return cell
    }
    {
      delete value
      best = file = ""
      for (i = 2; i < NF; i++) {
        if ($i !~ /^-/) continue
        if ($i != "-src") { value[$i] = $(i + 1); continue }
        split($(i + 1), part, ":")
        if (depth[part[1]] >= depth[file]) { file = part[1]; if (int(part[2]) || file != best) { best = file; line = int(part[2]) } }
      }
      name = "-wire" in value ? value["-wire"] "[" value["-wirebit"] "]" : path_of(value["-cell"])
      mode = value["-mode"] ("-ctrlbit" in value ? "(" value["-ctrlbit"] ")" : "")
      source = file == "" ? "?" : line_of(file, line)
      module = file
      sub(/^rtl\//, "", module)
      sub(/\.sv$/, "", module)
      for (i = 1; i < NF; i++) if ($i == "mutsel") number = $(i + 2)
      printf "%d\t%s\t%s %s.%s[%s] %s | %s\n", number, module == "" ? "?" : module, name, kind_of(value["-cell"]),
        value["-port"], value["-portbit"], mode, source
    }' <(tail -n +2 "$work/mutants.ys") >"$work/names.tsv"
}

# ---- hunts ----

# hunt_one NUMBER OPTION..: NUMBER <tab> 1 if killed, else 0 <tab> why
hunt_one() {
  local number=$1 folder out status=0
  shift
  folder=$(mktemp -d "$work/run.XXXXXX")
  out=$("$cosim" -c "$machine" --device "$work/device.so" --mutant "$number" --no-shrink --no-waves \
    --failure-folder "$folder" "$@" 2>&1) || status=$?
  rm -r "$folder"
  case $status in
    0) printf '%d\t0\tpasses %s\n' "$number" "$*" ;;
    1) printf '%d\t1\t%s\n' "$number" "$(grep -m1 '^cycle [0-9]*:' <<<"$out" || tail -1 <<<"$out")" ;;
    134) printf '%d\t1\tdoes not settle: a combinational loop\n' "$number" ;;
    *) printf '%d\t2\t%s\n' "$number" "$(tail -1 <<<"$out")" ;;
  esac
}

cut_state() { awk -f cosim/mutants/cut-state.awk "$work/mutated.il" >"$work/cut.il"; }

# prove_within NUMBER LIMIT: asks SAT for a difference, LIMIT as in miter.awk. Succeeds when there is an answer, in the log.
prove_within() {
  local name=prove-$1
  awk -v number="$1" -v limit="$2" -f cosim/mutants/miter.awk "$work/cut.il" >"$work/$name.il"
  cat >"$work/$name.ys" <<END
read_rtlil $work/$name.il
opt_expr
opt_clean -purge
sat -verify -prove differs 0 -timeout 20 mmu
END
  yosys -Q -T -l "$work/$name.log" "$work/$name.ys" >/dev/null 2>&1 || true
  grep '^# asks ' "$work/$name.il" >"$work/$name.asks" || true
  rm "$work/$name.il"
  grep -q -e 'no model found: SUCCESS' -e 'model found: FAIL' -e 'proof did time out' -e 'TIMEOUT' "$work/$name.log"
}

# prove_one NUMBER: NUMBER <tab> 1 if proved equivalent, else 0 <tab> how it went
prove_one() {
  local number=$1 limit
  for limit in 2 3 6 0; do
    prove_within "$number" "$limit" || { printf '%d\t2\tyosys fails, see %s\n' "$number" "$work/prove-$number.log"; return; }
    grep -q 'no model found: SUCCESS' "$work/prove-$number.log" && { printf '%d\t1\tproved\n' "$number"; return; }
  done
  printf '%d\t0\tnot proved\n' "$number"
}

# count_one NUMBER: NUMBER <tab> 1 if it is a mutant of the counters that counts wrongly, else 0. Some counts are out of
# reach of any simulation. But a counter comes to every value by counting, so what the last question of the proof found,
# when it asked of counters alone, comes to be.
count_one() {
  local name=$work/prove-$1
  if grep -q -P "^$1\tmmu_counters\t" "$work/names.tsv" && grep -q 'model found: FAIL' "$name.log" &&
    ! grep -qv -e perf_o -e u_counters "$name.asks"; then
    printf '%d\t1\tcounts wrongly, says SAT\n' "$1"
  else
    printf '%d\t0\t\n' "$1"
  fi
}

# each COMMAND [OPTION..]: of the numbers on standard input, several at a time; what it prints in the order of numbers.
each() {
  local command=$1
  shift
  xargs -r -P "$jobs" -I '{}' bash -c '"$@"' - "$command" '{}' "$@" | sort -n
}
export -f hunt_one prove_one prove_within count_one
export work cosim machine

# fate NAME VERDICT COMMAND [OPTION..]: asks the command of every mutant in $work/alive; those with 1 are moved to
# $work/NAME.
fate() {
  local name=$1
  shift
  each "$@" <"$work/alive" >"$work/answers"
  if grep -m1 -P '^\d+\t2\t' "$work/answers" >&2; then
    say "this should not happen"
    exit 2
  fi
  awk -F '\t' '$2 == 1 { print $1 "\t" $3 }' "$work/answers" >>"$work/$name"
  awk -F '\t' '$2 == 0 { print $1 }' "$work/answers" >"$work/alive"
  say "$name $(wc -l <"$work/$name"), $(wc -l <"$work/alive") left after $*"
}

# Those of $work/alive that equivalent.txt names.
argued() {
  awk -F '\t' -v numbers="$work/alive" '
    function to_regex(text) {
      gsub(/[][(){}.+?^$|\\]/, "\\\\&", text)
      gsub(/\*/, ".*", text)
      return "^" text "$"
    }
    BEGIN { while ((getline number <numbers) > 0) alive[number] = 1 }
    FNR == NR { if ($0 !~ /^(#| |$)/) pattern[++count] = to_regex($0); next }
    $1 in alive { for (i = 1; i <= count; i++) if ($3 ~ pattern[i]) { print $1 "\targued"; next } }' \
    "$equivalent" "$work/names.tsv"
}

# What is cheap and kills most comes first.
hunt_shortly() {
  local kind
  for kind in storm errors mixed single; do fate killed hunt_one --seed 1 --requests 4000 --traffic "$kind"; done
}
hunt_thoroughly() {
  local kind seed
  for seed in 5 6 7; do
    for kind in mixed errors storm; do fate killed hunt_one --seed "$seed" --requests 30000 --traffic "$kind"; done
  done
  for seed in 8 9; do fate killed hunt_one --seed "$seed" --requests 100000; done
}

# ---- main ----

if [ -n "$prove" ]; then
  cut_state
  prove_one "$prove"
  exit
fi

say "the netlist of $machine"
netlist_script >"$work/netlist.ys"
run_yosys netlist
mutants=$(($(wc -l <"$work/mutants.ys") - 1)) # as many as there are
say "$mutants mutants"
mutation_script >"$work/mutation.ys"
run_yosys mutation
make_sources
name_mutants
build_device

rm -f "$work"/{killed,proved,argued}
touch "$work"/{killed,proved,argued}
seq 1 "$mutants" >"$work/alive"
hunt_shortly
if [ -z "$quick" ]; then
  cut_state
  fate proved prove_one
  fate killed count_one
  # Floods of misses: also for those that are said to be equivalent.
  fate killed hunt_one --seed 4 --requests 30000 --traffic mixed
  argued >"$work/argued"
  sort -n <(cut -f1 "$work/argued") "$work/alive" | uniq -u >"$work/unknown"
  mv "$work/unknown" "$work/alive"
  hunt_thoroughly
fi
cp "$work/alive" "$work/survivors"

echo "module         mutants  killed  proved  argued  survivors"
awk -F '\t' -v folder="$work" '
  function read(file,    line, field) {
    while ((getline line <(folder "/" file)) > 0) { split(line, field, "\t"); fate[field[1]] = file }
  }
  BEGIN { read("killed"); read("proved"); read("argued"); read("survivors") }
  { all[$2]++; count[$2, fate[$1]]++ }
  END {
    for (module in all)
      printf "%-14s %7d %7d %7d %7d %10d\n", module, all[module], count[module, "killed"], count[module, "proved"],
        count[module, "argued"], count[module, "survivors"] | "sort"
  }' "$work/names.tsv"
[ ! -s "$work/survivors" ] || awk -F '\t' -v numbers="$work/survivors" '
  BEGIN { print "\nsurvivors"; while ((getline number <numbers) > 0) survivor[number] = 1 }
  $1 in survivor { printf "%5d  %s\n", $1, $3 }' "$work/names.tsv"
echo
echo "killed $(wc -l <"$work/killed") of $mutants mutants," \
  "$(cat "$work/proved" "$work/argued" | wc -l) equivalent, $(wc -l <"$work/survivors") survivors"
[ -n "$quick" ] || [ ! -s "$work/survivors" ]
