// SPDX-License-Identifier: Apache-2.0
// A passbook as the bytes that customers keep. Without generated headers, for code that only
// carries it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "causal/passbook.h"

namespace passbook::wire {

/// An empty passbook encodes as no bytes. `bank` is the bank that it belongs to.
std::string encode(const Passbook& passbook, BankId bank);

struct DecodedPassbook {
  Passbook passbook;
  BankId bank;
};
/// Nothing if `encode` can't have made the bytes. Takes linear time, whatever they are.
std::optional<DecodedPassbook> decode_passbook(std::string_view bytes);

}  // namespace passbook::wire
