// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/judges.h"

#include <deque>

#include "base/random.h"
#include "lab/judges/testing_history.h"

namespace passbook::history {
namespace {

using testing::IsEmpty;

/// A bank that does everything right, by chance: entries go to all others, each in the order in
/// which they were made, and some of them late.
class HonestBank {
 public:
  HonestBank(std::uint64_t seed, std::uint32_t branches)
      : random_(seed), branches_(branches), story_(branches, whole(3000)), queues_(branches + 1) {}

  Story run(std::size_t calls) {
    for (std::size_t call = 0; call < calls; ++call) {
      one_call();
      for (std::uint32_t branch = 1; branch <= branches_; ++branch) {
        take_in(branch, random_.below(queues_[branch].size() + 1));
      }
    }
    for (std::uint32_t branch = 1; branch <= branches_; ++branch) {
      take_in(branch, queues_[branch].size());
      balances_[branch] = balance_;
    }
    story_.add(FaultsOver{});
    story_.add(Ended{});
    return std::move(story_);
  }

 private:
  void one_call() {
    const auto branch = static_cast<std::uint32_t>(1 + random_.below(branches_));
    const std::uint64_t customer = 1 + random_.below(20);
    if (random_.chance(1, 3)) {
      perform(story_.asks(customer, branch, Kind::query), Result::ok);
    } else if (random_.chance(1, 2)) {
      accept(story_.asks(customer, branch, Kind::deposit, whole(1)), whole(1));
    } else {
      perform(story_.asks(customer, branch, Kind::withdraw, whole(1'000'000)),
              Result::insufficient_funds);
    }
  }

  /// The customer's branch first catches up, which is more than any guarantee asks for.
  void perform(Invoked call, Result result) {
    const std::uint32_t branch = call.branch.value;
    story_.invoke(call);
    story_.arrive(call);
    take_in(branch, queues_[branch].size());
    story_.reply(call, result, whole(3000) + balances_[branch]);
    story_.answer(call, result, whole(3000) + balances_[branch]);
  }

  void accept(const Invoked& call, Money change) {
    const std::uint32_t branch = call.branch.value;
    story_.invoke(call);
    story_.arrive(call);
    take_in(branch, queues_[branch].size());
    Applied applied{.branch = call.branch,
                    .entry = {{call.branch}, Sequence{++sequences_[branch]}},
                    .request = call.request,
                    .legs = {MoneyLeg{kAccount, change}},
                    .balance = {}};
    for (std::uint32_t other = 1; other <= branches_; ++other) {
      queues_[other].push_back(applied);
    }
    balance_ += change;
    take_in(branch, queues_[branch].size());
    story_.reply(call, Result::ok, whole(3000) + balances_[branch]);
    story_.answer(call, Result::ok, whole(3000) + balances_[branch], 1);
  }

  void take_in(std::uint32_t branch, std::size_t count) {
    for (std::size_t taken = 0; taken < count; ++taken) {
      Applied applied = queues_[branch].front();
      queues_[branch].pop_front();
      balances_[branch] += std::get<MoneyLeg>(applied.legs.front()).change;
      applied.branch = BranchId{branch};
      applied.balance = whole(3000) + balances_[branch];
      story_.add(applied);
      ++applied_[branch];
    }
    if (count > 0) {
      story_.add(Synced{BranchId{branch}, applied_[branch]});
    }
  }

  Random random_;
  std::uint32_t branches_;
  Story story_;
  std::vector<std::deque<Applied>> queues_;
  std::map<std::uint32_t, Money> balances_;
  std::map<std::uint32_t, std::uint64_t> sequences_;
  std::map<std::uint32_t, std::uint64_t> applied_;
  Money balance_;
};

TEST(Judges, FindNothingInAnEmptyHistory) { EXPECT_THAT(judge({}), IsEmpty()); }

TEST(Judges, FindNothingInHonestBanks) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Story story = HonestBank(seed, static_cast<std::uint32_t>(1 + seed % 7)).run(300);
    EXPECT_THAT(judge(story.history), IsEmpty()) << seed;
  }
}

TEST(Judges, FindNothingInAHistoryThatStopsAnywhere) {
  const Story story = HonestBank(1, 3).run(60);
  for (std::size_t events = 0; events <= story.history.events.size(); ++events) {
    History part = story.history;
    part.events.resize(events);
    EXPECT_THAT(judge(part), IsEmpty()) << events;
  }
}

TEST(Judges, FindNothingWhereOneBranchOrAllCustomersAreSilent) {
  const Story story = HonestBank(1, 3).run(60);
  History quiet = story.history;
  std::erase_if(quiet.events, [](const Event& event) {
    return std::visit(
        [](const auto& what) {
          if constexpr (requires { what.client; }) {
            return false;
          } else if constexpr (requires { what.branch; }) {
            return what.branch == BranchId{2};
          } else {
            return false;
          }
        },
        event.what);
  });
  EXPECT_THAT(judge(quiet), IsEmpty());
  quiet = story.history;
  std::erase_if(quiet.events, [](const Event& event) {
    return std::holds_alternative<Invoked>(event.what) ||
           std::holds_alternative<Answered>(event.what);
  });
  EXPECT_THAT(judge(quiet), IsEmpty());
}

TEST(Judges, FindNothingInALongHonestHistory) {
  const Story story = HonestBank(1, 20).run(12'000);
  EXPECT_GT(story.history.events.size(), 190'000U);
  EXPECT_THAT(judge(story.history), IsEmpty());
}

}  // namespace
}  // namespace passbook::history
