// SPDX-License-Identifier: Apache-2.0
// Faults of the small files in a data directory. A directory that can't be used is refused with the
// path of the fault, and left unchanged. If only the snapshots are lost, a message says so and all
// records are read. All these faults also affect root.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "base/check.h"
#include "journal/data_directory.h"
#include "journal/disk_journal.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

constexpr std::string_view kSegment = "segment-0000000000000000";

/// A data directory with one record in its journal.
class SmallFilesTest : public testing::Test {
 protected:
  SmallFilesTest() {
    std::string name = testing::TempDir() + "small-files.XXXXXX";
    PASSBOOK_CHECK(mkdtemp(name.data()) != nullptr, "no directory for the test");
    folder = name;
    directory = name + "/data";
    TestLog log(Origin{BranchId{1}});
    log.deposit(5);
    auto opened = DiskJournal::open(config(true));
    PASSBOOK_CHECK(opened.has_value(), opened.error());
    opened->journal->append({log.blocks()[0]});
  }
  ~SmallFilesTest() override { fs::remove_all(folder); }

  DiskJournal::Config config(bool create) {
    return {.directory = directory,
            .owner = {BankId{7}, {BranchId{1}}},
            .create = create,
            .changed = [] {},
            .log = [this](const std::string& line) { logged += line + '\n'; }};
  }

  std::string path(std::string_view name) const { return directory + '/' + std::string(name); }

  void replace_by_directory(std::string_view name) const {
    fs::remove_all(path(name));
    fs::create_directory(path(name));
  }
  void replace_by_link(std::string_view name, const std::string& to) const {
    fs::remove_all(path(name));
    fs::create_symlink(to, path(name));
  }
  void replace_by_text(std::string_view name, const std::string& text) const {
    fs::remove_all(path(name));
    std::ofstream(path(name)) << text;
  }

  /// All names, and the contents of the files.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> out;
    for (const std::string& name : names_in(directory)) {
      std::error_code error;
      if (std::string& text = out[name]; fs::is_regular_file(path(name), error)) {
        std::ifstream file(path(name));
        text = {std::istreambuf_iterator<char>(file), {}};
      }
    }
    return out;
  }

  /// Expects that the directory is refused and left unchanged. Returns the error.
  std::string refusal() {
    const auto before = contents();
    const auto opened = DiskJournal::open(config(false));
    EXPECT_TRUE(contents() == before) << "something was changed";
    EXPECT_FALSE(opened.has_value());
    return opened ? "" : opened.error();
  }

  std::string error_of_opening() {
    const auto opened = DiskJournal::open(config(false));
    EXPECT_FALSE(opened.has_value());
    return opened ? "" : opened.error();
  }

  /// Expects that all records are read. Returns the log.
  std::string log_of_opening() {
    logged.clear();
    const auto opened = DiskJournal::open(config(false));
    EXPECT_TRUE(opened.has_value()) << opened.error();
    EXPECT_TRUE(!opened || opened->recall.records.size() == 1);
    return logged;
  }

  std::string folder;
  std::string directory;
  std::string logged;
};

TEST_F(SmallFilesTest, ACurrentThatIsADirectoryIsNamed) {
  replace_by_directory("CURRENT");
  EXPECT_THAT(refusal(), HasSubstr(path("CURRENT") + ": Is a directory"));
}

TEST_F(SmallFilesTest, ACurrentThatCannotBeReadIsNotTakenForMissing) {
  replace_by_link("CURRENT", "CURRENT");
  EXPECT_THAT(refusal(), HasSubstr(path("CURRENT") + ": Too many levels of symbolic links"));
}

TEST_F(SmallFilesTest, ACurrentThatNamesWhatIsNotThereIsRefusedWithThatName) {
  replace_by_text("CURRENT", "MANIFEST-999999\n");
  EXPECT_THAT(refusal(), HasSubstr(path("MANIFEST-999999")));
}

TEST_F(SmallFilesTest, WithACurrentThatNamesNoManifestAllRecordsAreRead) {
  for (const char* text : {"", "MANIFEST-000005", "garbage\n", "../../MANIFEST-000005\n"}) {
    replace_by_text("CURRENT", text);
    EXPECT_THAT(log_of_opening(),
                HasSubstr(directory + ": the snapshots are damaged, all records are read instead"))
        << text;
  }
}

TEST_F(SmallFilesTest, WithACurrentThatLeadsNowhereAllRecordsAreRead) {
  replace_by_link("CURRENT", "nowhere");
  EXPECT_THAT(log_of_opening(), HasSubstr("all records are read instead"));
}

TEST_F(SmallFilesTest, AFileThatShouldBeALineAndIsHugeIsNotRead) {
  for (const char* name : {"CURRENT", "IDENTITY"}) {
    fs::resize_file(path(name), std::uintmax_t{1} << 40U);
    EXPECT_THAT(log_of_opening(), HasSubstr(std::string(name) + " has 1099511627776 bytes"));
    EXPECT_LT(fs::file_size(path(name)), 4096U) << "it was made anew";
  }
}

TEST_F(SmallFilesTest, ALockThatCannotBeTakenIsNotTakenForAnotherProcess) {
  replace_by_directory("LOCK");
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr(path("LOCK") + ": Is a directory"), Not(HasSubstr("process"))));
  replace_by_link("LOCK", "LOCK");
  EXPECT_THAT(refusal(), AllOf(HasSubstr(path("LOCK") + ": Too many levels of symbolic links"),
                               Not(HasSubstr("process"))));
}

TEST_F(SmallFilesTest, AnIdentityThatIsADirectoryIsNamed) {
  replace_by_directory("IDENTITY");
  EXPECT_THAT(refusal(), HasSubstr(path("IDENTITY") + ": Is a directory"));
}

TEST_F(SmallFilesTest, ASegmentThatCannotBeReadIsNamed) {
  replace_by_directory(kSegment);
  EXPECT_THAT(error_of_opening(), HasSubstr(path(kSegment)));
  replace_by_link(kSegment, std::string(kSegment));
  EXPECT_THAT(error_of_opening(), HasSubstr(path(kSegment)));
  replace_by_text(kSegment, "");
  EXPECT_THAT(error_of_opening(), HasSubstr(path(kSegment)));
}

TEST_F(SmallFilesTest, WhateverIsCalledUnfinishedKeepsAJournalFromBeingOpened) {
  for (const auto& make : std::initializer_list<std::function<void()>>{
           [&] { replace_by_text("UNFINISHED", ""); }, [&] { replace_by_directory("UNFINISHED"); },
           [&] { replace_by_link("UNFINISHED", "UNFINISHED"); }}) {
    make();
    EXPECT_THAT(refusal(), HasSubstr(directory + ": its creation was interrupted"));
  }
}

TEST_F(SmallFilesTest, OnlyAFileCalledUnfinishedLetsAJournalBeMadeAnew) {
  for (const auto& make : std::initializer_list<std::function<void()>>{
           [&] { replace_by_directory("UNFINISHED"); },
           [&] { replace_by_link("UNFINISHED", "UNFINISHED"); }}) {
    make();
    const auto before = contents();
    const auto made = DiskJournal::open(config(true));
    ASSERT_FALSE(made.has_value());
    EXPECT_THAT(made.error(), HasSubstr(path("UNFINISHED")));
    EXPECT_TRUE(contents() == before) << "something was changed";
  }
}

TEST_F(SmallFilesTest, ADirectoryThatCannotBeReadIsNotCalledEmpty) {
  const std::string whole = directory;
  directory = path("LOCK");
  EXPECT_THAT(refusal(), HasSubstr(directory + ": cannot be read: Not a directory"));
  directory = folder + "/loop";
  fs::create_symlink("loop", directory);
  EXPECT_THAT(refusal(), HasSubstr(directory + ": cannot be read: Too many levels"));
}

}  // namespace
}  // namespace passbook
