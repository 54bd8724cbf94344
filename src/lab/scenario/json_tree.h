// SPDX-License-Identifier: Apache-2.0
// Strict JSON as a tree. Each value knows its offset in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace passbook {

struct JsonMember;
struct JsonValue;

struct JsonNull {};

/// A number as it is written, because no amount passes through floating point.
struct JsonNumber {
  std::string text;
};

struct JsonArray {
  std::vector<JsonValue> items;
};

/// The members in the order of the text. No key occurs twice.
struct JsonObject {
  std::vector<JsonMember> members;

  /// Null when there is no such key.
  const JsonMember* find(std::string_view key) const;
};

/// One value and the byte offset at which it starts.
struct JsonValue {
  std::size_t offset = 0;
  std::variant<JsonNull, bool, JsonNumber, std::string, JsonArray, JsonObject> content;

  /// Null when the value is of another kind.
  template <class Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&content);
  }
};

struct JsonMember {
  std::string key;
  std::size_t offset = 0;  ///< of the key
  JsonValue value;
};

/// What to do with spaces at either end of a key.
enum class KeySpaces { refused, dropped };

struct JsonTree {
  JsonValue root;
  std::vector<std::size_t> spaced_keys;  ///< offsets of the keys whose spaces were dropped
};

/// What is wrong, in one line, and its byte offset.
struct JsonError {
  std::size_t offset = 0;
  std::string message;
};

/// The error if the text is unreadable even leniently: empty, not UTF-8, or with a zero byte.
std::optional<JsonError> find_unreadable(std::string_view text);

/// Parses one JSON text (RFC 8259, with or without a byte order mark). Also refuses an object that
/// repeats a key, and brackets nested more than 64 deep.
std::expected<JsonTree, JsonError> parse_json(std::string_view text,
                                              KeySpaces key_spaces = KeySpaces::refused);

/// The value of a text of digits only. Nothing if it is 0 or needs more than 64 bits.
std::optional<std::uint64_t> parse_positive_integer(std::string_view text);

/// The text as a JSON string with its quotes: one line, and valid UTF-8 even if the text is not.
std::string json_string(std::string_view text);
/// A JSON array of the texts as strings.
std::string json_array(const std::vector<std::string>& texts);

/// As json_string, but truncated to fit in a message.
std::string json_excerpt(std::string_view text);

}  // namespace passbook
