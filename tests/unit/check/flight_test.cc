// Requests between their acceptance and their end.
#include <memory>

#include "watched_device.h"

extern "C" {
#include "flight.h"
}

using namespace pagewalk_test;

namespace {

class Flight : public testing::Test {
 protected:
  std::unique_ptr<pw_flight> flight = std::make_unique<pw_flight>();
  uint64_t number = 0;

  void SetUp() override { pw_flight_reset(flight.get()); }
  pw_request *accept(unsigned port, unsigned id, uint64_t cycle = 1) {
    pw_event event{};
    event.cycle = cycle;
    event.kind = PW_EVENT_REQUEST;
    event.u.request.port = static_cast<uint8_t>(port);
    event.u.request.id = static_cast<uint8_t>(id);
    return pw_flight_accept(flight.get(), &event, ++number, 1);
  }
};

TEST_F(Flight, FindsWhatWasAcceptedUntilItIsAnswered) {
  pw_request *request = accept(1, 9);
  ASSERT_NE(nullptr, request);
  EXPECT_EQ(request, pw_flight_find(flight.get(), 1, 9));
  EXPECT_EQ(nullptr, pw_flight_find(flight.get(), 0, 9));
  pw_flight_answered(flight.get(), request, 1, true);
  EXPECT_EQ(nullptr, pw_flight_find(flight.get(), 1, 9));
  EXPECT_EQ(nullptr, flight->oldest);
}

TEST_F(Flight, KeepsTheOrderOfAcceptance) {
  pw_request *first = accept(0, 1), *second = accept(1, 1), *third = accept(0, 2);
  EXPECT_EQ(first, flight->oldest);
  pw_flight_answered(flight.get(), second, 1, true);
  EXPECT_EQ(third, first->newer);
  EXPECT_EQ(first, third->older);
  pw_flight_answered(flight.get(), first, 1, true);
  EXPECT_EQ(third, flight->oldest);
  EXPECT_EQ(third, flight->newest);
}

TEST_F(Flight, RefusesAnIdInUse) {
  EXPECT_NE(nullptr, accept(1, 4));
  EXPECT_EQ(nullptr, accept(1, 4));
  EXPECT_NE(nullptr, accept(0, 4));
}

TEST_F(Flight, FindsNothingOnPortsAndIdsThatAreNone) {
  EXPECT_EQ(nullptr, pw_flight_find(flight.get(), 2, 0));
  EXPECT_EQ(nullptr, pw_flight_find(flight.get(), 1, 256));
  pw_flight_kill(flight.get(), 99, 99999, 1);
}

TEST_F(Flight, KilledRequestEndsAfterItsGrace) {
  accept(1, 4);
  pw_flight_kill(flight.get(), 1, 4, 10);
  pw_flight_bury(flight.get(), 10 + PW_FLIGHT_KILL_CYCLES);
  EXPECT_NE(nullptr, pw_flight_find(flight.get(), 1, 4));
  pw_flight_bury(flight.get(), 11 + PW_FLIGHT_KILL_CYCLES);
  EXPECT_EQ(nullptr, pw_flight_find(flight.get(), 1, 4));
  EXPECT_EQ(1u, flight->killed);
}

TEST_F(Flight, SecondKillDoesNotProlongTheGrace) {
  accept(1, 4);
  pw_flight_kill(flight.get(), 1, 4, 10);
  pw_flight_kill(flight.get(), 1, 4, 12);
  pw_flight_bury(flight.get(), 11 + PW_FLIGHT_KILL_CYCLES);
  EXPECT_EQ(nullptr, pw_flight_find(flight.get(), 1, 4));
}

TEST_F(Flight, ResetForgetsAllButTheCounts) {
  accept(1, 4);
  pw_flight_kill(flight.get(), 1, 4, 10);
  pw_flight_bury(flight.get(), 100);
  accept(1, 5);
  pw_flight_reset(flight.get());
  EXPECT_EQ(nullptr, flight->oldest);
  EXPECT_EQ(nullptr, pw_flight_find(flight.get(), 1, 5));
  EXPECT_EQ(2u, flight->requests);
  EXPECT_EQ(1u, flight->killed);
}

} // namespace
