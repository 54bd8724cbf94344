// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/source_text.h"

#include <cstdint>

namespace passbook {
namespace {

constexpr std::size_t kMarkEvery = 1024;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

void advance(Place& place, char c) {
  if (c == '\n') {
    place = {place.line + 1, 1};
  } else if (!continues_character(c)) {
    ++place.column;
  }
}

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

/// The first byte of a character says how long it is and what its second byte may be.
struct Lead {
  std::size_t length;
  unsigned second_from;
  unsigned second_to;
};

/// RFC 3629, section 4. Nothing for a byte that can't start a character.
std::optional<Lead> lead_of(unsigned byte) {
  if (byte < 0x80U) {
    return Lead{1, 0, 0};
  }
  if (byte >= 0xC2U && byte <= 0xDFU) {
    return Lead{2, 0x80U, 0xBFU};
  }
  if (byte >= 0xE0U && byte <= 0xEFU) {
    return Lead{3, byte == 0xE0U ? 0xA0U : 0x80U, byte == 0xEDU ? 0x9FU : 0xBFU};
  }
  if (byte >= 0xF0U && byte <= 0xF4U) {
    return Lead{4, byte == 0xF0U ? 0x90U : 0x80U, byte == 0xF4U ? 0x8FU : 0xBFU};
  }
  return std::nullopt;
}

/// The length of the character that starts at `at`, or 0 if none does.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto lead = lead_of(byte_at(text, at));
  if (!lead || at + lead->length > text.size()) {
    return 0;
  }
  if (lead->length > 1) {
    const unsigned second = byte_at(text, at + 1);
    if (second < lead->second_from || second > lead->second_to) {
      return 0;
    }
  }
  for (std::size_t i = 2; i < lead->length; ++i) {
    if (!continues_character(text[at + i])) {
      return 0;
    }
  }
  return lead->length;
}

/// The 16-bit unit at a byte offset.
std::uint32_t unit_at(std::string_view text, std::size_t at, bool big_endian) {
  const std::uint32_t first = byte_at(text, at);
  const std::uint32_t second = byte_at(text, at + 1);
  return big_endian ? (first << 8U) | second : (second << 8U) | first;
}

void append_utf8(std::string& out, std::uint32_t character) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  const auto put_rest = [&](unsigned shift) { put(0x80U | ((character >> shift) & 0x3FU)); };
  if (character < 0x80U) {
    put(character);
  } else if (character < 0x800U) {
    put(0xC0U | (character >> 6U));
    put_rest(0);
  } else if (character < 0x10000U) {
    put(0xE0U | (character >> 12U));
    put_rest(6);
    put_rest(0);
  } else {
    put(0xF0U | (character >> 18U));
    put_rest(12);
    put_rest(6);
    put_rest(0);
  }
}

}  // namespace

std::string as_utf8(std::string text) {
  const bool big_endian = text.starts_with("\xFE\xFF");
  if ((!big_endian && !text.starts_with("\xFF\xFE")) || text.size() % 2 != 0) {
    return text;
  }
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    std::uint32_t character = unit_at(text, at, big_endian);
    if (character >= 0xD800U && character <= 0xDFFFU) {  // a surrogate: RFC 2781, section 2.2
      const std::uint32_t low = at + 2 < text.size() ? unit_at(text, at + 2, big_endian) : 0;
      if (character >= 0xDC00U || low < 0xDC00U || low > 0xDFFFU) {
        return text;
      }
      character = 0x10000U + ((character - 0xD800U) << 10U) + (low - 0xDC00U);
      at += 2;
    }
    append_utf8(out, character);
  }
  return out;
}

SourceText::SourceText(std::string_view text, std::string_view file_name)
    : text_(text), file_name_(file_name) {
  const std::size_t start = byte_order_mark(text);
  Place at;
  marks_.push_back({start, at});
  for (std::size_t offset = start; offset < text.size(); ++offset) {
    if (offset - marks_.back().offset >= kMarkEvery) {
      marks_.push_back({offset, at});
    }
    advance(at, text[offset]);
  }
}

Place SourceText::place(std::size_t offset) const {
  const auto after = std::upper_bound(marks_.begin(), marks_.end(), offset,
                                      [](std::size_t o, const Mark& m) { return o < m.offset; });
  if (after == marks_.begin()) {
    return {};
  }
  const Mark& mark = *std::prev(after);
  Place at = mark.place;
  for (std::size_t i = mark.offset; i < std::min(offset, text_.size()); ++i) {
    advance(at, text_[i]);
  }
  return at;
}

std::string SourceText::name_place(std::size_t offset) const {
  return passbook::name_place(file_name_, place(offset));
}

std::string name_place(std::string_view file_name, Place place) {
  return fmt::format("{}:{}:{}", file_name, place.line, place.column);
}

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = character_length(text, at);
    if (length == 0) {
      return at;
    }
    at += length;
  }
  return std::nullopt;
}

std::size_t byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? kMark.size() : 0;
}

}  // namespace passbook
