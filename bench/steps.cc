// SPDX-License-Identifier: Apache-2.0
// What a step costs in which nothing happens, while many requests wait: it should not depend on how
// many. Run alone.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "branch/replica.h"

namespace passbook {
namespace {

constexpr AccountId kAccount{1};

Bank bank() {
  return {{BranchId{1}, BranchId{2}, BranchId{3}}, {{kAccount, Money{300'000'000}, Money{0}}}};
}

/// None is refused because there are too many.
BranchOptions boundless() {
  BranchOptions out;
  out.most_waiting = 1'000'000;
  out.most_in_work = 1'000'000;
  return out;
}

/// Branch 1 of three, alone, and so many requests.
class Waiting {
 public:
  Waiting(std::int64_t count, const Operation& operation, const Passbook& passbook)
      : replica_(bank(), boundless(), State(bank(), Origin{BranchId{1}})) {
    step({});
    for (std::uint64_t number = 1; number <= static_cast<std::uint64_t>(count); ++number) {
      const Request request{.id = {{BranchId{1}}, {CustomerId{number}, 1}, 1},
                            .operation = operation,
                            .passbook = passbook,
                            .bank = passbook == Passbook{} ? BankId{} : identity(bank()),
                            .guarantees = Guarantees::session()};
      step({Called{CallId{number}, request, now_ + std::chrono::hours(1)}});
    }
  }

  void step(const std::vector<Event>& events) {
    now_ += std::chrono::nanoseconds(1);
    const Effects effects = replica_.step(events, now_);
    PASSBOOK_CHECK(effects.answers.empty(), "all of them wait");
  }

 private:
  Replica replica_;
  Instant now_{std::chrono::seconds(1)};
};

void empty_step(benchmark::State& state, const Operation& operation, const Passbook& passbook) {
  Waiting waiting(state.range(0), operation, passbook);
  for (auto _ : state) {
    waiting.step({});
  }
}

/// Of what has not been written yet.
Passbook future() { return {{}, {{{{Origin{BranchId{2}}}, Sequence{1'000'000}}, Tag{7}}}}; }

void queries(benchmark::State& state) { empty_step(state, Query{kAccount}, future()); }
void writes_without_their_past(benchmark::State& state) {
  empty_step(state, Deposit{kAccount, Money{1}}, future());
}
void unconfirmed_writes(benchmark::State& state) {
  empty_step(state, Deposit{kAccount, Money{1}}, {});
}
void claims(benchmark::State& state) {
  empty_step(state, Withdrawal{kAccount, Money{200'000'000}}, {});
}

BENCHMARK(queries)->Arg(16)->Arg(1'600)->Arg(16'000);
BENCHMARK(writes_without_their_past)->Arg(16)->Arg(1'600)->Arg(16'000);
BENCHMARK(unconfirmed_writes)->Arg(16)->Arg(1'600)->Arg(16'000);
// To make 16,000 claims takes a minute, so it is done once.
BENCHMARK(claims)->Arg(16)->Arg(1'600)->Arg(16'000)->Iterations(1'000'000);

}  // namespace
}  // namespace passbook

BENCHMARK_MAIN();
