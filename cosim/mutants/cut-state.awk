# Reads RTLIL of one flat module and cuts its state out: what flip-flops and memories hold becomes inputs, what they are
# to hold becomes outputs. Two netlists whose outputs then agree for all inputs do the same for ever from the same state.
#
# Known are $dff, $memrd and $memrd_v2 without a clock, and $memwr_v2: the netlist is made without others. Address and
# data of a write that is not enabled are zero, since they do not matter. Attributes are left out.
function port(width, direction, name) {
  print "  wire width " width " " direction " " ++ports " " name
}
function output(width, name, signal) {
  port(width, "output", name)
  print "  connect " name " " signal
}
function zeroes(width,    text) {
  for (; width > 0; width--) text = text "0"
  return text
}
# A cell of one of the kinds that are added: inputs a, b and s may be "".
function add_cell(kind, name, parameters, a, b, s, y) {
  print "  cell " kind " " name
  print parameters
  print "    connect \\A " a
  if (b != "") print "    connect \\B " b
  if (s != "") print "    connect \\S " s
  print "    connect \\Y " y
  print "  end"
}
function signs(a_width, b_width, y_width,    text) {
  text = "    parameter \\A_SIGNED 0\n    parameter \\A_WIDTH " a_width "\n    parameter \\Y_WIDTH " y_width
  return b_width ? text "\n    parameter \\B_SIGNED 0\n    parameter \\B_WIDTH " b_width : text
}
function cut_write(name,    width, bits) {
  width = parameter["WIDTH"]
  bits = parameter["ABITS"]
  output(width, name ".EN", signal["EN"])
  print "  wire width " width " " name ".data"
  add_cell("$and", name ".and", signs(width, width, width), signal["DATA"], signal["EN"], "", name ".data")
  output(width, name ".DATA", name ".data")
  print "  wire " name ".any"
  add_cell("$reduce_or", name ".or", signs(width, 0, 1), signal["EN"], "", "", name ".any")
  print "  wire width " bits " " name ".address"
  add_cell("$mux", name ".mux", "    parameter \\WIDTH " bits, bits "'" zeroes(bits), signal["ADDR"], name ".any",
           name ".address")
  output(bits, name ".ADDR", name ".address")
}
function cut_read(name) {
  port(parameter["WIDTH"], "input", name ".DATA")
  print "  connect " signal["DATA"] " " name ".DATA"
  output(parameter["ABITS"], name ".ADDR", signal["ADDR"])
}
function cut_flip_flop(name) {
  port(parameter["WIDTH"], "input", name ".Q")
  print "  connect " signal["Q"] " " name ".Q"
  output(parameter["WIDTH"], name ".D", signal["D"])
}
BEGIN { ports = 100000 } # ids need only differ; those of the module are lower
/^  attribute / || /^    attribute / || /^  memory / { next }
/^  cell \$(dff|memrd|memrd_v2|memwr_v2) / {
  kind = $2
  name = "\\state:" $3
  delete parameter
  delete signal
  next
}
kind != "" && /^    parameter/ { parameter[substr($2, 2)] = $3; next }
kind != "" && /^    connect/ { pin = substr($2, 2); $1 = $2 = ""; signal[pin] = $0; next }
kind != "" && /^  end/ {
  if (kind == "$dff") cut_flip_flop(name)
  else if (kind ~ /memrd/) cut_read(name)
  else cut_write(name)
  kind = ""
  next
}
{ print }
