// SPDX-License-Identifier: Apache-2.0
// The checksum of what the journal writes.
#pragma once

#include <cstdint>
#include <string_view>

namespace passbook {

/// The CRC-32C of Castagnoli, Bräuer and Herrmann, 1993; RFC 3720, B.4. With the checksum of a text
/// as `before`, it is that of the text and the bytes together.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace passbook
