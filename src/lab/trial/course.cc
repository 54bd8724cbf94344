// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/course.h"

#include <cstdint>
#include <utility>

namespace passbook::trial {
namespace {

constexpr std::int64_t kMinorUnits = 100;

CustomerEvent event(Interface interface, std::int64_t amount, std::uint32_t branch) {
  return {.id = {},
          .interface = interface,
          .branch = BranchId{branch},
          .money = Money{amount * kMinorUnits}};
}

CustomerEvent deposit(std::int64_t amount, std::uint32_t branch = 0) {
  return event(Interface::deposit, amount, branch);
}
CustomerEvent withdraw(std::int64_t amount, std::uint32_t branch = 0) {
  return event(Interface::withdraw, amount, branch);
}
CustomerEvent query(std::uint32_t branch = 0) { return event(Interface::query, 0, branch); }

/// Builds a scenario. Events without a branch are at the one with the customer's id; all are
/// numbered in their order.
class Builder {
 public:
  Builder(std::vector<std::uint32_t> branches, std::int64_t opening) {
    scenario_.opening = Money{opening * kMinorUnits};
    for (const std::uint32_t id : branches) {
      scenario_.branches.push_back({BranchId{id}, std::nullopt});
    }
  }

  Builder& customer(std::uint32_t id, std::vector<CustomerEvent> events) {
    for (CustomerEvent& each : events) {
      each.id = ++events_;
      scenario_.dialect.event_has_dest |= each.branch != BranchId{};
      each.branch = each.branch == BranchId{} ? BranchId{id} : each.branch;
    }
    scenario_.listings.push_back({CustomerId{id}, std::move(events)});
    return *this;
  }

  Scenario done() { return scenario_; }

 private:
  Scenario scenario_;
  std::uint64_t events_ = 0;
};

std::vector<std::uint32_t> up_to(std::uint32_t last) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t id = 1; id <= last; ++id) {
    out.push_back(id);
  }
  return out;
}

/// Each customer deposits ten times its id and asks.
Scenario many(std::uint32_t branches) {
  Builder out(up_to(branches), 1000);
  for (const std::uint32_t id : up_to(branches)) {
    out.customer(id, {deposit(10 * std::int64_t{id}), query()});
  }
  return out.done();
}

Scenario sample() {
  return Builder(up_to(3), 400)
      .customer(1, {query()})
      .customer(2, {deposit(170), query()})
      .customer(3, {withdraw(70), query()})
      .done();
}

Scenario two_rounds() {
  return Builder(up_to(2), 100)
      .customer(1, {deposit(10), query()})
      .customer(2, {withdraw(20), query()})
      .customer(1, {withdraw(30), query()})
      .customer(2, {deposit(40), query()})
      .done();
}

Scenario all_at_once() {
  Builder out(up_to(5), 500);
  for (const std::uint32_t id : up_to(5)) {
    out.customer(id, {deposit(id), withdraw(10 * std::int64_t{id}), query()});
  }
  return out.done();
}

Scenario drained() {
  return Builder(up_to(3), 100)
      .customer(1, {withdraw(60), query()})
      .customer(2, {withdraw(40), query()})
      .customer(3, {withdraw(1), query()})
      .done();
}

Scenario refused() {
  return Builder(up_to(2), 50)
      .customer(1, {withdraw(51), query(), deposit(1), withdraw(51), query()})
      .customer(2, {withdraw(1), query()})
      .done();
}

Scenario gaps() {
  return Builder({2, 5, 9}, 10)
      .customer(9, {deposit(9), query()})
      .customer(2, {withdraw(2), query()})
      .done();
}

Scenario read_your_writes() {
  return Builder(up_to(3), 0)
      .customer(1, {deposit(400, 1), query(2), withdraw(100, 2), query(3)})
      .done();
}

Scenario monotonic_writes() {
  return Builder(up_to(3), 0)
      .customer(1, {deposit(400, 1), withdraw(400, 2), deposit(5, 3), query(1)})
      .done();
}

}  // namespace

std::vector<CourseCase> course_cases() {
  constexpr std::uint32_t kTen = 10;
  constexpr std::uint32_t kFifty = 50;
  return {
      {"sample", "spec", "each query shows all writes before it, whatever the branch", sample()},
      {"two-rounds", "spec", "a customer may come twice, and finds what all did before",
       two_rounds()},
      {"all-at-once", "spec", "no write is lost, though all branches write", all_at_once()},
      {"drained", "spec", "the last money can be withdrawn, and no more than that", drained()},
      {"refused", "spec", "a refused withdrawal changes nothing, and later ones may succeed",
       refused()},
      {"gaps", "spec", "branches have the ids of the file, whichever these are", gaps()},
      {"ten-branches", "spec", "as many branches as the file has", many(kTen)},
      {"read-your-writes", "dest", "a customer's query shows its own writes at any branch",
       read_your_writes()},
      {"monotonic-writes", "dest", "a customer's writes count in its order at any branch",
       monotonic_writes()},
      {"fifty-branches", "spec", "as many branches as the file has", many(kFifty)},
  };
}

}  // namespace passbook::trial
