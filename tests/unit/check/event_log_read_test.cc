// Reading an event log: whatever was written comes back, and every defect is refused at its line and key.
#include "compressed.h"
#include "event_logs.h"
#include "vector_text.h"

using namespace pagewalk_test;

namespace {

const std::string &header_line() {
  static const std::string line = write_log(make_header(), {});
  return line;
}

LogRead read_lines(const std::string &lines) {
  const Scratch scratch;
  LogRead log = read_log(scratch.write("log", header_line() + lines));
  EXPECT_EQ(log.status ? scratch.path("log") : "", log.diag.file);
  log.diag.file[0] = '\0'; // the rest is the same in every run
  return log;
}

// "LINE: KEY: MESSAGE"
std::string refusal_of(const LogRead &log) { return std::to_string(log.diag.line) + ": " + line_of_diag(log.diag); }

TEST(EventLogRead, RandomEventsOfEveryKindComeBack) {
  const Scratch scratch;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    RandomEvents random(seed);
    Events events;
    std::vector<unsigned> kinds(PW_EVENTS);
    for (int i = 0; i < 2000; i++) events.push_back(random.next());
    for (const pw_event &event : events) kinds[event.kind]++;
    for (unsigned kind = 0; kind < PW_EVENTS; kind++) EXPECT_GT(kinds[kind], 20u) << pw_event_name(kind);
    const LogRead log = read_log(scratch.write("log", write_log(make_header(), events)));
    ASSERT_EQ(0, log.status) << line_of_diag(log.diag);
    ASSERT_EQ(events.size(), log.events.size());
    for (size_t i = 0; i < events.size(); i++) {
      ASSERT_TRUE(same(events[i], log.events[i])) << "seed " << seed << ", event " << i;
      ASSERT_EQ(i + 2, log.lines[i]);
    }
  }
}

TEST(EventLogRead, HeaderComesBack) {
  pw_event_log_header header = make_header();
  header.check.pipeline_cycles = UINT32_MAX;
  header.check.hang_cycles = INT64_MAX;
  header.check.timed = 0;
  header.seed = 0;
  snprintf(header.config.description, sizeof header.config.description, "\"quoted\", \\ and \u00e9");
  const Scratch scratch;
  const LogRead log = read_log(scratch.write("log", write_log(header, {})));
  ASSERT_EQ(0, log.status) << line_of_diag(log.diag);
  EXPECT_EQ(UINT32_MAX, log.header.check.pipeline_cycles);
  EXPECT_EQ(static_cast<uint64_t>(INT64_MAX), log.header.check.hang_cycles);
  EXPECT_EQ(0u, log.header.check.timed);
  EXPECT_EQ(0u, log.header.seed);
  EXPECT_STREQ(header.config.description, log.header.config.description);
  EXPECT_EQ(write_log(header, {}), write_log(log.header, {}));
}

TEST(EventLogRead, ModeComesBack) {
  const Scratch scratch;
  for (unsigned mode = 0; mode < PW_CHECK_MODES; mode++) {
    pw_event_log_header header = make_header();
    header.check.mode = static_cast<pw_check_mode>(mode);
    const std::string text = write_log(header, {});
    EXPECT_NE(std::string::npos, text.find(std::string("\"mode\":\"") + pw_check_mode_name(mode) + "\"")) << text;
    const LogRead log = read_log(scratch.write("log", text));
    ASSERT_EQ(0, log.status) << line_of_diag(log.diag);
    EXPECT_EQ(header.check.mode, log.header.check.mode);
  }
}

TEST(EventLogRead, OrderOfKeysBlanksAndLineEndsAreFree) {
  const LogRead log = read_lines(
      "\n { \"e\" : \"kill\", \"id\":3,\"port\":1, \"t\":4 }\r\n \t\r\n"
      R"({"t":4,"e":"reset"})");
  ASSERT_EQ(0, log.status) << refusal_of(log);
  ASSERT_EQ(2u, log.events.size());
  EXPECT_EQ((std::vector<uint64_t>{3, 5}), log.lines);
  EXPECT_EQ(3, log.events[0].u.kill.id);
}

TEST(EventLogRead, CompressionIsUndone) {
  const Scratch scratch;
  RandomEvents random(1);
  Events events;
  for (int i = 0; i < 50000; i++) events.push_back(random.next());
  const std::string text = write_log(make_header(), events);
  ASSERT_GT(text.size(), 2u * PW_EVENT_LOG_HEADER_BYTES); // the window moves
  if (!write_compressed(scratch.path("log"), text, Compression::kZstd)) scratch.write("log", text);
  const LogRead log = read_log(scratch.path("log"));
  ASSERT_EQ(0, log.status) << line_of_diag(log.diag);
  EXPECT_EQ(text, write_log(log.header, log.events));
}

// ---- refusals ----

struct BadLine {
  const char *rule;
  const char *line; // the third of the log; the second is of cycle 10
  const char *message;
};

const BadLine kBadLines[] = {
    {"NoJson", "reset", "is not a line of JSON: "},
    {"CutShort", R"({"t":10,"e":"res)", "is not a line of JSON: "},
    {"NoObject", "[10]", "must be a JSON object"},
    {"KeyTwice", R"({"t":10,"t":10,"e":"reset"})", "is not a line of JSON: "},
    {"KindMissing", R"({"t":10})",
     "e: is missing in an event; it must be reset, request, kill, look-up, walk-start, read, swap, commit, fill, "
     "response, control, invalidate, control-done or write"},
    {"KindUnknown", R"({"t":10,"e":"rest"})",
     "e: must be reset, request, kill, look-up, walk-start, read, swap, commit, fill, response, control, invalidate, "
     "control-done or write, not \"rest\""},
    {"CycleMissing", R"({"e":"reset"})",
     "t: is missing in a reset; it must be a whole number in 0..9223372036854775807"},
    {"CycleNegative", R"({"t":-1,"e":"reset"})", "t: must be a whole number in 0..9223372036854775807, not -1"},
    {"CycleTooLarge", R"({"t":9223372036854775808,"e":"reset"})", "is not a line of JSON: "},
    {"CycleBefore", R"({"t":9,"e":"reset"})", "t: must be at least 10, the cycle of the event before, not 9"},
    {"CycleAsText", R"({"t":"10","e":"reset"})", "t: must be a whole number in 0..9223372036854775807, not \"10\""},
    {"NumberWithFraction", R"({"t":10,"e":"kill","port":1.0,"id":0})", "port: must be a whole number in 0..1, not 1.0"},
    {"BitAsFlag", R"({"t":10,"e":"look-up","port":0,"level":1,"slot":0,"hit":true})",
     "hit: must be a whole number in 0..1, not true"},
    {"KeyUnknown", R"({"t":10,"e":"kill","port":1,"id":0,"walker":0})",
     "walker: is no key of a kill; legal: t, e, port, id"},
    {"KeyMissing", R"({"t":10,"e":"kill","port":1})", "id: is missing in a kill; it must be a whole number in 0..255"},
    {"IdTooLarge", R"({"t":10,"e":"kill","port":1,"id":256})", "id: must be a whole number in 0..255, not 256"},
    {"LevelBelow", R"({"t":10,"e":"look-up","port":0,"level":0,"slot":0})",
     "level: must be a whole number in 1..2, not 0"},
    {"HexAsNumber", R"({"t":10,"e":"request","port":1,"id":0,"va":4096,"k":"r"})",
     "va: must be a quoted hexadecimal number like \"0x1000\", not 4096"},
    {"HexWithoutPrefix", R"({"t":10,"e":"request","port":1,"id":0,"va":"1000","k":"r"})",
     "va: must be a quoted hexadecimal number like \"0x1000\", not \"1000\""},
    {"HexOf65Bits", R"({"t":10,"e":"request","port":1,"id":0,"va":"0x10000000000000000","k":"r"})",
     "va: must be a quoted hexadecimal number like \"0x1000\", not \"0x10000000000000000\""},
    {"HexWithTail", R"({"t":10,"e":"request","port":1,"id":0,"va":"0x1g","k":"r"})",
     "va: must be a quoted hexadecimal number like \"0x1000\", not \"0x1g\""},
    {"HexWithoutDigits", R"({"t":10,"e":"request","port":1,"id":0,"va":"0x","k":"r"})",
     "va: must be a quoted hexadecimal number like \"0x1000\", not \"0x\""},
    {"ErrorOf17Bits", R"({"t":10,"e":"response","port":1,"id":0,"error":"0x10000","source":"l1"})",
     "error: must be a quoted hexadecimal number like \"0x1000\", at most 0xffff, not \"0x10000\""},
    {"AddressNotAligned", R"({"t":10,"e":"write","address":"0x1004","value":"0x0"})",
     "address: must be a quoted hexadecimal number like \"0x1000\", at most 0xfffffffffffff and a multiple of 8, not "
     "\"0x1004\""},
    {"AddressOf53Bits", R"({"t":10,"e":"write","address":"0x10000000000000","value":"0x0"})",
     "address: must be a quoted hexadecimal number like \"0x1000\", at most 0xfffffffffffff and a multiple of 8, not "
     "\"0x10000000000000\""},
    {"WordUnknown", R"({"t":10,"e":"request","port":1,"id":0,"va":"0x0","k":"m"})", "k: must be r, w or x, not \"m\""},
    {"WordEmpty", R"({"t":10,"e":"control","op":"","data":"0x0"})",
     "op: must be cr3, cr0, cr4, efer, pkru, invlpg, invpcid-address, invpcid-context, invpcid-all-with-globals or "
     "invpcid-all-but-globals, not \"\""},
    {"WordAsNumber", R"({"t":10,"e":"request","port":1,"id":0,"va":"0x0","k":1})", "k: must be r, w or x, not 1"},
    {"ListAsWord", R"({"t":10,"e":"commit","slot":0,"actions":"last"})",
     "actions: must be a list of respond, drop, fill or last, each at most once, not \"last\""},
    {"ListWithAWordTwice", R"({"t":10,"e":"commit","slot":0,"actions":["last","last"]})",
     "actions: must be a list of respond, drop, fill or last, each at most once, not [\"last\",\"last\"]"},
    {"ListWithAnUnknownWord", R"({"t":10,"e":"commit","slot":0,"actions":["stop"]})",
     "actions: must be a list of respond, drop, fill or last, each at most once, not [\"stop\"]"},
    {"AccessAcrossPages", R"({"t":10,"e":"request","port":1,"id":0,"va":"0xffc","size":8,"k":"r"})",
     "va: the bytes of the access must lie in one 4 KB page"},
    {"TlbOfThirdLevel", R"({"t":10,"e":"fill","structure":"tlb","unit":3})", "unit: must be 1 or 2 for a tlb"},
    {"CacheOfPtes", R"({"t":10,"e":"fill","structure":"psc","unit":1})",
     "unit: must be a whole number in 2..5 for a psc"},
};

class EventLogLine : public testing::TestWithParam<BadLine> {};

TEST_P(EventLogLine, IsRefusedWithWhatIsLegal) {
  const LogRead log = read_lines("{\"t\":10,\"e\":\"reset\"}\n" + std::string(GetParam().line) + "\n");
  EXPECT_EQ(-PW_ELOG, log.status);
  EXPECT_EQ(1u, log.events.size());
  const std::string want = std::string("3: ") + GetParam().message;
  const bool goes_on = want.substr(want.size() - 2) == ": "; // in words of the JSON library
  EXPECT_EQ(want, refusal_of(log).substr(0, goes_on ? want.size() : std::string::npos));
}

INSTANTIATE_TEST_SUITE_P(Bad, EventLogLine, testing::ValuesIn(kBadLines),
                         [](const auto &test) { return std::string(test.param.rule); });

struct BadHeader {
  const char *rule;
  const char *from;
  const char *to;
  const char *message;
};

const BadHeader kBadHeaders[] = {
    {"AnEvent", R"({"pagewalk_events":1,)", "{",
     "pagewalk_events: is missing: the first line of an event log must be "
     "its header"},
    {"AnotherVersion", R"("pagewalk_events":1)", R"("pagewalk_events":2)",
     "pagewalk_events: must be a whole number in 1..1, not 2"},
    {"ModeUnknown", R"("strict")", R"("lax")", "mode: must be strict, observed or window, not \"lax\""},
    {"SeedMissing", R"("seed":42,)", "",
     "seed: is missing in the header; it must be a whole number in "
     "0..9223372036854775807"},
    {"TimedAsFlag", R"("timed":1)", R"("timed":true)", "timed: must be a whole number in 0..1, not true"},
    {"KeyUnknown", R"("seed":42)", R"("seed":42,"speed":1)",
     "speed: is no key of the header; legal: pagewalk_events, mode, pipeline_cycles, timed, hang_cycles, seed, config"},
    {"ConfigBad", "  clock_ps: 303", "  clock_ps: fast", "config: line 9 of it: timing.clock_ps: must be "},
};

class EventLogHeader : public testing::TestWithParam<BadHeader> {};

TEST_P(EventLogHeader, IsRefusedAtLineOne) {
  const Scratch scratch;
  LogRead log = read_log(scratch.write("log", edited(header_line(), GetParam().from, GetParam().to)));
  EXPECT_EQ(-PW_ELOG, log.status);
  log.diag.file[0] = '\0';
  const std::string want = std::string("1: ") + GetParam().message;
  EXPECT_EQ(want, refusal_of(log).substr(0, want.size()));
}

INSTANTIATE_TEST_SUITE_P(Bad, EventLogHeader, testing::ValuesIn(kBadHeaders),
                         [](const auto &test) { return std::string(test.param.rule); });

TEST(EventLogRead, EmptyFileHasNoHeader) {
  const Scratch scratch;
  for (const char *text : {"", "\n \n"}) {
    const LogRead log = read_log(scratch.write("log", text));
    EXPECT_EQ(-PW_ELOG, log.status);
    EXPECT_STREQ("pagewalk_events", log.diag.key);
  }
}

TEST(EventLogRead, LinesOfEventsMayHave64KB) {
  const std::string event = R"({"t":1,"e":"reset"})";
  const std::string blanks(PW_EVENT_LOG_LINE_BYTES - 1 - event.size(), ' ');
  EXPECT_EQ(1u, read_lines(event + blanks + "\n").events.size());
  const LogRead log = read_lines(event + blanks + " \n");
  EXPECT_EQ(-PW_ELOG, log.status);
  EXPECT_EQ("2: the line is longer than 65536 bytes", refusal_of(log));
}

TEST(EventLogRead, HeaderHasABoundOfItsOwn) {
  const Scratch scratch;
  const std::string long_line = header_line().substr(0, header_line().size() - 1) + std::string(100000, ' ') + "\n";
  EXPECT_EQ(0, read_log(scratch.write("log", long_line)).status);
  const LogRead log = read_log(scratch.write("log", "{" + std::string(PW_EVENT_LOG_HEADER_BYTES, ' ')));
  EXPECT_EQ(-PW_ELOG, log.status);
  EXPECT_STREQ("the line is longer than 262144 bytes", log.diag.message);
}

TEST(EventLogRead, NothingFollowsARefusal) {
  const Scratch scratch;
  const std::string path = scratch.write("log", header_line() + "x\n{\"t\":1,\"e\":\"reset\"}\n");
  pw_event_log_header header{};
  pw_event_log_reader *reader = nullptr;
  pw_event event;
  pw_diag diag{};
  bool more = true;
  ASSERT_EQ(0, pw_event_log_open(path.c_str(), &header, &reader, &diag));
  for (int i = 0; i < 2; i++) {
    EXPECT_EQ(-PW_ELOG, pw_event_log_read(reader, &event, &more, &diag));
    EXPECT_FALSE(more);
  }
  EXPECT_STREQ("an earlier read failed", diag.message);
  pw_event_log_close(reader);
}

TEST(EventLogRead, FileThatIsNotThereIsAnIoError) {
  EXPECT_EQ(-PW_EIO, read_log("/nonexistent/log").status);
  pw_event_log_close(nullptr);
}

// ---- docs/event-log.md ----

TEST(EventLogRead, ExampleOfTheDocumentIsTheFile) {
  const std::string path = source_path("tests/data/events/one-walk.jsonl");
  const std::string text = read_text(path);
  const LogRead log = read_log(path);
  ASSERT_EQ(0, log.status) << line_of_diag(log.diag);
  EXPECT_EQ(text, write_log(log.header, log.events));
  const std::string document = read_text(source_path("docs/event-log.md"));
  EXPECT_NE(std::string::npos, document.find(text.substr(text.find('\n') + 1)));
}

} // namespace
