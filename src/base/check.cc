// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace passbook {
namespace {

CheckHandler& handler() {
  static CheckHandler the_handler = nullptr;
  return the_handler;
}

}  // namespace

void on_check_failed(CheckHandler what) { handler() = what; }

void check_failed(const char* file, int line, const char* condition, std::string_view message) {
  if (handler() != nullptr) {
    handler()(file, line, condition, message);
  }
  std::fprintf(stderr, "%s:%d: check failed: %s: %.*s\n", file, line, condition,
               static_cast<int>(message.size()), message.data());
  std::abort();
}

}  // namespace passbook
