// SPDX-License-Identifier: Apache-2.0
#include "journal/crc32c.h"

#include <isa-l/crc.h>

#include "base/check.h"

namespace passbook {

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  PASSBOOK_CHECK(bytes.size() <= INT32_MAX, "the library counts bytes with an int");
  // The library takes a pointer to non-const bytes, but does not change them.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast,cppcoreguidelines-pro-type-reinterpret-cast)
  auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), ~before);
}

}  // namespace passbook
