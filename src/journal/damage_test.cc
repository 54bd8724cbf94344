// SPDX-License-Identifier: Apache-2.0
// Turns bits of a journal's files over, one at a time, and opens it.
#include "journal/log_format.h"
#include "journal/testing_journal.h"
#include "journal/testing_log.h"

namespace passbook {
namespace {

constexpr std::uint64_t kRecords = 5000;
constexpr std::size_t kFlips = 300;  ///< in the files of one kind

DiskImage image_of(const std::string& directory) {
  DiskImage out;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    std::ifstream stream(file.path(), std::ios::binary);
    out[file.path().filename()] = {std::istreambuf_iterator(stream), {}};
  }
  return out;
}

/// A closed journal with tables, a write-ahead file, and a snapshot in the middle.
DiskImage journal_with_tables() {
  Folder folder;
  Lives lives(folder);
  lives.open(true);
  for (std::uint64_t i = 0; i < kRecords / 50; ++i) {
    lives.append(50);
    if (i == kRecords / 100) {
      lives.journal().keep(snapshot_of(lives.journal().appended()));
    }
    lives.wait();
  }
  lives.close();
  return image_of(folder.path());
}

class Flips {
 public:
  explicit Flips(DiskImage whole) : whole_(std::move(whole)) {}

  /// Each opening of the damaged journal either refuses, or all records are there.
  void try_at(const std::string& name, std::size_t byte, unsigned bit) {
    DiskImage image = whole_;
    char& hurt = image.at(name)[byte];
    hurt = static_cast<char>(static_cast<std::uint8_t>(hurt) ^ 1U << bit);
    folder_.hold(image);
    const std::string where = fmt::format("{}, byte {}, bit {}", name, byte, bit);
    auto opened = DiskJournal::open({.directory = folder_.path(),
                                     .owner = kOwner,
                                     .changed = {},
                                     .log = {},
                                     .write_buffer_bytes = kWriteBufferBytes});
    opened ? expect_all(*opened, where) : expect_named(opened.error(), where);
  }

  void report(const std::string& what) const {
    fmt::print("{}: {} bits turned over, {} did not open, {} did not read, {} did no harm\n", what,
               unopened_ + unread_ + harmless_, unopened_, unread_, harmless_);
  }
  std::size_t harmless() const { return harmless_; }

 private:
  void expect_all(DiskJournal::Opened& opened, const std::string& where) {
    const auto read = opened.journal->read(0, SIZE_MAX);
    if (!read) {
      ++unread_;
      return expect_named(read.error(), where, false);
    }
    ++harmless_;
    EXPECT_EQ(opened.journal->appended(), kRecords) << where;
    EXPECT_TRUE(read->records == records(1, kRecords)) << where;
    EXPECT_EQ(count_of(opened), kRecords) << where;
  }

  void expect_named(const std::string& error, const std::string& where, bool at_opening = true) {
    unopened_ += at_opening ? 1U : 0U;
    EXPECT_THAT(error, testing::HasSubstr(folder_.path())) << where;
  }

  DiskImage whole_;
  Folder folder_;
  std::size_t unopened_ = 0;
  std::size_t unread_ = 0;
  std::size_t harmless_ = 0;
};

/// Of the names that `chosen` takes, and of each the bytes below a limit.
void flip(Flips& flips, const DiskImage& image, auto chosen, auto limit) {
  Random random(21);
  std::vector<std::string> names;
  for (const auto& [name, bytes] : image) {
    if (chosen(name) && limit(bytes) > 0) {
      names.push_back(name);
    }
  }
  ASSERT_FALSE(names.empty());
  for (std::size_t i = 0; i < kFlips; ++i) {
    const std::string& name = names[random.below(names.size())];
    const auto bit = static_cast<unsigned>(random.below(8));
    flips.try_at(name, random.below(limit(image.at(name))), bit);
  }
}

std::size_t before_the_last_record(const std::string& log) {
  return log.empty() ? 0 : find_end(std::string_view(log).substr(0, log.size() - 1)).whole;
}

TEST(Damage, OfDurableRecordsInTheWriteAheadFileIsRefused) {
  const DiskImage image = journal_with_tables();
  Flips flips(image);
  flip(
      flips, image, [](const std::string& name) { return name.ends_with(".log"); },
      [](const std::string& bytes) { return before_the_last_record(bytes); });
  flips.report("write-ahead file");
  // The empty end of a block is not read.
  EXPECT_LE(flips.harmless(), 1U);
}

/// Where the records, or their parts, begin.
std::vector<std::size_t> headers_of(std::string_view log) {
  std::vector<std::size_t> out;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t left = kLogBlock - at % kLogBlock;
    if (left < kLogHeader) {
      at += left;
      continue;
    }
    out.push_back(at);
    at += kLogHeader + static_cast<std::uint8_t>(log[at + 4]) +
          (std::size_t{static_cast<std::uint8_t>(log[at + 5])} << 8U);
  }
  return out;
}

TEST(Damage, OfALengthOrTypeInTheWriteAheadFileIsNotTakenForItsEnd) {
  const DiskImage image = journal_with_tables();
  Flips flips(image);
  for (const auto& [name, bytes] : image) {
    const std::size_t limit = name.ends_with(".log") ? before_the_last_record(bytes) : 0;
    for (const std::size_t header : headers_of(std::string_view(bytes).substr(0, limit))) {
      for (unsigned bit = 0; bit < 8 * kLogHeader; ++bit) {
        flips.try_at(name, header + bit / 8, bit % 8);
      }
    }
  }
  flips.report("headers of the write-ahead file");
  EXPECT_EQ(flips.harmless(), 0U);
}

TEST(Damage, OfATableIsRefusedOrDoesNoHarm) {
  const DiskImage image = journal_with_tables();
  Flips flips(image);
  flip(
      flips, image, [](const std::string& name) { return name.ends_with(".sst"); },
      [](const std::string& bytes) { return bytes.size(); });
  flips.report("tables");
}

TEST(Damage, OfTheListOfTablesIsRefusedOrDoesNoHarm) {
  const DiskImage image = journal_with_tables();
  Flips flips(image);
  flip(
      flips, image, [](const std::string& name) { return name.starts_with("MANIFEST"); },
      [](const std::string& bytes) { return bytes.size(); });
  flips.report("list of tables");
}

TEST(Damage, OfAnythingElseIsRefusedOrDoesNoHarm) {
  const DiskImage image = journal_with_tables();
  Flips flips(image);
  flip(
      flips, image,
      [](const std::string& name) {
        return !name.ends_with(".log") && !name.ends_with(".sst") && !name.starts_with("MANIFEST");
      },
      [](const std::string& bytes) { return bytes.size(); });
  flips.report("other files");
}

}  // namespace
}  // namespace passbook
