// control_unit: the control registers, the two contexts that are alive, and invalidations in order.
//
// Contract. One serial channel. An operation is accepted when ctl_valid_i && ctl_ready_o; requests accepted in the same
//   cycle still have the context before, later ones the new one. A context lives in one of two banks until the last
//   request that was accepted under it has ended; ctl_ready_o waits for that. From the cycle after the accept until
//   ctl_done_o, busy_o keeps look-ups, fills and walk starts away, so that an invalidation takes effect in one moment,
//   inval_o. Which entries leave is SDM "Operations that Invalidate TLBs and Paging-Structure Caches".
// Cycle budget. Accept in c; inval_o in c+1 or when the second level is free; ctl_done_o one cycle after the second
//   level has finished: c+3 when it clears at once or nothing.
`default_nettype none
module control_unit #(
  parameter integer LA57 = 0,
  parameter integer PKU  = 1
) (
  input  wire                        clk_i,
  input  wire                        rst_ni,

  input  wire                        ctl_valid_i,
  output logic                       ctl_ready_o,
  input  wire  [3:0]                 ctl_op_i,
  input  wire  [63:0]                ctl_data_i,
  input  wire  [11:0]                ctl_pcid_i,
  output logic                       ctl_done_o,

  output logic                       bank_o,        // of requests accepted now
  output logic [mmu_pkg::CtxW-1:0]   ctx0_o,
  output logic [mmu_pkg::CtxW-1:0]   ctx1_o,
  input  wire  [1:0]                 in_flight_i,   // by bank: requests of this context are under way

  output logic                       idle_o,
  output logic                       busy_o,
  input  wire                        l2_ready_i,
  output logic                       inval_o,       // this cycle
  output logic [2:0]                 tlb_kind_o,
  output logic [2:0]                 psc_kind_o,
  output logic [11:0]                pcid_o,
  output logic [56:12]               va_o
);

  typedef enum logic [1:0] {Idle, Wait, Sweep, Finish} state_e;
  state_e state_q, state_d;

  logic [51:0] cr3_q, cr3_d;
  logic        wp_q, wp_d, pg_q, pg_d, nxe_q, nxe_d;
  logic        pge_q, pge_d, pcide_q, pcide_d, smep_q, smep_d, smap_q, smap_d, pke_q, pke_d, la57_q, la57_d;
  logic [31:0] pkru_q, pkru_d;

  logic [2:0]   tlb_kind_q, tlb_kind_d, psc_kind_q, psc_kind_d;
  logic [11:0]  pcid_q, pcid_d;
  logic [56:12] va_q, va_d;

  logic accept;
  always_comb begin
    ctl_ready_o = state_q == Idle && !in_flight_i[!bank_o];
    accept      = ctl_valid_i && ctl_ready_o;
  end

  // Canonical for the current mode; outside paging, linear addresses have 32 bits.
  logic canonical;
  always_comb begin
    if (!pg_q) canonical = ctl_data_i[63:32] == 0;
    else if (la57_q) canonical = ctl_data_i[63:56] == {8{ctl_data_i[56]}};
    else canonical = ctl_data_i[63:47] == {17{ctl_data_i[47]}};
  end

  // ---- the registers after the operation ----
  always_comb begin
    cr3_d   = cr3_q;
    {wp_d, pg_d, nxe_d} = {wp_q, pg_q, nxe_q};
    {pge_d, pcide_d, smep_d, smap_d, pke_d, la57_d} = {pge_q, pcide_q, smep_q, smap_q, pke_q, la57_q};
    pkru_d  = pkru_q;
    case (ctl_op_i)
      mmu_pkg::CtlCr3: cr3_d = ctl_data_i[51:0];
      mmu_pkg::CtlCr0: begin
        wp_d = ctl_data_i[mmu_pkg::Cr0Wp];
        pg_d = ctl_data_i[mmu_pkg::Cr0Pg];
      end
      mmu_pkg::CtlCr4: begin
        pge_d   = ctl_data_i[mmu_pkg::Cr4Pge];
        pcide_d = ctl_data_i[mmu_pkg::Cr4Pcide];
        smep_d  = ctl_data_i[mmu_pkg::Cr4Smep];
        smap_d  = ctl_data_i[mmu_pkg::Cr4Smap];
        pke_d   = PKU != 0 && ctl_data_i[mmu_pkg::Cr4Pke];
        la57_d  = LA57 != 0 && ctl_data_i[mmu_pkg::Cr4La57];
      end
      mmu_pkg::CtlEfer: nxe_d = ctl_data_i[mmu_pkg::EferNxe];
      mmu_pkg::CtlPkru: pkru_d = ctl_data_i[31:0];
      default: cr3_d = cr3_q;
    endcase
  end

  // ---- and their meaning for requests ----
  logic [mmu_pkg::CtxW-1:0] ctx_d, ctx0_q, ctx1_q;
  logic bank_q;
  always_comb begin
    ctx_d = '0;
    ctx_d[mmu_pkg::CtxPkru +: 32] = pkru_d;
    ctx_d[mmu_pkg::CtxWp]   = wp_d;
    ctx_d[mmu_pkg::CtxSmep] = smep_d;
    ctx_d[mmu_pkg::CtxSmap] = smap_d;
    ctx_d[mmu_pkg::CtxNxe]  = nxe_d;
    ctx_d[mmu_pkg::CtxPke]  = pke_d;
    ctx_d[mmu_pkg::CtxPge]  = pge_d;
    ctx_d[mmu_pkg::CtxPg]   = pg_d;
    ctx_d[mmu_pkg::CtxLa57] = la57_d;
    // With PCIDs bits 11:0 of CR3 are one; without, bits 4:3 are PCD and PWT of the root table.
    if (pcide_d) ctx_d[mmu_pkg::CtxPcid +: 12] = cr3_d[11:0];
    else ctx_d[mmu_pkg::CtxPwt +: 2] = cr3_d[4:3];
    ctx_d[mmu_pkg::CtxRoot +: 40] = cr3_d[51:12];
  end

  // ---- what the operation invalidates ----
  always_comb begin
    tlb_kind_d = mmu_pkg::InvNone;
    psc_kind_d = mmu_pkg::InvNone;
    pcid_d     = ctx_d[mmu_pkg::CtxPcid +: 12];
    va_d       = ctl_data_i[56:12];
    case (ctl_op_i)
      mmu_pkg::CtlCr3: begin
        if (!pcide_q) tlb_kind_d = mmu_pkg::InvNonGlobal;
        else if (!ctl_data_i[63]) tlb_kind_d = mmu_pkg::InvPcid;
        psc_kind_d = tlb_kind_d;
      end
      mmu_pkg::CtlCr0: begin
        if (pg_q && !pg_d) tlb_kind_d = mmu_pkg::InvAll;
        psc_kind_d = tlb_kind_d;
      end
      mmu_pkg::CtlCr4: begin
        if (pge_q != pge_d || (pcide_q && !pcide_d)) tlb_kind_d = mmu_pkg::InvAll;
        else if (!smep_q && smep_d) tlb_kind_d = mmu_pkg::InvPcidGlob;
        psc_kind_d = tlb_kind_d;
      end
      mmu_pkg::CtlInvlpg: begin
        // SDM volume 2, "INVLPG": a non-canonical address is no operation.
        if (canonical) begin
          tlb_kind_d = mmu_pkg::InvPageGlob;
          psc_kind_d = mmu_pkg::InvPcid;
        end
      end
      mmu_pkg::CtlInvpcid: begin
        tlb_kind_d = mmu_pkg::InvPage;
        psc_kind_d = mmu_pkg::InvPcid;
        pcid_d     = ctl_pcid_i;
      end
      mmu_pkg::CtlInvpcid + 4'd1: begin
        tlb_kind_d = mmu_pkg::InvPcid;
        psc_kind_d = mmu_pkg::InvPcid;
        pcid_d     = ctl_pcid_i;
      end
      mmu_pkg::CtlInvpcid + 4'd2: begin
        tlb_kind_d = mmu_pkg::InvAll;
        psc_kind_d = mmu_pkg::InvAll;
      end
      mmu_pkg::CtlInvpcid + 4'd3: begin
        tlb_kind_d = mmu_pkg::InvNonGlobal;
        psc_kind_d = mmu_pkg::InvNonGlobal;
      end
      default: tlb_kind_d = mmu_pkg::InvNone;
    endcase
  end

  // ---- sequence ----
  always_comb inval_o = state_q == Wait && l2_ready_i;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      // Waits for an operation.
      Idle: if (accept) state_d = Wait;
      // Waits for the second level to finish what it was doing; then everything is invalidated in this cycle.
      Wait: if (l2_ready_i) state_d = Sweep;
      // The second level may need a cycle per set.
      Sweep: if (l2_ready_i) state_d = Finish;
      // Acknowledge.
      Finish: state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Idle;
      bank_q  <= 1'b0;
      ctx0_q  <= '0;
      ctx1_q  <= '0;
      cr3_q   <= '0;
      pkru_q  <= '0;
      {wp_q, pg_q, nxe_q} <= '0;
      {pge_q, pcide_q, smep_q, smap_q, pke_q, la57_q} <= '0;
    end else begin
      state_q <= state_d;
      if (accept) begin
        bank_q <= !bank_q;
        if (bank_q) ctx0_q <= ctx_d;
        else ctx1_q <= ctx_d;
        cr3_q  <= cr3_d;
        pkru_q <= pkru_d;
        {wp_q, pg_q, nxe_q} <= {wp_d, pg_d, nxe_d};
        {pge_q, pcide_q, smep_q, smap_q, pke_q, la57_q} <= {pge_d, pcide_d, smep_d, smap_d, pke_d, la57_d};
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      tlb_kind_q <= tlb_kind_d;
      psc_kind_q <= psc_kind_d;
      pcid_q     <= pcid_d;
      va_q       <= va_d;
    end
  end

  always_comb begin
    bank_o     = bank_q;
    ctx0_o     = ctx0_q;
    ctx1_o     = ctx1_q;
    idle_o     = state_q == Idle;
    busy_o     = state_q != Idle;
    ctl_done_o = state_q == Finish;
    tlb_kind_o = tlb_kind_q;
    psc_kind_o = psc_kind_q;
    pcid_o     = pcid_q;
    va_o       = va_q;
  end

  // ---- parameters and assertions ----
  initial begin
    if (LA57 != 0 && LA57 != 1) $fatal(1, "control_unit: LA57 must be 0 or 1");
    if (PKU != 0 && PKU != 1) $fatal(1, "control_unit: PKU must be 0 or 1");
  end

`ifdef MMU_ASSERT
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      AcceptLeavesNoOlderContext: assert (!accept || !in_flight_i[!bank_q]);
      InvalidationOnlyWhenQuiet:  assert (!inval_o || l2_ready_i);
    end
  end
`endif

endmodule
`default_nettype wire
