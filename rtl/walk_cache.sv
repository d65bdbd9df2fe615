// walk_cache: the paging-structure caches: where a walk may start (SDM "Caches for Paging Structures").
//
// Contract. One cache per level of entries that point to tables, PDE (2) to PML5E (5), each a cam_array of one size. A
//   look-up is answered by the deepest cache that knows the address and touches that entry alone; level_o is 0 when none
//   does. A fill enters every level of fill_levels_i at once. Entries belong to a PCID and are never global.
//   Look-ups and operations never come in the same cycle.
// Cycle budget. That of cam_array.
`default_nettype none
module walk_cache #(
  parameter integer PDE_SETS   = 2, parameter integer PDE_WAYS   = 2, parameter integer PDE_POLICY   = 0,
  parameter [31:0]  PDE_SEED   = 32'd1,
  parameter integer PDPTE_SETS = 1, parameter integer PDPTE_WAYS = 2, parameter integer PDPTE_POLICY = 0,
  parameter [31:0]  PDPTE_SEED = 32'd1,
  parameter integer PML4E_SETS = 1, parameter integer PML4E_WAYS = 2, parameter integer PML4E_POLICY = 0,
  parameter [31:0]  PML4E_SEED = 32'd1,
  parameter integer PML5E_SETS = 0, parameter integer PML5E_WAYS = 1, parameter integer PML5E_POLICY = 0,
  parameter [31:0]  PML5E_SEED = 32'd1
) (
  input  wire                          clk_i,
  input  wire                          rst_ni,

  input  wire                          look_i,
  input  wire  [56:12]                 look_va_i,
  input  wire  [11:0]                  look_pcid_i,
  output logic [2:0]                   level_o,
  output logic [mmu_pkg::SetW-1:0]     set_o,
  output logic [mmu_pkg::WayW-1:0]     way_o,
  output logic [mmu_pkg::TableW-1:0]   table_o,

  input  wire  [2:0]                   op_i,           // fill, drop or invalidation
  input  wire  [56:12]                 op_va_i,
  input  wire  [11:0]                  op_pcid_i,
  input  wire  [2:0]                   op_kind_i,
  input  wire  [5:2]                   fill_levels_i,
  input  wire  [4*mmu_pkg::TableW-1:0] fill_tables_i,  // level 2 lowest, as in page_walker
  output logic [5:2]                   filled_o,
  output logic [5:2]                   evict_o,
  output logic [4*mmu_pkg::SetW-1:0]   fill_set_o,
  output logic [4*mmu_pkg::WayW-1:0]   fill_way_o
);

  wire [5:2]                   hit, filled, evict;
  wire [4*mmu_pkg::SetW-1:0]   hit_set, fill_set;
  wire [4*mmu_pkg::WayW-1:0]   hit_way, fill_way;
  wire [4*mmu_pkg::TableW-1:0] hit_table;

  for (genvar l = 2; l <= 5; l++) begin : gen_level
    localparam integer Sets   = l == 2 ? PDE_SETS   : l == 3 ? PDPTE_SETS   : l == 4 ? PML4E_SETS   : PML5E_SETS;
    localparam integer Ways   = l == 2 ? PDE_WAYS   : l == 3 ? PDPTE_WAYS   : l == 4 ? PML4E_WAYS   : PML5E_WAYS;
    localparam integer Policy = l == 2 ? PDE_POLICY : l == 3 ? PDPTE_POLICY : l == 4 ? PML4E_POLICY : PML5E_POLICY;
    localparam [31:0]  Seed   = l == 2 ? PDE_SEED   : l == 3 ? PDPTE_SEED   : l == 4 ? PML4E_SEED   : PML5E_SEED;
    localparam integer At     = l - 2;

    if (Sets != 0) begin : gen_real
      logic [2:0]  op;
      wire         unused_global;
      wire  [1:0]  unused_size;
      always_comb begin
        op = op_i;
        if (op_i == mmu_pkg::OpFill && !fill_levels_i[l]) op = mmu_pkg::OpNone;
      end
      cam_array #(
        .SETS(Sets), .WAYS(Ways), .POLICY(Policy), .SIZES(1), .BASE_SHIFT(12 + 9 * (l - 1)),
        .DATA_W(mmu_pkg::TableW), .SEED(Seed)
      ) u_array (
        .clk_i, .rst_ni,
        .look_i, .look_va_i, .look_pcid_i, .touch_i(look_i && level_o == 3'(l)),
        .hit_o(hit[l]), .hit_global_o(unused_global), .hit_size_o(unused_size),
        .hit_set_o(hit_set[mmu_pkg::SetW*At +: mmu_pkg::SetW]), .hit_way_o(hit_way[mmu_pkg::WayW*At +: mmu_pkg::WayW]),
        .hit_data_o(hit_table[mmu_pkg::TableW*At +: mmu_pkg::TableW]),
        .op_i(op), .op_va_i, .op_pcid_i, .op_global_i(1'b0), .op_size_i(2'd0),
        .op_data_i(fill_tables_i[mmu_pkg::TableW*At +: mmu_pkg::TableW]), .op_kind_i,
        .filled_o(filled[l]), .fill_set_o(fill_set[mmu_pkg::SetW*At +: mmu_pkg::SetW]),
        .fill_way_o(fill_way[mmu_pkg::WayW*At +: mmu_pkg::WayW]), .fill_evict_o(evict[l])
      );
      logic unused;
      always_comb unused = ^{unused_global, unused_size};
    end else begin : gen_none
      assign {hit[l], filled[l], evict[l]} = '0;
      assign hit_set[mmu_pkg::SetW*At +: mmu_pkg::SetW] = '0;
      assign hit_way[mmu_pkg::WayW*At +: mmu_pkg::WayW] = '0;
      assign hit_table[mmu_pkg::TableW*At +: mmu_pkg::TableW] = '0;
      assign fill_set[mmu_pkg::SetW*At +: mmu_pkg::SetW] = '0;
      assign fill_way[mmu_pkg::WayW*At +: mmu_pkg::WayW] = '0;
    end
  end

  always_comb begin
    level_o = '0;
    set_o   = '0;
    way_o   = '0;
    table_o = '0;
    for (int l = 5; l >= 2; l--) begin
      if (hit[l]) begin
        level_o = 3'(l);
        set_o   = hit_set[mmu_pkg::SetW*(l-2) +: mmu_pkg::SetW];
        way_o   = hit_way[mmu_pkg::WayW*(l-2) +: mmu_pkg::WayW];
        table_o = hit_table[mmu_pkg::TableW*(l-2) +: mmu_pkg::TableW];
      end
    end
    filled_o   = filled;
    evict_o    = evict;
    fill_set_o = fill_set;
    fill_way_o = fill_way;
  end

  logic unused;
  always_comb unused = ^{fill_levels_i, fill_tables_i};

  // ---- assertions ----
`ifdef MMU_ASSERT
  always_ff @(posedge clk_i) begin
    if (rst_ni) NothingIsRenewedHere: assert (op_i != mmu_pkg::OpRenew);
  end
`endif

endmodule
`default_nettype wire
