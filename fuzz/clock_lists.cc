// SPDX-License-Identifier: Apache-2.0
// Lists of logical clocks: whatever the text, it is judged or refused with a place.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "lab/scenario/clock_lists_check.h"
#include "target.h"

namespace passbook::fuzz {

/// The lists of messages, all in one, and those of other programs.
std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(PASSBOOK_CASES_DIR)) {
    if (entry.path().string().ends_with("_events.json")) {
      std::ifstream file(entry.path(), std::ios::binary);
      out.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  std::ranges::sort(out);
  std::string all;
  for (const std::string& list : out) {
    all += list + "\n";
  }
  out.push_back(std::move(all));
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(PASSBOOK_CASES_DIR) / "strangers")) {
    if (entry.path().string().contains("-clocks-")) {
      std::ifstream file(entry.path(), std::ios::binary);
      out.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  const ClockFile file{"f", std::string(fuzz::text_of(data, size))};
  const auto read = read_clock_lists(std::span(&file, 1));
  if (!read) {
    PASSBOOK_CHECK(read.error().message.starts_with("f:") && !read.error().message.contains('\n'),
                   "an error is one line that begins with the place");
    return 0;
  }
  const clocks::Plan plan{{1, 2, 3}, {{1, 1, 1, clocks::Interface::deposit}}};
  for (const clocks::Plan* with : {static_cast<const clocks::Plan*>(nullptr), &plan}) {
    for (const clocks::Finding& finding : clocks::judge(read->lists, with)) {
      for (const std::size_t place : finding.places) {
        PASSBOOK_CHECK(place < read->places.size(), "findings are somewhere in the file");
      }
    }
    for (const std::string& line : judge_clock_lists(*read, "f:1:1", with)) {
      PASSBOOK_CHECK(line.starts_with("f:"), "a finding begins with the place");
    }
  }
  return 0;
}
