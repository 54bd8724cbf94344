// SPDX-License-Identifier: Apache-2.0
// Places in a text file, as people count them.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace passbook {

/// A line and a column, both from 1. Columns count characters, not bytes.
struct Place {
  std::size_t line = 1;
  std::size_t column = 1;

  auto operator<=>(const Place&) const = default;
};

/// Finds the places of byte offsets in a UTF-8 text, each in constant time. A byte order mark
/// takes no column. The text and the name must outlive it.
class SourceText {
 public:
  SourceText(std::string_view text, std::string_view file_name);

  /// An offset past the end counts as the end.
  Place place(std::size_t offset) const;

  /// "FILE:LINE:COLUMN".
  std::string name_place(std::size_t offset) const;

  std::string_view file_name() const { return file_name_; }

 private:
  struct Mark {
    std::size_t offset = 0;
    Place place;
  };

  std::string_view text_;
  std::string_view file_name_;
  std::vector<Mark> marks_;  // in order of their offsets
};

/// "FILE:LINE:COLUMN".
std::string name_place(std::string_view file_name, Place place);

/// Where the text stops being UTF-8 (RFC 3629: no overlong forms, no surrogates).
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

/// Converts UTF-16 with a byte order mark, as a Windows shell writes it, to UTF-8 with a mark.
/// Returns any other text as it is, even broken UTF-16.
std::string as_utf8(std::string text);

/// The length of the byte order mark that the text starts with: 3 or 0.
std::size_t byte_order_mark(std::string_view text);

}  // namespace passbook
