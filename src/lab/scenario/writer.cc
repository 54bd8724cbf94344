// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/writer.h"

#include <array>

#include "base/check.h"
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

constexpr std::array kStyles = {Style::full, Style::spec, Style::money, Style::events,
                                Style::balance};

/// The members of an object, or the items of an array, as they are added.
class JsonList {
 public:
  void add(std::string_view item) {
    text_ += text_.empty() ? "" : separator_;
    text_ += item;
  }
  template <class Value>
  void add(const char* key, const Value& value) {
    add(fmt::format("\"{}\":{}", key, value));
  }
  void add_word(const char* key, const char* word) { add(key, fmt::format("\"{}\"", word)); }

  explicit JsonList(const char* separator = ",") : separator_(separator) {}
  std::string object() const { return "{" + text_ + "}"; }
  std::string array() const { return "[" + text_ + "]"; }

 private:
  const char* separator_;
  std::string text_;
};

/// The balance that the answer shows to a customer: none for a query that did not succeed.
std::optional<Money> shown_balance(const CustomerEvent& event, const EventResult& result) {
  const bool read = event.interface == Interface::query;
  return read && result.result != ResultWord::success ? std::nullopt : result.balance;
}

std::string full_answer(const CustomerEvent& event, const EventResult& result) {
  JsonList out;
  if (event.id) {
    out.add("id", *event.id);
  }
  out.add_word("interface", to_string(event.interface));
  out.add("branch", event.branch.value);
  out.add_word("result", to_string(result.result));
  if (!result.reason.empty()) {
    out.add("reason", json_string(result.reason));
  }
  if (const auto balance = shown_balance(event, result)) {
    out.add("balance", to_string(*balance));
  }
  return out.object();
}

/// An answer in the styles that show the balance of a query and the result of a write.
std::string brief_answer(const CustomerEvent& event, const EventResult& result, Style style) {
  JsonList out;
  out.add_word("interface", to_string(event.interface));
  if (style == Style::events) {
    out.add("branch", event.branch.value);
  }
  const bool query = event.interface == Interface::query;
  const auto balance = query ? shown_balance(event, result) : std::nullopt;
  if (balance) {
    out.add(style == Style::money ? "money" : "balance", to_string(*balance));
  }
  if (!balance || style == Style::money) {
    out.add_word("result", to_string(result.result));
  }
  return out.object();
}

std::string answer(const CustomerEvent& event, const EventResult& result, Style style) {
  return style == Style::full ? full_answer(event, result) : brief_answer(event, result, style);
}

std::string received(CustomerId customer, const JsonList& answers) {
  JsonList out;
  out.add("id", customer.value);
  out.add("recv", answers.array());
  return out.object();
}

std::string last_balance(const Listing& listing, const std::vector<EventResult>& results) {
  std::optional<Money> balance;
  if (const auto last = last_query(listing)) {
    balance = shown_balance(listing.events[*last], results[*last]);
  }
  JsonList out;
  out.add("id", listing.customer.value);
  out.add("balance", balance ? to_string(*balance) : "null");
  return out.object();
}

/// Adds the objects of one listing.
void add_listing(JsonList& out, const Listing& listing, const std::vector<EventResult>& results,
                 Style style) {
  if (style == Style::balance) {
    out.add(last_balance(listing, results));
    return;
  }
  JsonList answers;
  for (std::size_t i = 0; i < results.size(); ++i) {
    answers.add(answer(listing.events[i], results[i], style));
    if (style == Style::events) {
      out.add(received(listing.customer, std::exchange(answers, JsonList{})));
    }
  }
  if (style != Style::events) {
    out.add(received(listing.customer, answers));
  }
}

}  // namespace

std::string_view to_string(Style style) {
  switch (style) {
    case Style::full:
      return "full";
    case Style::spec:
      return "spec";
    case Style::money:
      return "money";
    case Style::events:
      return "events";
    case Style::balance:
      return "balance";
  }
  return "";
}

std::optional<Style> style_named(std::string_view name) {
  for (const Style style : kStyles) {
    if (to_string(style) == name) {
      return style;
    }
  }
  return std::nullopt;
}

Style default_style(const Dialect& dialect) {
  if (dialect.query_has_money) {
    return Style::money;
  }
  if (dialect.event_has_dest) {
    return Style::balance;
  }
  return dialect.event_has_branch ? Style::events : Style::spec;
}

std::optional<std::size_t> last_query(const Listing& listing) {
  for (std::size_t i = listing.events.size(); i > 0; --i) {
    if (listing.events[i - 1].interface == Interface::query) {
      return i - 1;
    }
  }
  return std::nullopt;
}

std::string write_results(const Scenario& scenario, const ScenarioResults& results, Style style) {
  PASSBOOK_CHECK(results.size() == scenario.listings.size(), "one list of results per listing");
  JsonList out(",\n ");
  for (std::size_t i = 0; i < results.size(); ++i) {
    PASSBOOK_CHECK(results[i].size() == scenario.listings[i].events.size(), "one result per event");
    add_listing(out, scenario.listings[i], results[i], style);
  }
  return out.array() + "\n";
}

}  // namespace passbook
