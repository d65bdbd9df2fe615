// mmu: an x86-64 memory-management unit: first-level TLBs for fetches and data, a second level, paging-structure caches,
// and hardware walkers, on the port contract of docs/rtl.md.
//
// Contract. Every channel: valid never depends on ready, what is offered stays until it is taken, every response carries
//   the id of its request, a request keeps the context of its acceptance, and no path leads from an input to an output.
//   An id may be used again when its response has been taken, or from three cycles after its kill if no response with it
//   stands on the port. A port must take its responses without waiting for the other: a walk keeps its walker until it
//   has answered. Memory forgets what it owes the walkers when the MMU is reset.
//   4-level paging, with LA57 = 1 also 5-level; EFER.LME and CR4.PAE are taken as 1. After reset paging is off.
// Cycle budget. A request accepted in cycle a that is alone in the MMU is answered in cycle a+3+N, N being what the
//   golden model charges (docs/timing.md): 0 for a first-level hit. First-level hits: one per cycle and port.
`default_nettype none
module mmu #(
  parameter integer LA57 = 0,            // CR4.LA57 exists
  parameter integer PKU = 1,             // CR4.PKE exists
  parameter integer PA_BITS = 40,        // MAXPHYADDR, 32..52
  parameter integer PAGES_1G = 1,        // a PDPTE may map a page
  parameter integer ACCESSED_EARLY = 0,  // entries that point to tables get A before the walk goes on
  parameter integer WALKERS = 2,         // 1..4
  parameter integer MISS_SLOTS = 4,      // per port, 1..16
  parameter integer L2_SPLIT = 0,        // 1: L2 serves data, L2I fetches
  parameter integer L2_HIT_CYCLES = 3,   // at least 1 + the most page sizes of an array
  parameter integer L2I_HIT_CYCLES = 3,
  parameter integer PSC_CYCLES = 1,      // of a look-up of the paging-structure caches
  parameter integer WALK_START_CYCLES = 0,
  parameter integer WALK_STEP_CYCLES = 0,
  // Arrays of the TLBs: SETS 0 is none; POLICY 0 LRU, 1 tree-PLRU, 2 random; SIZES a mask of 1 4K, 2 2M, 4 1G.
  parameter integer L1I_0_SETS = 4, parameter integer L1I_0_WAYS = 2, parameter integer L1I_0_POLICY = 0,
  parameter integer L1I_0_SIZES = 1, parameter [31:0] L1I_0_SEED = 32'd1,
  parameter integer L1I_1_SETS = 1, parameter integer L1I_1_WAYS = 2, parameter integer L1I_1_POLICY = 0,
  parameter integer L1I_1_SIZES = 2, parameter [31:0] L1I_1_SEED = 32'd1,
  parameter integer L1I_2_SETS = 1, parameter integer L1I_2_WAYS = 2, parameter integer L1I_2_POLICY = 1,
  parameter integer L1I_2_SIZES = 4, parameter [31:0] L1I_2_SEED = 32'd1,
  parameter integer L1D_0_SETS = 4, parameter integer L1D_0_WAYS = 2, parameter integer L1D_0_POLICY = 1,
  parameter integer L1D_0_SIZES = 1, parameter [31:0] L1D_0_SEED = 32'd1,
  parameter integer L1D_1_SETS = 1, parameter integer L1D_1_WAYS = 2, parameter integer L1D_1_POLICY = 1,
  parameter integer L1D_1_SIZES = 2, parameter [31:0] L1D_1_SEED = 32'd1,
  parameter integer L1D_2_SETS = 1, parameter integer L1D_2_WAYS = 2, parameter integer L1D_2_POLICY = 0,
  parameter integer L1D_2_SIZES = 4, parameter [31:0] L1D_2_SEED = 32'd1,
  parameter integer L2_0_SETS = 8, parameter integer L2_0_WAYS = 4, parameter integer L2_0_POLICY = 1,
  parameter integer L2_0_SIZES = 3, parameter [31:0] L2_0_SEED = 32'd1,
  parameter integer L2_1_SETS = 0, parameter integer L2_1_WAYS = 1, parameter integer L2_1_POLICY = 0,
  parameter integer L2_1_SIZES = 0, parameter [31:0] L2_1_SEED = 32'd1,
  parameter integer L2_2_SETS = 0, parameter integer L2_2_WAYS = 1, parameter integer L2_2_POLICY = 0,
  parameter integer L2_2_SIZES = 0, parameter [31:0] L2_2_SEED = 32'd1,
  parameter integer L2I_0_SETS = 0, parameter integer L2I_0_WAYS = 1, parameter integer L2I_0_POLICY = 0,
  parameter integer L2I_0_SIZES = 0, parameter [31:0] L2I_0_SEED = 32'd1,
  parameter integer L2I_1_SETS = 0, parameter integer L2I_1_WAYS = 1, parameter integer L2I_1_POLICY = 0,
  parameter integer L2I_1_SIZES = 0, parameter [31:0] L2I_1_SEED = 32'd1,
  parameter integer L2I_2_SETS = 0, parameter integer L2I_2_WAYS = 1, parameter integer L2I_2_POLICY = 0,
  parameter integer L2I_2_SIZES = 0, parameter [31:0] L2I_2_SEED = 32'd1,
  // Paging-structure caches.
  parameter integer PDE_SETS = 2, parameter integer PDE_WAYS = 2, parameter integer PDE_POLICY = 0,
  parameter [31:0] PDE_SEED = 32'd1,
  parameter integer PDPTE_SETS = 1, parameter integer PDPTE_WAYS = 2, parameter integer PDPTE_POLICY = 1,
  parameter [31:0] PDPTE_SEED = 32'd1,
  parameter integer PML4E_SETS = 1, parameter integer PML4E_WAYS = 2, parameter integer PML4E_POLICY = 0,
  parameter [31:0] PML4E_SEED = 32'd1,
  parameter integer PML5E_SETS = 0, parameter integer PML5E_WAYS = 1, parameter integer PML5E_POLICY = 0,
  parameter [31:0] PML5E_SEED = 32'd1
) (
  input  wire         clk_i,
  input  wire         rst_ni,

  // fetches
  input  wire         f_req_valid_i,
  output wire         f_req_ready_o,
  input  wire  [3:0]  f_req_id_i,
  input  wire  [63:0] f_req_va_i,
  input  wire  [1:0]  f_req_acc_i,
  input  wire         f_req_user_i,
  input  wire         f_req_implicit_i,
  input  wire         f_req_ac_i,
  input  wire         f_req_stack_i,
  input  wire         f_req_prefetch_i,
  input  wire         f_kill_valid_i,
  input  wire  [3:0]  f_kill_id_i,
  output wire         f_rsp_valid_o,
  input  wire         f_rsp_ready_i,
  output logic [3:0]  f_rsp_id_o,
  output logic [51:0] f_rsp_pa_o,
  output logic [1:0]  f_rsp_level_o,
  output logic [2:0]  f_rsp_memtype_o,
  output logic        f_rsp_global_o,
  output logic [2:0]  f_rsp_fault_o,
  output logic [15:0] f_rsp_error_code_o,
  output logic [1:0]  f_rsp_source_o,

  // data
  input  wire         d_req_valid_i,
  output wire         d_req_ready_o,
  input  wire  [3:0]  d_req_id_i,
  input  wire  [63:0] d_req_va_i,
  input  wire  [1:0]  d_req_acc_i,
  input  wire         d_req_user_i,
  input  wire         d_req_implicit_i,
  input  wire         d_req_ac_i,
  input  wire         d_req_stack_i,
  input  wire         d_req_prefetch_i,
  input  wire         d_kill_valid_i,
  input  wire  [3:0]  d_kill_id_i,
  output wire         d_rsp_valid_o,
  input  wire         d_rsp_ready_i,
  output logic [3:0]  d_rsp_id_o,
  output logic [51:0] d_rsp_pa_o,
  output logic [1:0]  d_rsp_level_o,
  output logic [2:0]  d_rsp_memtype_o,
  output logic        d_rsp_global_o,
  output logic [2:0]  d_rsp_fault_o,
  output logic [15:0] d_rsp_error_code_o,
  output logic [1:0]  d_rsp_source_o,

  // control
  input  wire         ctl_valid_i,
  output wire         ctl_ready_o,
  input  wire  [3:0]  ctl_op_i,
  input  wire  [63:0] ctl_data_i,
  input  wire  [11:0] ctl_pcid_i,
  output wire         ctl_done_o,

  // walkers to memory
  output logic        wmq_valid_o,
  input  wire         wmq_ready_i,
  output logic [1:0]  wmq_id_o,
  output logic [51:3] wmq_addr_o,
  output logic        wmq_op_o,  // 0 READ8, 1 CAS8
  output logic [63:0] wmq_expected_o,
  output logic [63:0] wmq_new_o,
  output logic        wmq_pwt_o,
  output logic        wmq_pcd_o,
  input  wire         wmr_valid_i,
  output wire         wmr_ready_o,
  input  wire  [1:0]  wmr_id_i,
  input  wire  [63:0] wmr_data_i,
  input  wire         wmr_ok_i,
  input  wire         wmr_err_i,

  // status
  output logic         idle_o,
  output logic [255:0] perf_o,  // eight counters of 32 bits, lowest first: mmu_counters

  // observation: what happened in the cycle before
  output logic        f_obs_lookup_o,
  output logic        f_obs_replay_o,
  output logic [5:0]  f_obs_slot_o,
  output logic        f_obs_hit_o,
  output logic [1:0]  f_obs_array_o,
  output logic [5:0]  f_obs_way_o,
  output logic [15:0] f_obs_set_o,
  output logic        d_obs_lookup_o,
  output logic        d_obs_replay_o,
  output logic [5:0]  d_obs_slot_o,
  output logic        d_obs_hit_o,
  output logic [1:0]  d_obs_array_o,
  output logic [5:0]  d_obs_way_o,
  output logic [15:0] d_obs_set_o,
  output logic        l2_obs_lookup_o,
  output logic [5:0]  l2_obs_slot_o,
  output logic        l2_obs_hit_o,
  output logic [1:0]  l2_obs_array_o,
  output logic [5:0]  l2_obs_way_o,
  output logic [15:0] l2_obs_set_o,
  output logic        l2_obs_fill_o,
  output logic [1:0]  l2_obs_fill_array_o,
  output logic [5:0]  l2_obs_fill_way_o,
  output logic        l2_obs_fill_evict_o,
  output logic [15:0] l2_obs_fill_set_o,
  output logic        l2i_obs_lookup_o,
  output logic [5:0]  l2i_obs_slot_o,
  output logic        l2i_obs_hit_o,
  output logic [1:0]  l2i_obs_array_o,
  output logic [5:0]  l2i_obs_way_o,
  output logic [15:0] l2i_obs_set_o,
  output logic        l2i_obs_fill_o,
  output logic [1:0]  l2i_obs_fill_array_o,
  output logic [5:0]  l2i_obs_fill_way_o,
  output logic        l2i_obs_fill_evict_o,
  output logic [15:0] l2i_obs_fill_set_o,
  output logic        obs_walk_o,
  output logic [5:0]  obs_walk_slot_o,
  output logic [1:0]  obs_walk_walker_o,
  output logic [2:0]  obs_walk_psc_level_o,
  output logic [5:0]  obs_walk_psc_way_o,
  output logic [15:0] obs_walk_psc_set_o,
  output logic        obs_commit_o,
  output logic [5:0]  obs_commit_slot_o,
  output logic [3:0]  obs_commit_actions_o,  // respond, drop, fill, last from the lowest
  output logic        obs_commit_port_o,
  output logic        obs_l1_fill_o,
  output logic [1:0]  obs_l1_fill_array_o,
  output logic [5:0]  obs_l1_fill_way_o,
  output logic        obs_l1_fill_evict_o,
  output logic [15:0] obs_l1_fill_set_o,
  output logic [5:2]  obs_psc_fill_o,
  output logic [5:2]  obs_psc_evict_o,
  output logic [23:0] obs_psc_fill_way_o,    // 6 bits per level, level 2 lowest
  output logic [63:0] obs_psc_fill_set_o,    // 16 bits per level, level 2 lowest
  output logic        obs_inval_o
);

  localparam integer WalkerBits = WALKERS > 1 ? $clog2(WALKERS) : 1;

  // The most page sizes that an array of a second-level TLB holds.
  function automatic integer most_sizes(input integer a, input integer b, input integer c);
    integer sizes;
    most_sizes = 0;
    for (int i = 0; i < 3; i++) begin
      sizes = i == 0 ? a : i == 1 ? b : c;
      sizes = (sizes & 1) + ((sizes >> 1) & 1) + ((sizes >> 2) & 1);
      if (sizes > most_sizes) most_sizes = sizes;
    end
  endfunction
  localparam integer L2Steps  = most_sizes(L2_0_SIZES, L2_1_SIZES, L2_2_SIZES);
  localparam integer L2ISteps = most_sizes(L2I_0_SIZES, L2I_1_SIZES, L2I_2_SIZES);

  // Vectors by port have fetch in the lower half, data in the upper; by second-level unit L2 is lower, L2I upper.

  // ---- control ----
  wire                      bank, ctl_busy, ctl_idle, inval;
  wire [mmu_pkg::CtxW-1:0]  ctx0, ctx1;
  wire [2:0]                inval_tlb, inval_psc;
  wire [11:0]               inval_pcid;
  wire [56:12]              inval_va;
  wire [3:0]                port_in_flight;
  wire [1:0]                slots_in_flight, port_empty, l2_ready;
  wire                      slots_empty;

  control_unit #(.LA57(LA57), .PKU(PKU)) u_control (
    .clk_i, .rst_ni, .ctl_valid_i, .ctl_ready_o, .ctl_op_i, .ctl_data_i, .ctl_pcid_i, .ctl_done_o,
    .bank_o(bank), .ctx0_o(ctx0), .ctx1_o(ctx1),
    .in_flight_i(port_in_flight[1:0] | port_in_flight[3:2] | slots_in_flight),
    .idle_o(ctl_idle), .busy_o(ctl_busy), .l2_ready_i(l2_ready == 2'b11), .inval_o(inval),
    .tlb_kind_o(inval_tlb), .psc_kind_o(inval_psc), .pcid_o(inval_pcid), .va_o(inval_va)
  );

  // ---- commit ----
  wire                        commit, commit_port, respond, drop, drop_psc, fill, fill_psc, last, fill_global;
  wire [mmu_pkg::SlotW-1:0]   commit_slot;
  wire [1:0]                  commit_walker, fill_size;
  wire [mmu_pkg::ReqW-1:0]    commit_req;
  wire [mmu_pkg::RspW-1:0]    commit_rsp;
  wire [2:0]                  commit_l1_op, commit_l2_op;
  wire [mmu_pkg::TransW-1:0]  fill_trans;
  logic [11:0]                commit_pcid;
  always_comb commit_pcid = commit_req[mmu_pkg::ReqBank] ? ctx1[mmu_pkg::CtxPcid +: 12] : ctx0[mmu_pkg::CtxPcid +: 12];

  // ---- what is done to the arrays: a commit's or an invalidation's, never both ----
  logic         page_inval;
  logic [5:0]   l1_op;       // 3 bits per port
  logic [2:0]   psc_op;
  logic [1:0]   l2_op_valid;
  logic [2:0]   l2_op;
  logic [56:12] op_va;
  logic [11:0]  op_pcid;
  logic         op_global;
  always_comb begin
    page_inval  = inval_tlb == mmu_pkg::InvPage || inval_tlb == mmu_pkg::InvPageGlob;
    l1_op       = {mmu_pkg::OpNone, mmu_pkg::OpNone};
    psc_op      = mmu_pkg::OpNone;
    l2_op_valid = '0;
    l2_op       = commit_l2_op;
    op_va       = commit_req[56:12];
    op_pcid     = commit_pcid;
    op_global   = drop || fill_global;
    if (inval) begin
      op_va     = inval_va;
      op_pcid   = inval_pcid;
      op_global = inval_tlb == mmu_pkg::InvPageGlob;
      l2_op     = page_inval ? mmu_pkg::OpDrop : mmu_pkg::OpInval;
      if (inval_tlb != mmu_pkg::InvNone) begin
        l2_op_valid = 2'b11;
        l1_op       = {l2_op, l2_op};
      end
      if (inval_psc != mmu_pkg::InvNone) psc_op = mmu_pkg::OpInval;
    end else if (drop) begin
      l1_op       = {commit_l1_op, commit_l1_op};
      l2_op_valid = 2'b11;
      if (drop_psc) psc_op = mmu_pkg::OpDrop;
    end else if (fill) begin
      if (commit_port) l1_op[5:3] = commit_l1_op;
      else l1_op[2:0] = commit_l1_op;
      if (fill_psc) psc_op = mmu_pkg::OpFill;
      if (commit_l2_op != mmu_pkg::OpNone) begin
        if (L2_SPLIT != 0 && !commit_port) l2_op_valid = 2'b10;
        else l2_op_valid = 2'b01;
      end
    end
  end

  // ---- kills, a cycle later: a killed request may still be answered in the cycle after its kill ----
  logic [1:0]                kill_valid_q;
  logic [2*mmu_pkg::IdW-1:0] kill_id_q;
  always_ff @(posedge clk_i) begin
    kill_valid_q <= rst_ni ? {d_kill_valid_i, f_kill_valid_i} : 2'b00;
    kill_id_q    <= {d_kill_id_i, f_kill_id_i};
  end

  // ---- ports and first level ----
  wire [1:0]                   port_miss, port_done, port_replay, port_killed, port_dirty, port_denied, rsp_free;
  wire [1:0]                   free_valid, replay_valid, replay_killed;
  wire [2*mmu_pkg::SlotW-1:0]  free_slot, replay_slot, port_slot;
  wire [2*mmu_pkg::ReqW-1:0]   replay_req, port_req;
  wire [2*mmu_pkg::ErrW-1:0]   port_error;
  wire [1:0]                   l1_hit, l1_hit_global, l1_filled, l1_evict;
  wire [3:0]                   l1_hit_size, l1_hit_array, l1_fill_array;
  wire [2*mmu_pkg::SetW-1:0]   l1_hit_set, l1_fill_set;
  wire [2*mmu_pkg::WayW-1:0]   l1_hit_way, l1_fill_way;
  wire [2*mmu_pkg::RspW-1:0]   rsp;
  wire [1:0]                   req_ready, rsp_valid;

  for (genvar p = 0; p < 2; p++) begin : gen_port
    wire                        look, touch;
    wire [56:12]                look_va;
    wire [11:0]                 look_pcid;
    wire [mmu_pkg::TransW-1:0]  hit_data;

    request_port #(.PORT(p)) u_port (
      .clk_i, .rst_ni,
      .req_valid_i(p == 0 ? f_req_valid_i : d_req_valid_i), .req_ready_o(req_ready[p]),
      .req_id_i(p == 0 ? f_req_id_i : d_req_id_i), .req_va_i(p == 0 ? f_req_va_i : d_req_va_i),
      .req_acc_i(p == 0 ? f_req_acc_i : d_req_acc_i), .req_user_i(p == 0 ? f_req_user_i : d_req_user_i),
      .req_implicit_i(p == 0 ? f_req_implicit_i : d_req_implicit_i), .req_ac_i(p == 0 ? f_req_ac_i : d_req_ac_i),
      .req_stack_i(p == 0 ? f_req_stack_i : d_req_stack_i),
      .req_prefetch_i(p == 0 ? f_req_prefetch_i : d_req_prefetch_i),
      .kill_valid_i(kill_valid_q[p]), .kill_id_i(kill_id_q[mmu_pkg::IdW*p +: mmu_pkg::IdW]),
      .rsp_valid_o(rsp_valid[p]), .rsp_ready_i(p == 0 ? f_rsp_ready_i : d_rsp_ready_i),
      .rsp_o(rsp[mmu_pkg::RspW*p +: mmu_pkg::RspW]),
      .bank_i(bank), .ctx0_i(ctx0), .ctx1_i(ctx1), .in_flight_o(port_in_flight[2*p +: 2]), .empty_o(port_empty[p]),
      .hold_i(ctl_busy || l1_op[3*p +: 3] != mmu_pkg::OpNone),
      .look_o(look), .look_va_o(look_va), .look_pcid_o(look_pcid), .touch_o(touch),
      .hit_i(l1_hit[p]), .hit_global_i(l1_hit_global[p]), .hit_size_i(l1_hit_size[2*p +: 2]), .hit_data_i(hit_data),
      .replay_valid_i(replay_valid[p]), .replay_slot_i(replay_slot[mmu_pkg::SlotW*p +: mmu_pkg::SlotW]),
      .replay_req_i(replay_req[mmu_pkg::ReqW*p +: mmu_pkg::ReqW]), .replay_killed_i(replay_killed[p]),
      .free_valid_i(free_valid[p]), .free_slot_i(free_slot[mmu_pkg::SlotW*p +: mmu_pkg::SlotW]),
      .done_o(port_done[p]), .replay_o(port_replay[p]), .miss_o(port_miss[p]),
      .slot_o(port_slot[mmu_pkg::SlotW*p +: mmu_pkg::SlotW]), .req_o(port_req[mmu_pkg::ReqW*p +: mmu_pkg::ReqW]),
      .killed_o(port_killed[p]), .dirty_o(port_dirty[p]), .denied_o(port_denied[p]),
      .error_o(port_error[mmu_pkg::ErrW*p +: mmu_pkg::ErrW]),
      .rsp_free_o(rsp_free[p]), .commit_i(respond && commit_port == 1'(p)), .commit_rsp_i(commit_rsp)
    );

    l1_tlb #(
      .A0_SETS(p == 0 ? L1I_0_SETS : L1D_0_SETS), .A0_WAYS(p == 0 ? L1I_0_WAYS : L1D_0_WAYS),
      .A0_POLICY(p == 0 ? L1I_0_POLICY : L1D_0_POLICY), .A0_SIZES(p == 0 ? L1I_0_SIZES : L1D_0_SIZES),
      .A0_SEED(p == 0 ? L1I_0_SEED : L1D_0_SEED), .A1_SETS(p == 0 ? L1I_1_SETS : L1D_1_SETS),
      .A1_WAYS(p == 0 ? L1I_1_WAYS : L1D_1_WAYS), .A1_POLICY(p == 0 ? L1I_1_POLICY : L1D_1_POLICY),
      .A1_SIZES(p == 0 ? L1I_1_SIZES : L1D_1_SIZES), .A1_SEED(p == 0 ? L1I_1_SEED : L1D_1_SEED),
      .A2_SETS(p == 0 ? L1I_2_SETS : L1D_2_SETS), .A2_WAYS(p == 0 ? L1I_2_WAYS : L1D_2_WAYS),
      .A2_POLICY(p == 0 ? L1I_2_POLICY : L1D_2_POLICY), .A2_SIZES(p == 0 ? L1I_2_SIZES : L1D_2_SIZES),
      .A2_SEED(p == 0 ? L1I_2_SEED : L1D_2_SEED)
    ) u_l1 (
      .clk_i, .rst_ni,
      .look_i(look), .look_va_i(look_va), .look_pcid_i(look_pcid), .touch_i(touch),
      .hit_o(l1_hit[p]), .hit_global_o(l1_hit_global[p]), .hit_size_o(l1_hit_size[2*p +: 2]),
      .hit_array_o(l1_hit_array[2*p +: 2]), .hit_set_o(l1_hit_set[mmu_pkg::SetW*p +: mmu_pkg::SetW]),
      .hit_way_o(l1_hit_way[mmu_pkg::WayW*p +: mmu_pkg::WayW]), .hit_data_o(hit_data),
      .op_i(l1_op[3*p +: 3]), .op_va_i(op_va), .op_pcid_i(op_pcid), .op_global_i(op_global), .op_size_i(fill_size),
      .op_data_i(fill_trans), .op_kind_i(inval_tlb),
      .filled_o(l1_filled[p]), .fill_array_o(l1_fill_array[2*p +: 2]),
      .fill_set_o(l1_fill_set[mmu_pkg::SetW*p +: mmu_pkg::SetW]),
      .fill_way_o(l1_fill_way[mmu_pkg::WayW*p +: mmu_pkg::WayW]), .fill_evict_o(l1_evict[p])
    );
  end

  assign {d_req_ready_o, f_req_ready_o} = req_ready;
  assign {d_rsp_valid_o, f_rsp_valid_o} = rsp_valid;
  always_comb begin
    f_rsp_pa_o         = rsp[mmu_pkg::RspPa +: 52];
    f_rsp_level_o      = rsp[mmu_pkg::RspLevel +: 2];
    f_rsp_memtype_o    = rsp[mmu_pkg::RspType +: 3];
    f_rsp_global_o     = rsp[mmu_pkg::RspGlob];
    f_rsp_fault_o      = rsp[mmu_pkg::RspFault +: 3];
    f_rsp_error_code_o = 16'(rsp[mmu_pkg::RspError +: mmu_pkg::ErrW]);
    f_rsp_source_o     = rsp[mmu_pkg::RspSource +: 2];
    f_rsp_id_o         = rsp[mmu_pkg::RspId +: mmu_pkg::IdW];
    d_rsp_pa_o         = rsp[mmu_pkg::RspW + mmu_pkg::RspPa +: 52];
    d_rsp_level_o      = rsp[mmu_pkg::RspW + mmu_pkg::RspLevel +: 2];
    d_rsp_memtype_o    = rsp[mmu_pkg::RspW + mmu_pkg::RspType +: 3];
    d_rsp_global_o     = rsp[mmu_pkg::RspW + mmu_pkg::RspGlob];
    d_rsp_fault_o      = rsp[mmu_pkg::RspW + mmu_pkg::RspFault +: 3];
    d_rsp_error_code_o = 16'(rsp[mmu_pkg::RspW + mmu_pkg::RspError +: mmu_pkg::ErrW]);
    d_rsp_source_o     = rsp[mmu_pkg::RspW + mmu_pkg::RspSource +: 2];
    d_rsp_id_o         = rsp[mmu_pkg::RspW + mmu_pkg::RspId +: mmu_pkg::IdW];
  end

  // ---- second level ----
  wire [1:0]                    look_valid, look_taken, res_valid, res_hit, res_global, res_allowed, l2_fill, l2_evict;
  wire [2*mmu_pkg::SlotW-1:0]   look_slot, res_slot;
  wire [2*mmu_pkg::ReqW-1:0]    look_req, res_req;
  wire [3:0]                    res_size, res_array, l2_fill_array;
  wire [2*mmu_pkg::SetW-1:0]    res_set, l2_fill_set;
  wire [2*mmu_pkg::WayW-1:0]    res_way, l2_fill_way;
  wire [2*mmu_pkg::TransW-1:0]  res_data;
  wire [2*mmu_pkg::ErrW-1:0]    res_error;

  for (genvar u = 0; u < 2; u++) begin : gen_l2
    if (u == 0 || L2_SPLIT != 0) begin : gen_real
      logic [11:0]               look_pcid;
      logic [mmu_pkg::CtxW-1:0]  res_ctx;
      wire  [mmu_pkg::ErrW-1:0]  unused_access;
      wire                       found;
      always_comb begin
        look_pcid = look_req[mmu_pkg::ReqW*u + mmu_pkg::ReqBank] ? ctx1[mmu_pkg::CtxPcid +: 12]
                                                                : ctx0[mmu_pkg::CtxPcid +: 12];
        res_ctx = res_req[mmu_pkg::ReqW*u + mmu_pkg::ReqBank] ? ctx1 : ctx0;
      end
      // An older context hits nothing, as in request_port.
      assign res_hit[u]    = found && res_req[mmu_pkg::ReqW*u + mmu_pkg::ReqBank] == bank;
      assign look_taken[u] = look_valid[u] && l2_ready[u] && !l2_op_valid[u];

      l2_tlb #(
        .A0_SETS(u == 0 ? L2_0_SETS : L2I_0_SETS), .A0_WAYS(u == 0 ? L2_0_WAYS : L2I_0_WAYS),
        .A0_POLICY(u == 0 ? L2_0_POLICY : L2I_0_POLICY), .A0_SIZES(u == 0 ? L2_0_SIZES : L2I_0_SIZES),
        .A0_SEED(u == 0 ? L2_0_SEED : L2I_0_SEED), .A1_SETS(u == 0 ? L2_1_SETS : L2I_1_SETS),
        .A1_WAYS(u == 0 ? L2_1_WAYS : L2I_1_WAYS), .A1_POLICY(u == 0 ? L2_1_POLICY : L2I_1_POLICY),
        .A1_SIZES(u == 0 ? L2_1_SIZES : L2I_1_SIZES), .A1_SEED(u == 0 ? L2_1_SEED : L2I_1_SEED),
        .A2_SETS(u == 0 ? L2_2_SETS : L2I_2_SETS), .A2_WAYS(u == 0 ? L2_2_WAYS : L2I_2_WAYS),
        .A2_POLICY(u == 0 ? L2_2_POLICY : L2I_2_POLICY), .A2_SIZES(u == 0 ? L2_2_SIZES : L2I_2_SIZES),
        .A2_SEED(u == 0 ? L2_2_SEED : L2I_2_SEED)
      ) u_l2 (
        .clk_i, .rst_ni, .ready_o(l2_ready[u]),
        .look_valid_i(look_valid[u]), .look_va_i(look_req[mmu_pkg::ReqW*u + 12 +: 45]), .look_pcid_i(look_pcid),
        .look_slot_i(look_slot[mmu_pkg::SlotW*u +: mmu_pkg::SlotW]),
        .res_valid_o(res_valid[u]), .res_slot_o(res_slot[mmu_pkg::SlotW*u +: mmu_pkg::SlotW]), .res_hit_o(found),
        .res_global_o(res_global[u]), .res_size_o(res_size[2*u +: 2]), .res_array_o(res_array[2*u +: 2]),
        .res_set_o(res_set[mmu_pkg::SetW*u +: mmu_pkg::SetW]), .res_way_o(res_way[mmu_pkg::WayW*u +: mmu_pkg::WayW]),
        .res_data_o(res_data[mmu_pkg::TransW*u +: mmu_pkg::TransW]), .res_allowed_i(res_allowed[u] && res_hit[u]),
        .op_valid_i(l2_op_valid[u]), .op_i(l2_op), .op_va_i(op_va), .op_pcid_i(op_pcid), .op_global_i(op_global),
        .op_size_i(fill_size), .op_data_i(fill_trans), .op_kind_i(inval_tlb),
        .fill_o(l2_fill[u]), .fill_array_o(l2_fill_array[2*u +: 2]),
        .fill_set_o(l2_fill_set[mmu_pkg::SetW*u +: mmu_pkg::SetW]),
        .fill_way_o(l2_fill_way[mmu_pkg::WayW*u +: mmu_pkg::WayW]), .fill_evict_o(l2_evict[u])
      );
      permission u_permission (
        .ctx_i(res_ctx), .acc_i(res_req[mmu_pkg::ReqW*u + mmu_pkg::ReqAcc +: 2]),
        .user_i(res_req[mmu_pkg::ReqW*u + mmu_pkg::ReqUser]), .ac_i(res_req[mmu_pkg::ReqW*u + mmu_pkg::ReqAc]),
        .attr_i(res_data[mmu_pkg::TransW*u +: mmu_pkg::AttrW]), .allowed_o(res_allowed[u]),
        .access_o(unused_access), .error_o(res_error[mmu_pkg::ErrW*u +: mmu_pkg::ErrW])
      );
      logic unused;
      always_comb unused = ^{unused_access, res_ctx};
    end else begin : gen_none
      assign l2_ready[u] = 1'b1;
      assign {look_taken[u], res_valid[u], res_hit[u], res_global[u], res_allowed[u], l2_fill[u], l2_evict[u]} = '0;
      assign res_slot[mmu_pkg::SlotW*u +: mmu_pkg::SlotW] = '0;
      assign {res_size[2*u +: 2], res_array[2*u +: 2], l2_fill_array[2*u +: 2]} = '0;
      assign {res_set[mmu_pkg::SetW*u +: mmu_pkg::SetW], l2_fill_set[mmu_pkg::SetW*u +: mmu_pkg::SetW]} = '0;
      assign {res_way[mmu_pkg::WayW*u +: mmu_pkg::WayW], l2_fill_way[mmu_pkg::WayW*u +: mmu_pkg::WayW]} = '0;
      assign res_data[mmu_pkg::TransW*u +: mmu_pkg::TransW] = '0;
      assign res_error[mmu_pkg::ErrW*u +: mmu_pkg::ErrW] = '0;
    end
  end

  // ---- miss slots ----
  wire                              walk_valid;
  logic                             walk_taken;
  wire [mmu_pkg::SlotW-1:0]         walk_slot;
  wire [mmu_pkg::ReqW-1:0]          walk_req;
  logic [1:0]                       free_walker;
  wire [WALKERS-1:0]                walker_busy, walker_done, walker_free, walker_retry;
  wire [WALKERS*mmu_pkg::ReqW-1:0]  walker_req;
  wire [WALKERS*mmu_pkg::SlotW-1:0] walker_slot;
  wire [WALKERS*3-1:0]              walker_fault;
  wire [WALKERS*mmu_pkg::ErrW-1:0]  walker_error;
  wire [WALKERS*2-1:0]              walker_size;
  wire [WALKERS*mmu_pkg::TransW-1:0] walker_trans;

  miss_file #(
    .SLOTS(MISS_SLOTS), .WALKERS(WALKERS), .L2_SPLIT(L2_SPLIT), .HIT_CYCLES(L2_HIT_CYCLES),
    .HIT_CYCLES_I(L2I_HIT_CYCLES)
  ) u_slots (
    .clk_i, .rst_ni, .bank_i(bank), .ctl_busy_i(ctl_busy), .in_flight_o(slots_in_flight), .empty_o(slots_empty),
    .kill_valid_i(kill_valid_q), .kill_id_i(kill_id_q),
    .free_valid_o(free_valid), .free_slot_o(free_slot), .replay_valid_o(replay_valid), .replay_slot_o(replay_slot),
    .replay_req_o(replay_req), .replay_killed_o(replay_killed), .replay_i(port_replay), .miss_i(port_miss),
    .slot_i(port_slot), .req_i(port_req), .killed_i(port_killed), .dirty_i(port_dirty), .denied_i(port_denied),
    .error_i(port_error), .hit_size_i(l1_hit_size), .hit_global_i(l1_hit_global),
    .look_valid_o(look_valid), .look_slot_o(look_slot), .look_req_o(look_req), .look_taken_i(look_taken),
    .res_valid_i(res_valid), .res_slot_i(res_slot), .res_req_o(res_req), .res_hit_i(res_hit),
    .res_allowed_i(res_allowed), .res_error_i(res_error), .res_size_i(res_size), .res_global_i(res_global),
    .res_data_i(res_data),
    .walk_valid_o(walk_valid), .walk_slot_o(walk_slot), .walk_req_o(walk_req), .walk_taken_i(walk_taken),
    .walk_walker_i(free_walker), .walker_busy_i(walker_busy), .walker_done_i(walker_done), .walker_req_i(walker_req),
    .walker_fault_i(walker_fault), .walker_error_i(walker_error), .walker_size_i(walker_size),
    .walker_trans_i(walker_trans), .walker_free_o(walker_free),
    .rsp_free_i(rsp_free), .l2_ready_i(l2_ready),
    .commit_o(commit), .commit_slot_o(commit_slot), .commit_port_o(commit_port), .commit_walker_o(commit_walker),
    .commit_req_o(commit_req), .respond_o(respond), .rsp_o(commit_rsp), .drop_o(drop), .drop_psc_o(drop_psc),
    .fill_o(fill), .fill_psc_o(fill_psc), .l1_op_o(commit_l1_op), .l2_op_o(commit_l2_op), .last_o(last),
    .size_o(fill_size), .global_o(fill_global), .trans_o(fill_trans)
  );

  // ---- starting walks: one per cycle, a restarted one first ----
  logic                     psc_blocked, retrying, walk_start;
  logic [1:0]               retry_walker, start_walker;
  logic [WALKERS-1:0]       start;
  logic [mmu_pkg::ReqW-1:0] start_req;
  logic [mmu_pkg::SlotW-1:0] start_slot;
  logic [mmu_pkg::CtxW-1:0] start_ctx;
  logic                     any_free;
  always_comb begin
    retrying     = 1'b0;
    retry_walker = '0;
    any_free     = 1'b0;
    free_walker  = '0;
    for (int k = WALKERS - 1; k >= 0; k--) begin
      if (walker_retry[k]) begin
        retrying     = 1'b1;
        retry_walker = 2'(k);
      end
      if (!walker_busy[k]) begin
        any_free    = 1'b1;
        free_walker = 2'(k);
      end
    end
    psc_blocked  = ctl_busy || psc_op != mmu_pkg::OpNone;
    walk_taken   = walk_valid && any_free && !retrying && !psc_blocked;
    walk_start   = walk_taken || (retrying && !psc_blocked);
    start_walker = retrying ? retry_walker : free_walker;
    start_req    = retrying ? walker_req[mmu_pkg::ReqW*32'(retry_walker) +: mmu_pkg::ReqW] : walk_req;
    start_slot   = retrying ? walker_slot[mmu_pkg::SlotW*32'(retry_walker) +: mmu_pkg::SlotW] : walk_slot;
    start_ctx    = start_req[mmu_pkg::ReqBank] ? ctx1 : ctx0;
    for (int k = 0; k < WALKERS; k++) start[k] = walk_start && 32'(start_walker) == k;
  end

  // ---- paging-structure caches ----
  wire [2:0]                   psc_level;
  wire [mmu_pkg::SetW-1:0]     psc_set;
  wire [mmu_pkg::WayW-1:0]     psc_way;
  wire [mmu_pkg::TableW-1:0]   psc_table;
  wire [5:2]                   psc_filled, psc_evict;
  wire [4*mmu_pkg::SetW-1:0]   psc_fill_set;
  wire [4*mmu_pkg::WayW-1:0]   psc_fill_way;
  wire [WALKERS*4-1:0]                  walker_table_valid;
  wire [WALKERS*4*mmu_pkg::TableW-1:0]  walker_tables;

  walk_cache #(
    .PDE_SETS(PDE_SETS), .PDE_WAYS(PDE_WAYS), .PDE_POLICY(PDE_POLICY), .PDE_SEED(PDE_SEED),
    .PDPTE_SETS(PDPTE_SETS), .PDPTE_WAYS(PDPTE_WAYS), .PDPTE_POLICY(PDPTE_POLICY), .PDPTE_SEED(PDPTE_SEED),
    .PML4E_SETS(PML4E_SETS), .PML4E_WAYS(PML4E_WAYS), .PML4E_POLICY(PML4E_POLICY), .PML4E_SEED(PML4E_SEED),
    .PML5E_SETS(PML5E_SETS), .PML5E_WAYS(PML5E_WAYS), .PML5E_POLICY(PML5E_POLICY), .PML5E_SEED(PML5E_SEED)
  ) u_walk_cache (
    .clk_i, .rst_ni, .look_i(walk_start && start_req[mmu_pkg::ReqBank] == bank), .look_va_i(start_req[56:12]),
    .look_pcid_i(start_ctx[mmu_pkg::CtxPcid +: 12]),
    .level_o(psc_level), .set_o(psc_set), .way_o(psc_way), .table_o(psc_table),
    .op_i(psc_op), .op_va_i(op_va), .op_pcid_i(op_pcid), .op_kind_i(inval_psc),
    .fill_levels_i(walker_table_valid[4*32'(commit_walker) +: 4]),
    .fill_tables_i(walker_tables[4*mmu_pkg::TableW*32'(commit_walker) +: 4*mmu_pkg::TableW]),
    .filled_o(psc_filled), .evict_o(psc_evict), .fill_set_o(psc_fill_set), .fill_way_o(psc_fill_way)
  );

  // Without a cached entry a walk starts at the root, with all rights.
  logic [2:0]                 start_level;
  logic [mmu_pkg::TableW-1:0] start_table;
  always_comb begin
    start_level = psc_level - 3'd1;
    start_table = psc_table;
    if (psc_level == 0) begin
      start_level = start_ctx[mmu_pkg::CtxLa57] ? 3'd5 : 3'd4;
      start_table = {start_ctx[mmu_pkg::CtxRoot +: 40], start_ctx[mmu_pkg::CtxPwt +: 2], 3'b111};
    end
  end

  // ---- walkers ----
  localparam integer HasPsc = (PDE_SETS != 0 || PDPTE_SETS != 0 || PML4E_SETS != 0 || PML5E_SETS != 0) ? 1 : 0;
  localparam integer StartCycles = (HasPsc != 0 ? PSC_CYCLES : 0) + WALK_START_CYCLES + WALK_STEP_CYCLES;
  wire [WALKERS-1:0]     mem_valid, mem_swap, mem_pwt, mem_pcd;
  wire [WALKERS*49-1:0]  mem_addr;
  wire [WALKERS*64-1:0]  mem_expected, mem_new;
  logic [WALKERS-1:0]    mem_taken;
  logic                  wmr_valid_q, wmr_ok_q, wmr_err_q;
  logic [1:0]            wmr_id_q;
  logic [63:0]           wmr_data_q;

  for (genvar k = 0; k < WALKERS; k++) begin : gen_walker
    page_walker #(
      .PA_BITS(PA_BITS), .PAGES_1G(PAGES_1G), .PKU(PKU), .ACCESSED_EARLY(ACCESSED_EARLY),
      .START_CYCLES(StartCycles), .STEP_CYCLES(WALK_STEP_CYCLES)
    ) u_walker (
      .clk_i, .rst_ni, .start_i(start[k]), .start_req_i(start_req), .start_slot_i(start_slot),
      .start_level_i(start_level), .start_table_i(start_table),
      .ctx_i(walker_req[mmu_pkg::ReqW*k + mmu_pkg::ReqBank] ? ctx1 : ctx0),
      .busy_o(walker_busy[k]), .retry_o(walker_retry[k]), .slot_o(walker_slot[mmu_pkg::SlotW*k +: mmu_pkg::SlotW]),
      .req_o(walker_req[mmu_pkg::ReqW*k +: mmu_pkg::ReqW]),
      .mem_valid_o(mem_valid[k]), .mem_taken_i(mem_taken[k]), .mem_swap_o(mem_swap[k]),
      .mem_addr_o(mem_addr[49*k +: 49]), .mem_expected_o(mem_expected[64*k +: 64]), .mem_new_o(mem_new[64*k +: 64]),
      .mem_pwt_o(mem_pwt[k]), .mem_pcd_o(mem_pcd[k]),
      .rsp_i(wmr_valid_q && 32'(wmr_id_q) == k), .rsp_data_i(wmr_data_q), .rsp_ok_i(wmr_ok_q), .rsp_err_i(wmr_err_q),
      .done_o(walker_done[k]), .free_i(walker_free[k]), .fault_o(walker_fault[3*k +: 3]),
      .error_o(walker_error[mmu_pkg::ErrW*k +: mmu_pkg::ErrW]), .size_o(walker_size[2*k +: 2]),
      .trans_o(walker_trans[mmu_pkg::TransW*k +: mmu_pkg::TransW]), .table_valid_o(walker_table_valid[4*k +: 4]),
      .table_o(walker_tables[4*mmu_pkg::TableW*k +: 4*mmu_pkg::TableW])
    );
  end

  // ---- walker port: who has been offered stays offered until taken ----
  logic       locked_q;
  logic [1:0] locked_walker_q, granted;
  always_comb begin
    granted = '0;
    for (int k = WALKERS - 1; k >= 0; k--) if (mem_valid[k]) granted = 2'(k);
    // The turn goes on from the walker that was offered last.
    for (int k = WALKERS - 1; k >= 0; k--) if (mem_valid[k] && 2'(k) > locked_walker_q) granted = 2'(k);
    if (locked_q) granted = locked_walker_q;
    wmq_valid_o    = mem_valid != 0;
    wmq_id_o       = granted;
    wmq_addr_o     = mem_addr[49*32'(granted) +: 49];
    wmq_op_o       = mem_swap[granted[WalkerBits-1:0]];
    wmq_expected_o = mem_expected[64*32'(granted) +: 64];
    wmq_new_o      = mem_new[64*32'(granted) +: 64];
    wmq_pwt_o      = mem_pwt[granted[WalkerBits-1:0]];
    wmq_pcd_o      = mem_pcd[granted[WalkerBits-1:0]];
    for (int k = 0; k < WALKERS; k++) mem_taken[k] = wmq_valid_o && wmq_ready_i && 32'(granted) == k;
  end

  assign wmr_ready_o = 1'b1;  // a walker always takes what it asked for
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      locked_q    <= 1'b0;
      wmr_valid_q <= 1'b0;
    end else begin
      locked_q    <= wmq_valid_o && !wmq_ready_i;
      wmr_valid_q <= wmr_valid_i;
    end
    if (wmq_valid_o) locked_walker_q <= granted;
    if (!rst_ni) locked_walker_q <= '0;
    wmr_id_q   <= wmr_id_i;
    wmr_data_q <= wmr_data_i;
    wmr_ok_q   <= wmr_ok_i;
    wmr_err_q  <= wmr_err_i;
  end

  // ---- status ----
  logic [7:0] count;
  always_comb begin
    idle_o = slots_empty && port_empty == 2'b11 && ctl_idle && l2_ready == 2'b11;
    count  = {wmq_valid_o && wmq_ready_i, walk_taken, res_valid[1] && !res_hit[1], res_valid[0] && !res_hit[0],
              port_done[1] && port_miss[1], port_done[0] && port_miss[0], port_done[1], port_done[0]};
  end
  mmu_counters u_counters (.clk_i, .rst_ni, .count_i(count), .perf_o);

  // ---- observation ----
  always_ff @(posedge clk_i) begin
    f_obs_lookup_o  <= rst_ni && port_done[0];
    f_obs_replay_o  <= port_replay[0];
    f_obs_slot_o    <= port_slot[0 +: mmu_pkg::SlotW];
    f_obs_hit_o     <= l1_hit[0];
    f_obs_array_o   <= l1_hit_array[1:0];
    f_obs_way_o     <= l1_hit_way[0 +: mmu_pkg::WayW];
    f_obs_set_o     <= l1_hit_set[0 +: mmu_pkg::SetW];
    d_obs_lookup_o  <= rst_ni && port_done[1];
    d_obs_replay_o  <= port_replay[1];
    d_obs_slot_o    <= port_slot[mmu_pkg::SlotW +: mmu_pkg::SlotW];
    d_obs_hit_o     <= l1_hit[1];
    d_obs_array_o   <= l1_hit_array[3:2];
    d_obs_way_o     <= l1_hit_way[mmu_pkg::WayW +: mmu_pkg::WayW];
    d_obs_set_o     <= l1_hit_set[mmu_pkg::SetW +: mmu_pkg::SetW];
    l2_obs_lookup_o     <= rst_ni && res_valid[0];
    l2_obs_slot_o       <= res_slot[mmu_pkg::SlotW*0 +: mmu_pkg::SlotW];
    l2_obs_hit_o        <= res_hit[0];
    l2_obs_array_o      <= res_array[2*0 +: 2];
    l2_obs_way_o        <= res_way[mmu_pkg::WayW*0 +: mmu_pkg::WayW];
    l2_obs_set_o        <= res_set[mmu_pkg::SetW*0 +: mmu_pkg::SetW];
    l2_obs_fill_o       <= rst_ni && l2_fill[0];
    l2_obs_fill_array_o <= l2_fill_array[2*0 +: 2];
    l2_obs_fill_way_o   <= l2_fill_way[mmu_pkg::WayW*0 +: mmu_pkg::WayW];
    l2_obs_fill_evict_o <= l2_evict[0];
    l2_obs_fill_set_o   <= l2_fill_set[mmu_pkg::SetW*0 +: mmu_pkg::SetW];
    l2i_obs_lookup_o     <= rst_ni && res_valid[1];
    l2i_obs_slot_o       <= res_slot[mmu_pkg::SlotW*1 +: mmu_pkg::SlotW];
    l2i_obs_hit_o        <= res_hit[1];
    l2i_obs_array_o      <= res_array[2*1 +: 2];
    l2i_obs_way_o        <= res_way[mmu_pkg::WayW*1 +: mmu_pkg::WayW];
    l2i_obs_set_o        <= res_set[mmu_pkg::SetW*1 +: mmu_pkg::SetW];
    l2i_obs_fill_o       <= rst_ni && l2_fill[1];
    l2i_obs_fill_array_o <= l2_fill_array[2*1 +: 2];
    l2i_obs_fill_way_o   <= l2_fill_way[mmu_pkg::WayW*1 +: mmu_pkg::WayW];
    l2i_obs_fill_evict_o <= l2_evict[1];
    l2i_obs_fill_set_o   <= l2_fill_set[mmu_pkg::SetW*1 +: mmu_pkg::SetW];
    obs_walk_o           <= rst_ni && walk_start;
    obs_walk_slot_o      <= start_slot;
    obs_walk_walker_o    <= start_walker;
    obs_walk_psc_level_o <= psc_level;
    obs_walk_psc_way_o   <= psc_way;
    obs_walk_psc_set_o   <= psc_set;
    obs_commit_o         <= rst_ni && commit;
    obs_commit_slot_o    <= commit_slot;
    obs_commit_actions_o <= {last, fill, drop, respond};
    obs_commit_port_o    <= commit_port;
    obs_l1_fill_o        <= rst_ni && l1_filled != 0;
    obs_l1_fill_array_o  <= commit_port ? l1_fill_array[3:2] : l1_fill_array[1:0];
    obs_l1_fill_way_o    <= commit_port ? l1_fill_way[mmu_pkg::WayW +: mmu_pkg::WayW] : l1_fill_way[0 +: mmu_pkg::WayW];
    obs_l1_fill_evict_o  <= commit_port ? l1_evict[1] : l1_evict[0];
    obs_l1_fill_set_o    <= commit_port ? l1_fill_set[mmu_pkg::SetW +: mmu_pkg::SetW] : l1_fill_set[0 +: mmu_pkg::SetW];
    obs_psc_fill_o       <= rst_ni ? psc_filled : '0;
    obs_psc_evict_o      <= psc_evict;
    obs_psc_fill_way_o   <= psc_fill_way;
    obs_psc_fill_set_o   <= psc_fill_set;
    obs_inval_o          <= rst_ni && inval;
  end

  logic unused;
  always_comb unused = ^{l2_op_valid, look_valid, look_slot, commit_req, start_ctx, start_req, l1_filled, res_array,
                         res_set, res_way, l2_fill, l2_evict,
                         l2_fill_array, l2_fill_set, l2_fill_way, walk_req};

  // ---- parameters and assertions ----
  initial begin
    if (PSC_CYCLES < 0 || WALK_START_CYCLES < 0)
      $fatal(1, "mmu: PSC_CYCLES and WALK_START_CYCLES must not be negative");
    if (L2_SPLIT != 0 && L2_SPLIT != 1) $fatal(1, "mmu: L2_SPLIT must be 0 or 1");
    if (PAGES_1G != 0 && PAGES_1G != 1) $fatal(1, "mmu: PAGES_1G must be 0 or 1");
    if (ACCESSED_EARLY != 0 && ACCESSED_EARLY != 1) $fatal(1, "mmu: ACCESSED_EARLY must be 0 or 1");
    if (L2_HIT_CYCLES < 1 + L2Steps)
      $fatal(1, "mmu: L2_HIT_CYCLES must be at least 1 + the most page sizes of an array");
    if (L2_SPLIT != 0 && L2I_HIT_CYCLES < 1 + L2ISteps)
      $fatal(1, "mmu: L2I_HIT_CYCLES must be at least 1 + the most page sizes of an array");
    if (StartCycles < 1) $fatal(1, "mmu: PSC_CYCLES + WALK_START_CYCLES must be at least 1");
    if (L2_SPLIT != 0 && L2I_0_SETS == 0) $fatal(1, "mmu: a split second level needs L2I_0_SETS");
    if (LA57 == 0 && PML5E_SETS != 0) $fatal(1, "mmu: a PML5E cache needs LA57");
  end

`ifdef MMU_ASSERT
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      CommitAndInvalidationNeverMeet: assert (!inval || (!fill && !drop));
      OneWalkerPerResponse:           assert (!wmr_valid_i || 32'(wmr_id_i) < WALKERS);
      OfferedOperationStays:          assert (!locked_q || mem_valid[locked_walker_q[WalkerBits-1:0]]);
      OlderContextsStartAtTheRoot:    assert (!walk_start || start_req[mmu_pkg::ReqBank] == bank || psc_level == 0);
    end
  end
`endif

endmodule
`default_nettype wire
