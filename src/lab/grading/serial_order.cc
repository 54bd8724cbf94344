// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/serial_order.h"

#include <algorithm>
#include <set>

#include "base/random.h"

namespace passbook {
namespace {

using Outcome = SequentialOutcome;

class SerialSearch {
 public:
  SerialSearch(const ObservedRun& run, std::uint64_t seed, std::uint64_t steps)
      : run_(run),
        random_(seed),
        steps_(steps),
        next_(run.customers.size()),
        total_(run.opening.minor) {
    for (const auto& customer : run.customers) {
      for (const ObservedEvent& event : customer) {
        deposits_ += event.kind == SequentialKind::deposit ? event.amount.minor : 0;
      }
    }
  }

  Possibility run() { return go_on(); }

 private:
  /// A customer's next event, or an `unknown` write that may take effect late.
  struct Move {
    std::size_t customer = 0;
    std::optional<std::size_t> pending;
    std::uint64_t rank = 0;  // higher ones are tried first
  };
  using Key = std::vector<std::int64_t>;

  const ObservedEvent* next(std::size_t customer) const {
    const auto& events = run_.customers[customer];
    return next_[customer] < events.size() ? &events[next_[customer]] : nullptr;
  }

  static std::int64_t change_of(const ObservedEvent& event) {
    return event.kind == SequentialKind::deposit ? event.amount.minor : -event.amount.minor;
  }

  /// Takes all answers that are right now and change nothing. Returns their customers.
  std::vector<std::size_t> settle() {
    std::vector<std::size_t> taken;
    for (bool changed = true; changed;) {
      changed = false;
      phase_ = UINT32_MAX;
      for (std::size_t customer = 0; customer < next_.size(); ++customer) {
        const ObservedEvent* event = next(customer);
        phase_ = event != nullptr ? std::min(phase_, event->phase) : phase_;
      }
      for (std::size_t customer = 0; customer < next_.size(); ++customer) {
        const ObservedEvent* event = next(customer);
        if (event != nullptr && event->phase == phase_ && is_free(*event)) {
          taken.push_back(customer);
          ++next_[customer];
          changed = true;
        }
      }
    }
    return taken;
  }

  bool is_free(const ObservedEvent& event) const {
    if (event.kind != SequentialKind::query && event.outcome != Outcome::fail) {
      return false;
    }
    const bool due = event.kind == SequentialKind::query      ? true
                     : event.kind == SequentialKind::withdraw ? total_ < event.amount.minor
                                                              : deposits_ > run_.most.minor;
    return due && (!event.balance || event.balance->minor == total_);
  }

  Possibility go_on() {
    const auto taken = settle();
    const Possibility found = explore();
    for (const std::size_t customer : taken) {
      --next_[customer];
    }
    return found;
  }

  Possibility explore() {
    if (phase_ == UINT32_MAX) {
      return Possibility::possible;
    }
    const std::uint64_t cost = 1 + next_.size() / 8;
    if (steps_ <= cost) {
      return Possibility::undecided;
    }
    steps_ -= cost;
    if (!visited_.insert(key()).second) {
      return Possibility::impossible;
    }
    for (const Move& move : moves()) {
      const Possibility found = take(move);
      if (found != Possibility::impossible) {
        return found;
      }
    }
    return Possibility::impossible;
  }

  Key key() const {
    Key key(next_.begin(), next_.end());
    key.push_back(total_);
    std::vector<std::int64_t> pending = pending_;
    std::ranges::sort(pending);
    key.insert(key.end(), pending.begin(), pending.end());
    return key;
  }

  std::vector<Move> moves() {
    std::multiset<std::int64_t> awaited;
    for (std::size_t customer = 0; customer < next_.size(); ++customer) {
      const ObservedEvent* event = next(customer);
      if (event != nullptr && event->kind == SequentialKind::query && event->balance) {
        awaited.insert(event->balance->minor);
      }
    }
    std::vector<Move> out;
    for (std::size_t customer = 0; customer < next_.size(); ++customer) {
      const ObservedEvent* event = next(customer);
      if (event == nullptr || event->phase != phase_ || event->kind == SequentialKind::query ||
          event->outcome == Outcome::fail) {
        continue;
      }
      const std::int64_t after = total_ + change_of(*event);
      const bool unknown = event->outcome == Outcome::unknown;
      if (unknown || (after >= 0 && (!event->balance || event->balance->minor == after))) {
        out.push_back({customer, std::nullopt,
                       4 * (awaited.count(after) + (event->balance ? 1 : 0)) + random_.below(4)});
      }
    }
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (total_ + pending_[i] >= 0) {
        out.push_back({0, i, 4 * awaited.count(total_ + pending_[i]) + random_.below(4)});
      }
    }
    std::ranges::stable_sort(out, std::greater{}, &Move::rank);
    return out;
  }

  Possibility take(const Move& move) {
    const auto kept = std::pair(total_, pending_);
    const std::uint32_t phase = phase_;
    if (move.pending) {
      total_ += pending_[*move.pending];
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(*move.pending));
    } else {
      const ObservedEvent& event = *next(move.customer);
      ++next_[move.customer];
      if (event.outcome == Outcome::unknown) {
        pending_.push_back(change_of(event));
      } else {
        total_ += change_of(event);
      }
    }
    const Possibility found = go_on();
    std::tie(total_, pending_) = kept;
    phase_ = phase;
    next_[move.customer] -= move.pending ? 0 : 1;
    return found;
  }

  const ObservedRun& run_;
  Random random_;
  std::uint64_t steps_;
  std::vector<std::size_t> next_;
  std::int64_t total_;
  std::int64_t deposits_ = 0;
  std::uint32_t phase_ = 0;
  std::vector<std::int64_t> pending_;  // `unknown` changes that may still happen
  std::set<Key> visited_;
};

}  // namespace

Possibility find_serial_order(const ObservedRun& run, std::uint64_t seed, std::uint64_t steps) {
  return SerialSearch(run, seed, steps).run();
}

}  // namespace passbook
