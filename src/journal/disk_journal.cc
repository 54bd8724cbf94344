// SPDX-License-Identifier: Apache-2.0
#include "journal/disk_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "base/check.h"
#include "journal/data_directory.h"
#include "journal/store.h"
#include "journal/torn_end.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

constexpr std::size_t kMostInBlock = 1024;
/// What helps when a journal is damaged.
constexpr const char* kWayOut = "; passbook recover rebuilds it from the other branches";

using OpenedStore = std::expected<std::unique_ptr<Store>, std::string>;

rocksdb::Env& env_of(const DiskJournal::Config& config) {
  return config.env != nullptr ? *config.env : *rocksdb::Env::Default();
}

OpenedStore make_store(const DiskJournal::Config& config) {
  if (const auto begun = begin_making(env_of(config), config.directory); !begun) {
    return Error(begun.error());
  }
  auto store = Store::open(config);
  if (!store) {
    return store;
  }
  if (const auto made = (*store)->make_owner(config.owner); !made) {
    return Error(made.error());
  }
  const auto finished = finish_making(env_of(config), config.directory);
  return finished ? std::move(store) : OpenedStore(Error(finished.error()));
}

/// The lock is let go before the store takes it: whoever opens the journal in between makes the
/// store fail.
std::expected<void, std::string> repair(const DiskJournal::Config& config) {
  const DirectoryLock lock(env_of(config), config.directory);
  if (lock.status().ok()) {
    const auto whole = cut_off_torn_end(env_of(config), config.directory, config.log);
    return whole ? whole : Error(whole.error() + kWayOut);
  }
  const std::string why = lock.status().ToString();
  return Error(
      fmt::format("{}: {}", config.directory,
                  why.contains("while open") ? why : "another process uses this data directory"));
}

OpenedStore open_store(const DiskJournal::Config& config) {
  std::error_code error;
  if (is_unfinished(config.directory)) {
    return Error(
        fmt::format("{}: was not finished being made; --create makes it anew", config.directory));
  }
  if (!std::filesystem::exists(config.directory + "/CURRENT", error)) {
    return Error(fmt::format(
        "{}: holds no journal; --create makes one, passbook recover rebuilds one that was lost",
        config.directory));
  }
  const auto repaired = repair(config);
  return repaired ? Store::open(config) : OpenedStore(Error(repaired.error()));
}

}  // namespace

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
  Impl(std::unique_ptr<Store> store, std::uint64_t records, std::function<void()> changed)
      : store_(std::move(store)),
        appended_(records),
        durable_(records),
        changed_(std::move(changed)),
        writer_([this] { write_until_closed(); }) {}

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// What was appended is written first.
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
    PASSBOOK_CHECK(snapshot.records == appended_, "a snapshot is of all records");
    hand_over(std::move(snapshot));
  }

  std::uint64_t appended() const { return appended_; }
  std::uint64_t durable() const { return durable_.load(); }
  const Store& store() const { return *store_; }

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
      if (changed_) {
        changed_();
      }
    }
  }

  /// All of it with one sync.
  void write(std::vector<Work>& taken) {
    rocksdb::WriteBatch batch;
    std::uint64_t written = durable_;
    std::vector<Record> block;
    const auto end_block = [&] {
      if (!block.empty()) {
        store_->put_block(written, block, batch);
        written += block.size();
        block.clear();
      }
    };
    for (Work& work : taken) {
      if (const auto* snapshot = std::get_if<Snapshot>(&work)) {
        end_block();
        Store::put_snapshot(*snapshot, batch);
        continue;
      }
      for (Record& record : std::get<std::vector<Record>>(work)) {
        block.push_back(std::move(record));
        if (block.size() == kMostInBlock) {
          end_block();
        }
      }
    }
    end_block();
    const rocksdb::Status status = store_->write(batch);
    if (status.ok()) {
      durable_ = written;
      return;
    }
    const std::scoped_lock lock(mutex_);
    failure_ = fmt::format("the journal could not be written: {}", status.ToString());
  }

  std::unique_ptr<Store> store_;
  std::uint64_t appended_;  ///< of the appending thread
  std::atomic<std::uint64_t> durable_;
  std::function<void()> changed_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Work> waiting_;           ///< under the mutex
  std::optional<std::string> failure_;  ///< under the mutex
  bool closed_ = false;                 ///< under the mutex
  std::thread writer_;
};

std::expected<DiskJournal::Opened, std::string> DiskJournal::open(const Config& config) {
  auto store = config.create ? make_store(config) : open_store(config);
  if (!store) {
    return Error(store.error());
  }
  const auto branch = (*store)->check_owner(config.owner);
  if (!branch) {
    return Error(branch.error());
  }
  auto recall = (*store)->recall();
  if (!recall) {
    return Error(recall.error() + kWayOut);
  }
  const std::uint64_t records =
      (recall->snapshot ? recall->snapshot->records : 0) + recall->records.size();
  auto impl = std::make_unique<Impl>(std::move(*store), records, config.changed);
  return Opened{.journal = std::unique_ptr<DiskJournal>(new DiskJournal(std::move(impl))),
                .branch = *branch,
                .recall = std::move(*recall)};
}

DiskJournal::DiskJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DiskJournal::~DiskJournal() = default;

void DiskJournal::append(std::vector<Record> records) { impl_->append(std::move(records)); }
void DiskJournal::keep(Snapshot snapshot) { impl_->keep(std::move(snapshot)); }
std::uint64_t DiskJournal::appended() const { return impl_->appended(); }
std::uint64_t DiskJournal::durable() const { return impl_->durable(); }
std::optional<std::string> DiskJournal::failure() const { return impl_->failure(); }
std::expected<Journal::Read, std::string> DiskJournal::read(std::uint64_t first, std::size_t most) {
  return impl_->store().read(first, most);
}
std::uint64_t DiskJournal::first_beyond(const VersionVector& have) {
  return impl_->store().first_beyond(have);
}

}  // namespace passbook
