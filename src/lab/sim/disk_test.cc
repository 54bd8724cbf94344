// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/disk.h"

#include <rapidcheck/gtest.h>

#include <set>

#include "ledger/testing_block.h"

namespace passbook::sim {
namespace {

constexpr Origin kOrigin{BranchId{1}, Incarnation{1}};

Record entry(std::uint64_t number) {
  static TestLog log(kOrigin);
  while (log.blocks().size() < number) {
    log.deposit();
  }
  return log.blocks().at(number - 1);
}

/// Entries first to last, both included.
std::vector<Record> entries(std::uint64_t first, std::uint64_t last) {
  std::vector<Record> out;
  for (; first <= last; ++first) {
    out.push_back(entry(first));
  }
  return out;
}

Snapshot snapshot(std::uint64_t records) {
  Snapshot out;
  out.records = records;
  return out;
}

SessionPage page(std::uint64_t number) {
  return {.retired = {{kOrigin, {CustomerId{1}, number}}}, .sessions = {}};
}

TEST(Disk, SyncsWhatWasThereWhenTheSyncBegan) {
  Disk disk;
  EXPECT_FALSE(disk.begin_sync()) << "there is nothing";
  disk.append(entries(1, 2));
  EXPECT_TRUE(disk.begin_sync());
  disk.append(entries(3, 3));
  EXPECT_FALSE(disk.begin_sync()) << "one is under way";
  EXPECT_EQ(disk.durable(), 0U);
  disk.end_sync();
  EXPECT_EQ(disk.durable(), 2U);
  EXPECT_EQ(disk.appended(), 3U);
}

TEST(Disk, IsCopiedWithAllThatIsDurable) {
  Random random(1);
  for (int i = 0; i < 20; ++i) {
    Disk disk;
    disk.append(entries(1, 2));
    disk.begin_sync();
    disk.end_sync();
    disk.append(entries(3, 5));
    const Disk copy = disk.copy(random);
    EXPECT_GE(copy.durable(), 2U);
    EXPECT_EQ(copy.durable(), copy.appended());
    EXPECT_EQ(disk.appended(), 5U) << "the first goes on";
  }
}

TEST(Disk, CountsTheEntriesAmongItsRecords) {
  Disk disk;
  disk.append({entry(1), Seal{}, entry(2)});
  EXPECT_EQ(disk.entries(0), 0U);
  EXPECT_EQ(disk.entries(2), 1U);
  EXPECT_EQ(disk.entries(3), 2U);
}

TEST(Disk, KeepsThroughACrashWhatIsDurableAndOfTheRestAnyBeginning) {
  std::set<std::size_t> kept;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Disk disk;
    disk.append(entries(1, 2));
    disk.begin_sync();
    disk.end_sync();
    disk.append(entries(3, 4));
    disk.begin_sync();
    Random random(seed);
    disk.crash(random);
    const auto records = disk.recall().records;
    kept.insert(records.size());
    EXPECT_EQ(records, entries(1, records.size()));
    EXPECT_EQ(disk.durable(), records.size());
    disk.append(entries(records.size() + 1, records.size() + 1));
    EXPECT_TRUE(disk.begin_sync()) << "the sync under way is over";
  }
  EXPECT_EQ(kept, (std::set<std::size_t>{2, 3, 4}));
}

TEST(Disk, LosesInACrashTheSnapshotsOfRecordsThatAreGone) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Disk disk;
    disk.append(entries(1, 1));
    disk.keep(snapshot(1));
    disk.begin_sync();
    disk.end_sync();
    disk.append(entries(2, 3));
    disk.keep(snapshot(3));
    Random random(seed);
    disk.crash(random);
    const Recall recalled = disk.recall();
    ASSERT_TRUE(recalled.snapshot);
    EXPECT_EQ(recalled.snapshot->records + recalled.records.size(), disk.appended());
    EXPECT_TRUE(recalled.snapshot->records == 1 || disk.appended() == 3);
  }
}

TEST(Disk, RolledBackIsAnEarlierOne) {
  Random random(1);
  Disk disk;
  EXPECT_FALSE(disk.roll_back(random)) << "it was never any other way";
  disk.append(entries(1, 5));
  disk.keep(snapshot(5));
  disk.begin_sync();
  disk.end_sync();
  EXPECT_TRUE(disk.roll_back(random));
  EXPECT_LT(disk.appended(), 5U);
  EXPECT_EQ(disk.durable(), disk.appended());
  EXPECT_FALSE(disk.recall().snapshot);
  EXPECT_EQ(disk.recall().records, entries(1, disk.appended()));
}

TEST(Disk, BegunAnewHoldsOnlyTheFirstRecords) {
  Disk disk;
  disk.append(entries(1, 5));
  disk.keep(snapshot(5));
  disk.begin_anew({Seal{}});
  EXPECT_FALSE(disk.recall().snapshot);
  EXPECT_EQ(disk.recall().records, std::vector<Record>{Seal{}});
  EXPECT_EQ(disk.durable(), 1U);
}

TEST(Disk, RecallsTheLastSnapshotWithThePagesThatItBuildsOnAndTheRecordsAfterIt) {
  Disk disk;
  disk.append(entries(1, 4));
  for (std::uint64_t records = 1; records <= 3; ++records) {
    Snapshot made = snapshot(records);
    made.pages = {page(records)};
    made.pages_since = 2;
    disk.keep(made);
  }
  const Recall recalled = disk.recall();
  ASSERT_TRUE(recalled.snapshot);
  EXPECT_EQ(recalled.snapshot->records, 3U);
  EXPECT_EQ(recalled.snapshot->pages, (std::vector{page(2), page(3)}));
  EXPECT_EQ(recalled.records, entries(4, 4));
}

RC_GTEST_PROP(DiskProperty, FetchesAllDurableEntriesThatLackHoweverFewAtATime, ()) {
  Disk disk;
  const auto durable = *rc::gen::inRange<std::uint64_t>(1, 30);
  disk.append(entries(1, durable));
  disk.begin_sync();
  disk.end_sync();
  disk.append(entries(durable + 1, durable + 3));
  const auto had = *rc::gen::inRange<std::uint64_t>(0, durable + 1);
  const std::size_t one = bytes_in(entries(1, 1).front());
  Fetch wanted{.link = LinkId{1},
               .after = {},
               .first = 0,
               .bytes = *rc::gen::inRange<std::size_t>(1, 10 * one),
               .entries = *rc::gen::inRange<std::size_t>(1, 10)};
  wanted.after.raise({kOrigin, Sequence{had}});
  std::vector<Record> got;
  do {
    const Fetched fetched = disk.fetch(wanted);
    RC_ASSERT(fetched.blocks.size() <= wanted.entries);
    RC_ASSERT(fetched.blocks.size() <= (wanted.bytes + one - 1) / one);
    got.insert(got.end(), fetched.blocks.begin(), fetched.blocks.end());
    wanted.first = fetched.next;
  } while (wanted.first != 0);
  RC_ASSERT(got == entries(had + 1, durable));
}

}  // namespace
}  // namespace passbook::sim
