// mmu_counters: eight performance counters.
//
// Contract. Counter n counts the cycles in which count_i[n] is high, modulo 2^32, from reset:
//   0, 1  first-level look-ups, fetch and data      2, 3  of them, misses and what else went into a slot
//   4, 5  second-level misses, L2 and L2I           6  walks    7  operations on the walker port
// Cycle budget. An event is seen in its counter in the next cycle.
`default_nettype none
module mmu_counters (
  input  wire          clk_i,
  input  wire          rst_ni,
  input  wire  [7:0]   count_i,
  output logic [255:0] perf_o
);

  for (genvar n = 0; n < 8; n++) begin : gen_counter
    logic [31:0] value_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) value_q <= '0;
      else if (count_i[n]) value_q <= value_q + 32'd1;
    end
    assign perf_o[32*n +: 32] = value_q;
  end

endmodule
`default_nettype wire
