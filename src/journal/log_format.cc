// SPDX-License-Identifier: Apache-2.0
#include "journal/log_format.h"

#include <algorithm>
#include <array>

namespace passbook {
namespace {

constexpr std::size_t kBlock = std::size_t{32} << 10U;
// Checksum, length, type; a file that is used again has its number, too.
constexpr std::size_t kHeader = 4 + 2 + 1;
constexpr std::size_t kNumberedHeader = kHeader + 4;
constexpr std::uint8_t kTypes = 4;

/// A record lies in one block, or is cut into fragments at the ends of blocks.
enum class Part : std::uint8_t { whole = 1, first, middle, last };

struct Fragment {
  Part part;
  std::size_t end;

  bool begins() const { return part == Part::whole || part == Part::first; }
  bool goes_on() const { return part == Part::first || part == Part::middle; }
};

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> out{};
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    std::uint32_t remainder = i;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder >> 1U ^ ((remainder & 1U) != 0 ? 0x82f63b78U : 0U);
    }
    out.at(i) = remainder;
  }
  return out;
}

/// Little-endian.
std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint32_t out = 0;
  for (std::size_t i = at + width; i > at; --i) {
    out = out << 8U | static_cast<std::uint8_t>(bytes[i - 1]);
  }
  return out;
}

/// Logs keep checksums in this form, since their records may hold checksums themselves.
std::uint32_t masked(std::uint32_t checksum) {
  return (checksum >> 15U | checksum << 17U) + 0xa282ead8U;
}

std::size_t block_end(std::size_t at) { return at / kBlock * kBlock + kBlock; }

/// Where the next fragment begins; the end of a block that is too short for a header stays empty.
std::size_t after(const Fragment& fragment) {
  const std::size_t end = block_end(fragment.end);
  return end - fragment.end < kHeader ? end : fragment.end;
}

/// The intact fragment that begins here, if there is one.
std::optional<Fragment> fragment_at(std::string_view bytes, std::size_t at) {
  const std::size_t limit = std::min(bytes.size(), block_end(at));
  if (at + kHeader > limit) {
    return std::nullopt;
  }
  const auto type = static_cast<std::uint8_t>(bytes[at + 6]);
  const std::size_t header = type > kTypes ? kNumberedHeader : kHeader;
  const std::size_t end = at + header + number_at(bytes, at + 4, 2);
  if (type < 1 || type > 2 * kTypes || end > limit ||
      masked(crc32c(bytes.substr(at + 6, end - at - 6))) != number_at(bytes, at, 4)) {
    return std::nullopt;
  }
  return Fragment{static_cast<Part>((type - 1) % kTypes + 1), end};
}

/// A last fragment may be of the torn record: its blocks reach the disk in any order.
std::optional<std::size_t> later_record(std::string_view bytes, std::size_t from) {
  for (std::size_t at = from; at < bytes.size(); ++at) {
    const auto found = fragment_at(bytes, at);
    if (found && (found->begins() || (!found->goes_on() && found->end < bytes.size()))) {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_table();
  std::uint32_t out = ~0U;
  for (const char byte : bytes) {
    out = out >> 8U ^ kTable.at((out ^ static_cast<std::uint8_t>(byte)) & 0xffU);
  }
  return ~out;
}

LogEnd find_end(std::string_view bytes) {
  LogEnd out;
  std::size_t at = 0;
  bool inside = false;
  while (const auto fragment = fragment_at(bytes, at)) {
    if (fragment->begins() == inside) {
      break;
    }
    inside = fragment->goes_on();
    out.whole = inside ? out.whole : fragment->end;
    at = after(*fragment);
  }
  out.beyond = later_record(bytes, at);
  return out;
}

}  // namespace passbook
