// SPDX-License-Identifier: Apache-2.0
// What branches send to each other.
#include "base/check.h"
#include "peer_samples.h"
#include "target.h"
#include "wire/codec.h"

namespace passbook::fuzz {

std::vector<std::string> seeds() { return sample_peer_messages(4, 60); }

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  if (const auto message = fuzz::read_again(data, size)) {
    PASSBOOK_CHECK(wire::decode(message->encoded) == message->decoded,
                   "a message comes back as it was");
  }
  return 0;
}
