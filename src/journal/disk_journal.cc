// SPDX-License-Identifier: Apache-2.0
#include "journal/disk_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "base/check.h"
#include "journal/data_directory.h"
#include "journal/record_codec.h"
#include "journal/segment_log.h"
#include "journal/snapshot_writer.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// The most that one record of the log holds: this many records, or this many bytes of them.
constexpr std::size_t kMostInBlock = 1024;
constexpr std::size_t kMostBlockBytes = std::size_t{1} << 20U;
constexpr std::size_t kReadBytes = std::size_t{256} << 10U;
/// The advice for a damaged journal.
constexpr const char* kRecoveryHint = "; passbook recover rebuilds it from the other branches";

/// The snapshots are opened first and closed last, because they hold the lock of the directory.
struct Files {
  std::unique_ptr<Snapshots> snapshots;
  std::unique_ptr<SegmentLog> log;
};
using OpenedFiles = std::expected<Files, std::string>;

rocksdb::Env& env_of(const DiskJournal::Config& config) {
  return config.env != nullptr ? *config.env : *rocksdb::Env::Default();
}

SegmentLog::Config log_config(const DiskJournal::Config& config) {
  return {.directory = config.directory,
          .env = &env_of(config),
          .log = config.log,
          .segment_bytes = config.segment_bytes};
}

std::string owner_without_incarnation(const JournalOwner& owner) {
  return fmt::format("passbook journal 3, bank {:016x}, branch {}, incarnation ", owner.bank.value,
                     owner.branch.branch.value);
}

/// The incarnation that the directory was made for, if it is the owner's branch.
std::expected<Origin, std::string> check_owner(const DiskJournal::Config& config,
                                               const std::string& found) {
  const std::string expected = owner_without_incarnation(config.owner);
  Origin out = config.owner.branch;
  if (found.starts_with(expected)) {
    const char* end = found.data() + found.size();
    const auto read = std::from_chars(found.data() + expected.size(), end, out.incarnation.value);
    if (read.ec == std::errc() && read.ptr == end) {
      return out;
    }
  }
  return Error(
      fmt::format("{}: belongs to another bank (other branches, openings or limits) or another "
                  "branch: expected {}, found {}",
                  config.directory, expected.substr(0, expected.rfind(',')), found));
}

OpenedFiles open_files(const DiskJournal::Config& config) {
  auto snapshots = Snapshots::open(config);
  if (!snapshots) {
    return Error(snapshots.error());
  }
  auto log = SegmentLog::open(log_config(config));
  if (!log) {
    return Error(log.error() + kRecoveryHint);
  }
  return Files{std::move(*snapshots), std::move(*log)};
}

OpenedFiles make_files(const DiskJournal::Config& config) {
  if (const auto begun = begin_making(env_of(config), config.directory); !begun) {
    return Error(begun.error());
  }
  const std::string owner = fmt::format("{}{}", owner_without_incarnation(config.owner),
                                        config.owner.branch.incarnation.value);
  if (const auto made = SegmentLog::create(log_config(config), owner); !made) {
    return Error(
        fmt::format("{}: cannot be made a data directory: {}", config.directory, made.error()));
  }
  auto files = open_files(config);
  if (!files) {
    return files;
  }
  const auto finished = finish_making(env_of(config), config.directory);
  return finished ? std::move(files) : OpenedFiles(Error(finished.error()));
}

/// Why a directory without a log can't be opened.
std::string explain_missing_log(const DiskJournal::Config& config) {
  if (is_of_format_2(env_of(config), config.directory)) {
    return fmt::format(
        "{}: holds a journal of format 2, and this version reads format 4 only: open it with the "
        "version that made it, or move the directory away and rebuild the branch from the others "
        "with passbook recover",
        config.directory);
  }
  return holds_database(config.directory)
             ? damaged_journal(config.directory, ": its log is missing")
             : fmt::format(
                   "{}: holds no journal; --create makes one, passbook recover rebuilds "
                   "one that was lost",
                   config.directory);
}

OpenedFiles find_files(const DiskJournal::Config& config) {
  if (auto why = why_unreadable(config.directory)) {
    return Error(*std::move(why));
  }
  if (is_unfinished(config.directory)) {
    return Error(
        fmt::format("{}: its creation was interrupted; --create starts over", config.directory));
  }
  return holds_log(config.directory) ? open_files(config)
                                     : OpenedFiles(Error(explain_missing_log(config)));
}

/// Records from a position on, until they have `bytes` bytes or more.
std::expected<Journal::Read, std::string> read_records(const SegmentLog& log,
                                                       const std::string& directory,
                                                       std::uint64_t first, std::size_t bytes) {
  Journal::Read out{.records = {}, .next = first};
  std::size_t taken = 0;
  const auto damaged = [&](std::uint64_t record) {
    return Error(fmt::format("{}: the journal is damaged after record {}", directory, record));
  };
  if (first > log.durable()) {
    return damaged(log.durable());
  }
  while (taken < bytes && out.next < log.durable()) {
    const auto blocks = log.read(out.next, std::min(bytes - taken, kReadBytes));
    if (!blocks) {
      return Error(blocks.error());
    }
    for (const SegmentLog::Record& record : *blocks) {
      auto block = decode_block(record.bytes);
      if (!block || block->size() != record.count) {
        return damaged(record.first);
      }
      for (; taken < bytes && out.next < record.next(); ++out.next) {
        Record& next = (*block)[out.next - record.first];
        taken += bytes_in(next);
        out.records.push_back(std::move(next));
      }
      if (taken >= bytes) {
        break;
      }
    }
  }
  return out;
}

std::expected<Recall, std::string> recall(const DiskJournal::Config& config, Files& files) {
  Recall out{.snapshot = files.snapshots->take_newest(), .records = {}};
  auto read = read_records(*files.log, config.directory, out.snapshot ? out.snapshot->records : 0,
                           SIZE_MAX);
  if (!read) {
    return Error(read.error());
  }
  out.records = std::move(read->records);
  return out;
}

}  // namespace

std::string damaged_journal(const std::string& directory, const std::string& where) {
  return fmt::format("{}: the journal is damaged{}{}", directory, where, kRecoveryHint);
}

bool in_use(const std::string& directory) {
  const int file = ::open((directory + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) {
    return false;
  }
  struct flock lock{};
  lock.l_type = F_WRLCK;
  const bool free = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
  ::close(file);
  return !free;
}

class DiskJournal::Impl {
 public:
  Impl(Files files, const Config& config)
      : files_(std::move(files)),
        directory_(config.directory),
        appended_(files_.log->end()),
        durable_(appended_),
        changed_(config.changed),
        snapshot_writer_(*files_.snapshots,
                         [this](const std::string& why) {
                           fail(why);
                           notify();
                         }),
        writer_([this] { write_until_closed(); }) {}

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// Writes everything appended, then ends the thread.
  ~Impl() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    arrived_.notify_one();
    writer_.join();
  }

  void append(std::vector<Record> records) {
    if (!records.empty()) {
      appended_ += records.size();
      hand_over(std::move(records));
    }
  }

  void keep(Snapshot snapshot) {
    PASSBOOK_CHECK(snapshot.records <= appended_, "a snapshot covers only appended records");
    hand_over(std::move(snapshot));
  }

  std::uint64_t appended() const { return appended_; }
  std::uint64_t durable() const { return durable_.load(); }
  const Snapshots& snapshots() const { return *files_.snapshots; }
  std::expected<Read, std::string> read(std::uint64_t first, std::size_t bytes) const {
    return read_records(*files_.log, directory_, first, bytes);
  }

  std::optional<std::string> failure() const {
    const std::scoped_lock lock(mutex_);
    return failure_;
  }

 private:
  using Work = std::variant<std::vector<Record>, Snapshot>;

  void hand_over(Work work) {
    {
      const std::scoped_lock lock(mutex_);
      waiting_.push_back(std::move(work));
    }
    arrived_.notify_one();
  }

  void write_until_closed() {
    while (true) {
      std::vector<Work> taken;
      {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
        if (waiting_.empty() || failure_) {
          return;
        }
        taken = std::exchange(waiting_, {});
      }
      write(taken);
      notify();
    }
  }

  void notify() const {
    if (changed_) {
      changed_();
    }
  }

  /// Writes the records with one sync, then hands over the snapshots of records that are durable
  /// now.
  void write(std::vector<Work>& taken) {
    std::vector<Snapshot> snapshots;
    for (Work& work : taken) {
      if (auto* snapshot = std::get_if<Snapshot>(&work)) {
        snapshots.push_back(std::move(*snapshot));
        continue;
      }
      for (Record& record : std::get<std::vector<Record>>(work)) {
        block_bytes_ += bytes_in(record);
        block_.push_back(std::move(record));
        if (block_.size() == kMostInBlock || block_bytes_ >= kMostBlockBytes) {
          end_block();
        }
      }
    }
    end_block();
    if (const auto synced = files_.log->sync(); !synced) {
      return fail(synced.error());
    }
    durable_ = files_.log->durable();
    for (Snapshot& snapshot : snapshots) {
      snapshot_writer_.write(std::move(snapshot));
    }
  }

  /// A block of records is one record of the log.
  void end_block() {
    if (!block_.empty()) {
      files_.log->append(encode_block(block_), static_cast<std::uint32_t>(block_.size()));
      block_.clear();
      block_bytes_ = 0;
    }
  }

  void fail(const std::string& why) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) {
      failure_ = fmt::format("the journal could not be written: {}", why);
    }
  }

  Files files_;
  std::string directory_;
  std::vector<Record> block_;    ///< used by the writing thread only
  std::size_t block_bytes_ = 0;  ///< of its records
  std::uint64_t appended_;       ///< used by the appending thread only
  std::atomic<std::uint64_t> durable_;
  std::function<void()> changed_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Work> waiting_;           ///< under the mutex
  std::optional<std::string> failure_;  ///< under the mutex
  bool closed_ = false;                 ///< under the mutex
  SnapshotWriter snapshot_writer_;
  std::thread writer_;
};

std::expected<DiskJournal::Opened, std::string> DiskJournal::open(const Config& config) {
  auto files = config.create ? make_files(config) : find_files(config);
  if (!files) {
    return Error(files.error());
  }
  const auto branch = check_owner(config, files->log->label());
  if (!branch) {
    return Error(branch.error());
  }
  auto recalled = recall(config, *files);
  if (!recalled) {
    return Error(recalled.error() + kRecoveryHint);
  }
  auto impl = std::make_unique<Impl>(std::move(*files), config);
  return Opened{.journal = std::unique_ptr<DiskJournal>(new DiskJournal(std::move(impl))),
                .branch = *branch,
                .recall = std::move(*recalled)};
}

DiskJournal::DiskJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DiskJournal::~DiskJournal() = default;

void DiskJournal::append(std::vector<Record> records) { impl_->append(std::move(records)); }
void DiskJournal::keep(Snapshot snapshot) { impl_->keep(std::move(snapshot)); }
std::uint64_t DiskJournal::appended() const { return impl_->appended(); }
std::uint64_t DiskJournal::durable() const { return impl_->durable(); }
std::optional<std::string> DiskJournal::failure() const { return impl_->failure(); }
std::expected<Journal::Read, std::string> DiskJournal::read(std::uint64_t first,
                                                            std::size_t bytes) {
  return impl_->read(first, bytes);
}
std::uint64_t DiskJournal::first_beyond(const VersionVector& have) {
  return impl_->snapshots().first_beyond(have);
}

}  // namespace passbook
