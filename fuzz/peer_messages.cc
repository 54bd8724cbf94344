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
  v1::PeerMessage message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) {
    return 0;
  }
  if (const auto decoded = wire::decode(message)) {
    v1::PeerMessage encoded;
    wire::encode(*decoded, encoded);
    PASSBOOK_CHECK(wire::decode(encoded) == decoded, "a message comes back as it was");
  }
  return 0;
}
