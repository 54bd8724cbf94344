// SPDX-License-Identifier: Apache-2.0
#include "branch/session_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "base/random.h"

namespace passbook {
namespace {

constexpr Origin kOrigin{BranchId{1}};
constexpr std::size_t kPlenty = 1U << 30U;

RequestId request(std::uint64_t number, std::uint64_t session = 1, std::uint64_t customer = 1) {
  return {kOrigin, {CustomerId{customer}, session}, number};
}

Decision accepted(std::uint64_t number) {
  return {.number = number,
          .change = Deposit{AccountId{1}, Money{5}},
          .entry = Sequence{number},
          .balance = Money{6}};
}

void add(SessionTable& table, const RequestId& id) { table.add(id, accepted(id.number)); }

TEST(SessionTable, KnowsWhatWasDecided) {
  SessionTable table(kPlenty, 1, true);
  const Decision refused{.number = 3, .outcome = Outcome::abandoned};
  add(table, request(1));
  table.add(request(3), refused);
  EXPECT_EQ(*table.find(request(1)), accepted(1));
  EXPECT_EQ(*table.find(request(3)), refused);
  EXPECT_EQ(table.find(request(2)), nullptr);
  EXPECT_EQ(table.find(request(1, 2)), nullptr) << "another session";
  EXPECT_FALSE(table.may_have_forgotten(request(2)));
  EXPECT_FALSE(table.may_have_forgotten(request(1, 2)));
}

TEST(SessionTable, TheFirstDecisionStands) {
  SessionTable table(kPlenty, 1, true);
  add(table, request(1));
  table.add(request(1), {.number = 1, .outcome = Outcome::abandoned});
  EXPECT_EQ(*table.find(request(1)), accepted(1));
}

TEST(SessionTable, OfASessionTheWindowCounts) {
  SessionTable table(kPlenty, 1, true);
  for (std::uint64_t number = 1; number <= 2'000; number += 2) {
    add(table, request(number));
    const std::uint64_t below = number < kSessionWindow ? 0 : number - kSessionWindow;
    EXPECT_EQ(table.find(request(below)), nullptr);
    EXPECT_TRUE(below == 0 || table.may_have_forgotten(request(below)));
    EXPECT_FALSE(table.may_have_forgotten(request(below + 1)));
    EXPECT_EQ(table.find(request(below + 1)) != nullptr, below % 2 == 0);
  }
}

TEST(SessionTable, ALateNumberInsideTheWindowFindsItsPlace) {
  SessionTable table(kPlenty, 1, true);
  for (const std::uint64_t number : {300U, 200U, 250U, 45U, 301U}) {
    add(table, request(number));
  }
  EXPECT_NE(table.find(request(200)), nullptr);
  EXPECT_EQ(table.find(request(45)), nullptr) << "below the window of 301";
  EXPECT_TRUE(table.may_have_forgotten(request(45)));
  EXPECT_FALSE(table.may_have_forgotten(request(46)));
}

TEST(SessionTable, TheHighestNumberHarmsOnlyItsSession) {
  SessionTable table(kPlenty, 1, true);
  add(table, request(UINT64_MAX));
  EXPECT_NE(table.find(request(UINT64_MAX)), nullptr);
  EXPECT_TRUE(table.may_have_forgotten(request(1)));
  EXPECT_FALSE(table.may_have_forgotten(request(1, 2)));
}

TEST(SessionTable, AMillionWritesInTenSessionsTakeWhatTheirWindowsDo) {
  SessionTable table(kPlenty, 1, true);
  for (std::uint64_t number = 1; number <= 100'000; ++number) {
    for (std::uint64_t session = 1; session <= 10; ++session) {
      add(table, request(number, session));
    }
  }
  EXPECT_LT(table.bytes(), 10 * 2 * (kSessionWindow + 8) * sizeof(Decision));
}

// Retiring.

/// As much as one customer's sessions of one write each take, by measuring.
std::size_t bytes_of_sessions(std::uint64_t count) {
  SessionTable table(kPlenty, 1, true);
  for (std::uint64_t session = 1; session <= count; ++session) {
    add(table, request(1, session));
  }
  return table.bytes();
}

TEST(SessionTable, MemoryIsBoundedAndTheLongestIdleGoFirst) {
  const std::size_t most = bytes_of_sessions(100);
  SessionTable table(most, 1, true);
  for (std::uint64_t customer = 1; customer <= 1'000; ++customer) {
    add(table, request(1, customer, customer));
    EXPECT_LE(table.bytes(), most);
    if (customer > 1) {
      add(table, request(customer, 1, 1));  // the first is never idle
    }
  }
  EXPECT_NE(table.find(request(1'000, 1, 1)), nullptr);
  EXPECT_NE(table.find(request(1, 1'000, 1'000)), nullptr);
  EXPECT_EQ(table.find(request(1, 2, 2)), nullptr);
  EXPECT_TRUE(table.may_have_forgotten(request(1, 2, 2)));
  EXPECT_FALSE(table.may_have_forgotten(request(1, 1'001, 2'000))) << "it was opened later";
}

TEST(SessionTable, WhoOpensManySessionsRetiresHisOwn) {
  SessionTable table(bytes_of_sessions(100), 1, true);
  add(table, request(1, 50, 7));
  for (std::uint64_t session = 1'000; session < 2'000; ++session) {
    add(table, request(1, session, 8));
  }
  EXPECT_LT(table.bytes(), bytes_of_sessions(30));
  EXPECT_NE(table.find(request(1, 50, 7)), nullptr);
  EXPECT_FALSE(table.may_have_forgotten(request(1, 51, 7))) << "his marks are his own";
  EXPECT_TRUE(table.may_have_forgotten(request(1, 1'000, 8)));
  EXPECT_NE(table.find(request(1, 1'999, 8)), nullptr);
}

TEST(SessionTable, OfASessionThatComesBackOnlyWhatIsFarAheadIsCertain) {
  SessionTable table(bytes_of_sessions(8), 1, true);
  add(table, request(7, 1));
  for (std::uint64_t session = 2; table.knows({kOrigin, {CustomerId{1}, 1}}); ++session) {
    add(table, request(1, session));
  }
  add(table, request(9, 1));
  EXPECT_NE(table.find(request(9, 1)), nullptr);
  EXPECT_TRUE(table.may_have_forgotten(request(7, 1)));
  EXPECT_TRUE(table.may_have_forgotten(request(9 + kSessionWindow, 1)))
      << "it may have been decided before the session was retired";
  EXPECT_FALSE(table.may_have_forgotten(request(10 + kSessionWindow, 1)));
}

// Snapshots.

/// What a journal keeps of a table: pages, and what was retired.
class Kept {
 public:
  void snapshot(SessionTable& table) {
    const std::uint64_t records = ++records_;
    since_ = table.turn_page(records, pages_[records]);
    pages_.erase(pages_.begin(), pages_.lower_bound(since_));
    retired_ = table.retired();
    most_pages_ = std::max(most_pages_, pages_.size());
  }

  SessionTable restored(std::size_t most) const {
    SessionTable out(most, 2, true);
    for (const auto& [records, page] : pages_) {
      for (const SessionId& id : page.retired) {
        out.forget(id);
      }
      for (const SessionSnapshot& session : page.sessions) {
        out.restore(session);
      }
    }
    out.restored(since_, retired_);
    return out;
  }

  std::size_t most_pages() const { return most_pages_; }

 private:
  std::uint64_t records_ = 0;
  std::uint64_t since_ = 0;
  std::map<std::uint64_t, SessionPage> pages_;
  RetiredSessions retired_;
  std::size_t most_pages_ = 0;
};

TEST(SessionTable, ASnapshotHoldsOnlyWhatChanged) {
  SessionTable table(kPlenty, 1, true);
  add(table, request(1, 1));
  add(table, request(1, 2));
  SessionPage first;
  EXPECT_EQ(table.turn_page(10, first), 10U);
  EXPECT_EQ(first.sessions.size(), 2U);
  add(table, request(2, 2));
  SessionPage second;
  EXPECT_EQ(table.turn_page(20, second), 10U) << "session 1 is in the first";
  ASSERT_EQ(second.sessions.size(), 1U);
  EXPECT_EQ(second.sessions[0].decisions, (std::vector{accepted(1), accepted(2)}));
  add(table, request(2, 1));
  SessionPage third;
  EXPECT_EQ(table.turn_page(30, third), 20U) << "the first is needed no more";
}

TEST(SessionTable, NotesNoChangesOfWhichThereWillBeNoSnapshot) {
  SessionTable table(1, 1, false);
  for (std::uint64_t session = 1; session <= 10; ++session) {
    add(table, request(1, session));
  }
  SessionPage page;
  table.turn_page(10, page);
  EXPECT_EQ(page, SessionPage());
}

TEST(SessionTable, AnIdleSessionDoesNotKeepAllPages) {
  SessionTable table(kPlenty, 1, true);
  Kept kept;
  add(table, request(1, 1));
  for (std::uint64_t number = 1; number <= 500; ++number) {
    add(table, request(number, 2 + number % 3));
    kept.snapshot(table);
  }
  EXPECT_LE(kept.most_pages(), 17U);
  EXPECT_NE(kept.restored(kPlenty).find(request(1, 1)), nullptr);
}

/// What a table says of any id is what really happened, or that it may have been forgotten; also
/// after it was restored.
RC_GTEST_PROP(SessionTableProperty, NeverSaysThatNothingWasDecidedWhereSomethingWas, ()) {
  const auto most = *rc::gen::element<std::size_t>(1'000, 3'000, 20'000, kPlenty);
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  SessionTable table(most, 1, true);
  Kept kept;
  kept.snapshot(table);
  std::set<RequestId> decided;
  std::vector<RequestId> since;  // the last snapshot
  const auto check = [&] {
    for (const RequestId& id : decided) {
      const Decision* found = table.find(id);
      const bool right =
          found == nullptr ? table.may_have_forgotten(id) : *found == accepted(id.number);
      RC_ASSERT(right);
    }
  };
  std::map<std::uint64_t, std::uint64_t> next;
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t session = 1 + random.below(1 + random.below(12));
    const std::uint64_t ahead = random.chance(1, 20) ? random.below(600) : 1 + random.below(3);
    std::uint64_t number = next[session] + ahead;
    next[session] = std::max(next[session], number);
    number = number > 8 && random.chance(1, 4) ? number - random.below(8) : number;
    const RequestId id = request(number, session, 1 + session % 3);
    if (number > 0 && decided.insert(id).second) {  // whoever replicates may be behind
      add(table, id);
      since.push_back(id);
    }
    if (random.chance(1, 10)) {
      kept.snapshot(table);
      since.clear();
    }
    if (random.chance(1, 40)) {
      table = kept.restored(most);
      for (const RequestId& again : since) {
        add(table, again);
      }
      check();
    }
  }
  check();
  RC_ASSERT(table.bytes() <= most || table.bytes() <= bytes_of_sessions(1) + (1U << 17U));
}

}  // namespace
}  // namespace passbook
