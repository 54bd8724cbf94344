// SPDX-License-Identifier: Apache-2.0
// The bytes that customers keep, which anyone may have made up.
#include "wire/passbook_bytes.h"

#include "base/check.h"
#include "samples.h"
#include "target.h"

namespace passbook::fuzz {

std::vector<std::string> seeds() {
  Random random(2);
  std::vector<std::string> out;
  while (out.size() < 40) {
    out.push_back(wire::encode(sample_passbook(random), BankId{random.next()}));
  }
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  if (const auto decoded = wire::decode_passbook(fuzz::text_of(data, size))) {
    const auto again = wire::decode_passbook(wire::encode(decoded->passbook, decoded->bank));
    PASSBOOK_CHECK(again && again->passbook == decoded->passbook, "a passbook comes back");
    // An empty one is no bytes, and speaks of no bank.
    PASSBOOK_CHECK(decoded->passbook == Passbook{} || again->bank == decoded->bank,
                   "a passbook comes back for the same bank");
  }
  return 0;
}
