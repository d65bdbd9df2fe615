// replacement: the state of one set after a touch, and the way to evict.
//
// Contract. Combinational; the owner keeps the state, a word per set, and starts every set with init_o. A victim is
//   asked for only when every way is valid. touch_i and choose_i say which answer is wanted: without them touched_o is
//   the state and victim_o is 0, so that nothing toggles.
//     LRU         an age per way, 0 the most recent; the ages of a set are a permutation
//     tree-PLRU   bit n of the state is node n, 1 the root, 2n and 2n+1 its children; 1 points to the right child
//     random      no state; the upper half of random_i x WAYS
// Cycle budget. None of its own.
`default_nettype none
module replacement #(
  parameter integer WAYS   = 4,
  parameter integer POLICY = 0
) (
  input  wire  [mmu_pkg::rep_width(WAYS, POLICY)-1:0] state_i,
  input  wire                                         touch_i,
  input  wire  [mmu_pkg::WayW-1:0]                    touch_way_i,
  input  wire                                         choose_i,
  input  wire  [31:0]                                 random_i,
  output logic [mmu_pkg::rep_width(WAYS, POLICY)-1:0] init_o,
  output logic [mmu_pkg::rep_width(WAYS, POLICY)-1:0] touched_o,
  output logic [mmu_pkg::WayW-1:0]                    victim_o
);

  if (WAYS == 1) begin : gen_one
    always_comb begin
      init_o    = '0;
      touched_o = '0;
      victim_o  = '0;
    end
    logic unused;
    always_comb unused = ^{state_i, touch_i, touch_way_i, choose_i, random_i};
  end else if (POLICY == mmu_pkg::PolicyRandom) begin : gen_random
    logic [31:0] low;  // a fraction of a way
    logic [31-mmu_pkg::WayW:0] high;
    always_comb begin
      init_o    = '0;
      touched_o = '0;
      {high, victim_o, low} = '0;
      if (choose_i) {high, victim_o, low} = 64'(random_i) * 64'(WAYS);
    end
    logic unused;
    always_comb unused = ^{state_i, touch_i, touch_way_i, low, high};
  end else if (POLICY == mmu_pkg::PolicyPlru) begin : gen_plru
    localparam integer Levels = $clog2(WAYS);
    logic [31:0] node;
    logic [Levels:0] at;
    // A touch points every node on the way's path away from it.
    always_comb begin
      at        = (Levels+1)'(1);
      touched_o = state_i;
      if (touch_i) begin
        for (int l = Levels - 1; l >= 0; l--) begin
          touched_o[at[Levels-1:0]] = !touch_way_i[l];
          at = {at[Levels-1:0], touch_way_i[l]};
        end
      end
    end
    always_comb begin
      node = 32'd1;
      if (choose_i) for (int l = 0; l < Levels; l++) node = {node[30:0], state_i[node[Levels-1:0]]};
      victim_o = choose_i ? mmu_pkg::WayW'(node[Levels-1:0]) : '0;
      init_o   = '0;
    end
    logic unused;
    always_comb unused = ^{touch_way_i, random_i, node, at};
  end else begin : gen_lru
    localparam integer AgeW = $clog2(WAYS);
    logic [AgeW-1:0] age;
    always_comb begin
      age       = state_i[32'(touch_way_i) * AgeW +: AgeW];
      touched_o = state_i;
      if (touch_i && age != 0) begin
        for (int w = 0; w < WAYS; w++) begin
          if (state_i[w*AgeW +: AgeW] < age) touched_o[w*AgeW +: AgeW] = state_i[w*AgeW +: AgeW] + AgeW'(1);
        end
        touched_o[32'(touch_way_i) * AgeW +: AgeW] = '0;
      end
    end
    always_comb begin
      victim_o = '0;
      init_o   = '0;
      for (int w = 0; w < WAYS; w++) begin
        if (choose_i && state_i[w*AgeW +: AgeW] == AgeW'(WAYS - 1)) victim_o = mmu_pkg::WayW'(w);
        init_o[w*AgeW +: AgeW] = AgeW'(w);
      end
    end
    logic unused;
    always_comb unused = ^random_i;
  end

  initial begin
    if (WAYS < 1 || WAYS > 64) $fatal(1, "replacement: WAYS must be 1..64");
    if (POLICY < 0 || POLICY > 2) $fatal(1, "replacement: POLICY must be 0 LRU, 1 tree-PLRU or 2 random");
    if (POLICY == mmu_pkg::PolicyPlru && (WAYS & (WAYS - 1)) != 0)
      $fatal(1, "replacement: tree-PLRU needs a power of two of WAYS");
  end

endmodule
`default_nettype wire
