// permission: may this access use this page?
//
// Contract. Combinational. Rights of the page, access and control bits in; verdict and error code out. The rules are
//   those of SDM "Determination of Access Rights" and "Protection Keys", applied on hits and after walks alike.
// Cycle budget. None of its own: it stands behind a TLB match or an entry read, in the same cycle.
`default_nettype none
module permission (
  input  wire [mmu_pkg::CtxW-1:0]  ctx_i,
  input  wire [1:0]                acc_i,
  input  wire                      user_i,      // a user-mode access
  input  wire                      ac_i,        // EFLAGS.AC, already 0 for implicit accesses
  input  wire [mmu_pkg::AttrW-1:0] attr_i,
  output logic                     allowed_o,
  output logic [mmu_pkg::ErrW-1:0] access_o,    // error-code bits that the access alone decides
  output logic [mmu_pkg::ErrW-1:0] error_o      // of an access that this page denies
);

  logic fetch, write, user_page, key_denies, rights_deny;
  logic [31:0] pkru;
  logic [3:0]  key;

  always_comb begin
    fetch     = acc_i == mmu_pkg::AccFetch;
    write     = acc_i == mmu_pkg::AccWrite;
    user_page = attr_i[mmu_pkg::AttrUser];
    pkru      = ctx_i[mmu_pkg::CtxPkru +: 32];
    key       = attr_i[mmu_pkg::AttrKey +: 4];
  end

  // AD denies data accesses, WD writes: a supervisor's only with CR0.WP = 1. Fetches are exempt.
  always_comb begin
    key_denies = ctx_i[mmu_pkg::CtxPke] && user_page && !fetch &&
                 (pkru[{key, 1'b0}] || (pkru[{key, 1'b1}] && write && (user_i || ctx_i[mmu_pkg::CtxWp])));
  end

  always_comb begin
    rights_deny = fetch && ctx_i[mmu_pkg::CtxNxe] && !attr_i[mmu_pkg::AttrExec];
    if (user_i) begin
      rights_deny = rights_deny || !user_page || (write && !attr_i[mmu_pkg::AttrWrite]);
    end else if (fetch) begin
      rights_deny = rights_deny || (ctx_i[mmu_pkg::CtxSmep] && user_page);
    end else begin
      rights_deny = (ctx_i[mmu_pkg::CtxSmap] && !ac_i && user_page) ||
                    (write && ctx_i[mmu_pkg::CtxWp] && !attr_i[mmu_pkg::AttrWrite]);
    end
  end

  always_comb begin
    access_o = '0;
    access_o[mmu_pkg::ErrWr] = write;
    access_o[mmu_pkg::ErrUs] = user_i;
    access_o[mmu_pkg::ErrId] = fetch && (ctx_i[mmu_pkg::CtxNxe] || ctx_i[mmu_pkg::CtxSmep]);
    error_o = access_o;
    error_o[mmu_pkg::ErrP]  = 1'b1;
    error_o[mmu_pkg::ErrPk] = key_denies;
    allowed_o = !rights_deny && !key_denies;
  end

  // The bits of a context that rights do not depend on, and of attributes.
  logic unused;
  always_comb unused = ^{ctx_i, attr_i};

  // ---- assertions ----
`ifdef MMU_ASSERT
  always_comb begin
    UserModeNeedsAUserPage: assert (!(allowed_o && user_i && !user_page));
    KeysDenyUserPagesOnly:  assert (!(key_denies && (!user_page || fetch)));
  end
`endif

endmodule
`default_nettype wire
