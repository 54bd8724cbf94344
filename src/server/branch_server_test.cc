// SPDX-License-Identifier: Apache-2.0
#include "server/branch_server.h"

#include <cstdlib>
#include <filesystem>

#include "base/check.h"
#include "journal/disk_journal.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A branch of a bank of two, with a data directory.
class BranchServerTest : public testing::Test {
 protected:
  BranchServerTest() {
    std::string root = testing::TempDir() + "passbook-server.XXXXXX";
    PASSBOOK_CHECK(mkdtemp(root.data()) != nullptr, "no directory for the test");
    root_ = root;
    config_.bank = {{BranchId{1}, BranchId{2}}, {{kSharedAccount, Money{100}, Money{0}}}};
    config_.self = BranchId{1};
    config_.listen = {{Audience::customers, "127.0.0.1:0"},
                      {Audience::peers, "127.0.0.1:0"},
                      {Audience::operators, "127.0.0.1:0"}};
    use_data_directory(config_, {.path = root_ + "/data"});
  }
  ~BranchServerTest() override { std::filesystem::remove_all(root_); }

  /// Makes the journal of an earlier life.
  void write(std::vector<Record> records) const {
    auto opened = DiskJournal::open({.directory = directory(),
                                     .owner = {identity(config_.bank), Origin{config_.self}},
                                     .create = true,
                                     .changed = {},
                                     .log = {}});
    ASSERT_TRUE(opened) << opened.error();
    opened->journal->append(std::move(records));
  }

  std::string directory() const { return config_.data->path; }

  BranchConfig config_;

 private:
  std::string root_;
};

TEST_F(BranchServerTest, GoesOnFromAnEarlierLife) {
  TestLog two(Origin{BranchId{2}});
  write({ProcessBegun{1}, two.deposit(5)});
  const auto started = BranchServer::start(config_);
  ASSERT_TRUE(started) << started.error();
  EXPECT_EQ((*started)->state().ledger().find(kSharedAccount)->balance(), Money{105});
}

TEST_F(BranchServerTest, RefusesABrokenChainWithItsPlaceAndWhatHelps) {
  TestLog two(Origin{BranchId{2}});
  two.deposit(5);
  two.deposit(6);
  write({ProcessBegun{1}, two.blocks()[1]});
  const auto started = BranchServer::start(config_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(),
              AllOf(HasSubstr(directory() + ": the journal is damaged at record 2: entry 1 of "
                                            "branch 2, incarnation 1"),
                    HasSubstr("passbook recover")));
}

TEST_F(BranchServerTest, OptionsThatContradictEachOtherAreRefusedBeforeAnythingIsMade) {
  config_.data->create = true;
  config_.options.heartbeat_every = std::chrono::seconds(5);
  const auto started = BranchServer::start(config_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(),
              AllOf(HasSubstr("heartbeat_every is 5 s"), HasSubstr("link_timeout is 3 s")));
  EXPECT_FALSE(std::filesystem::exists(directory()));
}

}  // namespace
}  // namespace passbook
