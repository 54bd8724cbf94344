// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/results_text.h"

#include <algorithm>

#include "lab/scenario/repair.h"
#include "lab/scenario/source_text.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

/// How much longer than the text all that is tried in it may be.
constexpr std::size_t kMostTried = 64;

/// A bracket of the text and all up to its end, read.
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

bool is_result(const JsonValue& value) {
  const auto* object = value.as<JsonObject>();
  return object != nullptr && object->find("id") != nullptr && object->find("type") == nullptr &&
         (object->find("recv") != nullptr || object->find("balance") != nullptr);
}

bool is_array_of_results(const JsonValue& value) {
  const auto* array = value.as<JsonArray>();
  return array != nullptr && !array->items.empty() && std::ranges::all_of(array->items, is_result);
}

void add_all(Remarks& to, const Remarks& from) {
  for (const Remark& remark : from.all()) {
    to.add(remark.what, remark.offset, remark.count);
  }
}

bool has_text(std::string_view text) {
  return text.find_first_not_of(" \t\r\n,") != std::string_view::npos;
}

/// Goes through a text from bracket to bracket.
class Search {
 public:
  explicit Search(std::string_view text) : text_(text) {}

  std::optional<ResultsText> run() {
    std::size_t tried = 0;
    std::size_t at = byte_order_mark(text_);
    while (tried < kMostTried * (text_.size() + 1)) {
      const std::size_t bracket = text_.find_first_of("[{", at);
      if (bracket == std::string_view::npos) {
        break;
      }
      const auto piece = read_piece(text_, bracket);
      tried += piece ? piece->end - bracket : text_.size() - bracket;
      if (piece && objects_.items.empty() && is_array_of_results(piece->value)) {
        return array_at(*piece, bracket);
      }
      const bool taken = piece && is_result(piece->value);
      if (taken) {
        take(*piece, bracket);
      }
      at = taken ? piece->end : bracket + 1;
    }
    return objects_.items.empty() ? std::nullopt : std::optional(all_objects());
  }

 private:
  ResultsText array_at(const Piece& piece, std::size_t bracket) const {
    ResultsText out{piece.value, {}};
    if (has_text(text_.substr(0, bracket))) {
      out.tolerated.add(tolerated::kTextBefore, text_.find_first_not_of(" \t\r\n"));
    }
    add_all(out.tolerated, piece.tolerated);
    if (has_text(text_.substr(piece.end))) {
      out.tolerated.add(tolerated::kTextAfter, text_.find_first_not_of(" \t\r\n,", piece.end));
    }
    return out;
  }

  void take(const Piece& piece, std::size_t bracket) {
    note_text(bracket);
    objects_.items.push_back(piece.value);
    add_all(tolerated_, piece.tolerated);
    end_ = piece.end;
  }

  void note_text(std::size_t until) {
    if (has_text(text_.substr(end_, until - end_))) {
      tolerated_.add(tolerated::kTextBetween, text_.find_first_not_of(" \t\r\n,", end_));
    }
  }

  ResultsText all_objects() {
    note_text(text_.size());
    ResultsText out;
    out.root.offset = objects_.items.front().offset;
    out.tolerated.add(tolerated::kNoArray, out.root.offset);
    add_all(out.tolerated, tolerated_);
    out.root.content = std::move(objects_);
    return out;
  }

  std::string_view text_;
  JsonArray objects_;
  Remarks tolerated_;
  std::size_t end_ = 0;
};

}  // namespace

std::expected<ResultsText, JsonError> find_results(std::string_view text) {
  auto strict = parse_json(text);
  if (strict && strict->root.as<JsonArray>() != nullptr) {
    return ResultsText{std::move(strict->root), {}};
  }
  if (auto unreadable = find_unreadable(text)) {
    return std::unexpected(std::move(*unreadable));
  }
  if (auto found = Search(text).run()) {
    return std::move(*found);
  }
  if (strict) {
    return ResultsText{std::move(strict->root), {}};
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n", byte_order_mark(text));
  if (first != std::string_view::npos && text[first] == '[') {
    auto piece = read_piece(text, first);
    if (!piece) {
      return std::unexpected(std::move(piece.error()));
    }
    return ResultsText{std::move(piece->value), std::move(piece->tolerated)};
  }
  return std::unexpected(std::move(strict.error()));
}

}  // namespace passbook
