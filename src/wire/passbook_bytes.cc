// SPDX-License-Identifier: Apache-2.0
#include "wire/passbook_bytes.h"

#include "wire/parts.h"

namespace passbook::wire {

std::string encode(const Passbook& passbook, BankId bank) {
  if (passbook == Passbook{}) {
    return {};
  }
  v1::PassbookContent out;
  out.set_bank(bank.value);
  put(passbook.writes, *out.mutable_writes());
  put(passbook.reads, *out.mutable_reads());
  return out.SerializeAsString();
}

std::optional<DecodedPassbook> decode_passbook(std::string_view bytes) {
  v1::PassbookContent content;
  if (!content.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::nullopt;
  }
  const auto writes = get(content.writes());
  const auto reads = get(content.reads());
  if (!writes || !reads) {
    return std::nullopt;
  }
  return DecodedPassbook{{*writes, *reads}, BankId{content.bank()}};
}

}  // namespace passbook::wire
