// SPDX-License-Identifier: Apache-2.0
// The checksum in the journal's records.
#pragma once

#include <cstdint>
#include <string_view>

namespace passbook {

/// The CRC-32C of Castagnoli, Bräuer and Herrmann, 1993; RFC 3720, B.4. To continue a checksum over
/// more bytes, pass it as `before`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace passbook
