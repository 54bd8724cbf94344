// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/possible.h"

#include <algorithm>
#include <array>

#include "lab/grading/serial_order.h"
#include "lab/grading/timeline_search.h"

namespace passbook {
namespace {

constexpr std::size_t kMostWrites = 20'000;
constexpr std::size_t kMostPositions = 50'000'000;  // in the sets that came before each write
constexpr std::int64_t kMostMoney = std::numeric_limits<std::int64_t>::max() / 4;

bool sums_fit(const ObservedRun& run) {
  std::int64_t left = kMostMoney;
  const auto take = [&](Money money) {
    const std::int64_t amount = money.minor < 0 ? -(money.minor + 1) : money.minor;
    left = amount > left ? -1 : left - amount;
    return left >= 0;
  };
  bool fit = take(run.opening);
  for (const auto& customer : run.customers) {
    for (const ObservedEvent& event : customer) {
      fit = fit && take(event.amount) && event.balance.value_or(Money{}).minor < kMostMoney &&
            event.balance.value_or(Money{}).minor > -kMostMoney;
    }
  }
  return fit;
}

bool is_small(const Moments& moments) {
  std::size_t writes = 0;
  for (const auto& chain : moments.writes) {
    writes += chain.size();
  }
  return writes <= kMostWrites && writes * moments.writes.size() <= kMostPositions;
}

Preference preference_of(std::uint64_t attempt) {
  if (attempt < 2) {
    return {attempt == 0 ? Preference::Kind::few : Preference::Kind::many, attempt};
  }
  return {Preference::Kind::any, attempt};
}

/// Makes an event claim less. False if there is nothing left to take back.
bool weaken(ObservedEvent& event) {
  if (event.balance) {
    event.balance.reset();
    return true;
  }
  if (event.kind == SequentialKind::query || event.outcome == SequentialOutcome::unknown) {
    return false;
  }
  if (event.outcome == SequentialOutcome::fail) {
    event.kind = SequentialKind::query;
    return true;
  }
  event.outcome = SequentialOutcome::unknown;
  return true;
}

bool says_anything(const ObservedEvent& event) {
  ObservedEvent copy = event;
  return weaken(copy);
}

Possibility decide(const ObservedRun& run, RunModel model, std::uint64_t steps) {
  PossibleSearch search(run, model);
  Possibility found = Possibility::undecided;
  for (int attempt = 0; attempt < 4 && found == Possibility::undecided; ++attempt) {
    found = search.attempt(steps / 4);
  }
  return found;
}

/// Makes a run claim less as long as it stays impossible.
class Explanation {
 public:
  Explanation(const ObservedRun& run, RunModel model, std::uint64_t steps)
      : run_(run), model_(model), steps_(steps) {}

  Unexplained run() {
    for (std::size_t customer = 0; customer < run_.customers.size(); ++customer) {
      weaken_customer(customer);
    }
    out_.smallest = true;
    for (std::size_t customer = 0; customer < run_.customers.size(); ++customer) {
      for (std::size_t event = 0; event < run_.customers[customer].size(); ++event) {
        weaken_event(customer, event);
      }
    }
    for (std::size_t customer = 0; customer < run_.customers.size(); ++customer) {
      for (std::size_t event = 0; event < run_.customers[customer].size(); ++event) {
        if (says_anything(run_.customers[customer][event])) {
          out_.events.push_back({customer, event});
        }
      }
    }
    return std::move(out_);
  }

 private:
  void weaken_customer(std::size_t customer) {
    ObservedRun less = run_;
    for (ObservedEvent& event : less.customers[customer]) {
      while (weaken(event)) {
      }
    }
    keep_if_impossible(std::move(less));
  }

  void weaken_event(std::size_t customer, std::size_t event) {
    for (bool more = true; more;) {
      ObservedRun less = run_;
      more = weaken(less.customers[customer][event]) && keep_if_impossible(std::move(less));
    }
  }

  bool keep_if_impossible(ObservedRun less) {
    const Possibility found = decide(less, model_, steps_);
    out_.smallest = out_.smallest && found != Possibility::undecided;
    if (found == Possibility::impossible) {
      run_ = std::move(less);
    }
    return found == Possibility::impossible;
  }

  ObservedRun run_;
  RunModel model_;
  std::uint64_t steps_;
  Unexplained out_;
};

}  // namespace

PossibleSearch::PossibleSearch(ObservedRun run, RunModel model)
    : run_(std::move(run)), model_(model) {
  if (model == RunModel::serial) {
    run_.promised = {};  // on one balance all of them hold
  }
  if (!sums_fit(run_)) {
    searchable_ = false;
    return;
  }
  const Moments moments(run_);
  searchable_ = is_small(moments);
  impossible_places_ = impossible_moments(moments);
  if (!impossible_places_.empty() || is_overdrawn(moments)) {
    verdict_ = Possibility::impossible;
  }
}

Possibility PossibleSearch::attempt(std::uint64_t steps) {
  if (verdict_ != Possibility::undecided || !searchable_) {
    return verdict_;
  }
  if (model_ == RunModel::serial) {
    verdict_ = find_serial_order(run_, attempts_++, steps);
  } else {
    const Moments moments(run_);
    verdict_ = TimelineSearch(moments, preference_of(attempts_++), steps).run();
  }
  return verdict_;
}

Unexplained explain_impossible(const ObservedRun& run, RunModel model, std::uint64_t steps_each) {
  return Explanation(run, model, steps_each).run();
}

bool must_succeed(const ObservedRun& run, ObservedPlace withdrawal) {
  ObservedRun refused = run;
  for (std::size_t customer = 0; customer < refused.customers.size(); ++customer) {
    for (std::size_t event = 0; event < refused.customers[customer].size(); ++event) {
      refused.customers[customer][event].balance.reset();
    }
  }
  refused.customers[withdrawal.customer][withdrawal.event].outcome = SequentialOutcome::fail;
  return std::ranges::binary_search(PossibleSearch(refused).impossible_places(), withdrawal);
}

}  // namespace passbook
