// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/fingerprint.h"

#include "base/random.h"

namespace passbook::sim {
namespace {

/// Mixes numbers, one after another.
class Mixer {
 public:
  void add(std::uint64_t number) { state_ = Random(state_ ^ number).next(); }

  template <class Tag, class Rep>
  void add(StrongId<Tag, Rep> id) {
    add(std::uint64_t{id.value});
  }
  void add(Money money) { add(static_cast<std::uint64_t>(money.minor)); }
  void add(Instant at) { add(static_cast<std::uint64_t>(at.time_since_epoch().count())); }
  void add(Origin origin) {
    add(origin.branch);
    add(origin.incarnation);
  }
  void add(const EntryId& entry) {
    add(entry.origin);
    add(entry.sequence);
  }
  void add(const ClientId& client) {
    add(client.customer);
    add(client.session);
  }
  void add(const RequestId& request) {
    add(request.origin);
    add(request.client);
    add(request.number);
  }
  template <class Value>
  void add(const std::optional<Value>& value) {
    add(std::uint64_t{value.has_value()});
    if (value) {
      add(*value);
    }
  }
  template <class Value>
  void add(const std::vector<Value>& values) {
    add(std::uint64_t{values.size()});
    for (const Value& value : values) {
      add(value);
    }
  }
  template <class... Kinds>
  void add(const std::variant<Kinds...>& value) {
    add(std::uint64_t{value.index()});
    std::visit([this](const auto& v) { this->add(v); }, value);
  }

  void add(const std::string& text) {
    add(std::uint64_t{text.size()});
    for (const char letter : text) {
      add(std::uint64_t{static_cast<unsigned char>(letter)});
    }
  }

  void add(const history::Account& account) {
    add(account.id);
    add(account.opening);
    add(account.limit);
  }
  void add(const history::Bank& bank) {
    add(bank.branches);
    add(bank.accounts);
  }
  void add(const history::Wanted& wanted) {
    for (const bool one : {wanted.read_your_writes, wanted.monotonic_writes, wanted.monotonic_reads,
                           wanted.writes_follow_reads}) {
      add(std::uint64_t{one});
    }
  }
  void add(const history::Invoked& e) {
    add(e.client);
    add(e.request);
    add(e.branch);
    add(static_cast<std::uint64_t>(e.kind));
    add(e.account);
    add(e.amount);
    add(e.wanted);
    add(static_cast<std::uint64_t>(e.level));
    add(e.deadline);
  }
  void add(const history::Answered& e) {
    add(e.client);
    add(e.request);
    add(static_cast<std::uint64_t>(e.result));
    add(e.balance);
    add(std::uint64_t{e.confirmed});
    add(e.unreached);
  }
  void add(const history::Started& e) {
    add(e.branch);
    add(e.incarnation);
    add(e.entries);
  }
  void add(const history::Arrived& e) {
    add(e.branch);
    add(e.request);
    add(e.deadline);
  }
  void add(const history::MoneyLeg& leg) {
    add(leg.account);
    add(leg.change);
  }
  void add(const history::RightsLeg& leg) {
    add(leg.account);
    add(leg.from);
    add(leg.to);
    add(leg.amount);
  }
  void add(const history::Applied& e) {
    add(e.branch);
    add(e.entry);
    add(e.request);
    add(e.legs);
    add(e.balance);
  }
  void add(const history::Synced& e) {
    add(e.branch);
    add(e.entries);
  }
  void add(const history::Replied& e) {
    add(e.branch);
    add(e.request);
    add(static_cast<std::uint64_t>(e.result));
    add(e.balance);
  }
  void add(const history::Crashed& e) { add(e.branch); }
  void add(const history::Stopped& e) {
    add(e.branch);
    add(e.why);
  }
  void add(const history::Paused& e) { add(e.branch); }
  void add(const history::Resumed& e) { add(e.branch); }
  void add(const history::DiskLost& e) { add(e.branch); }
  void add(const history::FaultsOver&) {}
  void add(const history::Audited::Rights& rights) {
    add(rights.origin);
    add(rights.rights);
  }
  void add(const history::Audited& e) {
    add(e.branch);
    add(e.account);
    add(e.balance);
    add(e.rights);
  }
  void add(const history::Ended&) {}
  void add(const history::Twin& e) {
    add(e.branch);
    add(e.of);
    add(e.recovered);
  }
  void add(const history::Worked&) {}
  void add(const history::Calm& e) { add(e.parts); }
  void add(const history::MadeUp& e) { add(e.client); }
  void add(const history::Grouped& e) {
    add(e.branch);
    add(e.first);
    add(e.last);
    add(e.after);
  }
  void add(const history::Forked& e) {
    add(e.branch);
    add(e.of);
  }

  std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace

std::uint64_t fingerprint(const history::History& history) {
  Mixer mixer;
  mixer.add(history.bank);
  for (const history::Event& event : history.events) {
    if (std::holds_alternative<history::Worked>(event.what)) {
      continue;  // the effort is not part of the outcome
    }
    mixer.add(event.at);
    mixer.add(event.what);
  }
  return mixer.state();
}

}  // namespace passbook::sim
