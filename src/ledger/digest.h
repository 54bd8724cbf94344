// SPDX-License-Identifier: Apache-2.0
// Digests, which tell apart two histories with the same numbers.
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

/// The SHA-256 of a block's bytes (FIPS 180-4). All zero stands for the place before the first
/// block of a log.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  constexpr auto operator<=>(const Digest&) const = default;
};

/// Needs no set-up and reads no file; any thread may call it.
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
/// The first 16 digits of the digest.
std::string to_string(Tag tag);
/// Reads 16 to 64 hexadecimal digits and uses the first 16.
std::optional<Tag> parse_tag(std::string_view text);

}  // namespace passbook
