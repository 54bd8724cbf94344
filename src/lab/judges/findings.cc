// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace passbook::history {

void Findings::add(std::string what, std::initializer_list<Index> events) {
  if (full()) {
    return;
  }
  Violation violation{invariant_, std::move(what), {}};
  for (const Index event : events) {
    if (event != kNone) {
      violation.events.push_back(event);
    }
  }
  std::ranges::sort(violation.events);
  violations_.push_back(std::move(violation));
}

std::vector<Violation> Findings::take() && {
  std::ranges::stable_sort(violations_, {}, [](const Violation& violation) {
    return violation.events.empty() ? std::size_t{0} : violation.events.back();
  });
  return std::move(violations_);
}

std::string name_of(BranchId branch) { return fmt::format("branch {}", branch.value); }

std::string name_of(const ClientId& client) {
  const std::string customer = fmt::format("customer {}", client.customer.value);
  return client.session == 0 ? customer : fmt::format("{} in session {}", customer, client.session);
}

std::string name_of(const Origin& origin) {
  const std::string branch = name_of(origin.branch);
  return origin.incarnation == Incarnation{1}
             ? branch
             : fmt::format("{} in incarnation {}", branch, origin.incarnation.value);
}

std::string name_of(const EntryId& entry) {
  return fmt::format("entry {} of {}", entry.sequence.value, name_of(entry.origin));
}

std::string name_of(const RequestId& request) {
  return fmt::format("request {} of {} at {}", request.number, name_of(request.client),
                     name_of(request.origin));
}

std::string_view name_of(Result result) {
  switch (result) {
    case Result::ok:
      return "ok";
    case Result::insufficient_funds:
      return "insufficient funds";
    case Result::unavailable:
      return "unavailable";
    case Result::unconfirmed:
      return "unconfirmed";
    case Result::unknown_account:
      return "unknown account";
    case Result::bad_amount:
      return "bad amount";
    case Result::overflow:
      return "overflow";
    case Result::invalid_passbook:
      return "invalid passbook";
    case Result::request_id_reused:
      return "request id reused";
    case Result::too_old:
      return "too old";
    case Result::lost_write:
      return "lost write";
    case Result::disk_full:
      return "disk full";
    case Result::unknown:
      return "unknown";
    case Result::abandoned:
      return "abandoned";
    case Result::wrong_origin:
      return "wrong origin";
    case Result::session_too_new:
      return "session too new";
    case Result::resource_exhausted:
      return "resource exhausted";
    case Result::unanswered:
      break;
  }
  return "unanswered";
}

std::string name_of(const Invoked& call) {
  switch (call.kind) {
    case Kind::deposit:
      return fmt::format("deposit of {} on account {}", to_string(call.amount), call.account.value);
    case Kind::withdraw:
      return fmt::format("withdrawal of {} from account {}", to_string(call.amount),
                         call.account.value);
    case Kind::abandon:
      return "abandonment";
    case Kind::query:
      break;
  }
  return fmt::format("query of account {}", call.account.value);
}

std::string name_of(const std::optional<Money>& balance) {
  return balance ? to_string(*balance) : "nothing";
}

}  // namespace passbook::history
