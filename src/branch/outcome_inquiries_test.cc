// SPDX-License-Identifier: Apache-2.0
#include "branch/outcome_inquiries.h"

#include <gtest/gtest.h>

#include <vector>

namespace passbook {
namespace {

using std::chrono::seconds;

constexpr BranchId kSelf{2};
constexpr BranchId kNamed{1};
constexpr LinkId kLink{4};
constexpr RequestId kRequest{{kNamed}, {CustomerId{1}, 9}, 1};
constexpr Instant kNow{};

class OutcomeInquiriesTest : public testing::Test {
 protected:
  OutcomeInquiriesTest() {
    links.up(kLink, kNamed, kNow);
    links.establish(kLink, Origin{kNamed}, kNow, out);
  }

  /// The question to the named branch now. There must be exactly one.
  OutcomeRequest asked() {
    out = {};
    inquiries.flush(links, kNow, out);
    EXPECT_EQ(out.sends.size(), 1U);
    return std::get<OutcomeRequest>(out.sends.at(0).envelope.message);
  }
  static OutcomeReply reply_to(const OutcomeRequest& question) {
    return {question.request, Outcome::ok, {}, {}, question.question};
  }

  BranchOptions options;
  Topology topology{{kNamed, kSelf}, kSelf};
  Patience patience{options};
  Links links{topology, options, patience};
  Effects out;
  OutcomeInquiries inquiries{topology, options};
};

TEST_F(OutcomeInquiriesTest, AQuestionIsAskedOnceAndAnsweredOnce) {
  inquiries.ask(7, kRequest, Deposit{AccountId{1}, Money{5}}, kNow + seconds(1));
  const OutcomeReply reply = reply_to(asked());
  out = {};
  inquiries.flush(links, kNow, out);
  EXPECT_TRUE(out.sends.empty());
  EXPECT_TRUE(inquiries.answered(reply));
  EXPECT_FALSE(inquiries.answered(reply));
}

TEST_F(OutcomeInquiriesTest, AnAnswerToAQuestionThatWasGivenUpIsNotTakenForThatOfTheNext) {
  inquiries.ask(7, kRequest, Deposit{AccountId{1}, Money{5}}, kNow + seconds(1));
  const OutcomeReply late = reply_to(asked());
  inquiries.forget(7);
  inquiries.ask(8, kRequest, Deposit{AccountId{1}, Money{9}}, kNow + seconds(1));
  const OutcomeRequest second = asked();
  EXPECT_FALSE(inquiries.answered(late)) << "it speaks of a write with another body";
  EXPECT_TRUE(inquiries.answered(reply_to(second)));
}

TEST_F(OutcomeInquiriesTest, WhoeverWaitsIsToldTheAnswerToTheLastQuestion) {
  inquiries.awaited({kRequest, Deposit{AccountId{1}, Money{5}}, seconds(1), 3}, kNamed);
  inquiries.awaited({kRequest, Deposit{AccountId{1}, Money{5}}, seconds(1), 8}, kNamed);
  inquiries.decided({kRequest, Outcome::insufficient_funds, {}, {}, {}});
  out = {};
  inquiries.flush(links, kNow, out);
  ASSERT_EQ(out.sends.size(), 1U);
  EXPECT_EQ(std::get<OutcomeReply>(out.sends[0].envelope.message).question, 8U);
}

TEST(OutcomeInquiriesInALargeBank, TheStreamStaysWhileAQuestionStands) {
  std::vector<BranchId> ids;
  for (std::uint32_t id = 1; id <= 8; ++id) {
    ids.emplace_back(id);
  }
  const BranchId far{4};
  const Topology topology(ids, BranchId{1}, 2);
  ASSERT_FALSE(topology.is_neighbour(far));
  const BranchOptions options{.heartbeat_every = std::chrono::hours(1),
                              .link_timeout = std::chrono::hours(2)};
  const Patience patience(options);
  Links links(topology, options, patience);
  Effects out;
  links.up(kLink, far, kNow);
  links.establish(kLink, Origin{far}, kNow, out);
  OutcomeInquiries inquiries(topology, options);
  inquiries.ask(7, {{far}, {CustomerId{1}, 9}, 1}, {}, kNow + seconds(60));
  for (Instant now = kNow; now < kNow + 3 * options.linger;
       now = std::min(inquiries.wake(), links.wake())) {
    inquiries.flush(links, now, out);
    links.tick(now, out);
    ASSERT_GT(std::min(inquiries.wake(), links.wake()), now);
    EXPECT_TRUE(links.connected(far));
  }
  inquiries.forget(7);
  EXPECT_EQ(inquiries.wake(), kNever);
}

}  // namespace
}  // namespace passbook
