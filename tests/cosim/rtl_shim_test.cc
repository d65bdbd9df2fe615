// Every pin of the MMU reaches its field of rtl.h, whole, and in the right clock.
#include "rtl_stub.h"

#include <array>
#include <functional>

using namespace pagewalk_test;

namespace {

struct Input {
  const char *name;
  unsigned width;
  void (*set)(rtl_inputs &, uint64_t);
};
struct Output {
  const char *name;
  unsigned width;
  uint64_t (*get)(const rtl_outputs &);
};

#define IN(field, width)                                                                                      \
  {                                                                                                           \
#field, width, [](rtl_inputs & in, uint64_t value) { in.field = static_cast<decltype(in.field)>(value); } \
  }
#define OUT(expression, width)                                                            \
  {                                                                                       \
#expression, width, [](const rtl_outputs &out) -> uint64_t { return out.expression; } \
  }
#define PORT_IN(p)                                                                                           \
  IN(port[p].req_va, 64), IN(port[p].req_valid, 1), IN(port[p].req_id, 4), IN(port[p].req_acc, 2),           \
      IN(port[p].req_user, 1), IN(port[p].req_implicit, 1), IN(port[p].req_ac, 1), IN(port[p].req_stack, 1), \
      IN(port[p].req_prefetch, 1), IN(port[p].kill_valid, 1), IN(port[p].kill_id, 4), IN(port[p].rsp_ready, 1)
#define PORT_OUT(p)                                                                                                  \
  OUT(port[p].req_ready, 1), OUT(port[p].rsp_valid, 1), OUT(port[p].rsp_id, 4), OUT(port[p].rsp_pa, 52),             \
      OUT(port[p].rsp_level, 2), OUT(port[p].rsp_memtype, 3), OUT(port[p].rsp_global, 1), OUT(port[p].rsp_fault, 3), \
      OUT(port[p].rsp_error_code, 16), OUT(port[p].rsp_source, 2), OUT(port[p].obs_lookup, 1),                       \
      OUT(port[p].obs_replay, 1), OUT(port[p].obs_slot, 6), OUT(port[p].obs_hit, 1), OUT(port[p].obs_array, 2),      \
      OUT(port[p].obs_way, 6), OUT(port[p].obs_set, 16)
#define L2_OUT(u)                                                                                          \
  OUT(l2[u].obs_lookup, 1), OUT(l2[u].obs_slot, 6), OUT(l2[u].obs_hit, 1), OUT(l2[u].obs_array, 2),        \
      OUT(l2[u].obs_way, 6), OUT(l2[u].obs_set, 16), OUT(l2[u].obs_fill, 1), OUT(l2[u].obs_fill_array, 2), \
      OUT(l2[u].obs_fill_way, 6), OUT(l2[u].obs_fill_evict, 1), OUT(l2[u].obs_fill_set, 16)

// In the order of the stub: from the lowest bit of what it gives back; by the number that selects it.
const Input inputs[] = {PORT_IN(0),    PORT_IN(1),     IN(ctl_data, 64), IN(ctl_pcid, 12), IN(ctl_valid, 1),
                        IN(ctl_op, 4), IN(rst_n, 1),   IN(wmq_ready, 1), IN(wmr_valid, 1), IN(wmr_id, 2),
                        IN(wmr_ok, 1), IN(wmr_err, 1), IN(wmr_data, 64)};
const Output outputs[] = {PORT_OUT(0),
                          PORT_OUT(1),
                          L2_OUT(0),
                          L2_OUT(1),
                          OUT(ctl_ready, 1),
                          OUT(ctl_done, 1),
                          OUT(wmq_valid, 1),
                          OUT(wmq_id, 2),
                          OUT(wmq_addr >> 3, 49),
                          OUT(wmq_op, 1),
                          OUT(wmq_new, 64),
                          OUT(wmq_pwt, 1),
                          OUT(wmq_pcd, 1),
                          OUT(wmr_ready, 1),
                          OUT(idle, 1),
                          OUT(obs_walk, 1),
                          OUT(obs_walk_slot, 6),
                          OUT(obs_walk_walker, 2),
                          OUT(obs_walk_psc_level, 3),
                          OUT(obs_walk_psc_way, 6),
                          OUT(obs_walk_psc_set, 16),
                          OUT(obs_commit, 1),
                          OUT(obs_commit_slot, 6),
                          OUT(obs_commit_actions, 4),
                          OUT(obs_commit_port, 1),
                          OUT(obs_l1_fill, 1),
                          OUT(obs_l1_fill_array, 2),
                          OUT(obs_l1_fill_way, 6),
                          OUT(obs_l1_fill_evict, 1),
                          OUT(obs_l1_fill_set, 16),
                          OUT(obs_psc_fill >> 2 & 1, 1),
                          OUT(obs_psc_fill >> 3 & 1, 1),
                          OUT(obs_psc_fill >> 4 & 1, 1),
                          OUT(obs_psc_fill >> 5 & 1, 1),
                          OUT(obs_psc_evict >> 2 & 1, 1),
                          OUT(obs_psc_evict >> 3 & 1, 1),
                          OUT(obs_psc_evict >> 4 & 1, 1),
                          OUT(obs_psc_evict >> 5 & 1, 1),
                          OUT(obs_psc_fill_way[2], 6),
                          OUT(obs_psc_fill_way[3], 6),
                          OUT(obs_psc_fill_way[4], 6),
                          OUT(obs_psc_fill_way[5], 6),
                          OUT(obs_psc_fill_set[2], 16),
                          OUT(obs_psc_fill_set[3], 16),
                          OUT(obs_psc_fill_set[4], 16),
                          OUT(obs_psc_fill_set[5], 16),
                          OUT(obs_inval, 1)};

uint64_t ones(unsigned width) { return ~UINT64_C(0) >> (64 - width); }

class RtlShim : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(library_);
    device_ = library_->create();
  }
  void TearDown() override {
    if (device_) library_->destroy(device_);
  }
  rtl_outputs clock(const rtl_inputs &in) {
    rtl_outputs out;
    library_->clock(device_, &in, &out);
    return out;
  }

  StubSources sources_;
  Environment use_sources_{"PAGEWALK_COSIM_SOURCES", sources_.folder()};
  Environment use_cache_{"PAGEWALK_CACHE", PAGEWALK_TEST_CACHE};
  Library library_{{"stub", "LA57=1\nWALKERS=3\n", RTL_PLAIN, nullptr}};
  void *device_ = nullptr;
};

// The 320 bits in which the stub gives its inputs back.
bool echoed(const rtl_outputs &out, unsigned bit) {
  if (bit >= 256) return out.wmq_expected >> (bit - 256) & 1;
  return out.perf[bit / 32] >> (bit % 32) & 1;
}

TEST_F(RtlShim, AnInputIsSetUpBeforeTheEdgeOfItsClock) {
  unsigned lowest = 0;
  for (const Input &input : inputs) {
    rtl_inputs in{};
    input.set(in, ones(input.width));
    const rtl_outputs out = clock(in);
    for (unsigned bit = 0; bit < 320; bit++)
      EXPECT_EQ(bit >= lowest && bit < lowest + input.width, echoed(out, bit)) << input.name << " bit " << bit;
    lowest += input.width;
  }
  EXPECT_EQ(316u, lowest);
}

TEST_F(RtlShim, AnOutputIsThatAfterTheEdge) {
  uint64_t selected = 0;
  for (const Output &output : outputs) {
    rtl_inputs in{};
    in.ctl_data = ++selected;
    const rtl_outputs out = clock(in);
    for (const Output &other : outputs)
      EXPECT_EQ(&other == &output ? ones(other.width) : 0, other.get(out)) << other.name << " for " << output.name;
  }
}

TEST_F(RtlShim, TheWalkersAddressIsInBytes) {
  rtl_inputs in{};
  for (const Output &output : outputs) {
    in.ctl_data++;
    if (std::string(output.name) == "wmq_addr >> 3") break;
  }
  EXPECT_EQ(UINT64_C(0xffffffffffff8), clock(in).wmq_addr);
}

TEST_F(RtlShim, DevicesOfALibraryAreIndependent) {
  rtl_inputs in{};
  in.wmr_data = ~UINT64_C(0);
  const uint64_t before = clock(in).wmq_expected;
  void *other = library_->create();
  rtl_outputs out;
  const rtl_inputs zero{};
  library_->clock(other, &zero, &out);
  EXPECT_EQ(0u, out.wmq_expected);
  library_->destroy(other);
  EXPECT_EQ(before, clock(in).wmq_expected);
}

TEST_F(RtlShim, WithoutWavesNothingIsTraced) { EXPECT_EQ(-1, library_->trace(device_, "/dev/null")); }

TEST_F(RtlShim, WithWavesEveryClockIsANanosecondOfAnFstFile) {
  Library library({"stub", "LA57=1\nWALKERS=3\n", RTL_WITH_WAVES, nullptr});
  ASSERT_TRUE(library);
  void *device = library->create();
  const std::string file = sources_.path("waves.fst");
  ASSERT_EQ(0, library->trace(device, file.c_str()));
  EXPECT_EQ(-1, library->trace(device, file.c_str())) << "a second file";
  rtl_inputs in{};
  rtl_outputs out;
  for (in.ctl_data = 0; in.ctl_data < 10; in.ctl_data++) library->clock(device, &in, &out);
  library->destroy(device);
  const std::string text = read_text(file);
  ASSERT_GT(text.size(), 100u);
  // The header block: type 0, length 329, then first and last time, big-endian, in units of 10^timescale seconds.
  const auto number = [&](size_t at) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) value = value << 8 | static_cast<uint8_t>(text[at + i]);
    return value;
  };
  EXPECT_EQ(0u, number(9));
  EXPECT_EQ(9500u, number(17));
  EXPECT_EQ(-12, static_cast<int8_t>(text[73]));
}

TEST_F(RtlShim, AnFstFileThatCannotBeWrittenIsRefused) {
  Library library({"stub", "LA57=1\nWALKERS=3\n", RTL_WITH_WAVES, nullptr});
  ASSERT_TRUE(library);
  void *device = library->create();
  EXPECT_EQ(-1, library->trace(device, "/no/such/folder/waves.fst"));
  library->destroy(device);
}

// Of a build with waves, too. Mutant 2 is always idle, in mutant 3 the 67th output is not idle_o.
TEST_F(RtlShim, AMutantIsTheDeviceThatItsEditMakes) {
  const mutant_edit list[] = {{2, "two", "mmu.sv", MUTANT_STATEMENT, "idle_o <= n == 67;", "idle_o <= 1'b1;", 1},
                              {3, "three", "mmu.sv", MUTANT_EXPRESSION, "n == 67", "1'b0", 2}};
  const mutant_edits mutants = {"list.yaml", list, 2, 3};
  Library library({"stub", "LA57=1\nWALKERS=3\n", RTL_WITH_WAVES, &mutants});
  ASSERT_TRUE(library);
  EXPECT_EQ(3u, library->mutants);
  void *device = library->create();
  EXPECT_EQ(0, library->trace(device, sources_.path("waves.fst").c_str()));
  const bool idle[][2] = {{false, true}, {false, true}, {true, true}, {false, false}};
  for (const uint32_t mutant : {0u, 2u, 3u, 1u, 0u}) {
    library->mutate(device, mutant);
    rtl_inputs in{};
    rtl_outputs out;
    for (unsigned i = 0; i < 2; i++) library->clock(device, &in, &out);
    for (const bool expected : {false, true}) {
      in.ctl_data = expected ? 67 : 66;
      for (unsigned i = 0; i < 2; i++) library->clock(device, &in, &out);
      EXPECT_EQ(idle[mutant][expected], out.idle) << mutant << " " << in.ctl_data;
    }
  }
  library->destroy(device);
}

TEST_F(RtlShim, APlainBuildHasNoMutants) { EXPECT_EQ(0u, library_->mutants); }

rtl_outputs clock_operation_fifteen(const Library &library) {
  rtl_inputs in{};
  rtl_outputs out;
  in.ctl_valid = 1;
  in.ctl_op = 15;
  void *device = library->create();
  library->clock(device, &in, &out);
  library->destroy(device);
  return out;
}

TEST_F(RtlShim, WithChecksAnAssertionEndsTheProgram) {
  Library library({"stub", "LA57=1\nWALKERS=3\n", RTL_WITH_CHECKS, nullptr});
  ASSERT_TRUE(library);
  EXPECT_DEATH(clock_operation_fifteen(library), "NoOperationFifteen");
  clock_operation_fifteen(library_); // one without checks goes on
}

} // namespace
