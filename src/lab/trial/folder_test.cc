// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/folder.h"

#include <filesystem>
#include <fstream>

namespace passbook::trial {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    fs::remove_all(place);
    fs::create_directories(from / "inner" / ".git");
    write(from / "main.py", "print()");
    write(from / "inner" / "output.json", "[old]");
    write(from / "inner" / ".git" / "config", "x");
    fs::create_symlink("main.py", from / "link.py");
  }
  ~FolderTest() override { fs::remove_all(place); }

  static void write(const fs::path& file, std::string_view text) { std::ofstream(file) << text; }

  std::vector<std::pair<std::string, std::string>> written(
      const std::vector<std::string>& known = {}, std::uint64_t most = 1'000) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const WrittenFile& file : written_files(from, to, known, most)) {
      out.emplace_back(file.path, file.content);
    }
    return out;
  }

  using Pair = std::pair<std::string, std::string>;
  const fs::path place =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
  const fs::path from = place / "from";
  const fs::path to = place / "to";
};

TEST_F(FolderTest, ACopyHasAllButTheFoldersOfVersionControl) {
  ASSERT_TRUE(copy_folder(from, to));
  EXPECT_TRUE(fs::exists(to / "inner" / "output.json"));
  EXPECT_TRUE(fs::is_symlink(to / "link.py"));
  EXPECT_FALSE(fs::exists(to / "inner" / ".git"));
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(FolderTest, WhatIsNotThereCannotBeCopied) {
  const auto copied = copy_folder(from / "nothing", to);
  ASSERT_FALSE(copied);
  EXPECT_THAT(copied.error(), testing::HasSubstr("nothing"));
}

TEST_F(FolderTest, NewFilesAndChangedOnesAreFoundAndOnlyWhatWasAppended) {
  ASSERT_TRUE(copy_folder(from, to));
  write(to / "output.json", "[new]");
  std::ofstream(to / "inner" / "output.json", std::ios::app) << "[more]";
  write(to / "main.py", "changed");
  EXPECT_THAT(written(), ElementsAre(Pair{"inner/output.json", "[more]"},
                                     Pair{"main.py", "changed"}, Pair{"output.json", "[new]"}));
  EXPECT_THAT(written({"output.json", "main.py"}),
              ElementsAre(Pair{"inner/output.json", "[more]"}));
}

TEST_F(FolderTest, HugeFilesAndLinksAreNotRead) {
  ASSERT_TRUE(copy_folder(from, to));
  write(to / "huge.json", std::string(2'000, ' '));
  fs::create_symlink("/dev/zero", to / "endless.json");
  EXPECT_THAT(written(), IsEmpty());
}

}  // namespace
}  // namespace passbook::trial
