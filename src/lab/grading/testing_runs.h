// SPDX-License-Identifier: Apache-2.0
// Observed runs for tests, made by hand or at random.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "lab/grading/possible.h"

namespace passbook {

inline ObservedEvent event(SequentialKind kind, std::int64_t amount, SequentialOutcome outcome,
                           std::optional<std::int64_t> balance) {
  ObservedEvent out;
  out.kind = kind;
  out.amount = Money{amount};
  out.outcome = outcome;
  if (balance) {
    out.balance = Money{*balance};
  }
  return out;
}
inline ObservedEvent query(std::int64_t balance) {
  return event(SequentialKind::query, 0, SequentialOutcome::success, balance);
}
inline ObservedEvent closing(std::int64_t balance, std::uint32_t phase) {
  ObservedEvent out = query(balance);
  out.closing = true;
  out.phase = phase;
  return out;
}
inline ObservedEvent deposit(std::int64_t amount,
                             std::optional<std::int64_t> balance = std::nullopt,
                             SequentialOutcome outcome = SequentialOutcome::success) {
  return event(SequentialKind::deposit, amount, outcome, balance);
}
inline ObservedEvent withdraw(std::int64_t amount,
                              std::optional<std::int64_t> balance = std::nullopt,
                              SequentialOutcome outcome = SequentialOutcome::success) {
  return event(SequentialKind::withdraw, amount, outcome, balance);
}

inline ObservedRun run_of(std::int64_t opening, std::vector<std::vector<ObservedEvent>> customers) {
  ObservedRun run;
  run.opening = Money{opening};
  run.customers = std::move(customers);
  return run;
}

/// A few customers with a few events, and answers that are often close to possible.
inline ObservedRun random_run(Random& random) {
  ObservedRun run;
  const bool eventual = random.chance(1, 4);
  const bool mixed = random.chance(1, 3);
  const auto flag = [&] { return mixed ? random.chance(1, 2) : !eventual; };
  run.promised = {flag(), flag(), flag(), flag()};
  run.opening = Money{static_cast<std::int64_t>(random.below(4))};
  run.most = Money{static_cast<std::int64_t>(3 + random.below(12))};
  run.customers.resize(2 + random.below(2));
  const bool settled = random.chance(1, 3);
  std::int64_t balance = run.opening.minor;
  std::vector<std::int64_t> known{balance};
  const std::uint64_t events = 2 + random.below(5);
  const std::uint64_t amounts = 1 + random.below(6);
  std::uint32_t phase = 0;
  for (std::uint64_t i = 0; i < events; ++i) {
    auto& customer = run.customers[random.below(run.customers.size())];
    phase += settled && random.chance(1, 3) ? 1U : 0U;
    const auto amount = static_cast<std::int64_t>(1 + random.below(amounts));
    ObservedEvent made = random.chance(2, 5)   ? query(0)
                         : random.chance(1, 2) ? deposit(amount)
                                               : withdraw(amount);
    if (made.kind != SequentialKind::query) {
      made.outcome = random.chance(1, 6) ? SequentialOutcome::unknown
                     : balance < amount && made.kind == SequentialKind::withdraw
                         ? SequentialOutcome::fail
                         : SequentialOutcome::success;
      made.outcome = random.chance(1, 8) ? SequentialOutcome::fail : made.outcome;
    }
    if (made.outcome != SequentialOutcome::fail) {
      balance += made.kind == SequentialKind::deposit ? amount : -made.amount.minor;
    }
    known.push_back(balance);
    if (made.kind == SequentialKind::query || random.chance(1, 3)) {
      made.balance = Money{random.chance(1, 2) ? balance : known[random.below(known.size())]};
    }
    made.phase = phase;
    made.closing = made.kind == SequentialKind::query && settled && random.chance(1, 3);
    customer.push_back(made);
  }
  return run;
}

inline std::string describe(const ObservedRun& run) {
  std::string out =
      fmt::format("opening {}, most {}, promised {}{}{}{}\n", run.opening.minor, run.most.minor,
                  run.promised.read_your_writes, run.promised.monotonic_writes,
                  run.promised.monotonic_reads, run.promised.writes_follow_reads);
  for (const auto& customer : run.customers) {
    for (const ObservedEvent& e : customer) {
      out += fmt::format("{}{} outcome {} balance {} phase {}{}; ", static_cast<int>(e.kind),
                         e.amount.minor, static_cast<int>(e.outcome),
                         e.balance ? std::to_string(e.balance->minor) : "-", e.phase,
                         e.closing ? " closing" : "");
    }
    out += "\n";
  }
  return out;
}

}  // namespace passbook
