// SPDX-License-Identifier: Apache-2.0
#include "ledger/digest.h"

// OpenSSL deprecates these functions in favour of EVP. But EVP reads a configuration file at its
// first use, which takes 0.6 ms, and it costs half as much again for a small block.
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace passbook {

static_assert(sizeof(Digest) == SHA256_DIGEST_LENGTH);

Digest digest_of(std::string_view bytes) {
  SHA256_CTX context;
  Digest out;
  const bool done = SHA256_Init(&context) == 1 &&
                    SHA256_Update(&context, bytes.data(), bytes.size()) == 1 &&
                    SHA256_Final(out.bytes.data(), &context) == 1;
  PASSBOOK_CHECK(done, "hashing bytes in memory can't fail");
  return out;
}

std::string to_string(const Digest& digest) {
  return fmt::format("{:02x}", fmt::join(digest.bytes, ""));
}

std::string to_string(Tag tag) { return fmt::format("{:016x}", tag.value); }

std::optional<Tag> parse_tag(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  constexpr std::size_t kMost = 2 * sizeof(Digest);
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() < kDigits || text.size() > kMost || !std::ranges::all_of(text, is_digit)) {
    return std::nullopt;
  }
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + kDigits, out, 16);
  return Tag{out};
}

}  // namespace passbook
