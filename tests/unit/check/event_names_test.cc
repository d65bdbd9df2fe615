// The words of kinds and control operations.
#include <set>

#include "event_logs.h"

namespace {

TEST(EventNames, EveryKindHasAWordOfItsOwn) {
  std::set<std::string> names;
  for (unsigned kind = 0; kind < PW_EVENTS; kind++) names.insert(pw_event_name(kind));
  EXPECT_EQ(static_cast<size_t>(PW_EVENTS), names.size());
  EXPECT_EQ(nullptr, pw_event_name(PW_EVENTS));
  EXPECT_STREQ("request", pw_event_name(PW_EVENT_REQUEST));
  EXPECT_STREQ("write", pw_event_name(PW_EVENT_WRITE));
}

TEST(EventNames, ValuesThatAreNoOperationHaveNone) {
  std::set<std::string> names;
  for (unsigned op = 0; op < 32; op++) {
    const bool is_operation = op < PW_CTL_OPS && op != 6 && op != 7;
    EXPECT_EQ(is_operation, pw_control_op_name(op) != nullptr) << op;
    if (is_operation) names.insert(pw_control_op_name(op));
  }
  EXPECT_EQ(10u, names.size());
  EXPECT_STREQ("cr3", pw_control_op_name(PW_CTL_CR3));
  EXPECT_STREQ("invpcid-all-but-globals", pw_control_op_name(PW_CTL_INVPCID_ALL_BUT_GLOBALS));
}

TEST(EventNames, EveryModeAndVerdictHasAWordOfItsOwn) {
  std::set<std::string> modes, verdicts;
  for (unsigned mode = 0; mode < PW_CHECK_MODES; mode++) modes.insert(pw_check_mode_name(mode));
  for (unsigned v = 0; v < PW_VERDICTS; v++) verdicts.insert(pw_verdict_name(static_cast<pw_verdict>(v)));
  EXPECT_EQ((std::set<std::string>{"strict", "observed", "window"}), modes);
  EXPECT_EQ(static_cast<size_t>(PW_VERDICTS), verdicts.size());
  EXPECT_EQ(nullptr, pw_check_mode_name(PW_CHECK_MODES));
  EXPECT_EQ(nullptr, pw_verdict_name(PW_VERDICTS));
  EXPECT_STREQ("LEGAL_SPURIOUS_FAULT", pw_verdict_name(PW_VERDICT_LEGAL_SPURIOUS_FAULT));
  EXPECT_STREQ("HANG", pw_verdict_name(PW_VERDICT_HANG));
}

} // namespace
