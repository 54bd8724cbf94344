// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/results_reader.h"

#include <algorithm>

#include "lab/scenario/results_text.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

constexpr std::string_view kObjectKeys[] = {"id", "recv", "balance"};
constexpr std::string_view kAnswerKeys[] = {"id",     "interface", "branch",  "dest",
                                            "result", "reason",    "balance", "money"};

std::string lower_case(std::string text) {
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

/// One answer of the file, before it is known which event it belongs to.
struct Answer {
  Claim claim;
  CustomerId customer;
  Interface interface = Interface::query;
  std::optional<std::uint64_t> id;
  std::optional<std::uint64_t> branch;
  bool shows_money = false;       // the key "money"
  bool shows_everything = false;  // what only the style `full` shows
};

/// One object of the file: of a customer with its answers, or, in the style `balance`, with one
/// balance.
struct Object {
  Place place;
  CustomerId customer;
  std::vector<Answer> answers;
  Claim last;
};

/// Turns the tree into objects. After the first error, which is kept, what is read does not
/// matter any more.
class Transcript {
 public:
  explicit Transcript(const SourceText& source) : source_(source) {}

  void read(const JsonValue& root);

  std::vector<Object> objects;
  bool only_balances = false;  // the style `balance`
  std::optional<JsonError> error;
  Remarks tolerated;

 private:
  Object read_object(const JsonValue& value);
  Answer read_answer(CustomerId customer, const JsonValue& value);
  Interface read_interface(const JsonValue& answer, const JsonObject& object);
  void read_result(const JsonObject& object, Claim& claim);
  std::string read_word(const JsonMember* member);
  std::optional<std::string> read_digits(const JsonValue& value);
  void note_unknown(const JsonObject& object, std::span<const std::string_view> known);
  std::optional<Money> read_money(const JsonObject& object, const char* key);
  std::optional<std::uint64_t> read_id(const JsonObject& object, const char* key);
  void fail(std::size_t offset, const std::string& message) {
    if (!error) {
      error = JsonError{offset, message};
    }
  }

  const SourceText& source_;
};

void Transcript::read(const JsonValue& root) {
  const auto* array = root.as<JsonArray>();
  if (array == nullptr) {
    fail(root.offset, "the file must hold one array, of customers and what they received");
    return;
  }
  if (!array->items.empty()) {
    const auto* first = array->items.front().as<JsonObject>();
    only_balances =
        first != nullptr && first->find("recv") == nullptr && first->find("balance") != nullptr;
  }
  for (std::size_t i = 0; i < array->items.size() && !error; ++i) {
    objects.push_back(read_object(array->items[i]));
  }
}

Object Transcript::read_object(const JsonValue& value) {
  Object out;
  out.place = source_.place(value.offset);
  out.last.place = out.place;
  const auto* object = value.as<JsonObject>();
  const auto id = object != nullptr ? read_id(*object, "id") : std::nullopt;
  if (!id) {
    fail(value.offset, "this must be an object with the \"id\" of a customer");
    return out;
  }
  out.customer = CustomerId{*id};
  note_unknown(*object, kObjectKeys);
  const char* key = only_balances ? "balance" : "recv";
  const auto* member = object->find(key);
  const auto* answers = member != nullptr ? member->value.as<JsonArray>() : nullptr;
  if (member == nullptr || (!only_balances && answers == nullptr)) {
    fail(member == nullptr ? value.offset : member->value.offset,
         fmt::format("customer {}: {}", *id,
                     member == nullptr ? fmt::format("\"{}\" is missing", key)
                                       : "\"recv\" must be an array"));
    return out;
  }
  if (only_balances) {
    out.last.balance = read_money(*object, "balance");
    return out;
  }
  for (const JsonValue& answer : answers->items) {
    out.answers.push_back(read_answer(out.customer, answer));
  }
  return out;
}

Answer Transcript::read_answer(CustomerId customer, const JsonValue& value) {
  Answer out;
  out.claim.place = source_.place(value.offset);
  out.customer = customer;
  const auto* object = value.as<JsonObject>();
  if (object == nullptr) {
    fail(value.offset, fmt::format("customer {}: an answer must be an object", customer.value));
    return out;
  }
  out.interface = read_interface(value, *object);
  out.id = read_id(*object, "id");
  out.branch = read_id(*object, object->find("branch") != nullptr ? "branch" : "dest");
  read_result(*object, out.claim);
  note_unknown(*object, kAnswerKeys);
  const auto balance = read_money(*object, "balance");
  const auto money = read_money(*object, "money");
  if (balance && money) {
    fail(value.offset, "an answer shows \"balance\" or \"money\", not both");
  }
  out.claim.balance = balance ? balance : money;
  out.shows_money = money.has_value();
  if (out.claim.result && balance && !out.id && !out.branch) {
    tolerated.add(tolerated::kResultBesideBalance, value.offset);
  }
  out.shows_everything =
      out.id || object->find("reason") != nullptr || (out.claim.result && balance);
  return out;
}

/// A word in lower case; none when there is no string.
std::string Transcript::read_word(const JsonMember* member) {
  const auto* word = member != nullptr ? member->value.as<std::string>() : nullptr;
  if (word == nullptr) {
    return "";
  }
  if (lower_case(*word) != *word) {
    tolerated.add(tolerated::kUpperCaseWords, member->value.offset);
  }
  return lower_case(*word);
}

Interface Transcript::read_interface(const JsonValue& answer, const JsonObject& object) {
  const auto* member = object.find("interface");
  const std::string word = read_word(member);
  for (const Interface interface : {Interface::query, Interface::deposit, Interface::withdraw}) {
    if (word == to_string(interface)) {
      return interface;
    }
  }
  fail(member != nullptr ? member->value.offset : answer.offset,
       R"(the "interface" must be "query", "deposit" or "withdraw")");
  return {};
}

void Transcript::read_result(const JsonObject& object, Claim& claim) {
  const auto* member = object.find("result");
  if (member == nullptr || member->value.as<JsonNull>() != nullptr) {
    return;
  }
  const std::string word = read_word(member);
  for (const ResultWord result : {ResultWord::success, ResultWord::fail, ResultWord::unknown}) {
    if (word == to_string(result)) {
      claim.result = result;
      return;
    }
  }
  if (member->value.as<std::string>() == nullptr) {
    fail(member->value.offset, R"(the "result" must be "success", "fail" or "unknown")");
  }
  claim.strange_result = word;
}

void Transcript::note_unknown(const JsonObject& object, std::span<const std::string_view> known) {
  for (const JsonMember& member : object.members) {
    if (!(std::ranges::find(known, member.key) != known.end())) {
      tolerated.add(fmt::format("unknown key {}", json_excerpt(member.key)), member.offset);
    }
  }
}

/// The text of a number, in quotes or not.
std::optional<std::string> Transcript::read_digits(const JsonValue& value) {
  if (const auto* number = value.as<JsonNumber>()) {
    return number->text;
  }
  const auto* quoted = value.as<std::string>();
  if (quoted == nullptr || !parse_money(*quoted)) {
    return std::nullopt;
  }
  tolerated.add(tolerated::kQuotedNumbers, value.offset);
  return *quoted;
}

/// Null is the same as no money.
std::optional<Money> Transcript::read_money(const JsonObject& object, const char* key) {
  const auto* member = object.find(key);
  if (member == nullptr || member->value.as<JsonNull>() != nullptr) {
    return std::nullopt;
  }
  const auto digits = read_digits(member->value);
  if (!digits) {
    fail(member->value.offset, fmt::format("the \"{}\" must be a number", key));
    return std::nullopt;
  }
  const auto money = parse_money(*digits);
  if (!money) {
    fail(member->value.offset, fmt::format("the \"{}\" {}", key, describe(money.error())));
    return std::nullopt;
  }
  return *money;
}

std::optional<std::uint64_t> Transcript::read_id(const JsonObject& object, const char* key) {
  const auto* member = object.find(key);
  if (member == nullptr) {
    return std::nullopt;
  }
  const auto id = parse_positive_integer(read_digits(member->value).value_or(""));
  if (!id) {
    fail(member->value.offset, fmt::format("\"{}\" must be a positive integer", key));
  }
  return id;
}

Style style_of(const Transcript& transcript, const Scenario& scenario) {
  if (transcript.objects.empty()) {
    const bool no_events = std::all_of(scenario.listings.begin(), scenario.listings.end(),
                                       [](const Listing& l) { return l.events.empty(); });
    return no_events ? Style::events : natural_style(scenario.dialect);
  }
  if (transcript.only_balances) {
    return Style::balance;
  }
  bool one_each = true;
  bool any_branch = false;
  bool any_money = false;
  for (const Object& object : transcript.objects) {
    one_each = one_each && object.answers.size() == 1;
    for (const Answer& answer : object.answers) {
      any_branch = any_branch || answer.branch;
      any_money = any_money || answer.shows_money;
      if (answer.shows_everything && !answer.shows_money) {
        return Style::full;
      }
    }
  }
  if (any_branch) {
    return one_each ? Style::events : Style::full;
  }
  return any_money ? Style::money : Style::spec;
}

/// Matches `found` things with `due` things in their order: each with the next that fits. The
/// result has the index of the due thing for each found one. It looks ahead a bounded way only,
/// so that a file of nonsense takes linear time.
template <class Fits>
std::vector<std::optional<std::size_t>> match(std::size_t found, std::size_t due, Fits fits) {
  constexpr std::size_t kAhead = 1000;
  std::vector<std::optional<std::size_t>> matches(found);
  std::size_t next = 0;
  for (std::size_t i = 0; i < found; ++i) {
    for (std::size_t j = next; j < std::min(due, next + kAhead); ++j) {
      if (fits(i, j)) {
        matches[i] = j;
        next = j + 1;
        break;
      }
    }
  }
  return matches;
}

bool fits_event(const Answer& answer, const CustomerEvent& event) {
  return answer.interface == event.interface &&
         (!answer.id || !event.id || answer.id == event.id) &&
         (!answer.branch || answer.branch == event.branch.value);
}

/// Puts what was found beside the scenario.
class Alignment {
 public:
  Alignment(const Scenario& scenario, ReadResults& out) : scenario_(scenario), out_(out) {
    for (const Listing& listing : scenario.listings) {
      out_.claims.emplace_back(listing.events.size());
    }
    out_.objects.resize(scenario.listings.size());
  }

  void put_objects(const std::vector<Object>& objects);
  void put_events(const std::vector<Object>& objects, Place start);

 private:
  void put_answers(const std::vector<Answer>& answers, std::size_t listing);
  void put_last(const Object& object, std::size_t listing);
  void put_surplus(const Object& object);

  const Scenario& scenario_;
  ReadResults& out_;
};

/// An object a listing.
void Alignment::put_objects(const std::vector<Object>& objects) {
  const auto matches =
      match(objects.size(), scenario_.listings.size(), [&](std::size_t found, std::size_t due) {
        return objects[found].customer == scenario_.listings[due].customer;
      });
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (!matches[i]) {
      put_surplus(objects[i]);
      continue;
    }
    out_.objects[*matches[i]] = objects[i].place;
    if (out_.style == Style::balance) {
      put_last(objects[i], *matches[i]);
    } else {
      put_answers(objects[i].answers, *matches[i]);
    }
  }
}

void Alignment::put_answers(const std::vector<Answer>& answers, std::size_t listing) {
  const auto& events = scenario_.listings[listing].events;
  const auto matches = match(
      answers.size(), events.size(),
      [&](std::size_t found, std::size_t due) { return fits_event(answers[found], events[due]); });
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (matches[i]) {
      out_.claims[listing][*matches[i]] = answers[i].claim;
    } else {
      out_.surplus.push_back({answers[i].customer, answers[i].claim});
    }
  }
}

void Alignment::put_last(const Object& object, std::size_t listing) {
  if (const auto last = last_query(scenario_.listings[listing])) {
    out_.claims[listing][*last] = object.last;
  } else if (object.last.balance) {
    out_.surplus.push_back({object.customer, object.last});
  }
}

/// An object that belongs to no listing is surplus even when it is empty.
void Alignment::put_surplus(const Object& object) {
  if (object.answers.empty()) {
    out_.surplus.push_back({object.customer, object.last});
  }
  for (const Answer& answer : object.answers) {
    out_.surplus.push_back({answer.customer, answer.claim});
  }
}

/// An object an event.
void Alignment::put_events(const std::vector<Object>& objects, Place start) {
  out_.objects.assign(scenario_.listings.size(), start);
  std::vector<std::pair<std::size_t, std::size_t>> due;
  for (std::size_t i = 0; i < scenario_.listings.size(); ++i) {
    for (std::size_t j = 0; j < scenario_.listings[i].events.size(); ++j) {
      due.emplace_back(i, j);
    }
  }
  const auto matches = match(objects.size(), due.size(), [&](std::size_t found, std::size_t at) {
    const Listing& listing = scenario_.listings[due[at].first];
    return objects[found].customer == listing.customer &&
           fits_event(objects[found].answers.front(), listing.events[due[at].second]);
  });
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (matches[i]) {
      const auto [listing, event] = due[*matches[i]];
      out_.claims[listing][event] = objects[i].answers.front().claim;
    } else {
      put_surplus(objects[i]);
    }
  }
}

}  // namespace

std::expected<ReadResults, InputError> read_results(std::string_view text,
                                                    std::string_view file_name,
                                                    const Scenario& scenario) {
  const SourceText source(text, file_name);
  const auto refusal = [&](const JsonError& error) {
    return std::unexpected(
        InputError{fmt::format("{}: {}", source.name_place(error.offset), error.message), ""});
  };
  const auto tree = find_results(text);
  if (!tree) {
    return refusal(tree.error());
  }
  Transcript transcript(source);
  transcript.read(tree->root);
  if (transcript.error) {
    return refusal(*transcript.error);
  }
  ReadResults out;
  out.file_name = file_name;
  out.style = style_of(transcript, scenario);
  out.notes = tree->tolerated.lines(source);
  std::ranges::move(transcript.tolerated.lines(source), std::back_inserter(out.notes));
  Alignment alignment(scenario, out);
  if (out.style == Style::events) {
    alignment.put_events(transcript.objects, source.place(tree->root.offset));
  } else {
    alignment.put_objects(transcript.objects);
  }
  return out;
}

}  // namespace passbook
