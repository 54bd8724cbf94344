// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/results_text.h"

#include <algorithm>

#include "lab/scenario/answer_words.h"
#include "lab/scenario/repair.h"
#include "lab/scenario/source_text.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

/// All attempts together may read this many times the length of the text.
constexpr std::size_t kMostTried = 64;

/// A bracket of the text that was parsed, and where it ends.
struct Piece {
  JsonValue value;
  std::size_t end = 0;
  Remarks tolerated;
};

void move_offsets(JsonValue& value, const RepairedText& repaired, std::size_t from) {
  value.offset = from + repaired.original_offset(value.offset);
  if (auto* array = std::get_if<JsonArray>(&value.content)) {
    for (JsonValue& item : array->items) {
      move_offsets(item, repaired, from);
    }
  } else if (auto* object = std::get_if<JsonObject>(&value.content)) {
    for (JsonMember& member : object->members) {
      member.offset = from + repaired.original_offset(member.offset);
      move_offsets(member.value, repaired, from);
    }
  }
}

std::expected<Piece, JsonError> read_piece(std::string_view text, std::size_t from) {
  const Repair repair = repair_json(text.substr(from), RepairScope::piece);
  auto tree = parse_json(repair.repaired.text(), KeySpaces::dropped);
  if (!tree) {
    return std::unexpected(JsonError{from + repair.repaired.original_offset(tree.error().offset),
                                     std::move(tree.error().message)});
  }
  Piece piece{std::move(tree->root), from + repair.end, {}};
  move_offsets(piece.value, repair.repaired, from);
  for (const Remark& remark : repair.tolerated.all()) {
    piece.tolerated.add(remark.what, from + remark.offset, remark.count);
  }
  for (const std::size_t offset : tree->spaced_keys) {
    piece.tolerated.add(tolerated::kSpacedKeys, from + repair.repaired.original_offset(offset));
  }
  return piece;
}

/// Whether its keys are those of a customer with its answers, or with a balance.
bool is_object_of_results(const JsonObject& object) {
  if (object.find("id") == nullptr) {
    return false;
  }
  if (object.find("recv") != nullptr) {
    return true;
  }
  return object.find("type") == nullptr &&
         (object.find("balance") != nullptr ||
          std::ranges::any_of(object.members, [](const JsonMember& member) {
            return holds_answers(member.value);
          }));
}

/// Whether a value is an object of results, or an answer that names its customer.
bool is_result(const JsonValue& value) {
  const auto* object = value.as<JsonObject>();
  return object != nullptr &&
         (is_object_of_results(*object) || (object->find("id") != nullptr && holds_answer(value)));
}

bool is_array_of_results(const JsonValue& value) {
  const auto* array = value.as<JsonArray>();
  return array != nullptr && !array->items.empty() && std::ranges::all_of(array->items, is_result);
}

bool has_text(std::string_view text) {
  return text.find_first_not_of(" \t\r\n,") != std::string_view::npos;
}

/// Searches a text for results, bracket by bracket.
class Search {
 public:
  explicit Search(std::string_view text) : text_(text), end_(byte_order_mark(text)) {}

  std::optional<ResultsText> run() {
    std::size_t tried = 0;
    std::size_t at = end_;
    while (tried < kMostTried * (text_.size() + 1)) {
      const std::size_t bracket = text_.find_first_of("[{", at);
      if (bracket == std::string_view::npos) {
        break;
      }
      auto piece = read_piece(text_, bracket);
      tried += piece ? piece->end - bracket : text_.size() - bracket;
      const bool taken = piece && is_wanted(piece->value);
      at = taken ? piece->end : bracket + 1;
      if (taken) {
        take(std::move(*piece), bracket);
      } else if (!piece && piece.error().offset >= text_.find_last_not_of(" \t\r\n")) {
        unclosed_ = true;
      }
    }
    return out_.pieces.empty() ? std::nullopt : std::optional(all());
  }

 private:
  /// Inside an unclosed bracket, the "id" of an answer may be that of its event, not its customer.
  bool is_wanted(const JsonValue& value) const {
    const auto* object = value.as<JsonObject>();
    return unclosed_ && object != nullptr ? is_object_of_results(*object)
                                          : is_result(value) || is_array_of_results(value);
  }

  void take(Piece piece, std::size_t bracket) {
    note_text(bracket);
    (piece.value.as<JsonArray>() != nullptr ? arrays_ : objects_) += 1;
    out_.pieces.push_back(std::move(piece.value));
    for (const Remark& remark : piece.tolerated.all()) {
      out_.tolerated.add(remark.what, remark.offset, remark.count);
    }
    end_ = piece.end;
  }

  void note_text(std::size_t until) {
    if (has_text(text_.substr(end_, until - end_))) {
      around_.push_back({out_.pieces.empty(), text_.find_first_not_of(" \t\r\n,", end_)});
    }
  }

  ResultsText all() {
    note_text(text_.size());
    ResultsText out;
    out.pieces = std::move(out_.pieces);
    const bool one_array = arrays_ == 1 && objects_ == 0;
    if (objects_ > 0) {
      out.tolerated.add(tolerated::kNoArray, out.pieces.front().offset);
    }
    if (arrays_ > 1) {
      out.tolerated.add(tolerated::kManyArrays, out.pieces.front().offset);
    }
    for (const TextAround& text : around_) {
      if (!one_array) {
        out.tolerated.add(tolerated::kTextBetween, text.offset);
      } else if (text.before) {
        out.tolerated.add(tolerated::kTextBefore, text.offset);
      }
    }
    for (const Remark& remark : out_.tolerated.all()) {
      out.tolerated.add(remark.what, remark.offset, remark.count);
    }
    for (const TextAround& text : around_) {
      if (one_array && !text.before) {
        out.tolerated.add(tolerated::kTextAfter, text.offset);
      }
    }
    return out;
  }

  struct TextAround {
    bool before = false;  // before all pieces
    std::size_t offset = 0;
  };

  std::string_view text_;
  std::size_t end_;  // of the last piece
  ResultsText out_;
  std::vector<TextAround> around_;
  std::size_t arrays_ = 0;
  std::size_t objects_ = 0;
  bool unclosed_ = false;
};

void set_offsets(JsonValue& value, std::size_t offset) {
  value.offset = offset;
  if (auto* array = std::get_if<JsonArray>(&value.content)) {
    for (JsonValue& item : array->items) {
      set_offsets(item, offset);
    }
  } else if (auto* object = std::get_if<JsonObject>(&value.content)) {
    for (JsonMember& member : object->members) {
      member.offset = offset;
      set_offsets(member.value, offset);
    }
  }
}

}  // namespace

std::optional<JsonValue> read_quoted(std::string_view text, std::size_t offset) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '[' && text[first] != '{') ||
      find_unreadable(text)) {
    return std::nullopt;
  }
  auto piece = read_piece(text, first);
  if (!piece || has_text(text.substr(piece->end))) {
    return std::nullopt;
  }
  set_offsets(piece->value, offset);
  return std::move(piece->value);
}

std::expected<ResultsText, JsonError> find_results(std::string_view text) {
  auto strict = parse_json(text);
  if (strict && strict->root.as<JsonArray>() != nullptr) {
    return ResultsText{{std::move(strict->root)}, {}};
  }
  if (strict) {
    if (const auto* quoted = strict->root.as<std::string>()) {
      if (auto inner = read_quoted(*quoted, strict->root.offset)) {
        ResultsText out{{std::move(*inner)}, {}};
        out.tolerated.add(tolerated::kQuotedJson, strict->root.offset);
        return out;
      }
    }
  }
  if (auto unreadable = find_unreadable(text)) {
    return std::unexpected(std::move(*unreadable));
  }
  if (auto found = Search(text).run()) {
    return std::move(*found);
  }
  if (strict) {
    return std::unexpected(JsonError{
        strict->root.offset, "the file must hold one array, of customers and what they received"});
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n", byte_order_mark(text));
  if (first != std::string_view::npos && text[first] == '[') {
    auto piece = read_piece(text, first);
    if (!piece) {
      return std::unexpected(std::move(piece.error()));
    }
    return ResultsText{{std::move(piece->value)}, std::move(piece->tolerated)};
  }
  return std::unexpected(std::move(strict.error()));
}

}  // namespace passbook
