// SPDX-License-Identifier: Apache-2.0
// Printing that ignores whether anybody still reads.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace passbook {

/// Unlike fmt::print, does not throw when the reader has gone (`2>&1 | head`), so work goes on
/// without a reader. To find out, call std::ferror at the end.
template <class... Args>
void put(std::FILE* out, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  std::fwrite(text.data(), 1, text.size(), out);
}

/// To standard output.
template <class... Args>
void put(fmt::format_string<Args...> format, Args&&... args) {
  put(stdout, format, std::forward<Args>(args)...);
}

}  // namespace passbook
