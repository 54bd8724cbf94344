// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/processor.h"

#include <gmock/gmock.h>

#include "lab/sim/cluster.h"
#include "lab/sim/message_size.h"
#include "ledger/testing_block.h"

namespace passbook::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::ElementsAre;

constexpr LinkId kLink{1};

TEST(Work, IsCountedByWhatComesInAndWhatGoesOut) {
  const Envelope alive{Heartbeat{}};
  const std::size_t bytes = encoded_size_at_most(alive);
  EXPECT_EQ(taking_in(std::vector<passbook::Event>{
                Received{kLink, alive}, Received{kLink, alive}, Called{}, OperatorCalled{},
                LinkUp{kLink, {}}, LinkDown{kLink}, DialFailed{}, CalendarSet{}, DiskChecked{}}),
            (Work{.steps = 1,
                  .events = 9,
                  .messages = 2,
                  .calls = 2,
                  .connections = 1,
                  .bytes = 2 * bytes}));
  OutGate::Batch batch;
  batch.sends = {{kLink, alive}};
  batch.answers = {{}, {}};
  batch.operator_answers = {{}};
  EXPECT_EQ(sending(batch), (Work{.messages = 1, .calls = 3, .bytes = bytes}));
}

TEST(Work, OfAStepIsItsEntriesAndRecords) {
  TestLog log({BranchId{1}, Incarnation{1}});
  log.deposit();
  const Block block = log.blocks().front();
  EXPECT_EQ(taking_in(std::vector<passbook::Event>{Fetched{kLink, {block, block}, 0}}),
            (Work{.steps = 1, .events = 1, .bytes = 2 * block.bytes().size()}));
  Effects effects;
  effects.persist = {block};
  effects.observations = {Accepted{}, Applied{}, Confirmed{}};
  EXPECT_EQ(doing(effects), (Work{.entries = 2, .records = 1}));
}

TEST(Work, CostsTheSumOfItsParts) {
  const WorkCosts costs{.step = std::chrono::seconds(10),
                        .event = microseconds(1),
                        .message = microseconds(10),
                        .call = microseconds(100),
                        .connection = milliseconds(1),
                        .kibibyte = milliseconds(10),
                        .entry = milliseconds(100),
                        .record = std::chrono::seconds(1)};
  Work work{.steps = 8,
            .events = 1,
            .messages = 2,
            .calls = 3,
            .connections = 4,
            .bytes = 5 * 1024,
            .entries = 6,
            .records = 7};
  EXPECT_EQ(time_of(work, costs), microseconds(87'654'321));
  work += work;
  EXPECT_EQ(time_of(work, costs), microseconds(2 * 87'654'321));
  EXPECT_EQ(time_of({.bytes = 512}, costs), milliseconds(5)) << "less than a kibibyte counts too";
}

Processors::Job job(std::uint32_t branch) { return {BranchId{branch}, 1}; }

TEST(Processors, AreTakenByTurns) {
  Processors two(2);
  EXPECT_TRUE(two.begin(job(1)));
  EXPECT_TRUE(two.begin(job(2)));
  EXPECT_FALSE(two.begin(job(3)));
  EXPECT_FALSE(two.begin(job(4)));
  EXPECT_EQ(two.end(), job(3));
  EXPECT_EQ(two.end(), job(4));
  EXPECT_FALSE(two.begin(job(5)));
  EXPECT_EQ(two.end(), job(5));
  EXPECT_EQ(two.end(), std::nullopt);
  EXPECT_TRUE(two.begin(job(6)));
  EXPECT_FALSE(two.begin(job(7))) << "one of the two is still busy";
}

TEST(Processors, AreEnoughWhereEachBranchHasOne) {
  Processors own(0);
  for (std::uint32_t branch = 1; branch <= 100; ++branch) {
    EXPECT_TRUE(own.begin(job(branch)));
  }
  EXPECT_EQ(own.end(), std::nullopt);
}

/// Two branches that have met. Only calls take time: 10 ms to take one in, and as long to answer
/// it.
class BranchStepsTest : public testing::Test {
 protected:
  static sim::Setup setup(const ProcessorSetup& processor) {
    sim::Setup out;
    out.bank = {{BranchId{1}, BranchId{2}}, {{kSharedAccount, Money{100}, Money{}}}};
    out.options.observe = true;
    out.options.heartbeat_every = std::chrono::hours(1);
    out.options.link_timeout = std::chrono::hours(2);
    out.processor = processor;
    out.processor.counts_work = true;
    out.processor.costs = {.step = {},
                           .event = {},
                           .message = {},
                           .call = milliseconds(10),
                           .connection = {},
                           .kibibyte = {},
                           .entry = {},
                           .record = {}};
    return out;
  }

  /// Calls the branches, all at once. Returns after how many milliseconds each replies.
  static std::vector<std::int64_t> replies(const ProcessorSetup& processor,
                                           const std::vector<std::uint32_t>& branches) {
    const sim::Setup bank = setup(processor);
    Cluster cluster(bank, [](const ClientActs&) {});
    cluster.run_for(std::chrono::seconds(1));
    return replies(cluster, branches);
  }

  static std::vector<std::int64_t> replies(Cluster& cluster,
                                           const std::vector<std::uint32_t>& branches) {
    const Instant began = cluster.world().now;
    call(cluster, branches);
    cluster.run_for(std::chrono::seconds(10));
    return replies_since(cluster, began);
  }

  static void call(Cluster& cluster, const std::vector<std::uint32_t>& branches) {
    std::uint64_t number = 0;
    for (const std::uint32_t branch : branches) {
      Request query{.id = {{BranchId{branch}, Incarnation{1}}, {CustomerId{1}, 1}, ++number},
                    .operation = Query{kSharedAccount},
                    .passbook = {},
                    .bank = {},
                    .guarantees = Guarantees::eventual()};
      cluster.branches().call(BranchId{branch}, CallId{number}, query, std::chrono::seconds(9));
    }
  }

  static std::vector<std::int64_t> replies_since(Cluster& cluster, Instant began) {
    std::vector<std::int64_t> out;
    for (const auto& [at, what] : cluster.world().history.events) {
      if (at >= began && std::holds_alternative<history::Replied>(what)) {
        out.push_back(std::chrono::duration_cast<milliseconds>(at - began).count());
      }
    }
    return out;
  }
};

TEST_F(BranchStepsTest, TakeWhatTheirWorkCosts) {
  EXPECT_THAT(replies({}, {1}), ElementsAre(10));
  EXPECT_THAT(replies({}, {1, 1}), ElementsAre(20, 20)) << "both are taken in before the step";
  EXPECT_THAT(replies({.slowness = 5, .slow_for = std::chrono::hours(1)}, {1}), ElementsAre(50));
  EXPECT_THAT(replies({.slowness = 5, .slow_for = milliseconds(500)}, {1}), ElementsAre(10));
}

TEST_F(BranchStepsTest, WaitForAProcessorThatIsShared) {
  EXPECT_THAT(replies({}, {1, 2}), ElementsAre(10, 10));
  EXPECT_THAT(replies({.shared = 2}, {1, 2}), ElementsAre(10, 10));
  EXPECT_THAT(replies({.shared = 1}, {2, 1}), ElementsAre(10, 30)) << "the answer is work too";
}

TEST_F(BranchStepsTest, TakeInNoMoreThanSoManyEvents) {
  EXPECT_THAT(replies({.most_at_once = 2}, {1, 1, 1, 1, 1}), ElementsAre(20, 20, 60, 60, 90));
  EXPECT_THAT(replies({.shared = 1, .most_at_once = 1}, {1, 1, 2}), ElementsAre(10, 30, 50))
      << "who has more to do goes to the end of the queue";
}

TEST_F(BranchStepsTest, AreDoneLaterByABranchThatStandsStill) {
  const sim::Setup bank = setup({.shared = 1});
  Cluster cluster(bank, [](const ClientActs&) {});
  cluster.run_for(std::chrono::seconds(1));
  const Instant began = cluster.world().now;
  call(cluster, {2, 1});
  cluster.run_for(milliseconds(3));
  cluster.branches().pause(BranchId{2});
  cluster.run_for(milliseconds(22));
  cluster.branches().resume(BranchId{2});
  cluster.run_for(std::chrono::seconds(1));
  EXPECT_THAT(replies_since(cluster, began), ElementsAre(20, 40))
      << "the other one is next at 10 ms, and gives the processor back at 30 ms";
}

TEST_F(BranchStepsTest, LeaveTheirProcessorToOthersWhenABranchDies) {
  const sim::Setup bank = setup({.shared = 1});
  Cluster cluster(bank, [](const ClientActs&) {});
  cluster.run_for(std::chrono::seconds(1));
  cluster.world().now += milliseconds(1);
  cluster.branches().call(BranchId{1}, CallId{7}, {}, std::chrono::seconds(9));
  cluster.run_for(milliseconds(5));
  cluster.branches().crash(BranchId{1}, /*silently=*/true);
  EXPECT_THAT(replies(cluster, {2}), ElementsAre(15)) << "what it had begun is over after 5 ms";
}

}  // namespace
}  // namespace passbook::sim
