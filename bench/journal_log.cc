// SPDX-License-Identifier: Apache-2.0
// Times ways to keep the journal's log on a disk: `journal_log ROUNDS FOLDER`. All of them take
// their turn in every round, so that a machine that slows down slows all of them. Figures are
// medians, with the quartiles.
#include <fcntl.h>
#include <fmt/format.h>
#include <isa-l/crc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "base/check.h"
#include "journal/store.h"
#include "journal/torn_end.h"

namespace {

using namespace passbook;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::size_t kSegment = std::size_t{64} << 20U;
constexpr std::size_t kStep = std::size_t{1} << 20U;

double microseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::micro>(Clock::now() - began).count();
}

/// What is measured: some records, then a sync, over and over.
struct Work {
  const char* name;
  std::size_t bytes;    ///< of a record
  std::size_t records;  ///< a sync
  int syncs;            ///< a round
};

constexpr Work kWorks[] = {{"150 B, 1 a sync", 150, 1, 200},
                           {"150 B, 64 a sync", 150, 64, 200},
                           {"64 KiB, 1 a sync", std::size_t{64} << 10U, 1, 60},
                           {"768 KiB, 1 a sync", std::size_t{768} << 10U, 1, 30}};

class Log {
 public:
  virtual ~Log() = default;
  virtual void append(const std::string& record) = 0;
  virtual void sync() = 0;
};

/// A file of checksummed records.
class Segments final : public Log {
 public:
  enum class Ahead : std::uint8_t { nothing, allocated, zeros, zeros_in_steps };

  Segments(std::string folder, Ahead ahead) : folder_(std::move(folder)), ahead_(ahead) {
    fs::create_directories(folder_);
    begin_segment();
  }
  ~Segments() override { ::close(file_); }

  void append(const std::string& record) override {
    std::uint32_t header[6] = {0, static_cast<std::uint32_t>(record.size()), index_++};
    const std::size_t at = pending_.size();
    pending_.append(reinterpret_cast<const char*>(header), sizeof(header));
    pending_ += record;
    pending_.resize((pending_.size() + 7) / 8 * 8);
    const std::uint32_t crc =
        crc32_iscsi(reinterpret_cast<unsigned char*>(pending_.data()) + at + 4,
                    static_cast<int>(pending_.size() - at - 4), ~0U);
    std::memcpy(pending_.data() + at, &crc, sizeof(crc));
  }

  void sync() override {
    if (at_ + pending_.size() > kSegment) {
      ::close(file_);
      begin_segment();
    }
    const std::size_t size = pending_.size();
    if (ahead_ == Ahead::zeros_in_steps && at_ + size > prepared_) {
      prepared_ = at_ + size + kStep;
      pending_.resize(size + kStep);
    }
    write_all(pending_, at_);
    PASSBOOK_CHECK(::fdatasync(file_) == 0, "synced");
    at_ += size;
    pending_.clear();
  }

 private:
  void begin_segment() {
    const std::string path = fmt::format("{}/{}", folder_, number_++);
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    at_ = prepared_ = 0;
    if (ahead_ == Ahead::allocated) {
      PASSBOOK_CHECK(::posix_fallocate(file_, 0, kSegment) == 0, "allocated");
    } else if (ahead_ == Ahead::zeros) {
      write_all(std::string(kSegment, '\0'), 0);
    }
    ::fsync(file_);
    const int folder = ::open(folder_.c_str(), O_RDONLY | O_CLOEXEC);
    ::fsync(folder);
    ::close(folder);
  }
  void write_all(const std::string& bytes, std::size_t at) const {
    const auto done = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    PASSBOOK_CHECK(done == static_cast<ssize_t>(bytes.size()), "written");
  }

  std::string folder_;
  Ahead ahead_;
  int file_ = -1;
  int number_ = 0;
  std::uint32_t index_ = 0;
  std::size_t at_ = 0;
  std::size_t prepared_ = 0;
  std::string pending_;
};

/// As a branch does without being told otherwise.
DiskJournal::Config config(const std::string& folder, bool create) {
  return {.directory = folder,
          .owner = {BankId{7}, {BranchId{1}}},
          .create = create,
          .changed = {},
          .log = {}};
}

rocksdb::Options plain_options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  return options;
}

class Database final : public Log {
 public:
  explicit Database(const std::string& folder) {
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::Open(plain_options(), folder, &opened);
    PASSBOOK_CHECK(status.ok(), status.ToString());
    db_.reset(opened);
  }
  void append(const std::string& record) override {
    std::string key(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) {
      key[7 - i] = static_cast<char>(next_ >> 8 * i);
    }
    ++next_;
    batch_.Put(key, record);
  }
  void sync() override {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const auto status = db_->Write(synced, &batch_);
    PASSBOOK_CHECK(status.ok(), status.ToString());
    batch_.Clear();
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::uint64_t next_ = 0;
  rocksdb::WriteBatch batch_;
};

struct Times {
  std::vector<double> values;

  double quantile(double at) {
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(at * static_cast<double>(values.size() - 1))];
  }
  std::string text() {
    return fmt::format("{:10.1f} ({:.1f} to {:.1f})", quantile(0.5), quantile(0.25),
                       quantile(0.75));
  }
};

void run(Log& log, const Work& work, Times& each, Times& rounds) {
  const std::string record(work.bytes, 'r');
  const auto round = Clock::now();
  for (int i = 0; i < work.syncs; ++i) {
    const auto began = Clock::now();
    for (std::size_t r = 0; r < work.records; ++r) {
      log.append(record);
    }
    log.sync();
    each.values.push_back(microseconds_since(began));
  }
  rounds.values.push_back(microseconds_since(round) / work.syncs);
}

void compare_writing(int rounds, const std::string& folder) {
  using Ahead = Segments::Ahead;
  for (const Work& work : kWorks) {
    std::vector<std::pair<std::string, std::unique_ptr<Log>>> logs;
    logs.emplace_back("RocksDB", std::make_unique<Database>(folder + "/rocksdb"));
    logs.emplace_back("segments, nothing ahead",
                      std::make_unique<Segments>(folder + "/nothing", Ahead::nothing));
    logs.emplace_back("segments, allocated",
                      std::make_unique<Segments>(folder + "/allocated", Ahead::allocated));
    logs.emplace_back("segments, zeros",
                      std::make_unique<Segments>(folder + "/zeros", Ahead::zeros));
    logs.emplace_back("segments, zeros in steps",
                      std::make_unique<Segments>(folder + "/steps", Ahead::zeros_in_steps));
    std::vector<Times> each(logs.size());
    std::vector<Times> means(logs.size());
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t i = 0; i < logs.size(); ++i) {
        run(*logs[i].second, work, each[i], means[i]);
      }
    }
    for (std::size_t i = 0; i < logs.size(); ++i) {
      const double bytes = static_cast<double>(work.bytes * work.records);
      fmt::print("{:20} {:26} us a sync {:28} mean of a round {:28} {:8.1f} MB/s\n", work.name,
                 logs[i].first, each[i].text(), means[i].text(), bytes / means[i].quantile(0.5));
    }
    logs.clear();
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
}

std::uintmax_t allocated(const std::string& folder) {
  std::uintmax_t out = 0;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    struct stat status {};
    ::stat(file.path().c_str(), &status);
    out += static_cast<std::uintmax_t>(status.st_blocks) * 512;
  }
  return out;
}

Record record(std::uint64_t number) {
  return Entry{.id = {{BranchId{1}}, Sequence{number}},
               .stamp = Stamp{number * 3},
               .dependencies = {{{BranchId{2}}, Sequence{number}}},
               .request = RequestId{BranchId{1}, {CustomerId{3}, number << 40U}, number},
               .change = Deposit{AccountId{1}, Money{static_cast<std::int64_t>(number)}}};
}

/// The journal as it is: with the scanner, and the database alone.
void compare_opening(int rounds, const std::string& folder) {
  constexpr std::uint64_t kRecords = 100'000;
  const std::string data = folder + "/journal";
  {
    auto opened = DiskJournal::open(config(data, true));
    PASSBOOK_CHECK(opened.has_value(), opened.error());
    fmt::print("an empty journal in RocksDB: {:.2f} MB\n", static_cast<double>(allocated(data)) / 1e6);
    for (std::uint64_t i = 0; i < kRecords; i += 64) {
      std::vector<Record> records;
      for (std::uint64_t n = i; n < i + 64 && n < kRecords; ++n) {
        records.push_back(record(n + 1));
      }
      opened->journal->append(std::move(records));
      while (opened->journal->durable() < opened->journal->appended()) {
        std::this_thread::yield();
      }
    }
  }
  std::map<std::string, Times> times;
  for (int round = 0; round < rounds; ++round) {
    fs::remove_all(folder + "/copy");
    fs::copy(data, folder + "/copy");
    const auto scan = Clock::now();
    PASSBOOK_CHECK(
        cut_off_torn_end(*rocksdb::Env::Default(), folder + "/copy", {}).has_value(), "whole");
    times["the scanner of RocksDB's files"].values.push_back(microseconds_since(scan));
    const auto began = Clock::now();
    const auto store = Store::open(config(folder + "/copy", false));
    PASSBOOK_CHECK(store.has_value(), store.error());
    times["RocksDB's own opening"].values.push_back(microseconds_since(began));
    const auto reading = Clock::now();
    PASSBOOK_CHECK((*store)->recall().has_value(), "read");
    times["reading and decoding"].values.push_back(microseconds_since(reading));
  }
  for (auto& [name, all] : times) {
    fmt::print("100,000 records, {}: us {}\n", name, all.text());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: journal_log ROUNDS FOLDER\n");
    return 2;
  }
  const std::string folder = argv[2];
  fs::create_directories(folder);
  compare_writing(std::atoi(argv[1]), folder);
  compare_opening(std::atoi(argv[1]), folder);
  fs::remove_all(folder);
  return 0;
}
