// mmu.sv: the ports of the MMU with nothing behind them, for tests of what builds and drives it.
//
// A clock after ctl_data_i was N, the Nth output is all ones and the others are zero. The inputs come back, by way of
// combinational logic, in perf_o and wmq_expected_o. An assertion forbids control operation 15.
module mmu #(
  parameter integer LA57 = 0,
  parameter integer WALKERS = 1
) (
  input logic clk_i, input logic rst_ni,
  input logic f_req_valid_i, output logic f_req_ready_o, input logic [3:0] f_req_id_i, input logic [63:0] f_req_va_i,
  input logic [1:0] f_req_acc_i, input logic f_req_user_i, input logic f_req_implicit_i, input logic f_req_ac_i,
  input logic f_req_stack_i, input logic f_req_prefetch_i, input logic f_kill_valid_i, input logic [3:0] f_kill_id_i,
  output logic f_rsp_valid_o, input logic f_rsp_ready_i, output logic [3:0] f_rsp_id_o,
  output logic [51:0] f_rsp_pa_o, output logic [1:0] f_rsp_level_o, output logic [2:0] f_rsp_memtype_o,
  output logic f_rsp_global_o, output logic [2:0] f_rsp_fault_o, output logic [15:0] f_rsp_error_code_o,
  output logic [1:0] f_rsp_source_o, output logic f_obs_lookup_o, output logic f_obs_replay_o,
  output logic [5:0] f_obs_slot_o, output logic f_obs_hit_o, output logic [1:0] f_obs_array_o,
  output logic [5:0] f_obs_way_o, output logic [15:0] f_obs_set_o,
  input logic d_req_valid_i, output logic d_req_ready_o, input logic [3:0] d_req_id_i, input logic [63:0] d_req_va_i,
  input logic [1:0] d_req_acc_i, input logic d_req_user_i, input logic d_req_implicit_i, input logic d_req_ac_i,
  input logic d_req_stack_i, input logic d_req_prefetch_i, input logic d_kill_valid_i, input logic [3:0] d_kill_id_i,
  output logic d_rsp_valid_o, input logic d_rsp_ready_i, output logic [3:0] d_rsp_id_o,
  output logic [51:0] d_rsp_pa_o, output logic [1:0] d_rsp_level_o, output logic [2:0] d_rsp_memtype_o,
  output logic d_rsp_global_o, output logic [2:0] d_rsp_fault_o, output logic [15:0] d_rsp_error_code_o,
  output logic [1:0] d_rsp_source_o, output logic d_obs_lookup_o, output logic d_obs_replay_o,
  output logic [5:0] d_obs_slot_o, output logic d_obs_hit_o, output logic [1:0] d_obs_array_o,
  output logic [5:0] d_obs_way_o, output logic [15:0] d_obs_set_o,
  output logic l2_obs_lookup_o, output logic [5:0] l2_obs_slot_o, output logic l2_obs_hit_o,
  output logic [1:0] l2_obs_array_o, output logic [5:0] l2_obs_way_o, output logic [15:0] l2_obs_set_o,
  output logic l2_obs_fill_o, output logic [1:0] l2_obs_fill_array_o, output logic [5:0] l2_obs_fill_way_o,
  output logic l2_obs_fill_evict_o, output logic [15:0] l2_obs_fill_set_o,
  output logic l2i_obs_lookup_o, output logic [5:0] l2i_obs_slot_o, output logic l2i_obs_hit_o,
  output logic [1:0] l2i_obs_array_o, output logic [5:0] l2i_obs_way_o, output logic [15:0] l2i_obs_set_o,
  output logic l2i_obs_fill_o, output logic [1:0] l2i_obs_fill_array_o, output logic [5:0] l2i_obs_fill_way_o,
  output logic l2i_obs_fill_evict_o, output logic [15:0] l2i_obs_fill_set_o,
  input logic ctl_valid_i, output logic ctl_ready_o, input logic [3:0] ctl_op_i, input logic [63:0] ctl_data_i,
  input logic [11:0] ctl_pcid_i, output logic ctl_done_o, output logic wmq_valid_o, input logic wmq_ready_i,
  output logic [1:0] wmq_id_o, output logic [51:3] wmq_addr_o, output logic wmq_op_o,
  output logic [63:0] wmq_expected_o, output logic [63:0] wmq_new_o, output logic wmq_pwt_o, output logic wmq_pcd_o,
  input logic wmr_valid_i, output logic wmr_ready_o, input logic [1:0] wmr_id_i, input logic [63:0] wmr_data_i,
  input logic wmr_ok_i, input logic wmr_err_i, output logic idle_o, output logic [255:0] perf_o,
  output logic obs_walk_o, output logic [5:0] obs_walk_slot_o, output logic [1:0] obs_walk_walker_o,
  output logic [2:0] obs_walk_psc_level_o, output logic [5:0] obs_walk_psc_way_o,
  output logic [15:0] obs_walk_psc_set_o, output logic obs_commit_o, output logic [5:0] obs_commit_slot_o,
  output logic [3:0] obs_commit_actions_o, output logic obs_commit_port_o, output logic obs_l1_fill_o,
  output logic [1:0] obs_l1_fill_array_o, output logic [5:0] obs_l1_fill_way_o, output logic obs_l1_fill_evict_o,
  output logic [15:0] obs_l1_fill_set_o, output logic [5:2] obs_psc_fill_o, output logic [5:2] obs_psc_evict_o,
  output logic [23:0] obs_psc_fill_way_o, output logic [63:0] obs_psc_fill_set_o, output logic obs_inval_o
);
  logic [315:0] echo;
  logic [31:0] n;

  initial if (LA57 > 1 || WALKERS > 4) $fatal(1, "no such MMU");

  always_comb
    echo = {wmr_data_i, wmr_err_i, wmr_ok_i, wmr_id_i, wmr_valid_i, wmq_ready_i, rst_ni, ctl_op_i, ctl_valid_i,
    ctl_pcid_i, ctl_data_i, d_rsp_ready_i, d_kill_id_i, d_kill_valid_i, d_req_prefetch_i, d_req_stack_i, d_req_ac_i,
    d_req_implicit_i, d_req_user_i, d_req_acc_i, d_req_id_i, d_req_valid_i, d_req_va_i, f_rsp_ready_i, f_kill_id_i,
    f_kill_valid_i, f_req_prefetch_i, f_req_stack_i, f_req_ac_i, f_req_implicit_i, f_req_user_i, f_req_acc_i,
    f_req_id_i, f_req_valid_i, f_req_va_i};
  always_comb n = ctl_data_i[31:0];

  always_ff @(posedge clk_i) begin
    perf_o <= echo[255:0];
    wmq_expected_o <= {4'd0, echo[315:256]};
    f_req_ready_o <= n == 1;
    f_rsp_valid_o <= n == 2;
    f_rsp_id_o <= {4{n == 3}};
    f_rsp_pa_o <= {52{n == 4}};
    f_rsp_level_o <= {2{n == 5}};
    f_rsp_memtype_o <= {3{n == 6}};
    f_rsp_global_o <= n == 7;
    f_rsp_fault_o <= {3{n == 8}};
    f_rsp_error_code_o <= {16{n == 9}};
    f_rsp_source_o <= {2{n == 10}};
    f_obs_lookup_o <= n == 11;
    f_obs_replay_o <= n == 12;
    f_obs_slot_o <= {6{n == 13}};
    f_obs_hit_o <= n == 14;
    f_obs_array_o <= {2{n == 15}};
    f_obs_way_o <= {6{n == 16}};
    f_obs_set_o <= {16{n == 17}};
    d_req_ready_o <= n == 18;
    d_rsp_valid_o <= n == 19;
    d_rsp_id_o <= {4{n == 20}};
    d_rsp_pa_o <= {52{n == 21}};
    d_rsp_level_o <= {2{n == 22}};
    d_rsp_memtype_o <= {3{n == 23}};
    d_rsp_global_o <= n == 24;
    d_rsp_fault_o <= {3{n == 25}};
    d_rsp_error_code_o <= {16{n == 26}};
    d_rsp_source_o <= {2{n == 27}};
    d_obs_lookup_o <= n == 28;
    d_obs_replay_o <= n == 29;
    d_obs_slot_o <= {6{n == 30}};
    d_obs_hit_o <= n == 31;
    d_obs_array_o <= {2{n == 32}};
    d_obs_way_o <= {6{n == 33}};
    d_obs_set_o <= {16{n == 34}};
    l2_obs_lookup_o <= n == 35;
    l2_obs_slot_o <= {6{n == 36}};
    l2_obs_hit_o <= n == 37;
    l2_obs_array_o <= {2{n == 38}};
    l2_obs_way_o <= {6{n == 39}};
    l2_obs_set_o <= {16{n == 40}};
    l2_obs_fill_o <= n == 41;
    l2_obs_fill_array_o <= {2{n == 42}};
    l2_obs_fill_way_o <= {6{n == 43}};
    l2_obs_fill_evict_o <= n == 44;
    l2_obs_fill_set_o <= {16{n == 45}};
    l2i_obs_lookup_o <= n == 46;
    l2i_obs_slot_o <= {6{n == 47}};
    l2i_obs_hit_o <= n == 48;
    l2i_obs_array_o <= {2{n == 49}};
    l2i_obs_way_o <= {6{n == 50}};
    l2i_obs_set_o <= {16{n == 51}};
    l2i_obs_fill_o <= n == 52;
    l2i_obs_fill_array_o <= {2{n == 53}};
    l2i_obs_fill_way_o <= {6{n == 54}};
    l2i_obs_fill_evict_o <= n == 55;
    l2i_obs_fill_set_o <= {16{n == 56}};
    ctl_ready_o <= n == 57;
    ctl_done_o <= n == 58;
    wmq_valid_o <= n == 59;
    wmq_id_o <= {2{n == 60}};
    wmq_addr_o <= {49{n == 61}};
    wmq_op_o <= n == 62;
    wmq_new_o <= {64{n == 63}};
    wmq_pwt_o <= n == 64;
    wmq_pcd_o <= n == 65;
    wmr_ready_o <= n == 66;
    idle_o <= n == 67;
    obs_walk_o <= n == 68;
    obs_walk_slot_o <= {6{n == 69}};
    obs_walk_walker_o <= {2{n == 70}};
    obs_walk_psc_level_o <= {3{n == 71}};
    obs_walk_psc_way_o <= {6{n == 72}};
    obs_walk_psc_set_o <= {16{n == 73}};
    obs_commit_o <= n == 74;
    obs_commit_slot_o <= {6{n == 75}};
    obs_commit_actions_o <= {4{n == 76}};
    obs_commit_port_o <= n == 77;
    obs_l1_fill_o <= n == 78;
    obs_l1_fill_array_o <= {2{n == 79}};
    obs_l1_fill_way_o <= {6{n == 80}};
    obs_l1_fill_evict_o <= n == 81;
    obs_l1_fill_set_o <= {16{n == 82}};
    obs_psc_fill_o <= {n == 86, n == 85, n == 84, n == 83};
    obs_psc_evict_o <= {n == 90, n == 89, n == 88, n == 87};
    obs_psc_fill_way_o <= {{6{n == 94}}, {6{n == 93}}, {6{n == 92}}, {6{n == 91}}};
    obs_psc_fill_set_o <= {{16{n == 98}}, {16{n == 97}}, {16{n == 96}}, {16{n == 95}}};
    obs_inval_o <= n == 99;
  end

`ifdef MMU_ASSERT
  always_ff @(posedge clk_i) NoOperationFifteen: assert (!(ctl_valid_i && ctl_op_i == 4'd15));
`endif
endmodule
