// Writing an event log: lines to the letter, what is left out, and what is refused.
#include <climits>

#include "event_logs.h"

using namespace pagewalk_test;

namespace {

// The lines behind the header.
std::string lines_of(const Events &events) {
  const std::string text = write_log(make_header(), events);
  return text.substr(text.find('\n') + 1);
}

TEST(EventLogWrite, HeaderHasOptionsAndTheWholeConfiguration) {
  const std::string text = write_log(make_header(), {});
  const std::string begin =
      R"({"pagewalk_events":1,"mode":"strict","pipeline_cycles":3,"timed":1,"hang_cycles":100000,"seed":42,)"
      R"("config":"schema: 1\nname: )";
  EXPECT_EQ(begin, text.substr(0, begin.size()));
  EXPECT_EQ("\\n\"}\n", text.substr(text.size() - 5));
  EXPECT_EQ(text.size() - 1, text.find('\n'));
}

TEST(EventLogWrite, FieldsThatAreZeroAreLeftOut) {
  pw_event read = make_event(PW_EVENT_READ, 7);
  pw_event commit = make_event(PW_EVENT_COMMIT, 7);
  EXPECT_EQ(
      "{\"t\":7,\"e\":\"read\",\"walker\":0,\"address\":\"0x0\",\"value\":\"0x0\"}\n"
      "{\"t\":7,\"e\":\"commit\",\"slot\":0,\"actions\":[]}\n",
      lines_of({read, commit}));
}

TEST(EventLogWrite, FieldsThatAreNotZeroAreWritten) {
  pw_event request = make_event(PW_EVENT_REQUEST, 120);
  request.u.request.port = 1;
  request.u.request.id = 3;
  request.u.request.access.linear_address = 0x7f0000001230;
  request.u.request.access.size_bytes = 8;
  request.u.request.access.kind = PW_WRITE;
  request.u.request.access.cpl = 3;
  request.u.request.access.flags = PW_AC | PW_STACK;
  EXPECT_EQ(
      R"({"t":120,"e":"request","port":1,"id":3,"va":"0x7f0000001230","size":8,"k":"w","cpl":3,"flags":["ac","stack"]})"
      "\n",
      lines_of({request}));
  pw_event response = make_event(PW_EVENT_RESPONSE, UINT64_C(9223372036854775807));
  response.u.response.fault = 7;
  response.u.response.error_code = 0x1d;
  response.u.response.source = PW_RSP_FROM_WALK;
  EXPECT_EQ(
      R"({"t":9223372036854775807,"e":"response","port":0,"id":0,"fault":"code-7","error":"0x1d","source":"walk"})"
      "\n",
      lines_of({response}));
}

struct BadEvent {
  const char *rule;
  pw_event event;
  const char *message;
};

template <class Edit>
pw_event edited(unsigned kind, Edit edit) {
  pw_event event = make_event(kind, 10);
  edit(event);
  return event;
}

const BadEvent kBadEvents[] = {
    {"KindBeyond", make_event(PW_EVENTS, 10), "log:3: e: must be a kind of event in 0..13, not 14"},
    {"CycleBefore", make_event(PW_EVENT_RESET, 9),
     "log:3: t: must be at least 10, the cycle of the event before, not 9"},
    {"CycleTooLarge", make_event(PW_EVENT_RESET, UINT64_C(1) << 63),
     "log:3: t: must be a whole number in 0..9223372036854775807, not 9223372036854775808"},
    {"PortOfTwo", edited(PW_EVENT_KILL, [](pw_event &e) { e.u.kill.port = 2; }),
     "log:3: port: must be a whole number in 0..1, not 2"},
    {"SlotOf64", edited(PW_EVENT_COMMIT, [](pw_event &e) { e.u.commit.slot = 64; }),
     "log:3: slot: must be a whole number in 0..63, not 64"},
    {"NoOperation", edited(PW_EVENT_CONTROL, [](pw_event &e) { e.u.control.op = 6; }),
     "log:3: op: must be cr3, cr0, cr4, efer, pkru, invlpg, invpcid-address, invpcid-context, "
     "invpcid-all-with-globals or invpcid-all-but-globals, not 6"},
    {"AddressNotAligned", edited(PW_EVENT_WRITE, [](pw_event &e) { e.u.write.address = 12; }),
     "log:3: address: must be a quoted hexadecimal number like \"0x1000\", at most 0xfffffffffffff and a multiple of "
     "8, not 12"},
    {"AccessAcrossPages",
     edited(PW_EVENT_REQUEST,
            [](pw_event &e) {
              e.u.request.access.linear_address = 0xffc;
              e.u.request.access.size_bytes = 8;
            }),
     "log:3: va: the bytes of the access must lie in one 4 KB page"},
    {"TlbOfThirdLevel", edited(PW_EVENT_FILL, [](pw_event &e) { e.u.fill.unit = 3; }),
     "log:3: unit: must be 1 or 2 for a tlb"},
};

class EventLogWriteBad : public testing::TestWithParam<BadEvent> {};

TEST_P(EventLogWriteBad, IsRefusedAndTheLogGoesOn) {
  char *text = nullptr;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  const pw_event_log_header header = make_header();
  const pw_event good = make_event(PW_EVENT_RESET, 10);
  pw_event_log_writer *writer = nullptr;
  pw_diag diag{};
  ASSERT_EQ(0, pw_event_log_create_on(stream, "log", &header, &writer, &diag));
  EXPECT_EQ(0, pw_event_log_write(writer, &good, &diag));
  EXPECT_EQ(-PW_EINVAL, pw_event_log_write(writer, &GetParam().event, &diag));
  EXPECT_EQ(GetParam().message, line_of_diag(diag));
  EXPECT_EQ(0, pw_event_log_write(writer, &good, &diag));
  EXPECT_EQ(0, pw_event_log_finish(writer, &diag));
  fclose(stream);
  EXPECT_EQ(write_log(header, {good, good}), std::string(text, length));
  free(text);
}

INSTANTIATE_TEST_SUITE_P(Events, EventLogWriteBad, testing::ValuesIn(kBadEvents),
                         [](const auto &test) { return std::string(test.param.rule); });

TEST(EventLogWrite, HeaderThatDoesNotFitIsRefused) {
  pw_event_log_writer *writer = nullptr;
  pw_diag diag{};
  pw_event_log_header header = make_header();
  header.check.hang_cycles = UINT64_MAX;
  EXPECT_EQ(-PW_EINVAL, pw_event_log_create_on(stderr, "log", &header, &writer, &diag));
  EXPECT_EQ(nullptr, writer);
  EXPECT_EQ("log:1: hang_cycles: must be a whole number in 0..9223372036854775807, not 18446744073709551615",
            line_of_diag(diag));
  header = make_header();
  header.check.mode = PW_CHECK_MODES;
  EXPECT_EQ(-PW_EINVAL, pw_event_log_create_on(stderr, "log", &header, &writer, &diag));
  EXPECT_EQ("log:1: mode: must be strict, observed or window, not 3", line_of_diag(diag));
}

TEST(EventLogWrite, FlushedLinesAreInTheFile) {
  const Scratch scratch;
  const std::string path = scratch.path("log");
  const pw_event_log_header header = make_header();
  const pw_event event = make_event(PW_EVENT_INVALIDATE, 5);
  pw_event_log_writer *writer = nullptr;
  pw_diag diag{};
  ASSERT_EQ(0, pw_event_log_create(path.c_str(), &header, &writer, &diag)) << line_of_diag(diag);
  ASSERT_EQ(0, pw_event_log_write(writer, &event, &diag));
  ASSERT_EQ(0, pw_event_log_flush(writer, &diag));
  EXPECT_EQ(write_log(header, {event}), read_text(path));
  EXPECT_EQ(0, pw_event_log_finish(writer, &diag));
}

TEST(EventLogWrite, FullDiskIsAnIoErrorThatStays) {
  const pw_event_log_header header = make_header();
  const pw_event event = make_event(PW_EVENT_RESET);
  pw_event_log_writer *writer = nullptr;
  pw_diag diag{};
  ASSERT_EQ(0, pw_event_log_create("/dev/full", &header, &writer, &diag));
  EXPECT_EQ(-PW_EIO, pw_event_log_flush(writer, &diag));
  EXPECT_EQ("/dev/full: cannot be written: No space left on device", line_of_diag(diag));
  EXPECT_EQ(-PW_EIO, pw_event_log_write(writer, &event, &diag));
  EXPECT_EQ("/dev/full: an earlier write failed", line_of_diag(diag));
  EXPECT_EQ(-PW_EIO, pw_event_log_finish(writer, &diag));
}

TEST(EventLogWrite, FileThatCannotBeMadeIsAnIoError) {
  const pw_event_log_header header = make_header();
  pw_event_log_writer *writer = nullptr;
  pw_diag diag{};
  EXPECT_EQ(-PW_EIO, pw_event_log_create("/nonexistent/log", &header, &writer, &diag));
  EXPECT_EQ(nullptr, writer);
  EXPECT_EQ(0, pw_event_log_finish(nullptr, &diag));
}

} // namespace
