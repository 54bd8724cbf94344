// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/repair.h"

#include <algorithm>
#include <array>
#include <span>

#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr auto kNowhere = std::string_view::npos;

/// Quotes that belong together. Any of them ends a string that a curly one began. Only a straight
/// one ends a string that a straight one began.
struct QuoteFamily {
  char straight = 0;
  std::array<std::string_view, 3> curly;
};

constexpr std::array<QuoteFamily, 2> kQuoteFamilies = {{
    {'"', {"\u201C", "\u201D", "\u201E"}},
    {'\'', {"\u2018", "\u2019", "\u201A"}},
}};

struct Quote {
  const QuoteFamily* family = nullptr;
  std::size_t length = 0;  // 0: not a quote
  bool curly = false;
};

Quote quote_at(std::string_view text, std::size_t at) {
  for (const QuoteFamily& family : kQuoteFamilies) {
    if (text[at] == family.straight) {
      return {&family, 1, false};
    }
    for (const std::string_view curly : family.curly) {
      if (text.substr(at, curly.size()) == curly) {
        return {&family, curly.size(), true};
      }
    }
  }
  return {};
}

/// Where the text of a string ends, and its closing quote: none if the line ends first.
struct Body {
  std::size_t end = 0;
  Quote closing;
};

Body find_body(std::string_view text, std::size_t from, const Quote& opening) {
  std::size_t at = from;
  while (at < text.size() && text[at] != '\n') {
    const Quote quote = quote_at(text, at);
    if (quote.family == opening.family && (opening.curly || !quote.curly)) {
      return {at, quote};
    }
    at += text[at] == '\\' ? 2 : 1;
  }
  return {std::min(at, text.size()), {}};
}

bool ends_word(std::string_view text, std::size_t at) {
  constexpr std::string_view kEnds = " \t\r\n[]{},:#\"'/";
  return kEnds.contains(text[at]) || quote_at(text, at).length > 0;
}

/// The array within prose: the first bracket before an object, else the first bracket.
std::size_t find_array(std::string_view text, std::size_t from) {
  const std::size_t first = text.find('[', from);
  for (std::size_t at = first; at != kNowhere; at = text.find('[', at + 1)) {
    const std::size_t next = text.find_first_not_of(kSpaces, at + 1);
    if (next != kNowhere && text[next] == '{') {
      return at;
    }
  }
  return first;
}

/// One pass over the text. It tracks brackets only as far as commas and keys need it.
class Repairer {
 public:
  Repairer(std::string_view text, RepairScope scope) : text_(text), scope_(scope) {}

  Repair run() &&;

 private:
  /// The last thing in the innermost open bracket.
  enum class After { open, comma, key, colon, value };
  struct Bracket {
    bool is_object = false;
    After after = After::open;
    std::size_t comma = kNowhere;  // in the repaired text: dropped if a closing bracket follows
    std::size_t key = kNowhere;    // in the repaired text: where the last key and its value begin
    std::size_t value = kNowhere;
  };

  void pass_text_before();
  void pass_text_after();
  void pass_blanks();
  std::size_t end_of_comment();
  void pass_token();
  void pass_colon();
  void pass_comma();
  void pass_opening();
  void pass_closing();
  void drop_trailing_comma();
  void pass_string(const Quote& quote);
  void rewrite_body(std::size_t end);
  void pass_word();
  void begin_value();
  void end_value(bool may_be_key);
  void note(const char* what, std::size_t offset) { out_.tolerated.add(what, offset); }
  void copy_to(std::size_t end) {
    out_.repaired.copy(text_, at_, end);
    at_ = end;
  }
  bool done() const { return at_ == text_.size(); }

  std::string_view text_;
  RepairScope scope_;
  std::size_t at_ = 0;
  std::vector<Bracket> open_;
  bool closed_ = false;            // whether the outermost bracket is closed
  bool unclosed_comment_ = false;  // no comment ends in the rest of the text
  Repair out_;
};

Repair Repairer::run() && {
  if (scope_ != RepairScope::piece) {
    copy_to(byte_order_mark(text_));
  }
  if (scope_ == RepairScope::text) {
    pass_text_before();
  } else if (scope_ == RepairScope::lines) {
    out_.repaired.put("[", at_);
    open_.emplace_back();
  }
  while (!done() && (!closed_ || scope_ == RepairScope::lines)) {
    pass_blanks();
    if (!done()) {
      pass_token();
    }
  }
  out_.end = at_;
  if (scope_ == RepairScope::text) {
    pass_text_after();
  } else if (scope_ == RepairScope::lines) {
    drop_trailing_comma();
    out_.repaired.put("]", at_);
  }
  return std::move(out_);
}

void Repairer::pass_text_before() {
  pass_blanks();
  if (done() || text_[at_] == '[' || text_[at_] == '{') {
    return;
  }
  const std::size_t array = find_array(text_, at_);
  if (array != kNowhere) {
    note(tolerated::kTextBefore, at_);
    at_ = array;
  }
}

void Repairer::pass_text_after() {
  pass_blanks();
  if (!done()) {
    note(tolerated::kTextAfter, at_);
    at_ = text_.size();
  }
}

/// Copies white space, and replaces each comment with a space.
void Repairer::pass_blanks() {
  while (!done()) {
    const std::size_t end = std::min(text_.find_first_not_of(kSpaces, at_), text_.size());
    copy_to(end);
    const std::size_t comment = end_of_comment();
    if (comment == at_) {
      return;
    }
    note(tolerated::kComments, at_);
    out_.repaired.put(" ", at_);
    at_ = comment;
  }
}

/// The end of the comment that starts here, or this position if none does.
std::size_t Repairer::end_of_comment() {
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with("/*") && !unclosed_comment_) {
    const std::size_t end = rest.find("*/", 2);
    unclosed_comment_ = end == kNowhere;
    return unclosed_comment_ ? at_ : at_ + end + 2;
  }
  if (rest.starts_with("//") || rest.starts_with("#") || rest.starts_with("```")) {
    return std::min(text_.find('\n', at_), text_.size());
  }
  return at_;
}

void Repairer::pass_token() {
  switch (text_[at_]) {
    case '[':
    case '{':
      return pass_opening();
    case ']':
    case '}':
      return pass_closing();
    case ',':
      return pass_comma();
    case ':':
      pass_colon();
      return copy_to(at_ + 1);
    default:
      break;
  }
  const Quote quote = quote_at(text_, at_);
  if (quote.length > 0) {
    pass_string(quote);
  } else {
    pass_word();
  }
}

/// A colon after a value shows that the value is in fact the key. The key before it is then
/// superfluous.
void Repairer::pass_colon() {
  if (open_.empty()) {
    return;
  }
  Bracket& bracket = open_.back();
  if (bracket.after == After::key) {
    bracket.after = After::colon;
  } else if (scope_ == RepairScope::piece && bracket.is_object && bracket.after == After::value &&
             bracket.key != kNowhere && bracket.value != kNowhere) {
    note(tolerated::kKeyAfterKey, out_.repaired.original_offset(bracket.value));
    for (std::size_t i = bracket.key; i < bracket.value; ++i) {
      out_.repaired.blank(i);
    }
    bracket.key = std::exchange(bracket.value, kNowhere);
    bracket.after = After::colon;
  }
}

void Repairer::pass_comma() {
  if (!open_.empty()) {
    Bracket& bracket = open_.back();
    const bool in_place = bracket.after == After::value;
    bracket.comma = in_place ? out_.repaired.text().size() : kNowhere;
    bracket.after = in_place ? After::comma : bracket.after;
  }
  copy_to(at_ + 1);
}

void Repairer::pass_opening() {
  begin_value();
  open_.push_back({text_[at_] == '{'});
  copy_to(at_ + 1);
}

/// Drops the trailing comma of the innermost bracket, which ends here.
void Repairer::drop_trailing_comma() {
  if (!open_.empty() && open_.back().after == After::comma && open_.back().comma != kNowhere) {
    note(tolerated::kTrailingCommas, out_.repaired.original_offset(open_.back().comma));
    out_.repaired.blank(open_.back().comma);
  }
}

void Repairer::pass_closing() {
  if (!open_.empty()) {
    drop_trailing_comma();
    open_.pop_back();
    closed_ = open_.empty();
    end_value(false);
  }
  copy_to(at_ + 1);
}

/// To be called before each key or value. Adds a missing comma.
void Repairer::begin_value() {
  if (!open_.empty() && open_.back().after == After::value) {
    if (scope_ != RepairScope::lines || open_.size() > 1) {
      note(tolerated::kMissingCommas, at_);
    }
    out_.repaired.put(",", at_);
    open_.back().after = After::comma;
  }
  if (!open_.empty()) {
    Bracket& bracket = open_.back();
    (bracket.after == After::colon ? bracket.value : bracket.key) = out_.repaired.text().size();
  }
}

/// To be called after each key or value.
void Repairer::end_value(bool may_be_key) {
  if (open_.empty()) {
    return;
  }
  Bracket& bracket = open_.back();
  const bool key_due = bracket.after == After::open || bracket.after == After::comma;
  bracket.after = bracket.is_object && key_due && may_be_key ? After::key : After::value;
}

/// Rewrites a string, unless it is JSON already or doesn't end on its line.
void Repairer::pass_string(const Quote& quote) {
  begin_value();
  const Body body = find_body(text_, at_ + quote.length, quote);
  const bool is_json = quote.family->straight == '"' && !quote.curly;
  if (is_json || body.closing.length == 0) {
    copy_to(body.end + body.closing.length);
  } else {
    const bool curly = quote.curly || body.closing.curly;
    note(curly ? tolerated::kCurlyQuotes : tolerated::kSingleQuotes, at_);
    out_.repaired.put("\"", at_);
    at_ += quote.length;
    rewrite_body(body.end);
    out_.repaired.put("\"", at_);
    at_ += body.closing.length;
  }
  end_value(true);
}

/// Rewrites the text between quotes for JSON: `"` needs a backslash, `'` must not have one.
void Repairer::rewrite_body(std::size_t end) {
  while (at_ < end) {
    const std::size_t special = std::min(text_.find_first_of("\"\\", at_), end);
    copy_to(special);
    if (special == end) {
      return;
    }
    if (text_[at_] == '"') {
      out_.repaired.put("\\", at_);
      copy_to(at_ + 1);
    } else if (text_[at_ + 1] == '\'') {
      ++at_;
    } else {
      copy_to(at_ + 2);
    }
  }
}

/// A literal, a number, or something that the parser will refuse.
void Repairer::pass_word() {
  begin_value();
  std::size_t end = at_ + 1;
  while (end < text_.size() && !ends_word(text_, end)) {
    ++end;
  }
  // In a piece, NaN and Infinity become strings, which are refused where a number is needed.
  constexpr std::size_t kEverywhere = 3;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPython = {
      {{"True", "true"},
       {"False", "false"},
       {"None", "null"},
       {"NaN", "\"NaN\""},
       {"Infinity", "\"Infinity\""},
       {"-Infinity", "\"-Infinity\""}}};
  const std::string_view word = text_.substr(at_, end - at_);
  const std::size_t known = scope_ == RepairScope::piece ? kPython.size() : kEverywhere;
  for (const auto& [python, json] : std::span(kPython).first(known)) {
    if (word == python) {
      note(tolerated::kPythonLiterals, at_);
      out_.repaired.put(json, at_);
      at_ = end;
      return end_value(false);
    }
  }
  copy_to(end);
  end_value(false);
}

}  // namespace

void RepairedText::copy(std::string_view original, std::size_t from, std::size_t to) {
  if (from < to) {
    pieces_.push_back({text_.size(), from, true});
    text_ += original.substr(from, to - from);
  }
}

void RepairedText::put(std::string_view text, std::size_t offset) {
  pieces_.push_back({text_.size(), offset, false});
  text_ += text;
}

std::size_t RepairedText::original_offset(std::size_t at) const {
  const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), at,
                                      [](std::size_t a, const Piece& p) { return a < p.at; });
  if (after == pieces_.begin()) {
    return at;
  }
  const Piece& piece = *std::prev(after);
  return piece.copied ? piece.offset + (at - piece.at) : piece.offset;
}

Repair repair_json(std::string_view text, RepairScope scope) { return Repairer(text, scope).run(); }

bool is_objects_without_array(std::string_view text, bool (*fits)(const JsonObject& object)) {
  const std::size_t first = text.find_first_not_of(kSpaces, byte_order_mark(text));
  if (first == std::string_view::npos || text[first] != '{') {
    return false;
  }
  const auto tree =
      parse_json(repair_json(text, RepairScope::lines).repaired.text(), KeySpaces::dropped);
  const auto* array = tree ? tree->root.as<JsonArray>() : nullptr;
  return array != nullptr && std::ranges::all_of(array->items, [&](const JsonValue& item) {
           const auto* object = item.as<JsonObject>();
           return object != nullptr && fits(*object);
         });
}

}  // namespace passbook
