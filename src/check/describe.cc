// SPDX-License-Identifier: Apache-2.0
#include "check/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace passbook::history {
namespace {

std::string shown(const std::optional<Money>& balance) {
  return balance ? fmt::format(", balance {}", to_string(*balance)) : std::string();
}

std::string legs_of(const Applied& applied) {
  std::string out;
  for (const Leg& leg : applied.legs) {
    out += out.empty() ? "" : "; ";
    if (const auto* money = std::get_if<MoneyLeg>(&leg)) {
      out += fmt::format("{}{} on account {}", money->change > Money{} ? "+" : "",
                         to_string(money->change), money->account.value);
    } else {
      const auto& rights = std::get<RightsLeg>(leg);
      out += fmt::format("rights to {} on account {} from {} to {}", to_string(rights.amount),
                         rights.account.value, name_of(rights.from), name_of(rights.to));
    }
  }
  return out;
}

struct Describer {
  std::string operator()(const Invoked& e) const {
    const std::string amount = e.kind == Kind::query ? std::string() : " " + to_string(e.amount);
    return fmt::format("customer {} calls branch {}: {}{} on account {}, {}, ack {}",
                       e.client.customer.value, e.branch.value, to_string(e.kind), amount,
                       e.account.value, name_of(e.request), to_string(e.level));
  }
  std::string operator()(const Answered& e) const {
    return fmt::format("customer {} hears of {}: {}{}", e.client.customer.value, name_of(e.request),
                       to_string(e.result), shown(e.balance));
  }
  std::string operator()(const Started& e) const {
    return fmt::format("{} starts with {} entries", name_of(Origin{e.branch, e.incarnation}),
                       e.entries);
  }
  std::string operator()(const Arrived& e) const {
    return fmt::format("branch {} receives {}", e.branch.value, name_of(e.request));
  }
  std::string operator()(const Applied& e) const {
    const bool own = e.entry.origin.branch == e.branch;
    const std::string why = e.request ? ", " + name_of(*e.request) : std::string();
    return fmt::format("branch {} {} {} ({}{}): balance {}", e.branch.value,
                       own ? "accepts" : "applies", name_of(e.entry), legs_of(e), why,
                       to_string(e.balance));
  }
  std::string operator()(const Synced& e) const {
    return fmt::format("branch {} has {} entries on its disk", e.branch.value, e.entries);
  }
  std::string operator()(const Replied& e) const {
    return fmt::format("branch {} answers {}: {}{}", e.branch.value, name_of(e.request),
                       to_string(e.result), shown(e.balance));
  }
  std::string operator()(const Crashed& e) const {
    return fmt::format("branch {} crashes", e.branch.value);
  }
  std::string operator()(const Stopped& e) const {
    return fmt::format("branch {} stops: {}", e.branch.value, e.why);
  }
  std::string operator()(const Paused& e) const {
    return fmt::format("branch {} stands still", e.branch.value);
  }
  std::string operator()(const Resumed& e) const {
    return fmt::format("branch {} goes on", e.branch.value);
  }
  std::string operator()(const DiskLost& e) const {
    return fmt::format("branch {} loses its disk", e.branch.value);
  }
  std::string operator()(const FaultsOver&) const { return "all trouble is over"; }
  std::string operator()(const Audited& e) const {
    return fmt::format("branch {} ends with {} on account {}", e.branch.value, to_string(e.balance),
                       e.account.value);
  }
  std::string operator()(const Ended&) const { return "the end"; }
};

/// What an event is about.
struct Subject {
  std::optional<RequestId> request;
  std::optional<EntryId> entry;
  std::optional<BranchId> branch;
  bool life = false;  ///< of the branch
};

struct Subjects {
  Subject operator()(const Invoked& e) const { return {e.request, {}, e.branch}; }
  Subject operator()(const Answered& e) const { return {e.request, {}, {}}; }
  Subject operator()(const Arrived& e) const { return {e.request, {}, e.branch}; }
  Subject operator()(const Applied& e) const { return {e.request, e.entry, e.branch}; }
  Subject operator()(const Replied& e) const { return {e.request, {}, e.branch}; }
  Subject operator()(const Synced& e) const { return {{}, {}, e.branch}; }
  Subject operator()(const Audited& e) const { return {{}, {}, e.branch}; }
  Subject operator()(const FaultsOver&) const { return {}; }
  Subject operator()(const Ended&) const { return {}; }
  template <class Life>
  Subject operator()(const Life& e) const {
    return {{}, {}, e.branch, true};
  }
};

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::query:
      return "query";
    case Kind::deposit:
      return "deposit";
    case Kind::withdraw:
      break;
  }
  return "withdraw";
}

std::string_view to_string(Level level) {
  switch (level) {
    case Level::local:
      return "local";
    case Level::majority:
      return "majority";
    case Level::all:
      break;
  }
  return "all";
}

std::string_view to_string(Result result) {
  switch (result) {
    case Result::ok:
      return "OK";
    case Result::insufficient_funds:
      return "INSUFFICIENT_FUNDS";
    case Result::unavailable:
      return "UNAVAILABLE";
    case Result::unconfirmed:
      return "UNCONFIRMED";
    case Result::unknown_account:
      return "UNKNOWN_ACCOUNT";
    case Result::bad_amount:
      return "BAD_AMOUNT";
    case Result::overflow:
      return "OVERFLOW";
    case Result::invalid_passbook:
      return "INVALID_PASSBOOK";
    case Result::request_id_reused:
      return "REQUEST_ID_REUSED";
    case Result::too_old:
      return "TOO_OLD";
    case Result::lost_write:
      return "LOST_WRITE";
    case Result::disk_full:
      return "DISK_FULL";
    case Result::unanswered:
      break;
  }
  return "no answer";
}

std::string name_of(Origin origin) {
  return origin.incarnation.value == 1 ? fmt::format("branch {}", origin.branch.value)
                                       : fmt::format("branch {} (incarnation {})",
                                                     origin.branch.value, origin.incarnation.value);
}

std::string name_of(const EntryId& entry) {
  return fmt::format("entry {} of {}", entry.sequence.value, name_of(entry.origin));
}

std::string name_of(const RequestId& request) {
  const std::string session =
      request.client.session > 1 ? fmt::format(" in session {}", request.client.session) : "";
  return fmt::format("request {} of customer {}{}", request.number, request.client.customer.value,
                     session);
}

std::string describe(const What& what) { return std::visit(Describer{}, what); }

std::vector<std::size_t> excerpt(const History& history, const Violation& violation,
                                 std::size_t most) {
  std::set<RequestId> requests;
  std::set<EntryId> entries;
  std::set<BranchId> branches;
  std::set<std::size_t> named(violation.events.begin(), violation.events.end());
  for (const std::size_t index : violation.events) {
    const Subject subject = std::visit(Subjects{}, history.events.at(index).what);
    if (subject.request) {
      requests.insert(*subject.request);
    }
    if (subject.entry) {
      entries.insert(*subject.entry);
    }
    if (subject.branch) {
      branches.insert(*subject.branch);
    }
  }
  std::vector<std::size_t> out;
  const std::size_t end = named.empty() ? 0 : *named.rbegin() + 1;
  for (std::size_t index = 0; index < end; ++index) {
    const Subject subject = std::visit(Subjects{}, history.events[index].what);
    if (named.contains(index) || (subject.request && requests.contains(*subject.request)) ||
        (subject.entry && entries.contains(*subject.entry)) ||
        (subject.life && branches.contains(*subject.branch))) {
      out.push_back(index);
    }
  }
  if (out.size() > most) {
    out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(most));
  }
  return out;
}

}  // namespace passbook::history
