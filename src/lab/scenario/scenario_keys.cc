// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/scenario_keys.h"

#include <algorithm>
#include <utility>

#include "lab/scenario/answer_words.h"

namespace passbook {
namespace {

/// A word that people write instead of a key.
struct Alias {
  std::string_view key;
  std::string_view written;  // as `plain` gives it
  std::string_view meant;
};
constexpr Alias kAliases[] = {
    {"money", "amount", "money"},
    {"money", "value", "money"},
    {"money", "sum", "money"},
    {"balance", "amount", "balance"},
    {"balance", "money", "balance"},
    {"balance", "openingbalance", "balance"},
    {"balance", "initialbalance", "balance"},
    {"events", "customerrequests", "customer-requests"},
    {"events", "requests", "events"},
    {"events", "event", "events"},
    {"events", "operations", "events"},
    {"events", "transactions", "events"},
    {"interface", "operation", "interface"},
    {"interface", "action", "interface"},
    {"interface", "name", "interface"},
    {"customer-request-id", "requestid", "customer-request-id"},
    {"id", "customerid", "id"},
    {"id", "customer", "id"},
    {"id", "branchid", "id"},
    {"id", "pid", "id"},
};

/// In lower case, without the characters that join words.
std::string plain(std::string_view key) {
  std::string out = lower_case(std::string(key));
  std::erase_if(out, [](char c) { return c == '-' || c == '_' || c == ' '; });
  return out;
}

std::string_view meant_by(std::string_view written, std::string_view key) {
  const std::string as_written = plain(written);
  if (as_written == plain(key)) {
    return key;
  }
  for (const Alias& alias : kAliases) {
    if (alias.key == key && alias.written == as_written) {
      return alias.meant;
    }
  }
  return "";
}

}  // namespace

bool is_branch_key(std::string_view key) {
  return key == "branch" || key == "branch_id" || key == "branch-id" || key == "branchId";
}

std::vector<const JsonMember*> place_members(const JsonObject& object) {
  std::vector<const JsonMember*> out;
  if (const auto* dest = object.find("dest")) {
    out.push_back(dest);
  }
  for (const JsonMember& member : object.members) {
    if (is_branch_key(member.key)) {
      out.push_back(&member);
    }
  }
  return out;
}

std::string did_you_mean(const JsonObject& object, std::string_view key) {
  for (const JsonMember& member : object.members) {
    const std::string_view meant = meant_by(member.key, key);
    if (!meant.empty()) {
      return ", but there is " + json_excerpt(member.key) + ": did you mean " + json_string(meant) +
             "?";
    }
  }
  return "";
}

const JsonMember* find_clock(const JsonObject& object) {
  for (const JsonMember& member : object.members) {
    if (member.key == "logical_clock") {
      return &member;
    }
    if (const auto* list = member.value.as<JsonArray>()) {
      for (const JsonValue& item : list->items) {
        const auto* inner = item.as<JsonObject>();
        const auto* found = inner != nullptr ? inner->find("logical_clock") : nullptr;
        if (found != nullptr) {
          return found;
        }
      }
    }
  }
  return nullptr;
}

}  // namespace passbook
