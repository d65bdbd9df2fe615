// mmu_pkg: the encodings that the modules of the MMU share.
//
// SDM = Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3A, cited by section title.
package mmu_pkg;

  // ---- port contract: req_acc, rsp_fault, rsp_source, ctl_op, wmq_op ----
  localparam AccRead  = 2'd0;
  localparam AccWrite = 2'd1;
  localparam AccFetch = 2'd2;

  localparam FaultNone    = 3'd0;
  localparam FaultPage    = 3'd1;  // #PF
  localparam FaultGp      = 3'd2;  // #GP(0): the linear address is not canonical
  localparam FaultSs      = 3'd3;  // #SS(0): the same through the stack segment
  localparam FaultBus     = 3'd4;  // the walker port answered with an error
  localparam FaultDropped = 3'd5;  // a prefetch that would have faulted

  localparam SourceL1   = 2'd0;
  localparam SourceL2   = 2'd1;
  localparam SourceWalk = 2'd2;

  localparam CtlCr3     = 4'd0;
  localparam CtlCr0     = 4'd1;
  localparam CtlCr4     = 4'd2;
  localparam CtlEfer    = 4'd3;
  localparam CtlPkru    = 4'd4;
  localparam CtlInvlpg  = 4'd5;
  localparam CtlInvpcid = 4'd8;  // + type 0..3

  // ---- register bits (SDM "Paging Modes and Control Bits") ----
  localparam Cr0Wp    = 16;
  localparam Cr0Pg    = 31;
  localparam Cr4Pge   = 7;
  localparam Cr4La57  = 12;
  localparam Cr4Pcide = 17;
  localparam Cr4Smep  = 20;
  localparam Cr4Smap  = 21;
  localparam Cr4Pke   = 22;
  localparam EferNxe  = 11;

  // ---- entry bits (SDM "Paging-Structure Entries") ----
  localparam EntP   = 0;
  localparam EntRw  = 1;
  localparam EntUs  = 2;
  localparam EntPwt = 3;
  localparam EntPcd = 4;
  localparam EntA   = 5;
  localparam EntD   = 6;
  localparam EntPs  = 7;   // in a PTE this bit is PAT
  localparam EntG   = 8;
  localparam EntPat = 12;  // of a large page
  localparam EntKey = 59;  // protection key, 4 bits
  localparam EntXd  = 63;

  // ---- page-fault error code (SDM "Page-Fault Exceptions") ----
  localparam ErrP    = 0;
  localparam ErrWr   = 1;
  localparam ErrUs   = 2;
  localparam ErrRsvd = 3;
  localparam ErrId   = 4;
  localparam ErrPk   = 5;
  localparam ErrW    = 6;  // width

  // ---- attributes of a page, as TLBs hold them ----
  localparam AttrWrite = 0;
  localparam AttrUser  = 1;
  localparam AttrExec  = 2;
  localparam AttrGlob  = 3;
  localparam AttrDirty = 4;
  localparam AttrPat   = 5;  // 3 bits: PWT, PCD, PAT from the lowest
  localparam AttrKey   = 8;  // 4 bits
  localparam AttrW     = 12;

  // A translation: page number of the frame above the attributes.
  localparam TransW = 40 + AttrW;
  // A table: its page number above PCD, PWT, X, U, W of the entries down to the one that points to it.
  localparam TableW = 40 + 5;

  // ---- the context that a request keeps from its acceptance to its end ----
  localparam CtxPkru = 0;   // 32 bits
  localparam CtxWp   = 32;
  localparam CtxSmep = 33;
  localparam CtxSmap = 34;
  localparam CtxNxe  = 35;
  localparam CtxPke  = 36;
  localparam CtxPge  = 37;
  localparam CtxPg   = 38;
  localparam CtxLa57 = 39;
  localparam CtxPwt  = 40;  // with which the root table is read; PCD above it
  localparam CtxPcid = 42;  // 12 bits
  localparam CtxRoot = 54;  // 40 bits: page number of the root table
  localparam CtxW    = 94;

  // ---- a request inside the MMU ----
  localparam IdW     = 4;
  localparam ReqVa   = 0;   // 64 bits
  localparam ReqAcc  = 64;  // 2 bits
  localparam ReqUser = 66;  // a user-mode access: CPL = 3 and not implicit
  localparam ReqAc   = 67;  // EFLAGS.AC, of explicit accesses only
  localparam ReqStk  = 68;
  localparam ReqPref = 69;
  localparam ReqId   = 70;
  localparam ReqBank = 74;  // which of the two contexts is its own
  localparam ReqW    = 75;

  // ---- a response ----
  localparam RspPa     = 0;   // 52 bits
  localparam RspLevel  = 52;  // 2 bits: 4K, 2M, 1G
  localparam RspType   = 54;  // 3 bits: PWT, PCD, PAT from the lowest
  localparam RspGlob   = 57;
  localparam RspFault  = 58;  // 3 bits
  localparam RspError  = 61;  // 6 bits
  localparam RspSource = 67;  // 2 bits
  localparam RspId     = 69;
  localparam RspW      = 73;

  // ---- what is done to an array of tagged entries ----
  localparam OpNone  = 3'd0;
  localparam OpFill  = 3'd1;  // over its own key, else into an empty way, else over the victim
  localparam OpRenew = 3'd2;  // over its own key where that is held; replacement state stays
  localparam OpDrop  = 3'd3;  // the page of an address, of every size
  localparam OpInval = 3'd4;  // what a kind of invalidation selects
  localparam OpLook  = 3'd5;  // a look-up (second level only)

  // Which entries an invalidation selects.
  localparam InvNone      = 3'd0;
  localparam InvAll       = 3'd1;
  localparam InvNonGlobal = 3'd2;
  localparam InvPcid      = 3'd3;  // of one PCID, but for global ones
  localparam InvPcidGlob  = 3'd4;  // of one PCID, and global ones
  localparam InvPage      = 3'd5;  // the page of an address in one PCID
  localparam InvPageGlob  = 3'd6;  // the same, and as a global page

  // ---- widths that do not depend on the geometry ----
  localparam TagW  = 45;  // linear address bits 56:12
  localparam WayW  = 6;
  localparam SetW  = 16;
  localparam SlotW = 6;

  localparam PolicyLru    = 0;
  localparam PolicyPlru   = 1;
  localparam PolicyRandom = 2;

  // Bits of the replacement state of a set.
  function automatic integer rep_width(input integer ways, input integer policy);
    if (ways == 1 || policy == PolicyRandom) rep_width = 1;
    else if (policy == PolicyPlru) rep_width = ways;
    else rep_width = ways * $clog2(ways);
  endfunction

  // xorshift32 (Marsaglia 2003), the generator that the model runs.
  function automatic [31:0] xorshift32(input [31:0] state);
    logic [31:0] a;
    logic [31:0] b;
    a = state ^ (state << 13);
    b = a ^ (a >> 17);
    xorshift32 = b ^ (b << 5);
  endfunction

  // Physical address: the frame of a page of a size, and the offset in it.
  function automatic [51:0] page_address(input [39:0] frame, input [1:0] size, input [29:0] offset);
    case (size)
      2'd0:    page_address = {frame, offset[11:0]};
      2'd1:    page_address = {frame[39:9], offset[20:0]};
      default: page_address = {frame[39:18], offset[29:0]};
    endcase
  endfunction

  // SDM "Operations that Invalidate TLBs and Paging-Structure Caches": does this kind remove this entry?
  function automatic logic inv_selects(input [2:0] kind, input [11:0] wanted, input [11:0] pcid, input global_page);
    case (kind)
      InvAll:       inv_selects = 1'b1;
      InvNonGlobal: inv_selects = !global_page;
      InvPcid:      inv_selects = !global_page && pcid == wanted;
      InvPcidGlob:  inv_selects = global_page || pcid == wanted;
      default:      inv_selects = 1'b0;
    endcase
  endfunction

endpackage
