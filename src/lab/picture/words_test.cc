// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/words.h"

#include "lab/picture/testing_traces.h"

namespace passbook::picture {
namespace {

using namespace testing_traces;

TEST(Summary, CountsWhatCustomersAskedFor) {
  EXPECT_EQ(summary_of(small()), "3 branches, 3 customers: 1 deposit, 1 withdrawal, 3 queries");
  EXPECT_EQ(summary_of(Trace{}), "0 branches, 0 customers");
}

TEST(Summary, NamesCrashesAndCuts) {
  EXPECT_EQ(
      summary_of(with_faults()),
      "4 branches, 3 customers: 2 deposits, 2 withdrawals, 2 queries; 1 crash, connections cut");
}

TEST(Summary, CountsARetryOnce) {
  Notes notes(1, 1, {});
  Event withdrawal;
  withdrawal.message = Message::withdraw;
  withdrawal.request = RequestId{};
  for (const std::int64_t when : {1, 2}) {
    notes.sends(customer(1), branch(1), when, 1, withdrawal);
  }
  EXPECT_EQ(summary_of(std::move(notes).trace()), "1 branch, 1 customer: 1 withdrawal");
}

}  // namespace
}  // namespace passbook::picture
