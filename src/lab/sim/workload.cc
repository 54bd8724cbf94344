// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/workload.h"

#include <algorithm>

namespace passbook::sim {
namespace {

using std::chrono::seconds;

constexpr std::size_t kOdd = 2;
constexpr std::uint64_t kFirstOdd = 1'000'000;
/// The gap between a customer's session numbers, since a customer may begin sessions by itself.
constexpr std::uint64_t kBetweenSessions = 1'000'000;
/// Longer than any customer waits.
constexpr Duration kLong = seconds(20);
/// Then customers stay away: what happens in a busy bank of many branches takes gigabytes.
constexpr std::uint64_t kMostActs = 30'000;
constexpr AckLevel kLevels[] = {AckLevel::local, AckLevel::majority, AckLevel::all};

Guarantees some_guarantees(Random& random) {
  switch (random.below(4)) {
    case 0:
      return Guarantees::session();
    case 1:
      return Guarantees::eventual();
    default:
      return {.read_your_writes = random.chance(1, 2),
              .monotonic_writes = random.chance(1, 2),
              .monotonic_reads = random.chance(1, 2),
              .writes_follow_reads = random.chance(1, 2)};
  }
}

}  // namespace

Workload::Workload(const Setup& setup, World& world, Clients& clients)
    : setup_(setup), world_(world), clients_(clients) {
  for (std::uint32_t i = 1; i <= setup.customers; ++i) {
    Person person{.options = {}, .where = {}, .random = stream_of(setup.seed, "customer", i)};
    person.options = {.client = {CustomerId{i}, session(1)},
                      .guarantees = some_guarantees(person.random),
                      .ack = kLevels[person.random.below(3)],
                      .timeout = setup.workload.timeout};
    person.where = branch(person.random);
    person.hurry = person.random.chance(1, 5) ? 20 : 1;
    people_.push_back(person);
    clients.add(people_.back().options,
                [this](std::size_t client, const Performed&) { rest(client); });
  }
  first_odd_ = people_.size();
  for (std::size_t i = 0; i < kOdd && setup.workload.probes_in_hundred > 0; ++i) {
    const ClientId id{CustomerId{kFirstOdd + i}, session(1)};
    people_.push_back(
        {.options = {.client = id}, .where = {}, .random = stream_of(setup.seed, "odd", i)});
    clients.add_odd(id, [this](std::size_t client) { rest(client); });
  }
}

/// The number of a session that is opened now.
std::uint64_t Workload::session(std::uint64_t low) const {
  return world_.seconds_since_1970() << 32U | low;
}

void Workload::begin() {
  for (std::size_t client = 0; client < people_.size(); ++client) {
    rest(client);
  }
}

void Workload::go_on_apart() {
  over_ = false;
  apart_ = true;
  acts_ = 0;
  for (std::size_t client = 0; client < people_.size(); ++client) {
    if (!people_[client].rests && !clients_.busy(client)) {
      rest(client);
    }
  }
}

bool Workload::busy() const {
  for (std::size_t client = 0; client < people_.size(); ++client) {
    if (clients_.busy(client)) {
      return true;
    }
  }
  return false;
}

void Workload::rest(std::size_t client) {
  Person& person = people_[client];
  Duration most = 2 * setup_.workload.think / person.hurry;
  if (client >= first_odd_) {  // for the wanted share of odd events
    const auto share = static_cast<std::int64_t>(setup_.workload.probes_in_hundred) *
                       std::max(1U, setup_.customers);
    most = 2 * setup_.workload.think * 100 * static_cast<std::int64_t>(kOdd) / share;
  }
  person.rests = true;
  world_.later(between(person.random, {}, most), ClientActs{client});
}

void Workload::happen(const ClientActs& acts) {
  people_[acts.client].rests = false;
  if (over_ || clients_.busy(acts.client) || acts_ >= kMostActs) {
    return;
  }
  ++acts_;
  if (acts.client >= first_odd_) {
    act_as_odd_client(acts.client);
    return;
  }
  Person& person = people_[acts.client];
  constexpr std::uint64_t kEventsOfASession = 400;
  if (person.random.chance(1, kEventsOfASession)) {
    const std::uint64_t low = person.options.client.session & UINT32_MAX;
    person.options.client.session = session(low + kBetweenSessions);
    clients_.begin_anew(acts.client, person.options);
  }
  clients_.perform(acts.client, next_event(person));
}

Money Workload::amount(Random& random, std::int64_t times) const {
  const auto most = static_cast<std::uint64_t>(setup_.workload.most);
  return Money{times * static_cast<std::int64_t>(1 + random.below(most))};
}

/// A random account, often the first, which is the hot one.
AccountId Workload::account(Random& random) const {
  const auto& accounts = setup_.bank.accounts;
  return random.chance(1, 2) ? accounts.front().id : accounts[random.below(accounts.size())].id;
}

BranchId Workload::branch(Random& random) const {
  return setup_.bank.branches[random.below(setup_.bank.branches.size())];
}

CustomerEvent Workload::next_event(Person& person) {
  Random& random = person.random;
  CustomerEvent event;
  if (random.below(10) < setup_.workload.moves_in_ten) {
    person.where = branch(random);
  }
  event.branch = person.where;
  event.account = account(random);
  const std::uint64_t dice = random.below(10);
  if (dice < setup_.workload.deposit_in_ten) {
    event.interface = Interface::deposit;
    event.money = amount(random, apart_ ? 4 : 1);
  } else if (dice < setup_.workload.deposit_in_ten + setup_.workload.withdraw_in_ten) {
    event.interface = Interface::withdraw;
    const bool mistyped = apart_ && random.chance(1, 10);
    event.money = amount(random, mistyped ? 1'000 : 1);
    if (setup_.workload.skewed && random.below(10) < 9) {
      const std::size_t busy = (setup_.bank.branches.size() + 9) / 10;
      event.branch = setup_.bank.branches[random.below(busy)];
    }
  }
  return event;
}

void Workload::act_as_odd_client(std::size_t client) {
  Person& person = people_[client];
  Random& random = person.random;
  Request request{.id = {{branch(random)}, person.options.client, ++odd_number_},
                  .operation = Deposit{account(random), amount(random)},
                  .passbook = {},
                  .bank = {},
                  .guarantees = some_guarantees(random),
                  .ack = kLevels[random.below(3)]};
  BranchId where = request.id.origin.branch;
  if (apart_ && random.chance(1, 2)) {
    make_unpayable_withdrawal(random, request);
    clients_.call(client, where, std::move(request), kLong);
    return;
  }
  const auto& asked = clients_.asked();
  if (!asked.empty() && random.chance(3, 4)) {
    request = sent_again(random, asked[random.below(asked.size())]);
    where = random.chance(1, 2) ? request.id.origin.branch : branch(random);
  } else {
    request = nonsense(random, request);
  }
  clients_.call(client, where, std::move(request), setup_.workload.timeout);
}

/// A withdrawal that can't be paid, or not for a long time, since its passbook names entries that
/// don't exist. Others need not wait for it.
void Workload::make_unpayable_withdrawal(Random& random, Request& request) const {
  const bool nearly = random.chance(1, 2);
  request.operation = Withdrawal{account(random), amount(random, nearly ? 10 : 10'000)};
  request.bank = identity(setup_.bank);
  if (random.chance(1, 2)) {
    constexpr std::uint64_t kFar = 1'000'000;
    request.passbook.writes.raise({{{branch(random)}, Sequence{kFar + random.below(kFar)}}, {}});
    request.guarantees = Guarantees::session();
  }
}

/// A request again: mostly unchanged, sometimes with another body, or to abandon it.
Request Workload::sent_again(Random& random, Request request) {
  if (random.chance(1, 8)) {
    request.operation = Abandon{};
    return request;
  }
  if (random.chance(1, 6)) {
    request.operation = Deposit{account(random), amount(random)};
  } else if (random.chance(1, 6)) {
    request.operation = Withdrawal{account(random), amount(random)};
  }
  return request;
}

/// A passbook that no branch has given out: of other histories, of a future, too long, or of
/// incarnations that nobody has heard of.
Passbook Workload::made_up_passbook(Random& random) const {
  const Origin origin{branch(random)};
  const Tag tag{random.next()};
  Passbook out;
  switch (random.below(4)) {
    case 0: {
      const auto& asked = clients_.asked();
      const Passbook known = asked.empty() ? out : asked[random.below(asked.size())].passbook;
      for (const TaggedPosition& position : known.reads.positions()) {
        out.reads.raise({position.end, Tag{position.tag.value ^ random.below(3)}});
      }
      break;
    }
    case 1:
      out.writes.raise({{origin, Sequence{1 + (random.next() >> random.below(64))}}, tag});
      break;
    case 2:
      for (std::uint32_t i = 1; i <= 4 * setup_.bank.branches.size() + 65; ++i) {
        out.reads.raise({{{origin.branch, Incarnation{i}}, Sequence{1}}, tag});
      }
      break;
    default:
      out.reads.raise({{{origin.branch, Incarnation{1000}}, Sequence{1}}, tag});
      break;
  }
  return out;
}

Request Workload::nonsense(Random& random, const Request& as) {
  Request out = as;
  switch (random.below(8)) {
    case 0:
      out.operation = Withdrawal{account(random), Money{}};
      break;
    case 1:
      out.operation = Deposit{account(random), Money{-5}};
      break;
    case 2:
      out.operation = Deposit{AccountId{999}, Money{5}};
      break;
    case 3:
      out.operation = Deposit{account(random), Money::max()};
      break;
    case 4:
      out.bank = BankId{42};
      out.passbook.writes.raise({{as.id.origin, Sequence{1}}, Tag{}});
      break;
    case 5:
      out.operation = Query{AccountId{999}};
      break;
    default:
      out.bank = identity(setup_.bank);
      out.passbook = made_up_passbook(random);
      if (random.chance(1, 2)) {
        out.operation = Query{account(random)};
      }
      break;
  }
  return out;
}

}  // namespace passbook::sim
