// SPDX-License-Identifier: Apache-2.0
// Counted things in English.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace passbook {

/// "1 answer", "2 answers". The noun must take an s.
inline std::string plural(std::size_t count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

}  // namespace passbook
