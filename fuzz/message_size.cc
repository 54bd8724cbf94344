// SPDX-License-Identifier: Apache-2.0
// How many bytes the simulator takes a message between branches to be, against what it is.
#include "lab/sim/message_size.h"

#include "base/check.h"
#include "peer_samples.h"
#include "target.h"
#include "wire/codec.h"

namespace passbook::fuzz {

std::vector<std::string> seeds() { return sample_peer_messages(5, 200); }

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  if (const auto message = fuzz::read_again(data, size)) {
    const std::size_t is = message->encoded.ByteSizeLong();
    const std::size_t taken_for = sim::encoded_size_at_most(message->decoded);
    PASSBOOK_CHECK(is <= taken_for, "a message is not larger than the simulator takes it to be");
    PASSBOOK_CHECK(taken_for <= 2 * is + 64, "nor much smaller");
  }
  return 0;
}
