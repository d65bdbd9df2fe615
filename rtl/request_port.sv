// request_port: one port of the MMU: takes requests, looks them up in the first level, and answers.
//
// Contract. Requests wait in a buffer of two and are looked up in order. A look-up ends in the result register (a plain
//   hit, a non-canonical address, paging off, a prefetch that is denied) or moves the request into a miss slot, from
//   where its answer comes back by commit_*. A slot whose request must be looked up again (replay_*) goes first. A
//   request of an older context than the current one hits nothing: entries may be of the current one. No path
//   leads from an input of the port to an output: ready comes from the buffer's registers.
//   A kill (already a cycle old here) reaches a request everywhere but in the response register: what is offered stays.
// Cycle budget. Accepted in cycle a, looked up in a+1, in the result register in a+2, on the port in a+3; one per cycle,
//   as long as rsp_ready_i holds. A commit answers in the next cycle and has the response register first.
`default_nettype none
module request_port #(
  parameter integer PORT = 0  // 0 fetch, 1 data
) (
  input  wire                         clk_i,
  input  wire                         rst_ni,

  input  wire                         req_valid_i,
  output logic                        req_ready_o,
  input  wire  [mmu_pkg::IdW-1:0]     req_id_i,
  input  wire  [63:0]                 req_va_i,
  input  wire  [1:0]                  req_acc_i,
  input  wire                         req_user_i,
  input  wire                         req_implicit_i,
  input  wire                         req_ac_i,
  input  wire                         req_stack_i,
  input  wire                         req_prefetch_i,
  input  wire                         kill_valid_i,
  input  wire  [mmu_pkg::IdW-1:0]     kill_id_i,
  output logic                        rsp_valid_o,
  input  wire                         rsp_ready_i,
  output logic [mmu_pkg::RspW-1:0]    rsp_o,

  // contexts
  input  wire                         bank_i,
  input  wire  [mmu_pkg::CtxW-1:0]    ctx0_i,
  input  wire  [mmu_pkg::CtxW-1:0]    ctx1_i,
  output logic [1:0]                  in_flight_o,  // by bank
  output logic                        empty_o,

  // first-level TLB
  input  wire                         hold_i,       // no look-up in this cycle
  output logic                        look_o,
  output logic [56:12]                look_va_o,
  output logic [11:0]                 look_pcid_o,
  output logic                        touch_o,
  input  wire                         hit_i,
  input  wire                         hit_global_i,
  input  wire  [1:0]                  hit_size_i,
  input  wire  [mmu_pkg::TransW-1:0]  hit_data_i,

  // miss slots
  input  wire                         replay_valid_i,
  input  wire  [mmu_pkg::SlotW-1:0]   replay_slot_i,
  input  wire  [mmu_pkg::ReqW-1:0]    replay_req_i,
  input  wire                         replay_killed_i,
  input  wire                         free_valid_i,
  input  wire  [mmu_pkg::SlotW-1:0]   free_slot_i,
  output logic                        done_o,       // a look-up was made
  output logic                        replay_o,     // for the slot that asked
  output logic                        miss_o,       // and its request is, or stays, in a slot
  output logic [mmu_pkg::SlotW-1:0]   slot_o,       // this one
  output logic [mmu_pkg::ReqW-1:0]    req_o,
  output logic                        killed_o,
  output logic                        dirty_o,      // it hit, and only D is missing
  output logic                        denied_o,     // it hit, and faults
  output logic [mmu_pkg::ErrW-1:0]    error_o,

  // answers from slots
  output logic                        rsp_free_o,
  input  wire                         commit_i,
  input  wire  [mmu_pkg::RspW-1:0]    commit_rsp_i
);

  // ---- buffer of two ----
  logic [mmu_pkg::ReqW-1:0] fifo_q [0:1];
  logic [1:0] killed_q, count_q, count_d;
  logic       head_q, push, pop, tail;
  logic [mmu_pkg::ReqW-1:0] req_in;
  always_comb begin
    req_ready_o = count_q != 2'd2;
    push        = req_valid_i && req_ready_o;
    tail        = head_q ^ count_q[0];
    req_in = '0;
    req_in[mmu_pkg::ReqVa +: 64]            = req_va_i;
    req_in[mmu_pkg::ReqAcc +: 2]            = req_acc_i;
    req_in[mmu_pkg::ReqUser]                = req_user_i && !req_implicit_i;
    req_in[mmu_pkg::ReqAc]                  = req_ac_i && !req_implicit_i;
    req_in[mmu_pkg::ReqStk]                 = req_stack_i;
    req_in[mmu_pkg::ReqPref]                = req_prefetch_i;
    req_in[mmu_pkg::ReqId +: mmu_pkg::IdW]  = req_id_i;
    req_in[mmu_pkg::ReqBank]                = bank_i;
    count_d = count_q + 2'(push) - 2'(pop);
  end

  logic [1:0] buffered_killed;
  always_comb begin
    for (int i = 0; i < 2; i++) begin
      buffered_killed[i] = killed_q[i] || (kill_valid_i && fifo_q[i][mmu_pkg::ReqId +: mmu_pkg::IdW] == kill_id_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
      head_q  <= 1'b0;
    end else begin
      count_q <= count_d;
      head_q  <= head_q ^ pop;
    end
    killed_q <= buffered_killed;
    if (push) begin
      fifo_q[tail]   <= req_in;
      killed_q[tail] <= 1'b0;
    end
  end

  // ---- look-up: a replay first, else the oldest request ----
  logic result_free, head_valid, trying;
  logic [mmu_pkg::ReqW-1:0] req;
  logic [mmu_pkg::CtxW-1:0] ctx;
  logic [63:0] va;
  always_comb begin
    head_valid = count_q != 0;
    trying     = (replay_valid_i || head_valid) && !hold_i && result_free;
    req        = replay_valid_i ? replay_req_i : fifo_q[head_q];
    killed_o   = replay_valid_i ? replay_killed_i : buffered_killed[head_q];
    slot_o     = replay_valid_i ? replay_slot_i : free_slot_i;
    ctx        = req[mmu_pkg::ReqBank] ? ctx1_i : ctx0_i;
    va         = req[mmu_pkg::ReqVa +: 64];
    req_o      = req;
  end

  // SDM "Canonical Addressing"; outside paging, linear addresses have 32 bits.
  logic canonical;
  always_comb begin
    if (!ctx[mmu_pkg::CtxPg]) canonical = va[63:32] == 0;
    else if (ctx[mmu_pkg::CtxLa57]) canonical = va[63:56] == {8{va[56]}};
    else canonical = va[63:47] == {17{va[47]}};
  end

  logic paged, allowed, write, prefetch, dirty_missing;
  logic [mmu_pkg::ErrW-1:0] unused_access;
  always_comb begin
    paged         = trying && canonical && ctx[mmu_pkg::CtxPg];
    write         = req[mmu_pkg::ReqAcc +: 2] == mmu_pkg::AccWrite;
    prefetch      = req[mmu_pkg::ReqPref];
    // What has been filled since a control operation belongs to another context: an older request hits nothing.
    look_o        = paged && req[mmu_pkg::ReqBank] == bank_i;
    look_va_o     = va[56:12];
    look_pcid_o   = ctx[mmu_pkg::CtxPcid +: 12];
    dirty_missing = write && !prefetch && !hit_data_i[mmu_pkg::AttrDirty];
  end

  permission u_permission (
    .ctx_i(ctx), .acc_i(req[mmu_pkg::ReqAcc +: 2]), .user_i(req[mmu_pkg::ReqUser]), .ac_i(req[mmu_pkg::ReqAc]),
    .attr_i(hit_data_i[mmu_pkg::AttrW-1:0]), .allowed_o(allowed), .access_o(unused_access), .error_o(error_o)
  );

  // A request that needs a slot and finds none stays at the head; hits before it have passed.
  logic needs_slot;
  always_comb begin
    dirty_o    = paged && hit_i && allowed && dirty_missing;
    denied_o   = paged && hit_i && !allowed && !prefetch;
    needs_slot = paged && (!hit_i || dirty_o || denied_o);
    done_o     = trying && (!needs_slot || replay_valid_i || free_valid_i);
    replay_o   = done_o && replay_valid_i;
    pop        = done_o && !replay_valid_i;
    miss_o     = done_o && needs_slot;
    touch_o    = done_o && paged && hit_i && allowed;
  end

  // ---- result register ----
  logic [mmu_pkg::RspW-1:0] result_d, result_q;
  logic result_valid_q, result_killed_q, result_dead, drain;
  logic [51:0] pa;
  always_comb begin
    pa = mmu_pkg::page_address(hit_data_i[mmu_pkg::TransW-1 -: 40], hit_size_i, va[29:0]);
    result_d = '0;
    result_d[mmu_pkg::RspId +: mmu_pkg::IdW] = req[mmu_pkg::ReqId +: mmu_pkg::IdW];
    if (!canonical) begin
      result_d[mmu_pkg::RspFault +: 3] = prefetch ? mmu_pkg::FaultDropped :
                                         req[mmu_pkg::ReqStk] ? mmu_pkg::FaultSs : mmu_pkg::FaultGp;
    end else if (!ctx[mmu_pkg::CtxPg]) begin
      result_d[mmu_pkg::RspPa +: 52] = va[51:0];
    end else if (!allowed) begin
      result_d[mmu_pkg::RspFault +: 3] = mmu_pkg::FaultDropped;
    end else begin
      result_d[mmu_pkg::RspPa +: 52]   = pa;
      result_d[mmu_pkg::RspLevel +: 2] = hit_size_i;
      result_d[mmu_pkg::RspType +: 3]  = hit_data_i[mmu_pkg::AttrPat +: 3];
      result_d[mmu_pkg::RspGlob]       = hit_global_i;
    end
  end

  // ---- response register, and one more behind it, so that nothing inside depends on rsp_ready_i ----
  logic [mmu_pkg::RspW-1:0] spare_q, answer;
  logic spare_valid_q, spare_dead, answered, out_free;
  always_comb rsp_free_o = !spare_valid_q;
  always_comb begin
    result_dead = result_killed_q || (kill_valid_i && result_q[mmu_pkg::RspId +: mmu_pkg::IdW] == kill_id_i);
    drain       = result_valid_q && (result_dead || (!spare_valid_q && !commit_i));
    result_free = !result_valid_q || drain;
    answered    = commit_i || (drain && !result_dead);
    answer      = commit_i ? commit_rsp_i : result_q;
  end

  always_comb begin
    out_free   = !rsp_valid_o || rsp_ready_i;
    spare_dead = kill_valid_i && spare_q[mmu_pkg::RspId +: mmu_pkg::IdW] == kill_id_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      result_valid_q <= 1'b0;
      rsp_valid_o    <= 1'b0;
      spare_valid_q  <= 1'b0;
    end else begin
      if (done_o && !miss_o) result_valid_q <= 1'b1;
      else if (drain) result_valid_q <= 1'b0;
      if (out_free) rsp_valid_o <= spare_valid_q ? !spare_dead : answered;
      if (spare_valid_q) spare_valid_q <= !out_free && !spare_dead;
      else spare_valid_q <= answered && !out_free;
    end
    result_killed_q <= result_dead;
    if (done_o && !miss_o) begin
      result_q        <= result_d;
      result_killed_q <= killed_o;
    end
    if (out_free) rsp_o <= spare_valid_q ? spare_q : answer;
    if (!spare_valid_q) spare_q <= answer;
  end

  // ---- what is under way ----
  always_comb begin
    in_flight_o = '0;
    if (count_q != 0) in_flight_o[fifo_q[head_q][mmu_pkg::ReqBank]] = 1'b1;
    if (count_q == 2'd2) in_flight_o[fifo_q[!head_q][mmu_pkg::ReqBank]] = 1'b1;
    empty_o = count_q == 0 && !result_valid_q && !rsp_valid_o;  // the spare is never full alone
  end

  logic unused;
  always_comb unused = ^{unused_access, ctx};

  // ---- assertions ----
`ifdef MMU_ASSERT
  logic [mmu_pkg::RspW-1:0] offered_q;
  logic waiting_q;
  always_ff @(posedge clk_i) begin
    offered_q <= rsp_o;
    waiting_q <= rst_ni && rsp_valid_o && !rsp_ready_i;
    if (rst_ni) begin
      OfferedResponseStays:       assert (!waiting_q || (rsp_valid_o && rsp_o == offered_q));
      CommitFindsResponseFree:    assert (!commit_i || rsp_free_o);
      FetchPortFetches:           assert (!push || (PORT == 0) == (req_acc_i == mmu_pkg::AccFetch));
      BufferNeverOverflows:       assert (count_q <= 2'd2);
    end
  end
`endif
  initial if (PORT != 0 && PORT != 1) $fatal(1, "request_port: PORT must be 0 fetch or 1 data");

endmodule
`default_nettype wire
