// cam_array: a set-associative array of tagged entries in flip-flops: looked up in the cycle of the question.
//
// It is the first-level TLB of one or more page sizes, and, with one size, a paging-structure cache.
//
// Contract. A tag is the linear address above 2^BASE_SHIFT; size s covers 2^(BASE_SHIFT + 9 s) bytes, and only sizes of
//   the mask SIZES are held. An entry belongs to a PCID or is global. At most one entry matches an address and PCID as
//   long as no software error puts two sizes over one another; then the smaller page answers, as in the model.
//   A look-up and an operation never come in the same cycle: the owner sees to that (assertion at the end).
// Cycle budget. Look-up: combinational, from registers. Every operation: one cycle, seen by the look-up of the next.
`default_nettype none
module cam_array #(
  parameter integer SETS       = 4,
  parameter integer WAYS       = 2,
  parameter integer POLICY     = 0,
  parameter integer SIZES      = 1,
  parameter integer BASE_SHIFT = 12,
  parameter integer DATA_W     = 52,
  parameter [31:0]  SEED       = 32'd1
) (
  input  wire                       clk_i,
  input  wire                       rst_ni,

  // look-up; touch_i marks the way that matched as used
  input  wire                       look_i,
  input  wire  [56:12]              look_va_i,
  input  wire  [11:0]               look_pcid_i,
  input  wire                       touch_i,
  output logic                      hit_o,
  output logic                      hit_global_o,
  output logic [1:0]                hit_size_o,
  output logic [mmu_pkg::SetW-1:0]  hit_set_o,
  output logic [mmu_pkg::WayW-1:0]  hit_way_o,
  output logic [DATA_W-1:0]         hit_data_o,

  // operation
  input  wire  [2:0]                op_i,
  input  wire  [56:12]              op_va_i,
  input  wire  [11:0]               op_pcid_i,
  input  wire                       op_global_i,  // fill: the entry is global; drop: global entries too
  input  wire  [1:0]                op_size_i,    // fill
  input  wire  [DATA_W-1:0]         op_data_i,    // fill
  input  wire  [2:0]                op_kind_i,    // invalidation
  output logic                      filled_o,     // combinational: this fill writes an entry, here
  output logic [mmu_pkg::SetW-1:0]  fill_set_o,
  output logic [mmu_pkg::WayW-1:0]  fill_way_o,
  output logic                      fill_evict_o  // over another key
);

  localparam integer SetBits = SETS > 1 ? $clog2(SETS) : 1;
  localparam integer WayBits = WAYS > 1 ? $clog2(WAYS) : 1;
  localparam integer TagBits = 57 - BASE_SHIFT;
  localparam integer KeyW    = TagBits + 12 + 1 + 2;  // tag, PCID, global, size
  localparam integer RepW    = mmu_pkg::rep_width(WAYS, POLICY);

  logic [SETS*WAYS-1:0] valid_q, valid_d;  // way w of set s at s*WAYS + w
  logic [KeyW-1:0]   key_q   [0:SETS-1][0:WAYS-1];
  logic [DATA_W-1:0] data_q  [0:SETS-1][0:WAYS-1];
  logic [SETS*RepW-1:0] rep_q;
  logic [31:0]       random_q;
  logic [31:0]       random_next;

  // Tag of an address at a size: the bits below the page are zero. By shifts, since Yosys 0.23 takes the ~ of a
  // `~TagBits'(511)` for a part of the width.
  function automatic [TagBits-1:0] tag_of(input [TagBits-1:0] address, input [1:0] size);
    case (size)
      2'd0:    tag_of = address;
      2'd1:    tag_of = (address >> 9) << 9;
      default: tag_of = (address >> 18) << 18;
    endcase
  endfunction

  function automatic [SetBits-1:0] set_of(input [TagBits-1:0] address, input [1:0] size);
    if (SETS == 1) set_of = '0;
    else set_of = SetBits'(address >> (32'(size) * 9));
  endfunction

  // Does a key hold this tag at this size, for this PCID or as a global page?
  function automatic logic key_holds(input [KeyW-1:0] key, input [TagBits-1:0] tag, input [1:0] size, input [11:0] pcid,
                                     input globals);
    key_holds = key[KeyW-1 -: TagBits] == tag && key[1:0] == size && (key[2] ? globals : key[14:3] == pcid);
  endfunction

  // ---- look-up: small pages first, then the lowest way ----
  logic [TagBits-1:0] look_tag;
  logic [SetBits-1:0] look_set;
  always_comb begin
    hit_o      = 1'b0;
    hit_size_o = '0;
    hit_set_o  = '0;
    hit_way_o  = '0;
    look_tag   = '0;
    look_set   = '0;
    if (look_i) begin
      for (int s = 0; s < 3; s++) begin
        if (SIZES[s] && !hit_o) begin
          look_tag = tag_of(look_va_i[56:BASE_SHIFT], 2'(s));
          look_set = set_of(look_va_i[56:BASE_SHIFT], 2'(s));
          for (int w = WAYS - 1; w >= 0; w--) begin
            if (valid_q[32'(look_set) * WAYS + w] &&
                key_holds(key_q[look_set][w], look_tag, 2'(s), look_pcid_i, 1'b1)) begin
              hit_o      = 1'b1;
              hit_size_o = 2'(s);
              hit_set_o  = mmu_pkg::SetW'(look_set);
              hit_way_o  = mmu_pkg::WayW'(w);
            end
          end
        end
      end
    end
  end

  logic [KeyW-1:0] hit_key;
  always_comb begin
    hit_key      = '0;
    hit_data_o   = '0;
    if (hit_o) begin
      hit_key    = key_q[hit_set_o[SetBits-1:0]][hit_way_o[WayBits-1:0]];
      hit_data_o = data_q[hit_set_o[SetBits-1:0]][hit_way_o[WayBits-1:0]];
    end
    hit_global_o = hit_key[2];
  end

  // ---- fill: its own key, else the lowest empty way, else the victim ----
  logic               own, full;
  logic [SetBits-1:0] op_set;
  logic [mmu_pkg::WayW-1:0] own_way, empty_way, victim_way;
  logic [KeyW-1:0]    op_key;

  always_comb begin
    op_set    = set_of(op_va_i[56:BASE_SHIFT], op_size_i);
    op_key    = {tag_of(op_va_i[56:BASE_SHIFT], op_size_i), op_global_i ? 12'd0 : op_pcid_i, op_global_i, op_size_i};
    own       = 1'b0;
    own_way   = '0;
    full      = 1'b1;
    empty_way = '0;
    if (op_i == mmu_pkg::OpFill || op_i == mmu_pkg::OpRenew) begin
      for (int w = WAYS - 1; w >= 0; w--) begin
        if (!valid_q[32'(op_set) * WAYS + w]) begin
          full      = 1'b0;
          empty_way = mmu_pkg::WayW'(w);
        end else if (key_q[op_set][w] == op_key) begin
          own     = 1'b1;
          own_way = mmu_pkg::WayW'(w);
        end
      end
    end
  end

  logic takes;  // this fill writes an entry
  always_comb begin
    takes        = SIZES[32'(op_size_i)] && (op_i == mmu_pkg::OpFill || (op_i == mmu_pkg::OpRenew && own));
    filled_o     = takes && op_i == mmu_pkg::OpFill;
    fill_set_o   = mmu_pkg::SetW'(op_set);
    fill_way_o   = own ? own_way : full ? victim_way : empty_way;
    fill_evict_o = filled_o && !own && full;
  end

  // ---- replacement: one write, by a touch or by a fill ----
  logic               rep_we;
  logic [SetBits-1:0] rep_set;
  logic [mmu_pkg::WayW-1:0] rep_way;
  logic [RepW-1:0]    rep_init, rep_touched;

  always_comb begin
    rep_we  = touch_i || filled_o;
    rep_set = touch_i ? hit_set_o[SetBits-1:0] : op_set;
    rep_way = touch_i ? hit_way_o : fill_way_o;
  end

  logic [RepW-1:0] rep_state;
  logic [mmu_pkg::WayW-1:0] unused_victim;
  always_comb rep_state = rep_q[32'(rep_set) * RepW +: RepW];
  replacement #(.WAYS(WAYS), .POLICY(POLICY)) u_touch (
    .state_i(rep_state), .touch_i(rep_we), .touch_way_i(rep_way), .choose_i(1'b0), .random_i(random_next),
    .init_o(rep_init), .touched_o(rep_touched), .victim_o(unused_victim)
  );

  // The victim must not depend on the way it decides.
  logic [RepW-1:0] victim_state, unused_init, unused_touched;
  always_comb victim_state = rep_q[32'(op_set) * RepW +: RepW];
  replacement #(.WAYS(WAYS), .POLICY(POLICY)) u_victim (
    .state_i(victim_state), .touch_i(1'b0), .touch_way_i(6'd0),
    .choose_i(op_i == mmu_pkg::OpFill), .random_i(random_next),
    .init_o(unused_init), .touched_o(unused_touched), .victim_o(victim_way)
  );

  always_comb random_next = mmu_pkg::xorshift32(random_q);

  // ---- which entries are there ----
  always_comb begin
    valid_d = valid_q;
    if (takes) valid_d[32'(op_set) * WAYS + 32'(fill_way_o)] = 1'b1;
    if (op_i == mmu_pkg::OpDrop) begin
      for (int s = 0; s < 3; s++) begin
        for (int w = 0; w < WAYS; w++) begin
          if (SIZES[s] && key_holds(key_q[set_of(op_va_i[56:BASE_SHIFT], 2'(s))][w],
                                    tag_of(op_va_i[56:BASE_SHIFT], 2'(s)), 2'(s), op_pcid_i, op_global_i)) begin
            valid_d[32'(set_of(op_va_i[56:BASE_SHIFT], 2'(s))) * WAYS + w] = 1'b0;
          end
        end
      end
    end
    if (op_i == mmu_pkg::OpInval) begin
      for (int s = 0; s < SETS; s++) begin
        for (int w = 0; w < WAYS; w++) begin
          if (mmu_pkg::inv_selects(op_kind_i, op_pcid_i, key_q[s][w][14:3], key_q[s][w][2])) valid_d[s*WAYS + w] = 1'b0;
        end
      end
    end
  end

  // ---- registers ----
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      random_q <= SEED;
      rep_q    <= {SETS{rep_init}};
    end else begin
      if (fill_evict_o) random_q <= random_next;
      if (rep_we) rep_q[32'(rep_set) * RepW +: RepW] <= rep_touched;
    end
  end

  always_ff @(posedge clk_i) begin
    if (takes) begin
      key_q[op_set][fill_way_o[WayBits-1:0]]  <= op_key;
      data_q[op_set][fill_way_o[WayBits-1:0]] <= op_data_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= valid_d;
  end

  logic unused;
  always_comb unused = ^{unused_victim, unused_init, unused_touched, hit_key, op_va_i, look_va_i, hit_set_o};

  // ---- parameters and assertions ----
  initial begin
    if (SETS < 1 || SETS > 4096 || (SETS & (SETS - 1)) != 0)
      $fatal(1, "cam_array: SETS must be a power of two up to 4096");
    if (SIZES < 1 || SIZES > 7) $fatal(1, "cam_array: SIZES must be a mask of 1..7");
  end

`ifdef MMU_ASSERT
  logic [31:0] holders;
  always_comb begin
    holders = 32'd0;
    for (int w = 0; w < WAYS; w++) begin
      if (look_i && valid_q[32'(set_of(look_va_i[56:BASE_SHIFT], hit_size_o)) * WAYS + w] &&
          key_holds(key_q[set_of(look_va_i[56:BASE_SHIFT], hit_size_o)][w],
                    tag_of(look_va_i[56:BASE_SHIFT], hit_size_o), hit_size_o, look_pcid_i,
                    1'b0)) holders = holders + 1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      LookUpAndOperationNeverMeet: assert (!(look_i && op_i != mmu_pkg::OpNone));
      TouchOnlyWhatHit:            assert (!touch_i || hit_o);
      OneEntryOfAKey:              assert (holders <= 1);
      RandomNeverZero:             assert (random_q != 0);
    end
  end
`endif

endmodule
`default_nettype wire
