// ram_array: a set-associative array of tagged entries in synchronous memory: asked in one cycle, known in the next.
//
// It is an array of the second-level TLB. Tags, data and replacement state of a set are one row of memory; valid bits are
// flip-flops, so that a whole array can be emptied at once.
//
// Contract. read_i with a set; in the next cycle that set is compared with the tag, size and PCID given then, and at most
//   one write of the same set may be made: of an entry (put_i), of its replacement state alone (touch_i), or of valid
//   bits (clear_i). At most one entry of a set has a given key.
// Cycle budget. One read per cycle; a write is seen by a read one cycle later.
`default_nettype none
module ram_array #(
  parameter integer SETS   = 8,
  parameter integer WAYS   = 4,
  parameter integer POLICY = 0,
  parameter [31:0]  SEED   = 32'd1
) (
  input  wire                         clk_i,
  input  wire                         rst_ni,

  input  wire                         read_i,
  input  wire  [mmu_pkg::SetW-1:0]    read_set_i,

  // compare, in the cycle after the read
  input  wire                         cmp_i,
  input  wire  [56:12]                cmp_tag_i,     // bits below the page are zero
  input  wire  [1:0]                  cmp_size_i,
  input  wire  [11:0]                 cmp_pcid_i,
  input  wire                         cmp_global_i,  // global entries match too
  input  wire                         cmp_own_i,     // and those of the PCID
  output logic                        hit_o,
  output logic                        hit_global_o,
  output logic [mmu_pkg::WayW-1:0]    hit_way_o,
  output logic [mmu_pkg::TransW-1:0]  hit_data_o,
  output logic                        full_o,
  output logic [mmu_pkg::WayW-1:0]    fill_way_o,    // the way that matched, else the lowest empty one, else the victim

  // writes of the row that was read
  input  wire                         put_i,         // the entry into fill_way_o
  input  wire                         put_used_i,    // and mark it used: a fill, not a renewal
  input  wire                         put_global_i,
  input  wire  [mmu_pkg::TransW-1:0]  put_data_i,
  input  wire                         touch_i,       // mark a way used
  input  wire  [mmu_pkg::WayW-1:0]    touch_way_i,
  input  wire                         clear_i,       // the way that matched
  input  wire                         clear_kind_i,  // every way that the kind selects
  input  wire  [2:0]                  kind_i,
  input  wire                         clear_all_i    // the whole array
);

  localparam integer SetBits = SETS > 1 ? $clog2(SETS) : 1;
  localparam integer WayBits = WAYS > 1 ? $clog2(WAYS) : 1;
  localparam integer KeyW    = mmu_pkg::TagW + 12 + 1 + 2;  // tag, PCID, global, size
  localparam integer RepW    = mmu_pkg::rep_width(WAYS, POLICY);

  logic [SETS*WAYS-1:0]       valid_q;  // way w of set s at s*WAYS + w
  logic [SETS-1:0]            used_q;  // the set's replacement state has been written since reset
  logic [RepW-1:0]            rep_mem  [0:SETS-1];

  logic [SetBits-1:0]         set_q;
  logic [KeyW-1:0]            row_key_q  [0:WAYS-1];
  logic [mmu_pkg::TransW-1:0] row_data_q [0:WAYS-1];
  logic [RepW-1:0]            row_rep_q;
  logic [31:0]                random_q, random_next;

  // ---- compare ----
  logic [WAYS-1:0] row_valid, match, selected;
  logic [mmu_pkg::WayW-1:0] empty_way, victim_way;

  always_comb begin
    row_valid  = '0;
    match      = '0;
    hit_way_o  = '0;
    empty_way  = '0;
    hit_data_o = '0;
    hit_global_o = 1'b0;
    if (cmp_i) begin
      row_valid = valid_q[32'(set_q) * WAYS +: WAYS];
      for (int w = WAYS - 1; w >= 0; w--) begin
        if (!row_valid[w]) begin
          empty_way = mmu_pkg::WayW'(w);
        end else if (row_key_q[w][KeyW-1 -: mmu_pkg::TagW] == cmp_tag_i && row_key_q[w][1:0] == cmp_size_i &&
                     (row_key_q[w][2] ? cmp_global_i : (cmp_own_i && row_key_q[w][14:3] == cmp_pcid_i))) begin
          match[w]     = 1'b1;
          hit_way_o    = mmu_pkg::WayW'(w);
          hit_data_o   = row_data_q[w];
          hit_global_o = row_key_q[w][2];
        end
      end
    end
    hit_o = match != 0;
  end

  always_comb begin
    full_o     = &row_valid;
    fill_way_o = hit_o ? hit_way_o : full_o ? victim_way : empty_way;
  end

  // ---- replacement ----
  logic [RepW-1:0] rep_init, rep_state, rep_touched;
  logic [mmu_pkg::WayW-1:0] touched_way;
  logic rep_we;
  always_comb begin
    rep_we      = touch_i || (put_i && put_used_i);
    touched_way = touch_i ? touch_way_i : fill_way_o;
    rep_state   = used_q[set_q] ? row_rep_q : rep_init;
    random_next = mmu_pkg::xorshift32(random_q);
  end

  logic [mmu_pkg::WayW-1:0] unused_victim;
  logic [RepW-1:0] unused_init, unused_touched;
  replacement #(.WAYS(WAYS), .POLICY(POLICY)) u_touch (
    .state_i(rep_state), .touch_i(rep_we), .touch_way_i(touched_way), .choose_i(1'b0), .random_i(random_next),
    .init_o(rep_init), .touched_o(rep_touched), .victim_o(unused_victim)
  );
  // The victim must not depend on the way it decides.
  replacement #(.WAYS(WAYS), .POLICY(POLICY)) u_victim (
    .state_i(rep_state), .touch_i(1'b0), .touch_way_i(6'd0), .choose_i(cmp_i), .random_i(random_next),
    .init_o(unused_init), .touched_o(unused_touched), .victim_o(victim_way)
  );

  // ---- invalidation of a row by kind ----
  always_comb begin
    selected = '0;
    if (clear_kind_i) begin
      for (int w = 0; w < WAYS; w++) begin
        selected[w] = mmu_pkg::inv_selects(kind_i, cmp_pcid_i, row_key_q[w][14:3], row_key_q[w][2]);
      end
    end
    if (clear_i) selected = selected | match;
  end

  // ---- memory ----
  for (genvar w = 0; w < WAYS; w++) begin : gen_way
    logic [KeyW-1:0]            key_mem  [0:SETS-1];  // one read and one write port each
    logic [mmu_pkg::TransW-1:0] data_mem [0:SETS-1];
    always_ff @(posedge clk_i) begin
      if (put_i && fill_way_o == mmu_pkg::WayW'(w)) begin
        key_mem[set_q]  <= {cmp_tag_i, put_global_i ? 12'd0 : cmp_pcid_i, put_global_i, cmp_size_i};
        data_mem[set_q] <= put_data_i;
      end
      if (read_i) begin
        row_key_q[w]  <= key_mem[read_set_i[SetBits-1:0]];
        row_data_q[w] <= data_mem[read_set_i[SetBits-1:0]];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rep_we) rep_mem[set_q] <= rep_touched;
    if (read_i) row_rep_q <= rep_mem[read_set_i[SetBits-1:0]];
    if (read_i) set_q <= read_set_i[SetBits-1:0];
  end

  // ---- flip-flops ----
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      random_q <= SEED;
      used_q   <= '0;
    end else begin
      if (put_i && put_used_i && !hit_o && full_o) random_q <= random_next;
      if (rep_we) used_q[set_q] <= 1'b1;
    end
  end

  logic [WAYS-1:0] row_valid_d;
  always_comb begin
    row_valid_d = valid_q[32'(set_q) * WAYS +: WAYS] & ~selected;
    if (put_i) row_valid_d[fill_way_o[WayBits-1:0]] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_all_i) valid_q <= '0;
    else if (put_i || clear_i || clear_kind_i) valid_q[32'(set_q) * WAYS +: WAYS] <= row_valid_d;
  end

  logic unused;
  always_comb unused = ^{unused_victim, unused_init, unused_touched, read_set_i, fill_way_o};

  // ---- parameters and assertions ----
  initial begin
    if (SETS < 1 || SETS > 4096 || (SETS & (SETS - 1)) != 0)
      $fatal(1, "ram_array: SETS must be a power of two up to 4096");
  end

`ifdef MMU_ASSERT
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      WritesFollowACompare: assert (!(put_i || clear_i) || cmp_i);
      // An entry of a PCID may also be there as a global page, when software changed G without invalidation.
      AtMostTwoMatch:       assert ($countones(match) <= 2);
      RandomNeverZero:      assert (random_q != 0);
    end
  end
`endif

endmodule
`default_nettype wire
