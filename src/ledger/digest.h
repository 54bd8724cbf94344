// SPDX-License-Identifier: Apache-2.0
// Digests: what tells two histories apart that have the same numbers.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace passbook {

/// The SHA-256 of a block's bytes (FIPS 180-4). All zero is the digest of nothing: what stands
/// before the first block of a log.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  constexpr auto operator<=>(const Digest&) const = default;
};

/// Reads no file and needs no set-up; any thread may call it.
Digest digest_of(std::string_view bytes);

constexpr Tag tag_of(const Digest& digest) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < sizeof out; ++i) {
    out = out << 8U | digest.bytes[i];
  }
  return Tag{out};
}

/// 64 hexadecimal digits.
std::string to_string(const Digest& digest);
/// The first 16 of those.
std::string to_string(Tag tag);
/// Reads 16 to 64 hexadecimal digits, of which the first 16 count.
std::optional<Tag> parse_tag(std::string_view text);

}  // namespace passbook
