// page_walker: one page-table walk at a time: reads entries, checks them, sets A and D, and keeps what it found.
//
// Contract. start_i loads a walk, or the next attempt of one, with the place that the paging-structure caches gave. A
//   failed compare-and-swap asks for a new attempt by retry_o. done_o stays until free_i; the result stands meanwhile.
//   The order of checks is the architecture's (SDM "Paging", "Page-Fault Exceptions"): present, then reserved bits,
//   entry by entry; rights once, after the leaf; then A from the top down, and D with it in the leaf of a write (SDM
//   "Accessed and Dirty Flags"). With ACCESSED_EARLY an entry that points to a table, or a 1 GB leaf, gets A before the
//   next is read. D is never set on a fault.
// Cycle budget. First request START_CYCLES after start_i; a response taken in cycle c is answered by the next request,
//   or by done_o, in c+1 (a read waits STEP_CYCLES more).
`default_nettype none
module page_walker #(
  parameter integer PA_BITS        = 40,
  parameter integer PAGES_1G       = 1,
  parameter integer PKU            = 1,
  parameter integer ACCESSED_EARLY = 0,
  parameter integer START_CYCLES   = 1,  // from start_i to the first request, at least 1
  parameter integer STEP_CYCLES    = 0   // before each further read
) (
  input  wire                          clk_i,
  input  wire                          rst_ni,

  // start of an attempt
  input  wire                          start_i,
  input  wire  [mmu_pkg::ReqW-1:0]     start_req_i,
  input  wire  [mmu_pkg::SlotW-1:0]    start_slot_i,
  input  wire  [2:0]                   start_level_i,  // of the first entry to read
  input  wire  [mmu_pkg::TableW-1:0]   start_table_i,  // the table that holds it
  input  wire  [mmu_pkg::CtxW-1:0]     ctx_i,          // of this walk's request

  output logic                         busy_o,
  output logic                         retry_o,        // wants another attempt
  output logic [mmu_pkg::SlotW-1:0]    slot_o,
  output logic [mmu_pkg::ReqW-1:0]     req_o,

  // walker port, one operation outstanding
  output logic                         mem_valid_o,
  input  wire                          mem_taken_i,
  output logic                         mem_swap_o,
  output logic [51:3]                  mem_addr_o,
  output logic [63:0]                  mem_expected_o,
  output logic [63:0]                  mem_new_o,
  output logic                         mem_pwt_o,
  output logic                         mem_pcd_o,
  input  wire                          rsp_i,
  input  wire  [63:0]                  rsp_data_i,
  input  wire                          rsp_ok_i,
  input  wire                          rsp_err_i,

  // result, while done_o
  output logic                         done_o,
  input  wire                          free_i,
  output logic [2:0]                   fault_o,
  output logic [mmu_pkg::ErrW-1:0]     error_o,
  output logic [1:0]                   size_o,
  output logic [mmu_pkg::TransW-1:0]   trans_o,
  output logic [5:2]                   table_valid_o,  // entries of this walk that point to tables, by level
  output logic [4*mmu_pkg::TableW-1:0] table_o         // level 2 lowest
);

  typedef enum logic [2:0] {Idle, Wait, Request, Response, Retry, Done} state_e;
  state_e state_q, state_d;

  logic [mmu_pkg::ReqW-1:0]   req_q;
  logic [mmu_pkg::SlotW-1:0]  slot_q;
  logic [8:0]                 wait_q, wait_d;
  logic                       swap_q, swap_d;    // the operation under way is a compare-and-swap
  logic                       early_q, early_d;  // it sets A before the walk goes on
  logic [2:0]                 level_q, level_d;  // of the entry being read; after the leaf, of the leaf
  logic [2:0]                 at_q, at_d;        // of the entry of the operation under way
  logic [5:1]                 read_q, read_d;    // levels read in this attempt
  logic [5:1]                 need_q, need_d;    // levels whose A, or D, is still to be set
  logic [2:0]                 fault_q, fault_d;
  logic [mmu_pkg::ErrW-1:0]   error_q, error_d;
  logic [mmu_pkg::TransW-1:0] trans_q, trans_d;
  logic [63:0]                entry_q [1:5];     // as memory holds it
  logic [mmu_pkg::TableW-1:0] base_q  [1:5];     // the table that the level's entry is in, and rights above it

  // ---- what the response means ----
  logic        fetched, swapped, failed, look_at;  // exactly one of them in a cycle with a response
  logic [63:0] entry;
  logic        leaf, reserved, reserved_leaf, needs_early;
  logic [mmu_pkg::TableW-1:0] base, below;
  always_comb begin
    fetched = rsp_i && !rsp_err_i && !swap_q;
    swapped = rsp_i && !rsp_err_i && swap_q && rsp_ok_i;
    failed  = rsp_i && !rsp_err_i && swap_q && !rsp_ok_i;
    // An entry is judged when it has been read, and once more when A has been set in it early.
    look_at = fetched || (swapped && early_q);
    entry   = '0;
    if (look_at) begin
      entry = rsp_data_i;
      if (swap_q) begin
        entry = entry_q[level_q];
        entry[mmu_pkg::EntA] = 1'b1;
      end
    end
  end

  always_comb begin
    leaf = level_q == 3'd1 || (entry[mmu_pkg::EntPs] && (level_q == 3'd2 || (level_q == 3'd3 && PAGES_1G != 0)));
    reserved = (entry[mmu_pkg::EntXd] && !ctx_i[mmu_pkg::CtxNxe]) || (entry[51:12] >> (PA_BITS - 12)) != 0 ||
               (entry[mmu_pkg::EntPs] && (level_q >= 3'd4 || (level_q == 3'd3 && PAGES_1G == 0)));
    reserved_leaf = leaf && ((level_q == 3'd2 && entry[20:13] != 0) || (level_q == 3'd3 && entry[29:13] != 0));
    needs_early = ACCESSED_EARLY != 0 && fetched && !entry[mmu_pkg::EntA] && (!leaf || level_q == 3'd3);
  end

  // Rights combine over all levels (SDM "Determination of Access Rights").
  always_comb begin
    base  = base_q[level_q];
    below = {entry[51:12], entry[mmu_pkg::EntPcd], entry[mmu_pkg::EntPwt],
             base[2] && !(entry[mmu_pkg::EntXd] && ctx_i[mmu_pkg::CtxNxe]),
             base[1] && entry[mmu_pkg::EntUs], base[0] && entry[mmu_pkg::EntRw]};
  end

  logic is_write, sets_dirty;
  logic [mmu_pkg::AttrW-1:0] attr;
  always_comb begin
    is_write   = req_q[mmu_pkg::ReqAcc +: 2] == mmu_pkg::AccWrite;
    sets_dirty = is_write && !req_q[mmu_pkg::ReqPref];
    attr = '0;
    attr[2:0] = below[2:0];
    attr[mmu_pkg::AttrGlob]  = entry[mmu_pkg::EntG] && ctx_i[mmu_pkg::CtxPge];
    attr[mmu_pkg::AttrDirty] = entry[mmu_pkg::EntD] || sets_dirty;
    attr[mmu_pkg::AttrPat +: 3] = {level_q == 3'd1 ? entry[mmu_pkg::EntPs] : entry[mmu_pkg::EntPat],
                                   entry[mmu_pkg::EntPcd], entry[mmu_pkg::EntPwt]};
    if (PKU != 0) attr[mmu_pkg::AttrKey +: 4] = entry[mmu_pkg::EntKey +: 4];
  end

  logic allowed;
  logic [mmu_pkg::ErrW-1:0] access_bits, denied_error;
  permission u_permission (
    .ctx_i, .acc_i(req_q[mmu_pkg::ReqAcc +: 2]), .user_i(req_q[mmu_pkg::ReqUser]), .ac_i(req_q[mmu_pkg::ReqAc]),
    .attr_i(attr), .allowed_o(allowed), .access_o(access_bits), .error_o(denied_error)
  );

  // Levels whose entry lacks A, or whose leaf lacks D; the leaf is the entry at hand.
  logic [5:1] lacking;
  always_comb begin
    lacking = '0;
    for (int l = 1; l <= 5; l++) begin
      if (read_q[l] && 32'(level_q) != l) lacking[l] = !entry_q[l][mmu_pkg::EntA];
      if (32'(level_q) == l) lacking[l] = !entry[mmu_pkg::EntA] || (sets_dirty && !entry[mmu_pkg::EntD]);
    end
  end

  function automatic [2:0] highest(input [5:1] levels);
    highest = 3'd0;
    for (int l = 1; l <= 5; l++) if (levels[l]) highest = 3'(l);
  endfunction

  // ---- next state ----
  always_comb begin
    state_d = state_q;
    wait_d  = wait_q;
    swap_d  = swap_q;
    early_d = early_q;
    level_d = level_q;
    at_d    = at_q;
    read_d  = read_q;
    need_d  = need_q;
    fault_d = fault_q;
    error_d = error_q;
    trans_d = trans_q;
    unique case (state_q)
      // Free; start_i below.
      Idle: state_d = Idle;
      // Cycles that the timing charges before a read.
      Wait: begin
        wait_d = wait_q - 9'd1;
        if (wait_q == 9'd1) state_d = Request;
      end
      // On the walker port until taken.
      Request: if (mem_taken_i) state_d = Response;
      // Judges what comes back.
      Response: begin
        if (rsp_i) begin
          state_d = Done;
          if (rsp_err_i) begin
            fault_d = mmu_pkg::FaultBus;
          end else if (failed) begin
            state_d = Retry;
          end else if (!look_at) begin
            // A or D is set; the next level that lacks it.
            need_d[at_q] = 1'b0;
            if (need_d != 0) begin
              at_d    = highest(need_d);
              state_d = Request;
            end
          end else if (!entry[mmu_pkg::EntP]) begin
            fault_d = mmu_pkg::FaultPage;
            error_d = access_bits;
          end else if (reserved || (reserved_leaf && !needs_early)) begin
            fault_d = mmu_pkg::FaultPage;
            error_d = access_bits;
            error_d[mmu_pkg::ErrP]    = 1'b1;
            error_d[mmu_pkg::ErrRsvd] = 1'b1;
          end else if (needs_early) begin
            swap_d  = 1'b1;
            early_d = 1'b1;
            state_d = Request;
          end else if (!leaf) begin
            read_d[level_q] = 1'b1;
            swap_d  = 1'b0;
            early_d = 1'b0;
            level_d = level_q - 3'd1;
            at_d    = level_q - 3'd1;
            wait_d  = 9'(STEP_CYCLES);
            if (STEP_CYCLES != 0) state_d = Wait;
            else state_d = Request;
          end else begin
            trans_d = {below[mmu_pkg::TableW-1:5], attr};
            if (!allowed) begin
              fault_d = mmu_pkg::FaultPage;
              error_d = denied_error;
            end else begin
              early_d = 1'b0;
              need_d  = lacking;
              if (lacking != 0) begin
                swap_d  = 1'b1;
                at_d    = highest(lacking);
                state_d = Request;
              end
            end
          end
        end
      end
      // Waits for another look at the paging-structure caches.
      Retry: state_d = Retry;
      // The result stands.
      Done: if (free_i) state_d = Idle;
      default: state_d = Idle;
    endcase
    if (start_i) begin
      if (START_CYCLES > 1) state_d = Wait;
      else state_d = Request;
      wait_d  = 9'(START_CYCLES - 1);
      swap_d  = 1'b0;
      early_d = 1'b0;
      level_d = start_level_i;
      at_d    = start_level_i;
      read_d  = '0;
      need_d  = '0;
      fault_d = mmu_pkg::FaultNone;
      error_d = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
    wait_q  <= wait_d;
    swap_q  <= swap_d;
    early_q <= early_d;
    level_q <= level_d;
    at_q    <= at_d;
    read_q  <= read_d;
    need_q  <= need_d;
    fault_q <= fault_d;
    error_q <= error_d;
    trans_q <= trans_d;
    if (start_i) begin
      req_q  <= start_req_i;
      slot_q <= start_slot_i;
      base_q[start_level_i] <= start_table_i;
    end
    if (look_at && state_q == Response) begin
      entry_q[level_q] <= entry;
      if (!leaf) base_q[level_q - 3'd1] <= below;
    end
  end

  // ---- walker port ----
  logic [8:0] index;
  logic [63:0] at_entry;
  always_comb begin
    case (at_q)
      3'd1:    index = req_q[20:12];
      3'd2:    index = req_q[29:21];
      3'd3:    index = req_q[38:30];
      3'd4:    index = req_q[47:39];
      default: index = req_q[56:48];
    endcase
    at_entry       = entry_q[at_q];
    mem_valid_o    = state_q == Request;
    mem_swap_o     = swap_q;
    mem_addr_o     = {base_q[at_q][mmu_pkg::TableW-1:5], index};
    mem_pcd_o      = base_q[at_q][4];
    mem_pwt_o      = base_q[at_q][3];
    mem_expected_o = '0;
    mem_new_o      = '0;
    if (swap_q) begin
      mem_expected_o = at_entry;
      mem_new_o      = at_entry;
      mem_new_o[mmu_pkg::EntA] = 1'b1;
      if (at_q == level_q && !early_q && sets_dirty) mem_new_o[mmu_pkg::EntD] = 1'b1;
    end
  end

  // ---- result ----
  always_comb begin
    busy_o  = state_q != Idle;
    retry_o = state_q == Retry;
    done_o  = state_q == Done;
    slot_o  = slot_q;
    req_o   = req_q;
    fault_o = fault_q;
    error_o = error_q;
    size_o  = 2'(level_q - 3'd1);
    trans_o = trans_q;
    // The address of a large page has zeros below it; bit 12 was PAT.
    if (level_q == 3'd2) trans_o[mmu_pkg::AttrW +: 9] = '0;
    if (level_q == 3'd3) trans_o[mmu_pkg::AttrW +: 18] = '0;
    table_valid_o = read_q[5:2];
    for (int l = 2; l <= 5; l++) table_o[mmu_pkg::TableW*(l-2) +: mmu_pkg::TableW] = base_q[l-1];
  end

  logic unused;
  always_comb unused = ^{req_q, base};

  // ---- parameters and assertions ----
  initial begin
    if (PA_BITS < 32 || PA_BITS > 52) $fatal(1, "page_walker: PA_BITS must be 32..52");
    if (START_CYCLES < 1 || START_CYCLES > 511) $fatal(1, "page_walker: START_CYCLES must be 1..511");
    if (STEP_CYCLES < 0 || STEP_CYCLES > 255) $fatal(1, "page_walker: STEP_CYCLES must be 0..255");
  end

`ifdef MMU_ASSERT
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      StartOnlyWhenFreeOrRetrying:    assert (!start_i || state_q == Idle || state_q == Retry);
      ResponseOnlyWhenAsked:          assert (!rsp_i || state_q == Response);
      DirtyNeverSetForReads:          assert (!mem_valid_o || !mem_swap_o || sets_dirty ||
                                              mem_new_o[mmu_pkg::EntD] == mem_expected_o[mmu_pkg::EntD]);
      SwapsOnlySetAccessedAndDirty:   assert (!mem_valid_o || !mem_swap_o ||
                                              (mem_new_o & ~64'h60) == (mem_expected_o & ~64'h60));
      OnlyPresentEntriesAreUpdated:   assert (!mem_valid_o || !mem_swap_o || mem_expected_o[mmu_pkg::EntP]);
    end
  end
`endif

endmodule
`default_nettype wire
