// SPDX-License-Identifier: Apache-2.0
#include "branch/outcome_inquiries.h"

#include <gtest/gtest.h>

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

  /// What is asked of the named branch now; there must be one question.
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
  OutcomeInquiries inquiries;
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

}  // namespace
}  // namespace passbook
