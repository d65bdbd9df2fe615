// l2_tlb: a second-level TLB: up to three arrays in synchronous memory, one operation at a time.
//
// Contract. Arrays are searched side by side, the page sizes of an array one after another, small pages first; the
//   first array that matches answers. An operation is taken when op_valid_i && ready_o, a look-up when look_valid_i &&
//   ready_o and no operation is offered. The entry found is given with res_valid_o; res_allowed_i in that cycle says
//   whether the look-up counts as a use of it.
// Cycle budget. With K the most page sizes of an array, from the cycle in which it is taken:
//     look-up   result in cycle K, free again in K+1 (K+2 after a hit)
//     fill, renewal   written in cycle 1, reported then, free again in 2
//     drop of a page   done in cycle K, free again in K
//     invalidation   of everything at once, free again in cycle 1; of a kind a set per cycle, free again in SETS+1
`default_nettype none
module l2_tlb #(
  parameter integer A0_SETS = 8, parameter integer A0_WAYS = 4, parameter integer A0_POLICY = 0,
  parameter integer A0_SIZES = 3, parameter [31:0]  A0_SEED = 32'd1,
  parameter integer A1_SETS = 0, parameter integer A1_WAYS = 1, parameter integer A1_POLICY = 0,
  parameter integer A1_SIZES = 0, parameter [31:0]  A1_SEED = 32'd1,
  parameter integer A2_SETS = 0, parameter integer A2_WAYS = 1, parameter integer A2_POLICY = 0,
  parameter integer A2_SIZES = 0, parameter [31:0]  A2_SEED = 32'd1
) (
  input  wire                         clk_i,
  input  wire                         rst_ni,
  output logic                        ready_o,

  input  wire                         look_valid_i,
  input  wire  [56:12]                look_va_i,
  input  wire  [11:0]                 look_pcid_i,
  input  wire  [mmu_pkg::SlotW-1:0]   look_slot_i,
  output logic                        res_valid_o,
  output logic [mmu_pkg::SlotW-1:0]   res_slot_o,
  output logic                        res_hit_o,
  output logic                        res_global_o,
  output logic [1:0]                  res_size_o,
  output logic [1:0]                  res_array_o,
  output logic [mmu_pkg::SetW-1:0]    res_set_o,
  output logic [mmu_pkg::WayW-1:0]    res_way_o,
  output logic [mmu_pkg::TransW-1:0]  res_data_o,
  input  wire                         res_allowed_i,

  input  wire                         op_valid_i,
  input  wire  [2:0]                  op_i,
  input  wire  [56:12]                op_va_i,
  input  wire  [11:0]                 op_pcid_i,
  input  wire                         op_global_i,
  input  wire  [1:0]                  op_size_i,
  input  wire  [mmu_pkg::TransW-1:0]  op_data_i,
  input  wire  [2:0]                  op_kind_i,
  output logic                        fill_o,
  output logic [1:0]                  fill_array_o,
  output logic [mmu_pkg::SetW-1:0]    fill_set_o,
  output logic [mmu_pkg::WayW-1:0]    fill_way_o,
  output logic                        fill_evict_o
);

  function automatic integer count_sizes(input integer sizes);
    count_sizes = (sizes & 1) + ((sizes >> 1) & 1) + ((sizes >> 2) & 1);
  endfunction

  // The step-th page size of a mask; 3 beyond the last.
  function automatic [1:0] size_of_step(input integer sizes, input [1:0] step);
    integer seen;
    seen = 0;
    size_of_step = 2'd3;
    for (int s = 0; s < 3; s++) begin
      if (((sizes >> s) & 1) != 0) begin
        if (seen == 32'(step)) size_of_step = 2'(s);
        seen = seen + 1;
      end
    end
  endfunction

  function automatic [56:12] page_of(input [56:12] va, input [1:0] size);
    case (size)
      2'd0:    page_of = va;
      2'd1:    page_of = {va[56:21], 9'd0};
      default: page_of = {va[56:30], 18'd0};
    endcase
  endfunction

  function automatic [mmu_pkg::SetW-1:0] index_of(input [56:12] va, input [1:0] size);
    index_of = mmu_pkg::SetW'(va >> (9 * 32'(size)));
  endfunction

  // A set number of an array: as many bits as it has sets.
  function automatic [mmu_pkg::SetW-1:0] set_in(input [1:0] array, input [mmu_pkg::SetW-1:0] index);
    case (array)
      2'd0:    set_in = index & mmu_pkg::SetW'(A0_SETS - 1);
      2'd1:    set_in = index & mmu_pkg::SetW'(A1_SETS - 1);
      default: set_in = index & mmu_pkg::SetW'(A2_SETS - 1);
    endcase
  endfunction

  localparam integer Steps01  = count_sizes(A0_SIZES) > count_sizes(A1_SIZES) ? count_sizes(A0_SIZES)
                                                                              : count_sizes(A1_SIZES);
  localparam integer Steps    = Steps01 > count_sizes(A2_SIZES) ? Steps01 : count_sizes(A2_SIZES);
  localparam integer Sets01   = A0_SETS > A1_SETS ? A0_SETS : A1_SETS;
  localparam integer MostSets = Sets01 > A2_SETS ? Sets01 : A2_SETS;

  typedef enum logic [1:0] {Idle, Compare, Touch, Sweep} state_e;
  state_e state_q, state_d;

  logic [2:0]                  op_q, kind_q;
  logic [56:12]                va_q;
  logic [11:0]                 pcid_q;
  logic                        global_q;
  logic [1:0]                  size_q, step_q, step_d;
  logic [mmu_pkg::TransW-1:0]  data_q;
  logic [mmu_pkg::SlotW-1:0]   slot_q;
  logic [mmu_pkg::SetW-1:0]    sweep_q, sweep_d;

  // ---- taking an operation ----
  logic take_op, take_look, sweeps, last_step;
  // Of registers alone: who offers an operation looks at it first.
  always_comb begin
    last_step = 32'(step_q) == Steps - 1;
    ready_o   = state_q == Idle || (state_q == Compare && op_q == mmu_pkg::OpDrop && last_step);
  end
  always_comb begin
    take_op   = op_valid_i && ready_o;
    take_look = look_valid_i && ready_o && !op_valid_i;
    sweeps    = take_op && op_i == mmu_pkg::OpInval && op_kind_i != mmu_pkg::InvAll;
  end

  // ---- arrays ----
  wire [2:0]                   hit, hit_global, full;
  wire [3*mmu_pkg::WayW-1:0]   hit_way, put_way;
  wire [3*mmu_pkg::TransW-1:0] hit_data;
  wire [2:0]                   found, put;
  wire [5:0]                   found_size;  // 2 bits per array
  logic [2:0]                  found_q;
  logic [5:0]                  found_size_q;
  logic [1:0]                  read_step;
  logic [56:12]                read_va;

  // In the cycle that takes an operation its own address is read; afterwards the next step's.
  always_comb begin
    read_va   = take_op ? op_va_i : take_look ? look_va_i : va_q;
    read_step = (take_op || take_look) ? 2'd0 : step_q + 2'd1;
  end

  for (genvar a = 0; a < 3; a++) begin : gen_array
    localparam integer Sets   = a == 0 ? A0_SETS   : a == 1 ? A1_SETS   : A2_SETS;
    localparam integer Ways   = a == 0 ? A0_WAYS   : a == 1 ? A1_WAYS   : A2_WAYS;
    localparam integer Policy = a == 0 ? A0_POLICY : a == 1 ? A1_POLICY : A2_POLICY;
    localparam integer Sizes  = a == 0 ? A0_SIZES  : a == 1 ? A1_SIZES  : A2_SIZES;
    localparam [31:0]  Seed   = a == 0 ? A0_SEED   : a == 1 ? A1_SEED   : A2_SEED;

    if (Sets != 0) begin : gen_real
      logic [1:0] cmp_size, next_size;
      logic       fills, cmp, in_sweep, read;
      logic [mmu_pkg::SetW-1:0] read_set;
      always_comb begin
        fills     = op_q == mmu_pkg::OpFill || op_q == mmu_pkg::OpRenew;
        cmp_size  = fills ? size_q : size_of_step(Sizes, step_q);
        next_size = (take_op && op_i != mmu_pkg::OpDrop) ? op_size_i : size_of_step(Sizes, read_step);
        in_sweep  = state_q == Sweep && 32'(sweep_q) < Sets;
        // A size that this array does not hold is not compared; what was found stays in the row.
        cmp       = state_q == Compare && cmp_size != 2'd3 && Sizes[32'(cmp_size)] && !found_q[a];
      end

      always_comb begin
        read = take_look || (take_op && op_i != mmu_pkg::OpInval) || sweeps || state_q == Sweep ||
               (state_q == Compare && (op_q == mmu_pkg::OpDrop || (op_q == mmu_pkg::OpLook && !found[a])));
        read_set = index_of(read_va, next_size);
        if (sweeps) read_set = '0;
        else if (state_q == Sweep) read_set = sweep_q + mmu_pkg::SetW'(1);
      end

      assign found[a] = found_q[a] || hit[a];
      assign found_size[2*a +: 2] = found_q[a] ? found_size_q[2*a +: 2] : cmp_size;
      assign put[a] = cmp && (op_q == mmu_pkg::OpFill || (op_q == mmu_pkg::OpRenew && hit[a]));

      ram_array #(.SETS(Sets), .WAYS(Ways), .POLICY(Policy), .SEED(Seed)) u_array (
        .clk_i, .rst_ni,
        .read_i(read), .read_set_i(read_set),
        .cmp_i(cmp), .cmp_tag_i(page_of(va_q, cmp_size)), .cmp_size_i(cmp_size), .cmp_pcid_i(pcid_q),
        .cmp_global_i(op_q == mmu_pkg::OpLook || global_q), .cmp_own_i(!(fills && global_q)),
        .hit_o(hit[a]), .hit_global_o(hit_global[a]), .hit_way_o(hit_way[mmu_pkg::WayW*a +: mmu_pkg::WayW]),
        .hit_data_o(hit_data[mmu_pkg::TransW*a +: mmu_pkg::TransW]), .full_o(full[a]),
        .fill_way_o(put_way[mmu_pkg::WayW*a +: mmu_pkg::WayW]),
        .put_i(put[a]), .put_used_i(op_q == mmu_pkg::OpFill), .put_global_i(global_q), .put_data_i(data_q),
        .touch_i(state_q == Touch && res_array_q == 2'(a)), .touch_way_i(res_way_q),
        .clear_i(cmp && op_q == mmu_pkg::OpDrop), .clear_kind_i(in_sweep), .kind_i(kind_q),
        .clear_all_i(take_op && op_i == mmu_pkg::OpInval && op_kind_i == mmu_pkg::InvAll)
      );
    end else begin : gen_none
      assign {hit[a], hit_global[a], full[a], found[a], put[a]} = '0;
      assign found_size[2*a +: 2] = '0;
      assign hit_way[mmu_pkg::WayW*a +: mmu_pkg::WayW] = '0;
      assign put_way[mmu_pkg::WayW*a +: mmu_pkg::WayW] = '0;
      assign hit_data[mmu_pkg::TransW*a +: mmu_pkg::TransW] = '0;
    end
  end

  // ---- what was found, kept from its step to the last one ----
  logic [2:0]                  found_global_q;
  logic [3*mmu_pkg::WayW-1:0]  found_way_q;
  logic [3*mmu_pkg::TransW-1:0] found_data_q;
  always_ff @(posedge clk_i) begin
    for (int a = 0; a < 3; a++) begin
      if (hit[a]) begin
        found_size_q[2*a +: 2] <= found_size[2*a +: 2];
        found_global_q[a] <= hit_global[a];
        found_way_q[mmu_pkg::WayW*a +: mmu_pkg::WayW] <= hit_way[mmu_pkg::WayW*a +: mmu_pkg::WayW];
        found_data_q[mmu_pkg::TransW*a +: mmu_pkg::TransW] <= hit_data[mmu_pkg::TransW*a +: mmu_pkg::TransW];
      end
    end
  end

  // ---- result of a look-up ----
  logic [1:0]               res_array_q;
  logic [mmu_pkg::WayW-1:0] res_way_q;
  always_comb begin
    res_valid_o  = state_q == Compare && op_q == mmu_pkg::OpLook && last_step;
    res_slot_o   = slot_q;
    res_array_o  = found[0] ? 2'd0 : found[1] ? 2'd1 : 2'd2;
    res_hit_o    = found != 0;
    res_size_o   = found_size[2*res_array_o +: 2];
    res_set_o    = set_in(res_array_o, index_of(va_q, res_size_o));
    res_global_o = hit_global[res_array_o];
    res_way_o    = hit_way[mmu_pkg::WayW*32'(res_array_o) +: mmu_pkg::WayW];
    res_data_o   = hit_data[mmu_pkg::TransW*32'(res_array_o) +: mmu_pkg::TransW];
    if (found_q[res_array_o]) begin
      res_global_o = found_global_q[res_array_o];
      res_way_o    = found_way_q[mmu_pkg::WayW*32'(res_array_o) +: mmu_pkg::WayW];
      res_data_o   = found_data_q[mmu_pkg::TransW*32'(res_array_o) +: mmu_pkg::TransW];
    end
  end

  // ---- report of a fill ----
  always_comb begin
    fill_array_o = put[0] ? 2'd0 : put[1] ? 2'd1 : 2'd2;
    fill_o       = put != 0 && op_q == mmu_pkg::OpFill;
    fill_set_o   = set_in(fill_array_o, index_of(va_q, size_q));
    fill_way_o   = put_way[mmu_pkg::WayW*32'(fill_array_o) +: mmu_pkg::WayW];
    fill_evict_o = fill_o && !hit[fill_array_o] && full[fill_array_o];
  end

  // ---- next state ----
  always_comb begin
    state_d = state_q;
    step_d  = step_q;
    sweep_d = sweep_q;
    unique case (state_q)
      // Ready for the next operation, taken below.
      Idle: state_d = Idle;
      // A row is compared; the next step's is being read.
      Compare: begin
        step_d = step_q + 2'd1;
        if (op_q == mmu_pkg::OpFill || op_q == mmu_pkg::OpRenew) state_d = Idle;
        else if (res_valid_o && res_hit_o && res_allowed_i) state_d = Touch;
        else if (last_step) state_d = Idle;
      end
      // The set of a hit marks its way used.
      Touch: state_d = Idle;
      // A set is cleared; the next one is being read.
      Sweep: begin
        sweep_d = sweep_q + mmu_pkg::SetW'(1);
        if (32'(sweep_q) == MostSets - 1) state_d = Idle;
      end
      default: state_d = Idle;
    endcase
    if (take_op || take_look) begin
      step_d  = 2'd0;
      sweep_d = '0;
      state_d = Compare;
      if (sweeps) state_d = Sweep;
      else if (take_op && op_i == mmu_pkg::OpInval) state_d = Idle;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Idle;
      op_q    <= mmu_pkg::OpNone;
      found_q <= '0;
    end else begin
      state_q <= state_d;
      found_q <= (state_q == Compare && op_q == mmu_pkg::OpLook && !last_step) ? found : '0;
      if (take_op) op_q <= op_i;
      else if (take_look) op_q <= mmu_pkg::OpLook;
    end
    step_q  <= step_d;
    sweep_q <= sweep_d;
    if (res_valid_o) begin
      res_array_q <= res_array_o;
      res_way_q   <= res_way_o;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_op) begin
      va_q     <= op_va_i;
      pcid_q   <= op_pcid_i;
      global_q <= op_global_i;
      size_q   <= op_size_i;
      data_q   <= op_data_i;
      kind_q   <= op_kind_i;
    end else if (take_look) begin
      va_q     <= look_va_i;
      pcid_q   <= look_pcid_i;
      global_q <= 1'b0;
      slot_q   <= look_slot_i;
    end
  end

  logic unused;
  always_comb unused = ^{look_va_i, found_size_q, full, read_va};

  // ---- parameters and assertions ----
  initial begin
    if (A0_SETS == 0) $fatal(1, "l2_tlb: the first array must exist");
    if ((A0_SIZES & A1_SIZES) != 0 || (A0_SIZES & A2_SIZES) != 0 || (A1_SIZES & A2_SIZES) != 0)
      $fatal(1, "l2_tlb: a page size belongs to one array");
  end

`ifdef MMU_ASSERT
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      FillEntersOneArray:    assert ((put & (put - 3'd1)) == 0);
      OperationsAreKnown:    assert (!op_valid_i || (op_i != mmu_pkg::OpNone && op_i != mmu_pkg::OpLook));
      PageInvalidationsDrop: assert (!op_valid_i || op_i != mmu_pkg::OpInval || op_kind_i < mmu_pkg::InvPage);
    end
  end
`endif

endmodule
`default_nettype wire
