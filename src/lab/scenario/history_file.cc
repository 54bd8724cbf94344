// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/history_file.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <queue>
#include <tuple>

#include "lab/scenario/history_fields.h"
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

using history_fields::kName;
using history_fields::kWanted;
using history_fields::kWords;
using history_fields::members;
using Error = std::unexpected<std::string>;

template <class Number>
std::optional<Number> parse_whole(const JsonValue& value) {
  const auto* text = value.as<JsonNumber>();
  Number out{};
  if (text == nullptr) {
    return std::nullopt;
  }
  const char* end = text->text.data() + text->text.size();
  const auto [stopped, error] = std::from_chars(text->text.data(), end, out);
  return error == std::errc{} && stopped == end ? std::optional(out) : std::nullopt;
}

/// Reads the members of a JSON object into the fields of a struct. Keeps the first problem.
class Reader {
 public:
  template <class Value>
  using Of = Value;

  Reader(const JsonObject& object, std::string& problem, const Reader* outer = nullptr)
      : object_(object), problem_(problem), outer_(outer) {}

  template <class Value>
  void operator()(std::string_view name, Value& value) {
    if (!take_member(name, value)) {
      complain("is missing");
    }
  }
  template <class Value>
  void operator()(std::string_view name, std::optional<Value>& value) {
    if (!take_member(name, value.emplace())) {
      value.reset();
    }
  }

  /// To be called after all fields were read. Complains about any other member.
  void end() {
    if (taken_ == object_.members.size()) {
      return;
    }
    for (const JsonMember& member : object_.members) {
      if (std::ranges::find(names_, std::string_view(member.key)) == names_.end()) {
        name_ = member.key;
        complain("is unknown");
        return;
      }
    }
  }

 private:
  template <class Value>
  bool take_member(std::string_view name, Value& value) {
    name_ = name;
    const JsonMember* member = object_.find(name);
    if (member == nullptr) {
      return false;
    }
    names_[taken_++ % names_.size()] = name;
    take(member->value, value);
    return true;
  }

  void complain(std::string_view what) {
    if (problem_.empty()) {
      problem_ = fmt::format("\"{}\" {}", path(), what);
    }
  }
  std::string path() const {
    return outer_ == nullptr ? std::string(name_) : fmt::format("{}.{}", outer_->path(), name_);
  }

  template <std::integral Number>
  void take(const JsonValue& value, Number& out) {
    const auto number = parse_whole<Number>(value);
    if (!number) {
      complain(fmt::format("must be a whole number from {} to {}",
                           std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max()));
    }
    out = number.value_or(Number{});
  }
  template <class Tag, class Number>
  void take(const JsonValue& value, StrongId<Tag, Number>& out) {
    take(value, out.value);
  }
  void take(const JsonValue& value, Instant& out) {
    Duration::rep count = 0;
    take(value, count);
    out = Instant(Duration(count));
  }
  void take(const JsonValue& value, Money& out) {
    const auto* number = value.as<JsonNumber>();
    if (number == nullptr) {
      complain("must be an amount");
      return;
    }
    const auto amount = parse_money(number->text);
    if (!amount) {
      complain(describe(amount.error()));
    }
    out = amount.value_or(Money{});
  }
  void take(const JsonValue& value, std::string& out) {
    const auto* text = value.as<std::string>();
    if (text == nullptr) {
      complain("must be a string");
    }
    out = text ? *text : std::string();
  }
  /// The value whose word the text is.
  template <class Words>
  auto find_word(const JsonValue& value, const Words& words) {
    const auto* text = value.as<std::string>();
    const auto found = std::ranges::find_if(
        words, [&](const auto& known) { return text != nullptr && known.second == *text; });
    if (found == words.end()) {
      std::string all;
      for (const auto& known : words) {
        all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", known.second);
      }
      complain(fmt::format("must be one of {}", all));
      return words.front().first;
    }
    return found->first;
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void take(const JsonValue& value, Enum& out) {
    out = find_word(value, kWords<Enum>);
  }
  void take(const JsonValue& value, history::Wanted& out) {
    for (const JsonValue& word : items_of(value)) {
      out.*find_word(word, kWanted) = true;
    }
  }
  template <class Value>
  void take(const JsonValue& value, std::vector<Value>& out) {
    for (const JsonValue& item : items_of(value)) {
      take(item, out.emplace_back());
    }
  }
  const std::vector<JsonValue>& items_of(const JsonValue& value) {
    static const std::vector<JsonValue> kNone;
    const auto* array = value.as<JsonArray>();
    if (array == nullptr) {
      complain("must be a list");
    }
    return array ? array->items : kNone;
  }
  void take(const JsonValue& value, history::Leg& out) {
    const auto* object = value.as<JsonObject>();
    if (object != nullptr && object->find("rights") != nullptr) {
      take(value, out.emplace<history::RightsLeg>());
    } else {
      take(value, out.emplace<history::MoneyLeg>());
    }
  }
  template <class Object>
  void take(const JsonValue& value, Object& out) {
    const auto* object = value.as<JsonObject>();
    if (object == nullptr) {
      complain("must be an object");
      return;
    }
    Reader inner(*object, problem_, this);
    members(inner, out);
    inner.end();
  }

  static constexpr std::size_t kMostMembers = 16;

  const JsonObject& object_;
  std::string& problem_;
  const Reader* outer_;
  std::string_view name_;  ///< the member that was read last
  std::array<std::string_view, kMostMembers> names_;
  std::size_t taken_ = 0;
};

/// Reads the event if it is of this kind.
template <std::size_t kKind>
bool take_kind(const JsonObject& object, Reader& reader, history::What& out) {
  using What = std::variant_alternative_t<kKind, history::What>;
  if (object.find(kName<What>) == nullptr) {
    return false;
  }
  reader(kName<What>, out.emplace<What>());
  return true;
}

bool take_what(const JsonObject& object, Reader& reader, history::What& out) {
  return [&]<std::size_t... kKinds>(std::index_sequence<kKinds...>) {
    return (take_kind<kKinds>(object, reader, out) || ...);
  }(std::make_index_sequence<std::variant_size_v<history::What>>());
}

using Line = std::variant<history::Bank, history::Event>;

/// The error says what is wrong, without the place.
std::expected<Line, std::string> interpret(const JsonTree& tree) {
  const auto* object = tree.root.as<JsonObject>();
  if (object == nullptr) {
    return Error("a line must be a JSON object");
  }
  std::string problem;
  Line out;
  Reader reader(*object, problem);
  if (object->find("bank") != nullptr) {
    reader("bank", out.emplace<history::Bank>());
  } else {
    auto& event = out.emplace<history::Event>();
    reader("at", event.at);
    if (!take_what(*object, reader, event.what)) {
      problem = problem.empty() ? "it names no event" : problem;
    }
  }
  reader.end();
  return problem.empty() ? std::expected<Line, std::string>(std::move(out)) : Error(problem);
}

/// The events of one text.
struct TextEvents {
  std::vector<history::Event> events;
  std::vector<std::size_t> lines;
};

class Merger {
 public:
  std::expected<void, std::string> add(const HistoryText& text) {
    texts_.emplace_back();
    out_.names.push_back(text.name);
    const std::string_view content = text.content;
    for (std::size_t begin = 0; begin < content.size();) {
      const std::size_t end = std::min(content.find('\n', begin), content.size());
      ++line_;
      if (auto taken = take(content.substr(begin, end - begin)); !taken) {
        return taken;
      }
      begin = end + 1;
    }
    if (cut_ && content.ends_with('\n')) {
      return Error(*cut_);
    }
    drop_cut_line();
    line_ = 0;
    return {};
  }

  std::expected<ReadHistory, std::string> merge() && {
    if (!bank_) {
      return Error(fmt::format("{}: no line describes the bank",
                               out_.names.empty() ? "no files" : out_.names.back()));
    }
    out_.history.bank = std::move(*bank_);
    using Head = std::tuple<Instant, std::size_t, std::size_t>;  // time, text, event of the text
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
    const auto push = [&](std::size_t text, std::size_t event) {
      if (event < texts_[text].events.size()) {
        heads.emplace(texts_[text].events[event].at, text, event);
      }
    };
    for (std::size_t text = 0; text < texts_.size(); ++text) {
      push(text, 0);
    }
    while (!heads.empty()) {
      const auto [at, text, event] = heads.top();
      heads.pop();
      out_.history.events.push_back(std::move(texts_[text].events[event]));
      out_.places.push_back({text, texts_[text].lines[event]});
      push(text, event + 1);
    }
    return std::move(out_);
  }

 private:
  std::expected<void, std::string> take(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
      return {};
    }
    const auto tree = parse_json(line);
    if (!tree && !cut_) {
      cut_ = fmt::format("{}:{}: {}", place(), tree.error().offset + 1, tree.error().message);
      cut_line_ = line_;
      return {};
    }
    auto read = tree ? interpret(*tree) : std::expected<Line, std::string>(Error(""));
    const auto* event = read ? std::get_if<history::Event>(&*read) : nullptr;
    if (cut_ && (event == nullptr || !std::holds_alternative<history::Started>(event->what))) {
      return Error(*cut_);
    }
    if (!read) {
      return Error(fmt::format("{}: {}", place(), read.error()));
    }
    drop_cut_line();
    return std::visit([this](auto& taken) { return keep(taken); }, *read);
  }

  std::expected<void, std::string> keep(history::Bank& bank) {
    if (bank_ && *bank_ != bank) {
      return Error(fmt::format("{}: this describes another bank than {}", place(), bank_place_));
    }
    if (!bank_) {
      bank_ = std::move(bank);
      bank_place_ = place();
    }
    return {};
  }

  std::expected<void, std::string> keep(history::Event& event) {
    texts_.back().events.push_back(std::move(event));
    texts_.back().lines.push_back(line_);
    return {};
  }

  void drop_cut_line() {
    if (std::exchange(cut_, std::nullopt)) {
      out_.notes.push_back(
          fmt::format("{}:{}: incomplete line, ignored", out_.names.back(), cut_line_));
    }
  }

  std::string place() const { return fmt::format("{}:{}", out_.names.back(), line_); }

  ReadHistory out_;
  std::vector<TextEvents> texts_;
  std::optional<history::Bank> bank_;
  std::string bank_place_;
  std::size_t line_ = 0;
  std::optional<std::string> cut_;  ///< the error of the previous line
  std::size_t cut_line_ = 0;
};

}  // namespace

std::string ReadHistory::place_of(std::size_t event) const {
  return fmt::format("{}:{}", names[places[event].text], places[event].line);
}

std::expected<ReadHistory, std::string> read_history(std::span<const HistoryText> texts) {
  Merger merger;
  for (const HistoryText& text : texts) {
    if (auto added = merger.add(text); !added) {
      return Error(added.error());
    }
  }
  return std::move(merger).merge();
}

}  // namespace passbook
