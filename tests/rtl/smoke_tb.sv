// smoke_tb: the MMU in four-state simulation: nothing unknown leaves it, and the plain ways through it end as they should.
//
// The two-state lockstep bench says whether the MMU is right. This one says that it does not hang on values which only a
// simulator with two states invents: after reset every output must be 0 or 1, from the first clock on.
//
// `mmu` is a second root, so that `pagewalk config rtl-params --style iverilog` sets its parameters:
//   iverilog -g2012 -s smoke_tb -s mmu [-Pmmu.NAME=VALUE ...] rtl/mmu_pkg.sv rtl/*.sv tests/rtl/smoke_tb.sv
// Inputs change on the falling edge, and there outputs are looked at: no path leads from an input to an output, so that
// both belong to the cycle which began with the rising edge before.
//
// Expected of the geometry: a first level that holds pages of every size, and caches of PML4Es, PDPTEs and PDEs.
`default_nettype none
`timescale 1ns/1ps
module smoke_tb;

  localparam integer MemoryCycles = 7;     // of a reference, as the model charges them
  localparam integer Patience     = 2000;  // cycles until an answer is missed

  // Entry bits.
  localparam [63:0] P = 64'h1, W = 64'h2, U = 64'h4, A = 64'h20, D = 64'h40, PS = 64'h80, G = 64'h100;
  localparam [63:0] XD = 64'h8000000000000000;
  localparam [63:0] Ignored = 64'h200;     // a bit that the MMU leaves alone

  // Addresses: of tables, of their entries' pages, and linear ones.
  localparam [63:0] Pml4 = 64'h1000, Pdpt = 64'h2000, Pd = 64'h3000, Pt = 64'h4000, Pml5 = 64'h5000;
  localparam [63:0] Frame4K = 64'h12345000, Frame2M = 64'h66600000, Frame1G = 64'h380000000;
  localparam [63:0] Va2M = 64'h200000, Va1G = 64'h40000000;
  // Pages 4K by index in the page table; several have a use of their own.
  localparam integer Plain = 1, Absent = 2, ReadOnly = 3, NoExecute = 4, Global = 5, Raced = 6, Broken = 7, Killed = 8,
                     Slow = 9, Supervisor = 10, Reserved = 11, Late = 12, First = 16;

  // req_acc, rsp_fault, rsp_source, ctl_op as in the port contract
  localparam [1:0] Read = 0, Write = 1, Fetch = 2;
  localparam [2:0] None = 0, PageFault = 1, Gp = 2, Ss = 3, BusError = 4, Dropped = 5;
  localparam [1:0] ByL1 = 0, ByL2 = 1, ByWalk = 2;
  localparam [3:0] Cr3 = 0, Cr0 = 1, Cr4 = 2, Efer = 3, Invlpg = 5, Invpcid = 8;

  // ---- clock and pins ----
  logic clk, rst_n;
  initial clk = 1'b0;
  always #5 clk = !clk;

  // By port: 0 fetch, 1 data.
  logic [1:0]  req_valid, req_user, req_implicit, req_ac, req_stack, req_prefetch, kill_valid, rsp_ready;
  logic [3:0]  req_id [0:1];
  logic [63:0] req_va [0:1];
  logic [1:0]  req_acc [0:1];
  logic [7:0]  kill_id;  // 4 bits per port
  logic        ctl_valid;
  logic [3:0]  ctl_op;
  logic [63:0] ctl_data;
  logic [11:0] ctl_pcid;
  logic        wmq_ready, wmr_valid, wmr_ok, wmr_err;
  logic [1:0]  wmr_id;
  logic [63:0] wmr_data;

  assign mmu.clk_i  = clk;
  assign mmu.rst_ni = rst_n;
  assign mmu.f_req_valid_i = req_valid[0],       mmu.d_req_valid_i = req_valid[1];
  assign mmu.f_req_id_i = req_id[0],             mmu.d_req_id_i = req_id[1];
  assign mmu.f_req_va_i = req_va[0],             mmu.d_req_va_i = req_va[1];
  assign mmu.f_req_acc_i = req_acc[0],           mmu.d_req_acc_i = req_acc[1];
  assign mmu.f_req_user_i = req_user[0],         mmu.d_req_user_i = req_user[1];
  assign mmu.f_req_implicit_i = req_implicit[0], mmu.d_req_implicit_i = req_implicit[1];
  assign mmu.f_req_ac_i = req_ac[0],             mmu.d_req_ac_i = req_ac[1];
  assign mmu.f_req_stack_i = req_stack[0],       mmu.d_req_stack_i = req_stack[1];
  assign mmu.f_req_prefetch_i = req_prefetch[0], mmu.d_req_prefetch_i = req_prefetch[1];
  assign mmu.f_kill_valid_i = kill_valid[0],     mmu.d_kill_valid_i = kill_valid[1];
  assign mmu.f_kill_id_i = kill_id[3:0],         mmu.d_kill_id_i = kill_id[7:4];
  assign mmu.f_rsp_ready_i = rsp_ready[0],       mmu.d_rsp_ready_i = rsp_ready[1];
  assign mmu.ctl_valid_i = ctl_valid;
  assign mmu.ctl_op_i = ctl_op;
  assign mmu.ctl_data_i = ctl_data;
  assign mmu.ctl_pcid_i = ctl_pcid;
  assign mmu.wmq_ready_i = wmq_ready;
  assign mmu.wmr_valid_i = wmr_valid;
  assign mmu.wmr_id_i = wmr_id;
  assign mmu.wmr_data_i = wmr_data;
  assign mmu.wmr_ok_i = wmr_ok;
  assign mmu.wmr_err_i = wmr_err;

  wire [1:0]  req_ready = {mmu.d_req_ready_o, mmu.f_req_ready_o};
  wire [1:0]  rsp_valid = {mmu.d_rsp_valid_o, mmu.f_rsp_valid_o};
  wire [82:0] f_rsp = {mmu.f_rsp_id_o, mmu.f_rsp_source_o, mmu.f_rsp_error_code_o, mmu.f_rsp_fault_o, mmu.f_rsp_global_o,
                       mmu.f_rsp_memtype_o, mmu.f_rsp_level_o, mmu.f_rsp_pa_o};
  wire [82:0] d_rsp = {mmu.d_rsp_id_o, mmu.d_rsp_source_o, mmu.d_rsp_error_code_o, mmu.d_rsp_fault_o, mmu.d_rsp_global_o,
                       mmu.d_rsp_memtype_o, mmu.d_rsp_level_o, mmu.d_rsp_pa_o};
  wire [181:0] wmq = {mmu.wmq_id_o, mmu.wmq_op_o, mmu.wmq_pwt_o, mmu.wmq_pcd_o, mmu.wmq_addr_o, mmu.wmq_new_o,
                      mmu.wmq_expected_o};

  // ---- counting ----
  integer checks, cycle;
  initial checks = 0;
  task check(input good, input [40*8-1:0] what);
    begin
      if (good !== 1'b1) $fatal(1, "smoke: cycle %0d: %0s", cycle, what);
      checks = checks + 1;
    end
  endtask
  task equals(input [63:0] got, input [63:0] wanted, input [40*8-1:0] what);
    begin
      if (got !== wanted) $fatal(1, "smoke: cycle %0d: %0s: %0h, not %0h", cycle, what, got, wanted);
      checks = checks + 1;
    end
  endtask

  // ---- memory: an operation is done when it is accepted in cycle q, and answers in q + MemoryCycles - 2 ----
  logic [63:0] memory [0:4095];
  integer      operations, swaps, failed_swaps, most_outstanding, outstanding;
  logic        break_next, race_next, stutter;  // next: bus error; entry changes under the swap; ready comes and goes
  logic        due       [0:63];
  logic [1:0]  due_id    [0:63];
  logic [63:0] due_data  [0:63];
  logic        due_ok    [0:63];
  logic        due_err   [0:63];
  integer      now, later, dice;
  initial dice = 1;

  task serve_memory;
    begin
      now   = cycle % 64;
      later = (cycle + MemoryCycles - 2) % 64;
      wmr_valid = due[now];
      wmr_id    = due[now] ? due_id[now] : 2'bx;
      wmr_data  = due[now] ? due_data[now] : 64'bx;
      wmr_ok    = due[now] ? due_ok[now] : 1'bx;
      wmr_err   = due[now] ? due_err[now] : 1'bx;
      if (due[now]) outstanding = outstanding - 1;
      due[now] = 1'b0;
      if (stutter) wmq_ready = $random(dice) % 3 == 0;
      else wmq_ready = 1'b1;
      if (rst_n && mmu.wmq_valid_o && wmq_ready) begin
        if (mmu.wmq_addr_o[51:15] != 0) $fatal(1, "smoke: cycle %0d: address %0h has no memory", cycle, {mmu.wmq_addr_o, 3'd0});
        operations    = operations + 1;
        outstanding   = outstanding + 1;
        if (outstanding > most_outstanding) most_outstanding = outstanding;
        due[later]    = 1'b1;
        due_id[later] = mmu.wmq_id_o;
        due_err[later] = break_next;
        due_ok[later] = 1'b0;
        break_next    = 1'b0;
        if (mmu.wmq_op_o && !due_err[later]) begin
          swaps = swaps + 1;
          if (race_next) memory[mmu.wmq_addr_o[14:3]] = memory[mmu.wmq_addr_o[14:3]] | Ignored;
          race_next = 1'b0;
          due_ok[later] = memory[mmu.wmq_addr_o[14:3]] == mmu.wmq_expected_o;
          if (due_ok[later]) memory[mmu.wmq_addr_o[14:3]] = mmu.wmq_new_o;
          else failed_swaps = failed_swaps + 1;
        end
        due_data[later] = memory[mmu.wmq_addr_o[14:3]];
      end
    end
  endtask

  // ---- what nothing may leave ----
  // Outputs that reset leaves alone, and that are judged with their valid: rsp_* (response register); wmq_* (a walker's
  // entry, table and place); slot and set of a second-level look-up and fill (the address that it works on); sets of
  // fills (the request of the slot that would be next to commit). Every other output is known from the first clock on.
  task known(input [255:0] value, input [40*8-1:0] what);
    if (^value === 1'bx) $fatal(1, "smoke: cycle %0d: %0s is unknown: %b", cycle, what, value);
  endtask

  integer k;
  task check_known;
    begin
      known({req_ready, rsp_valid, mmu.ctl_ready_o, mmu.ctl_done_o, mmu.wmq_valid_o, mmu.wmr_ready_o, mmu.idle_o}, "a handshake");
      known(mmu.perf_o, "perf_o");
      if (rsp_valid[0]) known(f_rsp, "f_rsp");
      if (rsp_valid[1]) known(d_rsp, "d_rsp");
      if (mmu.wmq_valid_o) known(wmq, "wmq");
      known({mmu.f_obs_lookup_o, mmu.d_obs_lookup_o, mmu.l2_obs_lookup_o, mmu.l2i_obs_lookup_o, mmu.l2_obs_fill_o,
             mmu.l2i_obs_fill_o, mmu.obs_walk_o, mmu.obs_commit_o, mmu.obs_l1_fill_o, mmu.obs_psc_fill_o, mmu.obs_inval_o},
            "an event");
      known({mmu.f_obs_replay_o, mmu.f_obs_slot_o, mmu.f_obs_hit_o, mmu.f_obs_array_o, mmu.f_obs_way_o, mmu.f_obs_set_o},
            "f_obs");
      known({mmu.d_obs_replay_o, mmu.d_obs_slot_o, mmu.d_obs_hit_o, mmu.d_obs_array_o, mmu.d_obs_way_o, mmu.d_obs_set_o},
            "d_obs");
      known({mmu.l2_obs_hit_o, mmu.l2_obs_array_o, mmu.l2_obs_way_o}, "l2_obs");
      known({mmu.l2i_obs_hit_o, mmu.l2i_obs_array_o, mmu.l2i_obs_way_o}, "l2i_obs");
      if (mmu.l2_obs_lookup_o) known({mmu.l2_obs_slot_o, mmu.l2_obs_set_o}, "l2_obs slot or set");
      if (mmu.l2i_obs_lookup_o) known({mmu.l2i_obs_slot_o, mmu.l2i_obs_set_o}, "l2i_obs slot or set");
      known({mmu.l2_obs_fill_array_o, mmu.l2_obs_fill_way_o, mmu.l2_obs_fill_evict_o}, "l2_obs_fill");
      known({mmu.l2i_obs_fill_array_o, mmu.l2i_obs_fill_way_o, mmu.l2i_obs_fill_evict_o}, "l2i_obs_fill");
      if (mmu.l2_obs_fill_o) known(mmu.l2_obs_fill_set_o, "l2_obs_fill_set");
      if (mmu.l2i_obs_fill_o) known(mmu.l2i_obs_fill_set_o, "l2i_obs_fill_set");
      known({mmu.obs_walk_slot_o, mmu.obs_walk_walker_o, mmu.obs_walk_psc_level_o, mmu.obs_walk_psc_way_o,
             mmu.obs_walk_psc_set_o}, "obs_walk");
      known({mmu.obs_commit_slot_o, mmu.obs_commit_actions_o, mmu.obs_commit_port_o}, "obs_commit");
      known({mmu.obs_l1_fill_array_o, mmu.obs_l1_fill_way_o, mmu.obs_l1_fill_evict_o}, "obs_l1_fill");
      if (mmu.obs_l1_fill_o) known(mmu.obs_l1_fill_set_o, "obs_l1_fill_set");
      known({mmu.obs_psc_evict_o, mmu.obs_psc_fill_way_o}, "obs_psc_fill");
      for (k = 2; k <= 5; k = k + 1)
        if (mmu.obs_psc_fill_o[k]) known(mmu.obs_psc_fill_set_o[16 * (k - 2) +: 16], "obs_psc_fill_set");
      checks = checks + 1;
    end
  endtask

  // ---- every cycle ----
  // Answers by port and id.
  logic        got        [0:31];
  integer      got_at     [0:31];
  logic [82:0] got_rsp    [0:31];
  integer      answers;
  integer      walks;     // attempts of walks that the MMU reported
  logic        offered_f, offered_d, offered_w;
  logic [82:0]  kept_f, kept_d;
  logic [181:0] kept_w;

  task collect(input integer port, input [82:0] rsp);
    begin
      if (got[16 * port + rsp[82:79]]) $fatal(1, "smoke: cycle %0d: port %0d answers id %0d twice", cycle, port, rsp[82:79]);
      got[16 * port + rsp[82:79]]     = 1'b1;
      got_at[16 * port + rsp[82:79]]  = cycle;
      got_rsp[16 * port + rsp[82:79]] = rsp;
      answers = answers + 1;
    end
  endtask

  initial cycle = 0;
  always @(posedge clk) cycle = cycle + 1;

  // Behind the stimulus of the same falling edge (#1).
  always @(negedge clk) begin
    #2;
    if (rst_n === 1'b1) begin
      check_known;
      if (offered_f && !(rsp_valid[0] && f_rsp === kept_f)) $fatal(1, "smoke: cycle %0d: f_rsp did not stay", cycle);
      if (offered_d && !(rsp_valid[1] && d_rsp === kept_d)) $fatal(1, "smoke: cycle %0d: d_rsp did not stay", cycle);
      if (offered_w && !(mmu.wmq_valid_o && wmq === kept_w)) $fatal(1, "smoke: cycle %0d: wmq did not stay", cycle);
      if (rsp_valid[0] && rsp_ready[0]) collect(0, f_rsp);
      if (rsp_valid[1] && rsp_ready[1]) collect(1, d_rsp);
      if (mmu.obs_walk_o) walks = walks + 1;
      serve_memory;
      offered_f = rsp_valid[0] && !rsp_ready[0];
      offered_d = rsp_valid[1] && !rsp_ready[1];
      offered_w = mmu.wmq_valid_o && !wmq_ready;
      kept_f = f_rsp;
      kept_d = d_rsp;
      kept_w = wmq;
    end
  end

  // ---- stimulus ----
  task step;
    begin
      @(negedge clk);
      #1;
    end
  endtask

  integer asked_at, waited;
  logic   as_user, as_implicit, with_ac, by_stack, as_prefetch;  // of requests to come

  // Offers a request until it is taken, in cycle asked_at; ends in the next one.
  task ask(input integer port, input [3:0] id, input [63:0] va, input [1:0] acc);
    begin
      req_valid[port]    = 1'b1;
      req_id[port]       = id;
      req_va[port]       = va;
      req_acc[port]      = acc;
      req_user[port]     = as_user;
      req_implicit[port] = as_implicit;
      req_ac[port]       = with_ac;
      req_stack[port]    = by_stack;
      req_prefetch[port] = as_prefetch;
      got[16 * port + id] = 1'b0;
      waited = 0;
      while (!req_ready[port]) begin
        step;
        waited = waited + 1;
        if (waited > Patience) $fatal(1, "smoke: cycle %0d: port %0d takes no request", cycle, port);
      end
      asked_at = cycle;
      step;
      req_valid[port] = 1'b0;
      // A request lives in what was accepted; what is on the pins afterwards must not matter.
      req_va[port]    = 64'bx;
    end
  endtask

  // The answer, and what it took; a new step begins in the cycle after it.
  logic [51:0] pa;
  logic [1:0]  level, source;
  logic [2:0]  fault;
  logic [15:0] error;
  logic        is_global;
  integer      latency, cost, attempts;
  integer      operations_before, walks_before;
  task await(input integer port, input [3:0] id);
    begin
      waited = 0;
      while (!got[16 * port + id]) begin
        step;
        waited = waited + 1;
        if (waited > Patience) $fatal(1, "smoke: cycle %0d: port %0d does not answer id %0d", cycle, port, id);
      end
      source    = got_rsp[16 * port + id][78:77];
      error     = got_rsp[16 * port + id][76:61];
      fault     = got_rsp[16 * port + id][60:58];
      is_global = got_rsp[16 * port + id][57];
      level     = got_rsp[16 * port + id][53:52];
      pa        = got_rsp[16 * port + id][51:0];
    end
  endtask

  // One request alone in the MMU.
  integer port_of_access;
  logic [3:0] next_id;
  initial next_id = 4'd0;
  task access(input [63:0] va, input [1:0] acc);
    begin
      port_of_access = acc == Fetch ? 0 : 1;
      operations_before = operations;
      walks_before = walks;
      next_id = next_id + 4'd1;
      ask(port_of_access, next_id, va, acc);
      await(port_of_access, next_id);
      latency  = got_at[16 * port_of_access + next_id] - asked_at;
      step;
      cost     = operations - operations_before;
      attempts = walks - walks_before;
    end
  endtask

  // What the documentation charges for it: a+3 for a first-level hit, and N more.
  integer l2_cycles, start_cycles, levels;
  task expect_l1(input [63:0] wanted_pa);
    begin
      equals(fault, None, "fault");
      equals(pa, wanted_pa, "pa of a hit");
      equals(source, ByL1, "source of a first-level hit");
      equals(latency, 3, "latency of a first-level hit");
      equals(cost, 0, "memory operations of a hit");
      equals(attempts, 0, "walks of a hit");
    end
  endtask
  // A walk of so many reads and swaps behind a miss of the second level.
  task expect_walk(input [63:0] wanted_pa, input [1:0] wanted_level, input integer reads, input integer wanted_swaps);
    begin
      equals(fault, None, "fault");
      equals(pa, wanted_pa, "pa after a walk");
      equals(level, wanted_level, "level after a walk");
      equals(source, ByWalk, "source of a walk");
      equals(cost, reads + wanted_swaps, "memory operations of a walk");
      equals(attempts, 1, "attempts of a walk");
      equals(latency, 3 + l2_cycles + start_cycles + reads * mmu.WALK_STEP_CYCLES + cost * MemoryCycles,
             "latency of a walk");
    end
  endtask
  task expect_fault(input [2:0] wanted_fault, input [15:0] wanted_error);
    begin
      equals(fault, wanted_fault, "fault");
      equals(error, wanted_error, "error code");
      equals(pa, 0, "pa of a fault");
    end
  endtask

  function [63:0] va4k(input integer index);
    va4k = {40'd0, index[11:0], 12'h0} | 64'h8;
  endfunction
  function [63:0] pa4k(input integer index);
    pa4k = Frame4K + {index[19:0], 12'h0} + 64'h8;
  endfunction
  function [63:0] pte(input integer index);
    pte = memory[Pt / 8 + index];
  endfunction

  integer done_after;
  task control(input [3:0] op, input [63:0] data, input [11:0] pcid);
    begin
      ctl_valid = 1'b1;
      ctl_op    = op;
      ctl_data  = data;
      ctl_pcid  = pcid;
      waited = 0;
      while (!mmu.ctl_ready_o) begin
        step;
        waited = waited + 1;
        if (waited > Patience) $fatal(1, "smoke: cycle %0d: ctl takes no operation", cycle);
      end
      asked_at = cycle;
      step;
      ctl_valid = 1'b0;
      ctl_data  = 64'bx;
      while (!mmu.ctl_done_o) begin
        step;
        waited = waited + 1;
        if (waited > 10000) $fatal(1, "smoke: cycle %0d: ctl is not done", cycle);
      end
      done_after = cycle - asked_at;
      step;
      check(!mmu.ctl_done_o, "ctl_done lasts one cycle");
    end
  endtask

  task make_tables;
    integer i;
    begin
      for (i = 0; i < 4096; i = i + 1) memory[i] = 64'd0;
      memory[Pml5 / 8]     = Pml4 | P | W | U;
      memory[Pml4 / 8]     = Pdpt | P | W | U;
      memory[Pdpt / 8]     = Pd | P | W | U;
      memory[Pdpt / 8 + 1] = Frame1G | P | W | U | PS;
      memory[Pd / 8]       = Pt | P | W | U;
      memory[Pd / 8 + 1]   = Frame2M | P | W | U | PS;
      for (i = 1; i < 512; i = i + 1) memory[Pt / 8 + i] = (Frame4K + i * 4096) | P | W | U;
      // The same tables under other addresses, for as many entries as caches hold, and more.
      for (i = 1; i < 8; i = i + 1) memory[Pml4 / 8 + i] = Pdpt | P | W | U;
      for (i = 2; i < 10; i = i + 1) memory[Pdpt / 8 + i] = Pd | P | W | U;
      for (i = 2; i < 10; i = i + 1) memory[Pd / 8 + i] = Pt | P | W | U;
      for (i = 10; i < 18; i = i + 1) memory[Pdpt / 8 + i] = memory[Pdpt / 8 + 1] + (i << 30);
      for (i = 10; i < 18; i = i + 1) memory[Pd / 8 + i] = memory[Pd / 8 + 1] + (i << 21);
      memory[Pt / 8 + Absent]     = 64'd0;
      memory[Pt / 8 + ReadOnly]   = pte(ReadOnly) & ~W;
      memory[Pt / 8 + NoExecute]  = pte(NoExecute) | XD;
      memory[Pt / 8 + Global]     = pte(Global) | G;
      memory[Pt / 8 + Supervisor] = pte(Supervisor) & ~U;
      memory[Pt / 8 + Reserved]   = pte(Reserved) | 64'h8000000000000;  // bit 51
    end
  endtask

  // What a page-walk reads first when all caches are cold, by level of its leaf.
  task everywhere_accessed;
    begin
      check((memory[Pml4 / 8] & memory[Pdpt / 8] & memory[Pd / 8] & A) != 0, "A of the tables' entries");
      check(((memory[Pml4 / 8] | memory[Pdpt / 8] | memory[Pd / 8]) & D) == 0, "no D in entries of tables");
      equals(memory[Pml5 / 8] & (A | D), levels == 5 ? A : 64'd0, "A of the PML5E");
    end
  endtask

  // An address of any kind, and its translation; every user may read and fetch there.
  logic [31:0] random;
  logic [63:0] any_va, any_pa;
  task pick;
    begin
      random = random * 32'd1664525 + 32'd1013904223;
      any_va = ({61'd0, random[31:29]} << 39) | ((64'd2 + random[28:26]) << 30) | ((64'd2 + random[25:23]) << 21) |
               ((64'd32 + random[22:18]) << 12) | random[17:8];
      any_pa = Frame4K + any_va[20:0];
      if (random[17:16] == 2'd0) begin
        any_va = (any_va + (64'd8 << 21));
        any_pa = Frame2M + (({55'd0, any_va[29:21]} << 21) | any_va[20:0]);
      end else if (random[17:16] == 2'd1) begin
        any_va = (any_va + (64'd8 << 30));
        any_pa = Frame1G + (({55'd0, any_va[38:30]} << 30) | any_va[29:0]);
      end
    end
  endtask

  integer i, mark, first_at;
  logic [63:0] other_pa;
  logic [63:0] high;
  initial begin
    for (i = 0; i < 64; i = i + 1) due[i] = 1'b0;
    for (i = 0; i < 32; i = i + 1) got[i] = 1'b0;
    {operations, swaps, failed_swaps, most_outstanding, outstanding, answers, walks} = 0;
    {break_next, race_next, stutter, offered_f, offered_d, offered_w} = 0;
    {as_user, as_implicit, with_ac, by_stack, as_prefetch} = 0;
    {req_valid, kill_valid, ctl_valid, wmr_valid} = 0;
    wmq_ready = 1'b1;
    rsp_ready = 2'b11;
    make_tables;
    levels       = mmu.LA57 != 0 ? 5 : 4;
    start_cycles = mmu.PSC_CYCLES + mmu.WALK_START_CYCLES;
    l2_cycles    = mmu.L2_HIT_CYCLES;

    // ---- reset: two clocks, with all other inputs but the valids unknown ----
    rst_n = 1'b0;
    step;
    step;
    step;
    rst_n = 1'b1;
    #1 check_known;
    check(mmu.idle_o && mmu.ctl_ready_o && req_ready == 2'b11, "ready after reset");
    check(rsp_valid == 0 && !mmu.wmq_valid_o && !mmu.ctl_done_o, "quiet after reset");
    check(mmu.perf_o == 0, "counters are zero after reset");
    for (i = 0; i < 20; i = i + 1) step;
    check(mmu.idle_o, "stays idle");

    // ---- paging off: the address is the translation ----
    as_user = 1'b1;
    access(64'h12345678, Read);
    expect_l1(64'h12345678);
    access(64'hffffffff, Fetch);
    expect_l1(64'hffffffff);
    access(64'h100000000, Read);
    expect_fault(Gp, 16'h0);

    // ---- paging on ----
    control(Cr4, 64'h80 | (64'd3 << 20) | (levels == 5 ? 64'h1000 : 64'h0), 12'd0);  // PGE, SMEP, SMAP, LA57
    control(Efer, 64'h800, 12'd0);                                                   // NXE
    equals(done_after, 3, "cycles of an operation that clears nothing");
    control(Cr3, levels == 5 ? Pml5 : Pml4, 12'd0);
    control(Cr0, 64'h80010000, 12'd0);                                               // PG, WP

    // ---- data: a walk from the root, hits, and D ----
    access(va4k(Plain), Read);
    expect_walk(pa4k(Plain), 2'd0, levels, levels);
    everywhere_accessed;
    equals(pte(Plain) & (A | D), A, "A alone after a read");
    access(va4k(Plain), Read);
    expect_l1(pa4k(Plain));
    // A write that lacks D goes from the first level straight to a walk.
    l2_cycles = 0;
    access(va4k(Plain), Write);
    expect_walk(pa4k(Plain), 2'd0, 1, 1);
    l2_cycles = mmu.L2_HIT_CYCLES;
    equals(pte(Plain) & (A | D), A | D, "A and D after a write");
    access(va4k(Plain), Write);
    expect_l1(pa4k(Plain));
    // A and D at once; the page directory is known, so that one read does.
    access(va4k(First), Write);
    expect_walk(pa4k(First), 2'd0, 1, 1);
    equals(pte(First) & (A | D), A | D, "A and D in one swap");
    access(Va2M | 64'h12340, Write);
    expect_walk(Frame2M | 64'h12340, 2'd1, 1, 1);
    equals(memory[Pd / 8 + 1] & (A | D), A | D, "A and D of a 2 MB page");
    access(Va2M | 64'h1ffff8, Read);
    expect_l1(Frame2M | 64'h1ffff8);
    equals(level, 2'd1, "level of a 2 MB page");
    access(Va1G | 64'h2345678, Read);
    expect_walk(Frame1G | 64'h2345678, 2'd2, 1, 1);
    access(Va1G | 64'h3fffffff, Read);
    expect_l1(Frame1G | 64'h3fffffff);
    equals(level, 2'd2, "level of a 1 GB page");
    // Prefetches set A, never D.
    as_prefetch = 1'b1;
    access(va4k(First + 1), Write);
    expect_walk(pa4k(First + 1), 2'd0, 1, 1);
    equals(pte(First + 1) & (A | D), A, "A alone after a prefetch for writing");
    as_prefetch = 1'b0;

    // ---- fetches ----
    if (mmu.L2_SPLIT != 0) begin
      l2_cycles = mmu.L2I_HIT_CYCLES;
      access(va4k(Plain), Fetch);
      expect_walk(pa4k(Plain), 2'd0, 1, 0);
    end else begin
      access(va4k(Plain), Fetch);
      equals(source, ByL2, "source of a second-level hit");
      equals(pa, pa4k(Plain), "pa of a second-level hit");
      equals(latency, 3 + mmu.L2_HIT_CYCLES, "latency of a second-level hit");
      equals(cost, 0, "memory operations of a second-level hit");
    end
    access(va4k(Plain), Fetch);
    expect_l1(pa4k(Plain));
    access(va4k(First + 2), Fetch);
    expect_walk(pa4k(First + 2), 2'd0, 1, 1);
    access(Va1G | 64'h1000, Fetch);
    expect_walk(Frame1G | 64'h1000, 2'd2, 1, 0);
    access(Va1G | 64'h5008, Fetch);
    expect_l1(Frame1G | 64'h5008);
    l2_cycles = mmu.L2_HIT_CYCLES;

    // ---- faults ----
    access(va4k(Absent), Read);
    expect_fault(PageFault, 16'h4);
    // As long as it is not in a TLB a page that faults is walked, and what was cached of the way to it is dropped.
    equals(cost, 1, "memory operations of a walk to an absent entry");
    access(va4k(Absent), Write);
    expect_fault(PageFault, 16'h6);
    equals(cost, levels, "memory operations after a fault");
    access(va4k(Absent), Fetch);
    expect_fault(PageFault, 16'h14);
    equals(pte(Absent), 64'd0, "an absent entry stays");
    as_prefetch = 1'b1;
    access(va4k(Absent), Read);
    expect_fault(Dropped, 16'h0);
    as_prefetch = 1'b0;
    access(va4k(ReadOnly), Write);
    expect_fault(PageFault, 16'h7);
    equals(pte(ReadOnly) & (A | D), 64'd0, "neither A nor D on a fault");
    access(va4k(ReadOnly), Read);
    equals(fault, None, "reading a read-only page");
    access(va4k(ReadOnly), Write);
    expect_fault(PageFault, 16'h7);
    equals(source, ByL1, "source of a fault that the first level found");
    equals(cost, 0, "memory operations of a fault that the first level found");
    access(va4k(ReadOnly), Read);
    equals(source, ByWalk, "a page that faulted is walked again");
    equals(pte(ReadOnly) & (A | D), A, "A alone of a read-only page");
    access(va4k(NoExecute), Fetch);
    expect_fault(PageFault, 16'h15);
    access(va4k(Reserved), Read);
    expect_fault(PageFault, 16'hd);
    access(va4k(Supervisor), Read);
    expect_fault(PageFault, 16'h5);
    as_user = 1'b0;
    access(va4k(Supervisor), Write);
    equals(fault, None, "a supervisor's write to its page");
    equals(pa, pa4k(Supervisor), "pa of a supervisor's page");
    access(va4k(Plain), Read);
    expect_fault(PageFault, 16'h1);   // SMAP
    with_ac = 1'b1;
    access(va4k(Plain), Read);
    equals(fault, None, "SMAP with AC");
    with_ac = 1'b0;
    access(va4k(Plain), Fetch);
    expect_fault(PageFault, 16'h11);  // SMEP
    as_user = 1'b1;
    as_implicit = 1'b1;
    with_ac = 1'b1;
    access(va4k(Plain), Read);
    expect_fault(PageFault, 16'h1);   // an implicit access is a supervisor's, and AC does not help it
    as_implicit = 1'b0;
    with_ac = 1'b0;

    high = levels == 5 ? 64'h0100000000000000 : 64'h0000800000000000;
    access(high, Read);
    expect_fault(Gp, 16'h0);
    equals(latency, 3, "latency of #GP");
    access(high, Fetch);
    expect_fault(Gp, 16'h0);
    by_stack = 1'b1;
    access(~high, Write);
    expect_fault(Ss, 16'h0);
    by_stack = 1'b0;
    access(~(high - 64'd1), Read);    // the lowest canonical address of the upper half; no table there
    expect_fault(PageFault, 16'h4);

    // ---- invalidations ----
    access(va4k(Plain), Read);
    access(va4k(Plain), Read);
    expect_l1(pa4k(Plain));
    access(va4k(Global), Read);
    access(va4k(Global), Read);
    expect_l1(pa4k(Global));
    check(is_global, "rsp_global of a global page");
    control(Invlpg, va4k(Plain), 12'd0);
    access(va4k(Plain), Read);
    expect_walk(pa4k(Plain), 2'd0, levels, 0);
    access(va4k(Global), Read);
    expect_l1(pa4k(Global));
    control(Cr3, levels == 5 ? Pml5 : Pml4, 12'd0);
    access(va4k(Global), Read);
    expect_l1(pa4k(Global));
    access(va4k(Plain), Read);
    expect_walk(pa4k(Plain), 2'd0, levels, 0);
    control(Invpcid + 4'd2, 64'd0, 12'd0);
    access(va4k(Global), Read);
    expect_walk(pa4k(Global), 2'd0, levels, 0);
    // INVLPG of a non-canonical address is no operation.
    control(Invlpg, high | va4k(Global), 12'd0);
    equals(done_after, 3, "cycles of INVLPG of a non-canonical address");
    access(va4k(Global), Read);
    expect_l1(pa4k(Global));

    // ---- kill: no answer, and the walk fills nevertheless ----
    mark = answers;
    ask(1, 4'd15, va4k(Killed), Read);
    for (i = 0; i < 8; i = i + 1) step;
    kill_valid[1] = 1'b1;
    kill_id[7:4]  = 4'd15;
    step;
    kill_valid[1] = 1'b0;
    for (i = 0; i < 200; i = i + 1) step;
    equals(answers, mark, "answers after a kill");
    check(mmu.idle_o, "idle after a kill");
    access(va4k(Killed), Read);
    expect_l1(pa4k(Killed));
    // In the buffer, before its look-up: in the cycle behind its acceptance.
    mark = answers;
    ask(1, 4'd15, va4k(Killed), Read);
    kill_valid[1] = 1'b1;
    step;
    kill_valid[1] = 1'b0;
    for (i = 0; i < 20; i = i + 1) step;
    equals(answers, mark, "answers after an early kill");

    // ---- walk bus error ----
    break_next = 1'b1;
    access(va4k(Broken), Read);
    expect_fault(BusError, 16'h0);
    equals(source, ByWalk, "source of a bus error");
    equals(cost, 1, "memory operations up to a bus error");
    access(va4k(Broken), Read);
    expect_walk(pa4k(Broken), 2'd0, 1, 1);

    // ---- a compare that fails: another attempt, and what the other party wrote stays ----
    race_next = 1'b1;
    mark = failed_swaps;
    access(va4k(Raced), Write);
    equals(failed_swaps, mark + 1, "failed swaps");
    equals(fault, None, "fault after a race");
    equals(pa, pa4k(Raced), "pa after a race");
    equals(attempts, 2, "attempts of a walk that lost a race");
    equals(cost, 4, "memory operations of a walk that lost a race");
    equals(latency, 3 + l2_cycles + 2 * (start_cycles + mmu.WALK_STEP_CYCLES) + 4 * MemoryCycles,
           "latency of a walk that lost a race");
    equals(pte(Raced) & (A | D | Ignored), A | D | Ignored, "A, D and the other party's bit");

    // ---- hit under miss ----
    ask(1, 4'd1, va4k(Slow), Read);
    mark = asked_at;
    ask(1, 4'd2, va4k(Raced), Read);
    await(1, 4'd2);
    equals(got_at[18] - asked_at, 3, "latency of a hit under a miss");
    check(!got[17], "the miss answers later");
    await(1, 4'd1);
    equals(pa, pa4k(Slow), "pa of the miss");
    equals(got_at[17] - mark, 3 + l2_cycles + start_cycles + mmu.WALK_STEP_CYCLES + 2 * MemoryCycles,
           "latency of a miss over a hit");
    step;

    // ---- one hit per cycle and port ----
    access(va4k(Plain), Fetch);
    access(va4k(Raced), Read);
    for (i = 0; i < 8; i = i + 1) begin
      ask(1, i, va4k(Raced), Read);
      if (i == 0) first_at = asked_at;
      equals(asked_at, first_at + i, "a hit is taken every cycle");
    end
    for (i = 0; i < 4; i = i + 1) step;
    for (i = 0; i < 8; i = i + 1) equals(got_at[16 + i], first_at + i + 3, "and answered three cycles later");

    // ---- what is offered stays: responses that nobody takes, a memory that is ready a third of the time ----
    rsp_ready = 2'b00;
    ask(1, 4'd3, va4k(Raced), Read);
    ask(0, 4'd3, va4k(Plain), Fetch);
    ask(1, 4'd4, va4k(Late), Read);
    for (i = 0; i < 60; i = i + 1) step;
    check(rsp_valid == 2'b11 && !got[19] && !got[3], "responses wait");
    rsp_ready = 2'b11;
    await(1, 4'd3);
    equals(pa, pa4k(Raced), "pa of the response that waited");
    await(0, 4'd3);
    await(1, 4'd4);
    equals(pa, pa4k(Late), "pa of the response behind it");
    step;
    stutter = 1'b1;
    access(va4k(First + 3), Write);
    equals(pa, pa4k(First + 3), "pa with a slow memory");
    equals(pte(First + 3) & (A | D), A | D, "A and D with a slow memory");

    // ---- many misses on both ports, two of them on one page ----
    most_outstanding = 0;
    for (i = 0; i < 4; i = i + 1) begin
      ask(1, i, va4k(First + 8 + i), Write);
      ask(0, i, va4k(First + (i == 0 ? 8 : 16 + i)), Fetch);
    end
    stutter = 1'b0;
    for (i = 0; i < 4; i = i + 1) begin
      await(1, i);
      equals(pa, pa4k(First + 8 + i), "pa of one of many");
      equals(pte(First + 8 + i) & (A | D), A | D, "A and D of one of many");
      await(0, i);
      equals(pa, pa4k(First + (i == 0 ? 8 : 16 + i)), "pa of one of many fetches");
    end
    for (i = 0; i < 40; i = i + 1) step;
    check(most_outstanding == (mmu.WALKERS > MemoryCycles - 2 ? MemoryCycles - 2 : mmu.WALKERS), "all walkers at once");

    // ---- everything full: victims are chosen in every array, from replacement states that have been initialised ----
    stutter = 1'b1;
    random = 32'd1;
    for (i = 0; i < 300; i = i + 1) begin
      pick;
      other_pa = any_pa;
      ask(1, 4'd5, any_va, Read);
      pick;
      ask(0, 4'd6, any_va, Fetch);
      await(0, 4'd6);
      equals({fault, pa}, any_pa, "pa of any fetch");
      await(1, 4'd5);
      equals({fault, pa}, other_pa, "pa of any read");
      step;
    end
    stutter = 1'b0;
    for (i = 0; i < 40; i = i + 1) step;

    // ---- the end ----
    check(mmu.idle_o, "idle at the end");
    equals(mmu.perf_o[255:224], operations, "counter of walker port operations");
    equals(mmu.perf_o[223:192] + failed_swaps, walks, "counter of walks");
    $display("smoke: %0d checks passed", checks);
    $finish;
  end

endmodule
`default_nettype wire
