// SPDX-License-Identifier: Apache-2.0
// What every fuzz target provides. libFuzzer calls the first function with inputs that it evolves;
// replay.cc calls it with the seeds and simple mutations of them, in every test run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// libFuzzer's names.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace passbook::fuzz {

/// Inputs to begin with.
std::vector<std::string> seeds();

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace passbook::fuzz
