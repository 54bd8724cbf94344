// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lab/scenario/json_tree.h"
#include "wire/passbook_bytes.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// The text of a string member, or null if it is missing or of another kind.
const std::string* text_of(const JsonObject& object, std::string_view key) {
  const JsonMember* member = object.find(key);
  return member ? member->value.as<std::string>() : nullptr;
}

const JsonNumber* number_of(const JsonObject& object, std::string_view key) {
  const JsonMember* member = object.find(key);
  return member ? member->value.as<JsonNumber>() : nullptr;
}

std::optional<std::uint64_t> id_of(const JsonObject& object, std::string_view key) {
  const JsonNumber* number = number_of(object, key);
  return number ? parse_positive_integer(number->text) : std::nullopt;
}

std::optional<BranchId> to_branch(std::optional<std::uint64_t> id) {
  if (!id || *id > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  return BranchId{static_cast<std::uint32_t>(*id)};
}

std::optional<Interface> interface_named(const std::string* name) {
  for (const Interface interface : {Interface::query, Interface::deposit, Interface::withdraw}) {
    if (name != nullptr && *name == to_string(interface)) {
      return interface;
    }
  }
  return std::nullopt;
}

std::expected<AddressLine, std::string> read_addresses(const JsonObject& object,
                                                       const JsonObject& branches) {
  AddressLine out;
  for (const JsonMember& member : branches.members) {
    const auto branch = to_branch(parse_positive_integer(member.key));
    const auto* address = member.value.as<std::string>();
    if (!branch || address == nullptr) {
      return Error("\"branches\" must map branch ids to \"HOST:PORT\"");
    }
    out.branches.emplace(*branch, *address);
  }
  const JsonMember* visits = object.find("visits");
  const auto* list = visits ? visits->value.as<JsonArray>() : nullptr;
  for (const JsonValue& item : list ? list->items : std::vector<JsonValue>{}) {
    const auto* number = item.as<JsonNumber>();
    const auto branch = number ? to_branch(parse_positive_integer(number->text)) : std::nullopt;
    if (!branch || !out.branches.contains(*branch)) {
      return Error("\"visits\" must list branches that have an address");
    }
    out.visits.push_back(*branch);
  }
  return out;
}

std::expected<CustomerEvent, std::string> read_event(const JsonObject& object) {
  CustomerEvent out;
  const auto interface = interface_named(text_of(object, "interface"));
  if (!interface) {
    return Error("\"interface\" must be \"query\", \"deposit\" or \"withdraw\"");
  }
  out.interface = *interface;
  out.id = id_of(object, "id");
  const auto branch = to_branch(id_of(object, object.find("dest") ? "dest" : "branch"));
  if (!branch) {
    return Error("\"branch\" must be a branch's id");
  }
  out.branch = *branch;
  if (out.interface == Interface::query) {
    return out;
  }
  const JsonNumber* money = number_of(object, "money");
  if (money == nullptr) {
    return Error("\"money\" must be a number");
  }
  const auto amount = parse_money(money->text);
  if (!amount) {
    return Error(fmt::format("the amount {}", describe(amount.error())));
  }
  if (*amount <= Money{}) {
    return Error("the amount must be more than zero");
  }
  out.money = *amount;
  return out;
}

/// The event's members without the braces, so that more can follow.
std::string event_members(const CustomerEvent& event) {
  std::string out = event.id ? fmt::format("\"id\":{},", *event.id) : "";
  out += fmt::format("\"interface\":\"{}\",\"branch\":{}", to_string(event.interface),
                     event.branch.value);
  if (event.interface != Interface::query) {
    out += fmt::format(",\"money\":{}", to_string(event.money));
  }
  return out;
}

/// Positions in the form of a passbook's, with empty tags.
TaggedVector without_tags(const VersionVector& positions) {
  TaggedVector out;
  for (const EntryId& position : positions.positions()) {
    out.raise({position, Tag{}});
  }
  return out;
}

std::expected<JsonTree, std::string> parse_object(std::string_view line) {
  auto tree = parse_json(line);
  if (!tree) {
    return Error(fmt::format("column {}: {}", tree.error().offset + 1, tree.error().message));
  }
  if (tree->root.as<JsonObject>() == nullptr) {
    return Error("a line must be a JSON object");
  }
  return std::move(*tree);
}

std::optional<ResultWord> result_named(const std::string* name) {
  for (const ResultWord word : {ResultWord::success, ResultWord::fail, ResultWord::unknown}) {
    if (name != nullptr && *name == to_string(word)) {
      return word;
    }
  }
  return std::nullopt;
}

std::expected<CustomerLine, std::string> read_members(const JsonObject& object) {
  if (const JsonMember* branches = object.find("branches")) {
    const auto* addresses = branches->value.as<JsonObject>();
    if (addresses == nullptr) {
      return Error("\"branches\" must map branch ids to \"HOST:PORT\"");
    }
    return read_addresses(object, *addresses);
  }
  if (const std::string* base = text_of(object, "begin_with")) {
    auto held = read_passbook(*base);
    if (!held) {
      return Error(held.error());
    }
    return BeginLine{std::move(*held)};
  }
  const std::chrono::milliseconds extra(id_of(object, "extra_ms").value_or(0));
  if (object.find("query_all") != nullptr) {
    return QueryAllLine{extra};
  }
  auto event = read_event(object);
  if (!event) {
    return Error(event.error());
  }
  return EventLine{*event, extra};
}

std::vector<std::string> unknown_keys_in(const JsonObject& object) {
  constexpr std::array<std::string_view, 17> kKnown{
      "id",       "interface", "branch",     "dest",      "money",   "extra_ms",
      "branches", "visits",    "begin_with", "query_all", "result",  "balance",
      "reason",   "entry",     "at",         "applied",   "passbook"};
  std::vector<std::string> out;
  for (const JsonMember& member : object.members) {
    if (std::ranges::find(kKnown, member.key) == kKnown.end()) {
      out.push_back(member.key);
    }
  }
  return out;
}

}  // namespace

std::expected<ReadCustomerLine, std::string> read_customer_line(std::string_view line) {
  const auto tree = parse_object(line);
  if (!tree) {
    return Error(tree.error());
  }
  const JsonObject& object = *tree->root.as<JsonObject>();
  auto read = read_members(object);
  return read ? std::expected<ReadCustomerLine, std::string>(
                    {std::move(*read), unknown_keys_in(object)})
              : Error(read.error());
}

std::string write_line(const AddressLine& line) {
  std::string branches;
  for (const auto& [branch, address] : line.branches) {
    branches +=
        fmt::format("{}\"{}\":{}", branches.empty() ? "" : ",", branch.value, json_string(address));
  }
  std::string visits;
  for (const BranchId branch : line.visits) {
    visits += fmt::format("{}{}", visits.empty() ? "" : ",", branch.value);
  }
  return fmt::format("{{\"branches\":{{{}}},\"visits\":[{}]}}", branches, visits);
}

std::string write_line(const BeginLine& line) {
  return fmt::format("{{\"begin_with\":\"{}\"}}", to_hex(line.base));
}

std::string write_line(const EventLine& line) {
  const auto extra = std::chrono::duration_cast<std::chrono::milliseconds>(line.extra).count();
  return fmt::format("{{{}{}}}", event_members(line.event),
                     extra > 0 ? fmt::format(",\"extra_ms\":{}", extra) : "");
}

std::string write_line(const QueryAllLine& line) {
  const auto extra = std::chrono::duration_cast<std::chrono::milliseconds>(line.extra).count();
  return fmt::format("{{\"query_all\":true,\"extra_ms\":{}}}", extra);
}

std::string write_line(const AnswerLine& line) {
  const Performed& performed = line.performed;
  std::string out = fmt::format("{{{},\"result\":\"{}\"", event_members(line.event),
                                to_string(performed.result.result));
  if (performed.result.balance) {
    out += fmt::format(",\"balance\":{}", to_string(*performed.result.balance));
  }
  if (!performed.result.reason.empty()) {
    out += fmt::format(",\"reason\":{}", json_string(performed.result.reason));
  }
  if (performed.write) {
    out += fmt::format(",\"entry\":\"{}\"",
                       to_hex(HeldPassbook{{without_tags({*performed.write}), {}}, {}}));
  }
  if (performed.applied) {
    out += fmt::format(",\"applied\":\"{}\"",
                       to_hex(HeldPassbook{{{}, without_tags(*performed.applied)}, {}}));
  }
  if (line.at != Instant{}) {
    out += fmt::format(",\"at\":{}", line.at.time_since_epoch().count());
  }
  return out + fmt::format(",\"passbook\":\"{}\"}}", to_hex(line.held));
}

std::expected<AnswerLine, std::string> read_answer_line(std::string_view line) {
  const auto tree = parse_object(line);
  if (!tree) {
    return Error(tree.error());
  }
  const JsonObject& object = *tree->root.as<JsonObject>();
  const auto event = read_event(object);
  const auto result = result_named(text_of(object, "result"));
  const std::string* held = text_of(object, "passbook");
  const auto passbook =
      held ? read_passbook(*held) : std::expected<HeldPassbook, std::string>(Error("no passbook"));
  if (!event || !result || !passbook) {
    return Error("not a customer's answer");
  }
  AnswerLine out{.event = *event, .performed = {}, .held = *passbook};
  out.at = Instant{Duration{id_of(object, "at").value_or(0)}};
  out.performed.result.result = *result;
  if (const JsonNumber* balance = number_of(object, "balance")) {
    out.performed.result.balance = parse_money(balance->text).value_or(Money{});
  }
  if (const std::string* reason = text_of(object, "reason")) {
    out.performed.result.reason = *reason;
  }
  if (const std::string* entry = text_of(object, "entry")) {
    const auto read = read_passbook(*entry);
    if (!read || read->passbook.writes.positions().size() != 1) {
      return Error("\"entry\" must name one entry");
    }
    out.performed.write = read->passbook.writes.positions().front().end;
  }
  if (const std::string* applied = text_of(object, "applied")) {
    const auto read = read_passbook(*applied);
    if (!read) {
      return Error(read.error());
    }
    out.performed.applied = read->passbook.reads.untagged();
  }
  return out;
}

std::expected<HeldPassbook, std::string> read_passbook(std::string_view hex) {
  const auto bytes = from_hex(hex);
  const auto decoded = bytes ? wire::decode_passbook(*bytes) : std::nullopt;
  if (!decoded) {
    return Error("a passbook must be in hex, as an answer gave it");
  }
  return HeldPassbook{decoded->passbook, decoded->bank};
}

std::string to_hex(const HeldPassbook& held) {
  return to_hex(std::string_view(wire::encode(held.passbook, held.bank)));
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += kDigits[static_cast<unsigned char>(byte) >> 4U];
    out += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(high * 16 + low);
  }
  return hex.size() % 2 == 0 ? std::optional(out) : std::nullopt;
}

}  // namespace passbook
