// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/interpret.h"

#include <limits>
#include <set>

#include "lab/scenario/answer_words.h"
#include "lab/scenario/scenario_keys.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

enum class ObjectType { customer, branch };

template <class Value>
struct Word {
  std::string_view text;
  Value value;
};

constexpr Word<ObjectType> kTypes[] = {{"customer", ObjectType::customer},
                                       {"client", ObjectType::customer},
                                       {"branch", ObjectType::branch},
                                       {"bank", ObjectType::branch}};
constexpr Word<Interface> kInterfaces[] = {{"query", Interface::query},
                                           {"deposit", Interface::deposit},
                                           {"withdraw", Interface::withdraw}};

using Keys = std::span<const std::string_view>;
constexpr std::string_view kCustomerKeys[] = {"id", "type", "events", "customer-requests", "dest"};
constexpr std::string_view kBranchKeys[] = {"id", "type", "balance", "address"};
constexpr std::string_view kEventKeys[] = {"id", "customer-request-id", "interface", "money",
                                           "dest"};

/// The keys whose names depend on the dialect. A customer uses one of the two spellings.
struct Spelling {
  std::string_view events;
  std::string_view id;
};
constexpr Spelling kPlain{"events", "id"};
constexpr Spelling kClocks{"customer-requests", "customer-request-id"};

bool is_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return false;
  }
  const auto port = parse_positive_integer(text.substr(colon + 1));
  return port && *port <= std::numeric_limits<std::uint16_t>::max();
}

/// An object of the file, and its name in messages: "customer 2, event 3".
struct Subject {
  std::string name;
  std::size_t offset = 0;
  const JsonObject* object = nullptr;
  std::uint64_t id = 0;  ///< 0: none
};

/// Reads the branches, then the customers. Keeps the first error. After an error every function
/// still returns a value, which no longer matters.
class Interpreter {
 public:
  explicit Interpreter(Leniency leniency) : lenient_(leniency == Leniency::lenient) {}

  std::expected<Interpretation, JsonError> run(const JsonValue& root) &&;

 private:
  void sort_objects(const JsonArray& array);
  void read_branch(const Subject& subject);
  void read_opening(const Subject& branch);
  std::optional<std::string> read_address(const Subject& branch);
  void read_customer(const Subject& subject);
  Spelling read_spelling(const Subject& customer);
  void read_event_id(const Spelling& spelling, const std::string& customer, Subject& event);
  CustomerEvent read_event(CustomerId customer, const Subject& event);
  BranchId read_place(CustomerId customer, const Subject& event);
  std::optional<BranchId> read_named_place(const Subject& subject);
  Money read_amount(const Subject& event);
  void put_in_order(const Subject& customer, Listing& listing);

  std::uint64_t read_id(const Subject& subject, std::string_view key = "id");
  std::uint64_t read_positive(const Subject& subject, const JsonMember& member);
  Money read_money(const Subject& subject, const JsonMember& member, const char* noun);
  template <class Value>
  Value read_word(const Subject& subject, const char* key, std::span<const Word<Value>> words);
  std::optional<std::string> number_text(const JsonValue& value);
  const JsonMember* require(const Subject& subject, std::string_view key);
  void warn_of_unknown_keys(const Subject& subject, Keys known, const char* of);
  void fail(std::size_t offset, const std::string& message);
  void fail(const Subject& subject, std::size_t offset, std::string_view message) {
    fail(offset, fmt::format("{}: {}", subject.name, message));
  }

  bool lenient_;
  std::vector<Subject> customers_;
  std::vector<Subject> branches_;
  std::set<BranchId> branch_ids_;
  std::optional<BranchId> customer_branch_;  // the branch that the current customer names, if any
  std::set<std::uint64_t> request_ids_;      // of all customers whose events are requests
  std::optional<JsonError> error_;
  Interpretation out_;
};

std::expected<Interpretation, JsonError> Interpreter::run(const JsonValue& root) && {
  if (const auto* array = root.as<JsonArray>()) {
    sort_objects(*array);
    if (branches_.empty()) {
      fail(root.offset, "there are no branches");
    }
    for (const Subject& branch : branches_) {
      read_branch(branch);
    }
    for (const Subject& customer : customers_) {
      read_customer(customer);
    }
  } else {
    fail(root.offset, "the file must hold one array, of customers and branches");
  }
  if (error_) {
    return std::unexpected(std::move(*error_));
  }
  return std::move(out_);
}

void Interpreter::sort_objects(const JsonArray& array) {
  for (const JsonValue& item : array.items) {
    const auto* object = item.as<JsonObject>();
    const auto* clock = object != nullptr ? find_clock(*object) : nullptr;
    if (clock != nullptr) {
      fail(clock->offset,
           "this is a list of events with logical clocks, not a scenario; passbook check "
           "--clock-lists judges it");
    }
  }
  for (std::size_t i = 0; i < array.items.size() && !error_; ++i) {
    const JsonValue& item = array.items[i];
    Subject subject{fmt::format("object {}", i + 1), item.offset, item.as<JsonObject>(), 0};
    if (subject.object == nullptr) {
      fail(subject, item.offset, "it must be an object, a customer or a branch");
      return;
    }
    const bool is_branch = read_word<ObjectType>(subject, "type", kTypes) == ObjectType::branch;
    subject.id = read_id(subject);
    subject.name = fmt::format("{} {}", is_branch ? "branch" : "customer", subject.id);
    (is_branch ? branches_ : customers_).push_back(subject);
  }
}

void Interpreter::read_branch(const Subject& subject) {
  warn_of_unknown_keys(subject, kBranchKeys, "a branch");
  const BranchId id{static_cast<BranchId::rep>(subject.id)};
  if (subject.id != id.value) {
    fail(subject, subject.offset, "the id is larger than 4294967295");
  }
  if (!branch_ids_.insert(id).second) {
    fail(subject, subject.offset, "duplicate branch");
  }
  read_opening(subject);
  out_.scenario.branches.push_back({id, read_address(subject)});
}

void Interpreter::read_opening(const Subject& branch) {
  const auto* member = require(branch, "balance");
  if (member == nullptr) {
    return;
  }
  const Money balance = read_money(branch, *member, "balance");
  if (balance < Money{0}) {
    fail(branch, member->value.offset, "the balance is negative");
  }
  const bool first = out_.scenario.branches.empty();
  if (!first && balance != out_.scenario.opening) {
    fail(branch, member->value.offset,
         fmt::format("the opening balance is {}, but branch {} has {}", to_string(balance),
                     out_.scenario.branches.front().id.value, to_string(out_.scenario.opening)));
  }
  out_.scenario.opening = balance;
}

std::optional<std::string> Interpreter::read_address(const Subject& branch) {
  const auto* member = branch.object->find("address");
  if (member == nullptr) {
    return std::nullopt;
  }
  const auto* address = member->value.as<std::string>();
  if (address == nullptr || !is_host_and_port(*address)) {
    fail(branch, member->value.offset, "the address must be a string of the form HOST:PORT");
    return std::nullopt;
  }
  return *address;
}

void Interpreter::read_customer(const Subject& subject) {
  warn_of_unknown_keys(subject, kCustomerKeys, "a customer");
  Listing listing{CustomerId{subject.id}, {}};
  const Spelling spelling = read_spelling(subject);
  customer_branch_ = read_named_place(subject);
  const auto* events = require(subject, spelling.events);
  const auto* list = events != nullptr ? events->value.as<JsonArray>() : nullptr;
  if (list == nullptr) {
    fail(subject, events != nullptr ? events->value.offset : subject.offset,
         "the events must be an array");
    return;
  }
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const JsonValue& item = list->items[i];
    Subject event{fmt::format("{}, event {}", subject.name, i + 1), item.offset,
                  item.as<JsonObject>(), 0};
    if (event.object == nullptr) {
      fail(event, item.offset, "it must be an object");
      return;
    }
    read_event_id(spelling, subject.name, event);
    listing.events.push_back(read_event(listing.customer, event));
  }
  put_in_order(subject, listing);
  out_.scenario.listings.push_back(std::move(listing));
}

Spelling Interpreter::read_spelling(const Subject& customer) {
  const auto* requests = customer.object->find(kClocks.events);
  if (requests == nullptr) {
    return kPlain;
  }
  out_.scenario.dialect.logical_clocks = true;
  if (const auto* events = customer.object->find(kPlain.events)) {
    fail(customer, std::max(events->offset, requests->offset),
         R"(it has both "events" and "customer-requests")");
  }
  return kClocks;
}

/// Plain events need no id. Requests need one, because lists of clocks refer to it.
void Interpreter::read_event_id(const Spelling& spelling, const std::string& customer,
                                Subject& event) {
  const Spelling& other = spelling.id == kPlain.id ? kClocks : kPlain;
  if (const auto* strange = event.object->find(other.id)) {
    fail(event, strange->offset,
         fmt::format(R"("{}" belongs to "{}", not to "{}")", other.id, other.events,
                     spelling.events));
  }
  const bool is_request = spelling.id == kClocks.id;
  if (!is_request && event.object->find(spelling.id) == nullptr) {
    return;
  }
  event.id = read_id(event, spelling.id);
  if (is_request && event.id != 0 && !request_ids_.insert(event.id).second) {
    out_.warnings.add(
        "a request id repeats; lists of logical clocks can't tell such requests apart",
        event.offset);
  }
  event.name = fmt::format("{}, event {}", customer, event.id);
}

CustomerEvent Interpreter::read_event(CustomerId customer, const Subject& event) {
  warn_of_unknown_keys(event, kEventKeys, "an event");
  CustomerEvent out;
  if (event.id != 0) {
    out.id = event.id;
  }
  out.interface = read_word<Interface>(event, "interface", kInterfaces);
  if (out.interface != Interface::query) {
    out.money = read_amount(event);
  } else if (const auto* money = event.object->find("money")) {
    out_.scenario.dialect.query_has_money |= money->value.as<JsonNull>() == nullptr;
  }
  out.branch = read_place(customer, event);
  return out;
}

/// An event happens where it says, else where its customer says, else at the branch with the
/// customer's id.
BranchId Interpreter::read_place(CustomerId customer, const Subject& event) {
  const bool has_dest = event.object->find("dest") != nullptr;
  const std::size_t named = place_members(*event.object).size();
  out_.scenario.dialect.event_has_dest |= has_dest;
  out_.scenario.dialect.event_has_branch |= named > (has_dest ? 1U : 0U);
  if (named > 0) {
    return read_named_place(event).value_or(BranchId{});
  }
  if (customer_branch_) {
    return *customer_branch_;
  }
  const BranchId own{static_cast<BranchId::rep>(customer.value)};
  if (own.value != customer.value || !branch_ids_.contains(own)) {
    fail(event, event.offset,
         "there is no branch with the customer's id, and the event names none");
  }
  return own;
}

/// The branch that a customer or an event names; nothing if it names none.
std::optional<BranchId> Interpreter::read_named_place(const Subject& subject) {
  std::optional<BranchId> place;
  for (const JsonMember* member : place_members(*subject.object)) {
    const std::uint64_t number = read_positive(subject, *member);
    const BranchId id{static_cast<BranchId::rep>(number)};
    if (id.value != number || !branch_ids_.contains(id)) {
      fail(subject, member->value.offset, fmt::format("there is no branch {}", number));
    }
    if (place && *place != id) {
      fail(subject, member->value.offset, "\"dest\" and \"branch\" name different branches");
    }
    place = id;
  }
  return place;
}

Money Interpreter::read_amount(const Subject& event) {
  const auto* member = event.object->find("money");
  if (member == nullptr) {
    fail(event, event.offset,
         "the amount is missing (\"money\")" + did_you_mean(*event.object, "money"));
    return Money{};
  }
  const Money amount = read_money(event, *member, "amount");
  if (amount <= Money{0}) {
    fail(event, member->value.offset, "the amount must be greater than 0");
  }
  return amount;
}

void Interpreter::put_in_order(const Subject& customer, Listing& listing) {
  std::set<std::uint64_t> ids;
  bool all_have_one = true;
  bool repeated = false;
  for (const CustomerEvent& event : listing.events) {
    all_have_one = all_have_one && event.id.has_value();
    repeated = repeated || (event.id && !ids.insert(*event.id).second);
  }
  if (repeated) {
    out_.warnings.add(customer.name + ": event ids repeat; its events are performed as listed",
                      customer.offset);
  } else if (all_have_one) {
    std::sort(listing.events.begin(), listing.events.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
  }
}

std::uint64_t Interpreter::read_id(const Subject& subject, std::string_view key) {
  const auto* member = require(subject, key);
  return member != nullptr ? read_positive(subject, *member) : 0;
}

std::uint64_t Interpreter::read_positive(const Subject& subject, const JsonMember& member) {
  const auto text = number_text(member.value);
  const auto number = parse_positive_integer(text.value_or(""));
  if (!number) {
    fail(subject, member.value.offset,
         fmt::format("{} must be a positive integer", json_string(member.key)));
  }
  return number.value_or(0);
}

/// `noun` names the money in a message: "the amount ...".
Money Interpreter::read_money(const Subject& subject, const JsonMember& member, const char* noun) {
  const auto text = number_text(member.value);
  if (!text) {
    fail(subject, member.value.offset, fmt::format("the {} must be a number", noun));
    return Money{};
  }
  const auto money = parse_money(*text);
  if (!money) {
    fail(subject, member.value.offset, fmt::format("the {} {}", noun, describe(money.error())));
  }
  return money.value_or(Money{});
}

template <class Value>
Value Interpreter::read_word(const Subject& subject, const char* key,
                             std::span<const Word<Value>> words) {
  const auto* member = require(subject, key);
  if (member == nullptr) {
    return {};
  }
  const auto* given = member->value.as<std::string>();
  std::string text = given == nullptr ? "" : *given;
  if (lenient_) {
    text = lower_case(text);
  }
  for (const Word<Value>& word : words) {
    if (word.text == text) {
      if (text != *given) {
        out_.tolerated.add(tolerated::kUpperCase, member->value.offset);
      }
      return word.value;
    }
  }
  fail(subject, member->value.offset,
       given == nullptr ? fmt::format("the {} must be a string", key)
                        : fmt::format("unknown {} {}", key, json_excerpt(*given)));
  return {};
}

/// The text of a number, or of a number in quotes where that is tolerated.
std::optional<std::string> Interpreter::number_text(const JsonValue& value) {
  if (const auto* number = value.as<JsonNumber>()) {
    return number->text;
  }
  const auto* quoted = value.as<std::string>();
  if (quoted != nullptr && lenient_) {
    out_.tolerated.add(tolerated::kQuotedNumbers, value.offset);
    return *quoted;
  }
  return std::nullopt;
}

const JsonMember* Interpreter::require(const Subject& subject, std::string_view key) {
  const auto* member = subject.object->find(key);
  if (member == nullptr) {
    fail(subject, subject.offset,
         fmt::format("\"{}\" is missing{}", key, did_you_mean(*subject.object, key)));
  }
  return member;
}

void Interpreter::warn_of_unknown_keys(const Subject& subject, Keys known, const char* of) {
  for (const JsonMember& member : subject.object->members) {
    if (std::find(known.begin(), known.end(), member.key) == known.end() &&
        (known.data() == kBranchKeys || !is_branch_key(member.key))) {
      out_.warnings.add(
          fmt::format("the key {} of {} is unknown and ignored", json_excerpt(member.key), of),
          member.offset);
    }
  }
}

void Interpreter::fail(std::size_t offset, const std::string& message) {
  if (!error_) {
    error_ = JsonError{offset, message};
  }
}

}  // namespace

std::expected<Interpretation, JsonError> interpret(const JsonValue& root, Leniency leniency) {
  return Interpreter(leniency).run(root);
}

}  // namespace passbook
