// SPDX-License-Identifier: Apache-2.0
// A passbook as the bytes that customers keep. Free of generated headers, for those who only
// carry it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "causal/passbook.h"

namespace passbook::wire {

/// An empty passbook is no bytes. `bank` is the one that it speaks of.
std::string encode(const Passbook& passbook, BankId bank);

struct DecodedPassbook {
  Passbook passbook;
  BankId bank;
};
/// Nothing when the bytes are none that `encode` makes. Takes linear time, whatever they are.
std::optional<DecodedPassbook> decode_passbook(std::string_view bytes);

}  // namespace passbook::wire
