// SPDX-License-Identifier: Apache-2.0
#include "wire/passbook_bytes.h"

#include <cstdint>

#include "wire/parts.h"

namespace passbook::wire {
namespace {

/// 64-bit FNV-1a.
std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  }
  return hash;
}

}  // namespace

std::string encode(const Passbook& passbook, BankId bank) {
  if (passbook == Passbook{}) {
    return {};
  }
  v1::PassbookContent out;
  out.set_bank(bank.value);
  put(passbook.writes, *out.mutable_writes());
  put(passbook.reads, *out.mutable_reads());
  out.set_check(hash_of(out.SerializeAsString()));
  return out.SerializeAsString();
}

std::optional<DecodedPassbook> decode_passbook(std::string_view bytes) {
  v1::PassbookContent content;
  if (!content.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::nullopt;
  }
  const std::uint64_t check = content.check();
  content.clear_check();
  auto writes = get(content.writes());
  auto reads = get(content.reads());
  if (!writes || !reads || (!bytes.empty() && check != hash_of(content.SerializeAsString()))) {
    return std::nullopt;
  }
  return DecodedPassbook{{std::move(*writes), std::move(*reads)}, BankId{content.bank()}};
}

}  // namespace passbook::wire
