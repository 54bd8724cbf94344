// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/narration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

std::string list(const std::vector<BranchId>& branches, BranchId without) {
  std::vector<std::uint32_t> ids;
  for (const BranchId branch : branches) {
    if (branch != without) {
      ids.push_back(branch.value);
    }
  }
  return fmt::format("{}", ids);
}

const char* name_of(const Change& change) {
  if (std::holds_alternative<Deposit>(change)) {
    return "deposit";
  }
  if (std::holds_alternative<Release>(change)) {
    return "release of rights";
  }
  return std::holds_alternative<Withdrawal>(change) ? "withdraw" : "grant";
}

struct Narrator {
  BranchId at;

  Narrated operator()(const RequestSeen& seen) const {
    const auto customer = seen.request.client.customer.value;
    std::string line =
        fmt::format("> branch {} received query from customer {}", at.value, customer);
    if (const auto* deposit = std::get_if<Deposit>(&seen.operation)) {
      line = fmt::format("> branch {} received deposit from customer {} for the amount of ${}",
                         at.value, customer, to_string(deposit->amount));
    } else if (const auto* withdrawal = std::get_if<Withdrawal>(&seen.operation)) {
      line = fmt::format("> branch {} received withdraw from customer {} for the amount of ${}",
                         at.value, customer, to_string(withdrawal->amount));
    } else if (std::holds_alternative<Abandon>(seen.operation)) {
      line = fmt::format("> branch {} received abandon from customer {}", at.value, customer);
    }
    Narrated out{seen.request, {line}};
    out.arrives = true;
    return out;
  }

  Narrated operator()(const Replied& replied) const {
    if (!replied.balance || !std::holds_alternative<Query>(replied.operation)) {
      return {replied.request, {}};
    }
    return {replied.request, {balance(*replied.balance)}};
  }

  Narrated operator()(const Accepted& accepted) const {
    const Entry& entry = accepted.entry;
    if (const auto* grant = std::get_if<Grant>(&entry.change)) {
      return {std::nullopt,
              {fmt::format("+ branch {} grants branch {} the right to ${}", at.value,
                           grant->to.branch.value, to_string(grant->amount))}};
    }
    return {entry.request,
            {balance(accepted.balance),
             fmt::format("*** propagating branch {} {} of ${} to branches {} ***", at.value,
                         name_of(entry.change), to_string(amount_of(entry.change)),
                         list(accepted.peers, at))}};
  }

  Narrated operator()(const Applied& applied) const {
    const Entry& entry = applied.entry;
    Narrated out{entry.request,
                 {fmt::format("> branch {} received {} from branch {} for the amount of ${}",
                              at.value, name_of(entry.change), entry.id.origin.branch.value,
                              to_string(amount_of(entry.change))),
                  balance(applied.balance)}};
    out.applied = applied.balance;
    return out;
  }

  Narrated operator()(const Confirmed& confirmed) const {
    Narrated out{
        confirmed.request,
        {fmt::format("< branch {} confirms that branch {} has it", at.value, confirmed.by.value)}};
    out.confirmed = confirmed.by;
    return out;
  }

  Narrated operator()(const RightsRequested& asked) const {
    return {asked.request,
            {fmt::format("? branch {} lacks the right to ${} and asks branches {}", at.value,
                         to_string(asked.missing), list(asked.peers, at))}};
  }

  Narrated operator()(const ForkSeen& seen) const {
    return {std::nullopt, {fmt::format("! branch {}: {}", at.value, describe(seen.fork))}};
  }
  Narrated operator()(const PeerConnected&) const { return {}; }
  Narrated operator()(const PeerLost&) const { return {}; }
  Narrated operator()(const PeerUnreachable&) const { return {}; }
  Narrated operator()(const MessageReceived&) const { return {}; }
  Narrated operator()(const MessageSent&) const { return {}; }

  Narrated operator()(const PeerRefused& refused) const {
    return {std::nullopt, {fmt::format("! branch {} refused a peer: {}", at.value, refused.why)}};
  }

 private:
  std::string balance(Money amount) const {
    return fmt::format("> branch {} balance is ${}", at.value, to_string(amount));
  }
};

}  // namespace

Narrated narrate(BranchId at, const Observation& observation) {
  return std::visit(Narrator{at}, observation);
}

std::string confirmation(BranchId at, BranchId by, Money balance) {
  return fmt::format("< branch {} confirms that branch {} has new balance of ${}", at.value,
                     by.value, to_string(balance));
}

std::string answer_line(const Observation& observation) {
  const auto* replied = std::get_if<Replied>(&observation);
  if (replied == nullptr) {
    return "";
  }
  return fmt::format("^ answered customer {}, request {}: {}{}",
                     replied->request.client.customer.value, replied->request.number,
                     to_string(replied->outcome),
                     replied->balance ? ", balance $" + to_string(*replied->balance) : "");
}

std::string write_line(const Narrated& narrated) {
  std::string lines;
  for (const std::string& line : narrated.lines) {
    lines += (lines.empty() ? "" : ",") + json_string(line);
  }
  std::string request;
  if (narrated.request) {
    const RequestId& id = *narrated.request;
    request = fmt::format(",\"request\":[{},{},{},{},{}]", id.origin.branch.value,
                          id.origin.incarnation.value, id.client.customer.value, id.client.session,
                          id.number);
  }
  return fmt::format(
      "{{\"narrated\":[{}],\"at\":{}{}{}{}{}}}", lines, narrated.at.time_since_epoch().count(),
      request, narrated.arrives ? ",\"arrives\":true" : "",
      narrated.applied ? fmt::format(",\"applied\":\"{}\"", to_string(*narrated.applied)) : "",
      narrated.confirmed ? fmt::format(",\"confirmed\":{}", narrated.confirmed->value) : "");
}

std::optional<Narrated> read_narrated_line(const std::string& line) {
  const auto tree = parse_json(line);
  const auto* object = tree ? tree->root.as<JsonObject>() : nullptr;
  const JsonMember* narrated = object ? object->find("narrated") : nullptr;
  const auto* lines = narrated ? narrated->value.as<JsonArray>() : nullptr;
  if (lines == nullptr) {
    return std::nullopt;
  }
  Narrated out;
  for (const JsonValue& item : lines->items) {
    const auto* text = item.as<std::string>();
    out.lines.push_back(text ? *text : "");
  }
  const auto number = [&](std::string_view key) -> std::optional<std::uint64_t> {
    const JsonMember* member = object->find(key);
    const auto* found = member ? member->value.as<JsonNumber>() : nullptr;
    return found ? parse_positive_integer(found->text) : std::nullopt;
  };
  out.at = Instant{Duration{number("at").value_or(0)}};
  out.arrives = object->find("arrives") != nullptr;
  if (const JsonMember* applied = object->find("applied")) {
    const auto* text = applied->value.as<std::string>();
    const auto money = text ? parse_money(*text) : parse_money("");
    out.applied = money ? std::optional(*money) : std::nullopt;
  }
  if (const auto confirmed = number("confirmed")) {
    out.confirmed = BranchId{static_cast<std::uint32_t>(*confirmed)};
  }
  const JsonMember* request = object->find("request");
  const auto* parts = request ? request->value.as<JsonArray>() : nullptr;
  if (parts != nullptr && parts->items.size() == 5) {
    std::vector<std::uint64_t> numbers;
    for (const JsonValue& item : parts->items) {
      const auto* part = item.as<JsonNumber>();
      numbers.push_back(part ? parse_positive_integer(part->text).value_or(0) : 0);
    }
    out.request = RequestId{{BranchId{static_cast<std::uint32_t>(numbers[0])},
                             Incarnation{static_cast<std::uint32_t>(numbers[1])}},
                            {CustomerId{numbers[2]}, numbers[3]},
                            numbers[4]};
  }
  return out;
}

}  // namespace passbook
