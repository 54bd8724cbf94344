// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/history_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "lab/scenario/history_file.h"
#include "lab/trace/record.h"

namespace passbook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Origin kSelf{BranchId{1}, Incarnation{1}};
const Bank kBank{.branches = {BranchId{1}, BranchId{2}},
                 .accounts = {{kSharedAccount, Money{100}, Money{}}}};

class Recorder : public testing::Test {
 protected:
  Recorder()
      : path_(testing::TempDir() + "history-" +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove(path_);
  }

  BranchHistory open() {
    auto out = BranchHistory::open(path_, kBank);
    EXPECT_TRUE(out.has_value()) << out.error();
    return std::move(*out);
  }

  std::string content() const {
    std::ostringstream out;
    out << std::ifstream(path_).rdbuf();
    return out.str();
  }

  void write(std::string_view text) const { std::ofstream(path_) << text; }

  /// The recorded events, without their times.
  std::vector<history::What> told() const {
    const auto read = read_history(std::vector<HistoryText>{{"h", content()}});
    EXPECT_TRUE(read.has_value()) << read.error();
    std::vector<history::What> out;
    for (const history::Event& event :
         read ? read->history.events : std::vector<history::Event>{}) {
      out.push_back(event.what);
    }
    return out;
  }

  std::string path_;
};

TEST_F(Recorder, SaysWhichEntriesAreDurableThoughTheJournalCountsOtherRecordsToo) {
  State state(kBank, kSelf);
  state.begin_process();
  state.accept(Deposit{kSharedAccount, Money{5}}, {}, std::nullopt);
  const Block first = state.take_accepted().at(0);
  BranchHistory history = open();
  EXPECT_TRUE(history.begin(state, 2));  // a seal came first
  state.accept(Deposit{kSharedAccount, Money{6}}, {}, std::nullopt);
  const Block second = state.take_accepted().at(0);
  EXPECT_TRUE(history.step({}, {Seal{}, second}));
  EXPECT_TRUE(history.step({}, {Seal{}}));
  EXPECT_TRUE(history.step({}, {first, Seal{}, first}));
  for (std::uint64_t records = 0; records <= 8; ++records) {
    EXPECT_TRUE(history.durable(records));
  }
  EXPECT_THAT(told(), ElementsAre(history::What(history::Started{BranchId{1}, Incarnation{1}, 1}),
                                  history::What(history::Synced{BranchId{1}, 2}),
                                  history::What(history::Synced{BranchId{1}, 4})));
}

TEST_F(Recorder, GoesOnWithTheFileOfAnEarlierLife) {
  const State state(kBank, kSelf);
  EXPECT_TRUE(open().begin(state, 0));
  std::ofstream(path_, std::ios::app) << R"({"at":12,"synced":{"bra)";
  BranchHistory again = open();
  EXPECT_TRUE(again.begin(state, 0));
  EXPECT_TRUE(again.end(state.ledger(), "enough"));
  EXPECT_THAT(told(), ElementsAre(history::What(history::Started{BranchId{1}, Incarnation{1}, 0}),
                                  history::What(history::Started{BranchId{1}, Incarnation{1}, 0}),
                                  history::What(history::Stopped{BranchId{1}, "enough"})));
}

TEST_F(Recorder, TellsAtTheEndWhatThereIsUnlessItIsBroken) {
  const State state(kBank, kSelf);
  BranchHistory history = open();
  EXPECT_TRUE(history.begin(state, 0));
  EXPECT_TRUE(history.end(state.ledger(), std::nullopt));
  const history::Audited audited{
      .branch = BranchId{1},
      .account = kSharedAccount,
      .balance = Money{100},
      .rights = {{{BranchId{1}}, Money{50}}, {{BranchId{2}}, Money{50}}}};
  EXPECT_THAT(told(), ElementsAre(history::What(history::Started{BranchId{1}, Incarnation{1}, 0}),
                                  history::What(audited)));
}

TEST_F(Recorder, BeginsAnewWhereNotEvenTheBankWasTold) {
  const std::string bank = write_line(as_history(kBank)) + "\n";
  for (std::size_t length = 0; length < bank.size(); ++length) {
    write(bank.substr(0, length));
    open();
    EXPECT_EQ(content(), bank) << length;
  }
}

TEST_F(Recorder, TouchesNoFileThatIsNoHistoryOfItsBank) {
  Bank other = kBank;
  other.branches.pop_back();
  for (const std::string& there :
       {std::string("[]"), write_line(as_history(other)) + "\n", std::string("\n")}) {
    write(there);
    const auto refused = BranchHistory::open(path_, kBank);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), path_ + ": is not the history of a branch of this bank");
    EXPECT_EQ(content(), there);
  }
}

TEST_F(Recorder, ACustomerDoesNotGoOnAfterALineThatWasCutOff) {
  write(R"({"at":12,"inv)");
  const auto refused = LineLog::open(path_, {"history", {}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), path_ + ": its last line was cut off: another file is needed");
}

TEST_F(Recorder, AfterAFailureNothingIsWrittenAnyMore) {
  auto log = LineLog::open("/dev/full", {"history", {}});
  ASSERT_TRUE(log.has_value()) << log.error();
  log->note("{}");
  EXPECT_FALSE(log->write());
  EXPECT_FALSE(log->write());
  EXPECT_THAT(log->failure(),
              HasSubstr("/dev/full: No space left on device: the history has a hole"));
  EXPECT_FALSE(BranchHistory::open("/dev/full", kBank).has_value());
  EXPECT_FALSE(BranchHistory::open("/nowhere/at/all", kBank).has_value());
}

}  // namespace
}  // namespace passbook
