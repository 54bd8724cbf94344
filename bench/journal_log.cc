// SPDX-License-Identifier: Apache-2.0
// Times ways to keep the journal's log on a disk: `journal_log ROUNDS FOLDER`. All of them take
// their turn in every round, so that a machine that slows down slows all of them. Figures are
// medians, with the quartiles.
#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/random.h"
#include "journal/disk_journal.h"
#include "journal/segment_log.h"

namespace {

using namespace passbook;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

/// Enough for all rounds.
constexpr std::size_t kFile = std::size_t{256} << 20U;

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

/// One file, without any format: what the file system takes.
class BareFile final : public Log {
 public:
  enum class Ahead : std::uint8_t { nothing, allocated, zeros };

  BareFile(const std::string& path, Ahead ahead)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    PASSBOOK_CHECK(file_ >= 0, "a file is made");
    if (ahead == Ahead::allocated) {
      PASSBOOK_CHECK(::posix_fallocate(file_, 0, kFile) == 0, "allocated");
    } else if (ahead == Ahead::zeros) {
      write(std::string(kFile, '\0'), 0);
    }
    PASSBOOK_CHECK(::fsync(file_) == 0, "synced");
  }
  BareFile(const BareFile&) = delete;
  BareFile& operator=(const BareFile&) = delete;
  ~BareFile() override { ::close(file_); }

  void append(const std::string& record) override { pending_ += record; }
  void sync() override {
    write(pending_, at_);
    PASSBOOK_CHECK(::fdatasync(file_) == 0, "synced");
    at_ += static_cast<off_t>(pending_.size());
    pending_.clear();
  }

 private:
  void write(const std::string& bytes, off_t at) const {
    PASSBOOK_CHECK(std::cmp_equal(::pwrite(file_, bytes.data(), bytes.size(), at), bytes.size()),
                   "written");
  }

  int file_;
  off_t at_ = 0;
  std::string pending_;
};

class Segments final : public Log {
 public:
  explicit Segments(const std::string& folder) {
    fs::create_directories(folder);
    PASSBOOK_CHECK(SegmentLog::create({.directory = folder, .log = {}}, "").has_value(), "made");
    open(folder);
  }
  void append(const std::string& record) override { log_->append(record); }
  void sync() override { PASSBOOK_CHECK(log_->sync().has_value(), "synced"); }

 private:
  void open(const std::string& folder) {
    auto opened = SegmentLog::open({.directory = folder, .log = {}});
    PASSBOOK_CHECK(opened.has_value(), opened.error());
    log_ = std::move(*opened);
  }

  std::unique_ptr<SegmentLog> log_;
};

/// As a branch does without being told otherwise.
DiskJournal::Config config(const std::string& folder, bool create) {
  return {.directory = folder,
          .owner = {BankId{7}, {BranchId{1}}},
          .create = create,
          .changed = {},
          .log = {}};
}

/// As careful as RocksDB can be told to be, without damage that it can't tell from a torn end
/// keeping it from opening.
rocksdb::Options plain_options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.paranoid_checks = true;
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
  int count() const { return count(*db_); }
  static int count(rocksdb::DB& database) {
    const std::unique_ptr<rocksdb::Iterator> at(database.NewIterator({}));
    int out = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      ++out;
    }
    return out;
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
  using Ahead = BareFile::Ahead;
  for (const Work& work : kWorks) {
    std::vector<std::pair<std::string, std::unique_ptr<Log>>> logs;
    const auto bare = [&](const char* name, const char* file, Ahead ahead) {
      logs.emplace_back(name, std::make_unique<BareFile>(folder + file, ahead));
    };
    bare("bare file, nothing ahead", "/nothing", Ahead::nothing);
    bare("bare file, allocated", "/allocated", Ahead::allocated);
    bare("bare file, zeros", "/zeros", Ahead::zeros);
    logs.emplace_back("RocksDB", std::make_unique<Database>(folder + "/rocksdb"));
    logs.emplace_back("segments", std::make_unique<Segments>(folder + "/segments"));
    std::vector<Times> each(logs.size());
    std::vector<Times> means(logs.size());
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t i = 0; i < logs.size(); ++i) {
        run(*logs[i].second, work, each[i], means[i]);
      }
    }
    for (std::size_t i = 0; i < logs.size(); ++i) {
      const auto bytes = static_cast<double>(work.bytes * work.records);
      fmt::print("{:20} {:26} us a sync {:30} mean of a round {:30} {:8.1f} MB/s\n", work.name,
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
    struct stat status{};
    ::stat(file.path().c_str(), &status);
    out += static_cast<std::uintmax_t>(status.st_blocks) * 512;
  }
  return out;
}

void copy(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to);
}

constexpr int kOpened = 100'000;

void fill(Log& log) {
  for (int i = 0; i < kOpened; ++i) {
    log.append(std::string(150, 'r'));
    if (i % 64 == 63) {
      log.sync();
    }
  }
  log.sync();
}

/// Opens both, and reads all.
void compare_opening(int rounds, const std::string& folder) {
  const std::string database = folder + "/rocksdb";
  const std::string segments = folder + "/segments";
  {
    Database in_database(database);
    fmt::print("empty, RocksDB with its usual options: {:.2f} MB\n",
               static_cast<double>(allocated(database)) / 1e6);
    fill(in_database);
    Segments in_segments(segments);
    fmt::print("empty, segments: {:.2f} MB\n", static_cast<double>(allocated(segments)) / 1e6);
    fill(in_segments);
    const auto made = DiskJournal::open(config(folder + "/journal", true));
    PASSBOOK_CHECK(made.has_value(), made.error());
    fmt::print("empty, a journal: {:.2f} MB\n",
               static_cast<double>(allocated(folder + "/journal")) / 1e6);
  }
  std::map<std::string, Times> times;
  for (int round = 0; round < rounds; ++round) {
    copy(database, folder + "/copy");
    const auto began = Clock::now();
    {
      const Database opened(folder + "/copy");
      times["RocksDB, opening"].values.push_back(microseconds_since(began));
      PASSBOOK_CHECK(opened.count() == kOpened, "all are there");
      times["RocksDB, opening and reading"].values.push_back(microseconds_since(began));
    }
    copy(segments, folder + "/copy");
    const auto again = Clock::now();
    const auto opened = SegmentLog::open({.directory = folder + "/copy", .log = {}});
    times["segments, opening"].values.push_back(microseconds_since(again));
    PASSBOOK_CHECK(opened && (*opened)->read(0, SIZE_MAX)->size() == kOpened, "all are there");
    times["segments, opening and reading"].values.push_back(microseconds_since(again));
  }
  for (auto& [name, all] : times) {
    fmt::print("{:32} us {}\n", name, all.text());
  }
}

// --- damage -------------------------------------------------------------------------------------

constexpr int kDurable = 50;

struct Outcomes {
  int refused = 0;
  int complete = 0;
  int lost = 0;  ///< it opens, and records that were durable are not there
};

/// How many records there are; nothing if it does not open, or can't be read.
using Count = std::optional<int> (*)(const std::string& folder);

std::optional<int> count_in_database(const std::string& folder) {
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(plain_options(), folder, &opened).ok()) {
    return std::nullopt;
  }
  const std::unique_ptr<rocksdb::DB> database(opened);
  return Database::count(*database);
}

std::optional<int> count_in_segments(const std::string& folder) {
  const auto opened = SegmentLog::open({.directory = folder, .log = {}});
  const auto read = opened ? (*opened)->read(0, SIZE_MAX)
                           : std::expected<std::vector<SegmentLog::Record>, std::string>(
                                 std::unexpected(opened.error()));
  return read ? std::optional(static_cast<int>(read->size())) : std::nullopt;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator(file), {}};
}

Outcomes open_with(const std::vector<std::string>& variants, const std::string& folder,
                   const std::string& file, Count count) {
  Outcomes out;
  for (const std::string& bytes : variants) {
    copy(folder, folder + ".copy");
    std::ofstream(fmt::format("{}.copy/{}", folder, file), std::ios::binary) << bytes;
    const auto found = count(folder + ".copy");
    int& read = found && *found >= kDurable ? out.complete : out.lost;
    ++(found ? read : out.refused);
  }
  return out;
}

/// Fifty durable records and a last one. Damage to one of the fifty must be refused; a last one
/// that is torn must not.
void show_damage(const char* name, const std::string& folder, const std::string& file,
                 Count count) {
  const std::string whole = content(folder + "/" + file);
  const std::size_t end = whole.find_last_not_of('\0') + 1;
  const std::size_t last = whole.rfind("the last");
  const std::size_t first = whole.find("record");
  Random random(1);
  std::vector<std::string> damaged;
  for (int i = 0; i < 1000; ++i) {
    damaged.push_back(whole);
    char& byte = damaged.back()[first + random.below(last - 100 - first)];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U << random.below(8));
  }
  std::vector<std::string> torn;
  for (int i = 0; i < 200; ++i) {
    torn.push_back(whole);
    for (std::size_t at = last + random.below(end - last - 1); at < end; ++at) {
      torn.back()[at] = static_cast<char>(random.below(256));
    }
  }
  const Outcomes bits = open_with(damaged, folder, file, count);
  const Outcomes ends = open_with(torn, folder, file, count);
  fmt::print(
      "{:10} bits turned over in durable records: {} refused, {} complete, {} lost records\n", name,
      bits.refused, bits.complete, bits.lost);
  fmt::print("{:10} torn ends: {} refused, {} complete, {} lost records\n", name, ends.refused,
             ends.complete, ends.lost);
}

void fill_for_damage(Log& log) {
  for (int i = 0; i < kDurable; ++i) {
    log.append(fmt::format("record {:0150}", i));
    log.sync();
  }
  log.append("the last" + std::string(100, 'x'));
  log.sync();
}

void compare_damage(const std::string& folder) {
  {
    Database database(folder + "/hurt-rocksdb");
    fill_for_damage(database);
    Segments segments(folder + "/hurt-segments");
    fill_for_damage(segments);
  }
  std::string log;
  for (const auto& file : fs::directory_iterator(folder + "/hurt-rocksdb")) {
    if (file.path().extension() == ".log") {
      log = file.path().filename();
    }
  }
  show_damage("RocksDB", folder + "/hurt-rocksdb", log, count_in_database);
  show_damage("segments", folder + "/hurt-segments", "segment-0000000000000000", count_in_segments);
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
  compare_damage(folder);
  fs::remove_all(folder);
  return 0;
}
