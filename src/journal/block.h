// SPDX-License-Identifier: Apache-2.0
// Many records as the bytes of one value: a key an entry would cost more than the entry.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry.h"

namespace passbook {

std::string encode_block(const std::vector<Entry>& records);

/// Nothing when the bytes are no block.
std::optional<std::vector<Entry>> decode_block(std::string_view bytes);

}  // namespace passbook
