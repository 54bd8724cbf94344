// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/generate.h"

#include <array>

#include "base/random.h"

namespace passbook {
namespace {

constexpr std::array<std::pair<std::string_view, GeneratedDialect>, 5> kDialects{{
    {"spec", GeneratedDialect::spec},
    {"money", GeneratedDialect::money},
    {"dest", GeneratedDialect::dest},
    {"branch", GeneratedDialect::branch},
    {"clock", GeneratedDialect::clock},
}};

bool names_branches(GeneratedDialect dialect) {
  return dialect == GeneratedDialect::dest || dialect == GeneratedDialect::branch;
}

/// Says which option is out of range; "" if none is.
std::string fault_of(const GenerateOptions& options) {
  constexpr std::uint64_t kMostBranches = 1000;
  constexpr std::uint64_t kMost = 1'000'000;
  for (const auto& [name, value, most] : {std::tuple{"--branches", options.branches, kMostBranches},
                                          std::tuple{"--customers", options.customers, kMost},
                                          std::tuple{"--events", options.events, kMost}}) {
    if (value < 1 || value > most) {
      return fmt::format("{} must be from 1 to {}, not {}", name, most, value);
    }
  }
  if (!names_branches(options.dialect) && options.customers > options.branches) {
    return fmt::format(
        "--customers must be at most --branches, which is {}: in this dialect a customer stays at "
        "the branch with its id (dest and branch name branches)",
        options.branches);
  }
  return "";
}

/// From 1 to 99.99, with cents one time in four.
Money draw_amount(Random& random) {
  const auto whole = static_cast<std::int64_t>(1 + random.below(99));
  const auto cents = static_cast<std::int64_t>(random.chance(1, 4) ? random.below(100) : 0);
  return Money{whole * 100 + cents};
}

class Generator {
 public:
  explicit Generator(const GenerateOptions& options) : options_(options), random_(options.seed) {}

  Scenario run() &&;

 private:
  void add_customers();
  CustomerEvent draw_event(std::uint64_t customer, bool is_last);
  void choose_refused();
  void set_opening();
  void set_dialect();
  std::vector<CustomerEvent*> events();

  GenerateOptions options_;
  Random random_;
  Scenario scenario_;
  std::vector<CustomerEvent*> refused_;
};

Scenario Generator::run() && {
  for (std::uint32_t id = 1; id <= options_.branches; ++id) {
    scenario_.branches.push_back({BranchId{id}, std::nullopt});
  }
  add_customers();
  if (options_.refusals) {
    choose_refused();
  }
  set_opening();
  set_dialect();
  return std::move(scenario_);
}

std::vector<CustomerEvent*> Generator::events() {
  std::vector<CustomerEvent*> out;
  for (Listing& listing : scenario_.listings) {
    for (CustomerEvent& event : listing.events) {
      out.push_back(&event);
    }
  }
  return out;
}

void Generator::add_customers() {
  std::uint64_t next = 1;
  for (std::uint64_t customer = 1; customer <= options_.customers; ++customer) {
    Listing listing{CustomerId{customer}, {}};
    const std::uint64_t remaining = options_.events - (next - 1);
    const std::uint64_t waiting = options_.customers - customer + 1;
    const std::uint64_t count = (remaining + waiting - 1) / waiting;
    for (std::uint64_t i = 1; i <= count; ++i) {
      listing.events.push_back(draw_event(customer, count > 1 && i == count));
      listing.events.back().id = next++;
    }
    scenario_.listings.push_back(std::move(listing));
  }
}

CustomerEvent Generator::draw_event(std::uint64_t customer, bool is_last) {
  CustomerEvent event;
  const std::uint64_t place =
      names_branches(options_.dialect) ? 1 + random_.below(options_.branches) : customer;
  event.branch = BranchId{static_cast<std::uint32_t>(place)};
  constexpr std::array kWrites = {Interface::deposit, Interface::withdraw};
  const bool may_query = options_.dialect != GeneratedDialect::clock;
  if (may_query && (is_last || random_.chance(1, 3))) {
    return event;
  }
  event.interface = kWrites[random_.below(kWrites.size())];
  event.money = draw_amount(random_);
  return event;
}

/// Picks about a third of the withdrawals, at least one. If there is none, turns an event into one.
void Generator::choose_refused() {
  std::vector<CustomerEvent*> withdrawals = events();
  std::erase_if(withdrawals,
                [](const CustomerEvent* event) { return event->interface != Interface::withdraw; });
  if (withdrawals.empty()) {
    CustomerEvent& first = scenario_.listings.front().events.front();
    first.interface = Interface::withdraw;
    first.money = draw_amount(random_);
    withdrawals.push_back(&first);
  }
  for (CustomerEvent* event : withdrawals) {
    if (random_.chance(1, 3)) {
      refused_.push_back(event);
    }
  }
  if (refused_.empty()) {
    refused_.push_back(withdrawals[random_.below(withdrawals.size())]);
  }
}

/// Sets an opening of enough hundreds for the withdrawals meant to succeed. Enlarges the others.
void Generator::set_opening() {
  Money deposits;
  Money withdrawals;
  for (const CustomerEvent* event : events()) {
    (event->interface == Interface::deposit ? deposits : withdrawals) += event->money;
  }
  for (const CustomerEvent* event : refused_) {
    withdrawals -= event->money;
  }
  constexpr std::int64_t kHundred = 100'00;
  const std::int64_t hundreds = (withdrawals.minor + kHundred - 1) / kHundred;
  scenario_.opening = Money{std::max<std::int64_t>(hundreds, 1) * kHundred};
  for (CustomerEvent* event : refused_) {
    event->money += scenario_.opening + deposits;
  }
}

/// Derives the dialect from the events, as a reader does.
void Generator::set_dialect() {
  Dialect& dialect = scenario_.dialect;
  dialect.event_has_dest = options_.dialect == GeneratedDialect::dest;
  dialect.event_has_branch = options_.dialect == GeneratedDialect::branch;
  dialect.logical_clocks = options_.dialect == GeneratedDialect::clock;
  for (const CustomerEvent* event : events()) {
    dialect.query_has_money |=
        options_.dialect == GeneratedDialect::money && event->interface == Interface::query;
  }
}

}  // namespace

std::optional<GeneratedDialect> generated_dialect_named(std::string_view name) {
  for (const auto& [word, dialect] : kDialects) {
    if (word == name) {
      return dialect;
    }
  }
  return std::nullopt;
}

std::expected<Scenario, std::string> generate(const GenerateOptions& options) {
  const std::string fault = fault_of(options);
  if (!fault.empty()) {
    return std::unexpected(fault);
  }
  return Generator(options).run();
}

}  // namespace passbook
