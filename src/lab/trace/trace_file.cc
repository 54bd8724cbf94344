// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/trace_file.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <string_view>

#include "lab/scenario/json_tree.h"
#include "lab/trace/order.h"
#include "lab/trace/words.h"

namespace passbook::trace {
namespace {

using Error = std::unexpected<std::string>;

/// Reads members of one JSON object, and keeps the first problem that it finds. A member that is
/// not there reads as nothing.
class Members {
 public:
  Members(const JsonObject& object, std::string& problem) : object_(object), problem_(problem) {}

  template <class Number>
  std::optional<Number> number(std::string_view key) {
    const JsonValue* value = find(key);
    return value == nullptr ? std::nullopt : number<Number>(key, *value);
  }

  std::optional<Money> money(std::string_view key) {
    const JsonValue* value = find(key);
    if (value == nullptr) {
      return std::nullopt;
    }
    const auto* text = value->as<JsonNumber>();
    const auto amount =
        text != nullptr
            ? parse_money(text->text)
            : std::expected<Money, MoneyError>(std::unexpected(MoneyError::not_a_number));
    if (!amount) {
      complain(key, "must be an amount");
      return std::nullopt;
    }
    return *amount;
  }

  std::optional<std::string> text(std::string_view key) {
    const JsonValue* value = find(key);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (const auto* out = value->as<std::string>()) {
      return *out;
    }
    complain(key, "must be a string");
    return std::nullopt;
  }

  /// A text that `parse` understands.
  template <class Parse>
  auto word(std::string_view key, Parse parse) -> decltype(parse(std::string_view())) {
    const auto typed = text(key);
    auto out = parse(typed.value_or(""));
    if (typed && !out) {
      complain(key, fmt::format("{} is unknown", json_excerpt(*typed)));
    }
    return out;
  }

  /// An array of exactly `count` whole numbers.
  std::optional<std::vector<std::uint64_t>> numbers(std::string_view key, std::size_t count) {
    const JsonValue* value = find(key);
    const auto* array = value != nullptr ? value->as<JsonArray>() : nullptr;
    if (value != nullptr && (array == nullptr || array->items.size() != count)) {
      complain(key, fmt::format("must be an array of {} numbers", count));
    }
    if (array == nullptr || array->items.size() != count) {
      return std::nullopt;
    }
    std::vector<std::uint64_t> out;
    for (const JsonValue& item : array->items) {
      out.push_back(number<std::uint64_t>(key, item).value_or(0));
    }
    return out;
  }

  template <class Value>
  Value needed(std::string_view key, std::optional<Value> value) {
    if (!value) {
      complain(key, "is missing");
    }
    return value.value_or(Value{});
  }

  void complain(std::string_view key, std::string_view what) {
    if (problem_.empty()) {
      problem_ = fmt::format("\"{}\" {}", key, what);
    }
  }

 private:
  const JsonValue* find(std::string_view key) const {
    const JsonMember* member = object_.find(key);
    return member == nullptr ? nullptr : &member->value;
  }

  template <class Number>
  std::optional<Number> number(std::string_view key, const JsonValue& value) {
    const auto* text = value.as<JsonNumber>();
    Number out{};
    const char* end = text != nullptr ? text->text.data() + text->text.size() : nullptr;
    if (text == nullptr || std::from_chars(text->text.data(), end, out).ptr != end) {
      complain(key, "must be a whole number");
      return std::nullopt;
    }
    return out;
  }

  const JsonObject& object_;
  std::string& problem_;
};

template <class Id, class Number>
std::optional<Id> as_id(const std::optional<Number>& number) {
  return number ? std::optional(Id{*number}) : std::nullopt;
}

Event event_of(const JsonObject& object, std::string& problem) {
  Members in(object, problem);
  Event out;
  out.process = in.needed("process", in.word("process", parse_process));
  out.act = in.needed("act", in.word("act", parse_act));
  out.at = Instant(Duration(in.needed("at", in.number<Duration::rep>("at"))));
  out.lamport = Stamp{in.number<std::uint64_t>("lamport").value_or(0)};
  out.peer = in.word("peer", parse_process);
  out.sent = as_id<Stamp>(in.number<std::uint64_t>("sent"));
  out.message = in.word("message", parse_message);
  if (const auto parts = in.numbers("request", 5); parts) {
    out.request = RequestId{{BranchId{static_cast<std::uint32_t>((*parts)[0])},
                             Incarnation{static_cast<std::uint32_t>((*parts)[1])}},
                            {CustomerId{(*parts)[2]}, (*parts)[3]},
                            (*parts)[4]};
  }
  if (const auto parts = in.numbers("entry", 3); parts) {
    out.entry = EntryId{{BranchId{static_cast<std::uint32_t>((*parts)[0])},
                         Incarnation{static_cast<std::uint32_t>((*parts)[1])}},
                        Sequence{(*parts)[2]}};
  }
  out.account = as_id<AccountId>(in.number<std::uint64_t>("account"));
  out.amount = in.money("amount");
  out.balance = in.money("balance");
  out.result = in.text("result");
  if (out.act == Act::receive && (!out.peer || !out.sent)) {
    in.complain(out.peer ? "sent" : "peer", "is missing");
  }
  return out;
}

struct Head {
  std::vector<Process> processes;
  std::vector<Account> accounts;
};

Head head_of(const JsonObject& object, std::string& problem) {
  Head out;
  const JsonMember* processes = object.find("processes");
  const JsonMember* accounts = object.find("accounts");
  const auto* names = processes ? processes->value.as<JsonArray>() : nullptr;
  const auto* openings = accounts ? accounts->value.as<JsonArray>() : nullptr;
  if (names == nullptr || openings == nullptr) {
    problem = "\"trace\" must have \"processes\" and \"accounts\"";
    return out;
  }
  for (const JsonValue& name : names->items) {
    const auto* text = name.as<std::string>();
    const auto process = text ? parse_process(*text) : std::nullopt;
    if (!process) {
      problem = "\"processes\" must be names like \"branch 1\"";
      return out;
    }
    out.processes.push_back(*process);
  }
  for (const JsonValue& opening : openings->items) {
    const auto* members = opening.as<JsonObject>();
    if (members == nullptr) {
      problem = "\"accounts\" must be objects";
      return out;
    }
    Members in(*members, problem);
    out.accounts.push_back({AccountId{in.needed("account", in.number<std::uint64_t>("account"))},
                            in.needed("opening", in.money("opening"))});
  }
  return out;
}

/// The lines read so far.
struct Reading {
  std::vector<Process> processes;
  std::optional<std::vector<Account>> accounts;
  std::vector<Event> events;

  /// Why a line can't be read, or nothing.
  std::string take(std::string_view line) {
    std::string problem;
    const auto tree = parse_json(line);
    const auto* object = tree ? tree->root.as<JsonObject>() : nullptr;
    if (object == nullptr) {
      return tree ? "must be an object" : tree.error().message;
    }
    const JsonMember* head = object->find("trace");
    if (head == nullptr) {
      events.push_back(event_of(*object, problem));
      return problem;
    }
    const auto* members = head->value.as<JsonObject>();
    if (members == nullptr) {
      return "\"trace\" must be an object";
    }
    Head said = head_of(*members, problem);
    if (problem.empty() && accounts && *accounts != said.accounts) {
      return "the accounts differ from those of the other files";
    }
    accounts = std::move(said.accounts);
    processes.insert(processes.end(), said.processes.begin(), said.processes.end());
    return problem;
  }
};

void add(std::string& out, std::string_view key, const auto& value) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", key, value);
}
void add_word(std::string& out, std::string_view key, std::string_view word) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":\"{}\"", key, word);
}

/// The line of an event without the closing brace.
std::string begin_line(const Event& event) {
  std::string out =
      fmt::format("{{\"process\":\"{}\",\"act\":\"{}\",\"at\":{}", to_string(event.process),
                  to_string(event.act), event.at.time_since_epoch().count());
  if (event.lamport != Stamp{}) {
    add(out, "lamport", event.lamport.value);
  }
  if (event.peer) {
    add_word(out, "peer", to_string(*event.peer));
  }
  if (event.sent) {
    add(out, "sent", event.sent->value);
  }
  if (event.message) {
    add_word(out, "message", to_string(*event.message));
  }
  if (event.request) {
    const RequestId& id = *event.request;
    fmt::format_to(std::back_inserter(out), ",\"request\":[{},{},{},{},{}]", id.origin.branch.value,
                   id.origin.incarnation.value, id.client.customer.value, id.client.session,
                   id.number);
  }
  if (event.entry) {
    const auto& [origin, sequence] = *event.entry;
    fmt::format_to(std::back_inserter(out), ",\"entry\":[{},{},{}]", origin.branch.value,
                   origin.incarnation.value, sequence.value);
  }
  if (event.account) {
    add(out, "account", event.account->value);
  }
  if (event.amount) {
    add(out, "amount", passbook::to_string(*event.amount));
  }
  if (event.balance) {
    add(out, "balance", passbook::to_string(*event.balance));
  }
  if (event.result) {
    add(out, "result", json_string(*event.result));
  }
  return out;
}

}  // namespace

std::string write_head(const std::vector<Process>& processes,
                       const std::vector<Account>& accounts) {
  std::string out = "{\"trace\":{\"processes\":[";
  for (const Process& process : processes) {
    out += fmt::format("{}\"{}\"", out.back() == '[' ? "" : ",", to_string(process));
  }
  out += "],\"accounts\":[";
  for (const Account& account : accounts) {
    out += fmt::format("{}{{\"account\":{},\"opening\":{}}}", out.back() == '[' ? "" : ",",
                       account.id.value, passbook::to_string(account.opening));
  }
  return out + "]}}";
}

std::pair<std::vector<Process>, std::vector<Account>> parts_of(const Bank& bank) {
  std::vector<Process> branches;
  for (const BranchId branch : bank.branches) {
    branches.push_back(process_of(branch));
  }
  std::vector<Account> accounts;
  for (const OpeningAccount& account : bank.accounts) {
    accounts.push_back({account.id, account.opening});
  }
  return {std::move(branches), std::move(accounts)};
}

std::string write_line(const Event& event) { return begin_line(event) + "}"; }

std::string write_file(const Trace& trace) {
  std::string out = write_head(trace.processes, trace.accounts) + "\n";
  VectorClocks clocks(trace);
  for (const Event& event : trace.events) {
    out += begin_line(event);
    add(out, "vector", fmt::format("[{}]", fmt::join(clocks.next(), ",")));
    out += "}\n";
  }
  return out;
}

std::expected<ReadLines, std::string> read_lines(std::span<const TraceText> texts) {
  Reading reading;
  for (const TraceText& text : texts) {
    std::size_t number = 0;
    for (std::size_t from = 0; from < text.content.size();) {
      const std::size_t end = std::min(text.content.find('\n', from), text.content.size());
      const std::string_view line = std::string_view(text.content).substr(from, end - from);
      ++number;
      from = end + 1;
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
        continue;
      }
      const bool cut_off = end == text.content.size();
      if (cut_off && !parse_json(line)) {
        break;
      }
      if (const std::string problem = reading.take(line); !problem.empty()) {
        return Error(fmt::format("{}:{}: {}", text.name, number, problem));
      }
    }
  }
  if (!reading.accounts) {
    return Error(fmt::format("{}: not a trace: no header line {{\"trace\":...}}",
                             texts.empty() ? "nothing" : texts.front().name));
  }
  return ReadLines{std::move(reading.processes), std::move(*reading.accounts),
                   std::move(reading.events)};
}

std::expected<Trace, std::string> read_trace(std::span<const TraceText> texts) {
  auto lines = read_lines(texts);
  if (!lines) {
    return Error(lines.error());
  }
  return in_causal_order(std::move(lines->processes), std::move(lines->accounts), lines->events);
}

}  // namespace passbook::trace
