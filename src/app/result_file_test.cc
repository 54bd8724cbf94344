// SPDX-License-Identifier: Apache-2.0
#include "app/result_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/check.h"

namespace passbook {
namespace {

class ResultFileTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(directory); }

  static std::string make_directory() {
    std::string name = testing::TempDir() + "results.XXXXXX";
    PASSBOOK_CHECK(mkdtemp(name.data()) != nullptr, "no directory for the test");
    return name;
  }
  static std::string content_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(directory), {});
  }

  std::string directory = make_directory();
  std::string path = directory + "/output.json";
};

TEST_F(ResultFileTest, NothingIsThereUntilItIsCommitted) {
  auto file = ResultFile::prepare(path);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(files(), 0);
  ASSERT_TRUE(file->commit("[]\n").has_value());
  EXPECT_EQ(content_of(path), "[]\n");
  EXPECT_EQ(files(), 1);
}

TEST_F(ResultFileTest, AnEarlierResultIsReplacedWholeAndKeepsItsMode) {
  std::ofstream(path) << "a much longer earlier result";
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  auto file = ResultFile::prepare(path);
  EXPECT_EQ(content_of(path), "a much longer earlier result");
  ASSERT_TRUE(file->commit("new").has_value());
  EXPECT_EQ(content_of(path), "new");
  struct stat status{};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST_F(ResultFileTest, WhatALinkLeadsToIsReplaced) {
  std::ofstream(directory + "/real.json") << "old";
  std::filesystem::create_symlink("real.json", path);
  ASSERT_TRUE(ResultFile::prepare(path)->commit("new").has_value());
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  EXPECT_EQ(content_of(directory + "/real.json"), "new");
}

TEST_F(ResultFileTest, APlaceWhereNothingCanBeWrittenIsKnownBeforehand) {
  EXPECT_FALSE(ResultFile::prepare(directory).has_value());
  EXPECT_FALSE(ResultFile::prepare(directory + "/missing/output.json").has_value());
  EXPECT_FALSE(ResultFile::prepare("").has_value());
}

}  // namespace
}  // namespace passbook
