// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/record.h"

namespace passbook {
namespace {

history::Result as_history(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return history::Result::ok;
    case Outcome::insufficient_funds:
      return history::Result::insufficient_funds;
    case Outcome::unavailable:
      return history::Result::unavailable;
    case Outcome::unconfirmed:
      return history::Result::unconfirmed;
    case Outcome::unknown_account:
      return history::Result::unknown_account;
    case Outcome::bad_amount:
      return history::Result::bad_amount;
    case Outcome::overflow:
      return history::Result::overflow;
    case Outcome::invalid_passbook:
      return history::Result::invalid_passbook;
    case Outcome::request_id_reused:
      return history::Result::request_id_reused;
    case Outcome::too_old:
      return history::Result::too_old;
    case Outcome::lost_write:
      return history::Result::lost_write;
    case Outcome::disk_full:
      return history::Result::disk_full;
    case Outcome::unknown:
      return history::Result::unknown;
    case Outcome::abandoned:
      return history::Result::abandoned;
    case Outcome::wrong_origin:
      return history::Result::wrong_origin;
    case Outcome::session_too_new:
      return history::Result::session_too_new;
    case Outcome::resource_exhausted:
      return history::Result::resource_exhausted;
  }
  return history::Result::unanswered;
}

history::Level as_history(AckLevel level) {
  switch (level) {
    case AckLevel::local:
      return history::Level::local;
    case AckLevel::majority:
      return history::Level::majority;
    case AckLevel::all:
      break;
  }
  return history::Level::all;
}

history::Wanted as_history(const Guarantees& wanted) {
  return {.read_your_writes = wanted.read_your_writes,
          .monotonic_writes = wanted.monotonic_writes,
          .monotonic_reads = wanted.monotonic_reads,
          .writes_follow_reads = wanted.writes_follow_reads};
}

history::Leg leg_of(const Entry& entry) {
  struct Of {
    Origin origin;
    history::Leg operator()(const Deposit& d) const {
      return history::MoneyLeg{d.account, d.amount};
    }
    history::Leg operator()(const Withdrawal& w) const {
      return history::MoneyLeg{w.account, Money{} - w.amount};
    }
    history::Leg operator()(const Grant& g) const {
      return history::RightsLeg{g.account, origin, g.to, g.amount};
    }
    history::Leg operator()(const Release& r) const {
      return history::RightsLeg{r.account, r.from, origin, r.amount};
    }
  };
  return std::visit(Of{entry.id.origin}, entry.change);
}

history::Applied applied(BranchId at, const Entry& entry, Money balance) {
  return {.branch = at,
          .entry = entry.id,
          .request = entry.request,
          .legs = {leg_of(entry)},
          .balance = balance};
}

history::Kind kind_of(const Operation& operation) {
  if (std::holds_alternative<Deposit>(operation)) {
    return history::Kind::deposit;
  }
  if (std::holds_alternative<Abandon>(operation)) {
    return history::Kind::abandon;
  }
  return std::holds_alternative<Withdrawal>(operation) ? history::Kind::withdraw
                                                       : history::Kind::query;
}

}  // namespace

history::Bank as_history(const Bank& bank) {
  history::Bank out{.branches = bank.branches, .accounts = {}};
  for (const OpeningAccount& account : bank.accounts) {
    out.accounts.push_back({account.id, account.opening, account.limit});
  }
  return out;
}

std::optional<history::What> as_history(BranchId at, const Observation& observation) {
  if (const auto* seen = std::get_if<RequestSeen>(&observation)) {
    return history::Arrived{at, seen->request, seen->deadline};
  }
  if (const auto* accepted = std::get_if<Accepted>(&observation)) {
    return applied(at, accepted->entry, accepted->balance);
  }
  if (const auto* taken = std::get_if<Applied>(&observation)) {
    return applied(at, taken->entry, taken->balance);
  }
  if (const auto* replied = std::get_if<Replied>(&observation)) {
    return history::Replied{at, replied->request, as_history(replied->outcome), replied->balance};
  }
  return std::nullopt;
}

history::Invoked as_history(ClientId by, const Guarantees& wanted, const Customer::Call& call) {
  const Request& request = call.request;
  const auto change = change_of(request.operation);
  return {.client = by,
          .request = request.id,
          .branch = call.branch,
          .kind = kind_of(request.operation),
          .account = account_of(request.operation),
          .amount = change ? amount_of(*change) : Money{},
          .wanted = as_history(wanted),
          .level = as_history(request.ack),
          .deadline = call.deadline};
}

history::Answered as_history(ClientId by, const RequestId& request, const Answer& answer) {
  return {.client = by,
          .request = request,
          .result = as_history(answer.outcome),
          .balance = answer.balance,
          .confirmed = answer.confirmed,
          .unreached = answer.unreached};
}

history::Answered unanswered(ClientId by, const RequestId& request) {
  return {.client = by,
          .request = request,
          .result = history::Result::unanswered,
          .balance = {},
          .confirmed = 0,
          .unreached = {}};
}

history::Audited as_history(BranchId at, AccountId id, const Account& account) {
  history::Audited out{.branch = at, .account = id, .balance = account.balance(), .rights = {}};
  for (const OriginTotals& totals : account.totals()) {
    out.rights.push_back({totals.origin, totals.rights});
  }
  return out;
}

}  // namespace passbook
