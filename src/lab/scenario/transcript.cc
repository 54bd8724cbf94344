// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/transcript.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "lab/scenario/answer_words.h"
#include "lab/scenario/results_text.h"
#include "lab/scenario/scenario_keys.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

constexpr std::string_view kObjectKeys[] = {"id", "recv", "balance"};
constexpr std::string_view kAnswerKeys[] = {"id",     "interface", "branch",  "dest",
                                            "result", "reason",    "balance", "money"};

/// Turns the tree into objects.
class Reader {
 public:
  explicit Reader(const SourceText& source) : source_(source) {}

  Transcript run(std::span<const JsonValue> pieces) &&;

 private:
  void read_item(const JsonValue& given);
  void read_object(const JsonValue& value, const JsonObject& object);
  void read_answers(const JsonValue& given, FoundObject& out);
  void read_answers_elsewhere(const JsonValue& value, const JsonObject& object, FoundObject& out);
  FoundAnswer read_answer(const JsonValue& given);
  void read_answer(const JsonObject& object, std::size_t offset, FoundAnswer& out);
  void read_interface(const JsonObject& object, FoundAnswer& out);
  void read_result(const JsonObject& object, FoundAnswer& out);
  bool read_result_word(const JsonValue& value, Claim& claim);
  void read_result_object(const JsonMember& member, const JsonObject& inner, FoundAnswer& out);
  std::string read_word(const JsonValue& value);
  std::optional<Money> read_money(const JsonObject& object, const char* key, Claim& claim);
  std::optional<std::uint64_t> read_id(const JsonObject& object, const char* key, Claim& claim);
  std::optional<std::uint64_t> id_of(const JsonValue& value);
  std::optional<Amount> amount_of(const JsonValue& value);
  const JsonMember* find(const JsonObject& object, std::string_view key);
  const JsonValue& unquoted(const JsonValue& value);
  void note_unknown(const JsonObject& object, std::span<const std::string_view> known);
  void note(const char* what, std::size_t offset) { out_.tolerated.add(what, offset); }
  void fault(std::size_t offset, std::string what) {
    out_.faults.push_back({source_.place(offset), std::move(what)});
  }

  const SourceText& source_;
  Transcript out_;
  std::deque<JsonValue> unquoted_;        // values read from strings
  std::set<std::size_t> quoted_;          // offsets of those strings
  std::set<std::size_t> noted_keys_;      // offsets of noted keys
  std::set<std::string> misplaced_keys_;  // keys in place of "recv" that are faults already
};

Transcript Reader::run(std::span<const JsonValue> pieces) && {
  for (const JsonValue& piece : pieces) {
    out_.pieces.emplace_back();
    if (const auto* array = piece.as<JsonArray>()) {
      for (const JsonValue& item : array->items) {
        read_item(item);
      }
    } else {
      read_item(piece);
    }
  }
  bool any_answers = false;
  bool any_balance = false;
  for (const auto& piece : out_.pieces) {
    for (const FoundObject& object : piece) {
      any_balance = any_balance || object.last;
      any_answers = any_answers || !object.last;
    }
  }
  out_.only_balances = any_balance && !any_answers;
  for (auto& piece : out_.pieces) {
    for (FoundObject& object : piece) {
      if (object.last && any_answers) {
        object.last.reset();
        fault(object.offset,
              fmt::format("customer {}: \"recv\" is missing", object.customer.value));
      }
    }
  }
  return std::move(out_);
}

/// The item is an object, or an array of objects within the array.
void Reader::read_item(const JsonValue& given) {
  const JsonValue& value = unquoted(given);
  if (const auto* array = value.as<JsonArray>()) {
    note(tolerated::kNestedArrays, value.offset);
    for (const JsonValue& item : array->items) {
      const auto* object = unquoted(item).as<JsonObject>();
      object != nullptr
          ? read_object(item, *object)
          : fault(item.offset, R"(this must be an object with the "id" of a customer)");
    }
  } else if (const auto* object = value.as<JsonObject>()) {
    read_object(value, *object);
  } else {
    fault(value.offset, R"(this must be an object with the "id" of a customer)");
  }
}

void Reader::read_object(const JsonValue& value, const JsonObject& object) {
  const auto* id = find(object, "id");
  const auto customer = id != nullptr ? id_of(id->value) : std::nullopt;
  if (!customer) {
    return id != nullptr
               ? fault(id->value.offset, "\"id\" must be a positive integer")
               : fault(value.offset, R"(this must be an object with the "id" of a customer)" +
                                         did_you_mean(object, "id"));
  }
  FoundObject out;
  out.offset = value.offset;
  out.place = source_.place(value.offset);
  out.customer = CustomerId{*customer};
  if (const auto* answers = find(object, "recv")) {
    note_unknown(object, kObjectKeys);
    read_answers(answers->value, out);
  } else if (find(object, "interface") != nullptr) {
    note(tolerated::kFlat, value.offset);
    out.flat = true;
    FoundAnswer answer;
    answer.claim.place = out.place;
    read_answer(object, value.offset, answer);
    answer.id.reset();
    out.answers.push_back(std::move(answer));
  } else if (find(object, "balance") != nullptr) {
    note_unknown(object, kObjectKeys);
    out.last.emplace(Claim{out.place, std::nullopt, std::nullopt});
    out.last->balance = read_money(object, "balance", *out.last);
  } else {
    read_answers_elsewhere(value, object, out);
  }
  out_.pieces.back().push_back(std::move(out));
}

void Reader::read_answers(const JsonValue& given, FoundObject& out) {
  const JsonValue& value = unquoted(given);
  if (const auto* object = value.as<JsonObject>(); object != nullptr && holds_answer(value)) {
    note(tolerated::kNoArray, value.offset);
    out.answers.push_back(read_answer(value));
    return;
  }
  const auto* answers = value.as<JsonArray>();
  if (answers == nullptr) {
    return fault(value.offset,
                 fmt::format("customer {}: \"recv\" must be an array", out.customer.value));
  }
  for (const JsonValue& answer : answers->items) {
    out.answers.push_back(read_answer(answer));
  }
}

/// Without "recv", the answers may be under another key. Each such key is one fault per file.
void Reader::read_answers_elsewhere(const JsonValue& value, const JsonObject& object,
                                    FoundObject& out) {
  for (const JsonMember& member : object.members) {
    const JsonValue& inner = unquoted(member.value);
    if (!holds_answers(inner)) {
      continue;
    }
    if (misplaced_keys_.insert(member.key).second) {
      fault(member.offset,
            fmt::format(R"(customer {}: "recv" is missing; the answers are under {})",
                        out.customer.value, json_excerpt(member.key)));
    }
    return read_answers(inner, out);
  }
  fault(value.offset, fmt::format("customer {}: \"recv\" is missing", out.customer.value));
}

FoundAnswer Reader::read_answer(const JsonValue& given) {
  const JsonValue& value = unquoted(given);
  FoundAnswer out;
  out.claim.place = source_.place(value.offset);
  if (const auto* object = value.as<JsonObject>()) {
    read_answer(*object, value.offset, out);
  } else {
    out.claim.faults.push_back(
        fmt::format("an answer must be an object, not {}", json_text(value)));
  }
  return out;
}

void Reader::read_answer(const JsonObject& object, std::size_t offset, FoundAnswer& out) {
  read_interface(object, out);
  out.id = read_id(object, "id", out.claim);
  out.branch = read_id(object, find(object, "branch") != nullptr ? "branch" : "dest", out.claim);
  out.balance = read_money(object, "balance", out.claim);
  out.money = read_money(object, "money", out.claim);
  read_result(object, out);
  note_unknown(object, kAnswerKeys);
  if (out.claim.result && out.balance && !out.id && !out.branch) {
    out_.tolerated.add(tolerated::kResultBesideBalance, offset);
  }
  out.shows_everything =
      out.id || find(object, "reason") != nullptr || (out.claim.result && out.balance);
}

void Reader::read_interface(const JsonObject& object, FoundAnswer& out) {
  const auto* member = find(object, "interface");
  const std::string word = member != nullptr ? read_word(member->value) : "";
  for (const Interface interface : {Interface::query, Interface::deposit, Interface::withdraw}) {
    if (word == to_string(interface)) {
      out.interface = interface;
    }
  }
  if (!out.interface) {
    out.claim.faults.push_back(R"(the "interface" must be "query", "deposit" or "withdraw")" +
                               (member != nullptr ? ", not " + json_text(member->value) : ""));
  }
}

/// Reads the word of a result. Also reads a balance in its place, which is a fault.
void Reader::read_result(const JsonObject& object, FoundAnswer& out) {
  const auto* member = find(object, "result");
  if (member == nullptr || member->value.as<JsonNull>() != nullptr ||
      read_result_word(member->value, out.claim)) {
    return;
  }
  const bool wants_balance = out.interface == Interface::query && !out.balance && !out.money;
  const auto amount = amount_of(member->value);
  if (wants_balance && amount) {
    out.balance = amount->money;
    out.claim.faults.push_back(R"(its balance is under "result", expected under "balance")");
  } else if (const auto* inner = unquoted(member->value).as<JsonObject>()) {
    read_result_object(*member, *inner, out);
  } else {
    out.claim.strange_result = json_text(member->value);
  }
}

bool Reader::read_result_word(const JsonValue& value, Claim& claim) {
  if (value.as<std::string>() == nullptr) {
    return false;
  }
  const std::string word = read_word(value);
  for (const ResultWord result : {ResultWord::success, ResultWord::fail, ResultWord::unknown}) {
    if (word == to_string(result)) {
      claim.result = result;
      return true;
    }
  }
  return false;
}

void Reader::read_result_object(const JsonMember& member, const JsonObject& inner,
                                FoundAnswer& out) {
  const auto* result = find(inner, "result");
  const auto* balance =
      find(inner, "balance") != nullptr ? find(inner, "balance") : find(inner, "money");
  const auto amount = balance != nullptr ? amount_of(balance->value) : std::nullopt;
  if (out.interface == Interface::query && amount && !out.balance && !out.money) {
    out.balance = amount->money;
    out.claim.faults.push_back(R"(its balance is inside "result", expected under "balance")");
  } else if (result != nullptr && read_result_word(result->value, out.claim)) {
    out.claim.faults.push_back(R"(its result is inside "result", expected the word itself)");
  } else {
    out.claim.strange_result = json_text(member.value);
  }
}

/// A word in lower case; empty if the value is not a string.
std::string Reader::read_word(const JsonValue& value) {
  const auto* word = value.as<std::string>();
  if (word == nullptr) {
    return "";
  }
  if (lower_case(*word) != *word) {
    note(tolerated::kUpperCaseWords, value.offset);
  }
  return lower_case(*word);
}

void Reader::note_unknown(const JsonObject& object, std::span<const std::string_view> known) {
  for (const JsonMember& member : object.members) {
    if (std::ranges::find(known, lower_case(member.key)) == known.end()) {
      out_.tolerated.add(fmt::format("unknown key {}", json_excerpt(member.key)), member.offset);
    }
  }
}

/// The value of a number, in quotes or not.
std::optional<Amount> Reader::amount_of(const JsonValue& value) {
  const auto* number = value.as<JsonNumber>();
  const auto* quoted = value.as<std::string>();
  const auto amount = number != nullptr   ? read_amount(number->text)
                      : quoted != nullptr ? read_amount(*quoted)
                                          : std::nullopt;
  if (amount && quoted != nullptr) {
    note(tolerated::kQuotedNumbers, value.offset);
  }
  if (amount && amount->rounded) {
    note(tolerated::kFloatNoise, value.offset);
  }
  return amount;
}

/// Null counts as a missing member.
std::optional<Money> Reader::read_money(const JsonObject& object, const char* key, Claim& claim) {
  const auto* member = find(object, key);
  if (member == nullptr || member->value.as<JsonNull>() != nullptr) {
    return std::nullopt;
  }
  if (const auto amount = amount_of(member->value)) {
    return amount->money;
  }
  const auto* number = member->value.as<JsonNumber>();
  const auto money = parse_money(number != nullptr ? number->text : "");
  claim.faults.push_back(
      number == nullptr || money
          ? fmt::format("the \"{}\" must be a number, not {}", key, json_text(member->value))
          : fmt::format("the \"{}\" {} {}", key, json_text(member->value),
                        describe(money.error())));
  return std::nullopt;
}

std::optional<std::uint64_t> Reader::read_id(const JsonObject& object, const char* key,
                                             Claim& claim) {
  const auto* member = find(object, key);
  if (member == nullptr || member->value.as<JsonNull>() != nullptr) {
    return std::nullopt;
  }
  const auto id = id_of(member->value);
  if (!id) {
    claim.faults.push_back(
        fmt::format("\"{}\" must be a positive integer, not {}", key, json_text(member->value)));
  }
  return id;
}

/// A positive integer, perhaps in quotes or as a float.
std::optional<std::uint64_t> Reader::id_of(const JsonValue& value) {
  const auto* number = value.as<JsonNumber>();
  const auto* quoted = value.as<std::string>();
  const std::string text = number != nullptr ? number->text : quoted != nullptr ? *quoted : "";
  auto id = parse_positive_integer(text);
  if (!id) {
    id = read_whole_float(text);
    if (id) {
      note(tolerated::kFloatIds, value.offset);
    }
  }
  if (id && quoted != nullptr) {
    note(tolerated::kQuotedNumbers, value.offset);
  }
  return id;
}

/// The member with this key, in any case.
const JsonMember* Reader::find(const JsonObject& object, std::string_view key) {
  if (const auto* exact = object.find(key)) {
    return exact;
  }
  const auto found = std::ranges::find_if(
      object.members, [&](const JsonMember& member) { return lower_case(member.key) == key; });
  if (found == object.members.end()) {
    return nullptr;
  }
  if (noted_keys_.insert(found->offset).second) {
    note(tolerated::kUpperCaseKeys, found->offset);
  }
  return &*found;
}

/// The object or array in a string, or else the value itself.
const JsonValue& Reader::unquoted(const JsonValue& value) {
  const auto* text = value.as<std::string>();
  auto inner = text != nullptr ? read_quoted(*text, value.offset) : std::nullopt;
  if (!inner) {
    return value;
  }
  if (quoted_.insert(value.offset).second) {
    note(tolerated::kQuotedJson, value.offset);
  }
  return unquoted_.emplace_back(std::move(*inner));
}

}  // namespace

bool FoundAnswer::same_content(const FoundAnswer& other) const {
  return interface == other.interface && id == other.id && branch == other.branch &&
         balance == other.balance && money == other.money && claim.result == other.claim.result &&
         claim.strange_result == other.claim.strange_result && claim.faults == other.claim.faults;
}

bool Transcript::has_only_faults() const {
  const bool has_said = std::ranges::any_of(pieces, [](const auto& piece) {
    return std::ranges::any_of(piece, [](const FoundObject& object) {
      return object.last || std::ranges::any_of(object.answers, [](const FoundAnswer& answer) {
               return answer.interface.has_value();
             });
    });
  });
  const bool has_faults = !faults.empty() || std::ranges::any_of(pieces, [](const auto& piece) {
    return std::ranges::any_of(piece,
                               [](const FoundObject& object) { return !object.answers.empty(); });
  });
  return has_faults && !has_said;
}

Transcript read_transcript(std::span<const JsonValue> pieces, const SourceText& source) {
  return Reader(source).run(pieces);
}

}  // namespace passbook
