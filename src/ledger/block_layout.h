// SPDX-License-Identifier: Apache-2.0
// The layout of a block's bytes, as structs that are copied in and out whole.
//
//     Header | Dependency x dependencies | Row x entries | Request x requests
//
// Numbers are little-endian, and nothing lies between the parts. Every field either carries
// information or must be zero, and nothing is stored that follows from other fields. So each
// content has exactly one form, and two digests always mean two contents.
//
// How to extend it:
// - A kind of change gets the next number in `Kind`. It says which of the row's fields it uses; the
//   rest stay zero. A transfer debits `account` and credits `other`, with `code`, `reference` and
//   a flag for linked.
// - The asset of an account goes to `asset`; 0 is the bank's default.
// - The posts of a batch share one request: their rows have the same `request` and count up `part`.
// - Labels go behind the requests, in the order of their rows, without gaps: `label_bytes` in all,
//   the length of each in its row.
// - Data that fits no row (a batch's body hash and results) becomes a part of its own, counted in
//   `reserved`.
//
// A reader refuses anything that it doesn't know, so a change to an existing part needs a new
// `kBlockFormat`.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/check.h"
#include "base/ids.h"

namespace passbook::layout {

static_assert(std::endian::native == std::endian::little, "blocks are copied as they are");

/// "PBK1".
inline constexpr std::uint32_t kBlockFormat = 0x314b4250;

struct Header {
  std::uint32_t format = kBlockFormat;
  std::uint32_t entries = 0;
  std::uint32_t branch = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t process_counter = 0;
  std::uint64_t process_nonce = 0;
  std::uint64_t first = 0;
  std::uint64_t stamp = 0;
  std::uint32_t dependencies = 0;
  std::uint32_t requests = 0;
  std::uint32_t label_bytes = 0;  ///< zero so far
  std::uint32_t reserved = 0;
  std::array<std::uint8_t, 32> previous{};
};

struct Dependency {
  std::uint32_t branch = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t sequence = 0;
  std::uint64_t tag = 0;
};

enum class Kind : std::uint8_t { deposit = 1, withdrawal = 2, grant = 3, release = 4 };

/// One entry.
struct Row {
  Kind kind{};
  std::uint8_t flags = 0;      ///< zero so far
  std::uint16_t reserved = 0;  ///< zero
  std::uint32_t stamp_offset = 0;
  /// 0, or the number of its request, counted from 1 in the order of rows.
  std::uint32_t request = 0;
  std::uint32_t part = 0;  ///< zero so far
  std::uint64_t account = 0;
  std::uint64_t amount = 0;  ///< minor units
  /// The other party: for a grant or release an origin, with the branch in the low half.
  std::uint64_t other = 0;
  std::uint32_t code = 0;                    ///< zero so far
  std::uint32_t asset = 0;                   ///< zero so far
  std::array<std::uint64_t, 2> reference{};  ///< zero so far; opaque bytes
};

struct Request {
  std::uint32_t branch = 0;
  std::uint32_t incarnation = 0;  ///< zero: both are the same as the block's
  std::uint64_t customer = 0;
  std::uint64_t session = 0;
  std::uint64_t number = 0;
};

template <class T>
concept Part = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>;

static_assert(Part<Header> && sizeof(Header) == 96);
static_assert(Part<Dependency> && sizeof(Dependency) == 24);
static_assert(Part<Row> && sizeof(Row) == 64);
static_assert(Part<Request> && sizeof(Request) == 32);

template <Part T>
T read(std::string_view bytes, std::size_t at) {
  PASSBOOK_CHECK(at <= bytes.size() && sizeof(T) <= bytes.size() - at,
                 "only what is there is read");
  T out;
  std::memcpy(&out, bytes.data() + at, sizeof out);
  return out;
}

template <Part T>
void append(std::string& bytes, const T& part) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  bytes.append(reinterpret_cast<const char*>(&part), sizeof part);
}

inline Origin unpack_origin(std::uint64_t packed) {
  return {BranchId{static_cast<std::uint32_t>(packed)},
          Incarnation{static_cast<std::uint32_t>(packed >> 32U)}};
}

inline std::uint64_t pack(Origin origin) {
  return std::uint64_t{origin.incarnation.value} << 32U | origin.branch.value;
}

}  // namespace passbook::layout
