# Reads RTLIL of one flat module without state, with all mutations, and writes one that asks whether mutation `number` can
# be seen: its output `differs` is 1 when an output of the mutant is not that of the original. Inputs are shared; so is
# all logic that the mutation does not reach, whole wires at a time. With `limit` the mutation is followed through so
# many cells only, and what it reaches there are outputs too: a smaller question, whose "never" is as good.
function words(text, list,    count, i, kept, word) {
  gsub(/[{}]/, " ", text)
  count = split(text, word, " ")
  for (i = 1; i <= count; i++) if (word[i] ~ /^[\\$]/) list[++kept] = word[i]
  return kept
}
# Statement n drives the wires of `target` from those of `sources`.
function add_statement(text, sources, target,    list, count, i) {
  statement[++statements] = text
  count = words(sources, list)
  for (i = 1; i <= count; i++) readers[list[i]] = readers[list[i]] " " statements
  count = words(target, list)
  for (i = 1; i <= count; i++) {
    drivers[list[i]] = drivers[list[i]] " " statements
    driven[statements] = driven[statements] " " list[i]
  }
}
function reach_wire(wire, far) {
  if (wire in reached) return
  reached[wire] = far
  queue[++queued] = wire
}
function copy_statements(numbers, far,    number, count, i, list, wires, j) {
  count = split(numbers, number, " ")
  for (i = 1; i <= count; i++) {
    if (number[i] in copied) continue
    copied[number[i]] = 1
    wires = split(driven[number[i]], list, " ")
    for (j = 1; j <= wires; j++) reach_wire(list[j], far)
  }
}
# What reads a wire is one further; what drives another part of it is as far.
function reach_all(    done, wire, far) {
  while (done < queued) {
    wire = queue[++done]
    far = reached[wire]
    copy_statements(drivers[wire], far)
    if (!limit || far < limit) copy_statements(readers[wire], far + 1)
    else ends[++end_count] = wire
  }
}
function is_compared(wire) { return wire in reached && !(wire in asked) }
# The text with the mutant's wires in place of those that the mutation reaches.
function renamed(text,    count, word, i, lines, row, result) {
  lines = split(text, row, "\n")
  for (i = 1; i <= lines; i++) result = result (i > 1 ? "\n" : "") renamed_line(row[i])
  return result
}
function renamed_line(text,    count, word, i, result) {
  if (text ~ /^ *parameter/ || text ~ /^  end/) return text
  count = split(text, word, " ")
  if (word[1] == "cell") return "  cell " word[2] " " word[3] ".mutant"
  result = "  connect"
  for (i = 2; i <= count; i++) {
    if (i == 2 && text ~ /^    /) result = "    connect " word[i] # a pin of a cell
    else result = result " " word[i] (word[i] in reached ? ".mutant" : "")
  }
  return result
}
function bits(value, width,    text) {
  for (; width > 0; width--) { text = value % 2 text; value = int(value / 2) }
  return text
}
/^  wire / {
  name = $NF
  width[name] = match($0, / width [0-9]+/) ? substr($0, RSTART + 7, RLENGTH - 7) : 1
  if ($0 ~ / output /) outputs[++output_count] = name
  sub(/ output [0-9]+/, "")
  if (name == "\\mutsel") sub(/ input [0-9]+/, "")
  print
  next
}
/^  cell / { text = $0; sources = target = ""; in_cell = 1; next }
in_cell && /^    connect / {
  text = text "\n" $0
  pin = $2
  $1 = $2 = ""
  if (pin == "\\Y") target = target $0
  else sources = sources " " $0
  next
}
in_cell && /^  end/ { add_statement(text "\n" $0, sources, target); in_cell = 0; next }
in_cell { text = text "\n" $0; next }
/^  connect / { # the left side is a wire, a part of one, or a list in braces
  text = $0
  depth = 0
  for (i = 2; i <= NF; i++) {
    depth += ($i == "{") - ($i == "}")
    if (depth == 0 && $(i + 1) !~ /^\[/) break
  }
  target = sources = ""
  for (j = 2; j <= NF; j++) if (j <= i) target = target " " $j; else sources = sources " " $j
  add_statement(text, sources, target)
  next
}
/^end/ { exit } # the rest is written below
{ print }
END {
  wanted = "16'" bits(number, 16)
  for (i = 1; i <= statements; i++) {
    print statement[i]
    if (index(statement[i], "connect \\A \\mutsel") && index(statement[i], "connect \\B " wanted)) start = driven[i]
  }
  print "  connect \\mutsel 16'" bits(0, 16)
  # Without a selector what was mutated is gone, since nothing used it.
  if (start != "") {
    sub(/^ /, "", start)
    drivers[start] = "" # the selector itself is 1 in the mutant; its driver stays the original's alone
    reach_wire(start, 0)
    reach_all()
    for (wire in reached) print "  wire width " width[wire] " " wire ".mutant"
    for (n in copied) print renamed(statement[n])
    print "  connect " start ".mutant 1'1"
  }
  print "  wire output 1 \\differs"
  for (i = 1; i <= end_count; i++) outputs[++output_count] = ends[i]
  for (i = 1; i <= output_count; i++) {
    if (!is_compared(outputs[i])) continue
    asked[outputs[i]] = 1
    print "# asks " outputs[i]
    name = "\\differs:" ++compared
    print "  wire " name
    print "  cell $ne " name ".ne\n    parameter \\A_SIGNED 0\n    parameter \\A_WIDTH " width[outputs[i]]
    print "    parameter \\B_SIGNED 0\n    parameter \\B_WIDTH " width[outputs[i]] "\n    parameter \\Y_WIDTH 1"
    print "    connect \\A " outputs[i] "\n    connect \\B " outputs[i] ".mutant\n    connect \\Y " name "\n  end"
    all = name " " all
  }
  if (compared) {
    print "  cell $reduce_or \\differs.or\n    parameter \\A_SIGNED 0\n    parameter \\A_WIDTH " compared
    print "    parameter \\Y_WIDTH 1\n    connect \\A { " all "}\n    connect \\Y \\differs\n  end"
  } else {
    print "  connect \\differs 1'0"
  }
  print "end"
}
