// SPDX-License-Identifier: Apache-2.0
// What snapshots cost a branch of many accounts: the longest step while they are made, the time
// until they are written, and that of a restart. Run alone.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/random.h"
#include "branch/replica.h"
#include "journal/disk_journal.h"

namespace {

using namespace passbook;

constexpr Origin kSelf{BranchId{1}};
constexpr std::uint64_t kSnapshotEvery = 100'000;  ///< as shipped
/// So many are waited for, so that the journal keeps up.
constexpr std::uint64_t kMostAhead = 50'000;

Bank bank_of(std::uint64_t accounts) {
  Bank out{{BranchId{1}, BranchId{2}, BranchId{3}}, {}};
  for (std::uint64_t i = 1; i <= accounts; ++i) {
    out.accounts.push_back({AccountId{i}, Money{3'000}, Money{0}});
  }
  return out;
}

double milliseconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
      .count();
}

/// Of this thread, by its processor's time: what else runs on the machine takes none of it.
double processor_milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// What a branch is asked.
struct Load {
  const char* name;
  std::uint64_t accounts;
  std::uint64_t sessions;  ///< so many take turns
  std::uint64_t writes;    ///< in one step, each to an account by chance
  std::uint64_t records;   ///< so many steps
};

/// A journal in a temporary directory.
class Place {
 public:
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "snapshots.XXXXXX").string();
    PASSBOOK_CHECK(mkdtemp(name.data()) != nullptr, "no directory");
    root_ = name;
  }
  ~Place() { std::filesystem::remove_all(root_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  DiskJournal::Opened open(const Bank& bank, bool create) {
    auto opened =
        DiskJournal::open({.directory = root_ + "/data",
                           .owner = {identity(bank), kSelf},
                           .create = create,
                           .changed = [this] { note_turn(); },
                           .log = [](const std::string& line) { fmt::print("{}\n", line); }});
    PASSBOOK_CHECK(opened.has_value(), opened.error());
    return *std::move(opened);
  }

  /// From one time when more was durable to the next, in milliseconds.
  double longest_turn() const { return longest_turn_; }

  void wait_until_durable(const Journal& journal, std::uint64_t records) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return journal.durable() >= records || journal.failure(); });
    PASSBOOK_CHECK(!journal.failure(), *journal.failure());
  }

 private:
  void note_turn() {
    const std::scoped_lock lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (last_turn_) {
      longest_turn_ = std::max(longest_turn_, milliseconds_since(*last_turn_));
    }
    last_turn_ = now;
    changed_.notify_all();
  }

  std::string root_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::chrono::steady_clock::time_point> last_turn_;
  double longest_turn_ = 0;
};

/// What steps took, in milliseconds of the processor.
class Steps {
 public:
  void add(double took) { took_.push_back(took); }

  void print(const std::string& what) {
    std::ranges::sort(took_);
    const auto of = [&](double part) {
      return took_[static_cast<std::size_t>(part * static_cast<double>(took_.size() - 1))];
    };
    fmt::print("  {} steps {}: median {:.4f} ms, 99.9% {:.3f} ms, longest {:.2f} ms\n",
               took_.size(), what, of(0.5), of(0.999), of(1));
  }

 private:
  std::vector<double> took_;
};

/// Branch 1 of three, alone, under load.
class Branch {
 public:
  Branch(const Load& load, Place& place)
      : load_(load),
        bank_(bank_of(load.accounts)),
        place_(place),
        journal_(place.open(bank_, true).journal),
        replica_(bank_, options(), State(bank_, kSelf)) {}

  void run() {
    fmt::print("{}: {} accounts, {} sessions, {} writes a step\n", load_.name, load_.accounts,
               load_.sessions, load_.writes);
    for (std::uint64_t i = 0; i < load_.records; ++i) {
      step();
    }
    journal_.reset();
    without_.print("of no snapshot");
    with_.print(fmt::format("of {} snapshots", snapshots_));
    fmt::print("  the journal's longest turn: {:.0f} ms\n", place_.longest_turn());
    std::fflush(stdout);
  }

 private:
  static BranchOptions options() {
    BranchOptions out;
    out.snapshot_every = kSnapshotEvery;
    return out;
  }

  std::vector<Event> calls() {
    std::vector<Event> out;
    for (std::uint64_t i = 0; i < load_.writes; ++i) {
      const std::uint64_t session = ++requests_ % load_.sessions;
      const Request request{
          .id = {{BranchId{1}}, {CustomerId{1 + session}, 1}, 1 + requests_ / load_.sessions},
          .operation = Deposit{AccountId{1 + random_.below(load_.accounts)}, Money{1}},
          .passbook = {},
          .bank = {},
          .guarantees = {},
          .ack = AckLevel::local};
      out.emplace_back(Called{CallId{requests_}, request, now_ + std::chrono::seconds(10)});
    }
    return out;
  }

  void step() {
    now_ += std::chrono::microseconds(50);
    const auto events = calls();
    const bool made = replica_.state().makes_snapshot();
    const double began = processor_milliseconds();
    Effects effects = replica_.step(events, now_);
    const double took = processor_milliseconds() - began;
    (made || replica_.state().makes_snapshot() || effects.snapshot ? with_ : without_).add(took);
    PASSBOOK_CHECK(effects.answers.size() == load_.writes, "all is answered at once");
    journal_->append(std::move(effects.persist));
    if (effects.snapshot) {
      ++snapshots_;
      journal_->keep(std::move(*effects.snapshot));
    }
    if (journal_->appended() > kMostAhead) {
      place_.wait_until_durable(*journal_, journal_->appended() - kMostAhead);
    }
  }

  Load load_;
  Bank bank_;
  Place& place_;
  std::unique_ptr<DiskJournal> journal_;
  Replica replica_;
  Random random_{7};
  Instant now_{std::chrono::seconds(1)};
  std::uint64_t requests_ = 0;
  std::uint64_t snapshots_ = 0;
  Steps with_;
  Steps without_;
};

void restart(const Load& load, Place& place) {
  const Bank bank = bank_of(load.accounts);
  const auto began = std::chrono::steady_clock::now();
  const auto opened = place.open(bank, false);
  const double read = milliseconds_since(began);
  State state(bank, kSelf);
  const double made = milliseconds_since(began);
  PASSBOOK_CHECK(state.restore(opened.recall), "the journal is what the branch wrote");
  fmt::print(
      "  a restart: {:.0f} ms (journal {:.0f}, state {:.0f}, restored {:.0f}); {} of {} "
      "records read\n",
      milliseconds_since(began), read, made - read, milliseconds_since(began) - made,
      opened.recall.records.size(), opened.journal->appended());
}

void measure(const Load& load) {
  Place place;
  Branch(load, place).run();
  restart(load, place);
}

}  // namespace

int main(int count, char** words) {
  const std::vector<Load> loads{
      {"few accounts", 1'000, 1'000, 1, 350'000},
      {"many accounts", 1'000'000, 1'000, 1, 350'000},
      {"many sessions", 1'000'000, 100'000, 1, 350'000},
      {"all at once", 1'000'000, 100'000, 16, 115'000},
  };
  for (const Load& load : loads) {
    if (count == 1 || std::string_view(words[1]) == load.name) {
      measure(load);
      std::fflush(stdout);
    }
  }
}
