// SPDX-License-Identifier: Apache-2.0
// The journal's blocks: what is read once is written and read again as the same.
#include "base/check.h"
#include "journal/record_codec.h"
#include "samples.h"
#include "target.h"

namespace passbook::fuzz {

std::vector<std::string> seeds() {
  Random random(1);
  std::vector<std::string> out{""};
  while (out.size() < 40) {
    const std::vector<Block> blocks = sample_blocks(random);
    std::vector<Record> records(blocks.begin(), blocks.end());
    records.emplace_back(sample_seal(random));
    records.emplace_back(Recovery{sample_vector(random), random.chance(1, 2)});
    out.push_back(encode_block(records));
  }
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  if (const auto block = decode_block(fuzz::text_of(data, size))) {
    const auto again = decode_block(encode_block(*block));
    PASSBOOK_CHECK(again && *again == *block, "a block comes back as it was");
  }
  return 0;
}
