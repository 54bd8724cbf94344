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

TEST(SessionTable, WhatIsBelowTheWindowMakesWayBeforeMoreMemoryIsTaken) {
  const auto bytes_after = [](const std::vector<std::uint64_t>& numbers) {
    SessionTable table(kPlenty, 1, true);
    for (const std::uint64_t number : numbers) {
      add(table, request(number));
    }
    return table.bytes();
  };
  EXPECT_EQ(bytes_after({1, 2, 3, 1'000, 1'001, 1'002, 1'003}), bytes_after({1, 2, 3, 4}));
}

// Retiring.

/// The measured memory of a customer's sessions with one write each.
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

TEST(SessionTable, ACustomerOfWhomNothingIsLeftIsForgottenToo) {
  SessionTable table(bytes_of_sessions(8), 1, true);
  table.restore({session_of(request(1)), 0, {accepted(1)}});
  table.forget(session_of(request(1)));
  for (std::uint64_t customer = 2; customer <= 50; ++customer) {
    add(table, request(1, customer, customer));
  }
  EXPECT_NE(table.find(request(1, 50, 50)), nullptr);
  EXPECT_LE(table.bytes(), bytes_of_sessions(8));
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

/// A table's data in a journal: pages and retired sessions.
class Kept {
 public:
  bool writes() const { return begun_.has_value(); }

  void begin(SessionTable& table) {
    begun_ = table.retired();
    table.begin_page(++records_);
  }
  /// True if the page is finished.
  bool go_on(SessionTable& table, std::size_t most) {
    if (!table.write_page(most)) {
      return false;
    }
    pages_[records_] = table.finish_page();
    since_ = table.oldest_page();
    pages_.erase(pages_.begin(), pages_.lower_bound(since_));
    retired_ = *std::exchange(begun_, std::nullopt);
    most_pages_ = std::max(most_pages_, pages_.size());
    return true;
  }
  void snapshot(SessionTable& table) {
    begin(table);
    ASSERT_TRUE(go_on(table, SIZE_MAX));
  }

  SessionTable restored(std::size_t most) {
    begun_.reset();
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
  std::optional<RetiredSessions> begun_;
  std::size_t most_pages_ = 0;
};

/// The page of a snapshot of this many records, written at once.
SessionPage page_of(SessionTable& table, std::uint64_t records) {
  table.begin_page(records);
  EXPECT_TRUE(table.write_page(SIZE_MAX));
  return table.finish_page();
}

TEST(SessionTable, ASnapshotHoldsOnlyWhatChanged) {
  SessionTable table(kPlenty, 1, true);
  add(table, request(1, 1));
  add(table, request(1, 2));
  EXPECT_EQ(page_of(table, 10).sessions.size(), 2U);
  EXPECT_EQ(table.oldest_page(), 10U);
  add(table, request(2, 2));
  const SessionPage second = page_of(table, 20);
  EXPECT_EQ(table.oldest_page(), 10U) << "session 1 is in the first";
  ASSERT_EQ(second.sessions.size(), 1U);
  EXPECT_EQ(second.sessions[0].decisions, (std::vector{accepted(1), accepted(2)}));
  add(table, request(2, 1));
  page_of(table, 30);
  EXPECT_EQ(table.oldest_page(), 20U) << "the first is needed no more";
}

TEST(SessionTable, ASnapshotIsWrittenInPartsAndHoldsSessionsAsTheyWereWhenItWasBegun) {
  SessionTable table(kPlenty, 1, true);
  for (std::uint64_t session = 1; session <= 5; ++session) {
    add(table, request(1, session));
  }
  page_of(table, 10);
  for (std::uint64_t session = 1; session <= 4; ++session) {
    add(table, request(2, session));
  }
  table.begin_page(20);
  EXPECT_FALSE(table.write_page(2));
  for (std::uint64_t session = 2; session <= 6; ++session) {
    add(table, request(3, session));
  }
  EXPECT_TRUE(table.write_page(2));
  const SessionPage page = table.finish_page();
  std::map<std::uint64_t, std::vector<Decision>> held;
  for (const SessionSnapshot& session : page.sessions) {
    EXPECT_TRUE(held.emplace(session.id.client.session, session.decisions).second);
  }
  ASSERT_EQ(held.size(), 5U) << "session 5 is about to leave the page before";
  for (std::uint64_t session = 1; session <= 4; ++session) {
    EXPECT_EQ(held[session], (std::vector{accepted(1), accepted(2)})) << session;
  }
  EXPECT_EQ(held[5], std::vector{accepted(1)});
  EXPECT_EQ(table.oldest_page(), 20U);
  EXPECT_EQ(page_of(table, 30).sessions.size(), 5U) << "what changed meanwhile is in the next";
}

TEST(SessionTable, ASessionThatIsRetiredWhileASnapshotIsWrittenIsInIt) {
  SessionTable table(1'000, 1, true);
  add(table, request(1, 1));
  table.begin_page(10);
  for (std::uint64_t session = 2; session <= 30; ++session) {
    add(table, request(1, session));
  }
  ASSERT_EQ(table.find(request(1, 1)), nullptr);
  EXPECT_TRUE(table.write_page(SIZE_MAX));
  const SessionPage page = table.finish_page();
  EXPECT_TRUE(page.retired.empty());
  ASSERT_EQ(page.sessions.size(), 1U);
  EXPECT_EQ(page.sessions[0].decisions, std::vector{accepted(1)});
  EXPECT_THAT(page_of(table, 20).retired, testing::Contains(page.sessions[0].id));
}

TEST(SessionTable, WhatWasRestoredIsKeptByTheSnapshotsThatFollow) {
  SessionTable table(kPlenty, 1, true);
  Kept kept;
  add(table, request(1, 1));
  kept.snapshot(table);
  SessionTable again = kept.restored(kPlenty);
  add(again, request(1, 2));
  kept.snapshot(again);
  EXPECT_NE(kept.restored(kPlenty).find(request(1, 1)), nullptr);
}

TEST(SessionTable, ASessionOfALaterPageTakesThePlaceOfTheOneBefore) {
  const auto bytes_after = [](const std::vector<std::uint64_t>& numbers) {
    SessionTable table(kPlenty, 1, true);
    for (const std::uint64_t number : numbers) {
      table.restore({session_of(request(1)), 0, {accepted(number)}});
    }
    return table.bytes();
  };
  EXPECT_EQ(bytes_after({1, 2}), bytes_after({2}));
}

TEST(SessionTable, NotesNoChangesOfWhichThereWillBeNoSnapshot) {
  SessionTable table(1, 1, false);
  for (std::uint64_t session = 1; session <= 10; ++session) {
    add(table, request(1, session));
  }
  EXPECT_EQ(page_of(table, 10), SessionPage());
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

/// A table's answer for any id is true, or says that the decision may be forgotten. This also holds
/// after it was restored.
RC_GTEST_PROP(SessionTableProperty, NeverSaysThatNothingWasDecidedWhereSomethingWas, ()) {
  const auto most = *rc::gen::element<std::size_t>(1'000, 3'000, 20'000, kPlenty);
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  SessionTable table(most, 1, true);
  Kept kept;
  kept.snapshot(table);
  std::set<RequestId> decided;
  std::vector<RequestId> since;  // since the last snapshot was begun
  std::size_t before = 0;        // how many of them came before the one being written
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
    if (number > 0 && decided.insert(id).second) {  // a replica may be behind
      add(table, id);
      since.push_back(id);
    }
    if (!kept.writes() && random.chance(1, 10)) {
      kept.begin(table);
      before = since.size();
    }
    if (kept.writes() && kept.go_on(table, random.below(3))) {
      since.erase(since.begin(), since.begin() + static_cast<std::ptrdiff_t>(before));
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
