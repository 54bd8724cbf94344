// SPDX-License-Identifier: Apache-2.0
// Scenario files: whatever the text, it is a scenario that can be played or an error with a place.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/check.h"
#include "lab/scenario/reader.h"
#include "target.h"

namespace passbook::fuzz {
namespace {

void check_playable(const Scenario& scenario) {
  std::set<BranchId> branches;
  for (const ScenarioBranch& branch : scenario.branches) {
    PASSBOOK_CHECK(branch.id.value > 0 && branches.insert(branch.id).second, "ids are good");
  }
  PASSBOOK_CHECK(!branches.empty() && scenario.opening >= Money{}, "there is a bank");
  for (const Listing& listing : scenario.listings) {
    PASSBOOK_CHECK(listing.customer.value > 0, "customers have ids");
    for (const CustomerEvent& event : listing.events) {
      PASSBOOK_CHECK(branches.contains(event.branch), "events are at branches");
      PASSBOOK_CHECK((event.money > Money{}) == (event.interface != Interface::query),
                     "writes have amounts");
    }
  }
}

void check_error(const InputError& error) {
  PASSBOOK_CHECK(error.message.starts_with("f:") && !error.message.contains('\n'),
                 "an error is one line that begins with the place");
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PASSBOOK_CASES_DIR)) {
    if (entry.is_regular_file()) {
      std::ifstream file(entry.path(), std::ios::binary);
      out.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  const std::string_view text = fuzz::text_of(data, size);
  const auto strict = read_scenario(text, "f", Leniency::strict);
  const auto lenient = read_scenario(text, "f", Leniency::lenient);
  for (const auto* read : {&strict, &lenient}) {
    if (*read) {
      fuzz::check_playable((*read)->scenario);
    } else {
      fuzz::check_error(read->error());
    }
  }
  if (strict) {
    PASSBOOK_CHECK(lenient && lenient->scenario == strict->scenario,
                   "what is read strictly is read leniently to the same effect");
  } else {
    PASSBOOK_CHECK(lenient.has_value() == !strict.error().hint.empty(),
                   "the hint names --lenient when that helps");
  }
  return 0;
}
