// SPDX-License-Identifier: Apache-2.0
// Crashes the journal after every operation on its folder, and opens the remains.
#include "journal/data_directory.h"
#include "journal/testing_journal.h"

namespace passbook {
namespace {

/// Appends some thousand records in batches of all sizes, some of them while a sync is under way.
void work(Lives& lives, Random& random, int batches) {
  for (int i = 0; i < batches; ++i) {
    const bool meanwhile = random.chance(1, 4);
    if (meanwhile) {
      lives.system().hold_next_sync();
    }
    lives.append(1 + random.below(random.chance(1, 5) ? 600 : 40));
    if (meanwhile) {
      lives.system().wait_until_held();
      lives.append(1 + random.below(40));
      lives.append(1 + random.below(40));
      lives.system().let_go();
    }
    if (random.chance(1, 6)) {
      lives.journal().keep(snapshot_of(lives.journal().appended()));
    }
    if (random.chance(3, 4)) {
      lives.wait();
    }
  }
}

/// The promises that must hold after a crash.
struct Promised {
  bool journal = false;  ///< it had been created
  std::uint64_t records = 0;
};

/// Opens the remains of crashes, counts them, and keeps the failures.
class Crashes {
 public:
  void recover(const DiskImage& image, const Promised& promised, const std::string& when) {
    ++cases_;
    folder_.hold(image);
    const std::string wrong = open(promised);
    if (!wrong.empty()) {
      wrong_.push_back(when + ": " + wrong);
    }
  }

  void report(const char* what) const {
    fmt::print("{}: {} crashes, {} made again, {} without a snapshot, {} went wrong\n", what,
               cases_, made_again_, without_snapshot_, wrong_.size());
    EXPECT_TRUE(wrong_.empty()) << fmt::format(
        "{}", fmt::join(wrong_.begin(),
                        wrong_.begin() + std::min<std::ptrdiff_t>(std::ssize(wrong_), 9), "\n"));
  }
  std::size_t cases() const { return cases_; }

 private:
  std::expected<DiskJournal::Opened, std::string> open_journal(bool create) {
    return DiskJournal::open({.directory = folder_.path(),
                              .owner = kOwner,
                              .create = create,
                              .changed = {},
                              .log = [this](const std::string& line) { said_ += line; },
                              .segment_bytes = kSegmentBytes,
                              .snapshot_buffer_bytes = kSnapshotBufferBytes});
  }

  std::string open(const Promised& promised) {
    said_.clear();
    auto opened = open_journal(false);
    if (!opened && !promised.journal) {
      ++made_again_;
      opened = open_journal(true);
    }
    if (!opened) {
      return "does not open: " + opened.error();
    }
    without_snapshot_ += opened->recall.snapshot ? 0 : 1;
    if (said_.contains("is missing or from another snapshot")) {
      return "the snapshot is a mixture: " + said_;
    }
    const auto found = count_of(*opened);
    if (!found) {
      return "the records are not those that were appended";
    }
    return *found >= promised.records
               ? ""
               : fmt::format("{} records were promised and {} are there", promised.records, *found);
  }

  Folder folder_;
  std::size_t cases_ = 0;
  std::size_t made_again_ = 0;
  std::size_t without_snapshot_ = 0;
  std::string said_;
  std::vector<std::string> wrong_;
};

std::string at(const DiskHistory& history, std::size_t k, const char* variant) {
  return fmt::format("{} after {} operations, the last: {}", variant, k,
                     k == 0 ? "none" : describe(history.operations[k - 1]));
}

/// The folder after only the first `part` bytes of the last write were written, with `rest` in
/// place of the others.
template <class Write>
DiskImage torn(Disk before, Write last, std::size_t part, const std::string& rest) {
  last.bytes = last.bytes.substr(0, part) + rest;
  before.apply(last);
  return before.everything();
}

std::string garbage(Random& random, std::size_t length) {
  std::string out;
  while (out.size() < length) {
    out += static_cast<char>(random.below(256));
  }
  return out;
}

/// In other files, unsynced bytes are written from the beginning on.
std::string torn_anywhere(Random& random, const std::string& bytes) {
  const std::size_t part = random.below(bytes.size());
  return bytes.substr(0, part) + garbage(random, bytes.size() - part);
}

/// Flips some bits of the unsynced bytes.
auto flips(Random& random) {
  return [&random](const std::string& name, std::string bytes, std::size_t) {
    if (!is_segment(name)) {
      return torn_anywhere(random, bytes);
    }
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
      const std::uint64_t bit = random.below(8 * bytes.size());
      bytes[bit / 8] =
          static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ 1U << bit % 8);
    }
    return bytes;
  };
}

/// Leaves some pages of the unsynced bytes unwritten.
auto holes(Random& random) {
  return [&random](const std::string& name, std::string bytes, std::size_t offset) {
    if (!is_segment(name)) {
      return torn_anywhere(random, bytes);
    }
    constexpr std::size_t kPage = 4096;
    for (std::size_t at = 0, end = 0; at < bytes.size(); at = end) {
      end = std::min(bytes.size(), (offset + at) / kPage * kPage + kPage - offset);
      if (random.chance(1, 2)) {
        const bool zeros = random.chance(1, 2);
        bytes.replace(at, end - at,
                      zeros ? std::string(end - at, '\0') : garbage(random, end - at));
      }
    }
    return bytes;
  };
}

void crash_in_write(Crashes& crashes, const auto& last, const Disk& before,
                    const Promised& promised, Random& random, auto when) {
  const std::size_t part = random.below(last.bytes.size());
  const std::size_t rest = last.bytes.size() - part;
  crashes.recover(torn(before, last, part, ""), promised, when("torn"));
  crashes.recover(torn(before, last, part, std::string(rest, '\0')), promised, when("torn, zeros"));
  crashes.recover(torn(before, last, part, garbage(random, rest)), promised, when("torn, garbage"));
}

/// Every way in which the last operation may have ended, `before` being the disk without it.
void crash_in(Crashes& crashes, const DiskHistory& history, std::size_t k, const Disk& before,
              const Promised& promised, Random& random) {
  Disk disk = before;
  if (k > 0) {
    disk.apply(history.operations[k - 1]);
  }
  crashes.recover(disk.everything(), promised, at(history, k, "kept"));
  crashes.recover(disk.synced_bytes(), promised, at(history, k, "unsynced lost"));
  crashes.recover(disk.some(random), promised, at(history, k, "names and bytes lost"));
  std::visit(
      [&](const auto& last) {
        if constexpr (requires { last.bytes; }) {
          crash_in_write(crashes, last, before, promised, random,
                         [&](const char* variant) { return at(history, k, variant); });
          crashes.recover(disk.unsynced_hurt(flips(random)), promised,
                          at(history, k, "bits flipped"));
          crashes.recover(disk.unsynced_hurt(holes(random)), promised, at(history, k, "holes"));
        }
      },
      k > 0 ? history.operations[k - 1] : DiskOperation(SyncFolder{}));
}

/// Crashes after each operation from `first` on; from `whole` on there must be a journal.
void crash_everywhere(Crashes& crashes, const DiskHistory& history, std::size_t first,
                      std::size_t whole, Random& random) {
  Disk before;
  for (std::size_t k = 0; k <= history.operations.size(); ++k) {
    if (k >= first) {
      crash_in(crashes, history, k, before, {k >= whole, history.promised[k]}, random);
    }
    if (k > 0) {
      before.apply(history.operations[k - 1]);
    }
  }
}

auto makes(auto is_such) {
  return [=](const DiskOperation& operation) {
    const auto* created = std::get_if<CreateFile>(&operation);
    return created != nullptr && is_such(created->name);
  };
}
bool is_table(const std::string& name) { return name.ends_with(".sst"); }

/// A short history of everything a journal does: it is created, written, closed and opened again.
struct Story {
  DiskHistory history;
  std::size_t made = 0;  ///< the operations after which there is a journal
};

Story tell(Random& random, int batches) {
  Folder folder;
  Lives lives(folder);
  lives.open(true);
  const std::size_t made = lives.system().operations();
  work(lives, random, batches * 3 / 5);
  lives.close();
  lives.open(false);
  work(lives, random, batches * 2 / 5);
  lives.close();
  return {lives.system().history(), made};
}

TEST(CrashPoints, LoseNothingThatWasDurable) {
  Random random(11);
  const Story story = tell(random, 100);
  EXPECT_GE(std::ranges::count_if(story.history.operations, makes(is_table)), 2)
      << "the work should be enough for tables to be written in the middle of it";
  EXPECT_GE(std::ranges::count_if(story.history.operations, makes(is_segment)), 4)
      << "and for several segments";
  Crashes crashes;
  crash_everywhere(crashes, story.history, 0, story.made, random);
  crashes.report("a crash after each operation");
  EXPECT_GE(crashes.cases(), 1000U);
}

DiskHistory beginning(const DiskHistory& history, std::size_t k) {
  const auto end = static_cast<std::ptrdiff_t>(k);
  return {{history.operations.begin(), history.operations.begin() + end},
          {history.promised.begin(), history.promised.begin() + end + 1}};
}

bool writes(const DiskOperation& operation) {
  return std::holds_alternative<AppendBytes>(operation) ||
         std::holds_alternative<WriteBytes>(operation);
}

DiskImage everything(const DiskHistory& history) {
  Disk disk;
  for (const DiskOperation& operation : history.operations) {
    disk.apply(operation);
  }
  return disk.everything();
}

TEST(CrashPoints, LoseNothingThatARecoveryHasFoundEvenIfItWasNotSynced) {
  Random random(12);
  const Story story = tell(random, 20);
  Crashes crashes;
  for (std::size_t k = story.made, written = 0; k < story.history.operations.size(); ++k) {
    if (!writes(story.history.operations[k]) || ++written % 5 != 0) {
      continue;
    }
    const DiskHistory first = beginning(story.history, k + 1);
    Folder folder;
    folder.hold(everything(first));
    Lives lives(folder, first);
    lives.open(false);
    lives.append(3);
    lives.close();
    crash_everywhere(crashes, lives.system().history(), k + 1, 0, random);
  }
  crashes.report("a second crash, in or after the recovery from the first");
  EXPECT_GE(crashes.cases(), 500U);
}

TEST(CrashPoints, AMakingThatWasInterruptedIsBegunAnew) {
  Random random(14);
  const Story story = tell(random, 0);
  Crashes crashes;
  for (std::size_t k = 0; k < story.made; k += 7) {
    const DiskHistory first = beginning(story.history, k);
    Folder folder;
    folder.hold(everything(first));
    Lives lives(folder, first);
    lives.open(true);
    const std::size_t made = lives.system().operations();
    lives.append(3);
    lives.wait();
    lives.close();
    crash_everywhere(crashes, lives.system().history(), k + 1, made, random);
  }
  crashes.report("a second crash, while a journal is made anew or after it");
  EXPECT_GE(crashes.cases(), 1000U);
}

/// The disk of a journal with ten durable records fails. Expects that nothing is written any more.
void expect_stop(const rocksdb::IOStatus& status,
                 void (TestingFileSystem::*fail)(rocksdb::IOStatus)) {
  Folder folder;
  Lives lives(folder);
  lives.open(true);
  lives.append(10);
  lives.wait();
  (lives.system().*fail)(status);
  lives.append(5);
  lives.wait();
  ASSERT_TRUE(lives.journal().failure().has_value());
  EXPECT_THAT(*lives.journal().failure(), testing::HasSubstr(status.ToString()));
  const std::size_t done = lives.system().operations();
  lives.append(5);
  EXPECT_EQ(lives.journal().durable(), 10U);
  lives.close();
  EXPECT_EQ(lives.system().operations(), done) << "nothing is tried again";
  const DiskHistory history = lives.system().history();
  Random random(13);
  Crashes crashes;
  crash_everywhere(crashes, history, done, 0, random);
  crashes.report(status.ToString().c_str());
}

TEST(DiskFaults, AfterAFailedSyncNothingMoreBecomesDurableAndNothingIsTriedAgain) {
  expect_stop(rocksdb::IOStatus::IOError("Input/output error"), &TestingFileSystem::fail_next_sync);
}

TEST(DiskFaults, ASnapshotThatCannotBeWrittenStopsTheJournalAndLeavesTheOneBefore) {
  Folder folder;
  Lives lives(folder);
  lives.open(true);
  lives.append(10);
  lives.journal().keep(snapshot_of(10));
  lives.close();
  lives.open(false);
  lives.append(10);
  lives.wait();
  lives.system().fail_next_append(rocksdb::IOStatus::NoSpace("No space left on device"));
  lives.journal().keep(snapshot_of(20));
  lives.wait_for_failure();
  EXPECT_THAT(*lives.journal().failure(), testing::HasSubstr("No space left on device"));
  lives.close();
  const auto opened = DiskJournal::open({.directory = folder.path(),
                                         .owner = kOwner,
                                         .changed = {},
                                         .log = {},
                                         .segment_bytes = kSegmentBytes,
                                         .snapshot_buffer_bytes = kSnapshotBufferBytes});
  ASSERT_TRUE(opened.has_value()) << opened.error();
  EXPECT_EQ(opened->recall.snapshot, snapshot_of(10));
  EXPECT_EQ(opened->recall.records, records(11, 10));
}

TEST(DiskFaults, AfterAWriteToAFullDiskNothingMoreBecomesDurableAndNothingIsTriedAgain) {
  expect_stop(rocksdb::IOStatus::NoSpace("No space left on device"),
              &TestingFileSystem::fail_next_write);
}

}  // namespace
}  // namespace passbook
