// SPDX-License-Identifier: Apache-2.0
// Flips bits of a journal's files, one at a time, and opens the journal.
#include "journal/data_directory.h"
#include "journal/segment_format.h"
#include "journal/testing_journal.h"

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

/// A closed journal of several segments, with a snapshot in the middle.
DiskImage closed_journal() {
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
  lives.open(false);  // makes a table of the snapshot
  lives.close();
  return image_of(folder.path());
}

class Flips {
 public:
  explicit Flips(DiskImage whole) : whole_(std::move(whole)) {}

  /// Flips a bit. Opening the journal must then either fail or yield all records.
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
                                     .segment_bytes = kSegmentBytes,
                                     .snapshot_buffer_bytes = kSnapshotBufferBytes});
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

/// Flips bits in the files whose names `chosen` accepts, in each below its `limit`.
void flip(Flips& flips, const DiskImage& image, auto chosen, auto limit) {
  Random random(21);
  std::vector<std::string> names;
  for (const auto& [name, bytes] : image) {
    if (chosen(name) && limit(name) > 0) {
      names.push_back(name);
    }
  }
  ASSERT_FALSE(names.empty());
  for (std::size_t i = 0; i < kFlips; ++i) {
    const std::string& name = names[random.below(names.size())];
    const auto bit = static_cast<unsigned>(random.below(8));
    flips.try_at(name, random.below(limit(name)), bit);
  }
}

/// Where the last record of a segment begins, or its zeros if there are later segments.
std::size_t durable_part(const DiskImage& image, const std::string& name) {
  const std::string& bytes = image.at(name);
  const SegmentHeader header = *decode_segment_header(bytes);
  const std::size_t whole = find_segment_end(header, bytes).whole;
  const bool last = std::ranges::none_of(
      image, [&](const auto& file) { return is_segment(file.first) && file.first > name; });
  return last && whole > kSegmentHeaderBytes
             ? find_segment_end(header, std::string_view(bytes).substr(0, whole - 1)).whole
             : whole;
}

TEST(Damage, OfDurableRecordsInTheLogIsRefused) {
  const DiskImage image = closed_journal();
  Flips flips(image);
  flip(flips, image, is_segment,
       [&](const std::string& name) { return durable_part(image, name); });
  flips.report("log");
  EXPECT_GT(std::ranges::count_if(image, [](const auto& file) { return is_segment(file.first); }),
            2);
  EXPECT_EQ(flips.harmless(), 0U);
}

TEST(Damage, OfAHeaderInTheLogIsNotTakenForItsEnd) {
  const DiskImage image = closed_journal();
  const std::string name = "segment-0000000000000000";
  const std::string& bytes = image.at(name);
  const SegmentHeader header = *decode_segment_header(bytes);
  Flips flips(image);
  for (std::size_t at = kSegmentHeaderBytes; at < durable_part(image, name);
       at += *read_record(header.log, bytes, at).size) {
    for (unsigned bit = 0; bit < 8 * size_in_segment(0); bit += 5) {
      flips.try_at(name, at + bit / 8, bit % 8);
    }
  }
  flips.report("headers of records");
  EXPECT_EQ(flips.harmless(), 0U);
}

TEST(Damage, OfATableIsRefusedOrDoesNoHarm) {
  const DiskImage image = closed_journal();
  Flips flips(image);
  flip(
      flips, image, [](const std::string& name) { return name.ends_with(".sst"); },
      [&](const std::string& name) { return image.at(name).size(); });
  flips.report("tables");
}

TEST(Damage, OfTheListOfTablesIsRefusedOrDoesNoHarm) {
  const DiskImage image = closed_journal();
  Flips flips(image);
  flip(
      flips, image, [](const std::string& name) { return name.starts_with("MANIFEST"); },
      [&](const std::string& name) { return image.at(name).size(); });
  flips.report("list of tables");
}

TEST(Damage, OfAnythingElseIsRefusedOrDoesNoHarm) {
  const DiskImage image = closed_journal();
  Flips flips(image);
  flip(
      flips, image,
      [](const std::string& name) {
        return !is_segment(name) && !name.ends_with(".sst") && !name.starts_with("MANIFEST");
      },
      [&](const std::string& name) { return image.at(name).size(); });
  flips.report("other files");
}

}  // namespace
}  // namespace passbook
