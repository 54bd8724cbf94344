// SPDX-License-Identifier: Apache-2.0
// Log files: what is whole of one is a whole log file, and what follows it is not.
#include "base/check.h"
#include "journal/testing_log.h"
#include "samples.h"
#include "target.h"

namespace passbook::fuzz {

std::vector<std::string> seeds() {
  Random random(1);
  std::vector<std::string> out{""};
  while (out.size() < 20) {
    std::string log;
    for (std::uint64_t i = 1 + random.below(5); i > 0; --i) {
      append_record(log, std::string(random.below(random.chance(1, 9) ? 70'000 : 60), 'r'));
    }
    out.push_back(std::move(log));
  }
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  const std::string_view bytes = fuzz::text_of(data, size);
  const LogEnd end = find_end(bytes);
  PASSBOOK_CHECK(end.whole <= size && (!end.beyond || *end.beyond < size),
                 "the end is in the file");
  PASSBOOK_CHECK((find_end(bytes.substr(0, end.whole)) == LogEnd{end.whole, {}}),
                 "what is whole is a file");
  return 0;
}
