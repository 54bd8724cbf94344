// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/campaign.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <ranges>
#include <thread>
#include <vector>

namespace passbook::sim {
namespace {

/// Hands out seeds to threads, and their results in order.
class Race {
 public:
  explicit Race(const Campaign& campaign) : campaign_(campaign), next_(campaign.first) {
    for (unsigned i = 0; i < std::max(1U, campaign.jobs); ++i) {
      workers_.emplace_back([this] { work(); });
    }
  }

  ~Race() {
    {
      const std::scoped_lock lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  Result take(std::uint64_t seed) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_.contains(seed); });
    Result out = std::move(done_.extract(seed).mapped());
    taken_ = seed;
    changed_.notify_all();
    return out;
  }

 private:
  void work() {
    while (const auto seed = next()) {
      Result result = simulate(setup_of(*seed, campaign_.chosen));
      if (result.passed()) {
        result.history = {};
      }
      const std::scoped_lock lock(mutex_);
      done_.emplace(*seed, std::move(result));
      changed_.notify_all();
    }
  }

  /// The next seed. Waits while it is far ahead of the last one taken, so results don't pile up.
  std::optional<std::uint64_t> next() {
    constexpr std::uint64_t kAhead = 256;
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [&] { return over_ || next_ < std::max(taken_, campaign_.first) + kAhead; });
    if (over_ || next_ > campaign_.last) {
      return std::nullopt;
    }
    return next_++;
  }

  const Campaign& campaign_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_;
  std::uint64_t taken_ = 0;
  bool over_ = false;
  std::map<std::uint64_t, Result> done_;
  std::vector<std::jthread> workers_;
};

/// All smaller choices, each with one thing left out or reduced.
std::vector<Chosen> smaller(const Setup& setup, const Chosen& now) {
  std::vector<Chosen> out;
  const auto add = [&](auto change) {
    Chosen next = now;
    change(next);
    out.push_back(next);
  };
  for (const FaultKind& kind : std::views::reverse(kFaultKinds)) {
    if (now.faults.*kind.on) {
      add([&](Chosen& next) { next.faults.*kind.on = false; });
    }
  }
  for (const Duration part : {setup.duration / 8, setup.duration / 2, setup.duration * 9 / 10}) {
    if (part >= std::chrono::milliseconds(10)) {
      add([&](Chosen& next) {
        next.duration = std::chrono::ceil<std::chrono::milliseconds>(part);
      });
    }
  }
  const auto fewer = [&](std::uint32_t count, std::optional<std::uint32_t> Chosen::* what) {
    for (const std::uint32_t less : {count / 2, count - 1}) {
      if (less >= 1 && less < count) {
        add([&](Chosen& next) { next.*what = less; });
      }
    }
  };
  fewer(static_cast<std::uint32_t>(setup.bank.branches.size()), &Chosen::branches);
  fewer(setup.customers, &Chosen::customers);
  fewer(static_cast<std::uint32_t>(setup.bank.accounts.size()), &Chosen::accounts);
  return out;
}

}  // namespace

void run(const Campaign& campaign, const std::function<bool(Result)>& told) {
  Race race(campaign);
  for (std::uint64_t seed = campaign.first; seed <= campaign.last; ++seed) {
    if (!told(race.take(seed))) {
      return;
    }
  }
}

Chosen smallest(std::uint64_t seed, const Chosen& chosen,
                const std::function<bool(const Chosen&)>& enough) {
  Chosen best = chosen;
  bool better = true;
  while (better) {
    better = false;
    for (const Chosen& next : smaller(setup_of(seed, best), best)) {
      if (enough(next)) {
        best = next;
        better = true;
        break;
      }
    }
  }
  return best;
}

Chosen shrink(const Result& failed, const Chosen& chosen, const std::function<void()>& progress,
              std::uint64_t most_events) {
  const std::string& invariant = failed.violations.front().invariant;
  std::uint64_t events = 0;
  return smallest(failed.seed, chosen, [&](const Chosen& choice) {
    if (events >= most_events) {
      return false;
    }
    progress();
    const Result again = simulate(setup_of(failed.seed, choice));
    events += again.events;
    return std::ranges::any_of(again.violations, [&](const history::Violation& violation) {
      return violation.invariant == invariant;
    });
  });
}

}  // namespace passbook::sim
