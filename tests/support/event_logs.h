// event_logs.h: events of every kind made at random, and event logs written and read.
#pragma once

#include <pagewalk/event_log.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "files.h"

namespace pagewalk_test {

using Events = std::vector<pw_event>;

inline pw_event_log_header make_header() {
  pw_event_log_header header{};
  header.check.pipeline_cycles = 3;
  header.check.hang_cycles = 100000;
  header.check.timed = 1;
  header.seed = 42;
  header.config = pw_config_default();
  return header;
}

// An event whose unused bytes are 0, as the reader's are.
inline pw_event make_event(unsigned kind, uint64_t cycle = 0) {
  pw_event event;
  memset(&event, 0, sizeof event);
  event.cycle = cycle;
  event.kind = static_cast<uint8_t>(kind);
  if (kind == PW_EVENT_LOOK_UP) event.u.look_up.level = 1;
  if (kind == PW_EVENT_FILL) event.u.fill.unit = 2;
  return event;
}

inline bool same(const pw_event &a, const pw_event &b) { return memcmp(&a, &b, sizeof a) == 0; }

// Legal events with every value that a field can have, 0 and the largest more often than others.
class RandomEvents {
 public:
  explicit RandomEvents(uint64_t seed) : random_(seed) {}

  pw_event next() {
    cycle_ += pick(2) ? pick(5) : 0;
    pw_event event = make_event(static_cast<unsigned>(pick(PW_EVENTS - 1)), cycle_);
    fill_in(event);
    return event;
  }

 private:
  uint64_t pick(uint64_t most) {
    const uint64_t choice = random_() % 4;
    if (choice == 0) return 0;
    if (choice == 1) return most;
    return most == UINT64_MAX ? random_() >> random_() % 64 : random_() % (most + 1);
  }
  template <class T>
  void set(T &member, uint64_t most) {
    member = static_cast<T>(pick(most));
  }
  void set_word(uint64_t &member) { member = pick(UINT64_MAX); }
  void set_address(uint64_t &member) { member = pick((UINT64_C(1) << 49) - 1) * 8; }
  template <class T>
  void set_place(T &place) {
    set(place.way, PW_MAX_WAYS - 1);
    set(place.set, UINT32_MAX);
  }
  template <class T>
  void set_name(T &request) {
    set(request.port, 1);
    set(request.id, PW_CHECK_IDS - 1);
  }

  void fill_in(pw_event &event) {
    switch (event.kind) {
      case PW_EVENT_REQUEST: make_request(event); break;
      case PW_EVENT_KILL: set_name(event.u.kill); break;
      case PW_EVENT_LOOK_UP: make_look_up(event); break;
      case PW_EVENT_WALK_START: make_walk_start(event); break;
      case PW_EVENT_READ: make_read(event); break;
      case PW_EVENT_SWAP: make_swap(event); break;
      case PW_EVENT_COMMIT:
        set(event.u.commit.slot, PW_CHECK_SLOTS - 1);
        set(event.u.commit.actions, 15);
        break;
      case PW_EVENT_FILL: make_fill(event); break;
      case PW_EVENT_RESPONSE: make_response(event); break;
      case PW_EVENT_CONTROL: make_control(event); break;
      case PW_EVENT_WRITE:
        set_address(event.u.write.address);
        set_word(event.u.write.value);
        break;
      default: break;
    }
  }
  void make_request(pw_event &event) {
    pw_access &access = event.u.request.access;
    set_name(event.u.request);
    set_word(access.linear_address);
    access.size_bytes = static_cast<uint32_t>(pick(PW_SMALL_PAGE_BYTES - access.linear_address % PW_SMALL_PAGE_BYTES));
    set(access.kind, PW_ACCESS_KINDS - 1);
    set(access.cpl, 3);
    set(access.flags, PW_ACCESS_FLAGS_ALL);
  }
  void make_look_up(pw_event &event) {
    auto &look_up = event.u.look_up;
    set(look_up.port, 1);
    look_up.level = static_cast<uint8_t>(1 + pick(1));
    set(look_up.replay, 1);
    set(look_up.slot, PW_CHECK_SLOTS - 1);
    set(look_up.hit, 1);
    set(look_up.array, PW_MAX_TLB_ARRAYS - 1);
    set_place(look_up);
  }
  void make_walk_start(pw_event &event) {
    set(event.u.walk_start.slot, PW_CHECK_SLOTS - 1);
    set(event.u.walk_start.walker, PW_CHECK_WALKERS - 1);
    set(event.u.walk_start.psc_level, 7);
    set_place(event.u.walk_start);
  }
  void make_read(pw_event &event) {
    set(event.u.read.walker, PW_CHECK_WALKERS - 1);
    set(event.u.read.bus_error, 1);
    set(event.u.read.cache_control, 3);
    set_address(event.u.read.address);
    set_word(event.u.read.value);
  }
  void make_swap(pw_event &event) {
    set(event.u.swap.walker, PW_CHECK_WALKERS - 1);
    set(event.u.swap.bus_error, 1);
    set(event.u.swap.matched, 1);
    set(event.u.swap.cache_control, 3);
    set_address(event.u.swap.address);
    set_word(event.u.swap.expected);
    set_word(event.u.swap.desired);
  }
  void make_fill(pw_event &event) {
    auto &fill = event.u.fill;
    set(fill.structure, 1);
    fill.unit = static_cast<uint8_t>(fill.structure == PW_TLB ? 1 + pick(1) : 2 + pick(3));
    set(fill.port, 1);
    set(fill.array, PW_MAX_TLB_ARRAYS - 1);
    set(fill.evicted, 1);
    set_place(fill);
  }
  void make_response(pw_event &event) {
    auto &response = event.u.response;
    set_name(response);
    set(response.fault, 7);
    set(response.page_level, 3);
    set(response.memory_type, 7);
    set(response.global, 1);
    set(response.source, 3);
    set(response.error_code, UINT16_MAX);
    set_word(response.physical_address);
  }
  void make_control(pw_event &event) {
    do set(event.u.control.op, PW_CTL_OPS - 1);
    while (!pw_control_op_name(event.u.control.op));
    set(event.u.control.pcid, 4095);
    set_word(event.u.control.data);
  }

  std::mt19937_64 random_;
  uint64_t cycle_ = 0;
};

struct LogRead {
  int status = 0;
  pw_diag diag{};
  pw_event_log_header header{};
  Events events;
  std::vector<uint64_t> lines; // by event
};

inline LogRead read_log(const std::string &path) {
  LogRead log;
  pw_event_log_reader *reader = nullptr;
  log.status = pw_event_log_open(path.c_str(), &log.header, &reader, &log.diag);
  for (bool more = !log.status; more;) {
    pw_event event;
    log.status = pw_event_log_read(reader, &event, &more, &log.diag);
    if (!more) break;
    log.events.push_back(event);
    log.lines.push_back(pw_event_log_line(reader));
  }
  pw_event_log_close(reader);
  return log;
}

// The log of some events as text.
inline std::string write_log(const pw_event_log_header &header, const Events &events) {
  char *text = nullptr;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  pw_event_log_writer *writer = nullptr;
  pw_diag diag{};
  EXPECT_EQ(0, pw_event_log_create_on(stream, "memory", &header, &writer, &diag)) << line_of_diag(diag);
  for (const pw_event &event : events) {
    EXPECT_EQ(0, pw_event_log_write(writer, &event, &diag)) << line_of_diag(diag);
  }
  EXPECT_EQ(0, pw_event_log_finish(writer, &diag)) << line_of_diag(diag);
  fclose(stream);
  const std::string log(text, length);
  free(text);
  return log;
}

} // namespace pagewalk_test
