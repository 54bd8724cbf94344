// SPDX-License-Identifier: Apache-2.0
#include "branch/out_gate.h"

namespace passbook {
namespace {

OutGate::Batch batch(std::uint64_t rests_on) {
  return {.rests_on = rests_on, .sends = {}, .answers = {}, .operator_answers = {}};
}

TEST(OutGate, HoldsWhatRestsOnRecordsThatAreNotDurable) {
  OutGate gate;
  gate.hold(batch(0));
  gate.hold(batch(3));
  EXPECT_EQ(gate.release(2).size(), 1U);
  EXPECT_TRUE(gate.release(2).empty());
  EXPECT_EQ(gate.release(3).size(), 1U);
}

TEST(OutGate, LetsNothingPassWhatWasMadeBefore) {
  OutGate gate;
  gate.hold(batch(5));
  gate.hold(batch(5));
  EXPECT_TRUE(gate.release(4).empty());
  EXPECT_EQ(gate.release(9).size(), 2U);
}

}  // namespace
}  // namespace passbook
