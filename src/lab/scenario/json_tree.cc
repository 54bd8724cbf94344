// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/json_tree.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "lab/scenario/source_text.h"

namespace passbook {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 64;
constexpr std::string_view kSpaces = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// The parser's message without its prefix and without the text that it read last.
std::string plain_message(std::string_view message) {
  constexpr std::string_view kColumn = ", column ";
  const std::size_t column = message.find(kColumn);
  const std::size_t colon = message.find(": ", column == std::string_view::npos ? 0 : column);
  if (colon != std::string_view::npos) {
    message.remove_prefix(colon + 2);
  }
  return std::string(message.substr(0, message.find("; last read: ")));
}

/// The first member, in the order of the text, whose key an earlier member has too.
const JsonMember* find_repeated_key(const JsonObject& object) {
  std::vector<const JsonMember*> sorted;
  sorted.reserve(object.members.size());
  for (const JsonMember& member : object.members) {
    sorted.push_back(&member);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto* a, const auto* b) { return a->key < b->key; });
  const JsonMember* found = nullptr;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const bool repeats = sorted[i]->key == sorted[i - 1]->key;
    if (repeats && (found == nullptr || sorted[i]->offset < found->offset)) {
      found = sorted[i];
    }
  }
  return found;
}

/// Builds the tree from the parser's callbacks. They carry no offsets, but come in the order of the
/// text. So a cursor that follows along in the same text finds each offset.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, KeySpaces key_spaces)
      : text_(text), key_spaces_(key_spaces), cursor_(byte_order_mark(text)) {}

  // nlohmann's SAX interface. A result of false stops the parser.
  bool null() { return literal(JsonNull{}, std::string_view("null").size()); }
  bool boolean(bool value) { return literal(value, value ? 4 : 5); }
  bool number_integer(json::number_integer_t /*value*/) { return number(); }
  bool number_unsigned(json::number_unsigned_t /*value*/) { return number(); }
  bool number_float(json::number_float_t /*value*/, const std::string& /*text*/) {
    return number();
  }
  bool string(std::string& value) {
    const std::size_t start = pass_string();
    return add({start, std::move(value)});
  }
  bool binary(json::binary_t& /*value*/) { return false; }
  bool start_object(std::size_t /*size*/) { return open(JsonObject{}); }
  bool start_array(std::size_t /*size*/) { return open(JsonArray{}); }
  bool key(std::string& name);
  bool end_object();
  bool end_array() { return close(); }
  bool parse_error(std::size_t position, const std::string& token, const json::exception& error);

  JsonTree take_tree() { return std::move(tree_); }
  JsonError take_error() { return std::move(error_); }

 private:
  struct Open {
    JsonValue value;
    std::string key;  // of the member whose value comes next
    std::size_t key_offset = 0;
  };

  std::size_t next_token();
  std::size_t pass_string();
  bool literal(decltype(JsonValue::content) content, std::size_t length);
  bool number();
  bool open(decltype(JsonValue::content) content);
  bool close();
  bool add(JsonValue value);
  bool refuse(std::size_t offset, std::string message);
  std::size_t error_offset(std::size_t position, std::string_view message) const;

  std::string_view text_;
  KeySpaces key_spaces_;
  std::size_t cursor_;  // past the last token that the parser reported
  std::vector<Open> open_;
  JsonTree tree_;
  JsonError error_;
};

/// Moves the cursor to the start of the next token. The parser has checked the separators.
std::size_t TreeBuilder::next_token() {
  cursor_ = std::min(text_.find_first_not_of(" \t\r\n,:", cursor_), text_.size());
  return cursor_;
}

std::size_t TreeBuilder::pass_string() {
  const std::size_t start = next_token();
  ++cursor_;
  while (cursor_ < text_.size() && text_[cursor_] != '"') {
    cursor_ += text_[cursor_] == '\\' ? 2 : 1;
  }
  ++cursor_;
  return start;
}

bool TreeBuilder::literal(decltype(JsonValue::content) content, std::size_t length) {
  const std::size_t start = next_token();
  cursor_ += length;
  return add({start, std::move(content)});
}

bool TreeBuilder::number() {
  const std::size_t start = next_token();
  cursor_ = std::min(text_.find_first_not_of("+-.0123456789eE", start), text_.size());
  return add({start, JsonNumber{std::string(text_.substr(start, cursor_ - start))}});
}

bool TreeBuilder::open(decltype(JsonValue::content) content) {
  const std::size_t start = next_token();
  ++cursor_;
  if (open_.size() == kDeepest) {
    return refuse(start, fmt::format("brackets are nested more than {} deep", kDeepest));
  }
  open_.push_back({{start, std::move(content)}, {}, 0});
  return true;
}

bool TreeBuilder::key(std::string& name) {
  Open& object = open_.back();
  object.key_offset = pass_string();
  object.key = std::move(name);
  if (trimmed(object.key).size() < object.key.size()) {
    if (key_spaces_ == KeySpaces::refused) {
      return refuse(object.key_offset, fmt::format("the key {} has leading or trailing spaces",
                                                   json_excerpt(object.key)));
    }
    object.key = std::string(trimmed(object.key));
    tree_.spaced_keys.push_back(object.key_offset);
  }
  return true;
}

bool TreeBuilder::end_object() {
  if (const auto* twice = find_repeated_key(*open_.back().value.as<JsonObject>())) {
    return refuse(twice->offset, fmt::format("duplicate key {}", json_excerpt(twice->key)));
  }
  return close();
}

bool TreeBuilder::close() {
  next_token();
  ++cursor_;
  JsonValue value = std::move(open_.back().value);
  open_.pop_back();
  return add(std::move(value));
}

bool TreeBuilder::add(JsonValue value) {
  if (open_.empty()) {
    tree_.root = std::move(value);
    return true;
  }
  Open& parent = open_.back();
  if (auto* array = std::get_if<JsonArray>(&parent.value.content)) {
    array->items.push_back(std::move(value));
  } else if (auto* object = std::get_if<JsonObject>(&parent.value.content)) {
    object->members.push_back({std::move(parent.key), parent.key_offset, std::move(value)});
  }
  return true;
}

bool TreeBuilder::refuse(std::size_t offset, std::string message) {
  error_ = {offset, std::move(message)};
  return false;
}

bool TreeBuilder::parse_error(std::size_t position, const std::string& /*token*/,
                              const json::exception& error) {
  constexpr int kNumberOverflow = 406;
  std::string message = error.id == kNumberOverflow ? "unexpected number: it is out of range"
                                                    : plain_message(error.what());
  const std::size_t offset = error_offset(position, message);
  return refuse(offset, std::move(message));
}

/// `position` counts the bytes read, up to the end of the unexpected token. If the token itself is
/// valid, the place to show is its start. There is at most one valid separator between it and the
/// previous token.
std::size_t TreeBuilder::error_offset(std::size_t position, std::string_view message) const {
  const std::size_t last = position == 0 ? 0 : position - 1;
  if (!message.contains("unexpected ") && !message.contains("missing closing quote")) {
    return last;
  }
  std::size_t at = std::min(text_.find_first_not_of(kSpaces, cursor_), text_.size());
  if (at < last && (text_[at] == ',' || text_[at] == ':')) {
    at = std::min(text_.find_first_not_of(kSpaces, at + 1), text_.size());
  }
  return std::min(at, last);
}

}  // namespace

const JsonMember* JsonObject::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const JsonMember& member) { return member.key == key; });
  return found == members.end() ? nullptr : &*found;
}

std::optional<JsonError> find_unreadable(std::string_view text) {
  if (const auto offset = first_invalid_utf8(text)) {
    return JsonError{*offset, "this is not UTF-8"};
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    return JsonError{zero, "a zero byte"};
  }
  if (trimmed(text.substr(byte_order_mark(text))).empty()) {
    return JsonError{0, "the file is empty"};
  }
  return std::nullopt;
}

std::expected<JsonTree, JsonError> parse_json(std::string_view text, KeySpaces key_spaces) {
  if (auto unreadable = find_unreadable(text)) {
    return std::unexpected(std::move(*unreadable));
  }
  TreeBuilder builder(text, key_spaces);
  if (!json::sax_parse(text.begin(), text.end(), &builder)) {
    return std::unexpected(builder.take_error());
  }
  return builder.take_tree();
}

std::optional<std::uint64_t> parse_positive_integer(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) {
    return std::nullopt;
  }
  return value;
}

std::string json_string(std::string_view text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string json_excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  if (text.size() <= kLongest) {
    return json_string(text);
  }
  const std::string_view start = text.substr(0, kLongest);
  return json_string(start.substr(0, first_invalid_utf8(start).value_or(start.size()))) + "...";
}

std::string json_array(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ",") + json_string(text);
  }
  return "[" + out + "]";
}

}  // namespace passbook
