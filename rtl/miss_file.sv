// miss_file: the requests that a first-level look-up could not end, each in a slot until its commit.
//
// Contract. Slots 0..SLOTS-1 belong to the fetch port, SLOTS..2 SLOTS-1 to the data port. A slot goes
//     Look -> Asked -> (Hold) -> Answer            second-level hit, or a fault
//                              \-> Walk -> Walking            a walk of its own
//                                       \-> Merged -> Replay -> look-up again    a walk of its page is under way
//   and ends with a commit: in one cycle the request is answered and everything that the translation changes in TLBs and
//   paging-structure caches takes effect. A page that a dirty walk finds changed needs two: answer and drop, then fill
//   (Second). A request whose context is no longer current fills nothing. One commit per cycle.
//   A slot that waits delays no other slot, but a finished walk keeps its walker until its port can take the answer.
// Cycle budget. A slot that is written in cycle c asks the second level in c+1. It is in Walk or Answer HIT_CYCLES
//   cycles after that, if the second level took it at once. A walk starts in the cycle of Walk, a commit is made in the
//   cycle of Answer or of the walker's done, if nothing stands in its way.
`default_nettype none
module miss_file #(
  parameter integer SLOTS          = 4,  // per port
  parameter integer WALKERS        = 2,
  parameter integer L2_SPLIT       = 0,
  parameter integer HIT_CYCLES     = 7,  // of the second level, for data
  parameter integer HIT_CYCLES_I   = 7   // for fetches
) (
  input  wire                             clk_i,
  input  wire                             rst_ni,
  input  wire                             bank_i,        // the current context
  input  wire                             ctl_busy_i,
  output logic [1:0]                      in_flight_o,   // by bank
  output logic                            empty_o,

  // kills, by port
  input  wire  [1:0]                      kill_valid_i,
  input  wire  [2*mmu_pkg::IdW-1:0]       kill_id_i,

  // first-level look-ups, by port
  output logic [1:0]                      free_valid_o,
  output logic [2*mmu_pkg::SlotW-1:0]     free_slot_o,
  output logic [1:0]                      replay_valid_o,
  output logic [2*mmu_pkg::SlotW-1:0]     replay_slot_o,
  output logic [2*mmu_pkg::ReqW-1:0]      replay_req_o,
  output logic [1:0]                      replay_killed_o,
  input  wire  [1:0]                      replay_i,
  input  wire  [1:0]                      miss_i,
  input  wire  [2*mmu_pkg::SlotW-1:0]     slot_i,
  input  wire  [2*mmu_pkg::ReqW-1:0]      req_i,
  input  wire  [1:0]                      killed_i,
  input  wire  [1:0]                      dirty_i,
  input  wire  [1:0]                      denied_i,
  input  wire  [2*mmu_pkg::ErrW-1:0]      error_i,
  input  wire  [3:0]                      hit_size_i,
  input  wire  [1:0]                      hit_global_i,

  // second-level look-ups, by unit: 0 for data or everything, 1 for fetches of a split level
  output logic [1:0]                      look_valid_o,
  output logic [2*mmu_pkg::SlotW-1:0]     look_slot_o,
  output logic [2*mmu_pkg::ReqW-1:0]      look_req_o,
  input  wire  [1:0]                      look_taken_i,
  input  wire  [1:0]                      res_valid_i,
  input  wire  [2*mmu_pkg::SlotW-1:0]     res_slot_i,
  output logic [2*mmu_pkg::ReqW-1:0]      res_req_o,
  input  wire  [1:0]                      res_hit_i,
  input  wire  [1:0]                      res_allowed_i,
  input  wire  [2*mmu_pkg::ErrW-1:0]      res_error_i,
  input  wire  [3:0]                      res_size_i,
  input  wire  [1:0]                      res_global_i,
  input  wire  [2*mmu_pkg::TransW-1:0]    res_data_i,

  // walks
  output logic                            walk_valid_o,
  output logic [mmu_pkg::SlotW-1:0]       walk_slot_o,
  output logic [mmu_pkg::ReqW-1:0]        walk_req_o,
  input  wire                             walk_taken_i,
  input  wire  [1:0]                      walk_walker_i,
  input  wire  [WALKERS-1:0]              walker_busy_i,
  input  wire  [WALKERS-1:0]              walker_done_i,
  input  wire  [WALKERS*mmu_pkg::ReqW-1:0]  walker_req_i,
  input  wire  [WALKERS*3-1:0]              walker_fault_i,
  input  wire  [WALKERS*mmu_pkg::ErrW-1:0]  walker_error_i,
  input  wire  [WALKERS*2-1:0]              walker_size_i,
  input  wire  [WALKERS*mmu_pkg::TransW-1:0] walker_trans_i,
  output logic [WALKERS-1:0]              walker_free_o,

  // commit
  input  wire  [1:0]                      rsp_free_i,    // by port
  input  wire  [1:0]                      l2_ready_i,    // by unit
  output logic                            commit_o,
  output logic [mmu_pkg::SlotW-1:0]       commit_slot_o,
  output logic                            commit_port_o,
  output logic [1:0]                      commit_walker_o,
  output logic [mmu_pkg::ReqW-1:0]        commit_req_o,
  output logic                            respond_o,
  output logic [mmu_pkg::RspW-1:0]        rsp_o,
  output logic                            drop_o,        // the page of the address
  output logic                            drop_psc_o,    // and its paging-structure-cache entries
  output logic                            fill_o,
  output logic                            fill_psc_o,
  output logic [2:0]                      l1_op_o,       // of the port's first level
  output logic [2:0]                      l2_op_o,       // of the port's second level
  output logic                            last_o,        // the slot is free afterwards
  output logic [1:0]                      size_o,
  output logic                            global_o,
  output logic [mmu_pkg::TransW-1:0]      trans_o
);

  localparam integer All        = 2 * SLOTS;
  localparam integer SlotBits   = All > 1 ? $clog2(All) : 1;
  localparam integer WalkerBits = WALKERS > 1 ? $clog2(WALKERS) : 1;
  localparam [3:0] Free = 4'd0, Look = 4'd1, Asked = 4'd2, Hold = 4'd3, Answer = 4'd4, Walk = 4'd5, Walking = 4'd6,
                   Merged = 4'd7, Replay = 4'd8, Second = 4'd9;

  logic [3:0]                 state_q  [0:All-1];
  logic [3:0]                 state_d  [0:All-1];
  logic [3:0]                 next_q   [0:All-1];  // after Hold
  logic [3:0]                 next_d   [0:All-1];
  logic [7:0]                 wait_q   [0:All-1];  // cycles of the second level's time that are left
  logic [7:0]                 wait_d   [0:All-1];
  logic [mmu_pkg::ReqW-1:0]   req_q    [0:All-1];
  logic [All-1:0]             killed_q, killed_d;
  logic [All-1:0]             dirty_q;             // a TLB entry hit and lacked D
  logic [All-1:0]             dirty_l2_q;          // it was in the second level
  logic [All-1:0]             hit_global_q;
  logic [1:0]                 hit_size_q [0:All-1];
  logic [All-1:0]             denied_q;            // it hit, and faults
  logic [mmu_pkg::ErrW-1:0]   error_q  [0:All-1];
  logic [mmu_pkg::TransW-1:0] trans_q  [0:All-1];  // what the second level gave
  logic [1:0]                 walker_q [0:All-1];

  function automatic logic port_of(input integer slot);
    port_of = slot >= SLOTS;
  endfunction
  function automatic logic unit_of(input integer slot);
    unit_of = L2_SPLIT != 0 && slot < SLOTS;
  endfunction

  // ---- what each port and unit is offered ----
  logic [SlotBits-1:0] looked_q [0:1];  // by unit: the slot that it took last
  always_comb begin
    free_valid_o    = '0;
    free_slot_o     = '0;
    replay_valid_o  = '0;
    replay_slot_o   = '0;
    look_valid_o    = '0;
    look_slot_o     = '0;
    for (int s = All - 1; s >= 0; s--) begin
      if (state_q[s] == Free) begin
        free_valid_o[port_of(s)] = 1'b1;
        free_slot_o[mmu_pkg::SlotW*32'(port_of(s)) +: mmu_pkg::SlotW] = mmu_pkg::SlotW'(s);
      end
      if (state_q[s] == Replay) begin
        replay_valid_o[port_of(s)] = 1'b1;
        replay_slot_o[mmu_pkg::SlotW*32'(port_of(s)) +: mmu_pkg::SlotW] = mmu_pkg::SlotW'(s);
      end
      if (state_q[s] == Look && !ctl_busy_i) begin
        look_valid_o[unit_of(s)] = 1'b1;
        look_slot_o[mmu_pkg::SlotW*32'(unit_of(s)) +: mmu_pkg::SlotW] = mmu_pkg::SlotW'(s);
      end
    end
    // For the second level a turn goes round, so that no stream of misses keeps another out.
    if (look_valid_o != 0) begin
      for (int s = All - 1; s >= 0; s--) begin
        if (state_q[s] == Look && s > 32'(looked_q[unit_of(s)])) begin
          look_slot_o[mmu_pkg::SlotW*32'(unit_of(s)) +: mmu_pkg::SlotW] = mmu_pkg::SlotW'(s);
        end
      end
    end
  end

  always_comb begin
    for (int p = 0; p < 2; p++) begin
      replay_req_o[mmu_pkg::ReqW*p +: mmu_pkg::ReqW] = req_q[replay_slot_o[mmu_pkg::SlotW*p +: SlotBits]];
      replay_killed_o[p] = killed_d[replay_slot_o[mmu_pkg::SlotW*p +: SlotBits]];
      look_req_o[mmu_pkg::ReqW*p +: mmu_pkg::ReqW]   = req_q[look_slot_o[mmu_pkg::SlotW*p +: SlotBits]];
      res_req_o[mmu_pkg::ReqW*p +: mmu_pkg::ReqW]    = req_q[res_slot_i[mmu_pkg::SlotW*p +: SlotBits]];
    end
  end

  // ---- kills ----
  always_comb begin
    killed_d = killed_q;
    if (kill_valid_i != 0) begin
      for (int s = 0; s < All; s++) begin
        if (kill_valid_i[port_of(s)] &&
            req_q[s][mmu_pkg::ReqId +: mmu_pkg::IdW] == kill_id_i[mmu_pkg::IdW*32'(port_of(s)) +: mmu_pkg::IdW]) begin
          killed_d[s] = 1'b1;
        end
      end
    end
  end

  // ---- the walk that comes next: a turn goes round the slots ----
  logic [SlotBits-1:0] turn_q, turn_d, walk_slot;
  logic [All-1:0] wants_walk;
  logic walk_wanted;
  always_comb begin
    for (int s = 0; s < All; s++) wants_walk[s] = state_q[s] == Walk;
    walk_wanted = wants_walk != 0;
    walk_slot   = '0;
    turn_d      = turn_q;
    walk_req_o  = '0;
    if (walk_wanted) begin
      for (int s = All - 1; s >= 0; s--) if (wants_walk[s]) walk_slot = SlotBits'(s);
      for (int s = All - 1; s >= 0; s--) if (wants_walk[s] && s >= 32'(turn_q)) walk_slot = SlotBits'(s);
      // Who could not start lets another try: it may be able to merge.
      turn_d     = 32'(walk_slot) == All - 1 ? '0 : walk_slot + SlotBits'(1);
      walk_req_o = req_q[walk_slot];
    end
    walk_slot_o = mmu_pkg::SlotW'(walk_slot);
  end

  // A walk of the same 4 KB page in the same context is under way.
  logic merge_found;
  logic [1:0] merge_walker;
  always_comb begin
    merge_found  = 1'b0;
    merge_walker = '0;
    for (int k = 0; k < WALKERS; k++) begin
      if (walk_wanted && walker_busy_i[k] && walker_req_i[mmu_pkg::ReqW*k + 12 +: 45] == walk_req_o[56:12] &&
          walker_req_i[mmu_pkg::ReqW*k + mmu_pkg::ReqBank] == walk_req_o[mmu_pkg::ReqBank]) begin
        merge_found  = 1'b1;
        merge_walker = 2'(k);
      end
    end
    walk_valid_o = walk_wanted && !merge_found;
  end

  // ---- commit: what each finished slot would do, and whether it can ----
  logic [All-1:0] can, walked, faults, changed, fills, drops, responds;
  logic           mapped, current;
  always_comb begin
    {can, walked, faults, changed, fills, drops, responds} = '0;
    mapped  = 1'b0;
    current = 1'b0;
    for (int s = 0; s < All; s++) begin
      if (state_q[s] == Answer || state_q[s] == Second ||
          (state_q[s] == Walking && walker_done_i[walker_q[s][WalkerBits-1:0]])) begin
        walked[s]   = state_q[s] != Answer;
        mapped      = walked[s] ? walker_fault_i[3*32'(walker_q[s]) +: 3] == mmu_pkg::FaultNone : !denied_q[s];
        faults[s]   = (walked[s] ? walker_fault_i[3*32'(walker_q[s]) +: 3] == mmu_pkg::FaultPage : denied_q[s]) &&
                      !req_q[s][mmu_pkg::ReqPref];
        current     = req_q[s][mmu_pkg::ReqBank] == bank_i;
        // The page that hit has another size or G now: what was cached of it goes first.
        changed[s]  = walked[s] && dirty_q[s] && mapped && current &&
                      (walker_size_i[2*32'(walker_q[s]) +: 2] != hit_size_q[s] ||
                       walker_trans_i[mmu_pkg::TransW*32'(walker_q[s]) + mmu_pkg::AttrGlob] != hit_global_q[s]);
        fills[s]    = mapped && current && (!changed[s] || state_q[s] == Second);
        drops[s]    = faults[s] || (changed[s] && state_q[s] != Second);
        responds[s] = !killed_d[s] && state_q[s] != Second;
        can[s]      = !responds[s] || rsp_free_i[port_of(s)];
        if (fills[s] && (ctl_busy_i || (walked[s] && !l2_ready_i[unit_of(s)]))) can[s] = 1'b0;
        if (drops[s] && (ctl_busy_i || l2_ready_i != 2'b11)) can[s] = 1'b0;
      end
    end
  end

  logic [SlotBits-1:0] chosen;
  always_comb begin
    chosen   = '0;
    commit_o = can != 0;
    if (commit_o) for (int s = All - 1; s >= 0; s--) if (can[s]) chosen = SlotBits'(s);
  end

  logic [2:0] fault;
  logic [mmu_pkg::ErrW-1:0] error;
  logic is_prefetch;
  always_comb begin
    commit_slot_o   = mmu_pkg::SlotW'(chosen);
    commit_port_o   = port_of(32'(chosen));
    commit_walker_o = walker_q[chosen];
    commit_req_o    = req_q[chosen];
    is_prefetch     = commit_req_o[mmu_pkg::ReqPref];
    respond_o       = responds[chosen] && commit_o;
    drop_o          = drops[chosen] && commit_o;
    drop_psc_o      = faults[chosen] && commit_o;
    fill_o          = fills[chosen] && commit_o;
    fill_psc_o      = fill_o && walked[chosen];
    last_o          = commit_o && !(changed[chosen] && state_q[chosen] != Second);
  end

  always_comb begin
    size_o   = hit_size_q[chosen];
    trans_o  = trans_q[chosen];
    global_o = hit_global_q[chosen];
    fault    = denied_q[chosen] ? mmu_pkg::FaultPage : mmu_pkg::FaultNone;
    error    = error_q[chosen];
    if (walked[chosen]) begin
      size_o   = walker_size_i[2*32'(commit_walker_o) +: 2];
      trans_o  = walker_trans_i[mmu_pkg::TransW*32'(commit_walker_o) +: mmu_pkg::TransW];
      global_o = trans_o[mmu_pkg::AttrGlob];
      fault    = walker_fault_i[3*32'(commit_walker_o) +: 3];
      error    = walker_error_i[mmu_pkg::ErrW*32'(commit_walker_o) +: mmu_pkg::ErrW];
    end
    if (fault == mmu_pkg::FaultPage && is_prefetch) fault = mmu_pkg::FaultDropped;
  end

  // A page that only lacked D is renewed where it is held; found in the second level, it also enters the first.
  always_comb begin
    l1_op_o = mmu_pkg::OpNone;
    l2_op_o = mmu_pkg::OpNone;
    if (fill_o) begin
      l1_op_o = mmu_pkg::OpFill;
      if (walked[chosen]) begin
        l2_op_o = mmu_pkg::OpFill;
        if (dirty_q[chosen] && !changed[chosen]) begin
          l2_op_o = mmu_pkg::OpRenew;
          if (!dirty_l2_q[chosen]) l1_op_o = mmu_pkg::OpRenew;
        end
      end
    end
    if (drop_o) begin
      l1_op_o = mmu_pkg::OpDrop;
      l2_op_o = mmu_pkg::OpDrop;
    end
  end

  always_comb begin
    rsp_o = '0;
    if (respond_o) begin
      rsp_o[mmu_pkg::RspId +: mmu_pkg::IdW] = commit_req_o[mmu_pkg::ReqId +: mmu_pkg::IdW];
      rsp_o[mmu_pkg::RspFault +: 3]         = fault;
      rsp_o[mmu_pkg::RspSource +: 2]        = walked[chosen] ? mmu_pkg::SourceWalk :
                                              next_q[chosen] == Free ? mmu_pkg::SourceL1 : mmu_pkg::SourceL2;
      if (fault == mmu_pkg::FaultPage) rsp_o[mmu_pkg::RspError +: mmu_pkg::ErrW] = error;
      if (fault == mmu_pkg::FaultNone) begin
        rsp_o[mmu_pkg::RspPa +: 52]   = mmu_pkg::page_address(trans_o[mmu_pkg::TransW-1 -: 40], size_o,
                                                              commit_req_o[29:0]);
        rsp_o[mmu_pkg::RspLevel +: 2] = size_o;
        rsp_o[mmu_pkg::RspType +: 3]  = trans_o[mmu_pkg::AttrPat +: 3];
        rsp_o[mmu_pkg::RspGlob]       = global_o;
      end
    end
  end

  always_comb begin
    for (int k = 0; k < WALKERS; k++) begin
      walker_free_o[k] = last_o && walked[chosen] && 32'(commit_walker_o) == k;
    end
  end

  // ---- next state, slot by slot ----
  logic [3:0] verdict;
  always_comb begin
    verdict = Free;
    for (int s = 0; s < All; s++) begin
      state_d[s] = state_q[s];
      next_d[s]  = next_q[s];
      wait_d[s]  = wait_q[s];
      if (state_q[s] != Free) begin
        if (wait_q[s] != 0) wait_d[s] = wait_q[s] - 8'd1;
        case (state_q[s])
          // Offered to the second level.
          Look: if (look_taken_i[unit_of(s)] && look_slot_o[mmu_pkg::SlotW*32'(unit_of(s)) +: SlotBits] == SlotBits'(s))
            state_d[s] = Asked;
          // Its time has not passed yet.
          Hold: if (wait_q[s] == 0) state_d[s] = next_q[s];
          // Starts, merges or waits.
          Walk: if (walk_slot == SlotBits'(s)) begin
            if (merge_found && walker_free_o[merge_walker[WalkerBits-1:0]]) state_d[s] = Replay;
            else if (merge_found) state_d[s] = Merged;
            else if (walk_taken_i) state_d[s] = Walking;
          end
          // The walk it waited for has ended.
          Merged: if (walker_free_o[walker_q[s][WalkerBits-1:0]]) state_d[s] = Replay;
          // Free, unless the look-up misses again.
          Replay: if (replay_i[port_of(s)] && replay_slot_o[mmu_pkg::SlotW*32'(port_of(s)) +: SlotBits] == SlotBits'(s))
            state_d[s] = Free;
          default: state_d[s] = state_q[s];
        endcase
      end
    end
    if (commit_o) begin
      if (last_o) state_d[chosen] = Free;
      else state_d[chosen] = Second;
    end
    // Results of the second level.
    for (int u = 0; u < 2; u++) begin
      if (res_valid_i[u]) begin
        verdict = Answer;
        if (!res_hit_i[u] || (res_allowed_i[u] && lacks_dirty(u))) verdict = Walk;
        next_d[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]] = verdict;
        if (wait_q[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]] != 0) verdict = Hold;
        state_d[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]] = verdict;
      end
    end
    // First-level look-ups that end in a slot.
    for (int p = 0; p < 2; p++) begin
      if (miss_i[p]) begin
        next_d[slot_i[mmu_pkg::SlotW*p +: SlotBits]]  = Free;  // the first level has answered, until the second does
        wait_d[slot_i[mmu_pkg::SlotW*p +: SlotBits]]  = 8'((p == 0 && L2_SPLIT != 0 ? HIT_CYCLES_I : HIT_CYCLES) - 1);
        if (dirty_i[p]) state_d[slot_i[mmu_pkg::SlotW*p +: SlotBits]] = Walk;
        else if (denied_i[p]) state_d[slot_i[mmu_pkg::SlotW*p +: SlotBits]] = Answer;
        else state_d[slot_i[mmu_pkg::SlotW*p +: SlotBits]] = Look;
      end
    end
  end

  // A write that is not a prefetch, and a page without D.
  function automatic logic lacks_dirty(input integer unit);
    lacks_dirty = res_req_o[mmu_pkg::ReqW*unit + mmu_pkg::ReqAcc +: 2] == mmu_pkg::AccWrite &&
                  !res_req_o[mmu_pkg::ReqW*unit + mmu_pkg::ReqPref] &&
                  !res_data_i[mmu_pkg::TransW*unit + mmu_pkg::AttrDirty];
  endfunction

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int s = 0; s < All; s++) state_q[s] <= Free;
      turn_q <= '0;
      for (int u = 0; u < 2; u++) looked_q[u] <= '0;
    end else begin
      for (int u = 0; u < 2; u++) if (look_taken_i[u]) looked_q[u] <= look_slot_o[mmu_pkg::SlotW*u +: SlotBits];
      for (int s = 0; s < All; s++) state_q[s] <= state_d[s];
      turn_q <= turn_d;
    end
    for (int s = 0; s < All; s++) begin
      next_q[s] <= next_d[s];
      wait_q[s] <= wait_d[s];
    end
    killed_q <= killed_d;
    for (int u = 0; u < 2; u++) begin
      if (res_valid_i[u]) begin
        dirty_q[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]]      <= res_hit_i[u] && res_allowed_i[u] && lacks_dirty(u);
        dirty_l2_q[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]]   <= 1'b1;
        denied_q[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]]     <= res_hit_i[u] && !res_allowed_i[u];
        error_q[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]]      <= res_error_i[mmu_pkg::ErrW*u +: mmu_pkg::ErrW];
        hit_size_q[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]]   <= res_size_i[2*u +: 2];
        hit_global_q[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]] <= res_global_i[u];
        trans_q[res_slot_i[mmu_pkg::SlotW*u +: SlotBits]]      <= res_data_i[mmu_pkg::TransW*u +: mmu_pkg::TransW];
      end
    end
    for (int p = 0; p < 2; p++) begin
      if (miss_i[p]) begin
        req_q[slot_i[mmu_pkg::SlotW*p +: SlotBits]]        <= req_i[mmu_pkg::ReqW*p +: mmu_pkg::ReqW];
        killed_q[slot_i[mmu_pkg::SlotW*p +: SlotBits]]     <= killed_i[p];
        dirty_q[slot_i[mmu_pkg::SlotW*p +: SlotBits]]      <= dirty_i[p];
        dirty_l2_q[slot_i[mmu_pkg::SlotW*p +: SlotBits]]   <= 1'b0;
        denied_q[slot_i[mmu_pkg::SlotW*p +: SlotBits]]     <= denied_i[p];
        error_q[slot_i[mmu_pkg::SlotW*p +: SlotBits]]      <= error_i[mmu_pkg::ErrW*p +: mmu_pkg::ErrW];
        hit_size_q[slot_i[mmu_pkg::SlotW*p +: SlotBits]]   <= hit_size_i[2*p +: 2];
        hit_global_q[slot_i[mmu_pkg::SlotW*p +: SlotBits]] <= hit_global_i[p];
      end
    end
    if (merge_found) walker_q[walk_slot] <= merge_walker;
    else if (walk_taken_i) walker_q[walk_slot] <= walk_walker_i;
  end

  always_comb begin
    in_flight_o = '0;
    empty_o     = 1'b1;
    for (int s = 0; s < All; s++) begin
      if (state_q[s] != Free) begin
        in_flight_o[req_q[s][mmu_pkg::ReqBank]] = 1'b1;
        empty_o = 1'b0;
      end
    end
  end

  // ---- parameters and assertions ----
  initial begin
    if (SLOTS < 1 || SLOTS > 16) $fatal(1, "miss_file: SLOTS must be 1..16");
    if (WALKERS < 1 || WALKERS > 4) $fatal(1, "miss_file: WALKERS must be 1..4");
    if (HIT_CYCLES < 2 || HIT_CYCLES > 255) $fatal(1, "miss_file: HIT_CYCLES must be 2..255");
    if (L2_SPLIT != 0 && (HIT_CYCLES_I < 2 || HIT_CYCLES_I > 255)) $fatal(1, "miss_file: HIT_CYCLES_I must be 2..255");
  end

`ifdef MMU_ASSERT
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      ResultFindsItsSlot0: assert (!res_valid_i[0] || state_q[res_slot_i[SlotBits-1:0]] == Asked);
      ResultFindsItsSlot1: assert (!res_valid_i[1] || state_q[res_slot_i[mmu_pkg::SlotW +: SlotBits]] == Asked);
      NoFillInOldContext:  assert (!fill_o || commit_req_o[mmu_pkg::ReqBank] == bank_i);
      NothingWhileControl: assert (!ctl_busy_i || (!fill_o && !drop_o));
      WalkersOfSlotsAreBusy: assert (!commit_o || !walked[chosen] || walker_done_i[commit_walker_o[WalkerBits-1:0]]);
    end
  end
`endif

endmodule
`default_nettype wire
