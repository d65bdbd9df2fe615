// l1_tlb: a first-level TLB: up to three arrays, each holding pages of given sizes.
//
// Contract. Look-up, touch and operations as in cam_array, on all arrays at once. A look-up is answered by the first
//   array that matches. A fill enters the first array that holds pages of its size; filled_o stays low when none does.
// Cycle budget. That of cam_array: a look-up answers in the cycle of the question, one per cycle.
`default_nettype none
module l1_tlb #(
  parameter integer A0_SETS = 4, parameter integer A0_WAYS = 2, parameter integer A0_POLICY = 0,
  parameter integer A0_SIZES = 1, parameter [31:0]  A0_SEED = 32'd1,
  parameter integer A1_SETS = 0, parameter integer A1_WAYS = 1, parameter integer A1_POLICY = 0,
  parameter integer A1_SIZES = 0, parameter [31:0]  A1_SEED = 32'd1,
  parameter integer A2_SETS = 0, parameter integer A2_WAYS = 1, parameter integer A2_POLICY = 0,
  parameter integer A2_SIZES = 0, parameter [31:0]  A2_SEED = 32'd1
) (
  input  wire                         clk_i,
  input  wire                         rst_ni,

  input  wire                         look_i,
  input  wire  [56:12]                look_va_i,
  input  wire  [11:0]                 look_pcid_i,
  input  wire                         touch_i,
  output logic                        hit_o,
  output logic                        hit_global_o,
  output logic [1:0]                  hit_size_o,
  output logic [1:0]                  hit_array_o,
  output logic [mmu_pkg::SetW-1:0]    hit_set_o,
  output logic [mmu_pkg::WayW-1:0]    hit_way_o,
  output logic [mmu_pkg::TransW-1:0]  hit_data_o,

  input  wire  [2:0]                  op_i,
  input  wire  [56:12]                op_va_i,
  input  wire  [11:0]                 op_pcid_i,
  input  wire                         op_global_i,
  input  wire  [1:0]                  op_size_i,
  input  wire  [mmu_pkg::TransW-1:0]  op_data_i,
  input  wire  [2:0]                  op_kind_i,
  output logic                        filled_o,
  output logic [1:0]                  fill_array_o,
  output logic [mmu_pkg::SetW-1:0]    fill_set_o,
  output logic [mmu_pkg::WayW-1:0]    fill_way_o,
  output logic                        fill_evict_o
);

  wire [2:0]                   hit, hit_global, filled, evict;
  wire [3*2-1:0]               hit_size;
  wire [3*mmu_pkg::SetW-1:0]   hit_set, fill_set;
  wire [3*mmu_pkg::WayW-1:0]   hit_way, fill_way;
  wire [3*mmu_pkg::TransW-1:0] hit_data;

  for (genvar a = 0; a < 3; a++) begin : gen_array
    localparam integer Sets   = a == 0 ? A0_SETS   : a == 1 ? A1_SETS   : A2_SETS;
    localparam integer Ways   = a == 0 ? A0_WAYS   : a == 1 ? A1_WAYS   : A2_WAYS;
    localparam integer Policy = a == 0 ? A0_POLICY : a == 1 ? A1_POLICY : A2_POLICY;
    localparam integer Sizes  = a == 0 ? A0_SIZES  : a == 1 ? A1_SIZES  : A2_SIZES;
    localparam [31:0]  Seed   = a == 0 ? A0_SEED   : a == 1 ? A1_SEED   : A2_SEED;
    if (Sets != 0) begin : gen_real
      cam_array #(
        .SETS(Sets), .WAYS(Ways), .POLICY(Policy), .SIZES(Sizes),
        .BASE_SHIFT(12), .DATA_W(mmu_pkg::TransW), .SEED(Seed)
      ) u_array (
        .clk_i, .rst_ni,
        .look_i, .look_va_i, .look_pcid_i, .touch_i(touch_i && hit_array_o == 2'(a)),
        .hit_o(hit[a]), .hit_global_o(hit_global[a]), .hit_size_o(hit_size[2*a +: 2]),
        .hit_set_o(hit_set[mmu_pkg::SetW*a +: mmu_pkg::SetW]),
        .hit_way_o(hit_way[mmu_pkg::WayW*a +: mmu_pkg::WayW]),
        .hit_data_o(hit_data[mmu_pkg::TransW*a +: mmu_pkg::TransW]),
        .op_i, .op_va_i, .op_pcid_i, .op_global_i, .op_size_i, .op_data_i, .op_kind_i,
        .filled_o(filled[a]), .fill_set_o(fill_set[mmu_pkg::SetW*a +: mmu_pkg::SetW]),
        .fill_way_o(fill_way[mmu_pkg::WayW*a +: mmu_pkg::WayW]), .fill_evict_o(evict[a])
      );
    end else begin : gen_none
      assign {hit[a], hit_global[a], filled[a], evict[a]} = '0;
      assign hit_size[2*a +: 2] = '0;
      assign hit_set[mmu_pkg::SetW*a +: mmu_pkg::SetW] = '0;
      assign hit_way[mmu_pkg::WayW*a +: mmu_pkg::WayW] = '0;
      assign hit_data[mmu_pkg::TransW*a +: mmu_pkg::TransW] = '0;
      assign fill_set[mmu_pkg::SetW*a +: mmu_pkg::SetW] = '0;
      assign fill_way[mmu_pkg::WayW*a +: mmu_pkg::WayW] = '0;
    end
  end

  always_comb begin
    hit_array_o  = hit[0] ? 2'd0 : hit[1] ? 2'd1 : 2'd2;
    hit_o        = hit != 0;
    hit_global_o = hit_global[hit_array_o];
    hit_size_o   = hit_size[2*32'(hit_array_o) +: 2];
    hit_set_o    = hit_set[mmu_pkg::SetW*32'(hit_array_o) +: mmu_pkg::SetW];
    hit_way_o    = hit_way[mmu_pkg::WayW*32'(hit_array_o) +: mmu_pkg::WayW];
    hit_data_o   = hit_data[mmu_pkg::TransW*32'(hit_array_o) +: mmu_pkg::TransW];
  end

  always_comb begin
    fill_array_o = filled[0] ? 2'd0 : filled[1] ? 2'd1 : 2'd2;
    filled_o     = filled != 0;
    fill_set_o   = fill_set[mmu_pkg::SetW*32'(fill_array_o) +: mmu_pkg::SetW];
    fill_way_o   = fill_way[mmu_pkg::WayW*32'(fill_array_o) +: mmu_pkg::WayW];
    fill_evict_o = evict[fill_array_o];
  end

  // ---- parameters ----
  initial begin
    if (A0_SETS == 0) $fatal(1, "l1_tlb: the first array must exist");
    if ((A0_SIZES & A1_SIZES) != 0 || (A0_SIZES & A2_SIZES) != 0 || (A1_SIZES & A2_SIZES) != 0)
      $fatal(1, "l1_tlb: a page size belongs to one array");
  end

`ifdef MMU_ASSERT
  always_ff @(posedge clk_i) begin
    if (rst_ni) FillEntersOneArray: assert ((filled & (filled - 3'd1)) == 0);
  end
`endif

endmodule
`default_nettype wire
