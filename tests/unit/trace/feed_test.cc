// Batches of a trace: the same records and the same error, read ahead or not.
#include <pagewalk/trace.h>

#include "trace_file.h"
#include "trace_writers.h"

using namespace pagewalk_test;

namespace {

constexpr size_t kBatch = 8192; // records of a full batch

struct Fed {
  int status = 0;
  pw_diag diag{};
  std::vector<pw_trace_record> records;
  std::vector<size_t> batches;
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;
};

class Feed : public ::testing::TestWithParam<bool> {
 protected:
  void open(const std::string &text, uint64_t limit = 0) {
    path_ = scratch_.write("t", text);
    pw_diag diag{};
    ASSERT_EQ(0, pw_trace_open(path_.c_str(), nullptr, &reader_, &diag)) << line_of_diag(diag);
    pw_trace_feed_options options{};
    options.limit = limit;
    options.ahead = GetParam();
    ASSERT_EQ(0, pw_trace_feed_create(reader_, options, &feed_));
  }
  void TearDown() override {
    pw_trace_feed_destroy(feed_);
    pw_trace_close(reader_);
  }
  Fed drain() {
    Fed fed;
    for (;;) {
      pw_trace_batch batch{};
      fed.status = pw_trace_feed_next(feed_, &batch, &fed.diag);
      fed.bytes_done = batch.bytes_done;
      fed.bytes_total = batch.bytes_total;
      if (fed.status || !batch.count) return fed;
      fed.batches.push_back(batch.count);
      fed.records.insert(fed.records.end(), batch.records, batch.records + batch.count);
    }
  }

  Scratch scratch_;
  std::string path_;
  pw_trace_reader *reader_ = nullptr;
  pw_trace_feed *feed_ = nullptr;
};

std::vector<pw_trace_record> make_records(size_t count) {
  std::vector<pw_trace_record> records;
  for (size_t i = 0; i < count; i++) {
    records.push_back({0x400000 + 16 * i, static_cast<uint32_t>(1 + i % 8), static_cast<uint32_t>(i % PW_TRACE_KINDS)});
  }
  return records;
}

TEST_P(Feed, HandsOutEveryRecordInOrder) {
  for (const size_t count : {size_t{1}, kBatch - 1, kBatch, kBatch + 1, 40 * kBatch + 17}) {
    const std::vector<pw_trace_record> records = make_records(count);
    open(write_lackey(records));
    const Fed fed = drain();
    EXPECT_EQ(0, fed.status);
    EXPECT_TRUE(records == fed.records) << count;
    EXPECT_EQ((count + kBatch - 1) / kBatch, fed.batches.size()) << "batches are full but for the last";
    EXPECT_EQ(std::filesystem::file_size(path_), fed.bytes_total);
    EXPECT_EQ(fed.bytes_total, fed.bytes_done);
    TearDown();
    reader_ = nullptr;
    feed_ = nullptr;
  }
}

TEST_P(Feed, LimitEndsTheTrace) {
  const std::vector<pw_trace_record> records = make_records(3 * kBatch);
  for (const size_t limit : {size_t{1}, kBatch - 1, kBatch, kBatch + 1, 3 * kBatch, 9 * kBatch}) {
    open(write_lackey(records), limit);
    const Fed fed = drain();
    EXPECT_EQ(0, fed.status);
    ASSERT_EQ(std::min(limit, records.size()), fed.records.size());
    EXPECT_TRUE(std::equal(fed.records.begin(), fed.records.end(), records.begin()));
    TearDown();
    reader_ = nullptr;
    feed_ = nullptr;
  }
}

TEST_P(Feed, WhatStandsBehindTheLimitIsNotRead) {
  open(write_lackey(make_records(kBatch)) + "not a record\n", kBatch);
  const Fed fed = drain();
  EXPECT_EQ(0, fed.status) << line_of_diag(fed.diag);
  EXPECT_EQ(kBatch, fed.records.size());
}

TEST_P(Feed, ErrorComesAfterTheRecordsBeforeItAndAgain) {
  const std::vector<pw_trace_record> records = make_records(2 * kBatch + 5);
  open(write_lackey(records) + "not a record\nI  1000,4\n");
  const Fed fed = drain();
  EXPECT_EQ(-PW_ETRACE, fed.status);
  EXPECT_EQ(records.size() + 1, fed.diag.line);
  EXPECT_TRUE(records == fed.records);
  for (int i = 0; i < 3; i++) {
    const Fed again = drain();
    EXPECT_EQ(-PW_ETRACE, again.status);
    EXPECT_EQ(fed.diag.line, again.diag.line);
    EXPECT_TRUE(again.records.empty());
  }
}

TEST_P(Feed, EndIsToldAgainAndAgain) {
  open(write_lackey(make_records(10)));
  EXPECT_EQ(10u, drain().records.size());
  for (int i = 0; i < 3; i++) EXPECT_EQ(0u, drain().records.size());
}

TEST_P(Feed, EndsBeforeAnythingOrHalfWayWithoutHanging) {
  const std::string text = write_lackey(make_records(50 * kBatch));
  for (unsigned taken = 0; taken < 8; taken++) {
    open(text);
    for (unsigned i = 0; i < taken; i++) {
      pw_trace_batch batch{};
      ASSERT_EQ(0, pw_trace_feed_next(feed_, &batch, nullptr));
      ASSERT_EQ(kBatch, batch.count);
    }
    TearDown();
    reader_ = nullptr;
    feed_ = nullptr;
  }
}

TEST(FeedOfNothing, DestroyTakesNull) { pw_trace_feed_destroy(nullptr); }

INSTANTIATE_TEST_SUITE_P(AheadOrNot, Feed, ::testing::Bool(),
                         [](const auto &tested) { return tested.param ? "ReadAhead" : "ReadInTurn"; });

} // namespace
