// SPDX-License-Identifier: Apache-2.0
// Which reports a branch at rest waits for.
#include <gtest/gtest.h>

#include "branch/replication.h"

namespace passbook {
namespace {

using std::chrono::seconds;

constexpr BranchId kSelf{3};
constexpr Instant kStart{seconds(100)};

class ReplicationAwaits : public testing::Test {
 protected:
  ReplicationAwaits() {
    state.begin_process();
    for (const BranchId peer : {BranchId{1}, BranchId{2}}) {
      const ProcessId process{.counter = 1, .nonce = peer.value};
      links.up(LinkId{peer.value}, peer, kStart);
      links.establish(LinkId{peer.value}, Origin{peer}, kStart, out, process);
      replication.connected(Origin{peer}, process, {}, state, kStart);
    }
  }

  /// A block with one deposit accepted at a branch.
  Block block_of(BranchId branch) {
    State other(bank, Origin{branch});
    other.begin_process();
    other.accept(Deposit{kSharedAccount, Money{5}}, {}, std::nullopt);
    return other.take_accepted().front();
  }

  Bank bank{{BranchId{1}, BranchId{2}, kSelf}, {{kSharedAccount, Money{}, Money{}}}};
  BranchOptions options;
  Topology topology{bank.branches, kSelf};
  Patience patience{options};
  Links links{topology, options, patience};
  State state{bank, Origin{kSelf}};
  Replication replication{topology, options, patience};
  Effects out;
};

TEST_F(ReplicationAwaits, NobodyToSayThatItHasItsOwnLog) {
  const Block block = block_of(BranchId{2});
  replication.has_sent(BranchId{1}, Blocks{{block}}, state);
  state.apply(block);
  replication.note_applied(state, kStart);
  for (Instant now = kStart; now < kStart + seconds(60); now = replication.wake()) {
    replication.flush(state, links, now, out);
    ASSERT_GT(replication.wake(), now);
  }
  EXPECT_EQ(replication.wake(), kNever);
}

}  // namespace
}  // namespace passbook
